-- SPDX-License-Identifier: MIT
-- Random regular expressions, as trees (regex.lua).
local LETTERS = { "a", "b", "A", "B", "c", "s", "n", "é", "ё", " ", "%", "1", "x", "\\", "[", ".", "_", "\n",
  "😀", "$" }

local M = {}

local pattern

local function atom(r, depth)
  local kind = r:weighted{ "char", 8, "any", 2, "set", 2, "alt", depth > 0 and 1 or 0, "rep", depth > 0 and 3 or 0 }
  if kind == "char" then return { "char", r:pick(LETTERS) } end
  if kind == "any" then return { "any" } end
  if kind == "set" then
    return { "set", r:some({ "a", "b", "A", "c", "1", " ", "é" }, r:int(1, 3)), r:chance(30) }
  end
  if kind == "alt" then return { "alt", pattern(r, depth - 1), pattern(r, depth - 1) } end
  local low = r:int(0, 2)
  local high = r:pick{ false, low + 1 }
  local inner = atom(r, 0)
  if low == 2 then return { "rep", inner, 2, 2 } end
  if low == 1 and high then high = false end
  return { "rep", inner, low, high or nil }
end

function pattern(r, depth)
  local out = { "seq" }
  if r:chance(20) then out[2] = { "begin" } end
  for _ = 1, r:int(1, 3) do out[#out + 1] = atom(r, depth) end
  if r:chance(20) then out[#out + 1] = { "end" } end
  return out
end

--- A random pattern, nested about so deep.
M.random = pattern

return M
