-- SPDX-License-Identifier: MIT
-- ryx migrate --prove: each migration forth, back and forth in a scratch database, over rows.
local cli = require "support.cli"
local db = require "support.db"
local json = require("ryx.value").json

local HEAD = 'local ryx = require "ryx"\nlocal m = require "ryx.migrations"\n'

local MODELS = [[
local ryx = require "ryx"
ryx.model("ProveTag", { name = ryx.CharField{ max_length = 9, unique = true } })
ryx.model("ProvePost", {
  title = ryx.CharField{ max_length = 80 }, tags = ryx.ManyToManyField("ProveTag"), n = ryx.BigIntField{},
  one = ryx.OneToOneField("ProveTag", { null = true }), parent = ryx.ForeignKey("self", { null = true }),
  made = ryx.DateTimeField{ auto_now_add = true }, day = ryx.DateField{}, price = ryx.DecimalField{},
  data = ryx.JSONField{},
})
]]

local function migration(dependency, operations)
  return HEAD .. ("return m.migration{ dependencies = { %q }, operations = { %s } }\n"):format(dependency, operations)
end

local function project(url)
  local folder = cli.folder{
    ["ryx.lua"] = ("return { database = { url = %q }, models = 'models' }\n"):format(url or db.url),
    ["models.lua"] = MODELS,
  }
  local r = cli.run{ "makemigrations", cwd = folder }
  assert(r.code == 0, r.err)
  return folder
end

local function with(folder, operations, name)
  cli.write(folder, { [("migrations/%s.lua"):format(name or "0002_next")] = migration("0001_initial", operations) })
  return folder
end

local function prove(folder, ...) return cli.run{ "migrate", "--prove", cwd = folder, ... } end

local function fails(r, ...)
  assert.equal(1, r.code, r.out)
  for _, text in ipairs{ ... } do assert.truthy((r.out .. r.err):find(text, 1, true), r.out .. r.err) end
end

local function execute(folder, sql)
  cli.write(folder, { ["script.lua"] = HEAD .. ("ryx.raw_execute(%q)"):format(sql) })
  local r = cli.run{ "run", "script.lua", cwd = folder }
  assert(r.code == 0, r.err)
end

local is_file = db.dialect == "sqlite"

-- Is the scratch database there?
local function is_left()
  if not is_file then
    local server, name = db.url:match("^(.*)/([^/?]+)")
    return cli.run{ "showmigrations", "--url", server .. "/" .. name .. "_ryx_prove" }.code == 0
  end
  local found = io.popen(("ls '%s'*_ryx_prove* 2>/dev/null"):format(db.url:match(":([^?]*)"))):read("*a")
  return found ~= ""
end

local function has_tables(folder)
  cli.write(folder, { ["script.lua"] = HEAD .. [[
    local introspect = require "ryx.migrations.introspect"
    print(next(introspect.run("default", { tables = { "prove_posts", "prove_tags" } }).tables) ~= nil)
  ]] })
  return cli.run{ "run", "script.lua", cwd = folder }.out ~= "false\n"
end

