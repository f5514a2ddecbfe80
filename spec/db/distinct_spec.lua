-- SPDX-License-Identifier: MIT
-- Distinct rows, also over some fields: as they are, in order, and inside a query. On the rows of
-- support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local V = ryx.Value
local Count, Sum, Exists, OuterRef = ryx.Count, ryx.Sum, ryx.Exists, ryx.OuterRef
local Author, Book = library.Author, library.Book

local Shelf = ryx.model("BShelf", {
  name = ryx.CharField{ max_length = 10 }, book = ryx.ForeignKey(Book, { null = true, related_name = "shelves" }),
  made = ryx.DateField(),
  Meta = { ordering = { "-name" } },
})

local models = { Shelf }
for i, model in ipairs(library.models) do table.insert(models, i, model) end

describe("distinct rows", function()
  db.use(ryx, models)
  setup(function()
    local made = library.fill()
    for _, s in ipairs{ { "p", "dogs" }, { "q", "alps" }, { "r" }, { "s", "bees" } } do
      Shelf.objects:create{ name = s[1], book = made[s[2]], made = "2024-01-05" }
    end
  end)

  it("are ordered by what each of them says", function()
    local authors = Author.objects:filter{ books__pages__gt = 0 }:distinct()
    local function of(qs)
      local out = {}
      for i, a in ipairs(qs:all()) do out[i] = a.name end
      return table.concat(out, " ")
    end
    assert.equal("dan ann ben", of(authors:order_by("publisher__name", "name")))
    assert.equal("ben ann dan", of(authors:order_by("-publisher__name", "-name")))
    assert.equal("ann", of(authors:order_by("publisher__name", "name"):slice(2, 2)))
    assert.equal("ben dan ann", of(authors:only("name"):order_by(ryx.Coalesce("mentor__name", V"x"), "-name")))
    local two = authors:order_by("publisher__name", "name"):limit(2)
    assert.equal("ann dan", rows.names(Author.objects:filter{ pk__in = two }))
    assert.equal(3, #authors:order_by("?"):all())
    assert.equal("DAN BEN ANN", rows.columns(authors:annotate{ upper = ryx.Upper("name") }:values("upper")
      :order_by(ryx.Lower("upper"):desc()), "upper"))
  end)

  it("are counted, also where all are the same and a part of them is asked for", function()
    local same = Author.objects:values{ x = V(5) }:distinct()
    assert.equal(1, same:offset(0):count())
    assert.equal(0, same:limit(3):offset(1):count())
    assert.is_true(same:limit(9):offset(0):exists())
    assert.is_false(same:offset(1):exists())
    local priced = Author.objects:values{ x = ryx.Coalesce(ryx.decimal "1.50", ryx.decimal "2.00") }:distinct()
    assert.equal(1, priced:order_by("-x"):limit(9):count())
  end)

  it("follow Meta.ordering where they hold it", function()
    local shelves = Shelf.objects:filter{ pk__gt = 0 }:distinct()
    local out = {}
    for i, s in ipairs(shelves:all()) do out[i] = s.name end
    assert.equal("s r q p", table.concat(out, " "))
    assert.equal(1, #shelves:values("made"):all())
    assert.same({ made = ryx.date("2024-01-05") }, shelves:values("made"):first())
  end)

  it("may get another order than the one before", function()
    local years = Book.objects:order_by("pages"):values_list("year", { flat = true }):distinct()
    assert.equal(years:order_by("year"):count(), #years:order_by("year"):all())
  end)

  it("refuse an order by what has several values in one", function()
    local authors = Author.objects:distinct()
    rows.refused{
      { function() return authors:order_by("-books__pages") end, "misuse", "BAuthor", '"books__pages"', "aggregate" },
      { function() return Author.objects:order_by("-books__pages"):distinct():all() end, "misuse", '"books__pages"' },
      { function() return Book.objects:values("year"):distinct():order_by("pages") end, "misuse", '"pages"',
        "values()" },
      { function() return Book.objects:order_by("pages"):values("year"):distinct():all() end, "misuse", '"pages"' },
      { function() return Book.objects:order_by("pages"):distinct():values("year"):all() end, "misuse", '"pages"' },
      { function() return Author.objects:filter{ pk__in = authors:order_by("books__pages"):limit(2) } end, "misuse",
        '"books__pages"' },
      { function() return authors:earliest("books__pages") end, "misuse", '"books__pages"' },
    }
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

  it("inside a query come behind their offset", function()
    local own = Book.objects:filter{ author = OuterRef("pk") }:values("author"):distinct():order_by("-author")
    local second = Author.objects:annotate{ x = ryx.Subquery(own:offset(1):limit(1)) }
    assert.equal(0, second:filter{ x__isnull = false }:count())
    assert.is_true(Author.objects:annotate{ x = ryx.Subquery(own:limit(1)) }:filter{ x__isnull = false }:exists())
  end)

  it("that an aggregate has made keep their conditions inside a query", function()
    local authors = Author.objects:filter{ books__pages__gt = 0 }:annotate{ n = Count("books") }
    assert.equal("ann dan", rows.names(Author.objects:filter{ pk__in = authors:filter{ n__gt = 1 } }))
    assert.equal("ann dan", rows.names(Author.objects:filter(Exists(authors:filter{ n__gt = 1, pk = OuterRef("pk") }))))
  end)
end)

local Shop = ryx.model("BShop", { name = ryx.CharField{ max_length = 10 } })
local Order = ryx.model("BOrder", { shop = ryx.ForeignKey(Shop, { related_name = "orders" }) })
local Item = ryx.model("BItem", {
  order = ryx.ForeignKey(Order, { related_name = "items" }), price = ryx.IntField{},
})

-- An index of what is distinct lets a server skip rows that the condition has yet to refuse.
describe("distinct values of rows that have none", function()
  db.use(ryx, { Shop, Order, Item })
  setup(function()
    local shops, orders, items = {}, {}, {}
    for i = 1, 15 do shops[i] = Shop{ id = i, name = "s" .. i } end
    Shop.objects:bulk_create(shops)
    for i = 1, 30 do orders[i] = Order{ id = i, shop_id = i % 15 + 1 } end
    Order.objects:bulk_create(orders)
    for i = 1, 30 do items[i] = Item{ id = i, order_id = i % 9 + 1, price = i % 5 } end
    Item.objects:bulk_create(items)
  end)

  it("are none behind the only one", function()
    local first = Item.objects:order_by("id"):values("price"):limit(1)
    local all = Order.objects:annotate{ p = ryx.Subquery(first), one = ryx.Value(1) }
    for _, name in ipairs{ "p", "one" } do
      local only = all:values(name):distinct():order_by(name)
      assert.equal(1, #only:all())
      assert.equal(0, #only:offset(1):all())
      assert.equal(0, #only:slice(2, 4):all())
      assert.equal(0, only:offset(1):count())
    end
    assert.equal(14, #all:values("shop", "p"):distinct():order_by("shop"):offset(1):all())
  end)

  it("are all there", function()
    local dear = Item.objects:filter{ price__gt = 2 }
    local without = Order.objects:exclude{ items__price__gt = 2 }
    assert.equal(15, #without:values("shop"):distinct():all())
    assert.equal(15, without:values("shop"):distinct():count())
    assert.equal(15, #Order.objects:filter(-Exists(dear:filter{ order = OuterRef("pk") })):values("shop"):distinct():all())
    assert.equal(15, #Order.objects:exclude{ pk__in = dear:values("order") }:values("shop"):distinct():all())
    assert.equal(15, #without:values("shop"):annotate{ n = Count() }:all())
  end)
end)
