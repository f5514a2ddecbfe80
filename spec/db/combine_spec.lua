-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F, Count, Sum = ryx.F, ryx.Count, ryx.Sum

local m = shop.models(ryx, "Cb")
local posts, authors = m.Post.objects, m.Author.objects
local Event = ryx.model("CbEvent", { day = ryx.DateField{}, at = ryx.DateTimeField{}, off = ryx.DateField{ null = true } })

local function titles(qs) return shop.list(qs, "title") end

describe("set operations", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  local low, high = posts:filter{ views__lte = 20 }, posts:filter{ views__gte = 20 }

  it("unite, intersect and subtract objects", function()
    assert.equal("a b c d e", titles(low:union(high):order_by("title")))
    assert.equal("b", titles(low:intersection(high)))
    assert.equal("a", titles(low:difference(high)))
    assert.equal("c d e", titles(posts:difference(low):order_by("id")))
  end)

  it("take several querysets at once, and one another", function()
    local one = posts:filter{ views = 10 }
    assert.equal("a b c", titles(one:union(posts:filter{ views = 20 }, posts:filter{ views = 30 }):order_by("id")))
    assert.equal("a b", titles(one:union(low:difference(one)):order_by("id")))
  end)

  it("are grouped by row where an aggregate joins", function()
    local both = low:union(high):filter{ tags__name__in = { "red", "blue" } }:annotate{ n = Count("tags") }
    assert.equal("a1 b1 c2 d1 e1", shop.list(both:annotate{ x = F"title" .. ryx.Cast("n", "text") }:order_by("id"), "x"))
  end)

  it("of none() have the rows of the others", function()
    local none, one = posts:none(), posts:filter{ views = 10 }
    assert.equal("a", titles(none:union(one)))
    assert.equal("a b", titles(none:union(none, low):order_by("title")))
    assert.equal(1, none:union(one):count())
    assert.is_true(none:union(one):exists())
    assert.equal("a", none:union(one):first().title)
    assert.equal(10, none:union(one):aggregate{ s = Sum("views") }.s)
    assert.equal("a", titles(one:union(none)))
    assert.equal("a", titles(posts:filter{ pk__in = none:union(one):values("pk") }))
    assert.equal("a b", titles(low:difference(none):order_by("title")))
    assert.equal("", titles(none:union(one):none()))
    assert.same({}, db.sql_of(ryx, function()
      assert.equal("", titles(none:union(none)))
      assert.equal("", titles(one:intersection(none)))
      assert.equal("", titles(none:difference(one)))
      assert.equal(0, none:intersection(one):count())
    end))
  end)

  it("keep equal rows with all", function()
    local ids = posts:values_list("author", { flat = true })
    assert.equal(3, ids:union(ids):count())
    assert.equal(10, ids:union(ids, { all = true }):count())
  end)

  it("intersect and subtract with all where the database can", function()
    local ids = posts:values_list("author", { flat = true })
    local both = ids:intersection(ids, { all = true })
    if db.needs "INTERSECT ALL" then
      assert.equal(5, both:count())
      assert.equal(0, ids:difference(ids, { all = true }):count())
    else
      local e = db.error_of(function() both:count() end)
      assert.equal("unsupported", e.kind)
      assert.truthy(e.message:find("INTERSECT ALL", 1, true))
    end
  end)

  it("order and cut parts and the whole", function()
    local ends = posts:order_by("-views"):limit(2):union(posts:order_by("views"):limit(1))
    assert.equal("e d a", titles(ends:order_by("-views")))
    assert.equal("d", titles(ends:order_by("-views"):slice(2, 2)))
    assert.equal("a", ends:order_by("views"):first().title)
    assert.equal("e", ends:order_by("views"):last().title)
  end)

  it("filter, annotate, join and count what they give", function()
    local both = posts:filter{ views = 10 }:union(posts:filter{ views__gte = 40 })
    assert.equal("d", titles(both:filter{ views__gt = 10, author__isnull = false }))
    assert.equal("a", titles(both:filter{ author__name = "Ann" }))
    assert.equal("e d", titles(both:annotate{ n = F"views" + 1 }:filter{ n__gt = 40 }:order_by("-n")))
    assert.equal(3, both:count())
    assert.is_true(both:exists())
    assert.same({ total = 100 }, both:aggregate{ total = Sum("views") })
  end)

  it("combine values of different models", function()
    local rows = posts:values("title", { n = F"views" }):union(authors:values("name", { n = F"id" * 100 }))
      :order_by("-n"):limit(2):all()
    assert.same({ { title = "Cyd", n = rows[1].n }, { title = "Ben", n = rows[2].n } }, rows)
    assert.same({ "a", "Ann" }, posts:filter{ views = 10 }:values_list("title", { flat = true })
      :union(authors:filter{ name = "Ann" }:values_list("name", { flat = true })):order_by("-title"):all())
  end)

  it("combine groups", function()
    local counts = posts:values("author__name"):annotate{ n = Count("id") }
    assert.equal(3, counts:union(counts):count())
    assert.equal(2, counts:union(counts):filter{ n = 2 }:count())
  end)

  it("are written to by key", function()
    db.tables(ryx, m)
    shop.fill(ryx, m)
    assert.equal(2, posts:filter{ views = 10 }:union(posts:filter{ views = 50 }):update{ note = "ends" })
    assert.equal("a e", titles(posts:filter{ note = "ends" }:order_by("id")))
    assert.equal(2, posts:filter{ views = 10 }:union(posts:filter{ views = 50 }):delete())
    assert.equal(3, posts:count())
    db.tables(ryx, m)
    shop.fill(ryx, m)
  end)

  it("refuse what has not the same columns", function()
    for _, fn in ipairs{
      function() return posts:union(authors) end,
      function() return posts:union(posts:values("title")) end,
      function() return posts:values("title"):union(posts:values("views")) end,
      function() return posts:values("title"):union(posts:values("title", "views")) end,
      function() return posts:union() end,
      function() return posts:union({ 1 }) end,
      function() return posts:union(posts, { every = true }) end,
    } do
      local e = db.error_of(fn)
      assert.is_true(e.kind == "misuse" or e.kind == "field_error", tostring(e))
    end
    local e = db.error_of(function()
      local both = posts:union(authors)
      return both
    end)
    assert.truthy(e.where:find("combine_spec.lua", 1, true), e.where)
  end)
end)

