-- SPDX-License-Identifier: MIT
-- What a column of SQLite's holds in the form of another type: an expression over it, and which values there are
-- that have no such form. A test is true of a value that has one; it may call ryx's functions, as only ryx asks it.
local M = {}

-- The family of a type by the beginning of its name; a type that is not ryx's has none.
local FAMILIES = {
  VARCHAR = "text", TEXT = "text", CHAR = "text", INTEGER = "integer", REAL = "real", DECIMAL_TEXT = "decimal",
  BOOLEAN = "boolean", DATE_TEXT = "date", TIME_TEXT = "time", DATETIME_TEXT = "moment", DATETIMETZ_TEXT = "moment",
  JSON_TEXT = "json", BLOB = "bytes",
}

local function family(column)
  return FAMILIES[column.type:match("^[%w_]+")]
end

local MIDNIGHT = " || ' 00:00:00.000000'"
local WHOLE = "'^[+-]?[0-9]{1,19}$'"
local PLAIN = "'^[+-]?[0-9]+(\\.[0-9]+)?$'"
local NUMBER = "'^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$'"
local TRUE, FALSE = "('1', 't', 'true', 'y', 'yes', 'on')", "('0', 'f', 'false', 'n', 'no', 'off')"

local function places(column)
  return tonumber(column.type:match(",%s*(%d+)%)"))
end

local function rounded(c, n)
  return ("ryx_decimal_round(%s, %d)"):format(c, n)
end

-- A whole number with so many zeros behind its point.
local function with_zeros(c, n)
  return n == 0 and "CAST(" .. c .. " AS TEXT)" or ("CAST(%s AS TEXT) || '.%s'"):format(c, ("0"):rep(n))
end

local function between_decimals(c, from, to)
  local a, b = places(from), places(to)
  if a == b then return c end
  if a > b then return rounded(c, b) end
  return ("%s || '%s%s'"):format(c, a == 0 and "." or "", ("0"):rep(b - a))
end

local function cast(name)
  return function(c) return ("CAST(%s AS %s)"):format(c, name) end
end

local function plainly(c) return c end

-- The first and the last character of a part of a text.
local function part(first, length)
  return function(c) return ("substr(%s, %d, %d)"):format(c, first, length) end
end

local function is_not_zero(c) return c .. " <> 0" end

local TO_MOMENT = "CASE length(%s) WHEN 10 THEN %s" .. MIDNIGHT
  .. " WHEN 19 THEN replace(%s, 'T', ' ') || '.000000' ELSE replace(%s, 'T', ' ') END"
local TO_TIME = "CASE length(%s) WHEN 5 THEN %s || ':00.000000' WHEN 8 THEN %s || '.000000' ELSE %s END"

-- What texts become: the expression, and the test of a text without the space around it.
local FROM_TEXT = {
  integer = { cast "INTEGER", function(t)
    return ("CASE WHEN %s REGEXP %s THEN decimal_cmp(ltrim(%s, '+'), CAST(CAST(%s AS INTEGER) AS TEXT)) = 0 END")
      :format(t, WHOLE, t, t)
  end },
  real = { cast "REAL", function(t) return t .. " REGEXP " .. NUMBER end },
  decimal = {
    function(t, _, to) return rounded("ltrim(" .. t .. ", '+')", places(to)) end,
    function(t) return t .. " REGEXP " .. PLAIN end,
  },
  boolean = {
    function(t) return ("lower(%s) IN %s"):format(t, TRUE) end,
    function(t) return ("lower(%s) IN %s OR lower(%s) IN %s"):format(t, TRUE, t, FALSE) end,
  },
  date = { part(1, 10), function(t) return ("date(%s, '+0 days') = substr(%s, 1, 10)"):format(t, t) end },
  moment = {
    function(t) return TO_MOMENT:format(t, t, t, t) end,
    function(t) return ("date(%s, '+0 days') = substr(%s, 1, 10) AND length(%s) IN (10, 19, 26)"):format(t, t, t) end,
  },
  time = {
    function(t) return TO_TIME:format(t, t, t, t) end,
    function(t) return ("time(%s) = substr(%s || ':00', 1, 8) AND length(%s) IN (5, 8, 15)"):format(t, t, t) end,
  },
}

-- By what a column was and what it becomes: the expression, and the test where there is one.
local FORMS = {
  text = {
    json = { plainly, function(c) return "json_valid(" .. c .. ")" end }, bytes = { cast "BLOB" },
  },
  integer = {
    text = { cast "TEXT" }, real = { cast "REAL" }, boolean = { is_not_zero }, json = { cast "TEXT" },
    decimal = { function(c, _, to) return with_zeros(c, places(to)) end },
  },
  real = {
    text = { cast "TEXT" }, boolean = { is_not_zero },
    json = { cast "TEXT", function(c) return "abs(" .. c .. ") < 1e308" end },
    integer = {
      function(c) return ("CAST(round(%s) AS INTEGER)"):format(c) end,
      function(c) return "abs(" .. c .. ") < 9.2e18" end,
    },
    decimal = {
      function(c, _, to) return ("printf('%%.%df', %s)"):format(places(to), c) end,
      function(c) return "abs(" .. c .. ") < 1e308" end,
    },
  },
  decimal = {
    text = { plainly }, real = { cast "REAL" }, decimal = { between_decimals }, json = { plainly },
    boolean = { function(c) return "CAST(" .. c .. " AS REAL) <> 0" end },
    integer = {
      function(c) return ("CAST(%s AS INTEGER)"):format(rounded(c, 0)) end,
      function(c)
        local whole = rounded(c, 0)
        return ("decimal_cmp(CAST(CAST(%s AS INTEGER) AS TEXT), %s) = 0"):format(whole, whole)
      end,
    },
  },
  boolean = {
    text = { cast "TEXT" }, integer = { plainly }, real = { cast "REAL" },
    decimal = { function(c, _, to) return with_zeros(c, places(to)) end },
    json = { function(c) return ("CASE %s WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"):format(c) end },
  },
  date = { text = { plainly }, moment = { function(c) return c .. MIDNIGHT end } },
  time = { text = { plainly } },
  moment = { text = { plainly }, date = { part(1, 10) }, time = { part(12, 15) } },
  json = { text = { plainly } },
  bytes = { text = { cast "TEXT" } },
}

-- How long a text may be, as a condition.
local function length_test(sql, column)
  local name, n = column.type:match("^(%a+)%((%d+)%)$")
  if name == "VARCHAR" then return ("length(%s) <= %s"):format(sql, n) end
  if name == "CHAR" then return ("length(%s) = %s"):format(sql, n) end
end

local function both(a, b)
  return a and b and ("CASE WHEN %s THEN %s END"):format(a, b) or a or b
end

--- The values of a column, c in SQL, as the other one holds them: an expression, the test of a value that is not
--- NULL (nil where all of them have such a form); nothing where the types have nothing in common.
function M.expression(c, from, to)
  local a, b = family(from), family(to)
  if from.type == to.type or not a or not b then return c end
  if a == b and a ~= "decimal" then return c, a == "text" and length_test(c, to) or nil end
  local form, value = FORMS[a][b], c
  if not form and a == "text" then form, value = FROM_TEXT[b], "trim(" .. c .. ")" end
  if not form then return nil end
  local sql = form[1](value, from, to)
  return sql, both(form[2] and form[2](value), b == "text" and length_test(sql, to) or nil)
end

return M
