-- Rows C of the reference: connections, transactions, several databases, bulk.
local db = require "spec.support.db"
local ryx = require "ryx"

describe("the reference, databases:", function()
  local Item = ryx.model("ReferenceItem", {
    id = ryx.BigAutoField{ primary_key = true }, name = ryx.CharField{ max_length = 50, null = true },
    is_new = ryx.IntField{ default = 0 },
    Meta = { table_name = "returning_customers" },
  })
  local Named = ryx.model("ReferenceNamed", {
    code = ryx.CharField{ max_length = 20, primary_key = true }, size = ryx.IntField{ default = 0 },
  })

  setup(function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    db.tables(ryx, { Item, Named })
    ryx.migrate({ Item, Named }, { alias = "other" })
  end)
  teardown(function()
    ryx.raw_execute("DROP TABLE returning_customers")
    ryx.raw_execute("DROP TABLE " .. Named._meta.table_name)
    ryx.close()
  end)
  before_each(function()
    for _, alias in ipairs{ "default", "other" } do
      Item.objects:using(alias):delete_all()
      Named.objects:using(alias):delete_all()
    end
  end)
  after_each(function()
    ryx.set_router(nil)
    db.nothing_left_open()
  end)

  it("C10: a table whose name holds RETURNING counts the rows it changes", function()
    Item.objects:bulk_create{ Item{ name = "a" }, Item{ name = "b" } }
    assert.equal(2, Item.objects:update_all{ name = "c" })
    ryx.transaction(function() assert.equal(2, Item.objects:filter{ name = "c" }:update{ is_new = 1 }) end)
    assert.equal(2, ryx.raw_execute("UPDATE returning_customers SET name = ?", { "d" }))
    assert.equal(2, Item.objects:delete_all())
  end)

  it("C12: bulk writes go to the database they are told", function()
    local there = Item.objects:using("other")
    local list = there:bulk_create{ Item{ name = "a" }, Item{ name = "b" } }
    list[1].name = "changed"
    assert.equal(1, there:bulk_update({ list[1] }, { "name" }))
    assert.equal(0, Item.objects:count())
    assert.equal(1, there:filter{ name = "changed" }:count())
    assert.equal(2, there:filter{ id__in = { list[1].id, list[2].id } }:delete())
    assert.equal(0, there:count())
  end)

  it("C13: bulk writes take keys of any type", function()
    local list = Named.objects:bulk_create{ Named{ code = "a'1" }, Named{ code = "b" } }
    list[1].size, list[2].size = 1, 2
    assert.equal(2, Named.objects:bulk_update(list, { "size" }))
    assert.equal(1, Named.objects:get{ code = "a'1" }.size)
    assert.equal(2, Named.objects:filter{ pk__in = { "a'1", "b" } }:delete())
  end)

  it("C16: pool_stats tells what is available and in use", function()
    Item.objects:count()
    local stats = ryx.pool_stats("default")
    assert.equal(0, stats.in_use)
    assert.is_true(stats.available >= 1 and stats.size >= 1)
    assert.equal(stats.max - stats.in_use, stats.available)
  end)

  it("C17: no message shows a password", function()
    local e = db.error_of(ryx.setup, { default = "postgres://u:s3cret@host/db?nonsense=1" })
    assert.is_nil(tostring(e):find("s3cret", 1, true))
    assert.is_nil(require("ryx.db").show():find("s3cret", 1, true))
  end)

  it("C18: what names no database is on default, and says so where there is none", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:", zebra = "sqlite::memory:" }
    assert.equal(0, Item.objects:count())
    ryx.setup{ only = "sqlite::memory:" }
    local e = db.error_of(function() Item.objects:count() end)
    assert.equal("misuse", e.kind)
    assert.truthy(tostring(e):find("default", 1, true))
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Item, Named }, { alias = "other" })
    assert.equal(0, Item.objects:count())
  end)

  it("C19: the scheme alone says which database it is", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:", odd = "sqlite:/tmp/postgres-mysql.db?mode=rwc" }
    local run = require "ryx.db.run"
    assert.equal("sqlite", run.dialect(require("ryx.db").alias("odd")))
    os.remove("/tmp/postgres-mysql.db")
    ryx.migrate({ Item, Named }, { alias = "other" })
  end)

  it("C20: using goes before the router, everywhere", function()
    ryx.set_router{ db_for_read = function() return "default" end, db_for_write = function() return "default" end }
    local there = Item.objects:using("other")
    there:create{ name = "a" }
    assert.equal(1, there:aggregate{ n = ryx.Count("id") }.n)
    assert.equal(1, there:update_all{ name = "b" })
    assert.equal(0, Item.objects:count())
    ryx.set_router{ db_for_write = function() return "other" end }
    assert.equal(1, Item.objects:update_all{ name = "c" })
    assert.equal("c", there:get().name)
  end)

  it("C21: NULL goes into a column of any type", function()
    local item = Item.objects:create{ name = ryx.null, is_new = 5 }
    Item.objects:filter{ id = item.id }:update{ name = ryx.null }
    assert.is_nil(Item.objects:get{ id = item.id }.name)
    assert.equal(1, Item.objects:filter{ name__isnull = true }:count())
  end)

  it("C22: a whole number called is_new stays one in raw rows", function()
    Item.objects:create{ name = "a", is_new = 1 }
    local function read() return ryx.raw_fetch("SELECT is_new FROM returning_customers")[1].is_new end
    assert.equal(1, read())
    ryx.transaction(function() assert.equal(1, read()) end)
  end)
end)
