-- SPDX-License-Identifier: MIT
-- What `ryx inspectdb` writes: models that make just the tables that are there.
local compat = require "ryx.compat"
local db = require "support.db"
local inspect = require "ryx.migrations.inspect"
local ryx = require "ryx"
local F, Q = ryx.F, ryx.Q

local function load_text(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
  local models = dofile(path)
  os.remove(path)
  return models
end

local function list_of(models)
  local list = {}
  for _, name in ipairs(compat.sorted_keys(models)) do list[#list + 1] = models[name] end
  return list
end

-- The statements of ryx.migrate that change something.
local function changes(models)
  local out = {}
  for _, sql in ipairs(db.sql_of(ryx, function() ryx.migrate(models) end)) do
    if not sql:find("^%s*SELECT") and not sql:find("^BEGIN") and not sql:find("^COMMIT") then out[#out + 1] = sql end
  end
  return out
end

local function quote(name) return require("ryx.db").quote(require("ryx.db").alias("default"), name) end
local function run(sql) ryx.raw_execute(sql) end

-- Every type of field, every kind of key, check and index that the database has.
local function every_kind()
  local indexes = {
    ryx.Index{ fields = { "name", "-small" } }, ryx.Index{ fields = { "whole" }, unique = true, name = "ins_u" },
    ryx.SearchIndex{ fields = { "name", "text" }, name = "ins_words" },
  }
  if db.needs "index expressions" then
    indexes[#indexes + 1] = ryx.Index{ fields = { "small" }, expressions = { ryx.Lower("name") }, name = "ins_e" }
  end
  if db.needs "index conditions" then
    local condition = Q{ yes = false } * Q{ name__in = { "a", "b'c" } } + -Q{ small__range = { 1, 5 } }
    indexes[#indexes + 1] = ryx.Index{ fields = { "name" }, condition = condition, name = "ins_c" }
  end
  if db.needs "all indexes" then
    indexes[#indexes + 1] = ryx.Index{ fields = { "list" }, method = "gin", name = "ins_g" }
    indexes[#indexes + 1] = ryx.Index{ fields = { "big" }, include = { "name" }, name = "ins_i" }
  end
  local Person = ryx.model("InsPerson", {
    email = ryx.EmailField{ unique = true }, small = ryx.SmallAutoField{ primary_key = true },
  })
  local Tag = ryx.model("InsTag", { code = ryx.CharField{ max_length = 5, primary_key = true } })
  local Entry = ryx.model("InsCategoryEntry", {
    id = ryx.BigAutoField{ primary_key = true },
    name = ryx.CharField{ max_length = 20, null = true, unique = true },
    text = ryx.TextField{ default = "it's \\ 100%" },
    small = ryx.SmallIntField{ default = -3 }, whole = ryx.IntField{ null = true, db_index = true },
    big = ryx.BigIntField{ default = "9007199254740993" }, positive = ryx.PositiveIntField{ null = true },
    double = ryx.FloatField{ default = 1e300 },
    money = ryx.DecimalField{ max_digits = 9, decimal_places = 3, default = "-1.50" },
    yes = ryx.BooleanField{ default = true }, day = ryx.DateField{ db_default = "2024-02-29" },
    clock = ryx.TimeField{ default = "06:30" }, moment = ryx.DateTimeField{ db_default = ryx.Now() },
    zoned = ryx.DateTimeField{ tz = true, null = true }, span = ryx.DurationField{ null = true },
    uuid = ryx.UUIDField{ null = true }, json = ryx.JSONField{ db_default = { a = { 1, "x'" } } },
    bytes = ryx.BinaryField{ null = true },
    list = ryx.ArrayField(ryx.CharField{ max_length = 5 }, { default = {} }),
    numbers = ryx.ArrayField(ryx.IntField{}, { null = true }),
    slug = ryx.SlugField{ null = true }, url = ryx.URLField{ null = true }, ip = ryx.IPAddressField{ null = true },
    sum = ryx.IntField{ db_default = ryx.Value(2) + 3 },
    author = ryx.ForeignKey(Person, { on_delete = "SET_NULL", null = true }),
    editor = ryx.ForeignKey(Person, { on_delete = "PROTECT", related_name = "+" }),
    parent = ryx.ForeignKey("self", { null = true, on_delete = "RESTRICT" }),
    profile = ryx.OneToOneField(Person, { null = true, related_name = "+" }), tags = ryx.ManyToManyField(Tag),
    Meta = {
      indexes = indexes, unique_together = { { "name", "small" } }, index_together = { { "whole", "small" } },
      constraints = {
        ryx.Constraint{ check = Q{ small__gte = 0 } + Q{ small__lt = F"whole" }, name = "ins_1" },
        ryx.Constraint{ check = Q{ name__in = { "a", "b'c" } } * -Q{ whole__isnull = true }, name = "ins_2" },
      },
    },
  })
  local Pair = ryx.model("InsPair", {
    tag = ryx.ForeignKey(Tag), n = ryx.IntField(), Meta = { primary_key = { "tag", "n" } },
  })
  return { Person, Tag, Entry, Pair }
end

describe("inspectdb", function()
  db.use(ryx, {})

  local TABLES = {
    "ins_category_entry_tags", "ins_category_entries", "ins_pairs", "ins_tags", "ins_people", "ins_odds", "ins_logs",
    "ryx_ins_own",
  }
  local function drop_all()
    for _, name in ipairs(TABLES) do run("DROP TABLE IF EXISTS " .. name) end
    run("DROP TABLE IF EXISTS " .. quote "ins odd \" table")
  end
  before_each(drop_all)
  teardown(function()
    ryx.setup(db.url)
    drop_all()
    ryx.close()
  end)

  local function inspected(name) return load_text(inspect.run("default", name)) end

  it("writes models that make just what is there", function()
    ryx.migrate(every_kind())
    local models = {}
    for _, name in ipairs{ "ins_people", "ins_tags", "ins_category_entries", "ins_category_entry_tags", "ins_pairs" } do
      for model_name, model in pairs(inspected(name)) do models[model_name] = model end
    end
    assert.same({ "InsCategoryEntry", "InsCategoryEntryTag", "InsPair", "InsPerson", "InsTag" },
      compat.sorted_keys(models))
    for name, model in pairs(models) do
      local text = inspect.run("default", model._meta.table_name)
      assert.is_true(model._meta.managed, text:match("%-%- ryx would[^\n]*") or name)
    end
    assert.same({}, changes(list_of(models)))
    local text = inspect.run("default", "ins_category_entries")
    for _, part in ipairs{
      'author = ryx.ForeignKey("InsPerson", {', 'related_name = "author_ins_category_entries"',
      'profile = ryx.OneToOneField("InsPerson"', 'name = ryx.CharField{ max_length = 20, null = true, unique = true },',
      'parent = ryx.ForeignKey("self"',
    } do
      assert.truthy(text:find(part, 1, true), part .. "\n" .. text)
    end
    assert.is_nil(text:find("\n  tags", 1, true))
    assert.is_nil(text:find("table_name", 1, true))
  end)

  it("gives rows through them", function()
    ryx.migrate(every_kind())
    run("INSERT INTO ins_tags (code) VALUES ('x')")
    local m = inspected("ins_tags")
    assert.equal("x", m.InsTag.objects:get().code)
  end)

  it("takes tables of others, with any names", function()
    run(([[CREATE TABLE %s (%s INTEGER NOT NULL, %s VARCHAR(10) NOT NULL, %s INTEGER, %s INTEGER,
      PRIMARY KEY (%s, %s))]])
      :format(quote "ins odd \" table", quote "end", quote "a 'b\" c", quote "save", quote "1__x", quote "end",
        quote "a 'b\" c"))
    run(("INSERT INTO %s VALUES (1, 'x', 2, 3)"):format(quote "ins odd \" table"))
    local text = inspect.run("default", "ins odd \" table")
    local model = load_text(text).InsOddTable
    assert.truthy(model, text)
    local row = model.objects:get()
    assert.same({ 1, "x", 2, 3 }, { row["end"], row.a_b_c, row.save_field, row.n1_x })
    assert.same({}, changes{ model })
  end)

  it("says of a column that no field covers what it is", function()
    run("CREATE TABLE ins_logs (n INTEGER, filler POINT, what VARCHAR(9))")
    local text = inspect.run("default", "ins_logs")
    assert.truthy(text:find("\n  -- filler: POINT, which no field covers", 1, true), text)
    assert.truthy(text:find("managed = false", 1, true))
    local model = load_text(text).InsLog
    run("INSERT INTO ins_logs (n, what) VALUES (5, 'b')")
    assert.equal("b", model.objects:get{ n = 5 }.what)
  end)

  if db.needs "a database of the server's own" then
    it("reads that of the server, whatever is in it", function()
      ryx.setup{ default = db.url, system = (db.url:gsub("/[%w_]+$", "/mysql")) }
      finally(function() ryx.setup(db.url) end)
      local models = load_text(inspect.run("system"))
      local n = 0
      for _, model in pairs(models) do
        n = n + 1
        local ok, err = pcall(function() return model.objects:using("system"):first() end)
        -- A day that no calendar has is told, and never read as another one.
        assert.truthy(ok or err.message:find("no type of ryx holds the datetime 0000-00-00", 1, true), err)
      end
      assert.is_true(n > 10, n)
    end)
  end

  it("leaves out what ryx keeps for itself, and names tables that are not there", function()
    run("CREATE TABLE ryx_ins_own (id INTEGER PRIMARY KEY)")
    assert.is_nil(inspect.run("default"):find("ryx_ins_own", 1, true))
    local e = db.error_of(inspect.run, "default", "ins_tag")
    assert.equal("misuse", e.kind)
    assert.truthy(e.message:find('there is no table "ins_tag"', 1, true), e.message)
    assert.equal("misuse", db.error_of(inspect.run, "default", "x'; DROP TABLE a; --").kind)
  end)

  if db.needs "enums" then
    it("writes an enum as what reads and writes it, and leaves it as it is", function()
      ryx.raw_execute("DROP TABLE IF EXISTS ins_moods")
      local kind = "ENUM('sad', 'it''s')"
      if db.needs "schemas" then
        ryx.raw_execute("DROP TYPE IF EXISTS ins_mood")
        ryx.raw_execute("CREATE TYPE ins_mood AS " .. kind:gsub("^ENUM", "ENUM "))
        kind = "ins_mood"
      end
      ryx.raw_execute("CREATE TABLE ins_moods (id INTEGER PRIMARY KEY, mood " .. kind .. " DEFAULT 'sad')")
      local text = inspect.run("default", "ins_moods")
      local Mood = load_text(text).InsMood
      assert.is_false(Mood._meta.managed)
      assert.truthy(text:find("an enum of sad, it's, which ", 1, true), text)
      assert.same({}, changes{ Mood })
      if not db.needs "schemas" then
        local options = [[choices = { "sad", "it's" }, default = "sad", max_length = 4, null = true]]
        assert.truthy(text:find(options, 1, true), text)
        Mood.objects:create{ id = 1, mood = "it's" }
        assert.equal("it's", Mood.objects:get{ mood = "it's" }.mood)
        assert.is_false((pcall(function() Mood.objects:create{ id = 2, mood = "other" } end)))
      end
      ryx.raw_execute("DROP TABLE ins_moods")
      if db.needs "schemas" then ryx.raw_execute("DROP TYPE ins_mood") end
    end)
  end

  if not db.needs "checks of counted keys" then
    it("manages the tables beside one that ryx refuses", function()
      local Target = ryx.model("InsBeside", { name = ryx.CharField() })
      db.tables(ryx, { Target, ryx.model("InsBesideToo", { to = ryx.ForeignKey(Target) }) })
      local made = pcall(ryx.raw_execute, "CREATE TABLE ins_counted (id INTEGER AUTO_INCREMENT PRIMARY KEY, "
        .. "twice INTEGER GENERATED ALWAYS AS (id * 2) VIRTUAL)")
      local text = inspect.run("default", "ins_beside_toos")
      assert.is_nil(text:find("managed = false", 1, true), text)
      if made then
        text = inspect.run("default", "ins_counted")
        assert.truthy(text:find("a generated column of MariaDB names no key", 1, true), text)
        ryx.raw_execute("DROP TABLE ins_counted")
      end
      ryx.raw_execute("DROP TABLE ins_beside_toos")
      ryx.raw_execute("DROP TABLE ins_besides")
    end)
  end
end)
