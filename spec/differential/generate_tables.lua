-- SPDX-License-Identifier: MIT
-- Random queries over other queries: set operations, CTEs, joins by hand, moments.
local expr = require "differential.generate_expr"
local keys = require "differential.keys"
local nested = require "differential.generate_nested"
local parts = require "differential.generate_parts"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

local SETS = { "union", "union_all", "intersection", "difference" }

local function field(name, e)
  return { k = "field", path = {}, name = name, t = e.t, scale = e.scale, spell = 0 }
end

-- Columns of some types, which every part has under names of its own.
local function columns_of(g, owner, types)
  local columns, seen = {}, {}
  for i, t in ipairs(types) do
    local e = where.field(g, owner, where.set(t), "local")
    local name = e and translate.path_of(owner, { k = "field", path = {}, name = e.name, spell = 0 })
    if not e or seen[name] then return nil end
    e.spell, seen[name] = 0, true
    columns[i] = { name, e }
  end
  return columns
end

-- A part may be cut by its own order, distinct, or nothing.
local function shaped(g, model, part, columns)
  local r = g.r
  local how = r:weighted{ "plain", 6, "cut", 2, "distinct", 1, "distinct on", 1, "none", 1 }
  if how == "distinct on" then
    parts.first_of_each(g, model, part)
    table.insert(part.ops, { "values_list", columns })
    return
  end
  table.insert(part.ops, { "values_list", columns })
  if how == "distinct" then table.insert(part.ops, { "distinct" })
  elseif how == "none" then table.insert(part.ops, { "none" })
  elseif how == "cut" then
    table.insert(part.ops, parts.total(g, model))
    table.insert(part.ops, { "limit", r:int(0, 9) })
  end
end

