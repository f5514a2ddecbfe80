-- SPDX-License-Identifier: MIT
-- Random expressions by type, and keys to order by. Numbers stay small enough to
-- be exact everywhere; decimals say their scale.
local functions = require "differential.functions"
local json = require "differential.generate_json"
local keys = require "differential.keys"
local values = require "differential.values"
local where = require "differential.generate_where"

local M = {}

local expression

local function has(g, name)
  return g.on["fn " .. name]
end

local function value(g, t)
  local v = values.make(g.r, t)
  if t == "float" then v = g.r:int(-9, 9) + g.r:pick{ 0.25, 0.5, 0.75 } end
  if t == "int" then
    v = g.r:int(-4, 9)
    if g.on.Raw and g.r:chance(12) then return { k = "raw", t = "int", sql = "1 + ?", param = v } end
  end
  return { k = "value", t = t, v = v, scale = t == "decimal" and 2 or nil }
end

local FIELDS = {
  int = where.set "int", float = where.set "float", decimal = where.set "decimal", bool = where.set "bool",
  text = where.TEXTUAL, char = where.TEXTUAL, date = where.set "date", datetime = where.set "datetime",
  time = where.set "time", uuid = where.set "uuid", duration = where.set "duration", bigint = where.set "bigint",
}

-- A field of the type, else a value.
local function leaf(g, model, t, opts)
  local e = (opts.reach and g.r:chance(85)) and where.field(g, model, FIELDS[t], opts.reach)
  return e or value(g, t)
end

local function column(g, model, t, opts)
  return where.field(g, model, FIELDS[t], opts.reach) or value(g, t)
end

local function arith(op, t, a, b)
  local e = { k = "arith", op = op, t = t, a = a, b = b }
  if t == "decimal" then
    local sa, sb = functions.scale_of(a), functions.scale_of(b)
    e.scale = op == "*" and sa + sb or op == "/" and math.max(sa, sb) + 4 or math.max(sa, sb)
  end
  return e
end

local function fn(name, t, args)
  return { k = "fn", name = name, t = t, args = args }
end

-- What every database calls alike, called by its name there.
local FUNC = { Coalesce = "coalesce", NullIf = "nullif", Abs = "abs", Sign = "sign" }

-- A function by ryx's name or by the database's.
local function called(g, e)
  if g.on.Func and FUNC[e.name] and e.t == "int" and g.r:chance(25) then e.func = FUNC[e.name] end
  return e
end

local function plain(n)
  return { k = "value", t = "int", v = n, plain = true }
end

local function case(g, model, t, opts)
  local whens = {}
  for i = 1, g.r:int(1, 2) do
    whens[i] = { where.q(g, model, g.r:int(1, 2), { reach = opts.reach == "local" and "local" or "forward",
      plain = true }),
      leaf(g, model, t, opts) }
  end
  return { k = "case", t = t, whens = whens, default = g.r:chance(60) and leaf(g, model, t, opts) or nil }
end

-- Functions that every type has; decimals keep to fields and values of two places.
local function common(g, model, t, opts)
  local r = g.r
  local sub = function() return t == "decimal" and leaf(g, model, t, opts) or expression(g, model, t, 1, opts) end
  local name = r:pick{ "Case", "Coalesce", "Greatest", "Least", "NullIf" }
  if name == "Case" then return g.on.case and case(g, model, t, opts) end
  if not has(g, name) or ((t == "bool" or t == "uuid") and name ~= "Coalesce") then return nil end
  if name == "NullIf" then return called(g, fn(name, t, { column(g, model, t, opts), leaf(g, model, t, opts) })) end
  local args = { column(g, model, t, opts), sub() }
  if r:chance(30) then args[3] = leaf(g, model, t, opts) end
  return called(g, fn(name, t, args))
end

M.case = case

local MAKE = {}

