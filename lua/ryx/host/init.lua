-- SPDX-License-Identifier: MIT
-- Which host is this? Copies the chosen host's functions here, so that callers
-- write host.wait(e, slot) and pay one table access.
--
--   engine()            the engine for this call, opened on first use
--   close()             closes it
--   wait(e, slot, shield), park(), wake(task), interrupt(task, err), after(s, fn), sleep(s)
--   current()           the running task, never nil
--   can_yield(task)     does a wait here let other tasks run?
--   start(task, body)   runs body as a task; may_spawn() says whether it would run
--   finish()            waits until every task has ended
--   failed(err), take_failure()   errors of tasks nobody waits for
--   sleeping()          requests of the engine that only sleep
--   queues              true: a busy transaction makes others wait instead of failing
--   wrap(fn)            coroutine.wrap whose waits pass through
-- and, where a host makes its own objects of results or queues on transactions:
--   rows, row, dicts    instead of core.rows, core.row, core.dicts
--   sleeping()          requests of the engine that only sleep
--   queues              tasks may use one transaction at once
local M = {}

--- Makes a host the one of this Lua state.
function M.use(host)
  for name, value in pairs(host) do M[name] = value end
end

--- Lets a loop of luv drive the engine.  ryx.attach(require "luv")
function M.attach(uv)
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
