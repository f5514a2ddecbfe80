-- SPDX-License-Identifier: MIT
-- What is remembered of queries has one budget: queries of ever new forms leave memory
-- flat, also those that hang on a queryset that stays.
local intern = require "ryx.query.expr.intern"
local ryx = require "ryx"

local F = ryx.F

local function kib()
  collectgarbage()
  collectgarbage()
  return collectgarbage("count")
end

describe("queries of ever new forms", function()
  local Doc, kept
  setup(function()
    ryx.setup("sqlite::memory:")
    Doc = ryx.model("BudgetDoc", { title = ryx.CharField{ max_length = 100, null = true }, meta = ryx.JSONField() })
    ryx.migrate{ Doc }
    kept = Doc.objects:filter{ title__gt = "" }
  end)
  teardown(ryx.close)

  -- Keys of documents are names of the query, so each is a form of its own.
  local function ask(i)
    Doc.objects:update_all{ title = ryx.Cast(F"meta":at("k" .. i), "text") }
    kept:filter{ ["meta__k" .. i] = 1 }:annotate{ ["a" .. i] = F"title" }:order_by("-a" .. i):sql()
  end

  it("leave memory flat", function()
    for i = 1, 4000 do ask(i) end
    local most = kib()
    for i = 4001, 20000 do
      ask(i)
      if i % 500 == 0 then most = math.max(most, kib()) end
    end
    intern.forget()
    -- Less than what 4,000 of them take.
    assert.is_true(most - kib() < 12000, ("%.0f KiB are held"):format(most - kib()))
  end)

  it("go on when all is forgotten", function()
    Doc.objects:create{ title = "a", meta = { n = 1 } }
    local qs = kept:filter{ meta__n = 1 }
    assert.equal(1, qs:count())
    intern.forget()
    assert.equal(1, qs:count())
    assert.equal("a", qs:order_by("-title"):first().title)
    assert.equal(1, #kept:filter{ meta__n = 1 }:all())
    assert.equal("a", Doc.objects:get{ id = 1 }.title)
  end)
end)

describe("a cold chain", function()
  it("meets the node that the same chain made before, whoever came between", function()
    ryx.setup("sqlite::memory:")
    local Item = ryx.model("BudgetItem", { a = ryx.IntField(), b = ryx.IntField() })
    local base = Item.objects:filter{ a = 1 }
    local one = base:filter{ b = 2 }:order_by("b")
    local two = base:exclude{ b = 3 }:order_by("-b", "a")
    assert.matches('WHERE "a" = %? AND "b" = %? ORDER BY "b"', (one:sql()))
    assert.matches('WHERE "a" = %? AND NOT', (two:sql()))
    assert.equal(one.node, Item.objects:filter{ a = 5 }:filter{ b = 6 }:order_by("b").node)
    ryx.close()
  end)

  it("is not spoiled by a step that fails", function()
    ryx.setup("sqlite::memory:")
    local Item = ryx.model("BudgetItem", { a = ryx.IntField(), b = ryx.IntField() })
    local base = Item.objects:filter{ b = 1 }
    local sql = base:sql()
    assert.has_error(function() base:filter(ryx.Q{ a = 1 } * ryx.Q{ c = 2 }) end)
    assert.equal(sql, (base:sql()))
    assert.matches('WHERE "b" = %? AND "a" = %?', (base:filter{ a = 1 }:sql()))
    ryx.close()
  end)
end)
