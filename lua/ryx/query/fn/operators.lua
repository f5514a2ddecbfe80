-- SPDX-License-Identifier: MIT
-- What + - * / % ^ .. and the sign mean, by the types of their sides: each takes
-- resolved expressions and gives one.  operators["+"](a, b, fail)
local ir = require "ryx.query.ir"
local types = require "ryx.query.fn.types"

local M = {}

local call = ir.call
local NUMBER = types.NUMBER

-- More than these no server has in what it works out.
local MOST_PLACES = 30

-- Where a server settles the type of a parameter before it knows the value, the number of
-- its places, and so of the result's, has to be said.
local function exact(node)
  local places = node.op == "param" and types.places(node)
  if not places or places > MOST_PLACES then return node end
  return call("decimal_of", "decimal", { node, ir.int(places) }, { places = places })
end

-- Both numbers: the type of the result, the sides in types that meet.
local function numbers(a, b)
  if a.type == "double" or b.type == "double" then return "double", types.double(a), types.double(b) end
  if a.type == "decimal" or b.type == "decimal" then return "decimal", exact(a), exact(b) end
  return "int", a, b
end

local function larger(a, b)
  local x, y = types.places(a), types.places(b)
  return x and y and math.max(x, y)
end

local function sum(a, b)
  local x, y = types.places(a), types.places(b)
  return x and y and x + y
end

-- A decimal with more places than databases keep is rounded.
local function with_places(node, places)
  node.places = places
  return places and types.decimal(node, types.most_places(places)) or node
end

local function arithmetic(name, places_of, null)
  local fns = { int = name, double = name .. "_double", decimal = name .. "_decimal" }
  return function(a, b)
    local kind, x, y = numbers(a, b)
    local node = call(fns[kind], kind, { x, y }, { null = null })
    return kind == "decimal" and with_places(node, places_of(a, b)) or node
  end
end

local add, sub = arithmetic("add", larger), arithmetic("sub", larger)
local mul, mod = arithmetic("mul", sum), arithmetic("mod", larger, true)

-- Decimals: four places more than the sides have.
local function div(a, b)
  local kind, x, y = numbers(a, b)
  if kind ~= "decimal" then return call("div", "double", { x, y }, { null = true }) end
  local places = math.max(types.places(a) or 0, types.places(b) or 0)
  places = types.most_places(places + 4)
  return call("div_decimal", "decimal", { x, y, ir.int(places) }, { places = places, null = true })
end

local function as_duration(node)
  node.type = "duration"
  return node
end

-- A double of microseconds as a duration.
local function rounded(node)
  return call("cast_int_double", "duration", { call("round_double", "double", { node }) }, { null = true })
end

local function later(moment, span)
  moment = types.datetime(moment)
  return call("datetime_add", moment.type, { moment, span })
end

local function difference(a, b)
  if a.type == "datetimetz" or b.type == "datetimetz" then
    a, b = types.datetimetz(a), types.datetimetz(b)
  end
  return call("datetime_diff", "duration", { types.datetime(a), types.datetime(b) })
end

local function negative(node)
  return call("neg", node.type, { node })
end

-- Of an operator: rules, the first whose two kinds fit makes the node. A kind is
-- the name of a type or of one of these.
local KINDS = { number = NUMBER, moment = types.DAY }

local function fits(kind, node)
  return KINDS[kind] and KINDS[kind][node.type] or kind == node.type
end

local RULES = {
  ["+"] = {
    { "number", "number", add },
    { "moment", "duration", later },
    { "duration", "moment", function(a, b) return later(b, a) end },
    { "duration", "duration", function(a, b) return as_duration(call("add", "int", { a, b })) end },
  },
  ["-"] = {
    { "number", "number", sub },
    { "moment", "moment", difference },
    { "moment", "duration", function(a, b) return later(a, negative(b)) end },
    { "duration", "duration", function(a, b) return as_duration(call("sub", "int", { a, b })) end },
  },
  ["*"] = {
    { "number", "number", mul },
    { "duration", "int", function(a, b) return as_duration(call("mul", "int", { a, b })) end },
    { "int", "duration", function(a, b) return as_duration(call("mul", "int", { a, b })) end },
    { "duration", "number", function(a, b)
      return rounded(call("mul_double", "double", { types.double(a), types.double(b) }))
    end },
    { "number", "duration", function(a, b)
      return rounded(call("mul_double", "double", { types.double(a), types.double(b) }))
    end },
  },
  ["/"] = {
    { "number", "number", div },
    { "duration", "duration", function(a, b) return call("div", "double", { a, b }, { null = true }) end },
    { "duration", "number", function(a, b)
      return rounded(call("div", "double", { a, types.double(b) }, { null = true }))
    end },
  },
  ["%"] = {
    { "number", "number", mod },
    { "duration", "duration", function(a, b) return as_duration(call("mod", "int", { a, b }, { null = true })) end },
  },
  ["^"] = {
    { "number", "number", function(a, b)
      return call("power", "double", { types.double(a), types.double(b) }, { null = true })
    end },
  },
}

local WORDS = {
  ["+"] = "adds numbers, durations, a duration to a date or datetime",
  ["-"] = "subtracts numbers, durations, dates and datetimes",
  ["*"] = "multiplies numbers, a duration by a number",
  ["/"] = "divides numbers, a duration by a number or a duration",
  ["%"] = "takes numbers or durations",
  ["^"] = "takes numbers",
}

-- What a text of the user's is beside a value of some type.
local function meets(op, other)
  if op == "+" and types.DAY[other.type] then return { type = "duration" } end
  if (op == "*" or op == "/") and other.type == "duration" then return { type = "double" } end
  return other
end

local function settle(op, a, b)
  for _, pair in ipairs{ { a, b }, { b, a } } do
    local node, other = pair[1], pair[2]
    local is_open = node.type == "null" or (node.loose and node.type == "text")
    if is_open and other.type ~= "null" then types.coerce(node, meets(op, other)) end
  end
end

local function make(op)
  return function(a, b, fail)
    settle(op, a, b)
    for _, rule in ipairs(RULES[op]) do
      if fits(rule[1], a) and fits(rule[2], b) then return rule[3](a, b) end
    end
    local hint = (a.type == "text" and b.type == "text" and op == "+") and "; .. joins texts" or ""
    fail("%s, not %s and %s%s", WORDS[op], a.type, b.type, hint)
  end
end
for op in pairs(RULES) do M[op] = make(op) end

--- Joins two texts; other values as texts, NULL as the empty one.
M[".."] = function(a, b, fail)
  local x, y = types.or_empty(types.to_text(a, fail)), types.or_empty(types.to_text(b, fail))
  return call("concat", "text", { x, y }, { null = false })
end

local NEGATIVE = { int = "neg", duration = "neg", double = "neg_double", decimal = "neg_decimal" }

--- The number or duration with the other sign.
function M.neg(a, b, fail)
  fail = fail or b
  local fn = NEGATIVE[a.type]
  if not fn then fail("takes a number or a duration, not %s", a.type) end
  return call(fn, a.type, { a }, { places = a.places })
end

return M
