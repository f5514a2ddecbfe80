-- SPDX-License-Identifier: MIT
-- Hostile values and names, and limits of statements.
local ryx = require "ryx"
local case = require "fault.case"
local db = require "support.db"
local kit = require "fault.kit"
local random = require "differential.random"

local SEED = tonumber(os.getenv("RYX_SEED")) or 20240229

local Odd = ryx.model("FaultOdd", {
  text = ryx.TextField{ null = true, blank = true }, big = ryx.BigIntField{ null = true },
  ratio = ryx.FloatField{ null = true }, doc = ryx.JSONField{ null = true }, blob = ryx.BinaryField{ null = true },
  at = ryx.DateTimeField{ null = true }, price = ryx.DecimalField{ null = true, max_digits = 30, decimal_places = 10 },
  words = ryx.ArrayField(ryx.TextField{ blank = true }, { null = true }), Meta = { table_name = "fault_odd" },
})

local PIECES = {
  "", "a", "\0", "\255\254", "\xC3", "\xED\xA0\x80", "\xF0\x9F\x98\x80", "\r\n", "\\.", "\\", "'", '"', "`", "%", "_",
  "??", "?",
  "$1", ":x", ";--", "/*", "{}", "{1,2}", "NULL",
  "\226\128\168", "é", "İ", " ", "\t", ("x"):rep(3000),
}

local function hostile_text(dice)
  local out = {}
  for i = 1, dice:int(1, 5) do out[i] = dice:pick(PIECES) end
  return table.concat(out)
end

local MAKE = {
  text = hostile_text,
  blob = function(dice) return ryx.bytes(hostile_text(dice)) end,
  big = function(dice)
    return dice:pick{ math.maxinteger, math.mininteger, 2 ^ 53, -1, 0, 2 ^ 63, -2 ^ 63, 1e300, 0.5, 0 / 0, math.huge }
  end,
  ratio = function(dice)
    return dice:pick{ 0 / 0, math.huge, -math.huge, 5e-324, 1.7976931348623157e308, -0.0, 2 ^ 63, 1e-310, 0.1 }
  end,
  doc = function(dice)
    return { k = hostile_text(dice), [hostile_text(dice)] = { {}, { ryx.null }, dice:int(-5, 5) } }
  end,
  at = function(dice)
    return dice:pick{ "0000-01-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999",
      "294276-12-31 00:00:00", "2024-02-30 00:00:00", "24:00:00", "infinity", "1900-02-29 00:00:00",
      "1582-10-10 00:00:00" }
  end,
  price = function(dice)
    return dice:pick{ "0.0000000001", ("9"):rep(20) .. ".1", ("9"):rep(1000), "-0", "1e5", "NaN", "0x10", "", "00.10",
      "1e-20" }
  end,
  words = function(dice)
    return dice:pick{ {}, { "" }, { ryx.null }, { "a", ryx.null, "NULL" }, { hostile_text(dice) }, { { "nested" } },
      { "{", "}", ",", '"' } }
  end,
}

local TYPED = { validation = true, unsupported = true, misuse = true, field_error = true }

