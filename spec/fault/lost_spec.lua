-- SPDX-License-Identifier: MIT
-- Connections that are lost: while idle, at work, in a transaction, at its end, in
-- the middle of a result.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local SERVERS = { needs = "server processes" }
local Item = kit.Item

local function rows_of(n) return tonumber(kit.admin("SELECT count(*) FROM fault_items WHERE n = " .. n)) end

case("4: killed while idle: statements one after the other see no error", function()
  kit.open{ max_connections = 1 }
  kit.items(3)
  for i = 1, 5 do
    kit.kill_all()
    if i % 2 == 0 then Item.objects:create{ n = 100 + i } else assert.equal(2, Item.objects:get{ n = 2 }.n) end
  end
  assert.equal(5, Item.objects:count())
end, SERVERS)

case("4: killed while idle: eight at once see no error", function()
  kit.open{ max_connections = 8 }
  kit.items(8)
  kit.warm(8)
  kit.kill_all()
  kit.all_ok(kit.tasks(8, function(i)
    assert.equal(i, Item.objects:get{ n = i }.n)
    ryx.transaction(function() Item.objects:create{ n = 100 + i } end)
  end))
  assert.equal(16, Item.objects:count())
end, SERVERS)

case("A1: killed while idle: a blocking script goes on writing", function()
  local code, out = kit.script([[
    local ryx, kit = require "ryx", require "fault.kit"
    kit.open()
    kit.items(0)
    kit.Item.objects:create{ n = 0 }
    kit.kill_all()
    for i = 1, 20 do
      kit.Item.objects:create{ n = i }
      os.execute("sleep 0.05")
    end
    print(kit.Item.objects:count())
  ]])
  assert.equal("21", out)
  assert.equal(0, code)
end, SERVERS)

case("A2: killed while idle: the first statement of each task in ryx.run is sent elsewhere", function()
  kit.open{ max_connections = 8 }
  kit.items(0)
  ryx.run(function()
    local function all_at_once(fn)
      local fns = {}
      for i = 1, 8 do fns[i] = function() return fn(i) end end
      ryx.gather(fns)
    end
    all_at_once(function() ryx.raw_fetch(kit.sleep_sql(0.1)) end)
    kit.kill_all()
    all_at_once(function(i) Item.objects:create{ n = i } end)
    kit.kill_all()
    all_at_once(function(i) ryx.raw_execute("UPDATE fault_items SET body = 'seen' WHERE n = ?", { i }) end)
  end)
  assert.equal(8, Item.objects:filter{ body = "seen" }:count())
end, SERVERS)

case("5: killed mid-query: the error is true and the pool is refilled", function()
  kit.open{ max_connections = 2 }
  kit.items(1)
  local before = kit.me()
  local results = kit.tasks(2, function(i)
    if i == 1 then return ryx.raw_fetch(kit.sleep_sql(20)) end
    kit.eventually("the query runs", 5, function() return kit.running("sleep(20)") == 1 end)
    kit.kill_all()
  end)
  local e = results[1][2]
  assert.is_false(results[1][1])
  kit.is_kind(e, "connection", "commit_unknown")
  if kit.dialect == "postgres" then assert.equal("57P01", e.sqlstate) end
  for _ = 1, 4 do assert.not_equal(before, kit.me()) end
  assert.equal(1, Item.objects:count())
end, SERVERS)

