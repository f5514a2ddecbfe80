-- SPDX-License-Identifier: MIT
-- ryx init: a project that works at once.
local cli = require "support.cli"

describe("ryx init", function()
  it("makes a project that works at once", function()
    local cwd = cli.folder{ ["s.lua"] = [[
      local ryx, models = require "ryx", require "models"
      ryx.migrate{ models.Post }
      models.Post.objects:create{ title = "a", body = "b" }
      print(models.Post.objects:count(), ryx.is_connected())
    ]] }
    local r = cli.run{ "init", "blog", cwd = cwd }
    assert.same({ 0, "" }, { r.code, r.err })
    assert.equal("made blog/ryx.lua, blog/models.lua and blog/migrations/\n"
      .. "next: cd blog && ryx makemigrations && ryx migrate\n", r.out)
    assert.same({ code = 0, err = "", out = "1\ttrue\n" }, cli.run{ "run", "../s.lua", cwd = cwd .. "/blog" })
    assert.truthy(cli.read(cwd .. "/blog/app.db"))
    assert.falsy(cli.read(cwd .. "/app.db"))
    r = cli.run{ "run", "--env", "test", "../s.lua", cwd = cwd .. "/blog" }
    assert.same({ code = 0, err = "", out = "1\ttrue\n" }, r)
    assert.truthy(cli.read(cwd .. "/blog/test.db"))
  end)

  it("makes it in a folder that is there", function()
    local cwd = cli.folder{ ["deep/er/README"] = "" }
    assert.equal(0, cli.run{ "init", "deep/er/", cwd = cwd }.code)
    assert.equal(0, cli.run{ "init", ".", cwd = cwd }.code)
    assert.truthy(cli.read(cwd .. "/ryx.lua"))
    assert.truthy(cli.read(cwd .. "/deep/er/models.lua"))
  end)

  it("replaces nothing", function()
    for _, name in ipairs{ "ryx.lua", "models.lua", "migrations/0001_initial.lua" } do
      local cwd = cli.folder{ ["app/" .. name] = "mine" }
      local r = cli.run{ "init", "app", cwd = cwd }
      assert.same({ 1, "" }, { r.code, r.out })
      assert.truthy(r.err:find(("ryx: app/%s is there already"):format(name:match("^[^/]+")), 1, true))
      assert.equal("mine", cli.read(cwd .. "/app/" .. name))
    end
    local made = cli.folder()
    assert.equal(0, cli.run{ "init", "app", cwd = made }.code)
    assert.equal(1, cli.run{ "init", "app", cwd = made }.code)
  end)

  it("says why it cannot", function()
    local cwd = cli.folder{ file = "" }
    local r = cli.run{ "init", "file/app", cwd = cwd }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("^ryx: cannot %a+ the folder file"))
    assert.equal(1, cli.run{ "init", "", cwd = cwd }.code)
    assert.equal(2, cli.run{ "init", cwd = cwd }.code)
  end)
end)
