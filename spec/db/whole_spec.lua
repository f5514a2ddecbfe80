-- SPDX-License-Identifier: MIT
-- What chooses among the rows of a queryset does not change them: windows see all rows, and
-- distinct over fields keeps the ones it keeps, whichever of them are asked for.
local db = require "support.db"
local ryx = require "ryx"
local shop = require "support.shop"
local F, Q, W, Count = ryx.F, ryx.Q, ryx.Window, ryx.Count

local m = shop.models(ryx, "Whl")
local posts, authors, tags = m.Post.objects, m.Author.objects, m.Tag.objects
local ann, ben

local function fill()
  for _, model in ipairs{ m.Post.tags.through, m.Post, m.Tag } do model.objects:delete_all() end
  authors:update_all{ boss = ryx.null }
  authors:delete_all()
  ann, ben = shop.fill(ryx, m)
  posts:filter{ title__in = { "a", "d" } }:update{ created = ryx.null }
end

-- A place from the end, a running sum and the number of rows; in order of titles.
local ranked = posts:order_by("title"):annotate{
  place = W(ryx.RowNumber(), { order_by = "-title" }), sum = W(ryx.Sum("views"), { order_by = "title" }),
  n = W(Count("id"), {}),
}
local first_of = posts:order_by("-views"):distinct("author")

local function show(row)
  return ("%s:%s/%s/%s"):format(row.title, row.place, row.sum, row.n)
end
local ROWS = { a = "a:5/10/5", b = "b:4/30/5", c = "c:3/60/5", d = "d:2/100/5", e = "e:1/150/5" }

local function shown(rows)
  local out = {}
  for i, row in ipairs(rows) do
    assert.equal(ROWS[row.title], show(row))
    out[i] = row.title
  end
  return table.concat(out)
end

