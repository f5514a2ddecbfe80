-- SPDX-License-Identifier: MIT
-- What comes with the rows of a queryset: select_related (joins of the statement) and
-- prefetch_related (a statement more for each relation and level).
local builder = require "ryx.query.select.builder"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local intern = require "ryx.query.expr.intern"
local related = require "ryx.query.select.related"
local prefetch = require "ryx.query.read.prefetch"
local queryset = require "ryx.query.clause.queryset"
local chain_node = require "ryx.query.clause.node"
local show = require "ryx.query.expr.show"

local M = {}

local function selecting(apply, arguments)
  return function(node) return chain_node.new(node, apply, { says = "select_related(" .. arguments .. ")" }) end
end

local clear = selecting(related.clear, "false")

--- Reads the objects of to-one relations with the rows, nested ones by path; without
--- names all foreign keys that are never NULL. false takes back what was asked before.
--- Post.objects:select_related("author", "author__boss")  -> LEFT JOIN authors, LEFT JOIN authors
function M.select_related(qs, ...)
  if select("#", ...) == 1 and (...) == false then
    return queryset.copy(qs, chain_node.follow(qs.node, "flags", "no related", clear))
  end
  local names = related.check_names(...)
  local key = intern.term("related", compat.unpack(names))
  local step_names = selecting(related.selecting(names), show.names(names))
  return queryset.copy(qs, chain_node.follow(qs.node, "related", key, step_names))
end

-- Do the rows of a node hold no objects?
local function gives_values(node)
  if node.gives_values == nil then node.gives_values = builder.of(node).select ~= nil end
  return node.gives_values
end

--- Loads what relations lead to for all rows at once, with a statement for each of them;
--- paths are nested, ryx.Prefetch has options. false takes back what was asked before.
--- Author.objects:prefetch_related("posts__tags")  -> SELECT ... WHERE author_id IN (...)
function M.prefetch_related(qs, ...)
  local out = queryset.copy(qs, qs.node)
  if select("#", ...) == 1 and (...) == false then
    out.loads = nil
    return out
  end
  if gives_values(qs.node) then
    errors.raise("misuse", "%s: prefetch_related after values: values gives no objects", qs.node.meta.model_name)
  end
  out.loads = prefetch.asked(qs.node.meta, qs.loads, ...)
  return out
end

return M
