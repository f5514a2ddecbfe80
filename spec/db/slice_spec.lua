-- SPDX-License-Identifier: MIT
-- What follows limit, offset or slice works on the rows that are left.
local ryx = require "ryx"
local db = require "support.db"
local F, Count, Sum = ryx.F, ryx.Count, ryx.Sum

local Author = ryx.model("SliAuthor", {
  name = ryx.CharField{ max_length = 20 }, rank = ryx.IntField{ default = 0 },
})
local Post = ryx.model("SliPost", {
  title = ryx.CharField{ max_length = 20 },
  views = ryx.IntField{ db_column = "n_views" },
  meta = ryx.JSONField{ null = true },
  author = ryx.ForeignKey(Author, { related_name = "posts" }),
  editor = ryx.ForeignKey(Author, { null = true, related_name = "edited" }),
  Meta = { ordering = { "-title" } },
})
local Comment = ryx.model("SliComment", {
  post = ryx.ForeignKey(Post, { related_name = "comments" }), likes = ryx.IntField{},
})
local posts = Post.objects
local ann, bob, cem

-- Titles are "1" to "8"; views fall from 80 to 10; the author of every third one is the same;
-- post n has n % 4 comments, of 1 to n % 4 likes.
local function fill()
  for _, m in ipairs{ Comment, Post, Author } do m.objects:delete_all() end
  ann, bob, cem = Author.objects:create{ name = "Ann", rank = 3 }, Author.objects:create{ name = "Bob", rank = 2 },
    Author.objects:create{ name = "Cem", rank = 1 }
  local authors = { ann, bob, cem }
  for i = 1, 8 do
    local p = posts:create{ title = tostring(i), views = 90 - i * 10, author = authors[(i - 1) % 3 + 1],
      editor = i % 2 == 0 and bob or nil, meta = { k = i % 3 } }
    for k = 1, i % 4 do Comment.objects:create{ post = p, likes = k } end
  end
end

local function titles(qs)
  local out = {}
  for i, p in ipairs(qs:all()) do out[i] = p.title end
  return table.concat(out)
end

local function flat(qs, name)
  return table.concat(qs:values_list(name, { flat = true }):all(), " ")
end

local top

