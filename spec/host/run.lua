-- SPDX-License-Identifier: MIT
-- The same inside ryx.run: every call yields to the scheduler.
package.path = "spec/host/?.lua;" .. package.path
local ryx = require "ryx"
local scenarios = require "scenarios"
local ticks = 0
local failures = ryx.run(function()
  local stop = false
  ryx.spawn(function()
    while not stop do
      ticks = ticks + 1
      ryx.sleep(0.01)
    end
  end)
  return scenarios.run(assert(os.getenv("RYX_TEST_URL")), print, function()
    stop = true
    ryx.sleep(0.05)
  end)
end)
print((ticks > 3 and "ok 11" or "not ok 11") .. " - another task runs meanwhile")
ryx.close()
os.exit(failures == 0 and ticks > 3 and 0 or 1, true)
