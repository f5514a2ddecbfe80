-- SPDX-License-Identifier: MIT
-- ryx run: a script of one's own, with models and databases where there is a configuration.
local cli = require "support.cli"

local CONFIG = [[
return { database = { url = "sqlite:app.db" }, models = "models" }
]]
local MODELS = [[
local ryx = require "ryx"
return { Post = ryx.model("Post", { title = ryx.CharField{ max_length = 80 } }) }
]]

local function script(text)
  return cli.folder{ ["s.lua"] = text }
end

local function project(text)
  return cli.folder{ ["ryx.lua"] = CONFIG, ["models.lua"] = MODELS, ["s.lua"] = text }
end

describe("ryx run", function()
  it("hands on what follows the script, as it stands", function()
    local r = cli.run{ "run", "s.lua", "--url", "-x", "--", "", cwd = script [[
      print(select("#", ...), ...)
      print(arg[0], arg[1], arg[-1], arg[-2]:match("ryx$") or arg[-2])
    ]] }
    assert.same({ code = 0, err = "", out = "4\t--url\t-x\t--\t\ns.lua\t--url\trun\tryx\n" }, r)
  end)

  it("reads the script from standard input", function()
    local r = cli.run{ "run", "-", "a", input = "print(arg[0], ...)" }
    assert.same({ code = 0, err = "", out = "-\ta\n" }, r)
  end)

  it("keeps the exit code of a script", function()
    assert.equal(7, cli.run{ "run", "s.lua", cwd = script "os.exit(7)" }.code)
    assert.equal(7, cli.run{ "run", "s.lua", cwd = project "os.exit(7)" }.code)
    assert.equal(0, cli.run{ "run", "s.lua", cwd = script "return 5" }.code)
  end)

  it("names the line of the script where ryx is asked for what it has not", function()
    local r = cli.run{ "run", "s.lua", cwd = script 'local ryx = require "ryx"\nprint(ryx.modell)' }
    assert.same({ code = 1, out = "", err = 'ryx: s.lua:2: ryx has no "modell" (did you mean "model"?)\n' }, r)
  end)

  it("loads the models and sets up the databases of a configuration", function()
    local r = cli.run{ "run", "s.lua", cwd = project [[
      local ryx = require "ryx"
      ryx.migrate{ require("models").Post }
      require("models").Post.objects:create{ title = "a" }
      local task = ryx.spawn(function() return require("models").Post.objects:count() end)
      print(task:join())
    ]] }
    assert.same({ code = 0, err = "", out = "1\n" }, r)
  end)

  it("takes the database from --url, before the script", function()
    local r = cli.run{ "run", "--url", "sqlite::memory:", "s.lua", cwd = script [[
      print(require("ryx").raw_fetch("SELECT 1 AS n")[1].n)
    ]] }
    assert.same({ code = 0, err = "", out = "1\n" }, r)
  end)

  it("waits for tasks that the script has started", function()
    local r = cli.run{ "run", "-u", "sqlite::memory:", "s.lua", cwd = script [[
      require("ryx").spawn(function() require("ryx").sleep(0.05) print "later" end)
      print "end"
    ]] }
    assert.same({ code = 0, err = "", out = "end\nlater\n" }, r)
  end)

  it("is no place for a loop of luv where it is a task", function()
    local text = [[
      local uv, ryx = require "luv", require "ryx"
      ryx.attach(uv)
      ryx.setup("sqlite::memory:")
      ryx.spawn(function() print(ryx.raw_fetch("SELECT 1 AS n")[1].n) end)
      uv.run()
      ryx.close()
    ]]
    assert.same({ code = 0, err = "", out = "1\n" }, cli.run{ "run", "s.lua", cwd = script(text) })
    local r = cli.run{ "run", "s.lua", cwd = project(text) }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("^ryx: s.lua:2: ryx.attach inside a task"))
  end)

  it("says what is wrong in one block", function()
    local missing = cli.run{ "run", "none.lua" }
    assert.equal(1, missing.code)
    assert.equal("ryx: cannot open none.lua: No such file or directory\n", missing.err)
    local syntax = cli.run{ "run", "s.lua", cwd = script "x = = 1" }
    assert.equal(1, syntax.code)
    assert.equal("ryx: s.lua:1: unexpected symbol near '='\n", syntax.err)
    local of_ryx = cli.run{ "run", "s.lua", cwd = script 'require("ryx").raw_fetch("SELECT 1")' }
    assert.equal(1, of_ryx.code)
    assert.equal("ryx: s.lua:1: no database is set up: call ryx.setup first\n", of_ryx.err)
  end)

  it("gives a traceback of an error that is not ryx's, once", function()
    for _, cwd in ipairs{ script 'error("boom")', project 'error("boom")' } do
      local r = cli.run{ "run", "s.lua", cwd = cwd }
      assert.equal(1, r.code)
      assert.truthy(r.err:find("^ryx: s.lua:1: boom\nstack traceback:\n"))
      assert.equal(1, select(2, r.err:gsub("stack traceback", "")))
    end
  end)
end)

describe("output that nobody reads", function()
  it("ends a script quietly", function()
    local r = cli.run{ "run", "s.lua", behind = "| head -1", cwd = script "for i = 1, 1e9 do print(i) end" }
    assert.equal("1\n", r.out)
    assert.equal("", r.err)
  end)

  it("ends a command quietly", function()
    local r = cli.run{ "version", behind = "| true" }
    assert.equal("", r.err)
  end)

  it("does not swallow an error", function()
    local cwd = cli.folder{ ["ryx/cli/cmd/fails.lua"] = [[
      return { run = function()
        for i = 1, 1e5 do print(i) end
        require("ryx").raw_fetch("SELECT nope")
      end }
    ]] }
    local r = cli.run{ "fails", "-u", "sqlite::memory:", behind = "| true", cwd = cwd }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("no such column: nope", 1, true))
  end)

  it("that cannot be written is an error", function()
    local r = cli.run{ "version", behind = ">/dev/full" }
    assert.equal(1, r.code)
    assert.equal("ryx: cannot write: No space left on device\n", r.err)
  end)
end)
