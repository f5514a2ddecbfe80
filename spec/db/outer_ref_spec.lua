-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local Count, Exists, Max, OuterRef, Q = ryx.Count, ryx.Exists, ryx.Max, ryx.OuterRef, ryx.Q
local Subquery, Window = ryx.Subquery, ryx.Window

local m = shop.models(ryx, "Or")
local posts, authors = m.Post.objects, m.Author.objects
local own = posts:filter{ author = OuterRef("pk") }

local function names(qs) return shop.list(qs:order_by("name"), "name") end

describe("OuterRef", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  -- What stands in the FROM of a sub-query sees the rows around it, or is told why not.
  local function check(cases)
    for i, c in ipairs(cases) do
      if db.needs "rows around a FROM" then
        assert.equal(c[2], names(c[1]), "case " .. i)
      else
        local e = db.error_of(names, c[1])
        assert.equal("unsupported", e.kind)
        assert.truthy(e.message:find("OuterRef", 1, true), e.message)
      end
    end
  end

  it("means the same row in all parts of a set operation", function()
    local ten, twenty = own:filter{ views = 10 }, own:filter{ views = 20 }
    local last = ten:union(own:filter{ views__gt = 20 }):order_by("-views"):values("views"):limit(1)
    check{
      { authors:filter(Exists(ten:union(twenty))), "Ann Ben" },
      { authors:filter(Exists(posts:filter{ views = 99 }:union(twenty))), "Ben" },
      { authors:filter(Exists(own:difference(own:filter{ views__lte = 30 }))), "Ben" },
      { authors:filter(Exists(own:intersection(twenty))), "Ben" },
      { authors:filter{ pk__in = ten:union(twenty):values("author") }, "Ann Ben" },
      { authors:filter{ pk__in = ten:values("author"):union(twenty:values("author")) }, "Ann Ben" },
      { authors:annotate{ v = Subquery(last) }:filter{ v = 30 }, "Ann" },
      { authors:filter(Exists(posts:filter(Exists(posts:filter{ title = "zz" }:union(
        posts:filter{ author = OuterRef(OuterRef("pk")), views__gt = OuterRef("views") + 10 }))))), "Ann Ben" },
    }
  end)

  it("means no row where the whole set operation has none around it", function()
    local e = db.error_of(function() return posts:union(own):all() end)
    assert.equal("misuse", e.kind)
    assert.truthy(e.message:find("OuterRef means a query around this one", 1, true), e.message)
    e = db.error_of(function()
      return authors:join(posts:filter{ views = 10 }:union(own), { alias = "p", on = { author = "pk" } })
    end)
    assert.truthy(e.message:find("add lateral = true", 1, true), e.message)
  end)

  it("reaches behind distinct over fields, windows, groups and limits", function()
    local ranked = posts:annotate{ r = Window(ryx.RowNumber(), { order_by = "views" }) }
    local grouped = posts:values("author"):annotate{ n = Count(), most = Max("views") }
    check{
      { authors:filter(Exists(own:order_by("-views"):distinct("author"))), "Ann Ben" },
      { authors:annotate{ v = Subquery(own:order_by("-views"):distinct("author"):values("views")) }:filter{ v = 40 },
        "Ben" },
      { authors:filter(Exists(ranked:filter{ r = 2, author = OuterRef("pk") })), "Ann Ben" },
      { authors:filter(Exists(grouped:filter(Q{ author = OuterRef("pk"), most__gt = 30 } + Q{ n = 5 }))), "Ben" },
      { authors:filter{ pk__in = own:order_by("-views"):limit(1):values("author") }, "Ann Ben" },
      { authors:filter{ pk__in = posts:filter{ views__lte = OuterRef("pk") * 10 }:order_by("views"):limit(1)
        :values("author") }, "Ann" },
    }
  end)

  it("is compared with what a group holds", function()
    local n = own:values("author"):annotate{ n = Count() }
    assert.equal("Ann Ben", names(authors:filter(Exists(n:filter{ n__gte = OuterRef("pk") }))))
    assert.equal("Ben", names(authors:filter(Exists(n:filter{ n__lte = OuterRef("pk") }))))
  end)

  it("reaches the rows that a lateral query is joined to", function()
    if not db.needs "LATERAL" then return end
    local most = own:filter{ views = 10 }:union(own:filter{ views__gt = 10 }):order_by("-views"):limit(1)
    assert.equal("Ben", names(authors:join(most, { alias = "most", lateral = true }):filter{ most__views = 40 }))
  end)
end)
