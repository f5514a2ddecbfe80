-- SPDX-License-Identifier: MIT
-- Every lookup on every type of a field, on rows "a", "b", "c" whose values grow and
-- "z", which holds NULLs.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q

local VALUES = {
  n = { -5, 0, 7 },
  small = { -32768, 1, 32767 },
  big = { -9007199254740991, 2, 9007199254740991 },
  float = { -1.5, 0.1, 1e22 },
  price = { ryx.decimal("-0.05"), ryx.decimal("9.90"), ryx.decimal("10.00") },
  day = { ryx.date("1999-12-31"), ryx.date("2024-02-29"), ryx.date("2024-03-01") },
  at = { ryx.time("00:00:00"), ryx.time("09:30:00.5"), ryx.time("23:59:59.999999") },
  made = { ryx.datetime("1969-12-31 23:59:59.999999"), ryx.datetime("2024-02-29 12:00:00"),
    ryx.datetime("2024-02-29 12:00:00.000001") },
  moment = { "2024-01-01T00:30:00+01:00", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00-01:00" },
  span = { ryx.duration{ days = -1 }, ryx.duration{ seconds = 1 }, ryx.duration{ hours = 25 } },
  code = { "0f000000-0000-4000-8000-00000000000a", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "ffffffff-ffff-ffff-ffff-ffffffffffff" },
  word = { "", "Zoe", "amy" },
}
local ORDERED = {}
for name in pairs(VALUES) do ORDERED[#ORDERED + 1] = name end
table.sort(ORDERED)

local EQUAL = {
  flag = { true, false, false },
  raw = { ryx.bytes("\0"), ryx.bytes("\0\255"), ryx.bytes("'\\") },
}

local Row = ryx.model("LRow", {
  name = ryx.CharField{ max_length = 5 }, n = ryx.IntField{ null = true }, small = ryx.SmallIntField{ null = true },
  big = ryx.BigIntField{ null = true }, float = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ null = true },
  day = ryx.DateField{ null = true }, at = ryx.TimeField{ null = true }, made = ryx.DateTimeField{ null = true },
  moment = ryx.DateTimeField{ null = true, tz = true }, span = ryx.DurationField{ null = true },
  code = ryx.UUIDField{ null = true }, word = ryx.CharField{ max_length = 20, null = true, blank = true },
  flag = ryx.BooleanField{ null = true }, raw = ryx.BinaryField{ null = true },
  other = ryx.IntField{ null = true, db_column = "select" },
})
local objects = Row.objects
local by_name = {}

local function one(path, lookup, v)
  return { [lookup and path .. "__" .. lookup or path] = v }
end

describe("lookups by type", function()
  db.use(ryx, { Row })
  setup(function()
    for i, name in ipairs{ "a", "b", "c" } do
      local values = { name = name, other = 4 - i }
      for field, list in pairs(VALUES) do values[field] = list[i] end
      for field, list in pairs(EQUAL) do values[field] = list[i] end
      by_name[name] = objects:create(values)
    end
    by_name.z = objects:create{ name = "z" }
  end)

  for _, path in ipairs(ORDERED) do
    local v = VALUES[path]
    it("compare " .. path, function()
      rows.check(objects, {
        { one(path, nil, v[2]), "b" }, { one(path, "exact", v[2]), "b" },
        { one(path, "gt", v[1]), "b c" }, { one(path, "gt", v[3]), "" },
        { one(path, "gte", v[2]), "b c" }, { one(path, "lt", v[2]), "a" }, { one(path, "lt", v[1]), "" },
        { one(path, "lte", v[2]), "a b" }, { one(path, "range", { v[1], v[2] }), "a b" },
        { one(path, "range", { v[3], v[1] }), "" }, { one(path, "in", { v[1], v[3] }), "a c" },
        { one(path, "in", { v[3], ryx.null }), "c" }, { one(path, "in", { ryx.null, v[3], v[3] }), "c" },
        { one(path, "in", { ryx.null }), "" }, { one(path, "in", {}), "" },
        { one(path, "isnull", true), "z" }, { one(path, "isnull", false), "a b c" },
        { one(path, nil, ryx.null), "z" }, { one(path, "exact", ryx.null), "z" },
      })
    end)

    it("compare " .. path .. " with expressions", function()
      rows.check(objects, {
        { one(path, nil, F(path)), "a b c" }, { one(path, "gt", F(path)), "" },
        { one(path, "gte", F(path)), "a b c" },
        { one(path, nil, ryx.Value(v[2])), "b" }, { one(path, "lt", ryx.Value(v[2])), "a" },
        { one(path, "in", { F(path), v[1] }), "a b c" },
        { one(path, "in", { ryx.Value(v[1]), ryx.Value(v[3]) }), "a c" },
        { one(path, "range", { v[2], F(path) }), "b c" }, { one(path, "range", { F(path), v[2] }), "a b" },
        { one(path, "range", { F(path), F(path) }), "a b c" },
        { F(path):eq(v[2]), "b" }, { F(path):gte(v[2]), "b c" }, { F(path):in_{ v[1], v[2] }, "a b" },
        { F(path):range{ v[2], v[3] }, "b c" }, { F(path):isnull(true), "z" }, { F(path):lt(F(path)), "" },
        { Q(path, v[2]), "b" }, { one(path, "in", objects:filter("name", "b"):values(path)), "b" },
        { one(path, nil, objects:filter("name", "c"):values(path)), "c" },
        { one(path, "in", objects:values(path)), "a b c" },
        { one(path, nil, ryx.Subquery(objects:filter("name", "a"):values(path))), "a" },
      })
    end)
  end

  it("compare what has no order", function()
    rows.check(objects, {
      { { flag = true }, "a" }, { { flag = false }, "b c" }, { { flag__in = { true } }, "a" },
      { { flag__in = { true, false } }, "a b c" }, { { flag__in = {} }, "" }, { { flag__isnull = true }, "z" },
      { { flag = ryx.null }, "z" }, { { flag = F"flag" }, "a b c" }, { F"flag", "a" }, { Q(F"flag"), "a" },
      { { raw = EQUAL.raw[2] }, "b" }, { { raw__in = { EQUAL.raw[1], EQUAL.raw[3] } }, "a c" },
      { { raw__in = {} }, "" }, { { raw__isnull = false }, "a b c" }, { { raw = F"raw" }, "a b c" },
    })
  end)

  it("know pk everywhere", function()
    local a, b = by_name.a, by_name.b
    rows.check(objects, {
      { { pk = a.id }, "a" }, { { pk = a }, "a" }, { { id = a }, "a" }, { { pk__in = { a, b.id } }, "a b" },
      { { pk__gt = a.id }, "b c z" }, { { pk__range = { a.id, b.id } }, "a b" }, { Q{ pk = a.pk }, "a" },
      { F"pk":eq(b.id), "b" }, { { id = F"pk" }, "a b c z" }, { { pk__isnull = true }, "" },
      { { pk__in = objects:filter{ n__gte = 0 } }, "b c" }, { { pk = ryx.null }, "" },
    })
    assert.same({ a.id, b.id },
      objects:filter{ pk__lte = b.pk }:order_by("pk"):values_list("pk", { flat = true }):all())
    assert.equal(b.id, objects:order_by("-pk"):filter{ name__lt = "c" }:values("pk"):first().pk)
  end)

  it("know a column that is called like a word of SQL", function()
    rows.check(objects, { { { other__gte = 2 }, "a b" }, { { other = F"other" }, "a b c" }, { { other = 1 }, "c" } })
  end)

  it("find nothing beyond what a column holds", function()
    rows.check(objects, {
      { { n = 3000000000 }, "" }, { { n__lt = 3000000000 }, "a b c" }, { { small__in = { 100000, 1 } }, "b" },
      { { small__gt = -9007199254740991 }, "a b c" }, { { word = ("x"):rep(500) }, "" },
    })
  end)

  it("convert what is compared as the field would", function()
    rows.check(objects, {
      { { price = "9.9" }, "b" }, { { price__gt = 9 }, "b c" }, { { day = "2024-02-29" }, "b" },
      { { day__gt = ryx.date("2024-02-29") }, "c" }, { { made = "2024-02-29T13:00:00+01:00" }, "b" },
      { { made__gt = "2024-02-29" }, "b c" }, { { made__gte = ryx.date("2024-02-29") }, "b c" },
      { { moment = ryx.datetime("2023-12-31 23:30:00") }, "a" }, { { at = "09:30:00.500" }, "b" },
      { { code = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11" }, "b" }, { { n = 7.0 }, "c" }, { { float = 0.1 }, "b" },
      { { float__gt = 1 }, "c" }, { { n__in = { 7.0, -5 } }, "a c" }, { { price__in = { "10", 9 } }, "c" },
    })
  end)

  it("compare fields of different types that have an order together", function()
    rows.check(objects, {
      { { n__lt = F"float" }, "a b c" }, { { float__lt = F"n" }, "" }, { { n__gte = F"price" }, "" },
      { { price__gt = F"n" }, "a b c" }, { { n__lte = F"other" }, "a b" }, { { made__gte = F"day" }, "b" },
      { { n__gt = F"small" + 0 }, "a" }, { { price__lt = F"n" }, "" }, { { price__gte = F"n" - 2 }, "a b c" },
      { { n__lt = F"price" - 5 }, "b" }, { { price__range = { F"n", F"n" + 10 } }, "a b c" },
      { { n__gte = F"price" - 3 }, "c" },
      { { day = F"made" }, "" }, { { made__lt = F"day" }, "a c" }, { { n__in = { F"price", 7 } }, "c" },
    })
  end)
end)
