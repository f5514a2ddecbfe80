-- SPDX-License-Identifier: MIT
-- A live database as data: tables of ryx's and of others.
local db = require "support.db"
local introspect = require "ryx.migrations.introspect"
local ryx = require "ryx"

local Author = ryx.model("IntAuthor", {
  name = ryx.CharField{ max_length = 80, unique = true }, Meta = { table_name = 'int "authors` [a]' },
})
local Book = ryx.model("IntBook", {
  title = ryx.CharField{ max_length = 20, null = true, db_default = "it's" },
  select = ryx.IntField{ db_column = "select", default = 5 },
  price = ryx.DecimalField{ max_digits = 6, decimal_places = 2 },
  author = ryx.ForeignKey(Author, { null = true, on_delete = "SET NULL", related_name = "books" }),
  editor = ryx.ForeignKey(Author, { related_name = "edited" }),
  Meta = {
    table_name = "int_books", unique_together = { { "title", "author" } },
    constraints = { ryx.Constraint{ check = ryx.Q{ price__gte = 0 }, name = "int_price" } },
    indexes = {
      ryx.Index{ fields = { "title", "-price" }, name = "int_title" },
      ryx.SearchIndex{ fields = { "title" }, name = "int_words" },
    },
  },
})

local function column(t, name)
  for _, c in ipairs(t.columns) do
    if c.name == name then return c end
  end
end

local function read(...)
  return introspect.run("default", { tables = { ... } }).tables
end

describe("introspection", function()
  db.use(ryx, { Author, Book })

  local function run(sql) ryx.raw_execute(sql) end
  local function quote(name) return require("ryx.db").quote(require("ryx.db").alias("default"), name) end

  it("gives columns and keys", function()
    local t = read("int_books").int_books
    assert.equal(6, #t.columns)
    assert.same({ "id" }, t.primary_key.columns)
    assert.is_true(column(t, "id").identity)
    assert.is_false(column(t, "select").null)
    assert.is_true(column(t, "title").null)
    assert.equal("5", (column(t, "select").default:gsub("[()]", "")))
    assert.same({ "title", "author_id" }, t.uniques.uq_int_books_title_author_id_0.columns)
    local key = t.foreign_keys.fk_int_books_author_id
    assert.same({ 'int "authors` [a]', "SET NULL" }, { key.table, key.on_delete })
    assert.same({ { "id" }, { "author_id" } }, { key.to, key.columns })
    assert.equal("CASCADE", t.foreign_keys.fk_int_books_editor_id.on_delete)
    assert.truthy(t.checks.int_price.sql:find("price"))
    assert.is_nil(t.checks.int_price.sql:find("^CHECK"))
  end)

  it("gives indexes and searches, whose own columns and tables it hides", function()
    local t = read("int_books").int_books
    local a, b = t.indexes.int_title.parts[1], t.indexes.int_title.parts[2]
    assert.same({ "title", false, "price", true }, { a.column, a.desc, b.column, b.desc })
    assert.same({ "title" }, t.searches.int_words.columns)
    assert.is_nil(t.indexes.int_words)
    for _, name in ipairs(require("ryx.compat").sorted_keys(introspect.run("default").tables)) do
      assert.is_nil(name:find("int_words", 1, true))
    end
  end)

  it("takes any name, and only the tables that are meant", function()
    local t = read('int "authors` [a]', "int_none", "'; DROP TABLE int_books; --")
    assert.same({ 'int "authors` [a]' }, require("ryx.compat").sorted_keys(t))
    assert.same({}, read())
  end)

  it("takes as many statements for many tables as for one", function()
    local function statements(fn)
      local n = 0
      local undo = ryx.on_query(function() n = n + 1 end)
      fn()
      undo()
      return n
    end
    local one = statements(function() read("int_books") end)
    assert.is_true(one <= 4, one)
    for i = 1, 20 do run(("CREATE TABLE int_many_%d (id INTEGER PRIMARY KEY, a INTEGER UNIQUE)"):format(i)) end
    assert.equal(one, statements(function() introspect.run("default") end))
    for i = 1, 20 do run(("DROP TABLE int_many_%d"):format(i)) end
  end)

  it("reads tables of others", function()
    run(([[CREATE TABLE int_others (%s INTEGER NOT NULL, %s VARCHAR(10) NOT NULL DEFAULT 'a, (b', c INTEGER DEFAULT 7,
      CONSTRAINT int_key PRIMARY KEY (%s, %s), UNIQUE (c), CHECK (c > 1 AND c < 99))]]):format(quote "end",
      quote "a 'b\" c", quote "end", quote "a 'b\" c"))
    local t = read("int_others").int_others
    run("DROP TABLE int_others")
    assert.same({ "end", "a 'b\" c" }, t.primary_key.columns)
    assert.equal("'a, (b'", (column(t, "a 'b\" c").default:gsub("::.*", "")))
    local _, unique = next(t.uniques)
    assert.same({ "c" }, unique.columns)
    local _, check = next(t.checks)
    assert.truthy(check.sql:find("99", 1, true))
  end)
end)
