-- SPDX-License-Identifier: MIT
-- What a command writes: lines, JSON, tables, colours, progress, questions. Commands write through
-- such an object only, so that tests can give one of their own.
local errors = require "ryx.errors"
local system = require "ryx.cli.system"
local width = require "ryx.cli.width"

local Out = {}
Out.__index = Out

local M = {}

--- An object that writes to the streams of the process.
function M.new()
  return setmetatable({ streams = { stdin = io.stdin, stdout = io.stdout, stderr = io.stderr } }, Out)
end

local function text_of(fmt, ...)
  return select("#", ...) > 0 and fmt:format(...) or fmt
end

local EPIPE = 32

-- What reads us may have gone, as head(1) does: then there is nothing to say.
local function check(ok, why, code)
  if ok then return end
  if code == EPIPE then error(M.CLOSED, 0) end
  errors.raise("operational", "cannot write: %s", why)
end

--- What is raised when nobody reads any more.
M.CLOSED = setmetatable({}, { __tostring = function() return "nobody reads the output" end })

--- Writes to standard output, as it stands.
function Out:write(text)
  check(self.streams.stdout:write(text))
end

--- A line on standard output, formatted when there is something to format.
function Out:line(fmt, ...)
  self:write(text_of(fmt or "", ...) .. "\n")
end

--- A line on standard error, also when nobody reads what was written before it.
function Out:err(fmt, ...)
  self.streams.stdout:flush()
  self.streams.stderr:write(text_of(fmt, ...), "\n")
end

function Out:flush()
  check(self.streams.stdout:flush())
end

--- A value as one line of JSON; an empty list is ryx.json.array{}.
function Out:json(value)
  self:line("%s", require("ryx.value").json.encode(value))
end

--- Is "stdin", "stdout" or "stderr" a terminal?
function Out:is_terminal(stream) -- luacheck: no self
  return system.is_terminal(stream)
end

--- Columns of the terminal, 80 where there is none.
function Out:width(stream) -- luacheck: no self
  return system.width(stream or "stdout") or 80
end

-- A terminal of which nothing is said may know nothing, either.
local DUMB = { dumb = true, [""] = true }

local function is_dumb()
  return DUMB[os.getenv("TERM") or ""] ~= nil
end

local COLOURS = { red = 31, green = 32, yellow = 33, blue = 34, magenta = 35, cyan = 36, bold = 1, dim = 2 }

--- A text in a colour where the stream ("stdout") is a terminal that has colours.
function Out:colour(name, text, stream)
  local no_color = os.getenv("NO_COLOR")
  if no_color and no_color ~= "" or is_dumb() then return text end
  if not self:is_terminal(stream or "stdout") then return text end
  return ("\27[%dm%s\27[0m"):format(COLOURS[name], text)
end

-- What would break the line or the terminal is written as an escape.
local function cell(value)
  return (tostring(value):gsub("%c", function(c) return c == "\n" and "\\n" or ("\\%d"):format(c:byte()) end))
end

local function widths_of(columns, rows)
  local widths = {}
  for i, column in ipairs(columns) do widths[i] = width.of(column) end
  for _, row in ipairs(rows) do
    for i in ipairs(columns) do widths[i] = math.max(widths[i], width.of(row[i])) end
  end
  return widths
end

--- Rows under their columns, aligned. Numbers stand on the right.
function Out:table(columns, rows)
  local texts = {}
  for r, row in ipairs(rows) do
    texts[r] = {}
    for i in ipairs(columns) do texts[r][i] = cell(row[i] == nil and "" or row[i]) end
  end
  local widths = widths_of(columns, texts)
  local function line(cells, values)
    local out = {}
    for i, text in ipairs(cells) do
      local fill = (" "):rep(widths[i] - width.of(text))
      out[i] = values and type(values[i]) == "number" and fill .. text or text .. fill
    end
    self:line("%s", (table.concat(out, "  "):gsub("%s+$", "")))
  end
  line(columns)
  local rules = {}
  for i, w in ipairs(widths) do rules[i] = ("-"):rep(w) end
  line(rules)
  for r, cells in ipairs(texts) do line(cells, rows[r]) end
end

--- A line that is drawn again and again on a terminal, and nothing elsewhere.
--- local progress = out:progress()   progress:step("0002_slug: add index")   progress:done("0002_slug", 0.2)
function Out:progress()
  local stderr, columns = self.streams.stderr, self:width("stderr")
  local is_shown = self:is_terminal("stderr") and not is_dumb()
  local function draw(text, ending)
    if not is_shown then return end
    self:flush()
    stderr:write("\r\27[K", width.cut(text, columns - 1), ending)
    stderr:flush()
  end
  return {
    step = function(_, text) draw(text, "") end,
    done = function(_, text, seconds)
      draw(seconds and ("%s  %.2f s"):format(text, seconds) or text, "\n")
    end,
    clear = function() draw("", "") end,
  }
end

--- Asks on the terminal; the line that was typed, or nil at the end of input.
function Out:ask(question)
  self:flush()
  self.streams.stderr:write(question)
  self.streams.stderr:flush()
  local interrupt = require "ryx.cli.interrupt"
  local before = interrupt.expect(false) -- nothing is under way that would have to end
  local line = self.streams.stdin:read("*l")
  interrupt.expect(before)
  if not line then self.streams.stderr:write("\n") end
  return line
end

return M
