-- SPDX-License-Identifier: MIT
-- What only looks makes no database: one in a file that is not there is as an empty one.
local cli = require "support.cli"
local json = require("ryx.value").json

local MODELS = 'require("ryx").model("Post", { title = require("ryx").TextField{} })\n'
local FILE = [[
local ryx = require "ryx"
local m = require "ryx.migrations"
return m.migration{ operations = { m.create_model("Post", { title = ryx.TextField{} }) } }
]]

local function project(url)
  return cli.folder{ ["models.lua"] = MODELS, ["migrations/0001_initial.lua"] = FILE,
    ["ryx.lua"] = ('return { database = { url = %q }, models = "models" }\n'):format(url or "sqlite:app.db") }
end

local function files(folder)
  local p = io.popen("ls " .. folder)
  local out = p:read("*a"):gsub("\n", " ")
  p:close()
  return out
end

-- Runs words, and wants no file to be made.
local function look(words, code, url)
  local folder = project(url)
  local options = { cwd = folder }
  for word in words:gmatch("%S+") do options[#options + 1] = word end
  local r = cli.run(options)
  assert.same({ code or 0, "migrations models.lua ryx.lua " }, { r.code, files(folder) }, words .. ": " .. r.err)
  return r.out
end

describe("a database file that is not there", function()
  it("is as an empty one to previews, and stays away", function()
    assert.equal("apply 0001_initial\n  create model Post\n", look "migrate --plan")
    assert.truthy(look("migrate --dry-run"):find('CREATE TABLE IF NOT EXISTS "posts"', 1, true))
    assert.truthy(look("sqlmigrate 0001"):find('CREATE TABLE IF NOT EXISTS "posts"', 1, true))
    assert.equal("[ ] 0001_initial\n", look "showmigrations")
    local found = json.decode(look("check --json", 1))
    assert.same({}, found.models)
    assert.equal(1, #found.migrations)
    assert.truthy(look("check --sql", 1):find('CREATE TABLE IF NOT EXISTS "posts"', 1, true))
  end)

  it("stays away when migrations are proved beside it", function()
    assert.equal("proven 0001_initial\n", look "migrate --prove")
  end)

  it("stays away when tables or rows are read", function()
    look "inspectdb"
    look("dumpdata", 1)
  end)

  it("is one whatever the options of its URL", function()
    assert.equal("[ ] 0001_initial\n", look("showmigrations", 0, "sqlite:app.db?mode=rwc&synchronous=full"))
  end)

  it("is an error where it must be there", function()
    look("showmigrations", 1, "sqlite:app.db?mode=ro")
    look("showmigrations", 1, "sqlite:absent/app.db")
  end)

  it("is made by migrate", function()
    local folder = project()
    assert.equal(0, cli.run{ "migrate", cwd = folder }.code)
    assert.truthy(files(folder):find("app.db", 1, true))
  end)
end)
