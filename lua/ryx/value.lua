-- SPDX-License-Identifier: MIT
-- Values: ryx.null, ryx.decimal, ryx.date, ryx.json and the others; what kind and class
-- a value has.
local core = require "ryx.core"
local errors = require "ryx.errors"

--- An exact decimal number: == < + - * / with decimals and whole numbers; tostring shows
--- every place.
---@class ryx.Decimal: userdata
---@operator add(ryx.Decimal|integer): ryx.Decimal
---@operator sub(ryx.Decimal|integer): ryx.Decimal
---@operator mul(ryx.Decimal|integer): ryx.Decimal
---@operator div(ryx.Decimal|integer): ryx.Decimal
---@operator unm: ryx.Decimal
---@operator concat(any): string
---@field tonumber fun(self: ryx.Decimal): number
---@field round fun(self: ryx.Decimal, n?: integer): ryx.Decimal n digits behind the point, none when not given
---@field places fun(self: ryx.Decimal, n: integer, exact?: boolean): ryx.Decimal? n digits behind the point

--- A day: == < + - with days and durations of whole days; tostring is 2024-02-29.
---@class ryx.Date: userdata
---@operator add(ryx.Duration): ryx.Date
---@operator sub(ryx.Duration): ryx.Date
---@operator sub(ryx.Date): ryx.Duration
---@field year integer
---@field month integer
---@field day integer
---@operator concat(any): string
---@field format fun(self: ryx.Date, pattern: string): string "%d.%m.%Y %H:%M"

--- A time of day: == < and -; tostring is 10:30:01.
---@class ryx.Time: userdata
---@operator sub(ryx.Time): ryx.Duration
---@field hour integer
---@field minute integer
---@field second integer
---@field microsecond integer
---@operator concat(any): string
---@field format fun(self: ryx.Time, pattern: string): string "%d.%m.%Y %H:%M"

--- A moment in UTC: == < + - with moments and durations; tostring is 2024-01-15T10:30:01.
---@class ryx.DateTime: userdata
---@operator add(ryx.Duration): ryx.DateTime
---@operator sub(ryx.Duration): ryx.DateTime
---@operator sub(ryx.DateTime): ryx.Duration
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field second integer
---@field microsecond integer
---@field date fun(self: ryx.DateTime): ryx.Date
---@field time fun(self: ryx.DateTime): ryx.Time
---@field timestamp fun(self: ryx.DateTime): number seconds since 1970
---@operator concat(any): string
---@field format fun(self: ryx.DateTime, pattern: string): string "%d.%m.%Y %H:%M"

--- A span of time: == < + - and * with a number; tostring is P1DT2H3.5S.
---@class ryx.Duration: userdata
---@operator add(ryx.Duration): ryx.Duration
---@operator add(ryx.Date): ryx.Date
---@operator add(ryx.DateTime): ryx.DateTime
---@operator sub(ryx.Duration): ryx.Duration
---@operator mul(number): ryx.Duration
---@operator unm: ryx.Duration
---@operator concat(any): string
---@field days integer
---@field seconds integer of the last day
---@field microseconds integer of the last second
---@field total_seconds fun(self: ryx.Duration): number

--- Bytes, where a text would be a text: tostring gives them back.
---@class ryx.Bytes: userdata

-- ryx.core answers nil, err where a public function raises.
local function raising(name, make)
  return function(...)
    if (...) == nil then errors.raise("validation", "ryx.%s needs a value, not nil", name) end
    local value, err = make(...)
    if value == nil then errors.fail(err) end
    return value
  end
end

--- Bytes for raw SQL, where a plain text is text.
--- ryx.raw_execute("INSERT INTO t VALUES (?)", { ryx.bytes("\0\1") })
---@param s string
---@return ryx.Bytes
local function bytes(s)
  errors.check_type(s, "string", "ryx.bytes")
  return core.bytes(s)
end

---@class ryx.JSON
local json = {
  --- A value as JSON text, keys in order; ryx.null is null.
  --- ryx.json.encode{ list = ryx.json.array{}, none = ryx.null }
  ---@param v any
  ---@return string
  encode = raising("json.encode", core.json_encode),
  --- The value of a JSON text; null is ryx.null.  ryx.json.decode('{ "a": [1, 2] }').a[2]
  ---@param text string
  ---@return any
  decode = raising("json.decode", core.json_decode),
  --- Marks a table as a list, which an empty one is not by itself.  ryx.json.array{}
  ---@param list table
  ---@return table list
  array = core.array,
}

