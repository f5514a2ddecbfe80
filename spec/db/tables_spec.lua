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
