-- SPDX-License-Identifier: MIT
-- Dates and times as canonical text: YYYY-MM-DD, YYYY-MM-DD HH:MM:SS.ffffff,
-- HH:MM:SS.ffffff. Text of one type compares as the times do.
local M = {}

--- Days since 1970-01-01 of a day of the proleptic Gregorian calendar.
local function days_of(y, m, d)
  if m <= 2 then y = y - 1 end
  local era = math.floor(y / 400)
  local yoe = y - era * 400
  local doy = math.floor((153 * (m + (m > 2 and -3 or 9)) + 2) / 5) + d - 1
  return era * 146097 + yoe * 365 + math.floor(yoe / 4) - math.floor(yoe / 100) + doy - 719468
end

local function day_from(days)
  local z = days + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor((doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365)
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local m = mp < 10 and mp + 3 or mp - 9
  return yoe + era * 400 + (m <= 2 and 1 or 0), m, doy - math.floor((153 * mp + 2) / 5) + 1
end

local function day_text(days)
  return ("%04d-%02d-%02d"):format(day_from(days))
end

local function days(s)
  return days_of(tonumber(s:sub(1, 4)), tonumber(s:sub(6, 7)), tonumber(s:sub(9, 10)))
end

local DAY = 86400000000

--- Microseconds since 1970 of a date or a datetime.
function M.microseconds(s)
  local us = days(s) * DAY
  if #s > 10 then
    us = us + ((tonumber(s:sub(12, 13)) * 60 + tonumber(s:sub(15, 16))) * 60 + tonumber(s:sub(18, 19))) * 1000000
      + tonumber(s:sub(21, 26))
  end
  return us
end

--- The datetime so many microseconds after 1970.
function M.datetime(us)
  local d = math.floor(us / DAY)
  local rest = us - d * DAY
  local seconds = math.floor(rest / 1000000)
  return ("%s %02d:%02d:%02d.%06d"):format(day_text(d), math.floor(seconds / 3600), math.floor(seconds / 60) % 60,
    seconds % 60, rest % 1000000)
end

M.date = day_text

local function iso_dow(s)
  return (days(s) + 3) % 7 + 1
end

-- The Thursday of a week decides its year and its number.
local function iso(s)
  local thursday = days(s) - iso_dow(s) + 4
  local y = day_from(thursday)
  return y, math.floor((thursday - days_of(y, 1, 1)) / 7) + 1
end

-- Where the clock begins in a text: a time has no day in front.
local function clock(s)
  return #s == 15 and s or s:sub(12)
end

local PARTS = {
  year = function(s) return tonumber(s:sub(1, 4)) end,
  month = function(s) return tonumber(s:sub(6, 7)) end,
  day = function(s) return tonumber(s:sub(9, 10)) end,
  hour = function(s) return tonumber(clock(s):sub(1, 2)) end,
  minute = function(s) return tonumber(clock(s):sub(4, 5)) end,
  second = function(s) return tonumber(clock(s):sub(7, 8)) end,
  quarter = function(s) return math.floor((tonumber(s:sub(6, 7)) + 2) / 3) end,
  iso_week = function(s) return (select(2, iso(s))) end,
  iso_year = function(s) return (iso(s)) end,
  iso_dow = iso_dow,
  dow = function(s) return iso_dow(s) % 7 end,
  date = function(s) return s:sub(1, 10) end,
  time = function(s) return s:sub(12) end,
}
PARTS.week = PARTS.iso_week

local TRUNCATE = {
  year = function(s) return s:sub(1, 4) .. "-01-01" end,
  quarter = function(s) return ("%s-%02d-01"):format(s:sub(1, 4), PARTS.quarter(s) * 3 - 2) end,
  month = function(s) return s:sub(1, 7) .. "-01" end,
  week = function(s) return day_text(days(s) - iso_dow(s) + 1) end,
  day = function(s) return s:sub(1, 10) end,
  hour = function(s) return s:sub(1, 13) .. ":00:00.000000" end,
  minute = function(s) return s:sub(1, 16) .. ":00.000000" end,
  second = function(s) return s:sub(1, 19) .. ".000000" end,
}

--- The start of the year, quarter, ... of a date or a datetime, in its own type.
function M.truncate(unit, s)
  local out = TRUNCATE[unit](s)
  return #s > 10 and #out == 10 and out .. " 00:00:00.000000" or out
end

--- A part of a date, a time or a datetime.
function M.part(name, s)
  return PARTS[name](s)
end

return M
