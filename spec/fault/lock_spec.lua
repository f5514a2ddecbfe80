-- SPDX-License-Identifier: MIT
-- What holds an advisory lock is killed, cut off or kept idle.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

-- The lock of a name by itself, in a process of its own; the case's end kills it.
local HOLD = [[
  local ryx, kit = require "ryx", require "fault.kit"
  kit.open()
  ryx.advisory_lock("one", function()
    print "held"
    ryx.sleep(60)
  end)
]]

-- Each adds to a number in a file, which is right when they take turns.
local ADD = [[
  local ryx, kit = require "ryx", require "fault.kit"
  kit.open{ max_connections = 2 }
  local path = %q
  for _ = 1, 25 do
    ryx.advisory_lock("one", function()
      local n = io.open(path):read("n")
      ryx.sleep(0.001)
      io.open(path, "w"):write(n + 1):close()
    end, { wait = 20 })
  end
]]

local function is_free()
  return (pcall(ryx.advisory_lock, "one", function() end, { wait = 0 }))
end

local function add_by_processes(url)
  local path = kit.own_folder() .. "/number"
  io.open(path, "w"):write(0):close()
  local scripts = {}
  for i = 1, 4 do scripts[i] = kit.script_start(ADD:format(path), { url = url, seconds = 25 }) end
  for _, script in ipairs(scripts) do
    local code, out = script:wait()
    assert.equal(0, code, out)
  end
  assert.equal(100, io.open(path):read("n"))
end

case("advisory locks: processes take turns", function()
  local url = kit.own_url("turns.db")
  kit.open({}, url)
  kit.items(0)
  add_by_processes(url)
end, { seconds = 30 })

case("advisory locks: behind PgBouncer, sessions shared", function()
  local pooler = kit.pooler("pgbouncer", nil, "pool_mode = transaction", "default_pool_size = 8")
  add_by_processes(pooler.url)
end, { needs = "poolers", seconds = 40 })

case("advisory locks: kill -9 of the holder, and another process has it", function()
  local url = kit.own_url("killed.db")
  kit.open({}, url)
  kit.items(0)
  local script = kit.script_start(HOLD, { url = url, command = "timeout -s KILL 2 lua5.4" })
  assert.equal("held", script.line())
  assert.is_false(is_free())
  assert.equal("got", ryx.advisory_lock("one", function() return "got" end, { wait = 5 }))
  script:wait()
end)

case("advisory locks: the holder's connection is killed", function()
  kit.open()
  local free
  local e = kit.fails_within(2, ryx.advisory_lock, "one", function()
    kit.kill_all()
    ryx.run(function()
      ryx.spawn(function() free = ryx.advisory_lock("one", function() return true end, { wait = 1 }) end)
    end)
  end)
  kit.is_kind(e, "connection")
  assert.is_true(free)
  assert.truthy(tostring(e):find('the advisory lock "one" was lost while its function ran: ', 1, true), tostring(e))
  e = kit.fails_within(2, ryx.advisory_lock, "one", function()
    kit.kill_all()
    error("mine", 0)
  end)
  assert.equal("mine", e)
  assert.is_true(is_free())
end, { needs = "server processes" })

case("advisory locks: a server that hangs, and a deadline", function()
  kit.open{ max_connections = 2 }
  local proxy = kit.proxied{ max_connections = 2 }
  kit.fails_within(1.5, ryx.timeout, 0.5, ryx.advisory_lock, "one", function()
    proxy:tell("stall")
    ryx.raw_fetch("SELECT 1 AS n")
  end)
  kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, ryx.advisory_lock, "one", function() end), "timeout")
  proxy:tell("pass")
  assert.equal("got", ryx.advisory_lock("one", function() return "got" end, { wait = 3 }))
end, { needs = "server processes" })

-- What has a server end sessions that do nothing for a second.
local IDLE = {
  postgres = "ALTER ROLE ryx SET idle_in_transaction_session_timeout = 1000",
  mariadb = "SET GLOBAL wait_timeout = 1, GLOBAL idle_transaction_timeout = 1, "
    .. "GLOBAL idle_readonly_transaction_timeout = 1",
  mysql = "SET GLOBAL wait_timeout = 1",
}

case("advisory locks: a server that ends idle sessions leaves the holder's", function()
  local server = kit.server()
  kit.admin(IDLE[kit.dialect], server.url)
  kit.open({ max_connections = 2 }, server.url)
  assert.equal("got", ryx.advisory_lock("one", function()
    ryx.sleep(2)
    return "got"
  end))
end, { needs = "server processes", seconds = 40 })
