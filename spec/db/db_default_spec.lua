-- SPDX-License-Identifier: MIT
-- db_default: what the table itself gives a column that an insert does not name.
local ryx = require "ryx"
local db = require "support.db"
local F = ryx.F

local Home = ryx.model("DefaultHome", { name = ryx.CharField{ max_length = 10 } })
local Post = ryx.model("DefaultPost", {
  title = ryx.CharField{ max_length = 20, unique = true },
  state = ryx.CharField{ max_length = 10, db_default = "it's new" },
  views = ryx.IntField{ db_default = 7 },
  price = ryx.DecimalField{ max_digits = 6, decimal_places = 2, db_default = "1.5" },
  rate = ryx.FloatField{ db_default = 0.25 },
  flag = ryx.BooleanField{ db_default = true },
  day = ryx.DateField{ db_default = "2024-02-29" },
  clock = ryx.TimeField{ db_default = "06:30" },
  moment = ryx.DateTimeField{ db_default = "2024-01-15 10:30:00" },
  span = ryx.DurationField{ db_default = ryx.duration{ hours = 1 } },
  token = ryx.UUIDField{ db_default = "00000000-0000-4000-8000-000000000001" },
  extra = ryx.JSONField{ db_default = { a = { 1, "x'" } } },
  list = ryx.ArrayField(ryx.CharField{ max_length = 5 }, { db_default = { "a", "b'" } }),
  blob = ryx.BinaryField{ db_default = "\0\255'" },
  body = ryx.TextField{ db_default = "long\\text" },
  made = ryx.DateTimeField{ db_default = ryx.Now() },
  name = ryx.CharField{
    max_length = 20, null = true, db_default = ryx.Upper(ryx.Concat(ryx.Value("a"), ryx.Value("'b"))),
  },
  sum = ryx.IntField{ db_default = ryx.Value(2) + 3 },
  home = ryx.ForeignKey(Home, { null = true, db_default = 1, db_constraint = false }),
  both = ryx.IntField{ default = 1, db_default = 2 },
  huge = ryx.FloatField{ default = 1e300 },
})
local objects = Post.objects

local function check(p)
  assert.same({ "it's new", 7, "1.50", 0.25, true, "2024-02-29", "06:30:00", "2024-01-15T10:30:00", 1 }, {
    p.state, p.views, tostring(p.price), p.rate, p.flag, tostring(p.day), tostring(p.clock), tostring(p.moment),
    p.both,
  })
  assert.is_true(p.span == ryx.duration{ hours = 1 })
  assert.equal("00000000-0000-4000-8000-000000000001", p.token)
  assert.same({ 1, "x'" }, { p.extra.a[1], p.extra.a[2] })
  assert.same({ "a", "b'" }, { p.list[1], p.list[2] })
  assert.equal("\0\255'", p.blob)
  assert.equal("long\\text", p.body)
  assert.equal("A'B", p.name)
  assert.equal(5, p.sum)
  assert.equal(1, p.home_id)
  assert.equal(1e300, p.huge)
  local age = (ryx.now() - p.made):total_seconds()
  assert(math.abs(age) < 60, age)
end

