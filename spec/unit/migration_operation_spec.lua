-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local state = require "ryx.migrations.state"
local statements = require "ryx.migrations.text.statements"
local term = require "ryx.migrations.state.term"

local Q, F = ryx.Q, ryx.F

local function refused(text, fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok)
  assert.truthy(require("ryx.errors").is_error(e), tostring(e))
  assert.truthy(tostring(e):find(text, 1, true), tostring(e))
  return e
end

local function applied(s, ...)
  return operation.apply({ ... }, s)
end

local function shop()
  return applied(state.new(),
    m.create_model("Author", { name = ryx.CharField{} }),
    m.create_model("Tag", { label = ryx.CharField{} }),
    m.create_model("Post", {
      title = ryx.CharField{ max_length = 80, unique_for_date = "created" },
      created = ryx.DateTimeField{},
      views = ryx.IntField{ default = 0 },
      author = ryx.ForeignKey("Author", { related_name = "posts" }),
      tags = ryx.ManyToManyField("Tag"),
      Meta = {
        unique_together = { { "author", "title" } }, index_together = { { "views", "created" } },
        ordering = { "-views", "author" },
        indexes = {
          ryx.Index{ fields = { "-views", "author" }, condition = Q{ views__gt = 1 } * Q{ author_id = 3 }, name = "i" },
          ryx.Index{ expressions = { F"views" + F"id" }, name = "e" }, ryx.Index{ fields = { "created" } },
          ryx.SearchIndex{ fields = { "title" }, weights = { title = "A" } },
        },
        constraints = {
          ryx.Constraint{ check = Q{ views__gte = 0 } + -Q{ title = "views" }, name = "q" },
          ryx.Constraint{ check = [[views >= 0 AND "views" < 9 AND title <> 'views']], name = "s" },
        },
      },
    }))
end

local function options(s, model)
  return s:get(model or "Post").options
end

local function field(s, model, name)
  return (state.field(s:get(model), name))
end

describe("create_model", function()
  it("makes a model as ryx.model does", function()
    local s = shop()
    assert.same({ "id", "title", "created", "views", "author", "tags" }, state.field_names(s:get("Post")))
    assert.is_true(state.is_implicit_key("id", field(s, "Post", "id")))
    assert.equal("ix_posts_created_2", state.index_name(s:get("Post"), options(s).indexes[3]))
  end)

  it("is refused where the definition is wrong, at the call", function()
    refused("is not the name of a model", m.create_model, "a b", {})
    refused("takes a table", m.create_model, "Post")
    refused("is not a field", m.create_model, "Post", { title = 1 })
    refused('did you mean "ordering"?', m.create_model, "Post", { Meta = { odering = {} } })
    refused('no field "b"', m.create_model, "Post", { a = ryx.IntField{}, Meta = { unique_together = { "b" } } })
    refused("Meta.abstract has no table", m.create_model, "Post", { Meta = { abstract = true } })
    local e = refused("is not a field", m.create_model, "Post", { title = 1 })
    assert.truthy(e.where:find("migration_operation_spec", 1, true))
  end)

  it("is refused where the table is another model's", function()
    refused("create model Other: the table posts is that of Post", applied, shop(),
      m.create_model("Other", { Meta = { table_name = "posts" } }))
    refused("the table tags is that of Tag", applied, shop(), m.alter_model("Post", { table_name = "tags" }))
    refused("the table posts is that of Other", applied, state.new(),
      m.create_model("Other", { Meta = { table_name = "posts" } }), m.create_model("Text", {}),
      m.rename_model("Text", "Post"))
    applied(shop(), m.create_model("Other", { Meta = { table_name = "posts", managed = false } }),
      m.create_model("Third", { Meta = { table_name = "posts", database = "logs" } }))
  end)

  it("is refused where the model is there, or one that it refers to is not", function()
    refused("there is a model Post already", applied, shop(), m.create_model("Post", {}))
    refused('Note.author refers to Auhtor, which no migration before makes (did you mean "Author"?)', applied, shop(),
      m.create_model("Note", { author = ryx.ForeignKey("Auhtor") }))
    applied(state.new(), m.create_model("Tree", { up = ryx.ForeignKey("Tree", { null = true }) }))
  end)
end)

