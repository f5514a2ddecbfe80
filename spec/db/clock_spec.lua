-- SPDX-License-Identifier: MIT
-- Times of day and spans of time: what can be asked of them and worked out.
local ryx = require "ryx"
local db = require "support.db"
local rows = require "support.rows"
local F = ryx.F

local Shift = ryx.model("ClockShift", {
  name = ryx.TextField(), starts = ryx.TimeField(), ends = ryx.TimeField{ null = true },
  rest = ryx.DurationField(), limit = ryx.DurationField{ null = true }, at = ryx.DateTimeField{ null = true },
  day = ryx.DateField{ null = true },
})
local objects = Shift.objects

local function in_order(qs)
  return table.concat(qs:values_list("name", { flat = true }):all(), " ")
end

local function hours(n) return ryx.duration{ hours = n } end

describe("times of day and spans of time", function()
  db.use(ryx, { Shift })
  before_each(function()
    objects:delete_all()
    objects:create{ name = "a", starts = "06:00", ends = "14:30:15", rest = hours(1), limit = hours(2),
      at = "2024-01-31 23:00", day = "2024-01-31" }
    objects:create{ name = "b", starts = "14:30:15.000250", ends = "22:00", rest = ryx.duration{ minutes = 30 },
      limit = ryx.duration{ minutes = 20 } }
    objects:create{ name = "c", starts = ryx.time(22, 0), rest = ryx.duration{ days = 1, microseconds = 1 } }
  end)

  it("times are compared", function()
    rows.check(objects, {
      { { starts = "06:00" }, "a" }, { { starts__exact = ryx.time(6, 0) }, "a" }, { { starts = "14:30:15" }, "" },
      { { starts = "14:30:15.00025" }, "b" }, { { starts__gt = "06:00" }, "b c" },
      { { starts__gte = "06:00" }, "a b c" },
      { { starts__lt = "14:30:16" }, "a b" }, { { starts__lte = "06:00:00.000001" }, "a" },
      { { starts__range = { "06:00", "14:31" } }, "a b" }, { { starts__in = { "06:00", ryx.time(22, 0) } }, "a c" },
      { { ends__isnull = true }, "c" }, { { ends__lt = F"starts" }, "" }, { { ends__gt = F"starts" }, "a b" },
      { { ends__range = { F"starts", "15:00" } }, "a" },
    })
    assert.equal("a b c", rows.names(objects:exclude{ starts = "05:00" }))
    assert.equal("06:00:00", tostring(objects:aggregate{ m = ryx.Min("starts") }.m))
    assert.equal("22:00:00", tostring(objects:aggregate{ m = ryx.Max("ends") }.m))
  end)

  it("times have hours, minutes, seconds and microseconds", function()
    rows.check(objects, {
      { { starts__hour = 14 }, "b" }, { { starts__hour__gte = 14 }, "b c" }, { { starts__minute = 30 }, "b" },
      { { starts__second = 15 }, "b" }, { { starts__microsecond = 250 }, "b" },
      { { ends__hour__in = { 14, 22 } }, "a b" },
      { { starts__minute__range = { 0, 10 } }, "a c" },
    })
    local got = objects:order_by("name"):annotate{ h = ryx.Extract("starts", "hour") }:values_list("h", { flat = true })
    assert.same({ 6, 14, 22 }, got:all())
    assert.equal("c b a", in_order(objects:order_by("-starts")))
  end)

  it("spans are compared", function()
    rows.check(objects, {
      { { rest = hours(1) }, "a" }, { { rest = "PT1H" }, "a" }, { { rest__gt = hours(1) }, "c" },
      { { rest__gte = hours(1) }, "a c" }, { { rest__lt = hours(1) }, "b" },
      { { rest__range = { ryx.duration{ minutes = 30 }, hours(1) } }, "a b" },
      { { rest__in = { hours(1), ryx.duration{ days = 1, microseconds = 1 } } }, "a c" },
      { { limit__isnull = true }, "c" },
      { { limit__gt = F"rest" }, "a" }, { { limit__lt = F"rest" }, "b" },
    })
    assert.equal("b a c", in_order(objects:order_by("rest")))
  end)

  it("spans are added, taken away and multiplied", function()
    rows.check(objects, {
      { { limit__gt = F"rest" + hours(1) }, "" }, { { limit__gte = F"rest" + hours(1) }, "a" },
      { { rest__gt = F"limit" - hours(2) }, "a b" }, { { limit = F"rest" * 2 }, "a" },
    })
    local sum = objects:aggregate{ s = ryx.Sum("rest"), m = ryx.Max("rest"), l = ryx.Min("rest") }
    assert.is_true(sum.s == ryx.duration{ days = 1, hours = 1, minutes = 30, microseconds = 1 })
    assert.is_true(sum.m == ryx.duration{ days = 1, microseconds = 1 } and sum.l == ryx.duration{ minutes = 30 })
    objects:filter{ name = "a" }:update{ rest = F"rest" + F"limit" }
    assert.is_true(objects:get{ name = "a" }.rest == hours(3))
    local a = objects:annotate{ left = F"rest" - F"limit" }:get{ name = "a" }
    assert.is_true(a.left == hours(1))
  end)

  it("spans move moments and days", function()
    rows.check(objects, {
      { { at__lt = F"at" + F"rest" }, "a" }, { { at = ryx.datetime("2024-02-01 00:00") - hours(1) }, "a" },
    })
    local a = objects:annotate{ later = F"at" + F"rest" }:get{ name = "a" }
    assert.equal("2024-02-01T00:00:00", tostring(a.later))
    objects:filter{ name = "a" }:update{ at = F"at" + ryx.duration{ days = 1 } }
    assert.equal("2024-02-01T23:00:00", tostring(objects:get{ name = "a" }.at))
  end)

  it("are refused where they do not fit, when it is said", function()
    for _, condition in ipairs{
      { starts__year = 2024 }, { rest__hour = 1 }, { starts__contains = "6" }, { rest__date = 1 },
    } do
      assert.equal("field_error", db.error_of(function() objects:filter(condition) end).kind)
    end
    for _, condition in ipairs{ { starts = "noon" }, { rest = "long" }, { starts__gt = "25:00" } } do
      assert.equal("validation", db.error_of(function() objects:filter(condition):all() end).kind)
    end
  end)
end)
