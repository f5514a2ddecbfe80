-- SPDX-License-Identifier: MIT
-- What an object shows of itself: its fields and annotations, and nothing of ryx's own.
local compat = require "ryx.compat"
local db = require "support.db"
local ryx = require "ryx"
local encode = ryx.json.encode

local Writer = ryx.model("TtWriter", {
  name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "tt_writers" },
})
local Book = ryx.model("TtBook", {
  title = ryx.CharField{ max_length = 20 },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  day = ryx.DateField{ null = true },
  writer = ryx.ForeignKey("TtWriter", { null = true, related_name = "books", on_delete = "SET_NULL" }),
  Meta = { table_name = "tt_books", ordering = { "title" } },
})

describe("an object", function()
  local ann, row

  db.use(ryx, { Writer, Book })

  before_each(function()
    Book.objects:delete_all()
    Writer.objects:delete_all()
    ann = Writer.objects:create{ name = "Ann" }
    Book.objects:create{ title = "A", price = "1.50", day = "2024-02-29", writer = ann }
    Book.objects:create{ title = "B" }
    row = Book.objects:select_related("writer"):annotate{ shout = ryx.Lower("title") }:get{ title = "A" }
  end)

  it("encodes as its fields", function()
    local text = ('{"day":"2024-02-29","id":%d,"price":"1.50","shout":"a","title":"A","writer_id":%d}'):format(row.id,
      ann.id)
    assert.equal(text, encode(row))
    assert.equal("Ann", row.writer.name)
    row._mine = {}
    assert.equal(text, encode(row))
    assert.equal(('[{"id":%d,"name":"Ann"}]'):format(ann.id), encode(Writer.objects:all()))
    assert.equal(('{"of":{"id":%d,"name":"Ann"}}'):format(ann.id), encode{ of = ann })
    assert.equal('{"title":"new"}', encode(Book{ title = "new" }))
  end)

  it("gives a plain table of its fields", function()
    assert.same({ id = row.id, title = "A", price = row.price, day = row.day, writer_id = ann.id, shout = "a" },
      row:to_table())
    assert.is_nil(getmetatable(row:to_table()))
    local b = Book.objects:get{ title = "B" }
    assert.same({ id = b.id, title = "B" }, b:to_table())
    assert.same({ id = b.id, title = "B", price = ryx.null, day = ryx.null, writer_id = ryx.null },
      b:to_table{ null = ryx.null })
    assert.same({ title = "A", writer_id = ann.id }, row:to_table{ only = { "title", "writer" } })
    assert.same({ title = "A", shout = "a" }, row:to_table{ exclude = { "id", "price", "day", "writer" } })
  end)

  it("gives what relations lead to when asked", function()
    local t = row:to_table{ only = { "title" }, related = { "writer" } }
    assert.same({ title = "A", writer = { id = ann.id, name = "Ann" } }, t)
    t = ann:to_table{ related = { "books" } }
    assert.equal("Ann 1 A", t.name .. " " .. #t.books .. " " .. t.books[1].title)
    assert.is_nil(Book.objects:get{ title = "B" }:to_table{ related = { "writer" } }.writer)
    assert.truthy(db.error_of(row.to_table, row, { related = { "writr" } }).message:find('"writer"', 1, true))
    assert.truthy(db.error_of(row.to_table, row, { only = { "titel" } }).message:find('"title"', 1, true))
    assert.truthy(db.error_of(row.to_table, row, { onyl = {} }).message:find('"only"', 1, true))
  end)

  it("is there in JSON when it was read: a queryset is not", function()
    for _, v in ipairs{ Book.objects, Book.objects:filter{ title = "A" }, { books = Book.objects } } do
      assert.truthy(tostring(db.error_of(encode, v)):find("call :all()", 1, true))
    end
    assert.equal("[]", encode(ryx.json.array(Book.objects:filter{ title = "x" }:all())))
  end)

  if compat.is_54 then
    it("is walked over by its fields", function()
      local seen = {}
      for name in pairs(row) do seen[#seen + 1] = name end
      table.sort(seen)
      assert.same({ "day", "id", "price", "shout", "title", "writer_id" }, seen)
    end)
  end
end)
