-- SPDX-License-Identifier: MIT
-- ryx shell: Lua that is typed, in a pipe and on a terminal.
local cli = require "support.cli"
local db = require "support.db"

local MODELS = [[
local ryx = require "ryx"
local M = {}
M.Author = ryx.model("Author", { name = ryx.CharField{ max_length = 80 } }, {})
M.Post = ryx.model("Post", {
  title = ryx.CharField{ max_length = 80 }, views = ryx.IntField{ default = 0 },
  author = ryx.ForeignKey("Author", { null = true }), meta = ryx.JSONField{ null = true },
})
return M
]]

local ROWS = [[
ryx.migrate{ Author, Post }
a = Author.objects:create{ name = "Ann" }
for i = 1, 25 do
  Post.objects:create{ title = "p" .. i, views = i, author = a, meta = { n = i } }
end
]]

local function project()
  return cli.folder{ ["ryx.lua"] = 'return { database = { url = "sqlite:app.db" }, models = "models" }',
    ["models.lua"] = MODELS }
end

local full

-- A project that has rows.
local function filled()
  if not full then
    full = project()
    assert.same({ code = 0, out = "", err = "" }, cli.run{ "shell", cwd = full, input = ROWS })
  end
  return full
end

local function piped(text)
  return cli.run{ "shell", cwd = filled(), input = text }
end

local function talk(typing, cwd)
  cwd = cwd or filled()
  return cli.terminal{ "shell", cwd = cwd, env = { XDG_STATE_HOME = cwd .. "/state" }, typing = typing }
end

