-- SPDX-License-Identifier: MIT
-- Functions of Python's that Lua calls at once, inside its own frames: defaults, validators,
-- conversions. Whatever they call of ryx themselves, Lua goes on where it was.
local loop = require "ryx.host.loop"
local queue = require "ryx.host.queue"
local validation_error = require "ryx.validate.validation_error"

local M = {}

-- ok: true and a value, false and the messages of a ValidationError, or nil and an exception.
local function outcome(engine, task, ok, v)
  queue.set_engine(engine)
  loop.current_task = task
  if ok then return v end
  if ok == false then validation_error.raise(v) end
  error(v, 0)
end

--- A function of what the extension's `callback` made.
function M.plain(invoke)
  return function(...)
    return outcome(queue.current, loop.current_task, invoke(...))
  end
end

return M
