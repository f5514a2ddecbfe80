-- SPDX-License-Identifier: MIT
-- ryx.Manager: beginnings of queries with methods of one's own.
local ryx = require "ryx"
local db = require "support.db"

local Author = ryx.model("MgrAuthor", { name = ryx.CharField{ max_length = 20 } })
local Tag = ryx.model("MgrTag", {
  name = ryx.CharField{ max_length = 20 },
  objects = ryx.Manager{ short = function(self) return self:filter{ name__length__lte = 1 } end },
})
local least = 10
local Post = ryx.model("MgrPost", {
  title = ryx.CharField{ max_length = 20 }, views = ryx.IntField{ default = 0 },
  hidden = ryx.BooleanField{ default = false }, live = ryx.BooleanField{ default = true },
  author = ryx.ForeignKey("MgrAuthor", { null = true, related_name = "posts" }),
  tags = ryx.ManyToManyField("MgrTag", { related_name = "posts" }),
  objects = ryx.Manager{
    get_queryset = function(qs) return qs:filter{ hidden = false } end,
    since = function(self, views) return self:filter{ views__gte = views } end,
    total = function(self) return self:aggregate{ n = ryx.Sum("views") }.n end,
  },
  published = ryx.Manager{
    get_queryset = function(qs) return qs:filter{ live = true, views__gte = least } end,
    since = function(self) return self:none() end,
    by_title = function(self) return self:order_by("title") end,
  },
  everything = ryx.Manager{},
  Meta = { ordering = { "id" } },
})
local Card = ryx.model("MgrCard", {
  post = ryx.OneToOneField("MgrPost", { related_name = "card" }), hidden = ryx.BooleanField{ default = false },
  objects = ryx.Manager{ get_queryset = function(qs) return qs:filter{ hidden = false } end },
})

