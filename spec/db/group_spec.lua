-- SPDX-License-Identifier: MIT
-- What rows are grouped by, whatever it is: sub-queries, conditions, windows, aggregates. What a
-- group or distinct rows hold, and what they can be ordered by. On the rows of support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, V, W = ryx.F, ryx.Q, ryx.Value, ryx.Window
local unpack = table.unpack or unpack -- luacheck: ignore
local Count, Sum, Min = ryx.Count, ryx.Sum, ryx.Min
local OuterRef, Subquery, Exists = ryx.OuterRef, ryx.Subquery, ryx.Exists
local Author, Book, Review = library.Author, library.Book, library.Review

local Shelf = ryx.model("BShelf", {
  name = ryx.CharField{ max_length = 10 }, book = ryx.ForeignKey(Book, { null = true, related_name = "shelves" }),
  made = ryx.DateField(),
  Meta = { ordering = { "-name" } },
})

local Kin = ryx.model("BKin", {
  score = ryx.IntField(), band = ryx.IntField{ null = true },
  kin = ryx.ForeignKey("self", { null = true, related_name = "kins" }),
})

-- How many rows have each value of an expression: "value:count ..."
local function sizes(objects, e)
  local groups = objects:annotate{ x = e }:values("x"):annotate{ c = Count() }
  local shown = rows.columns(groups:order_by("x"), "x", "c")
  assert.equal(select(2, shown:gsub("%S+", "")), groups:count())
  assert.equal(select(2, shown:gsub("%S+", "")), #groups:all())
  assert.equal(objects:count(), groups:aggregate{ all = Sum("c", { default = 0 }) }.all)
  assert.equal(shown ~= "", groups:exists())
  return shown
end

local N_BOOKS = Subquery(Book.objects:filter{ author = OuterRef("pk") }:values("author"):annotate{ n = Count() }
  :values("n"))
local HAS_BOOKS = Exists(Book.objects:filter{ author = OuterRef("pk") })

describe("groups", function()
  local models = { Shelf, Kin }
  for i, model in ipairs(library.models) do table.insert(models, i, model) end
  db.use(ryx, models)
  setup(function()
    local made = library.fill()
    for _, s in ipairs{ { "p", "dogs", "2024-01-05" }, { "q", "alps", "2024-01-20" }, { "r", nil, "2024-02-01" },
      { "s", "bees", "2024-02-10" } } do
      Shelf.objects:create{ name = s[1], book = made[s[2]], made = s[3] }
    end
  end)

  it("are of whatever a query works out for a row", function()
    assert.equal("0:1 1:1 2:2", sizes(Author.objects, Count("books")))
    assert.equal("-:1 1:1 2:2", sizes(Author.objects, N_BOOKS))
    assert.equal("false:1 true:3", sizes(Author.objects, HAS_BOOKS))
    assert.equal("few:1 many:2 none:1", sizes(Author.objects, ryx.Case{
      ryx.When(Q(Exists(Book.objects:filter{ author = OuterRef("pk"), pages__gte = 200 })) * -Q{ name = "ben" },
        V"many"),
      ryx.When(HAS_BOOKS, V"few"), default = V"none" }))
    assert.equal("big:3 small:2", sizes(Book.objects, ryx.Case{
      ryx.When({ pk__in = Book.objects:filter{ pages__gte = 200 } }, V"big"), default = V"small" }))
    assert.equal("1:1 2:1 3:1 4:1 5:1", sizes(Book.objects, W(ryx.RowNumber(), { order_by = "name" })))
    assert.equal("1:1 2:2 4:1 5:1", sizes(Book.objects, W(ryx.Rank(), { order_by = "price" }) + 0 * F"pages"))
    assert.equal("-:2 2024-01-01:2 2024-02-01:1", sizes(Book.objects, ryx.TruncMonth(
      Subquery(Shelf.objects:filter{ book = OuterRef("pk") }:order_by("made"):values("made"):limit(1)))))
    assert.equal("0:3 1:1", sizes(Author.objects, ryx.Coalesce(N_BOOKS, 0)
      - Count("books", { filter = Q{ books__pages__gte = 100 } })))
    assert.equal("x:4", sizes(Author.objects, V"x"))
    assert.equal("", sizes(Author.objects:filter{ name = "nobody" }, V"x"))
    assert.equal("", sizes(Author.objects:filter{ name = "nobody" }, Count("books")))
  end)

  it("are of what an aggregate over joined rows gives", function()
    local big = Author.objects:filter{ books__pages__gte = 100 }:annotate{ n = Count("books") }
    assert.equal("1:2:ben 2:1:ann", rows.columns(
      big:values("n"):annotate{ c = Count(), first = Min("name") }:order_by("n"), "n", "c", "first"))
    assert.equal("2:1 1:2", rows.columns(big:order_by("-n"):values("n"):annotate{ c = Count() }, "n", "c"))
    assert.equal("2:ann", rows.columns(
      big:values("n", "name"):annotate{ c = Count() }:filter{ n__gt = 1 }, "n", "name"))
    assert.equal("1:0 2:2", rows.columns(big:values("n"):annotate{ c = Count("pupils") }:order_by("n"), "n", "c"))
    local by_name = big:values("publisher__name", "name"):annotate{ c = Sum("n") }:order_by("publisher__name", "name")
    assert.equal("-:dan:1 north:ann:2 north:ben:1", rows.columns(by_name, "publisher__name", "name", "c"))
    rows.refused{
      { function() return big:values("n"):annotate{ c = Sum("books__pages") } end, "unsupported", "books" },
    }
  end)

  it("of such values are filtered, ordered, cut and aggregated over relations", function()
    local groups = Author.objects:annotate{ n = Count("books") }:values("n"):annotate{ c = Count() }
    assert.equal("2:2", rows.columns(groups:filter{ c__gt = 1 }, "n", "c"))
    assert.equal("1:1 2:2", rows.columns(groups:filter{ n__gt = 0 }:order_by("n"), "n", "c"))
    assert.equal("0:1 2:2", rows.columns(groups:filter(Q{ n = 0 } + Q{ c = 2 }):order_by("n"), "n", "c"))
    assert.equal("2:2 1:1", rows.columns(groups:order_by("-n"):limit(2), "n", "c"))
    assert.equal(2, groups:order_by("-n"):limit(2):count())
    assert.equal(0, groups:first().n)
    assert.equal(2, groups:last().n)
    local over = Author.objects:annotate{ n = Count("books") }:values("n"):annotate{ pages = Sum("books__pages"),
      p = Count("pupils"), more = F"n" * 10 }
    assert.equal("0:-:1:0 1:300:0:10 2:750:2:20", rows.columns(over:order_by("n"), "n", "pages", "p", "more"))
    assert.equal("0:-:1:0", rows.columns(over:filter{ pages__isnull = true }, "n", "pages", "p", "more"))
  end)

  it("of rows that an aggregate has made are ordered with NULL first", function()
    local groups = Shelf.objects:annotate{ x = ryx.Upper("book__name") }:filter{ book__reviews__isnull = true }
      :annotate{ n = Count("book__reviews") }:values("x"):annotate{ c = Count() }
    assert.equal("-", (rows.columns(groups:order_by("x"), "x"):match("^%S+")))
  end)

  it("of a related column's name, of rows that an aggregate has made, are ordered by it", function()
    local made = Shelf.objects:annotate{ n = Count() }:annotate{ x = F"book__name" }:values("x"):annotate{ c = Count() }
    assert.equal("-:1 alps:1 bees:1 dogs:1", rows.columns(made:order_by("x"), "x", "c"))
    assert.equal("dogs:1 bees:1 alps:1 -:1", rows.columns(made:order_by("-x"), "x", "c"))
    assert.equal("bees:1", rows.columns(made:filter{ x = "bees" }, "x", "c"))
  end)

  it("do not depend on the names of what is annotated", function()
    local by_author = Book.objects:values("author")
    local function ranked(name)
      local qs = by_author:annotate{ n = Sum("pages"), [name] = W(ryx.Rank(), { order_by = Sum("pages"):desc() }) }
      return rows.columns(qs:order_by("author"), "n", name)
    end
    assert.equal("300:2 300:2 450:1", ranked("a"))
    assert.equal("300:2 300:2 450:1", ranked("z"))
    for _, name in ipairs{ "a", "z" } do
      rows.refused{ { function() return by_author:annotate{ n = Count(), [name] = F"pages" + 0 } end, "misuse",
        '"' .. name .. '"', "values()" } }
      assert.equal("300:alps", rows.columns(by_author:annotate{ n = Sum("pages"), [name] = ryx.Lower(Min("name")) }
        :order_by("author"):limit(1), "n", name))
    end
  end)

  it("have windows over them, whatever is aggregated", function()
    local by_author = Book.objects:values("author"):annotate{
      years = Count("year", { distinct = true }), area = Sum(F"pages" * F"pages"),
      rank = W(ryx.Rank(), { order_by = F"author":desc() }),
      total = W(Sum(Sum(F"pages" * F"pages")), { order_by = "author", frame = { rows = { -1, 0 } } }) }
    assert.equal("2:50000:3:50000 1:90000:2:140000 1:162500:1:252500",
      rows.columns(by_author:order_by("author"), "years", "area", "rank", "total"))
    assert.equal("1:162500:1:252500 1:90000:2:140000",
      rows.columns(by_author:order_by("rank"):limit(2), "years", "area", "rank", "total"))
    assert.equal("90000", rows.columns(by_author:filter{ rank = 2 }, "area"))
    assert.equal(1, by_author:filter{ rank = 2 }:count())
    local best = Author.objects:filter{ books__pages__gt = 0 }:annotate{ n = Count("books", { distinct = true }),
      rank = W(ryx.DenseRank(), { order_by = Sum("books__pages"):desc() }) }
    assert.equal("ann:2:2 ben:1:2 dan:2:1", rows.columns(best:order_by("name"), "name", "n", "rank"))
    assert.equal("dan:2:1", rows.columns(best:filter{ rank = 1 }, "name", "n", "rank"))
  end)

  it("hold and are ordered by what has one value in each", function()
    local by_author = Book.objects:values("author__name"):annotate{ n = Count() }
    assert.equal("dan:2 ben:1 ann:2",
      rows.columns(by_author:order_by(ryx.Lower("author__name"):desc()), "author__name", "n"))
    assert.equal("3:3 2:2 3:3", rows.columns(by_author:annotate{ letters = ryx.Length("author__name"), more = F"n" + 1 }
      :order_by("author__name"):annotate{ size = F"more" }, "more", "size"))
    local of_book = Review.objects:filter{ book = OuterRef("pk") }
    rows.refused{
      { function() return by_author:order_by("year") end, "misuse", "BBook", '"year"', "values()", "Min" },
      { function() return by_author:order_by("author__name", "-author__publisher__name") end, "misuse",
        '"author__publisher__name"' },
      { function() return by_author:order_by(F"year" + 1) end, "misuse", "order_by", "year" },
      { function() return by_author:values("year", "n") end, "misuse", '"year"' },
      { function() return by_author:annotate{ y = F"year" + 1 } end, "misuse", '"y"' },
      { function() return by_author:annotate{ y = W(Sum("pages")) } end, "misuse", '"y"' },
      { function() return by_author:annotate{ y = Subquery(of_book:values("id")) } end, "misuse", '"y"' },
      { function() return Book.objects:order_by("-year"):values("author"):annotate{ n = Count() }:all() end, "misuse",
        '"year"' },
      { function() return by_author:filter(Q{ n = 1 } + Q{ year = 2001 }) end, "misuse", "filter", "BBook" },
      { function() return by_author:distinct("year") end, "misuse", "distinct", '"year"' },
      { function() return Book.objects:distinct("year"):values("author"):annotate{ n = Count() } end, "misuse",
        "distinct" },
      { function() return Book.objects:aggregate{ x = Sum("pages") + F"year" } end, "misuse", "aggregate", "x" },
    }
    local alias = Book.objects:alias{ y = F"year" + 1 }:values("author"):annotate{ n = Count() }
    rows.refused{ { function() return alias:order_by("y") end, "misuse", '"y"' } }
  end)

  it("by a sub-query are rows for what comes after", function()
    local groups = Author.objects:annotate{ p = Sum("books__pages"), h = F"publisher" }:values("p", "h")
      :annotate{ n = Count("id") }
    local some = groups:order_by("p"):limit(100):filter(Q{ h__isnull = true } + Q{ p__gte = 300 })
    assert.equal(2, #some:all())
    assert.equal(2, groups:filter(Q{ h__isnull = true } + Q{ p__gte = 300 }):count())
  end)

  it("by a sub-query are paged", function()
    local kin = Kin.objects:create{ score = 1, band = 1 }
    for i = 1, 6 do Kin.objects:create{ score = i, band = i % 3 > 0 and i % 3 or nil, kin = i % 2 == 0 and kin or nil } end
    local groups = Kin.objects:annotate{ p = Sum("kins__score"), h = F"band" }:values("p", "h")
      :annotate{ n = Count("id") }
    for _, keys in ipairs{ { "h", "-n", "p" }, { "h", "n" }, { "h", "p" }, { "p", "h" }, { "-p", "-h" } } do
      local found, after = {}, nil
      repeat
        local page = groups:order_by(unpack(keys)):paginate{ size = 1, after = after }
        for _, row in ipairs(page.rows) do found[#found + 1] = ("%s/%s/%d"):format(row.p, row.h, row.n) end
        after = page.next
      until not after
      table.sort(found)
      assert.equal("12/1/1 nil/1/2 nil/2/2 nil/nil/2", table.concat(found, " "))
    end
  end)

  it("of a key hold what belongs to it alone", function()
    local authors = Author.objects:filter{ books__pages__gt = 0 }:annotate{ n = Count("books") }
    assert.equal("dan ann ben", rows.columns(authors:order_by("publisher__name", "name"), "name"))
    rows.refused{
      { function() return authors:order_by("books__pages") end, "misuse", '"books__pages"', "Min" },
      { function() return authors:values("books__pages", "n") end, "misuse", '"books__pages"' },
      { function() return authors:filter(Q{ n = 1 } + Q{ books__pages = 1 }) end, "misuse", "filter" },
      { function() return Author.objects:annotate{ p = F"books__pages" }:annotate{ n = Count() } end, "misuse", '"p"' },
    }
  end)

  it("are ordered by all of a row whose key is grouped", function()
    local by_key = Book.objects:values("id"):annotate{ n = Count("reviews") }
    local function names(order) return #by_key:order_by(order):all(), by_key:order_by(order):count() end
    local n = Book.objects:count()
    for _, order in ipairs{ "pages", "-pages", "author__name", F"pages" + 1 } do
      assert.same({ n, n }, { names(order) })
    end
    local sorted, last = by_key:order_by("-pages", "id"):all(), nil
    for i, row in ipairs(sorted) do
      local pages = Book.objects:get{ id = row.id }.pages or -1
      assert.is_true(i == 1 or pages <= last)
      last = pages
    end
    assert.equal("misuse", db.error_of(function() by_key:order_by("reviews__id"):all() end).kind)
    assert.equal("misuse", db.error_of(function()
      Book.objects:values("author"):annotate{ n = Count() }:order_by("pages"):all()
    end).kind)
  end)
end)
