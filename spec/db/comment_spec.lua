-- SPDX-License-Identifier: MIT
-- Comments behind statements: qs:comment and ryx.tag.
local db = require "support.db"
local ryx = require "ryx"
local F = ryx.F

local Item = ryx.model("CommentItem", { n = ryx.IntField{}, name = ryx.CharField{ max_length = 20, default = "x" } })
local objects = Item.objects

-- What the statements of fn end with, each.
local function ends(fn)
  local out = {}
  for i, sql in ipairs(db.sql_of(ryx, fn)) do out[i] = sql:match("/%*.*$") or "-" end
  return table.concat(out, " | ")
end

describe("comments", function()
  db.use(ryx, { Item })
  setup(function()
    for n = 1, 3 do objects:create{ n = n } end
  end)

  it("stand behind the SQL of a queryset", function()
    local qs = objects:filter{ n__gt = 1 }:comment("checkout")
    assert.truthy(qs:sql():find(" /* checkout */", 1, true))
    assert.equal("/* checkout */", ends(function() assert.equal(2, #qs:all()) end))
    assert.equal("/* checkout; twice */", ends(function() qs:comment("twice"):order_by("n"):limit(1):first() end))
    assert.equal("/* checkout */ | /* checkout */", ends(function()
      assert.equal(2, qs:count())
      assert.equal(5, qs:aggregate{ n = ryx.Sum("n") }.n)
    end))
    assert.equal("-", ends(function() objects:filter{ n__gt = 1 }:all() end))
    assert.equal("<QuerySet CommentItem.objects:filter{ n__gt = 1 }:comment(\"checkout\")>", tostring(qs))
  end)

  it("stand behind writes and streams", function()
    local qs = objects:filter{ n = 3 }:comment("job")
    assert.equal("/* job */", ends(function() assert.equal(1, qs:update{ n = F"n" }) end))
    assert.equal("/* job */", ends(function()
      for row in qs:iter() do assert.equal(3, row.n) end
    end))
    assert.equal("/* job */", ends(function() assert.equal(0, qs:filter{ n = 99 }:delete()) end))
  end)

  it("hold nothing that ends them", function()
    for _, text in ipairs{ "*/ DROP TABLE x; --", "/* a", "a\nb", "a\0b", "", "  ", ("x"):rep(1001) } do
      assert.equal("misuse", db.error_of(function() return objects:comment(text) end).kind)
    end
    for _, text in ipairs{ "! 50000", "+ hint", "it's ? $1 \\ \"x\" `y`", "-- a", "é", "a * / b", "*", "/", ";" } do
      assert.equal(3, #objects:comment(text):all(), text)
      assert.equal(1, objects:filter{ name = "x", n = 2 }:comment(text):count(), text)
    end
  end)
end)

describe("tags", function()
  db.use(ryx, { Item })
  setup(function() objects:create{ n = 1 } end)

  it("stand behind all statements of a function", function()
    local seen = ends(function()
      ryx.tag({ route = "/items/:id", action = "it's" }, function()
        objects:get{ n = 1 }
        objects:filter{ n = 1 }:comment("mine"):update{ n = 1 }
        objects:bulk_create{ Item{ n = 2 } }
        ryx.raw_fetch("SELECT 1 AS n")
        ryx.tag({ action = false, job = 7 }, function() objects:count() end)
      end)
      objects:count()
    end)
    local tags = "/*action='it%27s',route='%2Fitems%2F%3Aid'*/"
    assert.equal(table.concat({ tags, "/* mine */ " .. tags, tags, tags, "/*job='7',route='%2Fitems%2F%3Aid'*/", "-" },
      " | "), seen)
  end)

  it("are of a task and of those that it starts", function()
    local seen = ends(function()
      ryx.run(function()
        ryx.spawn(function()
          ryx.tag{ route = "a" }
          objects:count()
          ryx.spawn(function() objects:count() end):join()
          ryx.tag{ route = false }
          objects:count()
        end):join()
        objects:count()
      end)
    end)
    assert.equal("/*route='a'*/ | /*route='a'*/ | - | -", seen)
  end)

  it("give values, raise errors and end with their function", function()
    assert.same({ 1, 2 }, { ryx.tag({ a = 1 }, function() return 1, 2 end) })
    assert.has_error(function() ryx.tag({ a = 1 }, function() error("mine", 0) end) end, "mine")
    assert.equal("-", ends(function() objects:count() end))
  end)

  it("are names and plain values", function()
    for _, tags in ipairs{ { ["a b"] = 1 }, { A = 1 }, { 1 }, { a = {} }, { a = ("x"):rep(2000) } } do
      assert.equal("misuse", db.error_of(function() return ryx.tag(tags, print) end).kind)
    end
  end)

  it("are kept apart without end", function()
    for i = 1, 200 do
      ryx.tag({ n = i }, function() assert.equal(1, objects:filter{ n = 1 }:count()) end)
    end
  end)
end)
