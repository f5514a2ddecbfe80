-- SPDX-License-Identifier: MIT
-- update_where: rows that are there and stay as they are, in upsert and bulk_create.
local ryx = require "ryx"
local db = require "support.db"
local F, New, Q = ryx.F, ryx.New, ryx.Q

local Shop = ryx.model("UwShop", { name = ryx.CharField{ max_length = 20 }, open = ryx.BooleanField{ default = true } })
local Item = ryx.model("UwItem", {
  code = ryx.CharField{ max_length = 20, unique = true },
  version = ryx.IntField{ default = 1, db_column = "item_version" },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  note = ryx.TextField{ null = true },
  shop = ryx.ForeignKey(Shop, { null = true, related_name = "items" }),
  changed = ryx.DateTimeField{ auto_now = true },
})
local Sale = ryx.model("UwSale", { item = ryx.ForeignKey(Item, { related_name = "sales" }), n = ryx.IntField{} })
-- Two unique keys, so that no insert meets rows by one alone.
local User = ryx.model("UwUser", {
  email = ryx.CharField{ max_length = 40, unique = true }, login = ryx.CharField{ max_length = 20, unique = true },
  n = ryx.IntField{ default = 0 },
})
local Country = ryx.model("UwCountry", {
  code = ryx.CharField{ max_length = 2, primary_key = true }, a = ryx.IntField{ default = 1 },
  b = ryx.IntField{ default = 1, null = true },
})

local WAYS = {
  [""] = {}, [" by a look first"] = { tells_insert = true },
  [" by an update first"] = { tells_insert = true, conflict_target = true },
}
if not db.needs "conflict target" then WAYS[" by a look first"] = nil end

local function newer(more)
  local options = { unique_fields = { "code" }, update_where = F"version":lt(New"version") }
  for k, v in pairs(more or {}) do options[k] = v end
  return options
end