describe("a manager", function()
  db.use(ryx, { Author, Tag, Post, Card })

  local ann, tag
  local function contains(text, part) assert.truthy(tostring(text):find(part, 1, true), tostring(text)) end
  local function titles(qs)
    local out = {}
    for i, post in ipairs(qs:all()) do out[i] = post.title end
    return table.concat(out, " ")
  end

  before_each(function()
    Card.objects:delete_all()
    for _, post in ipairs(Post.everything:all()) do post.tags:clear() end
    Post.everything:delete_all()
    ann, tag = Author.objects:create{ name = "Ann" }, Tag.objects:create{ name = "x" }
    Post.objects:bulk_create{
      Post{ title = "c", views = 20, author = ann }, Post{ title = "b", views = 30, author = ann },
      Post{ title = "a", views = 5, author = ann }, Post{ title = "z", views = 50, author = ann, hidden = true },
    }
    for _, post in ipairs(Post.everything:all()) do post.tags:add(tag) end
    least = 10
  end)

  it("has methods that chain", function()
    assert.equal("c b", titles(Post.objects:since(20)))
    assert.equal("b", titles(Post.objects:since(20):order_by("-views"):since(25):limit(1)))
    assert.equal(50, Post.objects:filter{ title__in = { "b", "c", "z" } }:total())
    assert.equal("b c z", titles(Post.published:by_title()))
    assert.equal("b c", titles(Post.published:exclude{ title = "z" }:by_title()))
    assert.equal("", titles(Post.published:since(0)))
    assert.equal(4, Post.everything:count())
    assert.equal("x", Tag.objects:short():get().name)
  end)

  it("says which rows there are, at each touch", function()
    assert.equal("c b a", titles(Post.objects))
    least = 25
    assert.equal("b z", titles(Post.published))
  end)

  it("keeps its methods on another alias", function()
    assert.equal("b", titles(Post.objects:using("default"):since(25)))
    assert.equal("b z", titles(Post.published:using("default"):by_title():since(0):union(
      Post.published:filter{ views__gt = 20 })))
    ryx.transaction(function(tx) assert.equal("b", titles(Post.objects:using(tx):since(25))) end)
    assert.equal("b", titles(ann.posts:using("default"):since(25)))
  end)

  it("has the rows and methods of other sides of relations", function()
    assert.equal("c b a", titles(ann.posts))
    assert.equal("b", titles(ann.posts:since(25)))
    assert.equal("a b c", titles(ann.posts:filter{ views__gt = 0 }:by_title()))
    assert.equal("c b", titles(tag.posts:since(20)))
    assert.equal(55, tag.posts:total())
    assert.equal("x", Post.objects:first().tags:short():get().name)
    ann = Author.objects:prefetch_related("posts"):get{ id = ann.id }
    assert.equal(3, #ann.posts:all())
    assert.equal("b", titles(ann.posts:since(25)))
    assert.equal(1, #Author.objects:prefetch_related(ryx.Prefetch("posts", { queryset = Post.objects:since(25) }))
      :get{ id = ann.id }.posts:all())
    assert.equal(4, Author.objects:filter{ posts__title__isnull = false, id = ann.id }:count())
  end)

  it("hides no row that a key leads to, and none that is held", function()
    local hidden = Post.everything:get{ title = "z" }
    hidden:refresh_from_db()
    hidden.views = 51
    hidden:save()
    local card = Card.objects:create{ post = hidden, hidden = true }
    assert.equal(hidden, card.post)
    assert.equal(0, Card.objects:count())
    assert.equal(card, Post.everything:get{ title = "z" }.card)
    local deferred = Post.everything:defer("views"):get{ title = "z" }
    assert.equal(51, deferred.views)
    assert.equal(1, Author.objects:create{ name = "Bob" }.posts:add(hidden))
    card:delete()
    hidden.title = "zz"
    assert.equal(1, ryx.bulk_update(Post, { hidden }, { "title" }))
    assert.equal(0, Post.objects:bulk_delete{ Post.everything:get{ title = "zz" } })
    assert.equal(1, ryx.bulk_delete(Post, { hidden }))
  end)

  it("makes and changes rows", function()
    assert.equal("new", Post.published:create{ title = "new" }.title)
    assert.equal(2, #Post.published:bulk_create{ Post{ title = "n1" }, Post{ title = "n2" } })
    assert.equal(1, Post.published:filter{ title = "b" }:update{ views = 31 })
    assert.equal("misuse", db.error_of(Post.objects.delete, Post.objects).kind)
    assert.is_false(select(2, Post.objects:get_or_create{ title = "b" }))
    assert.is_true(select(2, ann.posts:get_or_create{ title = "z" }))
    assert.equal(7, Post.objects:delete_all())
    assert.equal("z", titles(Post.everything))
    local titles_of = Post.everything:values("title")
    assert.equal(1, Post.objects:create_from(titles_of) + Post.published:create_from(titles_of:filter{ views = 1 }))
    assert.equal("misuse",
      db.error_of(function() Post.published:filter{ views = 1 }:create_from(titles_of) end).kind)
  end)

  it("can be joined, united and asked in sub-queries", function()
    assert.equal(1, Author.objects:filter{ posts__in = Post.objects:since(25) }:count())
    local own = Post.objects:since(25):filter{ author = ryx.OuterRef("pk") }
    assert.equal(1, Author.objects:filter(ryx.Exists(own)):count())
    assert.equal("c b z", titles(Post.published:union(Post.objects:since(20)):order_by("id")))
    local best = Post.objects:since(25)
    assert.equal("b", Author.objects:join(best, { alias = "best", on = { author = ryx.F"id" } })
      :filter{ id = ann.id }:values("best__title"):get().best__title)
  end)

  it("shows itself and names what it does not have", function()
    contains(Post.published:by_title(), "<QuerySet MgrPost.published:")
    contains(Post.objects:since(20), "<QuerySet MgrPost.objects:")
    contains(db.error_of(function() return Post.objects:sinse(5) end), 'no "sinse" (did you mean "since"?)')
    contains(db.error_of(function() return Post.published:limit(1):by_titel() end), 'did you mean "by_title"?')
    contains(db.error_of(function() return ann.posts:sinse(5) end), 'did you mean "since"?')
    contains(db.error_of(function() return Post.everything:since(5) end), 'a QuerySet has no "since"')
    contains(db.error_of(function() return Post.publisht end), 'did you mean "published"?')
    contains(ryx.Manager{ b = print, a = print }, "<Manager: a, b>")
  end)

  it("leaves objects as it is, unless it is called so", function()
    local few = ryx.Manager{ ten = function(q) return q:limit(10) end }
    local Plain = ryx.model("MgrPlain", { n = ryx.IntField{}, few = few })
    contains(db.error_of(function() return Plain.objects:ten() end), 'has no "ten"')
    contains(Plain.objects, "<QuerySet MgrPlain.objects>")
    assert.same({ "id", "n" }, Plain._meta.attnames)
  end)

  it("is taken over by models that are built upon others", function()
    local few = ryx.Manager{ few = function(q) return q:limit(2) end }
    local Base = ryx.model("MgrBase", { objects = few, extra = few, Meta = { abstract = true } })
    local Child = ryx.model("MgrChild", { n = ryx.IntField{}, extra = false, Meta = { table_name = "x" } }, Base)
    contains(Child.objects:few(), "limit(2)")
    assert.equal("field_error", db.error_of(function() return Child.extra end).kind)
    contains(db.error_of(function() return Base.extra end), "abstract")
    local Other = ryx.model("MgrOther", { n = ryx.IntField{}, objects = ryx.Manager{} }, Base)
    contains(db.error_of(function() return Other.objects:few() end), 'has no "few"')
    contains(Other.extra:few(), "limit(2)")
    local Proxy = ryx.model("MgrProxy", {
      shown = ryx.Manager{ get_queryset = function(qs) return qs:filter{ views__lt = 10 } end },
      Meta = { proxy = true },
    }, Post)
    assert.equal("a", titles(Proxy.shown))
    assert.equal(Proxy, getmetatable(Proxy.objects:since(20):first()).model)
  end)

  it("refuses names that have a meaning, and what is no function", function()
    local function refused(part, fn, ...)
      local e = db.error_of(fn, ...)
      assert.equal("misuse", e.kind)
      contains(e, part)
    end
    for _, name in ipairs{ "filter", "all", "using", "add", "set", "node", "_x", "limit_value" } do
      refused(name, ryx.Manager, { [name] = print })
    end
    refused("live is a function", ryx.Manager, { live = { state = "live" } })
    refused("get_queryset", ryx.Manager, { get_queryset = true })
    refused("not a name", ryx.Manager, { print })
    refused("Manager takes a table", ryx.Manager, "live")
    local manager = ryx.Manager{}
    for _, name in ipairs{ "save", "clean", "_meta", "DoesNotExist", "a b" } do
      refused("cannot be called", ryx.model, "MgrBad", { [name] = manager, n = ryx.IntField{} })
    end
    local Base = ryx.model("MgrNamed", { n = ryx.IntField{}, Meta = { abstract = true } })
    refused("is a field", ryx.model, "MgrBad", { m = ryx.IntField{} }, {
      Base, ryx.model("MgrManaged", { n = manager, Meta = { abstract = true } }),
    })
    refused('"published" is a manager', function() function Post.published() end end)
    refused("is a manager", ryx.model, "MgrBad", {
      author = ryx.ForeignKey("MgrPost", { related_name = "published" }),
    })
    local Odd = ryx.model("MgrOdd", {
      n = ryx.IntField{}, odd = ryx.Manager{ get_queryset = function() end },
      other = ryx.Manager{ get_queryset = function() return Post.objects end },
    })
    refused("MgrOdd.odd: get_queryset gives", function() return Odd.odd end)
    refused("MgrOdd.other: get_queryset gives", function() return Odd.other end)
  end)
end)
