-- SPDX-License-Identifier: MIT
local core = require "ryx.core"
local ryx = require "ryx"
local db = require "support.db"
local external = require "ryx.host.external"
local host = require "ryx.host"

local Item = ryx.model("ExternalItem", { n = ryx.IntField{} })
local objects = Item.objects

-- A loop outside Lua, as a C host would write it.
local function drive(fn, ...)
  local e = host.engine()
  local main = external.start(e, fn, ...)
  local calls, result = {}, nil
  local function step(task, ...)
    local what, a, b = external.step(task, ...)
    if what == "call" then
      calls[#calls + 1] = a
      return step(task, true, b[1] * 2)
    end
    if what == "done" and task == main then result = { ok = a, values = b } end
  end
  step(main)
  while not result do
    local task = external.next()
    if task then
      step(task)
    else
      core.poll(e, -1)
      for slot in function() return core.next(e) end do external.ready(slot) end
    end
  end
  if not result.ok then error(result.values[2], 0) end
  return result.values[2], calls
end

describe("an outer loop", function()
  db.use(ryx, { Item })
  setup(function()
    for i = 1, 5 do objects:create{ n = i } end
    external.attach()
  end)
  teardown(function() host.use(require "ryx.host.plain") end)

  it("drives a task to its end", function()
    assert.equal(5, (drive(function() return objects:count() end)))
    assert.equal(3, (drive(function(n) return objects:get{ n = n }.n end, 3)))
  end)

  it("is given the task's error", function()
    local e = db.error_of(drive, function() objects:get{ n = 99 } end)
    assert.is_true(e:is(Item.DoesNotExist))
  end)

  it("drives tasks that tasks started", function()
    assert.equal(15, (drive(function()
      local fns = {}
      for i = 1, 5 do fns[i] = function() return objects:get{ n = i }.n end end
      local sum = 0
      for _, n in ipairs(ryx.gather(fns)) do sum = sum + n end
      return sum
    end)))
  end)

  it("runs a function of its own for a task", function()
    local value, calls = drive(function() return external.call("double", objects:count()) end)
    assert.equal(10, value)
    assert.same({ "double" }, calls)
  end)

  it("keeps transactions and timeouts", function()
    drive(function()
      ryx.transaction(function(tx)
        objects:create{ n = 6 }
        tx:rollback()
      end)
    end)
    assert.equal(5, (drive(function() return objects:count() end)))
    local e = db.error_of(drive, function() ryx.timeout(0.05, ryx.sleep, 5) end)
    assert.equal("timeout", e.kind)
  end)
end)
