-- SPDX-License-Identifier: MIT
-- Terms of queries as interned nodes: a queryset is a node and an array of
-- parameters. A step from one node to the next is an edge; what an edge means is
-- worked out once, and a node met again holds its plans.
local intern = require "ryx.query.expr.intern"

local M = {}

local NODES_MAX = 4096

local n_nodes = 0
local roots = setmetatable({}, { __mode = "k" })

--- The first node of a model's queries.
function M.root(meta)
  local root = meta.root
  if not root then
    root = { id = intern.id(), meta = meta, n = 0, n_where = 0, plans = {} }
    meta.root = root
    roots[root] = true
  end
  return root
end

local KEEP = { id = true, meta = true, n = true, n_where = true }

--- Drops every node but the roots; querysets alive keep theirs.
function M.drop()
  n_nodes = 0
  for root in pairs(roots) do
    for key in pairs(root) do
      if not KEEP[key] then root[key] = nil end
    end
    root.plans = {}
  end
end

--- A node after `parent`: `apply(build, first)` does its step on a build, where its
--- parameters begin at number `first`; `n` counts the parameters of the chain.
function M.child(parent, step)
  n_nodes = n_nodes + 1
  if n_nodes > NODES_MAX then M.drop() end
  step.id, step.parent, step.meta, step.plans = intern.id(), parent, parent.meta, {}
  step.n = step.n or parent.n
  step.n_where = parent.n_where + (step.is_condition and 1 or 0)
  step.is_none = step.is_none or parent.is_none
  return step
end

--- The child under an edge made of a group and a key, built by make(node, key) once.
function M.follow(node, group, key, make)
  local edges = node[group]
  if not edges then
    edges = {}
    node[group] = edges
  end
  local child = edges[key]
  if not child then
    child = make(node, key)
    edges[key] = child
  end
  return child
end

return M
