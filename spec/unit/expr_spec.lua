-- SPDX-License-Identifier: MIT
local errors = require "ryx.errors"
local q = require "ryx.query.expr.q"
local Q = q.Q

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