function MAKE.int(g, model, size, opts)
  local r = g.r
  local sub = function() return expression(g, model, "int", size - 1, opts) end
  local small = function() return leaf(g, model, "int", opts) end
  local kind = r:weighted{
    "arith", 6, "%", 1, "Length", 2, "Abs", 1, "Mod", 1, "IntDiv", 1, "part", 2, "Sign", 1, "StrIndex", 1,
  }
  if kind == "arith" then
    local op = r:pick{ "+", "-", "*" }
    return arith(op, "int", op == "*" and small() or sub(), small())
  end
  if kind == "%" then return arith("%", "int", sub(), small()) end
  if kind == "part" then
    local e = g.on["fn Extract"] and where.field(g, model, where.set "date datetime time", opts.reach)
    if not e then return nil end
    local part
    repeat part = r:pick(where.PARTS[e.t]) until part ~= "date" and part ~= "time"
    return { k = "part", t = "int", part = part, arg = e }
  end
  if not has(g, kind) then return nil end
  if kind == "Length" then return fn(kind, "int", { expression(g, model, "text", 1, opts) }) end
  if kind == "StrIndex" then
    return fn(kind, "int", { expression(g, model, "text", 1, opts),
      { k = "value", t = "text", v = r:pick{ "a", "b", "é", "" } } })
  end
  if kind == "Abs" or kind == "Sign" then return called(g, fn(kind, "int", { sub() })) end
  return fn(kind, "int", { column(g, model, "int", opts), small() })
end

function MAKE.float(g, model, _, opts)
  local r = g.r
  local name = r:chance(20) and r:pick{ "Floor", "Ceil" }
  if name and has(g, name) then return fn(name, "float", { column(g, model, "float", opts) }) end
  local op = r:pick{ "+", "-", "*", "/" }
  if r:chance(30) then return arith("/", "float", column(g, model, "int", opts), leaf(g, model, "int", opts)) end
  local a = column(g, model, "float", opts)
  return arith(op, "float", a, leaf(g, model, r:pick{ "float", "int" }, opts))
end

function MAKE.decimal(g, model, _, opts)
  local r = g.r
  local op = r:pick{ "+", "-", "*", "/" }
  -- How many places a value of the user's has is not said: a column comes first.
  local first = where.field(g, model, FIELDS.decimal, opts.reach)
  if not first then return nil end
  return arith(op, "decimal", first,
    leaf(g, model, r:pick{ "decimal", "decimal", "int" }, opts))
end

function MAKE.text(g, model, size, opts)
  local r = g.r
  local sub = function() return expression(g, model, "text", size - 1, opts) end
  local name = r:pick{
    "Concat", "Concat", "Lower", "Upper", "Substr", "Left", "Right", "Trim", "Replace", "LTrim", "RTrim", "Repeat",
    "LPad", "RPad",
  }
  if not has(g, name) then return nil end
  if name == "Concat" then
    local e = fn(name, "text", { column(g, model, "text", opts), leaf(g, model, "text", opts) })
    e.dots = r:chance(50)
    if r:chance(40) then e.args[3] = leaf(g, model, "text", opts) end
    return e
  end
  if name == "Substr" then return fn(name, "text", { sub(), plain(r:int(1, 4)), plain(r:int(0, 3)) }) end
  if name == "LPad" or name == "RPad" then
    return fn(name, "text", { sub(), plain(r:int(0, 5)), { k = "value", t = "text", v = r:pick{ " ", "é", "ab" } } })
  end
  if name == "Left" or name == "Right" or name == "Repeat" then
    return fn(name, "text", { sub(), plain(r:int(0, 3)) }) end
  if name == "Replace" then
    return fn(name, "text", { sub(), { k = "value", t = "text", v = r:pick{ "a", "A", "é", "%", " " },
      wrapped = true },
      { k = "value", t = "text", v = r:pick{ "", "x", "aa", "'" }, wrapped = true } })
  end
  return fn(name, "text", { sub() })
end

local UNITS = { "year", "quarter", "month", "week", "day", "hour", "minute", "second" }

