-- SPDX-License-Identifier: MIT
-- Meta.primary_key = { "post", "tag" }: a key of several fields, everywhere where there is a key.
local ryx = require "ryx"
local db = require "spec.support.db"

local F, Q, Exists, OuterRef, Count = ryx.F, ryx.Q, ryx.Exists, ryx.OuterRef, ryx.Count
local error_of = db.error_of

local Post = ryx.model("CkPost", { title = ryx.CharField{ max_length = 40 } })
local Tag = ryx.model("CkTag", { name = ryx.CharField{ max_length = 40 } })
local Link = ryx.model("CkLink", {
  post = ryx.ForeignKey("CkPost", { related_name = "links" }),
  tag = ryx.ForeignKey("CkTag", { related_name = "links" }),
  weight = ryx.IntField{ default = 0 },
  note = ryx.CharField{ max_length = 40, null = true },
  Meta = { primary_key = { "post", "tag" } },
})
-- Of other types, and with a second key.
local Price = ryx.model("CkPrice", {
  shop = ryx.CharField{ max_length = 20 },
  day = ryx.DateField(),
  amount = ryx.DecimalField{ max_digits = 10, decimal_places = 2 },
  code = ryx.CharField{ max_length = 20, unique = true, null = true },
  Meta = { primary_key = { "shop", "day", "amount" } },
})

-- Whose part refers to one object alone.
local Seat = ryx.model("CkSeat", {
  post = ryx.OneToOneField("CkPost", { related_name = "seat" }), row = ryx.IntField(),
  Meta = { primary_key = { "row", "post" }, ordering = { "-pk" } },
})

-- Rows in the way of a delete, and rows that go with one and are told.
local Hold = ryx.model("CkHold", {
  post = ryx.ForeignKey("CkPost", { related_name = "holds", on_delete = "PROTECT" }), row = ryx.IntField(),
  Meta = { primary_key = { "post", "row" } },
})
local Told = ryx.model("CkTold", {
  tag = ryx.ForeignKey("CkTag", { related_name = "told" }), row = ryx.IntField(),
  Meta = { primary_key = { "row", "tag" } },
})

local posts, tags

