-- SPDX-License-Identifier: MIT
-- Every function and operator of docs/reference/functions.md by what it gives, the
-- same on all databases; each as an output, in a filter and below an order.
local compat = require "ryx.compat"
local db = require "support.db"
local functions = require "ryx.query.fn"
local ryx = require "ryx"
local F, V, dec, null = ryx.F, ryx.Value, ryx.decimal, ryx.null

local Row = ryx.model("FRow", {
  i = ryx.IntField(), neg = ryx.IntField(), big = ryx.BigIntField(), zero = ryx.IntField(), d = ryx.FloatField(),
  price = ryx.DecimalField{ max_digits = 8, decimal_places = 2 },
  fine = ryx.DecimalField{ max_digits = 12, decimal_places = 5 },
  text = ryx.CharField{ max_length = 20 }, padded = ryx.CharField{ max_length = 20, strip = false },
  digits = ryx.CharField{ max_length = 20 },
  b = ryx.BooleanField(), nope = ryx.BooleanField(), day = ryx.DateField(), at = ryx.TimeField(),
  made = ryx.DateTimeField(),
  later = ryx.DateTimeField(), span = ryx.DurationField(), moment = ryx.DateTimeField{ tz = true },
  meta = ryx.JSONField(),
  code = ryx.UUIDField(), null_i = ryx.IntField{ null = true },
  null_text = ryx.CharField{ max_length = 20, null = true },
})
local VALUES = {
  i = 7, neg = -7, big = 3000000000, zero = 0, d = 2.5, price = "10.25", fine = "-0.12345", text = "\195\137cole",
  padded = "  x y ",
  digits = "042", b = true, nope = false, day = "2024-02-29", at = "13:14:15.25", made = "2024-02-29 23:59:59.5",
  later = "2024-03-02 00:00:00", span = ryx.duration{ hours = 36 }, moment = "2024-01-15T23:30:00Z", meta = { a = 1 },
  code = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
}
local NIL = {}

