-- SPDX-License-Identifier: MIT
-- Distinct rows, also over some fields: as they are, in order, and inside a query. On the rows of
-- support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local Count, Sum, Exists, OuterRef = ryx.Count, ryx.Sum, ryx.Exists, ryx.OuterRef
local Author, Book = library.Author, library.Book

describe("distinct rows", function()
  db.use(ryx, library.models)
  setup(function()
    library.fill()
  end)

  it("over fields are the same ones inside a query", function()
    local longest = Book.objects:order_by("author", "-pages"):distinct("author")
    assert.equal("bees cats dogs", rows.names(Book.objects:filter{ pk__in = longest:values("pk") }))
    assert.equal("bees cats dogs", rows.names(Book.objects:filter{ pk__in = longest }))
    assert.equal("alps eels", rows.names(Book.objects:exclude{ pk__in = longest }))
    assert.equal("bees cats dogs", rows.names(longest:union(longest)))
    assert.equal(900, longest:aggregate{ s = Sum("pages") }.s)
  end)

  it("are not counted in a condition", function()
    local years = Book.objects:filter{ year = 2001 }:values("year"):distinct()
    assert.equal("ann ben cleo dan", rows.names(Author.objects:filter(Exists(years:limit(5)))))
    rows.refused{ { function() return Author.objects:filter(Exists(years:offset(1))) end, "unsupported", "Exists",
      "distinct" } }
  end)

  it("that an aggregate has made keep their conditions inside a query", function()
    local authors = Author.objects:filter{ books__pages__gt = 0 }:annotate{ n = Count("books") }
    assert.equal("ann dan", rows.names(Author.objects:filter{ pk__in = authors:filter{ n__gt = 1 } }))
    assert.equal("ann dan", rows.names(Author.objects:filter(Exists(authors:filter{ n__gt = 1, pk = OuterRef("pk") }))))
  end)
end)
