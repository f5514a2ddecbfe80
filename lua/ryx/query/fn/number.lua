-- SPDX-License-Identifier: MIT
-- ryx.Round, ryx.Abs, ryx.Mod: functions of numbers.
local ir = require "ryx.query.ir"
local operators = require "ryx.query.fn.operators"
local types = require "ryx.query.fn.types"

local call, number = ir.call, types.number

-- A row of the C table by the type of the one argument.
local function by_type(fns, results)
  return function(args, _, fail)
    local x = number(args[1], fail)
    local result = results and results[x.type] or x.type
    local fn = fns[x.type]
    if not fn then return x end
    return call(fn, result, { x }, { places = result == "decimal" and (results and 0 or x.places) or nil })
  end
end

-- A function of doubles that has no value everywhere.
local function of_doubles(fn, n)
  return function(args, _, fail)
    local doubles = {}
    for i = 1, n do doubles[i] = types.double(number(args[i], fail)) end
    return call(fn, "double", doubles, { null = true })
  end
end

local exponent = of_doubles("power", 2)

local function round(args, _, fail)
  local x = number(args[1], fail)
  local places = types.whole(args[2] or 0, 0, "places", fail)
  if x.type == "int" then return x end
  if x.type == "decimal" then return types.decimal(x, math.min(places, x.places or places)) end
  if places == 0 then return call("round_double", "double", { x }) end
  if places > 15 then fail("takes at most 15 places of a double, not %d", places) end
  local scale = ir.int(math.floor(10 ^ places))
  local whole = call("round_double", "double", { call("mul_double", "double", { x, scale }) })
  return call("div", "double", { whole, scale })
end

local function log(args, _, fail)
  local x = types.double(number(args[1], fail))
  if not args[2] then return call("log10", "double", { x }, { null = true }) end
  local base = types.double(number(args[2], fail))
  local function ln(node) return call("ln", "double", { node }, { null = true }) end
  return call("div", "double", { ln(x), ln(base) }, { null = true })
end

local function ints(fn, null)
  return function(args, _, fail)
    return call(fn, "int", { types.int(args[1], fail), types.int(args[2], fail) }, { null = null })
  end
end

local WHOLE = { decimal = "decimal" }

return {
  { name = "Abs", args = { "expr" }, doc = "The number without its sign, in its type.",
    types = "number -> same", example = 'ryx.Abs("balance")', sql = 'ABS("balance"::int8)',
    resolve = by_type{ int = "abs", double = "abs_double", decimal = "abs_decimal" } },
  { name = "Sign", args = { "expr" }, doc = "-1, 0 or 1.",
    types = "number -> int", example = 'ryx.Sign("balance")', sql = 'SIGN("balance")::int8',
    resolve = by_type({ int = "sign", double = "sign", decimal = "sign_decimal" },
      { int = "int", double = "int", decimal = "int" }) },
  { name = "Round", args = { "expr", "const?" },
    doc = "Rounds to so many places (0), halves away from zero; decimals get no more places than they have.",
    types = "number, places -> same", example = 'ryx.Round("price", 1)', sql = 'ROUND("price"::numeric, 1)',
    resolve = round },
  { name = "Floor", args = { "expr" }, doc = "The whole number below; decimals get 0 places.",
    types = "number -> same", example = 'ryx.Floor("price")', sql = 'FLOOR("price")',
    resolve = by_type({ double = "floor_double", decimal = "floor_decimal" }, WHOLE) },
  { name = "Ceil", args = { "expr" }, doc = "The whole number above; decimals get 0 places.",
    types = "number -> same", example = 'ryx.Ceil("price")', sql = 'CEIL("price")',
    resolve = by_type({ double = "ceil_double", decimal = "ceil_decimal" }, WHOLE) },
  { name = "Mod", args = { "expr", "expr" },
    doc = "The rest of a division, with the sign of the dividend; NULL for zero. The same as `%`.",
    types = "numbers -> as +", example = 'ryx.Mod("id", 10)', sql = 'MOD("id"::int8, NULLIF($1::int8, 0))',
    resolve = function(args, _, fail) return operators["%"](args[1], args[2], fail) end },
  { name = "IntDiv", args = { "expr", "expr" }, doc = "Divides whole numbers and cuts the rest off; NULL for zero.",
    types = "int, int -> int", example = 'ryx.IntDiv("views", 100)', sql = '("views"::int8 / NULLIF($1::int8, 0))',
    resolve = ints("int_div", true) },
  { name = "Power", args = { "expr", "expr" },
    doc = "The same as `^`; NULL where there is no real result or none that a double holds.",
    types = "numbers -> double", example = 'ryx.Power("side", 2)', sql = "CASE ... ELSE POWER(\"side\", $1) END",
    resolve = exponent },
  { name = "Sqrt", args = { "expr" }, doc = "The square root; NULL below zero.",
    types = "number -> double", example = 'ryx.Sqrt("area")', sql = 'SQRT(CASE WHEN "area" >= 0 THEN "area" END)',
    resolve = of_doubles("sqrt", 1) },
  { name = "Exp", args = { "expr" }, doc = "e to a power; NULL where no double holds it.",
    types = "number -> double", example = 'ryx.Exp("x")', sql = 'CASE ... ELSE EXP("x") END',
    resolve = of_doubles("exp", 1) },
  { name = "Ln", args = { "expr" }, doc = "The natural logarithm; NULL for zero and below.",
    types = "number -> double", example = 'ryx.Ln("x")', sql = 'CASE WHEN "x" > 0 THEN LN("x") END',
    resolve = of_doubles("ln", 1) },
  { name = "Log", args = { "expr", "value?" }, doc = "The logarithm to a base (10); NULL for zero and below.",
    types = "number, base -> double", example = 'ryx.Log("x")', sql = 'CASE WHEN "x" > 0 THEN LOG("x") END',
    resolve = log },
  { name = "BitAnd", args = { "expr", "expr" }, doc = "The bits that both have.",
    types = "int, int -> int", example = 'ryx.BitAnd("flags", 4)', sql = '("flags"::int8 & $1::int8)',
    resolve = ints("bit_and") },
  { name = "BitOr", args = { "expr", "expr" }, doc = "The bits that either has.",
    types = "int, int -> int", example = 'ryx.BitOr("flags", 4)', sql = '("flags"::int8 | $1::int8)',
    resolve = ints("bit_or") },
}
