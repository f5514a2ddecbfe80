-- SPDX-License-Identifier: MIT
-- Median, Percentile and Mode: on instances, by groups, in HAVING, of every type, of
-- nothing.
local db = require "support.db"
local library = require "support.library"
local rows = require "support.rows"
local ryx = require "ryx"
local F, Q, null = ryx.F, ryx.Q, ryx.null
local Count, Sum, Median, Percentile, Mode = ryx.Count, ryx.Sum, ryx.Median, ryx.Percentile, ryx.Mode
local Author, Book = library.Author, library.Book

local Sample = ryx.model("PercentileSample", {
  kind = ryx.CharField{ max_length = 20 },
  n = ryx.IntField{ null = true },
  big = ryx.BigIntField{ null = true },
  x = ryx.FloatField{ null = true },
  price = ryx.DecimalField{ max_digits = 20, decimal_places = 2, null = true },
  took = ryx.DurationField{ null = true },
  name = ryx.TextField{ null = true },
  day = ryx.DateField{ null = true },
  hour = ryx.TimeField{ null = true },
  at = ryx.DateTimeField{ null = true },
  ok = ryx.BooleanField{ null = true },
  key = ryx.UUIDField{ null = true },
})

local function show(v)
  if v == nil or v == null then return "-" end
  local text = tostring(v):gsub("^(-?%d+)LL$", "%1")
  return type(v) == "number" and not text:find("^-?%d+$") and ("%.17g"):format(v) or text
end

-- What an aggregate makes of the rows of a query.
local function of(qs, e) return show(qs:aggregate{ v = e }.v) end

local function each(objects, e)
  local out = {}
  for i, row in ipairs(objects:annotate{ v = e }:order_by("name"):values("name", "v", { null = null }):all()) do
    out[i] = row.name .. "=" .. show(row.v)
  end
  return table.concat(out, " ")
end

local function by_kind(qs, e)
  local out = {}
  for i, row in ipairs(qs:values("kind"):annotate{ v = e }:order_by("kind"):all()) do
    out[i] = row.kind .. "=" .. show(row.v)
  end
  return table.concat(out, " ")
end

local function add(kind, column, list)
  for _, v in ipairs(list) do Sample.objects:create{ kind = kind, [column] = v } end
end

local function of_kind(kind) return Sample.objects:filter{ kind = kind } end

