-- SPDX-License-Identifier: MIT
-- Generators inside tasks: coroutine.wrap whose waits pass through to the scheduler.
local compat = require "ryx.compat"

local M = {}

local resumed_by = setmetatable({}, { __mode = "k" }) -- generator -> the coroutine that resumed it

--- Would a yield here reach the scheduler? Only in the task's own coroutine, or
--- in wrapped generators that it runs.
function M.reaches(task)
  local co = compat.running()
  while co and co ~= task.co do co = resumed_by[co] end
  return co ~= nil
end

local function results(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

--- A generator of fn; current() is the running task.
function M.new(fn, current)
  local co = coroutine.create(fn)
  return function(...)
    resumed_by[co] = compat.running()
    local got = compat.pack(coroutine.resume(co, ...))
    -- What it yielded while the task waits is not for the caller but for the scheduler.
    while got[1] and coroutine.status(co) == "suspended" and (current().slot or current().parked) do
      got = compat.pack(coroutine.resume(co, coroutine.yield(compat.unpack(got, 2, got.n))))
    end
    return results(compat.unpack(got, 1, got.n))
  end
end

return M
