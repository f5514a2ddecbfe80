-- SPDX-License-Identifier: MIT
-- update: expressions, conditions over relations, order and limit, NULL, JSON,
-- decimals, and what does not fit a column.
local ryx = require "ryx"
local db = require "support.db"
local F, Q, Case, When, Value = ryx.F, ryx.Q, ryx.Case, ryx.When, ryx.Value

local Author = ryx.model("UpdAuthor", {
  name = ryx.CharField{ max_length = 30 },
  score = ryx.IntField{ default = 0 },
  born = ryx.DateField{ null = true },
})
local Tag = ryx.model("UpdTag", { name = ryx.CharField{ max_length = 20, unique = true } })
local Post = ryx.model("UpdPost", {
  title = ryx.CharField{ max_length = 30 },
  note = ryx.TextField{ null = true },
  views = ryx.IntField{ default = 0, db_column = "view_count" },
  small = ryx.SmallIntField{ null = true },
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2, default = "1.00" },
  ratio = ryx.FloatField{ null = true },
  flag = ryx.BooleanField{ default = false },
  meta = ryx.JSONField{ null = true },
  made = ryx.DateTimeField{ null = true },
  day = ryx.DateField{ null = true },
  span = ryx.DurationField{ null = true },
  code = ryx.UUIDField{ null = true },
  author = ryx.ForeignKey(Author, { on_delete = "CASCADE", null = true, related_name = "posts" }),
  parent = ryx.ForeignKey("self", { null = true, related_name = "kids" }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
})
local objects = Post.objects

local function views(qs)
  return (qs or objects):order_by("id"):values_list("views", { flat = true }):all()
end

