-- SPDX-License-Identifier: MIT
-- What queries of every kind are made of: filters, annotations, columns, order,
-- bounds. g is { r, world, on (features), named (annotations so far) }.
local expr = require "differential.generate_expr"
local json = require "differential.generate_json"
local oracle = require "differential.oracle"
local translate = require "differential.translate"
local where = require "differential.generate_where"

local M = {}

--- A random total order.
function M.total(g, model)
  return { "order_by", expr.order({ r = g.r, world = g.world, on = g.on }, model, { total = true, reach = "local" }) }
end

--- Of a query the first row, in a total order, for each combination of some fields.
function M.first_of_each(g, model, query)
  local columns, fields = {}, {}
  for _, f in ipairs(model.fields) do
    if f.type ~= "json" then fields[#fields + 1] = f end
  end
  for i, f in ipairs(g.r:some(fields, g.r:int(1, 2))) do
    columns[i] = { f.name, { k = "field", path = {}, name = f.name, t = f.type } }
  end
  table.insert(query.ops, { "distinct_on", columns })
  table.insert(query.ops, M.total(g, model))
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

--- Annotates by a name, perhaps in one call with the annotations before it, and lets later
--- steps speak of it. The names of one call stand in any order.
function M.name(g, ops, name, e, verb)
  local op = { verb or "annotate", name, e }
  local last = ops[#ops]
  if last and last[1] == op[1] and not M.speaks_of(e, ops) and g.r:chance(60) then
    op.joined = g.r:pick{ "first", "last" }
  end
  ops[#ops + 1] = op
  if e.t ~= "json" then
    table.insert(g.named, { k = "named", name = name, t = e.t == "char" and "text" or e.t, scale = e.scale })
  end
end

-- Does an expression speak of a name that the last call to annotate gives?
function M.speaks_of(e, ops)
  local names = {}
  for i = #ops, 1, -1 do
    if not ops[i][2] or ops[i][1] ~= ops[#ops][1] then break end
    names[ops[i][2]] = true
    if not ops[i].joined then break end
  end
  local function any(node)
    if node.k == "named" and names[node.name] then return true end
    for k, v in pairs(node) do
      if type(v) == "table" and k ~= "v" and k ~= "value" and k ~= "query" and any(v) then return true end
    end
    return false
  end
  return any(e)
end

--- A value made of aggregates that have names, and of values.
function M.late(g, ops)
  local numbers = {}
  for _, e in ipairs(g.named) do
    if e.t == "int" then numbers[#numbers + 1] = e end
  end
  if #numbers == 0 then return end
  local a, b = g.r:pick(numbers), g.r:pick(numbers)
  local op = g.r:pick{ "+", "-", "*", "/" }
  if g.r:chance(50) then b = { k = "value", t = "int", v = g.r:int(-3, 5) } end
  M.name(g, ops, "late", { k = "arith", op = op, t = op == "/" and "float" or "int", a = a, b = b })
end

local UNPAGED = { limit = true, offset = true, slice = true, reverse = true, order_by = true }

--- Asks for the rows by pages. What the order leaves open the key decides.
function M.paged(g, model, query)
  for _, op in ipairs(query.ops) do
    -- Rows that a filter repeats have one key.
    if op[1] == "distinct" or M.multiplies(model, op) then return end
  end
  for i = #query.ops, 1, -1 do
    if UNPAGED[query.ops[i][1]] then table.remove(query.ops, i) end
  end
  local order = expr.order(g, model, { reach = "forward" })
  local part = g.on["json order"] and g.r:chance(25) and json.part(g, model)
  if part then table.insert(order, 1, { e = part, desc = g.r:chance(50) or nil }) end
  if #order > 0 then table.insert(query.ops, { "order_by", order }) end
  query.ordered, query.terminal = true, { "page", g.r:int(1, 9) }
end

--- Asks for the rows of some keys; a few are of no row.
function M.of_keys(g, model, query)
  local keys = {}
  for key = 1, #model.rows + 2 do keys[key] = key end
  query.ordered, query.terminal = nil, { "in_bulk", g.r:some(keys, g.r:int(1, #keys)) }
end

-- Scalar annotations, of which later conditions and orders may speak.
function M.annotations(g, model, ops, verb, prefix)
  local r = g.r
  for i = 1, r:int(1, 2) do
    local t = r:pick{ "int", "int", "float", "decimal", "text", "text", "bool", "datetime", "duration", "date" }
    local e = expr.related(g, model) or expr.expression(g, model, t, r:int(1, 2), { reach = "forward" })
    local name = (prefix or "extra") .. i
    if e.k ~= "value" then M.name(g, ops, name, e, verb) end
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