-- Links of every post with every tag; weight is 10 * post + tag by their numbers.
local function fill()
  Link.objects:delete_all()
  Post.objects:delete_all()
  Tag.objects:delete_all()
  posts, tags = {}, {}
  for i = 1, 3 do
    posts[i] = Post.objects:create{ title = "p" .. i }
    tags[i] = Tag.objects:create{ name = "t" .. i }
  end
  local list = {}
  for i, post in ipairs(posts) do
    for j, tag in ipairs(tags) do list[#list + 1] = Link{ post = post, tag = tag, weight = 10 * i + j } end
  end
  Link.objects:bulk_create(list)
end

local function key(i, j) return { posts[i].id, tags[j].id } end

local function weights(qs)
  local out = {}
  for i, link in ipairs(qs:all()) do out[i] = link.weight end
  return out
end

local function sorted(qs) return weights(qs:order_by("weight")) end

describe("a key of several fields", function()
  db.use(ryx, { Post, Tag, Link, Price, Seat, Hold, Told })
  before_each(fill)

  describe("of a model", function()
    local function refused(kind, text, fn)
      local e = error_of(fn)
      assert.equal(kind, e.kind)
      assert.truthy(tostring(e):find(text, 1, true), tostring(e))
    end

    it("has no id besides, and is one constraint of its table", function()
      assert.is_nil(Link._meta.paths.id)
      assert.is_nil(Link._meta.pk_field)
      assert.equal(2, #Link._meta.key_fields)
      local e = error_of(function() Link.objects:create{ post = posts[1], tag = tags[1] } end)
      assert.equal("unique_violation", e.kind)
      assert.same({ "post", "tag" }, e.fields)
    end)

    it("may name one field, which is the key then", function()
      local One = ryx.model("CkOne", { code = ryx.CharField{ max_length = 5 }, Meta = { primary_key = { "code" } } })
      assert.equal("code", One._meta.pk_field.name)
    end)

    it("names fields that are there, once, and that can be a key", function()
      local function model(names, more)
        return function()
          local def = { a = ryx.IntField(), b = ryx.IntField(), n = ryx.IntField{ null = true } }
          for k, v in pairs(more or {}) do def[k] = v end
          def.Meta = { primary_key = names }
          ryx.model("CkBad", def)
        end
      end
      refused("field_error", "CkBad has no field \"c\"", model{ "a", "c" })
      refused("misuse", "a is named twice", model{ "a", "a" })
      refused("misuse", "n may be NULL", model{ "a", "n" })
      refused("misuse", "names no field", model{})
      refused("misuse", "p says primary_key = true", model({ "a", "b" }, { p = ryx.IntField{ primary_key = true } }))
      refused("misuse", "p says primary_key = true", model({ "a", "p" }, { p = ryx.AutoField() }))
    end)

    it("cannot be referred to", function()
      local function refers(field)
        return function() ryx.model("CkRef", { link = field }) end
      end
      refused("misuse", "CkRef.link refers to CkLink", refers(ryx.ForeignKey("CkLink")))
      refused("misuse", "CkRef.link refers to CkLink", refers(ryx.OneToOneField(Link)))
      refused("misuse", "CkRef.link refers to CkLink", refers(ryx.ManyToManyField("CkLink")))
      refused("misuse", "CkOwn.to refers to CkOwn", function()
        ryx.model("CkOwn", {
          a = ryx.IntField(), b = ryx.IntField(), to = ryx.ForeignKey("self", { null = true }),
          Meta = { primary_key = { "a", "b" } },
        })
      end)
      refused("misuse", "CkMany.tags", function()
        ryx.model("CkMany", {
          a = ryx.IntField(), b = ryx.IntField(), tags = ryx.ManyToManyField("CkTag"),
          Meta = { primary_key = { "a", "b" } },
        })
      end)
      ryx.model("CkEarly", { late = ryx.ForeignKey("CkLate") })
      refused("misuse", "CkEarly.late refers to CkLate", function()
        ryx.model("CkLate", { a = ryx.IntField(), b = ryx.IntField(), Meta = { primary_key = { "a", "b" } } })
      end)
    end)

    it("may be of the model a many-to-many relation goes through", function()
      local Left = ryx.model("CkLeft", {
        n = ryx.IntField(), rights = ryx.ManyToManyField("CkRight", { through = "CkPair", related_name = "lefts" }),
      })
      local Right = ryx.model("CkRight", { n = ryx.IntField() })
      local Pair = ryx.model("CkPair", {
        left = ryx.ForeignKey("CkLeft"), right = ryx.ForeignKey("CkRight"),
        Meta = { primary_key = { "left", "right" } },
      })
      db.tables(ryx, { Left, Right, Pair })
      local a, b = Left.objects:create{ n = 1 }, Left.objects:create{ n = 2 }
      local x, y = Right.objects:create{ n = 1 }, Right.objects:create{ n = 2 }
      a.rights:add(x, y)
      a.rights:add(x)
      b.rights:add(y)
      assert.equal(3, Pair.objects:count())
      assert.equal(2, a.rights:count())
      a.rights:set{ y }
      assert.equal(2, Left.objects:filter{ rights = y }:order_by("-n"):first().n)
      local list = Left.objects:prefetch_related("rights"):order_by("n"):all()
      assert.equal(2, list[1].rights:all()[1].n)
      assert.equal(1, Right.objects:get{ n = 2 }.lefts:filter{ n = 1 }:count())
      a.rights:clear()
      assert.equal(1, Pair.objects:count())
      for _, model in ipairs{ Pair, Left, Right } do
        ryx.raw_execute("DROP TABLE " .. model._meta.table_name)
      end
    end)
  end)

  describe("of an instance", function()
    it("is a list, nil while a part is missing", function()
      local link = Link{ post = posts[1] }
      assert.is_nil(link.pk)
      link.tag = tags[2]
      assert.same(key(1, 2), link.pk)
      assert.same(key(3, 2), Link{ pk = key(3, 2) }.pk)
      link.pk = key(2, 3)
      assert.equal(posts[2].id, link.post_id)
      assert.truthy(error_of(function() link.pk = 5 end).message:find("a list of 2 values (post, tag)", 1, true))
    end)

    it("a part that is missing is an error of its field", function()
      local e = error_of(function() Link.objects:create{ post = posts[1] } end)
      assert.equal("validation", e.kind)
      assert.truthy(e.errors.tag)
      assert.is_nil(e.errors.post)
      e = error_of(function() Link.objects:bulk_create{ Link{ tag = tags[1] } } end)
      assert.equal("validation", e.kind)
      assert.truthy(e.errors.post)
    end)

    it("tells objects apart and is shown", function()
      local a, b = Link.objects:get{ pk = key(1, 2) }, Link.objects:get{ post = posts[1], tag = tags[2] }
      assert.is_true(a == b)
      assert.is_false(a == Link.objects:get{ pk = key(1, 3) })
      assert.is_false(Link() == Link())
      assert.equal(("<CkLink: pk=(%d, %d)>"):format(posts[1].id, tags[2].id), tostring(a))
      assert.same({ post_id = posts[1].id, tag_id = tags[2].id, weight = 12 }, a:to_table())
    end)

    it("is saved by its state", function()
      local link = Link.objects:get{ pk = key(1, 2) }
      link.weight = 99
      link:save()
      assert.equal(99, Link.objects:get{ pk = key(1, 2) }.weight)
      assert.equal(9, Link.objects:count())
      link.weight = F"weight" + 1
      link:save{ update_fields = { "weight" } }
      assert.equal(100, link.weight)
      link:delete()
      assert.equal(8, Link.objects:count())
      local new = Link{ pk = key(1, 2), weight = 7 }
      new:save()
      assert.equal(9, Link.objects:count())
      new.note = "kept"
      new:save()
      assert.equal("kept", Link.objects:get{ pk = key(1, 2) }.note)
      local worked = Link{ pk = { posts[1].id, Tag.objects:create{ name = "x" }.id }, weight = ryx.Value(1) + 1 }
      worked:save()
      assert.equal(2, worked.weight)
    end)

    it("says that its row is gone", function()
      local link = Link.objects:get{ pk = key(1, 2) }
      Link.objects:filter{ pk = key(1, 2) }:delete()
      link.weight = 1
      assert.equal("does_not_exist", error_of(function() link:save() end).kind)
      assert.equal("does_not_exist", error_of(function() link:refresh_from_db() end).kind)
    end)

    it("is read again", function()
      local link = Link.objects:get{ pk = key(2, 2) }
      Link.objects:filter{ pk = key(2, 2) }:update{ weight = 5, note = "n" }
      link:refresh_from_db{ "weight" }
      assert.equal(5, link.weight)
      assert.is_nil(link.note)
      link:refresh_from_db()
      assert.equal("n", link.note)
    end)

    it("cannot leave its row", function()
      local link = Link.objects:get{ pk = key(1, 1) }
      link.tag = tags[2]
      for _, method in ipairs{ "save", "delete", "refresh_from_db" } do
        local e = error_of(function() link[method](link) end)
        assert.equal("misuse", e.kind)
        assert.truthy(tostring(e):find("another key than its row", 1, true))
      end
      assert.equal("misuse", error_of(function() Link.objects:bulk_update({ link }, { "weight" }) end).kind)
      link.tag = tags[1]
      local function moved(object)
        local e = error_of(function() object:save() end)
        return e.kind == "misuse" and tostring(e):find("another key than its row", 1, true) ~= nil
      end
      local others = {
        Link.objects:get{ weight = 11 }, Link.objects:order_by("pk"):first(), Link.objects:all()[1],
        Link.objects:filter{ pk = key(1, 1) }:update({ note = "n" }, { returning = true })[1],
        Link.objects:raw("SELECT * FROM ck_links"):all()[1],
        Post.objects:prefetch_related("links"):first().links:all()[1],
        posts[1].links:first(), Link.objects:create{ post = posts[1], tag = Tag.objects:create{ name = "n" } },
        Link.objects:bulk_create{ Link{ post = posts[1], tag = Tag.objects:create{ name = "m" } } }[1],
      }
      Link.objects:each(function(streamed)
        others[#others + 1] = streamed
        return false
      end)
      for i, other in ipairs(others) do
        other.tag_id = -7
        assert.is_true(moved(other), "object " .. i)
      end
      link.weight = 3
      link:save()
      assert.equal(3, Link.objects:get{ pk = key(1, 1) }.weight)
      assert.equal(12, Link.objects:get{ pk = key(1, 2) }.weight)
    end)

    it("loads what was left out, for all rows of a result", function()
      local list = Link.objects:only("note"):order_by("weight"):all()
      assert.equal(11, list[1].weight)
      assert.equal(33, list[9].weight)
      assert.equal(posts[3].id, list[9].post_id)
      assert.equal("p3", list[9].post.title)
      assert.equal(22, Link.objects:defer("weight"):get{ pk = key(2, 2) }.weight)
    end)
  end)

  describe("in conditions", function()
    it("is a list of values or objects", function()
      assert.equal(23, Link.objects:get{ pk = key(2, 3) }.weight)
      assert.equal(23, Link.objects:get{ pk = { posts[2], tags[3] } }.weight)
      assert.equal(23, Link.objects:get{ pk = Link.objects:get{ pk = key(2, 3) } }.weight)
      assert.equal(0, Link.objects:filter{ pk = { posts[1].id, -1 } }:count())
      assert.is_true(Link.objects:filter{ pk = key(1, 1) }:exists())
      assert.equal(8, Link.objects:exclude{ pk = key(2, 3) }:count())
      assert.same({ 11, 33 }, sorted(Link.objects:filter(Q{ pk = key(1, 1) } + Q{ pk = key(3, 3) })))
      assert.equal(7, Link.objects:filter(-(Q{ pk = key(1, 1) } + Q("pk", key(3, 3)))):count())
      assert.same({ 11 }, sorted(Link.objects:filter{ pk = key(1, 1), weight = 11 }))
      assert.equal(0, Link.objects:filter{ pk = ryx.null }:count())
      assert.equal(9, Link.objects:filter{ pk__isnull = false }:count())
    end)

    it("is in a list of keys, of any length", function()
      for n = 0, 9 do
        local keys, expected = {}, {}
        for i = 1, n do
          local p, t = math.floor((i - 1) / 3) + 1, (i - 1) % 3 + 1
          keys[i], expected[i] = key(p, t), 10 * p + t
        end
        assert.same(expected, sorted(Link.objects:filter{ pk__in = keys }))
        assert.equal(9 - n, Link.objects:exclude{ pk__in = keys }:count())
      end
      local objects = Link.objects:filter{ weight__lte = 13 }:all()
      assert.equal(3, Link.objects:filter{ pk__in = objects }:count())
      local many = {}
      for i = 1, 2500 do many[i] = { -i, i } end
      many[2501] = key(2, 2)
      assert.same({ 22 }, sorted(Link.objects:filter{ pk__in = many }))
    end)

    it("is in the rows of a queryset", function()
      local some = Link.objects:filter{ weight__gt = 30 }
      assert.same({ 31, 32, 33 }, sorted(Link.objects:filter{ pk__in = some }))
      assert.same({ 33 }, sorted(Link.objects:filter{ pk__in = some:order_by("-weight"):limit(1) }))
      assert.same({ 31, 32, 33 }, sorted(Link.objects:filter{ pk__in = some:values("post", "tag") }))
      assert.equal(6, Link.objects:exclude{ pk__in = some }:count())
      local e = error_of(function() Link.objects:filter{ pk__in = some:values("post") }:all() end)
      assert.equal("misuse", e.kind)
      e = error_of(function() Link.objects:filter{ pk__in = Price.objects:values("shop", "day") }:all() end)
      assert.equal("field_error", e.kind)
      e = error_of(function() Post.objects:filter{ id__in = some }:all() end)
      assert.equal("unsupported", e.kind)
      assert.truthy(tostring(e):find("values(\"name\")", 1, true))
      assert.equal(1, Post.objects:filter{ id__in = some:values("post") }:count())
    end)

    it("is refused as what it is not", function()
      local function kind(fn) return error_of(fn).kind end
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = 5 }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = { 1 } }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = { 1, 2, 3 } }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = { 1, ryx.null } }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = posts[1] }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk__in = { 1, 2 } }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk__in = { { 1, 2 }, { 3 } } }:all() end))
      assert.equal("misuse", kind(function() Link.objects:filter{ pk = { F"weight", 1 } }:all() end))
      assert.equal("field_error", kind(function() Link.objects:filter{ pk__gt = key(1, 1) }:all() end))
      assert.equal("field_error", kind(function() Link.objects:filter{ pk__year = 5 }:all() end))
      for _, path in ipairs{ "pk__in", "id__in", "title__in" } do
        for _, list in ipairs{ { { 1, 2 } }, { { 1, 2 }, { 3, 4 } }, { 5, { 1, 2 } } } do
          assert.equal("misuse", kind(function() Post.objects:filter(path, list):all() end))
        end
      end
      assert.equal("misuse", kind(function() Post.objects:filter{ pk__in = Link.objects:all() }:all() end))
      assert.equal("unsupported", kind(function() Link.objects:filter{ weight = F"pk" }:all() end))
      assert.equal("unsupported", kind(function() Link.objects:annotate{ k = ryx.Lower("pk") }:all() end))
      assert.equal("unsupported", kind(function() Link.objects:values("pk"):all() end))
      assert.equal("unsupported", kind(function() Link.objects:values_list("pk", { flat = true }):all() end))
      assert.equal("unsupported", kind(function() Link.objects:aggregate{ n = ryx.Max("pk") } end))
      assert.equal("unsupported", kind(function() Link.objects:filter{ pk = key(1, 1) }:update{ pk = key(1, 2) } end))
      assert.equal("misuse", kind(function()
        Post.objects:filter(Exists(Link.objects:filter{ pk = OuterRef("id") })):all()
      end))
      assert.equal("unsupported", kind(function()
        Link.objects:filter(Exists(Post.objects:filter{ id = OuterRef("pk") })):all()
      end))
      assert.equal("unsupported", kind(function()
        local cte = ryx.CTE("walk", Link.objects, { recursive = function(within)
          return Link.objects:with(within, { on = { post = "post" } })
        end })
        return cte:rows():all()
      end))
    end)

    it("is reached through relations", function()
      assert.equal("p2", Post.objects:get{ links = Link.objects:get{ pk = key(2, 3) } }.title)
      assert.equal("p2", Post.objects:get{ links__pk = key(2, 3) }.title)
      assert.equal(2, Post.objects:filter{ links__pk__in = { key(2, 3), key(1, 1) } }:count())
      assert.equal(2, Post.objects:exclude{ links__pk = key(2, 3) }:count())
      assert.equal("p2", Post.objects:get{ links = key(2, 3) }.title)
      for _, keys in ipairs{ { key(2, 3), key(1, 1) }, Link.objects:filter{ weight__in = { 23, 11 } }:all() } do
        assert.equal(2, Post.objects:filter{ links__in = keys }:count())
        assert.equal(2, Post.objects:filter(Q("links__in", keys)):count())
        assert.equal(1, Post.objects:exclude{ links__in = keys }:count())
      end
      assert.equal(0, Post.objects:filter{ links__in = {} }:count())
      assert.equal(2, Post.objects:filter{ links__in = Link.objects:filter{ weight__in = { 23, 11 } } }:count())
      Link.objects:filter{ post = posts[3] }:delete()
      assert.equal("p3", Post.objects:get{ links__isnull = true }.title)
      assert.equal("p3", Post.objects:get{ links = ryx.null }.title)
      assert.equal(1, Post.objects:filter(-Exists(Link.objects:filter{ post = OuterRef("pk") })):count())
      local list = Post.objects:order_by("links__pk"):all()
      assert.equal(7, #list)
    end)
  end)

  describe("in what is read", function()
    it("orders by each of its fields", function()
      assert.same({ 11, 12, 13, 21, 22, 23, 31, 32, 33 }, weights(Link.objects:order_by("pk")))
      assert.same({ 33, 32, 31, 23, 22, 21, 13, 12, 11 }, weights(Link.objects:order_by("-pk")))
      assert.same({ 33, 32 }, weights(Link.objects:order_by("pk"):reverse():limit(2)))
      assert.equal(11, Link.objects:first().weight)
      assert.equal(33, Link.objects:last().weight)
      assert.equal(33, Link.objects:order_by("-pk"):first().weight)
      assert.same({ 12, 13 }, weights(Link.objects:order_by("pk"):slice(2, 3)))
    end)

    it("counts", function()
      assert.equal(9, Link.objects:aggregate{ n = Count("pk") }.n)
      local counted = Post.objects:annotate{ n = Count("links") }:order_by("title"):all()
      assert.equal(3, counted[1].n)
      assert.equal(3, Post.objects:annotate{ n = Count("links__pk") }:first().n)
      assert.equal(3, #Link.objects:values("post"):annotate{ n = Count("pk") }:all())
      assert.equal("unsupported", error_of(function()
        Post.objects:annotate{ n = Count("links", { distinct = true }) }:all()
      end).kind)
      assert.equal(9, Link.objects:distinct():count())
      assert.equal(9, #Link.objects:annotate{ n = Count("post__links") }:filter{ n = 3 }:all())
      local both = Post.objects:filter{ links__weight__gt = 0 }
        :annotate{ n = Count("links"), total = ryx.Sum("links__weight") }:order_by("title"):all()
      assert.equal(3, both[1].n)
      assert.equal(36, both[1].total)
      local grouped = Link.objects:filter{ post__links__weight__gt = 0 }:annotate{ n = Count("post__links") }:all()
      assert.equal(9, #grouped)
      assert.equal(3, grouped[1].n)
    end)

    it("comes by pages", function()
      for _, order in ipairs{ { "pk" }, { "-pk" }, { "-weight" }, { "post" }, {} } do
        local seen, after = {}, nil
        local all = weights(#order > 0 and Link.objects:order_by(order[1], "pk") or Link.objects:order_by("pk"))
        repeat
          local qs = #order > 0 and Link.objects:order_by(order[1]) or Link.objects
          local page = qs:paginate{ size = 2, after = after }
          for _, link in ipairs(page.rows) do seen[#seen + 1] = link.weight end
          after = page.next
        until not after
        assert.same(all, seen)
      end
      assert.equal(9, Link.objects:order_by("pk"):paginate{ size = 2, page = 1 }.total)
      Seat.objects:bulk_create{ Seat{ post = posts[1], row = 5 }, Seat{ post = posts[3], row = 4 } }
      for order, expected in pairs{
        seat = "p2p3p1", ["-seat"] = "p1p3p2", ["-seat__pk"] = "p1p3p2", ["links__post__seat"] = "p2p3p1",
      } do
        local titles, after = {}, nil
        local qs = Post.objects:order_by(order)
        if order:find("links") then qs = qs:filter{ links__tag = tags[1] } end
        repeat
          local page = qs:paginate{ size = 1, after = after }
          for _, post in ipairs(page.rows) do titles[#titles + 1] = post.title end
          after = page.next
        until not after
        assert.equal(expected, table.concat(titles), order)
      end
      assert.equal(5, Seat.objects:paginate{ size = 5 }.rows[1].row)
      Seat.objects:delete_all()
    end)

    it("finds objects of many keys", function()
      local found = Link.objects:in_bulk{ key(1, 1), key(3, 2), { -1, -1 } }
      assert.equal(11, found[key(1, 1)].weight)
      assert.equal(32, found[key(3, 2)].weight)
      assert.is_nil(found[key(2, 2)])
      local n = 0
      for k, link in pairs(found) do
        n = n + 1
        assert.same(k, link.pk)
      end
      assert.equal(2, n)
      assert.equal("misuse", error_of(function() Link.objects:in_bulk{ 1, 2 } end).kind)
    end)

    it("comes with relations, from both sides", function()
      local link = Link.objects:select_related("post", "tag"):get{ pk = key(2, 1) }
      assert.equal("p2t1", link.post.title .. link.tag.name)
      local list = Link.objects:prefetch_related("post"):order_by("pk"):all()
      assert.equal("p3", list[9].post.title)
      local with = Post.objects:prefetch_related("links"):order_by("title"):all()
      assert.equal(3, #with[2].links:all())
      assert.same({ 21, 22, 23 }, sorted(with[2].links))
      local two = ryx.Prefetch("links", { queryset = Link.objects:order_by("-pk"), limit = 2 })
      with = Post.objects:prefetch_related(two):order_by("title"):all()
      assert.same({ 13, 12 }, weights(with[1].links))
    end)

    it("is of what one object alone refers to", function()
      Seat.objects:delete_all()
      Seat.objects:create{ post = posts[2], row = 5 }
      Seat.objects:create{ post = posts[3], row = 7 }
      assert.equal(7, Seat.objects:first().row)
      local list = Post.objects:select_related("seat"):order_by("title"):all()
      assert.is_nil(list[1].seat)
      assert.equal(5, list[2].seat.row)
      list = Post.objects:prefetch_related("seat"):order_by("title"):all()
      assert.is_nil(list[1].seat)
      assert.equal(7, list[3].seat.row)
      local seat = Post.objects:select_related("seat"):get{ title = "p2" }.seat
      seat.row = 7
      assert.equal("misuse", error_of(function() seat:save() end).kind)
      assert.equal(5, posts[2].seat.row)
      assert.equal(1, Post.objects:filter{ seat__isnull = true }:count())
      assert.equal("p3", Post.objects:get{ seat__pk = { 7, posts[3] } }.title)
      assert.equal("p3", Post.objects:get{ seat = Seat.objects:get{ row = 7 } }.title)
      local seated = Post.objects:filter{ seat__isnull = false }:order_by("-seat")
      assert.same({ 7, 5 }, seated:values_list("seat__row", { flat = true }):all())
      Seat.objects:delete_all()
    end)

    it("streams, combines and is told apart", function()
      local n = 0
      for link in Link.objects:order_by("pk"):iter{ chunk = 2 } do
        n = n + 1
        assert.truthy(link.pk)
      end
      assert.equal(9, n)
      local union = Link.objects:filter{ post = posts[1] }:union(Link.objects:filter{ tag = tags[1] })
      assert.equal(5, union:count())
      local cte = ryx.CTE("heavy", Link.objects:filter{ weight__gt = 30 })
      assert.equal(3, cte:rows():count())
      assert.equal(3, #Link.objects:raw("SELECT * FROM ck_links WHERE weight > ?", { 30 }):all())
      local lacking = Link.objects:raw("SELECT post_id, weight FROM ck_links")
      assert.equal("misuse", error_of(function() lacking:all() end).kind)
    end)
  end)

  describe("in what is written", function()
    it("finds the rows of an update", function()
      assert.equal(1, Link.objects:filter{ pk = key(1, 1) }:update{ weight = 0 })
      assert.equal(2, Link.objects:filter{ pk__in = { key(1, 1), key(1, 2) } }:update{ weight = 5 })
      assert.equal(3, Link.objects:filter{ post__title = "p2" }:update{ weight = F"weight" + 100 })
      assert.equal(2, Link.objects:order_by("-weight"):limit(2):update{ note = "top" })
      assert.same({ 122, 123 }, sorted(Link.objects:filter{ note = "top" }))
      assert.equal(1, Link.objects:filter{ pk = key(3, 3) }:update{ tag = Tag.objects:create{ name = "new" } })
      assert.equal(1, Link.objects:filter{ post = posts[3], tag__name = "new" }:count())
      assert.equal(3, Link.objects:filter{ post__title = "p1" }:distinct():update{ note = "d" })
    end)

    it("finds the rows of a delete", function()
      assert.equal(2, Link.objects:order_by("-weight"):limit(2):delete())
      assert.equal(7, Link.objects:count())
      assert.equal(3, Link.objects:filter{ post__title = "p1" }:delete())
      assert.equal(1, Link.objects:filter{ tag__name = "t1" }:order_by("pk"):limit(1):delete())
      assert.same({ 22, 23, 31 }, sorted(Link.objects))
      assert.equal(1, Link.objects:filter{ pk = key(2, 2) }:delete())
      assert.equal(2, Link.objects:filter{ tag__links__weight__gt = 0 }:delete())
    end)

    it("comes back", function()
      local list = Link.objects:filter{ post = posts[1] }:update({ weight = 1 }, { returning = true })
      assert.equal(3, #list)
      assert.equal(1, list[1].weight)
      assert.truthy(list[1].pk)
      list = Link.objects:filter{ tag__name = "t1" }:delete{ returning = { "post", "weight" } }
      assert.equal(3, #list)
      assert.truthy(list[1].post)
      list = Link.objects:order_by("pk"):limit(1):delete{ returning = true }
      assert.equal(1, #list)
      assert.same(key(1, 2), list[1].pk)
    end)

    it("comes back where the server gives nothing back", function()
      db.without({ update_returning = true, delete_returning = true }, function()
        local list = Link.objects:filter{ post = posts[1] }:update({ weight = 1 }, { returning = true })
        assert.equal(3, #list)
        assert.equal(3, #Link.objects:filter{ post = posts[2] }:delete{ returning = true })
        assert.equal(6, Link.objects:count())
        local e = error_of(function()
          Link.objects:filter{ pk = key(1, 1) }:update({ tag = tags[2] }, { returning = true })
        end)
        assert.equal("unsupported", e.kind)
      end)
    end)

    it("is that of many rows", function()
      local list = Link.objects:order_by("pk"):all()
      for i, link in ipairs(list) do link.weight = i end
      assert.equal(9, Link.objects:bulk_update(list, { "weight" }))
      assert.same({ 1, 2, 3, 4, 5, 6, 7, 8, 9 }, weights(Link.objects:order_by("pk")))
      list[1].weight, list[2].weight = 100, 200
      assert.equal(2, Link.objects:bulk_update({ list[1], list[2] }, { "weight" }, { batch_size = 1 }))
      assert.equal("misuse", error_of(function() Link.objects:bulk_update(list, { "tag" }) end).kind)
      for _, some in ipairs{ { list[1], list[1] }, { Link{ pk = { 1, 1 } } } } do
        assert.equal("misuse", error_of(function() Link.objects:bulk_update(some, { "weight" }) end).kind)
      end
    end)

    it("is that of rows that are there", function()
      Link.objects:filter{ pk = key(2, 2) }:delete()
      local function both() return { Link{ pk = key(1, 1), weight = 1000 }, Link{ pk = key(2, 2), weight = 2000 } } end
      Link.objects:bulk_create(both(), { ignore_conflicts = true })
      assert.equal(11, Link.objects:get{ pk = key(1, 1) }.weight)
      assert.equal(2000, Link.objects:get{ pk = key(2, 2) }.weight)
      Link.objects:bulk_create(both(), { update_conflicts = true })
      assert.equal(1000, Link.objects:get{ pk = key(1, 1) }.weight)
      Link.objects:bulk_create({ Link{ pk = key(1, 1), weight = 5, note = "x" } },
        { update_conflicts = true, unique_fields = { "post", "tag" }, update_fields = { "note" } })
      local link = Link.objects:get{ pk = key(1, 1) }
      assert.equal(1000, link.weight)
      assert.equal("x", link.note)
      assert.equal("misuse", error_of(function()
        Link.objects:bulk_create({ Link{ post = posts[1] } }, { update_conflicts = true })
      end).kind)
      assert.equal(9, Link.objects:count())
    end)

    it("is got or created", function()
      local function given(object, created) return { object.weight, created } end
      local tag = Tag.objects:create{ name = "n" }
      local with = { weight = 7 }
      assert.same({ 11, false }, given(Link.objects:get_or_create{ post = posts[1], tag = tags[1], defaults = with }))
      assert.same({ 7, true }, given(Link.objects:get_or_create{ post = posts[1], tag = tag, defaults = with }))
      assert.same({ 7, false }, given(Link.objects:get_or_create{ pk = { posts[1].id, tag.id } }))
      local link, created = Link.objects:get_or_create{ pk = { posts[2].id, tag.id }, defaults = with }
      assert.is_true(created)
      assert.same({ posts[2].id, tag.id }, link.pk)
      with = { weight = 9 }
      assert.same({ 9, false }, given(Link.objects:update_or_create{ post = posts[1], tag = tag, defaults = with }))
      assert.equal(9, Link.objects:get{ post = posts[1], tag = tag }.weight)
      assert.same({ 9, true }, given(Link.objects:update_or_create{ pk = { posts[3].id, tag.id }, defaults = with }))
      assert.same({ 31, false }, given(posts[3].links:get_or_create{ tag = tags[1] }))
    end)

    it("is upserted", function()
      local function given(object, created) return { object.weight, created } end
      assert.same({ 5, false }, given(Link.objects:upsert{ post = posts[1], tag = tags[1], weight = 5 }))
      assert.equal(5, Link.objects:get{ pk = key(1, 1) }.weight)
      local tag = Tag.objects:create{ name = "n" }
      local values = { post = posts[1], tag = tag, weight = 5 }
      local more = { weight = F"weight" + 1 }
      assert.same({ 5, true }, given(Link.objects:upsert(values, { update_fields = more })))
      assert.same({ 6, false }, given(Link.objects:upsert(values,
        { update_fields = more, unique_fields = { "tag", "post" } })))
      assert.same({ 1, true }, given(Link.objects:upsert({ pk = { posts[2].id, tag.id }, weight = 1 },
        { update_where = { weight__gt = 0 } })))
      assert.same({ 1, false }, given(Link.objects:upsert({ pk = { posts[2].id, tag.id }, weight = 2 },
        { update_where = { weight__gt = 5 } })))
      assert.equal("misuse", error_of(function() Link.objects:upsert{ post = posts[1] } end).kind)
    end)

    it("is locked, copied and written from rows", function()
      ryx.transaction(function()
        assert.equal(11, Link.objects:for_update():get{ pk = key(1, 1) }.weight)
        assert.equal(3, #Link.objects:select_related("post"):filter{ post = posts[1] }:for_update():all())
      end)
      local rows, i = { { post_id = posts[1].id, tag_id = Tag.objects:create{ name = "c" }.id, weight = 4 } }, 0
      assert.equal(1, ryx.copy_from(Link, function()
        i = i + 1
        return rows[i]
      end))
      assert.equal(10, Link.objects:count())
      local tag = Tag.objects:create{ name = "d" }
      assert.equal(3, Link.objects:create_from(Post.objects:values("id", { t = ryx.Value(tag.id) }),
        { fields = { "post", "tag" } }))
      assert.equal(13, Link.objects:count())
    end)

    it("is of rows that a delete meets", function()
      Hold.objects:create{ post = posts[1], row = 5 }
      local e = error_of(function() posts[1]:delete() end)
      assert.equal("protected", e.kind)
      assert.truthy(tostring(e):find(("(%d, 5)"):format(posts[1].id), 1, true), tostring(e))
      assert.same({ { posts[1].id, 5 } }, e.blockers[1].keys)
      Hold.objects:delete_all()

      local gone = {}
      function Told:before_delete() gone[#gone + 1] = self.row end
      Told.objects:bulk_create{
        Told{ tag = tags[1], row = 1 }, Told{ tag = tags[1], row = 2 }, Told{ tag = tags[2], row = 3 },
      }
      tags[1]:delete()
      table.sort(gone)
      assert.same({ 1, 2 }, gone)
      assert.equal(3, Told.objects:get().row)
      assert.equal(1, Told.objects:bulk_delete(Told.objects:all()))
    end)

    it("is the children's of an object", function()
      local tag = Tag.objects:create{ name = "n" }
      assert.equal(4, #posts[1].links:create{ tag = tag } and posts[1].links:count())
      posts[1].links:bulk_create{ Link{ tag = Tag.objects:create{ name = "m" } } }
      assert.equal(5, posts[1].links:count())
      local e = error_of(function() posts[1].links:add(Link.objects:get{ pk = key(2, 2) }) end)
      assert.equal("misuse", e.kind)
      assert.truthy(tostring(e):find("of the key", 1, true))
      posts[1]:delete()
      assert.equal(6, Link.objects:count())
    end)
  end)

  describe("of other types", function()
    before_each(function() Price.objects:delete_all() end)

    it("goes all the ways", function()
      Price.objects:create{ shop = "a", day = "2024-01-01", amount = "1.50" }
      Price.objects:bulk_create{
        Price{ shop = "a", day = ryx.date("2024-01-02"), amount = "2", code = "x" },
        Price{ shop = "b", day = ryx.date("2024-01-02"), amount = "2.00", code = "y" },
      }
      local pk = { "a", "2024-01-01", "1.5" }
      local price = Price.objects:get{ pk = pk }
      assert.equal("1.50", tostring(price.amount))
      local other = { "b", ryx.date("2024-01-02"), ryx.decimal("2") }
      assert.equal(2, Price.objects:filter{ pk__in = { pk, other } }:count())
      price.code = "z"
      price:save()
      assert.equal(1, Price.objects:bulk_update({ price }, { "code" }))
      price:refresh_from_db()
      assert.equal("z", price.code)
      assert.equal(price, Price.objects:in_bulk{ pk }[price.pk])
      local made, created = Price.objects:upsert({ shop = "b", day = "2024-01-02", amount = "2", code = "w" })
      assert.is_false(created)
      assert.equal("w", made.code)
      made, created = Price.objects:upsert({ shop = "c", day = "2024-01-02", amount = "2", code = "w" },
        { unique_fields = { "code" } })
      assert.is_false(created)
      assert.equal("b", made.shop)
      assert.equal(1, Price.objects:order_by("-pk"):limit(1):delete())
      price:delete()
      assert.equal(1, Price.objects:count())
      local page = Price.objects:order_by("-pk"):paginate{ size = 1 }
      assert.is_nil(page.next)
    end)

    it("is grouped when all its fields are, and the groups are ordered by any of the row", function()
      local groups = Price.objects:values("shop", "day", "amount"):annotate{ n = ryx.Count("code") }
      assert.equal(Price.objects:count(), #groups:order_by("code", "-n"):all())
      local shops = Price.objects:values("shop"):annotate{ n = ryx.Count() }
      assert.equal("misuse", db.error_of(function() shops:order_by("code"):all() end).kind)
    end)
  end)
end)
