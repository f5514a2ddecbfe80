-- SPDX-License-Identifier: MIT
-- What each lookup says of one value: lookup(value, operand, type) with both
-- present. NULL never gets here: a condition on NULL is false.
local json = require "differential.json"
local regex = require "differential.regex"
local text = require "differential.text"

local M = {}

local lower = text.lower

-- Booleans order false first, other values as Lua has them.
local function less(a, b)
  if type(a) == "boolean" then return not a and b end
  return a < b
end

M.less = less

local function same(a, b, type_name)
  if type_name == "json" then return json.encode(a) == json.encode(b) end
  return a == b
end

local function in_list(v, list, type_name)
  for _, item in ipairs(list) do
    if same(v, item, type_name) then return true end
  end
  return false
end

local function has(v, key)
  return json.kind(v) == "object" and v[key] ~= nil
end

local LOOKUPS = {
  exact = same,
  ne = function(a, b, t) return not same(a, b, t) end,
  gt = function(a, b) return less(b, a) end,
  gte = function(a, b) return not less(a, b) end,
  lt = less,
  lte = function(a, b) return not less(b, a) end,
  ["in"] = in_list,
  range = function(v, b) return not less(v, b[1]) and not less(b[2], v) end,
  iexact = function(a, b) return lower(a) == lower(b) end,
  contains = text.contains,
  startswith = text.starts,
  endswith = text.ends,
  icontains = function(a, b) return text.contains(lower(a), lower(b)) end,
  istartswith = function(a, b) return text.starts(lower(a), lower(b)) end,
  iendswith = function(a, b) return text.ends(lower(a), lower(b)) end,
  regex = function(a, b) return regex.search(b, a) end,
  iregex = function(a, b) return regex.search(b, a, true) end,
  has_key = has,
  has_any = function(v, keys)
    for _, k in ipairs(keys) do
      if has(v, k) then return true end
    end
    return false
  end,
  has_all = function(v, keys)
    for _, k in ipairs(keys) do
      if not has(v, k) then return false end
    end
    return json.kind(v) == "object"
  end,
  json_contains = json.contains,
  contained_by = function(a, b) return json.contains(b, a) end,
}

--- Does the lookup hold for a value that is there?
function M.holds(name, v, operand, type_name)
  return LOOKUPS[name](v, operand, type_name)
end

--- The value a JSON comparison sees: of the operand's own JSON type, else nothing.
function M.json_of_kind(v, operand)
  if json.kind(v) ~= json.kind(operand) then return nil end
  return v
end

return M
