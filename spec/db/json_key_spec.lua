-- SPDX-License-Identifier: MIT
-- Keys of JSON that mean something to paths, patterns or SQL: each is found under its own
-- name, at any depth, by everything that takes one.
local db = require "support.db"
local ryx = require "ryx"
local F = ryx.F

local KEYS = {
  "-", "-k", "--", "-1", "- ", '-"', "-\\", "-'", "-.", "-\195\169", "a-", "a-b", "\\u002dk", "u002d", "0", "1", "007",
  "+1", "1e3", "", " ", "  a ", "a b", ".", "a.b", "..", "$", "$.a", "$[0]", "*", "**", "@", "#", "?", "??", "%", "_",
  "!", "'", '"', '"a"', "\\", "\\\\", "\\n", "a\\", "\n", "\t", "\1", "[0]", "[*]", "{}", ":", ",", "/", "last", "null",
  "true", "key", "len", "\195\169", "\226\130\172", "\240\159\152\128", "e\204\129", "select", "--x", "/*", ";",
}

local Doc = ryx.model("KeyDoc", { n = ryx.IntField(), doc = ryx.JSONField() })
local objects = Doc.objects

describe("odd keys of JSON", function()
  db.use(ryx, { Doc })
  before_each(function() objects:delete_all() end)

  -- Two rows that have the key, one that has others.
  local function fill(key)
    local others = {}
    for _, other in ipairs(KEYS) do
      if other ~= key then others[other] = "no" end
    end
    objects:create{ n = 1, doc = { [key] = "-x", deep = { [key] = { [key] = 7 } }, list = { { [key] = true } } } }
    objects:create{ n = 2, doc = { [key] = { "-", [[\u002d"-]] }, deep = { [key] = { [key] = 5 } } } }
    objects:create{ n = 3, doc = others }
  end

  local function count(...) return objects:filter(...):count() end

  it("are found", function()
    for _, key in ipairs(KEYS) do
      fill(key)
      local what, here = ("%q"):format(key), F"doc":at(key)
      assert.equal(2, count{ doc__has_key = key }, what)
      assert.equal(2, count{ doc__has_any = { key, "nowhere" } }, what)
      assert.equal(2, count{ doc__has_all = { key, "deep" } }, what)
      assert.equal(1, count(here:eq("-x")), what)
      assert.equal(1, count(here:in_{ "-x", "y" }), what)
      assert.equal(1, count(here:isnull(true)), what)
      assert.equal(1, count(here:startswith("-")), what)
      assert.equal(1, count(here:eq{ "-", [[\u002d"-]] }), what)
      assert.equal(1, count(F"doc":at(key, 0):eq("-")), what)
      assert.equal(1, count(F"doc":at(key, 1):eq([[\u002d"-]])), what)
      assert.equal(1, count(F"doc":at("deep", key, key):gt(6)), what)
      assert.equal(2, count(F"doc":at("deep", key):has_key(key)), what)
      assert.equal(1, count(F"doc":at("deep", key):eq{ [key] = 7 }), what)
      assert.equal(1, count(F"doc":at("list", 0, key):eq(true)), what)
      assert.equal(1, count{ doc__contains = { [key] = "-x" } }, what)
      assert.equal(1, count(F"doc":at("deep"):contains{ [key] = { [key] = 7 } }), what)
      objects:delete_all()
    end
  end)

  it("are read, ordered and grouped by", function()
    for _, key in ipairs(KEYS) do
      fill(key)
      local what, part = ("%q"):format(key), F"doc":at("deep", key)
      local rows = objects:annotate{ part = part, top = F"doc":at(key) }:order_by("n"):values("part", "top"):all()
      assert.same({ [key] = 7 }, rows[1].part, what)
      assert.same({ [key] = 5 }, rows[2].part, what)
      assert.same({ "-", [[\u002d"-]] }, { rows[2].top[1], rows[2].top[2] }, what)
      assert.equal("-x", rows[1].top, what)
      local first = objects:filter{ n__lt = 3 }:order_by(F"doc":at("deep", key, key)):first()
      assert.equal(2, first.n, what)
      local groups = objects:annotate{ v = F"doc":at("deep", key, key) }:values("v"):annotate{ c = ryx.Count() }
      assert.equal(3, #groups:all(), what)
      objects:delete_all()
    end
  end)
end)
