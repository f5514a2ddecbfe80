-- SPDX-License-Identifier: MIT
-- Bytes as text: base64 of RFC 4648.
local M = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local letter, number = {}, {}
for i = 1, 64 do
  letter[i - 1], number[LETTERS:byte(i)] = LETTERS:sub(i, i), i - 1
end

function M.encode(bytes)
  return (bytes:gsub("..?.?", function(s)
    local a, b, c = s:byte(1, 3)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    return letter[math.floor(n / 262144)] .. letter[math.floor(n / 4096) % 64]
      .. (b and letter[math.floor(n / 64) % 64] or "=") .. (c and letter[n % 64] or "=")
  end))
end

--- The bytes, or nil where the text is none of theirs.
function M.decode(text)
  local body = text:match("^([%w+/]*)=?=?$")
  if not body or #text % 4 ~= 0 then return nil end
  return (body:gsub("..?.?.?", function(s)
    local n = 0
    for i = 1, 4 do n = n * 64 + (number[s:byte(i)] or 0) end
    return string.char(math.floor(n / 65536), math.floor(n / 256) % 256, n % 256):sub(1, #s - 1)
  end))
end

return M
