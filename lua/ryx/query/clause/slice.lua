-- SPDX-License-Identifier: MIT
-- What qs:filter, qs:annotate and others begin with after limit, offset or slice: the rows
-- that are left as those of a table. The same of all rows, for what chooses among them.
local bind = require "ryx.query.lookup.bind"
local chain_node = require "ryx.query.clause.node"
local errors = require "ryx.errors"
local query_bounds = require "ryx.query.ir.bounds"
local queryset = require "ryx.query.clause.queryset"
local resolve = require "ryx.query.resolve"
local slice = require "ryx.query.resolve.slice"

local M = {}

local SAYS = { "limit(...)", "offset(...)", "limit(...):offset(...)" }

local function slicing(bounds, fields)
  return function(b, first)
    local resolver, n = resolve.new(b, first), query_bounds.count(bounds)
    for _ = 1, n do resolver:bind(bind.as_is) end
    resolver.n = first + n
    local limit, offset = query_bounds.params(bounds, first)
    fields.is_ordered = slice.begin(b, limit, offset)
    return resolver
  end
end

-- Its rows are chosen, as those of a condition are.
local function make_slice(parent, bounds)
  local fields = { is_condition = true, says = SAYS[bounds] }
  return chain_node.new(parent, slicing(bounds, fields), fields)
end

--- The queryset, or one whose rows are those of its slice.
function M.rows(qs, what)
  if not qs.node then queryset.refuse_other(qs, what) end
  if not (qs.limit_value or qs.offset_value) then return qs end
  local values = {}
  query_bounds.bind(values, 0, qs)
  local node = chain_node.follow(qs.node, "slice", query_bounds.of(qs), make_slice)
  return queryset.unbounded(qs, node, chain_node.params(qs, node, values))
end

--- The same for a method that says which rows, or in which order: of a slice without an
--- order that was hardly meant.
function M.ordered_rows(qs, what)
  local rows = M.rows(qs, what)
  if rows ~= qs and not rows.node.is_ordered and not qs.node.is_none then
    errors.raise("misuse", "%s after limit, offset or slice: without an order the rows that are left are any: "
      .. "order_by before the limit, or %s first", what, what)
  end
  return rows
end

local function make_whole(parent)
  return chain_node.new(parent, function(b) slice.begin(b) end)
end

--- The queryset whose rows can be chosen among: they keep the values that they have among
--- all of them, and distinct over fields has kept those that it keeps.
function M.whole(qs)
  if not qs.node.needs_all or qs.limit_value or qs.offset_value then return qs end
  return queryset.copy(qs, chain_node.follow(qs.node, "flag", "whole", make_whole))
end

return M
