-- SPDX-License-Identifier: MIT
-- Meta.track_changes: save writes the columns that hold something else than their row.
local ryx = require "ryx"
local db = require "support.db"
local F = ryx.F

local Owner = ryx.model("TcOwner", { name = ryx.CharField{ max_length = 20 }, Meta = { track_changes = true } })
local Doc = ryx.model("TcDoc", {
  title = ryx.CharField{ max_length = 20 }, note = ryx.TextField{ null = true }, n = ryx.IntField{ default = 0 },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, default = "0.00" },
  at = ryx.DateTimeField{ null = true },
  data = ryx.JSONField{ null = true }, tags = ryx.ArrayField(ryx.CharField{ max_length = 9 }, { null = true }),
  owner = ryx.ForeignKey(Owner, { null = true, related_name = "docs" }),
  Meta = { track_changes = true },
})
local Log = ryx.model("TcLog", {
  text = ryx.CharField{ max_length = 20 }, changed = ryx.DateTimeField{ auto_now = true },
  Meta = { track_changes = true },
})
local Plain = ryx.model("TcPlain", { text = ryx.CharField{ max_length = 20 }, n = ryx.IntField{ default = 0 } })

describe("Meta.track_changes", function()
  db.use(ryx, { Owner, Doc, Log, Plain })
  local ann, doc
  before_each(function()
    for _, m in ipairs{ Doc, Owner, Log, Plain } do m.objects:delete_all() end
    ann = Owner.objects:create{ name = "ann" }
    doc = Doc.objects:create{ title = "t", n = 1, price = "1.50", at = "2024-01-02 03:04:05", data = { a = { 1, 2 } },
      tags = { "x" }, owner = ann }
  end)

  -- The columns that a save of an object sets, in order; "" when nothing was sent.
  local function written(object, options)
    local sent, names = db.sql_of(ryx, function() object:save(options) end), {}
    local sets = table.concat(sent, "\n"):match("SET (.-) WHERE") or ""
    assert.is_true(sets ~= "" or #sent == 0)
    for name in sets:gmatch('["`]([%w_]+)["`] =') do names[#names + 1] = name end
    return table.concat(names, " ")
  end

  local function read() return Doc.objects:get{ pk = doc.pk } end

  it("writes what was changed, and nothing when nothing was", function()
    for _, object in ipairs{ doc, read(), Doc.objects:all()[1], Doc.objects:filter{ title = "t" }:first() } do
      assert.equal("", written(object))
      object.n = object.n + 1
      assert.equal("n", written(object))
      assert.equal("", written(object))
      object.title, object.note = "u", "v"
      assert.equal("title note", written(object))
      object.title, object.note = "t", ryx.null
      assert.equal("title note", written(object))
    end
    assert.equal(2, read().n)
  end)

  it("knows the rows of SQL of the user's own, and of their columns those that it reads", function()
    local object = Doc.objects:raw("SELECT * FROM tc_docs"):all()[1]
    assert.equal("", written(object))
    object.n = 5
    assert.equal("n", written(object))
    object = Doc.objects:raw("SELECT id, title FROM tc_docs"):first()
    object.title, object.note = "raw", "left out"
    assert.equal("title note", written(object))
    assert.same({ "raw", "left out", 5 }, { read().title, read().note, read().n })
  end)

  it("sees what is the same by its value", function()
    doc.price, doc.at, doc.n, doc.title = "1.50", "2024-01-02 03:04:05", "1", " t "
    doc.data, doc.tags, doc.owner = { a = { 1, 2 } }, { "x" }, ann
    assert.equal("", written(doc))
    doc.price, doc.at = ryx.decimal "1.51", ryx.datetime "2024-01-02 03:04:06"
    assert.equal("price at", written(doc))
  end)

  it("sees what was changed inside documents and lists", function()
    for _, object in ipairs{ doc, read() } do
      object.data.a[2] = object.data.a[2] + 1
      assert.equal("data", written(object))
      assert.equal(object.data.a[2], read().data.a[2])
      table.insert(object.tags, "y")
      assert.equal("tags", written(object))
      object.data.b, object.data.a = object.data.a, nil
      assert.equal("data", written(object))
      object.data = { a = { 1, 2 } }
      object.tags = { "x" }
      object:save()
    end
  end)

  it("leaves alone what others wrote meanwhile", function()
    local other = read()
    other.n = 9
    other:save()
    doc.title = "mine"
    doc:save()
    assert.same({ "mine", 9 }, { read().title, read().n })
  end)

  it("still calls hooks and checks, and compares after before_save", function()
    local seen = {}
    local Hooked = ryx.model("TcPlain2", {
      text = ryx.CharField{ max_length = 20 }, n = ryx.IntField{ default = 0 },
      Meta = { track_changes = true, table_name = Plain._meta.table_name },
    })
    function Hooked:before_save(created)
      seen[#seen + 1] = "before " .. tostring(created)
      if self.text == "count" then self.n = self.n + 1 end
    end
    function Hooked.after_save(_, created) seen[#seen + 1] = "after " .. tostring(created) end
    local object = Hooked.objects:create{ text = "quiet" }
    assert.equal("", written(object))
    assert.same({ "before true", "after true", "before false", "after false" }, seen)
    object.text = "count"
    assert.equal("text n", written(object))
    assert.equal("n", written(object))
    object.text = ("x"):rep(30)
    assert.equal("validation", db.error_of(object.save, object).kind)
  end)

  it("writes automatic times, which change with every save", function()
    local log = Log.objects:create{ text = "a" }
    assert.equal("changed", written(log))
    log.text = "b"
    assert.equal("text changed", written(log))
  end)

  it("writes what the options say", function()
    assert.equal("title n", written(doc, { update_fields = { "n", "title" } }))
    assert.truthy(written(doc, { force_update = true }):find("title", 1, true))
    assert.equal("", written(doc))
  end)

  it("keeps expressions, columns that were left out, joined objects and reads apart", function()
    doc.n = F"n" + 5
    assert.equal("n", written(doc))
    assert.equal(6, doc.n)
    assert.equal("", written(doc))
    local part = Doc.objects:only("title"):get{ pk = doc.pk }
    assert.equal("", written(part))
    part.note = nil
    assert.equal("note", written(part))
    assert.equal(6, part.n)
    assert.equal("", written(part))
    local joined = Doc.objects:select_related("owner"):get{ pk = doc.pk }
    assert.equal("", written(joined.owner))
    joined.owner.name = "bob"
    assert.equal("name", written(joined.owner))
    Doc.objects:filter{ pk = doc.pk }:update{ n = 7 }
    doc:refresh_from_db{ "n" }
    assert.equal("", written(doc))
    doc:refresh_from_db()
    assert.equal("", written(doc))
  end)

  it("knows what other writes did", function()
    doc.n = 5
    Doc.objects:bulk_update({ doc }, { "n" })
    doc.n = 1
    doc:save()
    assert.equal(1, read().n)
    local ben = Owner.objects:create{ name = "ben" }
    ben.docs:add(doc)
    doc.owner = ann
    doc:save()
    assert.equal(ann.pk, read().owner_id)
    local list = Doc.objects:bulk_create{ Doc{ title = "new" } }
    list[1].title = "newer"
    list[1]:save()
    assert.equal(1, Doc.objects:filter{ title = "newer" }:count())
    local one = Doc.objects:update_or_create{ title = "newer", defaults = { n = 3 } }
    assert.equal("", written(one))
    doc:delete()
    doc:save()
    assert.equal("t", read().title)
  end)

  it("writes all again after a rollback", function()
    pcall(ryx.transaction, function()
      doc.n = 8
      doc:save()
      error("back", 0)
    end)
    assert.equal(1, read().n)
    doc:save()
    assert.equal(8, read().n)
    assert.equal("", written(doc))
    ryx.transaction(function()
      doc.n = 9
      doc:save()
    end)
    assert.equal("", written(doc))
  end)

  it("keeps a failed save to be tried again", function()
    doc.owner_id = 999999
    assert.equal("foreign_key_violation", db.error_of(doc.save, doc).kind)
    assert.equal("foreign_key_violation", db.error_of(doc.save, doc).kind)
    doc.owner = ann
    assert.equal("", written(doc))
  end)

  it("knows nothing of the row in another database", function()
    finally(function() ryx.setup(db.url) end)
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Owner, Doc }, { alias = "other" })
    doc = Doc.objects:get{ pk = doc.pk }
    doc.owner = nil
    doc:save()
    doc:save{ using = "other", force_insert = true }
    local here = Doc.objects:get{ pk = doc.pk }
    Doc.objects:using("other"):filter{ pk = doc.pk }:update{ n = 50 }
    here:save{ using = "other" }
    assert.equal(1, Doc.objects:using("other"):get{ pk = doc.pk }.n)
    here = Doc.objects:get{ pk = doc.pk }
    Doc.objects:using("other"):filter{ pk = doc.pk }:update{ n = 51 }
    here:refresh_from_db{ using = "other" }
    here:save()
    assert.equal(51, read().n)
  end)

  it("shows nothing of itself, and costs other models nothing", function()
    assert.is_nil(doc:to_table()._was)
    local p = Plain.objects:create{ text = "a" }
    assert.is_nil(rawget(p, "_was"))
    assert.is_nil(rawget(Plain.objects:get{ pk = p.pk }, "_was"))
    assert.equal("text n", written(p))
    assert.equal("misuse", db.error_of(ryx.model, "TcBad", { Meta = { track_changes = 1 } }).kind)
  end)
end)
