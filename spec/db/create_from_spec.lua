-- SPDX-License-Identifier: MIT
-- create_from: rows of a queryset that the database copies by itself.
local ryx = require "ryx"
local compat = require "ryx.compat"
local db = require "support.db"
local shop = require "support.shop"
local F, Count, Sum, Value = ryx.F, ryx.Count, ryx.Sum, ryx.Value

local m = shop.models(ryx, "Cf")
local posts, authors = m.Post.objects, m.Author.objects
local Archive = ryx.model("CfArchive", {
  title = ryx.CharField{ max_length = 50 },
  author = ryx.ForeignKey(m.Author, { null = true, related_name = "archived" }),
  views = ryx.IntField{ default = 7 },
  ratio = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, default = "0.50" },
  doc = ryx.JSONField{ default = { a = 1 } },
  kind = ryx.CharField{ max_length = 10, default = ryx.Lower(Value("OLD")) },
  note = ryx.TextField{ null = true },
  made = ryx.DateTimeField{ auto_now_add = true },
  day = ryx.DateTimeField{ null = true },
})
local Code = ryx.model("CfCode", {
  code = ryx.CharField{ max_length = 50, primary_key = true, default = function() return "made" end },
  n = ryx.IntField(),
})

local types = {
  code = ryx.CharField{ max_length = 60 },
  flag = ryx.BooleanField{ null = true }, ratio = ryx.FloatField{ null = true }, doc = ryx.JSONField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, null = true },
  day = ryx.DateField{ null = true }, at = ryx.TimeField{ null = true }, made = ryx.DateTimeField{ null = true },
  span = ryx.DurationField{ null = true }, uid = ryx.UUIDField{ null = true }, raw = ryx.BinaryField{ null = true },
}
if db.needs "array columns" then
  types.tags = ryx.ArrayField(ryx.CharField{ max_length = 10 }, { null = true })
  types.sums = ryx.ArrayField(ryx.IntField(), { null = true })
end
local Typed = ryx.model("CfTyped", types)

local function titles() return shop.list(Archive.objects:order_by("title", "views"), "title") end