describe("db_default", function()
  db.use(ryx, { Home, Post })
  before_each(function() objects:delete_all() end)

  it("is the DEFAULT of the table", function()
    local at = require("ryx.db")
    ryx.raw_execute(("INSERT INTO %s (title, %s) VALUES (?, ?)"):format(Post._meta.table_name,
      at.quote(at.alias("default"), "both")), { "raw", 1 })
    check(objects:get{ title = "raw" })
  end)

  it("is left out by an insert and read back", function()
    local p = Post{ title = "a" }
    assert.is_nil(p.state)
    p:full_clean()
    assert.is_nil(p.state)
    local sql = db.sql_of(ryx, function() p:save() end)
    assert.is_nil(sql[1]:find("views", 1, true) and sql[1]:match("%((.-)%)"):find("views", 1, true) or nil)
    check(p)
    check(objects:get{ title = "a" })
    p.views = 8
    p:save()
    assert.equal(8, objects:get{ title = "a" }.views)
    check(objects:create{ title = "b" })
  end)

  it("gives way to what is given, be it NULL", function()
    local p = objects:create{ title = "a", views = 1, name = ryx.null, home = ryx.null }
    assert.same({ 1 }, { p.views, p.name, p.home_id })
    p = objects:get{ title = "a" }
    assert.same({ 1 }, { p.views, p.name, p.home_id })
    p = Post{ title = "b" }
    p.name = nil
    p:save()
    assert.is_nil(objects:get{ title = "b" }.name)
    p = Post{ title = "c", name = "x" }
    p.name = nil
    p:save()
    assert.is_nil(objects:get{ title = "c" }.name)
    local err = db.error_of(function() objects:create{ title = "d", views = ryx.null } end)
    assert.equal("This field may not be null.", err.errors.views[1])
    p = objects:create{ title = "f" }
    p.views = nil
    assert.equal("validation", db.error_of(p.save, p).kind)
    p = Post{ title = "e" }
    p:save{ validate = false }
    check(p)
  end)

  it("is left out by lists, in one statement", function()
    local list = {}
    for i = 1, 3 do list[i] = Post{ title = "t" .. i } end
    local sql = db.sql_of(ryx, function() objects:bulk_create(list) end)
    assert.equal(1, #sql)
    assert.is_nil(sql[1]:find("views", 1, true))
    sql = db.sql_of(ryx, function()
      for _, p in ipairs(list) do assert.same({ 7, "A'B" }, { p.views, p.name }) end
    end)
    assert.equal(2, #sql) -- a column each, for all rows at once
    for _, p in ipairs(list) do check(p) end
    for _, p in ipairs(objects:all()) do check(p) end
    list[1].title = "again"
    list[1]:save()
    check(objects:get{ title = "again" })
  end)

  it("is worked out for those of a list that lack it, in one statement", function()
    local list = {
      Post{ title = "a", views = 1, name = "given", made = "2020-01-01" }, Post{ title = "b" },
      Post{ title = "c", sum = 1, state = "old" },
    }
    local sql = db.sql_of(ryx, function() objects:bulk_create(list) end)
    assert.equal(1, #sql)
    check(objects:get{ title = "b" })
    check(list[2])
    local a, c = objects:get{ title = "a" }, objects:get{ title = "c" }
    assert.same({ 1, "given", "2020-01-01T00:00:00", 5 }, { a.views, a.name, tostring(a.made), a.sum })
    assert.same({ 7, "A'B", 1, "old" }, { c.views, c.name, c.sum, c.state })
    assert.same({ 1, "given", 5, "A'B", 1 }, { list[1].views, list[1].name, list[1].sum, list[3].name, list[3].sum })
  end)

  it("and NULL stand beside each other in a list", function()
    objects:bulk_create{ Post{ title = "a", name = ryx.null }, Post{ title = "b" }, Post{ title = "c", name = "x" } }
    assert.is_nil(objects:get{ title = "a" }.name)
    assert.equal("A'B", objects:get{ title = "b" }.name)
    assert.equal("x", objects:get{ title = "c" }.name)
  end)

  it("holds where a row may be there", function()
    check((objects:get_or_create{ title = "a" }))
    check((objects:update_or_create{ title = "b", defaults = { both = 1 } }))
    objects:upsert({ title = "c" }, { unique_fields = { "title" } })
    check(objects:get{ title = "c" })
    objects:filter{ title = "c" }:update{ views = 9 }
    objects:upsert({ title = "c", sum = 6 }, { unique_fields = { "title" } })
    local c = objects:get{ title = "c" }
    assert.same({ 9, 6 }, { c.views, c.sum })
    objects:bulk_create({ Post{ title = "c" }, Post{ title = "d" } }, {
      update_conflicts = true, unique_fields = { "title" },
    })
    assert.equal(9, objects:get{ title = "c" }.views)
    check(objects:get{ title = "d" })
    objects:bulk_create({ Post{ title = "d" }, Post{ title = "e" } }, { ignore_conflicts = true })
    check(objects:get{ title = "e" })
  end)

  it("holds for rows that come from elsewhere", function()
    Home.objects:delete_all()
    Home.objects:create{ name = "h" }
    objects:create_from(Home.objects:values("name"), { fields = { "title" } })
    check(objects:get{ title = "h" })
    local rows = { { title = "x" }, { title = "y" } }
    local i = 0
    ryx.copy_from(Post, function()
      i = i + 1
      return rows[i]
    end)
    check(objects:get{ title = "x" })
  end)

  it("may be the key, where the server tells it", function()
    local Token = ryx.model("DefaultToken", {
      token = ryx.CharField{ max_length = 20, primary_key = true, db_default = ryx.Lower(ryx.Value("KEY")) },
      n = ryx.IntField{ default = 0 },
    })
    db.tables(ryx, { Token })
    local ok, err = pcall(Token.objects.create, Token.objects, {})
    if db.needs "returning" then
      assert.equal("key", Token.objects:get().token)
    else
      assert.equal("unsupported", not ok and err.kind)
    end
    assert.equal("mine", Token.objects:create{ token = "mine" }.pk)
    ryx.raw_execute("DROP TABLE " .. Token._meta.table_name)
  end)

  it("is refused where it makes no sense", function()
    for _, make in ipairs{
      function() return ryx.IntField{ db_default = "x" } end,
      function() return ryx.IntField{ db_default = function() return 1 end } end,
      function() return ryx.AutoField{ db_default = 1 } end,
      function() return ryx.ManyToManyField("DefaultHome", { db_default = 1 }) end,
    } do
      local e = db.error_of(make)
      assert.equal("misuse", e.kind)
      assert.truthy(e.message:find("db_default", 1, true), e.message)
    end
    for i, wrong in ipairs{ F"views" + 1, ryx.Count("id"), ryx.Subquery(Home.objects:values("name")) } do
      local Bad = ryx.model("DefaultBad" .. i, { views = ryx.IntField(), x = ryx.IntField{ db_default = wrong } })
      local kind = db.error_of(ryx.migrate, { Bad }).kind
      assert.truthy(kind == "field_error" or kind == "misuse", kind)
    end
    local Typed = ryx.model("DefaultTyped", { x = ryx.IntField{ db_default = ryx.Lower(ryx.Value("a")) } })
    assert.equal("field_error", db.error_of(ryx.migrate, { Typed }).kind)
  end)
end)
