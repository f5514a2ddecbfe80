-- SPDX-License-Identifier: MIT
-- ryx migrate, showmigrations, sqlmigrate: what they print and change, exit codes.
local cli = require "support.cli"
local json = require("ryx.value").json

local CONFIG = 'return { database = { url = "sqlite:app.db" }, models = "models" }\n'
local MODELS = [[
local ryx = require "ryx"
ryx.model("Post", { title = ryx.CharField{ max_length = 80 }, n = ryx.IntField{ default = 3 } })
]]

local function migration(dependency, operations)
  return ('local ryx = require "ryx"\nlocal m = require "ryx.migrations"\nreturn m.migration{ dependencies = { %s }, '
    .. "operations = { %s } }\n"):format(dependency and ("%q"):format(dependency) or "", operations)
end

local FILES = {
  ["ryx.lua"] = CONFIG, ["models.lua"] = MODELS,
  ["migrations/0001_initial.lua"] = migration(nil,
    'm.create_model("Post", { title = ryx.CharField{ max_length = 80 } })'),
  ["migrations/0002_n.lua"] = migration("0001_initial", 'm.add_field("Post", "n", ryx.IntField{ default = 3 })'),
  ["migrations/0003_rows.lua"] = migration("0002_n",
    'm.run_sql("INSERT INTO posts (title) VALUES (\'a;b\')", "DELETE FROM posts"), '
    .. 'm.alter_field("Post", "title", ryx.CharField{ max_length = 90 })'),
}

local function project(changes)
  local files = {}
  for name, text in pairs(FILES) do files[name] = text end
  for name, text in pairs(changes or {}) do files[name] = text or nil end
  return cli.folder(files)
end

local function ryx(folder, ...) return cli.run{ cwd = folder, ... } end

local function ok(r)
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

local function sql(folder, text, file)
  cli.write(folder, { ["script.sql"] = text })
  local f = io.popen(("cd '%s' && sqlite3 %s < script.sql 2>&1"):format(folder, file or "app.db"))
  local out = f:read("*a"):gsub("%s+$", "")
  f:close()
  return out
end

local function exists(path)
  local f = io.open(path)
  return f and f:close() or false
end

local function fails(r, code, ...)
  assert.equal(code, r.code)
  for _, text in ipairs{ ... } do assert.truthy(r.err:find(text, 1, true), r.err) end
  return r
end

