-- SPDX-License-Identifier: MIT
-- Ctrl-C, and SIGTERM: whatever a script does, it ends, and nothing is half done.
local cli = require "support.cli"
local db = require "support.db"

local CONFIG = 'return { database = { url = "sqlite:app.db" } }'

local function script(text)
  return cli.folder{ ["s.lua"] = text }
end

local function project(text)
  return cli.folder{ ["ryx.lua"] = CONFIG, ["s.lua"] = text }
end

describe("an interrupt", function()
  local LONG = {
    ["a loop"] = "while true do end",
    ["a sleep"] = 'require("ryx").sleep(60)',
    ["a query"] = [[local ryx = require "ryx"
      ryx.setup("sqlite::memory:")
      ryx.raw_fetch("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 1e12) "
        .. "SELECT count(*) FROM t")]],
    ["a task"] = [[local ryx = require "ryx"
      ryx.run(function()
        ryx.spawn(function() ryx.sleep(60) end)
        ryx.sleep(60)
      end)]],
    ["errors that are swallowed"] = 'while true do pcall(require("ryx").sleep, 60) end',
  }
  for what, text in pairs(LONG) do
    it("ends " .. what .. " with 130", function()
      for _, cwd in ipairs{ script(text), project(text) } do
        local r = cli.run{ "run", "s.lua", cwd = cwd, seconds = 0.4 }
        assert.equal(130, r.code)
        assert.falsy(r.err:find("traceback"))
      end
    end)
  end

  it("rolls back what is under way", function()
    local r = cli.run{ "run", "s.lua", seconds = 0.5, cwd = project [[
      local ryx = require "ryx"
      ryx.on_query(function(e) io.stderr:write(e.sql, "\n") end)
      ryx.transaction(function() ryx.raw_execute("SELECT 1") ryx.sleep(60) end)
    ]] }
    assert.same({ code = 130, out = "", err = "BEGIN\nSELECT 1\nROLLBACK\nryx: interrupted\n" }, r)
  end)

  it("of the system ends with 143", function()
    assert.equal(143, cli.run{ "run", "s.lua", cwd = project(LONG["a sleep"]), seconds = 0.4, signal = "TERM" }.code)
  end)

  it("cancels the query and rolls back", function()
    local cwd = cli.folder{ ["s.lua"] = ([[
      local ryx = require "ryx"
      ryx.raw_execute("DROP TABLE IF EXISTS interrupted")
      ryx.raw_execute("CREATE TABLE interrupted (n INT)")
      ryx.transaction(function()
        ryx.raw_execute("INSERT INTO interrupted VALUES (1)")
        ryx.raw_fetch(%q)
      end)
    ]]):format(db.slow_sql), ["after.lua"] = [[
      local ryx = require "ryx"
      print(ryx.raw_fetch("SELECT count(*) AS n FROM interrupted")[1].n)
      ryx.raw_execute("DROP TABLE interrupted")
    ]] }
    local r = cli.run{ "run", "-u", db.url, "s.lua", cwd = cwd, seconds = 1 }
    assert.same({ code = 130, out = "", err = "ryx: interrupted\n" }, r)
    assert.same({ code = 0, out = "0\n", err = "" }, cli.run{ "run", "-u", db.url, "after.lua", cwd = cwd })
  end)

  it("that is sent twice, as timeout(1) sends it to all of its group, is one", function()
    for _, name in ipairs{ "INT", "TERM" } do
      local r = cli.run{ "run", "s.lua", cwd = project(([[
        local sender = io.popen "kill -%s $PPID; sleep 0.01; kill -%s $PPID"
        pcall(require("ryx").sleep, 60)
        os.execute "sleep 0.2"
        print "swallowed"
      ]]):format(name, name)) }
      assert.same({ code = name == "INT" and 130 or 143, out = "swallowed\n", err = "ryx: interrupted\n" }, r)
    end
  end)

  it("that comes again ends at once", function()
    local cwd = script [[
      print "begin"
      while true do
        pcall(require("ryx").sleep, 60)
        os.execute "sleep 0.1" -- two at once are one
        print "swallowed"
      end
    ]]
    local r = cli.terminal{ "run", "s.lua", cwd = cwd, env = { RYX_DATABASE_URL = "sqlite::memory:" },
      typing = { { "begin", "\3" }, { "swallowed", "\3" } } }
    assert.equal(130, r.code)
    assert.falsy(r.out:find("interrupted", 1, true))
  end)
end)