local CASES = {
  ["+"] = { { F"i" + 1, 8 }, { F"i" + F"d", 9.5 }, { F"price" + F"fine", "10.12655" }, { F"price" + 1, "11.25" },
    { 1 + F"i", 8 },
    { F"null_i" + 1, NIL }, { F"made" + ryx.duration{ days = 1 }, "2024-03-01T23:59:59.500000" },
    { F"big" + F"big", 6000000000 },
    { F"day" + ryx.duration{ hours = 1 }, "2024-02-29T01:00:00" }, { F"span" + F"span", "P3D" } },
  ["-"] = { { F"i" - 10, -3 }, { F"price" - F"fine", "10.37345" }, { F"later" - F"made", "P1DT0.5S" },
    { 1 - F"d", -1.5 },
    { F"made" - F"span", "2024-02-28T11:59:59.500000" }, { F"later" - F"day", "P2D" } },
  ["*"] = { { F"i" * 2, 14 }, { F"price" * 3, "30.75" }, { F"price" * F"fine", "-1.2653625" }, { F"d" * F"i", 17.5 },
    { F"span" * 2, "P3D" } },
  ["/"] = { { F"i" / 2, 3.5 }, { F"i" / F"zero", NIL }, { F"price" / 4, "2.562500" }, { F"neg" / 2, -3.5 },
    { F"span" / 2, "PT18H" },
    { F"span" / F"span", 1 }, { 7 / F"d", 2.8 } },
  ["%"] = { { F"i" % 4, 3 }, { F"neg" % 4, -3 }, { F"i" % F"zero", NIL }, { F"price" % 3, "1.25" } },
  ["^"] = { { F"i" ^ 2, 49 }, { F"d" ^ -1, 0.4 } },
  neg = { { -F"i", -7 }, { -F"price", "-10.25" }, { -(-F"d"), 2.5 } },
  [".."] = { { F"text" .. "!", "\195\137cole!" }, { F"text" .. F"null_text", "\195\137cole" }, { "n" .. F"i", "n7" },
    { F"price" .. F"b", "10.25true" },
    { F"day" .. " " .. F"at", "2024-02-29 13:14:15.250000" } },
  Coalesce = { { ryx.Coalesce("null_i", "i"), 7 }, { ryx.Coalesce("null_text", V"none"), "none" },
    { ryx.Coalesce("null_i", "price"), "10.25" },
    { ryx.Coalesce("null_i", "null_i", 0), 0 } },
  Greatest = { { ryx.Greatest("i", "neg", 3), 7 }, { ryx.Greatest("i", "null_i"), NIL },
    { ryx.Greatest("price", "i"), "10.25" },
    { ryx.Greatest("made", "later"), "2024-03-02T00:00:00" }, { ryx.Greatest("text", V"a"), "\195\137cole" } },
  Least = { { ryx.Least("i", "neg"), -7 }, { ryx.Least("price", "fine"), "-0.12345" },
    { ryx.Least("i", "null_i"), NIL }, { ryx.Least("d", 1), 1 } },
  NullIf = { { ryx.NullIf("i", 7), NIL }, { ryx.NullIf("i", 8), 7 }, { ryx.NullIf("text", V"x"), "\195\137cole" } },
  Cast = { { ryx.Cast("digits", "int"), 42 }, { ryx.Cast("text", "int"), NIL }, { ryx.Cast("d", "int"), 2 },
    { ryx.Cast("i", "double"), 7 },
    { ryx.Cast("i", "text"), "7" }, { ryx.Cast("b", "text"), "true" }, { ryx.Cast("price", "text"), "10.25" },
    { ryx.Cast("b", "int"), 1 },
    { ryx.Cast("d", "decimal(10, 2)"), "2.50" }, { ryx.Cast("price", "decimal(4, 1)"), "10.3" },
    { ryx.Cast("price", "decimal(3, 2)"), NIL },
    { ryx.Cast("made", "date"), "2024-02-29" }, { ryx.Cast("made", "time"), "23:59:59.500000" },
    { ryx.Cast("day", "datetime"), "2024-02-29T00:00:00" },
    { ryx.Cast(V"2024-13-01", "date"), NIL }, { ryx.Cast("zero", "bool"), false },
    { ryx.Cast("meta", "json"), { a = 1 } }, { ryx.Cast("code", "text"), VALUES.code } },
  JSONObject = { { ryx.JSONObject("i", "i", "t", "text", "n", "null_i"), { i = 7, t = "\195\137cole", n = null } } },
  JSONArray = { { ryx.JSONArray("i", "b", "d", "meta"), { 7, true, 2.5, { a = 1 } } } },
  Concat = { { ryx.Concat("text", V"-", "i", "null_text"), "\195\137cole-7" } },
  Lower = { { ryx.Lower("text"), "\195\169cole" } },
  Upper = { { ryx.Upper("text"), "\195\137COLE" }, { ryx.Upper(V"stra\195\159e"), "STRA\195\159E" } },
  Length = { { ryx.Length("text"), 5 }, { ryx.Length("padded"), 6 }, { ryx.Length("null_text"), NIL } },
  Trim = { { ryx.Trim("padded"), "x y" } }, LTrim = { { ryx.LTrim("padded"), "x y " } },
  RTrim = { { ryx.RTrim("padded"), "  x y" } },
  Replace = { { ryx.Replace("text", "o", "0"), "\195\137c0le" }, { ryx.Replace("text", "", "x"), "\195\137cole" },
    { ryx.Replace("text", "O", ""), "\195\137cole" } },
  Substr = { { ryx.Substr("text", 2, 3), "col" }, { ryx.Substr("text", 4), "le" },
    { ryx.Substr("text", -1, 2), "\195\137c" }, { ryx.Substr("text", 9), "" },
    { ryx.Substr("text", 1, -1), "" } },
  Left = { { ryx.Left("text", 2), "\195\137c" }, { ryx.Left("text", 99), "\195\137cole" } },
  Right = { { ryx.Right("text", 2), "le" }, { ryx.Right("text", 0), "" } },
  Repeat = { { ryx.Repeat("digits", 2), "042042" }, { ryx.Repeat("digits", -1), "" } },
  LPad = { { ryx.LPad("digits", 5), "  042" }, { ryx.LPad("digits", 6, "ab"), "aba042" },
    { ryx.LPad("text", 2), "\195\137c" } },
  RPad = { { ryx.RPad("digits", 5, "*"), "042**" } },
  Reverse = { needs = "reverse", { ryx.Reverse("text"), "eloc\195\137" } },
  StrIndex = { { ryx.StrIndex("text", "co"), 2 }, { ryx.StrIndex("text", "CO"), 0 } },
  Abs = { { ryx.Abs("neg"), 7 }, { ryx.Abs("fine"), "0.12345" } },
  Sign = { { ryx.Sign("neg"), -1 }, { ryx.Sign("d"), 1 }, { ryx.Sign("zero"), 0 } },
  Round = { { ryx.Round("d"), 3 }, { ryx.Round("fine", 3), "-0.123" }, { ryx.Round("price", 1), "10.3" },
    { ryx.Round("i", 2), 7 } },
  Floor = { { ryx.Floor("d"), 2 }, { ryx.Floor("fine"), "-1" } },
  Ceil = { { ryx.Ceil("d"), 3 }, { ryx.Ceil("price"), "11" } },
  Mod = { { ryx.Mod("neg", 4), -3 }, { ryx.Mod("i", "zero"), NIL } },
  IntDiv = { { ryx.IntDiv("neg", 2), -3 }, { ryx.IntDiv("i", "zero"), NIL } },
  Power = { { ryx.Power("i", 2), 49 }, { ryx.Power("neg", 0.5), NIL } },
  Sqrt = { { ryx.Sqrt(V(6.25)), 2.5 }, { ryx.Sqrt("neg"), NIL } },
  Exp = { { ryx.Exp("zero"), 1 }, { ryx.Exp(V(1e6)), NIL } }, Ln = { { ryx.Ln(V(1)), 0 }, { ryx.Ln("zero"), NIL } },
  Log = { { ryx.Log(V(1000)), 3 }, { ryx.Log(V(8), 2), 3 }, { ryx.Log("neg"), NIL } },
  BitAnd = { { ryx.BitAnd("i", 5), 5 } }, BitOr = { { ryx.BitOr("i", 8), 15 } },
  Extract = { { ryx.Extract("made", "year"), 2024 }, { ryx.Extract("day", "week"), 9 },
    { ryx.Extract("at", "second"), 15 }, { ryx.Extract("made", "date"), "2024-02-29" },
    { ryx.Extract("made", "microsecond"), 500000 } },
  Trunc = { { ryx.Trunc("made", "month"), "2024-02-01T00:00:00" }, { ryx.Trunc("day", "week"), "2024-02-26" },
    { ryx.Trunc("made", "second"), "2024-02-29T23:59:59" } },
  AtZone = { needs = "zone tables", { ryx.AtZone("moment", "Europe/Berlin"), "2024-01-16T00:30:00" } },
  TruncYear = { { ryx.TruncYear("made"), "2024-01-01T00:00:00" } },
  TruncQuarter = { { ryx.TruncQuarter("later"), "2024-01-01T00:00:00" } },
  TruncMonth = { { ryx.TruncMonth("day"), "2024-02-01" } },
  TruncWeek = { { ryx.TruncWeek("later"), "2024-02-26T00:00:00" } },
  TruncDay = { { ryx.TruncDay("made"), "2024-02-29T00:00:00" } },
  TruncHour = { { ryx.TruncHour("made"), "2024-02-29T23:00:00" } },
  TruncMinute = { { ryx.TruncMinute("made"), "2024-02-29T23:59:00" } },
  TruncSecond = { { ryx.TruncSecond("made"), "2024-02-29T23:59:59" } },
}
-- Covered where what they give is not one value.
local ELSEWHERE = { Now = true, Search = true, SearchRank = true, TrigramSimilarity = true }

