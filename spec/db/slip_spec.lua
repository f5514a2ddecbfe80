-- SPDX-License-Identifier: MIT
-- Slips of the pen: one error that names what is wrong and the way out, at the caller's line.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F = ryx.F
local Author, Book = library.Author, library.Book
local books = Book.objects

describe("slips", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("in names of ryx, models, managers and querysets name the nearest", function()
    local ann = Author.objects:first()
    rows.refused{
      { function() return ryx.CharFeild{} end, "field_error", '"CharFeild"', '"CharField"' },
      { function() return ryx.Cuont("x") end, "field_error", '"Cuont"', '"Count"' },
      { function() return ryx.setpu("x") end, "field_error", '"setpu"', '"setup"' },
      { function() return books:fliter{ name = "x" } end, "field_error", '"fliter"', '"filter"' },
      { function() return books:filter{ name = "x" }:al() end, "field_error", '"al"', '"all"' },
      { function() return books.lenght end, "field_error", '"lenght"' },
      { function() return ann.books:fliter{ name = "x" } end, "field_error", '"fliter"', '"filter"' },
      { function() return ann.books:filter{ name = "x" }:al() end, "field_error", '"al"', '"all"' },
      { function() return Book:filter{ name = "x" } end, "field_error", '"filter"', "BBook.objects:filter(...)" },
      { function() return Book:find(1) end, "field_error", '"find"', "BBook" },
      { function() return Book.DosNotExist end, "field_error", '"DosNotExist"', '"DoesNotExist"' },
    }
    assert.is_nil(ryx._private)
    assert.is_nil(books._private)
    assert.is_nil(Book._private)
  end)

  it("in calls name the call that was meant", function()
    rows.refused{
      { function() return books:get(1) end, "misuse", "get", "get{ pk = ... }" },
      { function() return books:get(ryx.null) end, "misuse", "get", "get{ pk = ... }" },
      { function() return books:annotate(ryx.Count("reviews")) end, "misuse", "annotate{ name = expression }" },
      { function() return books:alias(F"name") end, "misuse", "alias{ name = expression }" },
      { function() return books:aggregate(ryx.Count()) end, "misuse", "aggregate{ name = expression }" },
      { function() return books:annotate{ save = ryx.Count("reviews") } end, "misuse", '"save"', "method" },
      { function() return books:values{ who = "author__name" } end, "misuse", '"who"', 'who = F"author__name"' },
      { function() return books:values_list{ who = "author__name" } end, "misuse", 'who = F"author__name"' },
      { function() return books:values{ "name", "id" } end, "misuse", 'values("name", "id")' },
      { function() return books:values_list{ "name", "id" } end, "misuse", 'values_list("name", "id")' },
      { function() return books:values(F"name") end, "misuse", "values{ name = expression }" },
      { function() return books:order_by{} end, "misuse", 'order_by("name", ...)' },
      { function() return books:order_by{ "name", "-id" } end, "misuse", 'order_by("name", "-id")' },
      { function() return books:only{ "name" } end, "misuse", 'only("name")' },
      { function() return books:select_related{ "author" } end, "misuse", 'select_related("author")' },
    }
  end)

  it("in the colon of a method are told", function()
    for name in ("get filter exclude create get_or_create update_or_create upsert bulk_create bulk_update in_bulk "
      .. "update update_all annotate alias aggregate values values_list order_by only defer distinct select_related "
      .. "prefetch_related paginate iter"):gmatch("%S+") do
      local e = db.error_of(books[name], { name = "x" })
      assert.equal("misuse", e.kind, name .. ": " .. tostring(e))
      assert.truthy(e.message:find(name:match("^(%l+)_all$") or name, 1, true), name .. ": " .. e.message)
      assert.truthy(e.message:find("not to a table: call it with a colon", 1, true), name .. ": " .. e.message)
    end
  end)

  it("in SQL of one's own are misuse", function()
    for _, sql in ipairs{ "SELEC 1", "SELECT 1 FRO x", "SELECT (1", "UPDATE", "SELECT 'open" } do
      local e = db.error_of(ryx.raw_fetch, sql)
      assert.equal("misuse", e.kind, sql .. ": " .. tostring(e))
      assert.equal(sql, e.sql)
    end
    assert.equal("operational", db.error_of(ryx.raw_fetch, "SELECT * FROM no_such_table_here").kind)
  end)
end)
