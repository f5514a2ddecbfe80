-- SPDX-License-Identifier: MIT
-- Regular expressions as far as the queries use them: characters, . [..] [^..],
-- groups, |, * + ?, ^ and $ as the ends of the value. Patterns are trees:
--   { "seq", node... } { "alt", node... } { "rep", node, low, high }
--   { "char", c } { "any" } { "set", { c... }, negated } { "begin" } { "end" }
local text = require "differential.text"

local M = {}

local SPECIAL = "[%^%$%.%[%]%(%)%*%+%?|\\{}]"

local function escaped(c)
  return c:find(SPECIAL) and "\\" .. c or c
end

local write

local function list(node, between)
  local out = {}
  for i = 2, #node do out[#out + 1] = write(node[i]) end
  return table.concat(out, between)
end

local REPEAT = { ["0 "] = "*", ["1 "] = "+", ["0 1"] = "?" }

local WRITE = {
  seq = function(n) return list(n, "") end,
  alt = function(n) return "(" .. list(n, "|") .. ")" end,
  rep = function(n)
    local sign = REPEAT[n[3] .. " " .. (n[4] or "")] or ("{%d,%d}"):format(n[3], n[4] or n[3])
    return (n[2][1] == "seq" and "(" .. write(n[2]) .. ")" or write(n[2])) .. sign
  end,
  char = function(n) return escaped(n[2]) end,
  any = function() return "." end,
  set = function(n) return "[" .. (n[3] and "^" or "") .. table.concat(n[2]) .. "]" end,
  begin = function() return "^" end,
  ["end"] = function() return "$" end,
}

--- The pattern as text.
function write(node)
  return WRITE[node[1]](node)
end

M.write = write

local match

-- Matches nodes i.. of a sequence, then goes on with k.
local function sequence(node, i, s, at, k)
  if not node[i] then return k(at) end
  return match(node[i], s, at, function(next_at) return sequence(node, i + 1, s, next_at, k) end)
end

local function times(node, done, s, at, k)
  local low, high = node[3], node[4]
  if not high or done < high then
    local found = match(node[2], s, at, function(next_at)
      return next_at > at and times(node, done + 1, s, next_at, k)
    end)
    if found then return true end
  end
  return done >= low and k(at)
end

local function in_set(set, c)
  for _, member in ipairs(set) do
    if member == c then return true end
  end
  return false
end

local MATCH = {
  seq = function(n, s, at, k) return sequence(n, 2, s, at, k) end,
  alt = function(n, s, at, k)
    for i = 2, #n do
      if match(n[i], s, at, k) then return true end
    end
    return false
  end,
  rep = function(n, s, at, k) return times(n, 0, s, at, k) end,
  char = function(n, s, at, k) return s[at] == n[2] and k(at + 1) end,
  any = function(_, s, at, k) return s[at] ~= nil and k(at + 1) end,
  set = function(n, s, at, k)
    return s[at] ~= nil and in_set(n[2], s[at]) ~= (n[3] or false) and k(at + 1)
  end,
  begin = function(_, _, at, k) return at == 1 and k(at) end,
  ["end"] = function(_, s, at, k) return s[at] == nil and k(at) end,
}

function match(node, s, at, k)
  return MATCH[node[1]](node, s, at, k)
end

local function yes()
  return true
end

local FOLDED = { char = true, set = true }

-- İ and i are no pair in patterns: only letters that map to each other fold.
local function fold(c)
  local low = text.lower(c)
  return text.upper(low) == c and low or c
end

local function folded(node)
  if type(node) ~= "table" then return node end
  local out = {}
  for i, v in ipairs(node) do
    out[i] = (FOLDED[node[1]] and i == 2)
      and (type(v) == "table" and { } or fold(v)) or folded(v)
  end
  if node[1] == "set" then
    for i, c in ipairs(node[2]) do out[2][i] = fold(c) end
    out[3] = node[3]
  elseif node[1] == "rep" then
    out[3], out[4] = node[3], node[4]
  end
  return out
end

--- Does the pattern match anywhere in the text?
function M.search(node, s, ignore_case)
  local characters = text.characters(s)
  if ignore_case then
    node = folded(node)
    for i, c in ipairs(characters) do characters[i] = fold(c) end
  end
  for at = 1, #characters + 1 do
    if match(node, characters, at, yes) then return true end
  end
  return false
end

return M
