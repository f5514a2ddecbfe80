-- SPDX-License-Identifier: MIT
-- Every type through the user's own SQL and columns of the database's own types.
local compat = require "ryx.compat"
local core = require "ryx.value"
local ryx = require "ryx"
local db = require "support.db"

local null, unpack = ryx.null, compat.unpack

local COLUMNS = {
  sqlite = {
    bool = "BOOLEAN", int = "BIGINT", double = "REAL", text = "TEXT", bytes = "BLOB", decimal = "DECIMAL_TEXT(65,30)",
    date = "DATE_TEXT", time = "TIME_TEXT", datetime = "DATETIME_TEXT", datetimetz = "DATETIME_TEXT",
    duration = "BIGINT", uuid = "CHAR(36)", json = "JSON_TEXT",
  },
  postgres = {
    bool = "BOOLEAN", int = "BIGINT", double = "FLOAT8", text = "TEXT", bytes = "BYTEA", decimal = "NUMERIC(65,30)",
    date = "DATE", time = "TIME", datetime = "TIMESTAMP", datetimetz = "TIMESTAMPTZ", duration = "BIGINT",
    uuid = "UUID", json = "JSONB",
  },
  mariadb = {
    bool = "BOOLEAN", int = "BIGINT", double = "DOUBLE", text = "LONGTEXT COLLATE utf8mb4_nopad_bin",
    bytes = "LONGBLOB", decimal = "DECIMAL(65,30)", date = "DATE", time = "TIME(6)", datetime = "DATETIME(6)",
    datetimetz = "DATETIME(6)", duration = "BIGINT", uuid = "CHAR(36)", json = "JSON",
  },
}
COLUMNS.mysql = {}
for kind, type in pairs(COLUMNS.mariadb) do COLUMNS.mysql[kind] = type:gsub("nopad_bin", "0900_bin") end
local columns = COLUMNS[db.dialect]

local function int(text)
  local near = tonumber(text)
  if compat.is_54 or math.abs(near) < 2 ^ 53 then return near end
  return compat.load("return " .. text .. "LL", "=int", {})()
end

local function all_bytes()
  local t = {}
  for i = 0, 255 do t[i + 1] = string.char(i) end
  return table.concat(t)
end

local function times(make, list)
  local out = {}
  for i, v in ipairs(list) do out[i] = make(v) end
  return out
end

