-- SPDX-License-Identifier: MIT
-- Internet addresses as text: each function gives the one form in which an address is held, or
-- nil where the text is none.
local M = {}

-- A leading zero is read as octal by some and as nothing by others, so it is refused.
local function octet(text)
  return #text <= 3 and not text:find("^0%d") and tonumber(text) <= 255
end

--- Four numbers up to 255.
function M.ipv4(text)
  local a, b, c, d = text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  if a and octet(a) and octet(b) and octet(c) and octet(d) then return text end
end

-- The groups of "a:b:c" as numbers, appended to out; nil when one is none.
local function groups(text, out)
  if text == "" then return out end
  for part in (text .. ":"):gmatch("([^:]*):") do
    if not part:find("^%x%x?%x?%x?$") then return nil end
    out[#out + 1] = tonumber(part, 16)
  end
  return out
end

-- An IPv4 address at the end stands for two groups.
local function without_dots(text)
  local head, tail = text:match("^(.*:)([^:]*%.[^:]*)$")
  if not head then return text end
  if not M.ipv4(tail) then return nil end
  local a, b, c, d = tail:match("(%d+)%.(%d+)%.(%d+)%.(%d+)")
  return ("%s%x:%x"):format(head, a * 256 + b, c * 256 + d)
end

-- The eight groups of an address, or nil.
local function parse(text)
  text = without_dots(text)
  if not text then return nil end
  local head, tail = text:match("^(.-)::(.*)$")
  if not head then
    local all = groups(text, {})
    return all and #all == 8 and all or nil
  end
  local before, after = groups(head, {}), groups(tail, {})
  if not before or not after or #before + #after > 7 then return nil end
  for _ = 1, 8 - #before - #after do before[#before + 1] = 0 end
  for _, group in ipairs(after) do before[#before + 1] = group end
  return before
end

-- The first of the longest runs of two or more zero groups: where it begins and its length.
local function longest_run(list)
  local from, length, i = nil, 1, 1
  while i <= 8 do
    local n = 0
    while list[i + n] == 0 do n = n + 1 end
    if n > length then from, length = i, n end
    i = i + n + 1
  end
  return from, length
end

local function join(list, from, to)
  local parts = {}
  for i = from, to do parts[#parts + 1] = ("%x"):format(list[i]) end
  return table.concat(parts, ":")
end

-- Addresses of IPv4 that are written as IPv6 keep their dots (RFC 5952, section 5).
local function is_mapped(list)
  for i = 1, 5 do
    if list[i] ~= 0 then return false end
  end
  return list[6] == 0xffff
end

local function dotted(high, low)
  return ("::ffff:%d.%d.%d.%d"):format((high - high % 256) / 256, high % 256, (low - low % 256) / 256, low % 256)
end

--- The shortest form in small letters (RFC 5952).
function M.ipv6(text)
  local list = text:find(":", 1, true) and parse(text)
  if not list then return nil end
  if is_mapped(list) then return dotted(list[7], list[8]) end
  local from, length = longest_run(list)
  if not from then return join(list, 1, 8) end
  return join(list, 1, from - 1) .. "::" .. join(list, from + length, 8)
end

--- Of either kind.
function M.any(text)
  return M.ipv4(text) or M.ipv6(text)
end

return M
