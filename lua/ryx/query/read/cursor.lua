-- SPDX-License-Identifier: MIT
-- page.next and page.previous of qs:paginate: the values of an order at a row, as text that
-- means nothing to users, with a short sum of the order so that a cursor of another one is
-- refused.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local value = require "ryx.value"

local M = {}

local null = value.null

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
local VALUES = {}
for i = 1, 64 do VALUES[DIGITS:byte(i)] = i - 1 end

local function to_text(bytes)
  local out = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    local size = b and (c and 4 or 3) or 2
    for k = 1, size do
      local d = math.floor(n / 64 ^ (4 - k)) % 64
      out[#out + 1] = DIGITS:sub(d + 1, d + 1)
    end
  end
  return table.concat(out)
end

local function to_bytes(text)
  local out, n, bits = {}, 0, 0
  for i = 1, #text do
    local v = VALUES[text:byte(i)]
    if not v then return nil end
    n, bits = n % 4096 * 64 + v, bits + 6
    if bits >= 8 then
      bits = bits - 8
      out[#out + 1] = string.char(math.floor(n / 2 ^ bits) % 256)
    end
  end
  return table.concat(out)
end

--- The sum of the text of an order.
function M.sum(text)
  local h = 5381
  for i = 1, #text do h = (h * 33 + text:byte(i)) % 4294967296 end
  return ("%08x"):format(h)
end

--- A cursor of values in an order.
function M.encode(signature, values)
  local list = value.json.array{ signature }
  for i, v in ipairs(values) do
    list[i + 1] = (type(v) == "userdata" and v ~= null) and tostring(v) or v
  end
  return to_text(value.json.encode(list))
end

--- The n values of a cursor.
function M.decode(signature, cursor, n)
  local bytes = type(cursor) == "string" and to_bytes(cursor)
  local ok, list = pcall(value.json.decode, bytes or "")
  if not ok or type(list) ~= "table" or #list ~= n + 1 then
    errors.raise("misuse", "paginate: %s is no cursor of this queryset", compat.show(cursor))
  end
  if list[1] ~= signature then
    errors.raise("misuse", "paginate: this cursor was made for another order: begin at the first page")
  end
  table.remove(list, 1)
  return list
end

return M
