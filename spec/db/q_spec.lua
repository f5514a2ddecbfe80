-- SPDX-License-Identifier: MIT
-- Trees of Q: and, or, not to any depth, over one table and over relations to many,
-- on the rows of support/library.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q
local Author, Book, Review, Tag = library.Author, library.Book, library.Review, library.Tag
local o

local function names(qs)
  return rows.names(qs)
end

-- All names with how often each comes.
local function counted(qs)
  local n, out = {}, {}
  for _, name in ipairs(qs:values_list("name", { flat = true }):all()) do n[name] = (n[name] or 0) + 1 end
  for name in pairs(n) do out[#out + 1] = name end
  table.sort(out)
  for i, name in ipairs(out) do out[i] = name .. ":" .. n[name] end
  return table.concat(out, " ")
end

describe("Q", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("joins conditions of one table", function()
    local y, p = Q{ year = 2001 }, Q{ pages__gte = 200 }
    rows.check(Book.objects, {
      { y * p, "cats" }, { y + p, "alps bees cats dogs" }, { -y, "bees dogs eels" }, { -(y + p), "eels" },
      { -(y * p), "alps bees dogs eels" },
      { -y * p, "bees dogs" }, { -y + -p, "alps bees dogs eels" }, { y * -p, "alps" }, { -(-y), "alps cats" },
      { -(-(-y)), "bees dogs eels" },
      { (y + p) * Q{ name__gt = "b" }, "bees cats dogs" }, { -((y + p) * Q{ name__gt = "b" }), "alps eels" },
      { Q.all{ year = 2001, pages = 100 }, "alps" }, { Q.any{ year = 2003, pages = 100 }, "alps dogs" },
      { Q.none{ year = 2003, pages = 100 }, "bees cats eels" },
      { Q.any{ y, Q{ pages = 50 }, name = "dogs" }, "alps cats dogs eels" },
      { Q.all{ Q.any{ pages = 100, name = "cats" }, -Q{ year = 2002 } }, "alps cats" },
      { -Q.none{ year = 2002 }, "bees" },
      { Q{ year = ryx.null } + Q{ price = ryx.null }, "cats eels" },
      { -(Q{ year = ryx.null } + Q{ price = ryx.null }), "alps bees dogs" },
      { Q("year", 2002), "bees" }, { Q(F"pages":gt(100), { year = 2001 }), "cats" },
      { -Q(F"pages":gt(F"year")), "alps bees cats dogs eels" },
    })
  end)

  if ryx.Q and rawget(_G, "utf8") then
    it("joins by & | ~ on Lua 5.4", function()
      local join = assert((loadstring or load)("local a, b = ... return (a | b) & ~(a & b)"))
      assert.equal("alps bees dogs", names(Book.objects:filter(join(Q{ year = 2001 }, Q{ pages__gte = 200 }))))
    end)
  end

  it("mixes with tables in filter and exclude", function()
    assert.equal("cats", names(Book.objects:filter(Q{ year = 2001 }, Q{ pages = 300 }, { name = "cats" })))
    assert.equal("alps bees dogs eels", names(Book.objects:exclude(Q{ year = 2001 }, { pages = 300 })))
    assert.equal("alps bees cats dogs", names(Book.objects:exclude(Q{ year = ryx.null } + Q{ pages = 50 })))
    assert.equal("alps", names(Book.objects:filter(Q{ year = 2001 } + Q{ year = 2002 }):exclude{ pages__gte = 200 }))
  end)

  it("means the same whatever the order, to a depth of fifteen", function()
    local q, r = Q{ name = "alps" }, Q{ name = "alps" }
    for i = 1, 15 do
      local part = i % 2 == 0 and Q{ year = 2001 } or Q{ pages = 300 }
      q = -(i % 3 == 0 and q * part or q + part)
      r = -(i % 3 == 0 and part * r or part + r)
    end
    assert.equal(names(Book.objects:filter(q)), names(Book.objects:filter(r)))
    assert.equal(5, Book.objects:filter(q):count() + Book.objects:exclude(q):count())
  end)

  it("takes long chains, and refuses what is too deep for any database", function()
    local q, list = nil, {}
    for i = 1, 1500 do
      list[i] = Q{ pages = i }
      q = q and q + list[i] or list[i]
    end
    assert.equal("alps bees cats dogs eels", names(Book.objects:filter(q)))
    assert.equal("", names(Book.objects:exclude(q)))
    assert.equal(0, Book.objects:filter(Q.all(list)):count())
    local deep = Q{ pages = 1 }
    for _ = 1, 200 do deep = -(deep + Q{ pages = 2 }) end
    rows.refused{ { function() return Book.objects:filter(deep):count() end, "misuse", "200 levels" } }
  end)

  it("does not care for the order of conditions", function()
    local a, b, c = { books__year = 2001 }, { books__pages__gt = 100 }, { mentor = ryx.null }
    local all = counted(Author.objects:filter(Q(a), Q(b), Q(c)))
    assert.equal(all, counted(Author.objects:filter(Q(c), Q(b), Q(a))))
    assert.equal(all, counted(Author.objects:filter(Q(b) * Q(c) * Q(a))))
    assert.equal(counted(Author.objects:filter(a):filter(b)), counted(Author.objects:filter(b):filter(a)))
    assert.equal(names(Author.objects:exclude(a):filter(b)), names(Author.objects:filter(b):exclude(a)))
    assert.equal(names(Author.objects:filter(-Q(a) + Q(b))), names(Author.objects:filter(Q(b) + -Q(a))))
  end)

  it("of none is true for all, and false for any", function()
    local ALL, year = "alps bees cats dogs eels", Q{ year = 2001 }
    local cases = {
      { Q.all{}, ALL }, { Q.any{}, "" }, { Q.none{}, ALL }, { -Q.all{}, "" }, { -Q.any{}, ALL },
      { Q.any{} + year, names(Book.objects:filter(year)) }, { Q.all{} * year, names(Book.objects:filter(year)) },
      { Q.all{} + year, ALL }, { Q.any{} * year, "" }, { -(Q.any{} + year), names(Book.objects:exclude(year)) },
      { Q.any{ Q.all{}, { year = 1 } }, ALL },
    }
    for i, c in ipairs(cases) do assert.equal(c[2], names(Book.objects:filter(c[1])), "case " .. i) end
    assert.equal("", names(Book.objects:exclude(Q.all{})))
    assert.same({ n = 0, m = 5 }, Book.objects:aggregate{
      n = ryx.Count("pk", { filter = Q.any{} }), m = ryx.Count("pk", { filter = Q.all{} }),
    })
    assert.equal("yes", Book.objects:annotate{ x = ryx.Case{ ryx.When(Q.all{}, ryx.Value("yes")) } }:first().x)
  end)

  it("of none is no condition for a write", function()
    for _, q in ipairs{ Q.all{}, Q.any{}, -Q.any{}, Q.all{} + Q{ year = 1 }, Q.any{} * Q{ year = 1 } } do
      rows.refused{
        { function() return Book.objects:filter(q):update{ pages = 1 } end, "misuse", "without a condition" },
        { function() return Book.objects:filter(q):delete() end, "misuse", "without a condition" },
      }
    end
    assert.equal(0, Book.objects:filter(Q.all{} * Q{ year = 1 }):update{ pages = 1 })
  end)

  it("refuses what is no condition", function()
    local q = Q{ year = 1 }
    rows.refused{
      { function() return q * 5 end, "misuse", "*" }, { function() return q + "x" end, "misuse", "+" },
      { function() return q * { year = 1 } end, "misuse", "Q" }, { function() return Q() end, "misuse", "empty" },
      { function() return Q{} end, "misuse", "empty" }, { function() return Q("year", nil) end, "misuse", "nil" },
      { function() return Q(5) end, "misuse", "Q" },
      { function() return Book.objects:filter(q, 5) end, "misuse", "filter" },
      { function() return Book.objects:filter(F"year") end, "field_error", "int" },
      { function() return Book.objects:filter(Q{ yeer = 1 }) end, "field_error", "year" },
      { function() return Q{ [5] = 1 } end, "misuse", "5" },
      { function() return Q{ year = function() end } * q, Book.objects:filter{ year = print } end, "misuse",
        "function" },
    }
  end)
end)

describe("conditions over many rows", function()
  db.use(ryx, library.models)
  setup(function() o = library.fill() end)

  it("share the row within one call and multiply rows", function()
    assert.equal("ann:2 ben:1 dan:2", counted(Author.objects:filter{ books__isnull = false }))
    assert.equal("ann:1", counted(Author.objects:filter{ books__year = 2002, books__pages = 200 }))
    assert.equal("", counted(Author.objects:filter{ books__year = 2001, books__pages = 200 }))
    assert.equal("", counted(Author.objects:filter(Q{ books__year = 2001 }, Q{ books__pages = 200 })))
    assert.equal("", counted(Author.objects:filter(Q{ books__year = 2001 } * Q{ books__pages = 200 })))
    assert.equal("ann:2 ben:1", counted(Author.objects:filter(Q{ books__year = 2001 } + Q{ books__pages = 200 })))
    assert.equal("alps:2 cats:1 dogs:2", counted(Book.objects:filter{ reviews__stars__gt = 0 }))
    assert.equal("alps:1", counted(Book.objects:filter{ reviews__stars = 5, reviews__text = "good" }))
  end)

  it("join anew for every further call", function()
    assert.equal("ann:1", counted(Author.objects:filter{ books__year = 2001 }:filter{ books__pages = 200 }))
    assert.equal("alps:1", counted(Book.objects:filter{ reviews__stars = 5 }:filter{ reviews__text = "bad" }))
    assert.equal("alps:4 cats:4", counted(Book.objects:filter{ tags__isnull = false }:filter{ tags__isnull = false }
      :exclude{ name__in = { "bees", "eels" } }))
    assert.equal("ann:4 ben:1 dan:4",
      counted(Author.objects:filter{ books__pages__gt = 0 }:filter{ books__pages__gt = 0 }))
  end)

  it("exclude each condition on its own", function()
    -- ann has a book of 2001 and, another one, of 200 pages.
    assert.equal("ben cleo dan", names(Author.objects:exclude{ books__year = 2001, books__pages = 200 }))
    assert.equal("cleo dan", names(Author.objects:exclude{ books__year = 2001 }))
    assert.equal("ben cleo dan", names(Author.objects:exclude{ books__pages = 200 }))
    assert.equal("ben cleo", names(Author.objects:exclude{ books__pages__in = { 200, 50 } }))
    assert.equal("cleo dan", names(Author.objects:exclude(Q{ books__year = 2001 } + Q{ books__pages = 200 })))
    assert.equal("dogs", names(Book.objects:exclude{ tags__name__gte = "a" }))
    assert.equal("cats dogs", names(Book.objects:exclude{ tags = o.red }))
    assert.equal("bees cats eels", names(Book.objects:exclude{ reviews__stars = 5 }))
  end)

  it("do not tie what is negated to another join", function()
    assert.equal("ann:1", counted(Author.objects:filter(Q{ books__year = 2002 } * -Q{ books__pages = 300 })))
    assert.equal("", counted(Author.objects:filter(Q{ books__year = 2001 } * -Q{ books__pages__gte = 100 })))
    assert.equal("ann:1 ben:1", counted(Author.objects:filter{ books__year = 2001 }:exclude{ books__pages = 50 }))
    assert.equal("", counted(Author.objects:filter{ books__year = 2001 }:exclude{ books__year = 2001 }))
    assert.equal("dan:1", counted(Author.objects:filter{ books__year = 2003 }:exclude{ books__year = 2001 }))
  end)

  it("see the row that is not there below NOT too", function()
    -- The path is left-joined: who has no book has one of NULLs.
    assert.equal("ann ben dan", names(Author.objects:exclude{ books__isnull = true }))
    assert.equal("cleo", names(Author.objects:exclude{ books__isnull = false }))
    assert.equal("ann ben", names(Author.objects:exclude{ books__year = ryx.null }))
    assert.equal("ben", names(Author.objects:exclude{ books__reviews__isnull = true }))
    assert.equal("alps bees cats eels", names(Book.objects:exclude{ tags__isnull = true }))
    assert.equal("ben cleo", names(Author.objects:exclude{ books__tags__name = "red" }))
  end)

  it("keep what has no row under an or", function()
    assert.equal("ann:1 cleo:1", counted(Author.objects:filter(Q{ books__year = 2002 } + Q{ name = "cleo" })))
    assert.equal("ann:1 ben:1 cleo:1 dan:2",
      counted(Author.objects:filter(Q{ books__year = 2001 } + Q{ publisher__name = "south" }
      + Q{ name = "dan" })))
    assert.equal("ann:2 cleo:1",
      counted(Author.objects:filter(Q{ mentor = ryx.null } * Q{ books__isnull = false } + Q{ books__isnull = true })))
    assert.equal("cats:1 dogs:1",
      counted(Book.objects:filter(Q{ reviews__stars = 3 } + Q{ tags__isnull = true }):distinct()))
  end)

  it("go deeper than one relation", function()
    assert.equal("north", names(library.Publisher.objects:filter{ authors__books__reviews__stars = 3 }:distinct()))
    assert.equal("south", names(library.Publisher.objects:exclude{ authors__books__reviews__stars = 3 }))
    assert.equal("ben cleo", names(Author.objects:exclude{ books__reviews__stars = 5 }))
    assert.equal("cleo dan", names(Author.objects:exclude{ books__tags__name = "blue" }))
    assert.equal("cleo", names(Author.objects:exclude{ books__tags__books__name = "alps" }))
    assert.equal("ann", names(Author.objects:filter{ pupils__books__tags__name = "green" }))
    assert.equal("green", names(Tag.objects:exclude{ books__author__name = "ann" }))
    assert.equal("blue red",
      names(Tag.objects:filter{ books__author__name = "ann", books__reviews__stars = 1 }:distinct()))
  end)

  it("count what they multiply, and not with distinct", function()
    assert.equal(5, Author.objects:filter{ books__pages__gt = 0 }:count())
    assert.equal(3, Author.objects:filter{ books__pages__gt = 0 }:distinct():count())
    assert.equal(3, #Author.objects:filter{ books__pages__gt = 0 }:distinct():all())
    assert.is_true(Author.objects:filter{ books__pages = 400 }:exists())
    assert.equal(1, Review.objects:exclude{ book__tags__isnull = false }:filter{ stars = 5 }:count())
  end)

  it("compare with expressions over relations, below NOT too", function()
    assert.equal("dan", names(Author.objects:filter{ books__pages = F"books__reviews__stars" * 80 }))
    assert.equal("ann ben cleo", names(Author.objects:exclude{ books__pages = F"books__reviews__stars" * 80 }))
    assert.equal("cats dogs eels",
      names(Book.objects:exclude{ name__lt = F"author__name" }:exclude{ author__name = "ann" }))
    assert.equal("ann", names(Author.objects:filter{ books__year__lt = F"pupils__books__pages" * 7 }:distinct()))
  end)

  it("are true or false as values", function()
    local list = Author.objects:annotate{ old = Q{ books__year = 2001 } }:order_by("name"):distinct()
      :values_list("name", "old"):all()
    assert.equal("ann", list[1][1])
    local by = {}
    for _, row in ipairs(Book.objects:annotate{ cheap = Q{ price__lt = 10 }, dear = -Q{ price__lt = 10 } }:all()) do
      by[row.name] = { row.cheap, row.dear }
    end
    assert.same({ alps = { false, true }, bees = { false, true }, cats = { false, true }, dogs = { true, false },
      eels = { true, false } }, by)
  end)
end)
