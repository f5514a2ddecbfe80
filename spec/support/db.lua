-- SPDX-License-Identifier: MIT
-- Fresh tables on the database that RYX_TEST_URL names (a file of SQLite's when
-- it names none), and what the databases can do, asked by name.
local busted = require "busted"

local M = {}

local function temporary()
  local name = os.tmpname()
  os.remove(name)
  return name .. ".db"
end

local own = not os.getenv("RYX_TEST_URL") and temporary() or nil
M.url = os.getenv("RYX_TEST_URL") or "sqlite:" .. own

local DIALECT = {
  sqlite = "sqlite", postgres = "postgres", postgresql = "postgres", mysql = "mysql", mariadb = "mariadb",
}
M.dialect = DIALECT[M.url:match("^(%w+)")]

-- What not every database can do.
local CAN = {
  ["several writers"] = { postgres = true, mariadb = true, mysql = true },
  ["server processes"] = { postgres = true, mariadb = true, mysql = true },
  ["prepared statements show"] = { postgres = true },
  ["poolers"] = { postgres = true },
  ["transactional ddl"] = { postgres = true, sqlite = true },
  ["conflict target"] = { sqlite = true, postgres = true },
  ["returning"] = { sqlite = true, postgres = true, mariadb = true },
  ["says what an insert did"] = { postgres = true, mariadb = true },
  ["JSON of 100 levels"] = { mysql = true },
  ["deep JSON"] = { sqlite = true, postgres = true },
  ["booleans"] = { postgres = true },
  ["comments"] = { postgres = true, mariadb = true, mysql = true },
  ["typed columns"] = { postgres = true, mariadb = true, mysql = true },
  ["array columns"] = { postgres = true },
  ["NaN"] = { postgres = true },
  ["days that ryx has not"] = { postgres = true },
  ["dates with zeros"] = { mariadb = true, mysql = true },
  ["a database of the server's own"] = { mariadb = true, mysql = true },
  ["infinity"] = { postgres = true, sqlite = true },
  ["frames of groups"] = { postgres = true, sqlite = true },
  ["reverse"] = { postgres = true, mariadb = true, mysql = true },
  ["|| joins text"] = { postgres = true, sqlite = true },
  ["names beyond the BMP"] = { sqlite = true, postgres = true },
  ["zone tables"] = { postgres = true, sqlite = true },
  ["INTERSECT ALL"] = { postgres = true, mariadb = true, mysql = true },
  ["FOR UPDATE OF"] = { postgres = true, mysql = true },
  ["rows around a FROM"] = { sqlite = true, postgres = true, mysql = true },
  ["LATERAL"] = { postgres = true, mysql = true },
  ["index expressions"] = { postgres = true, sqlite = true, mysql = true },
  ["index conditions"] = { postgres = true, sqlite = true },
  ["checks of counted keys"] = { postgres = true, sqlite = true },
  ["all indexes"] = { postgres = true },
  ["schemas"] = { postgres = true },
  ["EXPLAIN ANALYZE"] = { postgres = true, mariadb = true, mysql = true },
  ["mode in groups"] = { postgres = true, sqlite = true, mysql = true },
  ["search without an index"] = { postgres = true },
  ["search of uncommitted rows"] = { postgres = true, sqlite = true },
  ["search in an assignment"] = { postgres = true, sqlite = true, mysql = true },
  ["search in percentiles"] = { postgres = true, sqlite = true, mariadb = true },
  ["search after a full join"] = { postgres = true, sqlite = true },
  ["search by any key"] = { postgres = true, mariadb = true, mysql = true },
  ["trigrams"] = { postgres = true, sqlite = true },
  ["REPLACE"] = { sqlite = true, mariadb = true, mysql = true },
  ["writes in WITH"] = { postgres = true },
  ["deep expressions"] = { postgres = true, mariadb = true, mysql = true },
  ["keys over long text"] = { postgres = true, sqlite = true, mariadb = true },
  ["keys without bounds"] = { postgres = true, sqlite = true },
  ["set default"] = { postgres = true, sqlite = true },
  ["tables made anew"] = { sqlite = true },
  ["columns written anew"] = { mariadb = true, mysql = true },
  ["lock timeouts of DDL"] = { postgres = true },
  ["snapshots of sessions"] = { postgres = true },
  ["enums"] = { postgres = true, mariadb = true, mysql = true },
  ["virtual columns"] = { sqlite = true, mariadb = true, mysql = true },
  ["deferrable"] = { postgres = true },
}

