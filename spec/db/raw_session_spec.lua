-- SPDX-License-Identifier: MIT
-- What the user's own SQL does to its connection: nothing is left for the next, and
-- nothing is done where nothing was.
local ryx = require "ryx"
local db = require "support.db"

-- { what sets a state, what shows it, what it shows in a fresh session }
local STATES = {
  sqlite = {
    { "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys", 1 },
    { "CREATE TEMP TABLE raw_temp (a INTEGER)", "SELECT count(*) FROM sqlite_temp_master WHERE name = 'raw_temp'", 0 },
    { "ATTACH ':memory:' AS raw_other", "SELECT count(*) FROM pragma_database_list WHERE name = 'raw_other'", 0 },
  },
  postgres = {
    { "SELECT set_config('search_path', 'raw_nowhere', false)", "SELECT current_setting('search_path')",
      '"$user", public' },
    { 'SELECT "set_config"(\'search_path\', \'raw_nowhere\', false)', "SELECT current_setting('search_path')",
      '"$user", public' },
    { "SET search_path = raw_nowhere", "SELECT current_setting('search_path')", '"$user", public' },
    { "SELECT pg_advisory_lock(4711)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711", 0 },
    { "CREATE TEMP TABLE raw_temp (a INTEGER)", "SELECT count(*) FROM pg_class WHERE relname = 'raw_temp'", 0 },
    { "SELECT 1 AS a INTO TEMP raw_temp", "SELECT count(*) FROM pg_class WHERE relname = 'raw_temp'", 0 },
    { "PREPARE raw_mine AS SELECT 1", "SELECT count(*) FROM pg_prepared_statements WHERE name = 'raw_mine'", 0 },
    { "LISTEN raw_mine", "SELECT count(*) FROM (SELECT pg_listening_channels()) AS c", 0 },
  },
  mariadb = {
    { "SET @raw_mine = 1", "SELECT @raw_mine IS NULL", 1 },
    { "SELECT @raw_mine := 1", "SELECT @raw_mine IS NULL", 1 },
    { "SELECT 1 INTO @raw_mine", "SELECT @raw_mine IS NULL", 1 },
    { "SELECT GET_LOCK('raw_mine', 5)", "SELECT IS_USED_LOCK('raw_mine') IS NOT NULL", 0 },
    { "SET SESSION sql_select_limit = 7", "SELECT @@sql_select_limit = 7", 0 },
    { "CREATE TEMPORARY TABLE raw_session (a INTEGER)", "SELECT count(*) FROM raw_session", 2 },
  },
}

STATES.mysql = STATES.mariadb

-- Do nothing, or are refused, inside a transaction, or take effect after it.
local OUTSIDE = {
  ["PRAGMA foreign_keys = OFF"] = true, ["ATTACH ':memory:' AS raw_other"] = true, ["LISTEN raw_mine"] = true,
}

-- What changes rows or reads them, and leaves the session as it was.
local HARMLESS = {
  { "SELECT id, v FROM raw_session WHERE id = ?", { 1 } },
  { "SELECT count(*), max(v), upper(min(v)) FROM raw_session WHERE id IN (?, ?)", { 1, 2 } },
  { "WITH w(a) AS (SELECT id FROM raw_session) SELECT a FROM w WHERE a = ?", { 1 } },
  { "INSERT INTO raw_session (id, v) SELECT max(id) + 1, ? FROM raw_session", { "new" } },
  { "UPDATE raw_session SET v = lower(?) WHERE id = 2", { "B" } },
  { "DELETE FROM raw_session WHERE id > ?", { 100 } },
}

local function scalar(sql, params)
  return ryx.raw_fetch(sql, params, { array = true })[1][1]
end

local function fresh()
  ryx.raw_execute("DROP TABLE IF EXISTS raw_session")
  ryx.raw_execute("CREATE TABLE raw_session (id INTEGER PRIMARY KEY, v VARCHAR(20))")
  ryx.raw_execute("INSERT INTO raw_session (id, v) VALUES (1, 'a'), (2, 'b')")
end

