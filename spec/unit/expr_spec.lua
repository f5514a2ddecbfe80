-- SPDX-License-Identifier: MIT
local errors = require "ryx.errors"
local q = require "ryx.query.expr.q"
local ryx = require "ryx"
local Q = q.Q
local objects = ryx.model("ExprNil", { n = ryx.IntField{} }).objects

local function message(fn, ...)
  local ok, e = pcall(fn, ...)
  assert.is_false(ok)
  assert.is_true(errors.is_error(e))
  return tostring(e)
end

describe("Q", function()
  it("of equal structure share one term whatever the values", function()
    assert.equal(Q{ a = 1 }.term, Q{ a = 2 }.term)
    assert.equal((Q{ a = 1 } * Q{ b = 2 }).term, (Q{ a = 3 } * Q{ b = 4 }).term)
    assert.equal(Q{ a = 1, b = 2 }.term, Q{ b = 1, a = 2 }.term)
    assert.equal((-Q{ a = 1 }).term, (-Q{ a = 5 }).term)
  end)

  it("of other classes of value differ", function()
    assert.not_equal(Q{ a = 1 }.term, Q{ a = {} }.term)
    assert.not_equal(Q{ a = true }.term, Q{ a = false }.term)
  end)

  it("keeps the values in the order of the tree", function()
    assert.same({ 1, 2, 3 }, ((Q{ a = 1 } + Q{ b = 2 }) * Q{ c = 3 }).values)
  end)

  it("* binds tighter than +, - tighter than *", function()
    assert.equal("or", (Q{ a = 1 } * Q{ b = 1 } + Q{ c = 1 }).term.op)
    assert.equal("and", (-Q{ a = 1 } * Q{ b = 1 }).term.op)
  end)

  it("all, any and none take pairs, Qs, or both", function()
    assert.equal("and", Q.all{ a = 1, Q{ b = 2 } }.term.op)
    assert.equal("or", Q.any{ a = 1, b = 2 }.term.op)
    assert.equal("not", Q.none{ a = 1, b = 2 }.term.op)
  end)

  it("takes a path and a value", function() assert.equal(Q{ a = 1 }.term, Q("a", 1).term) end)

  it("refuses an empty table and nil, naming the trap", function()
    assert.truthy(message(Q, {}):find("cannot hold nil", 1, true))
    assert.truthy(message(Q, "owner", nil):find("ryx.null means NULL", 1, true))
    assert.truthy(message(Q.any, { {} }):find("empty table", 1, true))
  end)

  it("of no parts is a constant, also joined with others", function()
    assert.same({ "constant", "constant" }, { Q.all{}.term.op, Q.any{}.term.op })
    assert.are_not.equal(Q.all{}.term, Q.any{}.term)
  end)

  it("refuses to join with anything else", function()
    assert.truthy(message(function() return Q{ a = 1 } + 5 end):find("joins Q with Q", 1, true))
  end)

  if _VERSION == "Lua 5.4" then
    it("has & | ~ on 5.4", function()
      local both, either, no = load("local a, b = ... return a & b, a | b, ~a")(Q{ a = 1 }, Q{ b = 1 })
      assert.equal("and", both.term.op)
      assert.equal("or", either.term.op)
      assert.equal("not", no.term.op)
    end)
  end
end)

describe("an expression among the names of values", function()
  it("is told how it gets a name", function()
    local double = ryx.F"n" * 2
    for _, method in ipairs{ "values", "values_list" } do
      local said = message(objects[method], objects, "n", double)
      assert.truthy(said:find('{ double = F"views" * 2 }', 1, true), said)
    end
  end)
end)

describe("a nil at the end of a call", function()
  it("is an optional argument that is not given", function()
    local given = nil
    assert.equal(ryx.Min("v").term, ryx.Min("v", given).term)
    assert.equal(ryx.Trunc("at", "day").term, ryx.Trunc("at", "day", nil).term)
    assert.equal(ryx.Round("v").term, ryx.Round("v", nil).term)
    assert.equal(ryx.Now().term, ryx.Now(nil).term)
    assert.equal(objects:values("n").node, objects:values("n", given).node)
    assert.equal(objects:values_list("n").node, objects:values_list("n", given).node)
    assert.equal(objects:union(objects).node, objects:union(objects, given).node)
  end)

  it("is told where it was a value, or would widen the query", function()
    for _, fn in ipairs{
      function() return ryx.Count(nil) end,
      function() return ryx.Lower(nil) end,
      function() return ryx.Coalesce("n", "m", nil) end,
      function() return objects:values(nil) end,
      function() return objects:distinct(nil) end,
      function() return objects:filter("n", nil) end,
      function() return objects:filter({ n = 1 }, nil) end,
      function() return objects:union(nil) end,
    } do
      assert.truthy(message(fn):find("nil", 1, true))
    end
  end)
end)
