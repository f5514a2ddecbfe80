-- SPDX-License-Identifier: MIT
-- What stands between program and database: PgBouncer, which lends sessions, and HAProxy,
-- which cuts connections.
local ryx = require "ryx"
local case = require "fault.case"
local kit = require "fault.kit"

local TASKS, ROUNDS, ROWS = 24, 15, 200

--- One round of whatever a program does; every answer is checked.
local function use(Item, i, k)
  assert(Item.objects:get{ n = (i * k) % ROWS + 1 }.n == (i * k) % ROWS + 1)
  assert(#Item.objects:filter{ n__lte = k }:all() == k)
  Item.objects:filter{ n = i }:update{ body = ryx.F"body" .. "+" }
  ryx.transaction(function()
    local item = Item.objects:get{ n = 100 + i }
    item.body = item.body .. "+"
    item:save()
  end)
  local read = 0
  for _ in Item.objects:iter{ chunk = 50 } do read = read + 1 end
  assert(read == ROWS)
  ryx.transaction(function()
    for _ in Item.objects:iter{ chunk = 50 } do read = read + 1 end
  end)
  assert(read == 2 * ROWS)
end

--- What a session's settings decide.
local function settings(k)
  local row = ryx.raw_fetch("SELECT interval '1 day 2 hours' * ? AS d, "
    .. "to_char(timestamptz '2024-01-01 00:00:00Z', 'HH24') AS hour", { k })[1]
  assert(row.hour == "00", "the zone is not UTC")
  assert(row.d == ryx.duration(k * 26 * 3600), tostring(row.d))
end

--- What the writes of `use` add up to, in two places.
local function lengths(Item)
  local first = Item.objects:filter{ n__lte = TASKS }:aggregate{ s = ryx.Sum(ryx.Length("body")) }.s
  local second = Item.objects:filter{ n__gt = 100, n__lte = 100 + TASKS }:aggregate{ s = ryx.Sum(ryx.Length("body")) }.s
  return first, second
end

--- A table of so many rows, and ryx set up through a pooler; server: another than the one
--- under test.
local function behind(kind, rows, options, settings_of_it, server)
  kit.open(nil, server and server.url)
  local Item = kit.items(rows)
  ryx.close()
  local pooler = kit.pooler(kind, server and server.url, table.unpack(settings_of_it or {}))
  kit.open(options, pooler.url)
  return Item, pooler
end

--- The URL of a role whose sessions begin far from UTC.
local function far_away()
  kit.admin("DO $$ BEGIN CREATE ROLE far_away SUPERUSER LOGIN; EXCEPTION WHEN duplicate_object THEN END $$; "
    .. "ALTER ROLE far_away SET timezone = 'America/New_York'")
  return (kit.url:gsub("//[^@]*@", "//far_away@"))
end

--- Many tasks on few sessions: nothing fails, nothing is lost or done twice.
local function share(options, ...)
  local Item = behind("pgbouncer", ROWS, { max_connections = 10, prepare = options.prepare },
    { "default_pool_size=3", ... }, { url = far_away() })
  local first, second = lengths(Item)
  kit.all_ok(kit.tasks(TASKS, function(i)
    for k = 1, ROUNDS do
      use(Item, i, k)
      settings(k)
      if options.taint and k % 3 == 0 then ryx.raw_execute("SET search_path = public") end
    end
  end))
  local first_now, second_now = lengths(Item)
  assert(first_now == first + TASKS * ROUNDS and second_now == second + TASKS * ROUNDS,
    ("%d and %d more, not %d"):format(first_now - first, second_now - second, TASKS * ROUNDS))
end

--- A statement ends at its deadline.
local function late(Item)
  kit.is_kind(kit.fails_within(1, ryx.timeout, 0.5, function() return Item.objects:get{ n = 1 } end), "timeout")
end

local function back(Item)
  kit.eventually("it works again", 3, function() return (pcall(Item.objects.get, Item.objects, { n = 1 })) end)
end

local POOLER = { needs = "poolers", seconds = 40 }

case("A17: transaction mode, found out at the start", function() share({}) end, POOLER)

case("A17: transaction mode, and settings that PgBouncer drops", function()
  share({}, "ignore_startup_parameters=options")
end, POOLER)

case("A17: transaction mode, without names", function()
  share({ prepare = "unnamed" })
  ryx.close()
  share({ prepare = "off" })
end, POOLER)

case("A17: transaction mode, sessions that are changed and reset", function() share({ taint = true }) end, POOLER)

case("A17: session mode, by name", function()
  local Item = behind("pgbouncer", ROWS, { max_connections = 4, prepare = "named" }, { "pool_mode=session" })
  kit.all_ok(kit.tasks(4, function(i)
    for k = 1, ROUNDS do
      use(Item, i, k)
      settings(k)
    end
  end))
  local named = ryx.raw_fetch("SELECT count(*) AS n FROM pg_prepared_statements WHERE name LIKE 'ryx%'")[1].n
  assert(named > 0, "nothing is prepared by name")
end, POOLER)

-- Asked for by name where PgBouncer (before 1.21) cannot: found out, and nothing half done.
case("A17: names in transaction mode, where they cannot be", function()
  local Item = behind("pgbouncer", ROWS, { max_connections = 10, prepare = "named" }, { "default_pool_size=3" })
  local broken = 0
  for _, r in ipairs(kit.tasks(TASKS, function(i)
    for k = 1, ROUNDS do
      local ok, e = pcall(use, Item, i, k)
      if not ok then
        -- Inside a transaction the first time is an error.
        assert(e.sqlstate == "26000" or e.sqlstate == "42P05", kit.text(e))
        broken = broken + 1
      end
    end
  end)) do
    if not r[1] then error(r[2], 0) end
  end
  assert(broken <= 10, broken .. " transactions broke: one for each connection at the most")
end, POOLER)

case("PgBouncer is killed: an error at once", function()
  local Item, pooler = behind("pgbouncer", 3, { max_connections = 4 })
  kit.warm(4)
  pooler:kill()
  kit.is_kind(kit.fails_within(1, Item.objects.create, Item.objects, { n = 4 }), "connection")
end, POOLER)

case("PgBouncer hangs: deadlines hold", function()
  local Item, pooler = behind("pgbouncer", 3, { max_connections = 4 })
  kit.warm(4)
  pooler:pause()
  late(Item)
  pooler:resume()
  back(Item)
end, POOLER)

case("HAProxy cuts idle connections: unseen, writes too", function()
  local Item = behind("haproxy", 0, { max_connections = 4 }, { "timeout client 300ms", "timeout server 300ms" })
  kit.warm(4)
  for i = 1, 5 do
    ryx.sleep(0.4)
    kit.all_ok(kit.tasks(4, function(k) Item.objects:create{ n = i * 10 + k } end))
  end
  assert(Item.objects:count() == 20)
end, POOLER)

case("HAProxy cuts what takes longer than its patience", function()
  local Item = behind("haproxy", 3, { max_connections = 2 }, { "timeout client 500ms", "timeout server 500ms" })
  kit.is_kind(kit.fails_within(2, ryx.raw_fetch, kit.sleep_sql(5)), "connection")
  kit.is_kind(kit.fails_within(2, ryx.raw_execute, "UPDATE fault_items SET n = 0 WHERE (SELECT pg_sleep(5)) IS NULL"),
    "commit_unknown")
  kit.is_kind(kit.fails_within(2, ryx.transaction, function()
    Item.objects:create{ n = 99 }
    ryx.raw_execute(kit.sleep_sql(5))
  end), "connection")
  assert(Item.objects:count() == 3)
end, POOLER)

case("HAProxy keeps a connection to a server that hangs: deadlines hold", function()
  local server = kit.server()
  local Item = behind("haproxy", 3, { max_connections = 2 }, nil, server)
  kit.warm(2)
  server:pause()
  late(Item)
  server:resume()
  back(Item)
end, POOLER)

case("HAProxy hangs, and nobody says goodbye", function()
  local Item, haproxy = behind("haproxy", 3, { max_connections = 2, connect_timeout = 1 })
  kit.warm(2)
  haproxy:pause()
  late(Item)
  kit.is_kind(kit.fails_within(1.5, ryx.timeout, 0.5, function() Item.objects:create{ n = 9 } end), "commit_unknown",
    "timeout")
  haproxy:resume()
  back(Item)
end, POOLER)

-- HAProxy tries three times more, a second apart, unless it is told not to.
case("the server behind HAProxy restarts: connection at once, then all is well", function()
  local server = kit.server()
  local Item = behind("haproxy", 3, { max_connections = 4 }, { "retries 0" }, server)
  kit.warm(4)
  server:kill()
  kit.is_kind(kit.fails_within(1, Item.objects.get, Item.objects, { n = 1 }), "connection")
  server:begin()
  back(Item)
  Item.objects:create{ n = 4 }
  assert(Item.objects:count() == 4)
end, POOLER)
