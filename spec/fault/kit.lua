-- SPDX-License-Identifier: MIT
-- What the cases share: the database under test, a way to it that does not pass
-- through ryx, a table, and words for what they claim.
local uv = require "luv"
local ryx = require "ryx"
local db = require "support.db"
local poolers = require "fault.pooler"
local proxies = require "fault.proxy"
local servers = require "fault.server"

-- What was preloaded here is for this process, not for clients and servers.
uv.os_unsetenv("LD_PRELOAD")

local M = { url = db.url, dialect = db.dialect, error_of = db.error_of }

-- What is said differently on the databases.
local SQL = {
  postgres = {
    sleep = "SELECT pg_sleep(%g)", me = "SELECT pg_backend_pid() AS id",
    kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
      .. "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
    wait_for_none = "DO $$ BEGIN FOR i IN 1 .. 500 LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01); "
      .. "EXIT WHEN NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
      .. "AND backend_type = 'client backend'); END LOOP; END $$",
    running = "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND state = 'active' "
      .. "AND query LIKE '%%%s%%'",
  },
  mariadb = {
    sleep = "SELECT SLEEP(%g)", me = "SELECT CONNECTION_ID() AS id",
    victims = "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist "
      .. "WHERE id <> CONNECTION_ID() AND user <> 'system user' AND command <> 'Daemon'",
    running = "SELECT count(*) FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND command <> 'Sleep' "
      .. "AND info LIKE '%%%s%%'",
  },
  sqlite = {
    sleep = db.slow_sql,
  },
}
SQL.mysql = SQL.mariadb
M.sql = SQL[db.dialect]

--- Seconds of a clock that never jumps.
function M.clock() return uv.hrtime() / 1e9 end

--- SQL that takes some seconds.
function M.sleep_sql(seconds) return M.sql.sleep:format(seconds) end

