-- SPDX-License-Identifier: MIT
-- Text by characters: code points, simple letter case (one to one), and the
-- functions of text an expression may call.
local M = {}

local CHARACTER = "[%z\1-\127\194-\244][\128-\191]*"

--- The characters of a text, each as UTF-8.
function M.characters(s)
  local out = {}
  for c in s:gmatch(CHARACTER) do out[#out + 1] = c end
  return out
end

function M.length(s)
  return #M.characters(s)
end

-- Upper case and its simple lower case, for the letters that rows use beyond ASCII.
local PAIRS = {
  { "É", "é" }, { "È", "è" }, { "Ё", "ё" }, { "Ж", "ж" }, { "Σ", "σ" }, { "Ω", "ω" }, { "Ü", "ü" },
  { "Ñ", "ñ" }, { "Ａ", "ａ" },
}
local LOWER, UPPER = {}, {}
for _, p in ipairs(PAIRS) do
  LOWER[p[1]], UPPER[p[2]] = p[2], p[1]
end
LOWER["İ"] = "i"
UPPER["ı"] = "I"
UPPER["ς"] = "Σ"

local function mapper(map, ascii)
  return function(s)
    if not s:find("[\128-\255]") then return ascii(s) end
    return (s:gsub(CHARACTER, function(c)
      return map[c] or (#c == 1 and ascii(c)) or c
    end))
  end
end

M.lower, M.upper = mapper(LOWER, string.lower), mapper(UPPER, string.upper)

--- Characters a to b, counted from 1.
function M.sub(s, a, b)
  return table.concat(M.characters(s), "", math.max(a, 1), math.min(b, M.length(s)))
end

function M.trim(s)
  return (s:match("^ *(.-) *$"))
end

--- Every occurrence of one text replaced by another.
function M.replace(s, from, to)
  if from == "" then return s end
  local out, i = {}, 1
  while true do
    local a, b = s:find(from, i, true)
    if not a then break end
    out[#out + 1] = s:sub(i, a - 1) .. to
    i = b + 1
  end
  return table.concat(out) .. s:sub(i)
end

--- What fills a text up to a length, out of another text again and again.
function M.padding(s, length, with)
  local missing = length - M.length(s)
  if missing <= 0 then return "" end
  return M.sub(with:rep(math.ceil(missing / M.length(with))), 1, missing)
end

--- Where a text begins in another, counted in characters from 1; 0 for nowhere.
function M.index(s, part)
  local at = s:find(part, 1, true)
  return at and M.length(s:sub(1, at - 1)) + 1 or 0
end

function M.contains(s, part)
  return s:find(part, 1, true) ~= nil
end

function M.starts(s, part)
  return s:sub(1, #part) == part
end

function M.ends(s, part)
  return part == "" or s:sub(-#part) == part
end

return M
