-- SPDX-License-Identifier: MIT
-- The words of a piece of Lua that is being typed, for completion.
local M = {}

local OPENS, CLOSES = { ["("] = true, ["{"] = true, ["["] = true }, { [")"] = true, ["}"] = true, ["]"] = true }

-- Where a text in quotes that begins at `from` ends, nil when it does not.
local function end_of_quoted(text, from)
  local quote, at = text:sub(from, from), from + 1
  while at <= #text do
    local c = text:sub(at, at)
    if c == quote then return at end
    at = at + (c == "\\" and 2 or 1)
  end
end

-- The end of what begins with a long bracket, and whether there is one at all.
local function end_of_long(text, from)
  local level = text:match("^%[(=*)%[", from)
  if not level then return nil, false end
  return select(2, text:find("]" .. level .. "]", from, true)), true
end

-- The word at a place: its kind and where it ends; an end of nil is that of the text.
local function word_at(text, at)
  local name = text:match("^[%a_][%w_]*", at)
  if name then return "name", at + #name - 1 end
  local number = text:match("^%.?%d[%w_.]*", at)
  if number then return "number", at + #number - 1 end
  local c = text:sub(at, at)
  if c == '"' or c == "'" then return "text", end_of_quoted(text, at) end
  local long_end, is_long = end_of_long(text, at)
  if is_long then return "text", long_end end
  if text:sub(at, at + 1) == "--" then
    long_end, is_long = end_of_long(text, at + 2)
    if is_long then return "comment", long_end end
    return "comment", (text:find("\n", at, true))
  end
  return c, at
end

--- The words of a text: { kind = "name" | "text" | "number" | "comment" | a sign, text =,
--- is_open = it does not end, is_last = the text ends with it }. Comments that have ended are none.
function M.of(text)
  local out, at = {}, text:find("%S")
  while at do
    local kind, last = word_at(text, at)
    if kind ~= "comment" or not last then
      local word = text:sub(at, last or #text)
      out[#out + 1] = { kind = kind, text = word, is_open = last == nil, is_last = last == #text }
    end
    at = text:find("%S", (last or #text) + 1)
  end
  return out
end

--- The places of brackets that are open at the end, the innermost last.
function M.open(words)
  local stack = {}
  for i, word in ipairs(words) do
    if OPENS[word.kind] then
      stack[#stack + 1] = i
    elseif CLOSES[word.kind] then
      stack[#stack] = nil
    end
  end
  return stack
end

-- The bracket that the one at a place closes.
local function opening(words, at)
  local depth = 0
  for i = at, 1, -1 do
    if CLOSES[words[i].kind] then depth = depth + 1 end
    if OPENS[words[i].kind] then depth = depth - 1 end
    if depth == 0 then return i end
  end
end

-- The place of what is called with the arguments that end at a place; the place itself without any.
local function before_arguments(words, at)
  local is_called = false
  while at and at > 0 do
    local kind = words[at].kind
    local from = kind == "text" and at or CLOSES[kind] and opening(words, at)
    if not from then return at, is_called end
    is_called, at = true, from - 1
  end
  return nil
end

--- The chain that ends at a place, Post.objects:filter{ ... }, from its beginning:
--- { { name = "Post" }, { name = "objects", sign = "." }, { name = "filter", sign = ":", is_called = true } }, or nil.
function M.chain(words, at)
  local out = {}
  while true do
    local is_called
    at, is_called = before_arguments(words, at)
    if not at or at == 0 or words[at].kind ~= "name" then return nil end
    local sign = words[at - 1] and words[at - 1].kind
    local follows = sign == "." or sign == ":"
    table.insert(out, 1, { name = words[at].text, is_called = is_called, sign = follows and sign or nil })
    if not follows then return out end
    at = at - 2
  end
end

return M
