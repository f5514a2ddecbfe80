-- SPDX-License-Identifier: MIT
-- db_comment: what tables and columns say of themselves to those who look at the database.
local compat = require "ryx.compat"
local context = require "ryx.migrations.dialect.context"
local db = require "support.db"
local ddl = require "ryx.migrations.ddl"
local diff = require "ryx.migrations.diff"
local drift_words = require "ryx.migrations.diff.words"
local introspect = require "ryx.migrations.introspect"
local inspect = require "ryx.migrations.inspect"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local there = require "spec.support.travel"

local HOSTILE = "it's \"5\" %s ? \\ `x` $1\nsecond line; -- é"

local function drop_all()
  for _, name in ipairs{ "com_posts", "com_texts" } do ryx.raw_execute("DROP TABLE IF EXISTS " .. name) end
end

local function found(name)
  name = name or "com_posts"
  return introspect.run("default", { tables = { name } }).tables[name]
end

-- What a table says of itself and its columns; nothing where the database keeps no comments.
local function comments(name)
  local t = found(name)
  local out = { table = t.comment }
  for _, c in ipairs(t.columns) do out[c.name] = c.comment end
  return out
end

local function kept(wanted) return db.needs "comments" and wanted or {} end

local function model(Meta)
  Meta.table_name = Meta.table_name or "com_posts"
  return ryx.model("ComPost", {
    title = ryx.CharField{ max_length = 20, db_comment = "what stands on top" },
    n = ryx.IntField{ default = 5, db_comment = HOSTILE },
    note = ryx.TextField{ null = true, db_comment = "" },
    Meta = Meta,
  })
end

