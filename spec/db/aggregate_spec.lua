-- SPDX-License-Identifier: MIT
-- Aggregates: on instances, by groups, constrained, ordered; two relations never
-- multiply each other. On the rows of support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, V, null = ryx.F, ryx.Q, ryx.Value, ryx.null
local Count, Sum, Avg, Min, Max = ryx.Count, ryx.Sum, ryx.Avg, ryx.Min, ryx.Max
local Author, Book, Tag, Publisher = library.Author, library.Book, library.Tag, library.Publisher

local function show(v)
  if v == nil or v == null then return "-" end
  if type(v) == "number" then return ("%.6g"):format(v) end
  if type(v) == "table" then
    local out = {}
    for i, item in ipairs(v) do out[i] = show(item) end
    return "[" .. table.concat(out, ",") .. "]"
  end
  return tostring(v)
end

-- "name=x ..." in the order of names.
local function each(objects, e)
  local out = {}
  for i, row in ipairs(objects:annotate{ x = e }:order_by("name"):values("name", "x", { null = null }):all()) do
    out[i] = row.name .. "=" .. show(row.x)
  end
  return table.concat(out, " ")
end

-- The columns of rows in order: "a:1 b:2"
local function table_of(qs, ...)
  local out = {}
  for i, row in ipairs(qs:values_list(...):all()) do
    local parts = {}
    for k = 1, #row do parts[k] = show(row[k]) end
    out[i] = table.concat(parts, ":")
  end
  return table.concat(out, " ")
end

local function groups(qs, ...)
  return table_of(qs:order_by((...)), ...)
end

