-- SPDX-License-Identifier: MIT
-- Open streams outside transactions: each has a connection of its own, those that a
-- loop left early until they are collected.
local core = require "ryx.core"
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

-- Does a statement wait while streams have every connection there is?
local function have_all(alias, stats)
  local is_dialing = stats.size > stats.idle + stats.in_use
  return stats.waiting > 0 and stats.in_use <= alias.n_streams and not is_dialing
end

--- A loop that was left early may still hold a connection until its stream is collected:
--- whoever finds nothing but streams asks for that, once.
function M.reclaim(e, alias)
  if (alias.n_streams or 0) == 0 then return end
  core.pump(e)
  local stats = core.stats(e, alias.number)
  if stats and have_all(alias, stats) then collectgarbage() end
end

return M
