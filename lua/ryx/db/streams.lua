-- SPDX-License-Identifier: MIT
-- Open streams outside transactions: each has a connection of its own, those that a
-- loop left early until they are collected.
local host = require "ryx.host"

local M = { n = 0 } -- of every alias

local function count(alias, tx, by)
  if tx then return end
  M.n = M.n + by
  alias.n_streams = (alias.n_streams or 0) + by
  if host.streams then host.streams(M.n) end
end

function M.opened(alias, tx)
  count(alias, tx, 1)
end

function M.ended(alias, tx)
  count(alias, tx, -1)
end

--- Does a statement wait while streams have every connection there is? Somebody may
--- have forgotten one.
function M.have_all(alias, stats)
  local is_dialing = stats.size > stats.idle + stats.in_use
  return stats.waiting > 0 and stats.in_use <= alias.n_streams and not is_dialing
end

return M
