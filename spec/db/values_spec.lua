-- SPDX-License-Identifier: MIT
-- Every type through model fields: what is saved comes back, and is found.
local compat = require "ryx.compat"
local core = require "ryx.value"
local ryx = require "ryx"
local db = require "support.db"

-- A 64-bit integer written as text: int64_t on LuaJIT.
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

local MEGABYTE = ("0123456789abcde\n"):rep(65536)

local function times(make, list)
  local out = {}
  for i, text in ipairs(list) do out[i] = make(text) end
  return out
end

-- Values in the order of the database, all different.
local TYPES = {
  Bool = { field = "BooleanField", unordered = true, values = { false, true } },
  SmallInt = { field = "SmallIntField", values = { -32768, -1, 0, 1, 32767 } },
  Int = { field = "IntField", values = { -2147483648, -1, 0, 1, 2147483647 } },
  BigInt = { field = "BigIntField", values = times(int, {
    "-9223372036854775808", "-9223372036854775807", "-9007199254740993", "-9007199254740991", "0",
    "9007199254740991", "9007199254740993", "9007199254740994", "9223372036854775806", "9223372036854775807",
  }) },
  Float = { field = "FloatField", values = {
    -1.7976931348623157e308, -1e22, -0.1, -5e-324, 0.0, 5e-324, 2.2250738585072014e-308, 0.1, 0.30000000000000004,
    1.0, 1.5, 3.141592653589793, 9007199254740992.0, 1e22, 1.7976931348623157e308,
  } },
  Char = { field = "CharField", options = { max_length = 40, strip = false, blank = true }, values = {
    "", " ", "A", "a", "a ", "a  ", "a!", "a%b", "a_b", "aa", "b\\'\"`;--", "e\204\129", "\194\133?",
    "\195\159", "\195\169",
    "\240\159\145\169\226\128\141\240\159\154\128", "\240\159\152\128", "\244\143\191\191",
  } },
  Text = { field = "TextField", options = { blank = true }, values = {
    "", "\t\r\n", MEGABYTE, MEGABYTE .. "x", "A", "NULL", "a", "a ",
    "\195\164\204\136", "\239\191\191", "\240\159\152\128",
  } },
  Decimal = { field = "DecimalField", options = { max_digits = 65, decimal_places = 30 }, values = times(ryx.decimal, {
    "-" .. ("9"):rep(35) .. "." .. ("9"):rep(30), "-1", "-0.000000000000000000000000000001", "0",
    "0." .. ("0"):rep(29) .. "1", "0.1", "1", "1.5", "2", "10", "12345678901234567890.123456789012345678901234567890",
    ("9"):rep(35) .. "." .. ("9"):rep(29) .. "8", ("9"):rep(35) .. "." .. ("9"):rep(30),
  }) },
  Money = { field = "DecimalField", values = times(ryx.decimal, {
    "-99999999.99", "-0.01", "0", "0.01", "0.10", "1", "1.5", "2.00", "10", "99999999.99",
  }) },
  Date = { field = "DateField", values = times(ryx.date, {
    "0001-01-01", "0999-12-31", "1582-10-10", "1969-12-31", "1970-01-01", "2000-02-29", "2024-02-29", "9999-12-31",
  }) },
  Time = { field = "TimeField", values = times(ryx.time, {
    "00:00:00", "00:00:00.000001", "12:00:00", "12:00:00.500000", "23:59:59", "23:59:59.999999",
  }) },
  DateTime = { field = "DateTimeField", values = times(ryx.datetime, {
    "0001-01-01 00:00:00", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "2024-02-29 23:59:59.999999",
    "2024-03-01 00:00:00", "2024-03-31T02:30:00.000001", "9999-12-31 23:59:59.999999",
  }) },
  Moment = { field = "DateTimeField", options = { tz = true }, values = times(core.datetimetz, {
    "0001-01-01 00:00:00Z", "1969-12-31 23:59:59.999999Z", "2024-02-29T23:59:59.999999+00:00",
    "2024-03-01 00:30:00+00:30", "2024-02-29 23:30:00-05:30", "2024-12-31 23:59:59.999999-14:00",
    "9999-12-31 23:59:59.999999Z",
  }) },
  Duration = { field = "DurationField", values = times(ryx.duration, {
    "-P10000D", "-PT0.000001S", "PT0S", "PT0.000001S", "PT1H", "PT25H", "P1DT2H3.5S", "P106751991DT4H0M54.775807S",
  }) },
  Uuid = { field = "UUIDField", values = {
    "00000000-0000-0000-0000-000000000000", "0f000000-0000-4000-8000-00000000000a",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ffffffff-ffff-ffff-ffff-ffffffffffff",
  } },
  Bytes = { field = "BinaryField", unordered = true, values = {
    "", "\0", "\0\0", "a", "A", "a ", "\\x00", "'\"\\", "\255\254", all_bytes(), all_bytes():rep(4096),
  } },
}

