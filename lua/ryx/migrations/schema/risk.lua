-- SPDX-License-Identifier: MIT
-- Does a type of column hold every value of another? What does not is told before it is done.
local M = {}

local DIGITS = { SMALLINT = 5, INTEGER = 10, INT = 10, BIGINT = 19, ["TINYINT"] = 1, BOOLEAN = 1 }
local LENGTH = { UUID = 36, BOOLEAN = 5, DATE = 10, SMALLINT = 6, INTEGER = 11, BIGINT = 20, TINYINT = 1 }
local UNBOUNDED = { TEXT = true, LONGTEXT = true }
local DECIMAL = { NUMERIC = true, DECIMAL = true, DECIMAL_TEXT = true }
local DOUBLE = { DOUBLE = true, ["DOUBLE PRECISION"] = true, REAL = true }
local MOMENT = { TIMESTAMP = true, TIMESTAMPTZ = true, DATETIME = true, DATETIME_TEXT = true, DATETIMETZ_TEXT = true }
local DAY = { DATE = true, DATE_TEXT = true }

-- "NUMERIC(10, 2)" -> "NUMERIC", 10, 2
local function parts(text)
  local base, first, second = text:match("^([%a_ ]-)%s*%((%d+),?%s*(%d*)%)")
  return base or text, tonumber(first), tonumber(second) or 0
end

local function text_holds(length, from, n)
  if from == "VARCHAR" or from == "CHAR" then return n <= length end
  return LENGTH[from] ~= nil and LENGTH[from] <= length
end

local function decimal_holds(digits, places, from, n, m)
  if DECIMAL[from] then return n - m <= digits - places and m <= places end
  return DIGITS[from] ~= nil and DIGITS[from] <= digits - places
end

--- Does it?
function M.holds(to_type, from_type)
  if to_type == from_type then return true end
  local to, size, places = parts(to_type)
  local from, n, m = parts(from_type)
  if UNBOUNDED[to] then return true end
  if to == "VARCHAR" then return text_holds(size, from, n) end
  if DECIMAL[to] then return decimal_holds(size, places, from, n, m) end
  if DOUBLE[to] then return (DIGITS[from] or 99) <= 10 end
  if MOMENT[to] then return MOMENT[from] or DAY[from] or false end
  return DIGITS[to] ~= nil and DIGITS[from] ~= nil and DIGITS[from] <= DIGITS[to]
end

return M
