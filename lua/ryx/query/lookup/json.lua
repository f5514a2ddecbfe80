-- SPDX-License-Identifier: MIT
-- JSON documents and arrays in paths and conditions (DESIGN 7.6). A comparison is
-- within one JSON type: numbers with numbers, text with text, booleans with booleans.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local lookup = require "ryx.query.lookup"
local bind = require "ryx.query.lookup.bind"
local custom = require "ryx.query.lookup.custom"
local types = require "ryx.query.fn.types"
local value = require "ryx.value"

local M = {}

local MARKERS = { key = true, key_text = true, json = true }

local function part(node, steps, kind, type)
  local document, all = node, {}
  if node.op == "json" then
    document = node[1]
    for i, step in ipairs(node.steps) do all[i] = step end
  end
  for _, step in ipairs(steps) do all[#all + 1] = step end
  return {
    op = "json", kind = kind or "json", type = type or "json", null = true, steps = all, json_value = true, document,
  }
end

--- A part of a document by keys and positions.
function M.at(node, steps)
  if node.type ~= "json" and node.type ~= "text" then
    errors.raise("field_error", "at() takes a part of JSON, not of a value of type %s", node.type)
  end
  return part(node, steps)
end

--- Do the keys of a document begin here?
function M.begins(node, parts, i)
  if node.type == "json" then
    local only = parts[i + 1] == nil
    return not (only and (custom.is_known(parts[i]) or lookup.BY_TYPE.json[parts[i]])) and not node.json_value
  end
  -- Text that holds JSON is reached into by a marker and a key.
  return node.type == "text" and MARKERS[parts[i]] and parts[i + 1] ~= nil
end

--- The part that a path leads to, and the index of the lookup after it.
function M.path(node, parts, i)
  local last = #parts
  local stop = (lookup.IN_JSON[parts[last]] or custom.is_known(parts[last])) and last or last + 1
  local steps = {}
  for k = i, stop - 1 do
    local position = parts[k]:match("^%d+$")
    steps[#steps + 1] = position and tonumber(position) < 2147483647 and tonumber(position) or parts[k]
  end
  if #steps > 1 and MARKERS[parts[i]] then table.remove(steps, 1) end
  return part(node, steps), stop
end

--- An item or the length of an array; nil when the name is neither.
function M.item(node, name)
  if node.type ~= "array" then return nil end
  if name == "len" then return ir.call("array_len", "int", { node }) end
  if name:find("^%d+$") then
    local item = ir.call("array_item_" .. node.elem, node.elem, { node, ir.int(tonumber(name)) }, { null = true })
    local base = node.field and node.field.base
    return node.elem == "decimal" and types.decimal(item, base and base.decimal_places or node.places) or item
  end
end

local KINDS = {
  int = { "number", "int" }, double = { "number", "double" }, string = { "text", "text" }, yes = { "bool", "bool" },
  no = { "bool", "bool" }, ints = { "number", "int" }, doubles = { "number", "double" }, strings = { "text", "text" },
}

--- A part of a document as a value of a class.
local function as(left, class)
  local kind = KINDS[class]
  if not kind then return nil end
  return part(left, {}, kind[1], kind[2])
end

local TYPES = { text = "string", int = "int", double = "double", decimal = "double", bool = "yes" }

--- A part of a document as a value of a type; nil when JSON has none of it.
function M.as_type(node, type)
  return as(node, TYPES[type])
end

--- A value and a part of a document that it is compared with, both in one type.
function M.meet(other, document, path)
  local typed = M.as_type(document, other.type)
  if not typed then
    errors.raise("field_error", "%s: a part of JSON is compared with numbers, text and booleans, not with %s", path,
      other.type)
  end
  if other.type == "decimal" then other = ir.call("cast_double", "double", { other }) end
  return other, typed
end

local function keys_list(left)
  return function(params, n, v)
    for i, key in ipairs(v) do
      if type(key) ~= "string" then errors.raise("misuse", "keys of a document are text, not %s", tostring(key)) end
      if i > 10000 then errors.raise("misuse", "more than 10000 keys") end
    end
    if v[1] == nil and next(v) ~= nil then
      errors.raise("misuse", "%s: a list of keys is needed", left.name or "a document")
    end
    return bind.as_is(params, n, v)
  end
end

local function has_keys(resolver, left, name, class)
  if name == "has_key" then
    if class ~= "string" then errors.raise("misuse", "has_key takes one key, a text") end
    local operand = resolver:param{ type = "text", name = left.name }
    resolver:bind(bind.as_is)
    return ir.lookup("has_key", left, operand)
  end
  if class ~= "strings" and class ~= "table" then errors.raise("misuse", "%s takes a list of keys", name) end
  local operand = resolver:param{ type = "array", elem = "text", name = left.name }
  resolver:bind(keys_list(left))
  return ir.lookup(name == "has_any" and "has_any" or "has_all", left, operand)
end

local function whole(resolver, left, name)
  local operand = resolver:param{ type = "json", name = left.name }
  resolver:bind(bind.as_is)
  return ir.lookup(name, left, operand)
end

local IS_DOCUMENT = {
  contains = "json_contains", contained_by = "json_contained_by", has_key = true, has_any = true, has_all = true,
  has_keys = true,
}

-- Items of a list in the lists that can be compared: numbers, texts and booleans.
local function split_list(path)
  return function(params, n, v)
    local numbers, texts, booleans = {}, {}, {}
    local by = { number = numbers, cdata = numbers, string = texts, boolean = booleans }
    if v[1] == nil and next(v) ~= nil then errors.raise("misuse", "%s: in takes a list", path) end
    for _, item in ipairs(v) do
      if item ~= value.null then
        local list = by[type(item)]
        if not list then errors.raise("misuse", "%s: JSON is compared with numbers, text, booleans", path) end
        list[#list + 1] = item
      end
    end
    params[n + 1], params[n + 2], params[n + 3] = numbers, texts, booleans
    return n + 3
  end
end

local function mixed_in(resolver, left, path)
  local any = { op = "or" }
  for i, class in ipairs{ "double", "string", "yes" } do
    local typed = as(left, class)
    any[i] = ir.lookup("in", typed, resolver:param{ type = "array", elem = typed.type })
  end
  resolver:bind(split_list(path))
  return any
end

local LISTS = { ints = true, doubles = true, strings = true, table = true }

local function of_part(resolver, left, name, class, term, path)
  if name == "exact" and class == "null" then
    resolver:bind(function(_, n) return n end)
    return ir.lookup("json_null", left)
  end
  if name == "in" and LISTS[class] then return mixed_in(resolver, left, path) end
  if name == "exact" and LISTS[class] then return whole(resolver, left, "json_exact") end
  if class == "queryset" then
    local rows, typed = M.meet(resolver:rows(term, { type = "null" }, name == "in"), left, path)
    return ir.lookup(lookup.check(typed, name, path), typed, rows)
  end
  local typed = as(left, class)
  if not typed then return nil end
  lookup.check(typed, name, path)
  return lookup.condition(resolver, typed, name, class, term, path)
end

-- Conditions whose other side is an expression: its type says what is compared.
local function by_expression(resolver, left, name, term, path)
  local right = resolver:resolve(term)
  if right.type == "json" or right.type == "null" then
    local known = name == "exact" and "json_exact" or IS_DOCUMENT[name]
    if type(known) ~= "string" then
      errors.raise("field_error",
        "%s: %s does not compare two parts of JSON: say what one is, Cast(F\"...\", \"double\")", path, name)
    end
    return ir.lookup(known, left, ir.coerce(right, left))
  end
  local other, typed = M.meet(right, left, path)
  return ir.lookup(lookup.check(typed, name, path), typed, other)
end

-- A list with expressions in it.
local function by_expressions(resolver, left, name, term, path)
  if name == "range" and term.n == 2 then
    return {
      op = "and",
      by_expression(resolver, left, "gte", term[1], path), by_expression(resolver, left, "lte", term[2], path),
    }
  end
  if name ~= "in" then errors.raise("misuse", "%s: %s cannot be compared with this list", path, name) end
  local any = { op = "or" }
  for i = 1, term.n do any[i] = by_expression(resolver, left, "exact", term[i], path) end
  return any
end

local function bind_item(params, n, v) return bind.as_is(params, n, { v }) end

-- No NULL is equal to another, so one in a list has nothing to meet.
local function bind_items(params, n, list)
  local out = {}
  for key in pairs(list) do
    if type(key) ~= "number" then return bind.as_is(params, n, list) end
  end
  for _, v in ipairs(list) do
    if v ~= value.null then out[#out + 1] = v end
  end
  return bind.as_is(params, n, out)
end

local function of_items(resolver, left, name, binder)
  local operand = resolver:param{ type = "array", elem = left.elem, name = left.name }
  resolver:bind(bind.with_form(left, binder))
  return ir.lookup(name, left, operand)
end

local ARRAY_LOOKUPS = { contains = true, contained_by = true, overlap = true }

local function of_array(resolver, left, name, class, term, path)
  if class == "expr" and ARRAY_LOOKUPS[name] then
    local right = ir.coerce(resolver:resolve(term), left)
    if right.type ~= "array" or right.elem ~= left.elem then
      errors.raise("field_error", "%s: %s takes an array of %s", path, name, left.elem)
    end
    return ir.lookup("array_" .. name, left, right)
  end
  if name == "any" then
    if LISTS[class] or class == "expr" or class == "queryset" or class == "null" then
      errors.raise("misuse", "%s: any takes one value; for several use overlap", path)
    end
    return of_items(resolver, left, "array_contains", bind_item)
  end
  if not ARRAY_LOOKUPS[name] then return nil end
  if not LISTS[class] then errors.raise("misuse", "%s: %s takes a list", path, name) end
  return of_items(resolver, left, "array_" .. name, name == "overlap" and bind_items or bind.as_is)
end

--- Conditions that only documents and arrays have; nil for the others.
function M.condition(resolver, left, name, class, term, path)
  if left.type == "array" then return of_array(resolver, left, name, class, term, path) end
  if name == "isnull" then return nil end
  if class == "expr" and name ~= "in" and name ~= "range" and name:sub(1, 4) ~= "has_" then
    return by_expression(resolver, left, name, term, path)
  end
  if class == "exprs" then return by_expressions(resolver, left, name, term, path) end
  local is_text = left.json_value and name == "contains" and class == "string"
  if IS_DOCUMENT[name] and not is_text then
    if name:sub(1, 4) == "has_" then return has_keys(resolver, left, name, class) end
    return whole(resolver, left, IS_DOCUMENT[name])
  end
  if left.json_value then return of_part(resolver, left, name, class, term, path) end
  if name == "exact" and class ~= "null" then return whole(resolver, left, "json_exact") end
end

return M
