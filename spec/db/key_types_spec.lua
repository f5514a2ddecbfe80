-- SPDX-License-Identifier: MIT
-- primary_key = true on a field of each type: what goes by the key, and foreign keys to it.
local ryx = require "ryx"
local db = require "spec.support.db"

local function bytes(list)
  for i, text in ipairs(list) do list[i] = ryx.bytes(text) end
  return list
end

-- Values in their order.
local KINDS = {
  {
    "UUIDField", {},
    {
      "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002",
      "ffffffff-0000-4000-8000-000000000003",
    },
  },
  { "CharField", { max_length = 20 }, { "B", "a", "b'\"%\\" } },
  { "TextField", {}, { "B", "a", "b'\"%\\" }, needs = "keys without bounds" },
  { "DecimalField", { max_digits = 12, decimal_places = 2 }, { "-1.50", "2.00", "10.25" } },
  { "DateField", {}, { "2024-01-01", "2024-01-02", "2025-01-01" } },
  { "DateTimeField", {}, { "2024-01-01T00:00:00", "2024-01-01T00:00:00.000001", "2025-01-01T10:00:00" } },
  { "TimeField", {}, { "00:00:00", "10:00:00.5", "23:59:59" } },
  { "DurationField", {}, { "00:00:01", "00:00:02", "24:00:00" } },
  { "BinaryField", {}, bytes{ "\0\1", "\0\2", "\255" }, needs = "keys without bounds", has_no_cursor = true },
  { "IntField", {}, { -5, 0, 7 } },
  { "BigIntField", {}, { "-9223372036854775807", "0", "9223372036854775807" } },
  { "FloatField", {}, { -1.5, 0.25, 3 } },
  { "BooleanField", {}, { false, true } },
}

local function model(kind)
  local name, options = "Kt" .. kind[1], { primary_key = true }
  for k, v in pairs(kind[2]) do options[k] = v end
  local One = ryx.model(name, {
    code = ryx[kind[1]](options), label = ryx.CharField{ max_length = 20, null = true },
    others = ryx.ManyToManyField(name .. "Two", { related_name = "ones" }),
  })
  return One, ryx.model(name .. "Two", {
    one = ryx.ForeignKey(name, { related_name = "twos", null = true }), n = ryx.IntField{ default = 0 },
  })
end

