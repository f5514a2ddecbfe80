-- SPDX-License-Identifier: MIT
-- What migrations write gives the same again when it is loaded, and reads as a person writes it.
local compat = require "ryx.compat"
local errors = require "ryx.errors"
local layout = require "ryx.migrations.writer.layout"
local literal = require "ryx.migrations.writer.literal"
local ryx = require "ryx"
local spell = require "ryx.migrations.writer.spell"
local spell_field = require "ryx.migrations.writer.spell_field"

local F, Q = ryx.F, ryx.Q

local function loaded(text)
  local chunk, problem = compat.load("return " .. text, "=text", setmetatable({ ryx = ryx }, { __index = _G }))
  return assert(chunk, (problem or "") .. "\n" .. text)()
end

local function longest_line(text)
  local n = 0
  for line in text:gmatch("[^\n]+") do n = math.max(n, #line) end
  return n
end

describe("values of migrations", function()
  local function text(v) return layout.text(literal.value(v)) end

  it("come back", function()
    local values = {
      true, false, 0, -1, 1.5, 0.1, 1e300, 2 ^ 40, -2 ^ 53 + 1, math.huge, -math.huge, "", "a", 'it\'s "quoted" \\ \n',
      "zero \0001 and \r", "é", "\255\254", "]]", "a\nb", "\n\nb", "a\n]]", "a\nb]",
      { 1, 2, 3 }, { a = 1, b = { c = "x" } }, {}, { ["end"] = 1, ["two words"] = 2 }, { { 1 }, { 2, {} } },
    }
    for _, v in ipairs(values) do assert.same(v, loaded(text(v))) end
    assert.is_true(loaded(text(0 / 0)) ~= loaded(text(0 / 0)))
  end)

  it("of ryx come back", function()
    for _, v in ipairs{
      ryx.null, ryx.decimal("1.50"), ryx.date("2024-02-29"), ryx.time("10:30:01.5"), ryx.duration("P1DT2H"),
      ryx.datetime("2024-01-15 10:30:01"),
    } do
      assert.is_true(v == loaded(text(v)))
    end
    assert.equal("\0\1\255", tostring(loaded(text(ryx.bytes("\0\1\255")))))
    for _, fn in ipairs{ ryx.uuid4, ryx.uuid7, ryx.now, ryx.today } do assert.equal(fn, loaded(text(fn))) end
    assert.equal(ryx.array_meta, getmetatable(loaded(text(ryx.json.array{}))))
  end)

  it("of no text are told", function()
    assert.is_nil(literal.value(print))
    assert.is_nil(literal.value(coroutine.create(print)))
  end)

  it("beyond 2^53 are text, which every Lua reads alike", function()
    assert.equal('"9007199254740993"', text(ryx.json.decode("9007199254740993")))
  end)

  it("are written as a person writes them", function()
    assert.equal('"a"', text("a"))
    assert.equal('{ a = 1, ["end"] = { 1, 2 } }', text{ ["end"] = { 1, 2 }, a = 1 })
    assert.equal("[[SELECT 1\nFROM t]]", text("SELECT 1\nFROM t"))
    assert.equal("0.1", text(0.1))
  end)
end)

describe("expressions of migrations", function()
  local views, name = F"views", F"name"
  local list = {
    F"a" + 1, 1 + F"a", F"a" * (F"b" + 2), (F"a" + F"b") * 2, F"a" - (F"b" - F"c"), -F"a", -(F"a" + 1), F"a" .. "x",
    F"a" % 2, F"a" ^ 2, F"a" / 2 / 3, -ryx.Value(5), ryx.Value(1) + 2, ryx.Value("x"), ryx.Value(ryx.null),
    ryx.Value(ryx.decimal("1.50")), ryx.Lower("name"), ryx.Lower(ryx.Value("Name")), ryx.Now(), ryx.Concat("a",
      ryx.Value("b"), "c"),
    ryx.Coalesce("a", 0), ryx.Round("a", 2), ryx.Substr("name", 1, 3), ryx.Raw("lower(name)"),
    ryx.Raw("coalesce(views, ?) -- ??", { 0 }, { type = "int" }), ryx.Func("similarity", { "name", ryx.Value("x") },
      { type = "double" }),
    ryx.Case{ ryx.When({ views__gte = 40 }, "big"), ryx.When(Q{ a = 1 } + Q{ b = 2 }, F"name"), default = "small" },
    F"meta":at("a.b", 0), F"meta":set("a", "b", 1), F"meta":remove("list", 0), (F"a" + 1):desc(),
      F"a":asc{ nulls = "last" },
    ryx.Cast("a", "int"),
  }

  it("come back with their values", function()
    for _, e in ipairs(list) do
      local text = layout.text(spell.of(e, "Post"))
      local again = loaded(text)
      assert.equal(e.term, again.term, text)
      assert.equal(#e.values, #again.values, text)
      for i, v in ipairs(e.values) do assert.is_true(v == again.values[i], text) end
    end
  end)

  it("of conditions as well", function()
    for _, q in ipairs{
      Q{ views__gte = 0 }, Q{ a = 1, b = "x" }, Q{ b = 1 } * Q{ a = 2 }, Q{ a = 1 } + Q{ b = 2 } * Q{ c = 3 },
      (Q{ a = 1 } + Q{ b = 2 }) * Q{ c = 3 }, Q{ c = 3 } * (Q{ a = 1 } + Q{ b = 2 }), -Q{ a = 1 }, -(-Q{ a = 1 }),
      -(Q{ a = 1 } + Q{ b = 2 }), -Q{ a = 1, b = 2 }, Q{ a = 1 } * (Q{ d = 1 } * Q{ b = 2 }),
        Q{ a = 1 } + (Q{ b = 2 } + Q{ c = 3 }),
      Q{ a__gt = F"b" }, Q{ a__in = { 1, 2, 3 } }, Q{ a__in = { F"b", 3 } }, Q{ a__range = { 1, 5 } },
        Q{ a__isnull = true },
      Q{ a = ryx.null }, Q("a", ryx.date("2024-01-01")), Q{ ["author.name"] = "x" }, Q.all{}, Q.any{}, views:gt(5),
      views:in_{ 1, 2 }, views:lookup("gte", name), (F"a" + 1):lte(F"b"), Q(ryx.Lower("name"):eq("x")),
        ryx.Value("x"):eq(name),
      Q{ a = 1 } * Q{ a = 2 }, (Q{ a = 1 } * Q{ a = 2 }) * Q{ b = 1 }, Q{ a__in = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
        11, 12, 13, 14, 15, 16, 17 } },
    } do
      local text = layout.text(spell.of(q, "Post"))
      local again = loaded(text)
      assert.equal(q.term, again.term, text)
      assert.same(q.values, again.values, text)
    end
  end)

  it("are written as a person writes them", function()
    local function text(e) return layout.text(spell.of(e, "Post")) end
    assert.equal('ryx.Lower("name")', text(ryx.Lower("name")))
    assert.equal('ryx.Q{ a = 1, b__gt = ryx.F"c" }', text(Q{ a = 1, b__gt = F"c" }))
    assert.equal('ryx.Q{ a = 1 } + ryx.Q{ b = 2 } * ryx.Q{ b = 3 }', text(Q{ a = 1 } + Q{ b = 2 } * Q{ b = 3 }))
    assert.equal('-(ryx.Q{ a = 1 } + ryx.Q{ b = 2 })', text(-(Q{ a = 1 } + Q{ b = 2 })))
    assert.equal('ryx.F"views" + 1', text(F"views" + 1))
  end)

  it("that ask other rows are refused by name", function()
    local Post = ryx.model("TextPost", {})
    for _, e in ipairs{ ryx.Subquery(Post.objects:filter{ id = 1 }), ryx.Exists(Post.objects:filter{ id = 1 }),
      ryx.Count("id") } do
      local ok, err = pcall(spell.of, e, "Post.slug")
      assert.is_false(ok)
      assert.is_true(errors.is_error(err))
      assert.matches("^Post.slug: ", err.message)
    end
  end)
end)

describe("fields of migrations", function()
  local function text(f) return layout.text(spell_field.field(f, "Post.f")) end

  it("hold what differs from the defaults", function()
    for wanted, f in pairs{
      ["ryx.AutoField()"] = ryx.AutoField(),
      ["ryx.CharField()"] = ryx.CharField{ max_length = 255, null = false, help_text = "x", editable = false },
      ["ryx.SlugField{ max_length = 210, null = true }"] = ryx.SlugField{ null = true, max_length = 210 },
      ['ryx.ForeignKey("Author")'] = ryx.ForeignKey("Author", { on_delete = "cascade" }),
      ['ryx.ForeignKey("self", { null = true, on_delete = "SET_NULL", related_name = "+" })'] =
        ryx.ForeignKey("self", { on_delete = "set null", null = true, related_name = "+" }),
      ['ryx.ManyToManyField("Tag")'] = ryx.ManyToManyField("Tag"),
      ['ryx.ManyToManyField("Tag", { through = "Tagging" })'] = ryx.ManyToManyField("Tag", { through = "Tagging" }),
      ["ryx.ArrayField(ryx.IntField(), { size = 3 })"] = ryx.ArrayField(ryx.IntField(), { size = 3 }),
      ["ryx.UUIDField{ default = ryx.uuid4, primary_key = true }"] = ryx.UUIDField{ primary_key = true,
        default = ryx.uuid4 },
      ["ryx.DecimalField{ default = ryx.decimal(\"1.50\") }"] = ryx.DecimalField{ default = ryx.decimal("1.50"),
        max_digits = 10 },
      ["ryx.DateTimeField{ db_default = ryx.Now() }"] = ryx.DateTimeField{ db_default = ryx.Now() },
      ["ryx.IntField()"] = ryx.IntField{ default = function() return 1 end, choices = { 1, 2 }, min_value = 1 },
      ["ryx.BooleanField{ default = false }"] = ryx.BooleanField{ default = false },
    } do
      assert.equal(wanted, text(f))
      assert.equal(wanted, text(loaded(wanted)))
    end
  end)

  it("of one's own kind are what keeps their values", function()
    local List = ryx.field("ListField", {
      base = ryx.CharField, options = { sep = "," }, to_db = function(v, f) return table.concat(v, f.sep) end,
    })
    assert.equal('ryx.CharField{ default = "a;b", max_length = 20 }', text(List{ sep = ";", max_length = 20,
      default = { "a", "b" } }))
  end)
end)

describe("indexes and constraints of migrations", function()
  local function text(item) return layout.text(spell_field.item(item, "Post")) end

  it("come back", function()
    for wanted, item in pairs{
      ['ryx.Index{ fields = { "author", "-created" }, name = "a" }'] = ryx.Index{ fields = { "author", "-created" },
        name = "a" },
      ['ryx.Index{ expressions = { ryx.Lower("email"), ryx.F"a" }, unique = true }'] =
        ryx.Index{ expressions = { ryx.Lower("email"), F"a" }, unique = true },
      ['ryx.Index{ concurrently = true, condition = ryx.Q{ a = 1 }, fields = { "a" }, include = { "b" }, '
        .. 'method = "hash" }'] =
        ryx.Index{ fields = { "a" }, concurrently = true, include = { "b" }, method = "hash", condition = Q{ a = 1 } },
      ['ryx.SearchIndex{ fields = { "a", "b" }, weights = { a = "A" } }'] =
        ryx.SearchIndex{ fields = { "a", "b" }, weights = { a = "A" } },
      ['ryx.Constraint{ check = ryx.Q{ views__gte = 0 }, name = "c" }'] =
        ryx.Constraint{ check = Q{ views__gte = 0 }, name = "c" },
      ['ryx.Constraint{ check = "views >= 0", name = "c" }'] = ryx.Constraint{ check = "views >= 0", name = "c" },
    } do
      assert.equal(wanted:gsub("%s+", " "), (text(item):gsub("%s+", " "):gsub(", }", " }")))
      assert.equal(text(item), text(loaded(text(item))))
    end
  end)
end)

describe("long text of migrations", function()
  it("is wrapped at 100 columns and still the same", function()
    local conditions = Q{ a = 1 }
    for i = 1, 12 do conditions = conditions + Q{ ["a_rather_long_name_" .. i] = i, z = "x" } end
    local text = layout.text(spell_field.item(ryx.Constraint{ check = conditions, name = "c" }, "Post"))
    assert.is_true(longest_line(text) <= 100, text)
    assert.equal(conditions.term, loaded(text).check.term)
    local f = ryx.CharField{ max_length = 10, null = true, unique = true, db_column = ("x"):rep(40),
      default = ("y"):rep(9), db_index = true, db_comment = "what it's for" }
    assert.equal(([[
ryx.CharField{
  db_column = "%s",
  db_comment = "what it's for",
  db_index = true,
  default = "yyyyyyyyy",
  max_length = 10,
  null = true,
  unique = true,
}]]):format(("x"):rep(40)), layout.text(spell_field.field(f, "Post.f")))
  end)
end)
