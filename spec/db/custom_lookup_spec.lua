-- SPDX-License-Identifier: MIT
-- Lookups and transforms of the user's own: templates with {col} and ?.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q
local Author, Book, Tag = library.Author, library.Book, library.Tag
local o

ryx.register_lookup("within_one", "{col} BETWEEN ? - 1 AND ? + 1")
ryx.register_lookup("shorter_than", "LENGTH({col}) < ?")
ryx.register_lookup("divides", "? % {col} = 0")
ryx.register_lookup("marked", "{col} = ? || '??'")
ryx.register_lookup("either", "{col} = ? OR {col} = 'eels'")
ryx.register_lookup("not_void", "{col} IS NOT NULL AND {col} <> ?")
ryx.register_lookup("same", "{col} = ?")
ryx.register_lookup("present", "{col} IS NOT NULL")
ryx.register_transform("initial", "SUBSTR({col}, 1, 1)", { type = "text" })
ryx.register_transform("doubled", "{col} * 2")
ryx.register_transform("chars", "LENGTH({col})", { type = "int", accepts = "text" })
ryx.register_transform("or_zero", "COALESCE({col}, 0)")

describe("registered lookups", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("keep rows by their template", function()
    rows.check(Book.objects, {
      { { year__within_one = 2002 }, "alps bees cats dogs" }, { { year__within_one = 2000 }, "alps cats" },
      { { pages__divides = 400 }, "alps bees dogs eels" }, { { name__either = "alps" }, "alps eels" },
      { { name__either = "alps", pages = 100 }, "alps" }, { { year__not_void = 2001 }, "bees dogs" },
      { { author__name__shorter_than = 4 }, "alps bees cats dogs eels" },
      { { year__present = true }, "alps bees cats dogs" },
    })
  end)

  it("join with others, below not, and and or", function()
    rows.check(Book.objects, {
      { Q{ name__either = "alps" } * Q{ year = 2001 }, "alps" }, { -Q{ name__either = "alps" }, "bees cats dogs" },
      { -(Q{ year__within_one = 2002 } + Q{ pages = 50 }), "" }, { -Q{ year__not_void = 2001 }, "alps cats eels" },
      { Q{ year__within_one = 2003 } + Q{ name__either = "cats" }, "bees cats dogs eels" },
    })
  end)

  it("go across relations and keep joins shared", function()
    rows.check(Author.objects:distinct(), {
      { { books__pages__divides = 400 }, "ann dan" }, { { books__name__either = "cats" }, "ben dan" },
      { { books__name__either = "cats", books__pages = 300 }, "ben" }, { { mentor__name__either = "cleo" }, "dan" },
      { { publisher__name__shorter_than = 6 }, "ann ben cleo" },
      { { books__tags__name__shorter_than = 4 }, "ann dan" },
    })
    rows.check(Tag.objects:distinct(), { { { books__author__name__either = "ben" }, "blue green" } })
  end)

  it("take expressions, after transforms and in F", function()
    rows.check(Book.objects, {
      { { year__within_one = F"year" }, "alps bees cats dogs" },
      { { pages__divides = F"pages" * 2 }, "alps bees cats dogs eels" },
      { { name__upper__either = "ALPS" }, "alps" }, { F"name":lookup("either", "cats"), "cats eels" },
      { { name__either = ryx.Value("dogs") }, "dogs eels" }, { { name__either = F"author__name" }, "eels" },
      { ryx.Upper("name"):lookup("either", ryx.Upper(ryx.Value("alps"))), "alps" },
      { { author__pk__within_one = o.ann.id }, "alps bees cats" },
    })
  end)

  it("beat the built-in ones and are listed", function()
    local names = {}
    for _, name in ipairs(ryx.available_lookups()) do names[name] = true end
    assert.is_true(names.either and names.exact and names.icontains and names.has_key and names.overlap)
  end)

  it("see the value as the field would", function()
    rows.check(Book.objects, {
      { { price__same = "10" }, "alps" }, { { price__same = ryx.decimal("5.5") }, "dogs eels" },
      { { price__same = 20 }, "bees" },
      { { year__same = "2003" }, "dogs" },
    })
  end)

  if db.needs "|| joins text" then
    it("take ?? for a question mark", function()
      local book = Book.objects:create{ name = "fleas?", author = o.ann, pages = 1 }
      assert.equal("fleas?", rows.names(Book.objects:filter{ name__marked = "fleas" }))
      book:delete()
    end)
  end

  it("refuse misuse", function()
    rows.refused{
      { function() ryx.register_lookup("no_column", "x = ?") end, "misuse", "no_column", "{col}" },
      { function() ryx.register_lookup("a__b", "{col} = ?") end, "misuse", "a__b" },
      { function() ryx.register_lookup("", "{col} = ?") end, "misuse", "not a name" },
      { function() ryx.register_lookup("1st", "{col} = ?") end, "misuse", "1st" },
      { function() ryx.register_lookup("a b", "{col} = ?") end, "misuse", "a b" },
      { function() ryx.register_lookup(5, "{col} = ?") end, "misuse", "string" },
      { function() ryx.register_lookup("fine", nil) end, "misuse", "string" },
      { function() return Book.objects:filter{ name__either = { "a" } } end, "misuse", "either" },
      { function() return Book.objects:filter{ name__either = ryx.null } end, "misuse", "either" },
      { function() return Book.objects:filter{ year__within_one = Book.objects:values("year") } end, "misuse",
        "within_one" },
      { function() return Book.objects:filter{ year__within_one = { F"year" } } end, "misuse", "within_one" },
      { function() return Book.objects:filter{ year__present = F"year" } end, "misuse", "present" },
      { function() return Book.objects:filter{ name__eithr = "a" } end, "field_error", "eithr", "either" },
      { function() return Book.objects:filter{ name__either__exact = "a" } end, "field_error", "either" },
      { function() return Book.objects:filter{ pages__within_one = "x" }:all() end, "validation", "pages" },
    }
  end)
end)