-- What is asked of rows whose columns have names.
local function asked(g, query)
  local r = g.r
  local fields = {}
  for i, c in ipairs(query.over) do fields[i] = c[2] end
  if r:chance(30) then
    table.insert(query.ops, { r:chance(25) and "exclude" or "filter", parts.q_over(g, fields, r:int(1, 2)) })
  end
  if r:chance(60) then
    table.insert(query.ops, { "order_by", parts.permuted(g, query.over) })
    query.ordered = true
    if r:chance(50) then table.insert(query.ops, { "limit", r:int(0, 9) }) end
  end
  if r:chance(15) and query.ops[#query.ops] and query.ops[#query.ops][1] ~= "limit" then query.terminal = "count" end
  return query
end

local TYPES = { "int", "int", "char", "char", "bool", "date", "decimal", "float" }

function M.set(g, model, size)
  local r = g.r
  local types = {}
  for i = 1, r:int(1, 3) do types[i] = r:pick(TYPES) end
  local query = { set = r:pick(SETS), parts = {}, ops = {}, terminal = "all" }
  for p = 1, r:weighted{ 2, 4, 3, 1 } do
    local owner = p > 1 and r:chance(40) and r:pick(g.world.models) or model
    local part = { model = owner.name, ops = {} }
    parts.filters(g, owner, size, { reach = "forward", size = 1 }, part.ops)
    local columns = columns_of(g, owner, types)
    if not columns then return nil end
    shaped(g, owner, part, columns)
    query.parts[p] = part
    if p == 1 then
      query.over = {}
      for i, c in ipairs(columns) do query.over[i] = { c[1], field(c[1], c[2]) } end
    end
  end
  return asked(g, query)
end

--- Set operations of whole rows, of which anything of the model can be asked.
function M.rows_of_set(g, model, size)
  local r = g.r
  local query = { set = r:pick(SETS), parts = {}, ops = {}, terminal = "all" }
  for p = 1, r:weighted{ 2, 4, 3, 1 } do
    local part = { model = model.name, ops = {} }
    parts.filters(g, model, size, { reach = "forward", size = 1 }, part.ops)
    local how = r:weighted{ "plain", 6, "cut", 3, "none", 1, "distinct on", 2 }
    if how == "none" then table.insert(part.ops, { "none" })
    elseif how == "distinct on" then parts.first_of_each(g, model, part)
    elseif how == "cut" then
      table.insert(part.ops, parts.total(g, model))
      table.insert(part.ops, { "limit", r:int(0, 9) })
    end
    query.parts[p] = part
  end
  parts.filters(g, model, 1, { reach = "forward", size = 1 }, query.ops)
  if r:chance(30) and query.set ~= "union_all" then
    parts.ordered(g, model, query)
    if r:chance(20) then parts.paged(g, model, query) end
  end
  if query.terminal == "all" then query.terminal = r:weighted{ "all", 6, "count", 1, "exists", 1 } end
  return query
end

-- A query that gives several columns, under names.
local function body(g, model)
  local r = g.r
  if r:chance(40) then
    local e = where.field(g, model, where.SCALAR, "local")
    e.spell = 0
    local query = nested.query(g, model, e)
    local name = query.over and query.over[1][1] or translate.path_of(model, e)
    return query, { { name, field(name, e) } }
  end
  local query = { model = model.name, ops = {} }
  parts.filters(g, model, 2, { reach = "forward", size = 1 }, query.ops)
  local columns = columns_of(g, model, { r:pick(TYPES), r:pick(TYPES) }) or {}
  local out, is_key = keys.columns(model), {}
  for _, c in ipairs(out) do is_key[c[1]] = true end
  for _, c in ipairs(columns) do
    if not is_key[c[1]] then out[#out + 1] = c end
  end
  shaped(g, model, query, out)
  query.ops[#query.ops][1] = query.ops[#query.ops][1] == "values_list" and "values" or query.ops[#query.ops][1]
  for _, op in ipairs(query.ops) do
    if op[1] == "values_list" then op[1] = "values" end
  end
  local over = {}
  for i, c in ipairs(out) do over[i] = { c[1], field(c[1], c[2]) } end
  return query, over
end

--- The rows of a CTE.
function M.cte(g, model)
  local inner, over = body(g, model)
  return asked(g, { cte = nested.name(g), body = inner, over = over, ops = {}, terminal = "all" })
end

-- What the rows of the other query equal: a column of it and a field of this model.
local function on_of(g, model, over)
  local r, pairs_of = g.r, {}
  for _, c in ipairs(r:shuffled(over)) do
    if #pairs_of < (r:chance(80) and 1 or 2) and where.SCALAR[c[2].t] and c[2].t ~= "float" then
      local e = where.field(g, model, where.set(c[2].t), "local")
      if e then pairs_of[#pairs_of + 1] = { c[1], e } end
    end
  end
  return #pairs_of > 0 and pairs_of or nil
end

--- Rows beside those of another query: joined, as a CTE, or asked for each row.
function M.joined(g, model, size)
  local r = g.r
  local hand = { alias = nested.name(g), kind = r:pick{ "inner", "left" } }
  if r:chance(20) then
    local other, link = where.referring(g, model)
    if not other then return nil end
    local columns = columns_of(g, other, { r:pick(TYPES), r:pick(TYPES) })
    if not columns then return nil end
    hand.query = { model = other.name, ops = { { "filter", link }, { "values", columns }, parts.total(g, other) } }
    if r:chance(70) then table.insert(hand.query.ops, { "limit", r:int(1, 2) }) end
    hand.lateral, hand.columns = true, columns
  else
    hand.query, hand.columns = body(g, r:pick(g.world.models))
    hand.cte = r:chance(40)
    hand.on = on_of(g, model, hand.columns)
    if not hand.on then return nil end
  end
  local query = { model = model.name, ops = {}, terminal = "all" }
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  table.insert(query.ops, { "join", hand })
  for _, c in ipairs(hand.columns) do
    table.insert(g.named, { k = "named", name = hand.alias .. "__" .. c[1], t = c[2].t, scale = c[2].scale })
  end
  if r:chance(45) then
    table.insert(query.ops, { r:chance(25) and "exclude" or "filter", parts.q_over(g, g.named, r:int(1, 2)) })
  end
  local columns = keys.columns(model)
  for _, e in ipairs(g.named) do columns[#columns + 1] = { e.name, e } end
  if r:chance(80) then
    table.insert(query.ops, { "values", columns })
    if r:chance(60) then
      table.insert(query.ops, { "order_by", parts.permuted(g, columns) })
      query.ordered = true
      if r:chance(40) then parts.bounds(g, query.ops) end
    end
  end
  if r:chance(10) then query.terminal = "count" end
  return query
end

local DAYS = { "year", "quarter", "month", "week", "day" }
local MOMENTS = { "year", "quarter", "month", "week", "day", "hour", "minute", "second" }

function M.dates(g, model, size)
  local r = g.r
  local as_date = r:chance(50)
  local e = where.field(g, model, where.set(as_date and "date datetime" or "datetime"), "forward")
  if not e then return nil end
  local query = { model = model.name, ops = {}, terminal = "all", ordered = true }
  parts.filters(g, model, size, { reach = "any", size = 1 }, query.ops)
  table.insert(query.ops, { "dates", e, r:pick(as_date and DAYS or MOMENTS), r:chance(40) or nil, as_date = as_date })
  if r:chance(30) then table.insert(query.ops, { "limit", r:int(0, 6) }) end
  if r:chance(15) then query.terminal = "count" end
  return query
end

--- All rows below or above some in a tree.
function M.tree(g, model, size)
  local r, parents = g.r, {}
  for _, rel in ipairs(model.relations) do
    if rel.to == model and rel.kind ~= "m2m" then parents[#parents + 1] = rel.name .. "_id" end
  end
  if #parents == 0 then return nil end
  local query = { model = model.name, ops = {}, terminal = r:weighted{ "all", 4, "count", 1, "exists", 1 } }
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  table.insert(query.ops, { "tree", {
    key = r:pick(parents), up = r:chance(40) or nil, max_depth = r:chance(30) and r:int(1, 3) or nil,
    without_self = r:chance(25) or nil,
  } })
  local depth = { k = "named", name = "depth", t = "int" }
  g.named = { depth }
  parts.having(g, query.ops, size)
  if query.terminal == "all" and r:chance(50) then
    query.ordered = true
    local order = expr.order(g, model, { total = true, reach = "local" })
    table.insert(order, { e = depth })
    table.insert(query.ops, { "order_by", order })
    if r:chance(40) then parts.bounds(g, query.ops) end
  end
  return query
end

return M
