-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local kind = require("ryx.value").kind

local Thing = ryx.model("FieldThing", {
  label = ryx.CharField{ max_length = 10, null = true },
  body = ryx.TextField{ null = true },
  small = ryx.SmallIntField{ null = true },
  whole = ryx.IntField{ null = true },
  big = ryx.BigIntField{ null = true },
  positive = ryx.PositiveIntField{ null = true },
  real = ryx.FloatField{ null = true },
  flag = ryx.BooleanField{ null = true },
  price = ryx.DecimalField{ max_digits = 20, decimal_places = 4, null = true },
  day = ryx.DateField{ null = true },
  clock = ryx.TimeField{ null = true },
  moment = ryx.DateTimeField{ null = true },
  aware = ryx.DateTimeField{ tz = true, null = true },
  span = ryx.DurationField{ null = true },
  token = ryx.UUIDField{ null = true },
  extra = ryx.JSONField{ null = true },
  blob = ryx.BinaryField{ null = true },
})
local objects = Thing.objects

local function stored(values)
  local thing = objects:create(values)
  return objects:get{ id = thing.id }
end

describe("fields", function()
  db.use(ryx, { Thing })
  before_each(function() objects:delete_all() end)

  it("keep text apart by code point", function()
    for _, label in ipairs{ "a", "A", "á", "é🙂" } do objects:create{ label = label } end
    for _, label in ipairs{ "a", "A", "á", "é🙂" } do
      assert.equal(label, objects:get{ label = label }.label)
    end
    assert.equal("", stored{ label = nil, body = " " }.label or "")
  end)

  it("keep text as it is, quotes and backslashes too", function()
    local nasty = "'\"\\ % _ ! ; -- \n\t?"
    assert.equal(nasty, stored{ body = nasty }.body)
    assert.equal(1, objects:filter{ body = nasty }:count())
    assert.equal(1, objects:filter{ body__contains = "% _ !" }:count())
  end)

  it("keep whole numbers to the last digit", function()
    local t = stored{ small = -32768, whole = 2147483647, positive = 0 }
    assert.same({ -32768, 2147483647, 0 }, { t.small, t.whole, t.positive })
    local max = rawget(math, "maxinteger") or rawget(_G, "load")("return 9223372036854775807LL")()
    assert.is_true(stored{ big = max }.big == max)
    assert.is_true(objects:filter{ big = max }:exists())
  end)

  it("refuse what does not fit, by validation and by the database", function()
    assert.equal("validation", db.error_of(objects.create, objects, { small = 40000 }).kind)
    assert.equal("validation", db.error_of(objects.create, objects, { whole = 1.5 }).kind)
    assert.truthy(db.error_of(function() objects:bulk_create{ Thing{ small = 40000 } } end))
    assert.truthy(db.error_of(function() objects:bulk_create{ Thing{ label = ("x"):rep(11) } } end))
    assert.equal(0, objects:count())
  end)

  it("keep floats exactly", function()
    for _, v in ipairs{ 0.1, 1e300, -2.5, 5.0, 1 / 3 } do assert.equal(v, stored{ real = v }.real) end
  end)

  it("keep booleans", function()
    assert.is_true(stored{ flag = true }.flag)
    assert.is_false(stored{ flag = false }.flag)
    assert.equal(1, objects:filter{ flag = false }:count())
    assert.equal(1, objects:exclude{ flag = false }:count())
  end)

  it("keep decimals exactly, with their places", function()
    local t = stored{ price = "12345678901234.5678" }
    assert.equal("12345678901234.5678", tostring(t.price))
    assert.equal("1.5000", tostring(stored{ price = "1.5" }.price))
    assert.equal(1, objects:filter{ price__gt = "9" }:count())
    assert.equal(1, objects:filter{ price = "1.50" }:count())
    assert.equal(1, objects:filter{ price__lt = 2 }:count())
    assert.equal(1, objects:filter{ price__in = { "1.5", "7" } }:count())
    assert.equal(1, objects:filter{ price__range = { "1.49999999", 2 } }:count())
    assert.equal(0, objects:filter{ price = "1.50000001" }:count())
    for _, write in ipairs{
      function() objects:create{ price = "1.23456" } end,
      function() objects:bulk_create{ Thing{ price = "1.23456" } } end,
      function() objects:update_all{ price = "1.23456" } end,
      function() Thing{ price = "1.23456" }:save{ validate = false } end,
    } do
      assert.equal("validation", db.error_of(write).kind)
    end
  end)

  it("keep times, and compare them as times", function()
    local t = stored{
      day = "2024-02-29", clock = "23:59:59.5", moment = "2024-01-15T10:30:01.000250",
      aware = "2024-01-15T12:30:00+02:00", span = ryx.duration{ days = 1, milliseconds = 5 },
    }
    assert.equal("2024-02-29", tostring(t.day))
    assert.equal("23:59:59.500000", tostring(t.clock))
    assert.equal("2024-01-15T10:30:01.000250", tostring(t.moment))
    assert.equal("datetimetz", kind(t.aware))
    assert.equal("2024-01-15T10:30:00Z", tostring(t.aware))
    assert.is_true(t.span == ryx.duration{ days = 1, milliseconds = 5 })
    assert.equal(1, objects:filter{ moment__gt = "2024-01-15" }:count())
    assert.equal(1, objects:filter{ moment = t.moment, day__gte = ryx.date("2024-02-29") }:count())
    assert.equal(0, objects:filter{ moment__lt = ryx.datetime("2024-01-15 10:30:01") }:count())
  end)

  it("convert an offset to UTC instead of cutting it", function()
    assert.equal("2024-01-15T08:00:00", tostring(stored{ moment = "2024-01-15 10:00:00+02:00" }.moment))
  end)

  it("refuse junk times before any database sees them", function()
    assert.equal("validation", db.error_of(objects.create, objects, { moment = "yesterday" }).kind)
    assert.equal("validation", db.error_of(function() objects:filter{ moment__gt = "garbage" }:all() end).kind)
  end)

  it("keep UUIDs in one form", function()
    local t = stored{ token = "{12345678-9ABC-def0-1234-56789abcdef0}" }
    assert.equal("12345678-9abc-def0-1234-56789abcdef0", t.token)
    assert.equal(1, objects:filter{ token = "123456789abcdef0123456789abcdef0" }:count())
  end)

  it("keep JSON: empty lists, null, nesting", function()
    local t = stored{ extra = { list = ryx.json.array{}, none = ryx.null, deep = { 1, { a = "ü" } }, big = 2 ^ 40 } }
    assert.equal(require("ryx").array_meta, getmetatable(t.extra.list))
    assert.equal(ryx.null, t.extra.none)
    assert.equal("ü", t.extra.deep[2].a)
    assert.equal(2 ^ 40, t.extra.big)
    assert.equal(1, objects:filter{ id = t.id }:update{ extra = { a = 1 } })
    assert.equal(1, objects:get{ id = t.id }.extra.a)
  end)

  it("keep bytes", function()
    local bytes = "\0\1\255'\\\n"
    assert.equal(bytes, stored{ blob = bytes }.blob)
    assert.equal(1, objects:filter{ blob = bytes }:count())
  end)

  it("read NULL as nil everywhere", function()
    local t = stored{}
    for _, name in ipairs(Thing._meta.attnames) do
      if name ~= "id" then assert.is_nil(rawget(t, name)) end
    end
  end)
end)
