-- SPDX-License-Identifier: MIT
-- The expression of a generated column, as a tree (canonical.tree), as the expression or the Q that a
-- person would write: of columns, literals, arithmetic, some functions, conditions; nil of all else.
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"
local call = require "ryx.query.expr.call"
local case = require "ryx.query.expr.case"
local functions = require "ryx.query.fn"
local inspect_meta = require "ryx.migrations.inspect.meta"

local OPERATORS = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end,
  ["%"] = function(a, b) return a % b end,
}

-- What databases call functions of ryx that give of their arguments what they say.
local FUNCTIONS = {
  lower = "Lower", upper = "Upper", ryx_lower = "Lower", ryx_upper = "Upper", abs = "Abs", coalesce = "Coalesce",
  length = "Length", char_length = "Length",
}

local read

-- A number without a point: others may be any of several types.
local function number(n)
  local sign, digits, power = n[2]:match("^(%-?)(%d+)e?(%-?%d*)$")
  power = tonumber(power) or 0
  if not digits or power < 0 or #digits + power > 15 then return nil end
  return tonumber(sign .. digits .. ("0"):rep(power))
end

local function arguments(n, first, of)
  local out = {}
  for i = first, #n do
    out[#out + 1] = read(n[i], of)
    if #out < i - first + 1 then return nil end
  end
  return out
end

local function operator(n, of)
  local args = #n == 3 and arguments(n, 2, of)
  if not args then return nil end
  -- Lua would work out what is made of values alone.
  if not expr.is_expr(args[1]) and not expr.is_expr(args[2]) then return nil end
  return OPERATORS[n[1]](args[1], args[2])
end

-- SQLite has functions for decimals where others have operators.
local DECIMALS = { decimal_add = "+", decimal_sub = "-", decimal_mul = "*" }

local function as_value(v)
  return type(v) == "string" and expr.Value(v) or v
end

local function case_of(n, of)
  local parts = { default = nil }
  for i = 2, #n - 1, 2 do
    local condition, v = inspect_meta.condition(n[i], of), read(n[i + 1], of)
    if condition == nil or v == nil then return nil end
    parts[#parts + 1] = case.When(condition, as_value(v))
  end
  if #n % 2 == 0 then
    parts.default = as_value(read(n[#n], of))
    if parts.default == nil then return nil end
  end
  return parts[1] and case.Case(parts) or nil
end

local function function_call(n, of)
  if DECIMALS[n[2]] and #n == 4 then return operator({ DECIMALS[n[2]], n[3], n[4] }, of) end
  local name = FUNCTIONS[n[2]]
  local args = name and arguments(n, 3, of)
  if not args or not args[1] then return nil end
  for i, v in ipairs(args) do args[i] = as_value(v) end
  return call.constructor(functions.row[name])(compat.unpack(args))
end

-- What databases write around a value is worked out again where it is written.
local INSIDE = { collate = 2, cast = 2 }

-- An expression, a number or a text.
function read(n, of)
  if INSIDE[n[1]] then return read(n[2], of) end
  if n[1] == "name" then return of[n[2]] and expr.F(of[n[2]].path) end
  if n[1] == "number" then return number(n) end
  if n[1] == "string" then return n[2] end
  if n[1] == "call" then return function_call(n, of) end
  if n[1] == "case" then return case_of(n, of) end
  return OPERATORS[n[1]] and operator(n, of) or nil
end

--- The expression or Q of a tree over the fields of columns, or nil.
return function(n, of)
  local e = read(n, of)
  if e ~= nil then return expr.is_expr(e) and e or nil end
  return inspect_meta.condition(n, of)
end
