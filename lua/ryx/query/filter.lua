-- SPDX-License-Identifier: MIT
-- Conditions against a model: a path and the class of its value become a
-- predicate with numbered parameters. Worked out once per edge of a shape.
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local q = require "ryx.query.q"
local shape = require "ryx.query.shape"

local M = {}

local null, class_of = db.null, q.class_of

--- The parts of a path; a dot reads as a double underscore.
local function split(path)
  local parts = {}
  for part in (path:gsub("%.", "__") .. "__"):gmatch("(.-)__") do parts[#parts + 1] = part end
  return parts
end

local function unknown_field(meta, name)
  errors.raise("field_error", "%s has no field %q%s", meta.model_name, name,
    errors.hint(name, compat.sorted_keys(meta.paths)))
end

--- The field of a path's beginning and the index after it.  author, author_id, author__id, author__pk
local function field_of(meta, parts)
  local field = meta.paths[parts[1]]
  if not field then unknown_field(meta, parts[1]) end
  local i = 2
  if field.relation and parts[2] then
    local target = field:target_meta()
    local step = target.paths[parts[2]]
    if step and step == target.pk_field then
      i = 3
    elseif step then
      errors.raise("field_error", "%s.%s: %s.%s is a field of another table; filter on keys: %s__in = { ... }",
        meta.model_name, field.name, target.model_name, step.name, field.name)
    end
  end
  return field, i
end

--- The field a name means in order_by, values and update.
function M.field(meta, name)
  errors.check_type(name, "string", meta.model_name .. ": the name of a field")
  local parts = split(name)
  local field, i = field_of(meta, parts)
  if parts[i] then
    errors.raise("field_error", "%s.%s: %q is not a field", meta.model_name, field.name, name)
  end
  return field
end

local function lookup_of(meta, field, parts, i)
  local name = parts[i]
  if not name then return "exact" end
  local known = field.lookups
  if not known[name] or parts[i + 1] then
    local bad = known[name] and parts[i + 1] or name
    errors.raise("field_error", "%s.%s has no lookup %q%s", meta.model_name, field.name, bad,
      errors.hint(bad, compat.sorted_keys(known)))
  end
  return name
end

--- The key of an object that a relation or a key can refer to.
local function key_of(object, field)
  local model = getmetatable(object).model
  local wanted = field.relation and field:target() or field.primary_key and field.meta.class
  if model ~= wanted then
    errors.raise("misuse", "%s.%s takes a %s, not a %s", field.meta.model_name, field.name,
      wanted and wanted._meta.model_name or "value", model._meta.model_name)
  end
  local key = object.pk
  if key == nil then
    errors.raise("misuse", "%s is not saved, so nothing can refer to it", tostring(object))
  end
  return key
end

local function put(params, n, v)
  params[n + 1] = v
  return n + 1
end

local function putter_of_object(field)
  return function(params, n, v) return put(params, n, key_of(v, field)) end
end

local function none(_, n)
  return n
end

-- NULL inside a list is ignored; instances stand for their keys.
local function clean_list(list, field)
  for i = 1, #list do
    local class = class_of(list[i])
    if class == "null" or class == "object" then
      local out = {}
      for _, v in ipairs(list) do
        class = class_of(v)
        if class ~= "null" then out[#out + 1] = class == "object" and key_of(v, field) or v end
      end
      return out
    end
  end
  return list
end

local function putter_of_list(field)
  return function(params, n, v)
    if v[1] == nil and next(v) ~= nil then
      errors.raise("misuse", "an in lookup takes a list, not a table with names")
    end
    return put(params, n, clean_list(v, field))
  end
end

local function put_range(params, n, v)
  if v[1] == nil or v[2] == nil or v[3] ~= nil then
    errors.raise("misuse", "a range lookup takes a list of two values")
  end
  params[n + 1], params[n + 2] = v[1], v[2]
  return n + 2
end

-- Values of some fields (decimals) take the field's form before they are compared.
local function converting(field, compare, take)
  local function convert(v)
    local value, message = compare(v, field)
    if message then
      errors.raise("validation", "%s.%s: %s (got %s)", field.meta.model_name, field.name, message, compat.show(v))
    end
    return value
  end
  return function(params, n, v)
    if not take then return put(params, n, convert(v)) end
    local after = take(params, n, v)
    for i = n + 1, after do
      local p, list = params[i], {}
      if type(p) ~= "table" then params[i] = convert(p) else
        for j, item in ipairs(p) do list[j] = convert(item) end
        params[i] = list
      end
    end
    return after
  end
end

local function complain(meta, field, lookup, class, path)
  local what = meta.model_name .. "." .. field.name
  if class == "table" then
    errors.raise("misuse", "%s: %s takes one value, not a table; for a list use %s__in", what, path, field.name)
  end
  if class == "null" then
    errors.raise("misuse", "%s: %s cannot compare with NULL; use %s__isnull = true", what, path, field.name)
  end
  if lookup == "isnull" then errors.raise("misuse", "%s: isnull takes true or false", what) end
  if lookup == "in" or lookup == "range" then
    errors.raise("misuse", "%s: %s takes a list, not a %s", what, path, class)
  end
  errors.raise("misuse", "%s: %s cannot be compared with a %s", what, path, class)
end

local BOOLEAN = { yes = true, no = true }

-- class of the value -> lookup, taker (nil: the value as it is), number of parameters
local function meaning(meta, field, lookup, class, path)
  if lookup == "isnull" and BOOLEAN[class] then return class == "yes" and "isnull" or "notnull", none, 0 end
  if lookup ~= "isnull" then
    if class == "table" then
      if lookup == "in" then return "in", putter_of_list(field), 1 end
      if lookup == "range" then return "range", put_range, 2 end
      if field.type == "json" then return lookup, nil, 1 end
    elseif class == "null" then
      if lookup == "exact" then return "isnull", none, 0 end
    elseif class == "object" then
      if lookup == "exact" and field.relation then return lookup, putter_of_object(field), 1 end
    elseif lookup ~= "in" and lookup ~= "range" and (class == "scalar" or BOOLEAN[class]) then
      return lookup, nil, 1
    end
  end
  complain(meta, field, lookup, class, path)
end

--- A path against a class of value: predicate, taker. `n` is the next parameter's number.
function M.resolve(meta, path, class, n)
  local parts = split(path)
  local field, i = field_of(meta, parts)
  field:settle()
  local lookup, take, count = meaning(meta, field, lookup_of(meta, field, parts, i), class, path)
  local params = {}
  for j = 1, count do params[j] = n + j - 1 end
  local own = field.target_field or field
  if count > 0 and own.kind.compare then take = converting(own, own.kind.compare, take) end
  return { op = "lookup", lookup = lookup, field = field, params = params }, take, n + count
end

local function step_leaf(class)
  return function(node, path)
    local pred, take, n = M.resolve(node.meta, path, class, node.n)
    return shape.child(node, { pred = pred, take = take, n = n })
  end
end

local steps = {}

--- The node after one condition; appends its parameters to `params`.
function M.one(node, params, path, v)
  if type(path) ~= "string" then
    errors.raise("misuse", "a condition is named by text, not by %s", compat.show(path))
  end
  local class = class_of(v)
  local make = steps[class]
  if not make then
    make = step_leaf(class)
    steps[class] = make
  end
  local child = shape.follow(node, class, path, make)
  if child.take then child.take(params, node.n, v) else params[node.n + 1] = v end
  return child
end

--- The node after a table of conditions.
function M.all(node, params, conditions, what)
  local path, v = next(conditions)
  if path == nil then q.refuse_empty(what) end
  if next(conditions, path) == nil then return M.one(node, params, path, v) end
  for _, key in ipairs(shape.keys(conditions)) do
    node = M.one(node, params, key, conditions[key])
  end
  return node
end

local function compile(meta, s, n, takes)
  if s.op == "leaf" then
    local pred, take, after = M.resolve(meta, s.path, s.class, n)
    takes[#takes + 1] = take or put
    return pred, after
  end
  local a, b
  a, n = compile(meta, s.a, n, takes)
  if s.op == "not" then return { op = "not", a }, n end
  b, n = compile(meta, s.b, n, takes)
  return { op = s.op, a, b }, n
end

local function step_q(node, s)
  local takes = {}
  local pred, n = compile(node.meta, s, node.n, takes)
  return shape.child(node, { pred = pred, takes = takes, n = n })
end

--- The node after a Q.
function M.q(node, params, condition)
  local child = shape.follow(node, "q", condition.shape, step_q)
  local n = node.n
  for i, take in ipairs(child.takes) do n = take(params, n, condition.values[i]) end
  return child
end

M.null, M.key_of = null, key_of

return M
