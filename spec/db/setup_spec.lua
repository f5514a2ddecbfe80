-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("SetupItem", { name = ryx.CharField{ max_length = 20 }, n = ryx.IntField{ null = true } })

describe("setup", function()
  db.use(ryx, { Item })

  it("may be called again, and close and setup too", function()
    Item.objects:create{ name = "a" }
    ryx.setup(db.url)
    assert.equal(1, Item.objects:count())
    ryx.close()
    assert.is_false(ryx.is_connected())
    ryx.setup(db.url)
    assert.equal(1, Item.objects:count())
    assert.is_true(ryx.is_connected())
  end)

  it("says what is missing before and what an alias is called", function()
    ryx.close()
    local e = db.error_of(Item.objects.count, Item.objects)
    assert.is_true(e:is(ryx.PoolNotInitialized))
    ryx.setup{ default = db.url, logs = "sqlite::memory:" }
    assert.truthy(tostring(db.error_of(Item.objects.using, Item.objects, "lgos")):find('did you mean "logs"?', 1, true))
    ryx.setup(db.url)
  end)

  it("takes options and refuses unknown ones", function()
    assert.truthy(db.error_of(ryx.setup, { default = { url = db.url, max_conections = 3 } }))
    assert.truthy(db.error_of(ryx.setup, "nothing://x"))
    ryx.setup{ default = { url = db.url, max_connections = 3 } }
    assert.equal(3, ryx.pool_stats().max)
    ryx.setup(db.url)
  end)

  it("refuses aliases and options of the wrong type", function()
    assert.equal("misuse", db.error_of(ryx.setup, { db.url }).kind)
    assert.equal("misuse", db.error_of(ryx.setup, { default = { url = db.url, max_connections = {} } }).kind)
    assert.equal("misuse", db.error_of(ryx.on_query, 5).kind)
    assert.equal("misuse", db.error_of(ryx.migrate, Item).kind)
  end)

  it("changes nothing when one of several is wrong", function()
    Item.objects:delete_all()
    Item.objects:create{ name = "kept" }
    local n = ryx.pool_stats().requests
    assert.equal("misuse", db.error_of(ryx.setup, { default = "sqlite::memory:", other = "nothing://x" }).kind)
    assert.equal("misuse", db.error_of(ryx.setup, { a = "sqlite::memory:", default = { url = db.url, wrong = 1 } }).kind)
    assert.equal(1, Item.objects:count())
    assert.equal(n + 1, ryx.pool_stats().requests)
    assert.is_false(ryx.is_connected("a"))
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    assert.equal(1, Item.objects:count())
    ryx.setup(db.url)
  end)

  it("says that a URL stands below an alias", function()
    for _, config in ipairs{ { url = db.url }, { url = db.url, max_connections = 3 } } do
      local e = db.error_of(ryx.setup, config)
      assert.equal("misuse", e.kind)
      assert.truthy(e.message:find("ryx.setup{ default = { url = ... } }", 1, true))
    end
  end)

  it("never shows a password", function()
    ryx.setup{ default = db.url, other = "postgres://joe:s3cret@127.0.0.1:1/x" }
    assert.is_nil(require("ryx.db").show("other"):find("s3cret", 1, true))
    local e = db.error_of(ryx.raw_fetch, "SELECT 1", nil, { alias = "other" })
    assert.is_nil(tostring(e):find("s3cret", 1, true))
    assert.equal("connection", e.kind)
    ryx.setup(db.url)
  end)

  it("leaves words alone that are a password as well", function()
    -- One nobody answers at, and one that answers no: a login or a database that is not there.
    local urls = { "postgres://server:server@127.0.0.1:1/server" }
    urls[2] = db.url:find("@", 1, true) and db.url:gsub("@", ":e@", 1):gsub("/[^/]*$", "/nowhere") or nil
    for _, url in ipairs(urls) do
      ryx.setup{ default = db.url, other = url }
      local e = db.error_of(ryx.raw_fetch, "SELECT 1", nil, { alias = "other" })
      assert.equal("connection", e.kind)
      assert.is_nil(e.message:find("***", 1, true))
      assert.truthy(e.message:find("server", 1, true) or e.message:find("denied", 1, true)
        or e.message:find("nowhere", 1, true), e.message)
    end
    ryx.setup(db.url)
  end)

  it("refuses hosts with spaces and options given twice", function()
    local function refused(setup)
      local e = db.error_of(ryx.setup, setup)
      assert.equal("misuse", e.kind)
      return tostring(e)
    end
    assert.truthy(refused("postgres://my host/x"):find("one host", 1, true))
    assert.truthy(refused{ default = { url = "mysql:///x", host = "my host" } }:find("one host", 1, true))
    assert.truthy(refused("sqlite:x.db?max_connections=2&max_connections=3"):find("given twice", 1, true))
    assert.truthy(refused{ default = { url = db.url, max_connections = 2, pool_size = 2 } }:find("given twice", 1, true))
  end)

  it("takes the path of a file as it stands", function()
    local path = os.tmpname() .. "a%20b.db"
    ryx.setup{ default = db.url, other = "sqlite:" .. path }
    ryx.raw_execute("CREATE TABLE t (a INTEGER)", nil, { alias = "other" })
    local file = io.open(path)
    assert.truthy(file)
    file:close()
    ryx.setup(db.url)
    os.remove(path)
    os.remove((path:gsub("a%%20b.db$", "")))
  end)

  it("keeps aliases apart", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Item }, { alias = "other" })
    Item.objects:using("other"):create{ name = "there" }
    assert.is_false(Item.objects:filter{ name = "there" }:exists())
    local there = Item.objects:using("other"):get{ name = "there" }
    there.n = 5
    there:save()
    assert.equal(5, Item.objects:using("other"):get().n)
    ryx.setup(db.url)
  end)

  it("counts connections", function()
    Item.objects:count()
    local stats = ryx.pool_stats("default")
    assert.is_true(stats.size >= 1)
    assert.equal(0, stats.in_use)
    assert.equal(stats.max, stats.available)
  end)

  it("lists the lookups", function()
    local set = {}
    for _, name in ipairs(ryx.available_lookups()) do set[name] = true end
    assert.is_true(set.exact and set.icontains and set.range)
  end)
