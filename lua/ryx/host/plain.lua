-- SPDX-License-Identifier: MIT
-- Plain Lua: the engine runs inside the waits of the main chunk.
local loop = require "ryx.host.loop"

local M = { name = "plain" }
for name, fn in pairs(loop) do
  if type(fn) == "function" then M[name] = fn end
end

--- May a task be started here? Only ryx.run (or gather) lets tasks run.
function M.may_spawn()
  return loop.live > 0
end

--- Runs the scheduler until every task has ended.
function M.finish()
  loop.runs = loop.runs + 1
  local ok, err = pcall(loop.drive, function() return loop.live == 0 end)
  loop.runs = loop.runs - 1
  if not ok then error(err, 0) end
end

return M
