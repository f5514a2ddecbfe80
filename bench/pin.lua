-- SPDX-License-Identifier: MIT
-- Client and server where they are wanted: one task waits for the other process
-- most of the time, so it counts where the kernel puts the two.
local raw = require "raw"
local ryx = require "ryx"

local M = {}

--- Runs fn with this process on the first core and the servers on the n-th one;
--- false when the machine does not let it.
function M.on(servers, n, fn)
  local is_pinned = raw.pin(0, 0)
  for _, pid in ipairs(servers) do is_pinned = is_pinned and raw.pin(pid, n - 1) end
  if is_pinned then fn() end
  raw.pin(0)
  for _, pid in ipairs(servers) do raw.pin(pid) end
  return is_pinned
end

--- Who serves ryx's only connection: a process of PostgreSQL, a thread of MariaDB.
function M.server(url)
  local sql = url:find("^postgres") and "SELECT pg_backend_pid() AS pid"
    or "SELECT tid AS pid FROM information_schema.processlist WHERE id = connection_id()"
  return ryx.raw_fetch(sql)[1].pid
end

return M
