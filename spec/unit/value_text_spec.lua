-- SPDX-License-Identifier: MIT
-- Values as text: joined, by a pattern, rounded.
local ryx = require "ryx"
local F = ryx.F

local function fails(text, fn)
  local ok, e = pcall(fn)
  assert.is_false(ok)
  assert.truthy(tostring(e):find(text, 1, true), tostring(e))
end

describe("values as text", function()
  local price, day = ryx.decimal("2.50"), ryx.date("2024-02-29")
  local at = ryx.datetime("2024-01-05 00:04:07.000089")

  it("are joined with text and numbers", function()
    assert.equal("2.50 EUR", price .. " EUR")
    assert.equal("EUR 2.50", "EUR " .. price)
    assert.equal("12.50", 1 .. price)
    assert.equal("2.502024-02-29", price .. day)
    assert.equal("on 2024-02-29.", "on " .. day .. ".")
    assert.equal("at " .. tostring(at), "at " .. at)
    assert.equal("10:30:00!", ryx.time("10:30") .. "!")
    assert.equal("P1D!", ryx.duration{ days = 1 } .. "!")
    assert.equal("ab", ryx.bytes("a") .. "b")
    fails("cannot join text with a nil", function() return price .. nil end)
    fails("cannot join text with a table", function() return {} .. day end)
  end)

  it("are joined with expressions by the database", function()
    assert.equal(getmetatable(F"name"), getmetatable(price .. F"name"))
    assert.equal(getmetatable(F"name"), getmetatable(F"name" .. day))
  end)

  it("follow a pattern", function()
    assert.equal("29.02.2024", day:format("%d.%m.%Y"))
    assert.equal("Thursday, 29 February 24 (Thu, Feb; day 060)", day:format("%A, %d %B %y (%a, %b; day %j)"))
    assert.equal("2024-01-05 00:04:07.000089", at:format("%Y-%m-%d %H:%M:%S.%f"))
    assert.equal("5 Fri 12:04 AM 100%", at:format("%e %a %I:%M %p 100%%"))
    assert.equal("01 PM", ryx.time("13:05"):format("%I %p"))
    assert.equal("Monday 366", ryx.date("2012-12-31"):format("%A %j"))
    assert.equal("Saturday 001", ryx.date("2000-01-01"):format("%A %j"))
    assert.equal("Monday 0001", ryx.date("0001-01-01"):format("%A %Y"))
    assert.equal("", day:format(""))
    fails("date has no %H", function() return day:format("%H") end)
    fails("time has no %Y", function() return ryx.time("10:30"):format("%Y") end)
    fails("date has no %q", function() return day:format("%q") end)
    fails("date has no %%", function() return day:format("100%") end)
  end)

  it("are rounded", function()
    assert.equal("2.5", tostring(price:round(1)))
    assert.equal("3", tostring(price:round()))
    assert.equal("-3", tostring(ryx.decimal("-2.5"):round()))
    assert.equal("2.500", tostring(price:round(3)))
    assert.equal("1.01", tostring(ryx.decimal("1.005"):round(2)))
    fails("from 0", function() return price:round(-1) end)
  end)

  it("of objects are the model's own", function()
    local Post = ryx.model("ValueTextPost", { title = ryx.CharField{ max_length = 9 } })
    local post = Post{ title = "A" }
    assert.equal("<ValueTextPost: pk=nil>", tostring(post))
    function Post:__tostring() return "Post " .. self.title end
    assert.equal("Post A", tostring(post))
    assert.equal("<model ValueTextPost>", tostring(Post))
  end)
end)
