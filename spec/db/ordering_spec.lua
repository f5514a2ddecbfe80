-- SPDX-License-Identifier: MIT
-- Meta.ordering over paths: through relations, parts of values.
local ryx = require "ryx"
local db = require "support.db"

local Book = ryx.model("OrdBook", {
  title = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey("OrdAuthor", { null = true, related_name = "books" }),
  day = ryx.DateField{ null = true },
  Meta = { ordering = { "-author__city__name", "author__name", "-title" } },
})
local Author = ryx.model("OrdAuthor", {
  name = ryx.CharField{ max_length = 20 }, city = ryx.ForeignKey("OrdCity", { related_name = "authors" }),
  Meta = { ordering = { "city__name", "-name" } },
})
local City = ryx.model("OrdCity", { name = ryx.CharField{ max_length = 20 } })
local ByYear = ryx.model("OrdByYear", { Meta = { proxy = true, ordering = { "day__year", "title" } } }, Book)
local ByPage = ryx.model("OrdByPage", { Meta = { proxy = true, ordering = { "page__n" } } }, Book)
local Page = ryx.model("OrdPage", {
  book = ryx.OneToOneField("OrdBook", { related_name = "page" }), n = ryx.IntField{},
})

describe("an order over relations", function()
  db.use(ryx, { City, Author, Book, Page })

  local function titles(list)
    local out = {}
    for i, book in ipairs(list) do out[i] = book.title end
    return table.concat(out, " ")
  end

  setup(function()
    ryx.setup(db.url)
    db.tables(ryx, { City, Author, Book, Page })
    local a, b = City.objects:create{ name = "A" }, City.objects:create{ name = "B" }
    local ann = Author.objects:create{ name = "Ann", city = b }
    local bob, cid = Author.objects:create{ name = "Bob", city = b }, Author.objects:create{ name = "Cid", city = a }
    for title, author in pairs{ a1 = ann, a2 = ann, b1 = bob, c1 = cid } do
      Book.objects:create{ title = title, author = author, day = title == "a1" and "2020-02-03" or "2019-05-06" }
    end
    Book.objects:create{ title = "none" }
    for i, book in ipairs(Book.objects:order_by("-title"):all()) do Page.objects:create{ book = book, n = i } end
  end)

  it("is that of rows, of the first and of the last", function()
    assert.equal("a2 a1 b1 c1 none", titles(Book.objects:all()))
    assert.equal("none c1 b1 a1 a2", titles(Book.objects:reverse():all()))
    assert.same({ "a2", "none" }, { Book.objects:first().title, Book.objects:last().title })
    assert.equal("a1 b1", titles(Book.objects:slice(2, 3):all()))
    assert.equal("b1 none", titles(Book.objects:filter{ title__in = { "none", "b1" } }:all()))
    assert.equal("a1", titles(Book.objects:filter{ author__name = "Ann" }:offset(1):all()))
    assert.equal("a2 b1 c1 a1 none", titles(ByYear.objects:filter{ day__isnull = false }:all()) .. " none")
    assert.equal("none c1 b1 a2 a1", titles(ByPage.objects:all()))
  end)

  it("goes with everything that rows can be asked for", function()
    local books = Book.objects
    assert.equal("a2 a1 b1 c1 none", titles(books:select_related("author__city"):all()))
    assert.equal("a2 a1 b1 c1 none", titles(books:only("title"):all()))
    assert.equal("a2 a1 b1 c1 none", titles(books:values("title"):all()))
    assert.equal("a2 a1 b1 c1 none", titles(books:annotate{ up = ryx.Upper("title") }:all()))
    local streamed = {}
    for book in books:iter{ chunk = 2 } do streamed[#streamed + 1] = book end
    assert.equal("a2 a1 b1 c1 none", titles(streamed))
    assert.same({ 5, true, 5 }, { books:count(), books:exists(), #books:distinct():all() })
    assert.same({ "a2", "a1" }, { books:limit(2):all()[1].title, books:paginate{ page = 2, size = 1 }.rows[1].title })
    local page = books:paginate{ size = 3 }
    assert.equal("c1 none", titles(books:paginate{ size = 3, after = page.next }.rows))
    local authors = Author.objects:prefetch_related("books"):all()
    assert.same({ "Cid", "Bob", "Ann" }, { authors[1].name, authors[2].name, authors[3].name })
    assert.equal("a2 a1", titles(authors[3].books:all()))
    assert.equal(1, City.objects:filter{ authors__books = books:first() }:count())
    assert.equal("a1", books:filter{ pk__in = books:filter{ author__name = "Ann" } }:last().title)
  end)

  it("chooses what is updated and deleted", function()
    ryx.transaction(function(tx)
      assert.equal(2, Book.objects:limit(2):update{ day = "2021-01-01" })
      assert.equal(2, Book.objects:filter{ author__name = "Ann", day__year = 2021 }:count())
      assert.equal(2, Book.objects:offset(3):limit(2):delete())
      assert.equal("a2 a1 b1", titles(Book.objects:all()))
      tx:rollback()
    end)
  end)

  it("is checked where the model is defined, as far as its own fields go", function()
    local e = db.error_of(ryx.model, "OrdBad", { n = ryx.IntField{}, Meta = { ordering = { "-m" } } })
    assert.truthy(e.message:find('no field "m"', 1, true), e.message)
    local Bad = ryx.model("OrdBad", { Meta = { proxy = true, ordering = { "author__nme" } } }, Book)
    e = db.error_of(function() return Bad.objects:all() end)
    assert.equal("field_error", e.kind)
    assert.truthy(e.message:find('"nme"', 1, true) or e.message:find("author__nme", 1, true), e.message)
  end)
end)
