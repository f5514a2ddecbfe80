-- SPDX-License-Identifier: MIT
-- Bad input to queries: one error that names the path, the model and the nearest
-- valid name, at the caller's line.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, null = ryx.F, ryx.Q, ryx.null
local Author, Book, Review = library.Author, library.Book, library.Review
local books = Book.objects

describe("bad queries", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("name what is unknown and what is near", function()
    rows.refused{
      { function() return books:filter{ nam = 1 } end, "field_error", "BBook", '"nam"', 'did you mean "name"' },
      { function() return books:exclude{ nam = 1 } end, "field_error", "BBook", '"nam"', '"name"' },
      { function() return books:filter(Q{ pags = 1 } + Q{ name = "x" }) end, "field_error", "BBook", '"pags"',
        '"pages"' },
      { function() return books:filter{ author__nam = 1 } end, "field_error", "BAuthor", '"nam"', "author__nam",
        '"name"' },
      { function() return books:filter{ author__publisher__nme = 1 } end, "field_error", "BPublisher", '"nme"',
        '"name"' },
      { function() return books:filter{ reviews__star = 1 } end, "field_error", "BReview", '"star"', '"stars"' },
      { function() return books:filter{ revews__stars = 1 } end, "field_error", "BBook", '"revews"', '"reviews"' },
      { function() return books:filter{ tags__nam = 1 } end, "field_error", "BTag", '"nam"' },
      { function() return books:filter{ pages__gtee = 2 } end, "field_error", "BBook.pages", '"gtee"', '"gte"' },
      { function() return books:filter{ name__contain = "a" } end, "field_error", "BBook.name", '"contain"',
        '"contains"' },
      { function() return books:filter{ author__name__startwith = "a" } end, "field_error", "BAuthor.name",
        '"startwith"', '"startswith"' },
      { function() return books:filter{ pages__contains = "1" } end, "field_error", "BBook.pages", '"contains"' },
      { function() return books:filter{ pages__regex = "1" } end, "field_error", "BBook.pages", '"regex"' },
      { function() return books:filter{ pages__gt__lt = 1 } end, "field_error", "pages__gt__lt", "gt" },
      { function() return books:filter{ name__lowr__contains = "x" } end, "field_error", "BBook.name", '"lowr"',
        '"lower"' },
      { function() return books:filter{ [""] = 1 } end, "field_error", "BBook", '""' },
      { function() return books:filter{ ["name__"] = 1 } end, "field_error", "BBook.name" },
      { function() return books:filter{ ["__name"] = 1 } end, "field_error", "BBook" },
      { function() return books:order_by("-nam") end, "field_error", "BBook", '"nam"', '"name"' },
      { function() return books:order_by("author__nam") end, "field_error", "BAuthor", '"nam"' },
      { function() return books:values("nam") end, "field_error", "BBook", '"nam"' },
      { function() return books:values_list("pags", { flat = true }) end, "field_error", "BBook", '"pags"' },
      { function() return books:only("nam") end, "field_error", "BBook", '"nam"' },
      { function() return books:defer("pags") end, "field_error", "BBook", '"pags"' },
      { function() return books:annotate{ x = F"nam" } end, "field_error", "BBook", '"nam"', '"name"' },
      { function() return books:annotate{ x = ryx.Count("revews") } end, "field_error", "BBook", '"revews"',
        '"reviews"' },
      { function() return books:filter{ pages = F"pags" } end, "field_error", "BBook", '"pags"' },
      { function() return books:distinct("nam") end, "field_error", "BBook", '"nam"' },
      { function() return books:in_bulk({ 1 }, { field_name = "nam" }) end, "field_error", "BBook", '"nam"' },
      { function() return books:filter(F"name":lookup("contain", "x")) end, "field_error", '"contain"',
        '"contains"' },
      { function() return books:using("replca") end, "misuse", "replca" },
    }
  end)

  it("name unknown options", function()
    rows.refused{
      { function() return books:values_list("name", { falt = true }) end, "misuse", "falt", "flat" },
      { function() return books:values("name", { nul = 1 }) end, "misuse", "nul", "null" },
      { function() return books:in_bulk({ 1 }, { field = "id" }) end, "misuse", "field", "field_name" },
      { function() return ryx.Count("id", { distnct = true }) end, "misuse", "distnct", "distinct" },
      { function() return F"name":desc{ null = "last" } end, "misuse", "null", "nulls" },
      { function() return F"name":desc{ nulls = "lst" } end, "misuse", "lst" },
      { function() return ryx.Window(ryx.RowNumber(), { partition = "id" }) end, "misuse", "partition",
        "partition_by" },
      { function() return books:iter{ chunks = 5 } end, "misuse", "chunks", "chunk" },
    }
  end)

  it("tell which value a lookup takes", function()
    rows.refused{
      { function() return books:filter{ pages__in = 5 } end, "misuse", "BBook.pages", "pages__in", "list" },
      { function() return books:filter{ pages__in = "5" } end, "misuse", "BBook.pages", "list" },
      { function() return books:filter{ pages__in = { a = 1 } } end, "misuse", "list" },
      { function() return books:filter{ pages__in = { "x" } }:all() end, "validation", "pages" },
      { function() return books:filter{ pages__in = { { 1, 2 }, { 3, 4 } } } end, "misuse", "BBook.pages",
        "holds a table" },
      { function() return books:filter{ name__in = { "x", { a = 1 } } } end, "misuse", "BBook.name", "holds a table" },
      { function() return books:filter(F"pages":in_{ 5, { 1 } }) end, "misuse", "BBook.pages", "holds a table" },
      { function() return books:filter{ id__in = { { 1 } } } end, "misuse", "BBook.id", "holds a table" },
      { function() return books:filter{ pages__range = { 1 } } end, "misuse", "two values" },
      { function() return books:filter{ pages__range = { 1, 2, 3 } } end, "misuse", "two values" },
      { function() return books:filter{ pages__range = 1 } end, "misuse", "pages__range", "list" },
      { function() return books:filter{ pages__range = { 1, null } }:all() end, "misuse", "range" },
      { function() return books:filter{ year__isnull = 1 } end, "misuse", "BBook.year", "true or false" },
      { function() return books:filter{ year__isnull = "yes" } end, "misuse", "BBook.year", "true or false" },
      { function() return books:filter{ year__gt = null } end, "misuse", "BBook.year", "isnull" },
      { function() return books:filter{ pages = { 1, 2 } } end, "misuse", "BBook.pages", "pages__in" },
      { function() return books:filter{ pages__gt = { 1 } } end, "misuse", "BBook.pages", "pages__gt" },
      { function() return books:filter{ pages = "many" }:all() end, "validation", "pages" },
      { function() return books:filter{ pages = 1.5 }:all() end, "validation", "pages" },
      { function() return books:filter{ price = "ten" }:all() end, "validation", "BBook.price", "ten" },
      { function() return books:filter{ price = 1.5 }:all() end, "validation", "price" },
      { function() return books:filter{ pages = print } end, "misuse", "BBook.pages", "function" },
      { function() return books:filter{ pages = coroutine.create(print) } end, "misuse", "BBook.pages", "thread" },
      { function() return books:filter("pages", nil) end, "misuse", "nil" },
      { function() return books:filter{ name__in = { "a", F"author__id" } } end, "field_error", "name__in", "text" },
      { function() return books:filter{ pages__gt = F"name" } end, "field_error", "pages__gt", "int", "text" },
      { function() return books:filter{ pages = 0 / 0 }:all() end, "validation", "pages" },
    }
  end)

  it("refuse empty tables, nil and what is no condition", function()
    for _, method in ipairs{ "filter", "exclude", "get" } do
      rows.refused{
        { function() return books[method](books, {}) end, "misuse", "nil", method == "get" and "filter" or method },
        { function() return books[method](books, "name", nil) end, "misuse", "nil" },
        { function() return books[method](books, 5) end, "misuse", "conditions" },
        { function() return books[method](books, "name") end, "misuse", "value" },
        { function() return books[method](books, { 5 }) end, "misuse", "text" },
        { function() return books[method](books, Author.objects) end, "misuse", "QuerySet" },
      }
    end
    rows.refused{
      { function() return books:filter(nil) end, "misuse", "filter" },
      { function() return books:filter() end, "misuse", "filter" },
      { function() for _, book in ipairs(books) do return book.name end end, "misuse", ":all()" },
    }
  end)

  it("refuse slices that have no meaning, and steps after one", function()
    rows.refused{
      { function() return books:slice(0) end, "misuse", "slice" },
      { function() return books:slice(-1, 2) end, "misuse", "slice" },
      { function() return books:slice("1") end, "misuse", "slice" },
      { function() return books:slice(1.5) end, "misuse", "slice" },
      { function() return books:slice(1, "x") end, "misuse", "slice" },
      { function() return books:slice(1, -3) end, "misuse", "slice" },
      { function() return books:limit(-1) end, "misuse", "limit" },
      { function() return books:limit("5") end, "misuse", "limit" },
      { function() return books:offset(-1) end, "misuse", "offset" },
      { function() return books:offset(0.5) end, "misuse", "offset" },
      { function() return books:limit(1):filter{ pages = 1 } end, "misuse", "filter after limit" },
      { function() return books:offset(1):exclude{ pages = 1 } end, "misuse", "exclude after limit" },
      { function() return books:slice(1, 2):order_by("name") end, "misuse", "order_by after limit" },
      { function() return books:limit(1):distinct() end, "misuse", "distinct after limit" },
      { function() return books:limit(1):reverse() end, "misuse", "reverse after limit" },
    }
  end)

  it("refuse what stands in the wrong place", function()
    local ranked = ryx.Window(ryx.RowNumber(), { order_by = "pages" })
    rows.refused{
      { function() return books:filter(ryx.Count("tags"):gt(1)) end, "field_error", "Count", "annotate" },
      { function() return books:order_by(ryx.Sum("pages")) end, "field_error", "Sum" },
      { function() return books:filter{ pages__gt = ryx.Max("pages") } end, "field_error", "Max" },
      { function() return books:annotate{ x = ryx.Sum(ryx.Count("tags")) } end, "field_error", "Sum",
        "aggregate of an aggregate" },
      { function() return books:annotate{ x = ryx.Sum(ranked) } end, "field_error", "Sum", "window" },
      { function() return books:annotate{ x = ryx.RowNumber() } end, "misuse", "Window(RowNumber" },
      { function() return books:annotate{ x = F"name":asc() } end, "misuse", "order_by" },
      { function() return books:annotate{ pages = F"year" } end, "field_error", "BBook", '"pages"', "field" },
      { function() return books:annotate{ tags = ryx.Count("tags") } end, "field_error", '"tags"' },
      { function() return books:annotate{ x = F"pages" }:annotate{ x = F"year" } end, "field_error", '"x"',
        "already" },
      { function() return books:annotate{ ["a b"] = F"pages" } end, "misuse", "a b" },
      { function() return books:annotate{ a__b = F"pages" } end, "misuse", "a__b" },
      { function() return books:values("name", "name") end, "misuse", "twice" },
      { function() return books:values("name"):only("name") end, "misuse", "only after values" },
      { function() return books:values("name"):distinct():order_by("pages") end, "misuse", "BBook", "distinct",
        '"pages"' },
      { function() return Review.objects:filter(Q{ stars = 1 }, { sters = 2 }) end, "field_error", "sters", "stars" },
    }
  end)

  it("are raised at the caller's line", function()
    local line = debug.getinfo(1, "l").currentline
    local errs = {
      db.error_of(function() local qs = books:filter{ nam = 1 } return qs end),
      db.error_of(function() local n = books:filter{ pages = "x" }:count() return n end),
      db.error_of(function() local qs = books:order_by("nam") return qs end),
      db.error_of(function() local e = ryx.Count("id", { nope = 1 }) return e end),
      db.error_of(function() local qs = books:annotate{ x = ryx.Lower("pages") } return qs end),
      db.error_of(function() local qs = books:limit(-1) return qs end),
    }
    for i, e in ipairs(errs) do
      assert.truthy(tostring(e.where):find("bad_query_spec.lua:" .. line + 1 + i .. "$"),
        i .. ": " .. tostring(e.where))
      assert.truthy(tostring(e):find("bad_query_spec.lua:" .. line + 1 + i, 1, true))
      assert.is_nil(e.message:find("\n", 1, true))
    end
    -- Met again, at another line: an edge that failed is not remembered.
    local e = db.error_of(function() local qs = books:filter{ nam = 1 } return qs end)
    assert.truthy(tostring(e.where):find("bad_query_spec.lua:" .. debug.getinfo(1, "l").currentline - 1, 1, true))
  end)

  it("say what is too deep for a database", function()
    local sum = ryx.F"pages"
    for _ = 1, 150 do sum = sum + 1 end
    local deep = books:annotate{ x = sum }:order_by("id")
    if db.needs "deep expressions" then
      assert.equal(150 + books:order_by("id"):first().pages, deep:first().x)
    else
      rows.refused{ { function() return deep:first() end, "unsupported", "in parts" } }
    end
  end)

  it("leave nothing behind", function()
    pcall(function() return books:filter{ pages = 100, nam = 1 } end)
    assert.equal(1, books:filter{ pages = 100 }:count())
    pcall(function() return books:annotate{ x = F"pages" + 1, y = F"nam" } end)
    assert.equal(101, books:annotate{ x = F"pages" + 1 }:get{ name = "alps" }.x)
    assert.equal(5, books:count())
  end)

  for _, c in ipairs{ { "frames of groups", function()
      return books:annotate{ x = ryx.Window(ryx.Sum("pages"),
        { order_by = "year", frame = { groups = { -1, 0 } } }) }:all()
    end, "GROUPS" }, { "reverse", function() return books:annotate{ x = ryx.Reverse("name") }:all() end,
    "reverse" } } do
    if not db.needs(c[1]) then
      it("say what this database lacks: " .. c[1], function() rows.refused{ { c[2], "unsupported", c[3] } } end)
    end
  end
end)
