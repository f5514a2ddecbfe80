-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local state = require "ryx.migrations.state"

local ctx = { dialect = require "ryx.migrations.dialect.sqlite" }

local function shop()
  return operation.apply({
    m.create_model("Author", { name = ryx.CharField{} }),
    m.create_model("Tag", { label = ryx.CharField{} }),
    m.create_model("Post", {
      title = ryx.CharField{ null = true }, author = ryx.ForeignKey("Author"),
      tags = ryx.ManyToManyField("Tag"), friends = ryx.ManyToManyField("self"),
    }),
    m.create_model("Alone", { Meta = { managed = false } }),
  }, state.new())
end

-- The hints of an operation over a state, there and back.
local function hints(op, from)
  local to = op:apply(from)
  return op:hints(ctx, from, to), op:hints(ctx, to, from, true)
end

local function same_tables(there, back, tables, columns)
  local tables_back = {}
  for old, new in pairs(tables) do tables_back[new] = old end
  assert.same(tables, there.tables)
  assert.same(tables_back, back.tables)
  assert.same(columns, there.columns)
  local columns_back = {}
  for key, names in pairs(columns) do
    local old = {}
    for a, b in pairs(names) do old[b] = a end
    columns_back[tables_back[key] or key] = old
  end
  assert.same(columns_back, back.columns)
end

