-- SPDX-License-Identifier: MIT
-- What the reference system promised in its query layer and broke (RYX.md 5.A), row
-- by row, on the rows of support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, Count = ryx.F, ryx.Q, ryx.Count
local Author, Book, Review = library.Author, library.Book, library.Review

ryx.register_lookup("ref_even", "{col} % 2 = 0 AND {col} > ?")

local Every = ryx.model("AEvery", {
  name = ryx.TextField(), at = ryx.TimeField(), span = ryx.DurationField(), raw = ryx.BinaryField(),
  list = ryx.ArrayField(ryx.IntField()), owner = ryx.ForeignKey(Author, { null = true, related_name = "+" }),
  made = ryx.DateTimeField(), meta = ryx.JSONField{ null = true }, n = ryx.IntField{ db_column = "number" },
  Meta = { ordering = { "-n" } },
})
local every = Every.objects
local o

local function names(qs)
  return rows.names(qs)
end

local function in_order(qs)
  local out = {}
  for i, row in ipairs(qs:all()) do out[i] = row.name end
  return table.concat(out, " ")
end

local function fill()
  o = library.fill()
  for i, name in ipairs{ "p", "q", "r" } do
    every:create{
      name = name, at = ("0%d:00:00"):format(i), span = ryx.duration{ hours = i }, raw = ryx.bytes("\0" .. i),
      list = { i },
      owner = i < 3 and o.ann or nil, made = ("2024-01-0%dT1%d:30:45"):format(i, i), n = i * 10,
      meta = { priority = "x" .. i, a = i, ["a%b"] = "100%" },
    }
  end
end

local models = { Every }
for i, model in ipairs(library.models) do table.insert(models, i, model) end

