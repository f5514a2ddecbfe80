-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local touched = require "ryx.migrations.state.touched"

local function names_of(metas)
  local names = {}
  for i, meta in ipairs(metas) do names[i] = meta.table_name end
  table.sort(names)
  return names
end

local Stamped = ryx.model("StateStamped", {
  created = ryx.DateTimeField{ auto_now_add = true },
  owner = ryx.ForeignKey("StateUser", { related_name = "%(class)s_of" }),
  Meta = { abstract = true, indexes = { ryx.Index{ fields = { "created" }, name = "created_idx" } } },
})
local User = ryx.model("StateUser", { name = ryx.CharField{} })
local Post = ryx.model("StatePost", {
  title = ryx.CharField{ max_length = 80 },
  parent = ryx.ForeignKey("StatePost", { null = true }),
  tags = ryx.ManyToManyField("StateTag"),
  Meta = {
    unique_together = { "title", "owner" }, ordering = { "-created", "owner__name" }, strict = true,
    constraints = { ryx.Constraint{ check = ryx.Q{ title__gte = "a" }, name = "state_title" } }, was = "StateText",
  },
}, Stamped)
local Tag = ryx.model("StateTag", { label = ryx.CharField{ was = "name" }, Meta = { table_name = "labels" } })
local Shown = ryx.model("StateShown", { Meta = { proxy = true } }, Tag)
local Foreign = ryx.model("StateForeign", { tag = ryx.ForeignKey(Shown), Meta = { managed = false } })
local Pair = ryx.model("StatePair", {
  a = ryx.IntField{}, b = ryx.IntField{}, Meta = { primary_key = { "a", "b" } },
})

local function whole()
  return state.from_models{ Stamped, User, Post, Tag, Shown, Foreign, Pair }
end

describe("the state of models", function()
  it("has those with tables: no abstract ones, no proxies", function()
    assert.same({ "StateForeign", "StatePair", "StatePost", "StateTag", "StateUser" }, whole():names())
  end)

  it("has the fields that a model takes over, and its key", function()
    assert.same({ "id", "created", "owner", "title", "parent", "tags" }, state.field_names(whole():get("StatePost")))
    assert.same({ "a", "b" }, state.field_names(whole():get("StatePair")))
  end)

  it("names other models by text: their own as self, a proxy as the model that has its table", function()
    local post = whole():get("StatePost")
    assert.equal("StateUser", state.field(post, "owner").to)
    assert.equal("statepost_of", state.field(post, "owner").related_name)
    assert.equal("self", state.field(post, "parent").to)
    assert.equal("StateTag", state.field(whole():get("StateForeign"), "tag").to)
  end)

  it("keeps what tables are made of, and hints", function()
    local post = whole():get("StatePost")
    assert.equal("StateText", post.was)
    assert.equal("name", state.field(whole():get("StateTag"), "label").was)
    assert.same({ "constraints", "indexes", "ordering", "unique_together" },
      require("ryx.compat").sorted_keys(post.options))
    assert.same({ { "title", "owner" } }, post.options.unique_together)
    assert.same({ "-created" }, post.options.ordering)
    assert.equal("created_idx_state_posts", post.options.indexes[1].name)
    assert.equal("labels", state.table_key(whole():get("StateTag")))
  end)

  it("knows a model that makes no table", function()
    assert.is_false(whole():get("StateForeign").is_managed)
    assert.is_true(whole():get("StateTag").is_managed)
  end)

  it("becomes metas with join tables, of managed models", function()
    assert.same({ "labels", "state_pairs", "state_post_tags", "state_posts", "state_users" }, names_of(whole():metas()))
  end)

  it("becomes the metas of some models, whose keys have the types of others", function()
    assert.same({ "labels" }, names_of(whole():metas{ "StateTag", "StateForeign", "Nobody" }))
    local s = state.new():with("A", state.record("A", { code = ryx.CharField{ max_length = 7, primary_key = true } }))
    s = s:with("B", state.record("B", { a = ryx.OneToOneField("A", { primary_key = true }) }))
    s = s:with("C", state.record("C", { b = ryx.ForeignKey("B") })):with("D", state.record("D", {
      c = ryx.ForeignKey("C"), others = ryx.ManyToManyField("B"),
    }))
    local metas = s:metas{ "C", "D" }
    assert.same({ "cs", "d_others", "ds" }, names_of(metas))
    assert.equal("varchar", metas[1]:get_field("b").db)
    assert.equal("int", metas[2]:get_field("c").db)
    assert.equal("varchar", metas[3]:get_field("b").db)
  end)

  it("tells which models a step is about", function()
    local s = whole()
    local function between(name, record) return touched(s, s:with(name, record)) end
    local copy = function(name)
      local out = {}
      for k, v in pairs(s:get(name)) do out[k] = v end
      return out
    end
    assert.same({ "StatePair" }, between("StatePair", copy("StatePair")))
    assert.same({ "StatePost" }, between("StatePost", copy("StatePost")))
    assert.same({ "StateTag" }, between("StateTag", copy("StateTag")))
    local moved = copy("StateTag")
    moved.options = { table_name = "words" }
    assert.same({ "StateForeign", "StatePost", "StateTag" }, between("StateTag", moved))
    moved.options, moved.fields = s:get("StateTag").options, { { "id", ryx.BigAutoField() } }
    assert.same({ "StateForeign", "StatePost", "StateTag" }, between("StateTag", moved))
    assert.same({ "New" }, between("New", state.record("New", { user = ryx.ForeignKey("StateUser") })))
    assert.same({ "StatePair" }, touched(s, s:without("StatePair")))
    assert.same({}, touched(s, s))
  end)

  it("leaves the program's models alone", function()
    local s = whole()
    local meta = s:meta("StatePost")
    assert.are_not_equal(Post._meta, meta)
    assert.equal(meta.registry:get("StateUser")._meta, meta:get_field("owner"):target_meta())
    assert.equal(User._meta, Post._meta:get_field("owner"):target_meta())
  end)

  it("is never changed", function()
    local s = whole()
    local less, more = s:without("StatePost"), s:with("StateOther", state.record("StateOther", {}))
    assert.is_nil(less:get("StatePost"))
    assert.is_not_nil(s:get("StatePost"))
    assert.is_nil(s:get("StateOther"))
    assert.equal(s:get("StateTag"), less:get("StateTag"))
    assert.same({ "id" }, state.field_names(more:get("StateOther")))
  end)

  it("names the nearest model where there is none", function()
    local ok, e = pcall(function() return whole():find("StatePots") end)
    assert.is_false(ok)
    assert.equal("field_error", e.kind)
    assert.truthy(tostring(e):find('did you mean "StatePost"?', 1, true))
  end)
end)

