-- SPDX-License-Identifier: MIT
-- qs:comment("checkout"): what the database's own logs and lists of statements say of a
-- query. It changes no rows, so it is the node's, not the builder's.
local chain_node = require "ryx.query.clause.node"
local comments = require "ryx.db.comments"
local queryset = require "ryx.query.clause.queryset"

local M = { methods = {} }

--- A comment behind the SQL of the queryset, for the logs of the database. Every text is
--- a statement of its own to the database and to ryx: name a place of the program, no
--- values; ryx.tag says where a request came from.
--- Post.objects:filter{ id = 1 }:comment("checkout")  -> SELECT ... WHERE "id" = $1 /* checkout */
---@param text string without /* and */
---@return ryx.QuerySet
function M.methods.comment(qs, text)
  comments.check(text, "comment")
  local before = qs.node.comment
  local whole = before and before .. "; " .. text or text
  return queryset.copy(qs, chain_node.follow(qs.node, "commented", text, function(parent)
    return chain_node.new(parent, function() end, { comment = whole, says = ("comment(%q)"):format(text) })
  end))
end

return M
