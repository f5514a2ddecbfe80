-- SPDX-License-Identifier: MIT
-- Random paths, conditions and Qs. g is { r, world, on (features), named }.
local json = require "differential.generate_json"
local keys = require "differential.generate_keys"
local pattern = require "differential.pattern"
local text = require "differential.text"
local values = require "differential.values"
local world_of = require "differential.world"

local M = {}

local NULL = world_of.NULL

local function set(list)
  local out = {}
  for name in list:gmatch("%S+") do out[name] = true end
  return out
end
M.set = set

M.SCALAR = set "int bigint float decimal bool char text date datetime time uuid duration"
M.ORDERED = M.SCALAR

local TEXTUAL = set "char text"
M.TEXTUAL = TEXTUAL

-- The relations one may walk from a model: "local" none, "forward" to one row, "any".
local function steps_of(g, model, reach)
  local names = {}
  if reach == "local" then return names end
  for name, step in pairs(model.steps) do
    if g.on[step.feature] and (reach == "any" or not step.many) then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

--- A random field of one of the types, reached over relations; nil when there is none.
function M.field(g, model, types, reach)
  local r, path, at = g.r, {}, model
  while #path < 3 and r:chance(#path == 0 and 45 or 35) do
    local names = steps_of(g, at, reach)
    if #names == 0 then break end
    path[#path + 1] = r:pick(names)
    at = at.steps[path[#path]].to
  end
  local fits = {}
  for _, f in ipairs(at.fields) do
    if types[f.type] then fits[#fits + 1] = f end
  end
  if #fits == 0 then
    if #path == 0 then return nil end
    return M.field(g, model, types, "local")
  end
  local f = r:pick(fits)
  return { k = "field", path = path, name = f.name, t = f.type, spell = r:int(0, 11), owner = at.name }
end

--- A key of several fields, of the model or one step from it; nil when there is none.
function M.key(g, model, reach)
  return keys.reached(g, model, steps_of(g, model, reach))
end

--- A value that rows may hold in a field, or nearly.
function M.sample(g, e)
  local r = g.r
  if e.owner and r:chance(75) then
    local row = r:pick(g.world.by_name[e.owner].rows)
    local v = row and row[e.name]
    if v ~= nil and v ~= NULL then return v end
  end
  -- Counts and ranks are small.
  if e.k == "named" and e.t == "int" and r:chance(75) then return r:int(-1, 5) end
  return values.make(r, e.t)
end

local function swapped(r, s)
  local f = r:pick{ text.lower, text.upper, function(v) return v end }
  return f(s)
end

-- A part of a text, at its beginning, its end or anywhere.
local function piece(r, s, where)
  local n = text.length(s)
  local length = r:int(0, math.min(n, 3))
  if where == "start" then return text.sub(s, 1, length) end
  if where == "end" then return text.sub(s, n - length + 1, n) end
  local from = r:int(1, math.max(n, 1))
  return text.sub(s, from, from + length - 1)
end

local WHERE = { startswith = "start", istartswith = "start", endswith = "end", iendswith = "end" }

local function list_of(g, e, make)
  local out = {}
  local n = g.r:chance(1) and g.r:int(300, 3000) or g.r:pick{ 0, 1, 2, 3, 5 }
  for i = 1, n do out[i] = make(g, e) end
  if g.r:chance(15) then out[#out + 1] = NULL end
  return out
end

local function range_of(g, e, make)
  local a, b = make(g, e), make(g, e)
  if b < a and g.r:chance(80) then a, b = b, a end
  return { a, b }
end

local COMPARED = { "exact", 5, "gt", 2, "gte", 2, "lt", 2, "lte", 2, "in", 3, "range", 2, "isnull", 2 }
local BOOLEAN = { "exact", 6, "in", 1, "isnull", 2 }
local TEXT = {
  "exact", 4, "iexact", 2, "contains", 2, "icontains", 2, "startswith", 2, "istartswith", 2, "endswith", 2,
  "iendswith", 2, "gt", 1, "gte", 1, "lt", 1, "lte", 1, "in", 2, "range", 1, "isnull", 2,
}

local function lookups_of(g, e)
  if e.t == "bool" then return BOOLEAN end
  if not TEXTUAL[e.t] then return COMPARED end
  if not g.on.regex then return TEXT end
  local with = { "regex", 2, "iregex", 2 }
  for _, v in ipairs(TEXT) do with[#with + 1] = v end
  return with
end

local I_FORM = set "iexact icontains istartswith iendswith"
local PART = set "contains icontains startswith istartswith endswith iendswith"

local WHOLE = set "exact gt gte lt lte contains startswith"

local function operand(g, e, lookup)
  local r = g.r
  if lookup == "isnull" then return r:chance(50) end
  if lookup == "in" then return list_of(g, e, M.sample) end
  if lookup == "range" then return range_of(g, e, M.sample) end
  if lookup == "regex" or lookup == "iregex" then return pattern.random(r, 2) end
  local v = M.sample(g, e)
  if PART[lookup] then v = piece(r, v, WHERE[lookup]) end
  if I_FORM[lookup] then v = swapped(r, v) end
  -- No row holds NUL, for not every database can. Patterns end with it on SQLite.
  if TEXTUAL[e.t] and WHOLE[lookup] and not g.without_nul and r:chance(2) then v = v .. "\0" .. piece(r, v, "start") end
  return v
end

local PARTS = {
  date = { "year", "month", "day", "week", "iso_week", "iso_year", "dow", "iso_dow", "quarter" },
  datetime = {
    "year", "month", "day", "hour", "minute", "second", "week", "iso_week", "iso_year", "dow", "iso_dow", "quarter",
    "date", "time",
  },
  time = { "hour", "minute", "second" },
}
M.PARTS = PARTS

-- A condition on a part of a date or a time, perhaps a part of a part.
local function part_condition(g, c, e)
  local time = require "differential.time"
  local part = g.r:pick(PARTS[e.t])
  c.parts = { part }
  local t = (part == "date" or part == "time") and part or "int"
  local function make() return time.part(part, M.sample(g, e)) end
  if t ~= "int" and g.r:chance(40) then
    local second = g.r:pick(PARTS[part])
    c.parts[2] = second
    local first = make
    t, make = "int", function() return time.part(second, first()) end
  end
  c.lookup = g.r:weighted{ "exact", 5, "gt", 2, "gte", 2, "lt", 2, "lte", 2, "in", 2, "range", 1, "isnull", 1 }
  c.value_type = t
  if c.lookup == "isnull" then c.value = g.r:chance(50)
  elseif c.lookup == "in" then c.value = { make(), make(), make() }
  elseif c.lookup == "range" then c.value = range_of(g, e, make)
  else c.value = make() end
  return c
end

local COMPARISON = { "exact", 2, "gt", 2, "gte", 1, "lt", 2, "lte", 1 }

-- A value of related rows, of the type of an expression.
local function with_subquery(g, model, e)
  local query, column = g.nested.related(g, model, set(e.t), true)
  return query and { k = "subquery", t = e.t, scale = column.t == "decimal" and 2 or nil, query = query }
end

-- A comparison with another expression of the same type.
local function with_expression(g, model, c, e, opts)
  local rhs = g.r:chance(20) and with_subquery(g, model, e)
    or g.expression and g.expression(g, model, e.t, opts.size or 1, { reach = "forward" })
  if not rhs or rhs.k == "value" then return nil end
  c.lookup, c.rhs = e.t == "bool" and "exact" or g.r:weighted(COMPARISON), rhs
  return c
end

-- A value among those of another query: author__in = Author.objects:filter(...)
local function with_query(g, model, c, e)
  if not (e.owner and g.world.by_name[e.owner]) then return nil end
  c.query = g.nested.values_for(g, e, model)
  c.lookup = "in"
  return c.query and c
end

local PARTED = set "date datetime time"

local AS_TEXT = M.set "date datetime time decimal"
local COMPARES = M.set "exact gt gte lt lte"

--- A random condition on a given field or name.
function M.condition_on(g, e)
  local r = g.r
  local c = { "cond", left = e, as_table = r:chance(30), written = r:chance(20) }
  if e.t == "json" then return json.condition(g, c, e, M.sample) end
  if PARTED[e.t] and g.on.parts and e.k == "field" and r:chance(45) then return part_condition(g, c, e) end
  c.lookup = r:weighted(lookups_of(g, e))
  c.value = operand(g, e, c.lookup)
  if c.lookup == "exact" and r:chance(6) then c.value = NULL end
  if AS_TEXT[e.t] and e.k == "field" and COMPARES[c.lookup] then c.as_text = r:chance(20) end
  return c
end

--- A field of the row outside, as one names it from inside.
local function outer(model, e)
  return { k = "outer", t = e.t, scale = e.scale, model = model.name, of = e }
end

--- A model that refers to this one, and the condition that its rows refer to the row outside.
--- Nil when no model does.
function M.referring(g, model)
  local r, found = g.r, {}
  for _, other in ipairs(g.world.models) do
    for _, f in ipairs(other.fields) do
      if f.relation and f.relation.to == model then found[#found + 1] = { other, f } end
    end
  end
  if #found == 0 then return nil end
  local choice = r:pick(found)
  local other, f = choice[1], choice[2]
  local inner = { k = "field", path = {}, name = f.name, t = "int", spell = r:int(0, 3) }
  local key = { k = "field", path = {}, name = "id", t = "int", spell = r:int(0, 1) }
  return other, { "cond", left = inner, lookup = "exact", rhs = outer(model, key) }
end

local LINKED = { "exact", 4, "gt", 1, "lt", 1, "lte", 1 }

--- A condition of rows of one model on the row outside, of another: two fields of a type.
function M.link(g, inner, model)
  if g.world.by_name[model.name] ~= model then return nil end
  local own = M.field(g, inner, M.SCALAR, "forward")
  local other = M.field(g, model, set(own.t), "local")
  if not other then return nil end
  return { "cond", left = own, lookup = own.t == "bool" and "exact" or g.r:weighted(LINKED), rhs = outer(model, other) }
end

--- The rows of a related model that belong to the row outside, and perhaps more.
--- Nil when no model refers to this one.
function M.related_query(g, model)
  local other, link = M.referring(g, model)
  if not other then return nil end
  local ops = { { "filter", link } }
  if g.r:chance(60) then
    ops[2] = { "filter", M.q(g, other, g.r:int(1, 2), { reach = "forward", plain = true }) }
  end
  return { model = other.name, ops = ops }, other
end

--- A random condition. opts: reach, plain (no expressions, no sub-queries).
function M.condition(g, model, opts)
  local r = g.r
  local types = {}
  for t in pairs(M.SCALAR) do types[t] = true end
  types.json = g.on.json or nil
  local whole = r:chance(20) and M.key(g, model, opts.reach)
  if whole then return keys.condition(g, model, whole, opts.plain) end
  local named = not opts.plain and #(g.named or {}) > 0 and r:chance(35) and r:pick(g.named)
  local e = named or M.field(g, model, types, opts.reach)
  local c = { "cond", left = e, as_table = r:chance(30), written = r:chance(20) }
  if not opts.plain and g.on.exists and r:chance(6) then
    local query = r:chance(30) and M.related_query(g, model) or g.nested.related(g, model, M.SCALAR)
    if query then return { "exists", query = query } end
  end
  if not opts.plain and e.t ~= "json" then
    local with = g.on.f and r:chance(15) and with_expression(g, model, c, e, opts)
      or g.on.subquery and r:chance(e.t == "int" and 25 or 4) and with_query(g, model, c, e)
    if with then return with end
  end
  return M.condition_on(g, e)
end

--- A random Q of about that many conditions.
function M.q(g, model, size, opts)
  local r = g.r
  if size <= 1 then
    local c = M.condition(g, model, opts)
    if r:chance(18) then c = { "not", c } end
    return c
  end
  if r:chance(20) then return { "not", M.q(g, model, size - 1, opts) } end
  local left = r:int(1, size - 1)
  return { r:pick{ "and", "or", "or" }, M.q(g, model, left, opts), M.q(g, model, size - left, opts) }
end

return M