case("A14: a SELECT whose reply is lost is asked again, never commit_unknown", function()
  local proxy = kit.proxied()
  kit.items(3)
  for _, how in ipairs{ "cut", "rst" } do
    proxy:tell("on SELECT stall")
    -- Another spelling each time, so that its text travels.
    local query = Item.objects:filter{ n__lt = 4 }:order_by(how == "cut" and "n" or "-n")
    local got
    ryx.run(function()
      local task = ryx.spawn(function() got = query:all() end)
      ryx.sleep(0.1)
      proxy:tell(how)
      proxy:tell("pass")
      task:join()
    end)
    assert.equal(3, #got)
  end
end, SERVERS)

local function killed_inside()
  kit.open{ max_connections = 2 }
  kit.items(0)
  local first, second
  local outer = kit.error_of(ryx.transaction, function(tx)
    tx:on_commit(function() error("on_commit ran") end)
    Item.objects:create{ n = 1 }
    kit.kill_all()
    first = kit.error_of(Item.objects.create, Item.objects, { n = 2 })
    second = kit.error_of(Item.objects.count, Item.objects)
    error(first, 0)
  end)
  return first, second, outer
end

case("6: killed between BEGIN and COMMIT: no silent autocommit", function()
  local first, second, outer = killed_inside()
  kit.is_kind(second, "transaction_broken")
  assert.equal(first, outer)
  assert.equal("0", kit.admin("SELECT count(*) FROM fault_items"))
  Item.objects:create{ n = 3 }
  assert.equal(1, Item.objects:count())
end, SERVERS)

case("A14: killed between two statements of a transaction is a lost connection", function()
  kit.is_kind((killed_inside()), "connection")
end, SERVERS)

case("6: a block whose error is swallowed does not commit", function()
  kit.open()
  kit.items(0)
  local e = kit.error_of(ryx.transaction, function()
    Item.objects:create{ n = 1 }
    kit.kill_all()
    pcall(Item.objects.create, Item.objects, { n = 2 })
  end)
  kit.is_kind(e, "connection", "transaction_broken")
  assert.equal("0", kit.admin("SELECT count(*) FROM fault_items"))
end, SERVERS)

case("7: the reply to COMMIT is lost: commit_unknown, on_commit does not run", function()
  local proxy = kit.proxied()
  kit.items(0)
  local ran = false
  local e = kit.error_of(ryx.transaction, function(tx)
    tx:on_commit(function() ran = true end)
    Item.objects:create{ n = 1 }
    proxy:tell("next lose")
  end, { retries = 3 })
  kit.is_kind(e, "commit_unknown")
  assert.is_false(ran)
  assert.equal(1, rows_of(1))
  proxy:tell("pass")
  assert.equal(1, Item.objects:count())
end, SERVERS)

case("7: the reply to a write is lost: commit_unknown, and it is there once", function()
  local proxy = kit.proxied{ max_connections = 1 }
  kit.items(0)
  -- Prepared, so that the next message carries it out.
  Item.objects:create{ n = 1 }
  proxy:tell("next lose")
  kit.is_kind(kit.error_of(Item.objects.create, Item.objects, { n = 2 }), "commit_unknown")
  assert.equal(1, rows_of(2))
  assert.equal(2, Item.objects:count())
  proxy:tell("on UPDATE lose")
  kit.is_kind(kit.error_of(ryx.raw_execute, "UPDATE fault_items SET n = n + 10"), "commit_unknown")
  assert.equal(1, rows_of(12))
end, SERVERS)

case("7: a COMMIT that never arrives is not taken for one that did", function()
  local proxy = kit.proxied()
  kit.items(0)
  local e = kit.error_of(ryx.transaction, function()
    Item.objects:create{ n = 1 }
    proxy:tell("next cut")
  end)
  kit.is_kind(e, "commit_unknown")
  assert.equal(0, rows_of(1))
end, SERVERS)

case("10: a half-open connection is found by the deadline and thrown away", function()
  local proxy = kit.proxied{ max_connections = 1 }
  kit.items(2)
  proxy:tell("half")
  local e = kit.fails_within(2, ryx.timeout, 1, Item.objects.get, Item.objects, { n = 1 })
  kit.is_kind(e, "timeout")
  assert.equal(2, Item.objects:get{ n = 2 }.n)
end, SERVERS)

case("10: a peer whose kernel still acknowledges (a stopped proxy)", function()
  local proxy = kit.proxied{ max_connections = 2 }
  kit.items(2)
  proxy:freeze()
  for _ = 1, 2 do
    kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, Item.objects.count, Item.objects), "timeout")
  end
  local in_tx = kit.fails_within(1.5, ryx.timeout, 0.5, ryx.transaction, function() Item.objects:create{ n = 9 } end)
  kit.is_kind(in_tx, "timeout")
  proxy:thaw()
  assert.equal(2, Item.objects:count())