describe("create_from", function()
  local ann, ben
  db.use(ryx, { m[1], m[2], m[3], Archive, Code, Typed })
  before_each(function()
    Archive.objects:delete_all()
    Code.objects:delete_all()
    Typed.objects:delete_all()
    posts:delete_all()
    authors:update_all{ boss = ryx.null }
    authors:delete_all()
    ann, ben = shop.fill(ryx, m)
  end)

  it("inserts the rows of a queryset, with defaults of what they do not name", function()
    local sql = db.sql_of(ryx, function()
      assert.equal(2, Archive.objects:create_from(posts:filter{ author = ann }:values("title", "author", "note")))
    end)
    assert.equal(1, #sql)
    assert.equal("a c", titles())
    local row = Archive.objects:get{ title = "c" }
    assert.equal(ann.id, row.author_id)
    assert.equal(7, row.views)
    assert.equal("0.50", tostring(row.price))
    assert.equal(1, row.doc.a)
    assert.equal("old", row.kind)
    assert.is_nil(row.note)
    assert.truthy(row.made)
  end)

  it("takes expressions, values and paths by the names of fields", function()
    local qs = posts:filter{ views__gt = 20 }:values("title", {
      ratio = F"views", kind = Value("new"), day = F"created",
    })
    assert.equal(3, Archive.objects:create_from(qs))
    assert.equal("c d e", titles())
    local row = Archive.objects:get{ title = "d" }
    assert.equal("40.0 new", ("%.1f %s"):format(row.ratio, row.kind))
    assert.equal("2024-04-15T12:30:00", tostring(row.day))
  end)

  it("takes columns in the order of a list of fields", function()
    local qs = posts:filter{ views__gt = 20 }:values_list("created", {
      a = ryx.Concat("title", Value("-"), ryx.Coalesce(F"author__name", Value("nobody"))), b = F"views" * 2,
      c = F"views", d = F"price" * 2, e = Value("new"), f = Value(ryx.null),
    })
    assert.equal(3, Archive.objects:create_from(qs, {
      fields = { "day", "title", "views", "ratio", "price", "kind", "note" },
    }))
    assert.equal("c-Ann d-Ben e-nobody", titles())
    local row = Archive.objects:get{ title = "d-Ben" }
    assert.equal("80 40.0 3.00 new", ("%d %.1f %s %s"):format(row.views, row.ratio, tostring(row.price), row.kind))
    assert.equal("2024-04-15T12:30:00", tostring(row.day))
  end)

  it("takes groups, distinct rows, slices and set operations", function()
    assert.equal(2, Archive.objects:create_from(posts:filter{ author__isnull = false }
      :values("author")
      :annotate{ ti = ryx.Max("title"), total = Sum("views"), ratio = Count("id") },
      { fields = { "author", "ratio", "title", "views" } }))
    assert.equal("40 60", shop.list(Archive.objects:order_by("views"), "views"))
    Archive.objects:delete_all()
    assert.equal(1, Archive.objects:create_from(posts:values{ x = Value("same"), ratio = F"id" - F"id" }:distinct(),
      { fields = { "ratio", "title" } }))
    assert.equal(2, Archive.objects:create_from(posts:order_by("-views"):values("title"):limit(2)))
    assert.equal(1, Archive.objects:create_from(posts:order_by("-views"):values("title", { ratio = F"views" })
      :slice(3, 3)))
    assert.equal("c d e same", titles())
    assert.equal(4, Archive.objects:create_from(posts:filter{ views__lt = 25 }:values("title")
      :union(authors:filter{ name__in = { "Ann", "Ben" } }:values{ title = F"name" })))
    assert.equal("Ann Ben a b c d e same", titles())
    assert.equal(0, Archive.objects:create_from(posts:none():values("title")))
  end)

  it("reads the table that it fills, trees and CTEs", function()
    assert.equal(5, posts:create_from(posts:values("title", "views", "author")))
    assert.equal(10, posts:count())
    local busy = ryx.CTE("busy", posts:filter{ author__isnull = false }:values("author")
      :annotate{ total = Sum("views") })
    assert.equal(2, Archive.objects:create_from(authors:with(busy, { on = { author = "pk" } })
      :values{ title = F"name", views = F"busy__total" }))
    assert.equal("80 120", shop.list(Archive.objects:order_by("views"), "views"))
    assert.equal(3, Archive.objects:create_from(authors:filter{ name = "Ann" }:descendants()
      :values{ title = F"name", views = F"depth" }))
  end)

  it("keeps values of every type", function()
    Typed.objects:create{
      code = "full", flag = true, ratio = 0.5, doc = { a = { 1, "x\"" } }, price = "1.50", day = "2024-02-29",
      at = "10:30:01.5", made = "2024-02-29 10:30:01", span = ryx.duration(90),
      uid = "0190163d-8694-739b-aea5-966c26f8ad91", raw = "\0\255", tags = types.tags and { "a,b" },
      sums = types.sums and { 1, 2 },
    }
    Typed.objects:create{ code = "none" }
    local names = {}
    for name in pairs(types) do names[#names + 1] = name end
    local function show(row)
      local out = {}
      for i, name in ipairs(names) do
        local v = row[name]
        out[i] = type(v) == "table" and ryx.json.encode(v) or tostring(v)
      end
      return table.concat(out, " ")
    end
    local all = Typed.objects:order_by("id")
    local full, none = show(all:all()[1]), show(all:all()[2])
    local qs = Typed.objects:values(compat.unpack(names))
    assert.equal(2, Typed.objects:create_from(qs))
    assert.equal(1, Typed.objects:create_from(qs:order_by("id"):limit(1)))
    assert.equal(2, Typed.objects:create_from(qs:filter{ code = "none" }:distinct():union(qs:filter{ code = "full" })))
    local seen = {}
    for _, row in ipairs(Typed.objects:all()) do seen[show(row)] = (seen[show(row)] or 0) + 1 end
    assert.same({ [full] = 4, [none] = 3 }, seen)
    if types.tags then
      local e = db.error_of(function()
        Typed.objects:create_from(Typed.objects:values("code", "sums"), { fields = { "code", "tags" } })
      end)
      assert.truthy(tostring(e):find("list of text", 1, true), tostring(e))
    end
  end)

  it("takes keys, too, and goes on above them", function()
    assert.equal(5, Archive.objects:create_from(posts:values("id", "title")))
    local last = posts:order_by("-id"):first().id
    assert.equal("e", Archive.objects:get{ pk = last }.title)
    assert.is_true(Archive.objects:create{ title = "next" }.id > last)
    assert.equal(5, Code.objects:create_from(posts:values{ code = F"title", n = F"views" }))
    assert.equal("unique_violation", db.error_of(function()
      Code.objects:create_from(posts:values{ code = F"title", n = F"views" })
    end).kind)
    assert.equal(5, Code.objects:count())
  end)

  it("is part of a transaction", function()
    assert.is_false(pcall(ryx.transaction, function()
      Archive.objects:create_from(posts:values("id", "title"))
      error("mine")
    end))
    assert.equal(0, Archive.objects:count())
  end)

  it("says what is wrong", function()
    local cases = {
      { function() Archive.objects:create_from(3) end, "takes a QuerySet" },
      { function() Archive.objects:create_from(posts) end, "say by values()" },
      { function() Archive.objects:create_from(posts:values("title", "created")) end, "created" },
      { function() Archive.objects:create_from(posts:values_list("title", "author", "views"),
        { fields = { "title", "author", "author_id" } }) end,
        "author is there twice" },
      { function() Archive.objects:create_from(posts:values("views")) end, "no value for title" },
      { function() Archive.objects:create_from(posts:values_list("views"), { fields = { "title" } }) end,
        "is of type text" },
      { function() Archive.objects:create_from(posts:values("title"), { fields = { "title", "views" } }) end,
        "2 fields for 1 columns" },
      { function() Archive.objects:create_from(posts:values("title"), { field = {} }) end, "field" },
      { function() Archive.objects:filter{ id = 1 }:create_from(posts:values("title")) end, "take CfArchive.objects" },
      { function() Code.objects:create_from(posts:values{ n = F"views" }) end, "its default is worked out once" },
      { function() Archive.objects:create_from(posts:filter{ id = ryx.OuterRef("pk") }:values("title")) end,
        "OuterRef" },
      { function() Archive.objects:create_from(posts:hint{ mysql = "JOIN_ORDER(a, b)" }:values("title")) end,
        "create_from after hint" },
    }
    for i, c in ipairs(cases) do
      local e = db.error_of(c[1])
      assert.truthy(tostring(e):find(c[2], 1, true), i .. ": " .. tostring(e))
    end
    assert.equal(0, Archive.objects:count())
  end)

  local function moved()
    return ryx.CTE("moved", posts:filter{ author = ben }, {
      delete = true, returning = { "title", "author", "views" },
    })
  end

  if db.needs "writes in WITH" then
    it("takes what a CTE has written", function()
      assert.equal(2, Archive.objects:create_from(moved():rows():values("title", "author", "views")))
      assert.equal("b d", titles())
      assert.equal("20 40", shop.list(Archive.objects:order_by("views"), "views"))
      assert.equal(3, posts:count())
      assert.equal(0, Archive.objects:create_from(moved():rows():values("title")))
      local new = ryx.CTE("new", authors, { bulk_create = { { name = "Dan" } }, returning = { "pk", "name" } })
      assert.equal(1, Archive.objects:create_from(new:rows():values{ title = F"name" }))
      assert.equal("Dan b d", titles())
    end)
  else
    it("takes nothing that a CTE has written", function()
      local e = db.error_of(function() Archive.objects:create_from(moved():rows():values("title")) end)
      assert.equal("unsupported", e.kind)
      assert.equal(5, posts:count())
    end)
  end
end)
