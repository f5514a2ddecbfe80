-- SPDX-License-Identifier: MIT
-- order_by("-views"):limit(10):annotate{ ... }: what follows a slice works on the rows that
-- the slice gave, as on those of a table.
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local joins = require "ryx.query.select.joins"
local lifter = require "ryx.query.select.lifter"
local locking = require "ryx.query.select.lock"
local ordering = require "ryx.query.resolve.order"
local outputs = require "ryx.query.select.outputs"

local M = {}

-- Groups and distinct values are all that their rows hold; else the model's row is there, too.
local function holds_fields(b)
  return not b.only_names and not (b.select and (b.group or b.distinct))
end

-- What was joined by hand, as far as its columns are known.
local function lift_joined(joined, l)
  local out = {}
  for _, alias in ipairs(compat.sorted_keys(joined)) do
    local join, columns = joined[alias], {}
    for _, name in ipairs(join.names()) do columns[name] = l:export(join.column(name), name) end
    out[alias] = { column = function(name) return columns[name] end, names = join.names }
  end
  return out
end

-- What can be named of the rows afterwards, as columns of a table of theirs.
local function lift(b, l, order)
  local names = { annotations = {}, fields = {} }
  if holds_fields(b) then
    for _, field in ipairs(b.meta.fields) do l:export(builder.column(b.root, field), field.column) end
    for _, name in ipairs(compat.sorted_keys(b.annotations)) do
      names.annotations[name] = l:export(b.annotations[name], name)
    end
    names.joined = b.joined and lift_joined(b.joined, l)
  end
  for i, field in ipairs(b.select and b.select.fields or {}) do
    local made = l:export(field.expr, field.name)
    names.fields[i] = { name = field.name, expr = made }
    -- A path means what the rows hold of it.
    if not (holds_fields(b) and b.meta.paths[field.name]) then names.annotations[field.name] = made end
  end
  names.order = l:order(order)
  return names
end

local function refuse_lock(b, is_slice)
  if not is_slice then locking.of(b) end
  errors.raise("misuse", "%s: for_update locks rows of the table, which what follows a slice does not read: "
    .. "select the keys first", b.meta.model_name)
end

--- Makes a builder one over its first rows, over all without bounds. They keep their order
--- until another is given; true when they have one.
function M.begin(b, limit, offset)
  if b.lock then refuse_lock(b, limit or offset) end
  joins.join(b.sources, joins.all(b.where)) -- it says which columns may be NULL
  local source = { meta = b.meta, join = "first" }
  local l, order, has_fields = lifter.new(source, {}), ordering.of(b), holds_fields(b)
  local names = lift(b, l, order)
  if b.grouped_by_key then outputs.group_by_key(b) end
  source.query = finalize.select(b, {
    outputs = l.outputs, order = (limit or offset) and order, pick = order, distinct = b.distinct, limit = limit,
    offset = offset,
  })
  local select, annotated, chosen, related, below = b.select, b.annotated, b.chosen, b.related, b.below
  b:begin(source, {}, {}, has_fields)
  if select then select.fields = names.fields end
  b.select, b.annotations, b.annotated, b.row_order = select, names.annotations, annotated, names.order
  b.chosen, b.related, b.below, b.joined = chosen, related, below, names.joined
  return #order > 0
end

return M
