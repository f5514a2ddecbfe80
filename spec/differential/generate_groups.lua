-- SPDX-License-Identifier: MIT
-- Random groups: by columns, and by what else a query works out.
local aggregate = require "differential.generate_aggregate"
local expr = require "differential.generate_expr"
local json = require "differential.generate_json"
local parts = require "differential.generate_parts"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

local GROUPED = where.set "int bool char text date float decimal uuid datetime bigint"

local function scalar_of_group(g, ops, columns)
  local fields = {}
  for _, c in ipairs(columns) do
    if c[2].t == "int" then fields[#fields + 1] = c[2] end
  end
  if #fields == 0 then return end
  parts.name(g, ops, "of_group", { k = "arith", op = g.r:pick{ "+", "*" }, t = "int", a = g.r:pick(fields),
    b = { k = "value", t = "int", v = g.r:int(1, 4) } })
end

local function ordered(g, query, columns)
  local r = g.r
  local order = parts.permuted(g, columns)
  if r:chance(50) then table.insert(order, r:int(1, #order), { e = r:pick(g.named), desc = r:chance(50) or nil }) end
  table.insert(query.ops, { "order_by", order })
  for _, c in ipairs(columns) do
    -- Lists and objects are not told apart in an order.
    if c[2].t == "json" then return end
  end
  query.ordered = true
  if r:chance(25) then parts.bounds(g, query.ops)
  elseif r:chance(15) then query.terminal = { "page", r:int(1, 5) } end
end

-- Aggregates, what is made of them, what is asked of them, an order.
local function of_groups(g, model, size, query, columns, path, to)
  local r = g.r
  g.named = {}
  for i = 1, path and 1 or r:int(1, 3) do
    parts.name(g, query.ops, "agg" .. i, aggregate.random(g, model, { reach = "forward", path = path, owner = to }))
  end
  if r:chance(20) then parts.late(g, query.ops) end
  if r:chance(15) then scalar_of_group(g, query.ops, columns) end
  parts.having(g, query.ops, size)
  ordered(g, query, columns)
end

function M.group(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all" }
  local path, to
  if r:chance(35) then path, to = parts.many_path(g, model) end
  parts.filters(g, model, math.min(size, 2), { reach = path and "forward" or "any", size = 1 }, query.ops)
  local columns = parts.selection(g, model, r:int(1, 2), GROUPED, "forward")
  -- Rows that are left of a slice know it by its name alone.
  local part = g.on["json order"] and not g.cut and r:chance(10) and json.part(g, model)
  if part then
    part.called = true
    columns[#columns + 1] = { "part", part }
  end
  table.insert(query.ops, { "values", columns })
  of_groups(g, model, size, query, columns, path, to)
  return query
end

-- What is worked out before it is grouped: related rows, conditions, windows, aggregates.
local function worked_out(g, model)
  local r = g.r
  local kind = r:weighted{ "related", 4, "case", 2, "window", 2, "counted", 3, "expression", 1 }
  if kind == "related" then
    local single = r:chance(60)
    local query, e = g.nested.related(g, model, GROUPED, single)
    if not query then return nil end
    if not single then return { k = "exists", t = "bool", query = query } end
    return { k = "subquery", t = e.t, scale = e.t == "decimal" and 2 or nil, query = query }
  end
  if kind == "window" then return aggregate.window(g, model) end
  if kind == "counted" then
    local path, to = parts.many_path(g, model)
    return path and aggregate.random(g, model, { path = path, owner = to })
  end
  local t = r:pick{ "int", "text", "bool" }
  if kind == "case" then return expr.case(g, model, t, { reach = "forward" }) end
  local e = expr.expression(g, model, t, 2, { reach = "forward" })
  return e.k ~= "value" and e.k ~= "raw" and e or nil
end

--- Groups of what was annotated before, which a query inside may have to work out.
function M.regroup(g, model, size)
  local r = g.r
  local query, columns = { model = model.name, ops = {}, terminal = "all" }, {}
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  for i = 1, r:int(1, 2) do
    local e = worked_out(g, model)
    if e and e.t ~= "json" and e.t ~= "time" and e.t ~= "duration" then
      local name = "part" .. i
      parts.name(g, query.ops, name, e)
      columns[#columns + 1] = { name, g.named[#g.named] }
    end
  end
  if #columns == 0 then return nil end
  if r:chance(30) then parts.having(g, query.ops, 1) end
  if r:chance(40) then
    local e = where.field(g, model, GROUPED, "forward")
    e.spell = 0
    columns[#columns + 1] = { translate.path_of(model, e), e }
  end
  table.insert(query.ops, { "values", columns })
  of_groups(g, model, size, query, columns)
  return query
end

local function holds(columns, e)
  for _, c in ipairs(columns) do
    if c[1] == translate.path_of({ steps = {}, by_field = { [e.name] = {} } }, e) or c[2].name == e.name then
      return true
    end
    if c[2].k == "field" and c[2].name == "id" then return true end
  end
  return false
end

--- What has several values in one row is refused: in an order or an annotation of groups, in
--- an order of distinct rows.
function M.ungrouped(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all", refused = "misuse" }
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  local columns = parts.selection(g, model, r:int(1, 2), GROUPED, "local")
  local e = where.field(g, model, GROUPED, "local")
  if holds(columns, e) then return nil end
  table.insert(query.ops, { "values", columns })
  local order = { "order_by", { { e = e, desc = r:chance(50) or nil } } }
  local how = r:pick{ "order", "annotate", "distinct" }
  if how == "distinct" then
    table.insert(query.ops, { "distinct" })
    table.insert(query.ops, order)
    return query
  end
  parts.name(g, query.ops, "agg1", aggregate.random(g, model, { reach = "forward" }))
  if how == "order" then table.insert(query.ops, order)
  else table.insert(query.ops, { "annotate", "extra", { k = "fn", name = "Coalesce", t = e.t, args = { e, e } } }) end
  return query
end

return M
