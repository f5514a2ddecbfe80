-- SPDX-License-Identifier: MIT
-- Reads the data that Debian's iso-codes and tzdata install.
local ryx = require "ryx"

local M = {}
local ISO = os.getenv("ATLAS_ISO_CODES") or "/usr/share/iso-codes/json"
local ZONES = os.getenv("ATLAS_ZONES") or "/usr/share/zoneinfo/zone1970.tab"

local function read(path)
  local f = io.open(path)
  if not f then error("cannot read " .. path .. ": install the packages iso-codes and tzdata", 0) end
  local text = f:read("*a")
  f:close()
  return text
end

--- The records of an iso-codes list.  M.iso("3166-1") -> { { alpha_2 = "AW", ... }, ... }
function M.iso(list)
  return ryx.json.decode(read(ISO .. "/iso_" .. list .. ".json"))[list]
end

-- "+4230" is 42 degrees 30 minutes, "-0113048" 11 degrees 30' 48" south: as
-- decimal degrees in text with four places, since a DecimalField takes no float.
local function degrees(text, digits)
  local sign, whole, minutes, seconds = text:match("^([+-])(" .. ("%d"):rep(digits) .. ")(%d%d)(%d*)$")
  local value = tonumber(whole) + tonumber(minutes) / 60 + (tonumber(seconds) or 0) / 3600
  return ("%s%.4f"):format(sign == "-" and "-" or "", value)
end

--- Time zones: { { name, codes = { "AD" }, latitude, longitude, comments }, ... }
function M.zones()
  local zones = {}
  for line in read(ZONES):gmatch("[^\n]+") do
    if line:sub(1, 1) ~= "#" then
      local codes, place, name, comments = line:match("^([%u,]+)\t(%S+)\t(%S+)\t?(.*)$")
      local latitude, longitude = place:match("^([+-]%d+)([+-]%d+)$")
      local zone = {
        name = name,
        codes = {},
        latitude = degrees(latitude, 2),
        longitude = degrees(longitude, 3),
        comments = comments ~= "" and comments or nil,
      }
      for code in codes:gmatch("%u%u") do zone.codes[#zone.codes + 1] = code end
      zones[#zones + 1] = zone
    end
  end
  return zones
end

return M
