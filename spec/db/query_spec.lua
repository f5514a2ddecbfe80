-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"
local Q = ryx.Q

local Author = ryx.model("QAuthor", { name = ryx.CharField{ max_length = 50 } })
local Post = ryx.model("QPost", {
  title = ryx.CharField{ max_length = 50 },
  author = ryx.ForeignKey(Author, { null = true }),
  views = ryx.IntField{ db_column = "view_count" },
  active = ryx.BooleanField{ default = true },
  note = ryx.TextField{ null = true },
  Meta = { ordering = { "-views" } },
})
local objects = Post.objects

local function titles(qs)
  local out = {}
  for i, p in ipairs(qs:all()) do out[i] = p.title end
  return table.concat(out, " ")
end

local ann, ben

describe("queries", function()
  db.use(ryx, { Author, Post })
  setup(function()
    ann, ben = Author.objects:create{ name = "Ann" }, Author.objects:create{ name = "Ben" }
    for i, title in ipairs{ "a", "b", "c", "d", "e" } do
      objects:create{
        title = title, views = i * 10, author = i % 2 == 0 and ben or ann, active = i ~= 3,
        note = i > 3 and "100% sure_!" or nil,
      }
    end
  end)

  it("apply Meta.ordering", function() assert.equal("e d c b a", titles(objects)) end)
  it("order by several fields", function() assert.equal("d b e c a", titles(objects:order_by("-author", "-views"))) end)
  it("replace the order", function()
    assert.equal("a b c d e", titles(objects:order_by("-title"):order_by("title")))
  end)
  it("reverse the order", function()
    assert.equal("a b c d e", titles(objects:reverse()))
    assert.equal("e d c b a", titles(objects:order_by("title"):reverse()))
  end)

  it("compare by each lookup", function()
    local cases = {
      { { views = 20 }, "b" }, { { views__gt = 30 }, "e d" }, { { views__gte = 30 }, "e d c" },
      { { views__lt = 20 }, "a" }, { { views__lte = 20 }, "b a" }, { { views__in = { 10, 50, 99 } }, "e a" },
      { { views__range = { 20, 40 } }, "d c b" }, { { note__isnull = true }, "c b a" },
      { { note__isnull = false }, "e d" }, { { title__in = { "a", "b" } }, "b a" }, { { active = false }, "c" },
      { { note__contains = "100%" }, "e d" }, { { note__contains = "%0" }, "" }, { { note__endswith = "_!" }, "e d" },
      { { note__startswith = "100" }, "e d" }, { { note__icontains = "SURE" }, "e d" },
      { { title__iexact = "A" }, "a" }, { { title = "A" }, "" }, { { pk__in = {} }, "" },
    }
    for _, c in ipairs(cases) do assert.equal(c[2], titles(objects:filter(c[1]))) end
  end)

  it("take several conditions at once", function()
    assert.equal("e", titles(objects:filter{ views__gt = 20, author = ann, active = true }))
    assert.equal("e", titles(objects:filter{ views__gt = 20 }:filter{ author = ann }:filter{ active = true }))
  end)

  it("take a path and a value", function() assert.equal("b", titles(objects:filter("views", 20))) end)

  it("treat null as IS NULL", function()
    assert.equal("c b a", titles(objects:filter{ note = ryx.null }))
    assert.equal("e d", titles(objects:exclude{ note = ryx.null }))
  end)

  it("take an object where a key is meant, by every name", function()
    for _, path in ipairs{ "author", "author_id", "author__id", "author__pk", "author.id" } do
      assert.equal("d b", titles(objects:filter(path, ben.id)))
    end
    assert.equal("d b", titles(objects:filter{ author = ben }))
    assert.equal("e d c b a", titles(objects:filter{ author__in = { ann, ben.id } }))
  end)

  it("join Qs with and, or, not", function()
    assert.equal("e a", titles(objects:filter(Q{ views = 10 } + Q{ views = 50 })))
    assert.equal("e", titles(objects:filter(Q{ views__gt = 10 } * Q{ author = ann }, -Q{ views = 30 })))
    assert.equal("c", titles(objects:filter(-(Q{ views__lt = 30 } + Q{ views__gt = 30 }))))
    assert.equal("d c b", titles(objects:filter(Q.none{ views = 10, title = "e" })))
    assert.equal("b", titles(objects:filter(Q.any{ views = 20, title = "x" }, { active = true })))
  end)

  it("exclude as a whole, by pk too", function()
    assert.equal("d c b a", titles(objects:exclude{ views = 50, author = ann }))
    assert.equal("e d c b", titles(objects:exclude{ pk = objects:get{ title = "a" }.pk }))
    assert.equal("e d c b a", titles(objects:exclude{ pk__in = {} }))
  end)

  it("take a condition on NULL as false, its negation as true", function()
    assert.equal("", titles(objects:filter{ note = "x" }))
    assert.equal("e d c b a", titles(objects:exclude{ note = "x" }))
    assert.equal("c b a", titles(objects:exclude{ note__contains = "sure" }))
  end)

  it("ignore NULL inside a list", function()
    assert.equal("b", titles(objects:filter{ views__in = { 20, ryx.null } }))
    assert.equal("e d c a", titles(objects:exclude{ views__in = { 20, ryx.null } }))
  end)

  it("refuse values a lookup cannot use", function()
    for _, c in ipairs{ { views__in = 5 }, { views__in = { a = 1 } }, { views__gt = ryx.null }, { views = { 1 } },
      { views__range = { 1 } }, { note__isnull = 1 } } do
      assert.equal("misuse", db.error_of(function() objects:filter(c):all() end).kind)
    end
    assert.equal("validation", db.error_of(function() objects:filter{ views = "many" }:all() end).kind)
  end)

  it("refuse an object of another model", function()
    local post = objects:first()
    for _, conditions in ipairs{ { author = post }, { author__in = { post } }, { title__in = { post } } } do
      assert.equal("misuse", db.error_of(function() return objects:filter(conditions):count() end).kind)
    end
  end)

  it("find nothing for a number no row can have", function()
    assert.equal("", titles(objects:filter{ id = 3000000000 }))
  end)

  it("limit, offset and slice", function()
    assert.equal("e d", titles(objects:limit(2)))
    assert.equal("c b a", titles(objects:offset(2)))
    assert.equal("c b", titles(objects:limit(2):offset(2)))
    assert.equal("d c", titles(objects:slice(2, 3)))
    assert.equal("b a", titles(objects:slice(4)))
    assert.equal("c", titles(objects:slice(2, 4):slice(2, 2)))
    assert.equal("", titles(objects:limit(0)))
    assert.equal("", titles(objects:slice(3, 2)))
  end)

  it("count what they would give", function()
    assert.equal(5, objects:count())
    assert.equal(2, objects:limit(2):count())
    assert.equal(1, objects:offset(4):count())
    assert.equal(3, objects:filter{ author = ann }:count())
    assert.equal(0, objects:none():count())
  end)

  it("say whether rows exist", function()
    assert.is_true(objects:filter{ views = 10 }:exists())
    assert.is_false(objects:filter{ views = 11 }:exists())
    assert.is_false(objects:none():exists())
  end)

  it("get one object, or say why not", function()
    assert.equal("b", objects:get{ views = 20 }.title)
    assert.equal("b", objects:get{ views = 20 }.title)
    assert.equal("b", objects:get("views", 20).title)
    assert.equal("c", objects:filter{ author = ann }:get{ active = false }.title)
    local e = db.error_of(objects.get, objects, { views = 11 })
    assert.is_true(e:is(Post.DoesNotExist))
    assert.equal("QPost matching query does not exist.", e.message)
    e = db.error_of(objects.get, objects, { author = ann })
    assert.is_true(e:is(Post.MultipleObjectsReturned))
    assert.is_false(e:is(Author.MultipleObjectsReturned))
  end)

  it("ask for two rows at most in get", function()
    local e
    local undo = ryx.on_query(function(event) e = event end)
    pcall(objects.get, objects, { author = ann })
    undo()
    assert.equal(2, e.rows)
  end)

  it("give the first and the last", function()
    assert.equal("e", objects:first().title)
    assert.equal("a", objects:last().title)
    assert.equal("a", objects:order_by():first().title)
    assert.equal("e", objects:order_by():last().title)
    assert.is_nil(objects:filter{ views = 11 }:first())
    assert.is_nil(objects:none():last())
  end)

  it("give objects by key", function()
    local b = objects:get{ title = "b" }
    local found = objects:in_bulk({ b.id, 999999 })
    assert.equal("b", found[b.id].title)
    assert.is_nil(found[999999])
    assert.equal("misuse", db.error_of(objects.in_bulk, objects, { "b" }, { field_name = "title" }).kind)
  end)

  it("leave the queryset they start from alone", function()
    local base = objects:filter{ author = ann }
    base:filter{ views = 10 }:all()
    base:order_by("title"):limit(1):all()
    assert.equal("e c a", titles(base))
  end)

  it("write the same SQL whatever the order of conditions", function()
    assert.equal(objects:filter{ views = 1, title = "x" }:sql(), objects:filter{ title = "y", views = 2 }:sql())
  end)

  it("load a relation on first touch, once", function()
    local p = objects:get{ title = "b" }
    local seen = db.sql_of(ryx, function()
      assert.equal("Ben", p.author.name)
      assert.equal("Ben", p.author.name)
    end)
    assert.equal(1, #seen)
    p.author_id = ann.id
    assert.equal("Ann", p.author.name)
  end)
end)

describe("updating and deleting querysets", function()
  db.use(ryx, { Author, Post })
  before_each(function()
    objects:delete_all()
    for i, title in ipairs{ "a", "b", "c", "d", "e" } do objects:create{ title = title, views = i * 10 } end
  end)

  it("update what matches and count it", function()
    assert.equal(2, objects:filter{ views__gt = 30 }:update{ title = "x", note = "n" })
    assert.equal(2, objects:filter{ title = "x", note = "n" }:count())
    assert.equal(2, objects:filter{ title = "x" }:update{ title = "x" })
    assert.equal(2, objects:filter{ title = "x" }:update{ note = ryx.null })
    assert.equal(5, objects:update_all{ views = 1 })
  end)

  it("honour order and limit", function()
    assert.equal(1, objects:order_by("views"):limit(1):delete())
    assert.equal("e d c b", titles(objects))
    assert.equal(2, objects:order_by("-views"):limit(2):update{ title = "top" })
    assert.equal("top top c b", titles(objects))
  end)

  it("refuse to touch every row by accident", function()
    assert.truthy(tostring(db.error_of(objects.delete, objects)):find("delete_all", 1, true))
    assert.truthy(tostring(db.error_of(objects.update, objects, { views = 1 })):find("update_all", 1, true))
    assert.equal(5, objects:count())
    assert.equal(5, objects:delete_all())
  end)

  it("refuse unknown fields and values that do not fit", function()
    local e = db.error_of(objects.update_all, objects, { vews = 1 })
    assert.truthy(tostring(e):find('did you mean "views"', 1, true))
    assert.equal("validation", db.error_of(objects.update_all, objects, { views = "many" }).kind)
    assert.equal("misuse", db.error_of(objects.update_all, objects, {}).kind)
  end)

  it("refuse an object of another model, a field set twice, and what is no table", function()
    local post = objects:first()
    local some = objects:filter{ views__gte = 0 }
    assert.truthy(tostring(db.error_of(some.update, some, { author = post })):find("not a", 1, true))
    assert.truthy(tostring(db.error_of(some.update, some, { author = 1, author_id = 2 })):find("twice", 1, true))
    assert.equal("misuse", db.error_of(some.update, some).kind)
    assert.equal("misuse", db.error_of(some.update, some, { 5 }).kind)
  end)

  it("do no I/O for none()", function()
    assert.same({}, db.sql_of(ryx, function()
      assert.equal(0, objects:none():delete())
      assert.equal(0, objects:none():update{ views = 1 })
    end))
  end)
end)
