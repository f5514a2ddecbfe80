-- SPDX-License-Identifier: MIT
-- Lines that are typed, while the tasks of a session go on; the file of those that were typed.
local errors = require "ryx.errors"
local folder = require "ryx.folder"
local host = require "ryx.host"
local interrupt = require "ryx.cli.interrupt"

local Terminal = {}
Terminal.__index = Terminal

local M = {}

local INTERRUPT = 2

-- $XDG_STATE_HOME/ryx/history, nil where there is no place for it.
local function history_path()
  local state, home = os.getenv "XDG_STATE_HOME", os.getenv "HOME"
  if not state or state:sub(1, 1) ~= "/" then state = home and home ~= "" and home .. "/.local/state" end
  if not state then return nil end
  return pcall(folder.make, state .. "/ryx") and state .. "/ryx/history" or nil
end

-- While nothing else is to do, keys are waited for as well.
function Terminal:wait(fd, ms)
  local failure = self.is_reading and host.take_failure()
  if failure then
    self:aside(self.on_failure, failure[1])
    return
  end
  if self.module.wait(fd, ms, self.is_reading) and self.is_reading then host.wake(self.task) end
end

--- Calls fn(...), which writes: the line that is typed makes room for it.
function Terminal:aside(fn, ...)
  if not self.is_reading then return fn(...) end
  self.edit:hide()
  fn(...)
  self.edit:show()
end

-- What tasks print does not go into the line that is typed.
local function print_aside(terminal)
  local print = print -- luacheck: ignore
  rawset(_G, "print", function(...) terminal:aside(print, ...) end)
end

--- The terminal, for the task that opens it; complete(text before the cursor) -> what is inserted,
--- what is shown. Without libedit lines are read, and nothing else is done meanwhile.
function M.open(out, complete)
  local has_edit, module = pcall(require, "ryx.cli.line_edit")
  local terminal = setmetatable({
    out = out, complete = complete, task = host.current(),
    is_reading = false,
    on_failure = nil, -- told of the error of a task that nobody waits for
  }, Terminal)
  interrupt.watch()
  if not has_edit then return terminal end
  terminal.module, terminal.edit, terminal.path = module, module.open(), history_path()
  if terminal.path then terminal.edit:load(terminal.path) end
  host.idle_with(function(fd, ms) terminal:wait(fd, ms) end)
  print_aside(terminal)
  return terminal
end

--- Ctrl-C drops the line that is typed, or ends what runs. false: it was another signal.
function Terminal:interrupt(number)
  if number ~= INTERRUPT then return false end
  if self.is_reading then
    host.wake(self.task)
  else
    interrupt.forget()
    host.interrupt(self.task, errors.new{ kind = "cancelled", message = "interrupted" })
  end
  return true
end

function Terminal:remember(line)
  if not line:find("%S") then return end
  self.edit:remember(line)
  if self.path then self.edit:save(self.path) end
end

-- Parks until a key is pressed; false: a signal came.
local function wait_for_key()
  pcall(host.park) -- an interrupt that came too late for what ran is none
  return not interrupt.pending()
end

-- Takes keys until they are a line: it, false at the end of input, nil when a signal came.
function Terminal:take_line()
  local line
  repeat
    if not wait_for_key() then return nil end
    line = self.edit:step(self.complete, wait_for_key)
  until line ~= nil
  return line
end

--- The next line; nil at the end of input; nil, true after Ctrl-C.
function Terminal:read(prompt)
  if not self.edit then return self.out:ask(prompt) end
  self.out:flush()
  self.edit:begin(prompt)
  self.is_reading = true
  local line = self:take_line()
  self.is_reading = false
  if line then
    self:remember(line)
    return line
  end
  self.edit:stop()
  local is_cancelled = interrupt.pending() == INTERRUPT
  if is_cancelled then interrupt.forget() end
  self.out:line(is_cancelled and "^C" or "")
  return nil, is_cancelled
end

--- The terminal is as it was before.
function Terminal:close()
  if self.edit then self.edit:close() end
end

return M