describe("percentiles", function()
  db.use(ryx, { Sample })
  setup(function()
    add("one", "n", { 7 })
    add("odd", "n", { 30, 10, 20, null })
    add("even", "n", { 4, 1, 3, 2 })
    add("none", "n", { null, null })
    add("deep", "x", { 0.1, 0.7, 0.2, 1e300, -1e300, 5e-324, 123456.789012345 })
    add("big", "big", { "9007199254740993", "9007199254740995", "-9223372036854775808" })
    add("money", "price", { "10.00", "2.50", "2.51", "9.99", null })
    add("large", "price", { "123456789012345678.01", "123456789012345678.02" })
    add("debt", "price", { "-0.01", "-0.02" })
    for _, s in ipairs{ 1, 2.5, 10 } do Sample.objects:create{ kind = "took", took = ryx.duration(s) } end
    Sample.objects:create{ kind = "tick", took = ryx.duration(0.000001) }
    Sample.objects:create{ kind = "tick", took = ryx.duration(0.000002) }
  end)

  it("take the middle, or halfway between the two there", function()
    assert.equal("7", of(of_kind"one", Median"n"))
    assert.equal("20", of(of_kind"odd", Median"n"))
    assert.equal("2.5", of(of_kind"even", Median"n"))
  end)

  it("interpolate at any share", function()
    local even = of_kind "even"
    for p, v in pairs{ [0] = "1", [1] = "4", [0.25] = "1.75", [0.95] = show(3 + (0.95 * 3 - 2) * 1), [0.5] = "2.5" } do
      assert.equal(v, of(even, Percentile("n", p)), tostring(p))
    end
    assert.equal(show(1 + (1e-10 * 3)), of(even, Percentile("n", 1e-10)))
    assert.equal("1", of(even, Percentile("n", 1e-20)))
    assert.equal("4", of(even, Percentile("n", 0.9999999999999999)))
  end)

  it("leave out NULL and are NULL of nothing", function()
    assert.equal("-", of(of_kind"none", Median"n"))
    assert.equal("-", of(of_kind"nobody", Median"n"))
    assert.equal("-", of(of_kind"nobody", Percentile("price", 0)))
    assert.equal("-", of(of_kind"none", Percentile("price", 1)))
    assert.equal("-", of(of_kind"none", Median"took"))
    assert.equal("8", of(of_kind"none", Median("n", { default = 8 })))
  end)

  it("keep every digit of a double", function()
    local deep = of_kind "deep"
    assert.equal(show(0.2), of(deep, Median"x"))
    assert.equal(show(1e300), of(deep, Percentile("x", 1)))
    assert.equal(show(-1e300), of(deep, Percentile("x", 0)))
    assert.equal(show(123456.789012345), of(deep:filter{ x__lt = 1e300 }, Percentile("x", 1)))
    assert.equal(show(0.1 + (0.55 - 0.5) / 0.5 * (0.2 - 0.1)):sub(1, 12),
      of(deep:filter{ x__range = { 0.05, 0.9 } }, Percentile("x", 0.05)):sub(1, 12))
    assert.equal(show(9007199254740992), of(of_kind"big", Median"big"))
  end)

  it("of decimals are exact, with four places more", function()
    assert.equal("6.250000", of(of_kind"money", Median"price"))
    assert.equal("2.500000", of(of_kind"money", Percentile("price", 0)))
    assert.equal("9.999850", of(of_kind"money", Percentile("price", 0.995)))
    assert.equal("2.509000", of(of_kind"money", Percentile("price", 0.3)))
    assert.equal("2.510000", of(of_kind"money", Percentile("price", 1 / 3)))
    assert.equal("123456789012345678.015000", of(of_kind"large", Median"price"))
    assert.equal("-0.015000", of(of_kind"debt", Median"price"))
    assert.equal("-0.010001", of(of_kind"debt", Percentile("price", 0.99993)))
    assert.equal(ryx.decimal("5"), of_kind"none":aggregate{ v = Median("price", { default = ryx.decimal("5") }) }.v)
    assert.equal("12.500000", of(of_kind"money", Median(F"price" * 2)))
  end)

  it("of durations are durations", function()
    assert.equal(show(ryx.duration(2.5)), of(of_kind"took", Median"took"))
    assert.equal(show(ryx.duration(1.75)), of(of_kind"took", Percentile("took", 0.25)))
    assert.equal(show(ryx.duration(0.000002)), of(of_kind"tick", Median"took"))
  end)

  it("of expressions, also of constants and of sub-queries", function()
    assert.equal("45", of(of_kind"odd", Median(F"n" * 2 + 5)))
    assert.equal("3", of(of_kind"even", Median(ryx.Value(3))))
    assert.equal("-", of(of_kind"nobody", Median(ryx.Value(3))))
    local largest = ryx.Subquery(of_kind"even":order_by("-n"):values("n"))
    assert.equal("4", of(of_kind"odd", Median(largest)))
    local same = ryx.Subquery(Sample.objects:filter{ n = ryx.OuterRef("n") }:values("n"):limit(1))
    assert.equal("20", of(of_kind"odd", Median(same)))
    assert.equal("2.5", of(of_kind"even", Median(ryx.Coalesce(same, 100))))
  end)

  it("stand beside other aggregates, in groups and in HAVING", function()
    local all = Sample.objects:filter{ kind__in = { "one", "odd", "even", "none" } }
    assert.equal("even=2.5 none=- odd=20 one=7", by_kind(all, Median"n"))
    local qs = all:values("kind"):annotate{ n_all = Count(), total = Sum"n", m = Median"n", p = Percentile("n", 0.75) }
    local out = {}
    for i, row in ipairs(qs:filter{ m__gt = 2 }:order_by("-m"):all()) do
      out[i] = ("%s:%d:%d:%s:%s"):format(row.kind, row.n_all, row.total, show(row.m), show(row.p))
    end
    assert.equal("odd:4:60:20:25 one:1:7:7:7 even:4:10:2.5:3.25", table.concat(out, " "))
    assert.equal(3, qs:filter{ m__gt = 2 }:count())
    assert.equal("even=5 none=- odd=40 one=14", by_kind(all, Median"n" * 2))
  end)

  it("have a default in groups of what is worked out inside", function()
    local groups = Sample.objects:annotate{ k = ryx.Exists(Sample.objects:values("kind")) }:values("k")
    local default = { default = ryx.decimal"2.50" }
    assert.equal(1, groups:annotate{ p = Percentile("price", 0.5, default) }:filter{ p__gt = "-1000.00" }:count())
    assert.equal(1, #groups:annotate{ p = Percentile("price", 0.5, default) }:filter{ p__gt = "-1000.00" }:all())
    assert.equal(1, #groups:annotate{ p = ryx.Max("price", default) }:filter{ p__gt = "-1000.00" }:all())
  end)

  it("take a filter", function()
    assert.equal("25", of(of_kind"odd", Median("n", { filter = Q{ n__gt = 10 } })))
    assert.equal("-", of(of_kind"odd", Median("n", { filter = Q{ n__gt = 100 } })))
    assert.equal("0", of(of_kind"odd", Median("n", { filter = Q{ n__gt = 100 }, default = 0 })))
    assert.equal("9.995000", of(of_kind"money", Median("price", { filter = Q{ price__gt = ryx.decimal("5") } })))
  end)
end)

describe("the mode", function()
  db.use(ryx, { Sample })
  local A, B = "0f9619ff-8b86-d011-b42d-00cf4fc964ff", "6f9619ff-8b86-d011-b42d-00cf4fc964ff"

  local function mode(column, list)
    Sample.objects:delete_all()
    add("m", column, list)
    return of(Sample.objects, Mode(column))
  end

  it("is the smallest of the most frequent", function()
    assert.equal("3", mode("n", { 1, 3, 3, null, null, null }))
    assert.equal("2", mode("n", { 9, 2, 10, 2, 10, 9, -5 }))
    assert.equal("-5", mode("n", { 9, 10, -5 }))
    assert.equal("-", mode("n", { null, null }))
    assert.equal("-", mode("n", {}))
    assert.equal("9007199254740993", mode("big", { "9007199254740992", "9007199254740993", "9007199254740993" }))
  end)

  it("keeps the type", function()
    assert.equal(show(0.1), mode("x", { 0.3, 0.1, 0.1, 1e300, 5e-324 }))
    assert.equal("2.50", mode("price", { "2.50", "10.00", "2.50", "10.00", "123456789012345678.01" }))
    assert.equal("123456789012345678.01", mode("price", { "123456789012345678.01", "123456789012345678.02" }))
    assert.equal(show(ryx.duration(2.5)), mode("took", { ryx.duration(2.5), ryx.duration(1), ryx.duration(2.5) }))
    assert.equal("2024-02-29", mode("day", { "2024-03-01", "2024-02-29", "0001-01-01", "2024-02-29" }))
    assert.equal(show(ryx.time("10:00:00.000001")), mode("hour", { "10:00:00.000001", "10:00:00.000002" }))
    assert.equal(show(ryx.datetime("2024-02-29T10:00:00.000001")),
      mode("at", { "2024-02-29T10:00:00.000002", "2024-02-29T10:00:00.000001" }))
    assert.equal("true", mode("ok", { true, false, true }))
    assert.equal("false", mode("ok", { true, false }))
    assert.equal(A, mode("key", { B, A, B, A }))
  end)

  it("tells texts apart as everything does", function()
    assert.equal("b", mode("name", { "b", "a", "B", "b" }))
    assert.equal("A", mode("name", { "a", "A", "a ", "á" }))
    assert.equal("", mode("name", { "", " ", "x" }))
    for _, text in ipairs{ 'q"u\\o/te', "a\nb\tc\1", "é😀", "[1,2]", "null", ("x"):rep(5000), " pad ", "\\u0041" } do
      assert.equal(text, mode("name", { text, "zz", text, "zz", text }))
    end
  end)

  it("is of expressions and conditions", function()
    mode("n", { 1, 2, 3, 4, 5 })
    assert.equal("1", of(Sample.objects, Mode(F"n" % 2)))
    assert.equal("true", of(Sample.objects, Mode(Q{ n__gt = 2 })))
    assert.equal("m", of(Sample.objects, Mode(ryx.Lower("kind"))))
    assert.equal("x", of(Sample.objects, Mode(ryx.Value("x"))))
    assert.equal("2", of(Sample.objects, Mode("n", { filter = Q{ n__gt = 1 } })))
    assert.equal("none", of(Sample.objects, Mode("name", { default = "none" })))
  end)

  it("stands in groups and in HAVING, or is refused there by name", function()
    mode("n", { 1, 2, 2, 3 })
    add("l", "n", { 4, 3 })
    local groups = Sample.objects:values("kind"):annotate{ v = Mode("n") }:order_by("kind")
    if not db.needs "mode in groups" then
      return rows.refused{ { function() return groups:all() end, "unsupported", "Mode", "GROUP BY", "Subquery" } }
    end
    assert.equal("l=3 m=2", by_kind(Sample.objects, Mode("n")))
    assert.equal(1, groups:filter{ v = 2 }:count())
  end)
end)

describe("percentiles and modes over relations", function()
  db.use(ryx, library.models)
  setup(function() library.fill() end)

  it("are apart from what else is joined", function()
    assert.equal("ann=150 ben=300 cleo=- dan=225", each(Author.objects, Median"books__pages"))
    assert.equal("ann=190 ben=300 cleo=- dan=365", each(Author.objects, Percentile("books__pages", 0.9)))
    assert.equal("ann=15.000000 ben=- cleo=- dan=5.500000", each(Author.objects, Median"books__price"))
    assert.equal("ann=alps ben=cats cleo=- dan=dogs", each(Author.objects, Mode"books__name"))
    assert.equal("ann=red ben=blue cleo=- dan=red", each(Author.objects, Mode"books__tags__name"))
    local out = {}
    for i, row in ipairs(Author.objects:annotate{ m = Median"books__pages", t = Mode"books__tags__name",
      n = Count"pupils", b = Count"books" }:order_by("name"):all()) do
      out[i] = ("%s:%s:%s:%d:%d"):format(row.name, show(row.m), show(row.t), row.n, row.b)
    end
    assert.equal("ann:150:red:2:2 ben:300:blue:0:1 cleo:-:-:1:0 dan:225:red:0:2", table.concat(out, " "))
  end)

  it("take filters, also of other relations", function()
    assert.equal("ann=200 ben=- cleo=- dan=400",
      each(Author.objects, Median("books__pages", { filter = Q{ books__year__gt = 2001 } })))
    assert.equal("ann=alps ben=cats cleo=- dan=-",
      each(Author.objects, Mode("books__name", { filter = Q{ books__tags__name = "blue" } })))
    local m = Author.objects:annotate{ m = Median"books__pages" }
    assert.equal("ann cleo", rows.names(m:filter(Q{ m__lt = 200 } + Q{ m__isnull = true })))
    assert.equal("ben dan ann", table.concat(m:filter{ m__isnull = false }:order_by("-m")
      :values_list("name", { flat = true }):all(), " "))
    local red = Author.objects:annotate{ m = Mode"books__tags__name" }:filter{ m = "red" }
    assert.equal("ann dan", rows.names(red))
  end)

  it("stand in groups, whole queries and assignments", function()
    assert.equal("150", of(Author.objects:filter{ name = "ann" }, Median"books__pages"))
    local whole = Author.objects:aggregate{ m = Median"books__pages", n = Count"pupils", t = Mode"books__tags__name" }
    assert.equal("200:3:red", ("%s:%d:%s"):format(show(whole.m), whole.n, whole.t))
    local by = Book.objects:values("author__name"):annotate{ m = Median"pages", r = Count"reviews" }
      :order_by("author__name"):all()
    for i, row in ipairs(by) do by[i] = ("%s:%s:%d"):format(row.author__name, show(row.m), row.r) end
    assert.equal("ann:150:2 ben:300:1 dan:225:2", table.concat(by, " "))
    local best = ryx.Coalesce(Mode"books__name", ryx.Value("none"))
    Author.objects:filter{ name__in = { "ann", "cleo" } }:update{ name = best }
    assert.equal("alps ben dan none", rows.names(Author.objects:order_by("name")))
  end)
end)

describe("misuse of percentiles", function()
  db.use(ryx, library.models)

  it("is refused by name", function()
    rows.refused{
      { function() return Percentile("id") end, "misuse", "Percentile", "2 arguments" },
      { function() return Percentile("id", 1.5) end, "misuse", "Percentile", "0 to 1", "1.5" },
      { function() return Percentile("id", -0.1) end, "misuse", "Percentile", "0 to 1" },
      { function() return Percentile("id", 0 / 0) end, "misuse", "Percentile", "0 to 1" },
      { function() return Percentile("id", "0.5") end, "misuse", "Percentile", "0 to 1" },
      { function() return Percentile("id", F"id") end, "misuse", "Percentile", "0 to 1" },
      { function() return Median("id", 0.5) end, "misuse", "Median", "at most 1" },
      { function() return Author.objects:annotate{ x = Median"name" } end, "field_error", "Median", "not text" },
      { function() return Author.objects:annotate{ x = Median("id", { distinct = true }) } end, "field_error", "Median",
        "DISTINCT" },
      { function() return Author.objects:annotate{ x = Mode("id", { distinct = true }) } end, "field_error", "Mode",
        "DISTINCT" },
      { function() return Author.objects:annotate{ x = ryx.Window(Median"id", {}) } end, "field_error", "Median",
        "window" },
      { function() return Author.objects:annotate{ x = Median(Count("books")) } end, "field_error", "Median",
        "aggregate" },
    }
  end)
end)