describe("the rows of a slice", function()
  db.use(ryx, { Author, Post, Comment })
  before_each(function()
    fill()
    top = posts:order_by("-views"):limit(5)
  end)

  it("are annotated, in their order", function()
    local rows = top:annotate{ n = Count("comments"), next = F"views" + 1 }:all()
    local out = {}
    for i, p in ipairs(rows) do out[i] = p.title .. p.n .. p.next end
    assert.equal("1181 2271 3361 4051 5141", table.concat(out, " "))
    assert.equal("Ann", rows[1].author.name)
    assert.equal("23", titles(posts:order_by("-views"):slice(2, 3):alias{ x = F"views" }:filter{ x__gt = 0 }))
    assert.equal("45", titles(posts:order_by("-views"):offset(3):limit(2):annotate{ x = F"views" }))
    assert.equal("78", titles(posts:order_by("-views"):offset(6):annotate{ x = F"views" }))
    assert.equal("", titles(top:limit(0):annotate{ x = F"views" }))
  end)

  it("are grouped", function()
    local rows = top:values("author__name"):annotate{ n = Count(), v = Sum("views") }:order_by("author__name"):all()
    assert.same({ { author__name = "Ann", n = 2, v = 130 }, { author__name = "Bob", n = 2, v = 110 },
      { author__name = "Cem", n = 1, v = 60 } }, rows)
    assert.equal("Bob Ann", flat(top:values("author__name"):annotate{ n = Count() }:filter{ n__gt = 1 }
      :order_by("-author__name"), "author__name"))
    assert.equal(2, top:values("editor"):annotate{ n = Count() }:count())
    assert.same({ { editor = bob.id, n = 2 }, { n = 3 } },
      top:values("editor"):annotate{ n = Count() }:order_by("n"):all())
  end)

  it("are filtered and ordered", function()
    assert.equal("345", titles(top:filter{ views__lte = 60 }))
    assert.equal("12", titles(top:exclude{ views__lte = 60 }))
    assert.equal("15", titles(top:filter{ comments__likes = 1, comments__post__views__in = { 80, 40 } }))
    assert.equal("54321", titles(top:order_by("-title")))
    assert.equal("54321", titles(top:reverse()))
    assert.equal("32514", titles(top:order_by("author__rank", "-views")))
    assert.equal("Ann Bob Cem", flat(top:values("author__name"):distinct():order_by("author__name"), "author__name"))
    assert.equal("123", titles(top:distinct("author")))
    assert.equal("87", titles(posts:limit(2):filter{ views__lt = 100 }))
    assert.equal("78", titles(posts:limit(2):reverse()))
  end)

  it("are multiplied by paths to many, not what they are cut from", function()
    assert.equal("1 1 2 1 2 3", table.concat(posts:order_by("-views"):limit(3):values_list("comments__likes",
      { flat = true }):order_by("-views", "comments__likes"):all(), " "))
    assert.same({ { comments__likes = 1, n = 3 }, { comments__likes = 2, n = 2 }, { comments__likes = 3, n = 1 } },
      posts:order_by("-views"):limit(3):values("comments__likes"):annotate{ n = Count() }
        :order_by("comments__likes"):all())
    assert.equal(6, posts:order_by("-views"):limit(3):values("comments__likes"):count())
    assert.equal(3, posts:order_by("-views"):limit(3):values("title"):count())
  end)

  it("are cut again", function()
    local best = top:annotate{ n = Count("comments") }:order_by("-n", "title"):limit(2)
    assert.equal("32", titles(best))
    assert.equal("3 2", flat(best:annotate{ m = F"n" * 2 }, "title"))
    assert.equal("23", titles(best:order_by("title")))
    assert.equal("2", titles(best:filter{ n__lt = 3 }))
  end)

  it("of groups and of distinct rows hold what those hold", function()
    local groups = posts:values("author__name"):annotate{ n = Count() }:order_by("-n", "-author__name"):limit(2)
    assert.same({ { author__name = "Bob", n = 3, m = 6 }, { author__name = "Ann", n = 3, m = 6 } },
      groups:annotate{ m = F"n" * 2 }:all())
    assert.equal("Ann", flat(groups:filter{ author__name__startswith = "A" }, "author__name"))
    local distinct = posts:values("author__rank"):distinct():order_by("author__rank"):limit(2)
    assert.same({ { author__rank = 1, x = 2 }, { author__rank = 2, x = 3 } },
      distinct:annotate{ x = F"author__rank" + 1 }:all())
    assert.truthy(tostring(db.error_of(function() return groups:annotate{ x = F"views" } end))
      :find('these rows hold no "views"', 1, true))
    local ranked = posts:annotate{ r = ryx.Window(ryx.RowNumber(), { partition_by = "author", order_by = "-views" }) }
      :filter{ r = 1 }:order_by("-views"):limit(2)
    assert.equal("12", titles(ranked:annotate{ x = F"r" + 1 }))
  end)

  it("are ordered by what they do not hold", function()
    assert.equal("362", titles(posts:order_by("author__rank", "-views"):limit(3):annotate{ x = F"views" }))
    assert.equal("36147", titles(posts:order_by("meta__k", "-views"):limit(5):annotate{ x = F"views" }))
    assert.equal("1357", titles(posts:order_by("editor__name", "-views"):limit(4):annotate{ x = F"views" }))
    assert.equal("246", titles(posts:order_by(F"editor__name":desc(), "-views"):limit(3):annotate{ x = F"views" }))
  end)

  it("are counted, asked for, read one by one and in pages", function()
    local rows = top:filter{ views__lte = 70 }
    assert.same({ 4, true, "2", "5" }, { rows:count(), rows:exists(), rows:first().title, rows:last().title })
    assert.equal("2", rows:get{ title = "2" }.title)
    assert.equal("does_not_exist", db.error_of(function() return rows:get{ title = "1" } end).kind)
    assert.same({ "5", "2" }, { rows:earliest("views").title, rows:latest("views").title })
    local first, second = posts:get{ title = "1" }, posts:get{ title = "2" }
    local found = rows:in_bulk{ first.pk, second.pk }
    assert.same({ nil, "2" }, { found[first.pk], found[second.pk].title })
    local seen = ""
    for p in rows:iter{ chunk = 1 } do seen = seen .. p.title end
    assert.equal("2345", seen)
    local page = rows:paginate{ size = 3 }
    assert.same({ 3, true }, { #page.rows, page.has_next })
    assert.equal("5", rows:paginate{ size = 3, after = page.next }.rows[1].title)
    page = rows:paginate{ page = 2, size = 3 }
    assert.same({ "5", 4 }, { page.rows[1].title, page.total })
    assert.same({ s = 220, n = 4 }, rows:aggregate{ s = Sum("views"), n = Count() })
  end)

  it("stand in other queries", function()
    assert.equal("Ann Bob", flat(Author.objects:filter{ posts__in = top:filter{ views__gte = 70 } }
      :order_by("name"):distinct(), "name"))
    local some = top:filter{ title__in = { "1", "3" } }
    assert.equal("Ann Cem", flat(Author.objects:filter{ pk__in = some:values("author") }:order_by("name"), "name"))
    assert.equal("128", titles(top:filter{ views__gte = 70 }:union(posts:filter{ title = "8" }):order_by("title")))
    assert.equal("21", titles(top:union(posts:filter{ title = "8" }):order_by("-views"):limit(2)
      :order_by("title"):reverse()))
    if db.needs "rows around a FROM" then
      local second = posts:filter{ author = ryx.OuterRef("pk") }:order_by("-views"):limit(2):order_by("views")
      assert.equal("50 40 30", flat(Author.objects:annotate{ v = ryx.Subquery(second:values("views"):limit(1)) }
        :order_by("pk"), "v"))
    end
  end)

  it("bring related objects, and are loaded in part", function()
    local p = posts:select_related("author"):only("title", "author__name"):order_by("-views"):limit(2)
      :filter{ views__lt = 75 }:all()[1]
    assert.equal(0, #db.sql_of(ryx, function() assert.same({ "2", "Bob" }, { p.title, p.author.name }) end))
    assert.equal(70, p.views)
    local list = top:filter{ views__gt = 60 }:prefetch_related("comments"):all()
    assert.equal(0, #db.sql_of(ryx, function() assert.equal(2, #list[2].comments:all()) end))
  end)

  it("are updated and deleted", function()
    assert.equal(2, top:filter{ author = ann }:update{ title = "x" })
    assert.equal(2, posts:filter{ title = "x" }:count())
    assert.equal(3, top:annotate{ n = Count("comments") }:filter{ n__lt = 2 }:update{ views = F"views" + 1000 })
    assert.equal(1080, posts:order_by("-views"):first().views)
    fill()
    assert.equal(1, posts:order_by("-views"):limit(5):order_by("views"):limit(1):delete())
    assert.equal("1234678", titles(posts:order_by("title")))
  end)

  it("need an order where it matters", function()
    for name, fn in pairs{
      filter = function(qs) return qs:filter{ views = 1 } end, order_by = function(qs) return qs:order_by("views") end,
      distinct = function(qs) return qs:distinct() end, reverse = function(qs) return qs:reverse() end,
      exclude = function(qs) return qs:exclude{ views = 1 } end, latest = function(qs) return qs:latest("views") end,
    } do
      local e = db.error_of(function() fn(posts:order_by():limit(3)) end)
      assert.truthy(tostring(e):find(name .. " after limit, offset or slice: without an order", 1, true), tostring(e))
      assert.truthy(e.where:find("slice_spec", 1, true))
    end
    assert.equal(3, #posts:order_by():limit(3):annotate{ x = F"views" }:all())
    assert.equal(3, posts:order_by():limit(3):values("author"):annotate{ n = Count() }:aggregate{ s = Sum("n") }.s)
  end)

  it("are not locked, and not joined by hand", function()
    local e = db.error_of(function() return top:for_update():filter{ views = 1 } end)
    assert.truthy(tostring(e):find("for_update locks rows of the table, which what follows a slice", 1, true))
    e = db.error_of(function() return top:join("sli_authors", "sli_authors.id = author_id") end)
    assert.truthy(tostring(e):find("join after limit", 1, true))
  end)

  it("say so", function()
    assert.equal('<QuerySet SliPost.objects:order_by(-F"views"):limit(...):annotate{ x = F"views" }>',
      tostring(top:annotate{ x = F"views" }))
    assert.equal(1, #db.sql_of(ryx, function() top:values("author"):annotate{ n = Count() }:all() end))
  end)
end)
