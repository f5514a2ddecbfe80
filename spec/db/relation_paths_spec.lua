-- SPDX-License-Identifier: MIT
-- What reads through paths over relations: rows of many-to-many managers, reverse
-- sides in conditions.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("RpAuthor", { name = ryx.CharField{ max_length = 20 } })
local Tag = ryx.model("RpTag", {
  name = ryx.CharField{ max_length = 20 }, Meta = { ordering = { "name" } },
})
local Post = ryx.model("RpPost", {
  name = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey(Author, { null = true }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  hidden = ryx.ManyToManyField(Tag, { related_name = "+" }),
  Meta = { ordering = { "name" } },
})
local Person = ryx.model("RpPerson", {
  name = ryx.CharField{ max_length = 20 },
  friends = ryx.ManyToManyField("self"),
  follows = ryx.ManyToManyField("self", { symmetrical = false, related_name = "followers" }),
  clubs = ryx.ManyToManyField("RpClub", { through = "RpMember", related_name = "people" }),
  Meta = { ordering = { "name" } },
})
local Club = ryx.model("RpClub", { name = ryx.CharField{ max_length = 20 } })
local Member = ryx.model("RpMember", {
  person = ryx.ForeignKey(Person, { related_name = "members" }), club = ryx.ForeignKey(Club, { related_name = "members" }),
  level = ryx.IntField{ default = 1 },
})

local function names(qs)
  local out = {}
  for i, object in ipairs(qs:all()) do out[i] = object.name end
  return table.concat(out, " ")
end

describe("paths over relations", function()
  db.use(ryx, { Author, Tag, Post, Person, Club, Member })

  local ann, one, two, a, b, c
  before_each(function()
    for _, m in ipairs{ Post, Tag, Author, Member, Club, Person } do m.objects:delete_all() end
    ann = Author.objects:create{ name = "Ann" }
    one, two = Post.objects:create{ name = "one", author = ann }, Post.objects:create{ name = "two" }
    a, b, c = Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" }, Tag.objects:create{ name = "c" }
    one.tags:add(a, b)
    two.tags:add(b, c)
  end)

  it("give the rows of a many-to-many manager", function()
    assert.equal("a b", names(one.tags))
    assert.equal("one two", names(b.posts))
    assert.equal("b", names(one.tags:filter{ name__gt = "a" }))
    assert.equal("a", names(one.tags:exclude{ name = "b" }))
    assert.equal("b a", names(one.tags:order_by("-name")))
    assert.equal(2, two.tags:count())
    assert.equal("b", two.tags:first().name)
    assert.is_true(one.tags:exists())
    assert.equal(1, #db.sql_of(ryx, function() names(one.tags) end))
    for _, row in ipairs(one.tags) do
      assert.is_false(pcall(function() return row.name end))
    end
  end)

  it("work where the other side is hidden", function()
    two.hidden:add(c, a)
    assert.equal("a c", names(two.hidden))
    assert.equal("", names(one.hidden))
  end)

  it("work for relations to self", function()
    local kim, lee = Person.objects:create{ name = "Kim" }, Person.objects:create{ name = "Lee" }
    local mia = Person.objects:create{ name = "Mia" }
    kim.friends:add(lee, mia)
    kim.follows:add(lee)
    assert.equal("Lee Mia", names(kim.friends))
    assert.equal("Kim", names(mia.friends))
    assert.equal("Lee", names(kim.follows))
    assert.equal("", names(kim.followers))
    assert.equal("Kim", names(lee.followers))
  end)

  it("work over a model", function()
    local kim, chess = Person.objects:create{ name = "Kim" }, Club.objects:create{ name = "chess" }
    kim.clubs:add(chess, { through_defaults = { level = 7 } })
    assert.equal("chess", names(kim.clubs))
    assert.equal("Kim", names(chess.people))
    assert.equal("Kim", names(Person.objects:filter{ members__level = 7 }))
    assert.equal("", names(Person.objects:filter{ members__level = 8 }))
  end)

  it("know reverse sides under all their names", function()
    for _, path in ipairs{ "rppost", "rppost_set", "rp_posts" } do
      assert.equal("Ann", names(Author.objects:filter{ [path .. "__name"] = "one" }))
      assert.equal("", names(Author.objects:filter{ [path .. "__name"] = "two" }))
      assert.equal("Ann", names(Author.objects:filter{ [path] = one }))
    end
  end)

  it("cross join tables in conditions", function()
    assert.equal("one", names(Post.objects:filter{ tags__name = "a" }))
    assert.equal("one two", names(Post.objects:filter{ tags = b }))
    assert.equal("two", names(Post.objects:exclude{ tags__name = "a" }))
    assert.equal("a b", names(Tag.objects:filter{ posts__author__name = "Ann" }))
    assert.equal("Ann", names(Author.objects:filter{ rppost__tags = a }))
  end)
end)
