-- SPDX-License-Identifier: MIT
-- bulk_create with and without conflicts, bulk_update.
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("BulkItem", {
  name = ryx.CharField{ max_length = 20, null = true, unique = true },
  n = ryx.IntField{ default = 7 },
  made = ryx.DateTimeField{ auto_now_add = true },
  extra = ryx.JSONField{ null = true },
})
local Owner = ryx.model("BulkOwner", { name = ryx.CharField{ max_length = 20 } })
local Bare = ryx.model("BulkBare", {})
local Row = ryx.model("BulkRow", {
  code = ryx.CharField{ max_length = 20, unique = true },
  n = ryx.IntField{ default = 0, db_column = "row_n" },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  ratio = ryx.FloatField{ null = true },
  flag = ryx.BooleanField{ null = true },
  day = ryx.DateField{ null = true },
  at = ryx.TimeField{ null = true },
  made = ryx.DateTimeField{ null = true },
  span = ryx.DurationField{ null = true },
  uid = ryx.UUIDField{ null = true },
  doc = ryx.JSONField{ null = true },
  tags = ryx.ArrayField(ryx.CharField{ max_length = 10 }, { null = true }),
  raw = ryx.BinaryField{ null = true },
  owner = ryx.ForeignKey(Owner, { null = true }),
  changed = ryx.DateTimeField{ auto_now = true },
  born = ryx.DateTimeField{ auto_now_add = true },
})
local Two = ryx.model("BulkTwo", {
  a = ryx.IntField{ unique = true }, b = ryx.CharField{ max_length = 10, unique = true, null = true },
  n = ryx.IntField{ default = 0 },
})
local Country = ryx.model("BulkCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true }, n = ryx.IntField{ default = 1 },
})
local F, New = ryx.F, ryx.New
local objects = Item.objects

