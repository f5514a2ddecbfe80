-- SPDX-License-Identifier: MIT
-- A delete whose rows the database takes along to some depth only: it is tried, and what went too
-- deep is done again by ryx, from below (cascade.lua).
local compat = require "ryx.compat"
local rules = require "ryx.db.rules"
local transaction = require "ryx.db.transaction"

local M = {}

-- In a block of its own: an error breaks a transaction, and SQLite may leave a part of the work in it.
local function first(alias, tx, work, fn, ...)
  if not tx then return fn(alias, tx, work, ...) end
  local args = compat.pack(...)
  return transaction.savepoint(tx, function(inner) return fn(alias, inner, work, compat.unpack(args, 1, args.n)) end)
end

--- fn(alias, tx, work, ...), with `deep` in place of `work` when that went too deep.
function M.attempt(alias, tx, work, deep, fn, ...)
  local ok, result = pcall(first, alias, tx, work, fn, ...)
  if ok then return result end
  if not rules.is_too_deep(alias, result) then error(result, 0) end
  return fn(alias, tx, deep, ...)
end

return M
