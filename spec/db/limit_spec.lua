-- SPDX-License-Identifier: MIT
-- How much of a result is in memory at once.
local ryx = require "ryx"
local db = require "support.db"

local Page = ryx.model("LimitPage", { n = ryx.IntField{}, body = ryx.TextField{} })
local objects = Page.objects
local TOTAL, BODY = 40000, ("x"):rep(250)

-- Of this process, in KiB.
local function resident()
  local f = assert(io.open("/proc/self/statm"))
  local pages = f:read("*a"):match("^%d+ (%d+)")
  f:close()
  return tonumber(pages) * 4
end

local function growth(fn)
  collectgarbage()
  collectgarbage()
  local before, most = resident(), 0
  fn(function() most = math.max(most, resident() - before) end)
  return most
end

describe("memory", function()
  db.use(ryx, { Page })
  setup(function()
    ryx.setup{ default = db.url, small = { url = db.url, max_result_bytes = 300000 } }
    for from = 1, TOTAL, 5000 do
      local list = {}
      for n = from, from + 4999 do list[#list + 1] = Page{ n = n, body = BODY } end
      objects:bulk_create(list)
    end
  end)

  for _, inside in ipairs{ false, true } do
    local where = inside and " inside a transaction that writes" or ""
    it("is flat while a stream is read" .. where .. " #resident", function()
      local n = 0
      local function read(look)
        for page in objects:order_by("id"):iter{ chunk = 500 } do
          n = n + 1
          if inside and n % 2000 == 0 then objects:filter{ id = page.id }:update{ n = n } end
          if n % 500 == 0 then look() end
        end
      end
      local most = growth(function(look)
        if not inside then return read(look) end
        ryx.transaction(function() read(look) end)
      end)
      assert.equal(TOTAL, n)
      assert.is_true(most < 8 * 1024, most .. " KiB more")
    end)
  end

  it("has a bound for results that are read whole", function()
    local small = objects:using("small")
    local err = select(2, ryx.try(function() return small:all() end))
    assert.equal("operational", err.kind)
    assert.matches("max_result_bytes %(300000%)", err.message)
    assert.matches("iter", err.message)
    assert.equal(TOTAL, small:count())
    local n = 0
    for _ in small:iter{ chunk = 100 } do n = n + 1 end
    assert.equal(TOTAL, n)
    assert.equal(10, #small:limit(10):all())
  end)

  it("has that bound for raw statements, too", function()
    local table_name = Page._meta.table_name
    local err = select(2, ryx.try(ryx.raw_fetch, "SELECT * FROM " .. table_name, {}, { alias = "small" }))
    assert.equal("operational", err.kind)
    assert.equal(1, #ryx.raw_fetch("SELECT count(*) AS n FROM " .. table_name, {}, { alias = "small" }))
  end)
end)
