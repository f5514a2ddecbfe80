-- SPDX-License-Identifier: MIT
-- qs:for_update: locks on the rows that are read.
local chain_node = require "ryx.query.clause.node"
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local intern = require "ryx.query.expr.intern"
local queryset = require "ryx.query.clause.queryset"

local M = { methods = {} }

local OPTIONS = { nowait = true, skip_locked = true, of = true, share = true }

local function locking(options)
  return function(b)
    local lock = {
      strength = options.share and "share" or "update", nowait = options.nowait, skip_locked = options.skip_locked,
    }
    lock.names, lock.if_rows = options.of, options.if_rows
    b.lock = lock
  end
end

--- Locks the rows until the end of the transaction that it needs.
--- Post.objects:filter{ id = 1 }:for_update{ skip_locked = true }  -> SELECT ... FOR UPDATE SKIP LOCKED
--- of = { "self", "author" } names what to lock where several tables are joined; share = true
--- lets others read with the same lock.
---@param options? { nowait?: boolean, skip_locked?: boolean, share?: boolean, of?: string|string[] }
---@return ryx.QuerySet
function M.methods.for_update(qs, options)
  options = options or {}
  errors.check_options(options, OPTIONS, "for_update")
  if options.nowait and options.skip_locked then
    errors.raise("misuse", "for_update: nowait and skip_locked exclude each other")
  end
  local of = options.of
  if type(of) == "string" then of = { of } end
  if of ~= nil then errors.check_type(of, "table", "for_update: of") end
  local key = intern.term("lock", options.nowait and true or false, options.skip_locked and true or false,
    options.share and true or false, compat.unpack(of or {}))
  local chosen = { nowait = options.nowait, skip_locked = options.skip_locked, share = options.share, of = of }
  return queryset.copy(qs, chain_node.follow(qs.node, "lock", key, function(parent)
    return chain_node.new(parent, locking(chosen))
  end))
end

--- The same without options, and no lock where rows are groups and the like.
function M.lock_rows(qs)
  return queryset.copy(qs, chain_node.follow(qs.node, "lock", "if rows", function(parent)
    return chain_node.new(parent, locking{ if_rows = true })
  end))
end

return M
