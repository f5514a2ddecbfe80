-- SPDX-License-Identifier: MIT
-- What a whole query gives. A query is plain data:
--   { model = "Post", ops = { op... }, terminal = "all" }
--   op: { "filter", q } { "exclude", q } { "annotate", name, e } { "values", { { name, e }... } }
--       { "values_list", columns, flat } { "order_by", { { e, desc, nulls }... } } { "distinct" }
--       { "distinct_on", columns }
--       { "limit", n } { "offset", n } { "slice", a, b } { "reverse" }
--       { "cut" }, where a slice ends: what follows works on its rows
--   terminal: "all" "count" "exists" "first" "last" { "aggregate", { { name, agg }... } }
--   or { set = "union" | "union_all" | "intersection" | "difference", parts = { query... }, order_by, limit }
-- The answer: { columns = { { name, t, scale }... }, rows = { { value... }... } } or { value = v }.
local aggregate = require "differential.aggregate"
local literal = require "differential.literal"
local oracle = require "differential.oracle"
local sets = require "differential.sets"

local M = {}

local NULL = oracle.NULL

-- Names that the value of an expression or a condition needs.
local function named(e, found)
  for k, v in pairs(e) do
    if type(v) == "table" and k ~= "query" and k ~= "v" and k ~= "value" then named(v, found) end
  end
  if e.k == "named" then found[e.name] = true end
  return found
end

local function uses(q, kinds, kind)
  for name in pairs(named(q, {})) do
    if kinds[name] == kind then return true end
  end
  return false
end

local function row_key(columns, values)
  local out = {}
  for i, c in ipairs(columns) do out[i] = literal.own(c.t, values[i], c.scale) end
  return table.concat(out, "\0")
end
M.row_key = row_key