describe("two fields", function()
  local function same(a, b)
    return state.same_field(a, b, "x")
  end

  it("are the same whatever people and programs see of them", function()
    local pairs_of = {
      { ryx.CharField{}, ryx.CharField{ help_text = "h", verbose_name = "v", blank = true, min_length = 2 } },
      { ryx.CharField{}, ryx.CharField{ choices = { "a" }, validators = { ryx.NotBlankValidator() } } },
      { ryx.CharField{}, ryx.CharField{ editable = false, was = "y", db_column = "x" } },
      { ryx.IntField{ default = 1 }, ryx.IntField{ default = "1" } },
      { ryx.IntField{}, ryx.IntField{ default = function() return 1 end } },
      { ryx.IntField{}, ryx.PositiveIntField{} },
      { ryx.JSONField{}, ryx.JSONField{ default = {} } },
      { ryx.DecimalField{ default = "1.5" }, ryx.DecimalField{ default = "1.50" } },
      { ryx.DateField{}, ryx.DateField{ auto_now = true } },
      { ryx.TextField{}, ryx.TextField{ max_length = 7 } },
      { ryx.IntField{ unique = true }, ryx.IntField{ unique = true, db_index = true } },
      { ryx.DateTimeField{ db_default = ryx.Now() }, ryx.DateTimeField{ db_default = ryx.Now() } },
      { ryx.ForeignKey("A", { db_column = "x_id" }), ryx.ForeignKey("A", { db_index = true }) },
      { ryx.CharField{ max_length = 50 }, ryx.SlugField{} },
    }
    for i, pair in ipairs(pairs_of) do assert.is_true(same(pair[1], pair[2]), "pair " .. i) end
  end)

  it("are different where a database sees it", function()
    local pairs_of = {
      { ryx.CharField{}, ryx.CharField{ max_length = 9 } },
      { ryx.CharField{}, ryx.TextField{} },
      { ryx.CharField{}, ryx.CharField{ null = true } },
      { ryx.CharField{}, ryx.CharField{ unique = true } },
      { ryx.CharField{}, ryx.CharField{ db_index = true } },
      { ryx.CharField{}, ryx.CharField{ db_column = "y" } },
      { ryx.CharField{}, ryx.CharField{ collation = "nocase" } },
      { ryx.IntField{ default = 1 }, ryx.IntField{ default = 2 } },
      { ryx.IntField{ default = 1 }, ryx.IntField{} },
      { ryx.IntField{ db_default = 1 }, ryx.IntField{ db_default = 2 } },
      { ryx.IntField{ db_default = 1 }, ryx.IntField{ default = 1 } },
      { ryx.DateTimeField{ db_default = ryx.Now() }, ryx.DateTimeField{} },
      { ryx.DateTimeField{}, ryx.DateTimeField{ tz = true } },
      { ryx.DecimalField{}, ryx.DecimalField{ decimal_places = 3 } },
      { ryx.ArrayField(ryx.IntField{}), ryx.ArrayField(ryx.CharField{}) },
      { ryx.ForeignKey("A"), ryx.ForeignKey("B") },
      { ryx.ForeignKey("A"), ryx.ForeignKey("A", { on_delete = "PROTECT" }) },
      { ryx.ForeignKey("A"), ryx.ForeignKey("A", { db_constraint = false }) },
      { ryx.ForeignKey("A"), ryx.OneToOneField("A") },
      { ryx.ForeignKey("A"), ryx.IntField{} },
      { ryx.ForeignKey("A"), ryx.ForeignKey("A", { related_name = "b" }) },
      { ryx.ManyToManyField("A"), ryx.ManyToManyField("A", { db_table = "t" }) },
      { ryx.ManyToManyField("A"), ryx.ForeignKey("A") },
    }
    for i, pair in ipairs(pairs_of) do
      assert.is_false(same(pair[1], pair[2]), "pair " .. i)
      assert.is_false(same(pair[2], pair[1]), "pair " .. i)
    end
  end)
end)

