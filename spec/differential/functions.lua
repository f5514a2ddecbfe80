-- SPDX-License-Identifier: MIT
-- Functions and arithmetic of expressions over values that are there; what NULL
-- does is said by the second table.
local lookup = require "differential.lookup"
local text = require "differential.text"
local time = require "differential.time"
local world = require "differential.world"

local M = {}

local NULL, less = world.NULL, lookup.less

local function truncate(v)
  return v < 0 and math.ceil(v) or math.floor(v)
end

-- Half away from zero: n / d as a whole number, exactly.
local function rounded(n, d)
  if d < 0 then n, d = -n, -d end
  local sign = n < 0 and -1 or 1
  n = math.abs(n)
  local whole = math.floor(n / d)
  while whole * d > n do whole = whole - 1 end
  while (whole + 1) * d <= n do whole = whole + 1 end
  if (n - whole * d) * 2 >= d then whole = whole + 1 end
  return sign * whole
end

M.rounded = rounded

local function scaled(v, from, to)
  for _ = from + 1, to do v = v * 10 end
  return v
end

local function scale_of(e)
  return e.t == "decimal" and (e.scale or 2) or 0
end

M.scale_of = scale_of

local function aligned(op)
  return function(a, b, e, ea, eb)
    if e.t == "decimal" then
      a, b = scaled(a, scale_of(ea), e.scale), scaled(b, scale_of(eb), e.scale)
    end
    return op(a, b)
  end
end

local function divide(a, b, e, ea, eb)
  if b == 0 then return NULL end
  if e.t ~= "decimal" then return a / b end
  local shift = e.scale - scale_of(ea) + scale_of(eb)
  return rounded(scaled(a, 0, shift), b)
end

local function modulo(a, b)
  if b == 0 then return NULL end
  return a - b * truncate(a / b)
end

local function extreme(before)
  return function(args)
    local best = args[1]
    for i = 2, #args do
      if before(args[i], best) then best = args[i] end
    end
    return best
  end
end

local ARITHMETIC = {
  ["+"] = aligned(function(a, b) return a + b end),
  ["-"] = aligned(function(a, b) return a - b end),
  ["*"] = function(a, b) return a * b end,
  ["/"] = divide,
  ["%"] = modulo,
}

-- Of datetimes and durations, by the types of both sides.
local TIMES = {
  ["datetime - datetime"] = function(a, b) return time.microseconds(a) - time.microseconds(b) end,
  ["datetime + duration"] = function(a, b) return time.datetime(time.microseconds(a) + b) end,
  ["datetime - duration"] = function(a, b) return time.datetime(time.microseconds(a) - b) end,
}

--- a op b; NULL if either is.
function M.arithmetic(e, a, b)
  if a == NULL or b == NULL then return NULL end
  local f = TIMES[e.a.t .. " " .. e.op .. " " .. e.b.t]
  if f then return f(a, b) end
  return ARITHMETIC[e.op](a, b, e, e.a, e.b)
end

-- NULL when any argument is.
local STRICT = {
  Lower = function(a) return text.lower(a[1]) end,
  Upper = function(a) return text.upper(a[1]) end,
  Length = function(a) return text.length(a[1]) end,
  Abs = function(a) return math.abs(a[1]) end,
  Mod = function(a) return modulo(a[1], a[2]) end,
  IntDiv = function(a) return a[2] == 0 and NULL or truncate(a[1] / a[2]) end,
  Substr = function(a) return text.sub(a[1], a[2], a[2] + a[3] - 1) end,
  Left = function(a) return text.sub(a[1], 1, a[2]) end,
  Right = function(a) return text.sub(a[1], text.length(a[1]) - a[2] + 1, text.length(a[1])) end,
  Trim = function(a) return text.trim(a[1]) end,
  LTrim = function(a) return (a[1]:gsub("^ +", "")) end,
  RTrim = function(a) return (a[1]:gsub(" +$", "")) end,
  Repeat = function(a) return a[1]:rep(math.max(a[2], 0)) end,
  LPad = function(a) return text.padding(a[1], a[2], a[3]) .. text.sub(a[1], 1, a[2]) end,
  RPad = function(a) return text.sub(a[1], 1, a[2]) .. text.padding(a[1], a[2], a[3]) end,
  StrIndex = function(a) return text.index(a[1], a[2]) end,
  Sign = function(a) return a[1] > 0 and 1 or a[1] < 0 and -1 or 0 end,
  Floor = function(a) return math.floor(a[1]) end,
  Ceil = function(a) return math.ceil(a[1]) end,
  Replace = function(a) return text.replace(a[1], a[2], a[3]) end,
  Greatest = extreme(function(a, b) return less(b, a) end),
  Least = extreme(less),
}

-- Those that look at NULL themselves.
local LENIENT = {
  Coalesce = function(a)
    for _, v in ipairs(a) do
      if v ~= NULL then return v end
    end
    return NULL
  end,
  Concat = function(a)
    local out = {}
    for i, v in ipairs(a) do out[i] = v == NULL and "" or v end
    return table.concat(out)
  end,
  NullIf = function(a) return a[1] ~= NULL and a[1] == a[2] and NULL or a[1] end,
}

--- A function of values by name.
function M.call(name, args)
  if LENIENT[name] then return LENIENT[name](args) end
  for _, v in ipairs(args) do
    if v == NULL then return NULL end
  end
  return STRICT[name](args)
end

return M
