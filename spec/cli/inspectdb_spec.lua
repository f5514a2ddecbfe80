-- SPDX-License-Identifier: MIT
-- ryx inspectdb: the models of tables that somebody else made.
local cli = require "support.cli"

local SCHEMA = [[
local ryx = require "ryx"
ryx.setup("sqlite:app.db")
ryx.raw_execute "CREATE TABLE authors (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL)"
ryx.raw_execute "CREATE TABLE blog_posts (id INTEGER PRIMARY KEY, title TEXT NOT NULL, at POINT, \
  author_id INTEGER REFERENCES authors (id) ON DELETE CASCADE)"
ryx.raw_execute "CREATE TABLE ryx_migrations (id INTEGER PRIMARY KEY)"
ryx.raw_execute "INSERT INTO authors (name) VALUES ('Ann')"
ryx.raw_execute "INSERT INTO blog_posts (title, author_id) VALUES ('a', 1)"
ryx.close()
]]

local function database()
  local folder = cli.folder{ ["schema.lua"] = SCHEMA }
  assert.equal(0, cli.run{ "run", "schema.lua", cwd = folder }.code)
  return folder
end

local URL = "--url=sqlite:app.db"

describe("ryx inspectdb", function()
  it("writes every table, but for those of ryx", function()
    local r = cli.run{ "inspectdb", URL, cwd = database() }
    assert.same({ code = 0, err = "" }, { code = r.code, err = r.err })
    for _, part in ipairs{
      'M.Author = ryx.model("Author", {', "  name = ryx.CharField{ max_length = 80 },", "return M\n",
      'M.BlogPost = ryx.model("BlogPost", {', 'author = ryx.ForeignKey("Author", {', "-- at: POINT",
    } do
      assert.truthy(r.out:find(part, 1, true), r.out)
    end
    assert.is_nil(r.out:find("ryx_migrations", 1, true))
  end)

  it("writes a module that loads", function()
    local folder = database()
    local r = cli.run{ "inspectdb", URL, "-o", "models.lua", cwd = folder }
    assert.same({ code = 0, err = "", out = "" }, r)
    cli.write(folder, {
      ["ryx.lua"] = [[return { database = { url = "sqlite:app.db" }, models = "models" }]],
      ["s.lua"] = [[
        local m = require "models"
        local post = m.BlogPost.objects:get()
        print(post.title, post.author.name)
        require("ryx").migrate{ m.Author, m.BlogPost }
      ]],
    })
    assert.same({ code = 0, err = "", out = "a\tAnn\n" }, cli.run{ "run", "s.lua", cwd = folder })
  end)

  it("writes one table", function()
    local r = cli.run{ "inspectdb", URL, "--table", "authors", cwd = database() }
    assert.truthy(r.out:find("M.Author = ", 1, true))
    assert.is_nil(r.out:find("BlogPost", 1, true))
  end)

  it("says what is wrong", function()
    local folder = database()
    local r = cli.run{ "inspectdb", URL, "--table", "author", cwd = folder }
    assert.equal(1, r.code)
    assert.truthy(r.err:find('there is no table "author"', 1, true), r.err)
    r = cli.run{ "inspectdb", URL, "--output", "none/models.lua", cwd = folder }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("none/models.lua", 1, true), r.err)
    assert.equal(2, cli.run{ "inspectdb", URL, "more", cwd = folder }.code)
    assert.equal(1, cli.run{ "inspectdb", cwd = cli.folder() }.code)
  end)
end)
