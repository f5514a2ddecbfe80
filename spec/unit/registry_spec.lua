-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local registry = require "ryx.registry"
local model = require "ryx.model"
local referrers = require "ryx.meta.referrers"

local Author = ryx.model("RegAuthor", { name = ryx.CharField{} })
local Post = ryx.model("RegPost", { author = ryx.ForeignKey("RegAuthor", { related_name = "posts" }) })

-- The same names in a registry of their own, with other fields.
local function define()
  local other = registry.new()
  local OldPost = model.define(other, "RegPost", {
    author = ryx.ForeignKey("RegAuthor", { related_name = "texts" }),
    tags = ryx.ManyToManyField("RegTag"),
  })
  local OldAuthor = model.define(other, "RegAuthor", { nick = ryx.CharField{} })
  model.define(other, "RegTag", {})
  return other, OldAuthor, OldPost
end

describe("a registry", function()
  it("has models of its own", function()
    local other, OldAuthor, OldPost = define()
    assert.equal(Author, registry:get("RegAuthor"))
    assert.equal(OldAuthor, other:get("RegAuthor"))
    assert.is_nil(registry:get("RegTag"))
    assert.equal(OldPost._meta, other:by_table("reg_posts"))
    assert.equal(3, #other:all())
  end)

  it("is where relations look for other models", function()
    local _, OldAuthor, OldPost = define()
    assert.equal(OldAuthor._meta, OldPost._meta:get_field("author"):target_meta())
    assert.is_not_nil(OldAuthor._meta.relations.texts)
    assert.is_nil(OldAuthor._meta.relations.posts)
    assert.is_nil(Author._meta.relations.texts)
    assert.equal(Author._meta, Post._meta:get_field("author"):target_meta())
  end)

  it("is that of the join tables of its models, too", function()
    local other, _, OldPost = define()
    local join = OldPost._meta.many_to_many[1]:through_meta()
    assert.equal(other, join.registry)
    assert.equal(other:get("RegTag")._meta, join:get_field("reg_tag"):target_meta())
  end)

  it("knows who refers to its models", function()
    local _, OldAuthor, OldPost = define()
    assert.same({ OldPost._meta:get_field("author") }, referrers.of(OldAuthor._meta))
    assert.same({ Post._meta:get_field("author") }, referrers.of(Author._meta))
  end)

  it("is told of no signal but for ryx.model", function()
    local told = {}
    local undo = ryx.signals.class_prepared:connect(function(sender) told[#told + 1] = sender end)
    define()
    local Later = ryx.model("RegLater", {})
    undo()
    assert.same({ Later }, told)
  end)

  -- Models of modules, as Python has them: a key and the module that it is in.
  local function modules()
    local other = registry.new()
    return other, function(name, module, def, scope)
      local key = module .. "." .. (scope or "") .. name
      return model.define(other, name, def or {}, nil, { key = key, module = module })
    end
  end

  local function to(name, options) return { link = ryx.ForeignKey(name, options) } end

  local function target(class)
    return class._meta:get_field("link"):target()
  end

  it("has models of one name in several modules", function()
    local other, add = modules()
    local one, two = add("RegOne", "shop"), add("RegOne", "blog")
    assert.equal(one, other:get("shop.RegOne"))
    assert.equal(two, target(add("RegUser", "blog", to "RegOne")))
    assert.equal(one, target(add("RegUser", "shop", to "RegOne")))
    assert.equal(one, target(add("RegThird", "blog", to "shop.RegOne")))
    assert.error_matches(function() target(add("RegUser", "other", to "RegOne")) end,
      'RegUser.link refers to model "RegOne", and there are blog.RegOne, shop.RegOne')
  end)

  it("finds the nearest one first", function()
    local _, add = modules()
    local outer, inner = add("RegOne", "shop"), add("RegOne", "shop", {}, "f.")
    local second = add("RegOne", "shop", {}, "g.")
    assert.equal(inner, target(add("RegUser", "shop", to "RegOne", "f.")))
    assert.equal(outer, target(add("RegUser", "shop", to "RegOne")))
    assert.equal(second, target(add("RegUser", "shop", to "RegOne", "g.h.")))
  end)

  it("finds one of the same app_label, and the only one", function()
    local _, add = modules()
    local app = { app_label = "app" }
    local one = add("RegOne", "a", { Meta = app })
    assert.equal(one, target(add("RegLone", "c", to "RegOne")))
    add("RegOne", "b")
    assert.equal(one, target(add("RegUser", "c", { link = ryx.ForeignKey("RegOne"), Meta = app })))
    assert.equal(one, target(add("RegNamed", "d", to "app.RegOne")))
  end)

  it("gives a model that comes later what was meant for it", function()
    local _, add = modules()
    local user = add("RegUser", "shop", to("RegOne", { related_name = "users" }))
    local far = add("RegOne", "blog")
    assert.is_not_nil(far._meta.relations.users)
    local near = add("RegOne", "shop")
    assert.is_nil(far._meta.relations.users)
    assert.is_not_nil(near._meta.relations.users)
    assert.same({ user._meta:get_field("link") }, referrers.of(near._meta))
    local newer = add("RegOne", "shop")
    assert.is_nil(near._meta.relations.users)
    assert.is_not_nil(newer._meta.relations.users)
  end)
end)
