-- SPDX-License-Identifier: MIT
-- A throwaway PgBouncer or HAProxy of a case's own (scripts/pooler.sh does the work).
-- It ends with the case's folder.
--
--   local pooler = require("fault.pooler").start("pgbouncer", url, "pool_mode=session")
--   pooler:pause()   pooler:kill()
local M = {}

local Pooler = {}
Pooler.__index = Pooler

local n = 0

local function quoted(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function sh(...)
  local command = table.concat({ "scripts/pooler.sh", ... }, " ")
  assert(os.execute(command .. " >&2"), command)
end

--- Starts one before the server of a URL; settings: what scripts/pooler.sh takes.
function M.start(kind, url, ...)
  n = n + 1
  local dir = ("%s/pooler%d"):format(assert(os.getenv("RYX_FAULT_DIR"), "RYX_FAULT_DIR"), n)
  local words = { "scripts/pooler.sh start", dir, kind, quoted(url) }
  for _, setting in ipairs{ ... } do words[#words + 1] = quoted(setting) end
  local p = assert(io.popen(table.concat(words, " ")))
  local through = p:read("l")
  p:close()
  return setmetatable({ dir = dir, url = assert(through, "the pooler did not start") }, Pooler)
end

function Pooler:pause() sh("pause", self.dir) end
function Pooler:resume() sh("resume", self.dir) end
function Pooler:kill() sh("stop", self.dir) end

return M
