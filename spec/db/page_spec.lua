-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F, Count = ryx.F, ryx.Count

local m = shop.models(ryx, "Pg")
local posts, authors = m.Post.objects, m.Author.objects

--- Every page from the first to the last: "a,b> c,d<> e<"; < and > say what lies around it.
local function walk(qs, size, name)
  local out, after = {}, nil
  repeat
    local page = qs:paginate{ size = size, after = after }
    local row = {}
    for i, r in ipairs(page.rows) do row[i] = r[name or "title"] end
    out[#out + 1] = table.concat(row, ",") .. (page.has_previous and "<" or "") .. (page.has_next and ">" or "")
    after = page.next
    assert(#out < 20)
  until not after
  return table.concat(out, " ")
end

describe("pages", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  it("are cut by number, with a count", function()
    local page = posts:order_by("title"):paginate{ page = 2, size = 2 }
    assert.equal("c d", page.rows[1].title .. " " .. page.rows[2].title)
    assert.same({ 2, 2, 5, 3, true, true },
      { page.page, page.size, page.total, page.pages, page.has_next, page.has_previous })
    assert.equal(0, #posts:paginate{ page = 9, size = 2 }.rows)
    assert.equal(1, posts:none():paginate{ page = 1 }.pages)
  end)

  it("go on from a cursor", function()
    assert.equal("a,b> c,d<> e<", walk(posts, 2))
    assert.equal("e,d> c,b<> a<", walk(posts:order_by("-views"), 2))
    assert.equal("a,b,c,d,e", walk(posts:order_by("title"), 5))
  end)

  it("pass rows that are NULL, first and last", function()
    assert.equal("a,b> c,d<> e<", walk(posts:order_by("note", "title"), 2))
    assert.equal("e,d> c,b<> a<", walk(posts:order_by("-note", "-title"), 2))
    assert.equal("d,e> a,b<> c<", walk(posts:order_by(F"note":asc{ nulls = "last" }, "title"), 2))
    assert.equal("a,b> c,e<> d<", walk(posts:order_by(F"note":desc{ nulls = "first" }, "title"), 2))
  end)

  it("order by several columns, relations, aggregates and expressions", function()
    assert.equal("e,c> a,d<> b<", walk(posts:order_by("author__name", "-id"), 2))
    assert.equal("Ann> Ben<> Cyd<", walk(authors:annotate{ n = Count("posts") }:order_by("-n", "name"), 1, "name"))
    assert.equal("e,d> c,b<> a<", walk(posts:order_by(-F"views"), 2))
  end)

  it("order by booleans, false before true", function()
    local noted = posts:annotate{ noted = ryx.Exists(posts:filter{ pk = ryx.OuterRef("pk"), note__isnull = false }) }
    assert.equal("a,b> c,d<> e<", walk(noted:order_by("noted"), 2))
    assert.equal("d,e> a,b<> c<", walk(noted:order_by("-noted"), 2))
    local flag = noted:annotate{ flag = ryx.Case{ ryx.When({ views__lt = 50 }, F"noted") } }
    assert.equal("e,a> b,c<> d<", walk(flag:order_by("flag"), 2))
    assert.equal("d,a> b,c<> e<", walk(flag:order_by("-flag"), 2))
    assert.equal("a,b> c,d<> e<", walk(flag:order_by(F"flag":asc{ nulls = "last" }), 2))
  end)

  it("are of groups, and of rows without a key", function()
    local groups = posts:values("author__name"):annotate{ n = Count() }
    local name = "author__name"
    assert.equal("Ben,Ann> <", walk(groups:order_by("-author__name"), 2, name))
    assert.equal("Ann,Ben> <", walk(groups:order_by("-n"), 2, name))
    assert.equal("Ann,Ben", walk(groups:filter{ author__isnull = false }, 2, name))
    assert.equal("Ben> Ann<", walk(groups:filter{ n__gt = 1 }:order_by("-author__name"), 1, name))
    assert.equal("Ben,Ann> <", walk(posts:values("author__name"):distinct():order_by("-author__name"), 2, name))
    local both = posts:filter{ views = 10 }:values("title"):union(authors:filter{ name = "Ben" }:values("name"))
    assert.equal("Ben> a<", walk(both, 1))
    assert.equal("a> Ben<", walk(both:order_by("-title"), 1))
    assert.equal("Ben", both:first().title)
    local page = groups:paginate{ page = 2, size = 2 }
    assert.same({ { author__name = "Ben", n = 2 } }, page.rows)
  end)

  it("by number have an order that is whole", function()
    local titles = {}
    for n = 1, 5 do titles[n] = posts:order_by("price"):paginate{ page = n, size = 1 }.rows[1].title end
    assert.same({ "a", "b", "c", "d", "e" }, titles)
  end)

  it("say where a cursor cannot go", function()
    local e = db.error_of(function() return posts:order_by("views"):distinct("author"):paginate{ size = 1 } end)
    assert.equal("unsupported", e.kind)
    assert.truthy(e.message:find("page by number", 1, true), e.message)
  end)

  it("keep the shape of their rows", function()
    local page = posts:order_by("author__name", "title"):values("title"):paginate{ size = 2 }
    assert.same({ { title = "e" }, { title = "a" } }, page.rows)
    assert.is_nil(rawget(posts:paginate{ size = 1 }.rows[1], "ryx_key_1"))
  end)

  it("go backwards", function()
    local qs = posts:order_by("-views")
    local first = qs:paginate{ size = 2 }
    local second = qs:paginate{ size = 2, after = first.next }
    local back = qs:paginate{ size = 2, before = second.previous }
    assert.equal("e d", back.rows[1].title .. " " .. back.rows[2].title)
    assert.is_false(back.has_previous)
    assert.is_true(back.has_next)
    assert.equal(second.rows[1].title, qs:paginate{ size = 2, after = back.next }.rows[1].title)
  end)

  it("do not move when rows come and go", function()
    local first = posts:order_by("title"):paginate{ size = 2 }
    local extra = posts:create{ title = "0" }
    assert.equal("c", posts:order_by("title"):paginate{ size = 2, after = first.next }.rows[1].title)
    extra:delete()
  end)

  it("refuse cursors of another order, and what is none", function()
    local cursor = posts:order_by("views"):paginate{ size = 1 }.next
    for _, fn in ipairs{
      function() return posts:order_by("title"):paginate{ after = cursor } end,
      function() return posts:paginate{ after = "!" } end,
      function() return posts:paginate{ after = "abcd" } end,
      function() return posts:paginate{ after = cursor, page = 1 } end,
      function() return posts:paginate{ size = 0 } end,
      function() return posts:paginate{ page = 0 } end,
      function() return posts:paginate{ pages = 1 } end,
      function() return posts:order_by("?"):paginate() end,
      function() return posts:limit(3):paginate() end,
      function() return posts:values_list("title"):paginate() end,
    } do
      assert.equal("misuse", db.error_of(fn).kind)
    end
  end)

  it("know the first and the last by a field", function()
    assert.equal("e", posts:latest("created").title)
    assert.equal("a", posts:earliest("created").title)
    assert.equal("d", posts:earliest("note").title)
    assert.is_true(db.error_of(function() posts:none():latest("created") end):is(m.Post.DoesNotExist))
    assert.equal("misuse", db.error_of(function() posts:latest() end).kind)
  end)
end)