describe("two indexes or constraints", function()
  it("are compared by what they say", function()
    local function index(options) return ryx.Index(options) end
    local lower = { expressions = { ryx.Lower("title") }, name = "l" }
    assert.is_true(state.same_index(index{ fields = { "-a" } }, index{ fields = { "-a" }, method = "btree" }))
    assert.is_true(state.same_index(index(lower), index(lower)))
    for _, other in ipairs{
      index{ fields = { "a" } }, index{ fields = { "-a", "b" } }, index{ fields = { "-a" }, unique = true },
      index{ fields = { "-a" }, name = "n" }, index{ fields = { "-a" }, condition = ryx.Q{ a__gt = 1 } },
      ryx.SearchIndex{ fields = { "a" } }, index(lower),
    } do
      assert.is_false(state.same_index(index{ fields = { "-a" } }, other))
    end
    local function with(v) return index{ fields = { "a" }, condition = ryx.Q{ a__gt = v } } end
    assert.is_true(state.same_index(with(1), with(1)))
    assert.is_false(state.same_index(with(1), with(2)))
    local function check(q) return ryx.Constraint{ check = q, name = "c" } end
    assert.is_true(state.same_constraint(check(ryx.Q{ a = 1, b = 2 }), check(ryx.Q{ b = 2, a = 1 })))
    local joined = ryx.Q{ b = 2 } * (ryx.Q{ c = 3 } * ryx.Q{ a = 1 })
    assert.is_true(state.same_constraint(check(ryx.Q{ a = 1, b = 2, c = 3 }), check(joined)))
    assert.is_false(state.same_constraint(check(ryx.Q{ a = 1, b = 2 }), check(ryx.Q{ a = 2, b = 1 })))
    assert.is_false(state.same_constraint(check(ryx.Q{ a = 1 } + ryx.Q{ b = 2 }), check(ryx.Q{ a = 1, b = 2 })))
    assert.is_false(state.same_constraint(check(ryx.Q{ a = 1 }), check("a = 1")))
    assert.is_false(state.same_constraint(check(ryx.Q{ a = 1 }), check(ryx.Q{ a = "1" })))
  end)
end)
