-- SPDX-License-Identifier: MIT
-- Post.tags.through: the table of links of a many-to-many relation as a model.
local ryx = require "ryx"
local db = require "support.db"

local Post = ryx.model("LkPost", {
  title = ryx.CharField{ max_length = 20 },
  tags = ryx.ManyToManyField("LkTag", { related_name = "posts" }),
  refers_to = ryx.ManyToManyField("self", { symmetrical = false, related_name = "referred_by" }),
  editors = ryx.ManyToManyField("LkTag", { through = "LkEditing", related_name = "edited" }),
  hidden = ryx.ManyToManyField("LkTag", { related_name = "+", db_table = "lk_hidden" }),
})
local Tag = ryx.model("LkTag", {
  name = ryx.CharField{ max_length = 20, primary_key = true },
  friends = ryx.ManyToManyField("self"),
})
local Editing = ryx.model("LkEditing", {
  post = ryx.ForeignKey("LkPost", { related_name = "editings" }),
  by = ryx.ForeignKey("LkTag", { related_name = "editings" }),
  note = ryx.CharField{ max_length = 20, null = true },
})

describe("the links of a many-to-many relation", function()
  local links = Post.tags.through.objects
  local a, b, x, y
  db.use(ryx, { Tag, Post, Editing })
  setup(function()
    a, b = Post.objects:create{ title = "a" }, Post.objects:create{ title = "b" }
    x, y = a.tags:create{ name = "x" }, a.tags:create{ name = "y" }
    b.tags:add(y)
    b.refers_to:add(a)
    x.friends:add(y)
  end)

  it("are a model, one for both sides", function()
    assert.equal(Post.tags.through, Tag.posts.through)
    assert.equal("<model LkPost_tags>", tostring(Post.tags.through))
    assert.equal("<relation LkPost.tags>", tostring(Post.tags))
    assert.equal("<relation LkTag.posts>", tostring(Tag.posts))
    assert.equal("lk_post_tags", Post.tags.through._meta.table_name)
    assert.equal("lk_hidden", Post.hidden.through._meta.table_name)
    assert.equal(Editing, Post.editors.through)
    assert.equal(Editing, Tag.edited.through)
  end)

  it("are filtered by fields that are called as the models", function()
    assert.equal(3, links:count())
    assert.equal(2, links:filter{ lk_tag__name = "y" }:count())
    assert.equal(2, links:filter{ lk_post = a }:count())
    assert.equal(1, links:filter{ lk_post__title = "b", lk_tag = "y" }:count())
    assert.same({ "x", "y" }, links:filter{ lk_post_id = a.id }:order_by("lk_tag")
      :values_list("lk_tag", { flat = true }):all())
  end)

  it("are objects that lead to both", function()
    local out = {}
    for i, link in ipairs(links:select_related("lk_post", "lk_tag"):order_by("lk_post", "lk_tag"):all()) do
      out[i] = link.lk_post.title .. link.lk_tag.name .. link.lk_tag_id
    end
    assert.equal("axx ayy byy", table.concat(out, " "))
    assert.equal("a", links:get{ lk_tag = "x" }.lk_post.title)
  end)

  it("are grouped, joined and asked from sub-queries", function()
    assert.same({ { lk_tag = "x", n = 1 }, { lk_tag = "y", n = 2 } },
      links:values("lk_tag"):annotate{ n = ryx.Count("pk") }:order_by("lk_tag"):all())
    assert.same({ "a", "b" }, Post.objects:join(Post.tags.through, { lk_post = "pk" }, { alias = "l" })
      :filter{ l__lk_tag = "y" }:order_by("title"):values_list("title", { flat = true }):all())
    assert.same({ "x" }, Tag.objects:filter{ pk__in = links:filter{ lk_post = a }:values("lk_tag") }
      :exclude{ pk__in = links:filter{ lk_post = b }:values("lk_tag") }:values_list("name", { flat = true }):all())
  end)

  it("of a model to itself say from which to which", function()
    local refs = Post.refers_to.through.objects
    assert.equal(Post.refers_to.through, Post.referred_by.through)
    assert.is_true(refs:filter{ from_lk_post = b, to_lk_post__title = "a" }:exists())
    assert.is_false(refs:filter{ from_lk_post = a }:exists())
    assert.equal(2, Tag.friends.through.objects:count())
  end)

  it("are written like rows of any model", function()
    links:create{ lk_post = b, lk_tag = x }
    assert.equal(2, b.tags:count())
    local e = db.error_of(function() links:create{ lk_post = b, lk_tag = x } end)
    assert.equal("unique_violation", e.kind)
    assert.equal(1, links:filter{ lk_post = b, lk_tag = "x" }:delete())
    assert.equal(1, b.tags:count())
    Post.editors.through.objects:create{ post = a, by = y, note = "n" }
    assert.equal("n", Tag.edited.through.objects:get{ by = y }.note)
  end)

  it("have a name for each end, whatever the models are called", function()
    local function fields_of(first, second)
      local One = ryx.model(first, { others = ryx.ManyToManyField(second, { related_name = "+" }) })
      ryx.model(second, { n = ryx.IntField() })
      local names = {}
      for i, f in ipairs(One.others.through._meta.fields) do names[i] = f.name .. ":" .. f.column end
      return table.concat(names, " ")
    end
    assert.equal("id:id lk_one:lk_one_id lk_two:lk_two_id", fields_of("LkOne", "LkTwo"))
    assert.equal("id:id source:lk_three_id target:save_id", fields_of("LkThree", "Save"))
    assert.equal("id:id source:lk_four_id target:pk_id", fields_of("LkFour", "Pk"))
    assert.equal("id:id source:lk_five_id target:lk_five_id_id", fields_of("LkFive", "LkFiveId"))
    assert.equal("id:id source:lk_six_id target:lk__seven_id", fields_of("LkSix", "Lk__seven"))
  end)

  it("say what is wrong", function()
    local cases = {
      { function() return Post.tags.thruogh end, 'LkPost.tags has no "thruogh" (did you mean "through"?)' },
      { function() Post.tags:add(x) end, "belongs to an object, lkpost.tags:add(...)" },
      { function() return Tag.posts:filter{ title = "a" } end, "belongs to an object, lktag.posts:filter(...)" },
      { function() Post.tags.through = Tag end, '"through" cannot be assigned' },
      { function() return Post.tag end, 'did you mean "tags"' },
      { function() return links:filter{ lk_tga = 1 }:all() end, 'did you mean "lk_tag"' },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)
end)