describe("aggregates on instances", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("count and add up what a relation holds", function()
    assert.equal("ann=2 ben=1 cleo=0 dan=2", each(Author.objects, Count("books")))
    assert.equal("ann=2 ben=1 cleo=0 dan=2", each(Author.objects, Count("books__id")))
    assert.equal("ann=2 ben=1 cleo=0 dan=2", each(Author.objects, Count("books.id")))
    assert.equal("ann=300 ben=300 cleo=- dan=450", each(Author.objects, Sum("books__pages")))
    assert.equal("ann=300 ben=300 cleo=0 dan=450", each(Author.objects, Sum("books__pages", { default = 0 })))
    assert.equal("ann=150 ben=300 cleo=- dan=225", each(Author.objects, Avg("books__pages")))
    assert.equal("ann=10.00 ben=- cleo=- dan=5.50", each(Author.objects, Min("books__price")))
    assert.equal("ann=bees ben=cats cleo=- dan=eels", each(Author.objects, Max("books__name")))
    assert.equal("alps=2 bees=1 cats=2 dogs=0 eels=1", each(Book.objects, Count("tags")))
    assert.equal("blue=2 green=1 red=3", each(Tag.objects, Count("books")))
    assert.equal("north=2 south=1", each(Publisher.objects, Count("authors")))
    assert.equal("north=3 south=0", each(Publisher.objects, Count("authors__books")))
    assert.equal("ann=3 ben=2 cleo=0 dan=1", each(Author.objects, Count("books__tags")))
    assert.equal("ann=2 ben=2 cleo=0 dan=1", each(Author.objects, Count("books__tags", { distinct = true })))
    assert.equal("ann=2 ben=0 cleo=1 dan=0", each(Author.objects, Count("pupils")))
  end)

  it("of nothing are what they are of no rows", function()
    local none = Book.objects:none()
    local asked = { s = Sum("pages", { default = 7 }), d = Sum("price", { default = 1 }), n = Count() + 1,
      m = Max("pages"), c = ryx.Coalesce(Max("pages"), 3), w = ryx.StringAgg("name", ",", { default = "-" }) }
    local of_no_rows = Book.objects:filter{ pages = -1 }:aggregate(asked)
    assert.equal(7, of_no_rows.s)
    assert.equal("1.00", tostring(of_no_rows.d))
    for name, v in pairs(of_no_rows) do assert.equal(tostring(v), tostring(none:aggregate(asked)[name])) end
    assert.is_nil(none:aggregate(asked).m)
    assert.same({}, db.sql_of(ryx, function()
      assert.same({ n = 0 }, none:aggregate{ n = Count(), s = Sum("pages") })
    end))
  end)

  it("never multiply each other", function()
    local list = Book.objects:annotate{ tags_n = Count("tags"), reviews_n = Count("reviews"),
      stars = Sum("reviews__stars") }:order_by("name")
    assert.equal("alps:2:2:6 bees:1:0:- cats:2:1:3 dogs:0:2:9 eels:1:0:-",
      table_of(list, "name", "tags_n", "reviews_n", "stars"))
    assert.equal("dogs", rows.names(list:filter{ tags_n__lt = F"reviews_n" }))
    assert.equal("bees cats eels", rows.names(list:filter{ tags_n__gt = F"reviews_n" }))
    local authors = Author.objects:annotate{ b = Count("books"), r = Count("books__reviews"),
      t = Count("books__tags"), p = Count("pupils") }
    assert.equal("ann:2:2:3:2 ben:1:1:2:0 cleo:0:0:0:1 dan:2:2:1:0",
      table_of(authors:order_by("name"), "name", "b", "r", "t", "p"))
  end)

  it("are had by instances", function()
    local ann = Author.objects:annotate{ n = Count("books"), most = Max("books__pages") }:get{ name = "ann" }
    assert.equal(2, ann.n)
    assert.equal(200, ann.most)
    assert.equal("ann", ann.name)
    ann:save()
    assert.is_nil(Author.objects:annotate{ most = Max("books__pages") }:get{ name = "cleo" }.most)
  end)

  it("take a filter, one each", function()
    assert.equal("ann=1 ben=1 cleo=0 dan=0",
      each(Author.objects, Count("books", { filter = Q{ books__year = 2001 } })))
    assert.equal("ann=2 ben=0 cleo=0 dan=1",
      each(Author.objects, Count("books", { filter = Q{ books__tags__name = "red" } })))
    assert.equal("ann=200 ben=300 cleo=- dan=400",
      each(Author.objects, Sum("books__pages", { filter = Q{ books__pages__gt = 100 } })))
    assert.equal("ann=1 ben=1 cleo=0 dan=2",
      each(Author.objects, Count("books", { filter = -Q{ books__year = 2002 } })))
    local both = Author.objects:annotate{ old = Count("books", { filter = Q{ books__year = 2001 } }),
      new = Count("books", { filter = Q{ books__year__gt = 2001 } }) }
    assert.equal("ann:1:1 ben:1:0 cleo:0:0 dan:0:1", table_of(both:order_by("name"), "name", "old", "new"))
    assert.equal("ann=2 ben=0 cleo=0 dan=0", each(Author.objects, Count("books", { filter = Q{ name = "ann" } })))
  end)

  it("ask further relations of a filter apart, so that it multiplies nothing", function()
    local function n(filter) return each(Author.objects, Count("books", { filter = filter })) end
    assert.equal("ann=2 ben=1 cleo=0 dan=1", n(Q{ books__tags__name__in = { "red", "blue", "green" } }))
    assert.equal("ann=0 ben=1 cleo=0 dan=1", n(-Q{ books__tags__name = "red" }))
    assert.equal("ann=1 ben=0 cleo=0 dan=1", n(Q{ books__reviews__stars = 5 }))
    assert.equal("ann=2 ben=0 cleo=0 dan=0", n(Q{ pupils__name = "ben" }))
    assert.equal("ann=300 ben=0 cleo=0 dan=0", each(Author.objects, Sum("books__pages", {
      filter = Q{ pupils__name__in = { "ben", "cleo" } }, default = 0 })))
    assert.equal("ann=100 ben=300 cleo=- dan=-",
      each(Author.objects, Sum(ryx.Case{ ryx.When({ books__year = 2001 }, F"books__pages") })))
    assert.equal("ann=200 ben=- cleo=- dan=450",
      each(Author.objects, Sum(ryx.Case{ ryx.When(-Q{ books__year = 2001 }, F"books__pages") })))
  end)

  it("are worked out over all rows by aggregate", function()
    assert.same({ n = 5, pages = 1050, most = 400 },
      Book.objects:aggregate{ n = Count("*"), pages = Sum("pages"), most = Max("pages") })
    assert.same({ b = 5, p = 3, r = 5 },
      Author.objects:aggregate{ b = Count("books"), p = Count("pupils"), r = Count("books__reviews") })
    assert.same({ n = 2 }, Author.objects:aggregate{ n = Count("books", { filter = Q{ books__year = 2001 } }) })
    assert.same({ n = 3 }, Book.objects:filter{ tags__name = "red" }:aggregate{ n = Count() })
    assert.same({ avg = 1.25 }, Author.objects:annotate{ n = Count("books") }:aggregate{ avg = Avg("n") })
    assert.same({ n = 2 }, Book.objects:order_by("pages"):limit(2):aggregate{ n = Count() })
    assert.same({ n = 0 }, Book.objects:filter{ pages = 0 }:aggregate{ n = Count(), s = Sum("pages") })
    assert.same({ n = 3 }, Book.objects:values("author"):distinct():aggregate{ n = Count() })
  end)

  it("are constrained by a filter before them that uses the path, and not by one after", function()
    assert.equal("ann=1 ben=1", each(Author.objects:filter{ books__year = 2001 }, Count("books")))
    assert.equal("ann:2 ben:1",
      table_of(Author.objects:annotate{ n = Count("books") }:filter{ books__year = 2001 }:order_by("name"), "name",
        "n"))
    assert.equal("ann=100 ben=300", each(Author.objects:filter{ books__year = 2001 }, Sum("books__pages")))
    assert.equal("ann:1:2 ben:1:0",
      table_of(Author.objects:filter{ books__year = 2001 }:annotate{ n = Count("books"),
        p = Count("pupils") }:order_by("name"), "name", "n", "p"))
    assert.equal("ann=2 ben=1", each(Author.objects:filter{ name__lt = "c" }, Count("books")))
    local two = Author.objects:filter{ books__year = 2001 }:annotate{ n = Count("books"),
      r = Count("books__reviews"), t = Count("books__tags") }
    assert.equal("ann:1:2:2 ben:1:1:2", table_of(two:order_by("name"), "name", "n", "r", "t"))
    assert.equal("ann:2", table_of(two:filter{ r = 2 }, "name", "r"))
    assert.equal(2, two:count())
    two = Author.objects:filter{ books__year = 2001 }:annotate{ r = Count("books__reviews"), z = Count("books"),
      p = Sum("books__pages") }
    assert.equal("ann:2:1:100 ben:1:1:300", table_of(two:order_by("name"), "name", "r", "z", "p"))
    assert.equal("cleo=0 dan=2", each(Author.objects:exclude{ books__year = 2001 }, Count("books")))
  end)

  it("are filtered and ordered by", function()
    local qs = Author.objects:annotate{ n = Count("books"), p = Sum("books__pages") }
    rows.check(qs, {
      { { n = 2 }, "ann dan" }, { { n__gt = 0 }, "ann ben dan" }, { { n__in = { 0, 1 } }, "ben cleo" },
      { { p__isnull = true }, "cleo" },
      { { n = 2, p__gt = 300 }, "dan" }, { Q{ n = 0 } + Q{ name = "ann" }, "ann cleo" }, { -Q{ n = 2 }, "ben cleo" },
      { { p = F"n" * 150 }, "ann" },
    })
    assert.equal("dan ann ben cleo",
      table.concat(qs:order_by("-n", "-p"):values_list("name", { flat = true }):all(), " "))
    assert.equal("cleo ann ben dan",
      table.concat(qs:order_by(F"p":asc{ nulls = "first" }, "name"):values_list("name", { flat = true }):all(), " "))
    assert.equal(2, qs:filter{ n = 2 }:count())
    assert.is_false(qs:filter{ n = 7 }:exists())
    assert.equal("ann", qs:filter{ n = 2 }:order_by("name"):first().name)
  end)

  it("stand in expressions", function()
    assert.equal("ann=3 ben=2 cleo=1 dan=3", each(Author.objects, Count("books") + 1))
    assert.equal("ann=150 ben=300 cleo=- dan=225", each(Author.objects, Sum("books__pages") / Count("books")))
    assert.equal("ann=many ben=one cleo=none dan=many", each(Author.objects:annotate{ n = Count("books") }, ryx.Case{
      ryx.When({ n = 0 }, "none"), ryx.When({ n = 1 }, "one"), default = "many" }))
    assert.equal("ann=0 ben=0 cleo=-1 dan=0", each(Author.objects, ryx.Coalesce(Sum(F"books__pages" * 0), -1)))
    assert.equal("ann=60 ben=60 cleo=- dan=90", each(Author.objects, Sum(F"books__pages" / 5)))
  end)
end)

