-- SPDX-License-Identifier: MIT
-- Servers that stop, hang, restart, are full or change their minds: each case has one
-- of its own.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SERVERS = { needs = "server processes", seconds = 30 }
local Item = kit.Item

-- Fifty workers insert, each number once, until told to stop; what was acknowledged.
local function load_of(workers, disturb)
  local acknowledged, unknown, number, is_over = {}, {}, 0, false
  local last_ok = {}
  local function worker(i)
    while not is_over do
      number = number + 1
      local n = number
      local ok, e = pcall(Item.objects.create, Item.objects, { n = n })
      if ok then
        acknowledged[n], last_ok[i] = true, kit.clock()
      else
        kit.is_kind(e, "connection", "commit_unknown", "timeout")
        unknown[n] = e.kind == "commit_unknown" or nil
        ryx.sleep(0.02)
      end
    end
  end
  local results = kit.tasks(workers + 1, function(i)
    if i <= workers then return worker(i) end
    local ok, err = pcall(disturb, last_ok)
    is_over = true
    if not ok then error(err, 0) end
  end)
  kit.all_ok(results)
  return acknowledged, unknown
end

-- 0 lost, 0 doubled, and nothing that was refused is there.
local function check(acknowledged, unknown)
  local seen = {}
  for _, row in ipairs(ryx.raw_fetch("SELECT n FROM fault_items")) do
    assert.is_nil(seen[row.n], "doubled: " .. row.n)
    seen[row.n] = true
    assert.is_true(acknowledged[row.n] or unknown[row.n], "not acknowledged, but there: " .. row.n)
  end
  for n in pairs(acknowledged) do assert.is_true(seen[n], "lost: " .. n) end
end

-- Every worker gets an acknowledgement again within this time of the server's return:
-- the dials of a lane share one backoff, so 50 tasks do not make it longer.
local function all_recover(last_ok, workers, seconds)
  local from = kit.clock()
  kit.eventually("every worker goes on", seconds, function()
    for i = 1, workers do
      if (last_ok[i] or 0) < from then return false end
    end
    return true
  end)
end

local RESTARTS = {
  { "fast", function(server) server:restart("fast") end },
  { "immediate", function(server) server:restart("immediate") end },
  { "kill -9", function(server)
    server:kill()
    server:begin()
  end },
}
for _, way in ipairs(RESTARTS) do
  local how, restart = way[1], way[2]
  case("8: the server restarts (" .. how .. ") under load: full recovery, nothing lost or doubled", function()
    local server = kit.server()
    kit.open({ max_connections = 10 }, server.url)
    kit.items(0)
    check(load_of(50, function(last_ok)
      ryx.sleep(0.3)
      -- Twice, so that what was prepared before is stale twice.
      for _ = 1, 2 do
        restart(server)
        all_recover(last_ok, 50, 1.5)
      end
    end))
  end, SERVERS)
end

case("9: the server stops answering: deadlines hold, its connections are not used again", function()
  local server = kit.server()
  kit.open({ max_connections = 3 }, server.url)
  kit.items(1)
  local before = kit.me()
  assert.equal(1, Item.objects:count()) -- its connection has been reset by now
  server:pause()
  for _ = 1, 3 do
    kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, Item.objects.count, Item.objects), "timeout")
  end
  server:resume()
  assert.not_equal(before, kit.me())
  assert.equal(1, Item.objects:count())
end, SERVERS)

case("A6: ryx.timeout while the server hangs returns at its deadline, in tasks and transactions", function()
  local server = kit.server()
  kit.open({ max_connections = 8 }, server.url)
  kit.items(1)
  kit.warm(8)
  local function late(fn, ...)
    return kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, fn, ...), "timeout")
  end
  local n_begun = 0
  kit.all_ok(kit.tasks(4, function(i)
    -- The block ends by an error; how long that takes is bounded as well.
    assert.equal("over", kit.fails_within(4, ryx.transaction, function()
      Item.objects:count()
      n_begun = n_begun + 1
      while n_begun < 4 do ryx.sleep(0.01) end
      if i == 1 then server:pause() else ryx.sleep(0.2) end
      late(Item.objects.update_all, Item.objects, { body = "x" })
      error("over", 0)
    end))
  end))
  server:resume()
  assert.equal(1, Item.objects:count())
end, SERVERS)

case("A6: a stream whose server hangs ends at the deadline", function()
  local server = kit.server()
  local proxy = kit.proxied({ max_connections = 2 }, server.url)
  kit.items(3000)
  Item.objects:update_all{ body = ("x"):rep(2000) }
  local n = 0
  local e = kit.fails_within(2, ryx.timeout, 1, Item.objects.each, Item.objects:order_by("n"), function()
    n = n + 1
    if n == 100 then proxy:tell("stall") end
  end, { chunk = 100 })
  kit.is_kind(e, "timeout")
  proxy:tell("pass")
  assert.equal(3000, Item.objects:count())
end, SERVERS)