describe("update", function()
  db.use(ryx, { Author, Tag, Post })
  local ann, bob, one, two, three
  before_each(function()
    for _, m in ipairs{ Post, Author, Tag } do m.objects:delete_all() end
    ann = Author.objects:create{ name = "Ann", score = 7, born = "1990-02-01" }
    bob = Author.objects:create{ name = "Bob", score = 9 }
    one = objects:create{ title = "one", views = 10, author = ann, price = "1.50", ratio = 0.5 }
    two = objects:create{ title = "two", views = 20, author = ann, price = "2.25", note = "n" }
    three = objects:create{ title = "three", views = 30, author = bob, price = "10.10", ratio = 2 }
  end)

  local function read(name, post)
    return objects:get{ id = (post or one).id }[name]
  end

  describe("by expressions", function()
    it("calculates with the old row", function()
      assert.equal(3, objects:update_all{ views = F"views" * 2 + 1 })
      assert.same({ 21, 41, 61 }, views())
      assert.equal(2, objects:filter{ views__gt = 30 }:update{ views = F"views" - F"id" + F"id" })
    end)

    it("takes texts that are no numbers beside a list of groups", function()
      local groups = objects:values("author"):annotate{ n = ryx.Count() }:filter{ n__gte = 2 }:values("author")
      local qs = objects:filter{ author__name__icontains = "n", parent__isnull = true, author__in = groups }
      one.tags:add(Tag.objects:create{ name = "Red" })
      assert.equal(2, qs:update{ small = 1 })
      assert.equal(1, qs:filter{ tags__name__icontains = "RED" }:update{ small = 2 })
      assert.equal(1, qs:filter{ tags__name__istartswith = "re" }:update{ small = 3 })
      assert.equal(1, qs:filter{ tags__name__iexact = "red" }:update{ small = 3 })
    end)

    it("gives the old row to what reads other tables by a key that becomes NULL", function()
      local name = Author.objects:filter{ id = ryx.OuterRef("author_id") }:values("name")
      local kids = Author.objects:filter{ id = ryx.OuterRef("author_id") }
      objects:update_all{ author = ryx.null, title = F"author__name", views = F"author__score" * 2,
        note = ryx.Subquery(name), flag = ryx.Exists(kids) }
      assert.same({ "Ann", "Ann", "Bob" }, objects:order_by("id"):values_list("title", { flat = true }):all())
      assert.same({ "Ann", "Ann", "Bob" }, objects:order_by("id"):values_list("note", { flat = true }):all())
      assert.same({ 14, 14, 18 }, views())
      assert.equal(3, objects:filter{ flag = true, author__isnull = true }:count())
    end)

    it("gives every assignment the old row", function()
      objects:filter{ id = one.id }:update{ views = F"views" + 1, small = F"views", note = F"title", title = "new" }
      local p = objects:get{ id = one.id }
      assert.same({ 11, 10, "one", "new" }, { p.views, p.small, p.note, p.title })
    end)

    it("swaps two columns", function()
      objects:filter{ id = two.id }:update{ note = F"title", title = F"note" }
      assert.same({ "n", "two" }, { read("title", two), read("note", two) })
    end)

    it("takes functions, Case and plain values together", function()
      objects:update_all{
        title = ryx.Upper("title"), note = F"title" .. "-" .. F"views",
        views = Case{ When({ views__gte = 20 }, F"views" + 100), default = 0 },
      }
      assert.same({ "ONE", "one-10" }, { read("title"), read("note") })
      assert.same({ 0, 120, 130 }, views())
    end)

    it("takes a Case of values alone in the column's type", function()
      objects:update_all{
        price = Case{ When({ views = 10 }, "3.5"), default = "4" },
        made = Case{ When({ views = 10 }, "2024-01-02T03:04:05") },
        ratio = Case{ When({ views = 10 }, 1), default = 2 },
        code = Case{ When(Q{ views = 10 }, "123e4567-e89b-12d3-a456-426614174000"), default = ryx.null },
      }
      assert.equal("3.50", tostring(read "price"))
      assert.equal("4.00", tostring(read("price", two)))
      assert.equal("2024-01-02T03:04:05", tostring(read "made"))
      assert.is_nil(read("made", two))
      assert.equal("123e4567-e89b-12d3-a456-426614174000", read "code")
      assert.equal(1, read "ratio")
      assert.equal(1, objects:filter{ price = "3.50" }:count())
      assert.equal(1, objects:filter{ made__gt = "2024-01-01" }:count())
    end)

    it("takes F over a relation", function()
      objects:update_all{ views = F"author__score", note = F"author__name" .. "!" }
      assert.same({ 7, 7, 9 }, views())
      objects:filter{ id = two.id }:update{ author = ryx.null }
      objects:update_all{ views = ryx.Coalesce("author__score", 0) + 1, title = F"author__name" .. "?" }
      assert.same({ 8, 1, 10 }, views())
      assert.same({ "Ann?", "?" }, { read "title", read("title", two) })
      objects:filter{ id = two.id }:update{ author = ann }
      objects:update_all{ views = F"author__score" }
      assert.equal("Ann!", read "note")
      objects:filter{ id = one.id }:update{ author = ryx.null }
      objects:filter{ id = one.id }:update{ small = F"author__score" }
      assert.is_nil(read "small")
      assert.equal("not_null_violation",
        db.error_of(function() objects:filter{ id = one.id }:update{ views = F"author__score" } end).kind)
    end)

    it("reads other rows of its table as they were", function()
      objects:filter{ id = two.id }:update{ parent = one }
      objects:filter{ id = three.id }:update{ parent = two }
      objects:update_all{ small = ryx.Coalesce("parent__views", 0), views = ryx.Coalesce("parent__views", 0) + F"views" }
      assert.same({ 10, 30, 50 }, views())
      assert.equal(20, read("small", three))
      local above = objects:filter{ id = ryx.OuterRef("parent") }:values("views")
      objects:update_all{ views = ryx.Coalesce(ryx.Subquery(above), -1) }
      assert.same({ -1, 10, 30 }, views())
      assert.same({ { id = two.id, views = -1 } }, objects:filter{ id = two.id }
        :update({ views = F"parent__views" }, { returning = { "id", "views" } }))
    end)

    it("makes the branches of a Case one type", function()
      objects:update_all{ price = Case{ When({ views = 10 }, F"views"), default = F"price" } }
      assert.same({ "10.00", "2.25" }, { tostring(read "price"), tostring(read("price", two)) })
      assert.equal(1, objects:filter{ price = "10" }:count())
      objects:update_all{ ratio = Case{ When({ views = 10 }, F"views"), default = F"ratio" } }
      assert.equal(10, read "ratio")
    end)

    it("takes sub-queries", function()
      Author.objects:update_all{
        score = ryx.Subquery(objects:filter{ author = ryx.OuterRef("pk") }:order_by("-views"):values("views"):limit(1)),
      }
      assert.same({ 20, 30 }, Author.objects:order_by("id"):values_list("score", { flat = true }):all())
      objects:update_all{ views = ryx.Subquery(objects:order_by("-views"):values("views"):limit(1)) }
      assert.same({ 30, 30, 30 }, views())
      objects:update_all{ author = ryx.Subquery(Author.objects:order_by("-id")) } -- the first of them
      assert.equal(3, bob.posts:count())
      objects:exclude{ id = three.id }:update{ author = ann }
      objects:update_all{ flag = ryx.Exists(Author.objects:filter{ id = ryx.OuterRef("author"), name = "Ann" }) }
      assert.equal(2, objects:filter{ flag = true }:count())
    end)

    it("takes aggregates over relations, each by itself", function()
      one.tags:add(Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" })
      Author.objects:update_all{ score = ryx.Count("posts") * 10 + ryx.Count("posts__tags") }
      assert.same({ 22, 10 }, Author.objects:order_by("id"):values_list("score", { flat = true }):all())
      Author.objects:update_all{ score = ryx.Max("posts__views", { filter = Q{ posts__views__lt = 20 }, default = 1 }) }
      assert.same({ 10, 1 }, Author.objects:order_by("id"):values_list("score", { flat = true }):all())
      objects:update_all{ small = ryx.Count("author__posts") }
      assert.same({ 2, 2, 1 }, objects:order_by("id"):values_list("small", { flat = true }):all())
      assert.equal(1, Author.objects:annotate{ n = ryx.Count("posts") }:filter{ n = 2 }:update{ score = F"n" + 5 })
      assert.equal(7, Author.objects:get{ id = ann.id }.score)
    end)

    it("takes conditions as booleans", function()
      objects:update_all{ flag = Q{ views__gt = 15 } }
      assert.same({ false, true, true }, objects:order_by("id"):values_list("flag", { flat = true }):all())
      objects:update_all{ flag = F"views":lt(15) }
      assert.is_true(read "flag")
    end)

    it("takes moments and spans", function()
      objects:update_all{ made = ryx.datetime("2024-01-31T12:00:00"), day = F"author__born", span = ryx.duration{ hours = 2 } }
      objects:update_all{ made = F"made" + F"span", span = F"span" * 2 }
      assert.equal("2024-01-31T14:00:00", tostring(read "made"))
      assert.equal("1990-02-01", tostring(read "day"))
      assert.is_true(read "span" == ryx.duration{ hours = 4 })
      objects:filter{ id = one.id }:update{ made = F"day" }
      assert.equal("1990-02-01T00:00:00", tostring(read "made"))
      assert.equal(1, objects:filter{ made__lt = "2000-01-01" }:count())
      objects:filter{ id = two.id }:update{ made = ryx.Now() }
      assert.is_true(read("made", two) > ryx.datetime("2024-06-01"))
    end)
  end)

  describe("of numbers", function()
    it("keeps the places of decimals", function()
      objects:update_all{ price = F"price" * F"price" }
      assert.same({ "2.25", "5.06", "102.01" }, objects:order_by("id"):annotate{ t = ryx.Cast("price", "text") }
        :values_list("t", { flat = true }):all())
      objects:filter{ id = one.id }:update{ price = F"price" / 3 }
      assert.equal("0.75", tostring(read "price"))
      objects:filter{ id = one.id }:update{ price = F"views" }
      assert.equal("10.00", tostring(read "price"))
      assert.equal(1, objects:filter{ price = "10" }:count())
      objects:filter{ id = one.id }:update{ price = F"price" * ryx.decimal("1.005") }
      assert.equal("10.05", tostring(read "price"))
    end)

    it("refuses a float for an int and a decimal, and says what to write", function()
      for _, values in ipairs{
        { views = F"ratio" }, { views = F"views" / 2 }, { price = F"ratio" }, { views = F"price" },
        { price = F"price" * 1.5 }, { small = F"price" * F"ratio" },
      } do
        local e = db.error_of(function() objects:filter{ id = one.id }:update(values) end)
        assert.equal("field_error", e.kind)
        assert.truthy(e.message:find("Cast", 1, true))
      end
      objects:filter{ id = one.id }:update{ views = ryx.Cast(F"views" / 4, "int"), price = ryx.Cast(F"ratio", "decimal(8, 2)") }
      assert.equal(2, read "views")
      assert.equal("0.50", tostring(read "price"))
      objects:filter{ id = one.id }:update{ views = ryx.IntDiv(F"views" * 7, 2) }
      assert.equal(7, read "views")
    end)

    it("makes doubles of ints and decimals, ints of booleans", function()
      objects:update_all{ ratio = F"views" }
      assert.equal(10, read "ratio")
      objects:update_all{ ratio = F"price", small = F"flag" }
      assert.equal(1.5, read "ratio")
      assert.equal(0, read "small")
      objects:update_all{ ratio = F"price" * 2, views = Q{ views = 10 } }
      assert.equal(3, read "ratio")
      assert.same({ 1, 0, 0 }, views())
    end)

    it("out of the column's range is an error and changes nothing", function()
      for _, values in ipairs{
        { small = F"views" * 10000 }, { views = F"views" * 1000000000 }, { price = F"price" * 1000000 },
      } do
        local e = db.error_of(function() objects:update_all(values) end)
        assert.is_true(e:is(ryx.DatabaseError) or e:is(ryx.ValidationError))
        assert.same({ 10, 20, 30 }, views())
      end
    end)

    it("too long for a text column is an error", function()
      local e = db.error_of(function() objects:update_all{ title = F"title" .. ("x"):rep(30) } end)
      assert.is_true(e:is(ryx.DatabaseError) or e:is(ryx.ValidationError))
      assert.equal("one", read "title")
    end)

    it("text takes no number by itself", function()
      local e = db.error_of(function() objects:update_all{ title = F"views" } end)
      assert.equal("field_error", e.kind)
      objects:update_all{ title = ryx.Cast("views", "text") }
      assert.equal("10", read "title")
      objects:filter{ id = one.id }:update{ code = "123e4567-e89b-12d3-a456-426614174000" }
      objects:filter{ id = one.id }:update{ note = F"code" }
      assert.equal("123e4567-e89b-12d3-a456-426614174000", read "note")
    end)
  end)

  describe("of documents and NULL", function()
    it("writes JSON whole, by path and by function", function()
      objects:update_all{ meta = { a = { 1, 2 }, b = "x" } }
      assert.same({ 1, 2 }, { read("meta").a[1], read("meta").a[2] })
      objects:filter{ id = one.id }:update{ meta = F"meta":at("a") }
      assert.equal(2, read("meta")[2])
      objects:filter{ id = two.id }:update{ meta = ryx.JSONObject("t", "title", "n", "views") }
      assert.same({ "two", 20 }, { read("meta", two).t, read("meta", two).n })
      objects:filter{ id = two.id }:update{ meta = "text" }
      assert.equal("text", read("meta", two))
      objects:filter{ id = two.id }:update{ meta = ryx.null }
      assert.is_nil(read("meta", two))
      assert.equal(1, objects:filter{ meta__isnull = true }:count())
    end)

    it("writes NULL as a value and out of expressions", function()
      objects:update_all{ note = ryx.null, ratio = Value(ryx.null), small = Case{ When({ views = 10 }, 1) } }
      assert.same({ 1 }, { read "small", read "note", read "ratio" })
      assert.is_nil(read("small", two))
      objects:update_all{ note = F"note" .. "x", small = F"small" + 1 }
      assert.equal("x", read "note")
      assert.is_nil(read("small", two))
      assert.equal("not_null_violation", db.error_of(function() objects:update_all{ title = ryx.null } end).kind)
    end)

    it("writes relations by object, key and expression", function()
      assert.equal(2, objects:filter{ author = ann }:update{ author = bob })
      assert.equal(3, objects:filter{ author_id = bob.id }:update{ author_id = ann.id })
      objects:update_all{ author = ryx.Subquery(Author.objects:filter{ name = "Bob" }) }
      assert.equal(3, bob.posts:count())
      objects:filter{ id = one.id }:update{ author = F"author" }
      objects:filter{ id = one.id }:update{ author = ryx.null }
      assert.is_nil(read "author_id")
    end)
  end)

  describe("of some rows", function()
    it("filters over relations", function()
      assert.equal(2, objects:filter{ author__name = "Ann" }:update{ views = 1 })
      assert.equal(1, objects:exclude{ author__name = "Ann" }:update{ views = F"views" + 1 })
      assert.same({ 1, 1, 31 }, views())
      local lua, c = Tag.objects:create{ name = "lua" }, Tag.objects:create{ name = "c" }
      one.tags:add(lua, c)
      two.tags:add(lua)
      assert.equal(2, objects:filter{ tags__name__in = { "lua", "c" } }:update{ views = F"views" + 1 })
      assert.same({ 2, 2, 31 }, views())
      assert.equal(1, objects:filter{ tags__isnull = true }:update{ views = 0 })
      assert.equal(1, Author.objects:filter{ posts__views = 0 }:update{ score = F"score" + 1 })
    end)

    it("filters by annotations and aggregates", function()
      assert.equal(1, Author.objects:annotate{ n = ryx.Count("posts") }:filter{ n = 2 }:update{ score = 2 })
      assert.equal(1, objects:annotate{ twice = F"views" * 2 }:filter{ twice = 60 }:update{ views = F"twice" + 1 })
      assert.same({ 10, 20, 61 }, views())
    end)

    it("honours order, limit, offset and slices", function()
      assert.equal(2, objects:order_by("-views"):limit(2):update{ views = F"views" + 1 })
      assert.same({ 10, 21, 31 }, views())
      assert.equal(1, objects:order_by("views"):offset(2):update{ views = 0 })
      assert.equal(1, objects:order_by("views"):slice(2, 2):update{ views = 5 })
      assert.same({ 5, 21, 0 }, views())
      assert.equal(0, objects:limit(0):update{ views = 9 })
      assert.equal(1, objects:order_by("-author__name", "id"):limit(1):update{ views = 77 })
      assert.equal(77, read("views", three))
    end)

    it("counts rows, not joins, where rows are distinct", function()
      for _, name in ipairs{ "a", "b", "c" } do one.tags:add(Tag.objects:create{ name = name }) end
      two.tags:add(Tag.objects:get{ name = "c" })
      local tagged = objects:filter{ tags__name__in = { "a", "b", "c" } }:distinct():order_by("views")
      assert.equal(2, tagged:limit(2):update{ note = "t" })
      assert.equal(2, objects:filter{ note = "t" }:count())
      assert.equal(2, objects:distinct("author"):order_by("author", "views"):update_all{ note = "first" })
      assert.same({ "one", "three" }, objects:filter{ note = "first" }:order_by("id")
        :values_list("title", { flat = true }):all())
    end)

    it("in a list of querysets", function()
      assert.equal(2, objects:filter{ author__in = Author.objects:filter{ name = "Ann" } }:update{ views = 3 })
      assert.equal(1, objects:filter(ryx.Exists(Author.objects:filter{ id = ryx.OuterRef("author"), score = 9 }))
        :update{ views = 4 })
      assert.equal(2, objects:filter{ id__in = objects:filter{ views = 3 } }:update{ views = 5 })
      assert.same({ 5, 5, 4 }, views())
    end)
  end)

  -- With the server's own way, then as on a server without it.
  for what, lacks in pairs{ ["returning rows"] = {}, ["returning rows without RETURNING"] = { update_returning = true } } do
    describe(what, function()
      local function returning(qs, values, names)
        local list
        db.without(lacks, function() list = qs:update(values, { returning = names }) end)
        if names == true then table.sort(list, function(a, b) return a.id < b.id end) end
        if list[1] and list[1].id then table.sort(list, function(a, b) return a.id < b.id end) end
        return list
      end

      it("gives tables of the fields named, as they are afterwards", function()
        assert.same({ { id = one.id, views = 11, note = "x" }, { id = two.id, views = 21, note = "x" } },
          returning(objects:filter{ views__lt = 30 }, { views = F"views" + 1, note = "x" }, { "id", "views", "note" }))
        assert.same({ { id = three.id } }, returning(objects:filter{ id = three.id }, { note = ryx.null }, { "id", "note" }))
        assert.same({}, returning(objects:filter{ views = 99 }, { views = 1 }, { "id" }))
      end)

      it("gives whole instances that can be saved", function()
        local list = returning(objects:filter{ author__name = "Ann" }, { price = F"price" * 2 }, true)
        assert.same({ "one", "two" }, { list[1].title, list[2].title })
        assert.equal("3.00", tostring(list[1].price))
        assert.equal("Ann", list[1].author.name)
        list[1].title = "saved"
        list[1]:save()
        assert.equal("saved", read "title")
      end)

      it("honours order and limit, and what the update makes untrue", function()
        local list = returning(objects:filter{ views__gt = 5 }:order_by("-views"):limit(2), { views = 0 }, { "id", "views" })
        assert.same({ { id = two.id, views = 0 }, { id = three.id, views = 0 } }, list)
        assert.same({ 10, 0, 0 }, views())
        list = returning(objects:annotate{ t = F"views" * 2 }:filter{ t = 20 }, { views = F"t" }, { "author", "pk" })
        assert.same({ { author = ann.id, pk = one.id } }, list)
      end)

      it("joins the running transaction", function()
        pcall(ryx.transaction, function()
          assert.equal(1, #returning(objects:filter{ id = one.id }, { views = 99 }, { "views" }))
          error("no")
        end)
        assert.equal(10, read "views")
        ryx.transaction(function(tx)
          assert.equal(1, #returning(objects:using(tx):filter{ id = one.id }, { views = 98 }, true))
        end)
        assert.equal(98, read "views")
      end)
    end)
  end

  it("refuses what returning cannot be", function()
    local some = objects:filter{ id = one.id }
    for _, options in ipairs{ { returning = "id" }, { returning = {} }, { returning = { "id", "id" } }, { return_ = 1 }, 5 } do
      assert.equal("misuse", db.error_of(some.update, some, { views = 1 }, options).kind)
      assert.equal("misuse", db.error_of(some.delete, some, options).kind)
    end
    for _, name in ipairs{ "idd", "author__name", "tags" } do
      assert.equal("field_error", db.error_of(some.update, some, { views = 1 }, { returning = { name } }).kind)
    end
    assert.same({}, objects:none():update({ views = 1 }, { returning = true }))
    assert.same({ 10, 20, 30 }, views())
  end)

  it("plans once and takes new values each time", function()
    local function bump(n) objects:filter{ id = one.id }:update{ views = F"views" + n, note = "v" .. n } end
    bump(1)
    bump(2)
    assert.same({ 13, "v2" }, { read "views", read "note" })
  end)

  it("raises one clear error for what makes no sense", function()
    local some = objects:filter{ id = one.id }
    local function message(values)
      return tostring(db.error_of(some.update, some, values))
    end
    assert.truthy(message{ views = F"veiws" }:find('did you mean "views"', 1, true))
    assert.truthy(message{ vews = F"views" }:find('did you mean "views"', 1, true))
    assert.truthy(message{ author__name = "x" }:find("not a field of its table", 1, true))
    assert.truthy(message{ tags = 1 }:find("tags", 1, true))
    assert.truthy(message{ views = ryx.Count("id") }:find("over a relation", 1, true))
    assert.truthy(message{ views = F"tags__id" }:find("leads to many", 1, true))
    assert.truthy(message{ views = ryx.New"views" }:find("update_fields", 1, true))
    assert.truthy(message{ views = ryx.OuterRef("id") }:find("OuterRef", 1, true))
    assert.truthy(message{ views = F"views":desc() }:find("order_by", 1, true))
    assert.truthy(message{ views = ryx.Window(ryx.RowNumber(), { order_by = "id" }) }:find("indow", 1, true))
    assert.truthy(message{ views = print }:find("function", 1, true))
    assert.truthy(message{ views = {} }:find("views", 1, true))
    assert.truthy(message{ views = { 1, 2 } }:find("views takes one value and cannot be set to a list", 1, true))
    assert.truthy(tostring(db.error_of(function() objects:values("id"):filter{ id = 1 }:update{ views = 1 } end))
      :find("values()", 1, true))
  end)
end)
