-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("LockItem", { name = ryx.CharField{ max_length = 20 } })
local objects = Item.objects

local function lock(name, fn, options) return ryx.advisory_lock(name, fn or function() return "got" end, options) end

local function is_free(name) return (pcall(lock, name, nil, { wait = 0 })) end

-- Soon: what is ended in the background may take a moment.
local function becomes_free(name)
  return lock(name, nil, { wait = 2 }) == "got"
end

-- Runs fn(give_back) while other tasks hold locks, one each, until it ends or calls that.
local function beside(names, fn)
  local n_inside, is_over = 0, false
  local function hold()
    n_inside = n_inside + 1
    while not is_over do ryx.sleep(0.005) end
  end
  local function give_back() is_over = true end
  ryx.run(function()
    local tasks = {}
    for i, name in ipairs(names) do tasks[i] = ryx.spawn(lock, name, hold) end
    while n_inside < #names do ryx.sleep(0.005) end
    local ok, err = pcall(fn, give_back)
    give_back()
    for _, task in ipairs(tasks) do task:join() end
    if not ok then error(err, 0) end
  end)
end

-- What a try raises meanwhile.
local function error_beside(names, name, options)
  local e
  beside(names, function()
    e = db.error_of(function() lock(name, nil, options) end)
  end)
  return e
end

-- How many are inside at once, at most, when n tasks run fn(inside).
local function most_inside(n, fn)
  local now, most = 0, 0
  local function inside()
    now = now + 1
    most = math.max(most, now)
    ryx.sleep(0.01)
    now = now - 1
  end
  local tasks = {}
  for i = 1, n do tasks[i] = function() fn(inside, i) end end
  ryx.run(function() ryx.gather(tasks) end)
  return most
end

