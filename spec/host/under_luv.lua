-- SPDX-License-Identifier: MIT
-- Under luv: its loop polls the engine's descriptor; a timer of its own must go on.
package.path = "spec/host/?.lua;" .. package.path
local uv = require "luv"
local ryx = require "ryx"
local scenarios = require "scenarios"
ryx.attach(uv)
local ticks, failures = 0, nil
local timer = uv.new_timer()
timer:start(10, 10, function() ticks = ticks + 1 end)
-- A callback that is no task's blocks the loop, and is told so once.
local function call_in_callback()
  local reports, rows = {}, 0
  local undo = ryx.on_error(function(err) reports[#reports + 1] = tostring(err) end)
  local once = uv.new_timer()
  once:start(1, 0, function()
    for _ = 1, 3 do rows = rows + #ryx.raw_fetch("SELECT 1 AS n") end
    once:close()
  end)
  ryx.sleep(0.1)
  undo()
  return rows == 3 and #reports == 1 and reports[1]:find("under_luv.lua:%d+: .*ryx%.spawn") ~= nil
end
local warned
ryx.spawn(function()
  failures = scenarios.run(assert(os.getenv("RYX_TEST_URL")), print)
  warned = call_in_callback()
  ryx.close()
  timer:stop()
  timer:close()
end)
uv.run()
print((ticks > 3 and "ok" or "not ok") .. " - timers of the loop go on meanwhile")
print((warned and "ok" or "not ok") .. " - a call in a callback works and warns once")
os.exit(failures == 0 and ticks > 3 and warned and 0 or 1, true)
