-- SPDX-License-Identifier: MIT
-- object:save, object:delete, qs:create: one instance and its row. Values that are
-- expressions are worked out by the database and read back.
local assignment = require "ryx.query.write.assignment"
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local encode = require "ryx.query.ir.encode"
local db_default = require "ryx.query.write.db_default"
local errors = require "ryx.errors"
local expr = require "ryx.query.expr"
local ir = require "ryx.query.ir"
local key = require "ryx.meta.key"
local left_out = require "ryx.row.left_out"
local one_alias = require "ryx.query.select.one_alias"
local plans = require "ryx.query.read.plan"
local queryset = require "ryx.query.clause.queryset"
local record = require "ryx.row.record"
local run = require "ryx.db.run"
local transaction = require "ryx.db.transaction"
local value = require "ryx.value"

local methods = {}
local M = { methods = methods }

local null, unpack, is_expression = value.null, compat.unpack, value.is_expression
local rawget, rawset = rawget, rawset

--- Has a new object a key that goes into its row? Several fields always do.
function M.has_key(meta, object)
  return not meta.pk_field or rawget(object, meta.pk_field.attname) ~= nil
end

--- The columns an insert names: all, without the key when the database makes it.
function M.insert_fields(meta, with_key)
  return with_key and meta.written or meta.without_key
end

--- The plan that inserts rows with or without their key.
function M.insert_plan(node, alias, with_key, batch)
  local meta = node.meta
  local target = builder.new(meta).root
  return run.plan(alias, encode.insert{
    target = target, sets = assignment.param_sets(M.insert_fields(meta, with_key)), batch = batch,
    returning = with_key and {} or { { expr = builder.column(target, meta.pk_field), name = "" } },
    key = not with_key and meta.pk_field.auto,
  }, "insert", meta)
end

--- Values of an instance for a statement, and by position the terms of those that
--- are expressions (nil when there is none).
function M.values(object, fields)
  local values, terms = {}, nil
  for i = 1, #fields do
    local f = fields[i]
    local v = rawget(object, f.attname)
    if v == nil then
      v = null
    elseif type(v) == "table" and is_expression(v) then
      local e = expr.of(v, "value")
      terms = terms or {}
      terms[i], v = e.term, e.values
    elseif f.is_custom then
      v = assignment.value(f.meta, f, v)
    end
    values[i] = v
  end
  return values, terms
end

--- Outputs and keys of fields that are read back as a list.
function M.returned_columns(target, fields)
  local outputs, keys = {}, {}
  for i, f in ipairs(fields) do
    outputs[i], keys[i] = { expr = builder.column(target, f), name = "" }, f.attname
  end
  return outputs, { kind = "list", keys = keys }
end

--- Sets fields of an instance from a row that was read back.
function M.read_back(object, fields, row)
  for i, f in ipairs(fields) do
    local v = row[i]
    if v == null then v = nil end
    if v ~= nil and f.is_custom then v = f.from_db(v, f) end
    rawset(object, f.attname, v)
  end
end

--- The condition that a row has the key that the first parameters are.
function M.has_key_of_params(b)
  local parts = { op = "and" }
  for i, f in ipairs(b.meta.key_fields) do
    parts[i] = ir.lookup("exact", builder.column(b.root, f), assignment.param(i - 1, f))
  end
  return parts[2] and parts or parts[1]
end

local function compile_read(node, alias, fields)
  local meta = node.meta
  local b = builder.new(meta)
  local outputs, list = M.returned_columns(b.root, fields)
  return run.plan(alias, encode.select{
    sources = b.sources, outputs = outputs, where = M.has_key_of_params(b),
  }, "select", meta, list)
end

--- Reads fields of a row by its key; was it there?
function M.read(meta, object, fields, alias, tx)
  local plan = plans.of_model(meta, alias, "read " .. assignment.name(fields), compile_read, fields)
  local row = run.row(plan, tx, nil, key.unpacked(meta, object))
  if row then M.read_back(object, fields, row) end
  return row ~= nil
end

