-- SPDX-License-Identifier: MIT
-- What commands write with: tables, colours, progress, questions, in pipes and on terminals.
local cli = require "support.cli"

local HEAD = 'local out = require("ryx.cli.print").new()\n'

local function piped(text, options)
  options = options or {}
  options[1], options[2], options.cwd = "run", "s.lua", cli.folder{ ["s.lua"] = HEAD .. text }
  return cli.run(options)
end

local function shown(text, options)
  options = options or {}
  options[1], options[2], options.cwd = "run", "s.lua", cli.folder{ ["s.lua"] = HEAD .. text }
  return cli.terminal(options)
end

describe("a table", function()
  it("is aligned, wide letters counted", function()
    assert.equal([[
name  n   at
----  --  ----
a      1  x
日本  10  y\nz
e]] .. "\204\129" .. [[         nil
]], piped([[out:table({ "name", "n", "at" }, {
      { "a", 1, "x" }, { "日本", 10, "y\nz" }, { "e\204\129", nil, "nil" } })]]).out)
  end)

  it("shows what would move the cursor", function()
    assert.equal("a\n----------\nx\\27[2J\\9y\n", piped([[out:table({ "a" }, { { "x\27[2J\ty" } })]]).out)
  end)

  it("may have no rows", function()
    assert.equal("a  b\n-  -\n", piped([[out:table({ "a", "b" }, {})]]).out)
  end)
end)

describe("colours", function()
  local RED = 'out:line("%s", out:colour("red", "x"))'

  it("are there on a terminal", function()
    assert.equal("\27[31mx\27[0m\r\n", shown(RED).out)
  end)

  it("are not there in pipes, with NO_COLOR, with TERM=dumb", function()
    assert.equal("x\n", piped(RED).out)
    assert.equal("x\r\n", shown(RED, { env = { NO_COLOR = "1" } }).out)
    for _, term in ipairs{ "dumb", "" } do
      assert.equal("x\r\n", shown(RED, { env = { TERM = term } }).out)
    end
    assert.equal("\27[31mx\27[0m\r\n", shown(RED, { env = { NO_COLOR = "" } }).out)
  end)

  it("are on the error of a terminal", function()
    assert.truthy(cli.terminal{ "run", "none.lua" }.out:find("^\27%[31mryx:\27%[0m cannot open none%.lua"))
  end)
end)

describe("progress", function()
  local TEXT = [[
    local progress = out:progress()
    progress:step("0001: create posts")
    progress:step("0001: " .. ("日"):rep(60))
    progress:done("0001", 0.125)
    out:line("end")]]

  it("redraws a line of a terminal, no wider than it", function()
    local wide = ("日"):rep(36)
    assert.equal("\r\27[K0001: create posts\r\27[K0001: " .. wide .. "\r\27[K0001  0.12 s\r\nend\r\n", shown(TEXT).out)
  end)

  it("is silent in a pipe, and where a line cannot be redrawn", function()
    assert.same({ code = 0, out = "end\n", err = "" }, piped(TEXT))
    assert.equal("end\r\n", shown(TEXT, { env = { TERM = "dumb" } }).out)
  end)
end)

describe("a question", function()
  local ASK = [[
    local answer = out:ask("sure? ")
    out:line("<%s>", tostring(answer))]]

  it("is answered on a terminal", function()
    local r = shown(ASK, { typing = { { "sure? ", "yes\n" } } })
    assert.equal(0, r.code)
    assert.truthy(r.out:find("<yes>", 1, true))
  end)

  it("has no answer at the end of input", function()
    assert.equal("<nil>\n", piped(ASK).out)
    assert.truthy(shown(ASK, { typing = { { "sure? ", "\4" } } }).out:find("<nil>", 1, true))
  end)

  it("is given up by Ctrl-C at once, in a command too", function()
    for _, url in ipairs{ "", "sqlite::memory:" } do
      local r = shown(ASK, { typing = { { "sure? ", "\3" } }, env = { RYX_DATABASE_URL = url } })
      assert.equal(130, r.code)
      assert.falsy(r.out:find("<", 1, true))
    end
  end)
end)

describe("JSON", function()
  it("is one line", function()
    assert.equal('{"a":[],"b":"\\n"}\n', piped([[out:json{ b = "\n", a = require("ryx").json.array{} }]]).out)
  end)
end)
