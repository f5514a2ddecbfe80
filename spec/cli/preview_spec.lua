-- SPDX-License-Identifier: MIT
-- What --plan, --dry-run and sqlmigrate show of files of which none, some or all are applied.
local cli = require "support.cli"
local db = require "support.db"

local MODELS = [[
local ryx = require "ryx"
ryx.model("Author", { name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "preview_authors" } })
ryx.model("Post", { headline = ryx.CharField{ max_length = 90, db_index = true }, rating = ryx.IntField{},
  author = ryx.ForeignKey("Author", { null = true }), Meta = { table_name = "preview_posts" } })
]]

local HEAD = 'local ryx = require "ryx"\nlocal m = require "ryx.migrations"\nreturn m.migration{ '
local FILES = {
  ["ryx.lua"] = ("return { database = { url = %q }, models = \"models\" }\n"):format(db.url), ["models.lua"] = MODELS,
  ["migrations/0001_initial.lua"] = HEAD .. [[operations = {
    m.create_model("Author", { name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "preview_authors" } }),
    m.create_model("Post", { title = ryx.CharField{ max_length = 80 }, Meta = { table_name = "preview_posts" } }) } }]],
  ["migrations/0002_more.lua"] = HEAD .. [[dependencies = { "0001_initial" }, operations = {
    m.rename_field("Post", "title", "headline"), m.add_field("Post", "rating", ryx.IntField{}, { fill = 7 }),
    m.add_field("Post", "author", ryx.ForeignKey("Author", { null = true })) } }]],
  ["migrations/0003_rest.lua"] = HEAD .. [[dependencies = { "0002_more" }, operations = {
    m.run_lua(function(apps) assert(apps:model("Post").objects:count()) end, m.noop),
    m.alter_field("Post", "headline", ryx.CharField{ max_length = 90, db_index = true }) } }]],
}

local PLAN = [[
apply 0001_initial
  create model Author
  create model Post
apply 0002_more
  rename field title of Post to headline
  add field rating to Post
  add field author to Post
apply 0003_rest
  run Lua
  alter field headline of Post
]]

describe("a preview", function()
  local folder

  local function ryx(...)
    local r = cli.run{ cwd = folder, ... }
    assert.same({ 0, "" }, { r.code, r.err })
    return r.out
  end

  -- The database's own client does as a script says.
  local function client(script)
    local r = cli.run{ "dbshell", cwd = folder, input = script }
    assert.same({ 0, "" }, { r.code, r.err })
    return r.out
  end

  local function tables() return ryx("inspectdb", "--table", "preview_authors", "--table", "preview_posts") end

  local function clean()
    cli.run{ "migrate", "zero", cwd = folder }
    for _, name in ipairs{ "preview_posts", "preview_authors", "ryx_migrations", "ryx_migration_steps" } do
      cli.run{ "dbshell", "-c", "DROP TABLE IF EXISTS " .. name, cwd = folder }
    end
  end

  before_each(function()
    folder = cli.folder(FILES)
    clean()
  end)
  after_each(clean)

  it("of files of which none is applied", function()
    assert.equal(PLAN, ryx("migrate", "--plan"))
    assert.truthy(ryx("sqlmigrate", "0002"):find("headline", 1, true))
    assert.truthy(ryx("sqlmigrate", "0002", "--backwards"):find("title", 1, true))
    assert.equal("[ ] 0001_initial\n[ ] 0002_more\n[ ] 0003_rest\n", ryx("showmigrations"))
  end)

  it("is what is done", function()
    client(ryx("migrate", "--dry-run"))
    local by_hand = tables()
    ryx("migrate", "--fake")
    client(ryx("migrate", "--dry-run", "zero"))
    ryx("migrate", "--fake", "zero")
    ryx("migrate")
    assert.equal(tables(), by_hand)
  end)

  it("of one file at a time", function()
    local states = {}
    for i, name in ipairs{ "0001", "0002", "0003" } do
      client(ryx("sqlmigrate", name))
      states[i] = tables()
      ryx("migrate", name, "--fake")
    end
    for i = 3, 2, -1 do
      client(ryx("sqlmigrate", "000" .. i, "--backwards"))
      ryx("migrate", "000" .. i - 1, "--fake")
      assert.equal(states[i - 1], tables())
    end
  end)

  it("of files that are applied is what they would do again", function()
    local scripts = {}
    for i = 1, 3 do scripts[i] = ryx("sqlmigrate", "000" .. i) end
    ryx "migrate"
    for i = 1, 3 do assert.equal(scripts[i], ryx("sqlmigrate", "000" .. i)) end
  end)

  it("has what is of the user's", function()
    if not db.needs "tables made anew" then return end
    ryx("migrate", "0001")
    client("CREATE TRIGGER preview_mine AFTER UPDATE ON preview_posts WHEN new.title = 'a' BEGIN SELECT 1; END;")
    local trigger = "SELECT sql FROM sqlite_master WHERE name = 'preview_mine';"
    local script = ryx("migrate", "--dry-run")
    assert.truthy(client(trigger):find("title", 1, true))
    client(script)
    assert.truthy(client(trigger):find('new."headline" = \'a\'', 1, true), client(trigger))
  end)
end)