describe("aggregates of groups", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("group by what values() says before them", function()
    assert.equal("ann:2:300 ben:1:300 dan:2:450",
      groups(Book.objects:values("author__name"):annotate{ n = Count("id"), p = Sum("pages") }, "author__name", "n",
        "p"))
    assert.equal("-:1 2001:2 2002:1 2003:1",
      groups(Book.objects:values("year"):annotate{ n = Count("*") }, "year", "n"))
    assert.equal("-:1 2001:2 2002:1 2003:1", groups(Book.objects:values("year"):annotate{ n = Count() }, "year", "n"))
    assert.equal("2001:ann:1 2001:ben:1",
      table_of(Book.objects:filter{ year = 2001 }:values("year", "author__name"):annotate{ n = Count() }
      :order_by("author__name"), "year", "author__name", "n"))
    assert.equal("blue:2 green:1 red:3",
      groups(Book.objects:filter{ tags__isnull = false }:values("tags__name"):annotate{ n = Count() }, "tags__name",
        "n"))
    assert.equal("-:1 blue:2 green:1 red:3",
      groups(Book.objects:values("tags__name"):annotate{ n = Count() }, "tags__name", "n"))
    assert.equal("-:2 north:3 south:0",
      groups(Author.objects:values("publisher__name"):annotate{ n = Count("books") }, "publisher__name", "n"))
  end)

  it("group by expressions", function()
    assert.equal("0:2 1:2", groups(Book.objects:filter{ pages__gt = 50 }:values({ even = F"pages" / 100 % 2 })
      :annotate{ n = Count() }, "even", "n"))
    assert.equal("A:2 B:1 C:2 E:1", groups(Book.objects:filter{ tags__isnull = false }
      :values({ k = ryx.Upper(ryx.Left("name", 1)) }):annotate{ n = Count() }, "k", "n"))
    local size = ryx.Case{ ryx.When({ pages__gte = 200 }, "big"), default = "small" }
    assert.equal("big:3:900 small:2:150",
      groups(Book.objects:values({ size = size }):annotate{ n = Count(), p = Sum("pages") }, "size", "n", "p"))
    assert.equal("big:3 small:2",
      groups(Book.objects:annotate{ size = size }:values("size"):annotate{ n = Count() }, "size", "n"))
  end)

  it("filter groups by HAVING", function()
    local by = Book.objects:values("author__name"):annotate{ n = Count(), p = Sum("pages") }
    assert.equal("ann:2 dan:2", groups(by:filter{ n__gte = 2 }, "author__name", "n"))
    assert.equal("dan:2", groups(by:filter{ n__gte = 2, p__gt = 300 }, "author__name", "n"))
    assert.equal("ben:1 dan:2", groups(by:filter(Q{ n = 1 } + Q{ author__name = "dan" }), "author__name", "n"))
    assert.equal("ben:1", groups(by:exclude{ n = 2 }, "author__name", "n"))
    assert.equal("ann:1 ben:1", groups(by:filter{ year__lt = 2002 }, "author__name", "n"))
    assert.equal(2, by:filter{ n__gte = 2 }:count())
    assert.equal(3, by:count())
    assert.equal("dan ann ben",
      table.concat(by:order_by("-p", "author__name"):values_list("author__name", { flat = true }):all(), " "))
    assert.equal("450", table_of(by:order_by("-p"):limit(1), "p"))
  end)

  it("count values once with distinct", function()
    assert.equal("ann:2:2 ben:1:2 dan:1:1", groups(Book.objects:filter{ tags__isnull = false }:values("author__name")
      :annotate{ b = Count("id", { distinct = true }), t = Count("tags", { distinct = true }) }, "author__name", "b",
      "t"))
    assert.equal("3", show(Book.objects:values({ k = V(1) }):annotate{ y = Count("year",
      { distinct = true }) }:first().y))
    local sums = Book.objects:values({ k = V(1) }):annotate{ p = Sum("price", { distinct = true }),
      q = Sum("price") }:first()
    assert.equal("35.50 41.00", tostring(sums.p) .. " " .. tostring(sums.q))
  end)

  it("apart from relations that others use", function()
    local by = Book.objects:values("author__name"):annotate{ n = Count(), t = Count("tags"),
      s = Sum("reviews__stars") }
    assert.equal("ann:2:3:6 ben:1:2:3 dan:2:1:9", groups(by, "author__name", "n", "t", "s"))
    assert.equal("ann:2:3:6", groups(by:filter{ t = 3 }, "author__name", "n", "t", "s"))
  end)

  it("never multiply along one relation either", function()
    local by = Author.objects:values("publisher__name"):annotate{ a = Count(), b = Count("books"),
      c = Count("books__reviews"), p = Sum("books__pages") }
    assert.equal("-:1:2:2:450 north:2:3:3:600 south:1:0:0:-", groups(by, "publisher__name", "a", "b", "c", "p"))
    by = Author.objects:values("publisher__name"):annotate{ a = Count("books__reviews"), b = Count("books"),
      c = Count() }
    assert.equal("-:2:2:1 north:3:3:2 south:0:0:1", groups(by, "publisher__name", "a", "b", "c"))
    assert.equal("north:3:3:2", groups(by:filter{ a__gt = 2, b = 3 }, "publisher__name", "a", "b", "c"))
    assert.same({ a = 5, b = 5, c = 4, s = 9 },
      Author.objects:aggregate{ a = Count("books__reviews"), b = Count("books"), c = Count(),
      s = Count("books") + Count("*") })
  end)

  it("drop Meta.ordering and take another order", function()
    assert.equal("dan:2 ann:2 ben:1",
      table_of(Book.objects:values("author__name"):annotate{ n = Count() }:order_by("-n", "-author__name"),
        "author__name", "n"))
  end)
end)

