-- SPDX-License-Identifier: MIT
-- CTEs of bulk_create.
local ryx = require "ryx"
local db = require "support.db"
local shop = require "support.shop"
local F, Sum = ryx.F, ryx.Sum

local m = shop.models(ryx, "Ci")
local posts, authors = m.Post.objects, m.Author.objects
local types = {
  code = ryx.CharField{ max_length = 60, unique = true },
  n = ryx.IntField{ default = 7, db_column = "row_n" },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  ratio = ryx.FloatField{ null = true },
  flag = ryx.BooleanField{ null = true },
  day = ryx.DateField{ null = true },
  at = ryx.TimeField{ null = true },
  made = ryx.DateTimeField{ null = true },
  span = ryx.DurationField{ null = true },
  uid = ryx.UUIDField{ null = true },
  doc = ryx.JSONField{ null = true },
  tags = ryx.ArrayField(ryx.CharField{ max_length = 10, blank = true }, { null = true }),
  sums = ryx.ArrayField(ryx.DecimalField{ max_digits = 8, decimal_places = 2 }, { null = true }),
  spans = ryx.ArrayField(ryx.DurationField(), { null = true }),
  raw = ryx.BinaryField{ null = true },
  changed = ryx.DateTimeField{ auto_now = true },
  born = ryx.DateTimeField{ auto_now_add = true },
}
local Typed = ryx.model("CiTyped", types)
local Code = ryx.model("CiCode", {
  code = ryx.CharField{ max_length = 5, primary_key = true }, n = ryx.IntField{ default = 1 },
})
local OnlyKey = ryx.model("CiKey", {})

local function views(qs)
  return table.concat(qs:order_by("views"):values_list("views", { flat = true }):all(), " ")
end

