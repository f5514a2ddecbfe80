-- SPDX-License-Identifier: MIT
-- What ryx shell does with what it reads: statements are run, expressions printed. All of a
-- session runs in one task.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local interrupt = require "ryx.cli.interrupt"
local print_of = require "ryx.cli.print"
local completion = require "ryx.cli.shell.completion"
local show = require "ryx.cli.shell.show"
local terminal_of = require "ryx.cli.shell.terminal"

local Session = {}
Session.__index = Session

local M = {}

local PROMPT, MORE = "ryx> ", "...> "

-- What a session has besides what every program has: ryx, and the models of the project.
local function set_globals(models)
  rawset(_G, "ryx", require("ryx"))
  for _, model in ipairs(models) do rawset(_G, model._meta.model_name, model) end
end

--- A session of a project: { out =, project = }.
function M.new(ctx)
  set_globals(ctx.project.models)
  return setmetatable({ ctx = ctx, out = ctx.out, n_lines = 0 }, Session)
end

-- The message of an expression says more, unless it is none: a statement is wrong further on.
local function choose(text, of_expression, of_statement)
  local near = of_statement:match("near '(.-)'$")
  return near and text:match("^%s*(.*)"):sub(1, #near) == near and of_expression or of_statement
end

local function would_go_on(message)
  return message:find("<eof>'?$") ~= nil
end

-- A function of a text, an expression or statements; or nil, what is wrong with it, and whether
-- it would go on. Lines are counted as they were read.
local function compile(text, n_before)
  local lines = ("\n"):rep(n_before)
  text = text:gsub("^%s*=", " ") -- other Luas print what follows it
  local chunk, of_expression = compat.load(lines .. "return " .. text, "=shell", _G)
  if chunk then return chunk end
  local of_statement
  chunk, of_statement = compat.load(lines .. text, "=shell", _G)
  if chunk then return chunk end
  return nil, choose(text, of_expression, of_statement), would_go_on(of_expression) or would_go_on(of_statement)
end

local function on_error(err)
  if errors.is_error(err) or err == print_of.CLOSED then return err end
  local text = type(err) == "table" and getmetatable(err) == nil and show.text(err) or tostring(err)
  local where, message = text:match("^([^:\n]+:%d+): (.*)$")
  return errors.new{ kind = "misuse", where = where, message = message or text }
end

-- Runs a chunk and prints what it gives.
function Session:evaluate(chunk)
  return xpcall(function() show.values(self.out, compat.pack(chunk())) end, on_error)
end

local LOCAL = "a local is gone with the line that has it: without `local`, %s stays"

-- Said once: nothing else tells why the next line does not know the name.
function Session:explain_local(text)
  local name = text:match("^%s*local%s+function%s+([%a_][%w_]*)") or text:match("^%s*local%s+([%a_][%w_]*)")
  if not name or self.has_explained or text:find("\n.") then return end
  self.has_explained = true
  self.out:err("%s", self.out:colour("dim", LOCAL:format(name), "stderr"))
end

-- Adds a line to the ones before it that go on: true when more must follow; else they are run, and
-- false, or false and an error.
function Session:feed(line)
  local text = self.pending and self.pending .. "\n" .. line or line
  local chunk, err, goes_on = compile(text, self.n_lines)
  if goes_on then
    self.pending = text
    return true
  end
  self.pending = nil
  self.n_lines = self.n_lines + 1 + select(2, text:gsub("\n", ""))
  if not chunk then return false, on_error(err) end
  self:explain_local(text)
  local ok, why = self:evaluate(chunk)
  if not ok then return false, why end
  return false
end

-- What ends where more would have to follow is wrong.
function Session:finish()
  if not self.pending then return end
  local _, err = compile(self.pending, self.n_lines)
  error(on_error(err), 0)
end

--- Runs a text; the exit code.
function Session:run_text(text)
  local _, err = self:feed(text)
  if err then error(err, 0) end
  self:finish()
  return 0
end

--- Runs lines that an iterator gives, to the first error.
function Session:run_lines(lines)
  for line in lines do
    local _, err = self:feed(line)
    if err then error(err, 0) end
  end
  self:finish()
  return 0
end

function Session:report(err)
  if err == print_of.CLOSED then error(err, 0) end
  self.out:err("%s %s", self.out:colour("red", "error:", "stderr"), tostring(err))
end

function Session:greet()
  local names = {}
  for i, model in ipairs(self.ctx.project.models) do names[i] = model._meta.model_name end
  local what = names[1] and table.concat(names, ", ") or "no models"
  self.out:line("ryx %s: %s. Ctrl-D leaves.", self.ctx.version, what)
end

-- What Tab completes also knows the lines before, to which the one that is typed belongs.
function Session:complete(text)
  local before = self.pending and self.pending .. "\n" or ""
  return completion.complete(before .. text, self.out:width(), _G)
end

function Session:open_terminal()
  local terminal = terminal_of.open(self.out, function(text) return self:complete(text) end)
  terminal.on_failure = function(err) self:report(err) end
  self.ctx.on_interrupt = function(number) return terminal:interrupt(number) end
  return terminal
end

-- Runs a line of the terminal; an error does not end the session. Does it go on?
function Session:obey(line)
  local goes_on, err = self:feed(line)
  if err then self:report(err) end
  return goes_on
end

--- Reads lines from the terminal to the end of input. Tasks that were spawned may never end, and
--- nobody is there any more to see what they do, so the process ends with the session.
function Session:talk()
  local terminal, goes_on = self:open_terminal(), false
  self:greet()
  repeat
    local line, is_cancelled = terminal:read(goes_on and MORE or PROMPT)
    if is_cancelled then self.pending, goes_on = nil, false end
    if line then goes_on = self:obey(line) end
  until not line and not is_cancelled
  terminal:close()
  local number = interrupt.pending()
  interrupt.leave(number and 128 + number or 0)
end

return M