-- What gets lost on the way to the server, RYX_TEST_LACKS="poolers,prepared statements show".
local lacks = {}
for capability in (os.getenv("RYX_TEST_LACKS") or ""):gmatch("[^,]+") do
  assert(CAN[capability], "no capability is called " .. capability)
  lacks[capability] = true
end

--- Can this database do that?  if db.needs "several writers" then it(...) end
function M.needs(capability)
  return assert(CAN[capability], "no capability is called " .. capability)[M.dialect] == true and not lacks[capability]
end

local SLOW = {
  sqlite = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 2000000000) "
    .. "SELECT count(*) AS n FROM c",
  postgres = "SELECT pg_sleep(20)",
  mariadb = "SELECT SLEEP(20)",
  mysql = "SELECT SLEEP(20)",
}
M.slow_sql = SLOW[M.dialect]

local function drop(ryx, model)
  local db = require "ryx.db"
  ryx.raw_execute("DROP TABLE IF EXISTS " .. db.quote(db.alias("default"), model._meta.table_name))
end

--- Drops the tables of models, join tables first.
local function drop_all(ryx, models)
  for _, model in ipairs(models) do
    for _, f in ipairs(model._meta.many_to_many) do
      if not f.through and f:is_declared() then drop(ryx, f:through_meta().class) end
    end
  end
  for i = #models, 1, -1 do drop(ryx, models[i]) end
end

--- Drops and makes the tables of models, given targets first.
function M.tables(ryx, models)
  drop_all(ryx, models)
  ryx.migrate(models)
end

--- Sets ryx up before a file's specs, drops its tables and closes after them.
function M.use(ryx, models)
  busted.setup(function()
    ryx.setup(M.url)
    M.tables(ryx, models)
  end)
  busted.teardown(function()
    drop_all(ryx, models)
    ryx.close()
    for _, tail in ipairs(own and { "", "-wal", "-shm", "-locks" } or {}) do os.remove(own .. tail) end
  end)
  busted.after_each(M.nothing_left_open)
end

--- Every request, row, transaction and stream has been given back; what was
--- cancelled may take a moment.
function M.nothing_left_open()
  local db, ryx = require "ryx.db", require "ryx"
  local left
  for _ = 1, 200 do
    left = nil
    for what, n in pairs(db.left_open()) do left = n ~= 0 and ("%d %s left open"):format(n, what) or left end
    if not left then return end
    ryx.sleep(0.01)
  end
  error(left, 2)
end

--- Runs fn as if the server lacked capabilities: what ryx does then works everywhere.
--- db.without({ update_returning = true }, function() ... end)
function M.without(capabilities, fn)
  local run = require "ryx.db.run"
  local can = run.can
  run.can = function(alias, name) return not capabilities[name] and can(alias, name) end
  local ok, err = pcall(fn)
  run.can = can
  if not ok then error(err, 0) end
end

--- The error that fn raises; fails when it raises none.
function M.error_of(fn, ...)
  local ok, e = pcall(fn, ...)
  assert(not ok, "an error was expected")
  return e
end

--- SQL that runs while fn does.
function M.sql_of(ryx, fn)
  local seen = {}
  local undo = ryx.on_query(function(e) seen[#seen + 1] = e.sql end)
  local ok, err = pcall(fn)
  undo()
  if not ok then error(err, 0) end
  return seen
end

--- Runs fn while PostgreSQL ends the connection of a statement that begins so, once: what it
--- raised, if anything.
function M.losing_connection(ryx, begins, fn)
  local err
  ryx.run(function()
    ryx.gather{
      function()
        local _, raised = pcall(fn)
        err = raised
      end,
      function()
        local n = 0
        while n == 0 do
          ryx.sleep(0.02)
          n = #ryx.raw_fetch("SELECT pg_terminate_backend(pid) AS x FROM pg_stat_activity "
            .. "WHERE query LIKE ? AND state = 'active' AND pid <> pg_backend_pid()", { begins .. "%" })
        end
      end,
    }
  end)
  return err
end

return M