local function regrouped(contexts, key_of)
  local groups, order = {}, {}
  for _, ctx in ipairs(contexts) do
    local key = key_of(ctx)
    if not groups[key] then
      groups[key] = {}
      order[#order + 1] = groups[key]
    end
    table.insert(groups[key], ctx)
  end
  return order
end

-- One context per group, with the aggregates among its values.
local function group(state, over, key_of)
  local out = {}
  for _, contexts in ipairs(regrouped(state.contexts, key_of)) do
    local first = contexts[1]
    local values = {}
    for k, v in pairs(first.values) do values[k] = v end
    for _, a in ipairs(state.aggs) do values[a[2]] = over(a[3], state.model, contexts) end
    out[#out + 1] = oracle.derived(first, first.joins, values)
  end
  state.contexts = out
end

local function aggregate_groups(state)
  if #state.aggs == 0 then return end
  if not state.grouped_by then
    return group(state, aggregate.of_instance, function(ctx) return ctx.row end)
  end
  -- The values grouped by are taken before rows of a group become one.
  group(state, aggregate.over, function(ctx)
    local values = {}
    for i, c in ipairs(state.grouped_by) do values[i] = oracle.eval(c.e, ctx) end
    return row_key(state.grouped_by, values)
  end)
end

local function column(name, e) return { name = name, e = e, t = e.t, scale = e.scale } end

local OPS = {}

function OPS.filter(state, op)
  local q = op[1] == "exclude" and { "not", op[2] } or op[2]
  if uses(q, state.kinds, "window") then table.insert(state.outside, q)
  elseif uses(q, state.kinds, "agg") then table.insert(state.having, q)
  else state.contexts = oracle.filter(state.contexts, q) end
end
OPS.exclude = OPS.filter

function OPS.annotate(state, op)
  local name, e = op[2], op[3]
  if e.k == "agg" or e.k == "window" then
    state.kinds[name] = e.k
    table.insert(e.k == "agg" and state.aggs or state.windows, op)
    if e.k == "agg" and state.selected then state.grouped_by = state.selected end
  else
    state.kinds[name] = "scalar"
    for _, ctx in ipairs(state.contexts) do
      local values = { [name] = oracle.eval(e, ctx) }
      for k, v in pairs(ctx.values) do values[k] = v end
      ctx.values = values
    end
  end
  if op[1] == "alias" then return end
  table.insert(state.extra, column(name, { k = "named", name = name, t = e.t, scale = e.scale }))
end
OPS.alias = OPS.annotate

function OPS.values(state, op)
  state.selected, state.extra = {}, {}
  local prefixes = {}
  for i, c in ipairs(op[2]) do
    state.selected[i] = column(c[1], c[2])
    oracle.prefixes(state.model, c[2], prefixes)
  end
  local out = {}
  for _, ctx in ipairs(state.contexts) do
    for _, each in ipairs(oracle.expand(ctx, prefixes)) do out[#out + 1] = each end
  end
  state.contexts = out
end
OPS.values_list = OPS.values

-- One row, the first in order, for each combination of values.
function OPS.distinct_on(state, op)
  state.distinct_on = {}
  for i, c in ipairs(op[2]) do state.distinct_on[i] = column(c[1], c[2]) end
end

function OPS.order_by(state, op) state.order = op[2] end
function OPS.distinct(state) state.distinct = true end
function OPS.limit(state, op) state.limit = op[2] end
function OPS.offset(state, op) state.offset = op[2] end
function OPS.reverse(state) state.reversed = not state.reversed end

function OPS.slice(state, op)
  local a, b = op[2], op[3]
  local size = b and math.max(b - a + 1, 0)
  if state.limit then
    local left = math.max(state.limit - (a - 1), 0)
    size = size and math.min(size, left) or left
  end
  state.limit, state.offset = size, (state.offset or 0) + a - 1
end

local function columns_of(state)
  local columns = {}
  local own = state.selected
  if not own then
    own = {}
    for i, f in ipairs(state.model.fields) do
      own[i] = column(f.name, { k = "field", path = {}, name = f.name, t = f.type })
    end
  end
  for _, list in ipairs{ own, state.extra } do
    for _, c in ipairs(list) do columns[#columns + 1] = c end
  end
  return columns
end

local function deduplicated(columns, rows)
  local seen, out = {}, {}
  for _, row in ipairs(rows) do
    local key = row_key(columns, row.values)
    if not seen[key] then
      seen[key] = true
      out[#out + 1] = row
    end
  end
  return out
end

local function sliced(rows, limit, offset)
  local out = {}
  local first = (offset or 0) + 1
  for i = first, math.min(limit and first + limit - 1 or #rows, #rows) do out[#out + 1] = rows[i] end
  return out
end

local TURNED = { first = "last", last = "first" }

local function in_order(state, rows)
  local order = state.order or {}
  if state.is_cut and #order == 0 then
    local out = {}
    for i = 1, #rows do out[i] = rows[state.reversed and #rows - i + 1 or i] end
    return out
  end
  if state.reversed then
    local turned = {}
    for i, key in ipairs(#order > 0 and order or { { e = { k = "field", path = {}, name = "id", t = "int" } } }) do
      turned[i] = { e = key.e, desc = not key.desc, nulls = key.nulls and TURNED[key.nulls] }
    end
    order = turned
  end
  local out = {}
  local sorted = aggregate.sort(rows, order, function(row, e) return oracle.eval(e, row.ctx) end)
  for i, row in ipairs(sorted) do out[i] = row.item end
  return out
end

-- Contexts may share their table of values.
local function unshared(contexts)
  for _, ctx in ipairs(contexts) do
    local values = {}
    for k, v in pairs(ctx.values) do values[k] = v end
    ctx.values = values
  end
end

local function first_of_each(columns, rows)
  local out, seen = {}, {}
  for _, row in ipairs(rows) do
    local values = {}
    for i, c in ipairs(columns) do values[i] = oracle.eval(c.e, row.ctx) end
    local key = row_key(columns, values)
    if not seen[key] then out[#out + 1] = row end
    seen[key] = true
  end
  return out
end

-- The rows so far, { ctx, values } each, and their columns.
local function rows_of(state)
  aggregate_groups(state)
  for _, q in ipairs(state.having) do state.contexts = oracle.filter(state.contexts, q) end
  for _, w in ipairs(state.windows) do
    unshared(state.contexts)
    aggregate.window(w[3], w[2], state.contexts)
  end
  for _, q in ipairs(state.outside) do state.contexts = oracle.filter(state.contexts, q) end
  local columns, rows = columns_of(state), {}
  for i, ctx in ipairs(state.contexts) do
    local values = {}
    for j, c in ipairs(columns) do values[j] = oracle.eval(c.e, ctx) end
    rows[i] = { ctx = ctx, values = values }
  end
  if state.distinct then rows = deduplicated(columns, rows) end
  rows = in_order(state, rows)
  if state.distinct_on then rows = first_of_each(state.distinct_on, rows) end
  return columns, sliced(rows, state.limit, state.offset)
end

-- What follows works on the rows so far, as on those of a table.
function OPS.cut(state)
  local _, rows = rows_of(state)
  state.contexts, state.is_cut = {}, true
  for i, row in ipairs(rows) do state.contexts[i] = oracle.derived(row.ctx, {}, row.ctx.values) end
  for name in pairs(state.kinds) do state.kinds[name] = "scalar" end
  state.having, state.outside, state.aggs, state.windows = {}, {}, {}, {}
  for _, key in ipairs{ "order", "reversed", "limit", "offset", "distinct", "distinct_on" } do state[key] = nil end
end

local function run(world, query, outer)
  local model = world.by_name[query.model]
  local state = {
    model = model, contexts = {}, kinds = {}, having = {}, outside = {}, aggs = {}, windows = {}, extra = {},
  }
  for i, row in ipairs(model.rows) do state.contexts[i] = oracle.context(world, model, row, outer) end
  for _, op in ipairs(query.ops) do OPS[op[1]](state, op) end
  local terminal = query.terminal
  local is_one = terminal == "first" or terminal == "last"
  if is_one and #(state.order or {}) == 0 and not state.reversed and not state.is_cut then
    state.order = { { e = { k = "field", path = {}, name = "id", t = "int" } } }
  end
  if type(terminal) == "table" then
    local columns, values = {}, {}
    for i, a in ipairs(terminal[2]) do
      columns[i] = column(a[1], a[2])
      values[i] = aggregate.over(a[2], model, sliced(state.contexts, state.limit, state.offset))
    end
    return { columns = columns, rows = { values } }
  end
  local columns, rows = rows_of(state)
  for i, row in ipairs(rows) do rows[i] = row.values end
  return { columns = columns, rows = rows }
end

local function run_set(world, query)
  local answer = run(world, query.parts[1])
  for i = 2, #query.parts do answer = sets.combine(query.set, answer, run(world, query.parts[i]), row_key) end
  if query.order_by then
    local rows = aggregate.sort(answer.rows, query.order_by, function(row, e) return row[e.column] end)
    for i, row in ipairs(rows) do rows[i] = row.item end
    answer.rows = sliced(rows, query.limit)
  end
  return answer
end

--- The answer to a query.
function M.query(world, query, outer)
  local answer = query.set and run_set(world, query) or run(world, query, outer)
  local terminal = query.terminal
  if terminal == "count" then return { value = #answer.rows } end
  if terminal == "exists" then return { value = #answer.rows > 0 } end
  if terminal == "first" then answer.rows = { answer.rows[1] } end
  if terminal == "last" then answer.rows = { answer.rows[#answer.rows] } end
  return answer
end

--- The rows of a sub-query for a context around it.
function oracle.rows(world, query, outer)
  return M.query(world, query, outer).rows
end

--- The first column of a query without its NULLs: what IN (sub-query) compares with.
function oracle.column(world, query, outer)
  local out = {}
  for _, row in ipairs(oracle.rows(world, query, outer)) do
    if row[1] ~= NULL then out[#out + 1] = row[1] end
  end
  return out
end

return M
