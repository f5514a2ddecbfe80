-- SPDX-License-Identifier: MIT
-- From a select builder to a query: which conditions must be asked of the rows of a
-- derived table (windows, DISTINCT over fields, correlated aggregates), and how DISTINCT,
-- ORDER BY and OFFSET go together. A query is { sources, outputs, where, group, having,
-- order, ... } of resolved nodes; ir/encode writes it.
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"
local lifter = require "ryx.query.select.lifter"

local M = {}

local function any_has(outputs, op)
  for _, output in ipairs(outputs) do
    if ir.has(output.expr, op) then return true end
  end
  return false
end

-- DISTINCT over some fields: the first row of each in order.
local function distinct_on(b, order)
  local window = {
    op = "window", type = "int", null = false, ir.call("row_number", "int", {}, { null = false }),
    partition = b.distinct_on, order = order,
  }
  return ir.lookup("exact", window, ir.int(1))
end

-- A query around another one, which keeps what has none of the ops `outside`; and what lifts
-- more from inside.
local function around(query, outside)
  local source = { join = "first", query = query }
  local l = lifter.new(source, outside, query.group)
  local outer = { sources = { source }, outputs = {}, distinct = query.distinct, limit = query.limit,
    offset = query.offset, count = query.count, exists = query.exists }
  for i, output in ipairs(query.outputs) do
    local name = output.name ~= "" and output.name or output.expr.column
    outer.outputs[i] = { expr = l:lift(output.expr, name), name = output.name }
  end
  query.distinct, query.limit, query.offset, query.count, query.exists = nil, nil, nil, nil, nil
  return outer, l
end

-- The query inside selects what the one around needs.
local function select_lifted(query, l)
  query.outputs, query.order = l.outputs, {}
  if #query.outputs == 0 then query.outputs = { { expr = ir.int(1), name = "one" } } end
end

local function wrap(query, qualify)
  local outer, l = around(query, { "correlated" })
  local conditions = {}
  for i, condition in ipairs(qualify) do conditions[i] = l:condition(condition) end
  outer.where = joins.all(conditions)
  outer.order = l:order(query.order)
  select_lifted(query, l)
  return outer
end

-- Groups, and around them windows over them: MariaDB loses rows of both in one query.
local function windows_around(query, qualify)
  local outer, l = around(query, { "window", "correlated" })
  outer.order = l:order(query.order)
  local conditions = {}
  for i, condition in ipairs(qualify) do conditions[i] = l:condition(condition) end
  select_lifted(query, l)
  return outer, conditions
end

-- SQL of the user's that may ask a query, or the rows around.
local function may_ask(pieces)
  for i = 1, #(pieces or {}), 2 do
    local text = pieces[i]:lower()
    if text:find("select", 1, true) or text:find("over", 1, true) then return true end
  end
  return false
end

-- Does every database group by an expression as it stands? Not by what asks a query, or the
-- rows around.
local function can_group(node)
  if node.op == "subquery" or node.op == "exists" or node.op == "window" or may_ask(node.pieces) then return false end
  return ir.all_parts(node, can_group)
end

-- Turns a query into one whose groups are made of columns: what they are of is worked out inside.
local function group_columns(query)
  local inner = { sources = query.sources, where = query.where }
  local source = { join = "first", query = inner }
  local l = lifter.new(source, { "aggregate", "window", "correlated" }, query.group)
  for i, output in ipairs(query.outputs) do
    local name = output.name ~= "" and output.name or output.expr.column
    query.outputs[i] = { expr = l:lift(output.expr, name), name = output.name }
  end
  query.having = query.having and l:condition(query.having)
  query.order = l:order(query.order)
  -- What groups hold besides is made of the keys: it parts no group.
  for _, key in ipairs(query.group) do l:add_alone(l:export(key)) end
  query.sources, query.where, query.group, inner.outputs = { source }, { op = "true" }, l.alone, l.outputs
end

-- What is worked out for an output is ordered by its place among them, not worked
-- out again. Decimals are ordered in a collation, NULLs that go elsewhere by more.
local function by_place(outputs, order)
  local places = {}
  for i, output in ipairs(outputs) do
    if output.expr.op ~= "column" then places[output.expr] = i end
  end
  local out = {}
  for i, o in ipairs(order) do
    local place = not o.nulls and o.expr.type ~= "decimal" and places[o.expr]
    out[i] = place and { expr = ir.place(place, o.expr), desc = o.desc } or o
  end
  return out
end

-- Is every output the same in every row? MariaDB leaves out the OFFSET of such rows.
local function is_fixed(outputs)
  local function reads(node)
    if node.op ~= "call" and node.op ~= "param" and node.op ~= "int" and node.op ~= "text" then return true end
    for i = 1, #node do
      if reads(node[i]) then return true end
    end
    return false
  end
  for _, output in ipairs(outputs) do
    if reads(output.expr) then return false end
  end
  return true
end

-- Can DISTINCT rows not be ordered as they are? Some orders need the text of what is worked out
-- for an output again, others what no output holds.
local function orders_by_more(outputs, order)
  local held = {}
  for _, output in ipairs(outputs) do
    local e = output.expr
    held[e.op == "column" and tostring(e.source) .. "." .. e.column or e] = true
  end
  for _, o in ipairs(order) do
    local e = o.expr
    if e.op == "column" then
      if not held[tostring(e.source) .. "." .. e.column] then return true end
    elseif not held[e] or o.nulls or e.type == "decimal" then return true end
  end
  return false
end

local function has_windows(query, qualify)
  local keys = {}
  for _, key in ipairs(query.group) do keys[key] = true end
  for _, list in ipairs{ query.outputs, query.order } do
    for _, o in ipairs(list) do
      if not keys[o.expr] and ir.has(o.expr, "window") then return true end
    end
  end
  for _, condition in ipairs(qualify) do
    if ir.has(condition, "window") then return true end
  end
  return false
end

local function needs_columns(group)
  for _, key in ipairs(group or {}) do
    -- A constant would be the place of an output.
    if lifter.CONSTANT[key.op] or not can_group(key) then return true end
  end
  return false
end

--- The query of a builder. o: outputs, order, distinct, limit, offset (nodes), count,
--- exists, lock, ctes.
function M.select(b, o)
  local where = joins.all(b.where)
  joins.join(b.sources, where)
  local query = {
    sources = b.sources, outputs = o.outputs, where = where, group = b.group, order = o.order or {},
    having = #b.having > 0 and joins.all(b.having) or nil, distinct = o.distinct, limit = o.limit, offset = o.offset,
    count = o.count, exists = o.exists, lock = o.lock,
  }
  local grouped, qualify = query, b.qualify
  if b.distinct_on then
    qualify = { distinct_on(b, o.pick or query.order) }
    for _, condition in ipairs(b.qualify) do qualify[#qualify + 1] = condition end
  end
  if query.group and has_windows(query, qualify) then query, qualify = windows_around(query, qualify) end
  if #qualify > 0 or any_has(query.outputs, "correlated") or any_has(query.order, "correlated") then
    query = wrap(query, qualify)
  end
  local is_distinct = query.distinct and (orders_by_more(query.outputs, query.order)
    or query.offset and is_fixed(query.outputs))
  if is_distinct then
    local inner = query
    query = wrap(query, {})
    inner.distinct, query.distinct = true, nil
    -- What is counted are the rows of the query inside.
    if query.count or query.exists then query.outputs = {} end
  elseif query == grouped and not query.count and not query.exists then
    query.order = by_place(query.outputs, query.order)
  end
  if needs_columns(grouped.group) then group_columns(grouped) end
  query.ctes = o.ctes
  return query
end

return M
