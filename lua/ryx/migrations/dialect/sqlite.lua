-- SPDX-License-Identifier: MIT
-- SQLite's side of the schema. Columns hold what their checks let in: SQLite
-- itself would store any value in any of them.
local function integers(low, high)
  return function(_, c)
    return "INTEGER", ("typeof(%s) IN ('integer', 'null') AND %s BETWEEN %s AND %s"):format(c, c, low, high)
  end
end

local function whole(_, c)
  return "INTEGER", ("typeof(%s) IN ('integer', 'null')"):format(c)
end

local function text_of(name, length)
  return function(_, c)
    return name, ("length(%s) = %d"):format(c, length)
  end
end

local function json(_, c)
  return "JSON_TEXT", ("%s IS NULL OR json_valid(%s)"):format(c, c)
end

-- Text with all its places: too many digits are too long.
local function decimal(f, c)
  local places = f.decimal_places
  local longest = math.max(f.max_digits - places, 1) + (places > 0 and places + 1 or 0)
  return ("DECIMAL_TEXT(%d,%d)"):format(f.max_digits, places), ("length(ltrim(%s, '-')) <= %d"):format(c, longest)
end

return {
  transactional = true,
  alter_constraints = false,
  columns_sql = "SELECT name FROM pragma_table_info(?)",
  auto = "INTEGER PRIMARY KEY AUTOINCREMENT",
  -- A type, or a function that gives the type and the check of a column.
  types = {
    varchar = function(f, c)
      return ("VARCHAR(%d)"):format(f.max_length), ("length(%s) <= %d"):format(c, f.max_length)
    end,
    text = "TEXT",
    smallint = integers("-32768", "32767"),
    int = integers("-2147483648", "2147483647"),
    bigint = whole,
    double = function(_, c) return "REAL", ("typeof(%s) IN ('real', 'null')"):format(c) end,
    decimal = decimal,
    bool = function(_, c) return "BOOLEAN", ("%s IN (0, 1)"):format(c) end,
    date = text_of("DATE_TEXT", 10),
    time = text_of("TIME_TEXT", 15),
    datetime = text_of("DATETIME_TEXT", 26),
    datetimetz = text_of("DATETIMETZ_TEXT", 26),
    duration = whole,
    uuid = text_of("CHAR(36)", 36),
    json = json,
    array = json,
    bytes = "BLOB",
  },
  collate = function(name) return " COLLATE " .. name end,
  booleans = { [true] = "1", [false] = "0" },
  -- Decimals are text, which this collation puts in order.
  decimal_literal = function(v) return "'" .. tostring(v) .. "'" end,
  decimal_order = " COLLATE decimal",
}