local function describe_kind(kind)
  local One, Two = model(kind)
  local values, objects = kind[3], nil

  describe("a key of the type " .. kind[1], function()
    db.use(ryx, { One, Two })

    -- Of the i-th object refer: i and 10 + i.
    before_each(function()
      Two.objects:delete_all()
      One.objects:delete_all()
      objects = {}
      for i, v in ipairs(values) do
        objects[i] = One{ code = v, label = "l" .. i }
        objects[i]:save()
        Two.objects:create{ one = objects[i], n = i }
        Two.objects:create{ one = v, n = 10 + i }
      end
    end)

    it("is inserted, found and ordered", function()
      for i, v in ipairs(values) do
        assert.equal("l" .. i, One.objects:get{ pk = v }.label)
        assert.equal("l" .. i, One.objects:get{ code = objects[i].pk }.label)
      end
      local list = One.objects:order_by("pk"):all()
      for i, object in ipairs(objects) do assert.is_true(list[i] == object) end
      assert.equal(2, One.objects:filter{ pk__in = { values[1], values[2] } }:count())
      assert.equal(#values - 1, One.objects:exclude{ pk = values[1] }:count())
      assert.equal("unique_violation", db.error_of(function() One.objects:create{ code = values[1] } end).kind)
      assert.equal("validation", db.error_of(function() One.objects:create{ label = "x" } end).kind)
    end)

    it("finds the row of an object", function()
      objects[1].label = "changed"
      objects[1]:save()
      assert.equal("changed", One.objects:get{ pk = values[1] }.label)
      One.objects:filter{ pk = values[1] }:update{ label = "again" }
      objects[1]:refresh_from_db()
      assert.equal("again", objects[1].label)
      objects[2].label = "bulk"
      assert.equal(1, One.objects:bulk_update({ objects[2] }, { "label" }))
      assert.equal("bulk", One.objects:defer("label"):get{ pk = values[2] }.label)
      Two.objects:filter{ one = objects[1] }:delete()
      assert.equal(1, objects[1]:delete())
      assert.equal(#values - 1, One.objects:count())
    end)

    it("finds rows that are there", function()
      assert.is_false(select(2, One.objects:upsert{ code = values[2], label = "up" }))
      assert.is_false(select(2, One.objects:get_or_create{ code = values[2] }))
      assert.is_false(select(2, One.objects:update_or_create{ code = values[2], defaults = { label = "uc" } }))
      One.objects:bulk_create({ One{ code = values[2], label = "bc" } }, { ignore_conflicts = true })
      assert.equal("uc", One.objects:get{ pk = values[2] }.label)
      One.objects:bulk_create({ One{ code = values[2], label = "bc" } }, { update_conflicts = true })
      assert.equal("bc", One.objects:get{ pk = values[2] }.label)
      local found = {}
      for _, object in pairs(One.objects:in_bulk{ values[1], values[2] }) do found[#found + 1] = object.label end
      table.sort(found)
      assert.same({ "bc", "l1" }, found)
      assert.equal(1, #One.objects:filter{ pk = values[2] }:update({ label = "r" }, { returning = true }))
    end)

    it("is referred to", function()
      for _, of in ipairs{ values[2], objects[2] } do
        assert.equal(2, Two.objects:filter{ one = of }:count())
        assert.equal(2, Two.objects:filter{ one__in = { of } }:count())
      end
      assert.equal(2, Two.objects:filter{ one__pk = values[2] }:count())
      assert.equal(4, Two.objects:filter{ one__in = { objects[1], objects[2] } }:count())
      assert.equal("l2", Two.objects:get{ n = 12 }.one.label)
      assert.equal("l2", Two.objects:select_related("one"):get{ n = 12 }.one.label)
      assert.equal("l1", Two.objects:prefetch_related("one"):order_by("n"):all()[1].one.label)
      assert.equal(2, #One.objects:prefetch_related("twos"):order_by("pk"):all()[2].twos:all())
      assert.equal(2, objects[2].twos:add(Two.objects:get{ n = 1 }, Two.objects:get{ n = 11 }))
      assert.equal(4, objects[2].twos:count())
    end)

    it("is of links", function()
      objects[1].others:add(Two.objects:get{ n = 1 })
      objects[2].others:set(Two.objects:filter{ n__lt = 10 }:all())
      assert.equal(1, objects[1].others:count())
      assert.equal(#values, objects[2].others:count())
      assert.equal(1, One.objects:prefetch_related("others"):order_by("pk"):all()[1].others:all()[1].n)
      assert.equal(2, Two.objects:get{ n = 1 }.ones:count())
    end)

    it("is of pages and limits", function()
      local seen, after = {}, nil
      repeat
        local page = One.objects:order_by("-pk"):paginate(kind.has_no_cursor and { size = 1, page = #seen + 1 }
          or { size = 1, after = after })
        seen[#seen + 1], after = page.rows[1].label, page.next
      until kind.has_no_cursor and #seen == #values or not kind.has_no_cursor and not after
      assert.equal(#values, #seen)
      assert.equal("l1", seen[#seen])
      Two.objects:delete_all()
      assert.equal(1, One.objects:order_by("-pk"):limit(1):delete())
      assert.equal(0, One.objects:filter{ pk = values[#values] }:count())
    end)
  end)
end

for _, kind in ipairs(KINDS) do
  if not kind.needs or db.needs(kind.needs) then describe_kind(kind) end
end

describe("a key without bounds", function()
  if db.needs "keys without bounds" then return end

  it("is refused where tables are made", function()
    ryx.setup(db.url)
    for _, kind in ipairs(KINDS) do
      if kind.needs then
        local One, Two = model(kind)
        local e = db.error_of(function() ryx.migrate{ One, Two } end)
        assert.equal("unsupported", e.kind)
        assert.truthy(tostring(e):find(One._meta.model_name .. ".code", 1, true), tostring(e))
      end
    end
    ryx.close()
  end)
end)

describe("a key", function()
  local Token = ryx.model("KtToken", {
    token = ryx.UUIDField{ primary_key = true, auto_create = true }, note = ryx.CharField{ max_length = 20, null = true },
  })
  db.use(ryx, { Token })

  it("B2: comes back under any name", function()
    local made = Token.objects:create{ note = "made" }
    assert.equal(36, #made.token)
    assert.equal("made", Token.objects:get{ pk = made.pk }.note)
    local list = Token.objects:bulk_create{ Token{ note = "a" }, Token{ note = "b" } }
    assert.equal("b", Token.objects:get{ token = list[2].pk }.note)
  end)
end)
