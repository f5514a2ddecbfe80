-- SPDX-License-Identifier: MIT
-- Chains of clauses: Post.objects:filter{ ... }:order_by(...) is a chain node and an
-- array of parameters. A clause leads from one node to the next along an edge; what it
-- means is worked out once, and a node met again holds its plans.
--
-- The clause of a node is a function of a select builder, clause(builder, first), where
-- its parameters begin at number `first`; it gives its resolver when it has values. It
-- is tried when its edge is made, so that errors are raised at the caller's line.
local builder = require "ryx.query.select.builder"
local intern = require "ryx.query.expr.intern"
local queryset = require "ryx.query.clause.queryset"
local whole = require "ryx.query.select.whole"

local M = {}

local groups = {} -- the names of edges there are
local nodes = setmetatable({}, { __mode = "k" })

local function remember(node)
  intern.remember()
  node.id, node.plans = intern.id(), {}
  nodes[node] = true
  return node
end

-- Querysets that are alive keep their nodes, without what follows them.
intern.on_forget(function()
  for node in pairs(nodes) do
    for group in pairs(groups) do node[group] = nil end
    node.plans = {}
  end
end)

--- The first node of a manager's queries, whose querysets are of a class of their own.
function M.beginning(meta, class)
  return remember{ meta = meta, class = class, n = 0, n_where = 0, n_begin = 0 }
end

--- The first node of a model's queries.
function M.root(meta)
  local root = meta.root
  if not root then
    root = M.beginning(meta, queryset.QuerySet)
    meta.root = root
  end
  return root
end

--- The node after `parent` by a clause; `fields` are kept in the node:
---   clause, parent, meta, plans (by alias and name)
---   class          of its querysets
---   n, n_where     parameters and conditions of the whole chain
---   n_begin        how many of the conditions are its manager's
---   binders        what puts the clause's values among the parameters
---   is_none        it has no rows
---   needs_all      what a row holds, or that it is there, depends on the others
---   for_write      it locks rows, or a CTE of it writes: a router is asked where
---   comment        stands behind its SQL
---   hints          what planners are told, as bytes
function M.new(parent, clause, fields)
  local b = builder.take(parent)
  b.at = parent
  local resolver = clause(b, parent.n)
  local node = fields or {}
  node.clause, node.parent, node.meta, node.class = clause, parent, parent.meta, parent.class
  node.n, node.n_begin = parent.n, parent.n_begin
  if resolver then node.binders, node.n = resolver.binders, resolver.n end
  node.n_where = parent.n_where + (node.is_condition and 1 or 0)
  if node.is_none == nil then node.is_none = parent.is_none end
  node.needs_all = whole.is_needed(b)
  node.for_write = parent.for_write or b.lock ~= nil or b:is_write()
  node.comment, node.hints = node.comment or parent.comment, node.hints or parent.hints
  builder.keep(node, b)
  return remember(node)
end

--- The node along an edge of a group and a key, made by make(node, key) once.
function M.follow(node, group, key, make)
  local edges = node[group]
  local child = edges and edges[key]
  if child then return child end
  child = make(node, key)
  if not node[group] then
    groups[group] = true
    node[group] = {}
  end
  node[group][key] = child
  return child
end

--- Parameters of a queryset with those of a clause behind them.
function M.params(qs, node, values)
  local params, from, n = {}, qs.params, qs.node.n
  for i = 1, n do params[i] = from[i] end
  for i, binder in ipairs(node.binders or {}) do n = binder(params, n, values[i]) end
  return params
end

return M
