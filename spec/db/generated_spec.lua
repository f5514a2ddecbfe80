-- SPDX-License-Identifier: MIT
-- ryx.GeneratedField: columns that the database works out of others of their row.
local ryx = require "ryx"
local db = require "support.db"
local F, Q = ryx.F, ryx.Q

local Line = ryx.model("GeneratedLine", {
  name = ryx.CharField{ max_length = 20 },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2 },
  pieces = ryx.IntField{ default = 1 },
  note = ryx.TextField{ null = true },
  made = ryx.DateField{ null = true },
  total = ryx.GeneratedField{
    expression = F"price" * F"pieces", db_persist = true,
    output_field = ryx.DecimalField{ max_digits = 12, decimal_places = 2 },
  },
  label = ryx.GeneratedField{
    expression = ryx.Concat("name", ryx.Value(" it's é "), "name"), db_persist = true, unique = true,
    output_field = ryx.CharField{ max_length = 60 },
  },
  size = ryx.GeneratedField{
    expression = ryx.Case{ ryx.When(Q{ pieces__gte = 10 }, ryx.Value("many")), default = ryx.Value("few") },
    output_field = ryx.CharField{ max_length = 4 }, db_persist = true, db_index = true,
  },
  is_dear = ryx.GeneratedField{
    expression = Q{ price__gte = ryx.decimal("100") } * -Q{ name__in = { "gift", "toy" } },
    output_field = ryx.BooleanField{}, db_persist = true,
  },
  length = ryx.GeneratedField{
    expression = ryx.Length("note"), output_field = ryx.IntField{ null = true }, db_persist = true,
  },
  Meta = { indexes = { ryx.Index{ fields = { "-total", "size" } } } },
})

-- A model whose only other column is a key, and one that keeps no value.
local Twice = ryx.model("GeneratedTwice", {
  key = ryx.IntField{ primary_key = true },
  twice = ryx.GeneratedField{ expression = F"key" * 2, output_field = ryx.IntField(), db_persist = true },
})
local Read = db.needs "virtual columns" and ryx.model("GeneratedRead", {
  a = ryx.IntField(),
  next = ryx.GeneratedField{ expression = F"a" + 1, output_field = ryx.IntField(), db_persist = false, unique = true },
  Meta = { track_changes = true },
})

local objects = Line.objects

local function values(o)
  return { tostring(o.total), o.label, o.size, o.is_dear, o.length }
end

local function line(fields)
  local all = { name = "pen", price = "2.50", pieces = 4 }
  for k, v in pairs(fields or {}) do all[k] = v end
  return all
end

local function error_of(fn, ...)
  local ok, err = pcall(fn, ...)
  assert.is_false(ok, "it is done")
  return err.message, err.kind
end

