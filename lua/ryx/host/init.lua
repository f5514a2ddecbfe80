-- SPDX-License-Identifier: MIT
-- Which host is this? Copies the chosen host's functions here, so that callers
-- write host.wait(e, slot) and pay one table access.
--
--   engine()            the engine for this call, opened on first use
--   sends()             the same for a call that will wait; raises where it could not
--   close()             closes it
--   clock()             seconds of a clock that never goes back
--   wait(e, slot, shield, alias), sleep(s), wake(task), interrupt(task, err)
--   park(s)             waits for wake, at most s seconds; may return early
--   current()           the running task, never nil
--   in_task()           is a task running?
--   start(task, body)   runs body as a task; may_spawn() says whether it would run
--   finish()            waits until every task has ended
--   failed(err, trace, task), take_failure()   errors of tasks nobody waits for
--   sleeping()          requests of the engine that only sleep
--   wrap(fn)            coroutine.wrap whose waits pass through
-- and, where a host has need of it:
--   rows, row, dicts    instead of core.rows, core.row, core.dicts
--   idle_with(wait)     wait(descriptor, ms) waits in the place of the engine
--   waiting()           the tasks that wait, with waits_on and waits_since of an alias
--   queues              a statement on a busy transaction waits for its turn instead of failing
--   enter(task, frame), leave(task, frame)   a scope of the task is open (scope.lua)
--   in_force(co, frame) does the frame of a scope run, where coroutines are used again?
--   streams(n)          so many streams are open
--   watch(frame, gone)  calls gone() when the frame's coroutine is no more; returns the undo
local core = require "ryx.core"
local errors = require "ryx.errors"

local M = { clock = core.clock }

--- Makes a host the one of this Lua state.
function M.use(host)
  for name, value in pairs(host) do M[name] = value end
end

--- Lets a loop of luv drive the engine.  ryx.attach(require "luv")
---@param uv table the module luv
function M.attach(uv)
  if M.in_task() then
    errors.raise("misuse", "ryx.attach inside a task, which runs in another loop: call it at the top of a program "
      .. "(lua5.4, or `ryx run` without a configuration)")
  end
  M.close()
  M.use(require("ryx.host.luv")(uv))
end

local ngx = rawget(_G, "ngx")
if ngx and ngx.get_phase then
  M.use(require "ryx.host.nginx")
else
  M.use(require "ryx.host.plain")
end

return M