describe("delete_model", function()
  it("takes a model away that nobody refers to", function()
    refused('Author: Post.author refers to it', applied, shop(), m.delete_model("Author"))
    refused('did you mean "Post"?', applied, shop(), m.delete_model("Pots"))
    local s = applied(shop(), m.delete_model("Post"), m.delete_model("Author"))
    assert.same({ "Tag" }, s:names())
  end)
end)

describe("rename_model", function()
  it("renames the model in those that refer to it", function()
    local s = applied(shop(), m.rename_model("Tag", "Label"), m.rename_model("Author", "Writer"))
    assert.same({ "Label", "Post", "Writer" }, s:names())
    assert.equal("Writer", field(s, "Post", "author").to)
    assert.equal("Label", field(s, "Post", "tags").to)
    refused("there is a model Author already", applied, shop(), m.rename_model("Tag", "Author"))
    refused('did you mean "Tag"?', applied, shop(), m.rename_model("Tg", "Label"))
  end)
end)

describe("fields", function()
  it("are added at the end, altered in place, removed", function()
    local s = applied(shop(), m.add_field("Post", "slug", ryx.SlugField{ null = true }),
      m.alter_field("Post", "created", ryx.DateField{}))
    assert.same({ "id", "title", "created", "views", "author", "tags", "slug" }, state.field_names(s:get("Post")))
    assert.equal("DateField", field(s, "Post", "created").kind.name)
    s = applied(s, m.remove_field("Post", "slug"), m.remove_field("Post", "tags"))
    assert.same({ "id", "title", "created", "views", "author" }, state.field_names(s:get("Post")))
  end)

  it("are refused where they do not fit", function()
    refused('Post has no field "slug"', applied, shop(), m.remove_field("Post", "slug"))
    refused('(did you mean "title"?)', applied, shop(), m.alter_field("Post", "titel", ryx.TextField{}))
    refused('did you mean "Post"?', applied, shop(), m.add_field("Psot", "slug", ryx.SlugField{}))
    refused("Post has a field title already", applied, shop(), m.add_field("Post", "title", ryx.SlugField{}))
    refused("refers to Person, which no migration", applied, shop(), m.add_field("Post", "p", ryx.ForeignKey("Person")))
    refused("a field is wanted", m.add_field, "Post", "slug", "text")
    refused("a ManyToManyField is altered by remove_field and add_field", applied, shop(),
      m.alter_field("Post", "tags", ryx.IntField{}))
    refused("both the primary key", applied, shop(), m.add_field("Post", "code", ryx.IntField{ primary_key = true }))
  end)

  it("are not removed while something names them", function()
    local e = refused("Post.views cannot be removed", applied, shop(), m.remove_field("Post", "views"))
    assert.truthy(tostring(e):find("Meta.index_together, the index i, the index e, the constraint q, the constraint s",
      1, true), tostring(e))
    refused("unique_for_date of title", applied, shop(), m.remove_field("Post", "created"))
    local s = applied(shop(), m.alter_unique_together("Post", {}), m.remove_index("Post", "i"),
      m.remove_field("Post", "author"))
    assert.same({ "-views" }, options(s).ordering)
    assert.is_nil(options(s).unique_together)
  end)

  it("take a value for rows that are there", function()
    m.add_field("Post", "rating", ryx.IntField{}, { fill = 5 })
    refused('fill: "five" is no value of Post.rating', m.add_field, "Post", "rating", ryx.IntField{},
      { fill = "five" })
    refused("fill: 70000 is no value of Post.rating", m.add_field, "Post", "rating", ryx.SmallIntField{},
      { fill = 70000 })
    refused('fill: "abc" is no value of Post.rating', m.alter_field, "Post", "rating", ryx.CharField{ max_length = 2 },
      { fill = "abc" })
    refused("fill reads title, and it is one value for all rows", m.add_field, "Post", "rating", ryx.IntField{},
      { fill = ryx.Length(F"title") })
    refused("fill is a value, not NULL", m.alter_field, "Post", "rating", ryx.IntField{}, { fill = ryx.null })
    refused("unknown option", m.add_field, "Post", "rating", ryx.IntField{}, { fil = 5 })
  end)
end)

