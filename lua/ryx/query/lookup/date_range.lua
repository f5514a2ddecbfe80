-- SPDX-License-Identifier: MIT
-- Years and days of a column as ranges of the column, which an index can serve:
-- created__year = 2024, created__date__gte = "2024-01-15".
local errors = require "ryx.errors"
local compat = require "ryx.compat"
local value = require "ryx.value"

local M = {}

local LAST = { datetime = " 23:59:59.999999", datetimetz = " 23:59:59.999999", date = "" }
local FIRST = { datetime = " 00:00:00", datetimetz = " 00:00:00", date = "" }

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

local BOUNDS = { year = year_of, date = date_of }

-- Which bound each lookup compares with, and how.
local LOOKUPS = {
  exact = { "range", true, true }, gt = { "gt", false, true }, gte = { "gte", true, false },
  lt = { "lt", true, false }, lte = { "lte", false, true },
}

--- A condition on the column itself when the left side is its year or day; else nil.
function M.by_part(resolver, left, lookup, plain, path)
  local part = left.part
  local bounds, how = part and BOUNDS[part], LOOKUPS[lookup]
  if not bounds or not how then return nil end
  local column = left.of
  if part == "date" and column.type == "date" or not LAST[column.type] then return nil end
  return plain(resolver, column, how[1], function(params, n, v)
    local first, last = bounds(v, column.type, path)
    if how[2] then
      n = n + 1
      params[n] = first
    end
    if how[3] then
      n = n + 1
      params[n] = last
    end
    return n
  end, how[2] and how[3] and 2 or 1)
end

return M
