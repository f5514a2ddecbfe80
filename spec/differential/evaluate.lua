-- SPDX-License-Identifier: MIT
-- What a whole query gives. A query is plain data:
--   { model = "Post", ops = { op... }, terminal = "all" }
--   op: { "filter", q } { "exclude", q } { "annotate", name, e } { "values", { { name, e }... } }
--       { "values_list", columns, flat } { "order_by", { { e, desc, nulls }... } } { "distinct" }
--       { "distinct_on", columns } { "none" } { "dates", field, unit, desc } { "join", hand }
--       { "limit", n } { "offset", n } { "slice", a, b } { "reverse" }
--       { "tree", { key, up, max_depth, without_self } }, whose rows have a `depth`
--   hand: { alias, query, columns, on = { { column, e }... }, kind, lateral, cte }
--   terminal: "all" "count" "exists" "first" "last" { "aggregate", { { name, agg }... } } { "page", size }
--     { "in_bulk", keys }
--       { "cut" }, where a slice ends: what follows works on its rows
-- In place of a model it may be over the rows of other queries, whose columns are then its
-- fields (over = columns; without it they are whole rows of one model):
--   { set = "union" | "union_all" | "intersection" | "difference", parts = { query... }, over, ops }
--   { cte = name, body = query, over, ops }
-- The answer: { columns = { { name, t, scale }... }, rows = { { value... }... } } or { value = v }.
local aggregate = require "differential.aggregate"
local keys = require "differential.keys"
local literal = require "differential.literal"
local oracle = require "differential.oracle"
local sets = require "differential.sets"
local time = require "differential.time"
local world_of = require "differential.world"

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

-- Contexts may share their table of values.
local function unshared(contexts)
  for _, ctx in ipairs(contexts) do
    local values = {}
    for k, v in pairs(ctx.values) do values[k] = v end
    ctx.values = values
  end
end

-- Sets what is made of aggregates or of windows, in the order in which it was said.
local function set_late(state, kind)
  unshared(state.contexts)
  for _, op in ipairs(state.late) do
    if state.kinds[op[2]] == kind then
      for _, ctx in ipairs(state.contexts) do ctx.values[op[2]] = oracle.eval(op[3], ctx) end
    end
  end
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

-- Groups, what is asked of them, windows, what is asked of those: what comes behind every
-- plain filter, wherever it stands.
local function settle(state)
  aggregate_groups(state)
  set_late(state, "agg")
  for _, q in ipairs(state.having) do state.contexts = oracle.filter(state.contexts, q) end
  for _, w in ipairs(state.windows) do
    unshared(state.contexts)
    aggregate.window(w[3], w[2], state.contexts)
  end
  set_late(state, "window")
  for _, q in ipairs(state.outside) do state.contexts = oracle.filter(state.contexts, q) end
  for name in pairs(state.kinds) do state.kinds[name] = "scalar" end
  state.aggs, state.late, state.having, state.windows, state.outside = {}, {}, {}, {}, {}
  state.grouped_by = nil
end

local OPS = {}

function OPS.filter(state, op)
  local q = op[1] == "exclude" and { "not", op[2] } or op[2]
  if uses(q, state.kinds, "window") then table.insert(state.outside, q)
  elseif uses(q, state.kinds, "agg") then table.insert(state.having, q)
  else state.contexts = oracle.filter(state.contexts, q) end
end
OPS.exclude = OPS.filter

-- Are the values to group by known only once aggregates or windows are?
local function of_settled(state)
  for _, c in ipairs(state.selected) do
    if c.e.k == "named" and state.kinds[c.e.name] ~= "scalar" then return true end
  end
  return false
end

function OPS.annotate(state, op)
  local name, e = op[2], op[3]
  if e.k == "agg" or e.k == "window" then
    if e.k == "agg" and state.selected and not state.grouped_by then
      if of_settled(state) then settle(state) end
      state.grouped_by = state.selected
    end
    state.kinds[name] = e.k
    table.insert(e.k == "agg" and state.aggs or state.windows, op)
  elseif uses(e, state.kinds, "window") or uses(e, state.kinds, "agg") or state.grouped_by then
    state.kinds[name] = uses(e, state.kinds, "window") and "window" or "agg"
    table.insert(state.late, op)
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

function OPS.none(state) state.contexts = {} end

