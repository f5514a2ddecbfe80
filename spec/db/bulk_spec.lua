-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Item = ryx.model("BulkItem", {
  name = ryx.CharField{ max_length = 20, null = true, unique = true },
  n = ryx.IntField{ default = 7 },
  made = ryx.DateTimeField{ auto_now_add = true },
  extra = ryx.JSONField{ null = true },
})
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
