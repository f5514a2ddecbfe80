-- SPDX-License-Identifier: MIT
-- Values that are none of their field: each way to write them says so with the field's name,
-- before any database does.
local ryx = require "ryx"
local db = require "support.db"

local function fn() end
local A_TABLE, NAN, INF = { a = 1 }, 0 / 0, 1 / 0

-- field, values that are none of it
local CASES = {
  { "char", ryx.CharField{ max_length = 5, null = true }, { ("x"):rep(6), true, A_TABLE, fn, "\255\254", "a\0b" } },
  { "text", ryx.TextField{ max_length = 5, null = true }, { ("x"):rep(6), false, A_TABLE, fn, "\195(", "a\0b" } },
  { "slug", ryx.SlugField{ null = true }, { "a b", "ä", "a/b", ("x"):rep(51), A_TABLE } },
  { "mail", ryx.EmailField{ null = true }, { "ann", "ann@", "a@b", "", ("x"):rep(250) .. "@example.com", A_TABLE } },
  { "link", ryx.URLField{ null = true }, { "example.com", "http://", "ftp://example.com", "http://a b.com", A_TABLE } },
  { "ip", ryx.IPAddressField{ null = true }, { "999.9.9.9", "1.2.3", "::1", 5, A_TABLE } },
  { "address", ryx.GenericIPAddressField{ null = true }, { "1.2.3", "::g", "fe80::1%eth0", "", 5, A_TABLE } },
  { "small", ryx.SmallIntField{ null = true }, { 32768, -32769, 1.5, "x", "1.5", A_TABLE, fn, NAN, INF } },
  { "whole", ryx.IntField{ null = true }, { 2147483648, -2147483649, 1.5, "x", "", A_TABLE, fn, NAN, INF } },
  { "big", ryx.BigIntField{ null = true }, { 1.5, 2 ^ 64, -2 ^ 70, "9223372036854775808", "x", A_TABLE, NAN, INF } },
  { "positive", ryx.PositiveIntField{ null = true }, { -1, 2147483648, "x" } },
  { "positive_small", ryx.PositiveSmallIntField{ null = true }, { -1, 32768, "x" } },
  { "positive_big", ryx.PositiveBigIntField{ null = true }, { -1, 2 ^ 64, "x" } },
  { "real", ryx.FloatField{ null = true }, { "x", "0x10", "nan", "inf", "", true, A_TABLE, fn } },
  { "price", ryx.DecimalField{ max_digits = 6, decimal_places = 2, null = true },
    { "1.234", "12345", 0.1, "x", "", "nan", "1e400", true, A_TABLE, fn } },
  { "flag", ryx.BooleanField{ null = true }, { "perhaps", 2, -1, 0.5, A_TABLE, fn } },
  { "day", ryx.DateField{ null = true }, { "yesterday", "2024-02-30", "2024-13-01", "", 5, true, A_TABLE, fn } },
  { "clock", ryx.TimeField{ null = true }, { "noon", "24:00", "12:60", "", 5, true, A_TABLE, fn } },
  { "moment", ryx.DateTimeField{ null = true },
    { "now", "2024-02-30T00:00", "2024-01-01T25:00", "", 5, true, A_TABLE } },
  { "span", ryx.DurationField{ null = true }, { "a while", "", true, A_TABLE, fn } },
  { "token", ryx.UUIDField{ null = true }, { "x", "", 5, ("g"):rep(32), A_TABLE } },
  { "extra", ryx.JSONField{ null = true }, { fn, { a = fn }, NAN, INF, { NAN }, "\255", { ["\255"] = 1 }, "a\0b" } },
  { "blob", ryx.BinaryField{ max_length = 3, null = true }, { "four", 5, true, A_TABLE, fn } },
  { "list", ryx.ArrayField(ryx.SmallIntField{}, { size = 2, null = true }),
    { { 1, 2, 3 }, { "x" }, { 40000 }, { a = 1 }, "1,2", 5, true, fn } },
  { "state", ryx.CharField{ max_length = 9, choices = { "a", { "b", "Bee" } }, null = true },
    { "c", "Bee", 5, A_TABLE } },
}

