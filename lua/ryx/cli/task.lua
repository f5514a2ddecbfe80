-- SPDX-License-Identifier: MIT
-- A command as a task of ryx, which an interrupt ends: its query is cancelled, its transaction
-- rolled back.
local errors = require "ryx.errors"
local host = require "ryx.host"
local interrupt = require "ryx.cli.interrupt"
local task = require "ryx.host.task"

local M = {}

local LOOK_SECONDS, PATIENCE_SECONDS = 0.1, 3

-- After a signal nothing else may keep the process, as tasks that the command started.
local function leave_if_told(ctx)
  local number = interrupt.pending()
  if not number then return end
  pcall(ctx.out.err, ctx.out, "ryx: interrupted")
  interrupt.leave(128 + number)
end

local function is_dealt_with(ctx, number)
  return ctx.on_interrupt ~= nil and ctx.on_interrupt(number)
end

-- Looks for a signal until the command has ended, or is told of one that it deals with itself. A
-- command that goes on after it has not so much time that it would not end at all.
local function watch(command, ctx)
  while not interrupt.pending() or is_dealt_with(ctx, interrupt.pending()) do task.sleep(LOOK_SECONDS) end
  host.interrupt(command, errors.new{ kind = "cancelled", message = "interrupted" })
  task.sleep(PATIENCE_SECONDS)
  leave_if_told(ctx)
end

--- Runs fn() as a task and waits for all that it starts; its value.
function M.run(ctx, fn)
  interrupt.expect(true)
  return task.run(function()
    local watcher = task.spawn(watch, host.current(), ctx)
    local ok, result = xpcall(fn, ctx.traced)
    leave_if_told(ctx)
    watcher:cancel()
    if not ok then error(result, 0) end
    return result
  end)
end

return M