describe("update_where", function()
  db.use(ryx, { Shop, Item, Sale, User, Country })
  before_each(function()
    for _, m in ipairs{ Sale, Item, Shop, User, Country } do m.objects:delete_all() end
  end)

  for way, lacks in pairs(WAYS) do
    local function upsert(model, values, options)
      local object, created, updated
      db.without(lacks, function() object, created, updated = model.objects:upsert(values, options) end)
      return object, created, updated
    end

    it("of upsert updates the rows that pass it and says what it did" .. way, function()
      local p, created, updated = upsert(Item, { code = "a", version = 2, note = "two" }, newer())
      assert.same({ 2, true, false }, { p.version, created, updated })
      local q
      q, created, updated = upsert(Item, { code = "a", version = 3, note = "three" }, newer())
      assert.same({ p.id, 3, "three", false, true }, { q.id, q.version, q.note, created, updated })
      local changed = q.changed
      q, created, updated = upsert(Item, { code = "a", version = 3, note = "again", price = "1.00" }, newer())
      assert.same({ p.id, 3, "three", false, false }, { q.id, q.version, q.note, created, updated })
      assert.is_nil(q.price)
      assert.is_true(q.changed == changed)
      q.note = "saved"
      q:save()
      assert.same({ 1, "saved" }, { Item.objects:count(), Item.objects:get().note })
    end)

    it("takes values, pairs, NULL and what must hold together" .. way, function()
      Item.objects:create{ code = "a", version = 5, price = "2.50" }
      local function updated(where, values)
        values = values or {}
        values.code, values.note = "a", values.note or "x"
        return (select(3, upsert(Item, values, { unique_fields = { "code" }, update_fields = { "note" },
          update_where = where })))
      end
      assert.is_false(updated{ version = 4 })
      assert.is_true(updated{ version = 5, price__gt = "2.49" })
      assert.is_false(updated(Q{ version = 5 } * -Q{ price = ryx.decimal("2.50") }))
      assert.is_true(updated(Q{ version = 9 } + F"price":lt(New"price"), { price = "2.51" }))
      -- What is compared with NULL does not hold, and its negation does.
      assert.is_false(updated(F"price":lt(New"price")))
      assert.is_true(updated(-F"price":lt(New"price")))
      assert.is_true(updated{ shop = ryx.null })
      assert.is_false(updated{ shop__isnull = false })
      assert.is_true(updated(Q{ note__in = { "x", "y" } } * F"code":exact(New"code")))
      assert.is_true(updated(Q.all{}))
      assert.is_false(updated(Q.any{}, { note = "lost" }))
      assert.equal("x", Item.objects:get().note)
      assert.is_true(updated(ryx.Length(New"note"):gt(ryx.Length"note"), { note = "longer" }))
    end)

    it("follows relations of the row that is there" .. way, function()
      local open, shut = Shop.objects:create{ name = "a" }, Shop.objects:create{ name = "b", open = false }
      local a = Item.objects:create{ code = "a", shop = open }
      Item.objects:create{ code = "b", shop = shut }
      Item.objects:create{ code = "c" }
      Sale.objects:create{ item = a, n = 3 }
      Sale.objects:create{ item = a, n = 4 }
      local function passing(where)
        local out = ""
        for _, code in ipairs{ "a", "b", "c" } do
          local _, _, updated = upsert(Item, { code = code, version = 3, note = "n" },
            { unique_fields = { "code" }, update_fields = { "note" }, update_where = where })
          if updated then out = out .. code end
        end
        return out
      end
      assert.equal("a", passing{ shop__open = true })
      assert.equal("bc", passing(-Q{ shop__open = true }))
      assert.equal("c", passing{ shop__name = ryx.null })
      assert.equal("ab", passing(F"shop__name":lt("c")))
      assert.equal("a", passing{ sales__n__gt = 3 })
      assert.equal("a", passing(F"sales__n":exact(New"version")))
      assert.equal("bc", passing(-Q{ sales__n = 3 }))
      assert.equal("", passing{ sales__n = 3, shop__open = false })
      assert.equal("bc", passing(-ryx.Exists(Sale.objects:filter{ item__code = "a", item = ryx.OuterRef("pk") })))
    end)

    it("goes by one of several unique keys" .. way, function()
      local options = { unique_fields = { "email" }, update_where = F"n":lt(New"n") }
      upsert(User, { email = "a@x", login = "a", n = 2 }, options)
      local u, created, updated = upsert(User, { email = "a@x", login = "b", n = 1 }, options)
      assert.same({ "a", 2, false, false }, { u.login, u.n, created, updated })
      u, created, updated = upsert(User, { email = "a@x", login = "b", n = 3 }, options)
      assert.same({ "b", 3, false, true }, { u.login, u.n, created, updated })
      -- The other key is no way to a row.
      assert.equal("unique_violation", db.error_of(upsert, User, { email = "c@x", login = "b", n = 0 }, options).kind)
    end)
  end

  it("of bulk_create: rows that do not pass stay, objects learn no keys", function()
    Item.objects:bulk_create{ Item{ code = "a", version = 5 }, Item{ code = "b", version = 5 }, Item{ code = "d" } }
    local list = { Item{ code = "a", version = 4, note = "no" }, Item{ code = "b", version = 6, note = "yes" },
      Item{ code = "c", note = "new" } }
    for _, size in ipairs{ 5000, 1 } do
      Item.objects:filter{ code = "c" }:delete()
      Item.objects:filter{ code = "b" }:update{ version = 5, note = ryx.null }
      assert.equal(list, Item.objects:bulk_create(list, newer{ update_conflicts = true, batch_size = size }))
      assert.same({ { "a", 5, ryx.null }, { "b", 6, "yes" }, { "c", 1, "new" }, { "d", 1, ryx.null } },
        Item.objects:order_by("code"):values_list("code", "version", "note"):all())
      for _, item in ipairs(list) do assert.is_nil(item.id) end
      assert.equal(4, list[1].version)
    end
  end)

  it("of bulk_create with two unique keys", function()
    User.objects:bulk_create{ User{ email = "a@x", login = "a", n = 2 }, User{ email = "b@x", login = "b", n = 2 } }
    local list = { User{ email = "a@x", login = "aa", n = 1 }, User{ email = "b@x", login = "bb", n = 3 },
      User{ email = "c@x", login = "c" } }
    User.objects:bulk_create(list, { update_conflicts = true, unique_fields = { "email" },
      update_where = F"n":lt(New"n") })
    assert.same({ "a", "bb", "c" }, User.objects:order_by("email"):values_list("login", { flat = true }):all())
    for i, user in ipairs(list) do assert.same({ nil, ({ "aa", "bb", "c" })[i] }, { user.id, user.login }) end
  end)

  it("sees the old row, whatever is assigned before", function()
    Country.objects:bulk_create{ Country{ code = "AT", a = 1, b = 1 }, Country{ code = "BE", a = 2, b = 2 },
      Country{ code = "CH", a = 1, b = 2 } }
    local list = { Country{ code = "AT", a = 7, b = 8 }, Country{ code = "BE", a = 7, b = 8 },
      Country{ code = "CH", a = 7, b = 8 }, Country{ code = "DE", a = 7, b = 8 } }
    local function rows() return Country.objects:order_by("code"):values_list("code", "a", "b"):all() end
    Country.objects:bulk_create(list, { update_conflicts = true, update_where = { a = 1, b = 1 } })
    assert.same({ { "AT", 7, 8 }, { "BE", 2, 2 }, { "CH", 1, 2 }, { "DE", 7, 8 } }, rows())
    Country.objects:bulk_create(list, { update_conflicts = true, update_fields = { a = F"a" + F"b", b = 0 },
      update_where = Q{ a__lt = 5 } * F"b":lt(New"b") })
    assert.same({ { "AT", 7, 8 }, { "BE", 4, 0 }, { "CH", 3, 0 }, { "DE", 7, 8 } }, rows())
    Country.objects:upsert({ code = "AT", a = 1, b = ryx.null }, { update_where = { a = 7, b = 8 } })
    assert.same({ "AT", 1, ryx.null }, rows()[1])
  end)

  it("of a list that meets itself goes by the order of the list", function()
    Item.objects:bulk_create({ Item{ code = "a", version = 2, note = "2" }, Item{ code = "a", version = 1, note = "1" },
      Item{ code = "a", version = 3, note = "3" } }, newer{ update_conflicts = true })
    assert.same({ { 3, "3" } }, Item.objects:values_list("version", "note"):all())
  end)

  it("of relations", function()
    local shop = Shop.objects:create{ name = "a" }
    local options = newer()
    shop.items:upsert({ code = "a", version = 2 }, options)
    local _, created, updated = shop.items:upsert({ code = "a", version = 1 }, options)
    assert.same({ false, false }, { created, updated })
    shop.items:bulk_create({ Item{ code = "a", version = 1 }, Item{ code = "b" } }, newer{ update_conflicts = true })
    assert.same({ 2, 1 }, shop.items:order_by("code"):values_list("version", { flat = true }):all())
  end)

  it("by several tasks at once keeps the newest", function()
    ryx.run(function()
      local tasks = {}
      for i = 1, 32 do
        local version = i * 7 % 33
        tasks[i] = function() Item.objects:upsert({ code = "a", version = version }, newer()) end
      end
      ryx.gather(tasks, { limit = 32 })
    end)
    assert.same({ 32 }, Item.objects:values_list("version", { flat = true }):all())
  end)

  it("raises one clear error for bad input", function()
    local function message(where, more)
      local options = newer(more)
      options.update_where = where
      local e = db.error_of(function() Item.objects:upsert({ code = "a" }, options) end)
      assert.truthy(e.where:find("update_where_spec", 1, true))
      return tostring(e)
    end
    assert.truthy(message("version"):find("UwItem: upsert: update_where takes a condition", 1, true))
    assert.truthy(message({}):find("update_where with an empty table", 1, true))
    assert.truthy(message({ versionn = 1 }):find('did you mean "version"', 1, true))
    assert.truthy(message(F"version":lt(New"versionn")):find('did you mean "version"', 1, true))
    assert.truthy(message(F"version" + 1):find("true or false", 1, true))
    assert.truthy(message(Q{ version = ryx.OuterRef"pk" }):find("OuterRef means a query around", 1, true))
    assert.truthy(message(ryx.Count("sales"):gt(1)):find("aggregate", 1, true))
    assert.truthy(message(F"version":gt(ryx.Window(ryx.RowNumber()))):find("window", 1, true))
    local e = db.error_of(Item.objects.bulk_create, Item.objects, {}, { update_where = { version = 1 } })
    assert.truthy(tostring(e):find("update_where belongs to update_conflicts", 1, true))
    assert.equal(0, Item.objects:count())
  end)
end)
