-- SPDX-License-Identifier: MIT
-- What the reference system promised of fields and broke (RYX.md 5.B), row by row.
local db = require "support.db"
local ryx = require "ryx"
local unpack = require("ryx.compat").unpack

local Stamped = ryx.model("BStamped", {
  day_made = ryx.DateField{ auto_now_add = true }, day_changed = ryx.DateField{ auto_now = true },
  made = ryx.DateTimeField{ auto_now_add = true }, changed = ryx.DateTimeField{ auto_now = true },
  moment = ryx.DateTimeField{ null = true }, aware = ryx.DateTimeField{ tz = true, null = true },
})
local Stored = ryx.model("BStored", {
  price = ryx.DecimalField{ max_digits = 20, decimal_places = 4, null = true },
  blob = ryx.BinaryField{ null = true },
  list = ryx.ArrayField(ryx.TextField{ blank = true }, { null = true }),
  label = ryx.CharField{ null = true, db_index = true },
})
local Required = ryx.model("BRequired", {
  extra = ryx.JSONField{ choices = { { a = 1 }, { b = 2 } } }, list = ryx.ArrayField(ryx.IntField()),
  blob = ryx.BinaryField{ choices = { "\0", "\1" } },
})
local Shared = ryx.model("BShared", { tags = ryx.JSONField{ default = { "new" } } })

local models = { Stamped, Stored, Required, Shared }

describe("the reference's promises of fields", function()
  db.use(ryx, models)
  before_each(function() db.tables(ryx, models) end)

  it("B3: auto_now is set by the first save, too", function()
    local row = Stamped.objects:create{}
    local again = Stamped.objects:get{ pk = row.pk }
    assert.equal("datetime", require("ryx.value").kind(again.changed))
    assert.is_true(again.changed == row.changed and again.made == row.made)
    row:save()
    assert.is_true(row.changed > again.changed and row.made == again.made)
  end)

  it("B4: days are set like moments", function()
    local row = Stamped.objects:create{}
    assert.equal(tostring(ryx.today()), tostring(Stamped.objects:get{ pk = row.pk }.day_made))
    assert.equal(tostring(ryx.today()), tostring(row.day_changed))
    assert.equal(1, #Stamped.objects:bulk_create{ Stamped() })
    assert.equal(2, Stamped.objects:filter{ day_changed = ryx.today() }:count())
  end)

  it("B5: an offset is worked out, not cut", function()
    local row = Stamped.objects:create{ moment = "2024-01-15T10:00:00+02:00", aware = "2024-01-15T10:00:00+02:00" }
    row:refresh_from_db()
    assert.equal("2024-01-15T08:00:00", tostring(row.moment))
    assert.equal("2024-01-15T08:00:00Z", tostring(row.aware))
    assert.equal(1, Stamped.objects:filter{ aware = "2024-01-15T03:00:00-05:00" }:count())
  end)

  it("B6: decimals keep every digit", function()
    local row = Stored.objects:create{ price = "12345678901234.5678" }
    assert.equal("12345678901234.5678", tostring(Stored.objects:get{ pk = row.pk }.price))
    assert.equal(1, Stored.objects:filter{ price = "12345678901234.5678" }:count())
    assert.equal(0, Stored.objects:filter{ price = "12345678901234.5679" }:count())
  end)

  it("B7: bytes are bytes", function()
    local bytes = "\0\1b'\\\255"
    local row = Stored.objects:create{ blob = bytes }
    assert.equal(bytes, Stored.objects:get{ pk = row.pk }.blob)
    assert.equal(bytes, Stored.objects:values_list("blob", { flat = true }):first())
  end)

  it("B8: arrays are arrays", function()
    local row = Stored.objects:create{ list = { "a", 'b"{,}', "" } }
    assert.same({ "a", 'b"{,}', "" }, { unpack(Stored.objects:get{ pk = row.pk }.list) })
    assert.equal(1, Stored.objects:filter{ list__contains = { "a" } }:count())
  end)

  it("B16: db_index makes an index; documents, lists and bytes have null and choices", function()
    local sql = {}
    local undo = ryx.on_query(function(e) sql[#sql + 1] = e.sql end)
    db.tables(ryx, models)
    undo()
    assert.truthy(table.concat(sql, "\n"):find("CREATE INDEX [^\n]*label"))
    local err = db.error_of(function() Required.objects:create{} end)
    assert.same({
      blob = { "This field may not be null." }, extra = { "This field may not be null." },
      list = { "This field may not be null." },
    }, err.errors)
    err = db.error_of(function() Required.objects:create{ extra = { a = 2 }, list = {}, blob = "\2" } end)
    assert.truthy(err.errors.extra and err.errors.blob and not err.errors.list)
    Required.objects:create{ extra = { a = 1 }, list = {}, blob = "\1" }
    for _, name in ipairs{ "extra", "list", "blob" } do
      local one = Required{ extra = { a = 1 }, list = {}, blob = "\1" }
      one[name] = nil
      assert.equal("not_null_violation", db.error_of(function() one:save{ validate = false } end).kind)
    end
  end)

  it("B19: choices may be of any type, and of several", function()
    local f = ryx.JSONField{ choices = { 1, "one", { 1, 2 }, { a = 1 }, true } }
    for _, v in ipairs{ 1, "one", { 1, 2 }, { a = 1 }, true } do assert.is_nil(select(2, f:clean(v))) end
    for _, v in ipairs{ 2, "two", { 2, 1 }, { a = 2 }, false } do assert.truthy(select(2, f:clean(v))) end
    assert.is_nil(select(2, ryx.CharField{ choices = { 1, "a" } }:clean("1")))
  end)

  it("B20: text is not changed when it is loaded", function()
    ryx.raw_execute(("INSERT INTO %s (label) VALUES (?)"):format(Stored._meta.table_name), { "  as it is  " })
    assert.equal("  as it is  ", Stored.objects:first().label)
    assert.equal("cut", Stored.objects:create{ label = "  cut  " }.label)
  end)

  it("B26: a default that is a table is nobody else's", function()
    local a, b = Shared(), Shared()
    a.tags[2] = "mine"
    assert.same({ "new" }, { b.tags[1], b.tags[2] })
    assert.same({ "new" }, { Shared().tags[1], Shared().tags[2] })
  end)
end)