describe("a generated field", function()
  db.use(ryx, { Line, Twice, Read or nil })
  before_each(function()
    objects:delete_all()
    Twice.objects:delete_all()
  end)

  it("is worked out by an insert and read back", function()
    local o = Line(line{ note = "abc" })
    assert.is_nil(o.total)
    o:full_clean()
    o:save()
    assert.same({ "10.00", "pen it's é pen", "few", false, 3 }, values(o))
    assert.same(values(o), values(objects:get{ id = o.id }))
  end)

  it("is worked out by an update and read back", function()
    local o = objects:create(line())
    o.pieces, o.price = 10, "150"
    o:save()
    assert.same({ "1500.00", "pen it's é pen", "many", true, nil }, values(o))
    o.pieces, o.note = 3, "ab"
    o:save{ update_fields = { "pieces" } }
    assert.same({ "450.00", "few" }, { tostring(o.total), o.size })
    o.pieces = F"pieces" + 1
    o:save()
    assert.same({ 4, "600.00", 2 }, { o.pieces, tostring(o.total), o.length })
  end)

  it("is never named by a statement that writes", function()
    local sql = db.sql_of(ryx, function()
      local o = objects:create(line())
      o.pieces = 2
      o:save()
      objects:bulk_create{ Line(line{ name = "a" }), Line(line{ name = "b" }) }
      objects:bulk_update({ o }, { "pieces" })
      objects:filter{ id = o.id }:update{ pieces = 5 }
    end)
    for _, text in ipairs(sql) do
      local before = text:match("^INSERT.-%)") or text:match("^UPDATE.-WHERE") or ""
      assert.is_nil(before:find("total", 1, true), text)
      assert.is_nil(before:find("is_dear", 1, true), text)
    end
  end)

  it("is read again by objects of a list when it is touched", function()
    local list = objects:bulk_create{ Line(line{ name = "a" }), Line(line{ name = "b", pieces = 20 }) }
    if list[1].pk then
      local sql = db.sql_of(ryx, function()
        assert.equal("few", list[1].size)
        assert.equal("50.00", tostring(list[2].total))
      end)
      assert.is_true(#sql <= 2, table.concat(sql, "\n"))
    end
    list = objects:order_by("name"):all()
    list[1].pieces, list[2].pieces = 30, 2
    objects:bulk_update(list, { "pieces" })
    assert.same({ "many", "few" }, { list[1].size, list[2].size })
    assert.equal("75.00", tostring(list[1].total))
    list[1].pieces = 1
    list[1]:save()
    assert.equal("2.50", tostring(list[1].total))
    objects:bulk_update({}, { "pieces" })
  end)

  it("is filtered, ordered and grouped by like any other", function()
    objects:bulk_create{
      Line(line{ name = "a" }), Line(line{ name = "b", pieces = 20 }), Line(line{ name = "c", price = "200" }),
    }
    assert.same({ "a" }, objects:filter{ total__lt = 20 }:values_list("name", { flat = true }):all())
    assert.same({ "c", "b", "a" }, objects:order_by("-total"):values_list("name", { flat = true }):all())
    assert.equal("c", objects:get{ is_dear = true }.name)
    assert.same({ "a it's é a" }, objects:filter{ name = "a" }:values_list("label", { flat = true }):all())
    assert.equal(2, objects:filter{ size = "few" }:count())
    assert.equal("b", objects:annotate{ more = F"total" + 1 }:get{ more = 51 }.name)
  end)

  it("is kept unique", function()
    objects:create(line())
    local _, kind = error_of(function() objects:create(line()) end)
    assert.equal("unique_violation", kind)
  end)

  it("cannot be set", function()
    local o = objects:create(line())
    local SAYS = "GeneratedLine.total is generated: the database works it out, so it cannot be set"
    for i, fn in ipairs{
      function() return Line{ total = 1 } end,
      function() objects:create(line{ total = 3 }) end,
      function() objects:update_all{ total = 1 } end,
      function() objects:filter{ id = 1 }:update{ total = F"price" } end,
      function() objects:bulk_update({ o }, { "total" }) end,
      function() o:save{ update_fields = { "total" } } end,
      function() objects:upsert({ id = o.id, name = "x", price = 1 }, { update_fields = { "total" } }) end,
      function() objects:get_or_create{ name = "new", total = 5 } end,
      function() objects:update_or_create{ name = "pen", defaults = { total = 5 } } end,
      function() objects:create_from(objects:values("name", "price", "total")) end,
      function()
        local n = 0
        ryx.copy_from(Line, function()
          n = n + 1
          return n == 1 and { name = "a", price = "1", total = "2" } or nil
        end)
      end,
    } do
      local message, kind = error_of(fn)
      assert.same({ i, SAYS, "field_error" }, { i, message, kind })
    end
  end)

  it("is what the row says after a save, whatever an object was given", function()
    local o = objects:create(line())
    o.total = 2
    o:save()
    assert.equal("10.00", tostring(o.total))
    assert.is_true(pcall(function() Line{}.total = nil end) == false)
  end)

  it("stays out of other writes", function()
    local o, created = objects:upsert(line{ id = 7 })
    assert.same({ true, "10.00" }, { created, tostring(o.total) })
    o, created = objects:upsert(line{ id = 7, pieces = 40 })
    assert.same({ false, "100.00", "many" }, { created, tostring(o.total), o.size })
    objects:bulk_create({ Line(line{ id = 7, pieces = 1 }) }, { update_conflicts = true })
    assert.equal("2.50", tostring(objects:get{ id = 7 }.total))
    objects:bulk_create({ Line(line{ id = 7, pieces = 9 }) }, { ignore_conflicts = true })
    assert.equal(1, objects:get{ id = 7 }.pieces)
    local made
    made, created = objects:get_or_create{ name = "new", defaults = { price = "3", pieces = 3 } }
    assert.same({ true, "9.00" }, { created, tostring(made.total) })
    assert.equal(1, objects:create_from(objects:filter{ id = 7 }:annotate{ other = ryx.Concat("name", ryx.Value("2")) }
      :values("other", "price"), { fields = { "name", "price" } }))
    assert.equal("pen2 it's é pen2", objects:get{ name = "pen2" }.label)
    local n = 0
    ryx.copy_from(Line, function()
      n = n + 1
      return n < 3 and { name = "raw" .. n, price = "2", pieces = n } or nil
    end)
    assert.equal("4.00", tostring(objects:get{ name = "raw2" }.total))
  end)

  it("is worked out of values in whatever form they are given", function()
    local conditions = {
      g1 = Q{ clock = "05:00" }, g2 = Q{ day = "2024-01-02" }, g3 = Q{ at = "2024-01-01 10:00" },
      g4 = Q{ price = 10 }, g5 = Q{ price__in = { 9, "10" } }, g6 = Q{ rate = 2 },
      g7 = Q{ token = "00000000-0000-4000-8000-00000000000A" }, g8 = Q{ span = "PT1H" },
      g9 = Q{ aware = "2024-01-01T12:00:00+02:00" }, h1 = F"price":gt("9.5"), h2 = Q{ name = "x?'y" },
      h3 = Q{ big = "9007199254740993" }, h4 = Q{ rate__gt = -0.5 }, h5 = Q{ doc__has_key = "k" },
    }
    local def = {
      clock = ryx.TimeField(), day = ryx.DateField(), at = ryx.DateTimeField(), price = ryx.DecimalField(),
      rate = ryx.FloatField(), token = ryx.UUIDField(), span = ryx.DurationField(), name = ryx.CharField(),
      aware = ryx.DateTimeField{ tz = true }, big = ryx.BigIntField(), doc = ryx.JSONField(),
    }
    for name, condition in pairs(conditions) do
      def[name] = ryx.GeneratedField{ expression = condition, output_field = ryx.BooleanField(), db_persist = true }
    end
    local Form = ryx.model("GeneratedForm", def)
    db.tables(ryx, { Form })
    local o = Form.objects:create{
      clock = "05:00", day = "2024-01-02", at = "2024-01-01 10:00", price = 10, rate = 2, span = "PT1H", name = "x?'y",
      token = "00000000-0000-4000-8000-00000000000a", aware = "2024-01-01 10:00", big = "9007199254740993",
      doc = { k = 1 },
    }
    for name in pairs(conditions) do assert.is_true(o[name], name) end
    local sql = table.concat(db.sql_of(ryx, function() ryx.migrate{ Form } end), "\n")
    assert.is_nil(sql:find("ALTER", 1, true), sql)
    ryx.raw_execute("DROP TABLE " .. Form._meta.table_name)
  end)

  it("is left alone where it is the only column besides the key", function()
    local o = Twice.objects:create{ key = 4 }
    assert.equal(8, o.twice)
    Twice.objects:bulk_create{ Twice{ key = 5 }, Twice{ key = 6 } }
    assert.same({ 8, 10, 12 }, Twice.objects:order_by("key"):values_list("twice", { flat = true }):all())
  end)

  it("is inserted anew as what its columns say", function()
    local o = objects:create(line())
    o.pieces, o.name, o.id = 2, "other", nil
    o:save{ force_insert = true }
    assert.same({ "5.00", "other it's é other" }, { tostring(o.total), o.label })
    assert.equal(2, objects:count())
  end)

  if Read then
    it("may be worked out when it is read", function()
      Read.objects:delete_all()
      local o = Read.objects:create{ a = 1 }
      assert.equal(2, o.next)
      o.a = 5
      o:save()
      assert.equal(6, o.next)
      o:save()
      assert.equal(5, Read.objects:get{ next = 6 }.a)
      local _, kind = error_of(function() Read.objects:create{ a = 5 } end)
      assert.equal("unique_violation", kind)
    end)
  else
    it("is refused where it cannot be worked out when it is read", function()
      local Model = ryx.model("GeneratedNever", {
        a = ryx.IntField(),
        b = ryx.GeneratedField{ expression = F"a" + 1, output_field = ryx.IntField(), db_persist = false },
      })
      local message, kind = error_of(ryx.migrate, { Model })
      assert.equal("unsupported", kind)
      assert.equal("GeneratedNever.b: PostgreSQL before 18 works out generated columns when a row is written only: say "
        .. "db_persist = true", message)
    end)
  end
end)
