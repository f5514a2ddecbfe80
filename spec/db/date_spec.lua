-- SPDX-License-Identifier: MIT
-- Parts of dates and times in paths: the same numbers on every database.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F = ryx.F

local STAMPS = {
  a = "2020-12-31 23:59:59.999999", -- Thursday of 2020-W53
  b = "2021-01-01 00:00:00", -- Friday of 2020-W53
  c = "2021-01-04 06:07:08.9", -- Monday of 2021-W01
  d = "2018-12-31 12:30:45.000001", -- Monday of 2019-W01
  e = "2024-02-29 23:59:59.9995", -- Thursday of 2024-W09
  f = "1969-07-20 20:17:40", -- Sunday of 1969-W29
  g = "0001-01-01 00:00:00", -- Monday of 0001-W01
  h = "9999-12-31 23:59:59.999999", -- Friday of 9999-W52
}
-- year month day hour minute second microsecond quarter week iso_year dow iso_dow
local PARTS = { "year", "month", "day", "hour", "minute", "second", "microsecond", "quarter", "week", "iso_year",
  "dow", "iso_dow" }
local EXPECTED = {
  a = { 2020, 12, 31, 23, 59, 59, 999999, 4, 53, 2020, 4, 4 }, b = { 2021, 1, 1, 0, 0, 0, 0, 1, 53, 2020, 5, 5 },
  c = { 2021, 1, 4, 6, 7, 8, 900000, 1, 1, 2021, 1, 1 }, d = { 2018, 12, 31, 12, 30, 45, 1, 4, 1, 2019, 1, 1 },
  e = { 2024, 2, 29, 23, 59, 59, 999500, 1, 9, 2024, 4, 4 }, f = { 1969, 7, 20, 20, 17, 40, 0, 3, 29, 1969, 0, 7 },
  g = { 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1 }, h = { 9999, 12, 31, 23, 59, 59, 999999, 4, 52, 9999, 5, 5 },
}
local OF_DAY = { year = true, month = true, day = true, quarter = true, week = true, iso_year = true, dow = true,
  iso_dow = true }
local OF_TIME = { hour = true, minute = true, second = true, microsecond = true }

local Event = ryx.model("DEvent", {
  name = ryx.CharField{ max_length = 5 },
  made = ryx.DateTimeField{ null = true }, moment = ryx.DateTimeField{ null = true, tz = true },
  day = ryx.DateField{ null = true }, at = ryx.TimeField{ null = true },
})
local objects = Event.objects
local NAMES = { "a", "b", "c", "d", "e", "f", "g", "h" }

