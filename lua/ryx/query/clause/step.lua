-- SPDX-License-Identifier: MIT
-- Steps of a chain: a node's `apply` works on a build. A step is tried on the build
-- of its chain when its edge is made, so errors are raised at the caller's line.
local builder = require "ryx.query.select.builder"
local resolve = require "ryx.query.resolve"
local chain_node = require "ryx.query.clause.node"

local M = {}

--- The node after `node` by a step. apply(build, first) gives its resolver when it takes
--- values; fields are kept in the node.
function M.make(node, apply, fields)
  local b = builder.of(node)
  b.at = node
  local resolver = apply(b, node.n)
  local child = fields or {}
  child.apply = apply
  if resolver then child.binders, child.n = resolver.binders, resolver.n end
  return chain_node.child(node, child)
end

--- A resolver for the values of a step; a filter's share the joins of a call.
function M.resolver(b, first, call)
  return resolve.new(b, first, call)
end

--- Parameters of a queryset with those of a step behind them.
function M.params(qs, child, values)
  local params, from, n = {}, qs.params, qs.node.n
  for i = 1, n do params[i] = from[i] end
  for i, binder in ipairs(child.binders or {}) do n = binder(params, n, values[i]) end
  return params
end

return M
