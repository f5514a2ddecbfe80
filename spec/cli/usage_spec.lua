-- SPDX-License-Identifier: MIT
-- Help, wrong usage and exit codes, the same for every command.
local cli = require "support.cli"

-- What help lists is what is tested.
local function names()
  local out = {}
  for name in cli.run{}.out:match("commands:\n(.-)\n\n"):gmatch("\n?  (%l[%w]*)  ") do out[#out + 1] = name end
  return out
end

describe("ryx", function()
  it("alone prints help", function()
    local r = cli.run{}
    assert.same({ 0, "" }, { r.code, r.err })
    assert.truthy(r.out:find("^usage: ryx COMMAND"))
    assert.same(r, cli.run{ "--help" })
    assert.same(r, cli.run{ "help" })
    assert.same(r, cli.run{ "-h" })
  end)

  it("refuses a command that is not there", function()
    local r = cli.run{ "vresion" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find('^ryx: there is no command "vresion" %(did you mean "version"%?%)\n\nusage: ryx COMMAND'))
  end)

  it("takes names that are no text", function()
    local r = cli.run{ "\255\254" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.equal(2, cli.run{ "" }.code)
    assert.equal(1, cli.run{ "run", "\255.lua" }.code)
  end)

  it("refuses a flag that it does not have", function()
    local r = cli.run{ "--nonsense" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find("^ryx: unknown option '%-%-nonsense'"))
  end)

  it("takes flags of a command only behind it", function()
    local r = cli.run{ "--verbose", "version" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find("^ryx: unknown option '%-%-verbose'"))
    assert.equal(cli.run{ "version", "--help" }.out, cli.run{ "-h", "version" }.out)
  end)

  it("knows which sections there are", function()
    local r = cli.run{ "version", "--env", "staging" }
    assert.same({ 2, "" }, { r.code, r.out })
    assert.truthy(r.err:find("--env' must be one of 'dev', 'test', 'prod'", 1, true))
  end)
end)

describe("every command", function()
  local all = names()
  it("is listed", function() assert(#all >= 2) end)

  for _, name in ipairs(all) do
    it(name .. " has help", function()
      local r = cli.run{ name, "--help" }
      assert.same({ 0, "" }, { r.code, r.err })
      assert.truthy(r.out:find("^usage: ryx " .. name))
      assert.same(r, cli.run{ name, "-h" })
      assert.same(r, cli.run{ "help", name })
      for line in r.out:gmatch("[^\n]+") do assert(#line <= 80, line) end
    end)

    it(name .. " refuses a flag that it does not have", function()
      local r = cli.run{ name, "--nonsense" }
      assert.same({ 2, "" }, { r.code, r.out })
      assert.truthy(r.err:find("^ryx: unknown option '%-%-nonsense'"))
      assert.truthy(r.err:find("\n\nusage: ryx " .. name, 1, true))
    end)

    it(name .. " refuses a flag without its value", function()
      local r = cli.run{ name, "--url" }
      assert.same({ 2, "" }, { r.code, r.out })
    end)
  end
end)

describe("ryx version", function()
  it("says the version", function()
    local r = cli.run{ "version" }
    assert.truthy(r.out:find("^ryx %d+%.%d+%.%d+ %(Lua 5%.4%)\n$"))
    assert.same(r, cli.run{ "--version" })
    assert.truthy(cli.run{ "version", "--verbose" }.out:find("\ndatabases: SQLite", 1, true))
    assert.truthy(cli.run{ "version", "--json" }.out:find('^{"databases":%["SQLite".*"version":"%d'))
  end)

  it("takes no argument", function()
    local r = cli.run{ "version", "now" }
    assert.same({ 2, "" }, { r.code, r.out })
  end)
end)

describe("a plugin", function()
  local PLUGIN = [[
    return { name = "hello", args = "NAME", help = "greets", run = function(args)
      local ryx = require "ryx"
      print(#args, table.concat(args, " "), ryx.raw_fetch("SELECT 1 AS n")[1].n)
      if args[1] == "fail" then error("no such name") end
      return args[1] == "five" and 5 or nil
    end }
  ]]
  local function hello(options)
    options.cwd = cli.folder{ ["ryx/cli/cmd/hello.lua"] = PLUGIN, ["ryx/cli/cmd/version.lua"] = PLUGIN,
      ["ryx/cli/cmd/broken.lua"] = "return 1", ["ryx.lua"] = 'return { database = { url = "sqlite::memory:" } }' }
    return cli.run(options)
  end

  it("is a module on the path, called with its arguments as given", function()
    assert.same({ code = 0, err = "", out = "4\t--big a -x --\t1\n" }, hello{ "hello", "--big", "a", "-x", "--" })
    assert.same({ code = 0, err = "", out = "1\ta\t1\n" }, hello{ "-u", "sqlite::memory:", "hello", "a", "--env=test" })
    assert.equal(5, hello{ "hello", "five" }.code)
  end)

  it("has help, and fails as others do", function()
    assert.truthy(hello{ "hello", "--help" }.out:find("^usage: ryx hello NAME\n\nGreets%.\n"))
    local r = hello{ "hello", "fail" }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("no such name", 1, true))
    assert.truthy(hello{ "broken" }.err:find("the plugin ryx.cli.cmd.broken is no command", 1, true))
  end)

  it("does not replace a command", function()
    assert.truthy(hello{ "version" }.out:find("^ryx %d"))
  end)
end)
