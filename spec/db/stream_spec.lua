-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("StreamItem", { n = ryx.IntField{} })
local objects = Item.objects
local TOTAL = 500

describe("streams", function()
  db.use(ryx, { Item })
  setup(function()
    local list = {}
    for i = 1, TOTAL do list[i] = Item{ n = i } end
    objects:bulk_create(list)
  end)

  for _, chunk in ipairs{ 1, 7, TOTAL, TOTAL + 1 } do
    it("give every row once in parts of " .. chunk, function()
      local n = 0
      for item in objects:order_by("n"):iter{ chunk = chunk } do
        n = n + 1
        assert.equal(n, item.n)
      end
      assert.equal(TOTAL, n)
    end)
  end

  it("honour conditions, order and limit", function()
    local got = {}
    for item in objects:filter{ n__gt = 10 }:order_by("-n"):limit(3):iter{ chunk = 2 } do got[#got + 1] = item.n end
    assert.same({ TOTAL, TOTAL - 1, TOTAL - 2 }, got)
  end)

  it("of none() give nothing", function()
    for _ in objects:none():iter() do error("a row") end
    assert.equal(0, objects:none():each(error))
  end)

  it("let the body query and write", function()
    local n = 0
    for item in objects:filter{ n__lte = 3 }:iter{ chunk = 1 } do
      n = n + objects:filter{ id = item.id }:update{ n = item.n }
    end
    assert.equal(3, n)
  end)

  it("let the body write inside a transaction", function()
    ryx.transaction(function()
      for item in objects:filter{ n__lte = 5 }:order_by("n"):iter{ chunk = 2 } do
        item:save()
      end
    end)
    assert.equal(TOTAL, objects:count())
  end)

  it("each stops when told to and closes at once", function()
    local n = objects:order_by("n"):each(function(item) return item.n < 10 end, { chunk = 3 })
    assert.equal(10, n)
    db.nothing_left_open()
  end)

  it("each closes when its function fails", function()
    assert.equal("mine", db.error_of(function() objects:each(function() error("mine", 0) end, { chunk = 3 }) end))
    db.nothing_left_open()
  end)

  it("left by break give their connection back", function()
    for item in objects:iter{ chunk = 3 } do
      if item then break end
    end
    if not rawget(_G, "jit") then db.nothing_left_open() end
    collectgarbage()
    collectgarbage()
    assert.equal(TOTAL, objects:count())
  end)

  it("left by break end with their task and transaction", function()
    ryx.run(function()
      for item in objects:iter{ chunk = 3 } do
        if item then break end
      end
    end)
    db.nothing_left_open()
    ryx.transaction(function()
      for item in objects:iter{ chunk = 3 } do
        if item then break end
      end
    end)
    db.nothing_left_open()
  end)

  it("given up without being collected never use up the pool", function()
    ryx.setup{ default = { url = db.url, max_connections = 3, acquire_timeout = 5 } }
    for _ = 1, 12 do
      local step, stream = objects:iter{ chunk = 5 }
      step(stream)
    end
    assert.is_true(objects:count() > 0)
    collectgarbage()
    collectgarbage()
    ryx.setup(db.url)
  end)

  -- How often fn has everything collected.
  local function collections(fn)
    local collect, n = collectgarbage, 0
    rawset(_G, "collectgarbage", function(what, ...)
      if what == nil or what == "collect" then n = n + 1 end
      return collect(what, ...)
    end)
    local ok, err = pcall(fn)
    rawset(_G, "collectgarbage", collect)
    if not ok then error(err, 0) end
    return n
  end

  it("that are open cost the statements beside them no collection", function()
    ryx.setup{ default = { url = db.url, max_connections = 3 } }
    local step, stream = objects:iter{ chunk = 5 }
    assert.truthy(step(stream))
    assert.equal(0, collections(function()
      for _ = 1, 500 do objects:filter{ n = 1 }:update{ n = 1 } end
      ryx.run(function()
        for _ = 1, 10 do
          ryx.spawn(function()
            for _ = 1, 50 do objects:filter{ n = 1 }:count() end
          end)
        end
      end)
    end))
    stream:close()
    ryx.setup(db.url)
  end)

  it("forgotten with the last connection are collected for the one who waits", function()
    -- A stream never has the only writer.
    local max = db.needs "several writers" and 1 or 2
    ryx.setup{ default = { url = db.url, max_connections = max, acquire_timeout = 5 } }
    local function forget()
      local step, stream = objects:iter{ chunk = 5 }
      step(stream)
    end
    forget()
    assert.equal(1, collections(function() assert.equal(TOTAL, objects:count()) end))
    ryx.setup(db.url)
  end)

  it("nest, inside a transaction too", function()
    local function pairs_of_rows()
      local n = 0
      for _ in objects:filter{ n__lte = 12 }:iter{ chunk = 5 } do
        for _ in objects:filter{ n__lte = 12 }:iter{ chunk = 5 } do n = n + 1 end
      end
      return n
    end
    local n = objects:filter{ n__lte = 12 }:count()
    assert.equal(n * n, pairs_of_rows())
    assert.equal(n * n, ryx.transaction(pairs_of_rows))
  end)

  it("refuse what each cannot call", function()
    assert.equal("misuse", db.error_of(objects.each, objects, 5).kind)
  end)

  it("refuse a chunk that is none", function()
    assert.equal("misuse", db.error_of(objects.iter, objects, { chunk = 0 }).kind)
    assert.truthy(tostring(db.error_of(objects.iter, objects, { chunks = 5 })):find('did you mean "chunk"', 1, true))
  end)
end)
