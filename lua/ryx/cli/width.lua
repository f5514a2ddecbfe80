-- SPDX-License-Identifier: MIT
-- How many columns of a terminal a text takes.
local M = {}

-- First and last of ranges: letters that take two columns, and those that take none.
local WIDE = {
  0x1100, 0x115F, 0x231A, 0x231B, 0x2E80, 0x303E, 0x3041, 0xA4CF, 0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAFF,
  0xFE30, 0xFE6F, 0xFF00, 0xFF60, 0xFFE0, 0xFFE6, 0x1F300, 0x1F64F, 0x1F680, 0x1F6FF, 0x1F900, 0x1F9FF,
  0x20000, 0x3FFFD,
}
local NONE = {
  0x0300, 0x036F, 0x0483, 0x0489, 0x0591, 0x05BD, 0x0610, 0x061A, 0x064B, 0x065F, 0x1AB0, 0x1AFF, 0x1DC0, 0x1DFF,
  0x200B, 0x200F, 0x20D0, 0x20FF, 0xFE00, 0xFE0F, 0xFE20, 0xFE2F,
}

local function is_in(ranges, code)
  for i = 1, #ranges, 2 do
    if code < ranges[i] then return false end
    if code <= ranges[i + 1] then return true end
  end
  return false
end

local function code_of(letter)
  local first = letter:byte()
  if first < 0xC0 then return first end
  local code = first % (first < 0xE0 and 0x20 or first < 0xF0 and 0x10 or 0x08)
  for i = 2, #letter do code = code * 64 + letter:byte(i) % 64 end
  return code
end

local function of_letter(letter)
  local code = code_of(letter)
  if code < 0x300 then return 1 end
  return is_in(WIDE, code) and 2 or is_in(NONE, code) and 0 or 1
end

local LETTER = "[%z\1-\127\192-\255][\128-\191]*"

--- The columns of a text without control characters.
function M.of(text)
  if not text:find("[\128-\255]") then return #text end
  local n = 0
  for letter in text:gmatch(LETTER) do n = n + of_letter(letter) end
  return n
end

--- As much of a text as `columns` have room for.
function M.cut(text, columns)
  if M.of(text) <= columns then return text end
  local out, n = {}, 0
  for letter in text:gmatch(LETTER) do
    n = n + of_letter(letter)
    if n > columns then break end
    out[#out + 1] = letter
  end
  return table.concat(out)
end

return M
