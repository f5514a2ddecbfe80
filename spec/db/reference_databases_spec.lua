-- SPDX-License-Identifier: MIT
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

  it("C1, C2, C3: parameters, quoted names, returned keys and values of every type work on every database", function()
    local All = ryx.model("ReferenceAll", {
      ["order"] = ryx.IntField{ default = 0 }, flag = ryx.BooleanField{ default = true },
      day = ryx.DateField{ null = true }, at = ryx.DateTimeField{ null = true }, time = ryx.TimeField{ null = true },
      price = ryx.DecimalField{ max_digits = 12, decimal_places = 4, null = true }, token = ryx.UUIDField{ null = true },
      doc = ryx.JSONField{ null = true },
    })
    db.tables(ryx, { All })
    local made = All.objects:create{
      ["order"] = 7, flag = false, day = "2024-02-29", at = "2024-02-29 10:30:01", time = "10:30:01", price = "12345678.5",
      token = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", doc = { a = { 1, 2 } },
    }
    assert.equal("number", type(made.id))
    local row = All.objects:get{ order = 7, flag = false, day = "2024-02-29", price = "12345678.5000" }
    assert.same({ "2024-02-29", "2024-02-29T10:30:01", "10:30:01", "12345678.5000" },
      { tostring(row.day), tostring(row.at), tostring(row.time), tostring(row.price) })
    assert.same({ made.id, false, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 2 },
      { row.id, row.flag, row.token, row.doc.a[2] })
    ryx.raw_execute("DROP TABLE " .. All._meta.table_name)
  end)

  it("C4: a transaction belongs to its task and to its alias", function()
    local other = Item.objects:using("other")
    ryx.run(function()
      ryx.gather(function()
        pcall(ryx.transaction, function()
          Item.objects:create{ name = "undone" }
          other:create{ name = "of another database" }
          ryx.sleep(0.05)
          error("no")
        end)
      end, function()
        ryx.sleep(0.01)
        assert.equal(0, Item.objects:count())
        if db.needs "several writers" then Item.objects:create{ name = "another task's" } end
      end)
    end)
    assert.equal(db.needs "several writers" and 1 or 0, Item.objects:count())
    assert.equal(1, other:count())
  end)

  it("C5: bulk and raw calls and links are undone with the transaction", function()
    local list = Item.objects:bulk_create{ Item{ name = "a" }, Item{ name = "b" } }
    pcall(ryx.transaction, function()
      ryx.bulk_create(Item, { Item{ name = "c" } })
      list[1].name = "changed"
      ryx.bulk_update(Item, list, { "name" })
      ryx.bulk_delete(Item, { list[2] })
      ryx.raw_execute("INSERT INTO returning_customers (name, is_new) VALUES (?, 0)", { "raw" })
      assert.equal(3, #ryx.raw_fetch("SELECT id FROM returning_customers"))
      error("no")
    end)
    assert.same({ "a", "b" }, Item.objects:order_by("name"):values_list("name", { flat = true }):all())
  end)

  it("C6, C7, C8: a nested transaction is a savepoint, of the default alias too, and is released", function()
    local sent = db.sql_of(ryx, function()
      ryx.transaction(function()
        Item.objects:create{ name = "outer" }
        ryx.transaction(function() Item.objects:create{ name = "kept" } end, { alias = "default" })
        local e = db.error_of(ryx.transaction, function()
          Item.objects:create{ name = "undone" }
          error("mine", 0)
        end)
        assert.equal("mine", e)
        Item.objects:create{ name = "after" }
      end)
    end)
    local control = {}
    for _, sql in ipairs(sent) do
      if not sql:find("INSERT", 1, true) then control[#control + 1] = sql end
    end
    assert.same({ "BEGIN", "SAVEPOINT", "RELEASE SAVEPOINT", "SAVEPOINT", "ROLLBACK TO SAVEPOINT", "COMMIT" }, control)
    assert.equal(3, Item.objects:count())
  end)

  it("C9: nobody gives a savepoint its name", function()
    local e = db.error_of(ryx.transaction, print, { name = "a; DROP TABLE returning_customers" })
    assert.equal("misuse", e.kind)
    assert.equal(0, Item.objects:count())
  end)

  it("C10: a table whose name holds RETURNING counts the rows it changes", function()
    Item.objects:bulk_create{ Item{ name = "a" }, Item{ name = "b" } }
    assert.equal(2, Item.objects:update_all{ name = "c" })
    ryx.transaction(function() assert.equal(2, Item.objects:filter{ name = "c" }:update{ is_new = 1 }) end)
    assert.equal(2, ryx.raw_execute("UPDATE returning_customers SET name = ?", { "d" }))
    assert.equal(2, Item.objects:delete_all())
  end)

  it("C11: keys are set after bulk_create", function()
    local list = Item.objects:bulk_create{ Item{ name = "a" }, Item{ name = "b" } }
    for _, item in ipairs(list) do assert.equal(item.name, Item.objects:get{ pk = item.pk }.name) end
    assert.are_not.equal(list[1].pk, list[2].pk)
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

  it("C14: names in bulk statements are quoted", function()
    local odd = ryx.model("ReferenceOdd", {
      ["order"] = ryx.IntField{ default = 0, db_column = 'or"d`er' }, Meta = { table_name = 'select "all`' },
    })
    db.tables(ryx, { odd })
    local list = odd.objects:bulk_create{ odd{ order = 1 }, odd{ order = 2 } }
    list[1].order = 5
    assert.equal(2, odd.objects:bulk_update(list, { "order" }))
    assert.equal(1, odd.objects:filter{ order = 5 }:count())
    assert.equal(2, odd.objects:bulk_delete(list))
    ryx.raw_execute("DROP TABLE " .. require("ryx.db").quote(require("ryx.db").alias("default"), 'select "all`'))
  end)

  it("C15: no list is too long for the parameters of a statement", function()
    local list = {}
    for i = 1, 35000 do list[i] = Named{ code = "c" .. i, size = i } end
    Named.objects:bulk_create(list, { batch_size = 35000 })
    for _, named in ipairs(list) do named.size = 1 end
    assert.equal(35000, Named.objects:bulk_update(list, { "size" }, { batch_size = 35000 }))
    assert.equal(35000, Named.objects:aggregate{ total = ryx.Sum("size") }.total)
    assert.equal(35000, Named.objects:bulk_delete(list))
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

  it("C23: a count that fails is an error, not 0", function()
    local gone = ryx.model("ReferenceGone", { n = ryx.IntField{} })
    local e = db.error_of(gone.objects.count, gone.objects)
    assert.is_true(e:is(ryx.DatabaseError))
  end)

  it("C24: errors have kinds and classes", function()
    Named.objects:create{ code = "a" }
    local e = db.error_of(Named.objects.create, Named.objects, { code = "a" })
    assert.equal("unique_violation", e.kind)
    assert.is_true(e:is(ryx.IntegrityError) and e:is(ryx.DatabaseError) and not e:is(ryx.OperationalError))
    assert.is_true(db.error_of(ryx.raw_execute, "no SQL at all"):is(ryx.DatabaseError))
    assert.is_true(db.error_of(Named.objects.get, Named.objects, { code = "b" }):is(Named.DoesNotExist))
    ryx.close()
    assert.is_true(db.error_of(Named.objects.count, Named.objects):is(ryx.PoolNotInitialized))
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Item, Named }, { alias = "other" })
  end)
end)
