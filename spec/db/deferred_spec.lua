-- SPDX-License-Identifier: MIT
-- What is loaded when it is first touched: relations and columns that were left out,
-- for all rows of a result at once; and strict mode, which forbids it.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("DfAuthor", {
  name = ryx.CharField{ max_length = 20 }, boss = ryx.ForeignKey("self", { null = true, related_name = "staff" }),
})
local Profile = ryx.model("DfProfile", {
  author = ryx.OneToOneField(Author, { related_name = "profile" }), bio = ryx.CharField{ max_length = 20 },
})
local Post = ryx.model("DfPost", {
  title = ryx.CharField{ max_length = 20 },
  body = ryx.CharField{ max_length = 20 },
  note = ryx.CharField{ max_length = 20, null = true },
  meta = ryx.JSONField{ null = true },
  author = ryx.ForeignKey(Author, { related_name = "posts", null = true }),
  changed = ryx.IntField{ default = 0 },
})
local Guarded = ryx.model("DfGuarded", {
  name = ryx.CharField{ max_length = 20 }, author = ryx.ForeignKey(Author, { related_name = "+" }),
  Meta = { strict = true },
})

local function fails(parts, fn, ...)
  local e = db.error_of(fn, ...)
  for _, part in ipairs(parts) do assert.truthy(tostring(e):find(part, 1, true), tostring(e)) end
  return e
end

