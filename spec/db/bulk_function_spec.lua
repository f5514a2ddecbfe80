-- SPDX-License-Identifier: MIT
-- ryx.bulk_create, bulk_update, bulk_delete, stream; objects:bulk_delete.
local ryx = require "ryx"
local db = require "support.db"

local Shelf = ryx.model("BfShelf", { name = ryx.CharField{ max_length = 20 } })
local Row = ryx.model("BfRow", {
  name = ryx.CharField{ max_length = 20, unique = true },
  n = ryx.IntField{ default = 0, validators = { ryx.MinValueValidator(0) } },
  shelf = ryx.ForeignKey("BfShelf", { null = true, on_delete = "CASCADE", related_name = "rows" }),
})
local Tag = ryx.model("BfTag", { code = ryx.CharField{ max_length = 10, primary_key = true } })
local objects = Row.objects

local function rows(n, values)
  local list = {}
  for i = 1, n do
    local row = { name = "r" .. i, n = i }
    for k, v in pairs(values or {}) do row[k] = v end
    list[i] = Row(row)
  end
  return list
end

describe("bulk functions", function()
  db.use(ryx, { Shelf, Row, Tag })
  before_each(function()
    objects:delete_all()
    Tag.objects:delete_all()
  end)

  it("create and give the list, with keys", function()
    local list = rows(3)
    assert.equal(list, ryx.bulk_create(Row, list, { batch_size = 2 }))
    for i, row in ipairs(list) do assert.equal("r" .. i, objects:get{ pk = row.pk }.name) end
    assert.same({}, ryx.bulk_create(Row, {}))
  end)

  it("validate when told to", function()
    local bad = rows(1, { n = -5 })
    local err = db.error_of(ryx.bulk_create, Row, bad, { validate = true })
    assert.equal("validation", err.kind)
    assert.truthy(err.errors.n)
    assert.equal(0, objects:count())
    ryx.bulk_create(Row, bad, { validate = false })
    assert.equal(1, objects:count())
    assert.equal("validation", db.error_of(ryx.bulk_create, Row, rows(1, { name = ("x"):rep(21) }), { validate = false }).kind)
    assert.equal("misuse", db.error_of(ryx.bulk_create, Row, rows(1), { validate = "no" }).kind)
  end)

  it("update and count", function()
    local list = ryx.bulk_create(Row, rows(3))
    for _, row in ipairs(list) do row.n = row.n * 10 end
    assert.equal(3, ryx.bulk_update(Row, list, { "n" }))
    assert.equal(60, objects:aggregate{ total = ryx.Sum("n") }.total)
    assert.equal(0, ryx.bulk_update(Row, {}, { "n" }))
    local err = db.error_of(function()
      local n = ryx.bulk_update(Row, { list[1], Row{ name = "new" } }, { "n" })
      return n
    end)
    assert.equal("misuse", err.kind)
    assert.truthy(tostring(err):find("item 2 is not saved", 1, true))
    assert.truthy(err.where:find("bulk_function_spec.lua"))
  end)

  it("delete and count", function()
    local list = ryx.bulk_create(Row, rows(5))
    assert.equal(2, ryx.bulk_delete(Row, { list[1], list[3] }))
    assert.same({ "r2", "r4", "r5" }, objects:order_by("name"):values_list("name", { flat = true }):all())
    assert.is_nil(list[1].pk)
    assert.equal("misuse", db.error_of(list[1].delete, list[1]).kind)
    assert.equal(1, objects:bulk_delete{ list[2] })
    assert.equal(2, objects:bulk_delete({ list[4], list[5] }, { batch_size = 1 }))
    assert.equal(0, objects:bulk_delete{})
    local err = db.error_of(objects.bulk_delete, objects, { Row{ name = "new" } })
    assert.truthy(tostring(err):find("item 1 is not saved", 1, true))
    assert.equal("misuse", db.error_of(objects.bulk_delete, objects, 5).kind)
    assert.equal("misuse", db.error_of(objects.bulk_delete, objects, { Shelf{ name = "x" } }).kind)
  end)

  it("delete by keys that are texts, more than a statement has parameters", function()
    local tags = {}
    for i = 1, 400 do tags[i] = Tag{ code = "t" .. i } end
    ryx.bulk_create(Tag, tags)
    assert.equal(400, ryx.bulk_delete(Tag, tags))
    local many = {}
    for i = 1, 70000 do many[i] = Tag{ code = "m" .. i } end
    ryx.bulk_create(Tag, many)
    assert.equal(70000, Tag.objects:count())
    assert.equal(70000, ryx.bulk_delete(Tag, many))
    assert.equal(0, Tag.objects:count())
  end)

  it("delete only rows of a queryset or a relation", function()
    local shelf = Shelf.objects:create{ name = "a" }
    local list = ryx.bulk_create(Row, rows(4, { shelf = shelf }))
    assert.equal(2, objects:filter{ n__gt = 2 }:bulk_delete(list))
    assert.equal(2, objects:count())
    local rest = objects:all()
    ryx.bulk_update(Row, { rest[1] }, { "n" })
    assert.equal(2, shelf.rows:bulk_delete(rest))
    assert.equal(0, shelf.rows:count())
    assert.equal("misuse", db.error_of(function() objects:limit(1):bulk_delete(list) end).kind)
  end)

  it("join the caller's transaction", function()
    local list = ryx.bulk_create(Row, rows(3))
    pcall(ryx.transaction, function()
      ryx.bulk_create(Row, { Row{ name = "x" }, Row{ name = "y" } }, { batch_size = 1 })
      list[1].n = 99
      ryx.bulk_update(Row, list, { "n" })
      ryx.bulk_delete(Row, objects:filter{ n = 2 }:all())
      assert.equal(4, objects:count())
      error("no")
    end)
    assert.equal(3, objects:count())
    assert.equal(1, objects:get{ name = "r1" }.n)
  end)

  it("are all or none", function()
    local list = ryx.bulk_create(Row, rows(3))
    list[3].name = "r1"
    assert.equal("unique_violation", db.error_of(ryx.bulk_update, Row, list, { "name" }, { batch_size = 1 }).kind)
    assert.equal(1, objects:filter{ name = "r3" }:count())
  end)

  it("work where `using` says", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Shelf, Row }, { alias = "other" })
    local list = ryx.bulk_create(Row, rows(2), { using = "other" })
    assert.same({ 0, 2 }, { objects:count(), objects:using("other"):count() })
    list[1].n = 7
    assert.equal(2, ryx.bulk_update(Row, list, { "n" }, { using = "other" }))
    pcall(ryx.transaction, function(tx)
      assert.equal(1, ryx.bulk_delete(Row, { list[1] }, { using = tx }))
      error("no")
    end, { alias = "other" })
    assert.equal(2, objects:using("other"):count())
    assert.equal(1, ryx.bulk_delete(Row, { list[2] }, { using = "other" }))
    ryx.setup(db.url)
  end)

  it("write objects where they are from, or where a router says", function()
    ryx.setup{ default = db.url, other = "sqlite::memory:" }
    ryx.migrate({ Shelf, Row }, { alias = "other" })
    local list, here = ryx.bulk_create(Row, rows(3), { using = "other" }), objects:create{ name = "here" }
    list[1].n = 7
    assert.equal(3, ryx.bulk_update(Row, list, { "n" }))
    assert.equal(7, objects:using("other"):get{ name = "r1" }.n)
    assert.equal(1, objects:bulk_delete{ list[3] })
    assert.same({ 1, 2 }, { objects:count(), objects:using("other"):count() })
    for _, name in ipairs{ "bulk_update", "bulk_delete" } do
      local err = db.error_of(ryx[name], Row, { list[1], here }, name == "bulk_update" and { "n" } or nil)
      assert.equal("misuse", err.kind)
      assert.truthy(err.message:find('"other" and item 2 of "default"', 1, true))
      assert.truthy(err.message:find("using", 1, true))
    end
    ryx.set_router{ db_for_write = function() return "other" end }
    assert.equal(2, ryx.bulk_delete(Row, { list[1], list[2] }))
    ryx.set_router(nil)
    assert.equal(1, objects:count())
    ryx.setup(db.url)
  end)

  it("name what they do not take", function()
    for _, name in ipairs{ "bulk_create", "bulk_update", "bulk_delete" } do
      for _, model in ipairs{ 5, {}, objects } do
        local err = db.error_of(ryx[name], model, {})
        assert.equal("misuse", err.kind)
        assert.truthy(tostring(err):find(name, 1, true))
      end
    end
    assert.equal("misuse", db.error_of(ryx.bulk_delete, Row, {}, { bach_size = 1 }).kind)
    assert.equal("misuse", db.error_of(ryx.bulk_delete, Row, {}, 5).kind)
    assert.equal("misuse", db.error_of(ryx.bulk_update, Row, {}, { "n" }, { ignore_conflicts = true }).kind)
  end)

  it("stream a queryset", function()
    ryx.bulk_create(Row, rows(25))
    local n, sum = 0, 0
    for row in ryx.stream(objects:order_by("n"), { chunk = 10 }) do
      n, sum = n + 1, sum + row.n
      assert.equal(n, row.n)
    end
    assert.same({ 25, 325 }, { n, sum })
    for row in ryx.stream(objects) do n = n + (row.n > 0 and 1 or 0) end
    assert.equal(50, n)
    local seen = 0
    for row in ryx.stream(objects:filter{ n__lt = 3 }:values("n")) do seen = seen + row.n end
    assert.equal(3, seen)
    assert.equal("misuse", db.error_of(ryx.stream, Row).kind)
    assert.equal("misuse", db.error_of(ryx.stream, objects, { chunk = 0 }).kind)
    assert.equal("misuse", db.error_of(ryx.stream, objects, { chunk_size = 10 }).kind)
  end)
end)