describe("ryx shell in a pipe", function()
  local SHOWN = {
    ["1 + 1"] = "2\n", ["1, 'a', nil"] = "1\ta\tnil\n", ["nil"] = "nil\n", ["x = 1"] = "",
    ["print(1)"] = "1\n", ["x = 1\nx"] = "1\n", ["= 1"] = "1\n",
    ["Post"] = "<model Post>\n", ["Post.objects:count()"] = "25\n", ["ryx.decimal '1.50'"] = "1.50\n",
    ["Post.objects:get{ id = 1 }"] = [[
<Post: pk=1>
  id         1
  title      "p1"
  views      1
  author_id  1
  meta       { n = 1 }
]],
    ["Post.objects:order_by('-id'):limit(2)"] = [[
id  title  views  author_id  meta
--  -----  -----  ---------  ----------
25  p25       25          1  { n = 25 }
24  p24       24          1  { n = 24 }
]],
    ["Post.objects:only('title'):limit(1):all()"] = "id  title\n--  -----\n 1  p1\n",
    ["Post.objects:values('id', 'author__name'):limit(1)"] = "id  author__name\n--  ------------\n 1  Ann\n",
    ["Post.objects:values_list('title', 'id'):limit(1)"] = "title  id\n-----  --\np1      1\n",
    ["Post.objects:values_list('title', { flat = true }):limit(1)"] = "title\n-----\np1\n",
    ["Post.objects:filter{ id = 0 }"] = "(no rows)\n",
    ["{ 1, { a = ryx.null, ['x y'] = 'z' } }"] = '{ 1, { a = null, ["x y"] = "z" } }\n',
    ["ryx.raw_fetch \"SELECT 1 AS a, 'x' AS b\""] = "a  b\n-  -\n1  x\n", ["ryx.Q{ id = 1 }"] = "<q>\n",
    ["{ { a = 1 }, { b = 'x' } }"] = "a     b\n----  ----\n   1  null\nnull  x\n", ["{ {} }"] = "{ {} }\n",
    ["t = {} t.t = t\nt"] = "{ t = { ... } }\n", ["{}"] = "{}\n",
    ["for i = 1, 2 do\n  print(i)\nend"] = "1\n2\n",
    ["Post.objects:filter{\n  id = 3,\n}:count()"] = "1\n", ["'a\\nb'"] = "a\nb\n",
    ["ryx.spawn(function() end)"] = "<Task: under way>\n",
    ["t = ryx.spawn(function() return 5 end)\nt:join()"] = "5\n",
  }
  for text, out in pairs(SHOWN) do
    it("prints what is an expression: " .. text:gsub("%s+", " "), function()
      assert.same({ code = 0, out = out, err = "" }, piped(text .. "\n"))
    end)
  end

  it("shows 21 rows of more", function()
    local out = piped("Post.objects\n").out
    assert.equal(24, select(2, out:gsub("\n", "")))
    assert.truthy(out:find("\n21  p21 .-\n%.%.%.\n$"))
    out = piped("Post.objects:slice(2, 22)\n").out
    assert.equal(23, select(2, out:gsub("\n", "")))
    assert.falsy(out:find("...", 1, true))
  end)

  it("ends at the first error, with its line", function()
    assert.same({ code = 1, out = "1\n", err = "ryx: shell:3: no\n" }, piped "print(1)\n\nerror 'no'\nprint(2)\n")
    assert.same({ code = 1, out = "", err = "ryx: shell:2: attempt to index a nil value (global 'nope')\n" },
      piped "x = 1\nnope.x = 1\n")
    for text, err in pairs{
      ["1 + * 2"] = "shell:1: unexpected symbol near '*'", ["x y"] = "shell:1: syntax error near 'y'",
      ["for i = 1, 2 do"] = "shell:1: 'end' expected near <eof>", ["error{ a = 1 }"] = "{ a = 1 }",
    } do
      local r = piped(text)
      assert.equal(1, r.code)
      assert.truthy(r.err:find(err, 1, true), r.err)
      assert.falsy(r.err:find("traceback"))
    end
    local r = piped "Post.objects:filter{ titel = 1 }\n"
    assert.equal(1, r.code)
    assert.truthy(r.err:find('Post has no field "titel" (did you mean "title"?)', 1, true))
  end)

  it("says of a local that it is gone, once", function()
    assert.same({ code = 0, out = "nil\n",
      err = "a local is gone with the line that has it: without `local`, x stays\n" },
      piped "local x = 1\nlocal y = 2\nx\n")
  end)

  it("has --query", function()
    for _, flag in ipairs{ "-q", "--query" } do
      assert.same({ code = 0, out = "25\n", err = "" },
        cli.run{ "shell", flag, "Post.objects:count()", cwd = filled() })
    end
    local r = cli.run{ "shell", "-q", "Post.objects:filter{ nope = 1 }", cwd = filled() }
    assert.equal(1, r.code)
    assert.truthy(r.err:find('no field "nope"', 1, true))
    assert.equal(1, cli.run{ "shell", "-q", "1 +", cwd = filled() }.code)
  end)

  it("runs on every database", function()
    local r = cli.run{ "shell", "-u", db.url, "-q", "ryx.raw_fetch('SELECT 41 + 1 AS n')[1].n", cwd = filled() }
    assert.same({ code = 0, out = "42\n", err = "" }, r)
  end)

  it("needs a database", function()
    local r = cli.run{ "shell", "-q", "1", env = { XDG_STATE_HOME = "/nonexistent" } }
    assert.equal(1, r.code)
    assert.truthy(r.err:find("no database is configured", 1, true))
  end)
end)

