-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("RdAuthor", { name = ryx.CharField{ max_length = 20 } })
local Profile = ryx.model("RdProfile", {
  author = ryx.OneToOneField(Author, { related_name = "profile" }), bio = ryx.CharField{ default = "", blank = true },
})
local Tag = ryx.model("RdTag", { name = ryx.CharField{ max_length = 20, primary_key = true } })
local Post = ryx.model("RdPost", {
  title = ryx.CharField{ max_length = 20 },
  author = ryx.ForeignKey(Author, { related_name = "posts", null = true }),
  owner = ryx.ForeignKey(Author, { related_name = "owned", null = true }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  Meta = { ordering = { "title" } },
})
local Remark = ryx.model("RdRemark", { post = ryx.ForeignKey(Post), text = ryx.CharField{ max_length = 20 } })
local Person = ryx.model("RdPerson", {
  name = ryx.CharField{ max_length = 20 },
  friends = ryx.ManyToManyField("self"),
  follows = ryx.ManyToManyField("self", { symmetrical = false, related_name = "followers" }),
  clubs = ryx.ManyToManyField("RdClub", { through = "RdMember", related_name = "people" }),
})
local Club = ryx.model("RdClub", { name = ryx.CharField{ max_length = 20 } })
local Member = ryx.model("RdMember", {
  person = ryx.ForeignKey(Person, { related_name = "+" }), club = ryx.ForeignKey(Club, { related_name = "+" }),
  level = ryx.IntField{ default = 1 }, by = ryx.CharField{ max_length = 20, null = true },
})

-- The statements of fn by their first word.
local function verbs(fn)
  local list = {}
  for i, sql in ipairs(db.sql_of(ryx, fn)) do list[i] = sql:match("^%a+") end
  return table.concat(list, " ")
end

local function fails(parts, fn, ...)
  local e = db.error_of(fn, ...)
  for _, part in ipairs(parts) do assert.truthy(tostring(e):find(part, 1, true), tostring(e)) end
  return e
end

local function titles(qs)
  local out = {}
  for i, post in ipairs(qs:all()) do out[i] = post.title end
  return table.concat(out, " ")
end

-- The other ends of an object's links, read from the join table.
local function linked(object, name, key)
  local d = getmetatable(object).model._meta:relation(name)
  local here, there = d:source_field(), d:target_field()
  local out = {}
  for _, row in ipairs(d:through_meta().class.objects:filter(here.name, object.pk):all()) do
    out[#out + 1] = tostring(row[there.attname])
  end
  table.sort(out)
  return key and #out or table.concat(out, " ")
end

describe("relations", function()
  db.use(ryx, { Author, Profile, Tag, Post, Remark, Person, Club, Member })

  local ann, bob, post, a, b, c
  before_each(function()
    for _, m in ipairs{ Remark, Post, Tag, Profile, Author, Member, Club, Person } do m.objects:delete_all() end
    ann, bob = Author.objects:create{ name = "Ann" }, Author.objects:create{ name = "Bob" }
    post = Post.objects:create{ title = "one", author = ann }
    a, b, c = Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" }, Tag.objects:create{ name = "c" }
  end)

  describe("one-to-one", function()
    it("gives the object or nil", function()
      assert.is_nil(ann.profile)
      local profile = Profile.objects:create{ author = ann, bio = "x" }
      assert.equal(profile, ann.profile)
      assert.is_nil(bob.profile)
      assert.is_nil(Author{ name = "new" }.profile)
    end)

    it("keeps the object, and its way back", function()
      Profile.objects:create{ author = ann }
      assert.equal("SELECT", verbs(function() assert.equal(ann, ann.profile.author) end))
      assert.equal("", verbs(function() assert.equal(ann, ann.profile.author) end))
      ann:save()
      ann:refresh_from_db()
      assert.equal("SELECT", verbs(function() return ann.profile end))
    end)

    it("forgets an object that has left", function()
      Profile.objects:create{ author = ann }
      local profile = ann.profile
      profile.author = bob
      profile:save()
      assert.is_nil(ann.profile)
      assert.equal("SELECT", verbs(function() assert.not_nil(bob.profile) end))
    end)

    it("cannot be assigned from here", function()
      fails({ "RdAuthor.profile is read only", "RdProfile.author" }, function() ann.profile = Profile{} end)
    end)
  end)

  describe("a reverse manager", function()
    it("is a queryset", function()
      Post.objects:create{ title = "two", author = ann }
      Post.objects:create{ title = "other", author = bob }
      assert.equal("one two", titles(ann.posts))
      assert.equal("two", titles(ann.posts:filter{ title__startswith = "t" }))
      assert.equal("one", titles(ann.posts:exclude{ title = "two" }))
      assert.equal("two one", titles(ann.posts:order_by("-title")))
      assert.equal("two", titles(ann.posts:slice(2, 2)))
      assert.equal(2, ann.posts:count())
      assert.equal("one", ann.posts:first().title)
      assert.equal("one", ann.posts:get{ title = "one" }.title)
      assert.is_false(ann.posts:none():exists())
      local n = 0
      for _ in ann.posts:iter() do n = n + 1 end
      assert.equal(2, n)
      assert.equal(2, ann.posts:update{ title = "same" })
      assert.equal(2, ann.posts:delete())
      assert.equal(1, Post.objects:count())
    end)

    it("is no array", function()
      for _, row in ipairs(ann.posts) do
        fails({ "call :all()" }, function() return row.title end)
      end
      assert.equal("<RdAuthor.posts of " .. tostring(ann) .. ">", tostring(ann.posts))
    end)

    it("is not there for unsaved objects", function()
      fails({ "RdAuthor.posts", "save() it first" }, function() return Author{ name = "new" }.posts end)
    end)

    it("cannot be assigned", function()
      fails({ "RdAuthor.posts", ":set{" }, function() ann.posts = {} end)
      fails({ "RdAuthor.posts", ":set{" }, Author, { name = "new", posts = {} })
    end)

    it("creates children", function()
      local made
      assert.equal("INSERT", verbs(function() made = ann.posts:create{ title = "two" } end))
      assert.equal(ann.id, made.author_id)
      assert.equal("", verbs(function() assert.equal(ann, made.author) end))
      fails({ "author is another one already" }, ann.posts.create, ann.posts, { title = "x", author = bob })
      ann.posts:bulk_create{ Post{ title = "three" }, Post{ title = "four" } }
      assert.equal("four one three two", titles(ann.posts))
    end)

    it("adds objects and keys in one statement", function()
      local x, y = Post.objects:create{ title = "x" }, Post.objects:create{ title = "y", author = bob }
      assert.equal("UPDATE", verbs(function() assert.equal(2, ann.posts:add(x, y.id)) end))
      assert.equal("one x y", titles(ann.posts))
      assert.equal("", verbs(function()
        assert.equal(ann, x.author)
        assert.equal(0, ann.posts:add())
      end))
    end)

    it("refuses what cannot be added", function()
      local posts = ann.posts
      fails({ "save() it first" }, posts.add, posts, Post{ title = "new" })
      fails({ "takes a RdPost, not a RdTag" }, posts.add, posts, a)
      fails({ "RdAuthor.posts:add takes RdPost objects or keys" }, posts.add, posts, "many")
      fails({ "number 2 is nil" }, posts.add, posts, post, nil)
      fails({ "one after the other" }, posts.add, posts, { post })
      fails({ "one after the other" }, posts.add, posts, post, { through_defaults = {} })
    end)

    it("removes only its own", function()
      local x = Post.objects:create{ title = "x", author = bob }
      assert.equal("UPDATE", verbs(function() assert.equal(1, ann.posts:remove(post, x)) end))
      assert.same({ nil, bob.id }, { post.author_id, x.author_id })
      assert.equal("", titles(ann.posts))
      assert.equal(1, bob.posts:clear())
      assert.equal(0, bob.posts:count())
      assert.equal(2, Post.objects:count())
    end)

    it("does not remove where the key cannot be null", function()
      local remarks = post.rdremark_set
      local r = remarks:create{ text = "r" }
      fails({ "RdRemark.post cannot be null", "delete()" }, remarks.remove, remarks, r)
      fails({ "delete()" }, remarks.clear, remarks)
      fails({ "delete()" }, remarks.set, remarks, {})
      assert.equal(0, remarks:set{ r })
    end)

    it("sets by differences, in a transaction", function()
      local x, y = Post.objects:create{ title = "x", author = ann }, Post.objects:create{ title = "y" }
      assert.equal("BEGIN SELECT UPDATE UPDATE COMMIT", verbs(function()
        assert.equal(2, ann.posts:set{ x, y })
      end))
      assert.equal("x y", titles(ann.posts))
      assert.equal(ann.id, y.author_id)
      assert.equal("BEGIN SELECT COMMIT", verbs(function() ann.posts:set{ y.id, x } end))
      ann.posts:set{}
      assert.equal(0, ann.posts:count())
      fails({ "takes a list" }, ann.posts.set, ann.posts, x)
    end)
  end)

  describe("a many-to-many manager", function()
    it("adds the missing links in one statement", function()
      assert.equal("SELECT INSERT", verbs(function() assert.equal(2, post.tags:add(a, "b")) end))
      assert.equal("a b", linked(post, "tags"))
      assert.equal("SELECT INSERT", verbs(function() assert.equal(1, post.tags:add(a, c, c)) end))
      assert.equal("SELECT", verbs(function() assert.equal(0, post.tags:add(a, b)) end))
      assert.equal("", verbs(function() assert.equal(0, post.tags:add()) end))
      assert.equal("a b c", linked(post, "tags"))
    end)

    it("works from the other side", function()
      assert.equal(1, a.posts:add(post))
      assert.equal("a", linked(post, "tags"))
      assert.equal(0, post.tags:add(a))
      assert.equal(1, a.posts:remove(post.id))
      assert.equal("", linked(post, "tags"))
    end)

    it("creates and links", function()
      local made
      assert.equal("BEGIN INSERT INSERT COMMIT", verbs(function() made = post.tags:create{ name = "d" } end))
      assert.equal(made, Tag.objects:get{ name = "d" })
      post.tags:bulk_create{ Tag{ name = "e" }, Tag{ name = "f" } }
      assert.equal("d e f", linked(post, "tags"))
      local second = a.posts:create{ title = "second" }
      assert.equal("a", linked(second, "tags"))
    end)

    it("removes links, not objects", function()
      post.tags:add(a, b, c)
      Post.objects:create{ title = "other" }.tags:add(a)
      assert.equal("DELETE", verbs(function() assert.equal(2, post.tags:remove(a, "c")) end))
      assert.equal("b", linked(post, "tags"))
      assert.equal("DELETE", verbs(function() assert.equal(1, post.tags:clear()) end))
      assert.equal("", linked(post, "tags"))
      assert.equal(1, linked(a, "posts", true))
      assert.equal(3, Tag.objects:count())
    end)

    it("sets by differences, in a transaction", function()
      post.tags:add(a, b)
      assert.equal("BEGIN SELECT DELETE INSERT COMMIT", verbs(function() assert.equal(2, post.tags:set{ b, "c" }) end))
      assert.equal("b c", linked(post, "tags"))
      assert.equal("BEGIN SELECT COMMIT", verbs(function() assert.equal(0, post.tags:set{ c, b }) end))
      assert.equal("BEGIN SELECT DELETE COMMIT", verbs(function() post.tags:set{} end))
      assert.equal("", linked(post, "tags"))
    end)

    it("stays in the caller's transaction", function()
      pcall(ryx.transaction, function()
        assert.equal("SAVEPOINT SELECT INSERT RELEASE", verbs(function() post.tags:add(a) end))
        assert.equal("DELETE", verbs(function() post.tags:remove(b) end))
        ann.posts:clear()
        error("undo")
      end)
      assert.equal("", linked(post, "tags"))
      assert.equal(1, ann.posts:count())
    end)

    it("takes a transaction that is handed on", function()
      ryx.transaction(function(tx)
        assert.equal("SELECT INSERT", verbs(function() post.tags:using(tx):add(a) end))
        assert.equal("SELECT DELETE INSERT", verbs(function() post.tags:using(tx):set{ b } end))
        assert.equal(1, ann.posts:using(tx):remove(post))
      end)
      assert.equal("b", linked(post, "tags"))
      fails({ "no database alias" }, post.tags.using, post.tags, "nowhere")
    end)

    it("leaves nothing half done", function()
      post.tags:add(a)
      local e = db.error_of(post.tags.set, post.tags, { "b", "nothing" })
      assert.equal("foreign_key_violation", e.kind)
      assert.equal("a", linked(post, "tags"))
      e = db.error_of(post.tags.create, post.tags, { name = "a" })
      assert.equal("unique_violation", e.kind)
      assert.equal("a", linked(post, "tags"))
    end)

    it("refuses what cannot be linked", function()
      local tags = post.tags
      fails({ "save() it first" }, tags.add, tags, Tag{ name = "new" })
      fails({ "RdPost.tags:add takes a RdTag, not a RdPost" }, tags.add, tags, post)
      fails({ "one after the other" }, tags.add, tags, { a, b })
      fails({ "unknown option" }, tags.add, tags, a, { defaults = {} })
      fails({ "takes a list" }, tags.set, tags, a)
      fails({ "RdPost.tags", ":set{" }, function() post.tags = { a } end)
      fails({ "RdPost.tags", "save() it first" }, function() return Post{ title = "new" }.tags end)
    end)

    it("forgets links of objects that are deleted", function()
      post.tags:add(a, b)
      a:delete()
      assert.equal("b", linked(post, "tags"))
      post:delete()
      assert.equal(0, linked(b, "posts", true))
    end)
  end)

  describe("a many-to-many relation over a model", function()
    local kim, chess, go
    before_each(function()
      kim = Person.objects:create{ name = "Kim" }
      chess, go = Club.objects:create{ name = "chess" }, Club.objects:create{ name = "go" }
    end)

    it("fills the other columns with through_defaults", function()
      kim.clubs:add(chess, { through_defaults = { level = 3, by = "Ann" } })
      local made = kim.clubs:create({ name = "bridge" }, { through_defaults = { level = 4 } })
      local m = Member.objects:get{ club = chess }
      assert.same({ kim.id, 3, "Ann" }, { m.person_id, m.level, m.by })
      assert.equal(4, Member.objects:get{ club = made }.level)
      kim.clubs:set({ chess, go }, { through_defaults = { level = 5 } })
      assert.equal(3, Member.objects:get{ club = chess }.level)
      assert.equal(5, Member.objects:get{ club = go }.level)
      assert.equal(2, Member.objects:count())
      fails({ 'has no field "lvl"' }, kim.clubs.add, kim.clubs, chess.id + 999, { through_defaults = { lvl = 1 } })
    end)

    it("keeps to one link where the table would take two", function()
      Member.objects:create{ person = kim, club = chess }
      assert.equal(0, chess.people:add(kim))
      Member.objects:create{ person = kim, club = chess }
      assert.equal(2, kim.clubs:remove(chess))
    end)
  end)

  describe("a many-to-many relation to self", function()
    local kim, lee, mia
    before_each(function()
      kim, lee = Person.objects:create{ name = "Kim" }, Person.objects:create{ name = "Lee" }
      mia = Person.objects:create{ name = "Mia" }
    end)

    local function friends(p) return linked(p, "friends", true) end

    it("is written both ways when symmetrical", function()
      assert.equal("SELECT INSERT", verbs(function() assert.equal(4, kim.friends:add(lee, mia)) end))
      assert.same({ 2, 1, 1 }, { friends(kim), friends(lee), friends(mia) })
      assert.equal(0, lee.friends:add(kim))
      assert.equal("DELETE", verbs(function() assert.equal(2, lee.friends:remove(kim)) end))
      assert.same({ 1, 0, 1 }, { friends(kim), friends(lee), friends(mia) })
      kim.friends:set{ lee }
      assert.same({ 1, 1, 0 }, { friends(kim), friends(lee), friends(mia) })
      kim.friends:add(kim)
      assert.equal(2, friends(kim))
      assert.equal(3, kim.friends:clear())
      assert.same({ 0, 0, 0 }, { friends(kim), friends(lee), friends(mia) })
      kim.friends:create{ name = "Noa" }
      assert.equal(1, friends(Person.objects:get{ name = "Noa" }))
    end)

    it("has two directions when not", function()
      kim.follows:add(lee, mia)
      mia.followers:add(lee)
      assert.equal(2, linked(kim, "follows", true))
      assert.equal(0, linked(kim, "followers", true))
      assert.equal(2, linked(mia, "followers", true))
      assert.equal(1, mia.followers:remove(kim))
      assert.equal(1, linked(kim, "follows", true))
    end)
  end)

  if db.needs "several writers" then
    it("are linked once by several tasks at a time, in any order", function()
      ryx.run(function()
        local fns = {}
        for i = 1, 4 do
          fns[i] = function()
            if i % 2 == 0 then return post.tags:add(c, b, a) end
            return post.tags:add(a, b, c)
          end
        end
        local sum = 0
        for _, n in ipairs(ryx.gather(fns)) do sum = sum + n end
        assert.equal(3, sum)
      end)
      assert.equal("a b c", linked(post, "tags"))
    end)
  end
end)