local NAMES = {}
for name, t in pairs(TYPES) do
  local options = { null = true }
  for k, v in pairs(t.options or {}) do options[k] = v end
  t.model = ryx.model("Val" .. name, { n = ryx.IntField{}, v = ryx[t.field](options) })
  NAMES[#NAMES + 1] = name
end
table.sort(NAMES)

local function show(v)
  local text = compat.show(v)
  return #text > 80 and text:sub(1, 77) .. "..." or text
end

local function check(expected, got, what)
  if expected == got and type(expected) == type(got) then return end
  error(("%s: expected %s %s, got %s %s"):format(what, type(expected), show(expected), type(got), show(got)), 2)
end

-- The numbers of the rows, in their order or that of the queryset.
local function found(qs, order)
  local list = {}
  for i, row in ipairs(qs:order_by(order or "n"):all()) do list[i] = row.n end
  return list
end

local function numbers(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = i end
  return list
end

local function fill(t)
  local list = {}
  for i, v in ipairs(t.values) do list[i] = t.model{ n = i, v = v } end
  list[#list + 1] = t.model{ n = #list + 1 }
  t.model.objects:bulk_create(list)
  return list
end

for _, name in ipairs(NAMES) do
  local t = TYPES[name]
  local objects, values = t.model.objects, t.values

  describe(name .. " values", function()
    db.use(ryx, { t.model })
    before_each(function() objects:delete_all() end)

    it("come back from create, save, update and refresh", function()
      local o = objects:create{ n = 0 }
      for i, v in ipairs(values) do
        check(v, objects:get{ id = objects:create{ n = i, v = v }.id }.v, "create " .. i)
        o.v = v
        o:save()
        check(v, objects:get{ id = o.id }.v, "save " .. i)
        o.v = nil
        o:refresh_from_db()
        check(v, o.v, "refresh " .. i)
        o.v = nil
        o:save()
        assert.is_nil(objects:get{ id = o.id }.v)
        assert.equal(1, objects:filter{ id = o.id }:update{ v = v })
        check(v, objects:get{ id = o.id }.v, "update " .. i)
        objects:filter{ id = o.id }:update{ v = ryx.null }
        assert.is_nil(objects:get{ id = o.id }.v)
      end
    end)

    it("come back from bulk_create, lists and streams", function()
      local list = fill(t)
      for i, v in ipairs(values) do
        check(v, objects:get{ id = list[i].id }.v, "bulk_create " .. i)
      end
      assert.is_nil(objects:get{ n = #values + 1 }.v)
      local rows = objects:order_by("n"):all()
      for i, v in ipairs(values) do check(v, rows[i].v, "all " .. i) end
      local i = 0
      for row in objects:order_by("n"):iter{ chunk = 2 } do
        i = i + 1
        check(values[i], row.v, "stream " .. i)
      end
      assert.equal(#values + 1, i)
    end)

    it("are found by themselves alone", function()
      fill(t)
      for i, v in ipairs(values) do
        assert.same({ i }, found(objects:filter{ v = v }), "exact " .. i)
        assert.equal(i, objects:get{ v = v }.n)
        assert.same({ i }, found(objects:filter{ v__in = { v } }), "in " .. i)
        assert.equal(#values - 1, objects:exclude{ v = v }:exclude{ v__isnull = true }:count(), "exclude " .. i)
      end
      assert.same(numbers(1, #values), found(objects:filter{ v__in = values }))
      assert.same({ #values + 1 }, found(objects:filter{ v__isnull = true }))
      assert.same({}, found(objects:filter{ v__in = {} }))
    end)

    if not t.unordered then
      it("are in order", function()
        fill(t)
        local n = #values
        for i, v in ipairs(values) do
          assert.same(numbers(i + 1, n), found(objects:filter{ v__gt = v }), "gt " .. i)
          assert.same(numbers(i, n), found(objects:filter{ v__gte = v }), "gte " .. i)
          assert.same(numbers(1, i - 1), found(objects:filter{ v__lt = v }), "lt " .. i)
          assert.same(numbers(1, i), found(objects:filter{ v__lte = v }), "lte " .. i)
          assert.same(numbers(i, n), found(objects:filter{ v__range = { v, values[n] } }), "range " .. i)
        end
        assert.same({ n + 1, compat.unpack(numbers(1, n)) }, found(objects, "v"))
      end)
    end
  end)
end
