-- SPDX-License-Identifier: MIT
-- Where the command finds databases and models: flags, the environment, ryx.lua.
local cli = require "support.cli"

local SHOW = [[
local db = require "ryx.db"
for _, alias in ipairs{ "default", "replica", "Mixed" } do
  local ok, text = pcall(db.show, alias)
  print(alias, ok and text or "none")
end
]]
local MODEL = 'require("ryx").model("Post", { title = require("ryx").TextField{} })\n'

-- What the databases of "default", "replica" and "Mixed" are.
local function shown(config, options)
  options = options or {}
  options[1] = options[1] or "run"
  options[#options + 1] = "s.lua"
  options.cwd = options.cwd or cli.folder{ ["ryx.lua"] = config, ["s.lua"] = SHOW, ["models.lua"] = MODEL }
  local r = cli.run(options)
  assert.same({ 0, "" }, { r.code, r.err })
  local out = {}
  for alias, url in r.out:gmatch("(%w+)\t(%S+)") do out[alias] = url ~= "none" and url or nil end
  return out
end

-- The one line that a wrong configuration is told by.
local function refused(config, options)
  options = options or {}
  options.cwd = cli.folder{ ["ryx.lua"] = config, ["s.lua"] = SHOW, ["models.lua"] = MODEL }
  options[1], options[2] = options[1] or "run", options[2] or "s.lua"
  local r = cli.run(options)
  assert.equal(1, r.code)
  assert.equal("", r.out)
  assert.falsy(r.err:find("traceback", 1, true))
  return r.err
end

describe("the configuration", function()
  it("is ryx.lua in the working directory", function()
    assert.same({ default = "sqlite:a.db" }, shown [[return { database = { url = "sqlite:a.db" } }]])
    assert.same({ default = "sqlite:a.db", replica = "sqlite:b.db" }, shown [[
      return { databases = { default = { url = "sqlite:a.db" }, replica = { url = "sqlite:b.db" } } }]])
  end)

  it("is the file of --config instead", function()
    local cwd = cli.folder{ ["ryx.lua"] = "error('not this one')", ["s.lua"] = SHOW, ["other/its_models.lua"] = MODEL,
      ["other/c.lua"] = 'return { database = { url = "sqlite:c.db" }, models = "its_models" }' }
    local ways = { "--config other/c.lua run", "run -c other/c.lua", "run --config=other/c.lua" }
    for _, way in ipairs(ways) do
      local words = {}
      for word in way:gmatch("%S+") do words[#words + 1] = word end
      words.cwd = cwd
      assert.same({ default = "sqlite:c.db" }, shown(nil, words))
    end
  end)

  it("says less than the environment, and that less than --url", function()
    local config = 'return { database = { url = "sqlite:a.db" } }'
    local env = { RYX_DATABASE_URL = "sqlite:e.db", RYX_DB_REPLICA_URL = "sqlite:r.db" }
    assert.same({ default = "sqlite:e.db", replica = "sqlite:r.db" }, shown(config, { env = env }))
    assert.same({ default = "sqlite:u.db", replica = "sqlite:r.db" },
      shown(config, { "--url", "sqlite:u.db", "run", env = env }))
    assert.same({ default = "sqlite:u.db" }, shown(config, { "run", "-u", "sqlite:u.db" }))
    assert.same({ Mixed = "sqlite:m.db" }, shown('return { databases = { Mixed = { url = "sqlite:a.db" } } }',
      { env = { RYX_DB_MIXED_URL = "sqlite:m.db" } }))
  end)

  it("has sections for --env, which is before RYX_ENV", function()
    local config = [[return {
      database = { url = "sqlite:a.db", pool = { max_connections = 3 } },
      test = { database = { url = "sqlite:t.db" } },
      prod = { databases = { replica = { url = "sqlite:p.db" } }, },
    }]]
    assert.same({ default = "sqlite:a.db" }, shown(config))
    assert.same({ default = "sqlite:t.db" }, shown(config, { env = { RYX_ENV = "test" } }))
    assert.same({ default = "sqlite:t.db" }, shown(config, { "--env", "test", "run", env = { RYX_ENV = "dev" } }))
    assert.same({ default = "sqlite:a.db", replica = "sqlite:p.db" }, shown(config, { "run", "--env", "prod" }))
  end)

  it("keeps the pool of a section that names another url", function()
    local config = [[return {
      database = { url = "sqlite:a.db", pool = { max_connections = 3 } },
      test = { database = { url = "sqlite:t.db" } },
    }]]
    local cwd = cli.folder{ ["ryx.lua"] = config, ["s.lua"] = 'print(require("ryx").pool_stats().max)' }
    local r = cli.run{ "run", "s.lua", cwd = cwd, env = { RYX_ENV = "test" } }
    assert.same({ code = 0, out = "3\n", err = "" }, r)
  end)

  it("names what is wrong with it", function()
    local cases = {
      { 'return { databse = { url = "sqlite:a.db" } }', 'ryx.lua: unknown key "databse" (did you mean "database?"' },
      { 'return { database = { uri = "x" } }', 'ryx.lua: database: unknown key "uri" (did you mean "url"?)' },
      { 'return { test = { model = "x" } }', 'ryx.lua: test: unknown key "model" (did you mean "models"?)' },
      { "return { database = 'sqlite:a.db' }", "ryx.lua: database is a table, not \"sqlite:a.db\"" },
      { "return { databases = { a = { url = 1 } } }", "ryx.lua: databases.a: url is a text, not 1" },
      { "return { database = { url = 'x', pool = 3 } }", "ryx.lua: database: pool is a table of options, not 3" },
      { "return { database = {}, databases = {} }", "ryx.lua: database is the one of alias default" },
      { "return { migrations = 1 }", "ryx.lua: migrations is a folder, not 1" },
      { "return { models = { 1 } }", "ryx.lua: models is the name of a module or a list of them, not 1" },
      { "return 1", "ryx.lua is a table, not 1" },
      { "return { database = ", "ryx.lua:1: unexpected symbol near <eof>" },
      { "local x = nil + 1", "ryx.lua:1: attempt to perform arithmetic on a nil value" },
      { 'return { database = { pool = {} } }', 'the database "default" has no url' },
      { 'return { database = { url = "nosql:x" } }', "nosql" },
      { 'return { database = { url = "sqlite:a.db", pool = { max = 3 } } }', "max" },
      { 'return { database = { url = "sqlite:a.db" }, models = "nowhere" }', 'there is no module "nowhere" of models' },
    }
    for _, case in ipairs(cases) do
      local text = refused(case[1])
      assert(text:find(case[2]:gsub('%?"$', '"'), 1, true), case[1] .. " -> " .. text)
    end
  end)

  it("names what is wrong with a models file", function()
    local cwd = cli.folder{ ["ryx.lua"] = 'return { database = { url = "sqlite:a.db" }, models = "models" }',
      ["models.lua"] = "\nlocal x = nil .. 'a'", ["s.lua"] = "" }
    local r = cli.run{ "run", "s.lua", cwd = cwd }
    assert.equal(1, r.code)
    local said = 'the models of "models" cannot be loaded: ./models.lua:2: attempt to concatenate'
    assert.truthy(r.err:find(said, 1, true))
    cli.write(cwd, { ["models.lua"] = 'require("ryx").model("Post", { title = require("ryx").CharField{ max = 1 } })' })
    r = cli.run{ "run", "s.lua", cwd = cwd }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("models.lua:1:", 1, true))
  end)

  it("names a file or a section that is not there", function()
    assert.equal("ryx: there is no configuration none.lua: No such file or directory\n",
      refused("", { "run", "--config=none.lua", "s.lua" }))
    assert.equal('ryx: RYX_ENV is "staging" (there are: dev, prod, test)\n',
      refused("", { env = { RYX_ENV = "staging" } }))
  end)
end)