describe("a CTE of bulk_create", function()
  local ann, ben
  db.use(ryx, { m[1], m[2], m[3], Typed, Code, OnlyKey })
  before_each(function()
    posts:delete_all()
    authors:update_all{ boss = ryx.null }
    authors:delete_all()
    Typed.objects:delete_all()
    Code.objects:delete_all()
    ann, ben = shop.fill(ryx, m)
  end)

  local function new(returning)
    return ryx.CTE("new", posts, {
      bulk_create = { m.Post{ title = "x", author = ann, views = 60 }, { title = "y", author_id = ben.id } },
      returning = returning,
    })
  end

  it("says what is wrong", function()
    local function of(list, qs) return function() return ryx.CTE("x", qs or posts, { bulk_create = list }) end end
    local cases = {
      { of(3), "takes a list of CiPost objects, not 3" },
      { of{ title = "x" }, "takes a list of CiPost objects" },
      { of{ m.Author{ name = "x" } }, "item 1 is not a CiPost" },
      { of{ m.Post{ title = "x" }, 7 }, "item 2 is not a CiPost" },
      { of{ { titel = "x" } }, "titel" },
      { of({ { title = "x" } }, posts:filter{ views = 1 }), "take CiPost.objects" },
      { of({ { title = "x" } }, posts:limit(1)), "limit" },
      { of{ m.Post{ title = "x" }, m.Post{ id = 7, title = "y" } }, "item 2 has a key" },
      { of{ m.Post{ title = "x", views = F"id" } }, "item 1: views is an expression" },
      { of{ { title = ("x"):rep(51) } }, "50" },
      { of{ { title = "x", author = m.Author{ name = "new" } } }, "not saved" },
      { of({ {} }, OnlyKey.objects), "no column but its key" },
      { function() return ryx.CTE("x", posts, { ignore_conflicts = true }) end, "belongs to bulk_create" },
      { function() return ryx.CTE("x", posts, { delete_all = true, ignore_conflicts = true }) end,
        "belongs to bulk_create" },
      { function() return ryx.CTE("x", posts, { bulk_create = {}, delete = true }) end, "it is one statement" },
      { function() return ryx.CTE("x", posts, { bulk_create = {}, recursive = print }) end, "has no recursive" },
      { function() return ryx.CTE("x", posts, { bulk_create = {}, returning = { "titel" } }) end,
        "did you mean \"title\"" },
      { function() return new():rows() end, "gives nothing back" },
    }
    for i, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), i .. ": " .. tostring(e))
    end
  end)

  it("leaves the objects as they are", function()
    local post = m.Post{ title = "x" }
    ryx.CTE("new", posts, { bulk_create = { post } })
    assert.is_nil(post.pk)
    assert.is_nil(rawget(post, "_r"))
  end)

  if not db.needs "writes in WITH" then
    it("is refused before anything is sent", function()
      local sql = db.sql_of(ryx, function()
        local e = db.error_of(function() new(true):rows():all() end)
        assert.equal("unsupported", e.kind)
        assert.truthy(e.message:find("no WITH that writes", 1, true))
        assert.equal("unsupported", db.error_of(function() posts:with(new()):count() end).kind)
      end)
      assert.same({}, sql)
      assert.equal(5, posts:count())
    end)
    return
  end

  it("gives back what it inserted, with its keys", function()
    local list = new(true):rows():order_by("title"):all()
    assert.equal(2, #list)
    assert.equal("x y", list[1].title .. " " .. list[2].title)
    assert.is_true(list[2].pk > list[1].pk)
    assert.equal(0, list[2].views)
    assert.equal("1.50", tostring(list[2].price))
    assert.equal("Ben", list[2].author.name)
    list[2].views = 70
    list[2]:save()
    assert.equal("10 20 30 40 50 60 70", views(posts))
  end)

  it("gives back tables of names, in the order of the list", function()
    local rows = new{ "title", "author", "views" }:rows():all()
    assert.same({ { title = "x", author = ann.id, views = 60 }, { title = "y", author = ben.id, views = 0 } }, rows)
  end)

  it("is joined, filtered and counted, and inserts each time", function()
    local qs = authors:with(new{ "author", "views" }, { on = { author = "pk" } })
    assert.same({ { name = "Ann", ["new__views"] = 60 }, { name = "Ben", ["new__views"] = 0 } },
      qs:values("name", "new__views"):order_by("name"):all())
    assert.equal(1, qs:filter{ new__views__gt = 10 }:count())
    assert.is_true(new(true):rows():exists())
    assert.equal(60, new(true):rows():aggregate{ s = Sum("views") }.s)
    assert.equal(13, posts:count())
  end)

  it("inserts without giving anything back", function()
    assert.equal(5, posts:with(new()):count())
    assert.equal(7, posts:count())
  end)

  it("stands before a write, and gives it values", function()
    assert.equal(2, authors:filter{ id__in = new{ "author" }:rows():values("author") }:update{ name = "Author" })
    assert.equal(7, posts:count())
    local sum = posts:create{
      title = "sum", views = ryx.Subquery(new{ "views" }:rows():order_by("-views"):values("views")),
    }
    assert.equal(60, sum.views)
    assert.equal(10, posts:count())
  end)

  it("stands beside other CTEs", function()
    local gone = ryx.CTE("gone", posts:filter{ author = ben }, { delete = true, returning = { "title" } })
    assert.same({ "b", "d", "x", "y" }, gone:rows():values("title"):union(new{ "title" }:rows():values("title"))
      :order_by("title"):values_list("title", { flat = true }):all())
    assert.equal("0 10 30 50 60", views(posts))
  end)

  it("may be called like the table that it fills", function()
    local cte = ryx.CTE(m.Post._meta.table_name, posts, { bulk_create = { { title = "x" } }, returning = { "title" } })
    assert.same({ { title = "x" } }, cte:rows():all())
  end)

  it("is one plan for lists of any length", function()
    local function insert(n)
      local list = {}
      for i = 1, n do list[i] = { title = "t" .. i, views = i } end
      return db.sql_of(ryx, function()
        local rows = ryx.CTE("new", posts, { bulk_create = list, returning = { "views" } }):rows():all()
        assert.equal(n, #rows)
        for i = 1, n do assert.equal(i, rows[i].views) end
      end)
    end
    assert.same(insert(1), insert(3000))
    assert.same(insert(0), insert(2))
    assert.equal(3008, posts:count())
  end)

  it("inserts what bulk_create inserts, of every type", function()
    local function list(prefix)
      return {
        Typed{
          code = prefix .. "full \"q\" \\ {a,b} 'ü' NULL", n = -9, price = "12.50", ratio = 0.5, flag = false,
          day = "2024-02-29", at = "10:30:01.5", made = "2024-02-29 10:30:01", span = ryx.duration{ hours = 30 },
          uid = "0190163d-8694-739b-aea5-966c26f8ad91", doc = { a = { 1, "x\"\\" }, b = ryx.null }, raw = "\0\255a\\",
          tags = { "a,b", "", "\"q\\", "NULL" }, sums = { "1.50", "-2.00" }, spans = { ryx.duration(90) },
        },
        Typed{ code = prefix .. "none" },
        Typed{
          code = prefix .. "odd", n = 2 ^ 31 - 1, price = -1, ratio = 1 / 0, flag = true, day = ryx.date(1, 1, 1),
          span = ryx.duration(-1), doc = "text", tags = {}, sums = {}, spans = {}, raw = "",
        },
        Typed{ code = prefix .. "list", ratio = 3, doc = { 1, { 2, 3 }, "null" }, tags = { "x" } },
        Typed{ code = prefix .. "bool", doc = false, spans = { ryx.duration{ days = 1 }, ryx.duration(1) } },
      }
    end
    Typed.objects:bulk_create(list "a")
    local cte = ryx.CTE("new", Typed.objects, { bulk_create = list "b", returning = true })
    local back = cte:rows():order_by("id"):all()
    local function show(row, name)
      local v = row[name]
      if name == "code" then v = v:sub(2) end
      return type(v) == "table" and ryx.json.encode(v) or tostring(v)
    end
    local all = Typed.objects:order_by("id"):all()
    assert.equal(10, #all)
    for i = 1, 5 do
      assert.truthy(all[i + 5].born)
      assert.truthy(all[i + 5].changed)
      for name in pairs(types) do
        if name ~= "born" and name ~= "changed" then
          assert.equal(show(all[i], name), show(all[i + 5], name), name)
          assert.equal(show(all[i], name), show(back[i], name), name)
        end
      end
    end
    assert.equal(2, Typed.objects:filter{ doc = "text" }:count())
    assert.equal(6, Typed.objects:filter{ doc__isnull = false, spans__isnull = false }:count())
  end)

  it("takes keys that the database does not make", function()
    local cte = ryx.CTE("new", Code.objects, {
      bulk_create = { { code = "b" }, { code = "a", n = 2 } }, returning = true,
    })
    assert.equal("b a", shop.list(cte:rows():order_by("n"), "code"))
    assert.equal("unique_violation", db.error_of(function() cte:rows():all() end).kind)
    local some = ryx.CTE("new", Code.objects, {
      bulk_create = { { code = "a", n = 9 }, { code = "c" } }, ignore_conflicts = true, returning = { "code" },
    })
    assert.same({ { code = "c" } }, some:rows():all())
    assert.same({}, some:rows():all())
    assert.equal(2, Code.objects:get{ code = "a" }.n)
  end)

  it("is part of a transaction", function()
    assert.is_false(pcall(ryx.transaction, function()
      assert.equal(2, #new(true):rows():all())
      error("mine")
    end))
    assert.equal(5, posts:count())
    local e = db.error_of(function()
      ryx.transaction(function() new(true):rows():all() end, { read_only = true })
    end)
    assert.truthy(e.message:find("read-only", 1, true), e.message)
    assert.equal(5, posts:count())
  end)

  it("streams, and is told like any statement", function()
    local n = 0
    local sql = db.sql_of(ryx, function()
      for _ in new(true):rows():iter{ chunk = 1 } do n = n + 1 end
    end)
    assert.equal(2, n)
    assert.equal(1, #sql)
    assert.equal(7, posts:count())
  end)

  it("runs once where a method would take two statements", function()
    assert.equal("misuse", db.error_of(function() new(true):rows():paginate{ page = 1 } end).kind)
    assert.equal("misuse", db.error_of(function() new(true):rows():explain{ analyze = true } end).kind)
    assert.truthy(new(true):rows():explain():find("Insert", 1, true))
    assert.equal(5, posts:count())
  end)

  it("runs no hooks", function()
    local n = 0
    function m.Post.before_save() n = n + 1 end
    new(true):rows():all()
    m.Post.before_save = nil
    assert.equal(0, n)
  end)

  it("is not sent again when its connection is lost", function()
    local slow = ryx.CTE("slow", posts, { bulk_create = { { title = "x" } }, returning = { "title" } })
    local qs = slow:rows():alias{ w = ryx.Raw("pg_sleep(0.4)::text", { type = "text" }) }:filter{ w__isnull = false }
    for _, ask in ipairs{ "all", "count", "exists", "first" } do
      local err = db.losing_connection(ryx, 'WITH "slow"', function() qs[ask](qs) end)
      assert.truthy(err and (err.kind == "connection" or err.kind == "commit_unknown"), ask .. ": " .. tostring(err))
    end
    assert.equal(5, posts:count())
  end)
end)
