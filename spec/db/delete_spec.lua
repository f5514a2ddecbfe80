-- SPDX-License-Identifier: MIT
-- delete: of the rows that conditions, order and limit choose, and what it gives back.
local ryx = require "ryx"
local db = require "support.db"
local F = ryx.F

local Author = ryx.model("DelAuthor", { name = ryx.CharField{ max_length = 30 } })
local Tag = ryx.model("DelTag", { name = ryx.CharField{ max_length = 20 } })
local Post = ryx.model("DelPost", {
  title = ryx.CharField{ max_length = 30 },
  views = ryx.IntField{ default = 0 },
  note = ryx.TextField{ null = true },
  author = ryx.ForeignKey(Author, { on_delete = "CASCADE", null = true, related_name = "posts" }),
  tags = ryx.ManyToManyField(Tag, { related_name = "posts" }),
})
local Owner = ryx.model("DelOwner", { name = ryx.CharField{ max_length = 30 } })
local Node = ryx.model("DelNode", {
  size = ryx.IntField{},
  owner = ryx.ForeignKey(Owner, { related_name = "nodes" }),
  parent = ryx.ForeignKey("self", { null = true, related_name = "children" }),
})
local objects = Post.objects

local function titles()
  return objects:order_by("id"):values_list("title", { flat = true }):all()
end

