-- SPDX-License-Identifier: MIT
-- Lookups of arrays: columns on PostgreSQL, JSON elsewhere, with the same rows.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F, null = ryx.F, ryx.null

local Row = ryx.model("ALRow", {
  name = ryx.CharField{ max_length = 5 },
  ints = ryx.ArrayField(ryx.IntField(), { null = true }),
  words = ryx.ArrayField(ryx.CharField{ max_length = 20, blank = true }, { null = true }),
  prices = ryx.ArrayField(ryx.DecimalField{ max_digits = 6, decimal_places = 2 }, { null = true }),
  flags = ryx.ArrayField(ryx.BooleanField(), { null = true }),
  days = ryx.ArrayField(ryx.DateField(), { null = true }),
  doubles = ryx.ArrayField(ryx.FloatField(), { null = true }),
  n = ryx.IntField{ null = true }, other = ryx.ArrayField(ryx.IntField(), { null = true }),
})
local objects = Row.objects

local ROWS = {
  { name = "a", ints = { 1, 2, 3 }, words = { "x", "Y", "it's" }, prices = { "1.50", "2.00" }, flags = { true },
    days = { "2024-02-29", "1999-12-31" }, doubles = { 0.5, 1e300 }, n = 2, other = { 3, 2, 1 } },
  { name = "b", ints = { 3, 3 }, words = { "X", "", "%" }, prices = { "2" }, flags = { true, false },
    days = { "2024-02-29" },
    doubles = { 1 }, n = 3, other = { 3 } },
  { name = "c", ints = {}, words = {}, prices = {}, flags = {}, days = {}, doubles = {}, n = 1, other = {} },
  { name = "d", ints = { 1, null }, words = { null, "x" }, prices = { null }, flags = { null, false },
    days = { null }, n = 1,
    doubles = { null, 0.5 }, other = { null } },
  { name = "z" },
}