local function items(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = Item{ name = "item " .. i, n = i } end
  return list
end

describe("bulk_create", function()
  db.use(ryx, { Item })
  before_each(function() objects:delete_all() end)

  it("inserts many and sets each its own key", function()
    local list = items(1, 300)
    assert.equal(list, objects:bulk_create(list))
    for _, i in ipairs{ 1, 150, 300 } do
      assert.equal(i, objects:get{ id = list[i].id }.n)
    end
    list[1].n = 99
    list[1]:save()
    assert.equal(300, objects:count())
  end)

  it("writes defaults, automatic times, NULL and JSON", function()
    objects:bulk_create{ Item{ extra = { a = { 1, 2 } } }, Item{ name = "x" } }
    local first = objects:order_by("id"):first()
    assert.is_nil(first.name)
    assert.equal(7, first.n)
    assert.equal(2, first.extra.a[2])
    assert.truthy(first.made)
  end)

  it("keeps explicit keys", function()
    local list = { Item{ id = 5001, name = "a" }, Item{ name = "b" }, Item{ id = 5002, name = "c" } }
    objects:bulk_create(list)
    assert.equal("a", objects:get{ id = 5001 }.name)
    assert.equal("b", objects:get{ id = list[2].id }.name)
    assert.equal(3, objects:count())
  end)

  it("goes on above explicit keys", function()
    local top = objects:create{ name = "top" }.id
    local list = { Item{ id = top + 1, name = "a" }, Item{ id = top + 3, name = "b" }, Item{ name = "c" } }
    objects:bulk_create(list)
    assert.is_true(list[3].id > top + 3)
    assert.is_true(objects:create{ name = "d" }.id > list[3].id)
    -- Never backwards.
    objects:bulk_create{ Item{ id = top + 2, name = "e" } }
    assert.is_true(objects:create{ name = "f" }.id > list[3].id + 1)
  end)

  it("goes on above keys that came by other means", function()
    local top = objects:create{ name = "top" }.id
    local sql = ("INSERT INTO %s (id, n, made) VALUES (?, 1, ?)"):format(Item._meta.table_name)
    ryx.raw_execute(sql, { top + 1, ryx.datetime("2024-01-01 00:00:00") })
    ryx.reset_sequences{ Item }
    assert.is_true(objects:create{ name = "next" }.id > top + 1)
    assert.equal("misuse", db.error_of(ryx.reset_sequences, { "Item" }).kind)
  end)

  it("in batches is one whole", function()
    local list = items(1, 50)
    list[40].name = "item 1"
    assert.equal("unique_violation", db.error_of(objects.bulk_create, objects, list, { batch_size = 10 }).kind)
    assert.equal(0, objects:count())
    objects:bulk_create(items(1, 50), { batch_size = 7 })
    assert.equal(50, objects:count())
  end)

  it("joins the running transaction", function()
    pcall(ryx.transaction, function()
      objects:bulk_create(items(1, 5))
      error("no")
    end)
    assert.equal(0, objects:count())
  end)

  it("of nothing does nothing", function()
    assert.same({}, db.sql_of(ryx, function() objects:bulk_create{} end))
  end)

  it("refuses what is no instance, and unknown options", function()
    assert.truthy(tostring(db.error_of(objects.bulk_create, objects, { {} })):find("item 1 is not a BulkItem", 1, true))
    assert.truthy(tostring(db.error_of(objects.bulk_create, objects, {}, { batchsize = 1 }))
      :find('did you mean "batch_size"', 1, true))
  end)

  it("refuses what is no list", function()
    for _, list in ipairs{ 5, objects, Item{ n = 1 }, { a = 1 } } do
      assert.equal("misuse", db.error_of(objects.bulk_create, objects, list).kind)
    end
  end)

  it("names a value that does not fit", function()
    local list = items(1, 3)
    list[2].n = "many"
    assert.equal("validation", db.error_of(objects.bulk_create, objects, list).kind)
    assert.equal(0, objects:count())
  end)
end)

describe("bulk_create over rows that are there", function()
  db.use(ryx, { Bare, Owner, Row, Two, Country })

  it("writes rows of nothing but a key, all or none", function()
    Bare.objects:delete_all()
    local list = Bare.objects:bulk_create{ Bare{}, Bare{}, Bare{} }
    assert.same({ list[1], list[2], list[3] }, Bare.objects:order_by("id"):all())
    list[3]:save()
    local again = Bare{ id = list[1].id }
    assert.equal("unique_violation", db.error_of(Bare.objects.bulk_create, Bare.objects, { Bare{}, again }).kind)
    assert.equal(3, Bare.objects:count())
    assert.is_nil(Bare.objects:bulk_create({ Bare{}, again }, { ignore_conflicts = true })[1].id)
    assert.equal(4, Bare.objects:count())
  end)
  before_each(function()
    for _, m in ipairs{ Row, Owner, Two, Country } do m.objects:delete_all() end
  end)

  local function rows(from, to, n)
    local list = {}
    for i = from, to do list[#list + 1] = Row{ code = "c" .. i, n = n or i } end
    return list
  end

  local function ns()
    return Row.objects:order_by("id"):values_list("n", { flat = true }):all()
  end

  it("ignores them, sets no keys, and leaves the objects unsaved", function()
    Row.objects:bulk_create(rows(2, 3))
    local list = rows(1, 4, 9)
    assert.equal(list, Row.objects:bulk_create(list, { ignore_conflicts = true }))
    assert.equal(4, Row.objects:count())
    assert.same({ 2, 3 }, Row.objects:filter{ code__in = { "c2", "c3" } }:order_by("n"):values_list("n", { flat = true })
      :all())
    assert.is_nil(list[1].id)
    assert.is_nil(rawget(list[1], "_r"))
    Country.objects:bulk_create({ Country{ code = "DE" } })
    Country.objects:bulk_create({ Country{ code = "DE", n = 5 }, Country{ code = "FR" } }, { ignore_conflicts = true })
    assert.equal(1, Country.objects:get{ code = "DE" }.n)
    Two.objects:bulk_create({ Two{ a = 1, b = "x" }, Two{ a = 2, b = "x" }, Two{ a = 1, b = "y" }, Two{ a = 3 } },
      { ignore_conflicts = true })
    assert.equal(2, Two.objects:count())
  end)

  it("ignores conflicts only", function()
    local list = rows(1, 3)
    list[2].n = ryx.null
    assert.equal("not_null_violation", db.error_of(Row.objects.bulk_create, Row.objects, list, { ignore_conflicts = true }).kind)
    list = rows(1, 3)
    list[2].owner_id = 999999
    assert.equal("foreign_key_violation",
      db.error_of(Row.objects.bulk_create, Row.objects, list, { ignore_conflicts = true }).kind)
    assert.equal(0, Row.objects:count())
  end)

  it("updates them by a unique field and sets keys", function()
    Row.objects:bulk_create(rows(1, 3))
    local before = Row.objects:get{ code = "c2" }
    local list = rows(2, 5, 7)
    list[1].doc = { x = 1 }
    Row.objects:bulk_create(list, { update_conflicts = true, unique_fields = { "code" }, update_fields = { "n", "doc" } })
    assert.equal(5, Row.objects:count())
    local after = Row.objects:get{ code = "c2" }
    assert.same({ before.id, 7, 1 }, { after.id, after.n, after.doc.x })
    assert.is_true(after.born == before.born)
    assert.equal(before.id, list[1].id)
    assert.equal(Row.objects:get{ code = "c5" }.id, list[4].id)
    list[4].n = 8
    list[4]:save()
    assert.equal(8, Row.objects:get{ code = "c5" }.n)
  end)

  it("updates every field but the keys when none is named", function()
    Row.objects:bulk_create{ Row{ code = "a", n = 1, ratio = 0.5 } }
    local before = Row.objects:get()
    Row.objects:bulk_create({ Row{ code = "a", n = 2, day = "2024-01-02" } },
      { update_conflicts = true, unique_fields = { "code" } })
    local after = Row.objects:get()
    assert.same({ before.id, 2, "2024-01-02" }, { after.id, after.n, tostring(after.day) })
    assert.is_nil(after.ratio)
    assert.is_true(after.born == before.born)
    assert.is_true(after.changed >= before.changed)
  end)

  it("updates by expressions of the old and the new row, with values of their own", function()
    Row.objects:bulk_create(rows(1, 3, 10))
    local function add(list)
      Row.objects:bulk_create(list, {
        update_conflicts = true, unique_fields = { "code" },
        update_fields = { n = F"n" + New"n" * 2 + 100, ratio = 0.5, flag = true, doc = { a = { 1 } }, tags = { "t" } },
      })
    end
    add(rows(2, 4, 1))
    assert.same({ 10, 112, 112, 1 }, ns())
    local row = Row.objects:get{ code = "c2" }
    assert.same({ 0.5, true, 1, "t" }, { row.ratio, row.flag, row.doc.a[1], row.tags[1] })
    assert.is_nil(Row.objects:get{ code = "c4" }.ratio)
    add(rows(2, 2, 2))
    assert.equal(216, Row.objects:get{ code = "c2" }.n)
  end)

  it("meets rows of its own list one after the other", function()
    local list = { Row{ code = "a", n = 1 }, Row{ code = "b", n = 5 }, Row{ code = "a", n = 2 }, Row{ code = "a", n = 3 } }
    Row.objects:bulk_create(list,
      { update_conflicts = true, unique_fields = { "code" }, update_fields = { n = F"n" * 10 + New"n" } })
    assert.same({ a = 123, b = 5 }, { a = Row.objects:get{ code = "a" }.n, b = Row.objects:get{ code = "b" }.n })
    assert.equal(list[1].id, list[4].id)
    assert.not_equal(list[1].id, list[2].id)
  end)

  it("goes by the primary key when no field is named", function()
    Country.objects:bulk_create{ Country{ code = "DE" }, Country{ code = "FR" } }
    Country.objects:bulk_create({ Country{ code = "DE", n = 5 }, Country{ code = "IT", n = 6 } }, { update_conflicts = true })
    assert.same({ 5, 1, 6 }, Country.objects:order_by("code"):values_list("n", { flat = true }):all())
    local e = db.error_of(Row.objects.bulk_create, Row.objects, rows(1, 1), { update_conflicts = true })
    assert.truthy(tostring(e):find("name unique_fields", 1, true))
  end)

  it("raises the violation of another unique key, and writes nothing", function()
    local by_a = { update_conflicts = true, unique_fields = { "a" }, update_fields = { "b", n = F"n" + New"n" } }
    Two.objects:bulk_create({ Two{ a = 1, b = "x", n = 1 }, Two{ a = 2, b = "y", n = 1 } }, by_a)
    Two.objects:bulk_create({ Two{ a = 1, b = "z", n = 4 }, Two{ a = 3, b = "w", n = 1 } }, by_a)
    assert.same({ 5, 1, 1 }, Two.objects:order_by("a"):values_list("n", { flat = true }):all())
    local e = db.error_of(Two.objects.bulk_create, Two.objects, { Two{ a = 5, b = "q" }, Two{ a = 6, b = "z", n = 9 } }, by_a)
    assert.equal("unique_violation", e.kind)
    assert.same({ 5, 1, 1 }, Two.objects:order_by("a"):values_list("n", { flat = true }):all())
  end)

  it("in batches is one whole", function()
    local list = rows(1, 50)
    list[44].n = ryx.null
    local options = { update_conflicts = true, unique_fields = { "code" }, batch_size = 7 }
    assert.equal("not_null_violation", db.error_of(Row.objects.bulk_create, Row.objects, list, options).kind)
    assert.equal(0, Row.objects:count())
    list[44].n = 44
    Row.objects:bulk_create(list, options)
    Row.objects:bulk_create(rows(1, 50), { ignore_conflicts = true, batch_size = 7 })
    assert.equal(50, Row.objects:count())
    assert.equal(Row.objects:get{ code = "c50" }.id, list[50].id)
  end)

  it("on a manager belongs to the parent", function()
    local ann = Owner.objects:create{ name = "Ann" }
    ann.bulkrow_set:bulk_create(rows(1, 2, 1))
    ann.bulkrow_set:bulk_create(rows(2, 3, 2), { update_conflicts = true, unique_fields = { "code" }, update_fields = { "n" } })
    assert.same({ 1, 2, 2 }, ann.bulkrow_set:order_by("code"):values_list("n", { flat = true }):all())
  end)

  it("raises one clear error for bad options", function()
    local function message(options)
      return tostring(db.error_of(Row.objects.bulk_create, Row.objects, rows(1, 1), options))
    end
    assert.truthy(message{ ignore_conflicts = true, update_conflicts = true }:find("exclude each other", 1, true))
    assert.truthy(message{ unique_fields = { "code" } }:find("belongs to update_conflicts", 1, true))
    assert.truthy(message{ ignore_conflicts = true, update_fields = { "n" } }:find("belongs to update_conflicts", 1, true))
    assert.truthy(message{ update_conflicts = true, unique_fields = { "n" } }:find("no unique key of n", 1, true))
    assert.truthy(message{ update_conflicts = true, unique_fields = { "cod" } }:find('did you mean "code"', 1, true))
    assert.truthy(message{ update_conflicts = true, unique_fields = { "code" }, update_fields = { "id" } }
      :find("cannot set the key", 1, true))
    assert.truthy(message{ update_conflicts = true, unique_fields = { "code" }, update_fields = { n = F"m" } }
      :find('no field "m"', 1, true))
    assert.truthy(message{ batch_size = 0 }:find("batch_size", 1, true))
    assert.truthy(tostring(db.error_of(function() Row.objects:limit(2):bulk_create(rows(1, 1)) end))
      :find("bulk_create after limit", 1, true))
    assert.equal(0, Row.objects:count())
  end)
end)

describe("bulk_update", function()
  db.use(ryx, { Owner, Row, Country })
  local list
  before_each(function()
    for _, m in ipairs{ Row, Owner, Country } do m.objects:delete_all() end
    list = {}
    for i = 1, 20 do list[i] = Row{ code = "c" .. i, n = i } end
    Row.objects:bulk_create(list)
  end)

  it("writes each its own values, and counts the rows matched", function()
    for i, row in ipairs(list) do row.n, row.code, row.ratio = i * 10, "new" .. i, i / 2 end
    assert.equal(20, Row.objects:bulk_update(list, { "n", "code" }))
    local row = Row.objects:get{ id = list[3].id }
    assert.same({ 30, "new3" }, { row.n, row.code })
    assert.is_nil(row.ratio)
    -- Nothing changes, and rows that are gone do not match.
    Row.objects:filter{ id = list[1].id }:delete()
    assert.equal(19, Row.objects:bulk_update(list, { "n", "code" }))
    assert.equal(19, Row.objects:bulk_update(list, { "n" }, { batch_size = 6 }))
    assert.equal(0, Row.objects:bulk_update({ list[1] }, { "n" }))
  end)

  it("writes every type, and NULL", function()
    local ann = Owner.objects:create{ name = "Ann" }
    local values = {
      price = "1.50", ratio = 0.25, flag = true, day = "2024-02-29", at = "10:11:12", made = "2024-02-29T10:11:12.5",
      span = ryx.duration{ hours = 3 }, uid = "123e4567-e89b-12d3-a456-426614174000", doc = { a = { 1, { b = "x" } } },
      tags = { "a", "b c" }, raw = "\1\2\255", owner = ann,
    }
    local names = {}
    for name in pairs(values) do names[#names + 1] = name end
    table.sort(names)
    for i = 1, 3 do
      for name, v in pairs(values) do list[i][name] = v end
    end
    assert.equal(4, Row.objects:bulk_update({ list[1], list[2], list[3], list[4] }, names))
    local row = Row.objects:get{ id = list[2].id }
    assert.same({ "1.50", 0.25, true, "2024-02-29", "10:11:12", "2024-02-29T10:11:12.500000" },
      { tostring(row.price), row.ratio, row.flag, tostring(row.day), tostring(row.at), tostring(row.made) })
    assert.is_true(row.span == values.span)
    assert.same({ values.uid, 1, "x", "b c", "\1\2\255", ann.id },
      { row.uid, row.doc.a[1], row.doc.a[2].b, row.tags[2], row.raw, row.owner_id })
    for _, name in ipairs(names) do assert.is_nil(Row.objects:get{ id = list[4].id }[name == "owner" and "owner_id" or name]) end
    for _, name in ipairs(names) do list[2][name] = ryx.null end
    Row.objects:bulk_update({ list[1], list[2] }, names)
    row = Row.objects:get{ id = list[2].id }
    for _, name in ipairs(names) do assert.is_nil(row[name == "owner" and "owner_id" or name]) end
    assert.is_nil(list[2].price)
    assert.equal(0.25, Row.objects:get{ id = list[1].id }.ratio)
  end)

  it("writes foreign keys by either name, and automatic times", function()
    local ann = Owner.objects:create{ name = "Ann" }
    local before = Row.objects:get{ id = list[1].id }
    list[1].owner, list[2].owner_id = ann, ann.id
    assert.equal(1, Row.objects:bulk_update({ list[1] }, { "owner" }))
    assert.equal(1, Row.objects:bulk_update({ list[2] }, { "owner_id" }))
    assert.equal(2, Row.objects:filter{ owner = ann }:count())
    local after = Row.objects:get{ id = list[1].id }
    assert.is_true(after.changed > before.changed)
    assert.is_true(after.born == before.born)
  end)

  it("is one statement for a batch", function()
    local n = 0
    for _, sql in ipairs(db.sql_of(ryx, function() Row.objects:bulk_update(list, { "n" }) end)) do
      n = n + (sql:find("^UPDATE") and 1 or 0)
    end
    assert.equal(1, n)
    n = 0
    for _, sql in ipairs(db.sql_of(ryx, function() Row.objects:bulk_update(list, { "n" }, { batch_size = 8 }) end)) do
      n = n + (sql:find("^UPDATE") and 1 or 0)
    end
    assert.equal(3, n)
  end)

  it("is all or nothing", function()
    for i, row in ipairs(list) do row.n, row.code = 100 + i, "x" .. i end
    list[19].code = "x1"
    for _, size in ipairs{ 5, 50 } do
      assert.equal("unique_violation", db.error_of(Row.objects.bulk_update, Row.objects, list, { "n", "code" },
        { batch_size = size }).kind)
      assert.equal(2, Row.objects:get{ id = list[2].id }.n)
    end
    list[19].n = ryx.null
    assert.equal("not_null_violation", db.error_of(Row.objects.bulk_update, Row.objects, list, { "n" }).kind)
    assert.equal(2, Row.objects:get{ id = list[2].id }.n)
  end)

  it("joins the running transaction", function()
    pcall(ryx.transaction, function()
      list[1].n = 77
      assert.equal(2, Row.objects:bulk_update({ list[1], list[2] }, { "n" }))
      error("no")
    end)
    assert.equal(1, Row.objects:get{ id = list[1].id }.n)
  end)

  it("goes by keys that are texts", function()
    local some = Country.objects:bulk_create{ Country{ code = "DE" }, Country{ code = "FR" } }
    some[1].n, some[2].n = 5, 6
    assert.equal(2, Country.objects:bulk_update(some, { "n" }))
    assert.equal(6, Country.objects:get{ code = "FR" }.n)
  end)

  it("of nothing does nothing", function()
    assert.same({}, db.sql_of(ryx, function() assert.equal(0, Row.objects:bulk_update({}, { "n" })) end))
  end)

  it("refuses what cannot be written", function()
    local function message(...)
      return tostring(db.error_of(Row.objects.bulk_update, Row.objects, ...))
    end
    assert.truthy(message(list, { "id" }):find("is the key", 1, true))
    assert.truthy(message(list, { "pk" }):find("is the key", 1, true))
    assert.truthy(message(list, { "m" }):find('no field "m"', 1, true))
    assert.truthy(message(list, { "owner", "owner_id" }):find("twice", 1, true))
    assert.truthy(message(list, {}):find("takes a list of names", 1, true))
    assert.truthy(message(list, "n"):find("takes a list of names", 1, true))
    assert.truthy(message(list):find("takes a list of names", 1, true))
    assert.truthy(message({ Row{ code = "x" } }, { "n" }):find("item 1 is not saved", 1, true))
    assert.truthy(message({ Row{ id = list[1].id, code = "x" } }, { "n" }):find("item 1 is not saved", 1, true))
    assert.truthy(message({ list[1], list[2], list[1] }, { "n" }):find("items 1 and 3", 1, true))
    assert.truthy(message({ {} }, { "n" }):find("item 1 is not a BulkRow", 1, true))
    assert.truthy(message(list, { "n" }, { batch = 1 }):find("batch_size", 1, true))
    list[2].n = F"n" + 1
    assert.truthy(message(list, { "n" }):find("item 2: n is an expression", 1, true))
    list[2].n = 1
    list[2].doc = F"doc"
    assert.truthy(message(list, { "doc" }):find("item 2: doc is an expression", 1, true))
    list[2].doc, list[2].n = nil, "many"
    assert.equal("validation", db.error_of(Row.objects.bulk_update, Row.objects, list, { "n" }).kind)
    assert.equal(2, Row.objects:get{ id = list[2].id }.n)
  end)
end)
