-- SPDX-License-Identifier: MIT
-- Generated columns in migrations: operations there and back on tables with rows, ryx.migrate, what is
-- read of a database, and the files that a person sees.
local compat = require "ryx.compat"
local db = require "support.db"
local inspect = require "ryx.migrations.inspect"
local m = require "ryx.migrations"
local operation = require "ryx.migrations.operation"
local ryx = require "ryx"
local state = require "ryx.migrations.state"
local there = require "spec.support.travel"
local writer = require "ryx.migrations.writer"

local F, Q = ryx.F, ryx.Q

db.use(ryx, {})

local function total(expression, options)
  local given = { output_field = ryx.IntField{ null = true }, db_persist = true, expression = expression }
  for name, v in pairs(options or {}) do given[name] = v end
  return ryx.GeneratedField(given)
end

local function shop()
  return operation.apply({
    m.create_model("GenItem", {
      name = ryx.CharField{ max_length = 20 }, price = ryx.IntField(), pieces = ryx.IntField(),
      total = total(F"price" * F"pieces"),
      Meta = {
        indexes = { ryx.Index{ fields = { "total" }, name = "gen_ix" } },
        unique_together = { { "total", "name" } },
        constraints = { ryx.Constraint{ check = Q{ total__lt = 1000 }, name = "gen_chk" } },
      },
    }),
  }, state.new())
end

local made

local function totals(s, name)
  return s:model("GenItem").objects:order_by("id"):values_list(name or "total", { flat = true }):all()
end

