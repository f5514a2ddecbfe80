-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F, Count, Sum = ryx.F, ryx.Count, ryx.Sum

local m = shop.models(ryx, "Ct")
local posts, authors = m.Post.objects, m.Author.objects

local function names(qs) return shop.list(qs, "name") end

describe("CTEs", function()
  local ann, ben
  db.use(ryx, m)
  setup(function() ann, ben = shop.fill(ryx, m) end)

  local function busy()
    return ryx.CTE("busy", posts:filter{ author__isnull = false }:values("author")
      :annotate{ n = Count("id"), total = Sum("views") })
  end

  it("are joined by their columns", function()
    local qs = authors:with(busy(), { on = { author = "pk" } })
    assert.equal("Ben Ann", names(qs:order_by("-busy__total")))
    assert.equal("Ben", names(qs:filter{ busy__total__gt = 50 }))
    assert.equal(60, qs:annotate{ total = F"busy__total" }:get{ name = "Ben" }.total)
    assert.same({ { name = "Ann", ["busy__n"] = 2 } }, qs:filter{ name = "Ann" }:values("name", "busy__n"):all())
  end)

  it("are joined where they have no row, too", function()
    local qs = authors:with(busy(), { on = { author = "pk" }, kind = "left" })
    assert.equal("Ann Ben Cyd", names(qs:order_by("name")))
    assert.equal("Cyd", names(qs:filter{ busy__total__isnull = true }))
    assert.equal("Ann Cyd", names(qs:exclude{ busy__total = 60 }:order_by("name")))
  end)

  it("are read as querysets", function()
    assert.same({ { author = ben.id, n = 2, total = 60 }, { author = ann.id, n = 2, total = 40 } },
      busy():rows():order_by("-total"):all())
    assert.equal(1, busy():rows():filter{ total__gt = 50 }:count())
    assert.equal("c", shop.list(ryx.CTE("top", posts:order_by("-views"):limit(3)):rows():filter{ author = ann }, "title"))
  end)

  it("are asked from sub-queries", function()
    assert.equal("Ben", names(authors:filter{ id__in = busy():rows():filter{ total__gt = 50 }:values("author") }))
  end)

  it("may be called like a table of the query", function()
    local rows = posts:values("author"):annotate{ n = Count("id") }
    for _, name in ipairs{ m.Post._meta.table_name, m.Post._meta.table_name:upper() } do
      local cte = ryx.CTE(name, rows)
      assert.same({ { "Ann", 2 }, { "Ben", 2 } }, authors:with(cte, { on = { author = "pk" } }):order_by("name")
        :values_list("name", name .. "__n"):all())
      assert.same({ 2, 2, 2, 2 }, posts:with(cte, { on = { author = "author" } }):values_list(name .. "__n",
        { flat = true }):all())
      assert.equal(3, cte:rows():count())
    end
    local tree = ryx.CTE(m.Author._meta.table_name, authors:filter{ name = "Ann" }, {
      recursive = function(within) return authors:with(within, { on = { id = "boss" } }) end,
    })
    assert.equal("Ann Ben Cyd", names(tree:rows():order_by("name")))
  end)

  it("walk a tree down and up", function()
    assert.same({ { name = "Ann", depth = 0 }, { name = "Ben", depth = 1 }, { name = "Cyd", depth = 1 } },
      authors:filter{ name = "Ann" }:descendants():order_by("depth", "name"):values("name", "depth"):all())
    assert.equal("Ann Ben", names(authors:filter{ name = "Ben" }:ancestors():order_by("-depth")))
    assert.equal("Ben Cyd", names(authors:filter{ name = "Ann" }:descendants{ include_self = false }:order_by("name")))
  end)

  it("walk in one statement", function()
    local sql = db.sql_of(ryx, function() authors:filter{ name = "Ann" }:descendants():all() end)
    assert.equal(1, #sql)
    assert.truthy(sql[1]:find("WITH RECURSIVE", 1, true))
  end)

  it("stop at a depth", function()
    local dan = authors:create{ name = "Dan", boss = ben }
    local all = authors:filter{ name = "Ann" }
    assert.equal("Ann Ben Cyd Dan", names(all:descendants():order_by("name")))
    assert.equal("Ann Ben Cyd", names(all:descendants{ max_depth = 1 }:order_by("name")))
    assert.same({ 2 }, all:descendants{ depth = "level" }:filter{ name = "Dan" }:values_list("level", { flat = true }):all())
    dan:delete()
  end)

  it("end where the tree is a cycle", function()
    ann.boss = ben
    ann:save()
    assert.equal("Ann Ben Cyd", names(authors:filter{ name = "Ann" }:descendants():order_by("name")))
    assert.equal("Ann Ben", names(authors:filter{ name = "Ben" }:ancestors():order_by("name")))
    ann.boss = nil
    ann:save()
  end)

  it("recur with a query of the user's", function()
    local tree = ryx.CTE("tree", authors:filter{ name = "Ann" }:values("id", "name"), {
      recursive = function(within) return authors:with(within, { on = { id = "boss" } }):values("id", "name") end,
      depth = "level", max_depth = 5,
    })
    assert.same({ "Ann", "Ben", "Cyd" }, tree:rows():order_by("level", "name"):values_list("name", { flat = true }):all())
  end)

  -- What a column holds in each row of a tree that begins with a and goes on with b.
  local function grown(a, b)
    local tree = ryx.CTE("tree", authors:filter{ name = "Ann" }:values("id", { x = a }), {
      recursive = function(within) return authors:with(within, { on = { id = "boss" } }):values("id", { x = b }) end,
    })
    local out = {}
    for i, row in ipairs(tree:rows():order_by("id"):all()) do out[i] = tostring(row.x):gsub("LL$", "") end
    return table.concat(out, " ")
  end

  it("hold what recursion adds to their columns", function()
    local dan = authors:create{ name = ("d"):rep(50), boss = ben }
    local names_of = F"tree__x" .. "/" .. F"name"
    assert.equal("Ann Ann/Ben Ann/Cyd Ann/Ben/" .. dan.name, grown(F"name", names_of))
    assert.equal("Ann Ann/Ben Ann/Cyd Ann/Ben/" .. dan.name, grown(ryx.Cast("name", "text"), names_of))
    assert.equal(" /Ben /Cyd /Ben/" .. dan.name, grown(ryx.Value(""), names_of))
    assert.equal("nil Ben Cyd " .. dan.name, grown(ryx.Value(ryx.null), F"name"))
    assert.equal("1 1000000000 1000000000 1000000000000000000", grown(ryx.Value(1), F"tree__x" * 1000000000))
    local price = ryx.Cast(ryx.Value(ryx.decimal("9.50")), "decimal(3, 2)")
    assert.equal("9.50 902.50 902.50 85737.50", grown(price, F"tree__x" * ryx.Value(ryx.decimal("95.0"))))
    assert.equal("3.5 0.875 0.875 0.21875", grown(ryx.Value(3.5), F"tree__x" / 4))
    dan:delete()
  end)

  it("know that what recursion adds may be NULL", function()
    local tree = ryx.CTE("tree", posts:filter{ title = "a" }:values("id", { x = F"title" }), {
      recursive = function(within)
        return posts:with(within, { on = { id = F"id" - 1 } }):values("id", { x = F"note" })
      end,
    })
    local out = {}
    for i, x in ipairs(tree:rows():order_by("x", "id"):values_list("x", { flat = true }):all()) do
      out[i] = x == ryx.null and "-" or x
    end
    assert.same({ "-", "-", "a", "note 4", "note 5" }, out)
  end)

  it("say what is wrong", function()
    local cases = {
      { function() return ryx.CTE("a b", posts) end, "is not a name" },
      { function() return ryx.CTE("x", {}) end, "takes a QuerySet" },
      { function() return ryx.CTE("x", posts, { recursiv = 1 }) end, "recursive" },
      { function() return authors:with(busy(), { on = { autor = "pk" } }) end, "did you mean \"author\"" },
      { function() return authors:with(busy(), { on = { author = "pk" } }):filter{ busy__m = 1 } end, "has no column" },
      { function() return authors:with(1) end, "takes a CTE" },
      { function() return grown(F"name", F"id") end, "\"x\" is of type text in the first part and int" },
      { function() return posts:descendants() end, "no foreign key to the model itself" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)
end)
