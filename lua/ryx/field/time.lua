-- SPDX-License-Identifier: MIT
-- Dates, times, datetimes, durations. Text is read here, never by a database.
local db = require "ryx.db"
local field = require "ryx.field"

-- make: a value from text; kind: what it is; message: when it is not.
local function converter(kind, make, message)
  return function(v)
    if db.kind(v) == kind then return v end
    if type(v) ~= "string" then return nil, message end
    local ok, value = pcall(make, v)
    if not ok or value == nil then return nil, message end
    return value
  end
end

local AUTO = { auto_now = false, auto_now_add = false }

-- The value a save sets by itself, or nil.
local function stamp(f)
  if not (f.auto_now or f.auto_now_add) then return end
  f.editable = false
  f.auto_value = function(created)
    if f.auto_now or created then return f.kind.now() end
  end
end

local to_date = converter("date", db.date, "Enter a valid date: YYYY-MM-DD.")

field.define("DateField", {
  type = "date", db = "date", lookups = field.COMPARED, options = AUTO, init = stamp, now = db.today,
  convert = function(v)
    if db.kind(v) == "datetime" then return v:date() end
    return to_date(v)
  end,
})

field.define("TimeField", {
  type = "time", db = "time", lookups = field.COMPARED,
  convert = converter("time", db.time, "Enter a valid time: HH:MM[:SS[.ffffff]]."),
})

local MESSAGE = "Enter a valid date and time: YYYY-MM-DD HH:MM[:SS[.ffffff]]."
local to_datetime = { datetime = converter("datetime", db.datetime, MESSAGE) }
to_datetime.datetimetz = converter("datetimetz", db.datetimetz, MESSAGE)

field.define("DateTimeField", {
  type = "datetime", db = "datetime", lookups = field.COMPARED, now = db.now,
  options = { auto_now = false, auto_now_add = false, tz = false },
  init = function(f)
    if f.tz then f.type, f.db = "datetimetz", "datetimetz" end
    stamp(f)
  end,
  convert = function(v, f)
    local kind = db.kind(v)
    if kind == f.type or kind == "datetime" or kind == "datetimetz" then return v end
    if kind == "date" then v = tostring(v) end
    return to_datetime[f.type](v)
  end,
})

field.define("DurationField", {
  type = "duration", db = "duration", lookups = field.COMPARED,
  convert = converter("duration", db.duration, "Enter a duration: ryx.duration{ ... }."),
})
