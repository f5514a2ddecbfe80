-- SPDX-License-Identifier: MIT
-- SQL text as tokens, by the quotes of a dialect: what stands in a catalog is read, never guessed
-- at with patterns over the whole.
local M = {}

local CLOSE = { ['"'] = '"', ["`"] = "`", ["["] = "]", ["'"] = "'" }
local ESCAPES = { n = "\n", t = "\t", r = "\r", b = "\b", ["0"] = "\0", Z = "\26" }

-- The text between quotes, and where it ends: a doubled quote is one, a backslash where it counts.
local function quoted(text, at, close, has_escapes)
  local parts, i = {}, at
  while true do
    local stop = text:find(has_escapes and "[\\" .. close .. "]" or close, i, close == "]" and not has_escapes)
    if not stop then return nil end
    parts[#parts + 1] = text:sub(i, stop - 1)
    local c = text:sub(stop, stop)
    local following = text:sub(stop + 1, stop + 1)
    if c == "\\" then
      parts[#parts + 1] = ESCAPES[following] or following
    elseif following == close and close ~= "]" then
      parts[#parts + 1] = close
    else
      return table.concat(parts), stop
    end
    i = stop + 2
  end
end

local OPERATOR = "^[%+%-%*/<>=~!@#%%%^&|%?]+"
local NUMBERS = { "^0[xX]%x+", "^%d+%.?%d*[eE][%+%-]?%d+", "^%.%d+[eE][%+%-]?%d+", "^%d+%.?%d*", "^%.%d+" }

local function number(text, at)
  for _, pattern in ipairs(NUMBERS) do
    local _, stop = text:find(pattern, at)
    if stop then return stop end
  end
end

-- Where a comment at a place ends, or nothing.
local function comment(text, at)
  local mark = text:sub(at, at + 1)
  if mark == "--" then return (text:find("\n", at, true) or #text) end
  if mark == "/*" then return select(2, text:find("*/", at + 2, true)) or #text end
end

-- Operators are read as long as they go, but a sign belongs to what follows it.
local function operator(text, at)
  local _, stop = text:find(OPERATOR, at)
  while stop and stop > at and text:sub(stop, stop):find("[%+%-]") and not text:sub(at, stop):find("[~!@#%%^&|?]") do
    stop = stop - 1
  end
  return stop
end

local function read(text, at, spelling)
  local c = text:sub(at, at)
  local kind = spelling.quotes[c]
  if kind then
    local before = text:sub(at - 1, at - 1)
    local escapes = kind == "string" and (spelling.has_escapes or spelling.has_e_strings and before:find("[eE]"))
    local value, stop = quoted(text, at + 1, CLOSE[c], escapes)
    return kind, value, stop
  end
  local _, stop = text:find("^[%a_\128-\255][%w_$\128-\255]*", at)
  if stop then return "word", text:sub(at, stop), stop end
  stop = number(text, at)
  if stop then return "number", text:sub(at, stop), stop end
  if text:sub(at, at + 1) == "::" then return "op", "::", at + 1 end
  stop = operator(text, at) or at
  return "op", text:sub(at, stop), stop
end

--- The tokens of a text: { kind = "word", "name" (in quotes), "string", "number" or "op", text, from,
--- to }, or nil where it ends within quotes. A word has its text in small letters at `lower`.
function M.of(text, spelling)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local skipped = comment(text, at)
    if skipped then
      at = skipped + 1
    else
      local kind, value, stop = read(text, at, spelling)
      if not stop then return nil end
      local lower = kind == "word" and value:lower() or nil
      list[#list + 1] = { kind = kind, text = value, from = at, to = stop, lower = lower }
      at = stop + 1
    end
  end
end

--- Where the bracket at a token is closed.
function M.closing(list, i)
  local depth = 0
  for at = i, #list do
    local t = list[at]
    if t.kind == "op" then
      if t.text == "(" then depth = depth + 1 end
      if t.text == ")" then depth = depth - 1 end
      if depth == 0 then return at end
    end
  end
  return #list
end

--- The parts between two tokens (both within), parted by commas outside of brackets: { first, last }.
function M.parts(list, first, last)
  local out, start, i = {}, first, first
  while i <= last do
    local t = list[i]
    if t.kind == "op" and t.text == "(" then
      i = M.closing(list, i)
    elseif t.kind == "op" and t.text == "," then
      out[#out + 1], start = { start, i - 1 }, i + 1
    end
    i = i + 1
  end
  if start <= last then out[#out + 1] = { start, last } end
  return out
end

--- The text from one token to another.
function M.text(source, list, first, last)
  if first > last then return "" end
  return source:sub(list[first].from, list[last].to)
end

return M
