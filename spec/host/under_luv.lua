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
ryx.spawn(function()
  failures = scenarios.run(assert(os.getenv("RYX_TEST_URL")), print)
  ryx.close()
  timer:stop()
  timer:close()
end)
uv.run()
print((ticks > 3 and "ok 11" or "not ok 11") .. " - timers of the loop go on meanwhile")
os.exit(failures == 0 and ticks > 3 and 0 or 1, true)