describe("aggregates that collect", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("join texts", function()
    assert.equal("ann=alps,bees ben=cats cleo=- dan=dogs,eels",
      each(Author.objects, ryx.StringAgg("books__name", ",", { order_by = "books__name" })))
    assert.equal("ann=bees; alps ben=cats cleo=- dan=eels; dogs",
      each(Author.objects, ryx.StringAgg("books__name", "; ", { order_by = "-books__name" })))
    assert.equal("ann=blue'red ben=blue'green cleo=- dan=red",
      each(Author.objects, ryx.StringAgg("books__tags__name", "'",
        { distinct = true, order_by = "books__tags__name" })))
    assert.equal("ann=bees ben= cleo= dan=dogs",
      each(Author.objects, ryx.StringAgg("books__name", ",", { filter = Q{ books__year__gt = 2001 }, default = "" })))
    assert.equal("ann=100,200 ben=300 cleo=- dan=400,50",
      each(Author.objects, ryx.StringAgg("books__pages", ",", { order_by = "books__name" })))
  end)

  it("make arrays", function()
    assert.equal("ann=[100,200] ben=[300] cleo=- dan=[50,400]",
      each(Author.objects, ryx.ArrayAgg("books__pages", { order_by = "books__pages" })))
    assert.equal("ann=[alps,bees] ben=[cats] cleo=- dan=[dogs,eels]",
      each(Author.objects, ryx.ArrayAgg("books__name", { order_by = "books__name" })))
    assert.equal("ann=[2001,2002] ben=[2001] cleo=- dan=[2003,-]",
      each(Author.objects, ryx.ArrayAgg("books__year", { order_by = "books__name" })))
    assert.equal("ann=[10.00,20.00] ben=[-] cleo=- dan=[5.50,5.50]",
      each(Author.objects, ryx.ArrayAgg("books__price", { order_by = "books__name" })))
  end)

  it("make documents", function()
    assert.equal("ann=[alps,bees] ben=[cats] cleo=- dan=[dogs,eels]",
      each(Author.objects, ryx.JSONAgg("books__name", { order_by = "books__name" })))
    local ann = Author.objects:annotate{ x = ryx.JSONAgg(ryx.JSONObject("n", "books__name", "p", "books__pages"),
      { order_by = "books__name" }) }:get{ name = "ann" }
    assert.same({ { n = "alps", p = 100 }, { n = "bees", p = 200 } }, ann.x)
  end)

  it("spread and decide", function()
    assert.equal("ann=50 ben=0 cleo=- dan=175", each(Author.objects, ryx.StdDev("books__pages")))
    assert.equal("ann=5000 ben=- cleo=- dan=61250",
      each(Author.objects, ryx.Variance("books__pages", { sample = true })))
    assert.equal("ann=false ben=true cleo=- dan=false", each(Author.objects, ryx.BoolAnd(Q{ books__year = 2001 })))
    assert.equal("ann=true ben=true cleo=- dan=false", each(Author.objects, ryx.BoolOr(Q{ books__year = 2001 })))
  end)
end)

