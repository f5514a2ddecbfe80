-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("PfAuthor", {
  name = ryx.CharField{ max_length = 20 }, boss = ryx.ForeignKey("self", { null = true, related_name = "staff" }),
  Meta = { ordering = { "name" } },
})
local Profile = ryx.model("PfProfile", {
  author = ryx.OneToOneField(Author, { related_name = "profile" }), bio = ryx.CharField{ max_length = 20 },
})
local Tag = ryx.model("PfTag", { name = ryx.CharField{ max_length = 20, primary_key = true } })
local Post = ryx.model("PfPost", {
  title = ryx.CharField{ max_length = 20 },
  body = ryx.CharField{ max_length = 20, null = true },
  views = ryx.IntField{ default = 0 },
  author = ryx.ForeignKey(Author, { related_name = "posts", null = true, db_constraint = false }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
  hidden = ryx.ManyToManyField(Tag, { related_name = "+", db_table = "pf_hidden" }),
})
local Remark = ryx.model("PfRemark", {
  post = ryx.ForeignKey(Post, { related_name = "remarks" }), author = ryx.ForeignKey(Author, { related_name = "remarks" }),
  text = ryx.CharField{ max_length = 20 },
})
local Person = ryx.model("PfPerson", {
  name = ryx.CharField{ max_length = 20 }, friends = ryx.ManyToManyField("self"),
})
local Big = ryx.model("PfBig", { id = ryx.BigIntField{ primary_key = true }, name = ryx.CharField{ max_length = 20 } })
local Uuid = ryx.model("PfUuid", {
  id = ryx.UUIDField{ primary_key = true, auto_create = true }, big = ryx.ForeignKey(Big, { related_name = "uuids" }),
})
local Exact = ryx.model("PfExact", {
  id = ryx.DecimalField{ primary_key = true, max_digits = 10, decimal_places = 2 },
  uuid = ryx.ForeignKey(Uuid, { related_name = "exacts" }),
})
local Leaf = ryx.model("PfLeaf", { exact = ryx.ForeignKey(Exact, { related_name = "leaves" }) })
local Prefetch = ryx.Prefetch

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

local function names(list, key)
  local out = {}
  for i, object in ipairs(list) do out[i] = tostring(object[key or "title"]) end
  return table.concat(out, " ")
end

describe("prefetch_related", function()
  db.use(ryx, { Author, Profile, Tag, Post, Remark, Person, Big, Uuid, Exact, Leaf })

  local ann, bob, cleo, made
  before_each(function()
    for _, m in ipairs{ Remark, Post, Tag, Profile, Author, Person } do m.objects:delete_all() end
    ann = Author.objects:create{ name = "Ann" }
    bob = Author.objects:create{ name = "Bob", boss = ann }
    cleo = Author.objects:create{ name = "Cleo", boss = ann }
    Profile.objects:create{ author = ann, bio = "a" }
    local a, b = Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" }
    made = {}
    for i = 1, 6 do
      made[i] = Post.objects:create{ title = "t" .. i, author = i <= 4 and ann or bob, views = i % 3, body = "x" }
      if i > 2 then made[i].tags:add(a) end
      if i > 4 then made[i].tags:add(b) end
      if i == 1 then made[i].hidden:add(a, b) end
    end
    Remark.objects:create{ post = made[1], author = bob, text = "r1" }
    Remark.objects:create{ post = made[1], author = cleo, text = "r2" }
    Remark.objects:create{ post = made[5], author = ann, text = "r3" }
  end)

  local function authors(...)
    return Author.objects:prefetch_related(...):all()
  end

  it("loads reverse sides in one statement", function()
    local list = in_statements(2, function() return authors("posts") end)
    in_statements(0, function()
      assert.equal("t1 t2 t3 t4", names(list[1].posts:all()))
      assert.equal("t5 t6", names(list[2].posts:all()))
      assert.equal("", names(list[3].posts:all()))
      assert.same({ 4, true, "t1", "t4" },
        { list[1].posts:count(), list[1].posts:exists(), list[1].posts:first().title, list[1].posts:last().title })
      assert.same({ 0, false }, { list[3].posts:count(), list[3].posts:exists() })
      assert.is_nil(list[3].posts:first())
      local seen = {}
      for post in list[1].posts:iter() do seen[#seen + 1] = post end
      list[2].posts:each(function(post) seen[#seen + 1] = post end)
      assert.equal("t1 t2 t3 t4 t5 t6", names(seen))
      assert.is_true(rawequal(list[1], list[1].posts:first().author))
    end)
  end)

  it("asks again after a filter, elsewhere, and after a change", function()
    local list = authors("posts")
    in_statements(1, function() assert.equal("t4", names(list[1].posts:filter{ title = "t4" }:all())) end)
    in_statements(1, function() assert.equal("t4", list[1].posts:order_by("-title"):first().title) end)
    in_statements(1, function() assert.equal(4, #list[1].posts:using("default"):all()) end)
    list[1].posts:all()[1] = nil
    assert.equal(4, list[1].posts:count())
    list[1].posts:create{ title = "t7" }
    in_statements(1, function() assert.equal(5, list[1].posts:count()) end)
    list[2].posts:filter{ title = "t5" }:delete()
    assert.equal(2, list[2].posts:count())
    list[2].posts:update{ views = 9 }
    in_statements(1, function() assert.equal(1, list[2].posts:count()) end)
    list = authors("posts")
    local known = list[1].posts:all()
    list[1].posts:upsert({ id = known[1].id, title = "t8" }, { unique_fields = { "id" } })
    in_statements(1, function() assert.equal(#known, list[1].posts:count()) end)
    list = authors("posts")
    list[1]:refresh_from_db()
    in_statements(1, function() return list[1].posts:all() end)
  end)

  it("loads many-to-many, from both sides, hidden and to itself", function()
    local list = in_statements(3, function()
      return Post.objects:order_by("title"):prefetch_related("tags", "hidden"):all()
    end)
    in_statements(0, function()
      assert.equal("", names(list[1].tags:all(), "name"))
      assert.equal("a b", names(list[1].hidden:all(), "name"))
      assert.equal("a", names(list[3].tags:all(), "name"))
      assert.equal("a b", names(list[5].tags:all(), "name"))
      assert.is_nil(rawget(list[5].tags:first(), "_parent"))
    end)
    local tags = in_statements(2, function() return Tag.objects:order_by("name"):prefetch_related("posts"):all() end)
    in_statements(0, function()
      assert.equal("t3 t4 t5 t6", names(tags[1].posts:all()))
      assert.equal("t5 t6", names(tags[2].posts:all()))
    end)
    local x, y, z = Person.objects:create{ name = "x" }, Person.objects:create{ name = "y" }, Person.objects:create{ name = "z" }
    x.friends:add(y, z)
    local people = Person.objects:order_by("name"):prefetch_related("friends"):all()
    in_statements(0, function()
      assert.equal("y z/x/x", names(people[1].friends:all(), "name") .. "/" .. names(people[2].friends:all(), "name")
        .. "/" .. names(people[3].friends:all(), "name"))
    end)
  end)

  it("loads to-one relations, both ways", function()
    local list = in_statements(3, function() return authors("boss", "profile") end)
    in_statements(0, function()
      assert.is_nil(list[1].boss)
      assert.equal("Ann", list[2].boss.name)
      assert.is_true(rawequal(list[2].boss, list[3].boss))
      assert.equal("a", list[1].profile.bio)
      assert.is_nil(list[2].profile)
    end)
    Post.objects:filter{ title = "t1" }:update{ author = 4711 }
    local posts = Post.objects:order_by("title"):prefetch_related("author"):all()
    in_statements(0, function() assert.is_nil(posts[1].author) end)
    posts[1].author_id = bob.pk
    assert.equal("Bob", posts[1].author.name)
  end)

  it("follows paths, a statement for each level", function()
    local list = in_statements(5, function() return authors("posts", "posts__remarks__author", "posts__tags") end)
    in_statements(0, function()
      local first = list[1].posts:first()
      assert.equal("r1 r2", names(first.remarks:all(), "text"))
      assert.equal("Cleo", first.remarks:last().author.name)
      assert.equal("a", names(list[1].posts:last().tags:all(), "name"))
      assert.is_true(rawequal(first, first.remarks:first().post))
    end)
  end)

  it("goes on from what is there", function()
    local list = in_statements(2, function()
      return Post.objects:order_by("title"):select_related("author"):prefetch_related("author__posts"):all()
    end)
    in_statements(0, function() assert.equal(4, list[1].author.posts:count()) end)
    in_statements(1, function() ryx.prefetch(list, "author", "author__posts", "tags") end)
    in_statements(0, function() ryx.prefetch(list, "tags", "author__posts") end)
    in_statements(2, function() ryx.prefetch(list, "tags__posts__author") end)
    in_statements(0, function() assert.equal("Bob", list[6].tags:first().posts:last().author.name) end)
    assert.same({}, ryx.prefetch({}, "tags"))
  end)

  it("stops where there is nothing", function()
    in_statements(1, function() return Author.objects:filter{ name = "none" }:prefetch_related("posts__tags"):all() end)
    in_statements(2, function()
      return Author.objects:filter{ name = "Cleo" }:prefetch_related("posts__tags", "posts__remarks"):all()
    end)
    in_statements(0, function() return Author.objects:none():prefetch_related("posts"):all() end)
  end)

  it("goes with get, first, last, iter, each, and slices", function()
    local qs = Author.objects:prefetch_related("posts")
    for _, author in ipairs{
      (in_statements(2, function() return qs:get{ name = "Ann" } end)),
      (in_statements(2, function() return qs:get{ pk = ann.pk } end)),
      (in_statements(2, function() return qs:first() end)),
      (in_statements(2, function() return qs:reverse():last() end)),
      (in_statements(2, function() return qs:limit(1):all()[1] end)),
    } do
      in_statements(0, function() assert.equal(4, author.posts:count()) end)
    end
    local n, loads = 0, 0
    local undo = ryx.on_query(function(e) loads = loads + (e.sql:find("pf_posts", 1, true) and 1 or 0) end)
    for author in qs:iter{ chunk = 2 } do n = n + #author.posts:all() end
    qs:each(function(author) n = n + author.posts:count() end, { chunk = 1 })
    undo()
    assert.same({ 12, 5 }, { n, loads })
    assert.is_nil(qs:filter{ name = "none" }:first())
  end)

  it("takes a queryset", function()
    local list, seen = in_statements(2, function()
      return authors(Prefetch("posts", { queryset = Post.objects:filter{ views__gt = 0 }:order_by("-title") }))
    end)
    assert.equal(2, #seen)
    in_statements(0, function()
      assert.equal("t4 t2 t1", names(list[1].posts:all()))
      assert.equal("t5", names(list[2].posts:all()))
    end)
    list = in_statements(2, function()
      return authors(Prefetch("posts", {
        queryset = Post.objects:select_related("author"):only("title"):annotate{ n = ryx.Count("remarks") },
      }))
    end)
    in_statements(0, function()
      local post = list[1].posts:first()
      assert.same({ "t1", 2, ann.id }, { post.title, post.n, post.author_id })
      assert.is_nil(rawget(post, "body"))
    end)
    in_statements(1, function()
      for _, author in ipairs(list) do
        for _, post in ipairs(author.posts:all()) do assert.equal("x", post.body) end
      end
    end)
    list = in_statements(3, function()
      return authors(Prefetch("posts", { queryset = Post.objects:prefetch_related("tags"):filter{ tags__name = "a" } }))
    end)
    in_statements(0, function() assert.equal("a b", names(list[2].posts:first().tags:all(), "name")) end)
    list = Author.objects:prefetch_related(Prefetch("profile", { queryset = Profile.objects:filter{ bio = "z" } }),
      Prefetch("boss", { queryset = Author.objects:filter{ name = "Bob" } })):all()
    in_statements(0, function()
      assert.is_nil(list[1].profile)
      assert.is_nil(list[2].boss)
    end)
    assert.equal("", names(authors(Prefetch("posts", { queryset = Post.objects:none() }))[1].posts:all()))
  end)

  it("takes a queryset that groups", function()
    local list = Post.objects:order_by("title"):prefetch_related(Prefetch("tags", {
      queryset = Tag.objects:filter{ posts__title__in = { "t3", "t4", "t5" } }:annotate{ n = ryx.Count("posts") },
    })):all()
    assert.same({ 3, 3, 1 }, { list[4].tags:first().n, list[6].tags:first().n, list[6].tags:last().n })
  end)

  it("takes a limit for each object", function()
    local list = in_statements(2, function()
      return authors(Prefetch("posts", { queryset = Post.objects:order_by("-title"), limit = 1 }))
    end)
    in_statements(0, function() assert.equal("t4 t6", names(list[1].posts:all()) .. " " .. names(list[2].posts:all())) end)
    list = authors(Prefetch("posts", { limit = 3 }))
    assert.same({ 3, 2, 0 }, { list[1].posts:count(), list[2].posts:count(), list[3].posts:count() })
    local tags = in_statements(2, function()
      return Tag.objects:order_by("name"):prefetch_related(Prefetch("posts", {
        queryset = Post.objects:filter{ views__gte = 0 }:order_by("-views", "title"):select_related("author"), limit = 2,
      })):all()
    end)
    in_statements(0, function()
      assert.equal("t5 t4/t5 t6", names(tags[1].posts:all()) .. "/" .. names(tags[2].posts:all()))
      assert.equal("Bob", tags[1].posts:first().author.name)
    end)
  end)

  it("puts lists elsewhere", function()
    local list = in_statements(5, function()
      return authors("posts", Prefetch("posts", { queryset = Post.objects:order_by("-id"), limit = 2, to = "recent" }),
        "recent__tags", Prefetch("boss", { to = "head" }))
    end)
    in_statements(0, function()
      assert.equal("t4 t3", names(list[1].recent))
      assert.equal("t6 t5", names(list[2].recent))
      assert.same({}, list[3].recent)
      assert.equal("a b", names(list[2].recent[1].tags:all(), "name"))
      assert.equal(4, list[1].posts:count())
      assert.same({ nil, "Ann" }, { list[1].head, list[2].head.name })
    end)
    list[1]:save()
  end)

  it("loads other things at once for what it loaded", function()
    local list = authors("posts__remarks")
    in_statements(1, function()
      for _, author in ipairs(list) do
        for _, post in ipairs(author.posts:all()) do
          for _, remark in ipairs(post.remarks:all()) do assert.truthy(remark.author.name) end
        end
      end
    end)
  end)

  it("knows keys of every type", function()
    local one = Big.objects:create{ id = ryx.json.decode("9007199254740993"), name = "big" }
    local two = Big.objects:create{ id = 7, name = "small" }
    for i, big in ipairs{ one, two } do
      local exact = Exact.objects:create{ id = i .. ".5", uuid = Uuid.objects:create{ big = big } }
      Leaf.objects:bulk_create{ Leaf{ exact = exact }, Leaf{ exact = exact } }
    end
    local bigs = in_statements(4, function()
      return Big.objects:order_by("id"):prefetch_related("uuids__exacts", "uuids__exacts__leaves"):all()
    end)
    in_statements(0, function()
      assert.equal("small big", names(bigs, "name"))
      local exact = bigs[2].uuids:first().exacts:first()
      assert.equal("1.50 2", tostring(exact.pk) .. " " .. exact.leaves:count())
    end)
    local leaves = Leaf.objects:order_by("id"):all()
    in_statements(3, function()
      for i, leaf in ipairs(leaves) do assert.equal(i < 3 and "big" or "small", leaf.exact.uuid.big.name) end
    end)
    leaves = Leaf.objects:order_by("id"):select_related("exact__uuid__big"):all()
    in_statements(0, function() assert.equal("big", leaves[2].exact.uuid.big.name) end)
    for _, m in ipairs{ Leaf, Exact, Uuid, Big } do m.objects:delete_all() end
  end)

  it("works inside a transaction that was handed on", function()
    ryx.transaction(function(tx)
      Post.objects:create{ title = "t7", author = cleo }
      local list = Author.objects:using(tx):prefetch_related("posts"):all()
      assert.equal("t7", names(list[3].posts:all()))
      tx:rollback()
    end)
  end)

  it("is part of a queryset's text", function()
    assert.equal('<QuerySet PfPost.objects:select_related("author"):prefetch_related("tags", Prefetch("remarks"))>',
      tostring(Post.objects:select_related("author"):prefetch_related("tags", Prefetch("remarks", { limit = 1 }))))
  end)

  it("adds up, and is taken back by false", function()
    in_statements(3, function() return Author.objects:prefetch_related("posts"):prefetch_related("profile"):all() end)
    in_statements(1, function() return Author.objects:prefetch_related("posts"):prefetch_related(false):all() end)
  end)

  it("says what is wrong", function()
    local qs = Author.objects
    local function asks(parts, ...)
      return fails(parts, qs.prefetch_related, qs, ...)
    end
    asks({ 'PfAuthor has no relation "post"', 'did you mean "posts"' }, "post")
    asks({ 'PfPost has no relation "tag" (in "posts__tag")', "tags" }, "posts__tag")
    asks({ "PfAuthor.name is no relation" }, "name")
    asks({ "names no relation" })
    asks({ "takes paths of relations and ryx.Prefetch, not 5" }, 5)
    asks({ '"posts" is named twice' }, "posts", Prefetch("posts", { limit = 1 }))
    asks({ 'to = "recent" is named twice' }, Prefetch("posts", { limit = 1, to = "recent" }),
      Prefetch("posts", { to = "recent" }))
    asks({ 'to = "name" is a name that PfAuthor has already' }, Prefetch("posts", { to = "name" }))
    asks({ 'to = "save" is a name' }, Prefetch("posts", { to = "save" }))
    asks({ "takes a queryset of PfPost, not of PfTag" }, Prefetch("posts", { queryset = Tag.objects }))
    asks({ "limit has no meaning", "PfAuthor.boss" }, Prefetch("boss", { limit = 1 }))
    fails({ 'Prefetch("posts"): limit takes a whole number' }, Prefetch, "posts", { limit = "x" })
    fails({ 'Prefetch("posts"): limit takes a whole number' }, Prefetch, "posts", { limit = 0 })
    fails({ 'Prefetch("posts"): unknown option "quryset"', "queryset" }, Prefetch, "posts", { quryset = 1 })
    fails({ 'Prefetch("posts"): queryset is a queryset' }, Prefetch, "posts", { queryset = 5 })
    fails({ "limit = n is for each object" }, Prefetch, "posts", { queryset = Post.objects:limit(3) })
    fails({ "to is a name" }, Prefetch, "posts", { to = "a b" })
    fails({ "Prefetch takes the path" }, Prefetch, 5)
    local values = qs:values("name")
    fails({ "prefetch_related after values" }, values.prefetch_related, values, "posts")
    values = qs:prefetch_related("posts"):values("name")
    fails({ "exclude each other" }, values.all, values)
    values = authors
    fails({ "prefetch_related needs objects" }, values, Prefetch("posts", { queryset = Post.objects:values("title") }))
    fails({ "goes with no distinct" }, values, Prefetch("posts", { queryset = Post.objects:distinct(), limit = 1 }))
    fails({ "item 1 is no saved object" }, ryx.prefetch, { Author{ name = "new" } }, "posts")
    fails({ "item 2 is not of the model" }, ryx.prefetch, { ann, made[1] }, "posts")
  end)
end)
