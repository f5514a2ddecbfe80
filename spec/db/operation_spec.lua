-- SPDX-License-Identifier: MIT
-- Operations of migrations on tables with rows, there and back: afterwards the database is what
-- the models of that point say, and the rows are what they were.
local busted = require "busted"
local db = require "spec.support.db"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local there = require "spec.support.travel"

local Q, F = ryx.Q, ryx.F

db.use(ryx, {})

local function travel(op, from, to, backwards)
  assert.same({}, there.travel(op, from, to, backwards))
end

local function shop()
  return operation.apply({
    m.create_model("OpAuthor", { name = ryx.CharField{ max_length = 40 } }),
    m.create_model("OpTag", { label = ryx.CharField{ max_length = 20, unique = true } }),
    m.create_model("OpPost", {
      title = ryx.CharField{ max_length = 80, null = true },
      views = ryx.IntField{ default = 0 },
      code = ryx.IntField{ unique = true },
      author = ryx.ForeignKey("OpAuthor", { related_name = "posts" }),
      tags = ryx.ManyToManyField("OpTag"),
      likes = ryx.ManyToManyField("self", { symmetrical = false, related_name = "liked_by" }),
      Meta = {
        unique_together = { { "author", "code" } }, index_together = { { "views", "code" } },
        indexes = { ryx.Index{ fields = { "-views", "author" }, name = "op_idx" } },
        constraints = { ryx.Constraint{ check = Q{ views__gte = 0, views__lt = 1000 }, name = "op_chk" } },
      },
    }),
  }, state.new())
end

local made -- the schema that is there, to be dropped

local function fill(s)
  local Author, Tag, Post = s:model("OpAuthor"), s:model("OpTag"), s:model("OpPost")
  local ann, bob = Author.objects:create{ name = "Ann" }, Author.objects:create{ name = "Bob" }
  local first = Post.objects:create{ title = "one", views = 5, code = 1, author = ann }
  local second = Post.objects:create{ title = ryx.null, views = 7, code = 2, author = bob }
  first.tags:add(Tag.objects:create{ label = "a" }, Tag.objects:create{ label = "b" })
  second.tags:add(Tag.objects:get{ label = "b" })
  second.likes:add(first)
end

