-- SPDX-License-Identifier: MIT
local errors = require "ryx.errors"

describe("errors", function()
  it("belong to their class and those above", function()
    local e = errors.new{ kind = "unique_violation", message = "taken" }
    assert.is_true(e:is(errors.UniqueViolation))
    assert.is_true(e:is(errors.IntegrityError))
    assert.is_true(e:is(errors.DatabaseError))
    assert.is_true(e:is(errors.RyxError))
    assert.is_false(e:is(errors.ValidationError))
  end)

  it("print as one line that names the caller's file", function()
    local e = errors.new{ kind = "misuse", message = "first\nsecond" }
    assert.truthy(tostring(e):find("errors_spec.lua:%d+: first second$"))
    assert.equal("x" .. tostring(e), "x" .. e)
  end)

  it("of a model are known by its own class", function()
    local class = errors.class("Post.DoesNotExist", errors.DoesNotExist)
    local e = errors.new({ message = "gone" }, class)
    assert.is_true(e:is(class))
    assert.is_true(e:is(errors.DoesNotExist))
    assert.equal("does_not_exist", e.kind)
  end)

  it("name the nearest candidate", function()
    assert.equal("views", errors.nearest("vews", { "title", "views" }))
    assert.is_nil(errors.nearest("zzzzzz", { "title", "views" }))
  end)

  it("of unknown options name the option and its neighbour", function()
    local ok, e = pcall(errors.check_options, { max_lenght = 1 }, { max_length = true }, "CharField")
    assert.is_false(ok)
    assert.truthy(tostring(e):find('CharField: unknown option "max_lenght" (did you mean "max_length"?)', 1, true))
  end)
end)

describe("ryx.try", function()
  it("gives results as they are", function()
    assert.same({ 1, 2 }, { errors.try(function() return 1, 2 end) })
  end)

  it("turns an error of ryx into nil, err", function()
    local value, e = errors.try(errors.raise, "misuse", "no")
    assert.is_nil(value)
    assert.equal("misuse", e.kind)
  end)

  it("lets other errors through", function()
    local ok, e = pcall(errors.try, error, "mine", 0)
    assert.is_false(ok)
    assert.equal("mine", e)
  end)
end)