local fields = {}
for _, case in ipairs(CASES) do fields[case[1]] = case[2] end
local Junk = ryx.model("JunkThing", fields)
local objects = Junk.objects

-- Rules of validation, not of the type or the length.
local IS_RULE = {
  state = { c = true, Bee = true, [5] = true }, slug = { ["a b"] = true, ["\195\164"] = true, ["a/b"] = true },
  mail = { ann = true, ["ann@"] = true, ["a@b"] = true, [""] = true },
  link = { ["example.com"] = true, ["http://"] = true, ["ftp://example.com"] = true, ["http://a b.com"] = true },
}
-- Of lists the database looks at the types: what it can read as one is one.
local IS_READ = { [true] = true, [false] = true, inf = true, nan = true }

local function show(v)
  return type(v) == "string" and ("%q"):format(v) or tostring(v)
end

describe("junk", function()
  db.use(ryx, { Junk })
  before_each(function() objects:delete_all() end)

  local function check(name, v, how, write)
    local ok, err = pcall(write)
    local what = ("%s = %s by %s"):format(name, show(v), how)
    assert(not ok, what .. " was taken: " .. show(not ok and err or objects:first() and objects:first()[name]))
    assert(type(err) == "table" and err.kind == "validation", what .. ": " .. tostring(err))
    assert(err.field == name and err.errors[name], what .. " has no field: " .. tostring(err))
    assert(err.model == "JunkThing", what)
    assert(tostring(err):find(name .. ": ", 1, true) and not tostring(err):find("\n"), tostring(err))
  end

  -- An object of a value that was there before, so that assigning runs no code.
  local function changed(name, v)
    local object = Junk()
    rawset(object, name, v)
    return object
  end

  for _, case in ipairs(CASES) do
    local name = case[1]
    it("is refused by " .. name, function()
      for _, v in ipairs(case[3]) do
        assert(pcall(Junk, { [name] = v }), "assignment raises")
        check(name, v, "full_clean", function() Junk{ [name] = v }:full_clean() end)
        check(name, v, "save", function() Junk{ [name] = v }:save() end)
        check(name, v, "a changed one's save", function() changed(name, v):save() end)
        check(name, v, "create", function() objects:create{ [name] = v } end)
        if not (IS_RULE[name] and IS_RULE[name][v]) then
          check(name, v, "save without validation", function() Junk{ [name] = v }:save{ validate = false } end)
        end
        if not (IS_RULE[name] and IS_RULE[name][v]) and not IS_READ[v] then
          check(name, v, "bulk_create", function() objects:bulk_create{ Junk(), Junk{ [name] = v } } end)
          check(name, v, "bulk_create of a changed one", function() objects:bulk_create{ changed(name, v), Junk() } end)
        end
      end
      assert.equal(0, objects:count())
    end)

    it("is refused by " .. name .. " of a row that is there", function()
      local there = objects:create{}
      for _, v in ipairs(case[3]) do
        if not (IS_RULE[name] and IS_RULE[name][v]) then
          if type(v) ~= "function" and type(v) ~= "table" then
            check(name, v, "update", function() objects:filter{ id = there.id }:update{ [name] = v } end)
          end
          there[name] = v
          if not IS_READ[v] then
            check(name, v, "bulk_update", function() objects:bulk_update({ there }, { name }) end)
          end
          check(name, v, "save", function() there:save() end)
          check(name, v, "update_fields", function() there:save{ update_fields = { name }, validate = false } end)
        end
      end
      there[name] = nil
      there:refresh_from_db()
      assert.is_nil(there[name])
    end)
  end

  it("of several fields is told together", function()
    local err = db.error_of(function() Junk{ whole = "x", day = "y" }:save() end)
    assert.same({ "day", "whole" }, require("ryx.compat").sorted_keys(err.errors))
  end)
end)
