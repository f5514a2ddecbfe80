-- SPDX-License-Identifier: MIT
-- Open streams outside transactions: each has a connection of its own, those that a
-- loop left early until they are collected.
local core = require "ryx.core"

local M = { n = 0 } -- of every alias

local function count(alias, tx, by)
  if tx then return end
  M.n = M.n + by
  alias.n_streams = (alias.n_streams or 0) + by
end

function M.opened(alias, tx)
  count(alias, tx, 1)
end

function M.ended(alias, tx)
  count(alias, tx, -1)
end

--- Collects once when a statement waits and streams have every connection there is:
--- somebody may have forgotten one.
function M.reclaim(e, alias)
  local n = alias.n_streams or 0
  if n == 0 then return end
  core.pump(e)
  local s = core.stats(e, alias.number)
  local is_dialing = s and s.size > s.idle + s.in_use
  if s and s.waiting > 0 and s.in_use <= n and not is_dialing then collectgarbage() end
end

return M