-- The statements that change something.
local function changes(models)
  local out = {}
  for _, sql in ipairs(db.sql_of(ryx, function() ryx.migrate(models) end)) do
    if not sql:find("^%s*SELECT") and not sql:find("^BEGIN") and not sql:find("^COMMIT") then out[#out + 1] = sql end
  end
  return out
end

local WANTED = { table = "texts of people", title = "what stands on top", n = HOSTILE }

describe("comments", function()
  db.use(ryx, {})
  before_each(drop_all)
  teardown(function()
    ryx.setup(db.url)
    drop_all()
    ryx.close()
  end)

  it("come with a table, and make no difference afterwards", function()
    local models = { model{ db_comment = "texts of people" } }
    ryx.migrate(models)
    assert.same(kept(WANTED), comments())
    assert.same({}, changes(models))
  end)

  it("come with a column, and with a key of the database's making", function()
    ryx.migrate{ ryx.model("ComPost", {
      title = ryx.CharField{ max_length = 20 }, Meta = { table_name = "com_posts" },
    }) }
    ryx.migrate{ model{} }
    assert.same(kept{ title = "what stands on top", n = HOSTILE }, comments())
    drop_all()
    ryx.migrate{ ryx.model("ComPost", {
      key = ryx.AutoField{ db_comment = "a number" }, Meta = { table_name = "com_posts" },
    }) }
    assert.same(kept{ key = "a number" }, comments())
  end)

  it("change by a statement each, without the table made anew", function()
    ryx.migrate{ model{ db_comment = "other" } }
    local models = { ryx.model("ComPost", {
      title = ryx.CharField{ max_length = 20, db_comment = "a name" },
      n = ryx.IntField{ default = 5, db_comment = HOSTILE },
      note = ryx.TextField{ null = true }, Meta = { table_name = "com_posts", db_comment = "texts" },
    }) }
    assert.equal(db.needs "comments" and 2 or 0, #changes(models))
    assert.same(kept{ table = "texts", title = "a name", n = HOSTILE }, comments())
  end)

  it("of others stay, also when their columns change", function()
    local function other(length)
      return { ryx.model("ComPost", {
        title = ryx.CharField{ max_length = length }, Meta = { table_name = "com_posts" },
      }) }
    end
    ryx.migrate{ ryx.model("ComPost", {
      title = ryx.CharField{ max_length = 20, db_comment = "a person's" },
      Meta = { table_name = "com_posts", db_comment = "theirs" },
    }) }
    assert.same({}, changes(other(20)))
    ryx.migrate(other(30))
    assert.same(kept{ table = "theirs", title = "a person's" }, comments())
  end)

  if db.needs "comments" then
    it("are in the models of inspectdb", function()
      ryx.migrate{ model{ db_comment = "texts of people" } }
      local text = inspect.run("default", "com_posts")
      assert.is_truthy(text:find('db_comment = "what stands on top"', 1, true), text)
      assert.is_truthy(text:find('db_comment = "texts of people"', 1, true), text)
      assert.is_nil(text:find("managed", 1, true), text)
      local M = assert(compat.load(text, "=models", _G))()
      local _, found_model = next(M)
      assert.same({}, changes{ found_model })
    end)
  end
end)

describe("comments of migrations", function()
  db.use(ryx, {})
  after_each(drop_all)

  local function shop()
    return operation.apply({ m.create_model("ComPost", {
      title = ryx.CharField{ max_length = 20, db_comment = "one" }, n = ryx.IntField{ default = 1 },
      Meta = { table_name = "com_posts", db_comment = "texts" },
    }) }, state.new())
  end

  -- Applies an operation and undoes it: what is said then.
  local function there_and_back(op, name)
    local from = shop()
    local to = operation.apply({ op }, from)
    there.run(there.EMPTY, there.schema_of(from))
    assert.same({}, there.travel(op, from, to))
    local after = comments(name)
    assert.same({}, there.travel(op, to, from, true))
    assert.same(kept{ table = "texts", title = "one" }, comments())
    return after
  end

  it("are altered and taken away, and come back", function()
    local op = m.alter_field("ComPost", "title", ryx.CharField{ max_length = 20, db_comment = "two" })
    assert.same(kept{ table = "texts", title = "two" }, there_and_back(op))
    drop_all()
    op = m.alter_field("ComPost", "title", ryx.CharField{ max_length = 20 })
    assert.same(kept{ table = "texts" }, there_and_back(op))
    drop_all()
    op = m.alter_model("ComPost", { db_comment = "other" })
    assert.same(kept{ table = "other", title = "one" }, there_and_back(op))
    drop_all()
    op = m.alter_model("ComPost", { db_comment = false })
    assert.same(kept{ title = "one" }, there_and_back(op))
  end)

  local function context_here() return context.of(require("ryx.db").alias("default")) end

  if db.needs "comments" then
    it("that were changed by hand are told", function()
      local from, ctx = shop(), context_here()
      local op = m.alter_field("ComPost", "title", ryx.CharField{ max_length = 20, db_comment = "two" })
      local wanted = there.schema_of(operation.apply({ op, m.alter_model("ComPost", { db_comment = "other" }) }, from))
      there.run(there.EMPTY, there.schema_of(from))
      local changes_of = diff.run(there.there(wanted), wanted, nil, ctx.dialect)
      assert.same({
        'com_posts.title is commented "one", not commented "two"',
        'com_posts is commented "texts", not commented "other"',
      }, drift_words(changes_of, ctx.dialect))
    end)

    it("are no risk, whatever else a table has", function()
      local function with(text)
        return there.schema_of(operation.apply({ m.create_model("ComPost", {
          title = ryx.CharField{ max_length = 20, db_comment = text, unique = true },
          n = ryx.IntField{ db_default = ryx.Raw("1 + 1") },
          Meta = { table_name = "com_posts", db_comment = text },
        }) }, state.new()))
      end
      local ctx = context_here()
      there.run(there.EMPTY, with("one"))
      local steps = ddl.steps(ctx, diff.run(with("one"), with("two"), nil, ctx.dialect))
      assert.equal(2, #steps)
      for _, one in ipairs(steps) do
        assert.is_nil(one.risk)
        ryx.raw_execute(one.sql) -- the server grants what is wished
      end
    end)
  end

  it("stay when the type, NULL or the default of their column changes", function()
    for _, options in ipairs{ { max_length = 300 }, { null = true }, { default = "x" } } do
      options.max_length, options.db_comment = options.max_length or 20, "one"
      drop_all()
      local op = m.alter_field("ComPost", "title", ryx.CharField(options))
      assert.same(kept{ table = "texts", title = "one" }, there_and_back(op))
    end
  end)

  it("change along with the rest of a column and with the name of a table", function()
    local op = m.alter_field("ComPost", "title", ryx.CharField{
      max_length = 40, default = "x", null = true, db_comment = "two",
    })
    assert.same(kept{ table = "texts", title = "two" }, there_and_back(op))
    drop_all()
    op = m.alter_model("ComPost", { table_name = "com_texts", db_comment = "other" })
    assert.same(kept{ table = "other", title = "one" }, there_and_back(op, "com_texts"))
    drop_all()
    op = m.add_field("ComPost", "more", ryx.IntField{ default = 3, db_comment = "new" })
    assert.same(kept{ table = "texts", title = "one", more = "new" }, there_and_back(op))
  end)
end)

describe("a comment", function()
  db.use(ryx, {})

  it("that a database cannot keep is refused before anything is made", function()
    local function try(text)
      return db.error_of(ryx.migrate, { ryx.model("ComPost", {
        n = ryx.IntField{ db_comment = text }, Meta = { table_name = "com_posts" },
      }) })
    end
    if not db.needs "comments" then return end
    assert.equal("ComPost.n: db_comment holds a zero byte", try("a\0b").message)
    if db.dialect == "postgres" then return end
    assert.matches("^ComPost.n: db_comment: %w+ keeps no more than 1024 characters of it$",
      try(("é"):rep(1025)).message)
  end)

  it("is a text, and belongs to a column", function()
    assert.matches("db_comment is a string, not 5", db.error_of(ryx.IntField, { db_comment = 5 }).message)
    assert.matches("cannot have db_comment", db.error_of(ryx.ManyToManyField, "X", { db_comment = "x" }).message)
    assert.matches("db_comment", db.error_of(ryx.model, "ComBad", { Meta = { db_comment = 5 } }).message)
  end)
end)
