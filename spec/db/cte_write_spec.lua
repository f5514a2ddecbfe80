-- SPDX-License-Identifier: MIT
-- update, delete and save of what CTEs and joins by hand lead to.
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F, Count, Sum = ryx.F, ryx.Count, ryx.Sum

local m = shop.models(ryx, "Cw")
local posts, authors = m.Post.objects, m.Author.objects

local function names(qs) return shop.list(qs:order_by("name"), "name") end

local function views(qs)
  return table.concat(qs:order_by("id"):values_list("views", { flat = true }):all(), " ")
end

describe("writes through a CTE", function()
  local ann, ben
  db.use(ryx, m)
  before_each(function()
    posts:delete_all()
    authors:update_all{ boss = ryx.null }
    authors:delete_all()
    ann, ben = shop.fill(ryx, m)
  end)

  local function busy(least)
    return ryx.CTE("busy", posts:filter{ author__isnull = false }:values("author")
      :annotate{ n = Count("id"), total = Sum("views") }:filter{ total__gt = least or 50 })
  end

  it("update the rows that are joined to one", function()
    local qs = authors:with(busy(), { on = { author = "pk" } })
    assert.equal(1, qs:filter{ busy__n__gt = 1 }:update{ name = "Busy" })
    assert.equal("Ann Busy Cyd", names(authors:all() and authors))
    assert.equal(0, authors:with(busy(1000), { on = { author = "pk" } }):filter{ name = "Busy" }:update{ name = "x" })
  end)

  it("update as many as a limit says, in an order", function()
    local qs = authors:with(busy(0), { on = { author = "pk" } }):order_by("-name")
    assert.equal(1, qs:limit(1):update{ name = "Last" })
    assert.equal("Ann Cyd Last", names(authors))
    assert.equal("First", qs:reverse():limit(1):update({ name = "First" }, { returning = { "name" } })[1].name)
    local all = authors:with(busy(0), { on = { author = "pk" }, kind = "left" })
    assert.equal(1, all:filter{ busy__n__isnull = true }:delete())
    assert.equal("First Last", names(authors))
  end)

  it("say what they wrote", function()
    local qs = authors:with(busy(), { on = { author = "pk" } }):filter{ busy__total__gt = 50 }
    local rows = qs:update({ name = "Busy" }, { returning = { "name", "id" } })
    assert.equal(1, #rows)
    assert.equal("Busy", rows[1].name)
    assert.equal(ben.id, rows[1].id)
  end)

  it("update and delete what a sub-query finds in one", function()
    local ids = busy():rows():values("author")
    assert.equal(2, posts:filter{ author__in = ids, views__gt = 0 }:update{ views = F"views" + 1 })
    assert.equal(2, posts:filter{ author__in = busy():rows():values("author") }:delete())
    assert.equal(0, posts:filter{ author = ben }:count())
    assert.equal(2, posts:filter{ author = ann }:count())
  end)

  it("take values from one", function()
    local total = busy(0):rows():filter{ author = ryx.OuterRef("author") }:values("total")
    assert.equal(4, posts:filter{ author__isnull = false }:update{ views = ryx.Subquery(total) })
    assert.equal("40 60 40 60", views(posts:filter{ author__isnull = false }))
    local post = posts:filter{ author = ann }:first()
    post.views = ryx.Subquery(busy(0):rows():filter{ author = ben.id }:values("total"))
    post:save()
    assert.equal(120, post.views)
    local count = busy(0):rows():filter{ author = ann.id }:values("n")
    local made = posts:create{ title = "new", views = ryx.Subquery(count) }
    assert.equal(2, posts:get{ pk = made.pk }.views)
  end)

  it("reach a whole tree", function()
    ben.boss = ann
    ben:save()
    local below = authors:filter{ name = "Ann" }:descendants()
    assert.equal(3, below:update{ name = ryx.Concat("name", ryx.Value("!")) })
    assert.equal("Ann! Ben! Cyd!", names(authors))
    assert.equal(2, authors:filter{ name = "Ann!" }:descendants():filter{ depth = 1 }:update{ name = "x" })
    posts:delete_all()
    assert.equal(1, authors:filter{ name = "Ann!" }:descendants{ depth_first = "name" }:limit(1):update{ name = "top" })
    assert.equal("top x x", names(authors))
    local gone = authors:filter{ name = "top" }:descendants{ include_self = false }:delete{ returning = { "name" } }
    assert.equal(2, #gone)
    assert.equal("top", names(authors))
  end)

  it("reach rows by a join by hand", function()
    local table_name = m.Author._meta.table_name
    local qs = posts:join(table_name, ("%s.author_id = %s.id"):format(m.Post._meta.table_name, table_name))
    assert.equal(2, qs:filter{ [table_name .. "__name"] = "Ann" }:update{ title = "of Ann" })
    assert.equal(2, posts:filter{ title = "of Ann" }:count())
    local some = posts:join(authors:filter{ name = "Ben" }, { alias = "b", on = { id = "author" } })
    assert.equal(2, some:delete_all())
    assert.equal(0, posts:filter{ author = ben }:count())
  end)

  it("may call one as a table of the write", function()
    local cte = ryx.CTE(m.Author._meta.table_name, posts:filter{ author__isnull = false }:values("author"))
    assert.equal(2, authors:with(cte, { on = { author = "pk" } }):distinct():update_all{ name = "x" })
    assert.equal("Cyd x x", names(authors))
  end)

  it("read several, and the same one twice", function()
    local first = busy(0)
    local second = ryx.CTE("second", first:rows():filter{ total__gt = 50 })
    assert.equal(1, authors:filter{ id__in = second:rows():values("author") }
      :filter{ id__in = first:rows():values("author") }
      :update{ name = ryx.Subquery(posts:filter{ author__in = second:rows():values("author") }:order_by("-views")
        :values("title")) })
    assert.equal(1, authors:filter{ name = "c" }:count() + authors:filter{ name = "d" }:count())
  end)

  it("say what is wrong", function()
    local cases = {
      { function() authors:with(busy(), { on = { author = "pk" } }):update{ name = "x" } end, "say update_all" },
      { function() posts:with(busy(), { on = { author = "author" } }):update_all{ views = F"busy__n" } end,
        "assign a Subquery" },
      { function() busy():rows():filter{ n = 1 }:delete() end, "values() says what is read" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)
end)