describe("raw statements and their session", function()
  local file = db.dialect == "sqlite" and os.tmpname()
  local url = file and "sqlite:" .. file or db.url
  setup(function() ryx.setup{ default = url, other = url } end)
  before_each(fresh)
  teardown(function()
    ryx.raw_execute("DROP TABLE IF EXISTS raw_session")
    ryx.close()
    for _, tail in ipairs(file and { "", "-wal", "-shm" } or {}) do os.remove(file .. tail) end
  end)
  after_each(db.nothing_left_open)

  it("use one connection, one after the other", function()
    for _ = 1, 1000 do assert.equal("a", scalar("SELECT v FROM raw_session WHERE id = ?", { 1 })) end
    for _ = 1, 50 do ryx.raw_execute(STATES[db.dialect][1][1]) end
    local stats = ryx.pool_stats()
    assert.equal(1, stats.size)
    assert.equal(1, stats.dials)
  end)

  for _, case in ipairs(STATES[db.dialect]) do
    local change, show, want = case[1], case[2], case[3]
    it("leave nothing behind: " .. change, function()
      for _ = 1, 3 do
        ryx.raw_fetch(change)
        assert.equal(want, scalar(show))
      end
      assert.equal(1, ryx.pool_stats().dials)
    end)

    if not OUTSIDE[change] then
      it("are reset after a transaction: " .. change, function()
        ryx.transaction(function()
          ryx.raw_fetch(change)
          assert.Not.equal(want, scalar(show))
        end)
        assert.equal(want, scalar(show))
      end)
    end
  end

  if db.needs "prepared statements show" then
    it("stay prepared from their second use on, when they change nothing", function()
      local function prepared(sql)
        local n = 0
        local sent = sql:gsub("%?", function()
          n = n + 1
          return "$" .. n
        end)
        return scalar("SELECT count(*) FROM pg_prepared_statements WHERE statement = ?", { sent })
      end
      ryx.raw_execute("SET application_name = 'reset'")
      for _, case in ipairs(HARMLESS) do
        for n = 0, 2 do
          ryx.raw_fetch(case[1], case[2])
          assert.equal(n == 0 and 0 or 1, prepared(case[1]), case[1])
        end
      end
      for _, case in ipairs(HARMLESS) do assert.equal(1, prepared(case[1])) end
      ryx.raw_execute("SET application_name = 'reset'")
      for _, case in ipairs(HARMLESS) do assert.equal(0, prepared(case[1])) end
    end)
  end

  local function columns()
    local n = 0
    for _ in pairs(ryx.raw_fetch("SELECT * FROM raw_session WHERE id = ?", { 1 }, { null = true })[1]) do n = n + 1 end
    return n
  end

  local function returned(id)
    local n = 0
    local insert = "INSERT INTO raw_session (id) VALUES (?)"
    if not db.needs "returning" then
      ryx.raw_execute(insert, { id })
      return columns()
    end
    local rows = ryx.raw_fetch(insert .. " RETURNING *", { id }, { null = true })
    for _ in pairs(rows[1]) do n = n + 1 end
    return n
  end

  it("see a column that another connection added", function()
    for i = 1, 3 do assert.same({ 2, 2 }, { columns(), returned(10 + i) }) end
    ryx.raw_execute("ALTER TABLE raw_session ADD COLUMN w INTEGER", nil, { alias = "other" })
    for i = 1, 3 do assert.same({ 3, 3 }, { columns(), returned(20 + i) }) end
    assert.equal(8, scalar "SELECT count(*) FROM raw_session")
  end)

  it("see it in a transaction, which cannot repeat them", function()
    for _ = 1, 3 do assert.equal(2, columns()) end
    ryx.raw_execute("ALTER TABLE raw_session ADD COLUMN y INTEGER", nil, { alias = "other" })
    ryx.transaction(function()
      for _ = 1, 3 do assert.equal(3, columns()) end
    end)
  end)

  it("see columns that another connection exchanged", function()
    local function row() return ryx.raw_fetch("SELECT * FROM raw_session WHERE id = ?", { 1 })[1] end
    for _ = 1, 3 do assert.same({ id = 1, v = "a" }, row()) end
    for _, sql in ipairs{ "ADD COLUMN x INTEGER DEFAULT 7", "DROP COLUMN v" } do
      ryx.raw_execute("ALTER TABLE raw_session " .. sql, nil, { alias = "other" })
    end
    for _ = 1, 3 do assert.same({ id = 1, x = 7 }, row()) end
  end)

  if db.needs "transactional ddl" then
    it("see a column that their transaction added", function()
      for _ = 1, 3 do assert.equal(2, columns()) end
      ryx.transaction(function()
        ryx.raw_execute("ALTER TABLE raw_session ADD COLUMN w INTEGER")
        for _ = 1, 3 do assert.equal(3, columns()) end
      end)
      for _ = 1, 3 do assert.equal(3, columns()) end
    end)
  end

  it("give the same values prepared and not", function()
    local sql = "SELECT 1 AS a, 1.5 AS b, 'x' AS c, CAST(? AS DECIMAL(10,2)) AS d, NULL AS e, id, v FROM raw_session"
    local first = ryx.raw_fetch(sql, { "2.50" })
    for _ = 1, 3 do assert.same(first, ryx.raw_fetch(sql, { "2.50" })) end
  end)
end)