local M = {
  --- NULL where nil would be nothing: in updates, lists and rows.
  --- Post.objects:filter{ id = 1 }:update{ title = ryx.null }
  ---@type lightuserdata
  null = core.null,
  kind = core.kind,
  is_text = core.is_text,
  is_plain = core.is_plain,
  misfit = core.misfit,
  part = core.part,
  --- An exact decimal number, of text or a whole number, not of a float.  ryx.decimal("1.50") + 2
  ---@param v string|integer|ryx.Decimal
  ---@return ryx.Decimal
  decimal = raising("decimal", core.decimal),
  --- A day.  ryx.date("2024-02-28"), ryx.date(2024, 2, 28), ryx.date{ year = 2024, month = 2, day = 28 }
  ---@param year string|integer|table<string, integer>|ryx.Date ISO text, the year, or parts by name
  ---@param month? integer
  ---@param day? integer
  ---@return ryx.Date
  date = raising("date", core.date),
  --- A time of day.  ryx.time("10:30"), ryx.time(10, 30), ryx.time{ hour = 10, minute = 30 }
  ---@param hour string|integer|table<string, integer>|ryx.Time ISO text, the hour, or parts by name
  ---@param minute? integer
  ---@param second? integer
  ---@param microsecond? integer
  ---@return ryx.Time
  time = raising("time", core.time),
  --- A moment in UTC.  ryx.datetime("2024-01-15 10:30:01"), ryx.datetime(2024, 1, 15, 10, 30)
  ---@param year string|integer|table<string, integer>|ryx.DateTime|ryx.Date ISO text, the year, or parts by name
  ---@param month? integer
  ---@param day? integer
  ---@param hour? integer
  ---@param minute? integer
  ---@param second? integer
  ---@param microsecond? integer
  ---@return ryx.DateTime
  datetime = raising("datetime", core.datetime),
  datetimetz = raising("datetimetz", core.datetimetz),
  --- A span of time: weeks, days, hours, minutes, seconds, milliseconds, microseconds.
  --- ryx.duration{ days = 1, hours = 2 }, ryx.duration(90), ryx.duration("P1DT2H")
  ---@param v table<string, number>|number|string|ryx.Duration units, seconds, or ISO text
  ---@return ryx.Duration
  duration = raising("duration", core.duration),
  --- This moment, in UTC.  ryx.now() - ryx.duration{ hours = 1 }
  ---@return ryx.DateTime
  now = core.now,
  --- This day, in UTC.  Post.objects:filter{ created__date = ryx.today() }
  ---@return ryx.Date
  today = core.today,
  bytes = bytes,
  --- JSON that keeps whole numbers, lists and null.  ryx.json.encode{ a = 1 }
  ---@type ryx.JSON
  json = json,
  --- The metatable of lists that were read, which ryx.json.array sets.  getmetatable(post.labels) == ryx.array_meta
  ---@type table
  array_meta = core.array_meta,
  regex = core.regex,
  regex_find = core.regex_find,
  numbers = core.numbers, -- of descriptions: src/sql/numbers.h
}

local null, kind_of = M.null, M.kind

local WORKED_OUT = { expr = true, q = true, queryset = true }

--- Is a value worked out by the database: F"views" + 1, ryx.Now(), a QuerySet?
function M.is_expression(v)
  if type(v) ~= "table" then return false end
  local mt = getmetatable(v)
  return mt ~= nil and WORKED_OUT[mt._class] or false
end

--- Is a value an object of a model?
function M.is_instance(v)
  if type(v) ~= "table" then return false end
  local mt = getmetatable(v)
  return mt ~= nil and mt._class == "object"
end

local function is_expr(v)
  return type(v) == "table" and (getmetatable(v) or M)._class == "expr"
end

-- What a list is by the class of its first item.
local LISTS = { int = "ints", double = "doubles", string = "strings" }

-- A list is long when the database had better look values up in it than go through it.
local SHORT = 16

local class_of

local function class_of_table(v)
  local mt = getmetatable(v)
  if mt and mt._class then return mt._class end
  local a, b = v[1], v[2]
  if is_expr(a) or is_expr(b) then return "exprs" end
  if #v > SHORT then return "long" end
  local class = a ~= nil and LISTS[class_of(a)] or "table"
  if class == "ints" and type(b) == "number" and class_of(b) == "double" then return "doubles" end
  return class
end

--- The class of a value: what of it changes the SQL. int, double, string, yes, no,
--- null, object, a value of ryx's own by its kind, table (ints, doubles, strings, long),
--- expr, exprs, q, queryset.
function class_of(v)
  local t = type(v)
  if t == "number" then return v % 1 == 0 and v >= -2^63 and v < 2^63 and "int" or "double" end
  if t == "string" then return t end
  if t == "boolean" then return v and "yes" or "no" end
  if t == "cdata" then return "int" end
  if t == "userdata" then return v == null and "null" or kind_of(v) or t end
  if t == "table" then return class_of_table(v) end
  return t
end
M.class_of = class_of

return M
