-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local kind = require("ryx.value").kind

local Shelf = ryx.model("ArrayShelf", {
  tags = ryx.ArrayField(ryx.CharField{ max_length = 10 }, { null = true, size = 4 }),
  notes = ryx.ArrayField(ryx.TextField{ blank = true }, { null = true }),
  small = ryx.ArrayField(ryx.SmallIntField(), { null = true }),
  whole = ryx.ArrayField(ryx.IntField{ max_value = 1000 }, { null = true }),
  big = ryx.ArrayField(ryx.BigIntField(), { null = true }),
  real = ryx.ArrayField(ryx.FloatField(), { null = true }),
  price = ryx.ArrayField(ryx.DecimalField{ max_digits = 12, decimal_places = 3 }, { null = true }),
  flag = ryx.ArrayField(ryx.BooleanField(), { null = true }),
  token = ryx.ArrayField(ryx.UUIDField(), { null = true }),
  day = ryx.ArrayField(ryx.DateField(), { null = true }),
  clock = ryx.ArrayField(ryx.TimeField(), { null = true }),
  moment = ryx.ArrayField(ryx.DateTimeField(), { null = true }),
  aware = ryx.ArrayField(ryx.DateTimeField{ tz = true }, { null = true }),
  span = ryx.ArrayField(ryx.DurationField(), { null = true }),
})
local Must = ryx.model("ArrayMust", {
  list = ryx.ArrayField(ryx.IntField(), { default = { 1, 2 } }),
})
local objects = Shelf.objects

local function texts(list)
  local out = {}
  for i, v in ipairs(list) do out[i] = tostring(v) end
  return table.concat(out, " ")
end

local function stored(values)
  local shelf = objects:create(values)
  return objects:get{ id = shelf.id }
end

-- field, what is given, what every item reads as, kind of the items
local VALUES = {
  { "tags", { "a", "é🙂", "{a,b}", "q\"\\" }, "a é🙂 {a,b} q\"\\" },
  { "notes", { "", "NULL", "null", "a\nb", "'; --" }, " NULL null a\nb '; --" },
  { "small", { -32768, 0, 32767 }, "-32768 0 32767" },
  { "whole", { "12", 1000 }, "12 1000" },
  { "big", { 2 ^ 53, -5 }, nil },
  { "price", { "1.5", 2, ryx.decimal("-3.250") }, "1.500 2.000 -3.250", "decimal" },
  { "flag", { true, false, "yes" }, "true false true" },
  { "token", { "{12345678-9ABC-def0-1234-56789abcdef0}" }, "12345678-9abc-def0-1234-56789abcdef0" },
  { "day", { "2024-02-29", ryx.date("0001-01-01") }, "2024-02-29 0001-01-01", "date" },
  { "clock", { "23:59:59.5" }, "23:59:59.500000", "time" },
  { "moment", { "2024-01-15T10:30:01.000250", "2024-01-15 10:00:00+02:00" },
    "2024-01-15T10:30:01.000250 2024-01-15T08:00:00", "datetime" },
  { "aware", { "2024-01-15T12:30:00+02:00" }, "2024-01-15T10:30:00Z", "datetimetz" },
  { "span", { ryx.duration{ days = 1 }, ryx.duration{ milliseconds = -5 } }, nil, "duration" },
}