local function show(v)
  if type(v) ~= "table" then return tostring(v) end
  local keys, out = {}, {}
  for k in pairs(v) do keys[#keys + 1] = k end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for i, k in ipairs(keys) do out[i] = tostring(k) .. "=" .. show(v[k]) end
  return "{" .. table.concat(out, ",") .. "}"
end

-- What comes back is what went in, whatever type it travelled as.
local function same(field, a, b)
  if field == "big" or field == "ratio" then return a == b or a ~= a and b ~= b end
  if field == "price" then return ryx.decimal(a) == b or tostring(ryx.decimal(a)) == tostring(b) end
  if field == "at" then return ryx.datetime(a) == b end
  return show(a) == show(b)
end

case("41: hostile values: a round trip or a typed error", function()
  kit.open{ max_connections = 1 }
  db.tables(ryx, { Odd })
  local dice = random.new(SEED)
  print("seed " .. SEED)
  local held = 0
  for field in pairs(MAKE) do
    for _ = 1, 120 do
      local value = MAKE[field](dice)
      local ok, got = pcall(function()
        local o = Odd.objects:create{ [field] = value }
        return Odd.objects:get{ id = o.id }[field]
      end)
      if ok then
        held = held + 1
        assert.is_true(same(field, value, got), ("%s: %q came back as %q"):format(field, show(value), show(got)))
      elseif type(got) ~= "table" or not TYPED[got.kind] then
        error(("%s: %q: %s"):format(field, show(value), kit.text(got)), 0)
      end
    end
  end
  assert.is_true(held > 300, held .. " values were held")
  assert.equal(Odd.objects:count(), held)
end, { seconds = 30 })

case("42: hostile names: found by nobody, and no word of them becomes SQL", function()
  kit.open{ max_connections = 1 }
  db.tables(ryx, { Odd })
  Odd.objects:create{ text = "a" }
  local dice = random.new(SEED)
  local objects = Odd.objects
  local USES = {
    function(t) return objects:order_by(t):all() end,
    function(t) return objects:order_by("-" .. t):all() end,
    function(t) return objects:filter{ [t] = 1 }:all() end,
    function(t) return objects:filter{ ["text__" .. t] = "a" }:all() end,
    function(t) return objects:values(t):all() end,
    function(t) return objects:annotate{ [t] = ryx.F"text" }:order_by(t):all() end,
    function(t) return objects:filter(ryx.F"doc":at(t):eq(1)):all() end,
    function(t) return objects:filter{ text__contains = t }:all() end,
    function(t) return objects:filter{ text__startswith = t, text__iexact = t }:all() end,
  }
  for _ = 1, 150 do
    local text = hostile_text(dice)
    for i, use in ipairs(USES) do
      local ok, e = pcall(use, text)
      if not ok and (type(e) ~= "table" or not TYPED[e.kind]) then
        error(("use %d of %q: %s"):format(i, text, kit.text(e)), 0)
      end
    end
  end
  assert.equal(1, objects:count())
end, { seconds = 30 })

case("42: hostile names of tables and columns of one's own", function()
  kit.open{ max_connections = 1 }
  for i, name in ipairs{ 'a"b', "a`b", "a'b", "a;--", "select", "a b", "a.b", "ä", "a%sb", "a?b" } do
    local Own = ryx.model("FaultOwn" .. i, {
      n = ryx.IntField{ db_column = name }, Meta = { table_name = "fault " .. name },
    })
    local ok, e = pcall(function()
      db.tables(ryx, { Own })
      Own.objects:create{ n = i }
      assert.equal(i, Own.objects:order_by("n"):get{ n = i }.n)
      assert.equal(1, Own.objects:filter{ n = i }:update{ n = ryx.F"n" + 1 })
      assert.equal(1, Own.objects:delete_all())
    end)
    if not ok and (type(e) ~= "table" or not TYPED[e.kind]) then error(name .. ": " .. kit.text(e), 0) end
    local ryx_db = require "ryx.db"
    pcall(ryx.raw_execute, "DROP TABLE " .. ryx_db.quote(ryx_db.alias("default"), "fault " .. name))
  end
end)

case("A23: a raw statement with too many parameters is misuse, at the caller's line", function()
  kit.open()
  local params, marks = {}, {}
  local too_many = kit.dialect == "sqlite" and 250001 or 65536
  for i = 1, too_many do params[i], marks[i] = i, "?" end
  local e = kit.error_of(ryx.raw_fetch, "SELECT 1 AS n WHERE 1 IN (" .. table.concat(marks, ",") .. ")", params)
  kit.is_kind(e, "misuse")
  assert.truthy(tostring(e):find("parameter", 1, true), tostring(e))
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
end)

case("A24: bulk_update with values that are there already counts the rows matched", function()
  kit.open()
  kit.items(5)
  local list = kit.Item.objects:order_by("n"):all()
  assert.equal(5, kit.Item.objects:bulk_update(list, { "body" }))
  list[1].body = "new"
  assert.equal(5, kit.Item.objects:bulk_update(list, { "body" }))
end)
