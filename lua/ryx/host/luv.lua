-- SPDX-License-Identifier: MIT
-- A luv loop drives the engine: it polls the engine's descriptor and a timer;
-- tasks are resumed from here, the outermost turn.
local core = require "ryx.core"
local errors = require "ryx.errors"
local loop = require "ryx.host.loop"
local plain = require "ryx.host.plain"
local report = require "ryx.host.report"

--- The host for a luv module.  ryx.attach(require "luv")
return function(uv)
  local M = { name = "luv" }
  for name, fn in pairs(plain) do M[name] = fn end
  M.name = "luv"

  local polled, poll, timer
  local n_closing = 0
  local busy, has_warned = false, false
  local turn

  local function closed() n_closing = n_closing - 1 end

  local function detach()
    if not polled then return end
    n_closing = n_closing + 2
    poll:stop()
    poll:close(closed)
    timer:stop()
    timer:close(closed)
    polled, poll, timer = nil, nil, nil
  end

  local function attach()
    local e = loop.engine()
    if polled == e then return end
    detach()
    polled = e
    poll = uv.new_poll(core.fd(e))
    timer = uv.new_timer()
    poll:start("r", function() turn() end)
  end

  -- Idle connections must not keep the user's loop alive; waiting tasks must.
  local function hold()
    if not poll then return end
    if loop.live > 0 then
      poll:ref()
      timer:ref()
    else
      poll:unref()
      timer:unref()
    end
  end

  function turn()
    if busy then return end
    busy = true
    local ok, err = pcall(function()
      local ms
      local ran, more
      -- A task that runs may start others, so the last turn is one without any.
      repeat
        ran = loop.run_ready()
        attach()
        ms = core.pump(loop.engine())
        more = loop.collect()
      until not ran and not more
      if ms >= 0 then timer:start(ms, 0, turn) else timer:stop() end
    end)
    busy = false
    hold()
    if not ok then error(err, 0) end
  end

  -- A call in a callback of the loop that is no task's makes everybody wait.
  local function warn()
    has_warned = true
    report.report(errors.new{
      kind = "misuse", message = "a call in a callback of luv blocks its loop; start it as a task with ryx.spawn",
    }, errors.traceback(2))
  end

  function M.wait(e, slot, shield)
    if not has_warned and not loop.in_task() and uv.loop_mode() then warn() end
    return loop.wait(e, slot, shield)
  end

  function M.may_spawn()
    return true
  end

  function M.start(task, body)
    loop.start(task, body)
    attach()
    hold()
    if not busy then timer:start(0, 0, turn) end
  end

  function M.wake(task)
    loop.wake(task)
    if timer and not busy then timer:start(0, 0, turn) end
  end

  -- A state that ends before its loop has closed a handle crashes in luv. A loop that
  -- runs will; loop_mode says nil of one that does not.
  function M.close()
    detach()
    loop.close()
    while n_closing > 0 and uv.loop_mode and not uv.loop_mode() do uv.run("nowait") end
  end

  return M
end
