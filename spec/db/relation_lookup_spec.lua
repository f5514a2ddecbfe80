-- SPDX-License-Identifier: MIT
-- Lookups across relations, in both directions, with keys, instances and querysets
-- as values, on the rows of support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F = ryx.F

local Author, Book, Tag, Publisher, Review = library.Author, library.Book, library.Tag, library.Publisher,
library.Review
local o

describe("lookups across relations", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("take a key by every name", function()
    for _, path in ipairs{ "author", "author_id", "author__id", "author__pk", "author.id", "author.pk" } do
      assert.equal("alps bees", rows.names(Book.objects:filter(path, o.ann.id)), path)
      assert.equal("alps bees", rows.names(Book.objects:filter(path, o.ann)), path)
      assert.equal("alps bees cats", rows.names(Book.objects:filter(path .. "__in", { o.ann, o.ben.id })), path)
      assert.equal("alps bees",
        rows.names(Book.objects:filter(path .. "__in", Author.objects:filter{ name = "ann" })), path)
      assert.equal("cats dogs eels", rows.names(Book.objects:exclude(path, o.ann)), path)
      assert.falsy(Book.objects:filter(path, 1):sql():find("JOIN", 1, true), path)
    end
  end)

  it("go forward", function()
    rows.check(Book.objects, {
      { { author__name = "ann" }, "alps bees" }, { { author__name__startswith = "d" }, "dogs eels" },
      { { author__publisher = o.north }, "alps bees cats" },
      { { author__publisher__name = "north" }, "alps bees cats" },
      { { author__publisher__name__in = { "north", "south" } }, "alps bees cats" },
      { { ["author.publisher.name"] = "north" }, "alps bees cats" },
      { { author__publisher__isnull = true }, "dogs eels" }, { { author__publisher = ryx.null }, "dogs eels" },
      { { author__mentor__mentor__name = "ann" }, "dogs eels" },
      { { author__mentor__publisher__name__icontains = "O" }, "cats dogs eels" },
      { { author__mentor__name = "ann", author__publisher__name = "north" }, "cats" },
      { { author__publisher__in = Publisher.objects:filter{ name = "north" } }, "alps bees cats" },
      { { author = Author.objects:filter{ name = "ben" } }, "cats" }, { { author__in = {} }, "" },
      { { author__in = { ryx.null } }, "" }, { { author__publisher__pk__gt = 0 }, "alps bees cats" },
      { { author__publisher__name = F"author__publisher__name" }, "alps bees cats" },
      { { author__name__lt = F"name" }, "bees cats dogs eels" },
      { { author__publisher__name__upper = "NORTH" }, "alps bees cats" },
    })
  end)

  it("find what has no row of a relation", function()
    rows.check(Author.objects, {
      { { mentor = ryx.null }, "ann" }, { { mentor__isnull = false }, "ben cleo dan" },
      { { mentor__publisher__isnull = true }, "ann" },
      { { mentor__mentor__isnull = true }, "ann ben cleo" }, { { mentor__name__isnull = true }, "ann" },
      { { publisher__name__isnull = true }, "dan" }, { { contact__isnull = true }, "ben cleo" },
      { { contact__city__isnull = true }, "ben cleo dan" }, { { contact__city = "Oslo" }, "ann" },
      { { contact__city = ryx.null }, "ben cleo dan" }, { { books__isnull = true }, "cleo" },
      { { pupils__isnull = true }, "ben dan" },
      { { contact__pk__isnull = false }, "ann dan" },
    })
  end)

  it("go back", function()
    rows.check(Author.objects:distinct(), {
      { { books = o.cats }, "ben" }, { { books__name = "alps" }, "ann" },
      { { books__pages__gte = 200 }, "ann ben dan" },
      { { books__in = { o.alps, o.dogs.id } }, "ann dan" },
      { { books__in = Book.objects:filter{ year = 2001 } }, "ann ben" },
      { { pupils__name = "dan" }, "cleo" }, { { pupils__pupils = o.dan }, "ann" },
      { { pupils__books__name = "cats" }, "ann" },
      { { books__reviews__stars = 5 }, "ann dan" }, { { books__tags__name = "blue" }, "ann ben" },
      { { books__tags = o.red }, "ann dan" },
      { { contact = ryx.null }, "ben cleo" }, { { books__id = o.bees.id }, "ann" },
      { { books__pk__in = { o.bees } }, "ann" },
      { { publisher__authors__name = "ben" }, "ann ben" }, { { ["books.tags.name"] = "green" }, "ben" },
      { { books__reviews__text__isnull = true }, "ann cleo dan" }, { { books__year = ryx.null }, "cleo dan" },
    })
    rows.check(Publisher.objects:distinct(), {
      { { authors__books__tags__name__in = { "green" } }, "north" }, { { authors__contact__city = "Oslo" }, "north" },
      { { authors__books__isnull = true }, "south" }, { { authors__name__startswith = "c" }, "south" },
    })
  end)

  it("go through join tables", function()
    rows.check(Book.objects:distinct(), {
      { { tags = o.red }, "alps bees eels" }, { { tags__name = "blue" }, "alps cats" },
      { { tags__isnull = true }, "dogs" },
      { { tags__in = { o.green, o.blue.id } }, "alps cats" },
      { { tags__in = Tag.objects:filter{ name__contains = "ee" } }, "cats" },
      { { tags__books__name = "dogs" }, "" }, { { tags__books = o.eels }, "alps bees eels" },
      { { tags__pk = o.green.id }, "cats" },
      { { tags__name__gt = "green" }, "alps bees eels" }, { { tags = ryx.null }, "dogs" },
    })
    rows.check(Tag.objects:distinct(), {
      { { books__author__name = "ann" }, "blue red" },
      { { books__author__publisher__name = "north" }, "blue green red" },
      { { books__reviews__stars__lte = 3 }, "blue green red" }, { { books = o.cats }, "blue green" },
    })
  end)

  it("join a table only where it is needed", function()
    local function joins(qs) return select(2, qs:sql():gsub("JOIN", "")) end
    assert.equal(1, joins(Book.objects:filter{ tags = 1 }))
    assert.equal(2, joins(Book.objects:filter{ tags__name = "red" }))
    assert.equal(2, joins(Author.objects:filter{
      books__reviews__stars = 1, books__name = "x", books__reviews__text = "y",
    }))
    assert.equal(2, joins(Book.objects:filter{ author__publisher__name = "x" }:filter{ author__publisher__name = "y" }
      :order_by("author__name")))
  end)

  it("refuse objects of another model and querysets of one", function()
    rows.refused{
      { function() return Book.objects:filter{ author = o.alps } end, "misuse", "BBook.author", "BAuthor", "BBook" },
      { function() return Book.objects:filter{ author__in = { o.alps } } end, "misuse", "BBook.author" },
      { function() return Book.objects:filter{ author__in = Tag.objects } end, "misuse", "BBook.author", "BTag" },
      { function() return Book.objects:filter{ tags = o.ann } end, "misuse", "BTag" },
      { function() return Book.objects:filter{ tags__in = Author.objects } end, "misuse", "BAuthor" },
      { function() return Author.objects:filter{ books = o.red } end, "misuse", "BBook" },
      { function() return Author.objects:filter{ books__in = Tag.objects } end, "misuse", "BTag" },
      { function() return Book.objects:filter{ author = Author{ name = "new" } } end, "misuse", "not saved" },
      { function() return Book.objects:filter{ author__in = Author.objects:values("id", "name") } end, "misuse",
        "one column" },
      { function() return Book.objects:filter{ author = "x" }:all() end, "validation", "author" },
      { function() return Review.objects:filter{ book__author__name = o.ann } end, "misuse", "name" },
      { function() return Book.objects:filter{ author__gt = o.ann } end, "misuse", "author" },
    }
  end)
end)