case("A5: close() while the server hangs", function()
  local server = kit.server()
  kit.open({ max_connections = 4 }, server.url)
  kit.items(1)
  -- Something runs, something is idle, a cancel is on its way.
  kit.tasks(2, function(i)
    if i == 1 then
      ryx.sleep(0.1)
      return server:pause()
    end
    pcall(ryx.timeout, 0.5, ryx.raw_fetch, kit.sleep_sql(20))
  end)
  local spent = kit.took(ryx.close)
  assert.is_true(spent < 2.5, ("close() took %.1f s"):format(spent))
end, SERVERS)

case("A5: a cancel while the server hangs", function()
  local server = kit.server()
  kit.open({ max_connections = 4 }, server.url)
  ryx.run(function()
    local task = ryx.spawn(function() ryx.raw_fetch(kit.sleep_sql(20)) end)
    ryx.sleep(0.2)
    server:pause()
    local spent, ok, e = kit.took(function()
      task:cancel()
      task:join()
    end)
    assert.is_false(ok)
    kit.is_kind(e, "cancelled")
    assert.is_true(spent < 2, ("the cancel took %.1f s"):format(spent))
    server:resume()
    assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
  end)
end, SERVERS)

case("A7: a server that hangs does not delay the cancels of another", function()
  local server = kit.server()
  ryx.setup{ default = kit.url, other = server.url }
  ryx.run(function()
    local stuck = {}
    for i = 1, 4 do
      stuck[i] = ryx.spawn(function()
        pcall(ryx.timeout, 0.5, ryx.raw_fetch, kit.sleep_sql(20), nil, { alias = "other" })
      end)
    end
    ryx.sleep(0.3)
    server:pause()
    ryx.sleep(0.4)
    local e = kit.fails_within(1.5, ryx.timeout, 0.5, ryx.raw_fetch, kit.sleep_sql(17))
    kit.is_kind(e, "timeout")
    kit.eventually("the statement is cancelled on its server", 2, function() return kit.running("sleep(17)") == 0 end)
    for _, task in ipairs(stuck) do task:join() end
  end)
end, SERVERS)

case("19: a pool larger than the server allows works with what it has", function()
  local server = kit.server("RYX_SERVERS_MAX=10")
  kit.open({ max_connections = 50, acquire_timeout = 20 }, server.url)
  kit.items(1)
  kit.all_ok(kit.tasks(50, function()
    for _ = 1, 3 do
      ryx.transaction(function() ryx.raw_fetch(kit.sleep_sql(0.02)) end)
      assert.equal(1, Item.objects:count())
    end
  end))
end, SERVERS)

local LOGIN = {
  postgres = function(server, password)
    local f = assert(io.open(server.dir .. "/pg/pg_hba.conf", "w"))
    f:write("host all fay 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n")
    f:close()
    kit.admin("DROP ROLE IF EXISTS fay", server.url)
    kit.admin("CREATE ROLE fay LOGIN PASSWORD '" .. password .. "'", server.url)
    kit.admin("SELECT pg_reload_conf()", server.url)
    return "ALTER ROLE fay PASSWORD '%s'"
  end,
  mysql = function(server, password)
    kit.admin("DROP USER IF EXISTS fay@'127.0.0.1'", server.url)
    kit.admin("CREATE USER fay@'127.0.0.1' IDENTIFIED BY '" .. password .. "'", server.url)
    kit.admin("GRANT ALL ON *.* TO fay@'127.0.0.1'", server.url)
    return "ALTER USER fay@'127.0.0.1' IDENTIFIED BY '%s'"
  end,
}

LOGIN.mariadb = LOGIN.mysql

case("20: a password that changes at run time: a clear error that does not tell it", function()
  local server = kit.server()
  local alter = LOGIN[kit.dialect](server, "hushhush")
  local url = server.url:gsub("//%w+@", "//fay:hushhush@")
  kit.open({ max_connections = 2 }, url)
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
  kit.admin(alter:format("newsecret"), server.url)
  kit.kill_all(server.url)
  local e = kit.fails_within(3, ryx.raw_fetch, "SELECT 1 AS n")
  kit.is_kind(e, "connection")
  assert.truthy(tostring(e):find("fay", 1, true), tostring(e))
  assert.falsy(tostring(e):find("hushhush", 1, true))
  kit.admin(alter:format("hushhush"), server.url)
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
end, SERVERS)

case("20: verify-full refuses an expired certificate", function()
  local server = kit.server("RYX_SERVERS_TLS=expired")
  local url = server.url:gsub("127%.0%.0%.1", "localhost")
  kit.open({ sslmode = "require" }, url)
  assert.equal(1, ryx.raw_fetch("SELECT 1 AS n")[1].n)
  kit.open({ sslmode = "verify-full", sslrootcert = server.dir .. "/tls/ca.crt" }, url)
  local e = kit.fails_within(3, ryx.raw_fetch, "SELECT 1 AS n")
  kit.is_kind(e, "connection")
  assert.truthy(tostring(e):lower():find("certificate", 1, true) or tostring(e):find("[TS][LS][SL]"), tostring(e))
end, SERVERS)
