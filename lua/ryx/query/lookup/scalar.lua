-- SPDX-License-Identifier: MIT
-- filter{ age__gte = 18, author = ann, name__in = { ... }, likes__lt = F"views" }: the
-- condition of a lookup on a plain value, by the class of what it is compared with.
local errors = require "ryx.errors"
local index = require "ryx.meta.index"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"
local catalog = require "ryx.query.lookup.catalog"
local date_range = require "ryx.query.lookup.date_range"
local types = require "ryx.query.fn.types"
local numbers = require("ryx.value").numbers

local M = {}

local refuse, LIST = catalog.refuse, numbers.LIST

-- A column of a table as the field whose values it holds; else nil.
local function stored(left)
  if left.op ~= "column" or left.source.query then return nil end
  return left.field
end

-- How many letters a text has at most, 0 when that is not known.
local function letters(field)
  return field and field.db == "varchar" and field.max_length or 0
end

--- The condition of `in` on a list of a class.
function M.among(row, class, left, list)
  local field = stored(left)
  local n, bits = letters(field), 0
  if n == 0 and class ~= "long" then return ir.lookup(row.name, left, list) end
  if class == "long" then bits = LIST.long end
  if field and index.begins(field) then bits = bits + LIST.indexed end
  return ir.lookup(row.sized, left, list, ir.int(n), ir.int(bits))
end

--- A lookup on a parameter of the left side's type, or of another like a list; range has two.
local function compared(resolver, left, name, binder, like)
  local operand = resolver:param(like or left)
  resolver:bind(bind.with_form(left, binder, like ~= nil, name))
  if name == "range" then return ir.lookup(name, left, operand, resolver:param(left)) end
  return ir.lookup(name, left, operand)
end
M.compared = compared

local function by_value(resolver, left, row, _, path)
  if row.operand then refuse(left, row.name, "single value", path) end
  local column, name, binder = date_range.of(left, row.name, path)
  return compared(resolver, column or left, name or row.name, binder or bind.as_is)
end

local function by_boolean(resolver, left, row, _, path, class)
  if row.operand then refuse(left, row.name, class, path) end
  return compared(resolver, left, row.name, bind.as_is)
end

local function by_object(resolver, left, row, _, path)
  if row.name ~= "exact" or not bind.model_of(left) then refuse(left, row.name, "object", path) end
  return compared(resolver, left, row.name, bind.object(left))
end

local function by_list(resolver, left, row, _, path, class)
  if row.operand == "pair" then return compared(resolver, left, row.name, bind.range) end
  if row.operand ~= "list" then refuse(left, row.name, "table", path) end
  local list = resolver:param{ type = "array", elem = left.type, name = left.name }
  resolver:bind(bind.with_form(left, bind.list(left), true))
  return M.among(row, class, left, list)
end

-- Lookups that compare the digits of decimals where those are text.
local EQUAL = { exact = true, ["in"] = true }

-- What a part of JSON is compared as, by the type of what it is compared with.
local IN_JSON = { text = "text", int = "int", double = "double", decimal = "double", bool = "bool" }

--- A value and a part of JSON that it is compared with, both in one type.
function M.meet_json(other, part, path)
  local type = IN_JSON[other.type]
  if not type then
    errors.raise("field_error", "%s: a part of JSON is compared with numbers, text and booleans, not with %s", path,
      other.type)
  end
  if other.type == "decimal" then other = ir.call("cast_double", "double", { other }) end
  return other, ir.json_part(part, {}, type)
end

-- Both sides of a comparison in one type; fail() raises what is said where there is none.
local function meet(left, right, name, path, fail)
  right = ir.coerce(right, left)
  ir.coerce(left, right)
  if right.type == "json" and left.type ~= "json" then return M.meet_json(left, right, path) end
  if left.type == "decimal" and right.type == "decimal" and EQUAL[name] and left.places ~= right.places then
    -- Where decimals are text, equal ones have equal digits only with equal places.
    return ir.call("ordered_decimal", "decimal", { left }, { places = left.places }), right
  end
  if left.type == right.type or left.type == "null" or right.type == "null" then return left, right end
  local nodes = { left, right }
  types.unify(nodes, fail)
  return nodes[1], nodes[2]
end

local function by_queryset(resolver, left, row, term, path)
  if row.operand and row.operand ~= "list" then refuse(left, row.name, "queryset", path) end
  local made
  local rows = resolver:rows(term, left, row.operand == "list", function(column)
    local other
    made, other = meet(left, column, row.name, path, function()
      errors.raise("field_error", "a column of type %s is compared with rows of type %s", left.type, column.type)
    end)
    return other
  end)
  return ir.lookup(row.name, made, rows)
end

local function by_expression(resolver, left, row, term, path)
  if row.operand then refuse(left, row.name, "expr", path) end
  local right = resolver:resolve(term)
  local a, b = meet(left, right, row.name, path, function()
    errors.raise("field_error", "%s: %s cannot be compared with %s", path, left.type, right.type)
  end)
  return ir.lookup(row.name, a, b)
end

--- range and in of a list with expressions in it: each is compared for itself.
function M.each(compare, resolver, left, row, term, path)
  if row.operand == "pair" then
    return {
      op = "and",
      compare(resolver, left, catalog.row.gte, term[1], path), compare(resolver, left, catalog.row.lte, term[2], path),
    }
  end
  local any = { op = "or" }
  for i = 1, term.n do any[i] = compare(resolver, left, catalog.row.exact, term[i], path) end
  return any
end

local function by_expressions(resolver, left, row, term, path)
  if row.operand ~= "list" and row.operand ~= "pair" then refuse(left, row.name, "table", path) end
  if row.operand == "pair" and term.n ~= 2 then errors.raise("misuse", "a range lookup takes a list of two values") end
  return M.each(by_expression, resolver, left, row, term, path)
end

local function refused(_, left, row, _, path, class)
  refuse(left, row.name, class, path)
end

local BY_CLASS = {
  yes = by_boolean, no = by_boolean, object = by_object, queryset = by_queryset, expr = by_expression,
  exprs = by_expressions, null = refused, ["function"] = refused, tx = refused, thread = refused,
}
for class in pairs(bind.LISTS) do BY_CLASS[class] = by_list end

-- Values of fields of the user's own may be of any class; these are not values.
local NO_VALUE = { expr = true, exprs = true, queryset = true, q = true, null = true }

local function is_own_value(left, row, class)
  return not row.operand and left.custom and not NO_VALUE[class]
end

--- The condition of a lookup's row against a value of a class; `term` is that of an
--- expression or a queryset.
function M.condition(resolver, left, row, class, term, path)
  local name = row.of_class[class]
  if name then
    resolver:bind(bind.nothing)
    return ir.lookup(name, left)
  end
  if is_own_value(left, row, class) then return by_value(resolver, left, row, term, path) end
  return (BY_CLASS[class] or by_value)(resolver, left, row, term, path, class)
end

return M
