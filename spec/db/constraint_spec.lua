-- SPDX-License-Identifier: MIT
-- What a Constraint lets in: what its Q means in a query, whatever the type.
local db = require "support.db"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q

local n_models = 0

local function fields(Meta)
  return {
    n = ryx.IntField{ null = true }, m = ryx.IntField{ null = true },
    price = ryx.DecimalField{ null = true }, cost = ryx.DecimalField{ null = true },
    fine = ryx.DecimalField{ null = true, decimal_places = 4 },
    day = ryx.DateField{ null = true }, last = ryx.DateField{ null = true },
    at = ryx.DateTimeField{ null = true }, opens = ryx.TimeField{ null = true },
    open = ryx.BooleanField{ null = true }, name = ryx.CharField{ null = true, max_length = 20 },
    lasts = ryx.DurationField{ null = true }, team = ryx.ForeignKey("ConTeam", { null = true, related_name = "+" }),
    Meta = Meta,
  }
end

local Team = ryx.model("ConTeam", { name = ryx.CharField{ max_length = 5 } })

local function model(check)
  n_models = n_models + 1
  return ryx.model("ConRow" .. n_models, fields{
    table_name = "con_rows", constraints = { ryx.Constraint{ check = check, name = "con_check" } },
  })
end

describe("a constraint", function()
  db.use(ryx, { Team })

  local function with(check, fn)
    local Row = model(check)
    ryx.migrate{ Row }
    local ok, err = pcall(fn, Row)
    ryx.raw_execute("DROP TABLE con_rows")
    if not ok then error(err, 0) end
  end

  -- check, what passes, what does not
  local CASES = {
    { Q{ n__gt = 3 }, { n = 4 }, { n = 3 } },
    { Q{ n__in = { 1, 2 } } + Q{ n__isnull = true }, {}, { n = 3 } },
    { Q{ n__range = { 1, 5 } }, { n = 5 }, { n = 6 } },
    { Q{ n__gte = F"m" }, { n = 2, m = 2 }, { n = 2, m = 3 } },
    { Q{ n__gte = F"m" } * Q{ n__lt = 10 }, { n = 9, m = 2 }, { n = 11, m = 2 } },
    { Q{ n__lt = 10 } * Q{ n__gte = F"m" }, { n = 9, m = 2 }, { n = 1, m = 2 } },
    { Q{ price__lte = 100 }, { price = "99.00" }, { price = "100.01" } },
    { Q{ price__lte = "100" }, { price = "99.00" }, { price = "100.01" } },
    { Q{ price__gt = ryx.decimal("5") }, { price = "40.00" }, { price = "5.00" } },
    { Q{ price = 5 }, { price = "5.00" }, { price = "5.10" } },
    { Q{ price__in = { 5, "6.5" } }, { price = "6.50" }, { price = "7.00" } },
    { Q{ price__range = { "-5", 10 } }, { price = "-4.00" }, { price = "-40.00" } },
    { Q{ price__gte = F"cost" }, { price = "10.00", cost = "9.50" }, { price = "9.00", cost = "10.00" } },
    { Q{ day__gte = "2024-02-01" }, { day = "2024-02-01" }, { day = "2024-01-31" } },
    { Q{ day__gte = ryx.date("2024-02-01") }, { day = "2024-02-01" }, { day = "2024-01-31" } },
    {
      Q{ last__gte = F"day" }, { day = "2024-02-01", last = "2024-02-01" }, { day = "2024-02-02", last = "2024-02-01" },
    },
    { Q{ at__gt = "2024-02-01 12:00" }, { at = "2024-02-01 12:01" }, { at = "2024-02-01 12:00" } },
    { Q{ at = "2024-02-01 12:00" }, { at = "2024-02-01 12:00" }, { at = "2024-02-01 12:01" } },
    { Q{ opens__lt = "12:00" }, { opens = "11:59" }, { opens = "12:00" } },
    { Q{ opens = "12:00" }, { opens = "12:00" }, { opens = "12:00:01" } },
    { Q{ lasts__gt = ryx.duration(5) }, { lasts = ryx.duration(5.5) }, { lasts = ryx.duration(5) } },
    { Q{ lasts__lt = "-PT1H" }, { lasts = "-PT2H" }, { lasts = "PT1H" } },
    { Q{ open = true }, { open = true }, { open = false } },
    { -Q{ name = "it's \\ here" }, { name = "it" }, { name = "it's \\ here" } },
  }
  for i, case in ipairs(CASES) do
    it("lets in what a filter finds, " .. i, function()
      with(case[1], function(Row)
        Row.objects:create(case[2])
        assert.equal(1, Row.objects:filter(case[1]):count())
        assert.equal("check_violation", db.error_of(Row.objects.create, Row.objects, case[3]).kind)
      end)
    end)
  end

  it("names both fields that it compares", function()
    with(Q{ last__gte = F"day" }, function(Row)
      local e = db.error_of(Row.objects.create, Row.objects, { day = "2024-02-02", last = "2024-02-01" })
      assert.same({ "last", "day" }, e.fields)
      assert.same({ __all__ = { "These values are not allowed together." } }, e.errors)
    end)
  end)

  it("compares keys of relations", function()
    local team = Team.objects:create{ name = "red" }
    with(Q{ team__lt = team.id } + Q{ team__pk = team.id }, function(Row)
      Row.objects:create{ team = team }
      local other = Team.objects:create{ name = "blue" }
      assert.equal("check_violation", db.error_of(Row.objects.create, Row.objects, { team = other }).kind)
    end)
  end)

  it("refuses what it cannot say, before a table is made", function()
    local REFUSED = {
      Q{ n__gte = F"m" + 1 }, Q{ n__gte = F"price" }, Q{ price = F"fine" }, Q{ day__year = 2024 },
      Q{ at__date__lte = "2024-02-01" }, Q{ at__date = "2024-02-01" }, Q{ name__startswith = "a" },
      Q{ team__name = "red" }, Q{ n__in = {} }, Q{ n__gt = F"team__id" } * Q{ team__name = F"name" },
      Q{ name__length__gt = 3 }, Q{ team__in = Team.objects:filter{ name = "red" } },
      Q{ n = Team.objects:values("id") },
    }
    for i, check in ipairs(REFUSED) do
      local Row = model(check)
      local e = db.error_of(ryx.migrate, { Row })
      assert.equal("unsupported", e.kind, i .. ": " .. tostring(e))
      assert.truthy(e.message:find("give SQL text", 1, true), e.message)
    end
    local e = db.error_of(ryx.migrate, { model(Q{ n__gt = "many" }) })
    assert.equal("misuse", e.kind, tostring(e))
  end)

  it("on the key that the database makes is a check, or refused before a table is made", function()
    for _, check in ipairs{ Q{ id__gt = 0 }, "id > 0", Q{ n__gt = 1 } + Q{ id__gt = 0 } } do
      local Row = model(check)
      if db.needs "checks of counted keys" then
        ryx.migrate{ Row }
        ryx.raw_execute("DROP TABLE " .. Row._meta.table_name)
      else
        local e = db.error_of(ryx.migrate, { Row })
        assert.equal("unsupported", e.kind, tostring(e))
        assert.truthy(e.message:find("names id", 1, true), e.message)
      end
    end
  end)
end)
