-- SPDX-License-Identifier: MIT
-- A throwaway server of a test's own, which it may stop, kill and restart
-- (scripts/servers.sh does the work). It ends with its test's folder.
--
--   local server = require("fault.server").start()    of the database under test
--   server:pause()   server:kill()   server:begin()   server:restart("immediate")
local M = {}

local NAMES = { postgres = { "pg", "RYX_TEST_PG_URL" }, mariadb = { "my", "RYX_TEST_MY_URL" },
  mysql = { "mysql", "RYX_TEST_MYSQL_URL" } }

local Server = {}
Server.__index = Server

local function sh(...)
  local command = table.concat({ "scripts/servers.sh", ... }, " ")
  assert(os.execute(command .. " >&2"), command)
end

local n = 0

--- Starts one; environment: what scripts/servers.sh understands.
function M.start(dialect, environment)
  local name, variable = table.unpack(NAMES[dialect])
  n = n + 1
  local dir = ("%s/server%d"):format(assert(os.getenv("RYX_FAULT_DIR"), "RYX_FAULT_DIR"), n)
  local command = ("env %s scripts/servers.sh start %s %s >&2"):format(environment or "", dir, name)
  assert(os.execute(command), command)
  local url
  for line in io.lines(dir .. "/env") do url = line:match(variable .. "=(.*)") or url end
  return setmetatable({ dir = dir, name = name, url = url }, Server)
end

--- Stops every server in a case's folder, whatever state it is in, and removes it.
function M.clear(dir)
  os.execute(("for s in %s/server*; do [ -e $s ] && scripts/servers.sh stop $s; done; "
    .. "for s in %s/pooler*; do [ -e $s ] && scripts/pooler.sh stop $s; done; rm -rf %s"):format(dir, dir, dir))
end

function Server:pause() sh("pause", self.dir, self.name) end
function Server:resume() sh("resume", self.dir, self.name) end
function Server:kill() sh("kill", self.dir, self.name) end
function Server:begin() sh("begin", self.dir, self.name) end

--- "fast" lets sessions end, "immediate" does not.
function Server:restart(mode) sh("restart", self.dir, self.name, mode) end

return M