local VALUES = {
  bool = { true, false },
  int = times(int, { "0", "-1", "2147483648", "9007199254740993", "9223372036854775807", "-9223372036854775808" }),
  double = { 0.1, -1.5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1e22, 0.30000000000000004 },
  text = {
    "", " ", "a", "a ", "A", "'\"\\`;--\n", "%s?$1:x", "\195\169", "e\204\129", "\240\159\152\128", "\244\143\191\191",
    ("0123456789abcde\n"):rep(65536),
  },
  bytes = times(ryx.bytes, { "", "\0", "\\x00", "'\"\\", all_bytes(), all_bytes():rep(4096) }),
  decimal = times(ryx.decimal, {
    "0.100000000000000000000000000000", "-" .. ("9"):rep(35) .. "." .. ("9"):rep(30),
    "12345678901234567890.000000000000000000000000000001",
  }),
  date = times(ryx.date, { "0001-01-01", "1582-10-10", "2024-02-29", "9999-12-31" }),
  time = times(ryx.time, { "00:00:00", "12:30:00.5", "23:59:59.999999" }),
  datetime = times(ryx.datetime, {
    "0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2024-02-29 12:00:00", "9999-12-31 23:59:59.999999",
  }),
  datetimetz = times(core.datetimetz, { "2024-02-29 23:30:00-05:30", "2024-12-31T23:59:59.999999+14:00" }),
  duration = times(ryx.duration, { "PT0S", "-PT0.000001S", "P10000DT1H" }),
  uuid = { "00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
}

-- What a column that does not know the type gives back.
local PLAIN = {
  bool = function(v) return v and 1 or 0 end,
  decimal = tostring, date = tostring,
  time = function(v) return tostring(v) .. (v.microsecond == 0 and ".000000" or "") end,
  datetime = function(v)
    return (tostring(v):gsub("T", " "):gsub("Z", "")) .. (v.microsecond == 0 and ".000000" or "")
  end,
}
PLAIN.datetimetz = PLAIN.datetime

-- Durations are microseconds and bytes are strings wherever they are read.
local function expected(kind, v)
  if kind == "bytes" then return tostring(v) end
  if kind == "duration" then return v.days * 86400e6 + v.seconds * 1e6 + v.microseconds end
  if kind == "bool" and db.needs "booleans" or kind ~= "bool" and db.needs "typed columns" then return v end
  return PLAIN[kind] and PLAIN[kind](v) or v
end

local function table_of(type)
  ryx.raw_execute("DROP TABLE IF EXISTS raw_values")
  ryx.raw_execute("CREATE TABLE raw_values (n INTEGER, v " .. type .. ")")
end

local function insert(n, v)
  assert.equal(1, ryx.raw_execute("INSERT INTO raw_values (n, v) VALUES (?, ?)", { n, v }))
end

local function read(n)
  local rows = ryx.raw_fetch("SELECT v FROM raw_values WHERE n = ?", { n }, { array = true })
  assert.equal(1, #rows)
  return rows[1][1]
end

local function use()
  setup(function() ryx.setup(db.url) end)
  teardown(function()
    ryx.raw_execute("DROP TABLE IF EXISTS raw_values")
    ryx.close()
  end)
  after_each(db.nothing_left_open)
end

describe("raw values", function()
  use()

  for _, kind in ipairs(compat.sorted_keys(VALUES)) do
    it(kind .. " come back and are found", function()
      table_of(columns[kind])
      for i, v in ipairs(VALUES[kind]) do insert(i, v) end
      insert(0, null)
      for i, v in ipairs(VALUES[kind]) do
        local want, got = expected(kind, v), read(i)
        assert(want == got, ("%d: expected %s, got %s"):format(i, compat.show(want), compat.show(got)))
        local rows = ryx.raw_fetch("SELECT n FROM raw_values WHERE v = ? AND v IS NOT NULL", { v })
        assert.same({ { n = i } }, rows)
      end
      assert.equal(null, read(0))
      assert.same({ {} }, ryx.raw_fetch("SELECT v FROM raw_values WHERE n = 0"))
    end)
  end

  it("pass through an expression", function()
    for _, v in ipairs{ 1, -2147483649, 0.1, "text", "", ("x"):rep(1048576), "?" } do
      assert.equal(v, ryx.raw_fetch("SELECT ? AS v", { v })[1].v)
    end
    assert.equal(null, ryx.raw_fetch("SELECT ? AS v", { null }, { array = true })[1][1])
  end)

  it("JSON documents are tables", function()
    table_of(columns.json)
    local docs = {
      '{"a":[],"b":{},"c":null,"n":9007199254740993}', "[[],{},[[1]],null]", '{"k k":1.5,"\195\169":"\'\\"\\\\"}', "{}",
    }
    for i, text in ipairs(docs) do
      local doc = ryx.json.decode(text)
      insert(i, getmetatable(doc) == ryx.array_meta and ryx.json.encode(doc) or doc)
      local got = read(i)
      if type(got) == "string" then got = ryx.json.decode(got) end
      assert.equal(text, ryx.json.encode(got))
    end
  end)

  it("that cannot be are refused before they leave", function()
    table_of(columns.text)
    for _, v in ipairs{ "\255", "\192\128", "\237\160\128", "\244\144\128\128" } do
      local e = db.error_of(insert, 1, v)
      assert.equal("validation", e.kind)
      assert.truthy(tostring(e):find("parameter 2", 1, true))
    end
    for _, v in ipairs{ { 1, [3] = 1 }, { function() end }, { "\255" } } do
      assert.equal("validation", db.error_of(insert, 1, v).kind)
    end
    assert.same({}, ryx.raw_fetch("SELECT * FROM raw_values"))
  end)

  if db.needs "typed columns" then
    it("that a column cannot hold are refused by the database", function()
      for type, v in pairs{
        SMALLINT = 32768, INTEGER = 2147483648, ["VARCHAR(3)"] = "abcd", ["DECIMAL(5,2)"] = ryx.decimal("1000"),
      } do
        table_of(type)
        assert.equal("validation", db.error_of(insert, 1, v).kind)
        assert.same({}, ryx.raw_fetch("SELECT * FROM raw_values"))
      end
    end)
  end
end)

local D, DATE = ryx.decimal, ryx.date
local ARRAYS = {
  { "int[]", "{}", {} },
  { "int[]", "{1,NULL,-3}", { 1, null, -3 } },
  { "int[]", "{{1,2},{3,NULL}}", { { 1, 2 }, { 3, null } } },
  { "int[]", "[0:1]={1,2}", { 1, 2 } },
  { "int[]", "{{{1}},{{2}}}", { { { 1 } }, { { 2 } } } },
  { "bigint[]", "{9223372036854775807,9007199254740993}", { int "9223372036854775807", int "9007199254740993" } },
  { "text[]",
    [[{"a,b","c\"d","e\\f","{g}","NULL",NULL,""," "}]], { "a,b", 'c"d', "e\\f", "{g}", "NULL", null, "", " " } },
  { "text[]", '{"\195\169\240\159\152\128","line\nbreak"}', { "\195\169\240\159\152\128", "line\nbreak" } },
  { "varchar[]", "{a,B}", { "a", "B" } },
  { "numeric[]", "{1.50,-0.000001,NULL}", { D "1.50", D "-0.000001", null } },
  { "float8[]", "{0.1,-1.5,5e-324,Infinity}", { 0.1, -1.5, 5e-324, 1 / 0 } },
  { "bool[]", "{t,f,NULL}", { true, false, null } },
  { "date[]", "{2024-02-29,0001-01-01}", { DATE "2024-02-29", DATE "0001-01-01" } },
  { "time[]", "{23:59:59.999999}", { ryx.time "23:59:59.999999" } },
  { "timestamp[]", '{"2024-02-29 12:00:00.000001",NULL}', { ryx.datetime "2024-02-29 12:00:00.000001", null } },
  { "timestamptz[]", '{"2024-02-29 12:00:00+02"}', { core.datetimetz "2024-02-29 10:00:00Z" } },
  { "uuid[]", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" } },
  { "bytea[]", [[{"\\x00ff27"}]], { "\0\255'" } },
  { "jsonb[]", [[{"{\"a\": [1, null]}","\"x\""}]], { { a = { 1, null } }, "x" } },
}

local function same(want, got, what)
  if type(want) ~= "table" then
    assert(want == got, ("%s: expected %s, got %s"):format(what, compat.show(want), compat.show(got)))
    return
  end
  assert(type(got) == "table", what .. ": expected a table, got " .. compat.show(got))
  for k, v in pairs(want) do same(v, got[k], what .. "." .. k) end
  for k in pairs(got) do assert(want[k] ~= nil, what .. ": too many items") end
end

describe("raw arrays", function()
  use()

  if db.needs "array columns" then
    it("of every type come back", function()
      for _, case in ipairs(ARRAYS) do
        table_of(case[1])
        insert(1, case[2])
        local got = read(1)
        same(case[3], got, case[1] .. " " .. case[2])
        assert.equal(ryx.array_meta, getmetatable(got))
      end
    end)

    it("are what a list binds as, found with = ANY(?)", function()
      local column = { int = "INTEGER", text = "VARCHAR(40)", decimal = "NUMERIC(10,2)" }
      for kind, items in pairs{
        int = { 1, 2147483648, -3 }, double = { 0.5, 2, -1e300 }, text = { "a,b", 'c"d', "NULL", "", "{}" },
        decimal = { D "1.50", 2 }, bool = { true }, uuid = { "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        date = { DATE "2024-02-29" }, time = { ryx.time "23:59:59.5" }, bytes = { ryx.bytes "\0\255'" },
        datetime = { ryx.datetime "2024-02-29 12:00:00.000001" }, duration = { ryx.duration "PT1H" },
        datetimetz = { core.datetimetz "2024-02-29 12:00:00+02:00" },
      } do
        table_of(column[kind] or columns[kind])
        local n = 0
        for i, v in ipairs(items) do
          if v ~= 2147483648 then insert(i, v) n = n + 1 end
        end
        local list = { unpack(items) }
        list[#list + 1] = null
        for _ = 1, 3 do
          assert.equal(n, #ryx.raw_fetch("SELECT n FROM raw_values WHERE v = ANY(?)", { list }), kind)
          assert.equal(0, #ryx.raw_fetch("SELECT n FROM raw_values WHERE v = ANY(?)", { ryx.json.array{} }), kind)
          assert.equal(0, #ryx.raw_fetch("SELECT n FROM raw_values WHERE v = ANY(?)", { {} }), kind)
          assert.equal(0, #ryx.raw_fetch("SELECT n FROM raw_values WHERE v = ANY(?)", { { null } }), kind)
        end
      end
    end)

    it("come back as the list that was bound", function()
      for type, list in pairs{
        ["int[]"] = { 1, null, -3 }, ["varchar[]"] = { "a,b", 'c"\\d', "NULL", "", "\195\169", null },
        ["numeric[]"] = { D "1.50", D "-0.000001" }, ["float8[]"] = { 0.1, 5e-324 }, ["bool[]"] = { true, false, null },
        ["bytea[]"] = { "" },
      } do
        table_of(type)
        insert(1, list)
        same(list, read(1), type)
      end
      assert.same({ { n = 1 }, { n = 2 } }, ryx.raw_fetch("SELECT unnest(?) AS n", { { 1, 2 } }))
    end)
  else
    it("are refused: there are none, and IN (?, ?) or JSON does", function()
      table_of(columns.text)
      for _, list in ipairs{ { 1, 2 }, { "a" }, ryx.json.array{}, { null } } do
        local e = db.error_of(insert, 1, list)
        assert.equal("misuse", e.kind)
        assert.truthy(e.message:find("parameter 2 is a list", 1, true))
        assert.truthy(e.message:find("IN (?, ?)", 1, true) and e.message:find("JSON", 1, true))
      end
      assert.same({}, ryx.raw_fetch("SELECT * FROM raw_values"))
    end)
  end

  it("of lists, of tables and of several types are refused", function()
    table_of(columns.text)
    for _, list in ipairs{ { { 1 } }, { { a = 1 } }, { 1, "a" }, { true, 1 }, { "a", ryx.decimal "1" }, { 1, [3] = 1 } } do
      assert.equal("validation", db.error_of(insert, 1, list).kind)
    end
  end)
end)