describe("advisory locks", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("give what their function gives", function()
    local n = select("#", lock("a", function() return 1, nil, 3, nil end))
    local a, b, c = lock("a", function() return 1, nil, 3 end, { wait = 0 })
    assert.same({ 4, 1, nil, 3 }, { n, a, b, c })
    assert.equal(0, select("#", lock("a", function() end, { alias = "default" })))
  end)

  it("let one in at a time", function()
    assert.equal(1, most_inside(8, function(inside) lock("a", inside) end))
  end)

  if db.needs "snapshots of sessions" then
    it("keep no rows of the past", function()
      lock("a", function()
        assert.same({}, ryx.raw_fetch("SELECT pid FROM pg_stat_activity WHERE backend_xmin IS NOT NULL "
          .. "AND state = 'idle in transaction' AND datname = current_database()"))
      end)
    end)
  end

  it("of two names do not meet", function()
    local n = 0
    local function meet()
      n = n + 1
      while n < 2 do ryx.sleep(0.01) end
    end
    ryx.run(function()
      ryx.timeout(5, ryx.gather, function() lock("a", meet) end, function() lock("b", meet) end)
    end)
  end)

  it("have names of any text", function()
    for _, name in ipairs{ "a", "A", " a", "a ", "nächtlich 🙂", "it's", "a\nb", "?", ("x"):rep(5000) } do
      lock(name, function()
        local free, other
        ryx.run(function() ryx.spawn(function() free, other = is_free(name), is_free(name .. ".") end):join() end)
        assert.same({ false, true }, { free, other }, name)
      end)
    end
  end)

  it("time out with the name and the seconds", function()
    local e = error_beside({ "nightly" }, "nightly", { wait = 0.05 })
    assert.equal("timeout", e.kind)
    assert.truthy(e.where:find("advisory_lock_spec.lua:%d+"))
    assert.equal('the advisory lock "nightly" was not free within 0.05 s', e.message)
    e = error_beside({ "nightly" }, "nightly", { wait = 0 })
    assert.truthy(e:is(ryx.TimeoutError))
    assert.truthy(tostring(e):find('"nightly" was not free within 0 s', 1, true))
  end)

  it("wait for as long as it takes, or until a deadline", function()
    local got
    beside({ "a" }, function(give_back)
      local e = db.error_of(ryx.timeout, 0.05, lock, "a")
      assert.equal("timed out after 0.05 s", e.message)
      local waiter = ryx.spawn(lock, "a")
      ryx.sleep(0.05)
      give_back()
      got = waiter:join()
    end)
    assert.equal("got", got)
  end)

  it("are given back after an error, which goes on unchanged", function()
    local mine = {}
    assert.equal(mine, db.error_of(lock, "a", function() error(mine) end))
    assert.is_true(is_free("a"))
    local e = db.error_of(lock, "a", function() ryx.raw_fetch("SELECT nonsense") end)
    assert.equal("operational", e.kind)
    assert.is_true(is_free("a"))
  end)

  it("are given back by a task that is cancelled", function()
    ryx.run(function()
      local inside
      local task = ryx.spawn(function()
        lock("a", function()
          inside = true
          ryx.sleep(5)
        end)
      end)
      while not inside do ryx.sleep(0.01) end
      assert.is_false(is_free("a"))
      task:cancel()
      pcall(task.join, task)
      assert.is_true(is_free("a"))
      local waiter = ryx.spawn(function() lock("b") end)
      lock("b", function()
        ryx.sleep(0.05)
        waiter:cancel()
        pcall(waiter.join, waiter)
      end)
    end)
    assert.is_true(is_free("b"))
  end)

  it("are given back at a deadline", function()
    local e = db.error_of(ryx.timeout, 0.1, lock, "a", function() ryx.raw_fetch(db.slow_sql) end)
    assert.equal("timed out after 0.1 s", e.message)
    assert.is_true(becomes_free("a"))
    assert.equal("late", ryx.timeout(0.05, lock, "a", function()
      local limit = os.clock() + 0.1
      repeat until os.clock() > limit
      return "late"
    end))
    assert.is_true(becomes_free("a"))
  end)

  it("leave statements as they are, in a transaction and outside of one", function()
    lock("a", function() objects:create{ name = "one" } end)
    assert.equal(1, objects:count())
    pcall(ryx.transaction, function()
      lock("a", function()
        objects:create{ name = "two" }
        assert.equal(2, objects:count())
      end)
      assert.is_true(is_free("a"))
      error("no")
    end)
    assert.equal(1, objects:count())
    lock("a", function()
      pcall(ryx.transaction, function()
        objects:create{ name = "two" }
        error("no")
      end)
      pcall(ryx.raw_execute, "INSERT INTO nowhere VALUES (1)")
      objects:create{ name = "three" }
    end)
    assert.equal(2, objects:count())
    assert.is_true(is_free("a"))
  end)

  it("are not asked for twice by one task", function()
    local e = db.error_of(lock, "a", function() lock("a") end)
    assert.equal("misuse", e.kind)
    assert.truthy(tostring(e):find('advisory_lock: "a" is held by this task already', 1, true))
    assert.equal("got", lock("a", function() return lock("b") end))
    local generate = coroutine.wrap(function() lock("a", coroutine.yield) end)
    generate()
    assert.equal("misuse", db.error_of(lock, "a").kind)
    generate()
    assert.is_true(is_free("a"))
  end)

  it("are not waited for by a task that their holder waits for", function()
    ryx.run(function()
      lock("a", function()
        local e = db.error_of(ryx.gather, function() lock("a") end)
        assert.truthy(tostring(e):find('"a" is held by a task that waits for this one', 1, true))
        local task = ryx.spawn(function() ryx.gather(function() lock("a") end) end)
        assert.equal("misuse", db.error_of(task.join, task).kind)
        local later = ryx.spawn(function() return lock("a") end)
        ryx.sleep(0.05)
        assert.equal("misuse", db.error_of(later.join, later).kind)
      end)
      -- One that is not waited for has it afterwards.
      local later = lock("a", function()
        local task = ryx.spawn(function() return lock("a") end)
        ryx.sleep(0.05)
        return task
      end)
      assert.equal("got", later:join())
    end)
  end)

  it("stay while their coroutine is suspended, and go with it", function()
    local told = {}
    local undo = ryx.on_error(function(err) told[#told + 1] = tostring(err) end)
    local generate = coroutine.wrap(function()
      lock("a", function()
        coroutine.yield(objects:count())
        coroutine.yield(objects:count() + 1)
      end)
      return "end"
    end)
    assert.equal(0, generate())
    objects:create{ name = "meanwhile" }
    local free
    ryx.run(function() ryx.spawn(function() free = is_free("a") end):join() end)
    assert.is_false(free)
    assert.same({ 2, "end" }, { generate(), generate() })
    assert.is_true(is_free("a"))
    ryx.run(function()
      coroutine.wrap(function() lock("a", coroutine.yield) end)()
    end)
    assert.is_true(becomes_free("a"))
    coroutine.wrap(function() lock("b", coroutine.yield) end)()
    collectgarbage()
    collectgarbage()
    assert.is_true(becomes_free("b"))
    objects:count() -- what the collector found is told with the next statement
    undo()
    assert.equal(2, #told)
    for i, name in ipairs{ "a", "b" } do
      local text = ('advisory_lock_spec.lua:%%d+: the advisory lock "%s" was left by a coroutine'):format(name)
      assert.truthy(told[i]:find(text), told[i])
    end
  end)

  it("refuse what means nothing", function()
    for _, name in ipairs{ "", "a\0b", "\255", 5, {} } do
      local e = db.error_of(ryx.advisory_lock, name, print)
      assert.equal("misuse", e.kind)
      assert.truthy(tostring(e):find("advisory_lock", 1, true))
    end
    assert.equal("misuse", db.error_of(ryx.advisory_lock, "a").kind)
    for _, options in ipairs{ { wait = -1 }, { wait = "5" }, { wait = 0 / 0 }, { alias = "nowhere" }, 5 } do
      assert.equal("misuse", db.error_of(ryx.advisory_lock, "a", print, options).kind)
    end
    local e = db.error_of(ryx.advisory_lock, "a", print, { wiat = 1 })
    assert.truthy(tostring(e):find('advisory_lock: unknown option "wiat" (did you mean "wait"?)', 1, true))
  end)
end)

describe("advisory locks and connections", function()
  db.use(ryx, { Item })
  after_each(function() ryx.setup(db.url) end)

  local function connections(n) ryx.setup{ default = { url = db.url, max_connections = n, acquire_timeout = 3 } } end

  if db.needs "server processes" then
    it("need two", function()
      connections(1)
      local e = db.error_of(lock, "a")
      assert.equal("misuse", e.kind)
      assert.truthy(tostring(e):find("max_connections = 1", 1, true))
      assert.equal("misuse", db.error_of(ryx.transaction, function() lock("a") end).kind)
      connections(2)
      assert.equal(0, lock("a", function() return objects:count() end))
      assert.equal(0, ryx.transaction(function() return lock("a", function() return objects:count() end) end))
      e = db.error_of(lock, "a", function() lock("b") end)
      assert.truthy(tostring(e):find('max_connections = 2 none is left for what that of "b" does', 1, true))
    end)

    it("leave one for what their functions do, however many they are", function()
      connections(3)
      local most = most_inside(12, function(inside, i)
        lock("name " .. i, function()
          inside()
          objects:count()
          ryx.transaction(function() objects:count() end)
        end)
      end)
      assert.is_true(most <= 2, "at once: " .. most)
      local e = error_beside({ "a", "b" }, "c", { wait = 0.01 })
      assert.equal("timeout", e.kind)
      assert.truthy(tostring(e):find('no connection was free for the advisory lock "c" within 0.01 s', 1, true))
    end)
  else
    it("need none of their own", function()
      connections(1)
      assert.equal(0, lock("a", function() return objects:count() end))
      ryx.transaction(function()
        lock("a", function()
          lock("b", function() objects:create{ name = "x" } end)
        end)
      end)
      assert.equal(1, lock("a", function() return objects:count() end))
      objects:delete_all()
    end)
  end

  it("in memory are the process's", function()
    ryx.setup{ default = "sqlite::memory:", other = "sqlite::memory:" }
    assert.equal("got", lock("a"))
    lock("a", function()
      assert.is_true(is_free("b"))
      local e = db.error_of(lock, "a", nil, { wait = 0, alias = "other" })
      assert.equal("timeout", e.kind)
    end)
    assert.equal(1, most_inside(4, function(inside) lock("a", inside) end))
  end)
end)
