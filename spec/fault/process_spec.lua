-- SPDX-License-Identifier: MIT
-- What happens to the process itself: killed, forked, kept busy, its clock moved.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local Item = kit.Item

-- Each block writes n twice; what was acknowledged is printed.
local PAIRS = [[
  local ryx, kit = require "ryx", require "fault.kit"
  kit.open{ max_connections = 2 }
  for i = %d, %d do
    ryx.transaction(function()
      kit.Item.objects:create{ n = i, body = "first" }
      kit.Item.objects:create{ n = i, body = "second" }
    end)
    print(i)
  end
]]

case("34: kill -9 of our own process in a transaction: whole pairs, none lost", function()
  local url = kit.own_url("killed.db")
  kit.open({}, url)
  kit.items(0)
  local rounds = tonumber(os.getenv("RYX_KILL_ROUNDS")) or 12
  local acknowledged = {}
  math.randomseed(34)
  for round = 1, rounds do
    local script = kit.script_start(PAIRS:format(round * 1000, round * 1000 + 999), {
      url = url, command = ("timeout -s KILL %.3f lua5.4"):format(0.15 + math.random() * 0.15),
    })
    for line in script.line do
      if tonumber(line) then acknowledged[tonumber(line)] = true end
    end
  end
  local seen = {}
  for _, row in ipairs(Item.objects:all()) do seen[row.n] = (seen[row.n] or 0) + 1 end
  local n = 0
  for i, count in pairs(seen) do assert.equal(2, count, "a part of pair " .. i) end
  for i in pairs(acknowledged) do
    n = n + 1
    assert.equal(2, seen[i], "lost: " .. i)
  end
  assert.is_true(n > rounds, "hardly anything was written")
  -- No session of the killed holds a lock.
  kit.fails_within(5, ryx.timeout, 3, function()
    Item.objects:update_all{ body = "x" }
    error("written", 0)
  end)
  if kit.dialect == "sqlite" then
    assert.equal("ok", kit.integrity())
  end
end, { seconds = 40 })

-- A child that leaves at once, and one that uses ryx on a loop of its own.
local FORK = [[
import os, signal, sys, threading
sys.path.insert(0, "build/python")
import asyncio, ryx
ryx.setup(os.environ["RYX_TEST_URL"])
def child():
    try:
        ryx.setup(os.environ["RYX_TEST_URL"])
        rows = asyncio.run(ryx.raw_fetch("SELECT n FROM fault_items"))
        os._exit(0 if [r["n"] for r in rows] == [1] else 2)
    except ryx.RyxError as e:
        os._exit(0)
async def main():
    await ryx.raw_execute("UPDATE fault_items SET body = 'parent'")
    async with ryx.transaction():
        await ryx.raw_execute("UPDATE fault_items SET n = n + 1")
        for uses_ryx in (False, True, True):
            pid = os.fork()
            if pid == 0:
                signal.alarm(5)
                if not uses_ryx: os._exit(0)
                threading.Thread(target=child).start()
                signal.pause()
            print("child", os.waitpid(pid, 0)[1])
        await ryx.raw_execute("UPDATE fault_items SET n = n + 1")
    print("parent", (await ryx.raw_fetch("SELECT n, body FROM fault_items"))[0])
asyncio.run(main())
]]

case("37: fork after connect: the child never touches its parent's sockets", function()
  kit.open()
  kit.items(1)
  local code, out = kit.script(FORK, { command = kit.python })
  assert.equal("child 0\nchild 0\nchild 0\nparent {'n': 3, 'body': 'parent'}", out)
  assert.equal(0, code)
end, { needs = "server processes" })

local function busy(seconds)
  local limit = kit.clock() + seconds
  while kit.clock() < limit do end -- the loop stands still meanwhile
end

case("38: a blocked loop: what lies in the socket is in time", function()
  kit.open{ max_connections = 4 }
  kit.items(3)
  -- Both have a connection, and know their statements.
  kit.warm(2)
  local results = kit.tasks(2, function(i)
    if i == 2 then
      ryx.sleep(0.05)
      return busy(1.5)
    end
    -- Answered after 0.2 s, looked at after 1.5.
    return ryx.timeout(0.8, ryx.raw_fetch, kit.sleep_sql(0.2))
  end)
  assert.is_true(results[1][1], kit.text(results[1][2]))
  assert.equal(3, Item.objects:count())
end, { needs = "server processes" })

case("39: a wall clock that jumps an hour to and fro changes nothing", function()
  kit.open{ max_connections = 1, max_lifetime = 60, idle_timeout = 60 }
  kit.items(3)
  local dials = ryx.pool_stats().dials
  for _ = 1, 50 do
    assert.equal(3, ryx.timeout(5, Item.objects.count, Item.objects))
  end
  local spent = kit.took(ryx.sleep, 0.2)
  assert.is_true(spent >= 0.19 and spent < 1.2, "slept " .. spent)
  if kit.dialect ~= "sqlite" then
    kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.3, ryx.raw_fetch, kit.sleep_sql(5)), "timeout")
    assert.equal(3, Item.objects:count())
    dials = dials + 1 -- at most: a cancelled connection may be thrown away
  end
  assert.is_true(ryx.pool_stats().dials <= dials, "connections aged by the wall clock")
end, { preload = "clock_jump" })

case("A25: luv: work, uv.run(), ryx.close() as the last lines: no crash at exit", function()
  local url = kit.own_url("luv.db")
  for _, last in ipairs{ "uv.run()\nryx.close()", "ryx.close()\nuv.run()", "uv.run()", "" } do
    local code, out = kit.script([[
      local uv, ryx = require "luv", require "ryx"
      ryx.attach(uv)
      ryx.setup(os.getenv("RYX_TEST_URL"))
      ryx.spawn(function()
        ryx.raw_fetch("SELECT 1 AS n")
        print("worked")
      end)
      uv.run("nowait")
    ]] .. last, { url = url })
    assert.equal(0, code, "after " .. last:gsub("\n", "; "))
    if last:find("^uv.run") then assert.equal("worked", out) end
  end
end)
