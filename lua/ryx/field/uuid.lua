-- SPDX-License-Identifier: MIT
-- ryx.uuid4, ryx.uuid7: new UUIDs as text, for defaults.
local compat = require "ryx.compat"
local value = require "ryx.value"

local M = {}

local FORM = ("%02x"):rep(4) .. ("-" .. ("%02x"):rep(2)):rep(3) .. "-" .. ("%02x"):rep(6)

-- Bytes as text, with the bits that say the version and that it is of RFC 9562.
local function text_of(b, version)
  b[7] = b[7] % 16 + version * 16
  b[9] = b[9] % 64 + 128
  return (FORM:format(compat.unpack(b, 1, 16)))
end

--- A new UUID of chance alone (version 4).  ryx.UUIDField{ default = ryx.uuid4 }
---@return string uuid
function M.uuid4()
  return text_of({ compat.random_bytes(16):byte(1, 16) }, 4)
end

-- The last moment that was used, in milliseconds, and what was counted in it.
local last, count = 0, 0
local MOST = 4095

-- Milliseconds since 1970 and a number that rises within them. A clock that goes back changes
-- nothing: what was counted goes on. Half of the numbers are left to count in.
local function tick(chance)
  local now = math.floor(value.now():timestamp() * 1000)
  if now > last then
    last, count = now, chance % 2048
  elseif count < MOST then
    count = count + 1
  else
    last, count = last + 1, chance % 2048
  end
  return last, count
end

--- A new UUID that begins with the time (version 7): later ones of a process are greater, so that
--- rows lie in the order in which they were made.
--- ryx.UUIDField{ primary_key = true, default = ryx.uuid7 }
---@return string uuid
function M.uuid7()
  local b = { compat.random_bytes(16):byte(1, 16) }
  local ms, n = tick(b[7] * 256 + b[8])
  for i = 6, 1, -1 do
    b[i] = ms % 256
    ms = (ms - b[i]) / 256
  end
  b[8] = n % 256
  b[7] = (n - b[8]) / 256
  for i = 1, 8 do b[i] = math.floor(b[i]) end
  return text_of(b, 7)
end

return M
