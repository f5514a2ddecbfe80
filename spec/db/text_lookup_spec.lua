-- SPDX-License-Identifier: MIT
-- Lookups of text: the same rows on every database, whatever its
-- collation, pattern language and regular expressions.
local db = require "support.db"
local rows = require "support.rows"
local ryx = require "ryx"
local F = ryx.F

local TEXTS = {
  lower = "hello", upper = "HELLO", space = "hello ", title = "Hello World", accent = "h\195\169llo",
  ACCENT = "H\195\137LLO", percent = "100% sure", under = "a_b", axb = "axb", bang = "wow!%_!", back = "C:\\dir\\",
  quote = "it's \"q\"", star = "a*b?[c]", empty = "", lines = "one\ntwo", sharp = "stra\195\159e",
  STRASSE = "STRASSE", greek = "\206\163\206\159\206\166\206\159\206\163",
  sigma = "\207\131\206\191\207\134\206\191\207\130",
  cyr = "\208\156\208\184\209\128", smile = "a\240\159\152\128b", last = "x\244\143\191\191y", dollar = "$1 ? ?? :x",
  bmp = "q\237\159\191z", dot = "a.b", upside = "u",
}
local Row = ryx.model("TRow", {
  name = ryx.CharField{ max_length = 10 },
  text = ryx.TextField{ null = true, blank = true },
  part = ryx.CharField{ max_length = 50, null = true, blank = true, strip = false },
})
local objects = Row.objects

local function text(lookup, v)
  return { ["text__" .. lookup] = v }
end