describe("the hints of an operation", function()
  it("name a table, join tables and their columns under the new name of a model", function()
    local there, back = hints(m.rename_model("Post", "BlogPost"), shop())
    same_tables(there, back, {
      posts = "blog_posts", post_tags = "blog_post_tags", post_friends = "blog_post_friends",
    }, {
      blog_post_tags = { post_id = "blog_post_id" },
      blog_post_friends = { from_post_id = "from_blog_post_id", to_post_id = "to_blog_post_id" },
    })
    there, back = hints(m.rename_model("Tag", "Label"), shop())
    same_tables(there, back, { tags = "labels" }, { post_tags = { tag_id = "label_id" } })
  end)

  it("leave a table alone that has a name of its own", function()
    local s = operation.apply({ m.alter_model("Tag", { table_name = "words" }) }, shop())
    local there, back = hints(m.rename_model("Tag", "Label"), s)
    same_tables(there, back, {}, { post_tags = { tag_id = "label_id" } })
  end)

  it("name a column, or a join table, under the new name of a field", function()
    local there, back = hints(m.rename_field("Post", "title", "headline"), shop())
    same_tables(there, back, {}, { posts = { title = "headline" } })
    there, back = hints(m.rename_field("Post", "author", "writer"), shop())
    same_tables(there, back, {}, { posts = { author_id = "writer_id" } })
    there, back = hints(m.rename_field("Post", "tags", "labels"), shop())
    same_tables(there, back, { post_tags = "post_labels" }, {})
  end)

  it("follow db_column, table_name, schema and db_table", function()
    local there, back = hints(m.alter_field("Post", "title", ryx.CharField{ null = true, db_column = "t" }), shop())
    same_tables(there, back, {}, { posts = { title = "t" } })
    there, back = hints(m.alter_model("Tag", { table_name = "words" }), shop())
    same_tables(there, back, { tags = "words" }, {})
    there, back = hints(m.alter_model("Tag", { schema = "blog" }), shop())
    same_tables(there, back, { tags = "blog.tags" }, {})
    there, back = hints(m.alter_field("Post", "tags", ryx.ManyToManyField("Tag", { db_table = "links" })), shop())
    same_tables(there, back, { post_tags = "links" }, {})
  end)

  it("follow a foreign key that becomes a number", function()
    local there, back = hints(m.alter_field("Post", "author", ryx.IntField{}), shop())
    same_tables(there, back, {}, { posts = { author_id = "author" } })
  end)

  it("give what rows get that are there", function()
    local function fill(op, s)
      return (hints(op, s or shop())).fill
    end
    assert.same({ posts = { n = "5" } }, fill(m.add_field("Post", "n", ryx.IntField{}, { fill = "5" })))
    assert.same({ posts = { n = "5" } }, fill(m.add_field("Post", "n", ryx.IntField{ null = true }, { fill = 5 })))
    local three = ryx.IntField{ default = function() return 3 end }
    assert.same({ posts = { n = "3" } }, fill(m.add_field("Post", "n", three)))
    assert.same({ posts = { d = [['{"a":1}']] } }, fill(m.add_field("Post", "d", ryx.JSONField{ default = { a = 1 } })))
    assert.same({ posts = { editor_id = "4" } },
      fill(m.add_field("Post", "editor", ryx.ForeignKey("Author", { related_name = "+" }), { fill = 4 })))
    assert.same({ posts = { title = "'none'" } },
      fill(m.alter_field("Post", "title", ryx.CharField{}, { fill = "none" })))
    assert.same({ posts = { title = "''" } }, fill(m.alter_field("Post", "title", ryx.CharField{ default = "" })))
    assert.same({}, fill(m.add_field("Post", "n", ryx.IntField{})))
    assert.same({}, fill(m.add_field("Post", "n", ryx.IntField{ default = 7 }))) -- DEFAULT does it
    assert.same({}, fill(m.add_field("Post", "n", ryx.IntField{ null = true, default = 1 })))
    assert.same({}, fill(m.add_field("Post", "n", ryx.IntField{ db_default = 1 })))
    assert.same({}, fill(m.alter_field("Post", "title", ryx.TextField{ null = true, default = "x" })))
  end)

  it("give one moment for times that are set by themselves", function()
    local op = m.add_field("Post", "made", ryx.DateTimeField{ auto_now_add = true })
    local there = hints(op, shop())
    assert.truthy(there.fill.posts.made:find("^'%d%d%d%d%-%d%d%-%d%d %d%d:%d%d:%d%d%.%d+'$"), there.fill.posts.made)
  end)

  it("give a column that comes back something in place of nothing", function()
    local s = operation.apply({ m.add_field("Post", "n", ryx.IntField{}) }, shop())
    local there, back = hints(m.remove_field("Post", "n"), s)
    local _
    assert.same({}, there.fill)
    assert.same({ posts = { n = "0" } }, back.fill)
    s = operation.apply({ m.alter_field("Post", "title", ryx.CharField{}) }, shop())
    _, back = hints(m.alter_field("Post", "title", ryx.CharField{ null = true }), s)
    assert.same({ posts = { title = "''" } }, back.fill)
  end)

  it("know such a value of every type, but for what is unique or refers to rows", function()
    local function empty(f)
      local s = operation.apply({ m.add_field("Post", "n", f) }, shop())
      return select(2, hints(m.remove_field("Post", "n"), s)).fill.posts
    end
    for _, f in ipairs{
      ryx.CharField{}, ryx.TextField{}, ryx.SlugField{}, ryx.BigIntField{}, ryx.FloatField{}, ryx.DecimalField{},
      ryx.BooleanField{}, ryx.DateField{}, ryx.TimeField{}, ryx.DateTimeField{}, ryx.DateTimeField{ tz = true },
      ryx.DurationField{}, ryx.UUIDField{}, ryx.JSONField{}, ryx.BinaryField{}, ryx.ArrayField(ryx.IntField{}),
    } do
      assert.truthy(empty(f), tostring(f))
    end
    assert.is_nil(empty(ryx.IntField{ unique = true }))
    assert.is_nil(empty(ryx.ForeignKey("Author", { related_name = "+" })))
    assert.is_nil(empty(ryx.EmailField{ unique = true }))
  end)

  it("are none for what changes no table", function()
    local there, back = hints(m.alter_model("Alone", { table_name = "x" }), shop())
    same_tables(there, back, {}, {})
    there, back = hints(m.run_sql("SELECT 1", "SELECT 2"), shop())
    same_tables(there, back, {}, {})
  end)
end)
