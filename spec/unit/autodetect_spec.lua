-- SPDX-License-Identifier: MIT
-- What two states differ by, as operations in an order in which they can be done, and as questions.
local autodetect = require "ryx.migrations.autodetect"
local errors = require "ryx.errors"
local question = require "ryx.migrations.autodetect.question"
local ryx = require "ryx"
local state = require "ryx.migrations.state"

local function state_of(models)
  local s = state.new()
  for name, def in pairs(models) do s = s:with(name, state.record(name, def)) end
  return s
end

local function described(operations)
  local lines = {}
  for i, op in ipairs(operations) do lines[i] = op:describe() end
  return lines
end

local function asked(questions)
  local lines = {}
  for i, q in ipairs(questions) do lines[i] = question.text(q) end
  return lines
end

-- The operations from one state to another, which are all that there is to do.
local function assert_changes(from, to, wanted, answers)
  local operations, questions = autodetect.run(state_of(from), state_of(to), answers)
  assert.same({}, asked(questions))
  assert.same(wanted, described(operations))
  local s = state_of(from)
  for _, op in ipairs(operations) do s = op:apply(s) end
  assert.same({}, described((autodetect.run(s, state_of(to)))))
  return operations
end

local function answers_of(fn)
  local answers = question.new()
  fn(answers)
  return answers
end

local int, char, text = ryx.IntField, ryx.CharField, ryx.TextField

describe("what makes no migration", function()
  for name, pair in pairs{
    ["labels and forms"] = { { a = char() }, { a = char{ help_text = "x", verbose_name = "A", blank = true,
      editable = false } } },
    ["an empty comment"] = { { a = char() }, { a = char{ db_comment = "" } } },
    ["choices and validators"] = { { a = int() }, { a = int{ choices = { 1 }, validators = { function() end } } } },
    ["a function as default"] = { { a = int() }, { a = int{ default = function() return 1 end } } },
    ["ordering"] = { { a = int() }, { a = int(), Meta = { ordering = { "-a" } } } },
    ["what is the default anyway"] = { { a = char() }, { a = char{ max_length = 255, null = false } } },
    ["a hint that was taken"] = { { a = char() }, { a = char{ was = "b" }, Meta = { was = "Old" } } },
  } do
    it(name, function() assert_changes({ Post = pair[1] }, { Post = pair[2] }, {}) end)
  end

  it("the order of fields", function()
    local b, a = int(), int()
    assert_changes({ Post = { a = int(), b = int() } }, { Post = { a = a, b = b } }, {})
  end)
end)