-- Every page there is, forwards and then backwards.
local function walk(qs, size, list)
  local out, page = {}, nil
  repeat
    page = qs:paginate{ size = size, after = page and page.next }
    out[#out + 1] = list(page.rows)
  until not page.next
  while page.previous do
    page = qs:paginate{ size = size, before = page.previous }
    out[#out + 1] = list(page.rows)
  end
  return table.concat(out, " ")
end

describe("the rows that are chosen among", function()
  db.use(ryx, m)
  before_each(fill)

  it("have their windows on every page", function()
    assert.equal("ab cd e cd ab", walk(ranked, 2, shown))
    assert.equal("ab cd e cd ab", walk(ranked:order_by("-place"), 2, shown))
    assert.equal("ed cb a cb ed", walk(ranked:order_by("place"), 2, shown))
    assert.equal("ea cb d cb ea", walk(ranked:order_by("author__name", "title"):filter{ n = 5 }, 2, shown))
    assert.equal("abc de abc", walk(ranked:order_by("note", "title"), 3, shown))
    assert.equal("db ac e ac db", walk(ranked:order_by("-author__boss", "created", "-title"), 2, shown))
    for number, list in ipairs{ "ab", "cd", "e" } do
      local page = ranked:paginate{ page = number, size = 2 }
      assert.equal(list .. 5, shown(page.rows) .. page.total)
    end
  end)

  it("have them in every shape, with all that hangs on them", function()
    local by_dict = ranked:values("title", "place", "sum", "n")
    assert.equal("ab cd e cd ab", walk(by_dict, 2, shown))
    local second = ranked:select_related("author"):prefetch_related("tags")
    local page = second:paginate{ size = 2, after = second:paginate{ size = 2 }.next }
    assert.equal("cd", shown(page.rows))
    assert.equal("Ann", page.rows[1].author.name)
    assert.equal(2, #page.rows[1].tags:all())
    assert.is_nil(rawget(page.rows[1], "ryx_key_1"))
    local alias = posts:alias{ place = W(ryx.RowNumber(), { order_by = "-title" }) }:order_by("place")
    assert.equal("ed cb a cb ed", walk(alias, 2, function(rows)
      local out = {}
      for i, row in ipairs(rows) do out[i] = row.title end
      return table.concat(out)
    end))
    local by_window = posts:order_by(W(ryx.RowNumber(), { order_by = "-title" }))
    assert.equal("e", by_window:first().title)
    assert.equal("c", by_window:paginate{ size = 2, after = by_window:paginate{ size = 2 }.next }.rows[1].title)
  end)

  it("have windows over groups and over counts", function()
    local function names(rows)
      local out = {}
      for i, row in ipairs(rows) do
        out[i] = ("%s:%d/%d"):format(row.author__name or row.name or "-", row.n, row.place)
      end
      return table.concat(out, " ")
    end
    local groups = posts:values("author__name"):annotate{ n = Count() }
      :annotate{ place = W(ryx.Sum(Count()), { order_by = { "-author__name" } }) }:order_by("author__name")
    assert.equal(names(groups:all()), table.concat({ "-:1/5", "Ann:2/4", "Ben:2/2" }, " "))
    assert.equal("-:1/5 Ann:2/4 Ben:2/2 Ann:2/4 -:1/5", walk(groups, 1, names))
    local counted = authors:annotate{ n = Count("posts") }
      :annotate{ place = W(ryx.RowNumber(), { order_by = { "-n", "name" } }) }
    assert.equal("Cyd:0/3 Ben:2/2 Ann:2/1 Ben:2/2 Cyd:0/3", walk(counted:order_by("n", "-name"), 1, names))
    assert.equal("Ben:2/2", names{ counted:get{ name = "Ben" } })
  end)

  it("have them when they are asked for by key, by value or from the ends", function()
    local id = posts:get{ title = "c" }.id
    for _ = 1, 2 do
      assert.equal("c", shown{ ranked:get{ id = id } })
      assert.equal("c", shown{ ranked:get{ pk = id } })
      assert.equal(ROWS.c, show(ranked:in_bulk{ id }[id]))
    end
    assert.equal("3", tostring(posts:filter{ title = "c" }:annotate{ n = W(Count("id"), {}) }:get().n + 2))
    assert.equal("d", shown{ ranked:get{ tags__name = "blue", note = "note 4" } })
    assert.equal("e", shown{ ranked:get(Q{ title = "e" } * Q{ n = 5 }) })
    assert.equal("b", shown{ ranked:earliest("created") })
    assert.equal("e", shown{ ranked:latest("created") })
    assert.equal("a", shown{ ranked:first() })
    assert.equal("e", shown{ ranked:last() })
    assert.equal("a", shown{ ranked:latest("place") })
    assert.equal("c", shown{ (ranked:get_or_create{ title = "c" }) })
    assert.equal("c", shown{ (ranked:update_or_create{ title = "c", defaults = { note = "x" } }) })
    assert.equal("x", posts:get{ title = "c" }.note)
    assert.equal(1, ranked:filter{ place = 4 }:dates("created", "year"):count())
    assert.equal(0, ranked:filter{ place = 5 }:dates("created", "year"):count())
  end)

  it("have them in streams, sums and tests of whether there are any", function()
    local seen = {}
    for row in ranked:iter{ chunk = 2 } do seen[#seen + 1] = row end
    assert.equal("abcde", shown(seen))
    assert.equal(2, ranked:filter{ place__gt = 3 }:count())
    assert.is_true(ranked:filter{ place = 3 }:exists())
    assert.is_false(ranked:filter{ place = 6 }:exists())
    assert.equal(30, ranked:filter{ place__gt = 3 }:aggregate{ sum = ryx.Sum("views") }.sum)
  end)

  it("have them behind relations", function()
    local list = authors:order_by("name"):prefetch_related(ryx.Prefetch("posts", { queryset = ranked })):all()
    assert.equal("ac", shown(list[1].posts:all()))
    assert.equal("bd", shown(list[2].posts:all()))
    list = authors:order_by("name"):prefetch_related(ryx.Prefetch("posts", { queryset = ranked, limit = 1 })):all()
    assert.equal("ab", shown(list[1].posts:all()) .. shown(list[2].posts:all()))
    list = tags:order_by("name"):prefetch_related(ryx.Prefetch("posts", { queryset = ranked })):all()
    assert.equal("cde abc", shown(list[1].posts:all()) .. " " .. shown(list[2].posts:all()))
    list = tags:order_by("name"):prefetch_related(ryx.Prefetch("posts", { queryset = ranked, limit = 2 })):all()
    assert.equal("cd ab", shown(list[1].posts:all()) .. " " .. shown(list[2].posts:all()))
    -- The rows of a manager are those of one object.
    local own = ann.posts:annotate{ n = W(Count("id"), {}) }:order_by("title")
    assert.same({ 2, 2 }, own:values_list("n", { flat = true }):all())
    assert.equal(2, own:paginate{ size = 1, after = own:paginate{ size = 1 }.next }.rows[1].n)
  end)

  it("are those that distinct over fields keeps", function()
    assert.equal("e d c", shop.list(first_of, "title"))
    local b = posts:get{ title = "b" }
    assert.same({}, first_of:in_bulk{ b.id })
    assert.is_true(db.error_of(function() first_of:get{ title = "b" } end):is(m.Post.DoesNotExist))
    assert.equal("d", first_of:get{ author = ben }.title)
    assert.equal("c", first_of:last().title)
    assert.equal("e", first_of:first().title)
    assert.equal("c", first_of:earliest("views").title)
    assert.equal("e", first_of:latest("created").title)
    local list = tags:order_by("name"):prefetch_related(ryx.Prefetch("posts", { queryset = first_of })):all()
    assert.equal("edc c", shop.list(list[1].posts, "title"):gsub(" ", "") .. " " .. shop.list(list[2].posts, "title"))
  end)

  it("are ordered by related rows, of which the order is", function()
    local function list(rows)
      local out = {}
      for i, row in ipairs(rows) do out[i] = row.title end
      return table.concat(out)
    end
    local by_tag = posts:order_by("tags__name", "title")
    assert.equal("cdeabc", list(by_tag:all()))
    assert.equal("cdea bc cdea", walk(by_tag, 4, list))
    assert.equal("cd ea bc ea cd", walk(ranked:order_by("tags__name", "title"), 2, list))
    assert.equal("cb ae dc ae cb", walk(posts:order_by("-tags__name", "-title"), 2, list))
    local blue = posts:filter{ tags__name = "blue" }
    assert.equal("edc", list(blue:order_by("-tags__name", "-title"):all()))
    assert.equal("e", blue:latest("tags__name", "title").title)
    assert.equal("c", blue:earliest("tags__name", "title").title)
    assert.equal("c", posts:latest("tags__name", "title").title)
    assert.equal("edc", walk(blue:order_by("-tags__name", "-title"), 9, list))
    assert.equal("ed c ed", walk(blue:order_by("-tags__name", "-title"), 2, list))
  end)

  it("know what was joined by hand", function()
    local joined = posts:join(m.Author, { id = "author" }, { alias = "a" }):order_by("a__name", "title")
    local placed = joined:annotate{ place = W(ryx.RowNumber(), { order_by = "-title" }) }
    local function list(rows)
      local out = {}
      for i, row in ipairs(rows) do out[i] = row.title .. row.place end
      return table.concat(out)
    end
    assert.equal("a4c2b3d1", list(placed:all()))
    assert.equal("a4c2b3 d1 a4c2b3", walk(placed, 3, list))
    assert.equal("c2", list{ placed:get{ a__name = "Ann", title = "c" } })
    assert.equal("b3", list{ placed:earliest("-a__name", "title") })
    assert.equal("c2b3", list(placed:slice(2, 3):order_by("a__name"):all()))
    assert.equal("b3", list(placed:slice(2, 3):filter{ a__name = "Ben" }:all()))
  end)

  it("are locked without windows", function()
    ryx.transaction(function()
      for _, fn in ipairs{
        function() ranked:for_update():all() end, function() ranked:for_update():get{ title = "c" } end,
        function() first_of:for_update():last() end,
      } do
        local e = db.error_of(fn)
        assert.equal("misuse", e.kind)
        assert.truthy(e.message:find("it goes with no distinct, group, aggregate, window", 1, true), e.message)
      end
      assert.equal("c", shown{ (ranked:update_or_create{ title = "c", defaults = { note = "y" } }) })
    end)
  end)

  it("are written when a window chooses them", function()
    assert.equal(2, ranked:filter{ place__gte = 4 }:update{ note = "w" })
    assert.equal("a b", shop.list(posts:filter{ note = "w" }:order_by("title"), "title"))
    local rows = ranked:filter{ place = 3 }:update({ note = "v" }, { returning = { "title", "note" } })
    assert.same({ { title = "c", note = "v" } }, rows)
    local doubled = ranked:alias{ twice = F"views" * 2 }:filter{ place__gte = 4 }
    rows = doubled:update({ views = F"twice" }, { returning = { "title", "views" } })
    table.sort(rows, function(x, y) return x.title < y.title end)
    assert.same({ { title = "a", views = 20 }, { title = "b", views = 40 } }, rows)
    m.Post.tags.through.objects:delete_all()
    rows = ranked:filter{ place = 2 }:delete{ returning = { "title" } }
    assert.same({ { title = "d" } }, rows)
    assert.equal(1, ranked:filter{ place = 4 }:delete())
    assert.equal("b c e", shop.list(posts:order_by("title"), "title"))
    assert.equal(2, ranked:order_by("place"):limit(2):delete())
    assert.equal("b", shop.list(posts, "title"))
  end)
end)
