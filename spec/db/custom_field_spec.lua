-- SPDX-License-Identifier: MIT
-- ryx.field: types of field of one's own.
local ryx = require "ryx"
local db = require "support.db"
local F, Q = ryx.F, ryx.Q

local function split(text, sep)
  local out = {}
  for part in (text .. sep):gmatch("(.-)%" .. sep) do out[#out + 1] = part end
  return out
end

local ListField = ryx.field("ListField", {
  base = ryx.CharField, options = { sep = "," },
  to_db = function(v, f)
    for _, part in ipairs(v) do assert(not part:find(f.sep, 1, true), "no separators") end
    return table.concat(v, f.sep)
  end,
  from_db = function(v, f) return split(v, f.sep) end,
})

-- An object of a class of the user's.
local Cents = {}
Cents.__index = Cents
Cents.__eq = function(a, b) return a.n == b.n end
local function cents(n) return setmetatable({ n = n }, Cents) end

local CentsField = ryx.field("CentsField", {
  base = ryx.IntField,
  to_db = function(v)
    if getmetatable(v) ~= Cents then return nil, "Enter cents." end
    return v.n
  end,
  from_db = function(v) return cents(v) end,
})

local SetField = ryx.field("SetField", {
  base = ryx.JSONField,
  to_db = function(v)
    local list = ryx.json.array{}
    for name in pairs(v) do list[#list + 1] = name end
    table.sort(list)
    return list
  end,
  from_db = function(v)
    local set = {}
    for _, name in ipairs(v) do set[name] = true end
    return set
  end,
})

local Shop = ryx.model("CustomShop", { name = ryx.CharField(), cash = CentsField{ default = cents(100) } })
local Item = ryx.model("CustomItem", {
  name = ryx.CharField{ unique = true },
  tags = ListField{ max_length = 10, null = true },
  dots = ListField{ sep = ".", default = { "x", "y" } },
  price = CentsField{ min_value = 1, null = true },
  old = CentsField{ null = true },
  kinds = SetField{ null = true },
  shop = ryx.ForeignKey(Shop, { null = true, related_name = "items" }),
})
local objects = Item.objects

local function list(v) return v and table.concat(v, "|") end

describe("fields of one's own", function()
  db.use(ryx, { Shop, Item })
  local a
  before_each(function()
    objects:delete_all()
    Shop.objects:delete_all()
    a = objects:create{
      name = "a", tags = { "r", "g" }, price = cents(5), old = cents(4), kinds = { k = true, j = true },
    }
    objects:create{ name = "b", tags = { "b" }, price = cents(9), old = cents(9) }
    objects:create{ name = "c" }
  end)

  local function names(...)
    return table.concat(objects:filter(...):order_by("name"):values_list("name", { flat = true }):all(), " ")
  end

  it("are converted in create, save and reads", function()
    assert.equal("r|g", list(a.tags)) -- what the user works with
    assert.equal("x|y", list(a.dots))
    local row = ryx.raw_fetch("SELECT tags, dots, price FROM custom_items WHERE name = ?", { "a" })[1]
    assert.same({ tags = "r,g", dots = "x.y", price = 5 }, row)
    for _, again in ipairs{
      objects:get{ name = "a" }, objects:filter{ name = "a" }:all()[1], objects:order_by("name"):first(),
      objects:order_by("-name"):last(), objects:get(Q{ name = "a" } * Q{ name__startswith = "a" }),
      objects:in_bulk{ a.pk }[a.pk], objects:raw("SELECT * FROM custom_items WHERE name = 'a'"):all()[1],
      objects:only("name"):get{ name = "a" }, objects:defer("tags", "dots", "price", "kinds"):get{ name = "a" },
    } do
      assert.same({ "r|g", "x|y", 5 }, { list(again.tags), list(again.dots), again.price.n })
      assert.same({ j = true, k = true }, again.kinds)
    end
    local n = 0
    for one in objects:order_by("name"):iter{ chunk = 1 } do
      n = n + 1
      if n == 2 then assert.equal("b", list(one.tags)) end
    end
    assert.equal(3, n)
    a.tags, a.price = { "x" }, nil
    a:save()
    a:refresh_from_db()
    assert.same({ "x" }, { list(a.tags), a.price })
    a.tags = { "y", "z" }
    a:save{ update_fields = { "tags" }, validate = false }
    assert.equal("y|z", list(objects:get{ pk = a.pk }.tags))
    assert.is_nil(objects:get{ name = "c" }.tags)
  end)

  it("are converted in conditions", function()
    assert.equal("a", names{ tags = { "r", "g" } })
    assert.equal("", names{ tags = { "r" } })
    assert.equal("b c", (table.concat(objects:exclude{ tags = { "r", "g" } }:order_by("name")
      :values_list("name", { flat = true }):all(), " ")))
    assert.equal("a", names{ price = cents(5) })
    assert.equal("b", names{ price__gt = cents(5) })
    assert.equal("a b", names{ price__range = { cents(1), cents(9) } })
    assert.equal("a b", names{ price__in = { cents(5), cents(9), cents(7) } })
    assert.equal("a b", names{ tags__in = { { "r", "g" }, { "b" } } })
    assert.equal("b", names{ price = F"old" })
    assert.equal("a", names(F"price":gt(F"old")))
    assert.equal("a", names(F"price":lt(cents(6))))
    assert.equal("b", names(F"tags":eq{ "b" }))
    assert.equal("a", names(F"tags":in_{ { "r", "g" } }))
    assert.equal("a b", names(Q{ tags = { "b" } } + Q{ price = cents(5) }))
    assert.equal("c", names{ tags__isnull = true })
    assert.equal("c", names{ tags = ryx.null })
    assert.equal("a", names{ tags__contains = "g" }) -- of the text that is there
    assert.equal("a", names{ kinds = { j = true, k = true } })
    assert.equal("c", objects:get{ price = ryx.null }.name)
    assert.equal("a", objects:get{ price = cents(5) }.name)
    assert.equal("b", objects:get{ price = cents(9) }.name) -- again, by the plan that is known
    local err = db.error_of(function() objects:filter{ price = 5 }:all() end)
    assert.equal("validation", err.kind)
    assert.truthy(err.message:find("Enter cents", 1, true), err.message)
  end)

  it("are converted in values", function()
    local qs = objects:filter{ name = "a" }
    assert.equal("r|g", list(qs:values("tags"):all()[1].tags))
    assert.equal("r|g", list(qs:values("tags", "name"):first().tags))
    assert.equal("r|g", list(qs:values_list("name", "tags"):all()[1][2]))
    assert.equal("r|g", list(qs:values_list("tags", { flat = true }):all()[1]))
    assert.equal("r|g", list(qs:values_list("tags", { flat = true }):first()))
    assert.equal("r|g", list(qs:values_list("tags", "name", { named = true }):all()[1].tags))
    assert.equal(ryx.null, objects:filter{ name = "c" }:values_list("tags", { flat = true }):all()[1])
    assert.equal(5, qs:annotate{ p = F"price" }:values("p"):first().p.n)
  end)

  it("are converted in expressions that give values of theirs", function()
    local of_all = objects:filter{ price__isnull = false }:aggregate{
      top = ryx.Max("price"), low = ryx.Min("price"), most = ryx.Mode("price"), n = ryx.Sum("price"),
      all = ryx.ArrayAgg("price", { order_by = "price" }),
      late = ryx.Max("tags"), filled = ryx.Max("old", { default = 1 }),
    }
    assert.same({ 9, 5, 5, 14, 9 }, { of_all.top.n, of_all.low.n, of_all.most.n, of_all.n, of_all.filled.n })
    assert.same({ 2, 5, 9, "r|g" }, { #of_all.all, of_all.all[1].n, of_all.all[2].n, list(of_all.late) })
    assert.is_nil(objects:filter{ name = "c" }:aggregate{ top = ryx.Max("price") }.top)
    local one = objects:annotate{
      same = F"price", either = ryx.Coalesce("price", "old"), least = ryx.Least("price", "old"), sum = F"price" + 1,
      of_other = ryx.Subquery(objects:filter{ name = "b" }:values("price")),
      chosen = ryx.Case{ ryx.When({ name = "a" }, F"old"), default = F"price" },
      first = ryx.Window(ryx.FirstValue("price"), { order_by = "name" }),
    }:get{ name = "a" }
    assert.same({ 5, 5, 4, 6, 9, 4, 5 }, { one.same.n, one.either.n, one.least.n, one.sum, one.of_other.n,
      one.chosen.n, one.first.n })
    assert.is_nil(objects:annotate{ p = F"price" }:get{ name = "c" }.p)
    local shop = Shop.objects:create{ name = "s" }
    objects:update_all{ shop = shop }
    local shops = Shop.objects:annotate{ top = ryx.Max("items__price"), prices = ryx.ArrayAgg("items__price") }
    assert.equal(9, shops:get().top.n)
    assert.equal(9, shops:filter{ top = cents(9), top__gt = cents(8), top__in = { cents(9) } }:first().top.n)
    assert.equal(0, shops:filter{ top__lt = cents(9) }:count())
    local by_shop = objects:values("shop"):annotate{ top = ryx.Max("price") }:order_by("top"):all()
    assert.same({ 1, 9 }, { #by_shop, by_shop[1].top.n })
    assert.equal("a b", names(F"price":eq(F"old") + F"price":gt(F"old")))
  end)

  it("are part of cursors", function()
    objects:create{ name = "d", price = cents(9), tags = { "z" } }
    for _, order in ipairs{ { "price", "c a b d" }, { "-price", "b d a c" }, { "tags", "c b a d" } } do
      for _, qs in ipairs{
        objects:order_by(order[1]), objects:order_by(order[1], "name"):values("name", "price"),
        objects:annotate{ key = F(order[1]:gsub("^-", "")) }:order_by(order[1]:find("^-") and "-key" or "key"),
      } do
        local found, back, page = {}, {}, nil
        repeat
          page = qs:paginate{ size = 1, after = page and page.next }
          found[#found + 1] = page.rows[1].name
          for key in pairs(page.rows[1]) do assert.is_nil(key:find("ryx_key", 1, true)) end
        until not page.has_next
        assert.equal(order[2], table.concat(found, " "))
        while page.has_previous do
          table.insert(back, 1, page.rows[1].name)
          page = qs:paginate{ size = 1, before = page.previous }
        end
        table.insert(back, 1, page.rows[1].name)
        assert.equal(order[2], table.concat(back, " "))
      end
    end
    assert.equal(5, objects:order_by("price"):paginate{ size = 2 }.rows[2].price.n)
  end)

  it("are converted in updates and lists", function()
    assert.equal(1, objects:filter{ name = "a" }:update{ tags = { "u" }, price = F"old" })
    a:refresh_from_db()
    assert.same({ "u", 4 }, { list(a.tags), a.price.n })
    objects:filter{ name = "a" }:update{ tags = ryx.null }
    assert.is_nil(objects:get{ name = "a" }.tags)
    local many = { Item{ name = "m", tags = { "1", "2" } }, Item{ name = "n", price = cents(3) } }
    objects:bulk_create(many)
    assert.equal("1|2", list(many[1].tags))
    assert.equal("1|2", list(objects:get{ name = "m" }.tags))
    assert.equal(3, objects:get{ name = "n" }.price.n)
    many[1].tags, many[2].price = { "3" }, cents(4)
    objects:bulk_update(many, { "tags", "price" })
    assert.equal("3", list(objects:get{ name = "m" }.tags))
    assert.equal(4, objects:get{ name = "n" }.price.n)
    for key in pairs(many[1]) do assert.is_nil(tostring(key):find("^_db")) end
    local up = objects:upsert({ name = "m", tags = { "4", "5" } }, { unique_fields = { "name" } })
    assert.equal("4|5", list(up.tags))
    objects:bulk_create({ Item{ name = "m", tags = { "6" } } }, { update_conflicts = true, unique_fields = { "name" } })
    assert.equal("6", list(objects:get{ name = "m" }.tags))
    local got = objects:get_or_create{ name = "new", tags = { "t" }, defaults = { price = cents(2) } }
    assert.same({ "t", 2 }, { list(got.tags), got.price.n })
    got = objects:get_or_create{ name = "new", tags = { "t" } }
    assert.same({ "t", 2 }, { list(got.tags), got.price.n })
    objects:update_or_create{ name = "new", defaults = { tags = { "v" } } }
    assert.equal("v", list(objects:get{ name = "new" }.tags))
    local back = objects:filter{ name = "new" }:update({ price = cents(8) }, { returning = { "price", "tags" } })
    assert.same({ 8, "v" }, { back[1].price.n, list(back[1].tags) })
    back = objects:filter{ name = "new" }:delete{ returning = true }
    assert.same({ 8, "v" }, { back[1].price.n, list(back[1].tags) })
  end)

  it("are converted in rows that are copied in, and stand in files as their columns hold them", function()
    local rows, n = { { name = "d", tags = { "p", "q" }, price = cents(3) }, { name = "e", tags = ryx.null } }, 0
    local function next_row()
      n = n + 1
      return rows[n]
    end
    assert.equal(2, ryx.copy_from(Item, next_row))
    local d = objects:get{ name = "d" }
    assert.same({ "p|q", 3, "x|y" }, { list(d.tags), d.price.n, list(d.dots) })
    assert.is_nil(objects:get{ name = "e" }.tags)
    assert.same({ "p", "q" }, rows[1].tags)
    local path = os.tmpname()
    for _, format in ipairs{ "csv", "jsonl" } do
      ryx.copy_to(objects:filter{ name__in = { "d", "e" } }, path, { format = format })
      objects:filter{ name__in = { "d", "e" } }:delete()
      assert.equal(2, ryx.copy_from(Item, path, { format = format }))
      assert.equal("p|q", list(objects:get{ name = "d" }.tags))
    end
    os.remove(path)
    rows, n = { { name = "f" }, { name = "g", tags = { "long,er" } } }, 0
    local err = db.error_of(ryx.copy_from, Item, next_row)
    assert.equal("validation", err.kind)
    assert.truthy(err.message:find("row 2: tags: no separators", 1, true), err.message)
    assert.equal(0, objects:filter{ name__in = { "f", "g" } }:count())
  end)

  it("are converted in what relations lead to", function()
    local shop = Shop.objects:create{ name = "s" }
    assert.equal(100, shop.cash.n)
    objects:update_all{ shop = shop }
    for _, one in ipairs(objects:select_related("shop"):order_by("name"):all()) do
      assert.equal(100, one.shop.cash.n)
    end
    assert.equal(100, objects:get{ name = "a" }.shop.cash.n)
    assert.equal("r|g", list(Shop.objects:prefetch_related("items"):first().items:get{ name = "a" }.tags))
    assert.equal("a b c", names{ shop__cash = cents(100) })
    assert.equal(100, objects:values_list("shop__cash", { flat = true }):first().n)
  end)

  it("have the checks of their base, of what it is given", function()
    local err = db.error_of(function() objects:create{ name = "z", tags = { "12345", "67890" } } end)
    assert.equal("Ensure this value has at most 10 characters.", err.errors.tags[1])
    err = db.error_of(function() objects:create{ name = "z", price = cents(0) } end)
    assert.equal("Ensure this value is greater than or equal to 1.", err.errors.price[1])
    err = db.error_of(function() objects:create{ name = "z", price = cents(2 ^ 40) } end)
    assert.equal("validation", err.kind)
    for _, write in ipairs{
      function() objects:create{ name = "z", dots = ryx.null } end,
      function() objects:create{ name = "z", tags = "text" } end,
      function() objects:create{ name = "z", tags = { "a,b" } } end,
      function() objects:create{ name = "z", price = 5 } end,
      function() Item{ name = "z", price = 5 }:full_clean() end,
      function() Item{ name = "z", price = 5 }:save{ validate = false } end,
      function() objects:bulk_create{ Item{ name = "z", price = 5 } } end,
      function() objects:bulk_create{ Item{ name = "z", tags = { "12345", "67890" } } } end,
      function() objects:update_all{ price = "x" } end,
    } do
      err = db.error_of(write)
      assert.equal("validation", err.kind)
      assert.truthy(err.field, err.message)
      assert.is_nil(err.message:find("_spec.lua", 1, true), err.message)
    end
    err = db.error_of(function() objects:create{ name = "z", price = 5 } end)
    assert.equal("Enter cents.", err.errors.price[1])
  end)

  it("tell whether they have changed", function()
    local Tracked = ryx.model("CustomTracked", {
      tags = ListField(), cash = CentsField{ null = true }, n = ryx.IntField{ default = 0 },
      Meta = { track_changes = true },
    })
    db.tables(ryx, { Tracked })
    Tracked.objects:create{ tags = { "a", "b" }, cash = cents(3) }
    local one = Tracked.objects:get()
    assert.same({}, db.sql_of(ryx, function() one:save() end))
    table.insert(one.tags, "c")
    local sql = db.sql_of(ryx, function() one:save() end)
    assert.truthy(#sql == 1 and sql[1]:find("tags", 1, true) and not sql[1]:find("cash", 1, true))
    one.cash = cents(4)
    one:save()
    one = Tracked.objects:get()
    assert.same({ "a|b|c", 4 }, { list(one.tags), one.cash.n })
    ryx.raw_execute("DROP TABLE " .. Tracked._meta.table_name)
  end)

  it("have choices and display", function()
    local f = ListField{ choices = { { { "a", "b" }, "A and B" }, { { "c" } } } }
    local Chosen = ryx.model("CustomChosen", { tags = f })
    assert.equal("A and B", Chosen{ tags = { "a", "b" } }:get_tags_display())
    assert.is_nil(select(2, Chosen._meta:get_field("tags"):clean{ "a", "b" }))
    assert.truthy(select(2, Chosen._meta:get_field("tags"):clean{ "b" }))
  end)

  it("refuse what they do not know", function()
    assert.equal("<ListField>", tostring(ListField()))
    for _, make in ipairs{
      function() ListField{ seperator = "," } end,
      function() ListField{ primary_key = true } end,
      function() ListField{ default = "text" } end,
      function() ryx.ArrayField(ListField()) end,
      function() ryx.field("X", {}) end,
      function() ryx.field("X", { base = ryx.AutoField }) end,
      function() ryx.field("X", { base = ryx.ForeignKey }) end,
      function() ryx.field("X", { base = ryx.CharField, to_bd = print }) end,
      function() ryx.field("X", { base = ryx.CharField, to_db = 5 }) end,
      function() ryx.field("X", { base = ryx.CharField, options = { max_length = 5 } }) end,
      function() ryx.field("X", { base = ryx.CharField, options = { null = true } }) end,
      function() ryx.field(5, { base = ryx.CharField }) end,
    } do
      local err = db.error_of(make)
      assert.equal("misuse", err.kind)
    end
    local err = db.error_of(function() ListField{ sepp = "," } end)
    assert.truthy(err.message:find('ListField: unknown option "sepp" (did you mean "sep"?)', 1, true), err.message)
  end)
end)
