-- SPDX-License-Identifier: MIT
-- values("city"):annotate{ n = Count() }: what rows are grouped by, and the rows that are.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local finalize = require "ryx.query.select.finalize"
local joins = require "ryx.query.select.joins"
local lifter = require "ryx.query.select.lifter"
local ordering = require "ryx.query.resolve.order"
local outputs = require "ryx.query.select.outputs"

local M = {}

-- What the rows of values() are grouped by: constants need not be named beside others.
local function group_of(b)
  local group, constants = {}, {}
  for _, field in ipairs(b.select.fields) do
    local list = field.expr.op == "param" and constants or group
    list[#list + 1] = field.expr
  end
  return #group > 0 and group or constants
end

--- The keys of the groups that aggregates of a builder are over.
function M.keys(b)
  if b.whole then return {} end
  if b.grouped_by_key then return builder.key_columns(b.root) end
  return b.group or b.select and group_of(b) or {}
end

-- The source that hangs on another root as one hangs on its own, by relations to one row; nil
-- where there is none.
local function rejoined(source, root)
  if not source.parent then return root end
  local parent = rejoined(source.parent, root)
  for name, joined in pairs(parent and source.parent.to_one or {}) do
    if joined == source then return builder.join_one(parent, source.parent.meta:relation(name)) end
  end
end

-- What can be named of the rows of a builder, as columns of a table of theirs.
local function lift_names(b, l)
  local names = { annotations = {}, fields = {} }
  for _, field in ipairs(b.meta.fields) do l:export(builder.column(b.root, field), field.column) end
  for _, name in ipairs(compat.sorted_keys(b.annotations)) do
    names.annotations[name] = l:export(b.annotations[name], name)
  end
  for i, field in ipairs(b.select.fields) do names.fields[i] = l:export(field.expr, field.name) end
  names.order = b.order and l:order(b.order)
  return names
end

-- The rows that an aggregate has made become what is asked: a table of theirs.
local function begin_over_groups(b)
  joins.join(b.sources, joins.all(b.where)) -- it says which columns may be NULL
  local source = { meta = b.meta, join = "first" }
  local l = lifter.new(source, {})
  local names = lift_names(b, l)
  outputs.group_by_key(b)
  source.query = finalize.select(b, {
    outputs = l.outputs, distinct = b.distinct, order = b.distinct_on and ordering.of(b) or nil,
  })
  local root, select, order, reversed, annotated, lock = b.root, b.select, b.order, b.reversed, b.annotated, b.lock
  b:begin(source, {}, {}, true)
  -- A path means the same after it: what it joins is joined to the table.
  local function named(node, lifted)
    local joined = node.op == "column" and node.field and node.source ~= root and rejoined(node.source, source)
    return joined and builder.column(joined, node.field) or lifted
  end
  for i, field in ipairs(select.fields) do
    local made = named(field.expr, names.fields[i])
    names.fields[i] = { name = field.name, expr = made }
    if names.annotations[field.name] then names.annotations[field.name] = made end
  end
  for i, key in ipairs(order or {}) do
    local o = names.order[i]
    local made = named(key.of or key.expr, o.of or o.expr)
    o.of, o.expr = o.of and made, o.of and o.make(made) or made
  end
  select.fields = names.fields
  b.select, b.annotations, b.annotated = select, names.annotations, annotated
  b.order, b.reversed, b.lock, b.joined, source.spent = names.order, reversed, lock, nil, {}
  for name in pairs(root.to_many) do source.spent[name] = true end
end

--- Groups the rows of values(); where an aggregate has made them, they are what is grouped.
function M.begin(b)
  if b.grouped_by_key then begin_over_groups(b) end
  b.group = group_of(b)
end

return M