local function expressions(fields, terms)
  local list = {}
  for i, f in ipairs(fields) do
    if terms[i] then list[#list + 1] = f end
  end
  return list
end

--- A build that expressions of a new row are resolved against.
function M.new_row(meta, alias)
  local b = one_alias.plan(builder.new(meta), alias)
  b.no_row = true
  return b
end

local function compile_insert(node, alias, fields, terms, returned, only_key)
  local meta = node.meta
  local b = M.new_row(meta, alias)
  local sets, binders = assignment.sets(b, fields, terms, 0)
  local outputs, list = M.returned_columns(b.root, returned)
  local plan = run.plan(alias, encode.insert{
    target = b.root, sets = sets, returning = outputs, key = only_key, ctes = b.ctes,
  }, "insert", meta, list)
  plan.set_binders = binders
  return plan
end

-- What the database works out, expressions and columns that are left to it, is read back.
local function insert_expressions(meta, object, alias, tx, fields, values, terms, with_key, left)
  local worked = expressions(fields, terms)
  for _, f in ipairs(left or {}) do
    if f ~= meta.pk_field then worked[#worked + 1] = f end
  end
  local returned, later = { not with_key and meta.pk_field or nil }, nil
  if run.can(alias, "returning") then
    for _, f in ipairs(worked) do returned[#returned + 1] = f end
  else
    later = worked
  end
  local name = "insert " .. #returned .. " " .. assignment.name(fields, terms)
  local plan = plans.of_model(meta, alias, name, compile_insert, fields, terms, returned,
    later and not with_key and meta.pk_field.auto)
  local params = {}
  local n = assignment.bind(params, 0, terms, values, plan.set_binders)
  if #returned == 0 then
    run.affected(plan, tx, unpack(params, 1, n))
  else
    M.read_back(object, returned, (run.row(plan, tx, nil, unpack(params, 1, n))))
  end
  if later then M.read(meta, object, later, alias, tx) end
  rawset(object, "_left", nil)
end

--- Inserts an instance; a key the database makes is set on it.
function M.insert(meta, object, alias, tx)
  local with_key = M.has_key(meta, object)
  local fields, left = left_out.split(meta, object, M.insert_fields(meta, with_key))
  local values, terms = M.values(object, fields)
  if not with_key and meta.pk_field.db_default ~= nil then db_default.check_key(alias, meta.pk_field) end
  if terms or left then
    insert_expressions(meta, object, alias, tx, fields, values, terms or {}, with_key, left)
    return true
  end
  local plan = plans.of_model(meta, alias, with_key and "insert key" or "insert", M.insert_plan, with_key)
  if with_key then
    run.affected(plan, tx, unpack(values, 1, #fields))
  else
    rawset(object, meta.pk_field.attname, run.scalar(plan, tx, unpack(values, 1, #fields)))
  end
  return true
end

local function by_key(b)
  return { target = b.root, key = b.meta.key_columns, where = M.has_key_of_params(b) }
end

local function compile_save(node, alias, fields, terms, returned)
  local meta = node.meta
  local b = one_alias.plan(builder.new(meta), alias)
  local s = by_key(b)
  local sets, binders = assignment.sets(b, fields, terms or {}, #meta.key_fields)
  local outputs, list
  if returned then outputs, list = M.returned_columns(b.root, returned) end
  s.sets, s.returning, s.ctes = sets, outputs, b.ctes
  local plan = run.plan(alias, encode.update(s), "update", meta, list)
  plan.set_binders = binders
  return plan
end

-- What an update works out of the row, and the object gets back.
local function worked_out(meta, object, fields, terms)
  local worked = expressions(fields, terms)
  for _, f in ipairs(meta.generated or {}) do
    worked[#worked + 1] = f
    record.loaded(object, f.attname)
  end
  return worked
end

local function save_expressions(meta, object, fields, alias, tx, values, terms)
  local worked = worked_out(meta, object, fields, terms)
  local returned = run.can(alias, "update_returning") and worked or nil
  local name = (returned and "save returning " or "save ") .. assignment.name(fields, terms)
  local plan = plans.of_model(meta, alias, name, compile_save, fields, terms, returned)
  local params = { key.unpacked(meta, object) }
  local n = assignment.bind(params, #meta.key_fields, terms, values, plan.set_binders)
  if returned then
    local row, count = run.row(plan, tx, nil, unpack(params, 1, n))
    if row then M.read_back(object, returned, row) end
    return count
  end
  return transaction.within(alias, tx, function(inner)
    local count = run.affected(plan, inner, unpack(params, 1, n))
    M.read(meta, object, worked, alias, inner)
    return count
  end)
end

--- Writes fields of an instance to its row; returns the rows matched.
function M.save(meta, object, fields, alias, tx)
  local parts = meta.key_fields
  for i = 1, #parts do
    if is_expression(rawget(object, parts[i].attname)) then
      errors.raise("misuse", "%s: the key of a saved object is a value, not an expression", meta.model_name)
    end
  end
  local values, terms = M.values(object, fields)
  if terms or meta.generated then
    return save_expressions(meta, object, fields, alias, tx, values, terms or {})
  end
  local name = fields == meta.without_key and "save" or "save " .. assignment.name(fields)
  local plan = plans.of_model(meta, alias, name, compile_save, fields)
  if meta.pk_field then return run.affected(plan, tx, key.unpacked(meta, object), unpack(values, 1, #fields)) end
  local params = { key.unpacked(meta, object) }
  for i = 1, #fields do params[#parts + i] = values[i] end
  return run.affected(plan, tx, unpack(params, 1, #parts + #fields))
end

local function compile_remove(node, alias)
  local meta = node.meta
  return run.plan(alias, encode.delete(by_key(builder.new(meta))), "delete", meta)
end

--- Deletes the row of an instance; returns the rows matched.
function M.remove(meta, object, alias, tx)
  local plan = plans.of_model(meta, alias, "remove", compile_remove)
  return run.affected(plan, tx, key.unpacked(meta, object))
end

--- Makes and saves an instance.  Post.objects:create{ title = "Hello" }  -> INSERT
---@param values? table<string, any>
---@return ryx.Model
function methods:create(values)
  local meta = queryset.node(self, "create").meta
  local object = meta.construct(values or {})
  meta.save(object, plans.write_alias(self), self.tx)
  return object
end

return M