describe("array fields", function()
  db.use(ryx, { Shelf, Must })
  before_each(function() objects:delete_all() end)

  it("keep items of every type, and NULL among them", function()
    for _, case in ipairs(VALUES) do
      local name, given, expected, of = case[1], case[2], case[3], case[4]
      local list = stored{ [name] = given }[name]
      assert.equal(#given, #list)
      assert.equal(ryx.array_meta, getmetatable(list))
      if expected then assert.equal(expected, texts(list)) else assert.is_true(list[1] == given[1]) end
      if of then assert.equal(of, kind(list[1])) end
      list = stored{ [name] = { ryx.null, given[1] } }[name]
      assert.equal(ryx.null, list[1])
      assert.equal(2, #list)
    end
  end)

  it("keep floats as floats", function()
    local list = stored{ real = { 0.1, 1e300, 5, -2.5, "7" } }.real
    assert.same({ 0.1, 1e300, 5.0, -2.5, 7.0 }, setmetatable(list, nil))
    assert.equal("5", ("%g"):format(list[3]))
    if math.type then assert.equal("float", math.type(list[3])) end
  end)

  it("keep whole numbers to the last digit", function()
    local max = rawget(math, "maxinteger") or rawget(_G, "load")("return 9223372036854775807LL")()
    assert.is_true(stored{ big = { max } }.big[1] == max)
  end)

  it("tell NULL, an empty list and a list with NULL apart", function()
    assert.is_nil(stored{}.tags)
    assert.is_nil(stored{ tags = ryx.null }.tags)
    local t = stored{ tags = {}, whole = { ryx.null } }
    assert.equal(0, #t.tags)
    assert.equal(ryx.array_meta, getmetatable(t.tags))
    assert.same({ ryx.null }, setmetatable(t.whole, nil))
    assert.equal(1, objects:filter{ tags__isnull = false }:count())
    assert.equal(2, objects:filter{ tags = ryx.null }:count())
  end)

  it("save, refresh, update and write in bulk", function()
    local t = Shelf{ tags = { "a" } }
    t:save()
    t.tags[2] = "b"
    t:save()
    assert.equal("a b", texts(objects:get{ id = t.id }.tags))
    assert.equal(1, objects:filter{ id = t.id }:update{ tags = { "c", ryx.null }, whole = {}, span = ryx.null })
    t:refresh_from_db()
    assert.equal("c", t.tags[1])
    assert.equal(ryx.null, t.tags[2])
    assert.equal(0, #t.whole)
    local many = {}
    for _, case in ipairs(VALUES) do many[#many + 1] = Shelf{ [case[1]] = case[2] } end
    many[#many + 1] = Shelf{ tags = {}, real = { 1.5, ryx.null } }
    objects:bulk_create(many)
    for i, case in ipairs(VALUES) do
      local list = objects:get{ id = many[i].id }[case[1]]
      if case[3] then assert.equal(case[3], texts(list)) else assert.is_true(list[1] == case[2][1]) end
    end
    local last = objects:order_by("-id"):first()
    assert.equal(0, #last.tags)
    assert.equal(1.5, last.real[1])
    assert.equal(ryx.null, last.real[2])
  end)

  it("are found by their value", function()
    for _, case in ipairs(VALUES) do
      objects:delete_all()
      objects:create{ [case[1]] = case[2] }
      objects:create{ [case[1]] = { case[2][1], ryx.null } }
      objects:create{}
      assert.equal(1, objects:filter{ [case[1]] = case[2] }:count())
      assert.equal(1, objects:filter{ [case[1]] = { case[2][1], ryx.null } }:count())
      assert.equal(0, objects:filter{ [case[1]] = {} }:count())
      assert.equal(2, objects:exclude{ [case[1]] = case[2] }:count())
    end
    assert.equal(0, objects:filter{ small = { 3000000 } }:count())
    assert.equal(0, objects:filter{ price = { "1.23456" } }:count())
    assert.equal("validation", db.error_of(function() objects:filter{ whole = { "x" } }:all() end).kind)
  end)

  if db.needs "array columns" then
    it("are arrays to the database too", function()
      stored{ tags = { "a", "b" }, span = { ryx.duration{ days = 1 } }, whole = { 7, 8 } }
      local row = ryx.raw_fetch("SELECT tags[2] AS tag, span[1] AS span, 8 = ANY(whole) AS found FROM "
        .. Shelf._meta.table_name)[1]
      assert.same({ tag = "b", span = 86400000000, found = true }, row)
    end)
  end

  it("name the item that is wrong, at every write", function()
    local cases = {
      { { whole = { 1, "x" } }, "whole: Item 2: Enter a whole number." },
      { { whole = { 5000 } }, "whole: Item 1: Ensure this value is less than or equal to 1000." },
      { { tags = { "a", "b", ("x"):rep(11) } }, "tags: Item 3: Ensure this value has at most 10 characters." },
      { { tags = { "" } }, "tags: Item 1: This field may not be blank." },
      { { tags = { "1", "2", "3", "4", "5" } }, "tags: Ensure this list has at most 4 items." },
      { { price = { "1.23456" } }, "price: Item 1: Ensure that there are no more than 3 decimal places." },
      { { moment = { "2024-01-15", "yesterday" } }, "moment: Item 2: Enter a valid date and time" },
      { { tags = "abc" }, "tags: Enter a list" },
      { { tags = { x = "y" } }, "tags: Enter a list" },
      { { tags = { [2] = "y" } }, "tags: Enter a list" },
      { { tags = { "a", [3] = "y" } }, "tags: Enter a list" },
      { { tags = { { "a" } } }, "tags: Item 1: Enter text." },
    }
    for _, case in ipairs(cases) do
      local err = db.error_of(objects.create, objects, case[1])
      assert.equal("validation", err.kind)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
    end
    for _, values in ipairs{ { small = { 1, 40000 } }, { tags = { ("x"):rep(11) } }, { price = { "1.23456" } } } do
      for _, write in ipairs{
        function() objects:bulk_create{ Shelf(values) } end,
        function() Shelf(values):save{ validate = false } end,
        function() objects:update_all(values) end,
      } do
        local err = db.error_of(write)
        assert.equal("validation", err.kind)
        assert.truthy(err.message:find("Item %d:"), err.message)
      end
    end
    assert.equal(0, objects:count())
  end)

  it("take a default of their own, and refuse NULL unless it is allowed", function()
    local a, b = Must.objects:create{}, Must{}
    b.list[3] = 3
    b:save()
    assert.equal("1 2", texts(Must.objects:get{ id = a.id }.list))
    assert.equal("1 2 3", texts(Must.objects:get{ id = b.id }.list))
    assert.equal("1 2", texts(Must{}.list))
    assert.equal("validation", db.error_of(Must.objects.create, Must.objects, { list = ryx.null }).kind)
  end)

  it("refuse bases that cannot be items", function()
    local function refused(...)
      local err = db.error_of(ryx.ArrayField, ...)
      assert.equal("misuse", err.kind)
      return err.message
    end
    assert.truthy(refused():find("base is a field", 1, true))
    assert.truthy(refused("int"):find("base is a field", 1, true))
    assert.truthy(refused(ryx.ArrayField(ryx.IntField())):find("arrays inside arrays", 1, true))
    assert.truthy(refused(ryx.JSONField()):find("JSONField", 1, true))
    assert.truthy(refused(ryx.AutoField()):find("AutoField", 1, true))
    assert.truthy(refused(ryx.ForeignKey("ArrayMust")):find("ForeignKey", 1, true))
    assert.truthy(refused(ryx.IntField{ unique = true }):find("unique", 1, true))
    assert.truthy(refused(ryx.IntField(), { size = -1 }):find("size", 1, true))
    assert.truthy(refused(ryx.IntField(), { sise = 1 }):find("size", 1, true))
    assert.truthy(refused(ryx.IntField(), 5):find("options", 1, true))
  end)
end)