local function quoted(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local CLIENT = {
  postgres = function(url, sql)
    return ("psql -XAtq -v ON_ERROR_STOP=1 %s -c %s"):format(quoted(url), quoted(sql))
  end,
  mariadb = function(url, sql)
    local user, host, port, name = url:match("//([^:@]+)@([%d.]+):(%d+)/(%w+)")
    return ("mariadb --no-defaults --force -h %s -P %s -u %s -N -B %s -e %s")
      :format(host, port, user, name, quoted(sql))
  end,
}

CLIENT.mysql = CLIENT.mariadb

--- Runs SQL through the server's own client; returns what it prints.
function M.admin(sql, url)
  local p = assert(io.popen(CLIENT[M.dialect](url or M.url, sql)))
  local out = p:read("a"):gsub("\n$", "")
  if not p:close() then error("the client failed: " .. sql, 2) end
  return out
end

--- Starts SQL in a client beside this process; wait() on what it returns joins it.
function M.admin_start(sql)
  local p = assert(io.popen(CLIENT[M.dialect](M.url, sql)))
  return { wait = function() return p:read("a"), p:close() end }
end

--- Ends every connection of the server but the administrator's own.
function M.kill_all(url)
  if M.sql.kill then
    M.admin(M.sql.kill, url)
    -- They are only told to go: one that still listens may take a statement along.
    return M.admin(M.sql.wait_for_none, url)
  end
  -- One that went by itself meanwhile is an error of its own, and gone as well.
  pcall(M.admin, M.admin(M.sql.victims, url), url)
end

--- The same without waiting: a server may take seconds to end what it runs.
function M.kill_all_soon()
  local client, command = CLIENT[M.dialect]
  if M.sql.kill then
    command = client(M.url, M.sql.kill)
  else
    command = client(M.url, M.sql.victims) .. " | " .. client(M.url, ""):gsub(" %-e ''$", "")
  end
  assert(os.execute("(" .. command .. ") >/dev/null 2>&1 &"))
end

--- How many statements whose text has that run on the server.
function M.running(text) return tonumber(M.admin(M.sql.running:format(text))) end

local Item = ryx.model("FaultItem", {
  n = ryx.IntField{}, body = ryx.TextField{ default = "-" }, Meta = { table_name = "fault_items" },
})
M.Item = Item

--- Sets ryx up; the connection's URL may be a proxy's.
function M.open(options, url)
  local alias = { url = url or M.url }
  for k, v in pairs(options or {}) do alias[k] = v end
  ryx.setup{ default = alias }
end

--- A fresh table of rows 1 .. n, made before the fault.
function M.items(n)
  db.tables(ryx, { Item })
  local list = {}
  for i = 1, n or 0 do list[i] = Item{ n = i, body = "row " .. i } end
  if #list > 0 then Item.objects:bulk_create(list) end
  return Item
end

local things = {}

--- A proxy before a server (the one under test), with ryx set up through it.
function M.proxied(options, url)
  local proxy = M.proxy(url)
  M.open(options, proxy.url)
  return proxy
end

function M.proxy(url, options)
  local proxy = proxies.open(url or M.url, options)
  things[#things + 1] = proxy
  return proxy
end

--- A throwaway server of the kind under test.
function M.server(environment)
  return servers.start(M.dialect, environment)
end

--- The server's number of the connection that runs this.
function M.me(opts) return ryx.raw_fetch(M.sql.me, nil, opts)[1].id end

--- A throwaway pooler before the server under test, or another; settings: those of
--- scripts/pooler.sh.
function M.pooler(kind, url, ...)
  M.own_folder()
  return poolers.start(kind, url or M.url, ...)
end

--- Calls fn and returns how long that took, and what it returned.
function M.took(fn, ...)
  local start = M.clock()
  local results = table.pack(pcall(fn, ...))
  return M.clock() - start, table.unpack(results, 1, results.n)
end

--- fn ends with an error within some seconds; returns the error.
function M.fails_within(seconds, fn, ...)
  local spent, ok, e = M.took(fn, ...)
  assert(not ok, "an error was expected")
  assert(spent <= seconds, ("took %.2f s, not %g: %s"):format(spent, seconds, M.text(e)))
  return e
end

--- Any error as text, with what tells errors of ryx apart.
function M.text(e)
  if type(e) ~= "table" or e.kind == nil then return tostring(e) end
  return ("%s: %s (sqlstate %s)"):format(e.kind, tostring(e), tostring(e.sqlstate))
end

--- The error is of one of these kinds.
function M.is_kind(e, ...)
  local kinds = { ... }
  for _, kind in ipairs(kinds) do
    if type(e) == "table" and e.kind == kind then return e end
  end
  error(("expected %s, got %s"):format(table.concat(kinds, " or "), M.text(e)), 2)
end

--- Waits until a fact holds, at most some seconds.
function M.eventually(what, seconds, fact)
  local limit = M.clock() + seconds
  repeat
    if fact() then return end
    ryx.sleep(0.01)
  until M.clock() > limit
  error(("not within %g s: %s"):format(seconds, what), 2)
end

--- Runs n tasks at once and waits for all; returns each one's { ok, value or error }.
function M.tasks(n, fn)
  local out = {}
  ryx.run(function()
    for i = 1, n do
      ryx.spawn(function() out[i] = table.pack(pcall(fn, i)) end)
    end
  end)
  return out
end

--- Every task succeeded.
function M.all_ok(results)
  for i, r in ipairs(results) do
    if not r[1] then error(("task %d: %s"):format(i, M.text(r[2])), 2) end
  end
end

--- Opens n connections at once, which are idle afterwards.
function M.warm(n)
  local open = 0
  M.all_ok(M.tasks(n, function()
    ryx.transaction(function()
      ryx.raw_fetch("SELECT 1 AS n")
      open = open + 1
      -- None may be free again before the last one has logged in.
      while open < n do ryx.sleep(0.01) end
    end)
  end))
end

--- What SQLite says of its file: "ok".
function M.integrity() return ryx.raw_fetch("PRAGMA integrity_check", nil, { array = true })[1][1] end

--- Kilobytes of memory of this process.
function M.memory_kb()
  for line in io.lines("/proc/self/status") do
    local kb = line:match("^VmRSS:%s*(%d+)")
    if kb then return tonumber(kb) end
  end
end

--- The case's own folder; made when the case runs alone.
function M.own_folder()
  if os.getenv("RYX_FAULT_DIR") then return os.getenv("RYX_FAULT_DIR") end
  local p = assert(io.popen("mktemp -d /tmp/ryx-fault-XXXXXX && chmod 755 /tmp/ryx-fault-*"))
  local dir = p:read("l")
  p:close()
  uv.os_setenv("RYX_FAULT_DIR", dir)
  M.made = dir
  return dir
end

--- The URL under test; of SQLite a file in the case's own folder.
function M.own_url(name)
  return M.dialect == "sqlite" and "sqlite:" .. M.own_folder() .. "/" .. name or M.url
end

--- Runs a Lua script as a user would; returns its exit code and what it printed.
--- Options: seconds, env ("A=1 B=2"), before.
function M.script(source, options)
  return M.script_start(source, options):wait()
end

--- Runs a script in Python instead of Lua: `command` of kit.script. The two lines
--- that stand before a Lua script are left out.
M.python = (os.getenv("PYTHON") or "python3")
  .. " -c 'import sys; exec(open(sys.argv[1]).read().split(chr(10), 2)[2])'"

local n_scripts = 0

--- The same beside this process; lines() of what it returns reads on.
function M.script_start(source, options)
  options = options or {}
  n_scripts = n_scripts + 1
  local path = ("%s/script%d.lua"):format(M.own_folder(), n_scripts)
  local f = assert(io.open(path, "w"))
  f:write('io.stdout:setvbuf("line")\npackage.path = "./spec/?.lua;" .. package.path\n', source)
  f:close()
  local p = assert(io.popen(("{ %s env %s RYX_TEST_URL='%s' timeout -k 1 %d %s %s; } 2>&1; echo \"exit $?\""):format(
    options.before or "", options.env or "", options.url or M.url, options.seconds or 10, options.command or "lua5.4",
    path)))
  local script = { out = {} }
  function script.line() -- the next line it prints, nil at its end
    local line = p:read("l")
    local code = line and line:match("^exit (%d+)$")
    if code then script.code = tonumber(code) return nil end
    table.insert(script.out, line)
    return line
  end
  function script.wait()
    while script.line() do end
    p:close()
    return script.code, table.concat(script.out, "\n")
  end
  return script
end

local CLOSE_MAX = 2.5 -- a second for the servers, a second of grace, and some air

--- What holds at the end of every case.
function M.finish()
  local left
  local open = pcall(ryx.pool_stats)
  if open then
    local limit = M.clock() + 3
    repeat
      left = nil
      for what, n in pairs(require("ryx.db").left_open()) do
        left = n ~= 0 and ("%d %s left open"):format(n, what) or left
      end
      if left then uv.sleep(10) end
    until not left or M.clock() > limit
  end
  local spent = M.took(ryx.close)
  assert(spent < CLOSE_MAX, ("close() took %.2f s"):format(spent))
  assert(not left, left)
end

--- Ends what the case started.
function M.close_all()
  for _, thing in ipairs(things) do pcall(thing.close, thing) end
  if M.made then servers.clear(M.made) end
end

return M
