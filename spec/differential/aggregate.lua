-- SPDX-License-Identifier: MIT
-- Aggregates and windows over contexts.
local unpack = require("ryx.compat").unpack
local functions = require "differential.functions"
local json = require "differential.json"
local literal = require "differential.literal"
local lookup = require "differential.lookup"
local oracle = require "differential.oracle"

local M = {}

local NULL = oracle.NULL

local function sum(list)
  local total = 0
  for _, v in ipairs(list) do total = total + v end
  return total
end

local function best(before)
  return function(list)
    local out = list[1]
    for i = 2, #list do
      if before(list[i], out) then out = list[i] end
    end
    return out
  end
end

local function sorted(list)
  local out = { unpack(list) }
  table.sort(out, lookup.less)
  return out
end

-- Between the two values where a share, in hundredths, falls. Decimals get four places
-- more, durations are whole.
local function between(list, share, t)
  list = sorted(list)
  local at = share * (#list - 1)
  local low = list[math.floor(at / 100) + 1]
  local rise = list[math.ceil(at / 100) + 1] - low
  if t == "decimal" then return low * 10000 + at % 100 * rise * 100 end
  if t == "duration" then return functions.rounded(low * 100 + at % 100 * rise, 100) end
  local place = share / 100 * (#list - 1)
  return low + (place - math.floor(place)) * rise
end

-- The first of the longest runs.
local function mode(list)
  local found, longest, start = nil, 0, 1
  list = sorted(list)
  for i, v in ipairs(list) do
    if v ~= list[start] then start = i end
    if i - start + 1 > longest then found, longest = v, i - start + 1 end
  end
  return found
end

local REDUCE = {
  Median = function(list, agg) return between(list, 50, agg.t) end,
  Percentile = function(list, agg) return between(list, agg.share, agg.t) end,
  Mode = mode,
  Sum = sum,
  Avg = function(list, agg)
    if agg.t == "decimal" then return functions.rounded(sum(list) * 10000, #list) end
    return sum(list) / #list
  end,
  BoolAnd = function(list)
    for _, v in ipairs(list) do
      if not v then return false end
    end
    return true
  end,
  BoolOr = function(list)
    for _, v in ipairs(list) do
      if v then return true end
    end
    return false
  end,
  -- Ordered by the texts themselves.
  StringAgg = function(list, agg)
    local out = { unpack(list) }
    table.sort(out)
    for i = 1, agg.order_by[1].desc and math.floor(#out / 2) or 0 do
      out[i], out[#out + 1 - i] = out[#out + 1 - i], out[i]
    end
    return table.concat(out, agg.separator or ",")
  end,
  Min = best(lookup.less),
  Max = best(function(a, b) return lookup.less(b, a) end),
}

local function distinct(list, e)
  local seen, out = {}, {}
  for _, v in ipairs(list) do
    local text = literal.own(e.t, v, e.scale)
    if not seen[text] then
      seen[text] = true
      out[#out + 1] = v
    end
  end
  return out
end

-- The values an aggregate sees of one context.
local function collect(agg, ctx, prefixes, list)
  for _, each in ipairs(oracle.expand(ctx, prefixes)) do
    if not agg.filter or oracle.holds(agg.filter, each) then
      local v = agg.arg == "*" and 1 or oracle.eval(agg.arg, each)
      if v ~= NULL then list[#list + 1] = v end
    end
  end
end

local function prefixes_of(agg, model)
  local prefixes = {}
  if agg.arg ~= "*" then oracle.prefixes(model, agg.arg, prefixes) end
  if agg.filter then oracle.q_prefixes(model, agg.filter, prefixes) end
  return prefixes
end

local function reduce(agg, list)
  if agg.distinct then list = distinct(list, agg.arg) end
  if agg.fn == "Count" then return #list end
  if #list == 0 and agg.default ~= nil then return agg.default end
  if #list == 0 then return NULL end
  return REDUCE[agg.fn](list, agg)
end

--- An aggregate over contexts, each of which counts.
function M.over(agg, model, contexts)
  local list, prefixes = {}, prefixes_of(agg, model)
  for _, ctx in ipairs(contexts) do collect(agg, ctx, prefixes, list) end
  return reduce(agg, list)
end

-- Did a filter join every to-many path of the aggregate?
local function constrained(prefixes, ctx)
  for _, p in ipairs(prefixes) do
    if ctx.joins[p.key] == nil then return false end
  end
  return true
end

--- An aggregate for one instance: over the rows a filter joined on the same path,
--- else apart, whatever else multiplies.
function M.of_instance(agg, model, contexts)
  local prefixes = prefixes_of(agg, model)
  if constrained(prefixes, contexts[1]) then return M.over(agg, model, contexts) end
  local first = contexts[1]
  local alone = oracle.context(first.world, model, first.row)
  alone.values = first.values
  return M.over(agg, model, { alone })
end

--- Compares two values: NULL is the smallest, unless the key says otherwise.
function M.compare(a, b, key)
  if a == NULL or b == NULL then
    if a == b then return 0 end
    local sign = a == NULL and -1 or 1
    if key.nulls then return (key.nulls == "first") and sign or -sign end
    return key.desc and -sign or sign
  end
  local less = key.e.t == "json" and json.less or lookup.less
  if less(a, b) then return key.desc and 1 or -1 end
  if less(b, a) then return key.desc and -1 or 1 end
  return 0
end

local function compare_keys(a, b, order)
  for i, key in ipairs(order) do
    local c = M.compare(a[i], b[i], key)
    if c ~= 0 then return c end
  end
  return 0
end

--- Sorts items by { expression, desc } keys evaluated by value(item, expression).
function M.sort(items, order, value)
  local rows = {}
  for i, item in ipairs(items) do
    local keys = {}
    for j, key in ipairs(order) do keys[j] = value(item, key.e) end
    rows[i] = { item = item, keys = keys, i = i }
  end
  table.sort(rows, function(a, b)
    local c = compare_keys(a.keys, b.keys, order)
    if c ~= 0 then return c < 0 end
    return a.i < b.i
  end)
  return rows
end

-- rows: a sorted partition; gives the value of a window at each of them.
local function rank(dense)
  return function(rows, i, w, state)
    if i == 1 then state.rank = 1
    elseif compare_keys(rows[i].keys, rows[i - 1].keys, w.order_by) ~= 0 then
      state.rank = dense and state.rank + 1 or i
    end
    return state.rank
  end
end

local function shifted(sign)
  return function(rows, i, w)
    local row = rows[i + sign * (w.n or 1)]
    if row then return oracle.eval(w.arg, row.item) end
    if w.default ~= nil then return w.default end
    return NULL
  end
end

-- Rows counted from the current one; else with an order the frame ends with the
-- last peer of the current row.
local function frame(rows, i, w)
  local first, last = 1, #rows
  if w.frame then
    first = w.frame[1] and math.max(i + w.frame[1], 1) or 1
    last = w.frame[2] and math.min(i + w.frame[2], #rows) or #rows
  elseif #w.order_by > 0 then
    last = i
    while rows[last + 1] and compare_keys(rows[last + 1].keys, rows[i].keys, w.order_by) == 0 do last = last + 1 end
  end
  local contexts = {}
  for j = first, last do contexts[#contexts + 1] = rows[j].item end
  return contexts
end

local function at_edge(w, contexts, i)
  if not contexts[i] then return NULL end
  return oracle.eval(w.arg, contexts[i])
end

local function framed(fn)
  return function(rows, i, w)
    return M.over({ fn = fn, arg = w.arg, t = w.t }, rows[i].item.model, frame(rows, i, w))
  end
end

-- The first groups get the rows left over.
local function ntile(rows, i, w)
  local size, more = math.floor(#rows / w.n), #rows % w.n
  local in_larger = more * (size + 1)
  if i <= in_larger then return math.floor((i - 1) / (size + 1)) + 1 end
  return more + math.floor((i - 1 - in_larger) / size) + 1
end

local WINDOW = {
  Ntile = ntile,
  LastValue = function(rows, i, w)
    local contexts = frame(rows, i, w)
    return at_edge(w, contexts, #contexts)
  end,
  RowNumber = function(_, i) return i end,
  Rank = rank(false),
  DenseRank = rank(true),
  Lag = shifted(-1),
  Lead = shifted(1),
  FirstValue = function(rows, i, w) return at_edge(w, frame(rows, i, w), 1) end,
  Sum = framed "Sum", Count = framed "Count", Min = framed "Min", Max = framed "Max",
}

--- Sets the value of a window, under a name, in every context.
function M.window(w, name, contexts)
  local parts, order = {}, {}
  for _, ctx in ipairs(contexts) do
    local keys = {}
    for i, e in ipairs(w.partition_by) do keys[i] = literal.own(e.t, oracle.eval(e, ctx), e.scale) end
    local key = table.concat(keys, "\0")
    if not parts[key] then
      parts[key] = {}
      order[#order + 1] = key
    end
    table.insert(parts[key], ctx)
  end
  for _, key in ipairs(order) do
    local rows = M.sort(parts[key], w.order_by, function(ctx, e) return oracle.eval(e, ctx) end)
    local state, values = {}, {}
    for i in ipairs(rows) do values[i] = WINDOW[w.fn](rows, i, w, state) end
    for i, row in ipairs(rows) do row.item.values[name] = values[i] end
  end
end

return M
