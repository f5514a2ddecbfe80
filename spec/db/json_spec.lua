-- SPDX-License-Identifier: MIT
-- Parts of JSON documents in conditions: one type compares with its
-- own, whatever the database.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F, array, null = ryx.F, ryx.json.array, ryx.null

local DOCUMENTS = {
  a = { n = 1, s = "one", b = true, list = { 1, "x", null, { k = "deep" } }, o = { p = { q = "z", r = 7 } } },
  b = { n = 2.5, s = "Two %_", b = false, list = array{}, o = { p = array{ 10, 20 } } },
  c = { n = "1", s = 1, b = 1, list = "text", o = "p", key = "marker", json = "j" },
  d = { n = null, s = "", b = "true", list = { list = 1 }, o = null },
  e = array{ 1, 2, { n = 1 } },
  f = "one",
  g = 42,
  h = true,
  i = { ["a.b"] = 1, ['q"u'] = 2, ["back\\slash"] = 3, ["it's"] = 4, ["under__score"] = 5, ["\195\169\226\130\172"] = 6,
    [""] = 7, ["0"] = 8, ["$[0]"] = 9, ["contains"] = 10, ["sp ace"] = 11, ["n\n"] = 12, ["*"] = 13, ["?"] = 14 },
  j = {},
}
local Row = ryx.model("JRow", {
  name = ryx.CharField{ max_length = 5 },
  meta = ryx.JSONField{ null = true },
  text = ryx.TextField{ null = true },
  n = ryx.IntField{ null = true }, word = ryx.CharField{ max_length = 10, null = true },
})
local objects = Row.objects
local ALL = "a b c d e f g h i j z"

local function at(...)
  return F"meta":at(...)
end

