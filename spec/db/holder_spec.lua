-- SPDX-License-Identifier: MIT
-- err.holder: who keeps the connections that another one waits for in vain.
local ryx = require "ryx"
local compat = require "ryx.compat"
local db = require "support.db"

local Item = ryx.model("HolderItem", { n = ryx.IntField{} })
local objects = Item.objects

-- All connections are open: dialling may take as long as the waits here.
local function setup_with(n)
  ryx.setup{ default = { url = db.url, max_connections = n, acquire_timeout = 0.15 } }
  local function open() pcall(ryx.transaction, function() ryx.sleep(0.05) end) end
  for _ = 1, 100 do
    if ryx.pool_stats("default").size == n then return end
    ryx.run(function() ryx.gather(open, n > 1 and open or function() end) end)
  end
end

-- What a second task raises, which wants a connection while `hold` runs.
local function refused_beside(hold)
  local err
  ryx.run(function()
    local holder = ryx.spawn(hold)
    ryx.sleep(0.03)
    err = db.error_of(objects.count, objects)
    holder:cancel()
    pcall(holder.join, holder)
  end)
  return err
end

local function hold_a_transaction() ryx.transaction(function() ryx.sleep(0.6) end) end
local function hold_by_a_statement() ryx.raw_fetch(db.slow_sql) end
local function hold_a_stream()
  for _ in objects:iter{ chunk = 1 } do ryx.sleep(0.6) end
end

describe("the holder of a connection", function()
  db.use(ryx, { Item })
  setup(function() for i = 1, 5 do objects:create{ n = i } end end)
  after_each(function() ryx.setup(db.url) end)

  for name, hold in pairs{
    hold_a_transaction = hold_a_transaction, hold_by_a_statement = hold_by_a_statement,
    hold_a_stream = db.needs "several writers" and hold_a_stream or nil,
  } do
    it("is named by its stack: " .. name, function()
      setup_with(1)
      local err = refused_beside(hold)
      assert.equal("timeout", err.kind)
      assert.truthy(err.holder:find("holder_spec.lua:%d+"), err.holder)
      assert.truthy(err.holder:find(name, 1, true)
        or err.holder:find("holder_spec.lua:" .. debug.getinfo(hold, "S").linedefined, 1, true), err.holder)
    end)
  end

  if db.needs "several writers" then
    it("is the one that has it longest", function()
      setup_with(2)
      ryx.run(function()
        local function second() ryx.transaction(function() ryx.sleep(0.6) end) end
        local a = ryx.spawn(hold_a_transaction)
        ryx.sleep(0.02)
        local b = ryx.spawn(second)
        ryx.sleep(0.02)
        local c = ryx.spawn(objects.count, objects) -- waits as well
        local err = db.error_of(objects.count, objects)
        assert.truthy(err.holder:find("hold_a_transaction", 1, true)
          or err.holder:find(":" .. debug.getinfo(hold_a_transaction, "S").linedefined .. ">", 1, true), err.holder)
        for _, task in ipairs{ a, b, c } do
          task:cancel()
          pcall(task.join, task)
        end
      end)
    end)
  end

  it("may be the one that waits for who is refused", function()
    setup_with(1)
    local err
    local line = debug.getinfo(1, "l").currentline + 1
    ryx.transaction(function()
      err = db.error_of(ryx.gather, function() return objects:count() end)
    end)
    assert.equal("timeout", err.kind)
    assert.truthy(err.holder:find("holder_spec.lua:" .. line, 1, true)
      or err.holder:find("holder_spec.lua:" .. line + 1, 1, true), err.holder)
  end)

  it("is of an acquire timeout only", function()
    setup_with(1)
    local err = db.error_of(ryx.timeout, 0.05, ryx.raw_fetch, db.slow_sql)
    assert.is_nil(err.holder)
    ryx.run(function()
      local holder = ryx.spawn(hold_a_transaction)
      ryx.sleep(0.02)
      local late = db.error_of(ryx.timeout, 0.05, objects.count, objects)
      assert.equal("timed out after 0.05 s", late.message)
      holder:cancel()
      pcall(holder.join, holder)
    end)
  end)

  it("keeps nobody from being collected", function()
    local undo = ryx.on_error(function() end)
    local co = coroutine.create(function() ryx.transaction(function() coroutine.yield() end) end)
    assert(coroutine.resume(co))
    local seen = setmetatable({ co }, { __mode = "v" })
    co = nil
    for _ = 1, 3 do collectgarbage() end
    assert.is_nil(seen[1])
    assert.equal(5, objects:count())
    undo()
    assert.truthy(compat.is_54 ~= nil)
  end)
end)
