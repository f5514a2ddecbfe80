-- SPDX-License-Identifier: MIT
local ir = require "ryx.query.ir"

-- The names in the C table, which every call must be among.
local known = {}
do
  local f = assert(io.open("src/sql/function.h"))
  for name, least, most in f:read("*a"):gmatch('X%([%u%d_]+,%s+"([%w_]+)",%s+(%d+),%s+([%w_]+)%)') do
    known[name] = { tonumber(least), tonumber(most) or 99 }
  end
  f:close()
end

local real = ir.call
local function checked(fn, type, args, options)
  local n = assert(known[fn], "no function of C is called " .. tostring(fn))
  assert(#args >= n[1] and #args <= n[2], fn .. " does not take " .. #args .. " arguments")
  return real(fn, type, args, options)
end

local NAMES = { "types", "operators", "init", "aggregate", "convert", "number", "text", "time" }
local function forget()
  for _, name in ipairs(NAMES) do
    package.loaded["ryx.query.fn" .. (name == "init" and "" or "." .. name)] = nil
  end
end
forget()
ir.call = checked
local functions = require "ryx.query.fn"
ir.call = real
forget()

local source = {}
local function column(type, places, more)
  local node = { op = "column", source = source, column = "c", type = type, places = places, null = false }
  for k, v in pairs(more or {}) do node[k] = v end
  return node
end
local function loose(type, places) return { op = "param", number = 1, type = type, places = places, loose = true } end
local function null() return { op = "param", number = 1, type = "null", loose = true } end

local function fail(fmt, ...) error("F " .. fmt:format(...), 0) end

local function show(node)
  if node.op == "call" or node.op == "aggregate" then
    local parts = {}
    for i, arg in ipairs(node) do parts[i] = show(arg) end
    return node.fn .. "(" .. table.concat(parts, ", ") .. ")"
  end
  if node.op == "star" then return "star" end
  if node.op == "int" or node.op == "text" then return tostring(node.value) end
  return node.op == "param" and "$" .. node.type or node.type
end

local function typed(node)
  return node.type .. (node.places and ":" .. node.places or "") .. (node.elem and "/" .. node.elem or "")
end

local function f(name, args, options) return functions.row[name].resolve(args, options, fail) end
local function op(name, a, b) return functions.operator[name](a, b, fail) end
local function message(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok)
  return err
end

local INT, DOUBLE, TEXT = column("int"), column("double"), column("text")
local MONEY, RATE = column("decimal", 2), column("decimal", 4)
local DATE, DATETIME, TZ, SPAN = column("date"), column("datetime"), column("datetimetz"), column("duration")

describe("operators", function()
  local cases = {
    { "+", INT, INT, "add(int, int)", "int" },
    { "+", INT, DOUBLE, "add_double(cast_double(int), double)", "double" },
    { "+", INT, RATE, "add_decimal(int, decimal)", "decimal:4" },
    { "-", MONEY, RATE, "sub_decimal(decimal, decimal)", "decimal:4" },
    { "*", MONEY, RATE, "mul_decimal(decimal, decimal)", "decimal:6" },
    { "*", MONEY, DOUBLE, "mul_double(cast_double(decimal), double)", "double" },
    { "/", INT, INT, "div(int, int)", "double" },
    { "/", MONEY, INT, "div_decimal(decimal, int, 6)", "decimal:6" },
    { "%", INT, INT, "mod(int, int)", "int" },
    { "%", MONEY, INT, "mod_decimal(decimal, int)", "decimal:2" },
    { "^", INT, INT, "power(cast_double(int), cast_double(int))", "double" },
    { "-", DATETIME, DATETIME, "datetime_diff(datetime, datetime)", "duration" },
    { "-", DATE, DATE, "datetime_diff(cast_datetime_date(date), cast_datetime_date(date))", "duration" },
    { "-", TZ, DATETIME, "datetime_diff(datetimetz, cast_datetimetz_datetime(datetime))", "duration" },
    { "+", DATETIME, SPAN, "datetime_add(datetime, duration)", "datetime" },
    { "+", SPAN, TZ, "datetime_add(datetimetz, duration)", "datetimetz" },
    { "-", DATE, SPAN, "datetime_add(cast_datetime_date(date), neg(duration))", "datetime" },
    { "+", SPAN, SPAN, "add(duration, duration)", "duration" },
    { "*", SPAN, INT, "mul(duration, int)", "duration" },
    { "/", SPAN, SPAN, "div(duration, duration)", "double" },
    { "..", TEXT, TEXT, "concat(coalesce(text, ), coalesce(text, ))", "text" },
    { "..", INT, ir.text("x"), "concat(coalesce(cast_text(int), ), x)", "text" },
  }
  for _, c in ipairs(cases) do
    it(("%s %s %s is %s"):format(c[2].type, c[1], c[3].type, c[5]), function()
      local node = op(c[1], c[2], c[3])
      assert.equal(c[4], show(node))
      assert.equal(c[5], typed(node))
    end)
  end

  it("a text takes the type of what it meets", function()
    assert.equal("add(int, $int)", show(op("+", INT, loose("text"))))
    assert.equal("datetime_diff(datetime, $datetime)", show(op("-", DATETIME, loose("text"))))
    assert.equal("datetime_add(datetime, $duration)", show(op("+", DATETIME, loose("text"))))
    assert.equal("mul_decimal(decimal, $decimal)", show(op("*", MONEY, loose("text"))))
  end)

  it("a whole number of the user's is exact beside decimals, a double beside doubles", function()
    assert.equal("decimal:2", typed(op("*", MONEY, loose("int"))))
    assert.equal("mul_double(double, $double)", show(op("*", DOUBLE, loose("int"))))
    assert.equal("double", typed(op("+", INT, loose("double"))))
  end)

  it("a decimal of unknown places gives unknown places, a quotient those that are known", function()
    assert.equal("decimal", typed(op("*", MONEY, loose("decimal"))))
    assert.equal("decimal:6", typed(op("/", MONEY, loose("decimal"))))
  end)

  it("NULL takes the other's type", function() assert.equal("add(int, $int)", show(op("+", INT, null()))) end)

  it("places end where databases end", function()
    assert.equal("round_decimal(mul_decimal(decimal, decimal), 38)",
      show(op("*", column("decimal", 20), column("decimal", 20))))
  end)

  it("division may be NULL, concatenation never", function()
    assert.is_true(ir.may_be_null(op("/", INT, INT)))
    assert.is_false(ir.may_be_null(op("..", column("text", nil, { null = true }), TEXT)))
    assert.is_false(ir.may_be_null(op("+", INT, INT)))
  end)

  it("the sign keeps type and places", function()
    assert.equal("decimal:2", typed(functions.operator.neg(MONEY, fail)))
    assert.equal("neg(duration)", show(functions.operator.neg(SPAN, fail)))
  end)

  it("refuse what has no meaning", function()
    assert.equal("F adds numbers, durations, a duration to a date or datetime, not text and text; .. joins texts",
      message(op, "+", TEXT, TEXT))
    assert.truthy(message(op, "+", DATE, INT):find("not date and int", 1, true))
    assert.truthy(message(op, "-", TEXT, INT):find("not text and int", 1, true))
    assert.equal("F takes a number or a duration, not text", message(functions.operator.neg, TEXT, fail))
    assert.truthy(message(op, "..", column("json"), TEXT):find("has no text for json", 1, true))
  end)
end)

describe("functions", function()
  local cases = {
    { "Lower", { TEXT }, "lower(text)", "text" },
    { "Concat", { TEXT, INT, MONEY },
      "concat(concat(coalesce(text, ), coalesce(cast_text(int), )), coalesce(cast_text_decimal(decimal), ))", "text" },
    { "Concat", { TEXT }, "coalesce(text, )", "text" },
    { "Substr", { TEXT, loose("int") }, "substr_from(text, $int)", "text" },
    { "Substr", { TEXT, loose("int"), INT }, "substr(text, $int, int)", "text" },
    { "LPad", { TEXT, loose("int") }, "lpad(text, $int,  )", "text" },
    { "Length", { TEXT }, "length(text)", "int" },
    { "StrIndex", { TEXT, loose("text") }, "position(text, $text)", "int" },
    { "Abs", { MONEY }, "abs_decimal(decimal)", "decimal:2" },
    { "Sign", { MONEY }, "sign_decimal(decimal)", "int" },
    { "Floor", { MONEY }, "floor_decimal(decimal)", "decimal:0" },
    { "Floor", { INT }, "int", "int" },
    { "Ceil", { DOUBLE }, "ceil_double(double)", "double" },
    { "Round", { MONEY, 1 }, "round_decimal(decimal, 1)", "decimal:1" },
    { "Round", { MONEY, 4 }, "decimal", "decimal:2" },
    { "Round", { DOUBLE }, "round_double(double)", "double" },
    { "Round", { DOUBLE, 2 }, "div(round_double(mul_double(double, 100)), 100)", "double" },
    { "Mod", { INT, loose("int") }, "mod(int, $int)", "int" },
    { "IntDiv", { INT, loose("int") }, "int_div(int, $int)", "int" },
    { "Sqrt", { INT }, "sqrt(cast_double(int))", "double" },
    { "Log", { DOUBLE }, "log10(double)", "double" },
    { "Log", { DOUBLE, loose("int") }, "div(ln(double), ln($double))", "double" },
    { "Coalesce", { INT, loose("int") }, "coalesce(int, $int)", "int" },
    { "Coalesce", { INT, DOUBLE }, "coalesce(cast_double(int), double)", "double" },
    { "Coalesce", { MONEY, RATE }, "coalesce(round_decimal(decimal, 4), decimal)", "decimal:4" },
    { "Coalesce", { MONEY, loose("int") }, "coalesce(decimal, round_decimal($int, 2))", "decimal:2" },
    { "Coalesce", { DATE, DATETIME }, "coalesce(cast_datetime_date(date), datetime)", "datetime" },
    { "Coalesce", { DATE, loose("text") }, "coalesce(date, $date)", "date" },
    { "Coalesce", { null(), INT }, "coalesce($int, int)", "int" },
    { "Coalesce", { column("array", nil, { elem = "int" }), loose("array") }, "coalesce(array, $array)", "array/int" },
    { "Greatest", { MONEY, MONEY }, "greatest(ordered_decimal(decimal), decimal)", "decimal:2" },
    { "Least", { INT, INT }, "least(int, int)", "int" },
    { "NullIf", { TEXT, loose("text") }, "nullif(text, $text)", "text" },
    { "Cast", { TEXT, "int" }, "cast_int_text(text)", "int" },
    { "Cast", { DOUBLE, "float" }, "cast_double(double)", "double" },
    { "Cast", { DOUBLE, "decimal(6, 2)" }, "cast_decimal(double, 2, 10000)", "decimal:2" },
    { "Cast", { TEXT, "decimal(6,2)" }, "cast_decimal(cast_decimal_text(text, 2), 2, 10000)", "decimal:2" },
    { "Cast", { DATETIME, "date" }, "date_of(datetime)", "date" },
    { "Cast", { column("bool"), "text" }, "cast_text_bool(bool)", "text" },
    { "Cast", { INT, "json" }, "cast_json(int)", "json" },
    { "Cast", { null(), "int" }, "$int", "int" },
    { "JSONObject", { "a", INT, "b", MONEY, "c", DATE },
      "json_object(a, int, b, json_item(cast_json_decimal(decimal)), c, cast_text_date(date))", "json" },
    { "JSONArray", { column("json"), column("bool"), TEXT },
      "json_array(json_item(json), json_item(cast_json_bool(bool)), text)", "json" },
    { "JSONArray", {}, "json_array()", "json" },
    { "Now", {}, "now()", "datetime" },
    { "Extract", { DATETIME, "year" }, "year(datetime)", "int" },
    { "Extract", { column("time"), "hour" }, "hour_time(time)", "int" },
    { "Extract", { DATETIME, "date" }, "date_of(datetime)", "date" },
    { "Extract", { DATE, "date" }, "date", "date" },
    { "Trunc", { DATETIME, "month" }, "trunc_month(datetime)", "datetime" },
    { "Trunc", { DATE, "month" }, "trunc_month_date(date)", "date" },
    { "TruncDay", { DATE }, "date", "date" },
    { "TruncWeek", { TZ }, "trunc_week(datetimetz)", "datetimetz" },
    { "AtZone", { TZ, loose("text") }, "at_zone_datetimetz(datetimetz, $text)", "datetime" },
    { "Count", {}, "count(star)", "int" },
    { "Sum", { MONEY }, "sum_decimal(decimal)", "decimal:2" },
    { "Sum", { SPAN }, "sum(duration)", "duration" },
    { "Avg", { INT }, "avg(int)", "double" },
    { "Avg", { MONEY }, "avg_decimal(decimal, 6)", "decimal:6" },
    { "Avg", { SPAN }, "avg_duration(duration)", "duration" },
    { "Min", { column("bool") }, "bool_and(bool)", "bool" },
    { "Max", { column("uuid") }, "max_uuid(uuid)", "uuid" },
    { "Max", { MONEY }, "max_decimal(decimal)", "decimal:2" },
    { "Variance", { INT }, "variance(int)", "double" },
    { "Median", { INT }, "percentile(cast_double(int), 0.5)", "double" },
    { "Percentile", { column("double"), 0.95 }, "percentile(double, 0.95)", "double" },
    { "Percentile", { MONEY, 1 }, "percentile_decimal(decimal, 1, 6)", "decimal:6" },
    { "Percentile", { SPAN, 0 }, "percentile_duration(duration, 0)", "duration" },
    { "Percentile", { INT, 0.1 + 0.2 }, "percentile(cast_double(int), 0.3)", "double" },
    { "Percentile", { INT, 1 / 3 }, "percentile(cast_double(int), 0.333333333333333)", "double" },
    { "Percentile", { INT, 1e-15 }, "percentile(cast_double(int), 0.000000000000001)", "double" },
    { "Percentile", { INT, 1 - 1e-16 }, "percentile(cast_double(int), 1)", "double" },
    { "Mode", { INT }, "mode(int)", "int" },
    { "Mode", { MONEY }, "mode_decimal(decimal, 2)", "decimal:2" },
    { "Mode", { column("decimal") }, "mode_decimal(decimal, 30)", "decimal" },
    { "Mode", { column("bool") }, "mode_bool(bool)", "bool" },
    { "Mode", { TZ }, "mode_datetime(datetimetz)", "datetimetz" },
    { "Mode", { SPAN }, "mode(duration)", "duration" },
    { "Mode", { TEXT }, "mode_text(text)", "text" },
    { "StringAgg", { INT }, "string_agg(cast_text(int), ,)", "text" },
    { "ArrayAgg", { MONEY }, "array_agg_decimal(decimal)", "array:2/decimal" },
    { "ArrayAgg", { TEXT }, "array_agg(text)", "array/text" },
    { "JSONAgg", { DATE }, "json_agg(cast_json_text(cast_text_date(date)))", "json" },
    { "BoolOr", { column("bool") }, "bool_or(bool)", "bool" },
    { "RowNumber", {}, "row_number()", "int" },
    { "PercentRank", {}, "percent_rank()", "double" },
    { "Ntile", { 4 }, "ntile(4)", "int" },
    { "Lag", { MONEY }, "lag(decimal, 1)", "decimal:2" },
    { "Lead", { INT, 2, loose("int") }, "lead_default(int, 2, $int)", "int" },
    { "NthValue", { TEXT, 2 }, "nth_value(text, 2)", "text" },
  }
  for _, c in ipairs(cases) do
    it(("%s gives %s"):format(c[1], c[3]), function()
      local node = f(c[1], c[2])
      assert.equal(c[3], show(node))
      assert.equal(c[4], typed(node))
    end)
  end

  it("options choose the sample and the zone", function()
    assert.equal("stddev_sample(int)", show(f("StdDev", { INT }, { sample = true })))
    assert.equal("day(at_zone(datetime, Europe/Berlin))",
      show(f("Extract", { DATETIME, "day" }, { tz = "Europe/Berlin" })))
    assert.equal("now_datetimetz()", show(f("Now", {}, { tz = true })))
  end)

  it("aggregates may be NULL, Count and ranks never are", function()
    assert.is_true(ir.may_be_null(f("Sum", { INT })))
    assert.is_false(ir.may_be_null(f("Count", { INT })))
    assert.is_false(ir.may_be_null(f("Rank", {})))
    assert.is_true(ir.may_be_null(f("Lag", { INT })))
    assert.is_true(ir.may_be_null(f("Cast", { TEXT, "int" })))
    assert.is_false(ir.may_be_null(f("Cast", { INT, "double" })))
  end)

  local refusals = {
    { "Lower", { INT }, "F takes text, not int" },
    { "Left", { TEXT, loose("double") }, "F takes int, not double" },
    { "Sqrt", { TEXT }, "F takes decimal, double or int, not text" },
    { "Round", { MONEY, -1 }, "F takes a whole number from 0 as its places, not -1" },
    { "Coalesce", { TEXT, INT }, "F takes values of one type, not text and int" },
    { "Coalesce", { null(), null() }, "F takes at least one value that is not NULL" },
    { "Greatest", { column("json"), column("json") }, "F has no order for json" },
    { "Cast", { INT, "point" },
      "F makes int, double, decimal(digits, places), text, bool, date, time, datetime or json, not point" },
    { "Cast", { SPAN, "date" }, "F makes date of date, datetime, datetimetz or text, not of duration" },
    { "Cast", { INT, "decimal(2,4)" },
      "F takes decimal(digits, places) with up to 65 digits, 38 of them places, not decimal(2, 4)" },
    { "JSONObject", { "a" }, "F takes pairs of a key and a value, not 1 arguments" },
    { "JSONArray", { column("bytes") }, "F has no JSON for bytes" },
    { "Extract", { DATE, "hour" }, "F takes datetime, datetimetz or time, not date" },
    { "Trunc", { DATE, "hour" }, "F takes a datetime for hour, not a date" },
    { "Sum", { TEXT }, "F takes numbers or durations, not text" },
    { "Max", { column("json") }, "F has no order for json" },
    { "Median", { DATE }, "F takes numbers or durations, not date" },
    { "Percentile", { TEXT, 0.5 }, "F takes numbers or durations, not text" },
    { "Mode", { column("bytes") }, "F has no order for bytes" },
    { "ArrayAgg", { column("json") }, "F makes no array of json; JSONAgg makes a document of them" },
    { "StringAgg", { TEXT, 1 }, "F takes a text as separator, not 1" },
    { "BoolAnd", { INT }, "F takes bool, not int" },
    { "Ntile", { 0 }, "F takes a whole number from 1 as its number of groups, not 0" },
  }
  for _, c in ipairs(refusals) do
    it(c[1] .. " says " .. c[3], function() assert.equal(c[3], message(f, c[1], c[2])) end)
  end
  it("Extract and Trunc name what they know", function()
    assert.truthy(message(f, "Extract", { DATE, "eon" }):find("knows no part eon; there are date, day", 1, true))
    assert.truthy(message(f, "Trunc", { DATE, "eon" }):find("knows no unit eon; there are day", 1, true))
  end)

  it("rows are whole", function()
    for _, row in ipairs(functions.rows) do
      for _, key in ipairs{ "name", "kind", "family", "args", "doc", "types", "example", "sql", "resolve" } do
        assert.is_not_nil(row[key], row.name .. "." .. key)
      end
      assert.equal(row, functions.row[row.name])
      assert.truthy(row.example:find("ryx." .. row.name .. "(", 1, true), row.name)
    end
  end)
end)

describe("parts and transforms", function()
  it("give a part of a date, time or datetime", function()
    assert.equal("year(date)", show(functions.part.year.resolve(DATE, fail)))
    assert.equal("week(datetime)", show(functions.part.iso_week.resolve(DATETIME, fail)))
    assert.equal("F takes date, datetime or datetimetz, not text", message(functions.part.year.resolve, TEXT, fail))
  end)
  it("give functions of one argument", function()
    assert.equal("lower(text)", show(functions.transform.lower.resolve(TEXT, fail)))
    assert.is_true(functions.transform.abs.types.int)
  end)
end)

describe("storage types", function()
  it("are those of the core, a row each", function()
    local storage, known = require "ryx.storage", require("ryx.value").numbers.TYPE
    for name in pairs(known) do assert.truthy(storage[name], name) end
    for name in pairs(storage) do assert.truthy(known[name], name) end
  end)
end)