describe("rename_field", function()
  local function renamed(old, new)
    local s = applied(shop(), m.rename_field("Post", old, new))
    s:metas()
    return s, options(s)
  end

  it("goes through keys, indexes, checks and orders", function()
    local s, o = renamed("views", "hits")
    assert.same({ "id", "title", "created", "hits", "author", "tags" }, state.field_names(s:get("Post")))
    assert.same({ { "hits", "created" } }, o.index_together)
    assert.same({ "-hits", "author" }, o.ordering)
    assert.same({ "hits", "author" }, o.indexes[1].fields)
    assert.equal(term.text(Q{ hits__gt = 1 } * Q{ author_id = 3 }), term.text(o.indexes[1].condition))
    assert.equal(term.text(F"hits" + F"id"), term.text(o.indexes[2].expressions[1]))
    assert.equal(term.text(Q{ hits__gte = 0 } + -Q{ title = "views" }), term.text(o.constraints[1].check))
    assert.equal([[hits >= 0 AND "hits" < 9 AND title <> 'views']], o.constraints[2].check)
    assert.equal("-views", options(shop()).ordering[1])
  end)

  it("knows both names of a foreign key", function()
    local _, o = renamed("author", "writer")
    assert.same({ { "writer", "title" } }, o.unique_together)
    assert.equal(term.text(Q{ views__gt = 1 } * Q{ writer_id = 3 }), term.text(o.indexes[1].condition))
  end)

  it("goes through other fields and search indexes", function()
    local s, o = renamed("title", "headline")
    assert.same({ headline = "A" }, o.indexes[4].weights)
    s = applied(s, m.rename_field("Post", "created", "made"))
    assert.equal("made", field(s, "Post", "headline").unique_for_date)
  end)

  it("goes through relations of other models", function()
    local s = applied(shop(),
      m.create_model("Link", { post = ryx.ForeignKey("Post"), tag = ryx.ForeignKey("Tag"), other = ryx.ForeignKey("Tag",
        { related_name = "+" }) }),
      m.add_field("Tag", "posts", ryx.ManyToManyField("Post", { through = "Link", through_fields = { "tag", "post" },
        related_name = "labels" })),
      m.rename_field("Link", "tag", "label"), m.rename_model("Link", "Labelling"))
    assert.same({ "label", "post" }, field(s, "Tag", "posts").through_fields)
    assert.equal("Labelling", field(s, "Tag", "posts").through)
    s:metas()
  end)

  it("is refused where a name is not free, or not there", function()
    refused("Post has a field title already", applied, shop(), m.rename_field("Post", "views", "title"))
    refused('did you mean "views"?', applied, shop(), m.rename_field("Post", "view", "hits"))
    refused("is both names", m.rename_field, "Post", "views", "views")
  end)
end)

describe("a text of SQL under other names", function()
  it("has them as columns only", function()
    local names = { views = "hits", ["end"] = "stop", n = "m" }
    local function same(sql, wanted) assert.equal(wanted, term.renamed_sql(sql, names)) end
    same("views > 0 AND Views < 9", "hits > 0 AND hits < 9")
    same([["views" > 0 AND `views` < 9 AND 'views' <> "x"]], [["hits" > 0 AND `hits` < 9 AND 'views' <> "x"]])
    same("views(1) > n AND my_views > 1e5 AND t.n = n2", "views(1) > m AND my_views > 1e5 AND t.m = n2")
    same([[CASE WHEN n THEN 1 END > "end" -- views]] .. "\n/* n */", [[CASE WHEN m THEN 1 END > "stop" -- views]]
      .. "\n/* n */")
    same("'it''s n' = n", "'it''s n' = m")
  end)
end)

describe("a condition under other names", function()
  it("has them wherever a field is meant", function()
    local function same(e, wanted, names) assert.equal(term.text(wanted), term.text(term.renamed(e, names))) end
    same(Q{ due__gte = F"lent" }, Q{ due__gte = F"given" }, { lent = "given" })
    same(Q.any{ a = 1, b = 2, Q{ c__in = { 1, 2 } } }, Q.any{ x = 1, b = 2, Q{ y__in = { 1, 2 } } },
      { a = "x", c = "y" })
    same(ryx.Concat("a", ryx.Lower("b__c")), ryx.Concat("x", ryx.Lower("y__c")), { a = "x", b = "y" })
    same(Q(F"a":gt(F"b")), Q(F"x":gt(F"b")), { a = "x" })
    local untouched = Q{ a = 1 } * -Q{ b = 2 }
    assert.equal(untouched, term.renamed(untouched, { c = "d" }))
  end)
end)