end, SERVERS)

-- The server's unix socket, which is there in a network of one's own as well.
local SOCKET = { postgres = "%s/sock/.s.PGSQL.%s", mariadb = "%s/sock/my", mysql = "%s/sock/mysql" }

case("10: a peer that is truly silent: the network is gone, deadlines hold", function()
  assert(os.execute("ip link set lo up"))
  local proxy = kit.proxy(kit.url, {
    socket = SOCKET[kit.dialect]:format(os.getenv("RYX_TEST_SERVERS"), kit.url:match(":(%d+)/")),
  })
  kit.open({ max_connections = 2, connect_timeout = 1 }, proxy.url)
  kit.items(2)
  assert(os.execute("ip link set lo down"))
  for _ = 1, 2 do
    kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, Item.objects.count, Item.objects), "timeout", "connection")
  end
  assert(os.execute("ip link set lo up"))
  assert.equal(2, Item.objects:count())
end, { needs = "server processes", inside = "unshare -rn" })

case("11: a reset in the middle of a large result: an error or all rows, no part", function()
  local proxy = kit.proxied{ max_connections = 2 }
  kit.items(3000)
  local query = Item.objects:order_by("n")
  local whole = #query:all()
  local seen = 0
  for i = 0, 24 do
    proxy:tell(("after down %d rst"):format(1 + i * i * 250))
    local ok, got = pcall(query.all, query)
    if ok then assert.equal(whole, #got) else kit.is_kind(got, "connection") end
    seen = seen + (ok and 0 or 1)
    proxy:tell("pass")
    assert.equal(whole, #query:all())
  end
  assert.is_true(seen > 5)
end, { needs = "server processes", seconds = 40 })

case("11: a reset in the middle of a stream ends it by an error", function()
  local proxy = kit.proxied{ max_connections = 2 }
  kit.items(3000)
  Item.objects:update_all{ body = ("x"):rep(2000) }
  for i = 1, 5 do
    local n = 0
    local e = kit.error_of(Item.objects.each, Item.objects:order_by("n"), function()
      n = n + 1
      if n == 200 then proxy:tell(("after down %d rst"):format(i * 15000)) end
    end, { chunk = 100 })
    kit.is_kind(e, "connection")
    assert.is_true(n >= 200 and n < 3000)
    proxy:tell("pass")
  end
  assert.equal(3000, Item.objects:count())
end, SERVERS)

local function texts(list)
  local out = {}
  for i, r in ipairs(list) do out[i] = r.n .. " " .. r.body end
  return table.concat(out, "\n")
end

case("12: slices of one byte give identical results", function()
  local proxy = kit.proxied{ max_connections = 2 }
  kit.items(200)
  local query = Item.objects:order_by("n")
  local whole = texts(query:all())
  proxy:tell("slice 1")
  assert.equal(whole, texts(query:all()))
  assert.equal(whole, texts(ryx.raw_fetch("SELECT n, body FROM fault_items ORDER BY n")))
  local streamed = {}
  query:each(function(r) streamed[#streamed + 1] = r end, { chunk = 7 })
  assert.equal(whole, texts(streamed))
  -- A connection that is dialled through the same keyhole.
  proxy:tell("cut")
  assert.equal(whole, texts(query:all()))
  ryx.transaction(function() Item.objects:create{ n = 201 } end)
  assert.equal(201, Item.objects:count())
end, SERVERS)

-- The longest time that a task which should tick was kept from it, while fn runs.
local function longest_gap(fn)
  local longest, done = 0, false
  ryx.run(function()
    ryx.spawn(function()
      local last = kit.clock()
      while not done do
        ryx.sleep(0.002)
        local now = kit.clock()
        longest, last = math.max(longest, now - last), now
      end
    end)
    local ok, err = pcall(fn)
    done = true
    if not ok then error(err, 0) end
  end)
  return longest
end

case("13: a slow line and huge rows block nobody", function()
  local proxy = kit.proxied{ max_connections = 2 }
  kit.items(0)
  for i = 1, 8 do Item.objects:create{ n = i, body = ("x"):rep(1000000) } end
  Item.objects:first()
  proxy:tell("rate 8000000")
  local before, n = kit.memory_kb(), 0
  local gap = longest_gap(function()
    for _ = 1, 2 do
      Item.objects:order_by("n"):each(function(r) n = n + #r.body end, { chunk = 1 })
    end
  end)
  assert.equal(16000000, n)
  assert.is_true(gap < 0.1, ("gap of %.3f s"):format(gap))
  assert.is_true(kit.memory_kb() - before < 40000, "memory grew")
end, SERVERS)

local MANY = {
  postgres = "SELECT g AS n, g + 1 AS m FROM generate_series(1, %d) g",
  mariadb = "SELECT seq AS n, seq + 1 AS m FROM seq_1_to_%d",
  mysql = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < %d) SELECT n, n + 1 AS m FROM g",
}

case("A11: a result of many rows does not keep other tasks waiting", function()
  kit.open{ max_connections = 2 }
  ryx.raw_execute(MANY[kit.dialect]:format(10))
  -- Nobody takes the rows: what is measured is their way through the driver.
  -- libpq has a result whole, and gives all of it back in one call.
  local n = kit.dialect == "postgres" and 1000000 or 2000000
  local gap = longest_gap(function() ryx.raw_execute(MANY[kit.dialect]:format(n)) end)
  assert.is_true(gap < 0.1, ("gap of %.3f s"):format(gap))
end, { needs = "server processes", seconds = 30 })

local RAISES = {
  postgres = "DO $$ BEGIN RAISE EXCEPTION 'mine' USING ERRCODE = '%s'; END $$",
  mariadb = "BEGIN NOT ATOMIC SIGNAL SQLSTATE '%s' SET MESSAGE_TEXT = 'mine'; END",
  mysql = "SIGNAL SQLSTATE '%s' SET MESSAGE_TEXT = 'mine'",
}

for _, state in ipairs{ "08006", "28000", "53300", "57P01", "40003" } do
  case("A8: an error that a statement raises with " .. state .. " is an ordinary one", function()
    kit.open{ max_connections = 1 }
    kit.items(1)
    local before = kit.me()
    local e = kit.error_of(ryx.raw_execute, RAISES[kit.dialect]:format(state))
    assert.not_equal("commit_unknown", e.kind)
    assert.not_equal("connection", e.kind)
    assert.equal(state, e.sqlstate)
    assert.truthy(tostring(e):find("mine", 1, true))
    assert.equal(before, kit.me())
    assert.equal(1, Item.objects:count())
  end, SERVERS)
end

case("A8: COPY through raw_fetch is misuse, and the pool works", function()
  kit.open{ max_connections = 1 }
  kit.items(2)
  for _, sql in ipairs{ "COPY fault_items TO STDOUT", "COPY fault_items FROM STDIN" } do
    kit.is_kind(kit.error_of(ryx.raw_fetch, sql), "misuse")
    assert.equal(2, Item.objects:count())
  end
end, { needs = "array columns" })

case("43: a server whose bytes are wrong: an error or rows, in time, in bounded memory", function()
  local proxy = kit.proxied{ max_connections = 1, connect_timeout = 2 }
  kit.items(200)
  local query = Item.objects:order_by("n")
  query:all()
  local before = kit.memory_kb()
  for i = 0, 30 do
    proxy:tell("corrupt " .. i * 3)
    local spent = kit.took(ryx.timeout, 0.3, query.all, query)
    assert.is_true(spent < 2, ("byte %d: %.1f s"):format(i * 3, spent))
    proxy:tell("pass")
    proxy:tell("cut")
  end
  assert.is_true(kit.memory_kb() - before < 100000, "memory grew")
  assert.equal(200, #query:all())
end, { needs = "server processes", seconds = 40 })