-- What must be the same before and after, under whatever names.
local function rows(s, names)
  names = names or {}
  local post, tag, title = names.post or "OpPost", names.tag or "OpTag", names.title or "title"
  local author, tags = names.author or "author", names.tags or "tags"
  local out = {}
  for _, p in ipairs(s:model(post).objects:order_by("code"):all()) do
    local labels = p[tags]:order_by("label"):values_list("label", { flat = true }):all()
    out[#out + 1] = ("%s %s %s [%s] likes %d"):format(tostring(p[title]), p[names.views or "views"],
      s:model("OpAuthor").objects:get{ pk = p[author .. "_id"] }.name, table.concat(labels, ","), p.likes:count())
  end
  out[#out + 1] = tostring(s:model(tag).objects:count())
  return out
end

local ROWS = { "one 5 Ann [a,b] likes 0", "nil 7 Bob [b] likes 1", "2" }

-- Applies operations to tables with rows and undoes them; `look(state)` sees what came of it.
local function there_and_back(ops, look, names)
  local states = { shop() }
  for i, op in ipairs(ops) do states[i + 1] = op:apply(states[i]) end
  for i, op in ipairs(ops) do travel(op, states[i], states[i + 1]) end
  made = there.schema_of(states[#states])
  if names then assert.same(ROWS, rows(states[#states], names)) end
  if look then look(states[#states]) end
  for i = #ops, 1, -1 do travel(ops[i], states[i + 1], states[i], true) end
  made = there.schema_of(states[1])
  if names then assert.same(ROWS, rows(states[1])) end
end

local function posts(s)
  return s:model("OpPost").objects:order_by("code")
end

local function values(qs, name)
  return qs:values_list(name, { flat = true }):all()
end

describe("an operation on tables with rows", function()
  busted.before_each(function()
    local s = shop()
    made = there.schema_of(s)
    there.run(there.EMPTY, made)
    assert.same({}, there.differences(made, there.EMPTY))
    fill(s)
  end)
  busted.after_each(function() there.run(there.there(made, there.schema_of(shop())), there.EMPTY) end)

  it("makes and deletes models", function()
    there_and_back({
      m.create_model("OpNote", {
        text = ryx.TextField{}, post = ryx.ForeignKey("OpPost"), to = ryx.ManyToManyField("OpTag"),
      }),
      m.create_model("OpLine", { note = ryx.ForeignKey("OpNote") }),
    }, function(s)
      local note = s:model("OpNote").objects:create{ text = "x", post = posts(s):first() }
      note.to:add(s:model("OpTag").objects:first())
    end, {})
    there_and_back({ m.delete_model("OpPost"), m.delete_model("OpTag") })
  end)

  it("renames models, with tables, join tables and keys", function()
    there_and_back({ m.rename_model("OpPost", "OpArticle") }, nil, { post = "OpArticle" })
    there_and_back({ m.rename_model("OpTag", "OpLabel"), m.rename_model("OpPost", "OpText") }, nil,
      { post = "OpText", tag = "OpLabel" })
    there_and_back({ m.rename_model("OpAuthor", "OpTemp"), m.rename_model("OpTemp", "OpAuthor") }, nil, {})
  end)

  it("renames fields, with indexes, checks and keys", function()
    there_and_back({ m.rename_field("OpPost", "views", "hits") }, function(s)
      assert.equal("check_violation", db.error_of(function() posts(s):update_all{ hits = -1 } end).kind)
    end, { views = "hits" })
    there_and_back({ m.rename_field("OpPost", "author", "writer"), m.rename_field("OpPost", "title", "headline") },
      nil, { author = "writer", title = "headline" })
    there_and_back({ m.rename_field("OpPost", "tags", "labels") }, nil, { tags = "labels" })
    there_and_back({ m.rename_field("OpTag", "label", "word"), m.rename_field("OpTag", "word", "label") }, nil, {})
    there_and_back({ m.rename_field("OpAuthor", "id", "number") }, nil, {})
  end)

  it("gives tables and columns other names", function()
    there_and_back({ m.alter_model("OpPost", { table_name = "op_texts" }) }, nil, {})
    there_and_back({ m.alter_field("OpPost", "title", ryx.CharField{ max_length = 80, null = true, db_column = "t" }) },
      nil, {})
  end)

  it("adds fields that old rows get a value in", function()
    there_and_back({
      m.add_field("OpPost", "slug", ryx.SlugField{ null = true }),
      m.add_field("OpPost", "rank", ryx.IntField{ default = 3 }),
      m.add_field("OpPost", "price", ryx.DecimalField{ max_digits = 6, decimal_places = 2, default = "1.50" }),
      m.add_field("OpPost", "rating", ryx.IntField{}, { fill = 5 }),
      m.add_field("OpPost", "state", ryx.CharField{ max_length = 9, db_index = true }, { fill = "it's" }),
      m.add_field("OpPost", "made", ryx.DateTimeField{ auto_now_add = true }),
      m.add_field("OpPost", "data", ryx.JSONField{ default = { a = 1 } }),
      m.add_field("OpPost", "list", ryx.ArrayField(ryx.IntField{}), { fill = { 1, 2 } }),
      m.add_field("OpPost", "token", ryx.UUIDField{ default = ryx.uuid4 }),
      m.add_field("OpPost", "editor", ryx.ForeignKey("OpAuthor", { null = true, related_name = "+" })),
      m.add_field("OpPost", "seen", ryx.ManyToManyField("OpAuthor", { related_name = "+" })),
      m.add_field("OpPost", "level", ryx.IntField{ db_default = 4 }),
    }, function(s)
      local post = posts(s):first()
      assert.is_nil(post.slug)
      assert.same({ 3, 5, "it's", 4 }, { post.rank, post.rating, post.state, post.level })
      assert.equal("1.50", tostring(post.price))
      assert.equal(1, post.data.a)
      assert.same({ 1, 2 }, { post.list[1], post.list[2] })
      assert.equal(36, #post.token)
      assert.equal(1, #values(posts(s):order_by():distinct(), "made"))
      post.seen:add(post.author)
      assert.equal("not_null_violation", db.error_of(function()
        ryx.raw_execute("INSERT INTO op_posts (code, author_id, state, made, data, list, token) "
          .. "SELECT 9, author_id, state, made, data, list, token FROM op_posts WHERE code = 1")
      end).kind) -- rating has no DEFAULT
    end, {})
  end)

  it("removes fields; back they come, empty", function()
    there_and_back({ m.remove_field("OpPost", "title"), m.remove_field("OpPost", "tags"),
      m.remove_field("OpPost", "likes") })
    assert.same({ ryx.null, ryx.null }, values(posts(shop()), "title"))
    there_and_back({ m.remove_field("OpAuthor", "name") })
    assert.same({ "", "" }, values(shop():model("OpAuthor").objects, "name"))
  end)

  it("alters fields", function()
    there_and_back({
      m.alter_field("OpPost", "title", ryx.CharField{ max_length = 200, null = true, db_index = true }),
      m.alter_field("OpPost", "title", ryx.TextField{ null = true }),
      m.alter_field("OpPost", "views", ryx.BigIntField{ default = 1 }),
      m.alter_field("OpPost", "code", ryx.IntField{}),
      m.alter_field("OpPost", "author", ryx.ForeignKey("OpAuthor", { on_delete = "SET_NULL", null = true,
        related_name = "texts" })),
    }, function(s)
      local ann = s:model("OpAuthor").objects:get{ name = "Ann" }
      assert.equal(1, ann.texts:count())
    end, {})
  end)

  it("fills NULL where none may be any more", function()
    local filled = m.alter_field("OpPost", "title", ryx.CharField{ max_length = 80 }, { fill = "none" })
    there_and_back({ filled }, function(s)
      assert.same({ "one", "none" }, values(posts(s), "title"))
      assert.equal("not_null_violation", db.error_of(function()
        ryx.raw_execute("UPDATE op_posts SET title = NULL")
      end).kind)
    end)
    assert.same({ "one", "none" }, values(posts(shop()), "title"))
    posts(shop()):update_all{ title = ryx.null }
    there_and_back({ m.alter_field("OpPost", "title", ryx.CharField{ max_length = 80, default = "-" }) }, function(s)
      assert.same({ "-", "-" }, values(posts(s), "title"))
    end)
  end)

  it("fills with what the database works out", function()
    there_and_back({
      m.add_field("OpPost", "made", ryx.DateTimeField{}, { fill = ryx.Now() }),
      m.add_field("OpPost", "word", ryx.CharField{ max_length = 9 }, { fill = ryx.Lower(ryx.Value("It's")) }),
      m.alter_field("OpPost", "title", ryx.CharField{ max_length = 80, db_default = ryx.Upper(ryx.Value("x")) }),
    }, function(s)
      local post = posts(s):last()
      assert.is_true(post.made > ryx.datetime("2020-01-01"))
      assert.equal("it's", post.word)
      assert.equal("X", post.title)
    end)
  end)

  it("adds and removes indexes, constraints and lists of fields", function()
    there_and_back({
      m.add_index("OpPost", ryx.Index{ fields = { "title" }, name = "op_title" }),
      m.add_index("OpPost", ryx.Index{ fields = { "views" } }),
      m.remove_index("OpPost", "op_idx"),
      m.remove_index("OpPost", "ix_op_posts_views_1"),
      m.add_constraint("OpPost", ryx.Constraint{ check = Q{ code__gt = 0 }, name = "op_code" }),
      m.remove_constraint("OpPost", "op_chk"),
      m.alter_unique_together("OpPost", { { "title", "code" }, { "author", "code" } }),
      m.alter_unique_together("OpPost", {}),
      m.alter_index_together("OpPost", { { "code", "views" } }),
    }, function(s)
      assert.equal("check_violation", db.error_of(function() posts(s):update_all{ code = F"code" - 5 } end).kind)
      posts(s):update_all{ views = 5 }
      posts(s):filter{ code = 2 }:update{ views = 7 }
    end, {})
  end)

  it("adds and removes search indexes", function()
    there_and_back({ m.add_index("OpPost", ryx.SearchIndex{ fields = { "title" }, name = "op_words" }) }, function(s)
      assert.equal(1, posts(s):filter{ title__search = "one" }:count())
    end, {})
  end)

  if db.needs "schemas" then
    it("moves a table to another schema", function()
      ryx.raw_execute("CREATE SCHEMA IF NOT EXISTS op_other")
      there_and_back({ m.alter_model("OpPost", { schema = "op_other" }) }, nil, {})
      ryx.raw_execute("DROP SCHEMA op_other")
    end)
  end

  it("leaves the table of a model that comes into other hands, and back", function()
    local plain = m.create_model("OpPlain", { n = ryx.IntField{} })
    local given = m.alter_model("OpPlain", { managed = false })
    local ours = operation.apply({ plain }, state.new())
    local theirs = operation.apply({ given }, ours)
    travel(plain, state.new(), ours)
    ours:model("OpPlain").objects:create{ n = 1 }
    for _, way in ipairs{ { ours, theirs, false }, { theirs, ours, true } } do
      there.travel(given, way[1], way[2], way[3])
      assert.equal(1, ours:model("OpPlain").objects:count())
    end
    assert.same({}, there.differences(there.schema_of(ours), there.EMPTY))
    travel(plain, ours, state.new(), true)
  end)

  it("gives a model another key", function()
    there_and_back({
      m.create_model("OpCity", { code = ryx.CharField{ primary_key = true, max_length = 3 } }),
      m.create_model("OpStreet", { city = ryx.ForeignKey("OpCity") }),
      m.alter_field("OpCity", "code", ryx.CharField{ primary_key = true, max_length = 9 }),
      m.create_model("OpPair", { a = ryx.IntField{}, b = ryx.IntField{} }),
      m.remove_field("OpPair", "id"),
      m.alter_model("OpPair", { primary_key = { "a", "b" } }),
    }, function(s)
      s:model("OpStreet").objects:create{ city = s:model("OpCity").objects:create{ code = "nowhere" } }
      s:model("OpStreet").objects:delete_all()
      s:model("OpCity").objects:delete_all()
    end, {})
  end)
end)
