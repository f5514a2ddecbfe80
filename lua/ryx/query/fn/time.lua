-- SPDX-License-Identifier: MIT
-- ryx.Now, ryx.Extract, ryx.Trunc: functions of dates and times, and the parts that paths
-- may name.
local ir = require "ryx.query.ir"
local types = require "ryx.query.fn.types"

local M = { part = {} }

local call = ir.call
local DAY, MOMENT = types.DAY, types.MOMENT
local ANY_TIME = { time = true, datetime = true, datetimetz = true }

local function part(name, of, fns)
  M.part[name] = {
    types = of,
    resolve = function(node, fail)
      if not of[node.type] then fail("takes %s, not %s", types.words(of), node.type) end
      local fn = fns[node.type] or fns.any
      return fn and call(fn, "int", { node }) or node
    end,
  }
end

for _, name in ipairs{ "year", "month", "day", "week", "iso_year", "dow", "iso_dow", "quarter" } do
  part(name, DAY, { any = name })
end
M.part.iso_week = M.part.week
for _, name in ipairs{ "hour", "minute", "second", "microsecond" } do
  part(name, ANY_TIME, { any = name, time = name .. "_time" })
end

-- The date and the time of a datetime; a date or time is its own.
local function piece(name, fn, of)
  M.part[name] = {
    types = of,
    resolve = function(node, fail)
      if not of[node.type] then fail("takes %s, not %s", types.words(of), node.type) end
      return node.type == name and node or call(fn, name, { node })
    end,
  }
end
piece("date", "date_of", DAY)
piece("time", "time_of", ANY_TIME)

local function names_of(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return table.concat(names, ", ")
end

local function at_zone(node, zone)
  return call(node.type == "datetimetz" and "at_zone_datetimetz" or "at_zone", "datetime", { node, zone })
end

-- The argument as a moment, in the wall time of the zone that an option names.
local function moment(node, options, fail)
  if node.type == "null" or node.loose and node.type == "text" then types.want(node, DAY, "datetime", fail) end
  local zone = options and options.tz
  if not zone then return node end
  if type(zone) ~= "string" then fail("takes a zone's name as tz, not %s", tostring(zone)) end
  -- PostgreSQL reads an offset as one of POSIX, whose sign is the other way round.
  if not zone:find("^%a[%w_]*$") and not zone:find("^%a[%w_+-]*/[%w_+/-]+$") then
    fail("takes a zone's name as tz, as in Europe/Berlin, not %q", zone)
  end
  if not MOMENT[node.type] then fail("takes tz for datetimes, not for %s", node.type) end
  return at_zone(node, ir.text(zone))
end

local function extract(args, options, fail)
  local name = args[2]
  local p = M.part[name]
  if not p then fail("knows no part %s; there are %s", tostring(name), names_of(M.part)) end
  return p.resolve(moment(args[1], options, fail), fail)
end

local UNITS = {
  year = true, quarter = true, month = true, week = true, day = false, hour = false, minute = false, second = false,
}

-- Dates stay dates; a day of them is the date itself.
local function truncate(node, unit, options, fail)
  node = moment(node, options, fail)
  if not DAY[node.type] then fail("takes %s, not %s", types.words(DAY), node.type) end
  if node.type ~= "date" then return call("trunc_" .. unit, node.type, { node }) end
  if unit == "day" then return node end
  if not UNITS[unit] then fail("takes a datetime for %s, not a date", unit) end
  return call("trunc_" .. unit .. "_date", "date", { node })
end

local function trunc(args, options, fail)
  if UNITS[args[2]] == nil then fail("knows no unit %s; there are %s", tostring(args[2]), names_of(UNITS)) end
  return truncate(args[1], args[2], options, fail)
end

local function zone(args, _, fail)
  local node = types.want(args[1], MOMENT, "datetime", fail)
  return at_zone(node, types.text(args[2], fail))
end

local function now(_, options)
  local with_zone = options and options.tz
  return call(with_zone and "now_datetimetz" or "now", with_zone and "datetimetz" or "datetime", {}, { null = false })
end

local TZ = { tz = true }

M.rows = {
  { name = "Now", args = {}, options = TZ,
    doc = "The time the statement or transaction started, in UTC; `tz = true` for a field that has it. SQLite knows "
      .. "milliseconds.",
    types = "-> datetime, never NULL", example = "ryx.Now()", sql = "(now() AT TIME ZONE 'UTC')", resolve = now },
  { name = "Extract", args = { "expr", "const" }, options = TZ,
    doc = "A part: year quarter month week (of ISO, also iso_week) iso_year day dow (Sunday is 0) iso_dow (Monday is "
      .. "1) hour minute second microsecond, date, time. `tz` names a zone for datetimes.",
    types = "date, time or datetime, part -> int", example = 'ryx.Extract("created", "year", { tz = "Europe/Berlin" })',
    sql = 'EXTRACT(YEAR FROM ("created" AT TIME ZONE \'UTC\' AT TIME ZONE \'Europe/Berlin\'))::int8',
    resolve = extract },
  { name = "Trunc", args = { "expr", "const" }, options = TZ,
    doc = "The start of its year, quarter, month, week (Monday), day, hour, minute or second. `tz` names a zone for "
      .. "datetimes; the result is its wall time.",
    types = "date or datetime, unit -> same", example = 'ryx.Trunc("created", "month")',
    sql = "date_trunc('month', \"created\")", resolve = trunc },
  { name = "AtZone", args = { "expr", "value" }, doc = "The wall time of a named zone.",
    types = "datetime, text -> datetime", example = 'ryx.AtZone("created", "Europe/Berlin")',
    sql = '("created" AT TIME ZONE \'UTC\' AT TIME ZONE $1)', resolve = zone },
}

for _, name in ipairs{ "Year", "Quarter", "Month", "Week", "Day", "Hour", "Minute", "Second" } do
  local unit = name:lower()
  M.rows[#M.rows + 1] = {
    name = "Trunc" .. name, args = { "expr" }, options = TZ, doc = ("Short for `Trunc(x, %q)`."):format(unit),
    types = "date or datetime -> same", example = ('ryx.Trunc%s("created")'):format(name),
    sql = ("date_trunc('%s', \"created\")"):format(unit),
    resolve = function(args, options, fail) return truncate(args[1], unit, options, fail) end,
  }
end

return M
