-- SPDX-License-Identifier: MIT
-- The text of a function, taken from the file that it was loaded from. It is given only where it
-- means the same elsewhere: where it is alone on its first line, and uses nothing from around it
-- but ryx and m.
local M = {}

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

-- What may stand in a text of Lua where words do not count, and how it ends.
local function skipped(text, i)
  local level = text:match("^%-?%-?%[(=*)%[", i)
  local is_comment = text:find("^%-%-", i) ~= nil
  if level and (is_comment or text:find("^%[", i)) then
    local _, last = text:find("]" .. level .. "]", i, true)
    return last or #text
  end
  if is_comment then return (text:find("\n", i, true) or #text + 1) - 1 end
  local quote = text:match("^[\"']", i)
  if not quote then return nil end
  local j = i + 1
  while j <= #text and text:sub(j, j) ~= quote do j = j + (text:sub(j, j) == "\\" and 2 or 1) end
  return j
end

-- Calls fn(word, first, last) for the words of a text of Lua until it gives something.
local function each_word(text, from, fn)
  local i = from
  while i <= #text do
    local last = skipped(text, i)
    local word = not last and text:match("^[%a_][%w_]*", i)
    if word then
      last = i + #word - 1
      local result = fn(word, i, last)
      if result then return result end
    end
    i = (last or i) + 1
  end
end

-- The last byte of the function whose keyword stands at a place.
local function end_of(text, from)
  local depth = 0
  return each_word(text, from, function(word, _, last)
    if OPENS[word] then depth = depth + 1 end
    if CLOSES[word] then depth = depth - 1 end
    return depth == 0 and last or nil
  end)
end

-- Where line n begins.
local function line_start(text, n)
  local at = 1
  for _ = 2, n do at = (text:find("\n", at, true) or #text) + 1 end
  return at
end

local function n_lines(text) return select(2, text:gsub("\n", "")) end

-- The one function that begins in a line and ends in another.
local function between(text, first, last)
  local from, found, n = line_start(text, first), nil, 0
  local stop = line_start(text, first + 1)
  each_word(text, from, function(word, at)
    if at >= stop then return true end
    local to = word == "function" and end_of(text, at)
    if to and first + n_lines(text:sub(at, to)) - n_lines(text:sub(at, from - 1)) == last then
      found, n = text:sub(at, to), n + 1
    end
  end)
  return n == 1 and found or nil
end

-- Globals that the file itself has set are not there elsewhere.
local function sets_nothing(env)
  return env == nil or env == _G or next(env) == nil
end

local MODULES = { ryx = "ryx", m = "ryx.migrations" }

local function stands_alone(fn)
  local getfenv = rawget(_G, "getfenv")
  if getfenv and not sets_nothing(getfenv(fn)) then return false end
  for i = 1, math.huge do
    local name, v = debug.getupvalue(fn, i)
    if not name then return true end
    local is_known = MODULES[name] and v == package.loaded[MODULES[name]] or name == "_ENV" and sets_nothing(v)
    if not is_known then return false end
  end
end

local function read(info)
  local path = info.source:match("^@(.*)$")
  local f = path and io.open(path, "rb")
  local text = f and f:read("*a")
  if f then f:close() end
  return text
end

--- A text of Lua with its lines behind the first moved to an indentation, from that of its last
--- line on. What holds a text over several lines is left where it is.
function M.moved(text, indent)
  if text:find("%[=*%[") then return text end
  local old = text:match("\n( *)[^\n]*$") or ""
  return (text:gsub("\n" .. old, "\n" .. (" "):rep(indent)):gsub("\n +\n", "\n\n"))
end

--- The text of a function as an expression; nil where it would not mean the same elsewhere.
function M.of(fn)
  local info = debug.getinfo(fn, "S")
  local text = info.what ~= "C" and stands_alone(fn) and read(info)
  local found = text and between(text, info.linedefined, info.lastlinedefined)
  return found and (found:gsub("^function%s*[%w_.:]*%s*%(", "function("))
end

return M