-- Applies operations to rows and undoes them; looks after each what the rows have.
local function there_and_back(ops, look)
  local states = { shop() }
  for i, op in ipairs(ops) do states[i + 1] = op:apply(states[i]) end
  for i, op in ipairs(ops) do assert.same({}, there.travel(op, states[i], states[i + 1])) end
  made = there.schema_of(states[#states])
  if look then look(states[#states]) end
  for i = #ops, 1, -1 do assert.same({}, there.travel(ops[i], states[i + 1], states[i], true)) end
  made = there.schema_of(states[1])
  assert.same({ 10, 14 }, totals(states[1]))
end

describe("an operation on a generated column", function()
  before_each(function()
    local s = shop()
    made = there.schema_of(s)
    there.run(there.EMPTY, made)
    assert.same({}, there.differences(made, there.EMPTY))
    s:model("GenItem").objects:create{ name = "a", price = 5, pieces = 2 }
    s:model("GenItem").objects:create{ name = "b", price = 7, pieces = 2 }
  end)
  after_each(function() there.run(there.there(made, there.schema_of(shop())), there.EMPTY) end)

  it("adds and removes one", function()
    there_and_back({
      m.add_field("GenItem", "twice", total(F"price" * 2, { db_index = true })),
      m.add_field("GenItem", "label", total(ryx.Concat("name", ryx.Value("'s")), {
        output_field = ryx.CharField{ max_length = 30 }, unique = true,
      })),
      m.remove_field("GenItem", "twice"),
    }, function(s) assert.same({ "a's", "b's" }, totals(s, "label")) end)
  end)

  it("works it out anew", function()
    there_and_back({ m.alter_field("GenItem", "total", total(F"price" * F"pieces" + 1)) }, function(s)
      assert.same({ 11, 15 }, totals(s))
    end)
  end)

  it("gives it another type", function()
    there_and_back({
      m.alter_field("GenItem", "total", total(F"price" * F"pieces", { output_field = ryx.BigIntField() })),
    }, function(s) assert.same({ 10, 14 }, totals(s)) end)
  end)

  it("changes what it is worked out of", function()
    there_and_back({
      m.alter_field("GenItem", "price", ryx.BigIntField()),
      m.alter_field("GenItem", "price", ryx.BigIntField{ null = true, db_index = true }),
    }, function(s) assert.same({ 10, 14 }, totals(s)) end)
  end)

  it("renames it and what it is worked out of", function()
    there_and_back({
      m.rename_field("GenItem", "price", "cost"), m.rename_field("GenItem", "total", "sum"),
      m.rename_model("GenItem", "GenThing"), m.rename_model("GenThing", "GenItem"),
      m.alter_field("GenItem", "pieces", ryx.IntField{ db_column = "how_many" }),
    }, function(s)
      assert.same({ 10, 14 }, totals(s, "sum"))
      s:model("GenItem").objects:filter{ name = "a" }:update{ cost = 6 }
      assert.same({ 12, 14 }, totals(s, "sum"))
      s:model("GenItem").objects:filter{ name = "a" }:update{ cost = 5 }
    end)
  end)

  it("renames what SQL of the user's names", function()
    there_and_back({
      m.add_field("GenItem", "raw", total(ryx.Raw("price + ?", { 1 }, { type = "int" }))),
      m.rename_field("GenItem", "price", "cost"), m.alter_field("GenItem", "cost", ryx.BigIntField()),
    }, function(s) assert.same({ 6, 8 }, totals(s, "raw")) end)
  end)

  it("makes it a column like any other, which keeps the values", function()
    there_and_back({ m.alter_field("GenItem", "total", ryx.IntField{ null = true }) }, function(s)
      assert.same({ 10, 14 }, totals(s))
      s:model("GenItem").objects:create{ name = "c", price = 5, pieces = 2, total = 3 }
      assert.same({ 10, 14, 3 }, totals(s))
      s:model("GenItem").objects:filter{ name = "c" }:delete()
    end)
  end)

  if db.needs "virtual columns" then
    it("holds it, or works it out when it is read", function()
      local read = total(F"price" * F"pieces", { db_persist = false })
      there_and_back({
        m.alter_field("GenItem", "total", read), m.alter_field("GenItem", "total", total(F"price" * F"pieces")),
        m.add_field("GenItem", "more", total(F"price" + 1, { db_persist = false, db_index = true })),
        m.alter_field("GenItem", "more", ryx.IntField{ null = true }),
      }, function(s) assert.same({ 6, 8 }, totals(s, "more")) end)
    end)
  end

  it("tells what it costs", function()
    local from = shop()
    local op = m.alter_field("GenItem", "total", total(F"price" + F"pieces"))
    local text = {}
    for _, one in ipairs(there.steps(op, from, op:apply(from))) do
      text[#text + 1] = one.what
      assert.is_not.equal("destructive", one.risk, one.what)
    end
    assert.truthy(table.concat(text, "\n"):find(db.needs "tables made anew" and "copy the rows of gen_items"
      or "add column total to gen_items, recomputed", 1, true), table.concat(text, "\n"))
  end)

  it("is refused where something names its fields", function()
    local s = shop()
    for name, message in pairs{
      price = "GenItem.price cannot be removed: it is named by the expression of total; change that first",
    } do
      local ok, err = pcall(function() m.remove_field("GenItem", name):apply(s) end)
      assert.is_false(ok)
      assert.equal(message, err.message)
    end
  end)
end)

-- What ryx.migrate does to the table of a model.
local function changes(Model)
  local out = {}
  for _, sql in ipairs(db.sql_of(ryx, function() ryx.migrate{ Model } end)) do
    if sql:find("^ALTER") or sql:find("^CREATE") or sql:find("^DROP") then out[#out + 1] = sql end
  end
  return out
end

describe("ryx.migrate", function()
  local function model(fields)
    local def = { a = ryx.IntField(), b = ryx.IntField{ null = true }, Meta = { table_name = "gen_evolved" } }
    for name, f in pairs(fields) do def[name] = f end
    return ryx.model("GenEvolved", def)
  end
  local function migrate(fields)
    local Model = model(fields)
    ryx.migrate{ Model }
    assert.same({}, changes(Model))
    return Model.objects
  end
  before_each(function() ryx.raw_execute("DROP TABLE IF EXISTS gen_evolved") end)
  after_each(function() ryx.raw_execute("DROP TABLE IF EXISTS gen_evolved") end)

  it("adds and changes them", function()
    local objects = migrate{}
    objects:create{ a = 1, b = 2 }
    assert.equal(2, migrate{ sum = total(F"a" * 2) }:get().sum)
    assert.equal(3, migrate{ sum = total(F"a" + F"b") }:get().sum)
    objects = migrate{
      amount = total(F"a" + F"b", { was = "sum" }),
      big = total(Q{ a__gt = 100 }, { output_field = ryx.BooleanField(), db_index = true }),
    }
    assert.same({ 3, false }, { objects:get().amount, objects:get().big })
  end)
end)

describe("rows that are there", function()
  it("are told of where a generated column holds not what they give", function()
    for _, is_held in ipairs{ true, not db.needs "virtual columns" } do
      local function make(extra)
        return ryx.model("GenRows", {
          a = ryx.TextField{ null = true }, g = extra, Meta = { table_name = "gen_rows" },
        })
      end
      ryx.raw_execute("DROP TABLE IF EXISTS gen_rows")
      ryx.migrate{ make() }
      make().objects:create{}
      local With = make(total(ryx.Length"a", { output_field = ryx.IntField(), db_persist = is_held }))
      local ok, err = pcall(ryx.migrate, { With })
      assert.is_false(ok)
      assert.truthy(err.message:find("rows that are there ", 1, true), err.message)
      make().objects:update_all{ a = "abc" }
      ryx.migrate{ With }
      assert.equal(3, With.objects:get().g)
    end
    ryx.raw_execute("DROP TABLE gen_rows")
  end)
end)

local function load_text(text)
  local fn = assert(compat.load(text, "=text", _G), text)
  return fn()
end

describe("what no database can work out", function()
  local Owner = ryx.model("GenOwner", { name = ryx.CharField{ max_length = 5 } })
  local function refused(fields)
    local Model = ryx.model("GenRefused", fields)
    local ok, err = pcall(ryx.migrate, { Owner, Model })
    pcall(ryx.raw_execute, "DROP TABLE gen_refuseds")
    pcall(ryx.raw_execute, "DROP TABLE gen_owners")
    assert.is_false(ok)
    return err.message, err.kind
  end

  it("is refused by the name of the field", function()
    local owner = ryx.ForeignKey(Owner, { null = true, on_delete = "SET_NULL" })
    local message, kind = refused{ owner = owner, g = total(F"owner__name", { output_field = ryx.CharField() }) }
    assert.same({ "GenRefused.g: a generated column is worked out of the columns of its own row: its expression leads "
      .. "to the rows of another table", "misuse" }, { message, kind })
    message, kind = refused{ a = ryx.TextField(), g = total(ryx.Upper"a") }
    assert.same({ 'GenRefused.g is of type int and cannot be set to an expression of type text; write '
      .. 'ryx.Cast(expression, "int")', "field_error" }, { message, kind })
    message, kind = refused{ a = ryx.JSONField(), g = total(Q{ a__contains = { k = 1 } }, {
      output_field = ryx.BooleanField(),
    }) }
    assert.same({ "GenRefused.g: a table cannot stand in a definition; write it into ryx.Raw", "unsupported" },
      { message, kind })
  end)

  it("is told of what the database works out anew each time", function()
    local message, kind = refused{ a = ryx.IntField(), g = total(ryx.Raw("CURRENT_TIMESTAMP"), {
      output_field = ryx.DateTimeField{ null = true },
    }) }
    assert.equal("unsupported", kind)
    assert.truthy(message:find("the database cannot work out GenRefused.g so: ", 1, true), message)
  end)

  if not db.needs "checks of counted keys" then
    it("is of a key that the database counts up, or of one that a foreign key sets", function()
      local message, kind = refused{ a = ryx.IntField(), g = total(F"id" * 2) }
      assert.equal("unsupported", kind)
      assert.truthy(message:find("^GenRefused: g names id: a generated column of M"), message)
      message, kind = refused{
        owner = ryx.ForeignKey(Owner, { null = true, on_delete = "SET_NULL" }), g = total(F"owner_id" + 1),
      }
      assert.equal("unsupported", kind)
      assert.truthy(message:find("^GenRefused: g names owner_id, whose foreign key has ON DELETE SET NULL: "), message)
    end)
  end
end)

describe("inspectdb", function()
  it("writes generated fields", function()
    local function make()
      return ryx.model("GenSeen", {
        a = ryx.IntField(), b = ryx.IntField{ null = true }, name = ryx.CharField{ max_length = 20 },
        price = ryx.DecimalField{ max_digits = 8, decimal_places = 2 },
        sum = total(F"a" + 1, { output_field = ryx.IntField(), db_index = true }),
        both = total(F"a" * F"b"),
        low = total(ryx.Lower"name", { output_field = ryx.CharField{ max_length = 20 }, unique = true }),
        big = total(Q{ a__gt = 100 } * Q{ b__isnull = false }, { output_field = ryx.BooleanField() }),
        cost = total(F"price" * F"a", { output_field = ryx.DecimalField{ max_digits = 12, decimal_places = 2 } }),
        word = total(ryx.Case{ ryx.When(Q{ a = 1 }, ryx.Value("one")), default = ryx.Value("it's é?") }, {
          output_field = ryx.CharField{ max_length = 20 }, db_column = "a word",
        }),
        read = db.needs "virtual columns" and total(F"a" - 2, { db_persist = false }) or nil,
      })
    end
    db.tables(ryx, { make() })
    local text = inspect.run("default", "gen_seens")
    local Seen = load_text(text).GenSeen
    assert.is_nil(text:find("managed = false", 1, true), text)
    assert.is_nil(text:find("which no field covers", 1, true), text)
    assert.same({}, changes(Seen))
    assert.truthy(text:find('expression = ryx.F"a" + 1,', 1, true), text)
    assert.truthy(text:find('expression = ryx.F"price" * ryx.F"a",', 1, true), text)
    assert.truthy(text:find('expression = ryx.Q{ a__gt = 100, b__isnull = false },', 1, true), text)
    local o = Seen.objects:create{ a = 1, b = 5, name = "ABC", price = "2.5" }
    assert.same({ 2, 5, "abc", false, "2.50", "one" },
      { o.sum, o.both, o.low, o.big, tostring(o.cost), o.a_word })
    ryx.raw_execute("DROP TABLE gen_seens")
  end)
end)

describe("a file of migrations", function()
  it("has generated fields as a person writes them", function()
    local text = writer.file{ dependencies = {}, operations = {
      m.add_field("GenItem", "label", ryx.GeneratedField{
        expression = ryx.Upper("name") .. "!", output_field = ryx.CharField{ max_length = 30 }, db_persist = false,
        unique = true, help_text = "not here",
      }),
    } }
    assert.truthy(text:find([[
    m.add_field("GenItem", "label", ryx.GeneratedField{
      db_persist = false,
      expression = ryx.Upper("name") .. "!",
      output_field = ryx.CharField{ max_length = 30 },
      unique = true,
    }),]], 1, true), text)
    load_text(text)
  end)
end)
