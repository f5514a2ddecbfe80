-- SPDX-License-Identifier: MIT
-- What belongs to one task or coroutine ends with it: transactions of abandoned
-- coroutines above all.
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("ScopeItem", { name = ryx.CharField{ max_length = 30 } })
local objects = Item.objects

local function add(name) return objects:create{ name = name } end

local function names()
  local out = {}
  for i, item in ipairs(objects:order_by("name"):all()) do out[i] = item.name end
  return table.concat(out, " ")
end

-- What is reported while fn runs.
local function reports(fn)
  local list = {}
  local undo = ryx.on_error(function(err, trace) list[#list + 1] = { err = err, trace = trace } end)
  local ok, err = pcall(fn)
  undo()
  if not ok then error(err, 0) end
  return list
end

-- A generator that leaves a transaction with a row in it; its kinds.
local function open_and_yield()
  ryx.transaction(function()
    add "lost"
    coroutine.yield(1)
  end)
end
local kinds = {
  ["coroutine.wrap"] = function() return coroutine.wrap(open_and_yield) end,
  ["ryx.wrap"] = function() return ryx.wrap(open_and_yield) end,
}
local contexts = {
  ["the main chunk"] = function(fn) fn() end,
  ["ryx.run"] = function(fn) ryx.run(fn) end,
  ["a spawned task"] = function(fn) ryx.run(function() ryx.spawn(fn):join() end) end,
}

describe("a transaction in a coroutine that is left", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  for where, run in pairs(contexts) do
    for kind, make in pairs(kinds) do
      it(("is rolled back at the next statement: %s in %s"):format(kind, where), function()
        local list = reports(function()
          run(function()
            local generate = make()
            generate()
            add "kept"
            assert.equal("kept", names())
            assert.equal("misuse", db.error_of(generate).kind)
          end)
        end)
        assert.equal("kept", names())
        assert.equal(1, #list)
        assert.truthy(tostring(list[1].err):find("left open", 1, true))
        assert.truthy(list[1].err.where:find("scope_spec.lua:%d+$"))
        assert.truthy(list[1].trace:find("scope_spec.lua:%d+"))
      end)
    end
  end

  it("is rolled back at the end of its task", function()
    local keep
    local list = reports(function()
      ryx.run(function()
        ryx.spawn(function()
          keep = ryx.wrap(open_and_yield)
          keep()
        end):join()
        add "kept"
      end)
    end)
    assert.equal("kept", names())
    assert.equal(1, #list)
    -- Another task that goes on with the coroutine is told.
    assert.equal("misuse", db.error_of(keep).kind)
    assert.equal("kept", names())
  end)

  it("is rolled back when it was collected", function()
    local list = reports(function()
      coroutine.wrap(open_and_yield)()
      collectgarbage()
      collectgarbage()
      ryx.run(function() ryx.gather(function() add "kept" end) end)
      assert.equal("kept", names())
    end)
    assert.equal(1, #list)
    assert.truthy(list[1].trace:find("scope_spec.lua:%d+"))
  end)

  it("is watched by its host until it has ended or was collected", function()
    local host = require "ryx.host"
    local watch, n_watches = host.watch, 0
    host.watch = function()
      n_watches = n_watches + 1
      return function() n_watches = n_watches - 1 end
    end
    local ok, err = pcall(reports, function()
      coroutine.wrap(function()
        ryx.transaction(function()
          add "kept"
          assert.equal(1, n_watches)
        end)
      end)()
      assert.equal(0, n_watches)
      coroutine.wrap(open_and_yield)()
      assert.equal(1, n_watches)
      collectgarbage()
      collectgarbage()
      assert.equal(0, n_watches)
    end)
    host.watch = watch
    if not ok then error(err, 0) end
    assert.equal("kept", names())
  end)

  it("is current for nobody else while it is suspended, and goes on when it is resumed", function()
    local seen = {}
    local generate = coroutine.wrap(function()
      ryx.transaction(function()
        add "a"
        coroutine.yield()
        seen[#seen + 1] = names()
      end)
    end)
    ryx.run(function()
      generate()
      ryx.sleep(0.001)
      generate()
    end)
    assert.same({ "a" }, seen)
    assert.equal("a", names())
  end)

  it("is a savepoint that is rolled back alone", function()
    local list = reports(function()
      ryx.transaction(function()
        add "outer"
        coroutine.wrap(open_and_yield)()
        collectgarbage()
        collectgarbage()
        add "after"
      end)
      ryx.transaction(function()
        add "second"
        coroutine.wrap(open_and_yield)()
      end)
    end)
    assert.equal("after outer second", names())
    assert.equal(2, #list)
  end)

  it("is current in the coroutines that it resumes", function()
    pcall(ryx.transaction, function()
      coroutine.wrap(function()
        add "inner"
        ryx.transaction(function() coroutine.wrap(function() add "deeper" end)() end)
      end)()
      assert.equal("deeper inner", names())
      error("undo")
    end)
    assert.equal("", names())
  end)

  it("loses nothing that was acknowledged, thousands of times", function()
    local n = 1000
    local list = reports(function()
      for where, run in pairs(contexts) do
        run(function()
          for i = 1, n do
            local generate = (i % 2 == 0 and coroutine.wrap or ryx.wrap)(function()
              ryx.transaction(function()
                add "lost"
                if i % 3 == 0 then pcall(ryx.transaction, function() coroutine.yield() end) end
                coroutine.yield()
              end)
            end)
            generate()
            if i % 5 == 0 then add(where) end
            if i % 100 == 0 then collectgarbage() end
          end
        end)
      end
      assert.equal(0, objects:filter{ name = "lost" }:count())
    end)
    for where in pairs(contexts) do assert.equal(n / 5, objects:filter{ name = where }:count()) end
    assert.equal(3 * n, #list)
    collectgarbage()
    collectgarbage()
    objects:count()
    assert.equal(0, require("ryx.host.scope").n_tx)
  end)
end)

describe("a deadline in a coroutine that is left", function()
  db.use(ryx, { Item })

  it("is nobody else's", function()
    local generate = coroutine.wrap(function() ryx.timeout(0.01, coroutine.yield, 1) end)
    for _, run in pairs(contexts) do
      run(function()
        generate()
        ryx.sleep(0.02)
        assert.equal(0, objects:filter{ name = "none" }:count())
      end)
      generate = coroutine.wrap(function() ryx.timeout(0.01, coroutine.yield, 1) end)
    end
  end)

  it("is in force again when the coroutine goes on", function()
    local generate = coroutine.wrap(function()
      ryx.timeout(0.01, function()
        coroutine.yield()
        return objects:count()
      end)
    end)
    generate()
    ryx.sleep(0.02)
    assert.equal("timeout", db.error_of(generate).kind)
  end)
end)
