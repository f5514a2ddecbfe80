-- SPDX-License-Identifier: MIT
-- What a queryset asks for as a query: of the chain of qs:all(), qs:count() and qs:exists(),
-- and of one that is a part of another query (union, CTE). No I/O.
local builder = require "ryx.query.select.builder"
local errors = require "ryx.errors"
local finalize = require "ryx.query.select.finalize"
local lock = require "ryx.query.select.lock"
local one_alias = require "ryx.query.select.one_alias"
local ordering = require "ryx.query.resolve.order"
local outputs = require "ryx.query.select.outputs"
local query_bounds = require "ryx.query.ir.bounds"

local M = {}

--- The builder of a node's chain, planned for an alias if one is given; a sub-query's cannot run
--- by itself.
function M.build(node, alias)
  local b = builder.take(node)
  if alias then one_alias.plan(b, alias) end
  if b.unbound then
    errors.raise("misuse", "%s: OuterRef means a query around this one: use it in Exists, Subquery or in",
      node.meta.model_name)
  end
  return b
end

local function count_query(b, o)
  if b.distinct then o.outputs = outputs.outputs(b, true) else o.outputs = {} end
  o.distinct = b.distinct
  if b.distinct_on then o.pick = ordering.of(b) end
  return o
end

local function row_query(b, o)
  o.outputs, o.order, o.distinct = outputs.outputs(b), ordering.of(b), b.distinct
  o.lock = lock.of(b)
  return o
end

--- The query of a verb: all, count, exists.
function M.query(b, node, verb, bounds)
  local limit, offset = query_bounds.params(bounds, node.n)
  local o = { limit = limit, offset = offset, ctes = b.ctes }
  if verb == "all" then row_query(b, o) else
    o[verb] = true
    count_query(b, o)
  end
  if b.grouped_by_key then outputs.group_by_key(b) end
  return finalize.select(b, o)
end

--- The query of a builder as a part of another one: its order only counts with bounds.
function M.part(b, limit, offset)
  local o = { limit = limit, offset = offset, distinct = b.distinct, outputs = outputs.outputs(b, true) }
  if limit or offset or b.distinct_on then o.order = ordering.of(b) end
  if b.grouped_by_key then outputs.group_by_key(b) end
  return finalize.select(b, o)
end

-- Are the rows of a builder those of its sources under a condition?
local function is_plain(b)
  return not (b.select and b.group) and not b.distinct and not b.distinct_on and #b.qualify == 0
    and #b.having == 0 and not b.grouped_by_key
end

--- A builder over whose rows aggregates can be taken: itself, or one over its query.
function M.aggregable(node, bounds, alias)
  local b = M.build(node, alias)
  b.at = node
  if bounds == 0 and is_plain(b) then return b end
  local limit, offset = query_bounds.params(bounds, node.n)
  local names, holds_fields = outputs.names(b), not b.select
  return b:derive(M.part(b, limit, offset), names, holds_fields)
end

return M