-- The rows that a row leads to in a tree, each with its depth, no way over a row twice.
local function lead(ctx, row, tree, depth, passed, out)
  if passed[row.id] or tree.max_depth and depth > tree.max_depth then return end
  if depth > 0 or not tree.without_self then
    local each = oracle.context(ctx.world, ctx.model, row, ctx.outer)
    each.values = { depth = depth }
    out[#out + 1] = each
  end
  local way = setmetatable({ [row.id] = true }, { __index = passed })
  for _, other in ipairs(ctx.model.rows) do
    local is_next
    if tree.up then is_next = other.id == row[tree.key] else is_next = other[tree.key] == row.id end
    if is_next then lead(ctx, other, tree, depth + 1, way, out) end
  end
end

function OPS.tree(state, op)
  local out = {}
  for _, ctx in ipairs(state.contexts) do lead(ctx, ctx.row, op[2], 0, {}, out) end
  state.contexts, state.kinds.depth = out, "scalar"
  table.insert(state.extra, column("depth", { k = "named", name = "depth", t = "int" }))
end

-- The different moments that there are, in order.
function OPS.dates(state, op)
  local field, unit = op[2], op[3]
  local out, seen = {}, {}
  for _, ctx in ipairs(state.contexts) do
    for _, each in ipairs(oracle.expand(ctx, oracle.prefixes(state.model, field))) do
      local v = oracle.eval(field, each)
      local moment = v ~= NULL and time.truncate(unit, op.as_date and v:sub(1, 10) or v)
      if moment and not seen[moment] then
        seen[moment] = true
        out[#out + 1] = oracle.derived(each, each.joins, { moment = moment })
      end
    end
  end
  local e = { k = "named", name = "moment", t = op.as_date and "date" or "datetime" }
  state.contexts, state.selected, state.order = out, { column("moment", e) }, { { e = e, desc = op[4] } }
end

-- Do the columns of a joined row equal what they are to?
local function meets(hand, row, ctx)
  for _, pair in ipairs(hand.on or {}) do
    local v, own = NULL, oracle.eval(pair[2], ctx)
    for i, c in ipairs(hand.columns) do
      if c[1] == pair[1] then v = row[i] end
    end
    if v == NULL or own == NULL or v ~= own then return false end
  end
  return true
end

-- A context with the columns of a joined row; nil for none.
local function beside(hand, row, ctx)
  local values = {}
  for k, v in pairs(ctx.values) do values[k] = v end
  for i, c in ipairs(hand.columns) do
    if row then values[hand.alias .. "__" .. c[1]] = row[i] else values[hand.alias .. "__" .. c[1]] = NULL end
  end
  return oracle.derived(ctx, ctx.joins, values)
end

-- The rows of another query beside these, by equal values; those without a partner stay
-- when the kind is left. Their columns are values named alias__column.
function OPS.join(state, op)
  local hand, out = op[2], {}
  local rows
  for _, ctx in ipairs(state.contexts) do
    if hand.lateral or not rows then rows = oracle.rows(ctx.world, hand.query, ctx) end
    local met = false
    for _, row in ipairs(rows) do
      if meets(hand, row, ctx) then
        met = true
        out[#out + 1] = beside(hand, row, ctx)
      end
    end
    if not met and hand.kind == "left" then out[#out + 1] = beside(hand, nil, ctx) end
  end
  for _, c in ipairs(hand.columns) do state.kinds[hand.alias .. "__" .. c[1]] = "scalar" end
  state.contexts = out
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
      own[i] = column(f.name, { k = "field", path = {}, name = f.name, t = f.type, scale = f.scale })
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
  settle(state)
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
  for _, key in ipairs{ "order", "reversed", "limit", "offset", "distinct", "distinct_on" } do state[key] = nil end
end

-- Of a key of several fields too: rows have a number in the order of their keys.
local KEY = { k = "field", path = {}, name = "id", t = "int" }

local combined

-- The model of a query and its rows before anything is asked of them.
local function source(world, query, outer)
  if query.model then
    local model = world.by_name[query.model]
    return model, model.rows
  end
  local answer = query.set and combined(world, query, outer) or M.query(world, query.body, outer)
  local rows = {}
  if not query.over then
    local model = world_of.model_of(world, query)
    for i, row in ipairs(answer.rows) do rows[i] = keys.row_of(model, row) end
    return model, rows
  end
  for i, row in ipairs(answer.rows) do
    rows[i] = {}
    for j, c in ipairs(query.over) do rows[i][c[1]] = row[j] end
  end
  return world_of.model_of(world, query), rows
end

function combined(world, query, outer)
  local answer = M.query(world, query.parts[1], outer)
  for i = 2, #query.parts do
    answer = sets.combine(query.set, answer, M.query(world, query.parts[i], outer), row_key)
  end
  return answer
end

-- One row of aggregates over the rows that a query gives.
local function aggregated(state, list, rows)
  local contexts, columns, values = {}, {}, {}
  for i, row in ipairs(rows) do contexts[i] = row.ctx end
  for i, a in ipairs(list) do
    columns[i], values[i] = column(a[1], a[2]), aggregate.over(a[2], state.model, contexts)
  end
  return { columns = columns, rows = { values } }
end

-- What a terminal says about the order.
local function order_for(state, terminal)
  local is_one = terminal == "first" or terminal == "last"
  if is_one and #(state.order or {}) == 0 and not state.reversed and not state.is_cut then
    state.order = { { e = KEY } }
  elseif terminal[1] == "page" and not state.selected then
    -- Behind the order comes the key.
    local order = {}
    for i, key in ipairs(state.order or {}) do order[i] = key end
    order[#order + 1] = { e = KEY }
    state.order = order
  end
end

local function with_keys(rows, list)
  local wanted, out = {}, {}
  for _, key in ipairs(list) do wanted[key] = true end
  for _, row in ipairs(rows) do
    if wanted[oracle.eval(KEY, row.ctx)] then out[#out + 1] = row end
  end
  return out
end

local function run(world, query, outer)
  local model, base = source(world, query, outer)
  local state = {
    model = model, contexts = {}, kinds = {}, having = {}, outside = {}, aggs = {}, windows = {}, late = {}, extra = {},
  }
  for i, row in ipairs(base) do state.contexts[i] = oracle.context(world, model, row, outer) end
  for _, op in ipairs(query.ops) do OPS[op[1]](state, op) end
  local terminal = query.terminal or "all"
  order_for(state, terminal)
  local columns, rows = rows_of(state)
  if terminal[1] == "aggregate" then return aggregated(state, terminal[2], rows) end
  if terminal[1] == "in_bulk" then rows = with_keys(rows, terminal[2]) end
  for i, row in ipairs(rows) do rows[i] = row.values end
  return { columns = columns, rows = rows }
end

--- The answer to a query.
function M.query(world, query, outer)
  if query.refused then return { error = query.refused } end
  local answer = run(world, query, outer)
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

--- The numbers of the rows whose keys of several fields a query gives.
function oracle.keys(world, query, outer)
  local out, model = {}, world_of.model_of(world, query)
  for i, row in ipairs(oracle.rows(world, query, outer)) do out[i] = keys.row_of(model, row).id end
  return out
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