end)

describe("raw statements", function()
  db.use(ryx, { Item })
  before_each(function() Item.objects:delete_all() end)

  it("bind ? and leave ?? and literals alone", function()
    local insert = "INSERT INTO setup_items (name, n) VALUES (?, ?), (?, ?)"
    assert.equal(2, ryx.raw_execute(insert, { "a", 1, "b?", ryx.null }))
    local select = "SELECT name, n FROM setup_items WHERE name <> '?' AND name <> ? ORDER BY name"
    local rows = ryx.raw_fetch(select, { "zz" })
    assert.same({ { name = "a", n = 1 }, { name = "b?" } }, rows)
  end)

  it("give arrays, and nulls when asked", function()
    ryx.raw_execute("INSERT INTO setup_items (name) VALUES (?)", { "a" })
    local sql = "SELECT name, n FROM setup_items"
    assert.same({ { "a", ryx.null } }, ryx.raw_fetch(sql, nil, { array = true }))
    assert.same({ { name = "a", n = ryx.null } }, ryx.raw_fetch(sql, {}, { null = ryx.null }))
  end)

  it("refuse what is no text and no list of parameters", function()
    assert.equal("misuse", db.error_of(ryx.raw_fetch).kind)
    assert.equal("misuse", db.error_of(ryx.raw_execute, "SELECT 1", 5).kind)
    for _, params in ipairs{ { nil, 2 }, { 1, a = 2 } } do
      assert.truthy(tostring(db.error_of(ryx.raw_fetch, "SELECT ?, ?", params)):find("without holes", 1, true))
    end
  end)

  it("refuse more parameters than the database takes, with the caller's line", function()
    local n = 300000
    local params, marks = {}, ("?, "):rep(n - 1) .. "?"
    for i = 1, n do params[i] = i end
    local line
    local e = db.error_of(function()
      line = debug.getinfo(1, "l").currentline + 1
      ryx.raw_execute("SELECT 1 WHERE 1 IN (" .. marks .. ")", params)
    end)
    assert.equal("misuse", e.kind)
    assert.truthy(e.where:find("setup_spec.lua:" .. line, 1, true), e.where)
    local max = tonumber(e.message:match("takes at most (%d+)"))
    marks = marks:sub(1, 3 * max - 2)
    for i = #params, max + 1, -1 do params[i] = nil end
    assert.equal(1, #ryx.raw_fetch("SELECT 1 AS a WHERE 1 IN (" .. marks .. ")", params))
    params[max + 1] = 1
    e = db.error_of(ryx.raw_execute, "SELECT 1 WHERE 1 IN (?, " .. marks .. ")", params)
    assert.equal("misuse", e.kind)
  end)

  it("refuse two columns of one name, unless as arrays", function()
    ryx.raw_execute("INSERT INTO setup_items (name) VALUES (?)", { "a" })
    assert.truthy(db.error_of(ryx.raw_fetch, "SELECT name, name FROM setup_items"))
    assert.same({ { "a", "a" } }, ryx.raw_fetch("SELECT name, name FROM setup_items", {}, { array = true }))
  end)

  it("report the database's words", function()
    local e = db.error_of(ryx.raw_fetch, "SELECT nothing FROM nowhere")
    assert.is_true(e:is(ryx.DatabaseError))
    assert.equal("SELECT nothing FROM nowhere", e.sql)
    assert.truthy(tostring(db.error_of(ryx.raw_fetch, "SELECT 1", {}, { aliass = "x" })):find('"alias"', 1, true))
  end)
end)

describe("on_query", function()
  db.use(ryx, { Item })

  it("tells of every statement, and stops when undone", function()
    local seen = {}
    local undo = ryx.on_query(function(e) seen[#seen + 1] = e end)
    Item.objects:filter{ n = 1 }:all()
    pcall(ryx.raw_fetch, "SELECT nothing FROM nowhere")
    ryx.transaction(function() end)
    undo()
    Item.objects:count()
    assert.equal(4, #seen)
    assert.equal("select", seen[1].kind)
    assert.equal(0, seen[1].rows)
    assert.equal("default", seen[1].alias)
    assert.equal("number", type(seen[1].duration))
    assert.truthy(seen[1].sql:find("WHERE", 1, true))
    assert.truthy(seen[1].where:find("setup_spec.lua:%d+$"))
    assert.truthy(seen[2].error)
    assert.same({ "begin", "commit" }, { seen[3].kind, seen[4].kind })
  end)
end)
