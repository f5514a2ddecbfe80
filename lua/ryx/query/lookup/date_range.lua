-- SPDX-License-Identifier: MIT
-- filter{ created__year = 2024, created__date__gte = "2024-01-15" }: years and days of a
-- column as ranges of the column, which an index can serve.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local value = require "ryx.value"

local M = {}

-- The first and the last time of a day, by the type of the column.
local FIRST = { datetime = " 00:00:00", datetimetz = " 00:00:00", date = "" }
local LAST = { datetime = " 23:59:59.999999", datetimetz = " 23:59:59.999999", date = "" }

local function year_of(v, type, what)
  if not compat.is_integer(v) or v < 1 or v > 9999 then
    errors.raise("validation", "%s: a year is a whole number from 1 to 9999, not %s", what, compat.show(v))
  end
  local year = ("%04d"):format(tonumber(v))
  return year .. "-01-01" .. FIRST[type], year .. "-12-31" .. LAST[type]
end

local function date_of(v, type, what)
  local ok, date = true, v
  if value.kind(v) ~= "date" then ok, date = pcall(value.date, v) end
  if not ok then errors.raise("validation", "%s: %s is no date", what, compat.show(v)) end
  local day = tostring(date)
  return day .. FIRST[type], day .. LAST[type]
end

local PERIODS = { year = year_of, date = date_of }

-- What the column is compared by, with the first time of the period, the last one or both.
local LOOKUPS = {
  exact = { "range", first = true, last = true }, gt = { "gt", last = true }, gte = { "gte", first = true },
  lt = { "lt", first = true }, lte = { "lte", last = true },
}

--- How a left side that is the year or day of a column is compared: the column, the
--- lookup and the binder; nil for every other left side.
function M.of(left, name, path)
  local period, how, column = PERIODS[left.part], LOOKUPS[name], left.part_of
  if not period or not how or not FIRST[column.type] then return nil end
  if left.part == "date" and column.type == "date" then return nil end
  return column, how[1], function(params, n, v)
    local first, last = period(v, column.type, path)
    if how.first then
      n = n + 1
      params[n] = first
    end
    if how.last then
      n = n + 1
      params[n] = last
    end
    return n
  end
end

return M
