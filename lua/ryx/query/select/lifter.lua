-- SPDX-License-Identifier: MIT
-- What a query around another one sees of the expressions inside: columns of a derived table, and
-- what is made of such columns.
local ir = require "ryx.query.ir"
local joins = require "ryx.query.select.joins"

local M = {}

-- Makes columns of a derived table from expressions of what is inside. What has one of the ops
-- `outside` is worked out around it, of such columns; keys of a group are not.
local Lifter = {}
Lifter.__index = Lifter

--- A maker of columns of a source.
function M.new(source, outside, group)
  local keys = {}
  for _, key in ipairs(group or {}) do keys[key] = true end
  return setmetatable({
    source = source, outside = outside, keys = keys,
    outputs = {}, names = {}, -- columns so far
    made = {}, -- by expression, what it has become
    alone = {}, -- columns that are asked for outside aggregates
    aggregating = nil, -- an aggregate's arguments are lifted
  }, Lifter)
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
  local made = self.made[known]
  if made then return made end
  local name = self:name(wanted)
  self.outputs[#self.outputs + 1] = { expr = node, name = name }
  made = ir.derived(self.source, name, node)
  self.made[known] = made
  return made
end

-- What is the same inside and outside.
local CONSTANT = { param = true, int = true, text = true, star = true }
M.CONSTANT = CONSTANT

-- A call of such parts alone (the Cast of a default); one of no parts may differ each time.
local function is_constant(node)
  if node.op ~= "call" or #node == 0 then return CONSTANT[node.op] == true end
  for i = 1, #node do
    if not is_constant(node[i]) then return false end
  end
  return true
end

function Lifter:correlated(node)
  local keys = {}
  for i, key in ipairs(node.own_keys) do keys[i] = { key, self:lift(node.keys[i]) } end
  return M.correlated(node, keys)
end

function Lifter:is_outside(node)
  if self.keys[node] then return false end
  for _, op in ipairs(self.outside) do
    if ir.has(node, op) then return true end
  end
  return false
end

--- An expression as what is outside sees it.
function Lifter:lift(node, wanted)
  if CONSTANT[node.op] or not wanted and not self.keys[node] and is_constant(node) then return node end
  local made = self.made[node]
  if not made and self:is_outside(node) then
    made = node.op == "correlated" and self:correlated(node) or self:rebuilt(node)
    self.made[node] = made
  end
  made = made or self:export(node, wanted)
  if made.source == self.source and not self.aggregating then self:add_alone(made) end
  return made
end

function Lifter:add_alone(column)
  for _, known in ipairs(self.alone) do
    if known == column then return end
  end
  self.alone[#self.alone + 1] = column
end

function Lifter:list(nodes)
  local out = {}
  for i, node in ipairs(nodes) do out[i] = self:lift(node) end
  return out
end

-- Keys that are made of one expression (JSON) are made of it outside.
function Lifter:order(order)
  local out = {}
  for i, o in ipairs(order) do
    -- What differs each time it is asked would make equal rows distinct.
    local e = o.expr.fn == "random" and not self.made[o.expr] and o.expr or self:lift(o.of or o.expr)
    out[i] = {
      expr = o.of and o.make(e) or e, desc = o.desc, nulls = o.nulls, of = o.of and e, make = o.make, term = o.term,
    }
  end
  return out
end

-- An expression of lifted parts. The function of a window stays with it.
function Lifter:rebuilt(node)
  if node.op == "window" then
    local out = self:parts(node)
    out[1] = self:parts(node[1])
    return out
  end
  local before = self.aggregating
  self.aggregating = before or node.op == "aggregate" or node.is_aggregate
  local out = self:parts(node)
  self.aggregating = before
  return out
end

function Lifter:parts(node)
  local out = ir.copy(node)
  for i = 1, node.op ~= "window" and #node or 0 do
    out[i] = node.op == "condition" and self:condition(node[i]) or self:lift(node[i])
  end
  if node.otherwise then out.otherwise = self:lift(node.otherwise) end
  if node.filter then out.filter = self:condition(node.filter) end
  if node.partition then out.partition = self:list(node.partition) end
  if node.order then out.order = self:order(node.order) end
  if node.whens then
    out.whens = {}
    for i, when in ipairs(node.whens) do out.whens[i] = { self:condition(when[1]), self:lift(when[2]) } end
  end
  if node.pieces then
    out.pieces = ir.copy(node.pieces)
    for i = 2, #node.pieces, 2 do out.pieces[i] = self:lift(node.pieces[i]) end
  end
  return out
end

-- Does a condition ask whether a value is among the rows of a query?
local function is_in_query(node)
  return node.op == "lookup" and node.lookup == "in" and node[1] and node[1].op == "subquery"
end

function Lifter:condition(node)
  local op = node.op
  if op == "true" or op == "false" then return node end
  if op == "exists" or is_in_query(node) and not self:is_outside(node.left) then
    return ir.truth(self:lift(ir.condition(node)))
  end
  local out = ir.copy(node)
  if op == "and" or op == "or" or op == "not" then
    for i = 1, #node do out[i] = self:condition(node[i]) end
    return out
  end
  if node.left then out.left = self:lift(node.left) end
  if is_in_query(node) then return out end
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

return M
