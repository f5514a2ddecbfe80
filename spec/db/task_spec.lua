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

  -- Calls fn from inside a call of C, where a coroutine cannot yield.
  local from_c = {
    ["table.sort"] = function(fn)
      table.sort({ 2, 1 }, function(a, b)
        fn()
        return a < b
      end)
    end,
    ["string.gsub"] = function(fn) return (("x"):gsub("x", function() fn() end)) end,
    ["__tostring"] = function(fn)
      return tostring(setmetatable({}, { __tostring = function()
        fn()
        return ""
      end }))
    end,
    ["a message handler"] = function(fn) xpcall(error, fn) end,
    ["require"] = function(fn)
      package.preload["ryx_spec_module"] = fn
      require "ryx_spec_module"
      package.preload["ryx_spec_module"], package.loaded["ryx_spec_module"] = nil, nil
    end,
  }

  for name, call in pairs(from_c) do
    it("wait where they cannot yield: " .. name, function()
      ryx.run(function()
        local seen, ticks, stop = {}, 0, false
        ryx.spawn(function()
          while not stop do
            ticks = ticks + 1
            ryx.sleep(0.001)
          end
        end)
        call(function()
          seen[1] = objects:get{ n = 7 }.n
          ryx.sleep(0.01)
          seen[2] = ryx.spawn(function() return objects:get{ n = 8 }.n end):join()
          seen[3] = ryx.gather(function() return objects:get{ n = 9 }.n end)
          seen[4] = db.error_of(ryx.timeout, 0.05, ryx.raw_fetch, db.slow_sql).kind
        end)
        stop = true
        assert.same({ 7, 8, 9, "timeout" }, seen)
        assert.is_true(ticks > 1)
        assert.equal(20, objects:count())
      end)
    end)

    it("fail as anywhere, where they cannot yield: " .. name, function()
      ryx.run(function()
        local seen = {}
        -- Nothing was caught in fn before: each is the first.
        local firsts = {
          function() return ryx.timeout(0.01, ryx.sleep, 5) end,
          function() return ryx.transaction(function() objects:get{ n = 1000 } end) end,
          function() return ryx.gather(function() return objects:get{ n = 1000 } end) end,
          function() return ryx.spawn(function() return objects:get{ n = 1000 } end):join() end,
        }
        for i, first in ipairs(firsts) do
          call(function() seen[i] = db.error_of(first).kind end)
        end
        assert.same({ "timeout", "does_not_exist", "does_not_exist", "does_not_exist" }, seen)
      end)
    end)

    it("undo a yield that fails, where Lua cannot say that it will: " .. name, function()
      local compat = require "ryx.compat"
      local yieldable = compat.yieldable
      compat.yieldable = function() return compat.running() ~= nil end
      local ok, err = pcall(ryx.run, function()
        local generate = ryx.wrap(function()
          for i = 1, 50 do coroutine.yield(objects:get{ n = i % 20 + 1 }.n) end
        end)
        call(function()
          assert.equal(7, objects:get{ n = 7 }.n)
          assert.is_true(generate() > 1)
          ryx.sleep(0.001)
          assert.equal(8, ryx.spawn(function() return objects:get{ n = 8 }.n end):join())
        end)
        assert.equal(20, objects:count())
      end)
      compat.yieldable = yieldable
      if not ok then error(err, 0) end
    end)

    it("wait there inside a generator of ryx.wrap: " .. name, function()
      ryx.run(function()
        local calls, seen = 0, {}
        local generate = ryx.wrap(function()
          for i = 1, 50 do coroutine.yield(objects:get{ n = i % 20 + 1 }.n) end
        end)
        call(function()
          calls = calls + 1
          seen[calls] = generate()
        end)
        for i, n in ipairs(seen) do assert.equal(i % 20 + 1, n) end
        assert.equal((calls + 1) % 20 + 1, generate())
        assert.equal(20, objects:count())
      end)
    end)
  end

  it("raise what was raised, false and nil too", function()
    for _, value in ipairs{ { false }, { nil }, { {} }, { "text" } } do
      local function fail() error(value[1], 0) end
      ryx.run(function()
        for _, run in ipairs{ ryx.gather, function(f) ryx.gather({ f }) end,
          function(f) ryx.spawn(f):join() end, function(f) ryx.timeout(5, f) end } do
          local ok, e = pcall(run, fail)
          assert.is_false(ok)
          assert.equal(value[1], e)
        end
      end)
      local ok, e = pcall(ryx.run, fail)
      assert.is_false(ok)
      assert.equal(value[1], e)
    end
  end)

  it("nobody waits for are reported outside run, and raised by run", function()
    local seen = {}
    local undo = ryx.on_error(function(err, trace) seen[#seen + 1] = { err = err, trace = trace } end)
    ryx.gather(function()
      ryx.spawn(function() error("plain", 0) end)
      ryx.spawn(function() objects:get{ n = -1 } end)
      ryx.sleep(0.02)
    end)
    local raised = db.error_of(ryx.run, function()
      ryx.spawn(function() error("raised", 0) end)
    end)
    undo()
    assert.equal("raised", raised)
    assert.equal(2, #seen)
    assert.equal("plain", seen[1].err)
    assert.equal("does_not_exist", seen[2].err.kind)
    for _, e in ipairs(seen) do assert.truthy(e.trace:find("task_spec.lua:%d+")) end
  end)

  it("joined after they failed are not raised by run again", function()
    ryx.run(function()
      local task = ryx.spawn(function() error("mine", 0) end)
      ryx.sleep(0.01)
      assert.equal("mine", db.error_of(task.join, task))
    end)
  end)

  it("are reported by default as a block on stderr", function()
    local report = require "ryx.host.report"
    local write, lines = report.write, {}
    report.write = function(text) lines[#lines + 1] = text end
    ryx.gather(function()
      ryx.spawn(function() error("mine", 0) end)
      ryx.sleep(0.01)
    end)
    report.write = write
    assert.equal(1, #lines)
    assert.truthy(lines[1]:find("^ryx: mine\nstack traceback:\n.*task_spec.lua:%d+"))
  end)

  it("report with a handler that fails itself", function()
    local report = require "ryx.host.report"
    local write, lines = report.write, {}
    report.write = function(text) lines[#lines + 1] = text end
    local undo = ryx.on_error(function() error("handler", 0) end)
    ryx.gather(function()
      ryx.spawn(function() error("mine", 0) end)
      ryx.sleep(0.01)
    end)
    undo()
    report.write = write
    assert.truthy(table.concat(lines, "\n"):find("mine.*handler of ryx.on_error failed: handler"))
    assert.equal("misuse", db.error_of(ryx.on_error, 5).kind)
  end)

  it("give their errors a traceback", function()
    local function missing()
      local found = objects:get{ n = -1 }
      return found
    end
    assert.truthy(db.error_of(ryx.run, missing).trace:find("task_spec.lua:%d+"))
    assert.truthy(db.error_of(ryx.gather, missing).trace:find("task_spec.lua:%d+"))
    assert.truthy(db.error_of(ryx.transaction, missing).trace:find("task_spec.lua:%d+"))
  end)

  describe("with a deadline", function()
    local function clock() return require("ryx.core").clock() end

    it("have each statement end at it, in the engine", function()
      local core = require "ryx.core"
      local passed = {}
      local send = core.send
      core.send = function(e, a, plan, tx, ms, ...)
        passed[#passed + 1] = ms
        return send(e, a, plan, tx, ms, ...)
      end
      ryx.timeout(5, function()
        objects:count()
        ryx.timeout(60, function() objects:count() end)
        ryx.timeout(1, function() ryx.gather(function() objects:count() end) end)
      end)
      objects:count()
      core.send = send
      assert.is_true(passed[1] > 4000 and passed[1] <= 5000)
      assert.is_true(passed[2] > 4000 and passed[2] <= 5000)
      assert.is_true(passed[3] > 500 and passed[3] <= 1000)
      assert.equal(-1, passed[4])
    end)

    it("of nested ones raise the earlier", function()
      for _, run in ipairs{ ryx.run, function(f) f() end } do
        run(function()
          local e = db.error_of(ryx.timeout, 0.05, ryx.timeout, 5, ryx.raw_fetch, db.slow_sql)
          assert.equal("timed out after 0.05 s", e.message)
          local outer = ryx.timeout(5, function()
            return db.error_of(ryx.timeout, 0.05, ryx.raw_fetch, db.slow_sql)
          end)
          assert.equal("timed out after 0.05 s", outer.message)
          assert.equal(20, objects:count())
        end)
      end
    end)

    it("end sleeps, joins, gathers and transactions", function()
      local function slow() ryx.raw_fetch(db.slow_sql) end
      local waits = {
        function() ryx.sleep(20) end,
        function() ryx.gather(slow, slow) end,
        function() ryx.gather({ slow, slow, slow }, { limit = 2 }) end,
        function() ryx.transaction(slow) end,
        function() ryx.transaction(function() pcall(ryx.transaction, slow) objects:count() end) end,
        function() ryx.run(slow) end,
        function()
          local task = ryx.gather(function() return ryx.spawn(ryx.sleep, 20) end)
          local ok, err = pcall(task.join, task)
          task:cancel()
          if not ok then error(err, 0) end
        end,
      }
      for _, run in ipairs{ ryx.run, function(f) f() end } do
        run(function()
          for i, wait in ipairs(waits) do
            local began = clock()
            local e = db.error_of(ryx.timeout, 0.1, wait)
            assert.equal("timed out after 0.1 s", e.message, i)
            assert.is_true(clock() - began < 1.1, i)
          end
          assert.equal(20, objects:count())
        end)
      end
    end)

    it("that has passed send nothing more", function()
      local sent = {}
      local e = db.error_of(ryx.timeout, 0.001, function()
        local began = clock()
        while clock() - began < 0.01 do end
        sent = db.sql_of(ryx, function() pcall(objects.count, objects) end)
        objects:count()
      end)
      assert.equal("timeout", e.kind)
      assert.same({}, sent)
    end)
  end)

  if not db.needs "several writers" then
    it("are refused what the one that begins to join them holds", function()
      local e = db.error_of(ryx.run, function()
        ryx.transaction(function()
          objects:filter{ n = 1 }:update{ n = 1 }
          local task = ryx.spawn(function() objects:filter{ n = 2 }:update{ n = 2 } end)
          ryx.sleep(0.02)
          task:join()
        end)
      end)
      assert.truthy(tostring(e):find(":using(tx)", 1, true))
    end)
  end
end)