local function in_statements(n, fn)
  local got
  local seen = db.sql_of(ryx, function() got = fn() end)
  assert.equal(n, #seen, table.concat(seen, "\n"))
  return got, seen
end

describe("what is touched first", function()
  db.use(ryx, { Author, Profile, Post, Guarded })

  local ann, bob, cleo
  before_each(function()
    for _, m in ipairs{ Guarded, Post, Profile, Author } do m.objects:delete_all() end
    cleo = Author.objects:create{ name = "Cleo" }
    bob = Author.objects:create{ name = "Bob", boss = cleo }
    ann = Author.objects:create{ name = "Ann", boss = bob }
    Profile.objects:create{ author = ann, bio = "a" }
    for i, author in ipairs{ ann, bob, ann, cleo } do
      Post.objects:create{ title = "t" .. i, body = "b" .. i, author = author, meta = { i }, note = i == 1 and "n" or nil }
    end
    Post.objects:create{ title = "t5", body = "b5" }
  end)

  local function posts()
    return Post.objects:order_by("title"):all()
  end

  describe("a foreign key", function()
    it("is loaded for all rows of the result", function()
      local list = posts()
      in_statements(1, function()
        local names = {}
        for i, post in ipairs(list) do names[i] = post.author and post.author.name or "-" end
        assert.equal("Ann Bob Ann Cleo -", table.concat(names, " "))
      end)
      assert.is_true(rawequal(list[1].author, list[3].author))
    end)

    it("is loaded level by level", function()
      local list = posts()
      in_statements(3, function()
        for _, post in ipairs(list) do
          local boss = post.author and post.author.boss
          if boss then assert.truthy(boss.boss or boss.name == "Cleo") end
        end
      end)
    end)

    it("is loaded for rows of each part of a stream", function()
      local names = {}
      local seen = db.sql_of(ryx, function()
        for post in Post.objects:order_by("title"):iter{ chunk = 2 } do
          names[#names + 1] = post.author and post.author.name or "-"
        end
      end)
      assert.equal("Ann Bob Ann Cleo -", table.concat(names, " "))
      local loads = 0
      for _, sql in ipairs(seen) do
        if sql:lower():find("dfauthor", 1, true) or sql:find("df_author", 1, true) then loads = loads + 1 end
      end
      assert.equal(2, loads)
    end)

    it("is loaded for rows that are still there", function()
      local list, kept = posts(), {}
      for i, post in ipairs(list) do
        if i ~= 2 then kept[#kept + 1] = post end
      end
      list = nil
      collectgarbage()
      collectgarbage()
      in_statements(1, function()
        for _, post in ipairs(kept) do assert.equal(post.title == "t5", post.author == nil) end
      end)
      assert.is_nil(list)
      local one = posts()[1]
      collectgarbage()
      collectgarbage()
      local _, seen = in_statements(1, function() return one.author end)
      assert.falsy(seen[1]:lower():find(" in ", 1, true) or seen[1]:find("ANY", 1, true))
    end)

    it("is loaded alone for a row of get, and kept", function()
      local post = Post.objects:get{ title = "t1" }
      in_statements(1, function() return post.author.name == "Ann" end)
      in_statements(0, function() return post.author.name end)
    end)

    it("follows its column", function()
      local list = posts()
      assert.equal("Ann", list[1].author.name)
      list[1].author_id = cleo.pk
      in_statements(1, function() assert.equal("Cleo", list[1].author.name) end)
      list[1].author_id = nil
      assert.is_nil(list[1].author)
      list[1]:save()
      assert.is_nil(Post.objects:get{ title = "t1" }.author_id)
      local fresh = Author{ name = "new" }
      list[2].author = fresh
      assert.equal("new", list[2].author.name)
      fresh:save()
      list[2]:save()
      assert.equal("new", Post.objects:get{ title = "t2" }.author.name)
    end)

    it("says which object is not there", function()
      local post = Post{ title = "x", body = "x", author_id = 4711 }
      local e = db.error_of(function() return post.author end)
      assert.is_true(e:is(Author.DoesNotExist))
      local list = posts()
      list[1].author_id, list[2].author_id = 4711, 4712
      assert.equal("Ann", list[3].author.name)
      assert.is_true(db.error_of(function() return list[1].author end):is(Author.DoesNotExist))
    end)
  end)

  describe("the other side of a one-to-one", function()
    it("is loaded for all rows of the result", function()
      local list = Author.objects:order_by("name"):all()
      in_statements(1, function()
        assert.equal("a", list[1].profile.bio)
        assert.is_nil(list[2].profile)
        assert.is_nil(list[3].profile)
        assert.is_true(rawequal(list[1], list[1].profile.author))
      end)
    end)

    it("is found when it came later", function()
      local one = Author.objects:get{ name = "Bob" }
      assert.is_nil(one.profile)
      local made = Profile.objects:create{ author = one, bio = "b" }
      assert.equal(made, one.profile)
    end)
  end)

  describe("a column that was left out", function()
    it("is loaded for all rows of the result", function()
      for _, qs in ipairs{ Post.objects:only("title"), Post.objects:defer("body", "note", "meta", "author") } do
        local list = qs:order_by("title"):all()
        assert.is_nil(rawget(list[1], "body"))
        in_statements(1, function()
          for i, post in ipairs(list) do assert.equal("b" .. i, post.body) end
        end)
        in_statements(1, function()
          assert.is_nil(list[2].note)
          assert.equal("n", list[1].note)
          assert.is_nil(list[2].note)
        end)
        assert.same({ 3 }, list[3].meta)
        in_statements(2, function() assert.equal("Ann", list[1].author.name) end)
        in_statements(0, function() assert.equal("Bob", list[2].author.name) end)
      end
    end)

    it("is loaded alone for one row", function()
      local post = Post.objects:only("title"):get{ title = "t1" }
      in_statements(1, function() assert.equal("b1", post.body) end)
      in_statements(0, function() assert.equal("b1", post.body) end)
      assert.equal("b2", Post.objects:only("title"):get{ title = "t2" }.body)
      assert.equal("b1", Post.objects:only("title"):order_by("title"):first().body)
    end)

    it("is left alone by save", function()
      local post = Post.objects:defer("body", "note", "changed"):get{ title = "t1" }
      Post.objects:filter{ title = "t1" }:update{ body = "other" }
      post.title = "changed"
      local _, seen = in_statements(1, function() post:save() end)
      assert.falsy(seen[1]:find("body", 1, true) or seen[1]:find("note", 1, true))
      assert.equal("other", Post.objects:get{ title = "changed" }.body)
      assert.equal("other", post.body)
    end)

    it("is written when it was assigned", function()
      local list = Post.objects:only("title"):order_by("title"):all()
      in_statements(0, function()
        list[1].body, list[1].note = "mine", nil
        assert.equal("mine", list[1].body)
        assert.is_nil(list[1].note)
      end)
      assert.equal("b2", list[2].body)
      assert.equal("mine", list[1].body)
      list[1]:save()
      list[2]:save{ update_fields = { "note" } }
      local fresh = Post.objects:get{ title = "t1" }
      assert.same({ "mine", nil }, { fresh.body, fresh.note })
      list[3].author = bob
      list[3]:save()
      assert.equal("Bob", Post.objects:get{ title = "t3" }.author.name)
    end)

    it("comes with refresh_from_db", function()
      local post = Post.objects:only("title"):get{ title = "t1" }
      post:refresh_from_db{ "body" }
      in_statements(0, function() return post.body == "b1" end)
      in_statements(1, function() return post.note end)
      post = Post.objects:only("title"):get{ title = "t1" }
      post:refresh_from_db()
      in_statements(0, function() assert.same({ "b1", "n" }, { post.body, post.note }) end)
    end)

    it("goes with a stream", function()
      local n = 0
      for post in Post.objects:only("title"):iter{ chunk = 3 } do n = n + #post.body end
      assert.equal(10, n)
    end)

    it("says that the row is gone", function()
      local post = Post.objects:only("title"):get{ title = "t1" }
      Post.objects:filter{ title = "t1" }:delete()
      assert.is_true(db.error_of(function() return post.body end):is(Post.DoesNotExist))
    end)
  end)

  describe("strict mode", function()
    local function touch()
      return posts()[1].author
    end

    it("forbids loading inside a function", function()
      local e = fails({ "DfPost.author is not loaded", 'select_related("author")', 'prefetch_related("author")' },
        ryx.strict, touch)
      assert.equal("misuse", e.kind)
      assert.truthy(e.where:find("deferred_spec", 1, true))
      assert.equal("Ann", touch().name)
      assert.same({ 1, "x" }, { ryx.strict(function(a, b)
        assert.equal("Ann", Post.objects:select_related("author"):order_by("title"):first().author.name)
        assert.is_nil(Post.objects:order_by("title"):last().author)
        return a, b
      end, 1, "x") })
      fails({ "DfAuthor.profile is not loaded" }, ryx.strict, function() return Author.objects:first().profile end)
      fails({ "DfPost.body was left out" }, ryx.strict, function() return Post.objects:only("title"):first().body end)
    end)

    it("goes on in tasks that the function waits for", function()
      fails({ "DfPost.author is not loaded" }, ryx.run, function()
        ryx.strict(function() ryx.gather(touch, touch) end)
      end)
      ryx.run(function()
        ryx.gather(function() pcall(ryx.strict, touch) end, function() assert.equal("Ann", touch().name) end)
      end)
    end)

    it("is switched on and off", function()
      ryx.strict()
      local ok, e = pcall(touch)
      ryx.strict(false)
      assert.is_false(ok)
      assert.equal("misuse", e.kind)
      assert.equal("Ann", touch().name)
      fails({ "ryx.strict takes", "5" }, ryx.strict, 5)
    end)

    it("may belong to a model", function()
      Guarded.objects:create{ name = "x", author = ann }
      fails({ "DfGuarded.author is not loaded" }, function() return Guarded.objects:first().author end)
      fails({ "DfGuarded.name was left out" }, function() return Guarded.objects:defer("name"):first().name end)
      assert.equal("Bob", Guarded.objects:select_related("author"):first().author.boss.name)
    end)
  end)
end)