describe("ryx migrate", function()
  it("applies what lacks, and has nothing to do then", function()
    local folder = project()
    assert.equal("applied 0001_initial\napplied 0002_n\napplied 0003_rows\n", ok(ryx(folder, "migrate")))
    assert.equal("1|a;b|3", sql(folder, "SELECT * FROM posts"))
    assert.equal("0001_initial|1\n0002_n|1\n0003_rows|1",
      sql(folder, "SELECT name, applied_at IS NOT NULL FROM ryx_migrations ORDER BY id"))
    assert.equal("Nothing to do.\n", ok(ryx(folder, "migrate")))
    assert.same({ applied = {} }, json.decode(ok(ryx(folder, "migrate", "--json"))))
  end)

  it("goes to a name, to the beginning of one, to zero and back", function()
    local folder = project()
    assert.equal("applied 0001_initial\napplied 0002_n\n", ok(ryx(folder, "migrate", "0002")))
    assert.equal("took back 0002_n\n", ok(ryx(folder, "migrate", "0001_initial")))
    assert.equal("id\ntitle", sql(folder, "SELECT name FROM pragma_table_info('posts')"))
    local out = json.decode(ok(ryx(folder, "migrate", "--json")))
    local first = out.applied[1]
    assert.same({ "0002_n", "default", false }, { first.name, first.database, first.backwards })
    assert.equal("took back 0003_rows\ntook back 0002_n\ntook back 0001_initial\n", ok(ryx(folder, "migrate", "zero")))
    assert.equal("0", sql(folder, "SELECT count(*) FROM sqlite_master WHERE name = 'posts'"))
    fails(ryx(folder, "migrate", "0009"), 1, '"0009"')
    fails(ryx(folder, "migrate", "000"), 1, "0001_initial, 0002_n")
  end)

  it("plans and prints SQL without making anything", function()
    local folder = project()
    assert.equal("apply 0001_initial\n  create model Post\napply 0002_n\n  add field n to Post\n"
      .. "apply 0003_rows\n  run SQL: INSERT INTO posts (title) VALUES ('a;b')\n  alter field title of Post\n",
      ok(ryx(folder, "migrate", "--plan")))
    local plan = json.decode(ok(ryx(folder, "migrate", "--plan", "--json"))).plan
    assert.same({ "0003_rows", false, 2 }, { plan[3].name, plan[3].backwards, #plan[3].operations })
    local script = ok(ryx(folder, "migrate", "--dry-run", "0002"))
    assert.truthy(script:find('-- apply 0001_initial\nBEGIN;\nCREATE TABLE', 1, true), script)
    assert.equal("", sql(folder, "SELECT name FROM sqlite_master"))
    assert.equal("", sql(folder, script, "by_hand.db"))
    assert.equal("id\ntitle\nn", sql(folder, "SELECT name FROM pragma_table_info('posts')", "by_hand.db"))
    ok(ryx(folder, "migrate"))
    assert.equal("take back 0003_rows\n", ok(ryx(folder, "migrate", "--plan", "0002")):match("^[^\n]*\n"))
    assert.equal("Nothing to do.\n", ok(ryx(folder, "migrate", "--plan")))
  end)

  it("changes nothing where something has no way back", function()
    local folder = project{ ["migrations/0003_rows.lua"] = migration("0002_n", 'm.run_sql("DELETE FROM posts")') }
    ok(ryx(folder, "migrate"))
    local r = fails(ryx(folder, "migrate", "zero", "--json"), 1, "0003_rows", "reversible")
    assert.truthy(json.decode(r.out).error:find("reversible", 1, true))
    fails(ryx(folder, "migrate", "--plan", "zero"), 1, "reversible")
    fails(ryx(folder, "sqlmigrate", "0003", "--backwards"), 1, "reversible")
    assert.equal("3", sql(folder, "SELECT count(*) FROM ryx_migrations"))
  end)

  it("fakes", function()
    local folder = project()
    assert.equal("noted 0001_initial\nnoted 0002_n\nnoted 0003_rows\n", ok(ryx(folder, "migrate", "--fake")))
    assert.equal("0", sql(folder, "SELECT count(*) FROM sqlite_master WHERE name = 'posts'"))
    folder = project()
    sql(folder, "CREATE TABLE posts (id INTEGER PRIMARY KEY AUTOINCREMENT, title VARCHAR(80) NOT NULL)")
    fails(ryx(folder, "migrate"), 1, "posts", "--fake-initial")
    assert.equal("noted 0001_initial\napplied 0002_n\napplied 0003_rows\n",
      ok(ryx(folder, "migrate", "--fake-initial")))
  end)

  it("warns of a file that was changed", function()
    local folder = project()
    ok(ryx(folder, "migrate"))
    cli.write(folder, { ["migrations/0002_n.lua"] = FILES["migrations/0002_n.lua"] .. "-- more\n" })
    local r = ryx(folder, "migrate")
    assert.same({ 0, "Nothing to do.\n" }, { r.code, r.out })
    assert.truthy(r.err:find("warning: the migration 0002_n was changed", 1, true), r.err)
  end)

  it("tells what fails, and what was done before", function()
    local folder = project{
      ["migrations/0002_n.lua"] = migration("0001_initial", 'm.run_sql("INSERT INTO absent VALUES (1)")'),
    }
    local r = fails(ryx(folder, "migrate"), 1, "0002_n", "INSERT INTO absent")
    assert.equal("applied 0001_initial\n", r.out)
    assert.equal("0001_initial", sql(folder, "SELECT name FROM ryx_migrations"))
    folder = project{ ["migrations/0002_other.lua"] = migration("0001_initial", "") }
    fails(ryx(folder, "migrate"), 1, "0002_other", "0003_rows", "--merge")
    folder = project{ ["migrations/0002_n.lua"] = "return 5" }
    fails(ryx(folder, "migrate"), 1, "0002_n.lua")
  end)

  it("migrates each database that models are on, or one", function()
    local folder = project{
      ["ryx.lua"] = 'return { databases = { default = { url = "sqlite:app.db" }, logs = { url = "sqlite:logs.db" } }, '
        .. 'models = "models" }',
      ["migrations/0002_n.lua"] = migration("0001_initial",
        'm.create_model("Log", { text = ryx.TextField{}, Meta = { database = "logs" } })'),
      ["migrations/0003_rows.lua"] = false,
    }
    assert.equal("[default] applied 0001_initial\n[default] applied 0002_n\n[logs] applied 0001_initial\n"
      .. "[logs] applied 0002_n\n", ok(ryx(folder, "migrate")))
    local tables = "SELECT group_concat(name) FROM (SELECT name FROM sqlite_master WHERE type = 'table' "
      .. "AND name NOT LIKE 'sqlite%' ORDER BY 1)"
    assert.equal("posts,ryx_migrations", sql(folder, tables))
    assert.equal("logs,ryx_migrations", sql(folder, tables, "logs.db"))
    assert.equal("took back 0002_n\n", ok(ryx(folder, "migrate", "0001", "--database", "logs")))
    fails(ryx(folder, "migrate", "--database", "absent"), 1, "absent")
  end)

  it("knows wrong usage", function()
    local folder = project()
    for _, words in ipairs{ { "--wait", "x" }, { "--absent" }, { "a", "b" } } do
      local r = ryx(folder, "migrate", words[1], words[2])
      assert.same({ 2, "" }, { r.code, r.out })
    end
    fails(ryx(folder, "migrate", "--lock-timeout", "1"), 1, "lock_timeout", "SQLite")
  end)

  it("draws its progress on a terminal, with times", function()
    local folder = project()
    local r = cli.terminal{ "migrate", cwd = folder, typing = {} }
    assert.equal(0, r.code)
    assert.truthy(r.out:find("0001_initial.-%d+%.%d%d s"), r.out)
    assert.truthy(r.out:find("\27[32mapplied", 1, true), r.out)
    assert.truthy(r.out:find("\r\27[K0001_initial: create table posts\r\27[K", 1, true), r.out)
    r = cli.terminal{ "migrate", "zero", cwd = folder, typing = {}, env = { TERM = "dumb" } }
    assert.truthy(r.out:find("^took back 0003_rows  %d+%.%d%d s\r\ntook back 0002_n  "), r.out)
  end)

  it("shows what is applied", function()
    local folder = project()
    assert.equal("[ ] 0001_initial\n[ ] 0002_n\n[ ] 0003_rows\n", ok(ryx(folder, "showmigrations")))
    assert.equal("", sql(folder, "SELECT name FROM sqlite_master"))
    ok(ryx(folder, "migrate", "0002"))
    assert.equal("[X] 0001_initial\n[X] 0002_n\n[ ] 0003_rows\n", ok(ryx(folder, "showmigrations")))
    assert.equal("[ ] 0003_rows\n", ok(ryx(folder, "showmigrations", "--unapplied")))
    assert.same({ { name = "0003_rows", applied = false } },
      json.decode(ok(ryx(folder, "showmigrations", "--unapplied", "--json"))))
    ok(ryx(folder, "migrate"))
    assert.equal("[]\n", ok(ryx(folder, "showmigrations", "--unapplied", "--json")))
  end)

  it("prints SQL that runs as it stands, forwards and backwards", function()
    local folder = project()
    for _, name in ipairs{ "0001", "0002", "0003" } do
      assert.equal("", sql(folder, ok(ryx(folder, "sqlmigrate", name)), "by_hand.db"))
    end
    assert.equal("1|a;b|3", sql(folder, "SELECT * FROM posts", "by_hand.db"))
    local definition = sql(folder, "SELECT sql FROM sqlite_master WHERE name = 'posts'", "by_hand.db")
    assert.truthy(definition:find("VARCHAR(90)", 1, true), definition)
    local script = ok(ryx(folder, "sqlmigrate", "0003"))
    assert.truthy(script:find("^PRAGMA foreign_keys = OFF;\nBEGIN;\n"), script)
    assert.truthy(script:find("COMMIT;\nPRAGMA foreign_keys = ON;\n$"), script)
    assert.falsy(script:find("ryx_migrations", 1, true))
    for _, name in ipairs{ "0003", "0002", "0001" } do
      assert.equal("", sql(folder, ok(ryx(folder, "sqlmigrate", name, "--backwards")), "by_hand.db"))
    end
    assert.equal("", sql(folder, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite%'", "by_hand.db"))
    assert.is_false(exists(folder .. "/ryx_migrations"))
  end)
end)
