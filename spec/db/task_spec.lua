-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("TaskItem", { n = ryx.IntField{} })
local objects = Item.objects

describe("tasks", function()
  db.use(ryx, { Item })
  setup(function() for i = 1, 20 do objects:create{ n = i } end end)

  it("run returns the function's values after all tasks ended", function()
    local ended = 0
    local a, b = ryx.run(function()
      ryx.spawn(function()
        ryx.sleep(0.02)
        ended = ended + 1
      end)
      return objects:count(), "x"
    end)
    assert.same({ 20, "x", 1 }, { a, b, ended })
  end)

  it("gather gives first values in order", function()
    ryx.run(function()
      local a, b, c = ryx.gather(
        function() ryx.sleep(0.02) return objects:get{ n = 1 }.n end,
        function() return nil end,
        function() return objects:count(), "second" end)
      assert.same({ 1, nil, 20 }, { a, b, c })
    end)
  end)

  it("gather of a list limits how many run", function()
    local running, most, fns = 0, 0, {}
    for i = 1, 10 do
      fns[i] = function()
        running = running + 1
        most = math.max(most, running)
        ryx.sleep(0.005)
        running = running - 1
        if i ~= 3 then return objects:get{ n = i }.n end
      end
    end
    local got = ryx.gather(fns, { limit = 4 })
    assert.equal(4, most)
    assert.equal(10, got[10])
    assert.equal(ryx.null, got[3])
  end)

  it("gather cancels the rest at the first error", function()
    local went_on = false
    local e = db.error_of(ryx.run, function()
      ryx.gather(function()
        ryx.sleep(5)
        went_on = true
      end, function()
        ryx.sleep(0.01)
        error("mine", 0)
      end)
    end)
    assert.equal("mine", e)
    assert.is_false(went_on)
  end)

  it("run raises the error of a task nobody waits for", function()
    assert.equal("lost", db.error_of(ryx.run, function()
      ryx.spawn(function() error("lost", 0) end)
    end))
  end)

  it("join returns values or raises", function()
    ryx.run(function()
      assert.same({ 1, 2 }, { ryx.spawn(function() return 1, 2 end):join() })
      local task = ryx.spawn(function() error("mine", 0) end)
      assert.equal("mine", db.error_of(task.join, task))
    end)
  end)

  it("cancelled ones raise at their wait", function()
    ryx.run(function()
      local seen
      local task = ryx.spawn(function()
        local ok, e = pcall(ryx.raw_fetch, db.slow_sql)
        seen = not ok and e.kind
      end)
      ryx.sleep(0.05)
      task:cancel()
      task:join()
      assert.equal("cancelled", seen)
    end)
    assert.equal(20, objects:count())
  end)

  it("timeout stops a query, inside run and outside", function()
    local function slow() ryx.raw_fetch(db.slow_sql) end
    assert.equal("timeout", db.error_of(ryx.timeout, 0.1, slow).kind)
    ryx.run(function()
      local e = db.error_of(ryx.timeout, 0.1, slow)
      assert.is_true(e:is(ryx.TimeoutError))
      assert.equal(20, objects:count())
    end)
    assert.same({ 1, 2 }, { ryx.timeout(5, function() return 1, 2 end) })
    assert.equal("misuse", db.error_of(ryx.timeout, -1, slow).kind)
  end)

  it("timeout stops a sleep", function()
    local e = db.error_of(ryx.timeout, 0.02, function() ryx.sleep(10) end)
    assert.equal("timeout", e.kind)
  end)

  it("spawn outside run says that nothing would run it", function()
    assert.truthy(tostring(db.error_of(ryx.spawn, print)):find("ryx.run", 1, true))
  end)

  it("generators query inside and outside tasks", function()
    local function numbers()
      return coroutine.wrap(function()
        for i = 1, 3 do coroutine.yield(objects:get{ n = i }.n) end
      end)
    end
    local function sum(generator)
      local total = 0
      for n in generator do total = total + n end
      return total
    end
    assert.equal(6, sum(numbers()))
    ryx.run(function()
      local other = ryx.spawn(function() return sum(numbers()) end)
      assert.equal(6, sum(numbers()))
      assert.equal(6, other:join())
      assert.equal(6, sum(ryx.wrap(function() for i = 1, 3 do coroutine.yield(objects:get{ n = i }.n) end end)))
    end)
  end)

  it("are left for later with enqueue", function()
    local seen = {}
    ryx.enqueue(function(n) seen[#seen + 1] = objects:get{ n = n }.n end, 4)
    assert.same({ 4 }, seen) -- nothing would run it later here
    ryx.run(function()
      ryx.enqueue(function() seen[#seen + 1] = objects:get{ n = 5 }.n end)
      assert.same({ 4 }, seen)
    end)
    assert.same({ 4, 5 }, seen)
    local err = db.error_of(ryx.enqueue, "no function")
    assert.equal("misuse", err.kind)
  end)

  it("errors name a line of the caller's, in tail calls and timeouts too", function()
    local missing = function() return objects:get{ n = -1 } end
    assert.truthy(db.error_of(ryx.run, missing).where:find("task_spec.lua:%d+$"))
    assert.truthy(db.error_of(ryx.gather, missing).where:find("task_spec.lua:%d+$"))
    assert.truthy(db.error_of(ryx.timeout, 5, missing).where:find("task_spec.lua:%d+$"))
    assert.truthy(db.error_of(function() ryx.timeout(0.01, ryx.sleep, 5) end).where:find("task_spec.lua:%d+$"))
  end)

  it("refuse what cannot be called and times that are none", function()
    for _, name in ipairs{ "run", "spawn", "gather", "wrap", "enqueue" } do
      local e = db.error_of(ryx.run, function() ryx[name](5) end)
      assert.truthy(tostring(e):find("ryx." .. name .. " takes a function, not 5", 1, true))
    end
    assert.equal("misuse", db.error_of(ryx.gather, function() end, nil, function() end).kind)
    assert.equal("misuse", db.error_of(ryx.gather, { function() end }, { limit = 0 }).kind)
    assert.equal("misuse", db.error_of(ryx.timeout, 1).kind)
    for _, seconds in ipairs{ -1, 0 / 0, math.huge, "x" } do
      assert.equal("misuse", db.error_of(ryx.sleep, seconds).kind)
      assert.equal("misuse", db.error_of(ryx.timeout, seconds, print).kind)
    end
  end)

  it("run many at once", function()
    ryx.run(function()
      local fns = {}
      for i = 1, 200 do fns[i] = function() return objects:get{ n = i % 20 + 1 }.n end end
      local got = ryx.gather(fns)
      for i = 1, 200 do assert.equal(i % 20 + 1, got[i]) end
    end)
  end)
end)
