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

describe("CTEs that write", function()
  local ann, ben
  db.use(ryx, m)
  before_each(function()
    posts:delete_all()
    authors:update_all{ boss = ryx.null }
    authors:delete_all()
    ann, ben = shop.fill(ryx, m)
  end)

  local function gone(returning)
    return ryx.CTE("gone", posts:filter{ author = ann }, { delete = true, returning = returning })
  end

  local function raised(returning)
    return ryx.CTE("raised", posts:filter{ author = ben }, {
      update = { views = F"views" + 1, note = "up" }, returning = returning,
    })
  end

  it("say what is wrong", function()
    local cases = {
      { function() return ryx.CTE("x", posts, { delete = true }) end, "say delete_all" },
      { function()
        return ryx.CTE("x", posts:filter{ author = ryx.OuterRef("pk") }, { delete = true, returning = true }):rows()
      end, "has no OuterRef" },
      { function() return ryx.CTE("x", posts, { update = { views = 1 } }) end, "say update_all" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { delete = 1 }) end, "delete is true" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { delete = true, update = { views = 1 } }) end,
        "it is one statement" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { delete = true, depth = "d" }) end, "has no depth" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { returning = true }) end,
        "belongs to a CTE that writes" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { delete = true, returning = { "titel" } }) end,
        "did you mean \"title\"" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { update = { titel = "x" } }) end,
        "did you mean \"title\"" },
      { function() return ryx.CTE("x", posts:filter{ id = 1 }, { delete = true }):rows() end, "gives nothing back" },
      { function() return authors:with(gone(), { on = { author = "pk" } }) end, "gives nothing back" },
      { function() return authors:with(gone{ "title" }, { on = { author = "pk" } }) end, "has no column \"author\"" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)

  if not db.needs "writes in WITH" then
    it("are refused before anything is sent", function()
      local sql = db.sql_of(ryx, function()
        local e = db.error_of(function() gone(true):rows():all() end)
        assert.equal("unsupported", e.kind)
        assert.truthy(e.message:find("no WITH that writes", 1, true))
        assert.equal("unsupported", db.error_of(function()
          authors:filter{ id__in = raised{ "author" }:rows():values("author") }:update{ name = "x" }
        end).kind)
      end)
      assert.same({}, sql)
      assert.equal(5, posts:count())
    end)
    return
  end

  it("give back what they deleted", function()
    local list = gone(true):rows():order_by("-views"):all()
    assert.equal("c a", list[1].title .. " " .. list[2].title)
    assert.is_nil(rawget(list[1], "_r")) -- an object that is saved has one
    assert.equal(3, posts:count())
    assert.same({}, gone(true):rows():all())
  end)

  it("give back what they set, as tables of names", function()
    assert.same({ { author = ben.id, views = 21 }, { author = ben.id, views = 41 } },
      raised{ "author", "views" }:rows():order_by("views"):all())
    assert.equal("10 21 30 41 50", views(posts))
    assert.equal(2, posts:filter{ note = "up" }:count())
  end)

  it("are joined, filtered and counted", function()
    assert.same({ { name = "Ben", ["raised__views"] = 21 }, { name = "Ben", ["raised__views"] = 41 } },
      authors:with(raised{ "author", "views" }, { on = { author = "pk" } }):values("name", "raised__views")
        :order_by("raised__views"):all())
    assert.equal(1, raised(true):rows():filter{ views__gt = 30 }:count())
    assert.equal("10 22 30 42 50", views(posts))
    assert.is_true(raised(true):rows():exists())
    assert.equal("10 23 30 43 50", views(posts))
    assert.equal(68, raised(true):rows():aggregate{ s = Sum("views") }.s)
    assert.equal("d", raised(true):rows():order_by("-views"):first().title)
    assert.equal("10 25 30 45 50", views(posts))
  end)

  it("write all their rows, whichever are read", function()
    assert.is_true(gone(true):rows():exists())
    assert.equal(3, posts:count())
    assert.equal("e", ryx.CTE("rest", posts, { delete_all = true, returning = true }):rows():order_by("-views")
      :limit(1):all()[1].title)
    assert.equal(0, posts:count())
  end)

  it("write without giving anything back", function()
    local qs = authors:with(gone()):filter{ name = "Cyd" }
    assert.equal("Cyd", qs:get().name)
    assert.equal(3, posts:count())
  end)

  it("all see the rows as they were", function()
    assert.equal("20 40", views(posts:with(raised()):filter{ author = ben }))
    assert.equal("10 21 30 41 50", views(posts))
  end)

  it("stand before a write", function()
    assert.equal(1, authors:filter{ id__in = raised{ "author" }:rows():values("author") }:update{ name = "Raised" })
    assert.equal("10 21 30 41 50", views(posts))
    local rows = authors:with(gone{ "author" }, { on = { author = "pk" } }):distinct()
      :update_all({ name = "Gone" }, { returning = { "name" } })
    assert.same({ { name = "Gone" } }, rows)
    assert.equal(3, posts:count())
    assert.equal(0, authors:filter{ id__in = gone{ "author" }:rows():values("author") }:delete())
    assert.equal(1, authors:filter{ id = ben.id, id__in = ryx.CTE("b", posts:filter{ author = ben },
      { delete = true, returning = { "author" } }):rows():values("author") }:delete())
    assert.equal(1, posts:count())
  end)

  it("give values to a write", function()
    assert.equal(1, authors:filter{ name = "Cyd" }:update{
      name = ryx.Subquery(gone(true):rows():order_by("-views"):values("title")),
    })
    assert.equal("Ben", authors:get{ id = ben.id }.name)
    assert.equal("Ann Ben c", names(authors))
    local dels = ryx.CTE("dels", posts:filter{ author = ben }, { delete = true, returning = { "views" } })
    local sum = posts:create{ title = "sum", views = ryx.Subquery(dels:rows():order_by("-views"):values("views")) }
    assert.equal(40, sum.views)
    assert.equal(2, posts:count())
    sum.views = ryx.Subquery(ryx.CTE("e", posts:filter{ title = "e" }, { delete = true, returning = { "views" } })
      :rows():values("views"))
    sum:save()
    assert.equal(50, sum.views)
    assert.equal(1, posts:count())
  end)

  it("lead to what belongs to their rows", function()
    local list = raised(true):rows():select_related("author"):prefetch_related("tags"):order_by("id"):all()
    assert.equal("Ben", list[1].author.name)
    assert.equal(1, list[1].tags:count())
    assert.equal(21, list[1].views)
    list[1].views = 22
    list[1]:save()
    assert.equal("10 22 30 41 50", views(posts))
  end)

  it("are several, and read others", function()
    local big = ryx.CTE("big", posts:filter{ views__gt = 20 }:values("id"))
    local cut = ryx.CTE("cut", posts:filter{ id__in = big:rows():values("id") }:order_by("-views"):limit(2),
      { update = { title = ryx.Concat("title", ryx.Value("!")) }, returning = { "title" } })
    assert.same({ "d!", "e!" }, cut:rows():order_by("title"):values_list("title", { flat = true }):all())
    local both = gone{ "title" }:rows():values("title"):union(
      ryx.CTE("bens", posts:filter{ author = ben }, { delete = true, returning = { "title" } }):rows():values("title"))
    assert.same({ "a", "b", "c", "d!" }, both:order_by("title"):values_list("title", { flat = true }):all())
    assert.equal(1, posts:count())
  end)

  it("may be called like the table that they write", function()
    local name = m.Post._meta.table_name
    local cte = ryx.CTE(name, posts:filter{ author = ann }, { delete = true, returning = { "title" } })
    assert.equal(2, #cte:rows():all())
    assert.equal(3, posts:count())
  end)

  it("write where there are none of them, too", function()
    assert.same({}, ryx.CTE("none", posts:none(), { delete = true, returning = true }):rows():all())
    assert.equal(5, posts:count())
  end)

  it("are parts of a transaction", function()
    local ok = pcall(ryx.transaction, function()
      gone(true):rows():all()
      error("mine")
    end)
    assert.is_false(ok)
    assert.equal(5, posts:count())
    local e = db.error_of(function()
      ryx.transaction(function() gone(true):rows():all() end, { read_only = true })
    end)
    assert.truthy(e.message:find("read-only", 1, true), e.message)
    assert.equal(5, posts:count())
  end)

  it("stream, and are told like any statement", function()
    local n = 0
    local sql = db.sql_of(ryx, function()
      for _ in gone(true):rows():iter{ chunk = 1 } do n = n + 1 end
    end)
    assert.equal(2, n)
    assert.equal(1, #sql)
    assert.truthy(sql[1]:find('^WITH "gone"'), sql[1])
    assert.equal(3, posts:count())
  end)

  it("run once where a method would take two statements", function()
    local e = db.error_of(function() raised(true):rows():paginate{ page = 1 } end)
    assert.equal("misuse", e.kind)
    e = db.error_of(function() raised(true):rows():explain{ analyze = true } end)
    assert.equal("misuse", e.kind)
    assert.equal("10 20 30 40 50", views(posts))
    assert.truthy(raised(true):rows():explain():find("Update", 1, true))
    assert.equal("10 20 30 40 50", views(posts))
  end)

  local function losing_connection(fn) return db.losing_connection(ryx, 'WITH "slow"', fn) end

  it("are not sent again when their connection is lost", function()
    local function wait() return ryx.Raw("pg_sleep(0.4)::text", { type = "text" }) end
    local reads = ryx.CTE("slow", posts:filter{ author = ben }:values("id", { x = wait() }))
    assert.equal(2, #losing_connection(function() error(reads:rows():all(), 0) end))
    local write = ryx.CTE("slow", posts:filter{ author = ben }, { update = { title = wait() }, returning = { "id" } })
    for _, ask in ipairs{ "all", "count", "exists", "first" } do
      local err = losing_connection(function() write:rows()[ask](write:rows()) end)
      assert.truthy(err and (err.kind == "connection" or err.kind == "commit_unknown"), ask .. ": " .. tostring(err))
    end
    assert.equal("b d", shop.list(posts:filter{ author = ben }:order_by("id"), "title"))
  end)
end)
