-- SPDX-License-Identifier: MIT
-- Random queries to stand inside others: in `in`, Exists, Subquery, set operations, CTEs
-- and joins. Each gives one column; whatever wraps it, its rows are told exactly, so a cut
-- has a total order.
local aggregate = require "differential.generate_aggregate"
local expr = require "differential.generate_expr"
local keys = require "differential.keys"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

local function column_of(model, e)
  return { translate.path_of(model, e), e }
end

-- A condition that ties rows to the row outside, as where.link gives it, then any others.
local function base(g, model, link, ops)
  if link then ops[#ops + 1] = { "filter", link } end
  if g.r:chance(60) then
    ops[#ops + 1] = { "filter", where.q(g, model, g.r:int(1, 2), { reach = "forward", plain = true, depth = 1 }) }
  end
  return ops
end

local function cut(g, ops, always)
  if always or g.r:chance(70) then ops[#ops + 1] = { "limit", g.r:int(0, 6) } end
  if g.r:chance(25) then ops[#ops + 1] = { "offset", g.r:int(0, 3) } end
end

local function total(g, model)
  return { "order_by", expr.order({ r = g.r, world = g.world, on = g.on }, model, { total = true, reach = "local" }) }
end

-- An order by one column that is all a row holds.
local function by(g, e)
  return { "order_by", { { e = e, desc = g.r:chance(40) or nil } } }
end

--- A name for a CTE that no other of the query has.
function M.name(g)
  g.ctes.n = g.ctes.n + 1
  return "named_" .. g.ctes.n
end

local WRAP = {}

function WRAP.plain(g, model, e, link)
  local ops = base(g, model, link, {})
  ops[#ops + 1] = { "values", { column_of(model, e) } }
  return { model = model.name, ops = ops }
end

function WRAP.cut(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  table.insert(query.ops, total(g, model))
  cut(g, query.ops, true)
  return query
end

-- With an order and no limit: the order plays no part.
function WRAP.ordered(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  table.insert(query.ops, #query.ops, total(g, model))
  return query
end

function WRAP.distinct(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  table.insert(query.ops, { "distinct" })
  if g.r:chance(50) then
    table.insert(query.ops, by(g, e))
    cut(g, query.ops, true)
  end
  return query
end

WRAP["distinct on"] = function(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  local on = where.field(g, model, where.SCALAR, "local")
  on.spell = 0
  local at = #query.ops
  table.insert(query.ops, at, { "distinct_on", { column_of(model, on) } })
  table.insert(query.ops, at, total(g, model))
  if g.r:chance(35) then cut(g, query.ops, true) end
  return query
end

WRAP["none"] = function(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  table.insert(query.ops, g.r:int(1, #query.ops), { "none" })
  return query
end

-- Groups of the column, of which some are kept by what they have.
function WRAP.groups(g, model, e, link)
  local query = WRAP.plain(g, model, e, link)
  local agg = aggregate.random(g, model, { reach = "local" })
  if agg.fn == "Mode" then agg = { k = "agg", fn = "Count", arg = "*", t = "int" } end
  local name = { k = "named", name = "agg", t = agg.t, scale = agg.scale }
  table.insert(query.ops, { "annotate", "agg", agg })
  table.insert(query.ops, { "filter", where.condition_on(g, name) })
  table.insert(query.ops, { "values", { column_of(model, e) } })
  return query
end

function WRAP.window(g, model, e, link)
  local ops = base(g, model, link, {})
  local w = aggregate.window(g, model)
  ops[#ops + 1] = { "annotate", "win", w }
  if w.t ~= "json" then
    ops[#ops + 1] = { "filter", where.condition_on(g, { k = "named", name = "win", t = w.t, scale = w.scale }) }
  end
  ops[#ops + 1] = { "values", { column_of(model, e) } }
  return { model = model.name, ops = ops }
end

-- Rows of a CTE, and what is asked of those.
function WRAP.cte(g, model, e, link)
  if link then return nil end
  local body = M.query(g, model, e, nil, 2)
  local name = body.over and body.over[1][1] or column_of(model, e)[1]
  local own = { k = "field", path = {}, name = name, t = e.t, scale = e.scale, spell = 0 }
  local query = { cte = M.name(g), body = body, over = { { name, own } }, ops = {} }
  if g.r:chance(60) then query.ops[1] = { "filter", where.condition_on(g, own) } end
  if g.r:chance(40) then
    table.insert(query.ops, { "distinct" })
    table.insert(query.ops, by(g, own))
    cut(g, query.ops, true)
  end
  return query
end

-- Parts may be anything that gives a column of the type, of any model.
function WRAP.set(g, model, e, link, depth)
  local r = g.r
  local query = { set = r:pick{ "union", "union_all", "intersection", "difference" }, parts = {}, ops = {} }
  for i = 1, r:int(2, 3) do
    local owner, column, tie = model, e, link
    if i > 1 and r:chance(30) then
      local other = r:pick(g.world.models)
      local found = where.field(g, other, where.set(e.t), "local")
      if found then
        owner, column, tie = other, found, nil
        column.spell = 0
      end
    end
    if tie and r:chance(25) then tie = nil end
    query.parts[i] = M.query(g, owner, column, tie, depth + 1)
  end
  local first = query.parts[1]
  local name = first.over and first.over[1][1] or column_of(model, e)[1]
  local own = { k = "field", path = {}, name = name, t = e.t, scale = e.scale, spell = 0 }
  query.over = { { name, own } }
  if r:chance(35) then table.insert(query.ops, { "filter", where.condition_on(g, own) }) end
  if r:chance(50) then
    table.insert(query.ops, by(g, own))
    if r:chance(70) then cut(g, query.ops, true) end
  end
  return query
end

--- A random query over a model that gives the values of one of its fields. link: a
--- condition on the row outside, or nil.
function M.query(g, model, e, link, depth)
  depth = depth or 1
  -- Names of the query around it say nothing here.
  local inner = { r = g.r, world = g.world, on = g.on, named = {}, ctes = g.ctes }
  while true do
    local wrap = g.r:weighted{
      "plain", depth > 1 and 6 or 3, "cut", 2, "ordered", 1, "distinct", 2, "distinct on", 2, "none", 1, "groups", 2,
      "window", 2, "cte", depth < 2 and 2 or 0, "set", depth < 3 and 3 or 0,
    }
    local query = WRAP[wrap](inner, model, e, link, depth)
    if query then
      query.wrap = wrap
      return query
    end
  end
end

--- A query for `in`: the values of a field of the type of another, or the keys that it
--- refers to; perhaps tied to the row outside. Nil when there are none.
function M.values_for(g, e, outside)
  local r = g.r
  local owner = g.world.by_name[e.owner]
  local field = owner.by_field[e.name]
  local target = field.relation and field.relation.to or field.key and owner
  local column
  if target then
    column = { k = "field", path = {}, name = "id", t = "int", spell = 0 }
  else
    target = r:pick(g.world.models)
    column = where.field(g, target, where.set(e.t), "local")
    if not column then return nil end
    column.spell = 0
  end
  return M.query(g, target, column, r:chance(30) and where.link(g, target, outside) or nil)
end

--- A query for `in` that gives keys of several fields: whole rows, or the fields of their keys.
function M.keys(g, model, outside)
  local r = g.r
  local inner = { r = r, world = g.world, on = g.on, named = {}, ctes = g.ctes }
  local ops = base(inner, model, r:chance(30) and where.link(g, model, outside) or nil, {})
  local wrap = r:pick{ "plain", "ordered", "cut" }
  if wrap ~= "plain" then ops[#ops + 1] = total(inner, model) end
  if r:chance(50) then ops[#ops + 1] = { "values", keys.columns(model) } end
  if wrap == "cut" then cut(inner, ops, true) end
  return { model = model.name, ops = ops, wrap = wrap }
end

--- A query for Exists or Subquery: rows of a model that refers to this one, perhaps tied to
--- the row outside. Gives the query and its column; nil when none refers to it.
function M.related(g, model, types, single)
  local r = g.r
  local other, link = where.referring(g, model)
  if not other then return nil end
  local e = where.field(g, other, types, "local")
  if not e then return nil end
  e.spell = 0
  local query = M.query(g, other, e, r:chance(75) and link or nil)
  if single then M.single(g, query, e) end
  return query, e
end

--- Makes a query one whose first row is told: by its own column and one row.
function M.single(g, query, e)
  local own = query.over and query.over[1][2] or e
  local ops = {}
  for _, op in ipairs(query.ops) do
    if op[1] == "limit" or op[1] == "offset" then ops.cut = true end
    ops[#ops + 1] = op
  end
  -- What is cut keeps its order, and gives its first row.
  if ops.cut or query.wrap == "distinct on" then
    for i = #ops, 1, -1 do
      if ops[i][1] == "limit" then table.remove(ops, i) end
    end
  else
    for i = #ops, 1, -1 do
      if ops[i][1] == "order_by" then table.remove(ops, i) end
    end
    ops[#ops + 1] = by(g, own)
  end
  ops[#ops + 1] = { "limit", 1 }
  ops.cut = nil
  query.ops = ops
end

return M