describe("registered transforms", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("stand before lookups and other transforms", function()
    rows.check(Book.objects, {
      { { name__initial = "a" }, "alps" }, { { name__initial__in = { "a", "b" } }, "alps bees" },
      { { name__initial__gt = "c" }, "dogs eels" },
      { { name__initial__upper = "C" }, "cats" }, { { name__upper__initial = "C" }, "cats" },
      { { pages__doubled = 100 }, "eels" },
      { { pages__doubled__doubled__lte = 400 }, "alps eels" }, { { name__chars = 4 }, "alps bees cats dogs eels" },
      { { year__or_zero = 0 }, "eels" }, { { author__name__initial = "a" }, "alps bees" },
      { { name__initial__either = "a" }, "alps" },
      { { name__initial = F"author__name__initial" }, "alps dogs" },
    })
    rows.check(Author.objects:distinct(), {
      { { books__name__initial = "b" }, "ann" }, { { books__pages__doubled__gt = 700 }, "dan" },
      { { publisher__name__chars__lt = 6 }, "ann ben cleo" },
    })
  end)

  it("stand in F, values, annotate and order_by", function()
    local list = Book.objects:annotate{ first = F"name__initial" }:order_by("-pages__doubled", "name__initial")
      :values_list("first", "author__name__initial"):all()
    assert.same({ "d", "d" }, list[1])
    assert.same({ "e", "d" }, list[5])
    assert.equal(5, #list)
    local grouped = Book.objects:values("author__name__initial"):annotate{ n = ryx.Count() }
      :order_by("author__name__initial"):all()
    assert.same({ author__name__initial = "a", n = 2 }, grouped[1])
  end)

  it("refuse misuse", function()
    rows.refused{
      { function() ryx.register_transform("t", "UPPER(?)") end, "misuse", "{col}" },
      { function() ryx.register_transform("t", "{col} + ?") end, "misuse", "?" },
      { function() ryx.register_transform("t", "UPPER(x)") end, "misuse", "{col}" },
      { function() ryx.register_transform("a__b", "UPPER({col})") end, "misuse", "a__b" },
      { function() ryx.register_transform("t", "UPPER({col})", { kind = "text" }) end, "misuse", "kind" },
      { function() ryx.register_transform("t", "UPPER({col})", { type = "string" }) end, "misuse", "string" },
      { function() ryx.register_transform("t", "UPPER({col})", { accepts = "string" }) end, "misuse", "string" },
      { function() return Book.objects:filter{ pages__chars = 4 } end, "field_error", "chars" },
      { function() return Book.objects:filter{ name__initial__gte__x = 4 } end, "field_error", "gte" },
    }
  end)
end)
