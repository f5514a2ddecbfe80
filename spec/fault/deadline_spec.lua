-- SPDX-License-Identifier: MIT
-- A server that hangs: the process that serves the connection is stopped. The caller
-- hears at the deadline of its block all the same.
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("DeadlineItem", { n = ryx.IntField{} })
local objects = Item.objects

local PROCESS = {
  postgres = function() return ryx.raw_fetch("SELECT pg_backend_pid() AS id")[1].id end,
  mariadb = function()
    local file = assert(io.open(ryx.raw_fetch("SELECT @@pid_file AS path")[1].path))
    local id = file:read("*l")
    file:close()
    return id
  end,
}

PROCESS.mysql = PROCESS.mariadb

-- A wrapper around a server stops with it.
local function signal(name, pids)
  assert(os.execute(("kill -%s %s"):format(name, pids)))
end

-- A signal is taken by one thread, when it next runs: until all have stopped the
-- server may still answer.
local STOP = [[kill -STOP %d
for _ in $(seq 500); do
  grep -qsvE '^[0-9]+ \(.*\) T' /proc/%d/task/*/stat || break
  sleep 0.01
done]]

local function clock() return require("ryx.core").clock() end

-- Runs fn(stop) with a deadline; stop() stops the server. The error and the seconds.
local function with_stopped(fn)
  local pid, stopped = PROCESS[db.dialect](), false
  local began = clock()
  local ok, err = pcall(ryx.timeout, 0.3, fn, function()
    stopped = true
    os.execute(STOP:format(pid, pid))
  end)
  local took = clock() - began
  if stopped then signal("CONT", pid .. " $(ps -o ppid= -p " .. pid .. ")") end
  assert.is_false(ok)
  return err, took
end

local WAITS = {
  ["a query"] = function(stop)
    stop()
    objects:count()
  end,
  ["a statement in a transaction"] = function(stop)
    ryx.transaction(function()
      objects:create{ n = 1 }
      stop()
      objects:create{ n = 2 }
    end)
  end,
  ["tasks"] = function(stop)
    ryx.gather(function()
      stop()
      objects:count()
    end, function() objects:count() end)
  end,
  ["a nested timeout"] = function(stop)
    stop()
    ryx.timeout(20, function() objects:count() end)
  end,
}

if db.needs "server processes" then
  describe("a server that hangs", function()
    db.use(ryx, { Item })
    before_each(function() ryx.setup{ default = { url = db.url, max_connections = 1 } } end)

    for name, wait in pairs(WAITS) do
      for where, run in pairs{ ["the main chunk"] = function(fn) fn() end, ["ryx.run"] = ryx.run } do
        it(("is left at the deadline: %s in %s"):format(name, where), function()
          run(function()
            local err, took = with_stopped(wait)
            assert.equal("timed out after 0.3 s", err.message)
            assert.is_true(took < 1.3, took)
          end)
          assert.equal(0, objects:count())
        end)
      end
    end

    it("leaves a commit unknown", function()
      local err, took = with_stopped(function(stop)
        ryx.transaction(function()
          objects:create{ n = 1 }
          stop()
        end)
      end)
      assert.equal("commit_unknown", err.kind)
      assert.is_true(took < 1.3, took)
    end)
  end)
else
  describe("a query that hangs", function()
    db.use(ryx, { Item })

    it("is left at the deadline", function()
      local began = clock()
      assert.equal("timed out after 0.3 s", db.error_of(ryx.timeout, 0.3, ryx.raw_fetch, db.slow_sql).message)
      assert.is_true(clock() - began < 1.3)
    end)
  end)
end
