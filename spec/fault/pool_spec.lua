-- SPDX-License-Identifier: MIT
-- The pool: who waits, who holds, who dies holding, and how long a connection lives.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SERVERS = { needs = "server processes" }
local Item = kit.Item

case("14: an exhausted pool: the error says who holds, and who waits first is served first", function()
  kit.open{ max_connections = 1, acquire_timeout = 1 }
  kit.items(1)
  local is_over, order, results = false, {}, {}
  local function hold()
    ryx.transaction(function()
      Item.objects:count()
      while not is_over do ryx.sleep(0.01) end
    end)
  end
  local function look()
    ryx.sleep(0.1)
    local e = kit.is_kind(kit.fails_within(2, Item.objects.create, Item.objects, { n = 2 }), "timeout")
    -- How many there are, and a line of this file that holds one.
    assert.truthy(tostring(e):find("1 of 1.*pool_spec.lua:%d+"), tostring(e))
    for i = 1, 20 do
      ryx.spawn(function()
        results[i] = { pcall(ryx.transaction, function() order[#order + 1] = i end) }
      end)
      ryx.sleep(0.002)
    end
    assert.equal(20, ryx.pool_stats().waiting)
  end
  ryx.run(function()
    ryx.spawn(hold)
    local ok, err = pcall(look)
    is_over = true
    if not ok then error(err, 0) end
  end)
  kit.all_ok(results)
  for i = 1, 20 do assert.equal(i, order[i]) end
end, SERVERS)

case("15: waiters cancelled around a hand-over: the connection goes to the next", function()
  kit.open{ max_connections = 1 }
  kit.items(1)
  local order = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 } }
  local served = 0
  ryx.run(function()
    -- Three waiters behind a holder; every choice of who is cancelled, in every
    -- order, before and after the holder lets go.
    for mask = 0, 7 do
      for _, turns in ipairs(order) do
        for release_at = 0, 3 do
          local is_over = false
          local holder = ryx.spawn(function()
            ryx.transaction(function()
              Item.objects:count()
              while not is_over do ryx.sleep(0) end
            end)
          end)
          ryx.sleep(0.001)
          local waiters = {}
          for i = 1, 3 do
            waiters[i] = ryx.spawn(function()
              ryx.transaction(function() Item.objects:count() end)
            end)
          end
          ryx.sleep(0)
          for step = 0, 3 do
            if step == release_at then is_over = true end
            local who = turns[step + 1]
            if who and math.floor(mask / 2 ^ (who - 1)) % 2 == 1 then waiters[who]:cancel() end
            if step % 2 == 1 then ryx.sleep(0) end
          end
          holder:join()
          for i = 1, 3 do
            local ok, e = pcall(waiters[i].join, waiters[i])
            local may_be_cancelled = math.floor(mask / 2 ^ (i - 1)) % 2 == 1
            assert.is_true(ok or may_be_cancelled, kit.text(e))
            served = served + (ok and 1 or 0)
          end
        end
      end
    end
  end)
  assert.is_true(served >= 8 * 6 * 4 * 3 / 2)
  assert.equal(0, ryx.pool_stats().in_use)
end, { needs = "server processes", seconds = 60 })

case("16: a caller that dies holding a connection gives it back, rolled back", function()
  kit.open{ max_connections = 1, acquire_timeout = 3 }
  kit.items(0)
  -- An error of Lua's own.
  assert.equal("mine", kit.error_of(ryx.transaction, function()
    Item.objects:create{ n = 1 }
    error("mine", 0)
  end))
  assert.equal(0, Item.objects:count())
  ryx.run(function()
    -- A task that is cancelled, at work and asleep.
    for _, wait in ipairs{ function() ryx.raw_fetch(kit.sleep_sql(20)) end, function() ryx.sleep(20) end } do
      local task = ryx.spawn(function()
        ryx.transaction(function()
          Item.objects:create{ n = 1 }
          wait()
        end)
      end)
      ryx.sleep(0.1)
      task:cancel()
      kit.is_kind(kit.error_of(task.join, task), "cancelled")
      assert.equal(0, Item.objects:count())
    end
  end)
end, SERVERS)

case("16: a coroutine that is collected with a transaction open gives it back", function()
  kit.open{ max_connections = 1, acquire_timeout = 3 }
  kit.items(0)
  do
    local co = coroutine.create(function()
      ryx.transaction(function()
        Item.objects:create{ n = 1 }
        coroutine.yield()
      end)
    end)
    assert(coroutine.resume(co))
  end
  collectgarbage()
  collectgarbage()
  assert.equal(0, Item.objects:count())
  Item.objects:create{ n = 2 }
  assert.equal("1", kit.admin("SELECT count(*) FROM fault_items"))
end, SERVERS)

case("16: a stream that is left gives its connection back", function()
  kit.open{ max_connections = 1, acquire_timeout = 3 }
  kit.items(500)
  for _ = 1, 5 do
    for row in Item.objects:iter{ chunk = 10 } do
      if row.n then break end
    end
    assert.equal(500, Item.objects:count())
  end
end, SERVERS)

case("18: the longest life of a connection spares the busy", function()
  kit.open{ max_connections = 1, max_lifetime = 1 }
  kit.items(1)
  local inside
  local before = kit.me()
  ryx.transaction(function()
    inside = kit.me()
    for _ = 1, 15 do ryx.raw_fetch(kit.sleep_sql(0.1)) end
    assert.equal(inside, kit.me())
  end)
  assert.equal(before, inside)
  assert.not_equal(before, kit.me())
end, SERVERS)

case("18: connections of one age do not all end at one moment", function()
  kit.open{ max_connections = 20, max_lifetime = 2 }
  kit.warm(20)
  ryx.run(function()
    local most, before = 0, ryx.pool_stats().closed
    local limit = kit.clock() + 5
    while kit.clock() < limit and ryx.pool_stats().closed < 20 do
      ryx.sleep(0.01)
      local closed = ryx.pool_stats().closed
      most, before = math.max(most, closed - before), closed
    end
    assert.is_true(before >= 20, before .. " of 20 ended")
    assert.is_true(most < 12, most .. " ended at once")
  end)
end, SERVERS)

case("18: idle connections beyond the least number end after their time", function()
  kit.open{ max_connections = 4, min_connections = 1, idle_timeout = 1 }
  kit.warm(4)
  kit.eventually("three of four are closed", 5, function() return ryx.pool_stats().size == 1 end)
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
end, SERVERS)

case("A13: a blocking script that slept past a connection's life gets another", function()
  local code, out = kit.script([[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open{ max_connections = 1, max_lifetime = 1 }
    kit.items(1)
    ryx.close()
    kit.open{ max_connections = 1, max_lifetime = 1 }
    kit.Item.objects:get{ n = 1 }
    local before = ryx.pool_stats().dials
    os.execute("sleep 1.5")
    kit.Item.objects:get{ n = 1 }
    print(ryx.pool_stats().dials - before)
  ]])
  assert.equal("1", out)
  assert.equal(0, code)
end, SERVERS)

case("A15: an open stream beside a busy pool costs little", function()
  kit.open{ max_connections = 3 }
  kit.items(2000)
  -- Something for the collector to walk.
  local garden = {}
  for i = 1, 100000 do garden[i] = { i } end
  -- Of sixteen tasks some always wait for a connection.
  local function updates()
    local n, limit, fns = 0, kit.clock() + 1, {}
    for i = 1, 16 do
      fns[i] = function()
        while kit.clock() < limit do
          Item.objects:filter{ n = i }:update{ body = "x" }
          n = n + 1
        end
      end
    end
    ryx.gather(fns)
    return n
  end
  ryx.run(function()
    local alone = updates()
    local beside
    for row in Item.objects:order_by("n"):iter{ chunk = 10 } do
      if row.n == 5 then
        beside = updates()
        break
      end
    end
    assert.is_true(beside > alone / 3, ("%d updates beside a stream, %d alone"):format(beside, alone))
  end)
  assert.equal(100000, #garden)
end, SERVERS)

-- What the server counted in this session, which a reset would begin anew: statements
-- that it ran, and those that it prepared. (The time beside a get is a row of make bench.)
local function counted()
  if kit.dialect ~= "postgres" then
    local n = {}
    local sql = "SHOW SESSION STATUS WHERE Variable_name IN ('Questions', 'Com_stmt_prepare')"
    for _, row in ipairs(ryx.raw_fetch(sql)) do
      n[row.Variable_name] = tonumber(row.Value)
    end
    return n.Questions, n.Com_stmt_prepare
  end
  local row = ryx.raw_fetch("SELECT count(*) AS prepared, sum(generic_plans + custom_plans) AS ran " ..
    "FROM pg_prepared_statements WHERE statement LIKE '%body FROM fault_items WHERE n = %'")[1]
  return tonumber(tostring(row.ran)), row.prepared
end

case("A16: raw statements one after the other: one connection, prepared once, no reset between", function()
  kit.open{ max_connections = 8 }
  kit.items(100)
  ryx.close() -- What made the table has left its traces on the connections.
  kit.open{ max_connections = 8 }
  local function raws()
    for i = 1, 100 do ryx.raw_fetch("SELECT id, n, body FROM fault_items WHERE n = ?", { i }) end
  end
  raws()
  raws()
  local ran, prepared = counted()
  assert.equal(1, ryx.pool_stats().dials)
  -- The first two are sent otherwise; the greeting and this question are statements, too.
  assert.is_true(ran >= 198 and ran <= 206, ran)
  assert.is_true(prepared >= 1 and prepared <= 3, prepared)
end, SERVERS)

local function big_rows(megabytes)
  kit.items(0)
  for i = 1, megabytes do Item{ n = i, body = ("x"):rep(1000000) }:save() end
end

case("A19: a result beyond max_result_bytes is an error that names iter", function()
  -- The only connection of an SQLite file writes, and streams are read from others.
  kit.open{ max_connections = 2, max_result_bytes = 3000000 }
  big_rows(6)
  local query = Item.objects:order_by("n")
  local e = kit.is_kind(kit.error_of(query.all, query), "operational")
  assert.truthy(tostring(e):find("iter", 1, true), tostring(e))
  kit.is_kind(kit.error_of(ryx.raw_fetch, "SELECT body FROM fault_items"), "operational")
  local n = 0
  query:each(function() n = n + 1 end, { chunk = 1 })
  assert.equal(6, n)
  assert.equal(2, #query:limit(2):all())
  assert.equal(6, query:count())
end)

case("A19: max_result_bytes = 0 is no bound", function()
  kit.open{ max_connections = 1, max_result_bytes = 0 }
  big_rows(4)
  assert.equal(4, #Item.objects:all())
end)
