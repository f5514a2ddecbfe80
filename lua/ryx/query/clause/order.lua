-- SPDX-License-Identifier: MIT
-- qs:order_by, qs:reverse, qs:distinct: in which order rows come, and which of equal ones.
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local expr = require "ryx.query.expr"
local grouped = require "ryx.query.select.grouped"
local intern = require "ryx.query.expr.intern"
local ordering = require "ryx.query.resolve.order"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local slice = require "ryx.query.clause.slice"

local M = { methods = {} }

local copy, with, rows_of, follow = queryset.copy, queryset.with, slice.ordered_rows, chain_node.follow

-- Expressions of an argument list as one term and its values.
local function list_of(make, ...)
  local terms, values = {}, {}
  for i = 1, select("#", ...) do
    local e = make((select(i, ...)))
    terms[i] = e.term
    intern.append(values, e.values)
  end
  return intern.term("list", compat.unpack(terms)), values
end

local RANDOM = expr.new(intern.term("random"), {})

local function order_key(key)
  return key == "?" and RANDOM or expr.order_key(key, "order_by")
end

local function ordering_by(list)
  return function(b, first)
    local resolver = resolve.new(b, first)
    b.order, b.reversed = ordering.keys(resolver, list), nil
    grouped.check_order(b)
    return resolver
  end
end

local function make_order(parent, list)
  return chain_node.new(parent, ordering_by(list), {
    order_list = list, says = "order_by" .. expr.show(list):sub(5),
  })
end

-- The edge of one text is the text itself.
local function make_text_order(parent, text)
  return follow(parent, "order", (list_of(order_key, text)), make_order)
end

--- Replaces the order; without names it clears it. "?" is a random order.
--- qs:order_by("-views", "title"), qs:order_by(F"name":desc{ nulls = "last" })
---@param ... string|ryx.Expr
---@return ryx.QuerySet
function M.methods:order_by(...)
  local qs = rows_of(self, "order_by")
  if type((...)) == "string" and select("#", ...) == 1 then
    return copy(qs, follow(qs.node, "order by text", ..., make_text_order))
  end
  local list, values = list_of(order_key, ...)
  local node = follow(qs.node, "order", list, make_order)
  return with(qs, node, chain_node.params(qs, node, values))
end

local function make_reverse(parent)
  return chain_node.new(parent, function(b) b.reversed = not b.reversed end, { says = "reverse()" })
end

--- Turns the order around.  qs:order_by("-views"):reverse()
---@return ryx.QuerySet
function M.methods:reverse()
  local qs = rows_of(self, "reverse")
  return copy(qs, follow(qs.node, "flag", "reverse", make_reverse))
end

local function make_distinct(parent)
  return chain_node.new(parent, function(b)
    b.distinct = true
  end, { says = "distinct()" })
end

local function distinct_over(list)
  return function(b, first)
    local resolver = resolve.new(b, first)
    b.distinct_on = resolver:arguments(list)
    b.distinct_on.terms = list
    grouped.check(b)
    return resolver
  end
end

local function make_distinct_on(parent, list)
  return chain_node.new(parent, distinct_over(list), { says = "distinct" .. expr.show(list):sub(5) })
end

--- Keeps one of equal rows; with fields the first row, in order, of each of their values.
--- qs:distinct(), qs:order_by("-created"):distinct("author")
---@param ... ryx.PathOrExpr
---@return ryx.QuerySet
function M.methods:distinct(...)
  local qs = rows_of(self, "distinct")
  if select("#", ...) == 0 then return copy(qs, follow(qs.node, "flag", "distinct", make_distinct)) end
  local list, values = list_of(expr.of, ...)
  local node = follow(qs.node, "distinct", list, make_distinct_on)
  return with(qs, node, chain_node.params(qs, node, values))
end

local function make_total(parent)
  return chain_node.new(parent, function(b) b.order, b.reversed = ordering.total(b), nil end)
end

--- A queryset whose rows have an order: by key when nothing is said.
function M.total(qs)
  return copy(qs, follow(qs.node, "flag", "total", make_total))
end

local function make_complete(parent)
  return chain_node.new(parent, function(b) b.order, b.reversed = ordering.complete(b), nil end)
end

--- A queryset whose order says of any two rows which comes first.
function M.complete(qs)
  return copy(qs, follow(qs.node, "flag", "complete", make_complete))
end

return M