local function truncated(g, model, t, opts, n)
  if not has(g, "Trunc") then return nil end
  return { k = "trunc", t = t, unit = UNITS[g.r:int(1, n)], arg = column(g, model, t, opts) }
end

function MAKE.date(g, model, _, opts)
  return truncated(g, model, "date", opts, 5)
end

function MAKE.datetime(g, model, _, opts)
  if g.r:chance(50) then return truncated(g, model, "datetime", opts, 8) end
  if not g.on["time arithmetic"] then return nil end
  return arith(g.r:pick{ "+", "-" }, "datetime", column(g, model, "datetime", opts), leaf(g, model, "duration", opts))
end

function MAKE.duration(g, model, _, opts)
  if not g.on["time arithmetic"] then return nil end
  return arith("-", "duration", column(g, model, "datetime", opts), column(g, model, "datetime", opts))
end

MAKE.char = MAKE.text

--- A random expression of a type, about so many operations deep. opts.reach as for fields.
function expression(g, model, t, size, opts)
  if t == "char" then t = "text" end
  local e
  if size > 0 and g.r:chance(75) then
    if MAKE[t] and g.r:chance(65) then e = MAKE[t](g, model, size, opts) end
    if not e and t ~= "bigint" and t ~= "uuid" then e = common(g, model, t, opts) end
  end
  e = e or leaf(g, model, t, opts)
  if t == "decimal" then e.scale = e.scale or 2 end
  return e
end
M.expression = expression

--- Some keys to order by, with the key at the end when the order must be total.
function M.order(g, model, opts)
  local r, out = g.r, {}
  for _ = 1, r:int(0, 2) do
    local e = where.field(g, model, where.ORDERED, opts.reach or "forward")
    if #(g.named or {}) > 0 and r:chance(40) then e = r:pick(g.named) end
    if r:chance(8) then e = where.key(g, model, opts.reach or "forward") or e end
    local part = g.on["json order"] and r:chance(6) and json.part(g, model)
    if part then out[#out + 1] = { e = part, desc = r:chance(50) or nil }
    elseif e and e.t ~= "json" then
      out[#out + 1] = { e = e, desc = r:chance(50) or nil }
      if g.on["nulls order"] and r:chance(15) then out[#out].nulls = r:pick{ "first", "last" } end
    end
  end
  if opts.total then
    -- A key of several fields may also be said field by field, each in a direction of its own.
    local key = { { "pk", keys.expression(model, nil, r:int(0, 1)) } }
    if model.key and r:chance(40) then key = r:shuffled(keys.columns(model)) end
    for _, c in ipairs(key) do out[#out + 1] = { e = c[2], desc = r:chance(40) or nil } end
  end
  return out
end

--- Perhaps a value of related rows: are there any, the first one's field; else nil.
function M.related(g, model)
  local r = g.r
  local exists = g.on.exists and r:chance(12)
  if not exists and not (g.on["subquery value"] and r:chance(25)) then return nil end
  if not exists and r:chance(10) then return M.first_of(g, model) end
  local query, e = g.nested.related(g, model, where.SCALAR, not exists)
  if not query then return nil end
  if exists then return { k = "exists", t = "bool", query = query } end
  return { k = "subquery", t = e.t, scale = e.t == "decimal" and 2 or nil, query = query }
end

--- A field of the first related row, in some order; nil when no model refers to this one.
function M.first_of(g, model)
  local query, other = where.related_query(g, model)
  if not query then return nil end
  local e = where.field(g, other, where.SCALAR, "local")
  e.spell = 0
  table.insert(query.ops, { "order_by", M.order({ r = g.r, world = g.world, on = g.on }, other,
    { total = true, reach = "local" }) })
  table.insert(query.ops, { "values", { { e.name, e } } })
  table.insert(query.ops, { "limit", 1 })
  return { k = "subquery", t = e.t, scale = e.t == "decimal" and 2 or nil, query = query }
end

return M
