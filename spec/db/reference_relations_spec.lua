-- SPDX-License-Identifier: MIT
-- What the reference promises of relations, and its own faults in them, by the numbers of its list.
local db = require "support.db"
local ryx = require "ryx"

local Author = ryx.model("RrAuthor", { name = ryx.CharField{ max_length = 20 } })
local Passport = ryx.model("RrPassport", {
  owner = ryx.OneToOneField("RrAuthor", { related_name = "passport" }), number = ryx.IntField(),
})
local Tag = ryx.model("RrTag", { name = ryx.CharField{ max_length = 20, primary_key = true } })
local Post = ryx.model("RrPost", {
  title = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey("RrAuthor", { related_name = "posts" }),
  editor = ryx.ForeignKey("RrAuthor", { null = true, related_name = "edited" }),
  tags = ryx.ManyToManyField("RrTag", { related_name = "posts" }),
})
-- A key of each type, and what refers to it.
local KEYS = {
  { "Text", ryx.CharField{ max_length = 20, primary_key = true }, { "a'b", "\195\169" } },
  { "Uuid", ryx.UUIDField{ primary_key = true }, { ryx.uuid4(), ryx.uuid7() } },
  { "Big", ryx.BigIntField{ primary_key = true }, { 9007199254740991, -1 } },
  { "Decimal", ryx.DecimalField{ max_digits = 10, decimal_places = 2, primary_key = true }, { "1.50", "-2.00" } },
  { "Date", ryx.DateField{ primary_key = true }, { "2024-02-29", "1999-12-31" } },
}
local parents, children, models = {}, {}, { Author, Passport, Tag, Post }
for i, key in ipairs(KEYS) do
  parents[i] = ryx.model("RrOf" .. key[1], { key = key[2] })
  children[i] = ryx.model("RrTo" .. key[1], {
    parent = ryx.ForeignKey(parents[i], { related_name = "children" }),
    others = ryx.ManyToManyField(parents[i], { related_name = "others" }),
  })
  models[#models + 1], models[#models + 2] = parents[i], children[i]
end

local function statements(fn)
  return #db.sql_of(ryx, fn)
end

describe("relations of the reference", function()
  db.use(ryx, models)
  local ann, ben
  before_each(function()
    for _, model in ipairs{ Passport, Post, Tag, Author } do model.objects:delete_all() end
    ann, ben = Author.objects:create{ name = "ann" }, Author.objects:create{ name = "ben" }
  end)

  it("B9: many to many is a manager, and no column", function()
    local post = Post.objects:create{ title = "a", author = ann }
    post.tags:create{ name = "x" }
    assert.equal("x", post.tags:get().name)
    assert.same({ "id", "title", "author_id", "editor_id" }, (function()
      local out = {}
      for i, f in ipairs(Post._meta.fields) do out[i] = f.attname end
      return out
    end)())
  end)

  it("B10: links are bound, in the caller's transaction, and all or nothing", function()
    local post = Post.objects:create{ title = "a", author = ann }
    local odd = "x'); DROP TABLE rr_posts; --"
    Tag.objects:bulk_create{ Tag{ name = odd:sub(1, 20) }, Tag{ name = "y" } }
    assert.equal(2, post.tags:add(odd:sub(1, 20), "y"))
    assert.equal(2, post.tags:count())
    pcall(ryx.transaction, function()
      post.tags:clear()
      error("undo")
    end)
    assert.equal(2, post.tags:count())
    assert.is_false((pcall(function() post.tags:set{ "y", "nobody" } end)))
    assert.equal(2, post.tags:count())
    assert.equal(1, statements(function() post.tags:all() end))
    assert.equal(1, statements(function() post.tags:count() end))
  end)

  it("B13: the first touch loads, for the whole result at once", function()
    for i = 1, 5 do Post.objects:create{ title = "p" .. i, author = i % 2 == 0 and ann or ben } end
    assert.equal(2, statements(function()
      for _, post in ipairs(Post.objects:all()) do assert.equal("string", type(post.author.name)) end
    end))
  end)

  it("B14: one to one is one object on both sides, and every relation has its other side", function()
    local passport = Passport.objects:create{ owner = ann, number = 7 }
    assert.equal(7, ann.passport.number)
    assert.is_true(rawequal(ann, passport.owner))
    local found = Author.objects:get{ name = "ann" }
    assert.is_true(rawequal(found, found.passport.owner))
    assert.is_nil(ben.passport)
    local post = Post.objects:create{ title = "a", author = ann, editor = ben }
    assert.equal("a", ann.posts:get().title)
    assert.equal(post.id, ben.edited:get().id)
    assert.equal(0, ben.posts:count())
  end)

  it("B17: a key of any type is referred to", function()
    for i, key in ipairs(KEYS) do
      local a, b = parents[i].objects:create{ key = key[3][1] }, parents[i].objects:create{ key = key[3][2] }
      local child = children[i].objects:create{ parent = a }
      child.others:add(a, key[3][2])
      child = children[i].objects:prefetch_related("others"):get{ pk = child.pk }
      assert.equal(a, child.parent, key[1])
      assert.equal(2, #child.others:all(), key[1])
      assert.equal(child, a.children:get(), key[1])
      assert.equal(1, children[i].objects:filter{ parent = key[3][1] }:count(), key[1])
      assert.equal(0, children[i].objects:filter{ parent__in = { b } }:count(), key[1])
      assert.equal(1, parents[i].objects:filter{ children__id = child.id }:count(), key[1])
      child.parent = b
      child:save()
      assert.equal(child, parents[i].objects:select_related():get{ pk = key[3][2] }.children:get(), key[1])
      assert.is_nil(a.children:first(), key[1])
    end
  end)
end)
