-- Testing: each test by itself, statements that are counted, events.
-- lua examples/10_testing.lua [URL]
local ryx = require "ryx"
local testing = ryx.testing

ryx.setup(arg and arg[1] or "sqlite::memory:")

local Shelf = ryx.model("ExampleShelf", { name = ryx.CharField{ max_length = 30 } })
local Book = ryx.model("ExampleBook", {
  title = ryx.CharField{ max_length = 60, unique = true },
  shelf = ryx.ForeignKey("ExampleShelf", { related_name = "books", on_delete = "CASCADE" }),
})

ryx.migrate{ Shelf, Book }
Book.objects:delete_all()
Shelf.objects:delete_all()

-- Stands for the `it` of a test library: nothing that a test writes is there afterwards.
local function it(name, test)
  local ok, err = pcall(testing.sandbox, test)
  print((ok and "ok: " or "failed: ") .. name, ok and "" or err)
end

-- The code under test.
local function inventory()
  local lines = {}
  for _, shelf in ipairs(Shelf.objects:order_by("name"):prefetch_related("books"):all()) do
    lines[#lines + 1] = ("%s %d"):format(shelf.name, shelf.books:count())
  end
  return lines
end

local function shelf_of(name, n)
  local shelf, books = Shelf.objects:create{ name = name }, {}
  for i = 1, n do books[i] = Book{ title = name .. " " .. i, shelf = shelf } end
  Book.objects:bulk_create(books)
end

it("counts books", function()
  shelf_of("novels", 3)
  shelf_of("poems", 2)
  assert(table.concat(inventory(), ", ") == "novels 3, poems 2")
end)
--> ok: counts books

it("takes two statements, however many shelves", function()
  for i = 1, 20 do shelf_of("shelf " .. i, 2) end
  local lines = testing.assert_queries(2, inventory)
  assert(#lines == 20)
end)
--> ok: takes two statements, however many shelves

it("takes a title once", function()
  shelf_of("novels", 1)
  local _, err = ryx.try(ryx.transaction, function() shelf_of("novels", 1) end)
  assert(err.kind == "unique_violation" and err.field == "title")
  assert(Book.objects:count() == 1)
end)
--> ok: takes a title once

print(Shelf.objects:count(), Book.objects:count())   --> 0	0

-- What is sent: parameters are placeholders, unless a developer asks for their values.
local seen
local stop = ryx.on_query(function(event) seen = event end)
Book.objects:filter{ title = "a secret" }:count()
print(seen.kind, seen.params[1])                     --> count	?
stop()
stop = ryx.on_query(function(event) seen = event end, { values = true })
Book.objects:filter{ title = "a secret" }:count()
print(seen.params[1])                                --> a secret
stop()

ryx.close()
