-- SPDX-License-Identifier: MIT
-- Standard streams that are closed or full.
local cli = require "support.cli"

local PROJECT = {
  ["ryx.lua"] = 'return { database = { url = "sqlite:a.db" }, models = "models", migrations = "migrations" }',
  ["models.lua"] = [[
local ryx = require "ryx"
return { ryx.model("Note", { text = ryx.TextField{} }) }
]],
}

local project

local function run(...)
  if not project then
    project = cli.folder(PROJECT)
    assert.equal(0, cli.run{ "makemigrations", cwd = project }.code)
    assert.equal(0, cli.run{ "migrate", cwd = project }.code)
    assert.equal(0, cli.run{ "shell", cwd = project, input = [[
for i = 1, 300 do Note.objects:create{ text = ("x"):rep(100) } end
]] }.code)
  end
  local options = { ... }
  options.cwd, options.behind = project, table.remove(options)
  return cli.run(options)
end

describe("a stream that is closed", function()
  it("is an output that cannot be written", function()
    for _, name in ipairs{ "check", "dumpdata", "graph", "version" } do
      assert.same({ code = 1, out = "", err = "ryx: cannot write: Bad file descriptor\n" }, run(name, ">&-"))
    end
  end)

  it("is an input that has ended", function()
    assert.same({ code = 0, out = "", err = "" }, run("shell", "<&-"))
    assert.same({ code = 0, out = "No changes.\n", err = "" }, run("makemigrations", "<&-"))
    assert.truthy(run("flush", "<&-").err:find("say %-%-yes"))
  end)

  it("is an error that nobody reads", function()
    assert.same({ code = 0, out = "Nothing to do.\n", err = "" }, run("migrate", "2>&-"))
    assert.same({ code = 1, out = "", err = "" }, run("migrate", "9", "2>&-"))
    assert.same({ code = 1, out = "", err = "" }, run("migrate", "9", ">&- 2>&- <&-"))
  end)
end)

describe("a disk that is full", function()
  it("is told in one line, however much there was to write", function()
    for _, name in ipairs{ "version", "dumpdata" } do
      assert.same({ code = 1, out = "", err = "ryx: cannot write: No space left on device\n" }, run(name, ">/dev/full"))
    end
  end)
end)