describe("the reference's promises", function()
  db.use(ryx, models)
  before_each(function()
    db.tables(ryx, models)
    fill()
  end)

  it("A1: every field can be filtered by, and what is built on that works", function()
    rows.check(every, {
      { { name = "p" }, "p" }, { { at__gte = "02:00" }, "q r" }, { { span = ryx.duration{ hours = 2 } }, "q" },
      { { raw = ryx.bytes("\0" .. 3) }, "r" }, { { list__contains = { 1 } }, "p" }, { { owner = o.ann }, "p q" },
    })
    local p = every:get{ name = "p" }
    assert.equal("p", every:get{ pk = p.pk }.name)
    assert.equal("p", every:in_bulk{ p.pk }[p.pk].name)
    every:filter{ pk = p.pk }:update{ n = 11 }
    p:refresh_from_db()
    assert.equal(11, p.n)
    assert.equal("alps bees", names(o.ann.books))
  end)

  it("A2: a part of a date is compared without a lookup", function()
    rows.check(every, { { { made__year = 2024 }, "p q r" }, { { made__day = 2 }, "q" },
      { { made__hour__gte = 12 }, "q r" } })
  end)

  it("A3: registered lookups work on every field", function()
    rows.check(every, { { { n__ref_even = 10 }, "q r" } })
    rows.check(Book.objects, { { { pages__ref_even = 250 }, "cats dogs" } })
  end)

  it("A4: contains is of text on text and of documents on documents", function()
    rows.check(Book.objects, { { { name__contains = "e" }, "bees eels" } })
    rows.check(every, { { { meta__contains = { a = 2 } }, "q" }, { { meta__priority__contains = "x" }, "p q r" } })
  end)

  it("A5: a negated tree is negated as a whole, and deletes no more than it says", function()
    assert.equal("bees dogs", names(Book.objects:filter(-(Q{ year = 2001 } + Q{ pages = 50 }))))
    assert.equal("alps bees dogs eels", names(Book.objects:exclude(Q{ year = 2001, pages = 300 })))
    assert.equal(2, Review.objects:filter(-(Q{ stars = 5 } + Q{ stars = 1 })):delete())
    assert.equal(3, Review.objects:count())
  end)

  it("A6: parts of dates are negated", function()
    assert.equal("p r", names(every:filter(-Q{ made__day = 2 })))
    assert.equal("", names(every:exclude{ made__year = 2024 }))
  end)

  it("A7: excluding an empty list excludes nothing", function()
    assert.equal(5, Book.objects:exclude{ id__in = {} }:count())
    assert.equal(5, Book.objects:filter(-Q{ name__in = {} }):count())
    assert.equal(0, Book.objects:filter{ id__in = {} }:count())
  end)

  it("A8: several keys are one condition among others", function()
    rows.check(every, { { { meta__has_any = { "a", "priority" }, n = 10 }, "p" },
      { { meta__has_all = { "a", "priority" }, n = 20 }, "q" } })
  end)

  it("A9: update and delete honour order and limit", function()
    assert.equal(1, Review.objects:order_by("stars"):limit(1):delete())
    assert.equal(4, Review.objects:count())
    assert.equal(2, Book.objects:order_by("-pages"):limit(2):update{ year = 1999 })
    assert.equal("cats dogs", names(Book.objects:filter{ year = 1999 }))
  end)

  it("A10: count sees limit, distinct and groups", function()
    assert.equal(2, Book.objects:limit(2):count())
    assert.equal(1, Book.objects:offset(4):count())
    assert.equal(3, Book.objects:values("author"):distinct():count())
    assert.equal(3, Book.objects:values("author"):annotate{ n = Count() }:count())
  end)

  it("A11, A12: unknown names are errors, in every place", function()
    rows.refused{
      { function() return every:filter{ n__gtee = 2 } end, "field_error", "gtee", "gte" },
      { function() return every:filter{ typo = 1 } end, "field_error", "typo", "AEvery" },
      { function() return every:exclude{ typo = 1 } end, "field_error", "typo" },
      { function() return every:order_by("typo") end, "field_error", "typo" },
    }
    rows.check(every, { { { meta__priority = "x2" }, "q" } })
  end)

  it("A13: foreign keys are followed", function()
    rows.check(Book.objects,
      { { { author__name = "ann" }, "alps bees" },
        { { author__publisher__name__contains = "or" }, "alps bees cats" } })
  end)

  it("A14: an object is a value for its key", function()
    rows.check(Book.objects,
      { { { author = o.ann }, "alps bees" }, { { author__in = { o.ann, o.ben } }, "alps bees cats" } })
  end)

  it("A15: values are tables, annotations are there", function()
    assert.same({ name = "alps", pages = 100 }, Book.objects:order_by("pages"):values("name", "pages"):all()[2])
    local list = Author.objects:annotate{ n = Count("books") }:order_by("name"):all()
    assert.same({ 4, "ann", 2 }, { #list, list[1].name, list[1].n })
  end)

  it("A16: what was only documented is there", function()
    assert.same({ "alps", "bees" },
      Book.objects:filter{ pages__range = { 100, 200 } }:order_by("name"):values_list("name", { flat = true }):all())
    local size = ryx.Case{ ryx.When({ pages__gte = 300 }, "big"), default = "small" }
    assert.equal("big", Book.objects:annotate{ size = size }:get{ name = "cats" }.size)
    assert.equal(1, Author.objects:annotate{ n = Count("books",
      { filter = Q{ books__year = 2002 } }) }:get{ name = "ann" }.n)
    assert.equal(2, Book.objects:values("author"):annotate{ n = Count("id") }:filter{ n__gt = 1 }:count())
    assert.equal("eels", Book.objects:order_by("name"):last().name)
    assert.equal(2, #Book.objects:limit(2):all())
    assert.equal("north", library.Publisher.objects:filter{ name = "north" }:first().name)
    assert.equal("new", library.Tag.objects:filter{ name = "red" }:create{ name = "new" }.name)
  end)

  it("A17: exists asks for one row at most", function()
    local sql = db.sql_of(ryx, function() assert.is_true(Book.objects:filter{ pages__gt = 1 }:exists()) end)
    assert.equal(1, #sql)
    assert.falsy(sql[1]:find("COUNT", 1, true))
    assert.truthy(sql[1]:find("EXISTS", 1, true) or sql[1]:find("LIMIT 1", 1, true))
  end)

  if Book.objects.select_related then
    it("A18: select_related keeps each object's own columns", function()
      local book
      assert.equal(1, #db.sql_of(ryx, function()
        book = Book.objects:select_related("author"):get{ name = "bees" }
        assert.equal("ann", book.author.name)
      end))
      assert.same({ o.bees.id, "bees", o.ann.id }, { book.id, book.name, book.author_id })
      book:save()
      assert.equal(o.ann.id, Book.objects:get{ name = "bees" }.author_id)
    end)
  end

  it("A19: joined tables do not replace columns of the same name", function()
    local book = Book.objects:filter{ author__name = "ann", reviews__stars = 5 }:get()
    assert.same({ o.alps.id, "alps" }, { book.id, book.name })
    assert.equal("ann", Book.objects:values("name", "author__name"):get{ name = "alps" }.author__name)
  end)

  it("A20: Meta.ordering is applied", function() assert.equal("r q p", in_order(every)) end)

  it("A21: slices work without an end, compose and refuse what has no meaning", function()
    assert.equal("q p", in_order(every:slice(2)))
    assert.equal("p", in_order(every:slice(2):slice(2)))
    assert.equal("", in_order(every:slice(3, 2)))
    assert.equal("misuse", db.error_of(function() return every:slice(-1) end).kind)
  end)

  it("A22: db_column is used everywhere", function()
    assert.equal("q r", names(every:filter{ n__gt = 10 }))
    assert.equal("p q r", in_order(every:order_by("n")))
    assert.equal(3, every:update_all{ n = F"n" + 1 })
    assert.same({ n = 31 }, every:values("n"):first())
    assert.same({ m = 31 }, every:aggregate{ m = ryx.Max("n") })
  end)

  it("A23, A24: values are converted in update and filter as on save", function()
    local made, span = ryx.datetime("2024-01-05 13:00:00.5"), ryx.duration{ days = 2, seconds = 1 }
    every:filter{ name = "q" }:update{ meta = { deep = { 1, true } }, made = made, span = span,
      raw = ryx.bytes("\0\255"), list = { 7 } }
    local q = every:get{ name = "q" }
    assert.same({ deep = { 1, true } }, q.meta)
    assert.equal(made, q.made)
    assert.equal(span, q.span)
    rows.check(every, {
      { { made = made }, "q" }, { { made__lt = made }, "p r" }, { { made = "2024-01-05T14:00:00.5+01:00" }, "q" },
      { { span = span }, "q" },
      { { meta = { deep = { 1, true } } }, "q" }, { { raw = ryx.bytes("\0\255") }, "q" }, { { list = { 7 } }, "q" },
    })
  end)

  it("A25: a queryset is a list, null is NULL", function()
    rows.check(Book.objects, {
      { { author__in = Author.objects:filter{ name__lt = "b" } }, "alps bees" }, { { year = ryx.null }, "eels" },
      { { pk__in = Book.objects:filter{ year = 2001 } }, "alps cats" },
    })
  end)

  it("A26: what LIKE reads is looked for as it stands, and case counts", function()
    rows.check(Book.objects,
      { { { name__contains = "%" }, "" }, { { name__startswith = "_" }, "" }, { { name__startswith = "A" }, "" },
      { { name__istartswith = "A" }, "alps" } })
    rows.check(every, { { F"meta":at("a%b"):endswith("0%"), "p q r" } })
  end)

  it("A27, A28: parts of dates are numbers, the same everywhere", function()
    rows.check(every, {
      { { made__minute__gte = 5 }, "p q r" }, { { made__month__in = { 1, 2 } }, "p q r" },
      { { made__second__exact = 45 }, "p q r" },
      { { made__dow = 1 }, "p" }, { { made__iso_dow = 2 }, "q" }, { { made__week__range = { 1, 1 } }, "p q r" },
      { { made__iso_week = 1 }, "p q r" },
    })
  end)

  it("A29: keys of documents by the reference's markers", function()
    rows.check(every, {
      { { meta__key_text__priority = "x1" }, "p" }, { { meta__key__priority__icontains = "X3" }, "r" },
      { { meta__key__a__in = { 1, 2 } }, "p q" },
      { { meta__key__a__range = { 2, 3 } }, "q r" }, { { meta__key__b__isnull = true }, "p q r" },
      { { meta__json__a = 1 }, "p" },
    })
  end)

  it("A30: get reads two rows at most", function()
    local seen
    local undo = ryx.on_query(function(e) seen = e.rows end)
    local e = db.error_of(function() return Book.objects:get{ pages__gt = 0 } end)
    undo()
    assert.equal("multiple_objects", e.kind)
    assert.equal(2, seen)
  end)

  it("A31, A32: streams are in order, complete, and keep a limit", function()
    local out = {}
    for book in Book.objects:order_by("year", "-name"):iter{ chunk = 2 } do out[#out + 1] = book.name end
    assert.equal("eels cats alps bees dogs", table.concat(out, " "))
    out = {}
    for book in Book.objects:order_by("-name"):limit(3):iter{ chunk = 1 } do out[#out + 1] = book.name end
    assert.equal("eels dogs cats", table.concat(out, " "))
    out = {}
    for row in Book.objects:order_by("name"):values("name"):iter{ chunk = 2 } do out[#out + 1] = row.name end
    assert.equal("alps bees cats dogs eels", table.concat(out, " "))
  end)

  it("A33: pk is known to exclude, Q, order, values and aggregates", function()
    assert.equal("bees cats dogs eels", names(Book.objects:exclude{ pk = o.alps.pk }))
    assert.equal("alps cats", names(Book.objects:filter(Q{ pk = o.alps.pk } + Q{ pk = o.cats.pk })))
    assert.equal("eels", Book.objects:order_by("-pk"):first().name)
    assert.same({ n = 5 }, Book.objects:aggregate{ n = Count("pk") })
    assert.equal(o.alps.pk, Book.objects:order_by("pk"):values("pk"):first().pk)
  end)

  it("A34: the SQL is that of the alias a queryset uses", function()
    local qs = Book.objects:filter{ name__contains = "a" }
    local here = qs:sql()
    ryx.setup{ default = db.url, lite = "sqlite::memory:" }
    assert.truthy(qs:using("lite"):sql():find("instr(", 1, true))
    assert.equal(here, (qs:sql()))
  end)

  it("A35: order_by replaces, knows random and where NULL goes", function()
    assert.equal("alps bees cats dogs eels", in_order(Book.objects:order_by("-pages"):order_by("name")))
    assert.equal(5, #Book.objects:order_by("?"):all())
    assert.equal("eels", Book.objects:order_by(F"year":desc{ nulls = "first" }):first().name)
    assert.equal("eels", Book.objects:order_by(F"year":asc{ nulls = "last" }, "name"):all()[5].name)
  end)
end)
