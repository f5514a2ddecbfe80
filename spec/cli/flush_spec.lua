-- SPDX-License-Identifier: MIT
-- ryx flush: tables stay, rows go, keys begin again.
local cli = require "support.cli"
local data = require "support.data"

local MODELS = [[
models.Author = ryx.model("Author", {
  name = ryx.CharField{ max_length = 20 }, boss = ryx.ForeignKey("self", { null = true, on_delete = "RESTRICT" }),
  first = ryx.ForeignKey("Post", { null = true, on_delete = "PROTECT", related_name = "+" }),
  Meta = { table_name = "flush_authors" },
})
models.Post = ryx.model("Post", {
  author = ryx.ForeignKey("Author", { on_delete = "RESTRICT" }),
  tags = ryx.ManyToManyField("Tag", { db_table = "flush_post_tags" }),
  Meta = { table_name = "flush_posts" },
})
models.Tag = ryx.model("Tag", { name = ryx.CharField{ max_length = 20 }, Meta = { table_name = "flush_tags" } })
]]

local FILL = [[
local a = models.Author.objects:create{ name = "a" }
local b = models.Author.objects:create{ name = "b", boss = a }
local tag = models.Tag.objects:create{ name = "t" }
local post = models.Post.objects:create{ author = b }
post.tags:add(tag)
a.boss, a.first = b, post
a:save()
print(a.id, b.id, tag.id, post.id)
]]
local COUNT = [[
local n = 0
for _, model in pairs(models) do n = n + model.objects:count() end
print(n + models.Post._meta.many_to_many[1]:through_meta().class.objects:count())
]]

describe("ryx flush", function()
  it("deletes the rows of all models and join tables, in circles too; keys begin again", function()
    local folder = data.project(MODELS)
    local first = data.lua(folder, FILL)
    assert.equal("5\n", data.lua(folder, COUNT))
    local r = cli.run{ "flush", "--yes", cwd = folder }
    assert.same({ code = 0, err = "", out = "default: 4 tables emptied\n" }, r)
    assert.equal("0\n", data.lua(folder, COUNT))
    assert.equal(first, data.lua(folder, FILL))
  end)

  it("keeps what migrations are applied", function()
    local folder = data.project(MODELS)
    data.lua(folder, [[
      local db, record = require "ryx.db", require "ryx.migrations.runner.record"
      record.create(db.alias("default"), "migrations")
      record.note(db.alias("default"), { name = "0001_initial" })
    ]])
    assert.equal(0, cli.run{ "flush", "--yes", cwd = folder }.code)
    assert.equal("0001_initial\n", data.lua(folder, [[
      for name in pairs(require("ryx.migrations.runner.record").applied(require("ryx.db").alias("default"))) do print(name) end
      ryx.raw_execute("DROP TABLE ryx_migrations")
    ]]))
  end)

  it("asks nobody where there is no terminal, and names --yes", function()
    local folder = data.project(MODELS)
    data.lua(folder, FILL)
    local r = cli.run{ "flush", cwd = folder, input = "y\n" }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("--yes", 1, true))
    assert.equal("5\n", data.lua(folder, COUNT))
  end)

  it("asks on a terminal", function()
    local folder = data.project(MODELS)
    data.lua(folder, FILL)
    local r = cli.terminal{ "flush", cwd = folder, typing = { { "[y/n]", "n\n" } } }
    assert.equal(1, r.code, r.out)
    assert.truthy(r.out:find("Nothing is deleted", 1, true), r.out)
    assert.equal("5\n", data.lua(folder, COUNT))
    r = cli.terminal{ "flush", cwd = folder, typing = { { "[y/n]", "y\n" } } }
    assert.equal(0, r.code, r.out)
    assert.equal("0\n", data.lua(folder, COUNT))
  end)

  it("passes over tables that are not there, refuses those that others refer to", function()
    local folder = data.project(MODELS)
    data.lua(folder, FILL .. [[
      local Foreign = ryx.model("Foreign", { tag = ryx.ForeignKey("Tag"), Meta = { table_name = "flush_foreign" } })
      ryx.raw_execute("DROP TABLE IF EXISTS flush_foreign")
      ryx.migrate{ Foreign }
    ]])
    local r = cli.run{ "flush", "--yes", cwd = folder }
    assert.same({ 1, "" }, { r.code, r.out })
    assert.truthy(r.err:find("flush_foreign refers to flush_tags", 1, true), r.err)
    assert.equal("5\n", data.lua(folder, COUNT))
    data.lua(folder, [[
      ryx.raw_execute("DROP TABLE flush_foreign")
      ryx.raw_execute("DROP TABLE flush_post_tags")
    ]])
    assert.equal("default: 3 tables emptied\n", cli.run{ "flush", "--yes", cwd = folder }.out)
  end)
end)
