-- SPDX-License-Identifier: MIT
-- Expressions where queries take them: F, Case, Value, Raw, sub-queries, on the rows
-- of support/library. What each function gives is in function_spec.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, V, Case, When, null = ryx.F, ryx.Q, ryx.Value, ryx.Case, ryx.When, ryx.null
local Exists, OuterRef, Subquery = ryx.Exists, ryx.OuterRef, ryx.Subquery
local Author, Book, Review, Tag = library.Author, library.Book, library.Review, library.Tag
local o

-- "name=value ..." of a queryset with a column x, by name.
local function xs(qs)
  local out = {}
  for i, row in ipairs(qs:order_by("name"):values("name", "x", { null = null }):all()) do
    out[i] = row.name .. "=" .. (row.x == null and "-" or tostring(row.x))
  end
  return table.concat(out, " ")
end

local function x(objects, e)
  return xs(objects:annotate{ x = e })
end

local function ordered(qs)
  return table.concat(qs:values_list("name", { flat = true }):all(), " ")
end

describe("F", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("compares columns", function()
    rows.check(Book.objects, {
      { { pages__gt = F"year" / 20 }, "bees cats dogs" },
      { { pages = F"year" % 1000 * 100 }, "alps bees" },
      { F"pages":gte(F"year" - 1701), "cats dogs" }, { (F"pages" + F"year"):lt(2200), "alps" },
      { { price__gte = F"pages" / 10 }, "alps bees eels" },
      { { pages__range = { F"year" - 1900, F"year" - 1701 } }, "bees cats" },
      { { pages__in = { F"year" - 1901, 50 } }, "alps eels" },
      { { price__lt = F"pages" * V(ryx.decimal("0.05")) }, "dogs" },
      { { name__startswith = ryx.Left("name", 1) }, "alps bees cats dogs eels" },
      { -Q(F"pages":gt(F"year" / 20)), "alps eels" }, { { name__gt = F"author__name" }, "bees cats dogs eels" },
      { (F"name" .. F"author__name"):eq("catsben"), "cats" },
      { { name = ryx.Lower(F"name") }, "alps bees cats dogs eels" },
    })
  end)

  it("is worked out in annotate, alias, values and order_by", function()
    assert.equal("alps=200 bees=400 cats=600 dogs=800 eels=100", x(Book.objects, F"pages" * 2))
    assert.equal("alps=ann bees=ann cats=ben dogs=dan eels=dan", x(Book.objects, F"author__name"))
    assert.equal("ann=- ben=ann cleo=ann dan=cleo", x(Author.objects, F"mentor__name"))
    assert.equal("eels dogs cats bees alps", ordered(Book.objects:order_by(-F"author__id", "-name")))
    assert.equal("dogs cats bees alps eels",
      ordered(Book.objects:alias{ k = F"pages" % 300 + F"pages" }:order_by("-pages")))
    assert.equal("eels alps bees cats dogs", ordered(Book.objects:annotate{ y = F"pages" / 3 }:order_by("y")))
    assert.equal("eels alps cats bees dogs", ordered(Book.objects:order_by(F"year":asc(), F"pages")))
    assert.equal("alps cats bees dogs eels", ordered(Book.objects:order_by(F"year":asc{ nulls = "last" }, "pages")))
    assert.equal("eels dogs bees cats alps",
      ordered(Book.objects:order_by(F"year":desc{ nulls = "first" }, "-pages")))
    assert.equal("dogs bees cats alps eels", ordered(Book.objects:order_by("-year", "-pages")))
    local book = Book.objects:annotate{ half = F"pages" / 2, label = F"name" .. ":" .. F"pages" }:get{ name = "bees" }
    assert.equal(100, book.half)
    assert.equal("bees:200", book.label)
    assert.equal("bees", book.name)
    assert.is_nil(Book.objects:alias{ half = F"pages" / 2 }:first().half)
    assert.equal("bees", Book.objects:alias{ half = F"pages" / 2 }:filter{ half = 100 }:get().name)
    assert.same({ name = "bees", double = 400 },
      Book.objects:values("name", { double = F"pages" * 2 }):get{ name = "bees" })
  end)

  it("names annotations, in further ones too", function()
    local qs = Book.objects:annotate{ a = F"pages" + 1 }:annotate{ x = F"a" * 2 }
    assert.equal("alps=202 bees=402 cats=602 dogs=802 eels=102", xs(qs))
    assert.equal("cats=602 dogs=802", xs(qs:filter{ x__gt = 500 }))
    assert.equal("cats=602 dogs=802", xs(qs:filter{ a__lt = F"x" - 250 }))
    rows.check(qs, { { { a = 101 }, "alps" }, { { x__in = { 102, 802 } }, "dogs eels" },
      { Q{ a = 51 } + Q{ x = 402 }, "bees eels" } })
  end)
end)

