-- SPDX-License-Identifier: MIT
-- What the command of the original got wrong.
local cli = require "support.cli"

describe("the command of the original", function()
  it("E13: exit codes are kept", function()
    assert.equal(1, cli.run{ "run", "none.lua" }.code)
    assert.equal(2, cli.run{ "run" }.code)
    assert.equal(2, cli.run{ "nothing" }.code)
    assert.equal(0, cli.run{}.code)
    assert.equal(130, cli.run{ "run", "-", input = "while true do end", seconds = 0.3 }.code)
  end)

  it("E14: --config, --env, --database and plugins have an effect", function()
    local cwd = cli.folder{
      ["other.lua"] = [[return { databases = { default = { url = "sqlite:a.db" }, second = { url = "sqlite:b.db" } },
        test = { databases = { default = { url = "sqlite:t.db" } } } }]],
      ["ryx/cli/cmd/hello.lua"] = [[return { name = "hello", args = "", help = "says where",
        run = function() print(require("ryx.db").show()) return 3 end }]],
    }
    assert.same({ code = 3, out = "sqlite:a.db\n", err = "" }, cli.run{ "hello", "--config", "other.lua", cwd = cwd })
    assert.equal("sqlite:t.db\n", cli.run{ "--config=other.lua", "--env", "test", "hello", cwd = cwd }.out)
    local r = cli.run{ "dbshell", "--command=CREATE TABLE t (n)", "--database=second", "--config=other.lua", cwd = cwd }
    assert.equal(0, r.code)
    assert.truthy(cli.read(cwd .. "/b.db"))
    assert.falsy(cli.read(cwd .. "/a.db"))
  end)

  it("E15: dbshell cuts the options off the path of a file", function()
    local cwd = cli.folder()
    assert.equal(0, cli.run{ "dbshell", "-u", "sqlite:x.db?mode=rwc", "-c", "CREATE TABLE t (n)", cwd = cwd }.code)
    assert.truthy(cli.read(cwd .. "/x.db"))
  end)
end)
