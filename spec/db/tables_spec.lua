-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F = ryx.F

local m = shop.models(ryx, "Tb")
local posts = m.Post.objects
local table_of = function(model) return model._meta.table_name end

local function titles(qs) return shop.list(qs, "title") end

describe("joined tables", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  it("are read by their name", function()
    local a, p = table_of(m.Author), table_of(m.Post)
    local qs = posts:join(a, p .. ".author_id = " .. a .. ".id")
    assert.equal("a b c d", titles(qs:order_by("id")))
    assert.same({ { title = "a", [a .. ".name"] = "Ann" } }, qs:filter{ title = "a" }:values("title", a .. ".name"):all())
  end)

  it("are joined by model, alias and kind", function()
    local qs = posts:join(m.Author, { id = "author" }, { kind = "left", alias = "w" })
    assert.equal("a b c d e", titles(qs:order_by("id")))
    assert.equal("a c", titles(qs:filter{ w__name = "Ann" }:order_by("id")))
    assert.equal("e", titles(qs:filter{ w__id__isnull = true }))
    assert.equal("b", titles(qs:filter{ w__name = "Ben", views__lt = F"w__id" * 11 }))
    assert.equal(15, posts:join(m.Author, nil, { kind = "cross", alias = "w" }):count())
  end)

  it("say what is wrong", function()
    local cases = {
      { function() return posts:join(m.Author, { id = "author" }, { kind = "outer" }) end, "unknown kind" },
      { function() return posts:join(m.Author, { idd = "author" }, { alias = "w" }) end, "did you mean \"id\"" },
      { function() return posts:join(m.Author, "a = b") end, "must be a column of" },
      { function() return posts:join(1, {}) end, "takes a model" },
      { function() return posts:join(m.Author, { id = "author" }, { alias = "title" }) end, "has \"title\" already" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), tostring(e))
    end
  end)
end)

