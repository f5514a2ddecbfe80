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
end)
