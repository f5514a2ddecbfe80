-- SPDX-License-Identifier: MIT
-- What queries of every kind are made of: filters, annotations, columns, order,
-- bounds. g is { r, world, on (features), named (annotations so far) }.
local expr = require "differential.generate_expr"
local oracle = require "differential.oracle"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

function M.key(g)
  return { k = "field", path = {}, name = "id", t = "int", spell = g.r:int(0, 1) }
end

function M.filters(g, model, size, opts, ops)
  local r = g.r
  for _ = 1, r:weighted{ 0, 3, 1, 8, 2, 3, 3, 1 } do
    ops[#ops + 1] = { r:chance(25) and "exclude" or "filter", where.q(g, model, r:int(1, size), opts),
      as_table = r:chance(30) }
  end
  return ops
end

function M.multiplies(model, q)
  return q[1] == "filter" and #oracle.q_prefixes(model, q[2], {}) > 0
end

function M.bounds(g, ops)
  local r = g.r
  if r:chance(50) then
    if r:chance(75) then ops[#ops + 1] = { "limit", r:int(0, 12) } end
    if r:chance(40) then ops[#ops + 1] = { "offset", r:int(0, 8) } end
    return
  end
  local a = r:int(1, 6)
  ops[#ops + 1] = { "slice", a, r:chance(80) and a + r:int(-1, 10) or nil }
  if r:chance(20) then ops[#ops + 1] = { "slice", 2, 4 } end
end

-- Scalar annotations, of which later conditions and orders may speak.
function M.annotations(g, model, ops, verb, prefix)
  local r = g.r
  for i = 1, r:int(1, 2) do
    local t = r:pick{ "int", "int", "float", "decimal", "text", "text", "bool", "datetime", "duration", "date" }
    local e = expr.related(g, model) or expr.expression(g, model, t, r:int(1, 2), { reach = "forward" })
    local name = (prefix or "extra") .. i
    if e.k ~= "value" then
      ops[#ops + 1] = { verb or "annotate", name, e }
      table.insert(g.named, { k = "named", name = name, t = t == "char" and "text" or e.t, scale = e.scale })
    end
  end
end

function M.ordered(g, model, query, reach)
  local r = g.r
  if r:chance(60) then
    query.ordered = true
    table.insert(query.ops, { "order_by", expr.order(g, model, { total = true, reach = reach }) })
    if r:chance(15) then table.insert(query.ops, { "reverse" }) end
    if r:chance(50) then M.bounds(g, query.ops) end
  end
end

-- Columns to select: paths of fields and names of annotations.
function M.selection(g, model, n, types, reach)
  local out, seen = {}, {}
  for _ = 1, n do
    local e = #g.named > 0 and g.r:chance(40) and g.r:pick(g.named) or where.field(g, model, types, reach)
    if e then
      e.spell = 0
      local name = e.k == "named" and e.name or translate.path_of(model, e)
      if not seen[name] then
        seen[name] = true
        out[#out + 1] = { name, e }
      end
    end
  end
  return out
end

function M.permuted(g, columns)
  local order = {}
  for i, c in ipairs(g.r:shuffled(columns)) do order[i] = { e = c[2], desc = g.r:chance(40) or nil } end
  return order
end

function M.with_json(g)
  local types = {}
  for t in pairs(where.SCALAR) do types[t] = true end
  types.json = g.r:chance(40) or nil
  return types
end

-- A to-many path of one or two steps: names, the model it leads to.
function M.many_path(g, model)
  local r, found = g.r, {}
  for name, step in pairs(model.steps) do
    if step.many and g.on[step.feature] then found[#found + 1] = name end
  end
  if #found == 0 then return nil end
  table.sort(found)
  local path = { r:pick(found) }
  local to = model.steps[path[1]].to
  local more = {}
  for name, step in pairs(to.steps) do
    if g.on[step.feature] then more[#more + 1] = name end
  end
  table.sort(more)
  if #more > 0 and r:chance(25) then
    path[2] = r:pick(more)
    to = to.steps[path[2]].to
  end
  return path, to
end

--- A Q over given names or fields only.
function M.q_over(g, list, size)
  if size <= 1 then return where.condition_on(g, g.r:pick(list)) end
  return { g.r:pick{ "and", "or" }, M.q_over(g, list, 1), M.q_over(g, list, size - 1) }
end

function M.having(g, ops, size)
  if #g.named > 0 and g.on.having and g.r:chance(45) then
    ops[#ops + 1] = { g.r:chance(20) and "exclude" or "filter", M.q_over(g, g.named, g.r:int(1, math.min(size, 2))) }
  end
end

return M