describe("delete", function()
  db.use(ryx, { Author, Tag, Post })
  local ann, one, two, three
  before_each(function()
    for _, m in ipairs{ Post, Author, Tag } do m.objects:delete_all() end
    ann = Author.objects:create{ name = "Ann" }
    local bob = Author.objects:create{ name = "Bob" }
    one = objects:create{ title = "one", views = 10, author = ann }
    two = objects:create{ title = "two", views = 20, author = ann, note = "n" }
    three = objects:create{ title = "three", views = 30, author = bob }
  end)

  it("counts what matched", function()
    assert.equal(2, objects:filter{ views__gt = 10 }:delete())
    assert.equal(0, objects:filter{ views__gt = 10 }:delete())
    assert.equal(1, objects:delete_all())
  end)

  it("filters by expressions, relations, annotations and sub-queries", function()
    assert.equal(1, objects:filter{ title = F"author__name" }:count() + objects:filter{ author__name = "Bob" }:delete())
    assert.equal(1, objects:annotate{ t = F"views" * 2 }:filter{ t = 40 }:delete())
    assert.same({ "one" }, titles())
    one.tags:add(Tag.objects:create{ name = "a" }, Tag.objects:create{ name = "b" })
    assert.equal(1, objects:filter{ tags__name__in = { "a", "b" } }:delete())
    assert.equal(1, Author.objects:filter{ posts__isnull = true, name = "Ann" }:delete())
    assert.equal(1, Author.objects:annotate{ n = ryx.Count("posts") }:filter{ n = 0 }:delete())
  end)

  it("honours order, limit, offset and distinct", function()
    assert.equal(1, objects:order_by("-views"):limit(1):delete())
    assert.same({ "one", "two" }, titles())
    assert.equal(1, objects:order_by("views"):offset(1):delete())
    assert.same({ "one" }, titles())
    assert.equal(0, objects:limit(0):delete())
    for _, name in ipairs{ "a", "b" } do one.tags:add(Tag.objects:create{ name = name }) end
    objects:create{ title = "four", author = ann }
    assert.equal(1, objects:filter{ tags__isnull = false }:distinct():order_by("title"):limit(2):delete())
    assert.same({ "four" }, titles())
  end)

  it("reads the table it deletes from", function()
    local newest = objects:filter{ author = ryx.OuterRef("author") }:order_by("-views"):values("views"):limit(1)
    assert.equal(1, objects:filter{ views__lt = ryx.Subquery(newest) }:delete())
    assert.same({ "two", "three" }, titles())
    assert.equal(1, objects:filter{ id__in = objects:filter{ views = 20 } }:delete())
  end)

  it("without a condition is refused", function()
    assert.truthy(tostring(db.error_of(objects.delete, objects)):find("delete_all", 1, true))
    assert.equal(3, objects:count())
  end)

  for what, lacks in pairs{ ["returning rows"] = {}, ["returning rows without RETURNING"] = { delete_returning = true } } do
    describe(what, function()
      local function returning(qs, names)
        local list
        db.without(lacks, function() list = qs:delete{ returning = names } end)
        table.sort(list, function(a, b) return a.title < b.title end)
        return list
      end

      it("gives tables", function()
        assert.same({ { title = "one", views = 10 }, { title = "two", views = 20, note = "n" } },
          returning(objects:filter{ author__name = "Ann" }, { "title", "views", "note" }))
        assert.same({ "three" }, titles())
        assert.same({}, returning(objects:filter{ views = 5 }, { "title" }))
      end)

      it("gives instances that are unsaved and keep their key", function()
        local list = returning(objects:filter{ views__lte = 20 }:order_by("-views"):limit(1), true)
        assert.equal(1, #list)
        assert.same({ "two", two.id }, { list[1].title, list[1].id })
        list[1]:save()
        assert.equal("n", objects:get{ id = two.id }.note)
        assert.equal(3, objects:count())
      end)

      it("joins the running transaction", function()
        pcall(ryx.transaction, function()
          assert.equal(1, #returning(objects:filter{ id = three.id }, { "title" }))
          error("no")
        end)
        assert.equal(3, objects:count())
      end)
    end)
  end

  it("asks its own table for what is nowhere", function()
    for _, empty in ipairs{ objects:none(), objects:filter(ryx.Q.any{}), objects:filter(-ryx.Q.all{}) } do
      assert.equal(0, objects:filter{ pk__in = empty }:delete())
      assert.equal(0, objects:filter(ryx.Exists(empty)):delete())
      assert.equal(0, objects:filter(ryx.Exists(empty:filter{ views__gt = 1 })):delete())
      assert.equal(0, objects:filter(ryx.Exists(empty)):update{ views = 1 })
      assert.equal(0, objects:filter{ author__name = "Ann" }:filter(ryx.Exists(empty)):update{ views = 1 })
    end
    assert.equal(3, objects:filter(-ryx.Exists(objects:none())):delete())
  end)

  it("of nothing returns nothing", function()
    assert.same({}, objects:none():delete{ returning = true })
  end)
end)

-- Deleting the first takes the node of the second with it.
describe("delete of rows that take others with them", function()
  db.use(ryx, { Owner, Node })
  before_each(function()
    Node.objects:delete_all()
    Owner.objects:delete_all()
    local first, second = Owner.objects:create{ name = "first" }, Owner.objects:create{ name = "second" }
    local top = Node.objects:create{ size = 1, owner = first }
    Node.objects:create{ size = 5, owner = second, parent = top }
  end)

  it("asks all rows before the first goes", function()
    assert.equal(1, Owner.objects:exclude{ nodes__size__gt = 1 }:delete())
    assert.equal("second", Owner.objects:get().name)
  end)

  it("counts those that had what went with others", function()
    assert.equal(2, Owner.objects:filter{ nodes__size__gt = 0 }:delete())
  end)

  -- So few rows beside so many that a server asks for each.
  it("counts them by a list of keys beside many others", function()
    local third, nodes = Owner.objects:create{ name = "third" }, {}
    for i = 1, 1000 do nodes[i] = Node{ size = 0, owner = third } end
    Node.objects:bulk_create(nodes)
    local large = Node.objects:filter{ size__gt = 0 }
    assert.equal(2, Owner.objects:filter{ pk__in = large:values("owner") }:delete())
  end)

  it("also by sub-queries and annotations", function()
    local large = Node.objects:filter{ size__gt = 1 }
    assert.equal(1, Owner.objects:exclude{ pk__in = large:values("owner") }:delete())
    assert.equal(0, Owner.objects:annotate{ n = ryx.Count("nodes") }:filter{ n__gt = 0 }:delete())
    assert.equal(1, Owner.objects:annotate{ n = ryx.Count("nodes") }:filter{ n = 0 }:delete())
  end)
end)
