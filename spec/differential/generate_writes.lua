-- SPDX-License-Identifier: MIT
-- Random writes: of rows that queries choose, of rows by key; many of them change nothing.
local expr = require "differential.generate_expr"
local keys = require "differential.keys"
local parts = require "differential.generate_parts"
local values = require "differential.values"
local where = require "differential.generate_where"
local world_of = require "differential.world"

local M = {}

local NULL = world_of.NULL

-- Fields that a write may set to anything of their type.
local function settable(model)
  local out = {}
  for _, f in ipairs(model.fields) do
    if not f.key and not f.part and not (f.relation and f.relation.kind == "o2o") then out[#out + 1] = f end
  end
  return out
end

-- A value that a field may hold.
local function value_for(g, f)
  if f.null and g.r:chance(15) then return NULL end
  if where.TEXTUAL[f.type] and g.r:chance(1) then return values.make(g.r, f.type) .. "\0" end
  if not f.relation then return values.make(g.r, f.type) end
  local rows = f.relation.to.rows
  return #rows > 0 and g.r:pick(rows).id or f.null and NULL or nil
end

local function literal(f, v)
  return { k = "value", t = f.type, v = v, scale = f.type == "decimal" and 2 or nil }
end

local COMPUTED = where.set "int float text char bool date datetime duration"

-- What the database works out, of the type of a field; nil for nothing.
local function computed(g, model, f)
  local r = g.r
  if f.relation or not COMPUTED[f.type] then return nil end
  local e = expr.expression(g, model, f.type, 1, { reach = "forward" })
  if f.type == "float" and e.t ~= "float" then return nil end
  if not f.null then
    local v = values.make(r, f.type)
    e = { k = "fn", name = "Coalesce", t = e.t, args = { e, literal({ type = e.t }, v) } }
  end
  return e.k ~= "value" and e or nil
end

-- A new value of a field: what it is, a value, an expression.
local function assigned(g, model, f)
  local r = g.r
  if r:chance(20) then return { k = "field", path = {}, name = f.name, t = f.type, spell = 0 } end
  local e = r:chance(45) and computed(g, model, f)
  if e then return e end
  local v = value_for(g, f)
  return v ~= nil and literal(f, v) or nil
end

local function assignments(g, model)
  local out = {}
  for _, f in ipairs(g.r:some(settable(model), g.r:int(1, 3))) do
    local e = assigned(g, model, f)
    if e then out[#out + 1] = { f.name, e } end
  end
  return #out > 0 and out or nil
end

-- Rows that a queryset chooses: by conditions, an order and a limit.
local function chosen(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {} }
  if g.on.annotate and r:chance(20) then parts.annotations(g, model, query.ops, "alias") end
  parts.filters(g, model, size, { reach = "any", size = 1 }, query.ops)
  g.named = {}
  if r:chance(25) then
    table.insert(query.ops, parts.total(g, model))
    table.insert(query.ops, { "limit", r:int(0, 6) })
    if r:chance(30) then table.insert(query.ops, { "offset", r:int(0, 3) }) end
  end
  if r:chance(5) then table.insert(query.ops, { "none" }) end
  return query
end

function M.update(g, model, size)
  local list = assignments(g, model)
  if not list then return nil end
  local query = chosen(g, model, size)
  query.terminal = { "update", list }
  return query
end

function M.delete(g, model, size)
  local query = chosen(g, model, size)
  query.terminal = { "delete" }
  return query
end

local KEY_STEP = 10000 -- behind every key that is there: those are from -1000 to 1000 (values.lua)

-- Rows of a queryset again, some of their fields changed, under keys of their own.
function M.create_from(g, model)
  local r = g.r
  local list, moved = {}, false
  for i, c in ipairs(keys.columns(model)) do
    list[i] = c
    if c[2].t == "int" and not model.by_field[c[1]].relation then
      moved = true
      c[2] = { k = "arith", op = "+", t = "int", a = c[2], b = literal({ type = "int" }, KEY_STEP) }
    end
  end
  if not moved then return nil end
  for _, f in ipairs(model.fields) do
    if f.relation and f.relation.kind == "o2o" then return nil end
    if not f.key and not f.part then
      local e = r:chance(40) and computed(g, model, f)
      if not e or e.t ~= f.type then e = { k = "field", path = {}, name = f.name, t = f.type, spell = 0 } end
      list[#list + 1] = { f.name, e }
    end
  end
  local query = { model = model.name, ops = {} }
  parts.filters(g, model, 2, { reach = "forward", size = 1 }, query.ops)
  if r:chance(30) then
    table.insert(query.ops, parts.total(g, model))
    table.insert(query.ops, { "limit", r:int(0, 6) })
  end
  query.terminal = { "create_from", list }
  return query
end

-- Several rows by key, each with values of its own for the same fields.
function M.bulk_update(g, model)
  local r = g.r
  if #model.rows == 0 then return nil end
  local fields = {}
  for _, f in ipairs(r:some(settable(model), r:int(1, 2))) do
    if not f.relation then fields[#fields + 1] = f end
  end
  if #fields == 0 then return nil end
  local list = {}
  for i, row in ipairs(r:some(model.rows, r:int(1, 5))) do
    list[i] = { row.id, {} }
    for _, f in ipairs(fields) do
      local v = value_for(g, f)
      if r:chance(30) then v = row[f.name] end
      table.insert(list[i][2], { f.name, literal(f, v) })
    end
  end
  return { model = model.name, ops = {}, terminal = { "bulk_update", list } }
end

-- A row by its key, which may be there.
function M.upsert(g, model)
  local r = g.r
  local id = r:int(1, 60)
  local list, updated = {}, {}
  for _, f in ipairs(model.fields) do
    if f.relation and f.relation.kind == "o2o" then return nil end
    if not f.key and not f.part then
      local v = value_for(g, f)
      if v == nil then return nil end
      list[#list + 1] = { f.name, literal(f, v) }
      if r:chance(50) then updated[#updated + 1] = f.name end
    end
  end
  local sums
  for _, pair in ipairs(list) do
    if pair[2].t == "int" and not model.by_field[pair[1]].relation and r:chance(50) then sums = pair[1] end
  end
  if sums then
    for i, name in ipairs(updated) do
      if name == sums then table.remove(updated, i) break end
    end
  end
  if #updated == 0 and not sums then return nil end
  local where_q = r:chance(40) and where.q(g, model, r:int(1, 2), { reach = "forward", plain = true }) or nil
  return { model = model.name, ops = {}, terminal = { "upsert", id, list, updated, sums, where_q } }
end

return M