describe("text lookups", function()
  db.use(ryx, { Row })
  setup(function()
    for name, v in pairs(TEXTS) do objects:create{ name = name, text = v,
      part = v:match("^[%z\1-\127\194-\244]?[\128-\191]*") } end
    objects:create{ name = "null" }
  end)

  it("compare by code point", function()
    rows.check(objects, {
      { { text = "hello" }, "lower" }, { { text = "HELLO" }, "upper" }, { { text = "hello " }, "space" },
      { { text__in = { "hello", "h\195\169llo" } }, "accent lower" }, { { text = "" }, "empty" },
      { { text__gt = "wow" , text__lt = "x" }, "bang" },
      { { text__gte = "\240\159" .. "\152\128" }, "" }, { { text__lt = "$2" }, "dollar empty" },
      { { text__range = { "A", "Z" } }, "ACCENT STRASSE back title upper" },
    })
  end)

  it("find each text by itself, whole and in parts", function()
    for name, v in pairs(TEXTS) do
      if v ~= "" then
        assert.equal(name, rows.names(objects:filter{ text = v }), name)
        for _, lookup in ipairs{ "contains", "startswith", "endswith", "icontains", "istartswith", "iendswith",
          "iexact" } do
          local found = " " .. rows.names(objects:filter(text(lookup, v))) .. " "
          assert.truthy(found:find(" " .. name .. " ", 1, true), name .. " by " .. lookup .. ":" .. found)
          assert.equal(found, " " .. rows.names(objects:filter(text(lookup, ryx.Value(v)))) .. " ",
            name .. " " .. lookup)
        end
      end
    end
  end)

  it("take what is looked for as it stands", function()
    rows.check(objects, {
      { text("contains", "%"), "bang percent" }, { text("contains", "_"), "bang under" },
      { text("contains", "!"), "bang" },
      { text("contains", "\\"), "back" }, { text("contains", "a_b"), "under" }, { text("contains", "'"), "quote" },
      { text("endswith", "\\"), "back" }, { text("startswith", "100%"), "percent" },
      { text("startswith", "a_"), "under" },
      { text("endswith", "?[c]"), "star" }, { text("endswith", "*b"), "" }, { text("contains", "*"), "star" },
      { text("icontains", "A_B"), "under" }, { text("icontains", "%"), "bang percent" },
      { text("icontains", "\\D"), "back" },
      { text("istartswith", "WOW!%"), "bang" }, { text("iendswith", "!%_!"), "bang" },
      { text("iexact", "a_b"), "under" },
      { text("iexact", "A%"), "" }, { text("contains", "?"), "dollar star" },
      { text("contains", "$1 ? ?? :x"), "dollar" },
      { text("contains", "one\ntwo"), "lines" }, { text("contains", "' OR 1=1 --"), "" },
    })
  end)

  it("tell small letters from capitals, or do not", function()
    rows.check(objects, {
      { text("contains", "ello"), "lower space title" }, { text("startswith", "hel"), "lower space" },
      { text("endswith", "LLO"), "ACCENT upper" }, { text("icontains", "ELLO"), "lower space title upper" },
      { text("istartswith", "heL"), "lower space title upper" },
      { text("iendswith", "LLO"), "ACCENT accent lower upper" },
      { text("iexact", "hellO"), "lower upper" }, { text("iexact", "h\195\137llo"), "ACCENT accent" },
      { text("icontains", "\195\169L"), "ACCENT accent" }, { text("icontains", "\208\188\208\152"), "cyr" },
    })
  end)

  it("fold one character to one", function()
    rows.check(objects, {
      { text("iexact", "strasse"), "STRASSE" }, { text("iexact", "STRA\195\159E"), "sharp" },
      { text("icontains", "\207\131\206\191"), "greek sigma" }, { text("iexact", TEXTS.greek:lower()), "greek" },
    })
  end)

  it("find the empty text everywhere but in NULL", function()
    for _, lookup in ipairs{ "contains", "startswith", "endswith", "icontains", "istartswith", "iendswith" } do
      assert.equal("null", rows.names(objects:exclude(text(lookup, ""))), lookup)
      assert.equal(rows.names(objects:exclude{ name = "null" }), rows.names(objects:filter(text(lookup, ""))), lookup)
    end
    rows.check(objects, { { text("iexact", ""), "empty" }, { text("isnull", true), "null" } })
  end)

  it("find prefixes that end in the last characters", function()
    rows.check(objects, {
      { text("startswith", "x\244\143\191\191"), "last" }, { text("startswith", "q\237\159\191"), "bmp" },
      { text("startswith", "a\240\159\152\128"), "smile" }, { text("startswith", "\244\143\191\191"), "" },
    })
  end)

  it("compare with another column", function()
    local all = rows.names(objects:filter{ text__isnull = false })
    rows.check(objects, {
      { text("startswith", F"part"), all }, { text("istartswith", F"part"), all }, { text("contains", F"part"), all },
      { text("icontains", ryx.Upper("part")), all }, { text("endswith", F"part"), "empty greek lines upside" },
      { text("iendswith", F"part"), "empty greek lines upside" }, { text("iexact", ryx.Lower("text")), all },
      { { part = F"text" }, "empty upside" }, { { part__in = { F"text", "C" } }, "back empty upside" },
      { F"text":startswith(F"part" .. "_"), "under" }, { F"text":contains(ryx.Value("%")), "bang percent" },
      { (F"part" .. F"part"):eq("aa"), "axb dot smile star under" },
    })
  end)

  it("match regular expressions", function()
    rows.check(objects, {
      { text("regex", "^hello$"), "lower" }, { text("regex", "ello"), "lower space title" },
      { text("iregex", "^hello"), "lower space title upper" }, { text("regex", "[0-9]+%"), "percent" },
      { text("regex", "one.two"), "lines" }, { text("regex", "^two"), "" }, { text("regex", "one$"), "" },
      { text("regex", "^a.b$"), "axb dot smile under" }, { text("regex", "^a\\.b$"), "dot" },
      { text("regex", "\\bWorld\\b"), "title" }, { text("regex", "\\bello"), "" },
      { text("regex", "\\Bello"), "lower space title" },
      { text("regex", "^(a|w).*[b!]$"), "axb bang dot smile under" }, { text("regex", "^$"), "empty" },
      { text("iregex", "^H\195\169LLO$"), "ACCENT accent" }, { text("iregex", "^\208\188\208\184\208\160$"), "cyr" },
      { text("regex", "^.\195\169"), "accent" }, { text("regex", "\\d{3}"), "percent" },
      { text("regex", "\\$1 \\?"), "dollar" },
      { text("regex", "C:\\\\dir\\\\$"), "back" }, { text("regex", "'s \"q\""), "quote" },
      { text("regex", "^\\w+$"), "ACCENT STRASSE accent axb cyr greek lower sharp sigma under upper upside" },
      { text("regex", ryx.Value("^hello$")), "lower" }, { { part__regex = "^$" }, "empty" },
    })
  end)

  it("report a regular expression that is none", function()
    for _, lookup in ipairs{ "regex", "iregex" } do
      local e = db.error_of(function() return objects:filter(text(lookup, "(")):all() end)
      assert.truthy(e.kind == "operational" or e.kind == "validation" or e.kind == "misuse", tostring(e))
    end
  end)

  it("carry transforms before the lookup", function()
    rows.check(objects, {
      { { text__lower = "hello" }, "lower upper" },
      { { text__upper__startswith = "HELLO" }, "lower space title upper" },
      { { text__length = 5, part = "h" }, "accent lower" }, { { text__length__gt = 9 }, "dollar title" },
      { { text__trim = "hello" }, "lower space" },
      { { text__trim__lower__endswith = "lo" }, "ACCENT accent lower space upper" },
      { { text__length__in = { 0, 17 } }, "empty" }, { { text__trim__length__range = { 5, 5 }, part__iexact = "h" },
        "ACCENT accent lower space upper" },
    })
  end)
end)