describe("indexes and constraints", function()
  it("are added and removed by name", function()
    local s = applied(shop(), m.remove_index("Post", "i"), m.remove_index("Post", "ix_posts_created_1"),
      m.add_index("Post", ryx.Index{ fields = { "title" }, name = "t" }), m.remove_constraint("Post", "q"),
      m.add_constraint("Post", ryx.Constraint{ check = Q{ views__lt = 9 }, name = "n" }))
    assert.equal(3, #options(s).indexes)
    assert.equal("t", options(s).indexes[3].name)
    assert.equal("n", options(s).constraints[2].name)
  end)

  it("are refused where they do not fit", function()
    refused('Post has no index "ii"', applied, shop(), m.remove_index("Post", "ii"))
    refused('did you mean "q"?', applied, shop(), m.remove_constraint("Post", "qq"))
    refused('no field "nothing"', applied, shop(), m.add_index("Post", ryx.Index{ fields = { "nothing" } }))
    refused("i is the name of two items", applied, shop(), m.add_index("Post", ryx.Index{ fields = { "views" },
      name = "i" }))
    refused("a ryx.Index{ ... } is wanted", m.add_index, "Post", "views")
    refused('no field "nothing"', applied, shop(), m.alter_unique_together("Post", { { "nothing" } }))
  end)

  it("are lists of fields together", function()
    local s = applied(shop(), m.alter_unique_together("Post", { "title" }), m.alter_index_together("Post", {}))
    assert.same({ { "title" } }, options(s).unique_together)
    assert.is_nil(options(s).index_together)
  end)
end)

describe("alter_model", function()
  it("sets options of Meta and takes them away", function()
    local s = applied(shop(), m.alter_model("Post", { table_name = "texts", managed = false }))
    assert.equal("texts", options(s).table_name)
    assert.is_false(s:get("Post").is_managed)
    s = applied(s, m.alter_model("Post", { table_name = false, managed = true }))
    assert.is_nil(options(s).table_name)
    assert.is_true(s:get("Post").is_managed)
    refused("unknown option", m.alter_model, "Post", { indexes = {} })
  end)
end)

describe("an operation", function()
  local add = m.add_field("Post", "slug", ryx.SlugField{})

  it("says what it does", function()
    local said = {
      ["create model Note"] = m.create_model("Note", {}), ["delete model Note"] = m.delete_model("Note"),
      ["rename model A to B"] = m.rename_model("A", "B"), ["add field slug to Post"] = add,
      ["alter field a of Post"] = m.alter_field("Post", "a", ryx.IntField{}),
      ["remove field a from Post"] = m.remove_field("Post", "a"),
      ["rename field a of Post to b"] = m.rename_field("Post", "a", "b"),
      ["add index on a, b to Post"] = m.add_index("Post", ryx.Index{ fields = { "a", "b" } }),
      ["remove index i from Post"] = m.remove_index("Post", "i"),
      ["add constraint c to Post"] = m.add_constraint("Post", ryx.Constraint{ check = "a > 0", name = "c" }),
      ["remove constraint c from Post"] = m.remove_constraint("Post", "c"),
      ["alter unique_together of Post"] = m.alter_unique_together("Post", {}),
      ["alter table_name of model Post"] = m.alter_model("Post", { table_name = "t" }),
      ["run SQL: DROP VIEW v"] = m.run_sql("DROP VIEW v"), ["run Lua"] = m.run_lua(m.noop),
    }
    for text, op in pairs(said) do
      assert.equal(text, op:describe())
      assert.equal(text, tostring(op))
    end
  end)

  it("gives a file its name", function()
    local s = shop()
    local names = {
      create_notes = m.create_model("Note", {}), add_slug_to_posts = add,
      add_author_id_to_notes = m.add_field("Note", "author", ryx.ForeignKey("Author")),
      alter_title_on_posts = m.alter_field("Post", "title", ryx.TextField{}),
      remove_author_id_from_posts = m.remove_field("Post", "author"),
      rename_title_to_headline_on_posts = m.rename_field("Post", "title", "headline"),
      rename_posts_to_articles = m.rename_model("Post", "Article"), delete_posts = m.delete_model("Post"),
      add_index_to_posts = m.add_index("Post", ryx.Index{ fields = { "title" } }),
      alter_unique_together_on_posts = m.alter_unique_together("Post", {}), run_lua = m.run_lua(m.noop),
    }
    for name, op in pairs(names) do assert.equal(name, operation.slug({ op }, s)) end
    assert.equal("auto", operation.slug({ add, add }, s))
    s = applied(s, m.alter_model("Post", { table_name = "My Texts" }))
    assert.equal("add_slug_to_my_texts", operation.slug({ add }, s))
  end)

  it("knows whether there is a way back", function()
    assert.is_true(add.is_reversible)
    assert.is_true(m.delete_model("Post").is_reversible)
    assert.is_false(m.run_sql("DROP VIEW v").is_reversible)
    assert.is_true(m.run_sql("DROP VIEW v", "CREATE VIEW v AS SELECT 1").is_reversible)
    assert.is_true(m.run_sql("DROP VIEW v", m.noop).is_reversible)
    assert.is_false(m.run_lua(m.noop).is_reversible)
    assert.is_true(m.run_lua(m.noop, m.noop).is_reversible)
    refused("takes a function", m.run_lua, "text")
    refused("takes a text of SQL", m.run_sql, 7)
  end)

  it("does not change what it was given", function()
    local title = ryx.CharField{}
    local def = { title = title, Meta = { ordering = { "title" } } }
    m.create_model("Note", def)
    m.add_field("Post", "t", title)
    assert.is_nil(title.meta)
    assert.equal(title, def.title)
    assert.same({ ordering = { "title" } }, def.Meta)
  end)
end)

describe("m.migration", function()
  it("takes names and operations", function()
    local migration = m.migration{ dependencies = { "0001_initial" }, operations = { m.delete_model("Post") } }
    assert.same({ "0001_initial" }, migration.dependencies)
    assert.same({}, m.migration{ operations = {} }.dependencies)
    refused("item 1 is an operation, m.add_field(...), not 7", m.migration, { operations = { 7 } })
    refused('did you mean "operations"?', m.migration, { operation = {} })
    refused("is the name of a migration", m.migration, { dependencies = { 1 } })
  end)
end)

describe("a text of SQL", function()
  it("is split into statements", function()
    assert.same({ "A ';' \"x;\" `y;` -- ;\n + /* ; */ 1", "B" },
      statements.split("A ';' \"x;\" `y;` -- ;\n + /* ; */ 1; ;\n -- only this\n ; B ;"))
    assert.same({ "SELECT $1, 'it''s;'", "DO $$ BEGIN x; END $$", "SELECT $a$ ; $a$" },
      statements.split("SELECT $1, 'it''s;'; DO $$ BEGIN x; END $$; SELECT $a$ ; $a$"))
    assert.same({}, statements.split(" -- nothing\n;"))
  end)

  it("ends a text as the database does", function()
    local my = { text_escapes = true, hash_comments = true }
    assert.same({ [[SELECT 'C:\']], [[SELECT 'a\']] }, statements.split([[SELECT 'C:\'; SELECT 'a\' ;]]))
    assert.same({ [[A 'it\'s; \\']], "B # ; '", "C" }, statements.split([[A 'it\'s; \\'; B # ; ']] .. "\n; C", my))
    assert.same({ [[E'a\';' + re'\']], "A" }, statements.split([[E'a\';' + re'\'; A]]))
  end)

  it("keeps the bodies of triggers and routines whole", function()
    local trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM b; END"
    assert.same({ trigger, "SELECT 1" }, statements.split(trigger .. "; SELECT 1"))
    local routine = "CREATE PROCEDURE p() BEGIN IF a THEN SELECT 1; END IF; WHILE b DO SET c = 1; END WHILE; END"
    assert.same({ routine, "BEGIN", "SELECT 1", "END" }, statements.split(routine .. "; BEGIN; SELECT 1; END;"))
  end)
end)