describe("ryx shell on a terminal", function()
  it("prints, and leaves with Ctrl-D", function()
    local r = talk{ { "> ", "Post.objects:limit(1)\r" }, { "p1", "\4" } }
    assert.equal(0, r.code)
    assert.truthy(r.out:find("Author, Post", 1, true))
    assert.falsy(r.out:find("error", 1, true))
  end)

  it("goes on with an input that is not complete", function()
    local r = talk{ { "ryx> ", "for i = 1, 2 do\r" }, { "...> ", "print(i * 7)\r" }, { "...> ", "end\r" },
      { "\n14\r", "1 +\r" }, { "...> ", "41\r" }, { "\n42\r", "\4" } }
    assert.equal(0, r.code)
  end)

  it("outlives errors", function()
    local r = talk{ { "> ", "nope.x\r" }, { "error:", "error 'mine'\r" }, { "mine", "1 + 1\r" }, { "\n2\r", "\4" } }
    assert.equal(0, r.code)
    assert.falsy(r.out:find("traceback", 1, true))
  end)

  it("completes", function()
    local r = talk{ { "> ", "Post.objects:filter{ ti\t" }, { "title__icontains", "" },
      { "> Post.objects:filter{ title", " = 'p7' }:cou\t()\r" }, { "\n1\r", "\4" } }
    assert.equal(0, r.code)
  end)

  it("lets tasks go on while it waits", function()
    local r = talk{
      { "> ", "ryx.spawn(function() for i = 1, 3 do ryx.sleep(0.1) print('tick', Post.objects:count()) end end)\r" },
      { "under way", "" }, { "tick\t25", "" }, { "tick\t25", "'a' .. 'b'" }, { "tick\t25", "\r" }, { "\nab\r", "\4" },
    }
    assert.equal(0, r.code)
  end)

  it("tells of a task that fails, and leaves while others run", function()
    local r = talk{ { "> ", "ryx.spawn(function() ryx.sleep(0.1) error('bo' .. 'om') end)\r" }, { "boom", "" },
      { "> ", "ryx.spawn(ryx.sleep, 600)\r" }, { "under way", "\4" } }
    assert.equal(0, r.code)
  end)

  local LONG = {
    ["a loop"] = "while true do end",
    ["a sleep"] = "ryx.sleep(60)",
    ["a query"] = 'ryx.raw_fetch("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1e12) '
      .. 'SELECT count(*) FROM t")',
    ["a transaction"] = "ryx.transaction(function() Post.objects:delete_all() ryx.sleep(60) end)",
  }
  for what, text in pairs(LONG) do
    it("ends " .. what .. " by Ctrl-C, and goes on", function()
      local r = talk{ { "> ", "io.write('be', 'gin\\n') " .. text .. "\r" }, { "begin\r", "\3" },
        { "interrupted", "Post.objects:count()\r" }, { "\n25\r", "ryx.sleep(1.2) print('st' .. 'ill')\r" },
        { "still", "\4" } }
      assert.equal(0, r.code)
    end)
  end

  it("cancels a query on every database", function()
    local cwd = cli.folder{ ["slow.lua"] = ("return %q"):format(db.slow_sql) }
    local r = cli.terminal{ "shell", "-u", db.url, cwd = cwd, env = { XDG_STATE_HOME = cwd }, typing = {
      { "> ", "slow = dofile 'slow.lua'\r" }, { "\nryx> ", "print('be' .. 'gin') ryx.raw_fetch(slow)\r" },
      { "begin\r", "\3" }, { "interrupted", "ryx.raw_fetch('SELECT 40 + 2 AS n')[1].n\r" }, { "\n42\r", "\4" },
    } }
    assert.equal(0, r.code)
  end)

  it("drops the line that is typed by Ctrl-C", function()
    local r = talk{ { "> ", "for i = 1, 2 do\r" }, { "...> ", "junk" }, { "junk", "\3" }, { "^C", "" },
      { "ryx> ", "1 + 1\r" }, { "\n2\r", "\4" } }
    assert.equal(0, r.code)
  end)

  it("ends by SIGTERM with 143 and gives the terminal back", function()
    local cwd = filled()
    local r = cli.terminal{ "shell", cwd = cwd, env = { XDG_STATE_HOME = cwd .. "/state" },
      typing = { { "> ", "os.execute('kill -TERM $PPID')\r" } } }
    assert.equal(143, r.code)
  end)

  it("remembers lines, for its owner alone", function()
    local cwd = project()
    assert.equal(0, talk({ { "> ", "'fi' .. 'rst'\r" }, { "first", "\4" } }, cwd).code)
    local r = talk({ { "> ", "\27[A\r" }, { "\nfirst\r", "\4" } }, cwd)
    assert.equal(0, r.code)
    assert.equal(0, cli.run{ "shell", "-q", "1", cwd = cwd }.code)
    local f = io.popen("stat -c %a " .. cwd .. "/state/ryx/history")
    assert.equal("600", f:read("*l"))
    f:close()
  end)

  it("lets tasks go on while a line is looked for", function()
    local cwd = project()
    local r = talk({ { "> ", "'fi' .. 'rst'\r" },
      { "\nfirst\r", "ryx.spawn(function() ryx.sleep(0.6) print('ti' .. 'ck') end)\r" },
      { "under way", "" }, { "> ", "\18fi" }, { "tick", "\27" }, { "'fi", "\r" }, { "\nfirst\r", "" },
      { "> ", "\18" }, { "bck:", "\3" }, { "^C", "" }, { "ryx> ", "\4" } }, cwd)
    assert.equal(0, r.code)
  end)

  it("takes letters that are no ASCII", function()
    local r = talk{ { "> ", "'ü日' .. '本'\r" }, { "\nü日本\r", "\4" } }
    assert.equal(0, r.code)
  end)
end)
