-- SPDX-License-Identifier: MIT
-- Values that a column or a database cannot hold, and values that mean the same:
-- one answer everywhere.
local compat = require "ryx.compat"
local core = require "ryx.value"
local ryx = require "ryx"
local db = require "support.db"

local null = ryx.null

local Odd = ryx.model("OddValue", {
  n = ryx.IntField{ default = 0 },
  title = ryx.CharField{ max_length = 20, null = true, blank = true },
  body = ryx.TextField{ null = true, blank = true },
  small = ryx.SmallIntField{ null = true },
  whole = ryx.IntField{ null = true },
  big = ryx.BigIntField{ null = true },
  ratio = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ null = true, max_digits = 12, decimal_places = 4 },
  vast = ryx.DecimalField{ null = true, max_digits = 65, decimal_places = 30 },
  day = ryx.DateField{ null = true },
  clock = ryx.TimeField{ null = true },
  at = ryx.DateTimeField{ null = true },
  moment = ryx.DateTimeField{ null = true, tz = true },
  span = ryx.DurationField{ null = true },
  key = ryx.UUIDField{ null = true },
  blob = ryx.BinaryField{ null = true },
  doc = ryx.JSONField{ null = true },
  words = ryx.ArrayField(ryx.TextField(), { null = true }),
})
local objects = Odd.objects

local function int(text)
  return compat.is_54 and tonumber(text) or compat.load("return " .. text .. "LL", "=int", {})()
end

-- Every way a value can be written or asked for: each must be refused as not
-- valid, by a message that names the column.
local function refused(column, v, ways)
  local row = objects:create{ n = 1 }
  local all = {
    create = function() objects:create{ [column] = v } end,
    unchecked = function() Odd{ [column] = v }:save{ validate = false } end,
    bulk_create = function() objects:bulk_create{ Odd{ n = 2 }, Odd{ [column] = v }, Odd{ n = 3 } } end,
    save = function()
      local o = objects:get{ id = row.id }
      o[column] = v
      o:save{ validate = false }
    end,
    update = function() objects:filter{ id = row.id }:update{ [column] = v } end,
    get = function() objects:get{ [column] = v } end,
    ["in"] = function() objects:filter{ [column .. "__in"] = { v } }:all() end,
  }
  for _, way in ipairs(compat.sorted_keys(all)) do
    if not ways or ways[way] then
      local ok, e = pcall(all[way])
      assert(not ok, way .. " took " .. compat.show(v))
      assert(type(e) == "table", way .. ": " .. tostring(e))
      assert(e.kind == "validation", way .. " of " .. compat.show(v) .. ": " .. tostring(e.kind) .. ", " .. tostring(e))
      assert(tostring(e):find(column, 1, true), way .. " does not name " .. column .. ": " .. tostring(e))
    end
  end
  assert.equal(1, objects:count())
  objects:delete_all()
end

local WRITES = { create = true, unchecked = true, bulk_create = true, save = true, update = true }
local CHECKED = { create = true, update = true }

-- What is written as one value reads as another and is found by both.
local function reads(column, written, read)
  local id = objects:create{ [column] = written }.id
  local got = objects:get{ id = id }[column]
  assert(got == read, ("%s reads as %s, not %s"):format(compat.show(written), compat.show(got), compat.show(read)))
  if type(read) == "userdata" then assert.equal(tostring(read), tostring(got)) end
  assert.equal(id, objects:get{ [column] = written }.id)
  assert.equal(id, objects:get{ [column] = read }.id)
  assert.equal(1, objects:filter{ [column .. "__in"] = { written } }:count())
  objects:delete_all()
  local list = { Odd{ [column] = written }, Odd{ n = 2 } }
  objects:bulk_create(list)
  assert.equal(tostring(read), tostring(objects:get{ [column] = written }[column]))
  objects:filter{ n = 2 }:update{ [column] = written }
  assert.equal(2, objects:filter{ [column] = read }:count())
  objects:delete_all()
end