local function plain(v)
  if type(v) == "userdata" and v ~= null then return tostring(v) end
  return compat.is_integer(v) and tonumber(v) or v
end

describe("functions", function()
  db.use(ryx, { Row })
  setup(function() Row.objects:create(VALUES) end)

  local function value_of(e)
    return Row.objects:values({ x = e }):first().x
  end

  for name, cases in pairs(CASES) do
    if not cases.needs or db.needs(cases.needs) then
      it("give what they say: " .. name, function()
        for i, c in ipairs(cases) do
          local got, expected, what = value_of(c[1]), c[2], name .. " case " .. i
          if expected == NIL then expected = nil end
          if type(expected) == "table" then assert.same(expected, got, what) else
            if type(expected) == "number" and got ~= nil then
              assert.is_true(math.abs(tonumber(got) - expected) < 1e-12, what .. ": " .. tostring(got))
            else
              assert.equal(expected, plain(got), what)
            end
            if expected == nil then
              assert.equal(1, Row.objects:filter(c[1]:isnull(true)):count(), what)
              assert.equal(0, Row.objects:exclude(c[1]:isnull(true)):count(), what)
            else
              assert.equal(1, Row.objects:filter(c[1]:eq(c[1])):count(), what)
              assert.equal(1, Row.objects:annotate{ x = c[1] }:filter{ x = F"x" }:order_by("-x"):count(), what)
            end
            assert.equal(1, #Row.objects:annotate{ x = c[1] }:order_by("x", F"x":desc{ nulls = "last" }):all(), what)
          end
        end
      end)
    end
  end

  it("are all named here", function()
    for _, row in ipairs(functions.rows) do
      if row.kind == "function" then
        assert.truthy(CASES[row.name] or ELSEWHERE[row.name], row.name)
      end
    end
    for op in pairs(functions.operator) do assert.truthy(CASES[op], op) end
  end)

  it("know the time", function()
    local row = Row.objects:values({ now = ryx.Now(), tz = ryx.Now{ tz = true } }):first()
    local minute = ryx.duration{ minutes = 1 }
    assert.is_true(row.now < ryx.now() + minute and ryx.now() < row.now + minute)
    assert.is_true(Row.objects:filter{ made__lt = ryx.Now() }:exists())
    assert.is_true(Row.objects:filter((ryx.Now() - F"made"):gt(ryx.duration{ days = 1 })):exists())
    assert.truthy(tostring(row.tz))
  end)
end)
