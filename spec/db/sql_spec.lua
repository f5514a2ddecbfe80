-- SPDX-License-Identifier: MIT
-- qs:sql(): the text, and what each of its placeholders stands for.
local db = require "support.db"
local ryx = require "ryx"
local F = ryx.F

local Item = ryx.model("SqItem", {
  name = ryx.CharField{ max_length = 50 },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  day = ryx.DateField{ null = true },
  took = ryx.DurationField{ null = true },
  doc = ryx.JSONField{ null = true },
  n = ryx.IntField{ default = 0 },
})
local objects = Item.objects

-- How many parameters a text has: the highest number, or one for each mark.
local function placeholders(sql)
  local n, top = 0, 0
  for number in sql:gsub("'[^']*'", ""):gmatch("[$?](%d*)") do
    n, top = n + 1, math.max(top, tonumber(number) or 0)
  end
  return db.dialect == "postgres" and top or n
end

local function params_of(qs)
  local sql, params = qs:sql()
  assert.equal(placeholders(sql), #params, sql)
  return params, sql
end

-- What values are, by type and text: userdata of equal values differ.
local function shown(list)
  local out = {}
  for i, v in ipairs(list) do
    out[i] = type(v) == "table" and shown(v) or type(v) == "userdata" and v ~= ryx.null and "ryx " .. tostring(v) or v
  end
  return out
end

local function binds(expected, qs)
  local params, sql = params_of(qs)
  assert.same(expected, shown(params), sql)
end

describe("the parameters of a text", function()
  db.use(ryx, { Item })

  it("are patterns where the text compares with one", function()
    binds({ "%x!_Y!%!!%" }, objects:filter{ name__icontains = "x_Y%!" })
    binds({ "x!_%" }, objects:filter{ name__istartswith = "x_" })
    local params, sql = params_of(objects:filter{ name__contains = "a%b" })
    assert.same({ sql:find("LIKE", 1, true) and "%a!%b%" or "a%b" }, params)
  end)

  it("are both ends of a prefix", function()
    binds({ "ab", "ac" }, objects:filter{ name__startswith = "ab" })
  end)

  it("are lists where the text takes one", function()
    binds({ { 1, 2, 3 } }, objects:filter{ n__in = { 1, 2, 3 } })
    binds({ { 1, 2 }, { "a", "b" } }, objects:filter{ n__in = { "1", 2 } }:filter{ name__in = { "a", "b" } })
    binds({ { "ryx 1.50", "ryx 2.00" } }, objects:filter{ price__in = { "1.50", 2 } })
  end)

  it("are values of the column's type", function()
    binds({ "ryx 1.50" }, objects:filter{ price = "1.50" })
    binds({ 7 }, objects:filter{ n = "7" })
    binds({ "ryx 2024-02-29" }, objects:filter{ day = "2024-02-29" })
    binds({ "ryx PT1H" }, objects:filter{ took__gt = ryx.duration{ hours = 1 } })
  end)

  it("are null for NULL", function()
    binds({ ryx.null, 1 }, objects:annotate{ z = ryx.Value(ryx.null) }:filter{ n = 1 })
    binds({}, objects:filter{ price__isnull = true })
  end)

  it("are those of the text only", function()
    binds({}, objects:annotate{ more = F"n" + 5 }:values("name"))
    binds({ 3 }, objects:annotate{ more = F"n" + 5 }:filter{ n = 3 }:values("name"))
    binds({ 5, 3 }, objects:annotate{ more = F"n" + 5 }:filter{ n = 3 })
  end)

  it("end with limit and offset", function()
    binds({ 1, 3, 4 }, objects:filter{ n__gt = 1 }:order_by("n"):limit(3):offset(4))
    binds({ 1, 2, 3 }, objects:filter{ n = 1 }:union(objects:filter{ n = 2 }):limit(3))
  end)

  it("stand once for each placeholder, which may serve twice", function()
    local qs = objects:annotate{ five = F"n" + 5 }:values("five"):annotate{ c = ryx.Count"*" }:filter{ n__gt = 2 }
    local params, sql = params_of(qs)
    if sql:find("$1", 1, true) then
      assert.same({ 5, 2 }, params)
      assert.equal(2, select(2, sql:gsub("%$1", "")))
    else
      assert.same({ 5, 2, 5 }, params)
    end
  end)

  it("are refused like those of a query that runs", function()
    for _, conditions in ipairs{ { n = "x" }, { n__in = { "x" } } } do
      local qs = function() return objects:filter(conditions) end
      local told = db.error_of(function() qs():sql() end)
      local ran = db.error_of(function() qs():all() end)
      assert.equal(ran.kind, told.kind)
      assert.equal(ran.message, told.message)
      assert.equal(ran.field, told.field)
    end
  end)

  it("make the same rows when they are sent as they are, lists as JSON", function()
    if db.dialect == "postgres" then return end -- raw texts are written with marks
    objects:create{ name = "50% off", price = "1.50", n = 4 }
    objects:create{ name = "50 off", price = "1.50", n = 4 }
    for _, qs in ipairs{
      objects:filter{ name__icontains = "50%", price = "1.5" }, objects:filter{ name__startswith = "50%" },
      objects:filter{ n__in = { 4, 9 }, name__endswith = "% off" }:limit(3),
    } do
      local params, sql = params_of(qs)
      for i, v in ipairs(params) do params[i] = type(v) == "table" and ryx.json.encode(v) or v end
      local list = ryx.raw_fetch(sql, params)
      assert.equal(1, #list, sql)
      assert.equal("50% off", list[1].name)
    end
  end)
end)
