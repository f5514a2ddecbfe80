-- SPDX-License-Identifier: MIT
-- ryx check: models against migrations against the database, as text, JSON and SQL.
local cli = require "support.cli"
local db = require "support.db"
local json = require("ryx.value").json

local TABLES = { "check_posts", "check_authors", "check_others", "ryx_migrations", "ryx_migration_steps" }

local HEAD = 'local ryx = require "ryx"\n'

-- Models, with more fields of Post.
local function models(post, author)
  return HEAD .. ([[
ryx.model("Author", { name = ryx.CharField{ max_length = 40 }, %s Meta = { table_name = "check_authors" } })
ryx.model("Post", {
  title = ryx.CharField{ max_length = 80 }, author = ryx.ForeignKey("Author"), %s
  Meta = { table_name = "check_posts" },
})
]]):format(author or "", post or "n = ryx.IntField{ default = 3 },")
end

local function run_lua(folder, text)
  cli.write(folder, { ["script.lua"] = HEAD .. text })
  local r = cli.run{ "run", "script.lua", cwd = folder }
  assert(r.code == 0, r.err)
  return r.out
end

local function clear(folder)
  local lines = {}
  for i, name in ipairs(TABLES) do
    lines[i] = ("ryx.raw_execute('DROP TABLE IF EXISTS %s')"):format(name)
  end
  run_lua(folder, table.concat(lines, "\n"))
end

local function project(text)
  local folder = cli.folder{
    ["ryx.lua"] = ("return { database = { url = %q }, models = 'models' }\n"):format(db.url),
    ["models.lua"] = text or models(),
  }
  clear(folder)
  return folder
end

local function ok(folder, ...)
  local r = cli.run{ cwd = folder, ... }
  assert.same({ 0, "" }, { r.code, r.err })
  return r.out
end

local function migrated(text)
  local folder = project(text)
  ok(folder, "makemigrations")
  ok(folder, "migrate")
  return folder
end

-- The exit code and what it says as data.
local function check(folder, ...)
  local r = cli.run{ "check", "--json", cwd = folder, ... }
  assert.equal("", r.err)
  return r.code, json.decode(r.out)
end

local CLEAN = { ok = true, models = {}, migrations = {}, database = {}, warnings = {} }

