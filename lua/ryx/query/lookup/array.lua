-- SPDX-License-Identifier: MIT
-- filter{ labels__contains = { "a" }, labels__any = "a" }: conditions on arrays.
local errors = require "ryx.errors"
local ir = require "ryx.query.ir"
local bind = require "ryx.query.lookup.bind"
local scalar = require "ryx.query.lookup.scalar"
local value = require "ryx.value"

local M = {}

local LISTS = bind.LISTS

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

local function by_item(resolver, left, row, class, path)
  if LISTS[class] or class == "expr" or class == "queryset" or class == "null" then
    errors.raise("misuse", "%s: any takes one value; for several use overlap", path)
  end
  return scalar.compared(resolver, left, row.makes.array, bind_item)
end

local function by_expression(resolver, left, row, term, path)
  local right = ir.coerce(resolver:resolve(term), left)
  if right.type ~= "array" or right.elem ~= left.elem then
    errors.raise("field_error", "%s: %s takes an array of %s", path, row.name, left.elem)
  end
  return ir.lookup(row.makes.array, left, right)
end

--- The condition of a lookup's row on an array.
function M.condition(resolver, left, row, class, term, path)
  local name, made = row.name, row.makes.array
  if name == "exact" and LISTS[class] then return scalar.compared(resolver, left, name, bind.as_is) end
  if not made then return scalar.condition(resolver, left, row, class, term, path) end
  if name == "any" then return by_item(resolver, left, row, class, path) end
  if class == "expr" then return by_expression(resolver, left, row, term, path) end
  if not LISTS[class] then errors.raise("misuse", "%s: %s takes a list", path, name) end
  return scalar.compared(resolver, left, made, name == "overlap" and bind_items or bind.as_is)
end

return M
