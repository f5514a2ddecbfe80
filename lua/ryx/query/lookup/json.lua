-- SPDX-License-Identifier: MIT
-- filter{ meta = { a = 1 }, meta__has_key = "a", meta__a__gt = 5 }: conditions on JSON and
-- on its parts. A part is compared within one JSON type: numbers with numbers, text with
-- text, booleans with booleans.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"
local catalog = require "ryx.query.lookup.catalog"
local scalar = require "ryx.query.lookup.scalar"
local value = require "ryx.value"

local M = {}

local LISTS = bind.LISTS

-- What a part is compared as, by the class of the value.
local TYPES = {
  int = "int", double = "double", string = "text", yes = "bool", no = "bool", ints = "int", doubles = "double",
  strings = "text",
}

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

local OF_KEYS = { strings = true, table = true, long = true }

local function by_keys(resolver, left, row, class)
  if row.operand == "key" then
    if class ~= "string" then errors.raise("misuse", "%s takes one key, a text", row.name) end
    return scalar.compared(resolver, left, row.name, bind.as_is, { type = "text", name = left.name })
  end
  if not OF_KEYS[class] then errors.raise("misuse", "%s takes a list of keys", row.name) end
  return scalar.compared(resolver, left, row.makes.json or row.name, keys_list(left),
    { type = "array", elem = "text", name = left.name })
end

-- JSON with JSON: with a table, or with any value of a whole column.
local function by_json(resolver, left, row)
  return scalar.compared(resolver, left, row.makes.json, bind.as_is)
end

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

local function by_mixed_list(resolver, left, row, path, class)
  local any = { op = "or" }
  for i, type in ipairs{ "double", "text", "bool" } do
    local list = resolver:param{ type = "array", elem = type }
    any[i] = scalar.among(row, class, ir.json_part(left, {}, type), list)
  end
  resolver:bind(split_list(path))
  return any
end

-- A part with what has a type.
local function by_node(left, other, row, path)
  local b, a = scalar.meet_json(other, left, path)
  return ir.lookup(catalog.check(a, row.name, path), a, b)
end

local function by_queryset(resolver, left, row, term, path)
  local made
  local rows = resolver:rows(term, left, row.operand == "list", function(column)
    local other
    other, made = scalar.meet_json(column, left, path)
    return other
  end)
  return ir.lookup(catalog.check(made, row.name, path), made, rows)
end

local function of_part(resolver, left, row, class, term, path)
  -- JSON has a null of its own.
  if class == "null" and row.of_class.null_in_json then class = "null_in_json" end
  if LISTS[class] and row.operand == "list" then return by_mixed_list(resolver, left, row, path, class) end
  if LISTS[class] and row.name == "exact" then return by_json(resolver, left, row) end
  if class == "queryset" then return by_queryset(resolver, left, row, term, path) end
  local type = TYPES[class]
  if type then
    left = ir.json_part(left, {}, type)
    catalog.check(left, row.name, path)
  end
  return scalar.condition(resolver, left, row, class, term, path)
end

-- The type of the other side says what is compared.
local function by_expression(resolver, left, row, term, path)
  local right = resolver:resolve(term)
  if right.type ~= "json" and right.type ~= "null" then return by_node(left, right, row, path) end
  if row.makes.json then return ir.lookup(row.makes.json, left, ir.coerce(right, left)) end
  errors.raise("field_error",
    "%s: %s does not compare two parts of JSON: say what one is, Cast(F\"...\", \"double\")", path, row.name)
end

local function by_expressions(resolver, left, row, term, path)
  if row.operand ~= "list" and (row.operand ~= "pair" or term.n ~= 2) then
    errors.raise("misuse", "%s: %s cannot be compared with this list", path, row.name)
  end
  return scalar.each(by_expression, resolver, left, row, term, path)
end

--- The condition of a lookup's row on JSON or a part of it.
function M.condition(resolver, left, row, class, term, path)
  local name, operand = row.name, row.operand
  if operand == "boolean" then return scalar.condition(resolver, left, row, class, term, path) end
  if class == "expr" and not operand then return by_expression(resolver, left, row, term, path) end
  if class == "exprs" then return by_expressions(resolver, left, row, term, path) end
  if operand == "key" or operand == "keys" then return by_keys(resolver, left, row, class) end
  -- Of a part exact compares values, and contains a text.
  local is_plain = name == "exact" or name == "contains" and class == "string"
  if left.json_value and (is_plain or not row.makes.json) then
    return of_part(resolver, left, row, class, term, path)
  end
  if row.makes.json and not row.of_class[class] then return by_json(resolver, left, row) end
  return scalar.condition(resolver, left, row, class, term, path)
end

return M
