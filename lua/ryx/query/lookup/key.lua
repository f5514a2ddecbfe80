-- SPDX-License-Identifier: MIT
-- filter{ pk = { 1, 2 } }, pk__in = { { 1, 2 }, { 3, 4 } }, pk__in = queryset: conditions on a
-- key of several fields. A list of keys is an OR of as many as fit the next of some sizes,
-- which the term knows (expr/q.lua), so that few statements serve all lists.
local bind = require "ryx.query.lookup.bind"
local catalog = require "ryx.query.lookup.catalog"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local key = require "ryx.meta.key"
local record = require "ryx.row.record"
local scalar = require "ryx.query.lookup.scalar"
local value_of = require "ryx.value"

local M = {}

-- What every database takes in one statement, with room for the rest of it.
local PARAMS_MAX = 32000

local ONE = { { expr = ir.int(1), name = "one" } }

-- A value of one part: the key of an object where the part is a foreign key.
local function part_value(v, part)
  if value_of.is_instance(v) then return bind.key_of(v, part) end
  return v
end

-- The values of an object's or a list's key.
local function values_of(left, v, path)
  local meta = left.meta
  if value_of.is_instance(v) then
    if not record.is_of(v, meta) then
      errors.raise("misuse", "%s takes a %s, not a %s", path, meta.model_name, getmetatable(v).model._meta.model_name)
    end
    if v.pk == nil then errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(v)) end
    return v.pk
  end
  if not key.is_list(meta, v) then
    errors.raise("misuse", "%s: a key of %s is a list of %d values (%s), not %s", path, meta.model_name, #left.parts,
      key.names(meta), compat.show(v))
  end
  local out = {}
  for i, part in ipairs(left.parts) do
    if v[i] == value_of.null then
      errors.raise("misuse", "%s: %s of a key is never NULL", path, meta.key_fields[i].name)
    end
    out[i] = part_value(v[i], part)
  end
  return out
end

-- What appends the parameters of one key.
local function binder_of(left, path)
  local binders = {}
  for i, part in ipairs(left.parts) do binders[i] = bind.with_form(part, bind.as_is) end
  return function(params, n, v)
    local values = values_of(left, v, path)
    for i, binder in ipairs(binders) do n = binder(params, n, values[i]) end
    return n
  end
end

-- Equal to the next parameters.
local function same(resolver, left)
  local all = { op = "and" }
  for i, part in ipairs(left.parts) do all[i] = ir.lookup("exact", part, resolver:param(part)) end
  return all
end

local function exact(resolver, left, path)
  local condition = same(resolver, left)
  resolver:bind(binder_of(left, path))
  return condition
end

local function one_of(resolver, left, size, path)
  if size * #left.parts > PARAMS_MAX then
    errors.raise("unsupported", "%s: a list of so many keys has more parameters than a statement takes: ask for parts "
      .. "of it", path)
  end
  local any, binder = { op = "or" }, binder_of(left, path)
  for i = 1, size do any[i] = same(resolver, left) end
  resolver:bind(function(params, n, list)
    local count = #list
    for i = 1, size do n = binder(params, n, list[i < count and i or count]) end
    return n
  end)
  return any
end

-- Lists whose items say nothing of keys: only an empty one can be meant.
local function none_of(resolver, left, path)
  resolver:bind(function(_, n, list)
    if next(list) ~= nil then
      errors.raise("misuse", "%s takes a list of keys, each a list of %d values (%s)", path, #left.parts,
        key.names(left.meta))
    end
    return n
  end)
  return { op = "false" }
end

--- Rows whose columns are, together, among the rows of a query, whose outputs have these names.
function M.among(columns, query, names)
  local source, all = { join = "first", query = query }, { op = "and" }
  for i, column in ipairs(columns) do
    all[i] = ir.lookup("exact", ir.derived(source, names[i], query.outputs[i].expr), column)
  end
  return { op = "exists", query = { sources = { source }, outputs = ONE, where = all } }
end

local function in_rows(resolver, left, term, path)
  local query = resolver:keys_of_rows(term, left.meta, path)
  local names = {}
  for i, output in ipairs(query.outputs) do
    names[i] = "k" .. i
    output.name = names[i]
    local from, to = output.expr.type, left.parts[i].type
    if from ~= to then
      errors.raise("field_error", "%s: column %d of the rows is of type %s, and %s is of type %s", path, i, from,
        left.meta.key_fields[i].name, to)
    end
  end
  return M.among(left.parts, query, names)
end

local function is_in(resolver, left, class, operand, path)
  if class == "keys" then return one_of(resolver, left, operand, path) end
  if class == "queryset" then return in_rows(resolver, left, operand, path) end
  if bind.LISTS[class] then return none_of(resolver, left, path) end
  errors.raise("misuse", "%s takes a list of keys or a queryset, not %s", path, class)
end

--- The condition of a lookup on { op = "key" }; parts[i] is what stands behind it in the path.
function M.condition(resolver, left, parts, i, class, operand, path)
  local name = parts[i] or "exact"
  if name == "isnull" or name == "exact" and class == "null" then
    return scalar.condition(resolver, left.parts[1], catalog.row[name], class, operand, path)
  end
  if parts[i] and parts[i + 1] or name ~= "exact" and name ~= "in" then
    errors.raise("field_error", "%s: a key of several fields (%s) is compared by exact, in and isnull: "
      .. "name one of them", path, key.names(left.meta))
  end
  if name == "in" then return is_in(resolver, left, class, operand, path) end
  if class == "expr" or class == "exprs" or class == "queryset" then
    errors.raise("misuse", "%s: a key of several fields (%s) is compared with values: compare each of them", path,
      key.names(left.meta))
  end
  return exact(resolver, left, path)
end

return M
