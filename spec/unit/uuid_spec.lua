-- SPDX-License-Identifier: MIT
local ryx = require "ryx"

local HEX = "%x%x%x%x"

local function of_version(n)
  return "^" .. HEX .. HEX .. "%-" .. HEX .. "%-" .. n .. "%x%x%x%-[89ab]%x%x%x%-" .. HEX .. HEX .. HEX .. "$"
end

-- What fn gives is text of the version, and never the same.
local function check(fn, version)
  local seen, n = {}, 20000
  for _ = 1, n do
    local v = fn()
    assert(#v == 36 and v == v:lower() and v:find(of_version(version)), v)
    assert(not seen[v], "twice: " .. v)
    seen[v] = true
  end
end

describe("uuids", function()
  it("of version 4 are of chance", function() check(ryx.uuid4, 4) end)

  it("of version 7 are of the time and of chance", function()
    check(ryx.uuid7, 7)
    local ms = tonumber((ryx.uuid7():sub(1, 13):gsub("-", "")), 16)
    assert.is_true(math.abs(ms / 1000 - ryx.now():timestamp()) < 60)
    assert.not_equal(ryx.uuid7():sub(20), ryx.uuid7():sub(20))
  end)

  it("of version 7 ascend, also within a millisecond", function()
    local last = ""
    for _ = 1, 20000 do
      local v = ryx.uuid7()
      assert(v > last, v .. " after " .. last)
      last = v
    end
  end)

  it("of version 7 ascend when the clock goes back", function()
    local value = require "ryx.value"
    local now, first = value.now, ryx.uuid7()
    value.now = function() return now() - ryx.duration{ hours = 1 } end
    local ok, later = pcall(ryx.uuid7)
    value.now = now
    assert.is_true(ok and later > first)
    assert.is_true(ryx.uuid7() > later)
  end)

  it("are defaults", function()
    local f = ryx.UUIDField{ default = ryx.uuid7 }
    assert.is_true(f:get_default() < f:get_default())
  end)
end)