describe("JSON", function()
  db.use(ryx, { Row })
  setup(function()
    for name, meta in pairs(DOCUMENTS) do
      objects:create{
        name = name, meta = meta, text = ryx.json.encode(meta), n = name == "a" and 1 or 2,
        word = name == "a" and "one" or "x",
      }
    end
    objects:create{ name = "z" }
  end)

  it("compares numbers with numbers", function()
    rows.check(objects, {
      { { meta__n = 1 }, "a" }, { { meta__n = 2.5 }, "b" }, { { meta__n__gt = 1 }, "b" },
      { { meta__n__gte = 1 }, "a b" },
      { { meta__n__lt = 2.5 }, "a" }, { { meta__n__lte = 100 }, "a b" }, { { meta__n__range = { 0, 2 } }, "a" },
      { { meta__n__in = { 1, 3 } }, "a" }, { { meta__n__in = { 2.5 } }, "b" },
      { { meta__n__in = { 1, "1" } }, "a c" },
      { { meta__n__in = { null, 1 } }, "a" }, { { meta__n__in = {} }, "" }, { { meta__n = 1.0 }, "a" },
      { { meta__s = 1 }, "c" },
      { { meta__b = 1 }, "c" }, { { meta__n__gt = -1e300 }, "a b" }, { { meta__o__p__r = 7 }, "a" },
      { { meta__n__gte = 2 }, "b" },
      { { meta__o__p__r__gt = 6.5 }, "a" }, { { meta__n = 9007199254740993 }, "" },
    })
  end)

  it("compares text with text", function()
    rows.check(objects, {
      { { meta__s = "one" }, "a" }, { { meta__s = "1" }, "" }, { { meta__n = "1" }, "c" }, { { meta__s = "" }, "d" },
      { { meta__s__iexact = "ONE" }, "a" }, { { meta__s__contains = "o" }, "a b" },
      { { meta__s__contains = "%_" }, "b" },
      { { meta__s__icontains = "TW" }, "b" }, { { meta__s__startswith = "o" }, "a" },
      { { meta__s__startswith = "" }, "a b d" },
      { { meta__s__istartswith = "tw" }, "b" }, { { meta__s__endswith = "_" }, "b" },
      { { meta__s__iendswith = "NE" }, "a" },
      { { meta__s__regex = "^o" }, "a" }, { { meta__s__iregex = "^TWO" }, "b" }, { { meta__s__gt = "a" }, "a" },
      { { meta__s__lt = "a" }, "b d" }, { { meta__s__in = { "one", "" } }, "a d" },
      { { meta__s__range = { "A", "Z" } }, "b" },
      { { meta__list__contains = "ex" }, "c" }, { { meta__o = "p" }, "c" }, { { meta__o__p__q = "z" }, "a" },
      { { meta__o__p__q__contains = "Z" }, "" }, { { meta__o__p__q__icontains = "Z" }, "a" },
    })
  end)

  it("compares booleans with booleans", function()
    rows.check(objects, {
      { { meta__b = true }, "a" }, { { meta__b = false }, "b" }, { { meta__b = "true" }, "d" },
      { { meta__b__exact = true }, "a" },
      { { meta__n = true }, "" }, { { meta = true }, "h" },
    })
  end)

  it("tells null from what is missing", function()
    rows.check(objects, {
      { { meta__n = null }, "d" }, { { meta__o = null }, "d" }, { { meta__n__isnull = true }, "e f g h i j z" },
      { { meta__n__isnull = false }, "a b c d" }, { { meta__o__p__isnull = false }, "a b" },
      { { meta__x__y__isnull = false }, "" },
      { { meta__list__2 = null }, "a" }, { { meta__list__2__isnull = false }, "a" },
      { { meta__list__9__isnull = false }, "" },
      { { meta = null }, "z" }, { { meta__isnull = true }, "z" }, { { meta__isnull = false }, "a b c d e f g h i j" },
    })
  end)

  it("reaches items of arrays by position", function()
    rows.check(objects, {
      { { meta__list__0 = 1 }, "a" }, { { meta__list__1 = "x" }, "a" }, { { meta__list__3__k = "deep" }, "a" },
      { { meta__list__3__k__startswith = "d" }, "a" }, { { meta__0 = 1 }, "e" }, { { meta__2__n = 1 }, "e" },
      { { meta__o__p__0__gte = 10 }, "b" }, { { meta__o__p__1 = 20 }, "b" },
      { { meta__list__0__isnull = false }, "a" },
      { { meta__0__isnull = false }, "e" }, { { meta__n__0 = 1 }, "" }, { { meta__s__0 = "one" }, "" },
      { { meta__0__0 = 1 }, "" },
      { { meta__list__list = 1 }, "d" },
    })
  end)

  it("compares whole documents, whatever the order of keys", function()
    rows.check(objects, {
      { { meta = DOCUMENTS.a }, "a" },
      { { meta = { o = { p = { r = 7, q = "z" } }, list = DOCUMENTS.a.list, b = true, s = "one", n = 1 } }, "a" },
      { { meta = array{ 1, 2, { n = 1 } } }, "e" }, { { meta = array{ 2, 1, { n = 1 } } }, "" },
      { { meta = {} }, "j" },
      { { meta = array{} }, "" }, { { meta = "one" }, "f" }, { { meta = 42 }, "g" },
      { { meta__o__p = { r = 7, q = "z" } }, "a" },
      { { meta__o__p = { r = 7 } }, "" }, { { meta__o__p = array{ 10, 20 } }, "b" },
      { { meta__o__p = { 10, 20 } }, "b" },
      { { meta__list = array{} }, "b" }, { { meta__list__3 = { k = "deep" } }, "a" },
      { { meta = F"meta" }, "a b c d e f g h i j" },
    })
  end)

  it("knows which keys there are", function()
    rows.check(objects, {
      { { meta__has_key = "n" }, "a b c d" }, { { meta__has_key = "a.b" }, "i" }, { { meta__has_key = "" }, "i" },
      { { meta__has_any = { "json", "n" } }, "a b c d" }, { { meta__has_all = { "key", "json" } }, "c" },
      { { meta__has_keys = { "key", "n" } }, "c" }, { { meta__has_any = {} }, "" },
      { { meta__o__has_key = "p" }, "a b" },
      { { meta__o__p__has_all = { "q", "r" } }, "a" },
      { { meta__has_key = 'q"u' }, "i" }, { { meta__has_key = "it's" }, "i" },
      { { meta__has_key = "back\\slash" }, "i" }, { { meta__has_key = "$[0]" }, "i" },
      { { meta__has_key = "0" }, "i" },
      { { meta__has_key = "*" }, "i" }, { { meta__has_any = { "?", "x" } }, "i" },
      { { meta__list__has_key = "list" }, "d" },
      { { meta__has_key = "one" }, "" }, { { meta__has_key = "1" }, "" },
      { { meta__has_all = {} }, "a b c d i j" },
    })
  end)

  it("contains and is contained", function()
    rows.check(objects, {
      { { meta__contains = { n = 1 } }, "a" }, { { meta__contains = { o = { p = { r = 7 } } } }, "a" },
      { { meta__contains = { b = true, s = "one" } }, "a" },
      { { meta__contains = array{ 2 } }, "e" }, { { meta__contains = array{ { n = 1 } } }, "e" },
      { { meta__contains = { n = null } }, "d" },
      { { meta__contains = {} }, "a b c d i j" }, { { meta__list__contains = array{ "x" } }, "a" },
      { { meta__o__contains = { p = array{ 20 } } }, "b" },
      { { meta__contains = { n = "1" } }, "c" }, { { meta__contained_by = { n = 1, x = 2 } }, "j" },
      { { meta__contained_by = array{ 1, 2, 3, { n = 1 } } }, "e" },
      { { meta__o__p__contained_by = { q = "z", r = 7, s = 1 } }, "a" },
      { { meta__list__contained_by = { list = 1, more = 2 } }, "d" },
      { { meta__contains = "one" }, "f" }, { { meta__contains = 42 }, "g" },
    })
  end)

  it("takes the markers of the reference", function()
    rows.check(objects, {
      { { meta__key__n = 1 }, "a" }, { { meta__key__s__icontains = "ON" }, "a" },
      { { meta__key_text__s = "one" }, "a" },
      { { meta__json__n__gt = 2 }, "b" }, { { meta__key = "marker" }, "c" },
      { { meta__key__icontains = "MARK" }, "c" },
      { { meta__json = "j" }, "c" }, { { meta__key__o__p__q = "z" }, "a" }, { { meta__key__has_key = "n" }, "" },
      { { meta__key__in = { "marker" } }, "c" }, { { meta__key__isnull = false }, "c" },
      { { meta__key__n__in = { 1, 2.5 } }, "a b" },
      { { meta__key__n__range = { 1, 2 } }, "a" },
    })
  end)

  it("reaches any key at all", function()
    local i = { ["a.b"] = 1,
      ['q"u'] = 2, ["back\\slash"] = 3, ["it's"] = 4, ["under__score"] = 5, ["\195\169\226\130\172"] = 6,
      [""] = 7, ["0"] = 8, ["$[0]"] = 9, ["contains"] = 10, ["sp ace"] = 11, ["n\n"] = 12, ["*"] = 13, ["?"] = 14 }
    for key, n in pairs(i) do
      rows.check(objects, { { at(key):eq(n), "i" }, { at(key):gt(n), "" }, { at(key):isnull(false), "i" } })
    end
    rows.check(objects, {
      { { meta__contains__exact = 10 }, "i" }, { { ["meta__sp ace"] = 11 }, "i" },
      { { ['meta__q"u__gte'] = 2 }, "i" },
      { { ["meta__it's"] = 4 }, "i" }, { { ["meta__\195\169\226\130\172"] = 6 }, "i" },
      { { ["meta__back\\slash"] = 3 }, "i" },
      { { ["meta__*"] = 13 }, "i" }, { { ["meta__?"] = 14 }, "i" }, { at("o", "p", "q"):eq("z"), "a" },
      { at("list", 0):eq(1), "a" },
      { at("list", 3, "k"):contains("ee"), "a" }, { at(2, "n"):eq(1), "e" }, { at("o", "p", 1):in_{ 20, 30 }, "b" },
    })
  end)

  it("compares with expressions", function()
    rows.check(objects, {
      { { meta__n = F"n" }, "a" }, { { meta__n__lte = F"n" }, "a" }, { { meta__s = F"word" }, "a" },
      { { meta__s__startswith = F"word" }, "a" },
      { { meta__n = ryx.Value(1) }, "a" }, { at("n"):gt(ryx.Value(1)), "b" }, { { meta__n__gt = F"n" + 0.25 }, "b" },
      { { meta__n = F"meta__n" }, "a b c d" }, { { meta__o__p__r__gt = F"n" }, "a" }, { { word = F"meta__s" }, "a" },
      { { n__gte = F"meta__n" }, "a" }, { { meta = F"meta__o" }, "" },
      { { meta__n__in = { F"n", 2.5 } }, "a b" }, { { meta__n__range = { F"n", 3 } }, "a b" },
      { { meta__n__range = { 0, F"n" } }, "a" },
      { { meta__n__in = objects:values("n") }, "a" }, { { meta__s__in = objects:values("word") }, "a" },
      { { meta__n = objects:filter{ name = "a" }:values("n") }, "a" },
      { { meta__contains = F"meta" }, "a b c d e f g h i j" },
      { { meta__s__contains = ryx.Value("o") }, "a b" }, { { meta__o__contained_by = F"meta__o" }, "a b c d" },
      { { meta__b__in = { true, 1 } }, "a c" }, { { meta__n = ryx.Value(ryx.decimal("2.50")) }, "b" },
      { { meta = ryx.Value("one") }, "f" }, { { meta__gt = ryx.Value(5) }, "g" },
    })
    rows.refused{
      { function() return objects:filter{ meta__n__gt = F"meta__o__p__r" } end, "field_error", "Cast" },
      { function() return objects:filter{ meta__n = ryx.Now() } end, "field_error", "meta__n", "datetime" },
    }
  end)

  it("reaches into text that holds JSON", function()
    rows.check(objects:exclude{ name = "z" }, {
      { { text__key__n = 1 }, "a" }, { { text__key__s__icontains = "two" }, "b" },
      { { text__json__o__p__r__gte = 7 }, "a" },
      { { text__key__list__0 = 1 }, "a" }, { { text__key_text__s = "one" }, "a" },
      { F"text":at("o", "p", 0):eq(10), "b" },
      { { text__key__n__isnull = false }, "a b c d" }, { { text__key__n = null }, "d" },
      { { text__key__b = true }, "a" },
      { { text__key__o__has_key = "p" }, "a b" },
    })
  end)

  it("keeps its negations two-valued below and and or", function()
    local Q = ryx.Q
    rows.check(objects, {
      { -Q{ meta__n = 1 }, "b c d e f g h i j z" }, { -(Q{ meta__n = 1 } + Q{ meta__s = "" }), "b c e f g h i j z" },
      { -Q{ meta__n = 1 } * Q{ meta__n__isnull = false }, "b c d" },
      { Q{ meta__has_key = "n" } * -Q{ meta__has_key = "key" }, "a b d" },
      { -Q{ meta__contains = { n = 1 } } * Q{ meta__has_any = { "n" } }, "b c d" },
      { -Q{ meta__n__in = { 1, "1" } }, "b d e f g h i j z" },
    })
    assert.equal(ALL, rows.names(objects))
  end)

  it("gives its parts", function()
    local row = objects:filter{ name = "a" }:values("meta__n", "meta__s", "meta__list__3",
      { deep = at("o", "p", "q"), gone = at("x") })
      :first()
    assert.equal(1, row.meta__n)
    assert.equal("one", row.meta__s)
    assert.same({ k = "deep" }, row.meta__list__3)
    assert.equal("z", row.deep)
    assert.is_nil(row.gone)
    assert.equal(true, objects:filter{ name = "a" }:annotate{ b = F"meta__b" }:first().b)
  end)

  it("orders and groups by a part that is given a type", function()
    local list = objects:filter{ meta__n__isnull = false }:order_by(ryx.Cast(F"meta__n", "double"):desc(), "name")
      :values_list("name", { flat = true }):all()
    assert.same({ "b", "a", "c", "d" }, list)
    list = objects:filter{ meta__n__isnull = false }:values({ s = ryx.Cast(F"meta__s",
      "text") }):annotate{ k = ryx.Count() }
      :order_by("s"):values_list("s", "k"):all()
    assert.same({ { null, 1 }, { "", 1 }, { "Two %_", 1 }, { "one", 1 } }, list)
    rows.check(objects, {
      { ryx.Cast(F"meta__n", "int"):gte(1), "a b" }, { ryx.Cast(F"meta__b", "bool"), "a" },
      { (ryx.Cast(F"meta__n", "double") + F"n"):gt(3), "b" },
      { ryx.Lower(ryx.Cast(F"meta__s", "text")):eq("two %_"), "b" },
      { ryx.Cast(F"meta__n", "decimal(10, 2)"):eq(ryx.decimal("2.50")), "b" },
      { ryx.Cast("meta", "int"):eq(42), "g" },
    })
  end)

  it("refuses what JSON cannot be asked", function()
    rows.refused{
      { function() return objects:filter{ meta__has_key = 5 } end, "misuse", "has_key" },
      { function() return objects:filter{ meta__has_key = { "a" } } end, "misuse", "has_key" },
      { function() return objects:filter{ meta__has_any = "a" } end, "misuse", "has_any", "list" },
      { function() return objects:filter{ meta__has_all = { 1 } } end, "misuse", "list of keys" },
      { function() return objects:filter{ meta__n__gt = true } end, "field_error", "gt" },
      { function() return objects:filter{ meta__n__startswith = 5 } end, "field_error" },
      { function() return objects:filter{ meta__n__isnull = 1 } end, "misuse", "isnull" },
      { function() return objects:filter{ meta__n__gt = null } end, "misuse", "NULL" },
      { function() return objects:filter{ meta__n__gt = { 1 } } end, "misuse", "gt" },
      { function() return objects:filter{ meta__n__in = 1 } end, "misuse", "list" },
      { function() return F"meta":at() end, "misuse", "at" },
      { function() return F"meta":at(-1) end, "misuse", "position" },
      { function() return F"meta":at(true) end, "misuse", "position" },
      { function() return objects:filter(F"n":at("a"):eq(1)) end, "field_error", "JSON" },
      { function() return objects:filter{ n__key__a = 1 } end, "field_error", "key" },
    }
  end)
end)
