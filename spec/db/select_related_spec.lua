-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local City = ryx.model("SrCity", { name = ryx.CharField{ max_length = 20 } })
local Author = ryx.model("SrAuthor", {
  name = ryx.CharField{ max_length = 20 },
  born = ryx.DateField{ null = true },
  boss = ryx.ForeignKey("self", { null = true, related_name = "staff" }),
  city = ryx.ForeignKey(City),
})
local Profile = ryx.model("SrProfile", {
  author = ryx.OneToOneField(Author, { related_name = "profile" }), bio = ryx.CharField{ max_length = 20 },
  editor = ryx.ForeignKey(Author, { null = true, related_name = "edits" }),
})
local Tag = ryx.model("SrTag", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("SrPost", {
  title = ryx.CharField{ max_length = 20 },
  body = ryx.CharField{ max_length = 20, null = true },
  author = ryx.ForeignKey(Author, { related_name = "posts" }),
  reviewer = ryx.ForeignKey(Author, { related_name = "reviews", null = true }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
})

local function fails(parts, fn, ...)
  local e = db.error_of(fn, ...)
  for _, part in ipairs(parts) do assert.truthy(tostring(e):find(part, 1, true), tostring(e)) end
  return e
end

-- What fn returns, which takes n statements.
local function in_statements(n, fn)
  local got
  local seen = db.sql_of(ryx, function() got = fn() end)
  assert.equal(n, #seen, table.concat(seen, "\n"))
  return got
end

describe("select_related", function()
  db.use(ryx, { City, Author, Profile, Tag, Post })

  local ann, bob, cleo, oslo
  before_each(function()
    for _, m in ipairs{ Post, Tag, Profile, Author, City } do m.objects:order_by():delete_all() end
    oslo = City.objects:create{ name = "Oslo" }
    cleo = Author.objects:create{ name = "Cleo", city = oslo }
    bob = Author.objects:create{ name = "Bob", boss = cleo, city = oslo }
    ann = Author.objects:create{ name = "Ann", boss = bob, born = "2000-02-29", city = oslo }
    Profile.objects:create{ author = ann, bio = "a", editor = cleo }
    Post.objects:create{ title = "1", author = ann, body = "x" }
    Post.objects:create{ title = "2", author = bob, reviewer = ann }
    Post.objects:create{ title = "3", author = cleo, reviewer = bob }
  end)

  local function posts(qs)
    return in_statements(1, function() return qs:order_by("title"):all() end)
  end

  it("brings objects with the rows", function()
    local list = posts(Post.objects:select_related("author"))
    in_statements(0, function()
      assert.equal("Ann Bob Cleo", list[1].author.name .. " " .. list[2].author.name .. " " .. list[3].author.name)
      assert.equal(ann, list[1].author)
      assert.equal(ryx.date("2000-02-29"), list[1].author.born)
      assert.is_nil(list[2].author.born)
      assert.equal("x", list[1].body)
    end)
  end)

  it("follows paths, and rows that have nothing there", function()
    local list = posts(Post.objects:select_related("author__boss__boss", "reviewer"))
    in_statements(0, function()
      assert.equal("Cleo", list[1].author.boss.boss.name)
      assert.equal("Cleo", list[2].author.boss.name)
      assert.is_nil(list[2].author.boss.boss)
      assert.is_nil(list[3].author.boss)
      assert.is_nil(list[1].reviewer)
      assert.equal("Ann", list[2].reviewer.name)
    end)
  end)

  it("follows the other side of a one-to-one", function()
    local list = in_statements(1, function()
      return Author.objects:select_related("profile__editor"):order_by("name"):all()
    end)
    in_statements(0, function()
      assert.equal("a", list[1].profile.bio)
      assert.equal("Cleo", list[1].profile.editor.name)
      assert.is_true(rawequal(list[1], list[1].profile.author))
      assert.is_nil(list[2].profile)
      assert.is_nil(list[3].profile)
    end)
    local profile = in_statements(1, function() return Profile.objects:select_related("author"):get() end)
    in_statements(0, function() assert.is_true(rawequal(profile, profile.author.profile)) end)
  end)

  it("takes every key that is never NULL without names", function()
    local list = posts(Post.objects:select_related())
    in_statements(0, function() assert.equal("Oslo", list[1].author.city.name) end)
    in_statements(1, function() return list[2].reviewer end)
  end)

  it("adds up, and is taken back by false", function()
    local list = posts(Post.objects:select_related("author"):select_related("reviewer"))
    in_statements(0, function() assert.equal("Bob Ann", list[2].author.name .. " " .. list[2].reviewer.name) end)
    assert.falsy(Post.objects:select_related("author"):select_related(false):sql():find("JOIN"))
  end)

  it("shares the join of a filter, and other joins stay apart", function()
    local qs = Post.objects:filter{ author__name = "Ann" }:select_related("author")
    local _, joins = qs:sql():gsub("JOIN", "")
    assert.equal(1, joins)
    assert.equal("Ann", posts(qs)[1].author.name)
    assert.equal(1, #posts(Post.objects:filter{ author__boss__name = "Bob" }:select_related("author__city")))
    assert.equal(2, #posts(Post.objects:exclude{ author__name = "Ann" }:select_related("author")))
  end)

  it("goes with get, first, last, iter and each", function()
    local qs = Post.objects:select_related("author"):order_by("title")
    assert.equal("Ann", in_statements(1, function() return qs:get{ title = "1" } end).author.name)
    assert.equal("Ann", in_statements(1, function() return qs:first() end).author.name)
    assert.equal("Cleo", in_statements(1, function() return qs:last() end).author.name)
    local names = {}
    local seen = db.sql_of(ryx, function()
      for post in qs:iter{ chunk = 2 } do names[#names + 1] = post.author.name end
      qs:each(function(post) names[#names + 1] = post.author.boss and post.author.boss.name end)
    end)
    assert.equal("Ann Bob Cleo Bob Cleo", table.concat(names, " "))
    assert.is_true(#seen >= 2)
  end)

  it("goes with annotate, only, distinct, count and exists", function()
    local list = posts(Post.objects:select_related("author"):annotate{ n = ryx.Count("tags"), up = ryx.Upper("title") })
    assert.same({ 0, "1", "Ann" }, { list[1].n, list[1].up, list[1].author.name })
    list = posts(Post.objects:filter{ tags__name = "none" }:select_related("author__boss"):annotate{ n = ryx.Count("tags") })
    assert.same({}, list)
    list = posts(Post.objects:select_related("author"):only("title"))
    in_statements(0, function()
      assert.same({ "1", "Ann", ann.id }, { list[1].title, list[1].author.name, list[1].author_id })
    end)
    in_statements(1, function() assert.equal("x", list[1].body) end)
    local qs = Post.objects:select_related("author"):distinct()
    assert.equal(3, qs:count())
    assert.equal(3, #qs:all())
    assert.is_true(qs:exists())
    assert.equal("Bob", posts(Post.objects:select_related("author"):filter{ title = "2" }:distinct("reviewer"))[1].author.name)
    assert.equal(1, Post.objects:select_related("author"):filter{ title = "2" }:update{ body = "y" })
  end)

  it("reads only some columns of what it brings", function()
    local list = posts(Post.objects:select_related("author__boss"):only("title", "author__name", "author__boss__name"))
    in_statements(0, function()
      assert.same({ "1", "Ann", "Bob", ann.id }, { list[1].title, list[1].author.name, list[1].author.boss.name,
        list[1].author_id })
      assert.is_nil(rawget(list[1].author, "born"))
    end)
    in_statements(1, function()
      assert.equal(ryx.date("2000-02-29"), list[1].author.born)
      assert.is_nil(list[2].author.born)
    end)
    list = posts(Post.objects:defer("author__name", "body"):select_related("author"))
    in_statements(1, function() assert.equal("Ann", list[1].author.name) end)
    in_statements(0, function() assert.equal("Cleo", list[3].author.name) end)
    local people = Author.objects:select_related("profile"):only("name", "profile__bio"):order_by("name"):all()
    in_statements(0, function() assert.equal("a", people[1].profile.bio) end)
    in_statements(1, function() return people[1].profile.editor_id end)
    assert.equal(3, Post.objects:select_related("author"):only("author__name"):count())
  end)

  it("groups by what is joined", function()
    local red = Tag.objects:create{ name = "red" }
    local post = Post.objects:get{ title = "1" }
    post.tags:add(red, Tag.objects:create{ name = "blue" })
    local list = posts(Post.objects:filter{ tags__name__in = { "red", "blue" } }:annotate{ n = ryx.Count("tags") }
      :select_related("author__boss"))
    assert.same({ 1, 2, "Bob" }, { #list, list[1].n, list[1].author.boss.name })
  end)

  it("lets objects be changed, and saved", function()
    local post = Post.objects:select_related("author"):get{ title = "1" }
    post.author.name = "Anna"
    post.author:save()
    assert.equal("Anna", Author.objects:get{ pk = ann.pk }.name)
    post.author_id = bob.pk
    in_statements(1, function() assert.equal("Bob", post.author.name) end)
    post.reviewer = ann
    post:save()
    post.reviewer_id = nil
    assert.is_nil(post.reviewer)
    post:save()
    assert.is_nil(Post.objects:get{ title = "1" }.reviewer_id)
  end)

  it("loads what it was not told in one statement for all rows", function()
    local list = posts(Post.objects:select_related("author"))
    in_statements(1, function()
      for _, post in ipairs(list) do assert.truthy(post.author.name == "Cleo" or post.author.boss) end
    end)
    local seen = db.sql_of(ryx, function()
      for _, post in ipairs(list) do assert.equal(post.author.name == "Ann", post.author.profile ~= nil) end
    end)
    assert.equal(1, #seen)
  end)

  it("says what is wrong", function()
    local qs = Post.objects
    fails({ "SrPost has no relation \"autor\"", "did you mean \"author\"" }, qs.select_related, qs, "autor")
    fails({ "SrAuthor has no relation \"bos\"", "boss" }, qs.select_related, qs, "author__bos")
    fails({ "SrPost.title is no relation" }, qs.select_related, qs, "title")
    fails({ "SrPost.tags leads to many rows", "prefetch_related(\"tags\")" }, qs.select_related, qs, "tags")
    fails({ "SrAuthor.posts leads to many rows" }, qs.select_related, qs, "author__posts")
    fails({ "takes names of relations, not 5" }, qs.select_related, qs, 5)
    fails({ "takes names of relations, not nil" }, qs.select_related, qs, "author", nil)
    local only = qs:only("title", "author__name")
    fails({ 'only names "author__name"', 'select_related("author")' }, only.all, only)
    fails({ "SrAuthor.posts leads to many rows" }, qs.only, qs, "author__posts__title")
    fails({ "SrAuthor has no field \"nme\"" }, qs.defer, qs, "author__nme")
    local values = qs:values("title")
    fails({ "only after values" }, values.only, values, "title")
    fails({ "select_related after values" }, values.select_related, values, "author")
    local e = fails({ "spec" }, qs.select_related, qs, "nothing")
    assert.equal("field_error", e.kind)
    assert.same({ { title = "1" } }, qs:select_related("author"):values("title"):filter{ title = "1" }:all())
  end)
end)
