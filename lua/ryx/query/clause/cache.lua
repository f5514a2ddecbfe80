-- SPDX-License-Identifier: MIT
-- qs:cache: its rows may be kept. It changes no rows, so it is the queryset's, not its node's.
local cache = require "ryx.cache"
local errors = require "ryx.errors"
local queryset = require "ryx.query.clause.queryset"

local M = { methods = {} }

local OPTIONS = { ttl = true, key = true }

--- Lets the rows be kept as ryx.configure_cache says, until what they are made of is written or
--- their time is over; `key` names them for ryx.invalidate. Every method that asks the
--- database takes part but streams; false takes it back.
--- Post.objects:filter{ views__gt = 5 }:cache{ ttl = 60 }:all()
---@param options? { ttl?: number, key?: string }|false
---@return ryx.QuerySet
function M.methods:cache(options)
  queryset.node(self, "cache")
  if options == false then return queryset.with_more(self, "cache", nil) end
  options = options or {}
  errors.check_options(options, OPTIONS, "cache")
  if options.ttl ~= nil then cache.check_ttl(options.ttl, "cache") end
  if options.key ~= nil and (type(options.key) ~= "string" or options.key == "") then
    errors.raise("misuse", "cache: key is a text")
  end
  return queryset.with_more(self, "cache", { ttl = options.ttl, key = options.key })
end

return M