describe("lookups of arrays", function()
  db.use(ryx, { Row })
  setup(function()
    for _, row in ipairs(ROWS) do objects:create(row) end
  end)

  it("contain every item of a list", function()
    rows.check(objects, {
      { { ints__contains = { 1 } }, "a d" }, { { ints__contains = { 3, 1 } }, "a" },
      { { ints__contains = { 3, 3, 3 } }, "a b" },
      { { ints__contains = {} }, "a b c d" }, { { ints__contains = { 9 } }, "" },
      { { ints__contains = { null } }, "" },
      { { ints__contains = { 1, null } }, "" }, { { words__contains = { "x" } }, "a d" },
      { { words__contains = { "X" } }, "b" },
      { { words__contains = { "it's" } }, "a" }, { { words__contains = { "" } }, "b" },
      { { words__contains = { "%" } }, "b" },
      { { prices__contains = { "2.00" } }, "a b" }, { { prices__contains = { ryx.decimal("1.5") } }, "a" },
      { { flags__contains = { false } }, "b d" }, { { days__contains = { "2024-02-29" } }, "a b" },
      { { days__contains = { ryx.date("1999-12-31") } }, "a" }, { { doubles__contains = { 0.5 } }, "a d" },
      { { doubles__contains = { 1 } }, "b" },
    })
  end)

  it("are contained in a list", function()
    rows.check(objects, {
      { { ints__contained_by = { 1, 2, 3, 4 } }, "a b c" }, { { ints__contained_by = { 3 } }, "b c" },
      { { ints__contained_by = {} }, "c" },
      { { ints__contained_by = { 1, null } }, "c" }, { { words__contained_by = { "x", "Y", "it's", "X" } }, "a c" },
      { { prices__contained_by = { "1.5", "2" } }, "a b c" }, { { flags__contained_by = { true } }, "a c" },
      { { days__contained_by = { "2024-02-29" } }, "b c" },
    })
  end)

  it("share an item with a list", function()
    rows.check(objects, {
      { { ints__overlap = { 2, 9 } }, "a" }, { { ints__overlap = { 3, 1 } }, "a b d" },
      { { ints__overlap = {} }, "" },
      { { ints__overlap = { null } }, "" }, { { ints__overlap = { null, 3 } }, "a b" },
      { { words__overlap = { "y", "Y" } }, "a" },
      { { words__overlap = { "", "z" } }, "b" }, { { prices__overlap = { "1.50" } }, "a" },
      { { flags__overlap = { false } }, "b d" },
      { { days__overlap = { "1999-12-31", "1999-12-30" } }, "a" }, { { doubles__overlap = { 1e300 } }, "a" },
    })
  end)

  it("have an item", function()
    rows.check(objects, {
      { { ints__any = 3 }, "a b" }, { { words__any = "x" }, "a d" }, { { words__any = "%" }, "b" },
      { { flags__any = true }, "a b" },
      { { days__any = "2024-02-29" }, "a b" }, { { prices__any = "2" }, "a b" }, { { doubles__any = 1e300 }, "a" },
    })
  end)

  it("are equal or not, and there or not", function()
    rows.check(objects, {
      { { ints = { 1, 2, 3 } }, "a" }, { { ints = { 3, 2, 1 } }, "" }, { { ints = {} }, "c" },
      { { ints = { 1, null } }, "d" },
      { { words = { "x", "Y", "it's" } }, "a" }, { { prices = { "1.5", "2" } }, "a" },
      { { ints__isnull = true }, "z" }, { { ints = null }, "z" },
      { { ints = F"ints" }, "a b c d" }, { { ints = F"other" }, "c" }, { { days = { "2024-02-29" } }, "b" },
      { { flags = { true, false } }, "b" },
    })
  end)

  it("have a length and items by position from 0", function()
    rows.check(objects, {
      { { ints__len = 3 }, "a" }, { { ints__len__gte = 2 }, "a b d" }, { { ints__len__in = { 0, 2 } }, "b c d" },
      { { ints__len = 0 }, "c" },
      { { ints__len__isnull = true }, "z" }, { { ints__len = F"n" + 1 }, "a d" }, { { ints__0 = 1 }, "a d" },
      { { ints__0__gt = 1 }, "b" },
      { { ints__1 = null }, "c d z" }, { { ints__2 = 3 }, "a" }, { { ints__2__isnull = false }, "a" },
      { { ints__7__gt = 0 }, "" },
      { { words__0 = "x" }, "a" }, { { words__0__icontains = "X" }, "a b" }, { { words__1__startswith = "x" }, "d" },
      { { words__2 = "%" }, "b" },
      { { prices__0 = "1.5" }, "a" }, { { prices__0__gte = 2 }, "b" }, { { flags__0 = true }, "a b" },
      { { flags__1 = false }, "b d" },
      { { days__0__year = 2024 }, "a b" }, { { days__1__lt = "2000-01-01" }, "a" },
      { { doubles__0__lt = 0.75 }, "a" }, { { ints__0 = F"n" }, "b d" },
      { { doubles__1 = 1e300 }, "a" }, { { words__1__length = 0 }, "b" }, { { words__0__in = { "x", "X" } }, "a b" },
    })
  end)

  it("compare with other arrays", function()
    rows.check(objects, {
      { { ints__contains = F"other" }, "a b c" }, { { ints__contained_by = F"other" }, "a b c" },
      { { ints__overlap = F"other" }, "a b" },
    })
  end)

  it("give their items and lengths", function()
    local row = objects:filter{ name = "a" }:values("ints__1", "ints__len", "words__2", "prices__0", "days__1",
      "flags__0"):first()
    assert.equal(2, row.ints__1)
    assert.equal(3, row.ints__len)
    assert.equal("it's", row.words__2)
    assert.equal("1.50", tostring(row.prices__0))
    assert.equal("1999-12-31", tostring(row.days__1))
    assert.is_true(row.flags__0)
    assert.same({ "z", "c", "b", "d", "a" },
      objects:order_by("ints__len", "name"):values_list("name", { flat = true }):all())
  end)

  it("refuse what is no list, or a list of something else", function()
    rows.refused{
      { function() return objects:filter{ ints__contains = 1 } end, "misuse", "ints__contains", "list" },
      { function() return objects:filter{ words__overlap = "x" } end, "misuse", "words__overlap", "list" },
      { function() return objects:filter{ ints__any = { 1 } } end, "misuse", "ints__any", "overlap" },
      { function() return objects:filter{ ints__contains = { "x" } }:all() end, "validation", "ints" },
      { function() return objects:filter{ ints__contains = { a = 1 } }:all() end, "validation", "ints" },
      { function() return objects:filter{ ints__gt = { 1 } } end, "field_error", "ints", "gt" },
      { function() return objects:filter{ ints = 1 }:all() end, "validation", "ints" },
      { function() return objects:filter{ ints__len = "x" }:all() end, "validation" },
      { function() return objects:filter{ ints__x = 1 } end, "field_error", "ALRow.ints", "x" },
      { function() return objects:filter{ ints__contains = F"words" } end, "field_error", "ints__contains" },
      { function() return objects:filter{ ints__contains = F"n" } end, "field_error", "ints__contains" },
      { function() return objects:filter{ ints__0__contains = "x" } end, "field_error", "contains" },
      { function() return objects:filter{ ints__any = null } end, "misuse", "ints__any" },
      { function() return objects:filter{ ints__in = { { 1 } } } end, "field_error", "in" },
    }
  end)
end)