describe("ryx check", function()
  it("says nothing of what is the same, and makes nothing", function()
    local folder = project()
    local code, found = check(folder)
    assert.same({ 1, false }, { code, found.ok })
    assert.same({ "create model Author", "create model Post" }, found.models)
    ok(folder, "makemigrations")
    code, found = check(folder)
    assert.equal(1, code)
    assert.same({ {}, { "0001_initial" }, {}, {} }, { found.models, found.migrations, found.database, found.warnings })
    assert.equal("false\n", run_lua(folder, [[
      local exists, alias = require("ryx.migrations.runner.record").exists, require("ryx.db").alias("default")
      print(exists(alias, "migrations") or exists(alias, "steps"))
    ]]))
    ok(folder, "migrate")
    code, found = check(folder)
    assert.same({ 0, CLEAN }, { code, found })
    assert.truthy(ok(folder, "check"):find("say the same", 1, true))
    assert.equal("", ok(folder, "check", "--sql"))
    clear(folder)
  end)

  it("tells of models that no migration knows, and of questions", function()
    local folder = migrated()
    cli.write(folder, { ["models.lua"] = models([[
      n = ryx.IntField{ default = 3 }, slug = ryx.TextField{ null = true }, ]]) })
    local code, found = check(folder)
    assert.equal(1, code)
    assert.same({ { "add field slug to Post" }, {}, {}, {} },
      { found.models, found.migrations, found.database, found.warnings })
    cli.write(folder, { ["models.lua"] = models("m = ryx.IntField{ default = 3 },") })
    code, found = check(folder)
    assert.equal(1, code)
    assert.truthy(table.concat(found.models, "\n"):find("Was Post.n renamed to Post.m?", 1, true))
    assert.truthy(cli.run{ "check", "--sql", cwd = folder }.out:find("-- Was Post.n renamed to Post.m?", 1, true))
    local text = cli.run{ "check", cwd = folder }
    assert.equal(1, text.code)
    assert.truthy(text.out:find("Models have changed", 1, true), text.out)
    clear(folder)
  end)

  it("warns of what pending steps risk, by migration and column", function()
    local folder = migrated()
    run_lua(folder, [[
      ryx.raw_execute("INSERT INTO check_authors (name) VALUES ('a')")
      ryx.raw_execute("INSERT INTO check_posts (title, author_id) SELECT 't', id FROM check_authors")
    ]])
    cli.write(folder, { ["models.lua"] = models("n = ryx.BigIntField{ default = 3 },") })
    ok(folder, "makemigrations", "--name", "wide")
    local code, found = check(folder)
    assert.same({ 1, { "0002_wide" } }, { code, found.migrations })
    local first = found.warnings[1]
    assert.same({ "blocking", "0002_wide", "check_posts.n", "default" },
      { first.kind, first.migration, first.column, first.database })
    cli.write(folder, { ["models.lua"] = models(" ") })
    ok(folder, "makemigrations", "--name", "less")
    code, found = check(folder)
    assert.same({ 1, { "0002_wide", "0003_less" } }, { code, found.migrations })
    assert.same({}, found.models)
    local last = found.warnings[#found.warnings]
    assert.same({ "destructive", "0003_less", "check_posts.n" }, { last.kind, last.migration, last.column })
    assert.equal(2, #found.warnings)
    local text = cli.run{ "check", cwd = folder }.out
    assert.truthy(text:find("warning: 0003_less: .*%(check_posts%.n%) is destructive"), text)
    ok(folder, "migrate")
    assert.equal(0, (check(folder)))
    clear(folder)
  end)

  it("looks at files that rename what is not made yet", function()
    local folder = project()
    ok(folder, "makemigrations")
    cli.write(folder, { ["models.lua"] = models("m = ryx.IntField{ default = 3, was = 'n', db_index = true },") })
    ok(folder, "makemigrations", "--name", "m")
    local code, found = check(folder)
    assert.same({ 1, {}, { "0001_initial", "0002_m" } }, { code, found.models, found.migrations })
    assert.truthy(ok(folder, "migrate", "--plan"):find("apply 0002_m", 1, true))
    clear(folder)
  end)

  it("tells what was changed by hand, and knows nothing of tables of others", function()
    local folder = migrated()
    run_lua(folder, "ryx.raw_execute('CREATE TABLE check_others (id INTEGER)')")
    assert.equal(0, (check(folder)))
    run_lua(folder, [[
      ryx.raw_execute("ALTER TABLE check_posts ADD COLUMN extra INTEGER NULL")
      ryx.raw_execute("CREATE INDEX by_hand ON check_authors (name)")
    ]])
    local code, found = check(folder)
    assert.equal(1, code)
    table.sort(found.database)
    assert.same({
      "check_authors has an index by_hand, of which no migration knows",
      "check_posts has a column extra, of which no migration knows",
    }, found.database)
    assert.same({ {}, {} }, { found.models, found.migrations })
    local sql = cli.run{ "check", "--sql", cwd = folder }
    assert.equal(1, sql.code)
    assert.truthy(sql.out:find("by_hand", 1, true), sql.out)
    run_lua(folder, "ryx.raw_execute('DROP TABLE check_posts')")
    code, found = check(folder)
    assert.equal(1, code)
    assert.truthy(table.concat(found.database, "\n"):find("there is no table check_posts", 1, true))
    clear(folder)
  end)

  it("knows a column of another type", function()
    local folder = migrated()
    run_lua(folder, [[
      ryx.raw_execute("DROP TABLE check_posts")
      local Post = ryx.model("Post", {
        title = ryx.CharField{ max_length = 20, null = true }, author = ryx.ForeignKey("Author"),
        n = ryx.IntField{ default = 4 }, Meta = { table_name = "check_posts" },
      })
      ryx.migrate{ Post }
    ]])
    local code, found = check(folder)
    local text = table.concat(found.database, "\n")
    assert.equal(1, code)
    assert.truthy(text:find("check_posts.title is VARCHAR(20) NULL, not VARCHAR(80) NOT NULL", 1, true), text)
    assert.truthy(text:find("check_posts.n is DEFAULT 4, not DEFAULT 3", 1, true), text)
    clear(folder)
  end)

  it("prints SQL that brings the database to the models, whatever it is", function()
    local folder = migrated()
    cli.write(folder, { ["models.lua"] = models("count = ryx.IntField{ default = 3, was = 'n' },") })
    ok(folder, "makemigrations")
    cli.write(folder, { ["models.lua"] = models([[count = ryx.IntField{ default = 3, was = 'n' },
      slug = ryx.CharField{ max_length = 20, default = "-" },]]) })
    run_lua(folder, [[
      ryx.raw_execute("INSERT INTO check_authors (name) VALUES ('a')")
      ryx.raw_execute("INSERT INTO check_posts (title, author_id, n) SELECT 't', id, 7 FROM check_authors")
      ryx.raw_execute("ALTER TABLE check_posts ADD COLUMN extra INTEGER NULL")
    ]])
    local code, found = check(folder, "--sql")
    assert.same({ 1, 1, 1, 1 }, { code, #found.models, #found.migrations, #found.database })
    local sql = cli.run{ "check", "--sql", cwd = folder }.out
    assert.equal(found.sql, sql)
    assert.falsy(sql:find("ryx_migrations", 1, true))
    assert.equal(0, cli.run{ "dbshell", cwd = folder, input = sql }.code)
    ok(folder, "makemigrations", "--name", "slug")
    assert.equal("7 -\n", run_lua(folder, [[
      local row = ryx.raw_fetch("SELECT count AS c, slug AS s FROM check_posts")[1]
      print(row.c .. " " .. row.s)
    ]]))
    ok(folder, "migrate", "--fake")
    code, found = check(folder)
    assert.same({ 0, CLEAN }, { code, found })
    clear(folder)
  end)

  it("follows tables that are renamed, and leaves those that others look after now", function()
    local text = HEAD .. [[
      ryx.model("CheckOther", { n = ryx.IntField{} })
      ryx.model("CheckNote", { text = ryx.TextField{}, others = ryx.ManyToManyField("CheckOther") })
    ]]
    local folder = project(text)
    local function drop()
      for _, name in ipairs{ "check_note_others", "check_memo_others" } do
        run_lua(folder, ("ryx.raw_execute('DROP TABLE IF EXISTS %s')"):format(name))
      end
      run_lua(folder, "ryx.raw_execute('DROP TABLE IF EXISTS check_notes')\n"
        .. "ryx.raw_execute('DROP TABLE IF EXISTS check_memos')")
    end
    drop()
    ok(folder, "makemigrations")
    ok(folder, "migrate")
    cli.write(folder, { ["models.lua"] = (text:gsub("CheckNote", "CheckMemo")) })
    ok(folder, "makemigrations", "--rename", "CheckNote:CheckMemo", "--name", "memo")
    cli.write(folder, { ["models.lua"] = (text:gsub("CheckNote", "CheckMemo"):gsub("IntField{} }",
      "IntField{}, Meta = { managed = false } }")) })
    local sql = cli.run{ "check", "--sql", cwd = folder }.out
    assert.falsy(sql:find("DROP TABLE .check_others") or sql:find("DROP TABLE .check_note"), sql)
    assert.falsy(sql:find("CREATE TABLE [A-Z ]*.check_"), sql)
    assert.truthy(sql:find("check_memos", 1, true) and sql:find("check_memo_others", 1, true), sql)
    ok(folder, "makemigrations", "--name", "released")
    ok(folder, "migrate")
    assert.equal(0, (check(folder)))
    drop()
    clear(folder)
  end)

  it("says what is wrong", function()
    local folder = migrated()
    local file = cli.read(folder .. "/migrations/0001_initial.lua")
    cli.write(folder, { ["migrations/0001_initial.lua"] = file .. "-- more\n" })
    local r = cli.run{ "check", cwd = folder }
    assert.equal(0, r.code)
    assert.truthy(r.err:find("0001_initial was changed", 1, true), r.err)
    for _, name in ipairs{ "0002_a", "0002_b" } do
      cli.write(folder, { ["migrations/" .. name .. ".lua"] =
        'return require("ryx.migrations").migration{ dependencies = { "0001_initial" }, operations = {} }\n' })
    end
    r = cli.run{ "check", "--json", cwd = folder }
    assert.equal(1, r.code)
    assert.truthy(json.decode(r.out).error:find("0002_a and 0002_b", 1, true), r.out)
    os.remove(folder .. "/migrations/0002_a.lua")
    os.remove(folder .. "/migrations/0002_b.lua")
    os.remove(folder .. "/migrations/0001_initial.lua")
    cli.write(folder, { ["models.lua"] = HEAD })
    local code, found = check(folder)
    assert.equal(1, code)
    assert.same({ "the migration 0001_initial is applied, and not in migrations" }, found.database)
    cli.write(folder, { ["ryx.lua"] = ("return { database = { url = %q } }\n"):format(db.url) })
    r = cli.run{ "check", cwd = folder }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("--models", 1, true), r.err)
    assert.equal(2, cli.run{ "check", "--absent", cwd = folder }.code)
    cli.write(folder, { ["ryx.lua"] = "return { database = { url = 'sqlite:/absent/a.db' }, models = 'models' }\n" })
    assert.equal(1, cli.run{ "check", cwd = folder }.code)
    cli.write(folder, { ["ryx.lua"] = ("return { database = { url = %q }, models = 'models' }\n"):format(db.url) })
    clear(folder)
  end)
end)
