-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local rows = require "support.rows"
local shop = require "support.shop"
local Avg, F, OuterRef = ryx.Avg, ryx.F, ryx.OuterRef

local Team = ryx.model("SqTeam", { name = ryx.CharField{ max_length = 20 } })
local Emp = ryx.model("SqEmp", {
  name = ryx.CharField{ max_length = 20 },
  team = ryx.ForeignKey(Team, { null = true, related_name = "emps" }),
  pay = ryx.IntField{},
  rate = ryx.DecimalField{ max_digits = 8, decimal_places = 2 },
  weight = ryx.FloatField{},
  born = ryx.DateField{},
  hired = ryx.DateTimeField{},
  meta = ryx.JSONField{ null = true },
})
local emps = Emp.objects

local function check(cases)
  for i, c in ipairs(cases) do
    assert.equal(c[2], shop.list(emps:filter(c[1]):order_by("name"), "name"), "case " .. i)
  end
end

describe("rows that a column is compared with", function()
  local a, b
  db.use(ryx, { Team, Emp })
  setup(function()
    a, b = Team.objects:create{ name = "a" }, Team.objects:create{ name = "b" }
    for i = 1, 5 do
      emps:create{
        name = "e" .. i, team = i % 2 == 0 and b or a, pay = i * 10, rate = i == 3 and "20.00" or i .. ".50",
        weight = i == 3 and 20 or i * 10 + 0.5, born = "2024-01-0" .. i, hired = ("2024-01-0%d 00:00:00"):format(i),
        meta = { n = i * 10, s = "e" .. i },
      }
    end
  end)

  local function average(qs) return qs:values("team"):annotate{ a = Avg("pay") }:values("a") end

  it("are numbers of any kind", function()
    check{
      { { pay__gt = average(emps:filter{ team = b }) }, "e4 e5" },
      { { pay = average(emps:filter{ team = b }) }, "e3" },
      { { pay__gt = average(emps:filter{ team = OuterRef("team") }) }, "e4 e5" },
      { { pay__in = average(emps) }, "e3" },
      { { pay__in = emps:values("rate") }, "e2" },
      { { rate__in = emps:values("pay") }, "e3" },
      { { pay = emps:filter{ name = "e3" }:values("rate") }, "e2" },
      { { rate = emps:filter{ name = "e2" }:values("pay") }, "e3" },
      { { weight__in = emps:values("pay") }, "e3" },
      { ryx.Q.none{ { weight__in = emps:values("pay") } }, "e1 e2 e4 e5" },
      { F"weight":lt(emps:order_by("pay"):values("pay"):slice(2, 2)), "e1" },
    }
  end)

  it("are decimals with other places", function()
    local one = emps:values("name"):annotate{ a = Avg("rate") }:filter{ name = "e1" }:values("a")
    check{ { { rate__in = one }, "e1" }, { { rate = one }, "e1" } }
  end)

  it("are moments and days", function()
    check{
      { { hired__in = emps:filter{ pay__gt = 30 }:values("born") }, "e4 e5" },
      { { born__gt = emps:filter{ name = "e3" }:values("hired") }, "e4 e5" },
    }
  end)

  it("are parts of JSON, and are compared with those", function()
    check{
      { { meta__n__gt = average(emps:filter{ team = b }) }, "e4 e5" },
      { { meta__n__in = emps:values("rate") }, "e2" },
      { { pay__in = emps:filter{ pay__gt = 20 }:values{ n = F"meta":at("n") } }, "e3 e4 e5" },
      { { pay__gt = emps:filter{ name = "e3" }:values{ n = F"meta":at("n") } }, "e4 e5" },
    }
  end)

  it("stay those that a limit leaves, in their own order", function()
    local by_rate = emps:annotate{ r = F"rate" + 0 }:order_by("-r"):values("r")
    local by_pay = emps:annotate{ p = F"pay" + 0 }:order_by("p"):values("p")
    check{
      { { pay = by_rate:limit(1) }, "e2" },
      { { rate__in = by_pay:limit(2) }, "e3" },
      { { weight__in = emps:values{ p = F"pay" / 1 }:order_by("p"):distinct():slice(2, 2) }, "e3" },
      { { weight__in = emps:order_by("pay"):distinct("team"):values("pay") }, "e3" },
      { { weight__in = emps:filter{ pay = 10 }:values("pay"):union(emps:filter{ pay = 20 }:values("pay")) }, "e3" },
    }
  end)

  it("are refused where no database could compare them", function()
    rows.refused{
      { function() return emps:filter{ name__in = emps:values("pay") } end, "field_error", "text", "rows of type int" },
      { function() return emps:filter{ name__contains = emps:values("pay") } end, "field_error", "rows of type int" },
      { function() return emps:filter{ born = emps:values("pay") } end, "field_error", "rows of type int" },
      { function() return emps:filter{ pay__range = emps:values("pay") } end, "misuse", "takes a list" },
      { function() return emps:filter{ pay__isnull = emps:values("pay") } end, "misuse", "takes true or false" },
    }
  end)
end)
