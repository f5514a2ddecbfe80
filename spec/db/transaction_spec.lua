-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("TxItem", {
  name = ryx.CharField{ max_length = 20, unique = true }, n = ryx.IntField{ default = 0 },
})
local objects = Item.objects

local function names()
  local out = {}
  for i, item in ipairs(objects:order_by("name"):all()) do out[i] = item.name end
  return table.concat(out, " ")
end

local function add(name) return objects:create{ name = name } end

describe("transactions", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("commit and return what the function returns", function()
    local a, b = ryx.transaction(function()
      add "a"
      return 1, 2
    end)
    assert.same({ 1, 2 }, { a, b })
    assert.equal("a", names())
  end)

  it("roll back on an error, which goes on unchanged", function()
    local mine = {}
    local e = db.error_of(ryx.transaction, function()
      add "a"
      error(mine)
    end)
    assert.equal(mine, e)
    assert.equal("", names())
  end)

  it("roll back when told to", function()
    ryx.transaction(function(tx)
      add "a"
      tx:rollback()
      assert.equal("misuse", db.error_of(add, "b").kind)
    end)
    assert.equal("", names())
  end)

  it("nest as savepoints", function()
    ryx.transaction(function()
      add "a"
      pcall(ryx.transaction, function()
        add "b"
        error("inner")
      end)
      ryx.transaction(function() add "c" end)
      ryx.transaction(function(tx)
        add "d"
        tx:rollback()
      end)
    end)
    assert.equal("a c", names())
  end)

  it("undo nested ones with the outer one", function()
    pcall(ryx.transaction, function()
      ryx.transaction(function() add "a" end)
      error("outer")
    end)
    assert.equal("", names())
  end)

  it("cover every kind of write", function()
    add "old"
    pcall(ryx.transaction, function()
      objects:bulk_create{ Item{ name = "x" }, Item{ name = "y" } }
      objects:filter{ name = "old" }:update{ n = 5 }
      objects:filter{ name = "x" }:delete()
      ryx.raw_execute("DELETE FROM tx_items")
      assert.equal(0, ryx.raw_fetch("SELECT COUNT(*) AS n FROM tx_items")[1].n)
      error("no")
    end)
    assert.equal("old", names())
    assert.equal(0, objects:get().n)
  end)

  it("call on_commit after the outermost commit only", function()
    local seen = {}
    ryx.transaction(function(tx)
      tx:on_commit(function() seen[#seen + 1] = "outer" end)
      ryx.transaction(function(inner) inner:on_commit(function() seen[#seen + 1] = "inner" end) end)
      pcall(ryx.transaction, function(inner)
        inner:on_commit(function() seen[#seen + 1] = "never" end)
        error("no")
      end)
      assert.same({}, seen)
    end)
    assert.same({ "outer", "inner" }, seen)
    pcall(ryx.transaction, function(tx)
      tx:on_commit(function() seen[#seen + 1] = "never" end)
      error("no")
    end)
    assert.equal(2, #seen)
  end)

  it("are broken by a failed statement until their block ends", function()
    add "a"
    local e = db.error_of(ryx.transaction, function()
      pcall(add, "a")
      add "b"
    end)
    assert.equal("transaction_broken", e.kind)
    assert.equal("a", names())
  end)

  it("survive a failed statement in a nested one", function()
    add "a"
    ryx.transaction(function()
      assert.is_false((pcall(ryx.transaction, function() add "a" end)))
      add "b"
    end)
    assert.equal("a b", names())
  end)

  it("cannot be used after their end", function()
    local kept
    ryx.transaction(function(tx) kept = tx end)
    assert.equal("misuse", db.error_of(function() objects:using(kept):count() end).kind)
    assert.equal("misuse", db.error_of(kept.on_commit, kept, print).kind)
  end)

  it("only read where that is said, on any number of connections", function()
    for _, options in ipairs{ {}, { max_connections = 1 } } do
      options.url = db.url
      ryx.setup{ default = options }
      local before = objects:count()
      assert.truthy(db.error_of(ryx.transaction, function() add "x" end, { read_only = true }))
      assert.truthy(db.error_of(ryx.transaction, function() objects:filter{ id = -1 }:delete() end, { read_only = true }))
      assert.equal(before, ryx.transaction(function() return objects:count() end, { read_only = true }))
      local row = objects:create{ name = "y" }
      row:delete()
    end
    ryx.setup(db.url)
  end)

  it("take isolation and read_only", function()
    ryx.transaction(function() add "a" end, { isolation = "serializable" })
    ryx.transaction(function() assert.equal("a", names()) end, { read_only = true })
    assert.truthy(db.error_of(ryx.transaction, function() add "b" end, { read_only = true }))
    assert.equal("misuse", db.error_of(ryx.transaction, print, { isolation = "chaos" }).kind)
    local e = db.error_of(ryx.transaction, print, { retires = 1 })
    assert.truthy(tostring(e):find('did you mean "retries"', 1, true))
    assert.equal("a", names())
  end)

  it("retry only what may be retried", function()
    local errors = require "ryx.errors"
    local n = 0
    local got = ryx.transaction(function()
      n = n + 1
      if n < 3 then errors.raise("serialization", "again") end
      return n
    end, { retries = 3 })
    assert.equal(3, got)
    n = 0
    db.error_of(ryx.transaction, function()
      n = n + 1
      error("mine")
    end, { retries = 3 })
    assert.equal(1, n)
  end)

  it("refuse options that mean nothing", function()
    for _, options in ipairs{ { retries = -1 }, { retries = "x" }, { read_only = "yes" }, { deferrable = 1 }, 5 } do
      assert.equal("misuse", db.error_of(ryx.transaction, function() end, options).kind)
    end
  end)

  it("belong to one alias", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.raw_execute("CREATE TABLE t (n INTEGER)", nil, { alias = "other" })
    pcall(ryx.transaction, function()
      add "a"
      ryx.raw_execute("INSERT INTO t VALUES (1)", nil, { alias = "other" })
      error("no")
    end)
    assert.equal("", names())
    assert.equal(1, #ryx.raw_fetch("SELECT n FROM t", nil, { alias = "other" }))
    ryx.setup(db.url)
  end)

  it("time out as a whole", function()
    local e = db.error_of(ryx.transaction, function()
      add "a"
      ryx.raw_fetch(db.slow_sql)
    end, { timeout = 0.2 })
    assert.equal("timeout", e.kind)
    assert.equal("", names())
  end)
end)

describe("transactions and tasks", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("are not inherited by a task, but may be handed on", function()
    ryx.run(function()
      ryx.transaction(function(tx)
        ryx.gather(function() objects:using(tx):create{ name = "b" } end)
        local here = objects:count()
        assert.equal(1, here)
        local there = ryx.gather(function() return objects:count() end)
        assert.equal(0, there)
      end)
    end)
    assert.equal("b", names())
  end)

  it("handed on save an instance too", function()
    ryx.transaction(function(tx)
      ryx.run(function()
        ryx.spawn(function() Item{ name = "by hand" }:save{ using = tx } end):join()
      end)
      assert.equal(1, objects:filter{ name = "by hand" }:count())
      tx:rollback()
    end)
    assert.equal(0, objects:filter{ name = "by hand" }:count())
  end)

  it("are used by one task at a time", function()
    local e
    ryx.run(function()
      ryx.transaction(function(tx)
        ryx.gather(function()
          ryx.timeout(0.1, function() pcall(ryx.raw_fetch, db.slow_sql, nil, { alias = tx }) end)
        end, function()
          ryx.sleep(0.02)
          e = db.error_of(function() objects:using(tx):count() end)
        end)
        tx:rollback()
      end)
    end)
    assert.truthy(tostring(e):find("another task is using this transaction", 1, true))
  end)

  it("stay with their task while others run", function()
    ryx.run(function()
      ryx.gather(function()
        pcall(ryx.transaction, function()
          add "rolled back"
          ryx.sleep(0.05)
          error("no")
        end)
      end, function()
        ryx.sleep(0.01)
        assert.equal(0, objects:count())
      end)
    end)
    assert.equal("", names())
  end)

  it("reach a user's own generators", function()
    ryx.run(function()
      ryx.transaction(function(tx)
        add "a"
        local generate = coroutine.wrap(function()
          coroutine.yield(objects:count())
          coroutine.yield(objects:count() + 1)
        end)
        assert.equal(1, generate())
        assert.equal(2, generate())
        local wrapped = ryx.wrap(function() coroutine.yield(objects:count()) end)
        assert.equal(1, wrapped())
        tx:rollback()
      end)
    end)
  end)

  if not db.needs "several writers" then
    it("say at once that a child would wait for its waiting parent", function()
      local e = db.error_of(ryx.run, function()
        ryx.transaction(function()
          add "a"
          ryx.gather(function() add "b" end)
        end)
      end)
      assert.truthy(tostring(e):find(":using(tx)", 1, true))
    end)
  end
end)
