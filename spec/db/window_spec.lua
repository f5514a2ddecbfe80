-- SPDX-License-Identifier: MIT
-- Window functions, on sales of sellers by day; the same on all databases.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, V, W, null = ryx.F, ryx.Q, ryx.Value, ryx.Window, ryx.null
local RowNumber, Rank, DenseRank, Lag, Lead, Sum = ryx.RowNumber, ryx.Rank, ryx.DenseRank, ryx.Lag, ryx.Lead, ryx.Sum

local Seller = ryx.model("WSeller", { name = ryx.CharField{ max_length = 10 } })
local Sale = ryx.model("WSale", {
  name = ryx.CharField{ max_length = 10 }, seller = ryx.ForeignKey(Seller, { related_name = "sales" }),
  day = ryx.IntField(), amount = ryx.IntField{ null = true },
  price = ryx.DecimalField{ max_digits = 6, decimal_places = 2, null = true },
  word = ryx.CharField{ max_length = 5, null = true },
})
-- name, seller, day, amount, price, word
local ROWS = {
  { "a", "x", 1, 10, "1.50", "p" }, { "b", "x", 2, 20, "2.25", "q" }, { "c", "x", 3, 20, nil, "r" },
  { "d", "x", 4, nil, "10.00", nil },
  { "e", "y", 1, 5, "0.25", "s" }, { "f", "y", 2, 5, "3.00", "t" },
}

-- Values of an expression in the order of names.
local function xs(e, qs)
  local out = {}
  for i, row in ipairs((qs or Sale.objects):annotate{ x = e }:order_by("name"):values("name", "x",
    { null = null }):all()) do
    local v = row.x
    if type(v) == "number" then v = ("%.4g"):format(v) end
    out[i] = v == null and "-" or tostring(v)
  end
  return table.concat(out, " ")
end

local BY = { partition_by = "seller", order_by = "day" }