describe("models", function()
  it("are made after those that they refer to", function()
    assert_changes({}, { A = { b = ryx.ForeignKey("B") }, B = { c = ryx.ForeignKey("C") }, C = {} },
      { "create model C", "create model B", "create model A" })
  end)

  it("in a circle get a key afterwards, one that may be NULL first", function()
    assert_changes({}, { A = { b = ryx.ForeignKey("B") }, B = { a = ryx.ForeignKey("A", { null = true }) } },
      { "create model B", "create model A", "add field a to B" })
    assert_changes({}, {
      A = { b = ryx.ForeignKey("B"), n = int(), Meta = { unique_together = { { "b", "n" } },
        indexes = { ryx.Index{ fields = { "b" } } } } },
      B = { a = ryx.ForeignKey("A") },
    }, { "create model A", "create model B", "add field b to A", "alter unique_together of A", "add index on b to A" })
  end)

  it("with a model of their own between them wait for it", function()
    assert_changes({}, {
      A = { others = ryx.ManyToManyField("B", { through = "L" }) }, B = {},
      L = { a = ryx.ForeignKey("A"), b = ryx.ForeignKey("B") },
    }, { "create model B", "create model A", "create model L", "add field others to A" })
  end)

  it("are deleted before those that they refer to", function()
    assert_changes({ A = { b = ryx.ForeignKey("B") }, B = {} }, {}, { "delete model A", "delete model B" })
    assert_changes({ A = { b = ryx.ForeignKey("B") }, B = { a = ryx.ForeignKey("A", { null = true }) } }, {},
      { "remove field b from A", "delete model B", "delete model A" })
    assert_changes({ A = { b = ryx.ForeignKey("B", { null = true }), n = int() }, B = {} }, { A = { n = int() } },
      { "remove field b from A", "delete model B" })
  end)

  it("are renamed by a hint, and what refers to them goes along", function()
    assert_changes({ Post = { a = int() }, Note = { post = ryx.ForeignKey("Post") } },
      { Article = { a = int(), Meta = { was = "Post" } }, Note = { post = ryx.ForeignKey("Article") } },
      { "rename model Post to Article" })
  end)

  it("that look alike are asked about", function()
    local from, to = { Post = { a = int(), b = int() } }, { Article = { a = int(), b = int(), c = int() } }
    local _, questions = autodetect.run(state_of(from), state_of(to))
    assert.same({ "Was the model Post renamed to Article?" }, asked(questions))
    assert_changes(from, to, { "rename model Post to Article", "add field c to Article" }, answers_of(function(answers)
      answers:add_rename("Post:Article")
      answers:add_default("Article.c=1")
    end))
    assert_changes(from, to, { "delete model Post", "create model Article" },
      answers_of(function(answers) answers:add_drop("Post") end))
  end)

  it("that look different are not", function()
    assert_changes({ Post = { a = int(), b = int() } }, { Tag = { name = char() } }, { "delete model Post",
      "create model Tag" })
  end)

  it("that take a table come after those that had it, and what led to these is made again", function()
    local function with(fields) fields.Meta = { table_name = "texts" } return fields end
    assert_changes({ Post = with{ a = int() }, Note = { post = ryx.ForeignKey("Post", { null = true }) } },
      { Tag = with{ b = int() }, Note = { post = ryx.ForeignKey("Tag", { null = true }) } },
      { "remove field post from Note", "delete model Post", "create model Tag", "add field post to Note" },
      answers_of(function(answers) answers:add_drop("Post") end))
  end)

  it("of others are nobody's business", function()
    assert_changes({ Old = { a = int(), Meta = { managed = false } } }, { New = { a = int(),
      Meta = { managed = false } } },
      { "delete model Old", "create model New" })
  end)

  it("with the table of one that is gone are that one", function()
    assert_changes({ Post = { a = int(), Meta = { table_name = "texts" } }, Note = { post = ryx.ForeignKey("Post") } },
      { Text = { b = char(), Meta = { table_name = "texts" } }, Note = { post = ryx.ForeignKey("Text") } },
      { "rename model Post to Text", "remove field a from Text", "add field b to Text" },
      answers_of(function(answers) answers.default["Text.b"] = "x" end))
    assert_changes({ Post = { Meta = { table_name = "texts" } } },
      { Post = {}, Text = { Meta = { table_name = "texts" } } },
      { "alter table_name of model Post", "create model Text" })
    assert_changes({ Post = { a = int() } }, { Post = { a = int(), Meta = { table_name = "t", managed = false } } },
      { "alter table_name of model Post", "alter managed of model Post" })
  end)

  it("may have another table", function()
    assert_changes({ Post = {} }, { Post = { Meta = { table_name = "texts" } } }, { "alter table_name of model Post" })
    assert_changes({ Post = {} }, { Post = { Meta = { db_comment = "texts" } } }, { "alter db_comment of model Post" })
    assert_changes({ Post = { Meta = { db_comment = "texts" } } }, { Post = {} }, { "alter db_comment of model Post" })
    assert_changes({ Post = { a = int() } }, { Post = { a = int{ db_comment = "x" } } }, { "alter field a of Post" })
    assert_changes({ Post = {} }, { Post = { Meta = { managed = false } } }, { "alter managed of model Post" })
  end)
end)

