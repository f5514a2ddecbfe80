-- SPDX-License-Identifier: MIT
-- Window(RowNumber(), { partition_by = ..., order_by = ... }): functions over the rows
-- around each row.
local aggregate = require "ryx.query.resolve.aggregate"
local errors = require "ryx.errors"
local functions = require "ryx.query.fn"
local ir = require "ryx.query.ir"
local of_resolver = require "ryx.query.resolve.resolver"
local ordering = require "ryx.query.resolve.order"

local handlers, failing = of_resolver.handlers, of_resolver.failing

-- The function itself: an aggregate, or one that only windows have.
local function over(resolver, inner, order)
  if inner.op == "aggregate" then return aggregate.in_window(resolver, inner) end
  local row = functions.row[inner[1]]
  local node = row.resolve(resolver:arguments(inner[2]), of_resolver.options(inner[3]), failing(row.name))
  if row.needs_order and order.n == 0 then failing(row.name)("its window needs an order: order_by = { ... }") end
  return node
end

function handlers.window(resolver, term)
  local partition, order, frame = term[2], term[3], term[4]
  local inner = over(resolver, term[1], order)
  local node = {
    op = "window", type = inner.type, elem = inner.elem, places = inner.places, null = ir.may_be_null(inner), inner,
    custom = inner.custom, custom_items = inner.custom_items,
    partition = resolver:arguments(partition), order = ordering.keys(resolver, order),
  }
  if frame then node.frame = { mode = frame[1], from = frame[2], to = frame[3], exclude = frame[4] } end
  return node
end

function handlers.window_function(_, term)
  errors.raise("misuse", "%s is a window function: write Window(%s(...), { ... })", term[1], term[1])
end