-- Names of the rows whose part passes a test.
local function having(k, test)
  local out = {}
  for _, name in ipairs(NAMES) do
    if test(EXPECTED[name][k]) then out[#out + 1] = name end
  end
  return table.concat(out, " ")
end

local function fields_of(part)
  local fields = { "made", "moment" }
  if OF_DAY[part] then fields[3] = "day" end
  if OF_TIME[part] then fields[3] = "at" end
  return fields
end

describe("parts of dates", function()
  db.use(ryx, { Event })
  setup(function()
    for name, text in pairs(STAMPS) do
      objects:create{ name = name, made = text, moment = text .. "Z", day = text:sub(1, 10), at = text:sub(12) }
    end
    objects:create{ name = "z" }
  end)

  for k, part in ipairs(PARTS) do
    it("compare the " .. part, function()
      for _, field in ipairs(fields_of(part)) do
        local path, cases = field .. "__" .. part, {}
        for _, name in ipairs(NAMES) do
          local v = EXPECTED[name][k]
          cases[#cases + 1] = { { [path] = v }, having(k, function(x) return x == v end) }
          cases[#cases + 1] = { { [path .. "__gt"] = v }, having(k, function(x) return x > v end) }
          cases[#cases + 1] = { { [path .. "__gte"] = v }, having(k, function(x) return x >= v end) }
          cases[#cases + 1] = { { [path .. "__lt"] = v }, having(k, function(x) return x < v end) }
          cases[#cases + 1] = { { [path .. "__lte"] = v }, having(k, function(x) return x <= v end) }
          cases[#cases + 1] = { { [path .. "__in"] = { v, -1 } }, having(k, function(x) return x == v end) }
          cases[#cases + 1] = { { [path .. "__range"] = { v, v + 5 } },
            having(k, function(x) return x >= v and x <= v + 5 end) }
        end
        local v = EXPECTED.c[k]
        cases[#cases + 1] = { { [path .. "__exact"] = v }, having(k, function(x) return x == v end) }
        cases[#cases + 1] = { { [path .. "__isnull"] = true }, "z" }
        cases[#cases + 1] = { { [path] = ryx.null }, "z" }
        cases[#cases + 1] = { { [path .. "__in"] = {} }, "" }
        cases[#cases + 1] = { { [path] = F(path) }, "a b c d e f g h" }
        cases[#cases + 1] = { { [path .. "__gte"] = F(path) + 1 }, "" }
        cases[#cases + 1] = { { [path] = ryx.Value(v) }, having(k, function(x) return x == v end) }
        cases[#cases + 1] = { F(path):eq(v), having(k, function(x) return x == v end) }
        cases[#cases + 1] = { ryx.Extract(field, part):eq(v), having(k, function(x) return x == v end) }
        rows.check(objects, cases)
      end
    end)

    it("give the " .. part, function()
      for _, field in ipairs(fields_of(part)) do
        local path = field .. "__" .. part
        for _, row in ipairs(objects:exclude{ name = "z" }:values("name", path,
          { x = ryx.Extract(field, part) }):all()) do
          assert.equal(EXPECTED[row.name][k], row[path], row.name .. " " .. path)
          assert.equal(row[path], row.x)
        end
      end
    end)
  end

  it("take iso_week for week", function()
    rows.check(objects, { { { made__iso_week = 53 }, "a b" }, { { day__iso_week__in = { 1, 9 } }, "c d e g" } })
  end)

  it("compare the date and the time", function()
    rows.check(objects, {
      { { made__date = "2021-01-01" }, "b" }, { { made__date = ryx.date("2020-12-31") }, "a" },
      { { moment__date = "2024-02-29" }, "e" }, { { day__date = "2024-02-29" }, "e" },
      { { made__date__gt = "2020-12-31" }, "b c e h" }, { { made__date__gte = "2020-12-31" }, "a b c e h" },
      { { made__date__lt = "1969-07-20" }, "g" }, { { made__date__lte = "1969-07-20" }, "f g" },
      { { made__date__in = { "2021-01-01", "2018-12-31" } }, "b d" },
      { { made__date__range = { "2020-12-31", "2021-01-04" } }, "a b c" },
      { { made__date = F"day" }, "a b c d e f g h" }, { { made__date__isnull = true }, "z" },
      { { made__date__year = 2021 }, "b c" },
      { { made__date__month__gte = 7 }, "a d f h" }, { { made__time = "12:30:45.000001" }, "d" },
      { { made__time = F"at" }, "a b c d e f g h" },
      { { made__time__gt = "20:00" }, "a e f h" }, { { made__time__hour = 20 }, "f" },
      { { at__time = "20:17:40" }, "f" },
      { { made__time__in = { "00:00:00" } }, "b g" }, { { made__time__range = { "06:00:00", "12:30:45" } }, "c" },
      { { made__date = ryx.null }, "z" },
      { { day = F"made__date" }, "a b c d e f g h" }, { { day__lt = F"made__date" }, "" },
    })
  end)

  it("ask for years and days by ranges that an index serves", function()
    local function where(conditions)
      return (objects:filter(conditions):sql():match("WHERE (.*)"):gsub('["`]', ""):gsub("%$%d", "?"))
    end
    assert.equal("made BETWEEN ? AND ?", where{ made__year = 2024 })
    assert.equal("day BETWEEN ? AND ?", where{ day__year = 2024 })
    assert.equal("made > ?", where{ made__year__gt = 2024 })
    assert.equal("made >= ?", where{ made__year__gte = 2024 })
    assert.equal("made < ?", where{ made__year__lt = 2024 })
    assert.equal("made <= ?", where{ made__year__lte = 2024 })
    assert.equal("moment BETWEEN ? AND ?", where{ moment__date = "2024-01-01" })
    assert.equal("made < ?", where{ made__date__lt = "2024-01-01" })
    assert.equal("day = ?", where{ day__date = "2024-01-01" })
    local _, params = objects:filter{ made__year = 2024 }:sql()
    assert.equal("2024-01-01T00:00:00", tostring(params[1]))
    assert.equal("2024-12-31T23:59:59.999999", tostring(params[2]))
  end)

  it("find nothing for a year that cannot be, and refuse what is no number", function()
    rows.check(objects, { { { made__month = 13 }, "" }, { { made__dow = 7 }, "" },
      { { made__month__in = { 13, 2 } }, "e" } })
    rows.refused{
      { function() return objects:filter{ made__year = "x" } end, "validation", "year" },
      { function() return objects:filter{ made__year = 2024.5 } end, "validation", "year" },
      { function() return objects:filter{ made__year__in = 5 } end, "misuse", "list" },
      { function() return objects:filter{ made__date = "yesterday" } end, "validation", "yesterday" },
      { function() return objects:filter{ made__date = ryx.datetime("2021-01-04 22:00:00") } end, "validation",
        "made__date" },
      { function() return objects:annotate{ x = ryx.Extract("moment", "year", { tz = "+01:00" }) } end,
        "field_error", "Berlin" },
      { function() return objects:filter{ made__yeer = 2024 } end, "field_error", "made", "yeer", "year" },
      { function() return objects:filter{ day__hour = 1 } end, "field_error", "day", "hour" },
      { function() return objects:filter{ at__year = 1 } end, "field_error", "at", "year" },
      { function() return objects:filter{ made__year__contains = 1 } end, "field_error", "contains" },
      { function() return objects:filter{ made__year__month = 1 } end, "field_error", "month" },
      { function() return objects:filter{ made__month = "x" }:all() end, "validation" },
    }
  end)

  it("group and order by a part", function()
    local list = objects:exclude{ name = "z" }:values("made__iso_year"):annotate{ n = ryx.Count("*") }
      :order_by("-made__iso_year"):all()
    local out = {}
    for i, row in ipairs(list) do out[i] = row.made__iso_year .. ":" .. row.n end
    assert.equal("9999:1 2024:1 2021:1 2020:2 2019:1 1969:1 1:1", table.concat(out, " "))
  end)

  it("truncate", function()
    local CASES = {
      year = "2018-01-01 00:00:00", quarter = "2018-10-01 00:00:00", month = "2018-12-01 00:00:00",
      week = "2018-12-31 00:00:00", day = "2018-12-31 00:00:00", hour = "2018-12-31 12:00:00",
      minute = "2018-12-31 12:30:00",
      second = "2018-12-31 12:30:45",
    }
    for unit, expected in pairs(CASES) do
      local row = objects:filter{ name = "d" }:values{ x = ryx.Trunc("made", unit), y = F"name" }:first()
      assert.equal(expected, (tostring(row.x):gsub("T", " ")), unit)
    end
    local week = objects:filter{ name = "b" }:values_list("name", { x = ryx.Trunc("day", "week") }):first()[2]
    assert.equal("2020-12-28", tostring(week))
    rows.check(objects, { { ryx.Trunc("made", "month"):eq(ryx.datetime("2021-01-01")), "b c" } })
  end)

  if db.needs "zone tables" then
    it("take a zone", function()
      local year = ryx.Extract("moment", "year", { tz = "Europe/Berlin" })
      assert.equal("a b c", rows.names(objects:filter{ name__lt = "h" }:filter(year:eq(2021))))
    end)
  else
    it("take no zone where the server would answer NULL for it", function()
      local year = ryx.Extract("moment", "year", { tz = "Europe/Berlin" })
      local e = db.error_of(function() return objects:filter(year:eq(2021)):count() end)
      assert.equal("unsupported", e.kind)
      assert.truthy(e.message:find("knows no named time zones", 1, true))
    end)
  end
end)

describe("days and moments that there are", function()
  db.use(ryx, { Event })
  setup(function()
    for i, at in ipairs{ "2024-03-31 22:30:00", "2024-03-01 00:00:00", "2024-12-30 10:00:00", "2023-01-01 10:59:59" } do
      objects:create{ name = tostring(i), made = ryx.datetime(at), moment = ryx.datetime(at .. "Z"),
        day = ryx.date(at:sub(1, 10)) }
    end
    objects:create{ name = "none" }
  end)

  local function all(qs)
    local out = {}
    for i, moment in ipairs(qs:all()) do out[i] = tostring(moment) end
    return table.concat(out, " ")
  end

  it("come once and in order, as dates", function()
    assert.equal("2023-01-01 2024-01-01", all(objects:dates("made", "year")))
    assert.equal("2024-12-01 2024-03-01 2023-01-01", all(objects:dates("made", "month", { order = "desc" })))
    assert.equal("2022-12-26 2024-02-26 2024-03-25 2024-12-30", all(objects:dates("day", "week")))
    assert.equal("2024-03-01 2024-03-31", all(objects:filter{ made__month = 3 }:dates("day", "day")))
    assert.equal(2, objects:dates("moment", "year"):count())
    assert.equal("2023-01-01", tostring(objects:dates("made", "year"):first()))
  end)

  it("come as datetimes, in a zone", function()
    assert.equal("2023-01-01T10:00:00 2024-03-01T00:00:00 2024-03-31T22:00:00 2024-12-30T10:00:00",
      all(objects:datetimes("made", "hour")))
    if not db.needs "zone tables" then return end
    assert.equal("2023-01-01T00:00:00 2024-03-01T00:00:00 2024-04-01T00:00:00 2024-12-01T00:00:00",
      all(objects:datetimes("moment", "month", { tz = "Europe/Berlin" })))
  end)

  it("say what is wrong", function()
    for part, fn in pairs{
      ["did you mean \"month\""] = function() return objects:dates("made", "moth") end,
      ["unit is one of day"] = function() return objects:dates("made", "hour") end,
      ["order is"] = function() return objects:dates("made", "day", { order = "DOWN" }) end,
      ["unknown option"] = function() return objects:dates("made", "day", { tz = "UTC" }) end,
      ["no field \"maed\""] = function() return objects:dates("maed", "day") end,
      ["takes date, datetime"] = function() return objects:dates("name", "day") end,
      ["dates after limit"] = function() return objects:limit(1):dates("made", "day") end,
    } do
      local e = db.error_of(fn)
      assert.truthy(tostring(e):find(part, 1, true), tostring(e))
    end
  end)
end)
