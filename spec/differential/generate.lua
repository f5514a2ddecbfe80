-- SPDX-License-Identifier: MIT
-- Random queries of growing size for a world, well typed. query.ordered says
-- that its order is total, so that answers are compared as lists.
local aggregate = require "differential.generate_aggregate"
local expr = require "differential.generate_expr"
local groups = require "differential.generate_groups"
local keyed = require "differential.generate_keys"
local keys = require "differential.keys"
local nested = require "differential.generate_nested"
local parts = require "differential.generate_parts"
local tables = require "differential.generate_tables"
local where = require "differential.generate_where"
local writes = require "differential.generate_writes"

local M = {}

local KIND = {}

--- Filters of any kind; objects, their number, whether there are any, the first, the last.
function KIND.rows(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all" }
  local aliased = g.on.alias and r:chance(30)
  if g.on.annotate and r:chance(30) then parts.annotations(g, model, query.ops, aliased and "alias" or nil) end
  parts.filters(g, model, size, { reach = "any", size = 1 }, query.ops)
  local distinct = r:chance(25)
  if g.on["distinct on"] and r:chance(8) then
    parts.first_of_each(g, model, query)
    query.ordered = true
    if r:chance(20) then query.terminal = "count" elseif r:chance(30) then parts.of_keys(g, model, query) end
    return query
  end
  if distinct then table.insert(query.ops, { "distinct" }) end
  -- A distinct query orders by what it selects.
  if distinct and aliased then g.named = {} end
  parts.ordered(g, model, query, distinct and "local" or "forward")
  query.terminal = r:weighted{ "all", 8, "count", 2, "exists", 1, "first", 1, "last", 1 }
  if query.terminal == "all" and r:chance(12) then parts.paged(g, model, query) end
  if r:chance(2) then table.insert(query.ops, { "none" }) end
  return query
end

function KIND.values(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all" }
  if g.on.annotate and r:chance(50) then parts.annotations(g, model, query.ops) end
  -- Columns over to-many paths multiply rows, when no filter has done so already.
  local many = r:chance(15)
  parts.filters(g, model, size, { reach = many and "forward" or "any", size = 1 }, query.ops)
  local flat = g.on.values_list and r:chance(15)
  local columns = parts.selection(g, model, flat and 1 or r:int(1, 4), parts.with_json(g), many and "any" or "forward")
  local listed = flat or g.on.values_list and r:chance(50)
  table.insert(query.ops, { listed and "values_list" or "values", columns, flat or nil })
  if r:chance(30) then
    table.insert(query.ops, { "distinct" })
    local sortable = true
    for _, c in ipairs(columns) do sortable = sortable and c[2].t ~= "json" end
    if sortable and r:chance(70) then
      query.ordered = true
      table.insert(query.ops, { "order_by", parts.permuted(g, columns) })
      if r:chance(50) then parts.bounds(g, query.ops) end
    end
  elseif not many then
    parts.ordered(g, model, query)
  end
  if r:chance(12) then query.terminal = "count" end
  return query
end

function KIND.aggregate(g, model, size)
  local query = { model = model.name, ops = {}, terminal = { "aggregate", {} } }
  local path, to = parts.many_path(g, model)
  if path and g.r:chance(25) then
    parts.filters(g, model, size, { reach = "forward", size = 1 }, query.ops)
    query.terminal[2][1] = { "a1", aggregate.random(g, model, { path = path, owner = to }) }
    return query
  end
  parts.filters(g, model, size, { reach = "any", size = 1 }, query.ops)
  for i = 1, g.r:int(1, 3) do
    query.terminal[2][i] = { "a" .. i, aggregate.random(g, model, { reach = "forward" }) }
  end
  -- Of rows that are cut: those that are left.
  if g.r:chance(15) then
    table.insert(query.ops, { "order_by", expr.order(g, model, { total = true, reach = "forward" }) })
    table.insert(query.ops, { "limit", g.r:int(0, 12) })
  elseif g.r:chance(4) then
    table.insert(query.ops, { "none" })
  end
  return query
end

--- Objects with aggregates over their to-many relations.
function KIND.counted(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all", ordered = true }
  local path, to = parts.many_path(g, model)
  if not path then return nil end
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  -- A filter on the same path constrains the aggregate.
  if #path == 1 and r:chance(30) then
    local e = where.field(g, to, where.SCALAR, "local")
    e.path = { path[1] }
    table.insert(query.ops, { "filter", parts.q_over(g, { e }, r:int(1, 2)) })
  end
  for i = 1, r:int(1, 2) do
    if i == 2 and r:chance(60) then
      local q = query.ops[#query.ops - 1]
      if not (q and parts.multiplies(model, q)) then path, to = parts.many_path(g, model) end
    end
    local e = aggregate.random(g, model, { path = path, owner = to })
    parts.name(g, query.ops, "agg" .. i, e)
  end
  if r:chance(25) then parts.late(g, query.ops) end
  parts.having(g, query.ops, size)
  -- MySQL loses an order by what is made of a sub-query and an aggregate.
  if #g.named > 0 and g.named[#g.named].name == "late" then table.remove(g.named) end
  table.insert(query.ops, { "order_by", expr.order(g, model, { total = true }) })
  if r:chance(40) then parts.bounds(g, query.ops) end
  return query
end

function KIND.window(g, model, size)
  local r = g.r
  local query = { model = model.name, ops = {}, terminal = "all", ordered = true }
  parts.filters(g, model, math.min(size, 2), { reach = "forward", size = 1 }, query.ops)
  for i = 1, r:int(1, 2) do
    local w = aggregate.window(g, model)
    table.insert(query.ops, { "annotate", "win" .. i, w })
    if w.t ~= "json" then table.insert(g.named, { k = "named", name = "win" .. i, t = w.t, scale = w.scale }) end
  end
  parts.having(g, query.ops, size)
  local is_values = g.on.values and r:chance(50)
  if is_values then
    local columns = keys.columns(model)
    for _, e in ipairs(g.named) do columns[#columns + 1] = { e.name, e } end
    table.insert(query.ops, { "values", columns })
  end
  table.insert(query.ops, { "order_by", expr.order(g, model, { total = true, reach = "local" }) })
  if r:chance(30) then parts.bounds(g, query.ops)
  elseif not is_values and r:chance(30) then parts.of_keys(g, model, query)
  else
    query.terminal = r:weighted{ "all", 4, "first", 1, "last", 1, { "page", r:int(1, 9) }, 3 }
  end
  return query
end

local function feature(g, name, weight)
  return g.on[name] and weight or 0
end

-- A query of the rows of a slice.
function KIND.sliced(g, model, size)
  local r, ops = g.r, {}
  local kind = r:weighted{
    "rows", 3, "values", feature(g, "values", 2), "aggregate", feature(g, "aggregate", 1),
    "group", feature(g, "group", 4), "counted", feature(g, "counted", 2), "window", feature(g, "window", 1),
  }
  if g.on.annotate and r:chance(30) then parts.annotations(g, model, ops, nil, "before") end
  local many = kind ~= "counted" and r:chance(20)
  parts.filters(g, model, math.min(size, 2), { reach = many and "any" or "forward", size = 1 }, ops)
  table.insert(ops, { "order_by", expr.order(g, model, { total = true }) })
  local n = #ops
  parts.bounds(g, ops)
  if #ops == n then ops[n + 1] = { "limit", r:int(0, 12) } end
  ops[#ops + 1] = { "cut" }
  if kind ~= "rows" then g.named = {} end -- groups do not hold them
  g.cut = true
  local query = KIND[kind](g, model, size)
  local after = query and query.ops[1] and query.ops[1][1]
  -- Bounds and the columns of rows go on with the slice itself.
  if not after or after == "limit" or after == "offset" or after == "slice" then return nil end
  local ordered = false
  for _, op in ipairs(query.ops) do
    ops[#ops + 1] = op
    ordered = ordered or op[1] == "order_by"
  end
  -- Pages without an order have the slice's, which the evaluator does not go on with.
  if query.terminal[1] == "page" and not ordered then return nil end
  query.ops = ops
  return query
end

for _, more in ipairs{ groups, tables, writes } do
  for name, make in pairs(more) do KIND[name] = make end
end

--- Any of these of a model with a key of several fields.
function KIND.keyed(g, _, size)
  local model = keyed.model(g)
  if not model then return nil end
  local kind = g.r:weighted{
    "rows", 8, "values", feature(g, "values", 2), "aggregate", feature(g, "aggregate", 2),
    "group", feature(g, "group", 2), "regroup", feature(g, "group", 1), "counted", feature(g, "counted", 1),
    "window", feature(g, "window", 2), "rows_of_set", feature(g, "set", 2), "cte", feature(g, "cte", 1),
    "joined", feature(g, "join", 2), "update", 2, "delete", 2, "bulk_update", 1, "upsert", 1, "create_from", 1,
    "sliced", 2,
  }
  return KIND[kind](g, model, size)
end

--- A random query of about a size; world and switched-on features in g.
function M.query(r, world, on, size)
  while true do
    local g = {
      r = r, world = world, on = on, named = {}, expression = on.f and expr.expression or nil, nested = nested,
      ctes = { n = 0 },
    }
    local kind = r:weighted{
      "rows", 8, "values", feature(g, "values", 4), "aggregate", feature(g, "aggregate", 3),
      "group", feature(g, "group", 4), "regroup", feature(g, "group", 3), "ungrouped", feature(g, "group", 1),
      "counted", feature(g, "counted", 3), "window", feature(g, "window", 3), "set", feature(g, "set", 6),
      "rows_of_set", feature(g, "set", 2), "cte", feature(g, "cte", 2), "joined", feature(g, "join", 4),
      "dates", feature(g, "dates", 1), "update", 3, "delete", 1, "bulk_update", 1, "upsert", 1, "sliced", 3,
      "tree", feature(g, "cte", 1), "create_from", 1, "keyed", 4,
    }
    local query = KIND[kind](g, r:pick(world.models), size)
    if query then
      query.kind = kind
      return query
    end
  end
end

return M