describe("misuse of aggregates", function()
  db.use(ryx, library.models)

  it("is refused", function()
    local annotated = Author.objects:annotate{ n = Count("books") }
    rows.refused{
      { function() return Author.objects:annotate{ x = Sum(Count("books")) } end, "field_error", "Sum", "aggregate" },
      { function() return Author.objects:filter(Count("books"):gt(1)) end, "field_error", "Count" },
      { function() return Author.objects:annotate{ name = Count("books") } end, "field_error", "name" },
      { function() return annotated:annotate{ n = Count("pupils") } end, "field_error", "n" },
      { function() return Author.objects:annotate{ x = Count("boks") } end, "field_error", "boks", "books" },
      { function() return Author.objects:annotate{ x = Sum("name") } end, "field_error", "Sum", "text" },
      { function() return Count("id", { dist = true }) end, "misuse", "dist", "distinct" },
      { function() return Sum() end, "misuse", "Sum" },
      { function() return Author.objects:annotate{ x = ryx.StdDev("id", { distinct = true }) } end, "field_error",
        "DISTINCT" },
      { function() return Author.objects:annotate{ x = ryx.StringAgg("name", 5) } end, "field_error", "separator" },
      { function() return Author.objects:annotate{} end, "misuse", "nothing" },
      { function() return Author.objects:annotate{ Count("books") } end, "misuse", "name" },
      { function() return Author.objects:annotate("x") end, "misuse", "annotate" },
      { function() return Count("books", { filter = {} }) end, "misuse", "empty" },
      { function() return Author.objects:order_by(Count("books")) end, "field_error", "Count" },
      { function() return Author.objects:values({ x = Count("books") }) end, "field_error", "Count" },
    }
  end)
end)
