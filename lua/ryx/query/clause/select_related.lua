-- SPDX-License-Identifier: MIT
-- qs:select_related: objects of to-one relations that come with the rows, by joins.
local compat = require "ryx.compat"
local intern = require "ryx.query.expr.intern"
local related = require "ryx.query.select.related"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"
local show = require "ryx.query.expr.show"

local M = {}

local function selecting(clause, arguments)
  return function(parent) return chain_node.new(parent, clause, { says = "select_related(" .. arguments .. ")" }) end
end

local clear = selecting(related.clear, "false")

--- Reads the objects of to-one relations with the rows, nested ones by path; without
--- names all foreign keys that are never NULL. false takes back what was asked before.
--- Post.objects:select_related("author", "author__boss")  -> LEFT JOIN authors, LEFT JOIN authors
---@param ... string|false
---@return ryx.QuerySet
function M.select_related(qs, ...)
  queryset.node(qs, "select_related")
  if select("#", ...) == 1 and (...) == false then
    return queryset.copy(qs, chain_node.follow(qs.node, "flag", "no related", clear))
  end
  local names = related.check_names(...)
  local key = intern.term("related", compat.unpack(names))
  local make = selecting(related.selecting(names), show.names(names))
  return queryset.copy(qs, chain_node.follow(qs.node, "related", key, make))
end

return M
