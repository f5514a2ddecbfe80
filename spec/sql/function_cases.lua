-- SPDX-License-Identifier: MIT
-- What the functions give, on every database: see function_check.lua.
local V, L, call, aggregate, window, twice, run, expand = ...
local int, double, decimal, text, bool = V.int, V.double, V.decimal, V.text, V.bool
local date, time, datetime, tz, uuid, json = V.date, V.time, V.datetime, V.datetimetz, V.uuid, V.json
local MIN, MAX = "-9223372036854775808", "9223372036854775807"

-- { name, type of the result, { arguments, result }, ... }
local function each(name, type_name, ...)
  for _, c in ipairs{ ... } do
    local args = {}
    for i = 1, #c - 1 do args[i] = c[i] end
    call(name, type_name, args, twice(c[#c]))
  end
end

each("add", "int", { int(1), int(-2), "-1" }, { int(nil), int(1), "NULL" },
  { int(3000000000), int(3000000000), "6000000000" })
each("sub", "int", { int(1), L(-2), "3" }, { int(1), int(nil), "NULL" })
each("mul", "int", { int(-3), int(2000000000), "-6000000000" })
each("add_double", "double", { double(0.5), double(0.25), "0.75" })
each("sub_double", "double", { double(0.5), double(nil), "NULL" }, { double(1), double(0.25), "0.75" })
each("mul_double", "double", { double(0.5), L(100), "50" }, { double(-0.5), double(3), "-1.5" })
each("add_decimal", "decimal", { decimal("1.50"), decimal("0.125"), "1.625" }, { decimal("1.50"), int(2), "3.50" },
  { decimal("99999999999999999999.99"), decimal("0.01"), "100000000000000000000.00" },
  { decimal(nil), decimal("1"), "NULL" })
each("sub_decimal", "decimal", { decimal("1.50"), decimal("1.50"), "0.00" }, { int(1), decimal("1.50"), "-0.50" })
each("mul_decimal", "decimal", { decimal("1.50"), decimal("-0.20"), "-0.3000" },
  { decimal("1.50"), int(2), "3.00" })
each("div", "double", { int(1), int(2), "0.5" }, { int(1), int(0), "NULL" }, { double(1), double(8), "0.125" },
  { int(nil), int(2), "NULL" }, { double(1), int(0), "NULL" },
  { int(9007199254740993), int(1), "9.007199254741e+15" })
each("decimal_of", "decimal", { decimal("1.50"), L(2), "1.50" }, { decimal(nil), L(2), "NULL" })
each("div_decimal", "decimal", { decimal("2.00"), decimal("3"), L(6), "0.666667" },
  { decimal("-2.00"), decimal("3.00"), L(6), "-0.666667" }, { decimal("1.00"), decimal("0.00"), L(6), "NULL" },
  { decimal("123456789012345678.00"), decimal("3.00"), L(6), "41152263004115226.000000" },
  { decimal("123456789012345678.01"), decimal("7.00"), L(6), "17636684144620811.144286" },
  { decimal("0.01"), decimal("20000.00"), L(6), "0.000001" },
  { decimal("0.01"), decimal("20001.00"), L(6), "0.000000" },
  { decimal("0.01"), decimal("20000.01"), L(6), "0.000000" }, { int(1), decimal("8.00"), L(6), "0.125000" },
  { decimal("1.00"), int(3), L(6), "0.333333" })
each("int_div", "int", { int(7), int(2), "3" }, { int(-7), int(2), "-3" }, { int(7), int(-2), "-3" },
  { int(7), int(0), "NULL" }, { int(nil), int(2), "NULL" })
each("mod", "int", { int(-7), int(3), "-1" }, { int(7), int(-3), "1" }, { int(7), int(0), "NULL" },
  { int(6), int(3), "0" })
each("mod_double", "double", { double(-7.5), double(2), "-1.5" }, { double(7.5), double(-2), "1.5" },
  { double(7.5), double(0), "NULL" }, { double(0.3), double(0.1), "0.1" })
each("mod_decimal", "decimal", { decimal("7.50"), decimal("2.00"), "1.50" },
  { decimal("-7.50"), decimal("2.00"), "-1.50" },
  { decimal("7.50"), decimal("-2.00"), "1.50" }, { decimal("7.90"), decimal("2.000"), "1.900" },
  { decimal("-7.90"), decimal("-2.00"), "-1.90" }, { decimal("7.50"), decimal("0.00"), "NULL" },
  { decimal("0.50"), decimal("2.00"), "0.50" }, { decimal("1.99"), decimal("2.00"), "1.99" },
  { decimal("6.00"), decimal("2.00"), "0.00" }, { decimal(nil), decimal("2.00"), "NULL" },
  { decimal("7.50"), int(2), "1.50" })
each("neg", "int", { int(5), "-5" }, { L(-5), "5" }, { int(nil), "NULL" })
each("neg_double", "double", { double(1.5), "-1.5" }, { L(-5), "5" })
each("neg_decimal", "decimal", { decimal("1.50"), "-1.50" }, { decimal("-1.50"), "1.50" },
  { decimal("0.00"), "0.00" })
each("abs", "int", { int(-5), "5" }, { int(5), "5" }, { int(nil), "NULL" })
each("abs_double", "double", { double(-1.5), "1.5" })
each("abs_decimal", "decimal", { decimal("-1.50"), "1.50" }, { decimal("1.50"), "1.50" }, { decimal(nil), "NULL" })
each("sign", "int", { int(-5), "-1" }, { double(0.0), "0" }, { double(2.5), "1" }, { int(nil), "NULL" })
each("sign_decimal", "int", { decimal("-0.01"), "-1" }, { decimal("0.00"), "0" }, { decimal("3.10"), "1" })
each("round_double", "double", { double(2.5), "3" }, { double(-2.5), "-3" }, { double("0.49999999999999994"), "0" },
  { double(4503599627370497), "4.5035996273705e+15" }, { double(-0.3), "0" }, { double(1e300), "1e+300" },
  { double(nil), "NULL" })
each("round_decimal", "decimal", { decimal("2.345"), L(2), "2.35" }, { decimal("-2.345"), L(2), "-2.35" },
  { decimal("1.5"), L(3), "1.500" }, { int(7), L(2), "7.00" }, { double(1.005), L(2), "1.01" },
  { decimal("2.5"), L(0), "3" },
  { decimal(nil), L(2), "NULL" }, { decimal("-0.001"), L(2), "0.00" })
each("floor_double", "double", { double(-1.5), "-2" }, { double(1.5), "1" })
each("ceil_double", "double", { double(-1.5), "-1" }, { double(-0.5), "0" }, { double(1.1), "2" })
each("floor_decimal", "decimal", { decimal("-1.01"), "-2" }, { decimal("1.99"), "1" }, { decimal("-2.00"), "-2" },
  { decimal("2.00"), "2" }, { decimal("12345678901234567890123.5"), "12345678901234567890123" })
each("ceil_decimal", "decimal", { decimal("-1.99"), "-1" }, { decimal("1.01"), "2" }, { decimal("-2.00"), "-2" },
  { decimal("2.00"), "2" }, { decimal("0.00"), "0" }, { decimal("-0.50"), "0" })
each("power", "double", { double(2), double(10), "1024" }, { double(2), double(0.5), "1.4142135623731" },
  { double(0), double(-1), "NULL" }, { double(-8), double(0.5), "NULL" }, { double(-2), double(3), "-8" },
  { double(10), double(400), "NULL" }, { double(10), double(-400), "0" }, { double(0), double(0), "1" },
  { double(nil), double(1), "NULL" })
each("sqrt", "double", { double(2.25), "1.5" }, { double(-1), "NULL" }, { double(nil), "NULL" })
each("exp", "double", { double(1), "2.718281828459" }, { double(1000), "NULL" }, { double(-1000), "0" },
  { double(709.7), "1.6549840276803e+308" }, { double(nil), "NULL" })
each("ln", "double", { double(2.5), "0.91629073187416" }, { double(0), "NULL" }, { double(-1), "NULL" })
each("log10", "double", { double(1000), "3" }, { double(2), "0.30102999566398" }, { double(0), "NULL" })
each("bit_and", "int", { int(12), int(10), "8" }, { int(-1), int(10), "10" }, { int(-4), int(-2), "-4" })
each("bit_or", "int", { int(12), int(10), "14" }, { int(-4), int(1), "-3" })

each("concat", "text", { text("a"), text("é"), "aé" }, { text("a"), text(""), "a" },
  { text("a"), text(nil), "NULL" })
each("lower", "text", { text("ÀÉΣЖ İß"), "àéσж iß" }, { text(nil), "NULL" }, { text("ABC"), "abc" })
each("upper", "text", { text("àéσжßÿ"), "ÀÉΣЖßŸ" }, { text(""), "" }, { text("aǆ"), "AǄ" }, { text("ɐɐxȿß"), "ⱯⱯXⱾß" })
each("length", "int", { text("aé€😀"), "4" }, { text(""), "0" }, { text("a  "), "3" }, { text(nil), "NULL" })
each("trim", "text", { text("  a b "), "a b" }, { text("\ta\t"), "\ta\t" })
each("ltrim", "text", { text("  a "), "a " })
each("rtrim", "text", { text("  a "), "  a" })
each("replace", "text", { text("aXbX"), text("X"), text("é"), "aébé" },
  { text("aXbX"), text("x"), text("-"), "aXbX" },
  { text("abc"), text(""), text("z"), "abc" }, { text("abc"), text(nil), text("z"), "NULL" },
  { text("abc"), text("b"), text(nil), "NULL" })
each("substr", "text", { text("héllo"), int(2), int(3), "éll" }, { text("héllo"), int(0), int(2), "hé" },
  { text("héllo"), int(-3), int(2), "hé" }, { text("héllo"), int(4), int(9), "lo" },
  { text("héllo"), int(9), int(2), "" },
  { text("héllo"), int(2), int(-1), "" }, { text("héllo"), int(2), int(MAX), "éllo" },
  { text("héllo"), int(nil), int(2), "NULL" },
  { text("héllo"), int(1), int(nil), "NULL" }, { text(nil), int(1), int(1), "NULL" })
each("substr_from", "text", { text("héllo"), int(2), "éllo" }, { text("héllo"), int(0), "héllo" },
  { text("héllo"), int(-2), "héllo" },
  { text("héllo"), int(6), "" }, { text("héllo"), int(nil), "NULL" })
each("left", "text", { text("héllo"), int(2), "hé" }, { text("héllo"), int(0), "" }, { text("héllo"), int(-1), "" },
  { text("héllo"), int(9), "héllo" }, { text("héllo"), int(MAX), "héllo" }, { text("héllo"), int(nil), "NULL" })
each("right", "text", { text("hellö"), int(2), "lö" }, { text("hellö"), int(0), "" },
  { text("hellö"), int(-1), "" },
  { text("hellö"), int(9), "hellö" }, { text("hellö"), int(nil), "NULL" }, { text(""), int(2), "" })
each("position", "int", { text("aébc"), text("b"), "3" }, { text("abc"), text("B"), "0" },
  { text("abc"), text(""), "1" },
  { text("abc"), text(nil), "NULL" }, { text("a%b"), text("%"), "2" })
each("repeat", "text", { text("aé"), int(2), "aéaé" }, { text("00"), int(3), "000000" }, { text("a"), int(0), "" },
  { text("a"), int(-1), "" }, { text("a"), int(nil), "NULL" }, { text(nil), int(2), "NULL" },
  { text(""), int(2), "" })
each("lpad", "text", { text("é"), int(3), text("ab"), "abé" }, { text("abcd"), int(2), text("x"), "ab" },
  { text("a"), int(3), text(""), "a" }, { text("a"), int(-1), text("x"), "" },
  { text("a"), int(4), text("xy"), "xyxa" },
  { text("abcd"), int(2), text(""), "ab" }, { text("a"), int(0), text("x"), "" },
  { text("a"), int(nil), text("x"), "NULL" },
  { text("a"), int(3), text(nil), "NULL" }, { text("abc"), int(2), text(nil), "NULL" },
  { text(nil), int(2), text("x"), "NULL" })
each("rpad", "text", { text("é"), int(3), text("ab"), "éab" }, { text("abcd"), int(2), text("x"), "ab" },
  { text("a"), int(3), text(""), "a" }, { text("a"), int(-1), text("x"), "" },
  { text("a"), int(4), text("xy"), "axyx" })
each("reverse", "text", { text("aé€"), "€éa" }, { text(""), "" })
-- In single precision, as pg_trgm has it.
each("trigram_similarity", "double", { text("word"), text("two words"), "0.36363637447357" },
  { text("Été"), text("été!"), "1" }, { text(""), text("a"), "0" }, { text(nil), text("a"), "NULL" },
  { text("a"), text(nil), "NULL" })

each("coalesce", "int", { int(nil), int(2), "2" }, { int(nil), int(nil), int(3), "3" })
each("coalesce", "text", { text(nil), text("x"), "x" }, { text(""), text("x"), "" })
each("greatest", "int", { int(1), int(3), int(2), "3" }, { int(1), int(nil), "NULL" })
each("greatest", "text", { text("a"), text("B"), "a" }, { text("a"), text("é"), "é" })
each("greatest", "datetime", { datetime("2024-01-02 03:04:05.000001"), datetime("2024-01-02 03:04:05.000000"),
  "2024-01-02T03:04:05.000001" })
each("least", "int", { int(1), int(3), int(2), "1" }, { int(1), int(nil), "NULL" })
each("least", "double", { double(0.5), double(0.25), "0.25" })
each("nullif", "int", { int(1), int(1), "NULL" }, { int(1), int(2), "1" }, { int(1), int(nil), "1" },
  { int(nil), int(1), "NULL" })
each("nullif", "text", { text("a"), text("A"), "a" }, { text("a"), text("a "), "a" })
each("ordered_decimal", "decimal", { decimal("1.50"), "1.50" })

each("cast_int_bool", "int", { bool(true), "1" }, { bool(false), "0" }, { bool(nil), "NULL" })
each("cast_int_double", "int", { double(1.9), "1" }, { double(-1.9), "-1" }, { double(1e30), "NULL" },
  { double(-1e30), "NULL" },
  { double(9007199254740992), "9007199254740992" }, { double("9223372036854775808"), "NULL" },
  { double("-9223372036854775808"), MIN },
  { double(123456789012345680), "123456789012345680" }, { double(nil), "NULL" })
each("cast_int_decimal", "int", { decimal("1.99"), "1" }, { decimal("-0.50"), "0" },
  { decimal("9223372036854775807.99"), MAX },
  { decimal("9223372036854775808.00"), "NULL" }, { decimal("-9223372036854775808.99"), MIN },
  { decimal("-9223372036854775809.00"), "NULL" })
each("cast_int_text", "int", { text("12"), "12" }, { text("-12"), "-12" }, { text("+12"), "12" },
  { text("1.5"), "NULL" },
  { text("abc"), "NULL" }, { text(""), "NULL" }, { text("12\n"), "NULL" }, { text("9223372036854775808"), "NULL" },
  { text(MAX), MAX }, { text(MIN), MIN }, { text("007"), "7" }, { text(" 1"), "NULL" }, { text("٣"), "NULL" })
each("cast_double", "double", { int(3), "3" }, { decimal("1.50"), "1.5" }, { int(nil), "NULL" })
each("cast_double_text", "double", { text("1.5"), "1.5" }, { text("-.5e-3"), "-0.0005" }, { text("x"), "NULL" },
  { text("1e999"), "NULL" },
  { text("1."), "1" }, { text("inf"), "NULL" })
each("cast_text", "text", { int(-5), "-5" }, { int(nil), "NULL" })
each("cast_text_double", "text", { double(1), "1" }, { double(-2.5), "-2.5" }, { double(1e20), "1e20" },
  { double(123456789.5), "123456789.5" },
  { double(nil), "NULL" }, { double(1.5e20), "1.5e20" })
each("cast_text_decimal", "text", { decimal("1.50"), "1.50" }, { decimal("-0.05"), "-0.05" })
each("cast_text_bool", "text", { bool(true), "true" }, { bool(false), "false" }, { bool(nil), "NULL" })
each("cast_text_date", "text", { date("2024-01-02"), "2024-01-02" }, { date("0099-01-02"), "0099-01-02" })
each("cast_text_time", "text", { time("03:04:05.600000"), "03:04:05.600000" })
each("cast_text_datetime", "text", { datetime("2024-01-02 03:04:05.000000"), "2024-01-02 03:04:05.000000" })
each("cast_text_datetimetz", "text", { tz("2024-01-02 03:04:05.000001"), "2024-01-02 03:04:05.000001" })
each("cast_text_uuid", "text", { uuid("6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
  "6f9619ff-8b86-d011-b42d-00cf4fc964ff" })
each("cast_decimal", "decimal", { decimal("12.345"), L(2), L("1000"), "12.35" },
  { decimal("999.995"), L(2), L("1000"), "NULL" },
  { int(-1000), L(2), L("1000"), "NULL" }, { double(2.5), L(0), L("1000"), "3" },
  { decimal("99999999999999999999.99"), L(2), L("100000000000000000000"), "99999999999999999999.99" })
each("cast_decimal_text", "decimal", { text("12.345"), L(2), "12.35" }, { text("+1"), L(2), "1.00" },
  { text("1e5"), L(2), "NULL" },
  { text("x"), L(2), "NULL" })
each("cast_bool", "bool", { int(2), "true" }, { int(0), "false" }, { double(0.5), "true" }, { int(nil), "NULL" })
each("cast_bool_decimal", "bool", { decimal("0.00"), "false" }, { decimal("0.01"), "true" })
each("cast_bool_text", "bool", { text("TRUE"), "true" }, { text("no"), "false" }, { text("x"), "NULL" })
each("cast_date_text", "date", { text("2024-02-29"), "2024-02-29" }, { text("2023-02-29"), "NULL" },
  { text("2024-04-31"), "NULL" },
  { text("2000-02-29"), "2000-02-29" }, { text("1900-02-29"), "NULL" }, { text("0000-01-01"), "NULL" },
  { text("x"), "NULL" },
  { text("2024-13-01"), "NULL" }, { text("2024-01-01 10:00"), "NULL" })
each("cast_time_text", "time", { text("03:04"), "03:04:00" }, { text("03:04:05.5"), "03:04:05.500000" },
  { text("24:00"), "NULL" })
each("cast_datetime_text", "datetime", { text("2024-01-02"), "2024-01-02T00:00:00" },
  { text("2024-01-02T03:04"), "2024-01-02T03:04:00" },
  { text("2024-01-02 03:04:05"), "2024-01-02T03:04:05" },
  { text("2024-01-02 03:04:05.25"), "2024-01-02T03:04:05.250000" },
  { text("2024-01-02 25:00"), "NULL" })
each("cast_datetime_date", "datetime", { date("2024-01-02"), "2024-01-02T00:00:00" }, { date(nil), "NULL" })
each("cast_datetime_datetimetz", "datetime", { tz("2024-01-02 03:04:05.000000"), "2024-01-02T03:04:05" })
each("widen_int", "int", { int(5), "5" }, { int(nil), "NULL" })
each("widen_text", "text", { text("é "), "é " }, { text(""), "" }, { text(nil), "NULL" })
each("widen_decimal", "decimal", { decimal("1.50"), L(2), "1.50" }, { decimal(nil), L(2), "NULL" })
each("cast_json", "json", { int(5), "5" }, { int(nil), "NULL" })
each("cast_json_double", "json", { double(0.1), "0.1" }, { double(nil), "NULL" },
  { double("0.30000000000000004"), "0.30000000000000004" },
  { double(1e300), "1e+300" })
each("cast_json_decimal", "json", { decimal("1.50"), "1.5" })
each("cast_json_bool", "json", { bool(true), "true" }, { bool(nil), "NULL" })
each("cast_json_text", "json", { text('a"b\\é'), '"a\\"b\\\\é"' }, { text(nil), "NULL" })
each("json_item", "json", { json('{"a":1}'), '{"a":1}' })
each("json_object", "json", { text("a"), int(1), text("b"), text("x"), text("c"), int(nil),
  '{"a":1,"b":"x","c":null}' })
each("json_array", "json", { int(1), text("x"), text(nil), '[1,"x",null]' })
each("json_rank", "int", { json("null"), "1" }, { json("false"), "2" }, { json("true"), "3" }, { json("-5"), "4" },
  { json("1.5e30"), "4" }, { json('"true"'), "5" }, { json("[1]"), "6" }, { json("{}"), "7" }, { json(nil), "NULL" })
call("json_object", "json", {}, "{}")
call("json_array", "json", {}, "[]")

local T, Z = "2024-03-10 03:04:05.678901", "2021-01-03 23:59:59.999999"
each("year", "int", { datetime(T), "2024" }, { date("0099-12-31"), "99" }, { datetime(nil), "NULL" })
each("month", "int", { datetime(T), "3" })
each("day", "int", { datetime(T), "10" }, { tz(T), "10" })
each("week", "int", { datetime(Z), "53" }, { date("2024-12-30"), "1" }, { date("2024-01-01"), "1" })
each("iso_year", "int", { datetime(Z), "2020" }, { date("2024-12-30"), "2025" })
each("dow", "int", { datetime(Z), "0" }, { date("2024-12-30"), "1" })
each("iso_dow", "int", { datetime(Z), "7" }, { date("2024-12-30"), "1" })
each("quarter", "int", { datetime(T), "1" }, { date("2024-04-01"), "2" }, { date("2024-12-31"), "4" })
each("hour", "int", { datetime(T), "3" })
each("minute", "int", { datetime(T), "4" })
each("second", "int", { datetime(T), "5" }, { datetime(Z), "59" })
each("microsecond", "int", { datetime(T), "678901" }, { datetime("2024-01-01 00:00:00.000000"), "0" })
each("hour_time", "int", { time("23:59:58.000007"), "23" })
each("minute_time", "int", { time("23:59:58.000007"), "59" })
each("second_time", "int", { time("23:59:58.999999"), "58" })
each("microsecond_time", "int", { time("23:59:58.000007"), "7" })
each("date_of", "date", { datetime(T), "2024-03-10" }, { tz(Z), "2021-01-03" })
each("time_of", "time", { datetime(T), "03:04:05.678901" })
each("cast_datetimetz_datetime", "datetimetz", { datetime(T), "2024-03-10T03:04:05.678901" })
for _, name in ipairs{ "now", "now_datetimetz" } do
  run(name, "lies after 2024", "bool", "true", function(template, db)
    return "SELECT " .. expand(template, db,
  {}) .. " > " .. (db == "sqlite" and "" or "timestamp ") .. "'2024-01-01 00:00:00'"
  end)
end
local function truncated(part, ...)
  for _, c in ipairs{ ... } do each("trunc_" .. part, "datetime", { datetime(c[1]), c[2] }) end
end
truncated("year", { T, "2024-01-01T00:00:00" }, { "0099-05-05 00:00:00.000000", "0099-01-01T00:00:00" })
truncated("quarter", { T, "2024-01-01T00:00:00" }, { "2024-12-31 00:00:00.000000", "2024-10-01T00:00:00" })
truncated("month", { T, "2024-03-01T00:00:00" })
truncated("week", { T, "2024-03-04T00:00:00" }, { "2024-03-04 00:00:00.000000", "2024-03-04T00:00:00" })
truncated("day", { T, "2024-03-10T00:00:00" })
truncated("hour", { T, "2024-03-10T03:00:00" })
truncated("minute", { T, "2024-03-10T03:04:00" })
truncated("second", { Z, "2021-01-03T23:59:59" })
each("trunc_year_date", "date", { date("2024-03-10"), "2024-01-01" })
each("trunc_quarter_date", "date", { date("2024-09-30"), "2024-07-01" })
each("trunc_month_date", "date", { date("2024-03-10"), "2024-03-01" })
each("trunc_week_date", "date", { date("2024-03-10"), "2024-03-04" })
each("datetime_diff", "int", { datetime("2024-01-02 00:00:00.000000"), datetime("2024-01-01 23:59:59.999999"),
  "1" },
  { datetime("2024-01-01 00:00:00.000000"), datetime("2024-01-02 00:00:00.000001"), "-86400000001" },
  { datetime("9999-12-31 23:59:59.999999"), datetime("0001-01-01 00:00:00.000000"), "315537897599999999" })
each("datetime_add", "datetime", { datetime("2024-01-01 00:00:00.000000"), int(-1), "2023-12-31T23:59:59.999999" },
  { datetime("2024-02-28 00:00:00.000000"), int("86400000000"), "2024-02-29T00:00:00" },
  { datetime("0001-01-01 00:00:00.000000"), int("315537897599999999"), "9999-12-31T23:59:59.999999" },
  { datetime(nil), int(1), "NULL" })
each("at_zone", "datetime", { datetime("2024-07-01 00:00:00.000000"), text("Europe/Berlin"),
  "2024-07-01T02:00:00" },
  { datetime("2024-01-01 00:00:00.500000"), text("Europe/Berlin"), "2024-01-01T01:00:00.500000" })
each("at_zone_datetimetz", "datetime", { tz("2024-07-01 00:00:00.000000"), text("UTC"), "2024-07-01T00:00:00" })

local ints = { int(3), int(nil), int(1), int(3) }
aggregate("count", "int", ints, "3")
aggregate("count", "int", ints, "2", { distinct = true })
aggregate("sum", "int", ints, "7")
aggregate("sum", "int", {}, "NULL", { like = int(1) })
aggregate("sum", "int", ints, "4", { distinct = true })
aggregate("sum", "int", { int(MAX), int(1) }, "ERROR", { what = "overflow" })
aggregate("sum", "int", { int(MAX), int(0) }, MAX)
aggregate("sum_double", "double", { double(0.5), double(0.25), double(nil) }, "0.75")
local money = { decimal("1.50"), decimal("10.00"), decimal(nil), decimal("2.00") }
aggregate("sum_decimal", "decimal", money, "13.50")
aggregate("avg", "double", ints, "2.3333333333333")
aggregate("avg", "double", ints, "2", { distinct = true })
aggregate("avg_decimal", "decimal", money, "4.500000", nil, { L(6) })
aggregate("avg_decimal", "decimal", { decimal("1.00"), decimal("1.00"), decimal("0.00") },
  "0.666667", nil, { L(6) })
aggregate("avg_decimal", "decimal", { decimal("1.00"), decimal("1.00"), decimal("0.00") },
  "0.500000", { distinct = true }, { L(6) })
aggregate("avg_decimal", "decimal", { decimal("123456789012345678.01"), decimal("2.00"), decimal("2.00") },
  "41152263004115227.336667", nil, { L(6) })
aggregate("avg_duration", "int", { int(1), int(2), int(nil) }, "2")
aggregate("avg_duration", "int", { int(-1), int(-2) }, "-2")
aggregate("min", "int", ints, "1")
aggregate("max", "text", { text("a"), text("B"), text(nil) }, "a")
aggregate("min_decimal", "decimal", money, "1.50")
aggregate("max_decimal", "decimal", money, "10.00")
local ids = { uuid("6f9619ff-8b86-d011-b42d-00cf4fc964ff"), uuid("0f9619ff-8b86-d011-b42d-00cf4fc964ff"),
  uuid(nil) }
aggregate("min_uuid", "text", ids, ids[2].value)
aggregate("max_uuid", "text", ids, ids[1].value)
aggregate("bool_and", "bool", { bool(true), bool(nil), bool(true) }, "true")
aggregate("bool_and", "bool", { bool(true), bool(false) }, "false")
aggregate("bool_or", "bool", { bool(false), bool(nil), bool(true) }, "true")
aggregate("bool_or", "bool", {}, "NULL", { like = bool(true) })
local spread = { int(2), int(4), int(4), int(4), int(5), int(5), int(7), int(9), int(nil) }
aggregate("stddev", "double", spread, "2")
aggregate("stddev", "double", { int(5) }, "0")
aggregate("stddev", "double", {}, "NULL", { like = int(1) })
aggregate("stddev", "double", money, "3.8944404818493")
aggregate("variance", "double", spread, "4")
aggregate("stddev_sample", "double", { int(5) }, "NULL")
aggregate("stddev_sample", "double", spread, "2.1380899352994")
aggregate("variance_sample", "double", spread, "4.5714285714286")
for share, middle in pairs{ ["0"] = "2", ["0.5"] = "4.5", ["0.95"] = "8.3", ["1"] = "9" } do
  local doubles = {}
  for i, v in ipairs(spread) do doubles[i] = double(v.value) end
  aggregate("percentile", "double", doubles, middle, { what = share }, { L(share) })
end
aggregate("percentile", "double", { double(1e300), double(nil), double(-1e300) }, "0", nil, { L("0.5") })
aggregate("percentile", "double", {}, "NULL", { like = double(1) }, { L("0.5") })
aggregate("percentile_decimal", "decimal", money, "2.000000", nil, { L("0.5"), L(6) })
aggregate("percentile_decimal", "decimal", money, "9.200000", { what = "0.95" }, { L("0.95"), L(6) })
aggregate("percentile_decimal", "decimal", { decimal("123456789012345678.01"), decimal("123456789012345678.02") },
  "123456789012345678.015000", nil, { L("0.5"), L(6) })
aggregate("percentile_decimal", "decimal", { decimal("-0.01"), decimal("-0.02") }, "-0.010001", { what = "rounding" },
  { L("0.99995"), L(6) })
aggregate("percentile_decimal", "decimal", {}, "NULL", { like = decimal("1.00") }, { L("0.5"), L(6) })
aggregate("percentile_duration", "int", { int(1), int(2), int(nil) }, "2", nil, { L("0.5") })
aggregate("percentile_duration", "int", { int(-1), int(-2) }, "-2", nil, { L("0.5") })
aggregate("mode", "int", ints, "3")
aggregate("mode", "int", { int(2), int(10), int(nil), int(nil) }, "2")
aggregate("mode", "int", {}, "NULL", { like = int(1) })
aggregate("mode_double", "double", { double(0.1), double(0.3), double(0.3), double(1e300) }, "0.3")
aggregate("mode_decimal", "decimal", { decimal("10.00"), decimal("9.50"), decimal(nil) }, "9.50", nil, { L(2) })
aggregate("mode_bool", "bool", { bool(true), bool(false), bool(true), bool(nil) }, "true")
aggregate("mode_text", "text", { text("b"), text("a"), text("B"), text("a ") }, "B")
aggregate("mode_text", "text", { text('é"\\'), text("z"), text('é"\\') }, 'é"\\')
aggregate("mode_uuid", "text", ids, ids[2].value)
aggregate("mode_date", "date", { date("2024-03-10"), date("2024-02-29"), date("2024-03-10") }, "2024-03-10")
aggregate("mode_time", "time", { time("10:00:00.000002"), time("10:00:00.000001") }, "10:00:00.000001")
aggregate("mode_datetime", "datetime", { datetime(T), datetime(Z), datetime(nil) }, "2021-01-03T23:59:59.999999")
local words = { text("b"), text("a"), text(nil), text("b"), text("é'") }
aggregate("string_agg", "text", words, "a, b, b, é'", { order = "ASC" }, { L(", ") })
aggregate("string_agg", "text", words, "é';b;a", { order = "DESC", distinct = true }, { L(";") })
aggregate("string_agg", "text", words, "a\\b\\b\\é'", { order = "ASC" }, { L("\\") })
aggregate("string_agg", "text", {}, "NULL", { like = text("x") }, { L(", ") })
aggregate("array_agg", "array", { int(2), int(1), int(nil) }, "[null,1,2]", { order = "ASC" })
aggregate("array_agg", "array", { text("a"), text("b") }, '["b","a"]', { order = "DESC" })
aggregate("array_agg_decimal", "array", { decimal("1.50"), decimal("2.00") }, '["2.00","1.50"]',
  { order = "DESC" })
aggregate("array_agg_bool", "array", { bool(true), bool(false) }, "[true,false]", { order = "DESC" })
aggregate("json_agg", "json", { json('{"a":1}'), json(nil), json("[1]") }, '[{"a":1},null,[1]]')
aggregate("json_agg", "json", {}, "NULL", { like = json("1") })

local none = { no_column = true }
local v = { int(10), int(nil), int(30), int(30) }
window("row_number", "int", v, "1 2 3 4", nil, none)
local by_value = { no_column = true, over = "OVER (ORDER BY x.v)" }
window("rank", "int", { int(1), int(1), int(2) }, "1 1 3", nil, by_value)
window("dense_rank", "int", { int(1), int(1), int(2) }, "1 1 2", nil, by_value)
window("percent_rank", "double", { int(1), int(1), int(2) }, "0 0 1", nil, by_value)
window("cume_dist", "double", { int(1), int(1), int(2), int(2) }, "0.5 0.5 1 1", nil, by_value)
window("ntile", "int", v, "1 1 2 2", { L(2) }, none)
window("lag", "int", v, "NULL 10 NULL 30", { L(1) })
window("lag_default", "int", v, "-1 10 NULL 30", { L(1), int(-1) })
window("lag_default", "int", v, "-1 -1 10 NULL", { L(2), int(-1) })
window("lead", "int", v, "NULL 30 30 NULL", { L(1) })
window("lead_default", "int", v, "30 30 -1 -1", { L(2), int(-1) })
window("lead_default", "int", v, "NULL 30 30 -1", { L(1), int(-1) })
window("first_value", "int", v, "10 10 10 10")
window("last_value", "int", v, "10 NULL 30 30")
window("nth_value", "int", v, "NULL NULL 30 30", { L(3) })
window("sum", "int", v, "10 10 40 70")
window("sum_decimal", "decimal", money, "1.50 11.50 11.50 13.50")
window("avg", "double", v, "10 10 20 23.333333333333")
window("avg_decimal", "decimal", money, "1.500000 5.750000 5.750000 4.500000", { L(6) })
window("avg_duration", "int", v, "10 10 20 23")
window("min_uuid", "text", ids, ids[1].value .. " " .. ids[2].value .. " " .. ids[2].value)
window("stddev", "double", { int(2), int(4) }, "0 1")