describe("windows", function()
  db.use(ryx, { Seller, Sale })
  setup(function()
    local sellers = { x = Seller.objects:create{ name = "x" }, y = Seller.objects:create{ name = "y" } }
    for _, r in ipairs(ROWS) do
      Sale.objects:create{ name = r[1], seller = sellers[r[2]], day = r[3], amount = r[4], price = r[5], word = r[6] }
    end
  end)

  it("number and rank rows", function()
    assert.equal("1 2 3 4 1 2", xs(W(RowNumber(), BY)))
    assert.equal("6 5 4 3 2 1", xs(W(RowNumber(), { order_by = "-name" })))
    assert.equal("2 3 3 1 1 1", xs(W(Rank(), { partition_by = "seller", order_by = "amount" })))
    assert.equal("3 1 1 4 1 1", xs(W(Rank(), { partition_by = "seller", order_by = "-amount" })))
    assert.equal("2 1 1 3 1 1", xs(W(DenseRank(), { partition_by = "seller", order_by = "-amount" })))
    assert.equal("0.6667 0 0 1 0 0", xs(W(ryx.PercentRank(), { partition_by = "seller", order_by = "-amount" })))
    assert.equal("0.25 0.5 0.75 1 0.5 1", xs(W(ryx.CumeDist(), BY)))
    assert.equal("1 1 2 2 1 2", xs(W(ryx.Ntile(2), BY)))
    assert.equal("1 1 1 1 2 2", xs(W(DenseRank(), { order_by = "seller__name" })))
  end)

  it("see nothing in a frame without the one row there is", function()
    local id = Sale.objects:order_by("name"):first().id
    for _, rows in ipairs{ { -2, -1 }, { 1, 2 } } do
      local frame = { rows = rows }
      local row = Sale.objects:filter{ id = id }:annotate{
        sum = W(Sum("amount"), { order_by = "day", frame = frame }),
        n = W(ryx.Count("id"), { order_by = "day", frame = frame }),
        last = W(ryx.Max("day"), { order_by = "day", frame = frame }),
      }:values("sum", "n", "last"):first()
      assert.same({ n = 0 }, row)
    end
  end)

  it("look at other rows, with defaults", function()
    assert.equal("- 10 20 20 - 5", xs(W(Lag("amount"), BY)))
    assert.equal("- - 10 20 - -", xs(W(Lag("amount", 2), BY)))
    assert.equal("-1 10 20 20 -1 5", xs(W(Lag("amount", 1, -1), BY)))
    assert.equal("20 20 - - 5 -", xs(W(Lead("amount"), BY)))
    -- The default stands for a row that is not there, not for a NULL.
    assert.equal("20 20 - -1 5 -1", xs(W(Lead("amount", 1, -1), BY)))
    assert.equal("20 - -1 -1 -1 -1", xs(W(Lead("amount", 2, -1), BY)))
    assert.equal("q r - none t none", xs(W(Lead("word", 1, V"none"), BY)))
    assert.equal("1 1 2 3 1 1", xs(W(Lag("day", 1, F"day"), BY)))
    assert.equal("0.00 1.50 2.25 - 0.00 0.25", xs(W(Lag("price", 1, ryx.decimal("0.00")), BY)))
    assert.equal("10 20 20 - 5 5", xs(W(Lag("amount", 0), BY)))
  end)

  it("give values of the frame", function()
    assert.equal("10 10 10 10 5 5", xs(W(ryx.FirstValue("amount"), BY)))
    assert.equal("10 20 20 - 5 5", xs(W(ryx.LastValue("amount"), BY)))
    assert.equal("- - - - 5 5",
      xs(W(ryx.LastValue("amount"),
        { partition_by = "seller", order_by = "day", frame = { rows = { null, null } } })))
    assert.equal("- b b b - f", xs(W(ryx.NthValue("name", 2), BY)))
    assert.equal("a b c d e f", xs(W(ryx.FirstValue("name"), { order_by = "name", frame = { rows = { 0 } } })))
  end)

  it("aggregate over frames", function()
    assert.equal("10 30 50 50 5 10", xs(W(Sum("amount"), BY)))
    assert.equal("50 50 50 50 10 10", xs(W(Sum("amount"), { partition_by = "seller" })))
    assert.equal("60 60 60 60 60 60", xs(W(Sum("amount"), {})))
    assert.equal("30 50 40 20 10 10",
      xs(W(Sum("amount"), { partition_by = "seller", order_by = "day", frame = { rows = { -1, 1 } } })))
    assert.equal("- 10 30 40 - 5",
      xs(W(Sum("amount"), { partition_by = "seller", order_by = "day", frame = { rows = { -2, -1 } } })))
    assert.equal("50 40 20 - 10 5",
      xs(W(Sum("amount"), { partition_by = "seller", order_by = "day", frame = { rows = { 0, null } } })))
    assert.equal("10 50 50 - 10 10",
      xs(W(Sum("amount"), { partition_by = "seller", order_by = "amount", frame = { range = { null, 0 } } })))
    assert.equal("30 50 40 20 10 10",
      xs(W(Sum("amount"), { partition_by = "seller", order_by = "day", frame = { range = { -1, 1 } } })))
    assert.equal("4 4 4 4 2 2", xs(W(ryx.Count("*"), { partition_by = "seller" })))
    assert.equal("3 3 3 3 2 2", xs(W(ryx.Count("amount"), { partition_by = "seller" })))
    assert.equal("10 15 16.67 16.67 5 5", xs(W(ryx.Avg("amount"), BY)))
    assert.equal("1.50 2.25 2.25 10.00 0.25 3.00", xs(W(ryx.Max("price"), BY)))
    assert.equal("1.50 3.75 3.75 13.75 0.25 3.25", xs(W(Sum("price"), BY)))
    assert.equal("p p p p s s", xs(W(ryx.Min("word"), BY)))
    assert.equal("0 1 2 2 0 0", xs(W(ryx.Count("*", { filter = Q{ amount__gt = 10 } }), BY)))
  end)

  if db.needs "frames of groups" then
    it("have frames of groups and leave rows out", function()
      assert.equal("10 50 50 - 10 10",
        xs(W(Sum("amount"), { partition_by = "seller", order_by = "amount", frame = { groups = { null, 0 } } })))
      assert.equal("40 30 30 50 5 5", xs(W(Sum("amount"), { partition_by = "seller", order_by = "day",
        frame = { rows = { null, null }, exclude = "current_row" } })))
    end)
  else
    it("refuse frames of groups", function()
      local e = db.error_of(function() return Sale.objects:annotate{ x = W(Sum("amount"),
        { order_by = "day", frame = { groups = { -1, 0 } } }) }:all() end)
      assert.equal("unsupported", e.kind)
    end)
  end

  it("are filtered by wrapping the query", function()
    local first = Sale.objects:annotate{ x = W(RowNumber(), { partition_by = "seller", order_by = "-day" }) }
    assert.equal("d f", rows.names(first:filter{ x = 1 }))
    assert.equal("c d e f", rows.names(first:filter{ x__lte = 2 }))
    assert.equal("a b c e", rows.names(first:exclude{ x = 1 }))
    -- What stands before or after makes no difference: conditions on rows come first.
    assert.equal("b", rows.names(first:filter{ x = 2, amount__gte = 20 }))
    assert.equal("c e", rows.names(first:filter{ x = 1 }:filter{ amount__gt = 0 }:exclude{ name = "f" }))
    assert.equal("a b e", rows.names(first:filter(Q{ x__gt = 2 } + Q{ name = "e" })))
    assert.equal(2, first:filter{ x = 1 }:count())
    assert.is_true(first:filter{ x = 4 }:exists())
    assert.equal("d", first:filter{ x = 1 }:order_by("name"):first().name)
    assert.equal("f", first:filter{ x = 1 }:order_by("-name"):limit(1):get().name)
    local share = Sale.objects:annotate{ x = F"amount" * 100 / W(Sum("amount"), { partition_by = "seller" }) }
    assert.equal("20 40 40 - 50 50", xs(F"amount" * 100 / W(Sum("amount"), { partition_by = "seller" })))
    assert.equal("b c e f", rows.names(share:filter{ x__gte = 40 }))
    assert.equal("d f", rows.names(Sale.objects:filter{ pk__in = first:filter{ x = 1 }:values("pk") }))
  end)

  it("are ordered by, and stand in other expressions", function()
    local qs = Sale.objects:order_by(W(RowNumber(), { partition_by = "seller", order_by = "-day" }), "name")
    assert.equal("d f c e b a", table.concat(qs:values_list("name", { flat = true }):all(), " "))
    assert.equal("10 10 0 - 5 0", xs(F"amount" - ryx.Coalesce(W(Lag("amount"), BY), 0)))
    assert.equal("first later later later first later",
      xs(ryx.Case{ ryx.When(W(RowNumber(), BY):eq(1), "first"), default = "later" }))
  end)

  it("are over groups", function()
    local qs = Sale.objects:values("seller__name"):annotate{ total = Sum("amount") }:annotate{ place = W(Rank(),
      { order_by = F"total":desc() }),
      share = W(Sum(Sum("amount")), {}) }
    local list = qs:order_by("seller__name"):all()
    assert.same({ { seller__name = "x", total = 50, place = 1, share = 60 },
      { seller__name = "y", total = 10, place = 2, share = 60 } }, list)
    assert.equal("y", qs:filter{ place = 2 }:get().seller__name)
  end)

  it("see what is filtered before them only", function()
    assert.equal("1 2 1", xs(W(RowNumber(), BY),
      Sale.objects:filter{ amount__gte = 5 }:exclude{ name__in = { "a", "e" } }:filter{ name__lt = "z" }))
    assert.equal("2 2 1", xs(W(ryx.Count("*"), { partition_by = "seller" }),
      Sale.objects:filter{ name__in = { "b", "c", "f" } }))
  end)

  it("refuse misuse", function()
    local function annotate(e) return function() return Sale.objects:annotate{ x = e }:all() end end
    rows.refused{
      { function() return W(F"amount") end, "misuse", "Window" },
      { function() return W(ryx.Lower("name")) end, "misuse", "Window" },
      { function() return W(RowNumber(), { order = "day" }) end, "misuse", "order" },
      { annotate(RowNumber()), "misuse", "Window(RowNumber" },
      { function() return W(Rank(), { frame = { rows = { 1 }, range = { 1 } } }) end, "misuse", "frame" },
      { function() return W(Rank(), { frame = {} }) end, "misuse", "frame" },
      { function() return W(Rank(), { frame = { rows = { 0.5 } } }) end, "misuse", "whole" },
      { function() return W(Rank(), { frame = { rows = { 0 }, exclude = "me" } }) end, "misuse", "me" },
      { annotate(W(Rank(), {})), "field_error", "Rank", "order" },
      { annotate(W(Lag("amount"), {})), "field_error", "Lag", "order" },
      { annotate(W(Sum("nope"), {})), "field_error", "nope" },
      { annotate(W(Sum("amount"), { order_by = "nope" })), "field_error", "nope" },
      { annotate(W(Sum("word"), {})), "field_error", "Sum", "text" },
      { annotate(W(Sum("amount", { distinct = true }), {})), "unsupported", "DISTINCT" },
      { annotate(W(Sum(W(RowNumber(), {})), {})), "field_error", "window" },
      { function() return Sale.objects:annotate{ x = Sum(W(RowNumber(), BY)) } end, "field_error", "window" },
      { function() return Sale.objects:annotate{ x = W(Sum("amount"), { frame = { rows = { 1, -1 } } }) }:all() end,
        "misuse", "frame" },
    }
  end)
end)
