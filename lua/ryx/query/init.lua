-- SPDX-License-Identifier: MIT
-- Post.objects, QuerySet: chain methods give a changed copy, those of read and write ask
-- the database. What a file gives querysets is its `methods`, else the file itself.
local chain_node = require "ryx.query.clause.node"
local queryset = require "ryx.query.clause.queryset"

local QuerySet = queryset.QuerySet

for _, file in ipairs{
  require "ryx.query.clause.filter",
  require "ryx.query.clause.order",
  require "ryx.query.clause.bounds",
  require "ryx.query.clause.annotate",
  require "ryx.query.clause.values",
  require "ryx.query.clause.dates",
  require "ryx.query.clause.select_related",
  require "ryx.query.clause.combine",
  require "ryx.query.clause.join",
  require "ryx.query.clause.lock",
  require "ryx.query.clause.cache",
  require "ryx.query.clause.comment",
  require "ryx.query.clause.hint",
  require "ryx.query.clause.cte",
  require "ryx.query.clause.tree",
  require "ryx.query.read.fetch",
  require "ryx.query.read.in_bulk",
  require "ryx.query.read.aggregate",
  require "ryx.query.read.page",
  require "ryx.query.read.stream",
  require "ryx.query.read.prefetch",
  require "ryx.query.read.explain",
  require "ryx.query.read.raw",
  require "ryx.query.write.instance",
  require "ryx.query.write.bulk_create",
  require "ryx.query.write.bulk_update",
  require "ryx.query.write.bulk_delete",
  require "ryx.query.write.upsert",
  require "ryx.query.write.get_or_create",
  require "ryx.query.write.cte_write",
  require "ryx.query.write.create_from",
  require "ryx.query.write.delete",
  require "ryx.query.write.update_delete",
} do
  for name, method in pairs(file.methods or file) do QuerySet[name] = method end
end

local M = { QuerySet = QuerySet }

--- The queryset of all rows of a model.
function M.new(meta)
  return queryset.new(chain_node.root(meta), {})
end

return M