describe("fields", function()
  local function assert_fields(from, to, wanted, answers) assert_changes({ Post = from }, { Post = to }, wanted,
    answers) end

  it("are added, altered and removed", function()
    assert_fields({ a = int(), b = text() }, { a = int{ default = 1 }, c = ryx.DateField{ null = true } },
      { "remove field b from Post", "add field c to Post", "alter field a of Post" })
  end)

  it("are renamed by a hint, with what names them", function()
    assert_fields({ a = int(), Meta = { unique_together = { { "a", "id" } },
      indexes = { ryx.Index{ fields = { "-a" } } },
      constraints = { ryx.Constraint{ name = "c", check = ryx.Q{ a__gt = 0 } } } } },
      { b = int{ was = "a" }, Meta = { unique_together = { { "b", "id" } },
        indexes = { ryx.Index{ fields = { "-b" } } },
        constraints = { ryx.Constraint{ name = "c", check = ryx.Q{ b__gt = 0 } } } } },
      { "rename field a of Post to b" })
  end)

  it("may take each other's names along a row", function()
    assert_fields({ a = char(), b = char() }, { b = char{ was = "a" }, c = char{ was = "b" } },
      { "rename field b of Post to c", "rename field a of Post to b" })
    assert_changes({ A = {}, B = {} }, { B = { Meta = { was = "A" } }, C = { Meta = { was = "B" } } },
      { "rename model B to C", "rename model A to B" })
  end)

  it("of one's own kind are what keeps their values", function()
    local List = ryx.field("ListField", {
      base = ryx.CharField, options = { sep = "," }, to_db = function(v, f) return table.concat(v, f.sep) end,
    })
    assert_fields({ a = char() }, { a = List{ sep = ";" } }, {})
    local ops = assert_changes({ Post = {} }, { Post = { a = List{ default = function() return { "x", "y" } end } } },
      { "add field a to Post" })
    assert.same({ ["Post.a"] = "x,y" }, ops[1].fill)
    ops = assert_changes({ Post = {} }, { Post = { a = List() } }, { "add field a to Post" },
      answers_of(function(answers) answers:add_default("Post.a=x,y") end))
    assert.same({ ["Post.a"] = "x,y" }, ops[1].fill)
  end)

  it("may be renamed and altered at once", function()
    assert_fields({ a = int() }, { b = ryx.BigIntField{ was = "a" } }, { "rename field a of Post to b",
      "alter field b of Post" })
  end)

  it("that may be others under a new name are asked about, the likeliest pair first", function()
    local from, to = { title = char(), teaser = char() }, { headline = char{ null = true },
      subtitle = char{ null = true } }
    local _, questions = autodetect.run(state_of{ Post = from }, state_of{ Post = to })
    assert.same({ "Was Post.title renamed to Post.subtitle?", "Was Post.teaser renamed to Post.headline?" },
      asked(questions))
    local seen = {}
    autodetect.run(state_of{ Post = from }, state_of{ Post = to }, question.new(function(q)
      seen[#seen + 1] = q.old .. "?" .. q.new
      return q.new == "headline" and q.old == "title"
    end))
    assert.same({ "title?subtitle", "teaser?headline", "teaser?subtitle", "title?headline" }, seen)
  end)

  it("of other types are not", function()
    assert_fields({ a = int() }, { b = text{ null = true } }, { "remove field a from Post", "add field b to Post" })
  end)

  it("may become a relation over their column", function()
    local _, questions = autodetect.run(state_of{ Post = { author_id = int() }, Author = {} },
      state_of{ Post = { author = ryx.ForeignKey("Author") }, Author = {} })
    assert.same({ "Was Post.author_id renamed to Post.author?" }, asked(questions))
  end)

  it("that become join tables are taken away and made", function()
    assert_changes({ Post = { tag = ryx.ForeignKey("Tag", { related_name = "+" }) }, Tag = {} },
      { Post = { tag = ryx.ManyToManyField("Tag", { related_name = "+" }) }, Tag = {} },
      { "remove field tag from Post", "add field tag to Post" })
    assert_changes({ Post = { tags = ryx.ManyToManyField("Tag") }, Tag = {}, Word = {} },
      { Post = { tags = ryx.ManyToManyField("Word") }, Tag = {}, Word = {} },
      { "remove field tags from Post", "add field tags to Post" })
  end)

  it("may be the key now", function()
    assert_fields({ a = char() }, { a = char{ primary_key = true } }, { "remove field id from Post",
      "alter field a of Post" })
    assert_fields({ a = char{ primary_key = true } }, { a = char() }, { "alter field a of Post",
      "add field id to Post" })
    assert_fields({ a = char(), b = int() }, { a = char(), b = int(), Meta = { primary_key = { "a", "b" } } },
      { "remove field id from Post", "alter primary_key of model Post" })
    assert_fields({ a = char(), b = int(), Meta = { primary_key = { "a", "b" } } }, { a = char() },
      { "alter primary_key of model Post", "remove field b from Post", "add field id to Post" })
  end)
end)

describe("values for rows that are there", function()
  local function questions_of(from, to)
    return asked(select(2, autodetect.run(state_of{ Post = from, A = {} }, state_of{ Post = to, A = {} })))
  end
  local WHICH = "Post.a may not be NULL and has no default: which value do rows get that are there?"

  it("are asked for where a field is never NULL", function()
    assert.same({ WHICH }, questions_of({}, { a = int() }))
    assert.same({ WHICH }, questions_of({ a = int{ null = true } }, { a = int() }))
    assert.same({ WHICH }, questions_of({}, { a = ryx.ForeignKey("A", { related_name = "+" }) }))
  end)

  it("are not where something gives them", function()
    for _, f in ipairs{
      int{ null = true }, int{ default = 0 }, int{ db_default = 0 }, ryx.BooleanField{ default = false },
        char{ default = "" },
      ryx.DateTimeField{ auto_now_add = true }, ryx.DateTimeField{ auto_now = true },
        ryx.UUIDField{ auto_create = true },
      ryx.ManyToManyField("A", { related_name = "+" }), ryx.DateTimeField{ default = ryx.now },
    } do
      assert.same({}, questions_of({}, { a = f }))
    end
  end)

  it("are what a function gives once, where nobody else calls it", function()
    local ops = assert_changes({ Post = {} }, { Post = { a = char{ default = function() return "x" end } } },
      { "add field a to Post" })
    assert.same({ ["Post.a"] = "x" }, ops[1].fill)
  end)

  it("have to fit the field", function()
    local answers = answers_of(function(a) a:add_default("Post.a=many") end)
    local ok, err = pcall(autodetect.run, state_of{ Post = {} }, state_of{ Post = { a = int() } }, answers)
    assert.is_false(ok)
    assert.is_true(errors.is_error(err))
    assert.equal('the default of Post.a: "many": Enter a whole number.', err.message)
  end)

  for name, case in pairs{
    text = { char(), "x y", "x y" }, ["text in quotes"] = { char(), '"5"', "5" }, ["a number"] = { int(), " 5 ", 5 },
    ["truth"] = { ryx.BooleanField(), "false", false }, ["a decimal"] = { ryx.DecimalField(), "1.5",
      ryx.decimal("1.50") },
    ["a date"] = { ryx.DateField(), "2024-02-29", ryx.date("2024-02-29") },
    ["a document"] = { ryx.JSONField(), '{ "a": [1] }', { a = { 1 } } }, ["a list"] = { ryx.ArrayField(int()),
      "[1, 2]", { 1, 2 } },
    ["a key"] = { ryx.ForeignKey("A", { related_name = "+" }), "7", 7 },
  } do
    it("may be typed: " .. name, function()
      local answers = answers_of(function(a) a:add_default("Post.a=" .. case[2]) end)
      local ops = autodetect.run(state_of{ Post = {}, A = {} }, state_of{ Post = { a = case[1] }, A = {} }, answers)
      local v = ops[1].fill["Post.a"]
      if type(case[3]) == "userdata" then assert.is_true(case[3] == v) else assert.same(case[3], v) end
    end)
  end
end)

describe("indexes and constraints", function()
  local function meta(options) return { a = int(), b = int(), Meta = options } end
  local function assert_meta(from, to, wanted) assert_changes({ Post = meta(from) }, { Post = meta(to) }, wanted) end
  local function ix(...) return ryx.Index{ fields = { ... } } end

  it("are added and removed", function()
    assert_meta(nil, { indexes = { ix "a" }, constraints = { ryx.Constraint{ name = "c", check = "a > 0" } } },
      { "add index on a to Post", "add constraint c to Post" })
    assert_meta({ indexes = { ix "a" }, constraints = { ryx.Constraint{ name = "c", check = "a > 0" } } }, nil,
      { "remove constraint c from Post", "remove index ix_posts_a_0 from Post" })
  end)

  it("that are another now are made again", function()
    assert_meta({ constraints = { ryx.Constraint{ name = "c", check = ryx.Q{ a = 1 } } } },
      { constraints = { ryx.Constraint{ name = "c", check = ryx.Q{ a = 2 } } } },
      { "remove constraint c from Post", "add constraint c to Post" })
    assert_meta({ indexes = { ryx.Index{ fields = { "a" }, name = "i" } } },
      { indexes = { ryx.Index{ fields = { "a" }, name = "i", unique = true } } },
      { "remove index i from Post", "add index i to Post" })
  end)

  it("without names are called after their place", function()
    assert_meta({ indexes = { ix "a", ix "b" } }, { indexes = { ix "b" } }, { "remove index ix_posts_a_0 from Post" })
    assert_meta({ indexes = { ix "a" } }, { indexes = { ix "b", ix "a" } },
      { "remove index ix_posts_a_0 from Post", "add index on b to Post", "add index on a to Post" })
    assert_meta({ indexes = { ryx.Index{ fields = { "a" }, name = "x" }, ryx.Index{ fields = { "b" }, name = "y" } } },
      { indexes = { ryx.Index{ fields = { "b" }, name = "y" }, ryx.Index{ fields = { "a" }, name = "x" } } }, {})
  end)

  it("over fields that go go first, over fields that come come last", function()
    assert_changes({ Post = { a = int(), b = int(), Meta = { unique_together = { { "a", "b" } } } } },
      { Post = { a = int(), c = text{ null = true }, Meta = { unique_together = { { "a", "c" } } } } },
      { "alter unique_together of Post", "remove field b from Post", "add field c to Post",
        "alter unique_together of Post" })
  end)
end)