describe("Case", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("takes the first that is true", function()
    local size = Case{ When({ pages__gte = 300 }, "big"), When(Q{ pages__gte = 100 }, "some"), default = "small" }
    assert.equal("alps=some bees=some cats=big dogs=big eels=small", x(Book.objects, size))
    assert.equal("alps=- bees=- cats=1 dogs=1 eels=-", x(Book.objects, Case{ When({ pages__gte = 300 }, 1) }))
    assert.equal("alps=2001 bees=2002 cats=2001 dogs=2003 eels=50",
      x(Book.objects, Case{ When({ year__isnull = false }, F"year"), default = F"pages" }))
    assert.equal("alps=A bees=ann cats=ben dogs=dan eels=dan",
      x(Book.objects, Case{ When("name", "alps", "A"), default = F"author__name" }))
    rows.check(Book.objects, {
      { size:eq("big"), "cats dogs" }, { size:in_{ "small", "some" }, "alps bees eels" }, { size:isnull(true), "" },
      { Case{ When({ year = 2001 }, true), default = false }, "alps cats" },
    })
    assert.equal("cats dogs eels alps bees", ordered(Book.objects:order_by(size, "name")))
    assert.equal("alps bees eels cats dogs", ordered(Book.objects:order_by(size:desc(), "name")))
  end)

  it("unifies the types of what it gives", function()
    assert.equal("alps=10.00 bees=20.00 cats=0.00 dogs=5.50 eels=5.50",
      x(Book.objects, Case{ When({ price__isnull = false }, F"price"), default = 0 }))
    local mixed = Book.objects:annotate{ x = Case{ When({ pages__gt = 100 }, 1),
      default = 0.5 } }:order_by("name"):all()
    assert.equal(0.5, mixed[1].x)
    assert.equal(1, mixed[2].x)
    assert.equal("alps=- bees=2002 cats=- dogs=2003 eels=-",
      x(Book.objects, Case{ When({ year = 2001 }, null), default = F"year" }))
  end)

  it("takes conditions over relations, Exists and expressions", function()
    local kind = Case{ When(Exists(Review.objects:filter{ book = OuterRef"pk", stars = 5 }), "best"),
      When({ author__name = "ann" }, "ann"),
      When(F"pages":gt(F"year"), "thick"), default = "-" }
    assert.equal("alps=best bees=ann cats=- dogs=best eels=-", x(Book.objects, kind))
    assert.equal("ann=1 ben=1 cleo=0 dan=0",
      x(Author.objects, Case{ When(-Q{ books__year = 2001 }, 0), default = 1 }))
  end)

  it("orders texts as texts, whatever decides between them", function()
    -- "2.0" and "2" are one number and two texts.
    local text = Case{ When({ price__gte = 0 }, "2.0"), When({ price = null }, "2"), default = "10" }
    local least = Book.objects:aggregate{ a = ryx.Max(V"b"), b = ryx.Min(ryx.Coalesce(V"b", V"c")) }
    assert.same({ a = "b", b = "b" }, least)
    local books = Book.objects:annotate{ x = text, y = ryx.Concat(text, ryx.Value("")) }
    local priced, free = books:filter{ price__isnull = false }:count(), books:filter{ price__isnull = true }:count()
    assert.truthy(priced > 0 and free > 0)
    for _, name in ipairs{ "x", "y" } do
      assert.equal(priced, books:filter{ [name] = "2.0" }:count())
      assert.equal(free, books:filter{ [name .. "__in"] = { "2", "3" } }:count())
      assert.equal(2, books:values(name):distinct():count())
      assert.equal(2, #books:values(name):annotate{ n = ryx.Count("id") }:all())
      assert.equal("2.0", books:aggregate{ top = ryx.Max(name) }.top)
      assert.equal("2.0", books:annotate{ top = ryx.Window(ryx.Max(name), {}) }:first().top)
      assert.equal("2.0", books:order_by("-" .. name):first()[name])
      assert.equal("2", books:order_by(name):first()[name])
      assert.equal(priced, Book.objects:filter{ name__in = books:filter{ [name] = "2.0" }:values("name") }:count())
    end
  end)

  it("refuses misuse", function()
    rows.refused{
      { function() return Case{} end, "misuse", "When" }, { function() return Case{ 5 } end, "misuse", "When" },
      { function() return When({ a = 1 }) end, "misuse", "When" },
      { function() return When({ a = 1 }, nil) end, "misuse", "When" },
      { function() return Case{ When({ a = 1 }, 1), otherwise = 2 } end, "misuse", "otherwise" },
      { function() return When({}, 1) end, "misuse", "empty" },
      { function() return Book.objects:annotate{ x = Case{ When({ pages = 1 }, "a"), default = 1 } } end,
        "field_error", "Case" },
      { function() return Book.objects:annotate{ x = Case{ When({ nope = 1 }, "a") } } end, "field_error", "nope" },
    }
  end)
end)

describe("Value and Raw", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("give values of their types", function()
    local row = Book.objects:values({
      i = V(5), s = V("it's ?"), b = V(true), d = V(0.5), n = V(null), p = V(ryx.decimal("1.50")),
      day = V(ryx.date("2024-02-29")),
    }):first()
    assert.same({ 5, "it's ?", true, 0.5, "1.50", "2024-02-29" },
      { row.i, row.s, row.b, row.d, tostring(row.p), tostring(row.day) })
    assert.is_nil(row.n)
    assert.equal(5, Book.objects:annotate{ x = V("a") }:filter{ x = "a" }:count())
    assert.equal("alps", Book.objects:filter{ name = V("alps") }:get().name)
  end)

  it("write SQL of the user's with parameters everywhere", function()
    local raw = ryx.Raw("pages * ? + ?", { 2, F"year" }, { type = "int" })
    assert.equal("alps=2201 bees=2402 cats=2601 dogs=2803 eels=-", x(Book.objects, raw))
    rows.check(Book.objects, {
      { raw:gt(2500), "cats dogs" }, { { pages = ryx.Raw("? + ?", { 40, 10 }, { type = "int" }) }, "eels" },
      { ryx.Raw("pages BETWEEN ? AND ?", { 100, 200 }, { type = "bool" }), "alps bees" },
      { { name = ryx.Raw("UPPER(?)", { "alps" }) }, "" },
    })
    assert.equal("dogs cats bees alps eels",
      ordered(Book.objects:order_by(ryx.Raw("pages * ?", { -1 }, { type = "int" }))))
    assert.equal("eels alps bees cats dogs",
      ordered(Book.objects:order_by(ryx.Raw("pages * ?", { -1 }, { type = "int" }):desc())))
    assert.equal("a?b", Book.objects:values({ x = ryx.Raw("'a??b'", {}, { type = "text" }) }):first().x)
  end)

  it("call functions of the database", function()
    local least = ryx.Func("coalesce", { "year", V(7) }, { type = "int" })
    assert.equal("alps=2001 bees=2002 cats=2001 dogs=2003 eels=7", x(Book.objects, least))
    rows.check(Book.objects, {
      { { pages = ryx.Func("abs", { V(-200) }, { type = "int" }) }, "bees" },
      { ryx.Func("coalesce", { F"year" + 1, ryx.Func("abs", { V(-5) }) }, { type = "int" }):lt(100), "eels" },
      { { name = ryx.Func("lower", { V("ALPS") }) }, "alps" },
    })
  end)

  it("refuse misuse", function()
    rows.refused{
      { function() return ryx.Func("pg_sleep(1); --", {}) end, "misuse", "not the name of a function" },
      { function() return ryx.Func("a.b.c", {}) end, "misuse", "not the name of a function" },
      { function() return ryx.Func("abs", "n") end, "misuse", "are a list" },
      { function() return ryx.Func("abs", { 1 }, { kind = "int" }) end, "misuse", "kind" },
      { function() return ryx.Func("abs", { 1 }, { type = "integer" }) end, "misuse", "integer" },
      { function() return ryx.Raw("? + ?", { 1 }) end, "misuse", "2 parameters" },
      { function() return ryx.Raw(5) end, "misuse", "Raw" },
      { function() return ryx.Raw("a", {}, { kind = "int" }) end, "misuse", "kind" },
      { function() return V(nil) end, "misuse", "nil" },
      { function() return ryx.Raw("a", {}, { type = "integer" }) end, "misuse", "integer" },
      { function() return F(5) end, "misuse", "F" },
      { function() return F"a" < F"b" end, "misuse", "lookups" },
      { function() return F"a":gt(nil) end, "misuse", "nil" },
      { function() return F"a" + nil end, "misuse", "nil" },
      { function() return Book.objects:annotate{ x = F"name" + 1 } end, "field_error", "+" },
      { function() return Book.objects:annotate{ x = F"nope" } end, "field_error", "nope" },
      { function() return Book.objects:annotate{ x = F"name__gt" } end, "field_error", "name__gt" },
    }
  end)
end)

describe("sub-queries", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("give one value", function()
    local newest = Book.objects:filter{ author = OuterRef"pk" }:order_by("-pages"):values("name"):limit(1)
    assert.equal("ann=bees ben=cats cleo=- dan=dogs", x(Author.objects, Subquery(newest)))
    assert.equal("ann=bees ben=cats cleo=- dan=dogs", x(Author.objects, newest))
    assert.equal("ann=alps ben=- cleo=- dan=eels", x(Author.objects, Subquery(newest:offset(1))))
    rows.check(Author.objects, {
      { Subquery(newest):eq("cats"), "ben" }, { { name__lt = Subquery(newest) }, "ann ben dan" },
      { Subquery(newest):isnull(true), "cleo" },
      { Subquery(Book.objects:filter{ author = OuterRef"pk" }:values({ n = ryx.Upper("name") })
        :order_by("name"):limit(1)):eq("CATS"), "ben" },
    })
    assert.equal("cleo ann ben dan", ordered(Author.objects:order_by(Subquery(newest))))
    assert.equal("dan ben ann cleo", ordered(Author.objects:order_by(Subquery(newest):desc{ nulls = "last" })))
    assert.equal("ann=2 ben=1 cleo=0 dan=2", x(Author.objects, ryx.Coalesce(Subquery(
      Book.objects:filter{ author = OuterRef"pk" }:order_by():values("author"):annotate{ n = ryx.Count("*") }
        :values("n")), 0)))
  end)

  it("say whether rows exist", function()
    local long = Exists(Book.objects:filter{ author = OuterRef"pk", pages__gt = 100 })
    rows.check(Author.objects, {
      { long, "ann ben dan" }, { -long, "cleo" }, { long * Q{ name__lt = "c" }, "ann ben" },
      { -long + Q{ name = "ann" }, "ann cleo" },
      { Exists(Book.objects:filter{ author_id = OuterRef"id", name__gt = OuterRef"name", year = 2001 }), "ben" },
      { Exists(Author.objects:filter{ mentor = OuterRef"pk" }), "ann cleo" },
      { Exists(Tag.objects:filter{ books__author = OuterRef"pk" }), "ann ben dan" },
      { Exists(Book.objects:filter{ author = OuterRef"pk" }:limit(1)), "ann ben dan" },
      { Exists(Book.objects:filter{ author = OuterRef"pk" }:offset(1)), "ann dan" },
      { Exists(Book.objects:none()), "" }, { Exists(Book.objects), "ann ben cleo dan" },
    })
    assert.equal("ann=true ben=true cleo=false dan=true", x(Author.objects, long))
    assert.equal("cleo ann ben dan", ordered(Author.objects:annotate{ l = long }:order_by("l", "name")))
    assert.equal("ann ben dan", rows.names(Author.objects:annotate{ l = long }:filter{ l = true }))
    assert.equal("cleo", rows.names(Author.objects:annotate{ l = long }:exclude{ l = true }))
  end)

  it("stand in lists", function()
    rows.check(Author.objects, {
      { { pk__in = Book.objects:values("author") }, "ann ben dan" },
      { { pk__in = Book.objects:values("author"):order_by("-pages"):limit(1) }, "dan" },
      { { pk__in = Book.objects:values("author"):order_by("pages"):offset(3) }, "ben dan" },
      { { name__in = Book.objects:values("name") }, "" },
      { { mentor__in = Author.objects:filter{ name = "ann" } }, "ben cleo" },
      { { pk__in = Author.objects:values("mentor") }, "ann cleo" },
      { { pk__in = Book.objects:filter{ author = OuterRef"pk", year = 2001 }:values("author") }, "ann ben" },
      { { pk__in = Book.objects:filter{ pk__in = Review.objects:filter{ stars = 5 }:values("book") }
        :values("author") }, "ann dan" },
    })
  end)

  it("see two queries around them", function()
    local best = Review.objects:filter{ book = OuterRef"pk", stars = 5, text__icontains = "o" }
    rows.check(Author.objects, { { Exists(Book.objects:filter(Exists(best), { author = OuterRef"pk" })), "ann" } })
  end)

  it("reach further out by OuterRef of OuterRef", function()
    local inner = Review.objects:filter{ book = OuterRef"pk", book__author = OuterRef(OuterRef"pk"), stars__gte = 4 }
    rows.check(Author.objects, { { Exists(Book.objects:filter(Exists(inner))), "ann dan" } })
    local count = Review.objects:filter{ book__author = OuterRef(OuterRef"pk"),
      stars__gt = OuterRef"pages" / 100 }:values("stars"):order_by("-stars"):limit(1)
    assert.equal("ann=5 ben=- cleo=- dan=5",
      x(Author.objects, Subquery(Book.objects:filter{ author = OuterRef"pk" }:values({ s = Subquery(count) })
      :order_by("-pages"):limit(1))))
    local three = Tag.objects:filter{ books__author__publisher = OuterRef(OuterRef(OuterRef"pk")) }
    local names = rows.names(library.Publisher.objects:filter(Exists(Author.objects:filter(Exists(Book.objects:filter(
      Exists(three)))))))
    assert.equal("north", names)
  end)

  it("refuse misuse", function()
    rows.refused{
      { function() return Subquery(5) end, "misuse", "QuerySet" },
      { function() return Exists{} end, "misuse", "QuerySet" },
      { function() return OuterRef(5) end, "misuse", "OuterRef" },
      { function() return Book.objects:filter{ author = OuterRef"pk" }:all() end, "misuse", "OuterRef" },
      { function() return Book.objects:filter{ author = OuterRef"pk" }:count() end, "misuse", "OuterRef" },
      { function() return Author.objects:annotate{ x = Subquery(Book.objects:values("id", "name")) } end, "misuse",
        "one column" },
      { function() return Author.objects:filter(Exists(Book.objects:filter{ author = OuterRef"nope" })) end,
        "field_error", "BAuthor", "nope" },
      { function() return Author.objects:filter(Book.objects) end, "misuse", "Exists" },
      { function() return Author.objects:filter{ name__in = Book.objects:values("pages") } end, "field_error",
        "type" },
      { function()
        return Author.objects:filter(Exists(Book.objects:filter{ author = OuterRef(OuterRef"pk") })):all()
      end, "misuse", "OuterRef" },
    }
  end)
end)
