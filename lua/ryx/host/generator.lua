-- SPDX-License-Identifier: MIT
-- ryx.wrap: coroutine.wrap whose waits pass through to the scheduler.
local compat = require "ryx.compat"

local running = coroutine.running

local M = {}

-- Generator -> the coroutine that resumed it, when that may yield.
local resumed_by = setmetatable({}, { __mode = "k" })

-- What a generator gets instead of being resumed when its yield could not pass through.
local REFUSED = {}

--- Would a yield here reach the scheduler? Only in the task's own coroutine, or
--- in wrapped generators that it runs, and not inside a call of C.
function M.reaches(task)
  if not compat.yieldable() then return false end
  local co = running()
  while co and co ~= task.co do co = resumed_by[co] end
  return co ~= nil
end

--- Yields to the scheduler; false when that cannot be, and the wait must block.
function M.yield(...)
  local ok, answer = pcall(coroutine.yield, ...)
  return ok and answer ~= REFUSED
end

local function results(ok, ...)
  if not ok then error((...), 0) end
  return ...
end

-- Yields on behalf of a generator; what it is to be resumed with.
local function pass(...)
  local got = compat.pack(pcall(coroutine.yield, ...))
  if not got[1] then return REFUSED end
  return compat.unpack(got, 2, got.n)
end

--- A generator of fn; current() is the running task.
function M.new(fn, current)
  local co = coroutine.create(fn)
  return function(...)
    resumed_by[co] = compat.yieldable() and running() or nil
    local got = compat.pack(coroutine.resume(co, ...))
    -- What it yielded while the task waits is not for the caller but for the scheduler.
    while got[1] and coroutine.status(co) == "suspended" and (current().slot or current().parked) do
      got = compat.pack(coroutine.resume(co, pass(compat.unpack(got, 2, got.n))))
    end
    return results(compat.unpack(got, 1, got.n))
  end
end

return M
