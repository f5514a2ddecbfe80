-- SPDX-License-Identifier: MIT
-- qs:filter{ age__gte = 18 }, qs:exclude(Q): which rows. The edge of a condition is its
-- term; its values go into the parameters.
local bind = require "ryx.query.lookup.bind"
local chain_node = require "ryx.query.clause.node"
local having = require "ryx.query.select.having"
local intern = require "ryx.query.expr.intern"
local q = require "ryx.query.expr.q"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local show = require "ryx.query.expr.show"
local slice = require "ryx.query.clause.slice"
local value = require "ryx.value"

local M = {}

local class_of, leaf_of, follow = value.class_of, intern.leaf, chain_node.follow
local STRUCTURED, LISTED = q.STRUCTURED, q.LISTED

-- Conditions of one call share their joins; `goes_on` belongs to the call before.
local function filtering(term, goes_on)
  return function(b, first)
    if not goes_on then b.call = b.call + 1 end
    local resolver = resolve.new(b, first, b.call)
    having.add(b, resolver:condition(term))
    return resolver
  end
end

local function make_node(goes_on)
  return function(parent, term)
    local path = term.op == "leaf" and not term[3] and term[1]
    local node = chain_node.new(parent, filtering(term, goes_on), {
      is_condition = q.constant(term) == nil, path = path or nil,
      says = not path and "filter(" .. show.condition(term) .. ")" or nil,
    })
    local binder = node.binders[1]
    node.binder = binder ~= bind.as_is and binder or nil
    return node
  end
end

local make_first, make_next = make_node(false), make_node(true)

-- A condition in which New is a value.
local function make_new(parent, term)
  local clause = filtering(term)
  return chain_node.new(parent, function(b, first)
    local before = b.new_row
    b.new_row = "values"
    local resolver = clause(b, first)
    b.new_row = before
    return resolver
  end, { is_condition = true })
end

-- The edges of a condition alone, and of one that goes on with the call before, have
-- groups of their own.
local function follow_q(node, params, condition, group, make)
  local values = condition.values
  local child = follow(node, group, condition.term, make)
  local n, binders = node.n, child.binders
  for i = 1, #binders do n = binders[i](params, n, values[i]) end
  return child
end

local function follow_leaf(node, params, path, v, group, make)
  local class = class_of(v)
  if STRUCTURED[class] or LISTED[class] and q.size_of_keys(path, v) then
    return follow_q(node, params, q.of("filter", path, v), group, make)
  end
  local child = follow(node, group, leaf_of(path, class), make)
  if child.binder then child.binder(params, node.n, v) else params[node.n + 1] = v end
  return child
end

-- The node after a table of conditions; appends its parameters.
local function follow_all(node, params, conditions, what)
  local path, v = next(conditions)
  if path == nil then q.refuse_empty(what) end
  if next(conditions, path) == nil then return follow_leaf(node, params, path, v, "q", make_first) end
  local group, make = "q", make_first
  for _, key in ipairs(intern.sorted_keys(conditions)) do
    node = follow_leaf(node, params, key, conditions[key], group, make)
    group, make = "and q", make_next
  end
  return node
end

--- The node that a filter by one plain value led to before, or nil.
function M.known(node, path, v)
  local edges = node.q
  return edges and edges[leaf_of(path, class_of(v))]
end

--- The rows that pass update_where: New has the values of the row that was to be inserted.
function M.where(qs, condition)
  local params = queryset.params(qs)
  return queryset.unbounded(qs, follow_q(qs.node, params, condition, "new q", make_new), params)
end

-- A condition of ryx's own, on the joins that are there.
local function asking(add)
  return function(parent, term)
    return chain_node.new(parent, function(b, first)
      local resolver = resolve.new(b, first)
      add(b, resolver:condition(term))
      return resolver
    end, { is_condition = true })
  end
end

local make_joined = asking(having.add)
local make_around = asking(function(b, condition) b.qualify[#b.qualify + 1] = condition end)

local function asked(qs, condition, group, make)
  local params = queryset.params(qs)
  local node = follow_q(qs.node, params, condition, group, make)
  return queryset.unbounded(qs, node, params)
end

--- The rows that pass a condition on what they are ordered by: it is about the related rows
--- that the order is about.
function M.of_order(qs, condition)
  return asked(qs, condition, "q of order", make_joined)
end

--- Those of a queryset's rows that have some keys, for a write: it may name annotations, which
--- the rows of slice.whole are too far from.
function M.by_keys(qs, keys)
  if not qs.node.needs_all then return qs:filter{ pk__in = keys } end
  return asked(qs, q.of("filter", "pk__in", keys), "q around", make_around)
end

M.methods = {}

--- Keeps rows whose fields pass the tests.
--- qs:filter{ views__gte = 100 }, qs:filter(Q1, { a = 1 }), qs:filter("owner", ann)  -> WHERE ...
---@param first ryx.Condition|string conditions by path, a Q, or a path whose value follows
---@param ... any more of them
---@return ryx.QuerySet
function M.methods:filter(first, ...)
  local qs = slice.ordered_rows(self, "filter")
  local params = queryset.params(qs)
  if type(first) == "table" and getmetatable(first) == nil and select("#", ...) == 0 then
    return queryset.unbounded(qs, follow_all(qs.node, params, first, "filter"), params)
  end
  local node = follow_q(qs.node, params, q.of("filter", first, ...), "q", make_first)
  return queryset.unbounded(qs, node, params)
end

--- Drops rows that pass all the tests.  qs:exclude{ title__startswith = "Draft" }  -> WHERE NOT (...)
---@param first ryx.Condition|string as of filter
---@param ... any
---@return ryx.QuerySet
function M.methods:exclude(first, ...)
  local qs = slice.ordered_rows(self, "exclude")
  local params = queryset.params(qs)
  local node = follow_q(qs.node, params, q.negate(q.of("exclude", first, ...)), "q", make_first)
  return queryset.unbounded(qs, node, params)
end

return M
