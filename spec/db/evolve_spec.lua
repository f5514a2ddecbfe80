-- SPDX-License-Identifier: MIT
-- ryx.migrate of tables that are there: they become what models say, and nothing is lost.
local db = require "support.db"
local introspect = require "ryx.migrations.introspect"
local ryx = require "ryx"

local function drop(...)
  for _, name in ipairs{ ... } do ryx.raw_execute("DROP TABLE IF EXISTS " .. name) end
end

local function model(fields, Meta)
  fields.Meta = Meta or {}
  fields.Meta.table_name = fields.Meta.table_name or "evo_posts"
  return ryx.model("EvoPost", fields)
end

local function title() return ryx.CharField{ max_length = 20, null = true } end

-- The statements but for the questions before.
local function changes(models)
  local out = {}
  for _, sql in ipairs(db.sql_of(ryx, function() ryx.migrate(models) end)) do
    if not sql:find("^%s*SELECT") and not sql:find("^BEGIN") and not sql:find("^COMMIT") then out[#out + 1] = sql end
  end
  return out
end

local function there() return introspect.run("default", { tables = { "evo_posts" } }).tables.evo_posts end

describe("a table that is there", function()
  db.use(ryx, {})
  local function drop_all()
    drop("evo_post_tags", "evo_article_tags", "evo_articles", "evo_posts", "evo_tags")
  end
  before_each(drop_all)
  teardown(function()
    ryx.setup(db.url)
    drop_all()
    ryx.close()
  end)

  it("is asked in a constant number of statements, and left alone when nothing differs", function()
    local models = { model{ title = title(), n = ryx.IntField{ default = 5, db_index = true } } }
    ryx.migrate(models)
    assert.same({}, changes(models))
    local one = #db.sql_of(ryx, function() ryx.migrate(models) end)
    for i = 1, 10 do
      local name = "EvoMany" .. i
      models[#models + 1] = ryx.model(name, { n = ryx.IntField{}, Meta = { table_name = "evo_many_" .. i } })
    end
    ryx.migrate(models)
    assert.equal(one, #db.sql_of(ryx, function() ryx.migrate(models) end))
    for i = 1, 10 do drop("evo_many_" .. i) end
  end)

  it("gets the columns that it lacks, and its rows their defaults", function()
    ryx.migrate{ model{ title = title() } }
    ryx.raw_execute("INSERT INTO evo_posts (title) VALUES ('a'), ('b')")
    local Post = model{
      title = title(), n = ryx.IntField{ default = 7 }, note = ryx.TextField{ null = true },
      made = ryx.DateTimeField{ auto_now_add = true }, price = ryx.DecimalField{ default = "1.5" },
      kind = ryx.CharField{ max_length = 5, default = function() return "x" end },
    }
    ryx.migrate{ Post }
    local rows = Post.objects:order_by("id"):all()
    assert.same({ 7, "x", "1.50" }, { rows[1].n, rows[1].kind, tostring(rows[2].price) })
    assert.is_nil(rows[1].note)
    assert.equal(rows[1].made, rows[2].made)
    assert.same({}, changes{ Post })
    assert.equal(3, Post.objects:create{}.id)
  end)

  it("gets what differs in its columns, indexes and keys", function()
    ryx.migrate{ model({ title = title(), n = ryx.IntField{ null = true, db_index = true } }, {
      constraints = { ryx.Constraint{ check = ryx.Q{ n__gte = 0 }, name = "evo_check" } },
    }) }
    ryx.raw_execute("INSERT INTO evo_posts (title, n) VALUES ('a', 1), ('b', NULL)")
    local Post = model({
      title = ryx.CharField{ max_length = 40, unique = true, null = true }, n = ryx.BigIntField{ default = 3 },
    }, {
      indexes = { ryx.Index{ fields = { "-n", "title" } } },
      constraints = { ryx.Constraint{ check = ryx.Q{ n__gt = 0 }, name = "evo_check" } },
    })
    ryx.migrate{ Post }
    assert.same({}, changes{ Post })
    assert.same({ 1, 3 }, Post.objects:order_by("id"):values_list("n", { flat = true }):all())
    local t = there()
    assert.is_nil(t.indexes.idx_evo_posts_n)
    assert.truthy(t.indexes.ix_evo_posts_n_title_0)
    assert.equal("unique_violation", db.error_of(Post.objects.create, Post.objects, { title = "a" }).kind)
    assert.equal("check_violation", db.error_of(Post.objects.create, Post.objects, { n = 0 }).kind)
    Post.objects:create{ title = ("x"):rep(40), n = 5000000000 }
  end)

  it("drops no column, and names it and the way out", function()
    ryx.migrate{ model{ title = title(), n = ryx.IntField{ default = 1 } } }
    local Less, before = model{ title = title() }, there()
    local e = db.error_of(ryx.migrate, { Less })
    assert.equal("misuse", e.kind)
    for _, part in ipairs{ "evo_posts.n", "EvoPost", "drops nothing", "was =", "migration" } do
      assert.truthy(e.message:find(part, 1, true), e.message)
    end
    assert.same(before, there())
  end)

  it("gets no column that its rows have no value for", function()
    ryx.migrate{ model{ title = title() } }
    local More = model{ title = title(), n = ryx.IntField{} }
    ryx.raw_execute("INSERT INTO evo_posts (title) VALUES ('a')")
    local e = db.error_of(ryx.migrate, { More })
    assert.equal("misuse", e.kind)
    assert.truthy(e.message:find("EvoPost.n: the rows of evo_posts need a value", 1, true), e.message)
    ryx.raw_execute("DELETE FROM evo_posts")
    ryx.migrate{ More }
    assert.equal(2, More.objects:create{ n = 2 }.n)
  end)

  it("becomes NOT NULL when no row is NULL or the field has a default", function()
    ryx.migrate{ model{ title = title() } }
    ryx.raw_execute("INSERT INTO evo_posts (title) VALUES (NULL)")
    local Strict = model{ title = ryx.CharField{ max_length = 20 } }
    local e = db.error_of(ryx.migrate, { Strict })
    assert.truthy(e.message:find("EvoPost.title: the rows of evo_posts need a value", 1, true), e.message)
    ryx.raw_execute("UPDATE evo_posts SET title = 'a'")
    ryx.migrate{ Strict }
    assert.is_false(there().columns[2].null)
    ryx.migrate{ model{ title = title() } }
    assert.is_true(there().columns[2].null)
  end)

  it("is renamed where the model says what it was", function()
    local Tag = ryx.model("EvoTag", { name = ryx.CharField{ max_length = 5 } })
    local function many() return ryx.ManyToManyField("EvoTag", { related_name = "+" }) end
    ryx.migrate{ ryx.model("EvoPost", { title = title(), n = ryx.IntField{ db_index = true }, tags = many() }), Tag }
    ryx.raw_execute("INSERT INTO evo_posts (title, n) VALUES ('a', 4)")
    ryx.raw_execute("INSERT INTO evo_tags (name) VALUES ('t')")
    ryx.raw_execute("INSERT INTO evo_post_tags (evo_post_id, evo_tag_id) VALUES (1, 1)")
    local Article = ryx.model("EvoArticle", {
      headline = ryx.CharField{ max_length = 20, null = true, was = "title" },
      size = ryx.IntField{ db_index = true, was = "n" }, tags = many(), Meta = { was = "EvoPost" },
    })
    -- The old model is still declared here, and Tag would bring its join table.
    ryx.migrate{ Article }
    local a = Article.objects:get()
    assert.same({ "a", 4 }, { a.headline, a.size })
    assert.equal("t", a.tags:get().name)
    assert.same({}, changes{ Article })
    local t = introspect.run("default", { tables = { "evo_articles" } }).tables.evo_articles
    assert.truthy(t.indexes.idx_evo_articles_size)
  end)

  it("keeps what others gave it", function()
    local Post = model{ title = title(), n = ryx.IntField{ default = 1 } }
    ryx.migrate{ Post }
    ryx.raw_execute("CREATE INDEX evo_by_hand ON evo_posts (n, title)")
    assert.same({}, changes{ Post })
    Post = model{ title = ryx.CharField{ max_length = 30, default = "" }, n = ryx.IntField{ default = 2 } }
    ryx.migrate{ Post }
    assert.truthy(there().indexes.evo_by_hand)
  end)

  it("is changed wholly or not at all, where the database can", function()
    if not db.needs "transactional ddl" then return end
    ryx.migrate{ model{ title = title() } }
    ryx.raw_execute("INSERT INTO evo_posts (title) VALUES ('a'), ('a')")
    local before = there()
    db.error_of(ryx.migrate, { model{ title = ryx.CharField{ max_length = 20, null = true, unique = true },
      n = ryx.IntField{ default = 1 } } })
    assert.same(before, there())
  end)
end)
