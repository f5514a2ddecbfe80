-- SPDX-License-Identifier: MIT
-- Writing: update and delete of a queryset, insert and update of an instance.
local compat = require "ryx.compat"
local db = require "ryx.db"
local describe = require "ryx.query.describe"
local errors = require "ryx.errors"
local fetch = require "ryx.query.fetch"
local filter = require "ryx.query.filter"
local q = require "ryx.query.q"
local run = require "ryx.query.run"
local shape = require "ryx.query.shape"

local M = {}

local null, unpack = db.null, compat.unpack

local function refuse_all(qs, what)
  local node = qs.node
  if node.n_where == 0 and not node.is_none and not qs.lim and not qs.off then
    errors.raise("misuse", "%s: %s without a condition would touch every row; say %s_all if that is meant",
      node.meta.model_name, what, what)
  end
end

-- What a write may limit itself by: conditions, and order with a limit.
local function scope(node, has, n)
  local state = shape.fold(node)
  local limited = has % 2 == 1
  return {
    table_name = node.meta.table_name, key = node.meta.pk_field, where = state.where,
    order = has > 0 and fetch.order_of(node.meta, state) or {},
    limit = limited and n, offset = has >= 2 and n + (limited and 1 or 0),
  }
end

local function compile_delete(node, alias, has)
  node.meta:settle()
  return run.plan(alias, describe.delete(scope(node, has, node.n)), "delete", node.meta)
end

--- Deletes the rows of a queryset; returns how many.
function M.delete(qs, all)
  if not all then refuse_all(qs, "delete") end
  local node = qs.node
  if node.is_none then return 0 end
  local alias, has = fetch.alias(qs), fetch.bounds(qs)
  local plan = fetch.plan(node, alias, fetch.names.delete[has], compile_delete, has)
  local params, n = fetch.params(qs)
  return run.affected(plan, qs.tx or run.current_tx(alias), unpack(params, 1, n))
end

local function compile_update(node, alias, fields, has)
  node.meta:settle()
  local s = scope(node, has, node.n)
  s.set, s.first = fields, node.n + (has > 0 and 1 or 0) + (has == 3 and 1 or 0)
  return run.plan(alias, describe.update(s), "update", node.meta)
end

--- A value for a column as it leaves: keys for instances, null for NULL.
local function column_value(meta, field, v)
  local class = q.class_of(v)
  if class == "null" then return null end
  if class == "object" and field.relation then return filter.key_of(v, field) end
  if class == "table" and field.type == "json" then return v end
  if class ~= "scalar" and class ~= "yes" and class ~= "no" then
    errors.raise("misuse", "%s.%s cannot be set to a %s", meta.model_name, field.name, class)
  end
  local value, message = field:convert(v)
  if not message and field.storage then message = field.storage(value) end
  if message then
    errors.raise("validation", "%s.%s: %s (got %s)", meta.model_name, field.name, message, compat.show(v))
  end
  return value
end

--- Sets columns of the rows of a queryset; returns how many rows matched.
function M.update(qs, values, all)
  if not all then refuse_all(qs, "update") end
  local node = qs.node
  local meta = node.meta
  errors.check_type(values, "table", meta.model_name .. ": update")
  local keys = shape.keys(values)
  if #keys == 0 then errors.raise("misuse", "%s: update{} names no field", meta.model_name) end
  local fields, seen = {}, {}
  local params, n = fetch.params(qs)
  params = { unpack(params, 1, n) }
  for i, key in ipairs(keys) do
    fields[i] = filter.field(meta, key)
    if seen[fields[i]] then errors.raise("misuse", "%s: update{} sets %s twice", meta.model_name, key) end
    seen[fields[i]] = true
    params[n + i] = column_value(meta, fields[i], values[key])
  end
  if node.is_none then return 0 end
  local alias, has = fetch.alias(qs), fetch.bounds(qs)
  local name = "update " .. has .. " " .. table.concat(keys, ",")
  local plan = fetch.plan(node, alias, name, compile_update, fields, has)
  return run.affected(plan, qs.tx or run.current_tx(alias), unpack(params, 1, n + #keys))
end

-- Instances: plans hang on the root node, as for any query without conditions.

--- The columns an insert names: all, without the key when the database makes it.
function M.insert_fields(meta, with_key)
  if with_key then return meta.fields end
  local fields = {}
  for _, f in ipairs(meta.fields) do
    if f ~= meta.pk_field then fields[#fields + 1] = f end
  end
  return fields
end

--- The plan that inserts rows with or without their key.
function M.insert_plan(node, alias, with_key, batch)
  local meta = node.meta
  meta:settle()
  return run.plan(alias, describe.insert{
    table_name = meta.table_name, columns = M.insert_fields(meta, with_key), batch = batch,
    returning = with_key and {} or { meta.pk_field },
  }, "insert", meta)
end

local function values_of(object, fields)
  local values = {}
  for i, f in ipairs(fields) do
    local v = rawget(object, f.attname)
    if v == nil then v = null end
    values[i] = v
  end
  return values
end

--- Inserts an instance; a key the database makes is set on it.
function M.insert(meta, object, alias, tx)
  local key = meta.pk_field.attname
  local with_key = rawget(object, key) ~= nil
  local node = shape.root(meta)
  local plan = fetch.plan(node, alias, with_key and "insert key" or "insert", M.insert_plan, with_key)
  local fields = M.insert_fields(meta, with_key)
  local values = values_of(object, fields)
  if with_key then
    run.affected(plan, tx, unpack(values, 1, #fields))
  else
    rawset(object, key, run.scalar(plan, tx, unpack(values, 1, #fields)))
  end
end

local function by_key(meta)
  return { op = "lookup", lookup = "exact", field = meta.pk_field, params = { 0 } }
end

local function compile_save(node, alias, fields)
  local meta = node.meta
  meta:settle()
  return run.plan(alias, describe.update{
    table_name = meta.table_name, set = fields, first = 1, key = meta.pk_field, where = { by_key(meta) }, order = {},
  }, "update", meta)
end

--- Writes fields of an instance to its row; returns the rows matched.
function M.save(meta, object, fields, alias, tx)
  local names = {}
  for i, f in ipairs(fields) do names[i] = f.attname end
  local plan = fetch.plan(shape.root(meta), alias, "save " .. table.concat(names, ","), compile_save, fields)
  return run.affected(plan, tx, object.pk, unpack(values_of(object, fields), 1, #fields))
end

local function compile_remove(node, alias)
  local meta = node.meta
  meta:settle()
  return run.plan(alias, describe.delete{
    table_name = meta.table_name, key = meta.pk_field, where = { by_key(meta) }, order = {},
  }, "delete", meta)
end

--- Deletes the row of an instance; returns the rows matched.
function M.remove(meta, object, alias, tx)
  local plan = fetch.plan(shape.root(meta), alias, "remove", compile_remove)
  return run.affected(plan, tx, object.pk)
end

return M
