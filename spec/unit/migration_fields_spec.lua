-- SPDX-License-Identifier: MIT
-- Every type of field with every option that it takes, written and loaded again: the same to a
-- database, and to models of the moment.
local autodetect = require "ryx.migrations.autodetect"
local compat = require "ryx.compat"
local field = require "ryx.field"
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local writer = require "ryx.migrations.writer"

-- Each loads its family.
for _, name in ipairs{ "IntField", "CharField", "SlugField", "DateField", "JSONField", "ArrayField", "ForeignKey",
  "ManyToManyField" } do
  assert(ryx[name])
end

-- Values for options; those that a type refuses are left out there.
local VALUES = {
  null = { true }, blank = { true }, primary_key = { true }, unique = { true, false }, db_index = { true },
    editable = { false },
  help_text = { "it's" }, verbose_name = { "x" }, db_column = { "col", 'odd "name"' }, unique_for_date = { "day" },
  unique_for_month = { "day" }, unique_for_year = { "day" }, was = { "earlier" }, choices = { { 1, 2 }, { "a" } },
  validators = { { function() end } }, max_length = { 7 }, min_length = { 1 }, strip = { false }, collation = { "C" },
  max_digits = { 20 }, decimal_places = { 0 }, min_value = { -1, 1, "0.5" }, max_value = { 100 }, auto_now = { true },
  auto_now_add = { true }, tz = { true }, auto_create = { true }, size = { 3 },
  on_delete = { "CASCADE", "PROTECT", "restrict", "DO NOTHING" }, related_name = { "backs", "+" },
    db_constraint = { false },
  db_table = { "joins" }, symmetrical = { false },
  default = {
    0, -5, 2 ^ 40, 0.1, "text", 'it\'s "x"\n', "", true, false, "1.50", ryx.decimal("2.25"), ryx.date("2024-02-29"),
    ryx.time("10:30"), ryx.datetime("2024-01-15 10:30:01"), ryx.duration("P1DT2H"), ryx.bytes("\0\1\255"), { 1, 2 },
    { a = { b = ryx.null } }, "2024-02-29", "00000000-0000-4000-8000-000000000000", "127.0.0.1", ryx.now, ryx.today,
      ryx.uuid4,
    ryx.uuid7, ryx.Now(),
  },
  db_default = {
    0, "x", "1.5", true, ryx.Now(), ryx.Value("y"), ryx.Lower(ryx.Value("X")), ryx.Value(1) + 2, ryx.Raw("1 + 1"),
      ryx.null,
    { 1 }, ryx.date("2024-02-29"),
  },
}

local function maker(name)
  if name == "ArrayField" then return function(options) return ryx.ArrayField(ryx.IntField{ null = true },
    options) end end
  if name == "ForeignKey" or name == "OneToOneField" or name == "ManyToManyField" then
    return function(options) return ryx[name]("self", options) end
  end
  if name == "GeneratedField" then
    return function(options)
      return ryx.GeneratedField(compat.with({
        expression = ryx.F"day__year" + 1, output_field = ryx.IntField(), db_persist = true,
      }, options or {}))
    end
  end
  return ryx[name]
end

local function record_of(f) return state.record("Post", { f = f, day = ryx.DateField() }) end

local function loaded(record)
  local op = require("ryx.migrations").create_model("Post", {})
  op.record = record
  local text = writer.file{ operations = { op } }
  local chunk, problem = compat.load(text, "=file", _G)
  return assert(chunk, (problem or "") .. "\n" .. text)().operations[1].record, text
end

local function differences(a, b)
  local lines = {}
  for _, pair in ipairs{ { a, b }, { b, a } } do
    local s = state.new()
    for _, op in ipairs((autodetect.run(s:with("Post", pair[1]), s:with("Post",
      pair[2])))) do lines[#lines + 1] = op:describe() end
  end
  return table.concat(lines, ", ")
end

-- What models of the moment go by.
local function held(record)
  local f = state.field(record, "f")
  return { null = f.null, max_length = f.max_length, strip = f.strip, auto_now = f.auto_now,
    auto_now_add = f.auto_now_add,
    tz = f.tz, blank = f.blank, on_delete = f.on_delete, related_name = f.related_name, symmetrical = f.symmetrical }
end

local function assert_round_trip(f, what)
  local record = record_of(f)
  local again, text = loaded(record)
  assert.equal("", differences(record, again), what .. "\n" .. text)
  assert.same(held(record), held(again), what)
  assert.equal(text, select(2, loaded(again)), what)
end

describe("a field in a migration", function()
  for _, name in ipairs(compat.sorted_keys(field.constructors)) do
    it("is the same again: " .. name, function()
      local make, n = maker(name), 0
      assert_round_trip(make(), name)
      for _, option in ipairs(compat.sorted_keys(VALUES)) do
        for i, v in ipairs(VALUES[option]) do
          local label = ("%s{ %s = (%d) }"):format(name, option, i)
          for _, with in ipairs{ {}, { null = true } } do
            with[option] = v
            local ok, f = pcall(make, with)
            ok = ok and pcall(record_of, make(with))
            if ok then
              n = n + 1
              assert_round_trip(f, label)
            end
          end
        end
      end
      assert.is_true(n > 5, name)
    end)
  end

  it("has a value for each option", function()
    local known = { base = true, through = true, through_fields = true }
    for _, kind in pairs(field.kinds) do
      for option in pairs(kind.options or {}) do assert.truthy(VALUES[option] or known[option], option) end
    end
  end)

  it("may go through a model of the user's own", function()
    local defs = {
      Post = { tags = ryx.ManyToManyField("Tag", { through = "Link", through_fields = { "post", "tag" } }) }, Tag = {},
      Link = { post = ryx.ForeignKey("Post"), tag = ryx.ForeignKey("Tag"), other = ryx.ForeignKey("Tag",
        { related_name = "+" }) },
    }
    local to = state.new()
    for model, def in pairs(defs) do to = to:with(model, state.record(model, def)) end
    local operations = autodetect.run(state.new(), to)
    local text = writer.file{ operations = operations }
    local s = state.new()
    for _, op in ipairs(compat.load(text, "=file", _G)().operations) do s = op:apply(s) end
    assert.same({}, (autodetect.run(s, to)))
    assert.truthy(text:find('through = "Link"', 1, true) and text:find('through_fields = { "post", "tag" }', 1, true))
  end)
end)