describe("set operations of days and moments", function()
  db.use(ryx, { Event })
  setup(function() Event.objects:create{ day = "2024-01-02", at = "2024-01-02 10:00" } end)

  it("have none of one that an other part cannot have", function()
    local day, off = Event.objects:values("day"), Event.objects:values("off")
    for _, case in ipairs{ { "day", day:intersection(off) }, { "off", off:intersection(day) },
      { "day", day:difference(off) }, { "off", off:difference(day) }, { "off", off:union(day) },
      { "day", day:union(off) } } do
      local name, both = case[1], case[2]
      local missing = both:filter{ [name] = ryx.null }
      assert.equal(0, Event.objects:filter{ day__in = missing:order_by(name):limit(3) }:count())
      assert.equal(0, Event.objects:filter{ day__in = missing }:count())
    end
  end)

  it("ask whether there is one", function()
    local all = Event.objects:union(Event.objects)
    for _, name in ipairs{ "day", "at" } do
      assert.equal(0, all:filter{ [name .. "__isnull"] = true }:count())
      assert.equal(1, all:filter{ [name .. "__isnull"] = false }:count())
      assert.equal(0, all:exclude{ [name .. "__isnull"] = false }:count())
      assert.equal(0, all:filter{ [name] = ryx.null }:count())
    end
    assert.equal(1, all:filter{ off__isnull = true }:count())
  end)
end)
