-- SPDX-License-Identifier: MIT
-- Statements that collide with others: schemas that change, plans that vanish, locks,
-- deadlocks, serialization, cancels, errors among neighbours.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SERVERS = { needs = "server processes" }
local Item = kit.Item

-- A compiled SELECT of row n that takes some seconds.
local NAP = { postgres = "CAST(pg_sleep(%g) AS text)", mysql = "CAST(SLEEP(%g) AS CHAR)" }
NAP.mariadb = NAP.mysql

local function nap(n, seconds)
  return Item.objects:filter{ n = n }:annotate{ nap = ryx.Raw(NAP[kit.dialect]:format(seconds), {}, { type = "text" }) }
end

local WIDER = {
  postgres = "ALTER TABLE fault_items ALTER COLUMN n TYPE bigint",
  mariadb = "ALTER TABLE fault_items MODIFY n BIGINT",
}
WIDER.mysql = WIDER.mariadb
local NARROWER = {
  postgres = "ALTER TABLE fault_items ALTER COLUMN n TYPE integer",
  mariadb = "ALTER TABLE fault_items MODIFY n INT",
}
NARROWER.mysql = NARROWER.mariadb

case("23: a schema that changes under a prepared statement: once more, unseen", function()
  kit.open{ max_connections = 1 }
  kit.items(5)
  for _, change in ipairs{ WIDER, NARROWER, WIDER } do
    assert.equal(5, #Item.objects:all())
    assert.equal(3, Item.objects:get{ n = 3 }.n)
    kit.admin(change[kit.dialect])
    assert.equal(5, #Item.objects:all())
    assert.equal(3, Item.objects:get{ n = 3 }.n)
    assert.equal(1, Item.objects:filter{ n = 3 }:update{ body = "x" })
  end
end, SERVERS)

case("23: a schema that changes inside a transaction: a clean error, the next one works", function()
  kit.open{ max_connections = 1 }
  kit.items(5)
  assert.equal(5, #Item.objects:all())
  local ok, e = pcall(ryx.transaction, function()
    Item.objects:count()
    -- The table is not locked by a count of another's snapshot that is over.
    ryx.raw_execute(WIDER[kit.dialect])
    return #Item.objects:all()
  end)
  if not ok then kit.is_kind(e, "operational", "transaction_broken") else assert.equal(5, e) end
  assert.equal(5, #Item.objects:all())
  ryx.transaction(function() assert.equal(5, #Item.objects:all()) end)
end, SERVERS)

case("A9: a stream's first part is prepared again like any statement", function()
  kit.open{ max_connections = 1 }
  kit.items(5)
  local query = Item.objects:order_by("n")
  assert.equal(5, #query:all())
  for _, change in ipairs{ WIDER, NARROWER } do
    kit.admin(change[kit.dialect])
    local n = 0
    for row in query:iter{ chunk = 2 } do
      n = n + 1
      assert.equal(n, row.n)
    end
    assert.equal(5, n)
  end
end, SERVERS)

local VANISH = {
  { "24: statements vanish by DEALLOCATE ALL", "DEALLOCATE ALL" },
  { "24: statements vanish by DISCARD ALL", "DISCARD ALL" },
  { "A17: statements vanish out of ryx's sight", "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$" },
}
for _, way in ipairs(VANISH) do
  local name, sql = way[1], way[2]
  case(name .. ": prepared again, what ran not at all is repeated", function()
    kit.open{ max_connections = 1 }
    kit.items(5)
    for _ = 1, 3 do
      assert.equal(5, #Item.objects:all())
      assert.equal(1, Item.objects:filter{ n = 2 }:update{ body = "x" })
      ryx.raw_execute(sql)
    end
    local seen = 0
    for _ in Item.objects:iter{ chunk = 2 } do seen = seen + 1 end
    assert.equal(5, seen)
  end, { needs = "array columns" })
end

case("24: statements vanish inside a transaction: nothing half done", function()
  kit.open{ max_connections = 1 }
  kit.items(5)
  for _ = 1, 2 do Item.objects:filter{ n = 2 }:update{ body = "x" } end
  local ok, e = pcall(ryx.transaction, function()
    Item.objects:create{ n = 6 }
    ryx.raw_execute("DEALLOCATE ALL")
    Item.objects:filter{ n = 2 }:update{ body = "y" }
  end)
  if not ok then kit.is_kind(e, "operational", "transaction_broken") end
  local wanted = ok and { 6, "y" } or { 5, "x" }
  assert.same(wanted, { Item.objects:count(), Item.objects:get{ n = 2 }.body })
end, { needs = "array columns" })

-- Two transactions that lock rows 1 and 2 in opposite order.
local function cross(options)
  kit.open{ max_connections = 4 }
  kit.items(2)
  local runs = { 0, 0 }
  local results = kit.tasks(2, function(i)
    ryx.transaction(function()
      runs[i] = runs[i] + 1
      Item.objects:filter{ n = i }:update{ body = "by " .. i }
      ryx.sleep(0.2)
      Item.objects:filter{ n = 3 - i }:update{ body = "by " .. i }
    end, options)
  end)
  return results, runs
end

case("25: a deadlock without retries: one fails by name, one commits", function()
  local results = cross()
  assert.is_true(results[1][1] ~= results[2][1], "exactly one is the victim")
  local winner = results[1][1] and 1 or 2
  kit.is_kind(results[3 - winner][2], "deadlock")
  for _, row in ipairs(Item.objects:all()) do assert.equal("by " .. winner, row.body) end
end, SERVERS)

case("25: a deadlock with retries: the whole transaction runs again", function()
  local results, runs = cross{ retries = 5 }
  kit.all_ok(results)
  assert.is_true(runs[1] + runs[2] >= 3)
  local rows = Item.objects:all()
  assert.equal(rows[1].body, rows[2].body)
end, SERVERS)

case("26: serialization failures are retried: the bank's sum holds, on_commit runs once each", function()
  kit.open{ max_connections = 8 }
  kit.items(0)
  for i = 1, 4 do Item.objects:create{ n = 100 * i } end
  local keys = {}
  for _, row in ipairs(Item.objects:order_by("id"):all()) do keys[#keys + 1] = row.id end
  local bodies, done, committed = 0, 0, 0
  kit.all_ok(kit.tasks(8, function(i)
    for round = 1, 10 do
      ryx.transaction(function(tx)
        bodies = bodies + 1
        tx:on_commit(function() committed = committed + 1 end)
        local from = Item.objects:get{ id = keys[(i + round) % 4 + 1] }
        local to = Item.objects:get{ id = keys[(i * 3 + round * 2) % 4 + 1] }
        if from.id == to.id then return end
        -- At first all have read before one writes; later they meet by chance.
        if bodies <= 8 then ryx.sleep(0.005) end
        Item.objects:filter{ id = from.id }:update{ n = from.n - 1 }
        Item.objects:filter{ id = to.id }:update{ n = to.n + 1 }
      end, { isolation = "serializable", retries = 200 })
      done = done + 1
    end
  end))
  local sum = 0
  for _, row in ipairs(Item.objects:all()) do sum = sum + row.n end
  assert.equal(1000, sum)
  assert.same({ 80, 80 }, { done, committed })
  assert.is_true(bodies > 80, "nothing ever collided")
end, { needs = "server processes", seconds = 30 })

local LOCK_WAIT = { postgres = "SET lock_timeout = '200ms'", mysql = "SET innodb_lock_wait_timeout = 1" }
LOCK_WAIT.mariadb = LOCK_WAIT.mysql

case("27: a lock that is waited for in vain: a typed error, the connection is usable", function()
  kit.open{ max_connections = 3 }
  kit.items(2)
  ryx.run(function()
    local is_over = false
    local holder = ryx.spawn(function()
      ryx.transaction(function()
        Item.objects:filter{ n = 1 }:update{ body = "held" }
        while not is_over do ryx.sleep(0.01) end
      end)
    end)
    ryx.sleep(0.1)
    local ok, err = pcall(function()
      ryx.transaction(function()
        ryx.raw_execute(LOCK_WAIT[kit.dialect])
        local me = kit.me()
        kit.is_kind(kit.fails_within(3, ryx.transaction, function()
          Item.objects:filter{ n = 1 }:update{ body = "late" }
        end), "timeout")
        assert.equal(me, kit.me())
        Item.objects:filter{ n = 2 }:update{ body = "fine" }
      end)
    end)
    is_over = true
    if not ok then error(err, 0) end
    holder:join()
  end)
  assert.same({ "held", "fine" }, { Item.objects:get{ n = 1 }.body, Item.objects:get{ n = 2 }.body })
end, SERVERS)

case("27: a deadline of the caller's own ends a wait for a lock, and the wait on the server", function()
  kit.open{ max_connections = 2 }
  kit.items(1)
  ryx.transaction(function(tx)
    Item.objects:filter{ n = 1 }:update{ body = "held" }
    assert.is_true(tx ~= nil)
    local code, out = kit.script([[
      local ryx, kit = require "ryx", require "fault.kit"
      kit.open{ max_connections = 1 }
      local write = kit.Item.objects:filter{ n = 1 }
      local e = kit.fails_within(1.5, ryx.timeout, 0.5, write.update, write, { body = "late" })
      print(e.kind, kit.Item.objects:count())
    ]])
    assert.equal("timeout\t1", out)
    assert.equal(0, code)
    assert.equal(0, kit.running("late"))
  end)
  assert.equal("held", Item.objects:get{ n = 1 }.body)
end, SERVERS)

case("28: cancels that race with the end of their query never hit the next one", function()
  kit.open{ max_connections = 1 }
  kit.items(3)
  local rounds = tonumber(os.getenv("RYX_CANCEL_ROUNDS")) or 400
  math.randomseed(28)
  local cancelled = 0
  ryx.run(function()
    for i = 1, rounds do
      local task = ryx.spawn(function() return nap(1, 0.002):all() end)
      ryx.sleep(math.random() * 0.006)
      task:cancel()
      local ok, e = pcall(task.join, task)
      if not ok then
        kit.is_kind(e, "cancelled")
        cancelled = cancelled + 1
      end
      assert.equal(2, Item.objects:get{ n = 2 }.n)
      if i % 10 == 0 then assert.equal(1, Item.objects:filter{ n = 3 }:update{ body = "x" .. i }) end
    end
  end)
  assert.is_true(cancelled > rounds / 20 and cancelled < rounds, cancelled .. " of " .. rounds .. " were cancelled")
end, { needs = "server processes", seconds = 40 })

local WRONG = {
  postgres = "1 / (n - n)", mariadb = "nonsense(n)", mysql = "nonsense(n)",
}

case("29: the third of five at once fails: the others do not", function()
  kit.open{ max_connections = 1 }
  kit.items(5)
  local wrong = Item.objects:filter{ n = 1 }:annotate{ x = ryx.Raw(WRONG[kit.dialect], {}, { type = "int" }) }
  -- Known plans share the connection.
  for _ = 1, 20 do Item.objects:get{ n = 1 } end
  for _ = 1, 20 do
    local results = kit.tasks(5, function(i)
      if i == 3 then return wrong:all() end
      return Item.objects:get{ n = i }.n
    end)
    for i, r in ipairs(results) do
      if i == 3 then kit.is_kind(r[2], "operational", "validation") else assert.equal(i, r[2], kit.text(r[2])) end
    end
  end
  assert.equal(5, Item.objects:count())
end, SERVERS)

local Pair = ryx.model("FaultPair", { n = ryx.IntField{ unique = true }, Meta = { table_name = "fault_pairs" } })

case("30: an error inside a savepoint leaves the outer block whole", function()
  kit.open{ max_connections = 2 }
  require("support.db").tables(ryx, { Pair })
  ryx.transaction(function()
    Pair.objects:create{ n = 1 }
    kit.is_kind(kit.error_of(ryx.transaction, function()
      Pair.objects:create{ n = 2 }
      Pair.objects:create{ n = 1 }
    end), "unique_violation")
    Pair.objects:create{ n = 3 }
  end)
  assert.equal(2, Pair.objects:filter{ n__in = { 1, 2, 3 } }:count())
  assert.is_false(Pair.objects:filter{ n = 2 }:exists())
end, SERVERS)

case("30: a kill before the rollback to a savepoint: the first error is told, the connection is gone", function()
  kit.open{ max_connections = 1 }
  require("support.db").tables(ryx, { Pair })
  local before = kit.me()
  local inner
  local outer = kit.error_of(ryx.transaction, function()
    Pair.objects:create{ n = 1 }
    inner = kit.error_of(ryx.transaction, function()
      Pair.objects:create{ n = 2 }
      kit.kill_all()
      error("mine", 0)
    end)
    assert.equal("mine", inner)
    Pair.objects:create{ n = 3 }
  end)
  kit.is_kind(outer, "connection", "transaction_broken")
  assert.equal(0, Pair.objects:count())
  assert.not_equal(before, kit.me())
end, SERVERS)

case("31: two tasks on one transaction: queued or refused, never interleaved", function()
  kit.open{ max_connections = 2 }
  kit.items(20)
  local refused = 0
  ryx.transaction(function(tx)
    local results = kit.tasks(20, function(i)
      for _ = 1, 5 do
        local row = Item.objects:using(tx):get{ n = i }
        assert.equal(i, row.n)
        Item.objects:using(tx):filter{ n = i }:update{ body = "task " .. i }
      end
    end)
    for i, r in ipairs(results) do
      if not r[1] then
        kit.is_kind(r[2], "misuse")
        refused = refused + 1
      else
        assert.equal("task " .. i, Item.objects:using(tx):get{ n = i }.body)
      end
    end
  end)
  assert.is_true(refused < 20, "somebody may use it")
  assert.equal(20, Item.objects:count())
end, SERVERS)

local STORM = {
  postgres = { "DO $$ BEGIN FOR i IN 1 .. 100000 LOOP RAISE NOTICE 'noise %', i; END LOOP; END $$" },
  mariadb = { "BEGIN NOT ATOMIC FOR i IN 1 .. 20000 DO SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'noise'; "
    .. "END FOR; END" },
  mysql = { "DROP PROCEDURE IF EXISTS fault_storm",
    "CREATE PROCEDURE fault_storm() BEGIN DECLARE i INT DEFAULT 0; WHILE i < 20000 DO "
      .. "SIGNAL SQLSTATE '01000' SET MESSAGE_TEXT = 'noise'; SET i = i + 1; END WHILE; END",
    "CALL fault_storm()", "DROP PROCEDURE fault_storm" },
}

case("44: a storm of notices is not mixed into rows", function()
  kit.open{ max_connections = 1 }
  kit.items(50)
  local before = kit.memory_kb()
  for _, sql in ipairs(STORM[kit.dialect]) do ryx.raw_execute(sql) end
  for i = 1, 50 do assert.equal(i, Item.objects:get{ n = i }.n) end
  assert.is_true(kit.memory_kb() - before < 50000, "memory grew")
end, { needs = "server processes", seconds = 20 })

case("44: a storm of notifications and settings is not mixed into rows", function()
  kit.open{ max_connections = 1 }
  kit.items(50)
  ryx.transaction(function()
    ryx.raw_execute("LISTEN storm")
    local storm = kit.admin_start("DO $$ BEGIN FOR i IN 1 .. 20000 LOOP "
      .. "PERFORM pg_notify('storm', 'message ' || i); END LOOP; END $$")
    for round = 1, 20 do
      for i = 1, 50 do assert.equal(i, Item.objects:get{ n = i }.n) end
      ryx.raw_execute(("SET application_name = 'round %d'"):format(round))
    end
    storm.wait()
    assert.equal(50, #Item.objects:all())
  end)
  assert.equal(50, Item.objects:count())
end, { needs = "array columns", seconds = 20 })