describe("a value no column can hold", function()
  db.use(ryx, { Odd })
  before_each(function() objects:delete_all() end)

  it("text that is not UTF-8", function()
    for _, s in ipairs{
      "\255", "a\128", "\195", "\192\128", "\224\128\128", "\240\128\128\128", "\237\160\128", "\237\176\128",
      "\237\160\189\237\184\128", "\244\144\128\128", "\248\136\128\128\128", "\226\130", ("x"):rep(1000) .. "\254",
    } do
      refused("body", s)
    end
    refused("title", "\237\160\128")
  end)

  it("text with NUL", function()
    for _, s in ipairs{ "\0", "a\0b", "end\0", "\0start" } do
      refused("title", s)
      refused("body", s)
      refused("doc", { a = { "x", s } }, WRITES)
      refused("doc", { [s] = 1 }, WRITES)
      refused("words", { "x", s }, WRITES)
    end
    objects:create{ blob = "a\0b" }
    assert.equal(1, objects:filter{ blob = "a\0b" }:count())
    objects:delete_all()
  end)

  it("text with NUL in any part of a query", function()
    local F, s = ryx.F, "a\0b"
    local queries = {
      function(o) return o:filter(ryx.Concat("body", ryx.Value(s)):eq("x")) end,
      function(o) return o:filter(ryx.Replace("body", s, ryx.Value("x")):eq("x")) end,
      function(o) return o:annotate{ x = ryx.Coalesce("body", ryx.Value(s)) } end,
      function(o) return o:filter(F"doc":at("a"):eq(s)) end,
      function(o) return o:filter{ words__any = s } end,
      function(o) return o:filter{ doc__has_key = s } end,
      function(o) return o:filter{ doc__has_any = { "x", s } } end,
    }
    for _, lookup in ipairs{
      "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "gt", "lte",
      "regex", "iregex",
    } do
      queries[#queries + 1] = function(o) return o:filter{ ["body__" .. lookup] = s } end
    end
    for i, query in ipairs(queries) do
      local ok, e = pcall(function() return query(objects):all() end)
      assert(not ok and type(e) == "table" and e.kind == "validation", i .. ": " .. tostring(e))
      assert(tostring(e):find("NUL", 1, true), i .. ": " .. tostring(e))
    end
    local ok, e = pcall(function() objects:filter(F"doc":at(s):eq(1)) end)
    assert(not ok and e.kind == "misuse" and tostring(e):find("NUL", 1, true), tostring(e))
    ok, e = pcall(ryx.raw_fetch, "SELECT id FROM odd_values WHERE body = ?", { s })
    assert(not ok and e.kind == "validation" and tostring(e):find("NUL", 1, true), tostring(e))
  end)

  it("integers out of range", function()
    refused("whole", 2147483648, CHECKED)
    refused("whole", -2147483649, CHECKED)
    refused("small", 32768, CHECKED)
    for _, v in ipairs{ 9223372036854775808, -1e300, 0.5, 1 / 0, -1 / 0, 0 / 0 } do refused("big", v) end
    refused("big", "9223372036854775808")
    refused("big", "-9223372036854775809")
    refused("whole", "abc")
    refused("whole", "1e3")
    refused("whole", "")
  end)

  it("dates and times that do not exist", function()
    for _, s in ipairs{ "", "2023-02-29", "0000-01-01", "10000-01-01", "2024-1-1", "2024-13-01", "today" } do
      refused("day", s)
      refused("at", s)
    end
    for _, s in ipairs{ "24:00:00", "23:59:60", "12:60", "12:00:00.1234567", "noon" } do refused("clock", s) end
    for _, s in ipairs{
      "2024-01-01 24:00", "2024-01-01 10:00:00.1234567", "2024-01-01 10:00+0100", "2024-01-01 10:00:00 CET",
      "0001-01-01 00:00:00+01:00", "9999-12-31 23:59:59-01:00",
    } do
      refused("at", s)
      refused("moment", s)
    end
    for _, s in ipairs{ "infinity", "-infinity" } do
      refused("day", s)
      refused("at", s)
      refused("moment", s)
    end
    refused("span", "an hour")
  end)

  it("decimals with too many digits", function()
    for _, s in ipairs{ "1.23456", "123456789", "-123456789.0", "1e9", "abc", "", "1,5", "0x10", "Infinity", "NaN" } do
      refused("price", s, CHECKED)
    end
    refused("vast", ("9"):rep(36), CHECKED)
    refused("price", 0.5)
    refused("price", "NaN", WRITES)
  end)

  it("UUIDs, booleans and JSON that are none", function()
    refused("key", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1")
    refused("key", "g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")
    refused("doc", { text = "\255" }, WRITES)
    refused("doc", { ["\237\160\128"] = 1 }, WRITES)
    refused("doc", 0 / 0, WRITES)
    refused("doc", { 1, [3] = 3 }, WRITES)
    refused("doc", { function() end }, WRITES)
  end)
end)

describe("a value this database cannot hold", function()
  db.use(ryx, { Odd })
  before_each(function() objects:delete_all() end)

  it("NaN", function()
    if not db.needs "NaN" then return refused("ratio", 0 / 0) end
    local row = objects:create{ ratio = 0 / 0 }
    row:refresh_from_db()
    assert.is_true(row.ratio ~= row.ratio)
    assert.equal(row.id, objects:get{ ratio = 0 / 0 }.id)
  end)

  it("infinity", function()
    for _, v in ipairs{ 1 / 0, -1 / 0 } do
      if db.needs "infinity" then reads("ratio", v, v) else refused("ratio", v) end
    end
  end)
end)

-- Rows that another program wrote.
describe("a value of the database that no type of ryx holds", function()
  db.use(ryx, { Odd })
  before_each(function() objects:delete_all() end)

  local function fails(what, fn, word)
    local ok, e = pcall(fn)
    assert(not ok and type(e) == "table" and e.kind == "validation", what .. ": " .. tostring(e))
    assert(tostring(e):find(word, 1, true), what .. ": " .. tostring(e))
  end

  -- It is read by no way, but as text; what reads it fails alone.
  local function unread(column, literal, word)
    local id = objects:create{ n = 1 }.id
    ryx.raw_execute(("UPDATE odd_values SET %s = '%s' WHERE id = ?"):format(column, literal), { id })
    fails("object", function() objects:get{ id = id } end, column)
    fails("object", function() objects:all() end, word)
    fails("values", function() objects:values(column):all() end, word)
    fails("stream", function() for _ in objects:iter() do error("read") end end, word)
    fails("raw", function() ryx.raw_fetch("SELECT " .. column .. " FROM odd_values") end, word)
    ryx.transaction(function()
      pcall(function() objects:all() end)
      assert.equal(1, objects:only("id"):count())
    end)
    assert.equal(id, objects:values("id"):first().id)
    objects:delete_all()
  end

  if db.needs "days that ryx has not" then
    it("days and moments", function()
      for _, column in ipairs{ "day", "at", "moment" } do
        unread(column, "infinity", "infinity")
        unread(column, "-infinity", "-infinity")
        unread(column, "0044-03-15 BC", "-43-03-15")
        unread(column, "10000-01-01", "10000-01-01")
      end
    end)

    it("times and decimals", function()
      unread("clock", "24:00:00", "24:00:00")
      unread("price", "NaN", "NaN")
      fails("raw", function() ryx.raw_fetch("SELECT '-infinity'::float8::numeric AS x") end, "-Infinity")
      assert.equal("infinity", ryx.raw_fetch("SELECT 'infinity'::date::text AS x")[1].x)
    end)
  end

  if db.needs "dates with zeros" then
    it("dates with zeros", function()
      ryx.transaction(function()
        ryx.raw_execute("SET SESSION sql_mode = ''")
        unread("day", "0000-00-00", "0000-00-00")
        unread("day", "2024-01-00", "0000-00-00")
        unread("at", "0000-00-00 00:00:00", "0000-00-00")
      end)
    end)

    it("times beyond a day, which are durations in raw rows", function()
      for literal, hours in pairs{ ["30:00:00"] = 30, ["-01:00:00"] = -1 } do
        local span = ryx.duration{ hours = hours }
        local id = objects:create{ n = 1 }.id
        ryx.raw_execute(("UPDATE odd_values SET clock = '%s' WHERE id = ?"):format(literal), { id })
        fails("object", function() objects:get{ id = id } end, "clock")
        assert.is_true(ryx.raw_fetch("SELECT clock FROM odd_values")[1].clock == span)
        objects:delete_all()
      end
    end)
  end
end)

describe("values that mean the same", function()
  db.use(ryx, { Odd })
  before_each(function() objects:delete_all() end)

  it("decimals with more or fewer zeros", function()
    for _, s in ipairs{ "1.5", "1.50", "01.5000", "1.500000", "+1.5", "15e-1" } do
      reads("price", s, ryx.decimal("1.5000"))
    end
    for _, s in ipairs{ "0", "-0", "0.00000000", "-0.0" } do reads("price", s, ryx.decimal("0.0000")) end
    reads("price", 3, ryx.decimal("3.0000"))
    reads("price", "12345678", ryx.decimal("12345678.0000"))
    reads("vast", "1e-30", ryx.decimal("0.000000000000000000000000000001"))
  end)

  it("decimals between the places of a column", function()
    objects:bulk_create{ Odd{ n = 1, price = "1.5" }, Odd{ n = 2, price = "10" } }
    assert.equal(1, objects:filter{ price__gt = "1.50001" }:count())
    assert.equal(0, objects:filter{ price = "1.50001" }:count())
    assert.equal(2, objects:filter{ price__gte = "1.49999" }:count())
    assert.equal(1, objects:filter{ price__range = { "1.49999999", 2 } }:count())
    assert.equal(0, objects:filter{ price__in = { "1.50000001", "1e20" } }:count())
  end)

  it("whole numbers as text and floats", function()
    reads("big", "9223372036854775807", int "9223372036854775807")
    reads("big", "-9223372036854775808", int "-9223372036854775808")
    reads("big", "9007199254740993", int "9007199254740993")
    reads("whole", "007", 7)
    reads("whole", 7.0, 7)
  end)

  it("integers where floats are", function()
    reads("ratio", 3, 3.0)
    reads("ratio", "0.1", 0.1)
    local row = objects:create{ ratio = -0.0 }
    row:refresh_from_db()
    assert.equal(0, row.ratio)
    assert.equal(row.id, objects:get{ ratio = 0.0 }.id)
    assert.equal(row.id, objects:get{ ratio = -0.0 }.id)
  end)

  it("offsets", function()
    local utc = core.datetimetz("2024-03-01T04:30:00.5Z")
    for _, s in ipairs{ "2024-03-01 04:30:00.5Z", "2024-03-01T10:00:00.500000+05:30", "2024-02-29 23:30:00.5-05" } do
      reads("moment", s, utc)
      reads("at", s, core.datetime("2024-03-01T04:30:00.5"))
    end
    reads("at", "2024-02-29", core.datetime("2024-02-29T00:00:00"))
    reads("at", ryx.date("2024-02-29"), core.datetime("2024-02-29T00:00:00"))
    assert.is_true(objects:create{ day = core.datetime("2024-02-29T23:59:59") }.day == ryx.date("2024-02-29"))
    objects:delete_all()
    reads("clock", "23:59", ryx.time("23:59:00"))
  end)

  it("UUIDs in any spelling", function()
    local key = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    reads("key", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", key)
    reads("key", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", key)
  end)

  it("but not empty and NULL", function()
    objects:bulk_create{ Odd{ n = 1, title = "", body = "", blob = "" }, Odd{ n = 2 } }
    for _, column in ipairs{ "title", "body", "blob" } do
      assert.equal(1, objects:get{ [column] = "" }.n)
      assert.equal(2, objects:get{ [column .. "__isnull"] = true }.n)
      assert.equal("", objects:get{ n = 1 }[column])
      assert.is_nil(objects:get{ n = 2 }[column])
    end
  end)
end)

describe("JSON", function()
  db.use(ryx, { Odd })
  before_each(function() objects:delete_all() end)

  local function deep(depth)
    local doc = {}
    for _ = 1, depth do doc = { a = { doc } } end
    return doc
  end

  local DOCS = {
    '{}', '[]', '{"a":[],"b":{},"c":[[],{}]}', '{"a":null}', '[null]', '[1,null,"x",true,false,1.5,0.0]',
    '{"n":9007199254740993,"m":[9223372036854775807,-9223372036854775808]}', '{"":"","a b":1,"a.b":2,"$":3}',
    '{"\195\169":"\240\159\152\128","\\"\\\\":"\\"\\\\/\\b\\n\\t"}',
    '"text"', '""', '42', '1.0', '1e+300', '5e-324', 'true',
    'false', '0.1', '"null"', '{"long":"' .. ("x"):rep(100000) .. '"}',
  }

  it("documents come back", function()
    for _, text in ipairs(DOCS) do
      local doc = ryx.json.decode(text)
      local canonical = ryx.json.encode(doc)
      local id = objects:create{ doc = doc }.id
      assert.equal(canonical, ryx.json.encode(objects:get{ id = id }.doc))
      local list = { Odd{ doc = doc }, Odd{} }
      objects:bulk_create(list)
      assert.equal(canonical, ryx.json.encode(objects:get{ id = list[1].id }.doc))
      objects:filter{ id = list[2].id }:update{ doc = doc }
      assert.equal(canonical, ryx.json.encode(objects:get{ id = list[2].id }.doc))
    end
  end)

  it("nests deep", function()
    local row = objects:create{ doc = deep(15) }
    assert.equal(ryx.json.encode(deep(15)), ryx.json.encode(objects:get{ id = row.id }.doc))
    objects:delete_all()
    refused("doc", deep(150), WRITES)
    if not db.needs "deep JSON" and not db.needs "JSON of 100 levels" then
      return refused("doc", deep(16), WRITES)
    end
    local levels = db.needs "deep JSON" and 90 or 49
    row = objects:create{ doc = deep(levels) }
    assert.equal(ryx.json.encode(deep(levels)), ryx.json.encode(objects:get{ id = row.id }.doc))
    objects:delete_all()
    if not db.needs "deep JSON" then refused("doc", deep(50), WRITES) end
  end)

  it("NULL is no document", function()
    local row = objects:create{ doc = null }
    assert.is_nil(objects:get{ id = row.id }.doc)
    assert.equal(1, objects:filter{ doc__isnull = true }:count())
  end)
end)