describe("right and full joins", function()
  db.use(ryx, m)
  setup(function()
    shop.fill(ryx, m)
    m.Author.objects:create{ name = "Dan" }
  end)

  local function joined(kind) return posts:join(m.Author, { id = "author" }, { kind = kind, alias = "w" }) end
  local function pairs_of(qs)
    local out = {}
    for i, row in ipairs(qs:all()) do
      out[i] = (row[1] == ryx.null and "-" or row[1]) .. (row[2] == ryx.null and "-" or row[2])
    end
    return table.concat(out, " ")
  end
  local function listed(qs) return pairs_of(qs:values_list("title", "w__name")) end

  it("give the rows of both sides, and NULL is the smallest", function()
    assert.equal("e- aAnn cAnn bBen dBen -Cyd -Dan", listed(joined("full"):order_by("w__name", "title")))
    assert.equal("dBen cAnn bBen aAnn -Dan -Cyd", listed(joined("right"):order_by("-title", "-w__name")))
    assert.equal("e- dBen cAnn bBen aAnn -Cyd -Dan", listed(joined("full"):order_by("-title", "w__name")))
    assert.equal("-Cyd -Dan", listed(joined("full"):filter{ title__isnull = true }:order_by("w__name")))
    local others = joined("full"):exclude{ title = "a" }
    assert.equal("-Cyd -Dan bBen cAnn dBen e-", listed(others:order_by("title", "w__name")))
    assert.equal(7, joined("full"):count())
    assert.same({ n = "Dan" }, joined("full"):aggregate{ n = ryx.Max("w__name") })
  end)

  it("lose no row to what is joined after them", function()
    local function bosses(kind)
      return pairs_of(joined(kind):order_by("title", "w__name"):values_list("w__name", "author__name"))
    end
    assert.equal("Cyd- Dan- AnnAnn BenBen AnnAnn BenBen", bosses("right"))
    assert.equal("Cyd- Dan- AnnAnn BenBen AnnAnn BenBen --", bosses("full"))
    local tagged = joined("full"):join(m.Tag, { id = "w__id" }, { kind = "left", alias = "t" })
    assert.equal("-- Annred Annred Benblue Benblue Cyd- Dan-",
      pairs_of(tagged:order_by("w__name", "title"):values_list("w__name", "t__name")))
    local after = joined("left"):join(m.Tag, { id = F"id" }, { kind = "full", alias = "t" })
    assert.equal("-- Ann- Annred Ben- Benblue",
      pairs_of(after:order_by("w__name", "t__name"):values_list("w__name", "t__name")))
  end)

  it("are grouped, told apart, numbered and asked from sub-queries", function()
    local counts = joined("full"):values_list("w__name"):annotate{ n = ryx.Count("title") }
    assert.equal("Ann2 Ben2 -1 Cyd0 Dan0", pairs_of(counts:order_by("-n", "w__name")))
    local some = joined("full"):values_list("w__name", "views"):distinct():order_by("-views", "w__name"):limit(2)
    assert.equal("-50 Ben40", pairs_of(some))
    local numbered = joined("full"):annotate{
      r = ryx.Window(ryx.RowNumber(), { order_by = { "w__name", "title" } }),
    }
    assert.equal("-Cyd -Dan", listed(numbered:filter{ r__gt = 5 }:order_by("r")))
    if db.needs "rows around a FROM" then
      local without = joined("full"):filter{ w__id = ryx.OuterRef("pk"), title__isnull = true }
      assert.equal("Cyd Dan", shop.list(m.Author.objects:filter(ryx.Exists(without)):order_by("name"), "name"))
    end
    assert.equal(7, joined("full"):union(posts:filter{ title = "z" }, { all = true }):count())
  end)

  it("are of querysets and of the table itself", function()
    local late = m.Author.objects:filter{ name__gt = "B" }
    local qs = posts:join(late, { alias = "w", kind = "full", on = { id = "author" } })
    assert.equal("-Cyd -Dan a- bBen c- dBen e-", listed(qs:order_by("title", "w__name")))
    qs = posts:join(m.Post, { views = F"views" + 30 }, { alias = "w", kind = "full" }):order_by("title", "w__title")
    assert.equal("-a -b -c ad be c- d- e-", pairs_of(qs:values_list("title", "w__title")))
  end)

  it("lock no rows, for some may not be there", function()
    ryx.transaction(function()
      assert.equal("misuse", db.error_of(function() joined("full"):for_update():all() end).kind)
      assert.equal("misuse", db.error_of(function() joined("right"):for_update():all() end).kind)
      assert.equal(5, #joined("left"):for_update():all())
    end)
  end)
end)

describe("joined querysets", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  local function sums(kind)
    local rows = posts:values("author"):annotate{ total = ryx.Sum("views") }
    return m.Author.objects:join(rows, { alias = "sums", on = { author = "pk" }, kind = kind })
  end

  it("are read by their alias", function()
    assert.equal("Ann Ben", shop.list(sums():order_by("sums__total"), "name"))
    assert.equal("Ben", shop.list(sums():filter{ sums__total__gt = 50 }, "name"))
    assert.same({ { name = "Ann", ["sums.total"] = 40 } }, sums():filter{ name = "Ann" }:values("name", "sums.total"):all())
    assert.equal("40 60 nil", shop.list(sums("left"):annotate{ total = F"sums__total" }:order_by("name"), "total"))
    assert.equal(2, sums():count())
    assert.equal(60, sums():aggregate{ most = ryx.Max("sums__total") }.most)
  end)

  it("hold model rows as well, some of them", function()
    local qs = posts:join(m.Author.objects:filter{ name__gt = "A" }:order_by("-name"):limit(2),
      { alias = "late", on = { id = "author" } })
    assert.equal("b d", titles(qs:order_by("id")))
    assert.equal("b", titles(qs:filter{ late__name = "Ben", views__lt = 40 }))
    assert.equal(10, posts:join(m.Author.objects:filter{ boss__isnull = false }, { alias = "w", kind = "cross" }):count())
  end)

  it("are counted beside aggregates, in sub-queries and with values of their own", function()
    local busy = sums():filter{ sums__total__gte = 40 }
    assert.equal("a b c d", titles(posts:filter{ author__in = busy }:order_by("id")))
    assert.same({ { name = "Ann", n = 2 }, { name = "Ben", n = 2 } },
      busy:order_by("name"):annotate{ n = ryx.Count("posts") }:values("name", "n"):all())
    local rows = busy:annotate{ total = F"sums__total", n = ryx.Count("posts") }:order_by("name"):all()
    assert.same({ 40, 2, 60, 2 }, { rows[1].total, rows[1].n, rows[2].total, rows[2].n })
  end)

  -- The two posts of each author that were seen most.
  local function best(options)
    options.alias, options.lateral = "best", true
    local own = posts:filter{ author = ryx.OuterRef("pk") }:order_by("-views"):limit(1)
    return m.Author.objects:join(own, options):order_by("name")
  end

  if db.needs "LATERAL" then
    it("are asked for each row", function()
      assert.same({ { name = "Ann", ["best.title"] = "c" }, { name = "Ben", ["best.title"] = "d" } },
        best{}:values("name", "best.title"):all())
      assert.equal("Ann Ben Cyd", shop.list(best{ kind = "left" }, "name"))
      assert.equal("Cyd", shop.list(best{ kind = "left" }:filter{ best__id__isnull = true }, "name"))
      assert.equal("Ben", shop.list(best{ on = { title = ryx.Value("d") } }, "name"))
      assert.equal(2, best{}:count())
      assert.equal(2, best{ kind = "cross" }:count())
    end)

    it("name what is joined to the row", function()
      local same = posts:filter{ author__boss = ryx.OuterRef("author__pk"), views__gt = ryx.OuterRef("views") }
      assert.equal("a a c", titles(posts:join(same, { alias = "more", lateral = true }):order_by("title", "more__id")))
    end)

    it("are locked by the table itself", function()
      ryx.transaction(function() assert.equal(2, #best{}:for_update():all()) end)
    end)
  else
    it("are not asked for each row", function()
      assert.equal("unsupported", db.error_of(function() return best{}:all() end).kind)
    end)
  end

  it("say what is wrong", function()
    local own = posts:filter{ author = ryx.OuterRef("pk") }
    local cases = {
      { { alias = "x", on = { author = "pk" } }, own, "add lateral = true" },
      { { alias = "x" }, posts, "needs on" },
      { { on = { author = "pk" } }, posts, "is not a name" },
      { { alias = "name", on = { author = "pk" } }, posts, "has \"name\" already" },
      { { alias = "x", on = { autor = "pk" } }, posts, "did you mean \"author\"" },
      { { alias = "x", on = { author = "pk" }, laterel = true }, posts, "did you mean \"lateral\"" },
      { { alias = "x", lateral = true, kind = "full" }, own, "inner, left or cross" },
    }
    for _, c in ipairs(cases) do
      local e = db.error_of(function() return m.Author.objects:join(c[2], c[1]) end)
      assert.truthy(tostring(e):find(c[3], 1, true), tostring(e))
    end
    local e = db.error_of(function()
      return m.Author.objects:with(ryx.CTE("own", own), { on = { author = "pk" } })
    end)
    assert.truthy(tostring(e):find("has no OuterRef", 1, true), tostring(e))
  end)
end)

describe("locks on rows", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  it("last as long as the transaction they need", function()
    assert.equal("misuse", db.error_of(function() posts:for_update():all() end).kind)
    assert.equal("misuse", db.error_of(function() posts:for_update():each(print) end).kind)
    ryx.transaction(function()
      assert.equal("a", posts:for_update():get{ title = "a" }.title)
      assert.equal(2, #posts:filter{ author__name = "Ann" }:for_update():all())
      assert.equal(1, #posts:filter{ title = "b" }:for_update{ nowait = true }:all())
      assert.equal(1, #posts:filter{ title = "b" }:for_update{ share = true }:all())
    end)
  end)

  it("lock the table itself where others may have no row", function()
    ryx.transaction(function()
      local sql = db.sql_of(ryx, function() posts:order_by("author__name"):for_update():all() end)
      if db.needs "FOR UPDATE OF" then assert.truthy(sql[1]:find("FOR UPDATE OF", 1, true)) end
    end)
  end)

  it("skip what others have locked, where rows are locked", function()
    local skipping = posts:order_by("id"):for_update{ skip_locked = true }
    if not db.needs "several writers" then
      local e = db.error_of(function() ryx.transaction(function() skipping:all() end) end)
      assert.equal("unsupported", e.kind)
      return
    end
    ryx.transaction(function(tx)
      posts:filter{ title = "a" }:for_update():all()
      local seen
      ryx.run(function()
        ryx.spawn(function()
          ryx.transaction(function()
            seen = titles(skipping)
            local e = db.error_of(ryx.transaction, function()
              posts:filter{ title = "a" }:for_update{ nowait = true }:all()
            end)
            assert.is_true(e:is(ryx.OperationalError) or e.kind == "timeout" or e.kind == "deadlock", tostring(e))
          end)
        end)
      end)
      assert.equal("b c d e", seen)
      assert.truthy(tx)
    end)
  end)

  it("refuse what has no rows of the table", function()
    for _, qs in ipairs{ posts:distinct(), posts:values("author"):annotate{ n = ryx.Count("id") }, posts:union(posts) } do
      local e = db.error_of(function() ryx.transaction(function() qs:for_update():all() end) end)
      assert.equal("misuse", e.kind)
    end
    for _, options in ipairs{ { nowait = true, skip_locked = true }, { of = { "author" } }, { wait = true } } do
      assert.is_true(not pcall(function() ryx.transaction(function() posts:for_update(options):all() end) end))
    end
  end)
end)

describe("what a queryset tells of itself", function()
  db.use(ryx, m)
  setup(function() shop.fill(ryx, m) end)

  it("is its SQL and parameters, without running it", function()
    local sql, params = posts:filter{ views__gt = 15 }:order_by("-views"):limit(2):sql()
    assert.truthy(sql:find("ORDER BY", 1, true))
    assert.same({ 15, 2 }, params)
  end)

  it("is how the database finds its rows", function()
    assert.truthy(#posts:filter{ id = 1 }:explain() > 0)
    local ok, text = pcall(function() return posts:filter{ id = 1 }:explain{ analyze = true } end)
    if db.needs "EXPLAIN ANALYZE" then assert.is_true(ok) else assert.equal("unsupported", text.kind) end
    assert.equal("misuse", db.error_of(function() posts:explain{ verbose = true } end).kind)
  end)

  it("is the way it was written", function()
    assert.equal("<QuerySet TbPost.objects:filter{ views__gt = 15 }:order_by(-F\"views\"):limit(2)>",
      tostring(posts:filter{ views__gt = 15 }:order_by("-views"):limit(2)))
    assert.equal("<QuerySet TbPost.objects:filter((Q{ title = ? } + -Q{ views = ? })):distinct()>",
      tostring(posts:filter(ryx.Q{ title = "a" } + -ryx.Q{ views = 1 }):distinct()))
  end)
end)
