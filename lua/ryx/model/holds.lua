-- SPDX-License-Identifier: MIT
-- Does an object meet the condition of an index of its model? As SQL says it: with NULL nothing is
-- known. Where that cannot be told without the database, nothing is known either.
local naming = require "ryx.naming"
local value_of = require "ryx.value"

local null = value_of.null

local COMPARE = {
  exact = function(a, b) return a == b end,
  gt = function(a, b) return a > b end, gte = function(a, b) return a >= b end,
  lt = function(a, b) return a < b end, lte = function(a, b) return a <= b end,
}
COMPARE["in"] = function(a, list, convert)
  for _, v in ipairs(list) do
    if a == convert(v) then return true end
  end
  return false
end

-- In a form in which values are compared.
local function converter(f)
  return function(v)
    if value_of.is_instance(v) then v = v.pk end
    if v == nil or v == null or value_of.is_expression(v) then return nil end
    return (f:convert(v))
  end
end

-- Those of the user's own and documents are compared by the database.
local function is_compared(f)
  return f and not f.is_custom and f.type ~= "json" and f.type ~= "array"
end

local function leaf(ctx, term)
  ctx.i = ctx.i + 1
  local v, parts = ctx.values[ctx.i], naming.split(term[1])
  local f, lookup = ctx.meta.paths[parts[1]], parts[2] or "exact"
  if term.n > 2 or parts[3] or not is_compared(f) then error("unknown", 0) end
  local convert = converter(f)
  local own = convert(ctx.object[f.attname])
  if lookup == "isnull" then return (own == nil) == v end
  if lookup == "exact" and v == null then return own == nil end
  if own == nil then return nil end
  if lookup ~= "in" then v = convert(v) end
  return COMPARE[lookup](own, v, convert)
end

local holds

local OPERATION = {
  leaf = leaf,
  ["and"] = function(ctx, term)
    local a, b = holds(ctx, term[1]), holds(ctx, term[2])
    if a == false or b == false then return false end
    return a and b
  end,
  ["or"] = function(ctx, term)
    local a, b = holds(ctx, term[1]), holds(ctx, term[2])
    if a or b then return true end
    if a == nil or b == nil then return nil end
    return false
  end,
}

function holds(ctx, term)
  return OPERATION[term.op](ctx, term)
end

--- Is it certain that an object meets a Q?
return function(meta, object, condition)
  local ctx = { meta = meta, object = object, values = condition.values, i = 0 }
  local ok, result = pcall(holds, ctx, condition.term)
  return ok and result == true
end
