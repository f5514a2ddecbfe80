-- SPDX-License-Identifier: MIT
-- Steps of a chain: a node's `apply` works on a build. A step is tried on the build
-- of its chain when its edge is made, so errors are raised at the caller's line.
local build = require "ryx.query.select.builder"
local resolve = require "ryx.query.resolve"
local shape = require "ryx.query.clause.node"

local M = {}

--- The node after `node` by a step. apply(build, first) gives its state when it takes
--- values; fields are kept in the node.
function M.make(node, apply, fields)
  local b = build.of(node)
  b.at = node
  local state = apply(b, node.n)
  local child = fields or {}
  child.apply = apply
  if state then child.takes, child.n = state.takes, state.n end
  return shape.child(node, child)
end

--- A state for the values of a step; a filter's share the joins of a call.
function M.state(b, first, call)
  return resolve.state(b, first, call)
end

--- Parameters of a queryset with those of a step behind them.
function M.params(qs, child, values)
  local params, from, n = {}, qs.params, qs.node.n
  for i = 1, n do params[i] = from[i] end
  for i, take in ipairs(child.takes or {}) do n = take(params, n, values[i]) end
  return params
end

return M
