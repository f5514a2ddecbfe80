-- SPDX-License-Identifier: MIT
-- The ryx command as a process, the fastest of some: the second column is the limit.
local measure = require "measure"

local TIMES = 25

local function fastest(command)
  local best = math.huge
  for _ = 1, TIMES do
    best = math.min(best, measure.time(function()
      local ok = os.execute(command)
      assert(ok == true or ok == 0, command)
    end))
  end
  return best * 1000
end

local function row(what, command, limit_ms)
  local took = fastest(command .. " >/dev/null")
  measure.row(what, ("%.1f ms"):format(took), ("%d ms"):format(limit_ms), took / limit_ms, 1)
end

return function()
  row("ryx version", "ryx version", 15)
end