describe("ryx migrate --prove", function()
  it("proves what holds, and leaves nothing", function()
    local folder = project()
    with(folder, [[
      m.rename_field("ProvePost", "title", "headline"),
      m.add_field("ProvePost", "slug", ryx.CharField{ default = "-" }),
      m.alter_field("ProvePost", "data", ryx.JSONField{ null = true }), m.remove_field("ProvePost", "price"),
      m.run_sql("UPDATE prove_posts SET n = n + 1", "UPDATE prove_posts SET n = n - 1"),
      m.run_lua(function(apps)
        local Post = apps:model("ProvePost")
        assert(Post.objects:count() >= 2 and Post.objects:filter{ tags__name__startswith = "row" }:count() >= 1)
      end, m.noop), m.rename_model("ProveTag", "ProveLabel")]])
    local r = prove(folder)
    assert.same({ 0, "", "proven 0001_initial\nproven 0002_next\n" }, { r.code, r.err, r.out })
    assert.is_false(is_left())
    assert.is_false(has_tables(folder))
    local data = json.decode(prove(folder, "--json", "0001").out)
    assert.same({ { name = "0001_initial", database = "default", outcome = "proven", problems = {}, notes = {} } },
      data.proved)
  end)

  it("names what has no way back, and goes on", function()
    local folder = with(project(), 'm.run_sql("UPDATE prove_posts SET n = 5")')
    cli.write(folder, {
      ["migrations/0003_more.lua"] = migration("0002_next",
        'm.add_field("ProveTag", "n", ryx.IntField{ null = true })'),
    })
    local r = prove(folder)
    assert.same({ 0, "proven 0001_initial\nirreversible 0002_next\nproven 0003_more\n" }, { r.code, r.out })
  end)

  it("finds a way back that leaves something", function()
    local folder = with(project(), 'm.run_sql("CREATE TABLE prove_extra (id INTEGER PRIMARY KEY)", m.noop)')
    fails(prove(folder), "proven 0001_initial", "failed 0002_next", "taken back: there is a table prove_extra")
    with(folder, 'm.run_sql("ALTER TABLE prove_posts ADD COLUMN extra INTEGER", "SELECT 1")')
    fails(prove(folder), "failed 0002_next", "taken back: prove_posts has a column extra")
    assert.is_false(is_left())
  end)

  it("finds rows that are lost or others afterwards", function()
    local folder = with(project(), 'm.run_sql("UPDATE prove_posts SET n = 0", "UPDATE prove_posts SET n = n + 77")')
    fails(prove(folder), "failed 0002_next", "taken back: prove_posts.n of the row 1 was", "and is 77")
    with(folder, 'm.run_sql("SELECT 1", "DELETE FROM prove_posts WHERE id = 2")')
    fails(prove(folder), "failed 0002_next", "taken back: prove_posts has lost the row 2")
    with(folder, 'm.run_sql("UPDATE prove_posts SET n = n + 1", m.noop)')
    fails(prove(folder), "applied again: prove_posts.n of the row 1")
  end)

  it("finds what rows do not let through", function()
    local folder = with(project(), [[
      m.add_field("ProvePost", "kind", ryx.CharField{ default = "a", unique = true })]])
    local r = prove(folder, "--json")
    fails(r, "cannot apply: the migration 0002_next")
    local entry = json.decode(r.out).proved[2]
    assert.same({ "0002_next", "failed", 1 }, { entry.name, entry.outcome, #entry.problems })
    assert.is_false(is_left())
  end)

  it("says of which models there are no rows", function()
    local folder = with(project(), [[
      m.add_constraint("ProveTag", ryx.Constraint{ check = ryx.Q{ name = "never" }, name = "prove_never" })]])
    fails(prove(folder), "cannot apply")
    os.remove(folder .. "/migrations/0002_next.lua")
    cli.write(folder, { ["models.lua"] = MODELS .. [[
      ryx.model("ProveOdd", {
        n = ryx.IntField{},
        Meta = { constraints = { ryx.Constraint{ check = ryx.Q{ n__gt = 90000 }, name = "prove_odd" } } },
      })]] })
    assert.equal(0, cli.run{ "makemigrations", cwd = folder }.code)
    local r = prove(folder)
    assert.equal(0, r.code, r.out)
    assert.truthy(r.err:find("no rows of ProveOdd", 1, true), r.err)
  end)

  it("makes rows that are alike in nothing that is unique together", function()
    local folder = project()
    cli.write(folder, { ["models.lua"] = MODELS .. [[
      ryx.model("ProveLine", {
        post = ryx.ForeignKey("ProvePost"), tag = ryx.ForeignKey("ProveTag"),
        Meta = { unique_together = { { "post", "tag" } } },
      })
      ryx.model("ProveSeat", {
        tag = ryx.ForeignKey("ProveTag"), kind = ryx.CharField{ max_length = 1, choices = { "a", "b" } },
        Meta = { primary_key = { "tag", "kind" } },
      })
      ryx.model("ProveSwitch", {
        kind = ryx.CharField{ max_length = 1, choices = { "a", "b" } }, is_on = ryx.BooleanField{},
        Meta = { indexes = { ryx.Index{ fields = { "kind" }, name = "prove_kind", unique = true } } },
      })]] })
    assert.equal(0, cli.run{ "makemigrations", cwd = folder, "--name", "keys" }.code)
    local r = prove(folder)
    assert.same({ 0, "", "proven 0001_initial\nproven 0002_keys\n" }, { r.code, r.err, r.out })
  end)

  it("drops the scratch database after an interrupt", function()
    local folder = with(project(), [[
      m.run_lua(function() require("ryx").sleep(30) end, m.noop)]])
    local r = cli.run{ "migrate", "--prove", cwd = folder, seconds = 3 }
    assert.equal(130, r.code, r.err)
    assert.is_false(is_left())
  end)

  if is_file then
    it("proves beside a database that is only read", function()
      local r = prove(project("sqlite:app.db?mode=ro"))
      assert.same({ 0, "proven 0001_initial\n", "" }, { r.code, r.out, r.err })
    end)
  end

  it("takes a database that is there and empty, and leaves it so", function()
    local folder = project()
    local url = "sqlite:given.db"
    if not is_file then
      execute(folder, "DROP DATABASE IF EXISTS ryx_given")
      execute(folder, "CREATE DATABASE ryx_given")
      url = db.url:gsub("/[^/?]+$", "/ryx_given")
    end
    for _ = 1, 2 do
      local r = cli.run{ "migrate", "--prove", "--prove-url", url, cwd = folder }
      assert.same({ 0, "proven 0001_initial\n", "" }, { r.code, r.out, r.err })
    end
    assert.equal(0, cli.run{ "migrate", "--url", url, cwd = folder }.code)
    fails(cli.run{ "migrate", "--prove-url", url, cwd = folder }, "is not empty", "prove_posts")
    if not is_file then execute(folder, "DROP DATABASE ryx_given") end
  end)

  -- The database of a proof, as one that was killed leaves it, or as somebody else's.
  local function make_scratch(folder, is_ours)
    if is_file then
      local path = db.url:match(":([^?]*)") .. "_ryx_prove"
      local folder_of, file = path:match("^(.*)/([^/]*)$")
      cli.write(folder_of, { [file] = "", [file .. "-of-ryx"] = is_ours and "" or nil })
      return function() os.remove(path) end
    end
    local name = db.url:match("/([^/?]+)$") .. "_ryx_prove"
    execute(folder, "CREATE DATABASE " .. name)
    local mark = require("ryx.migrations.dialect." .. db.dialect).scratch.mark
    if is_ours then execute(folder, mark:format(name)) end
    return function() execute(folder, "DROP DATABASE " .. name) end
  end

  it("drops what a proof that was killed left, and says so", function()
    local folder = project()
    make_scratch(folder, true)
    local r = prove(folder)
    assert.same({ 0, "proven 0001_initial\n" }, { r.code, r.out })
    assert.truthy(r.err:find("_ryx_prove was left by a proof that did not end: it is dropped", 1, true), r.err)
    assert.is_false(is_left())
  end)

  it("leaves a database of that name alone, and takes another", function()
    local folder = project()
    local remove = make_scratch(folder, false)
    local r = prove(folder)
    assert.same({ 0, "proven 0001_initial\n", "" }, { r.code, r.out, r.err })
    assert.is_true(is_left())
    remove()
    assert.is_false(is_left())
  end)

  it("may run twice at once", function()
    local folder = project()
    local both = "bash -c '\"$@\" >second 2>&1 & \"$@\"; code=$?; wait; cat second; exit $code' both"
    local r = cli.run{ "migrate", "--prove", cwd = folder, under = both }
    assert.same({ 0, ("proven 0001_initial\n"):rep(2), "" }, { r.code, r.out, r.err })
    assert.is_false(is_left())
  end)

  it("names --prove-url where no database may be made", function()
    if is_file then
      fails(prove(project("sqlite:/absent/app.db")), "/absent/app.db_ryx_prove cannot be made", "--prove-url URL")
      return
    end
    local owner, is_pg = project(), db.dialect == "postgres"
    local who = is_pg and "ryx_prover" or "'ryx_prover'@'%'"
    execute(owner, (is_pg and "DROP ROLE IF EXISTS " or "DROP USER IF EXISTS ") .. who)
    execute(owner, (is_pg and "CREATE ROLE %s LOGIN" or "CREATE USER %s"):format(who))
    if not is_pg then execute(owner, ("GRANT ALL ON %s.* TO %s"):format(db.url:match("/([^/?]+)$"), who)) end
    local url = db.url:gsub("//%w+@", "//ryx_prover@")
    fails(prove(project(url)), "_ryx_prove cannot be made", "--prove-url URL")
    execute(owner, (is_pg and "DROP ROLE " or "DROP USER ") .. who)
  end)
end)
