-- SPDX-License-Identifier: MIT
-- Model.objects:raw: instances from SQL of the user's own.
local db = require "support.db"
local ryx = require "ryx"

local Writer = ryx.model("RwWriter", { name = ryx.CharField{ max_length = 20 } })
local Book = ryx.model("RwBook", {
  title = ryx.CharField{ max_length = 20, db_column = "the_title" },
  writer = ryx.ForeignKey(Writer, { null = true, related_name = "books" }),
  price = ryx.DecimalField{ decimal_places = 2, max_digits = 8 }, in_print = ryx.BooleanField{ default = true },
  day = ryx.DateField{ null = true }, made = ryx.DateTimeField{ null = true }, meta = ryx.JSONField{ null = true },
  words = ryx.ArrayField(ryx.CharField{ max_length = 9 }, { null = true }), long = ryx.DurationField{ null = true },
  key = ryx.UUIDField{ null = true },
})
local KEY = "00000000-0000-4000-8000-000000000001"
local books = Book.objects

local function select(what, rest) return ("SELECT %s FROM rw_books %s"):format(what, rest or "ORDER BY id") end

describe("raw rows of a model", function()
  local ann
  db.use(ryx, { Writer, Book })
  setup(function()
    ann = Writer.objects:create{ name = "Ann" }
    local bob = Writer.objects:create{ name = "Bob" }
    books:create{ title = "A", writer = ann, price = "1.50", day = "2024-02-29", made = "2024-01-02 03:04:05.6",
      meta = { n = 1 }, words = { "x", "y" }, long = ryx.duration{ days = 1 }, key = KEY }
    books:create{ title = "B", writer = bob, price = "20.00", in_print = false }
    books:create{ title = "C", writer = ann, price = "3.00" }
  end)

  it("are instances with values of their types", function()
    local want = books:order_by("id"):all()
    local got = books:raw(select "*"):all()
    assert.equal(3, #got)
    for i, book in ipairs(got) do
      assert.is_true(getmetatable(book) == getmetatable(want[i]))
      for _, field in ipairs(Book._meta.fields) do
        local name = field.attname
        assert.equal(ryx.json.encode{ want[i][name] }, ryx.json.encode{ book[name] }, name)
      end
    end
    assert.equal("20.00", tostring(got[2].price))
    assert.is_false(got[2].in_print)
  end)

  it("take parameters, and have other columns as attributes", function()
    local got = books:raw(select("id, the_title, price + ? AS more", "WHERE price > ? ORDER BY id"), { 1, 2 }):all()
    assert.same({ "B", "C" }, { got[1].title, got[2].title })
    assert.equal(21, tonumber(tostring(got[1].more)))
    assert.equal("C", books:raw(select("*", "WHERE the_title = ?"), { "C" }):first().title)
    assert.is_nil(books:raw(select("*", "WHERE id < 0")):first())
  end)

  it("load what was left out for all rows at once", function()
    local got = books:raw(select "id"):all()
    local n = #db.sql_of(ryx, function()
      assert.same({ "A", "B", "C" }, { got[1].title, got[2].title, got[3].title })
    end)
    assert.equal(1, n)
    got[2].title = "Bb"
    got[2]:save()
    assert.equal("Bb", books:get{ pk = got[2].pk }.title)
  end)

  it("lead to relations, which are loaded for all rows at once", function()
    local got = books:raw(select "*"):all()
    assert.equal(1, #db.sql_of(ryx, function()
      assert.same({ "Ann", "Bob", "Ann" }, { got[1].writer.name, got[2].writer.name, got[3].writer.name })
    end))
    local writers = Writer.objects:raw("SELECT * FROM rw_writers ORDER BY id"):prefetch_related("books"):all()
    assert.equal(0, #db.sql_of(ryx, function() assert.equal(2, #writers[1].books:all()) end))
  end)

  it("come in loops, and in transactions", function()
    local titles = {}
    for book in books:raw(select "*"):iter() do titles[#titles + 1] = book.title end
    assert.equal(3, #titles)
    pcall(ryx.transaction, function(tx)
      books:create{ title = "D", writer = ann, price = "1.00" }
      assert.equal(4, #books:raw(select "*"):all())
      assert.equal(4, #books:raw(select "*"):using(tx):all())
      tx:rollback()
    end)
    assert.equal(3, #books:raw(select "*"):all())
  end)

  it("say what is wrong", function()
    for part, fn in pairs{
      ["no column \"id\""] = function() return books:raw(select "the_title"):all() end,
      ["nothing stands before it"] = function() return books:filter{ id = 1 }:raw(select "*") end,
      ["two columns are called"] = function() return books:raw("SELECT id, id FROM rw_books"):all() end,
      ["a list without holes"] = function() return books:raw(select "*", { nil, 1 }) end,
      ["raw takes a string"] = function() return books:raw(5) end,
    } do
      local e = db.error_of(fn)
      assert.truthy(tostring(e):find(part, 1, true), tostring(e))
    end
  end)
end)
