-- SPDX-License-Identifier: MIT
-- ryx.DateField, TimeField, DateTimeField, DurationField. Text is read here, never by a database.
local field = require "ryx.field"
local value_of = require "ryx.value"

-- make: a value from text; kind: what it is; message: when it is not.
local function converter(kind, make, message)
  return function(v)
    if value_of.kind(v) == kind then return v end
    if type(v) ~= "string" then return nil, message end
    local ok, value = pcall(make, v)
    if not ok or value == nil then return nil, message end
    return value
  end
end

local AUTO = { auto_now = false, auto_now_add = false }

-- The value that a save at a moment sets by itself, or nil; what was given stands where it is
-- not set every time.
local function stamp(f)
  if not (f.auto_now or f.auto_now_add) then return end
  f.editable = false
  f.auto_value = function(moment, created, given)
    if f.auto_now or created and given == nil then return f.kind.of_moment(moment) end
  end
end

local to_date = converter("date", value_of.date, "Enter a valid date: YYYY-MM-DD.")

---@class ryx.DateFieldOptions: ryx.FieldOptions
---@field auto_now? boolean every save sets it
---@field auto_now_add? boolean the first save sets it, where it was not given

--- A day: ryx.date, or ISO text.  ryx.DateField{ null = true }
---@param options? ryx.DateFieldOptions
---@return ryx.Field
field.define("DateField", {
  type = "date", db = "date", options = AUTO, init = stamp,
  of_moment = function(moment) return moment:date() end,
  convert = function(v)
    if value_of.kind(v) == "datetime" then return v:date() end
    return to_date(v)
  end,
})

--- A time of day: ryx.time, or ISO text.  ryx.TimeField{ default = "08:00" }
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("TimeField", {
  type = "time", db = "time",
  convert = converter("time", value_of.time, "Enter a valid time: HH:MM[:SS[.ffffff]]."),
})

local MESSAGE = "Enter a valid date and time: YYYY-MM-DD HH:MM[:SS[.ffffff]]."
local to_datetime = { datetime = converter("datetime", value_of.datetime, MESSAGE) }
to_datetime.datetimetz = converter("datetimetz", value_of.datetimetz, MESSAGE)

---@class ryx.DateTimeFieldOptions: ryx.DateFieldOptions
---@field tz? boolean moments that know they are UTC

--- A moment in UTC: ryx.datetime, or ISO text.  ryx.DateTimeField{ auto_now_add = true }
---@param options? ryx.DateTimeFieldOptions
---@return ryx.Field
field.define("DateTimeField", {
  type = "datetime", db = "datetime", of_moment = function(moment) return moment end,
  options = { auto_now = false, auto_now_add = false, tz = false },
  init = function(f)
    if f.tz then f.type, f.db = "datetimetz", "datetimetz" end
    stamp(f)
  end,
  convert = function(v, f)
    local kind = value_of.kind(v)
    if kind == f.type or kind == "datetime" or kind == "datetimetz" then return v end
    if kind == "date" then v = tostring(v) end
    return to_datetime[f.type](v)
  end,
})

--- A span of time: ryx.duration, or ISO text.  ryx.DurationField{ null = true }
---@param options? ryx.FieldOptions
---@return ryx.Field
field.define("DurationField", {
  type = "duration", db = "duration",
  convert = converter("duration", value_of.duration, "Enter a duration: ryx.duration{ ... }."),
})
