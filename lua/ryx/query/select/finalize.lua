-- SPDX-License-Identifier: MIT
-- From a select builder to a query: which conditions must be asked of the rows of a
-- derived table (windows, DISTINCT over fields, correlated aggregates), and how DISTINCT,
-- ORDER BY and OFFSET go together. A query is { sources, outputs, where, group, having,
-- order, ... } of resolved nodes; ir/encode writes it.
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"

local M = {}

-- Makes columns of a derived table from expressions of what is inside.
local Lifter = {}
Lifter.__index = Lifter

local function lifter(source)
  return setmetatable({ source = source, outputs = {}, names = {}, columns = {} }, Lifter)
end

function Lifter:name(wanted)
  local name, i = wanted, 1
  while not name or self.names[name] do
    name = "x" .. i
    i = i + 1
  end
  self.names[name] = true
  return name
end

function Lifter:export(node, wanted)
  local known = node.op == "column" and tostring(node.source) .. "." .. node.column or node
  local made = self.columns[known]
  if made then return made end
  local name = self:name(wanted)
  self.outputs[#self.outputs + 1] = { expr = node, name = name }
  made = ir.derived(self.source, name, node)
  self.columns[known] = made
  return made
end

local CONSTANT = { param = true, int = true, text = true }

function Lifter:correlated(node)
  local keys = {}
  for i, key in ipairs(node.own_keys) do keys[i] = { key, self:lift(node.keys[i]) } end
  return M.correlated(node, keys)
end

--- An expression as what is outside sees it.
function Lifter:lift(node, wanted)
  if CONSTANT[node.op] then return node end
  if node.op == "correlated" then return self:correlated(node) end
  if not ir.has(node, "correlated") then return self:export(node, wanted) end
  local out = ir.copy(node)
  for i = 1, #node do out[i] = node[i].lookup and self:condition(node[i]) or self:lift(node[i]) end
  if node.otherwise then out.otherwise = self:lift(node.otherwise) end
  if node.whens then
    out.whens = {}
    for i, when in ipairs(node.whens) do out.whens[i] = { self:condition(when[1]), self:lift(when[2]) } end
  end
  return out
end

function Lifter:condition(node)
  local op = node.op
  if op == "true" or op == "false" then return node end
  if op == "exists" then return ir.truth(self:export(ir.condition(node))) end
  local out = ir.copy(node)
  if op == "and" or op == "or" or op == "not" then
    for i = 1, #node do out[i] = self:condition(node[i]) end
    return out
  end
  if node.left then out.left = self:lift(node.left) end
  for i = 1, #node do out[i] = self:lift(node[i]) end
  return out
end

--- The scalar sub-query of an aggregate computed apart: pairs of keys tie its rows
--- to those of the group around it.
function M.correlated(node, keys)
  local where = {}
  for i, condition in ipairs(node.where) do where[i] = condition end
  for _, pair in ipairs(keys) do
    local same = ir.lookup("exact", pair[1], pair[2])
    if ir.may_be_null(pair[1]) or ir.may_be_null(pair[2]) then
      same = { op = "or", same, { op = "and", ir.lookup("isnull", pair[1]), ir.lookup("isnull", pair[2]) } }
    end
    where[#where + 1] = same
  end
  joins.join(node.sources, joins.all(node.where))
  return ir.subquery({
    sources = node.sources, outputs = { { expr = node[1], name = "" } }, where = joins.all(where),
  }, node)
end

-- Keys that are made of one expression (JSON) are made of it outside.
function Lifter:order(order)
  local out = {}
  for i, o in ipairs(order) do
    out[i] = { expr = o.of and o.make(self:lift(o.of)) or self:lift(o.expr), desc = o.desc, nulls = o.nulls }
  end
  return out
end

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

local function wrap(query, qualify)
  local source = { join = "first", query = query }
  local l = lifter(source)
  local outer = { sources = { source }, outputs = {}, distinct = query.distinct, limit = query.limit,
    offset = query.offset, count = query.count, exists = query.exists }
  for i, output in ipairs(query.outputs) do
    local name = output.name ~= "" and output.name or output.expr.column
    outer.outputs[i] = { expr = l:lift(output.expr, name), name = output.name }
  end
  local conditions = {}
  for i, condition in ipairs(qualify) do conditions[i] = l:condition(condition) end
  outer.where = joins.all(conditions)
  outer.order = l:order(query.order)
  query.outputs, query.order, query.distinct, query.limit, query.offset = l.outputs, {}, nil, nil, nil
  query.count, query.exists = nil, nil
  if #query.outputs == 0 then query.outputs = { { expr = ir.int(1), name = "one" } } end
  return outer
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

-- Does an order need the text of what is worked out for an output again?
local function orders_by_more(outputs, order)
  for _, o in ipairs(order) do
    if o.nulls or o.expr.type == "decimal" then
      for _, output in ipairs(outputs) do
        if output.expr == o.expr and o.expr.op ~= "column" then return true end
      end
    end
  end
  return false
end

local function orders_by_parts(order)
  for _, o in ipairs(order) do
    if o.of then return true end
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
  local qualify = b.qualify
  local rewrap = query.distinct and orders_by_more(query.outputs, query.order)
  if b.distinct_on then
    qualify = { distinct_on(b, o.pick or query.order) }
    for _, condition in ipairs(b.qualify) do qualify[#qualify + 1] = condition end
  end
  -- What DISTINCT must come before: the offset of rows that are all the same, keys that
  -- are made of what the rows hold.
  local fixed = query.distinct and (query.offset and is_fixed(query.outputs) or orders_by_parts(query.order))
  if #qualify > 0 or rewrap or fixed or any_has(query.outputs, "correlated") or any_has(query.order, "correlated") then
    local inner = query
    query = wrap(query, qualify)
    if fixed then inner.distinct, query.distinct = true, nil end
  elseif not query.count and not query.exists then
    query.order = by_place(query.outputs, query.order)
  end
  query.ctes = o.ctes
  return query
end

return M
