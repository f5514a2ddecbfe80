-- SPDX-License-Identifier: MIT
local ryx = require "ryx"
local db = require "support.db"

local Parent = ryx.model("MigParent", { name = ryx.CharField{ max_length = 20, unique = true } })

local function child(name, options)
  return ryx.model(name, { parent = ryx.ForeignKey(Parent, options), n = ryx.IntField{ default = 3 } })
end

local Cascade = child("MigCascade", { on_delete = "CASCADE" })
local SetNull = child("MigSetNull", { on_delete = "SET_NULL", null = true })
local Restrict = child("MigRestrict", { on_delete = "RESTRICT" })
local Loose = child("MigLoose", { db_constraint = false })
local Left = ryx.model("MigLeft", { right = ryx.ForeignKey("MigRight", { null = true }) })
local Right = ryx.model("MigRight", { left = ryx.ForeignKey("MigLeft", { null = true }) })
local Tree = ryx.model("MigTree", { parent = ryx.ForeignKey("self", { null = true, on_delete = "CASCADE" }) })
local Tag = ryx.model("MigTag", { name = ryx.CharField{ max_length = 10, primary_key = true } })
local Note = ryx.model("MigNote", {
  tags = ryx.ManyToManyField("MigTag", { related_name = "notes" }),
  loose = ryx.ManyToManyField(Tag, { related_name = "+", db_constraint = false, db_table = "mig_loose_tags" }),
  after = ryx.ManyToManyField("self", { symmetrical = false, related_name = "before" }),
})
local Rules = ryx.model("MigRules", {
  a = ryx.IntField{ db_index = true }, b = ryx.CharField{ max_length = 5, db_column = "order" },
  c = ryx.BooleanField{ default = true },
  Meta = {
    table_name = "Mig \"odd\" name", unique_together = { { "a", "b" } }, index_together = { { "b", "c" } },
    indexes = { ryx.Index{ fields = { "c" }, name = "mig_rules_c" } },
    constraints = {
      ryx.Constraint{ check = ryx.Q{ a__gte = 0 } * -ryx.Q{ b = "it's" }, name = "mig_rules_a" },
      ryx.Constraint{ check = "a < 100", name = "mig_rules_text" },
    },
  },
})

describe("migrate", function()
  db.use(ryx, { Parent, Cascade, SetNull, Restrict, Loose, Tree, Rules })

  it("leaves tables that exist alone", function()
    Parent.objects:create{ name = "kept" }
    ryx.migrate{ Parent, Cascade, Rules }
    assert.equal(1, Parent.objects:filter{ name = "kept" }:delete())
  end)

  it("makes targets before those who refer to them", function()
    ryx.raw_execute("DROP TABLE mig_cascades")
    ryx.migrate{ Cascade, Parent }
    assert.equal(0, Cascade.objects:count())
  end)

  it("deletes as on_delete says", function()
    local p = Parent.objects:create{ name = "p" }
    Cascade.objects:create{ parent = p }
    SetNull.objects:create{ parent = p }
    local r = Restrict.objects:create{ parent = p }
    local e = db.error_of(p.delete, p)
    assert.is_true(e:is(ryx.IntegrityError), tostring(e))
    r:delete()
    p:delete()
    assert.equal(0, Cascade.objects:count())
    assert.is_nil(SetNull.objects:get().parent_id)
  end)

  it("makes no key where db_constraint is false", function()
    assert.equal(4711, Loose.objects:create{ parent_id = 4711 }.parent_id)
  end)

  it("refers to its own table", function()
    local root = Tree.objects:create{}
    Tree.objects:create{ parent = root }
    root:delete()
    assert.equal(0, Tree.objects:count())
  end)

  it("makes tables that refer to each other", function()
    finally(function()
      if db.dialect ~= "sqlite" then ryx.raw_execute("ALTER TABLE mig_rights DROP CONSTRAINT fk_mig_rights_left_id") end
      pcall(ryx.raw_execute, "ALTER TABLE mig_lefts DROP CONSTRAINT fk_mig_lefts_right_id")
      ryx.raw_execute("DROP TABLE mig_lefts")
      ryx.raw_execute("DROP TABLE mig_rights")
    end)
    ryx.migrate{ Left, Right }
    local left = Left.objects:create{}
    local right = Right.objects:create{ left = left }
    left.right = right
    left:save()
    assert.equal("foreign_key_violation", db.error_of(Left.objects.create, Left.objects, { right_id = 4711 }).kind)
  end)

  it("makes checks and unique keys, whatever the names", function()
    local objects = Rules.objects
    objects:create{ a = 1, b = "x" }
    assert.equal("unique_violation", db.error_of(objects.create, objects, { a = 1, b = "x" }).kind)
    assert.equal("check_violation", db.error_of(objects.create, objects, { a = -1, b = "y" }).kind)
    assert.equal("check_violation", db.error_of(objects.create, objects, { a = 100, b = "y" }).kind)
    assert.equal("check_violation", db.error_of(objects.create, objects, { a = 2, b = "it's" }).kind)
    assert.equal("x", objects:order_by("b"):filter{ b__in = { "x" } }:first().b)
  end)

  it("gives rows of others the defaults that instances have", function()
    local Default = ryx.model("MigDefault", {
      z = ryx.IntField{ null = true }, n = ryx.IntField{ default = "7" }, x = ryx.FloatField{ default = "1.5" },
      price = ryx.DecimalField{ default = 0 }, cost = ryx.DecimalField{ default = "1.5" },
      b = ryx.BooleanField{ default = "no" }, s = ryx.CharField{ default = " it's \\ " },
      t = ryx.TextField{ default = "" }, u = ryx.UUIDField{ default = "{0E02B2C3D47943D5A4BB9C2F6E8A7D10}" },
      day = ryx.DateField{ default = "2024-02-29" },
      at = ryx.DateTimeField{ default = "2024-02-29 10:00" }, opens = ryx.TimeField{ default = "10:00" },
      tz = ryx.DateTimeField{ tz = true, default = "2024-02-29 10:00+02:00" },
      lasts = ryx.DurationField{ default = "-PT1H0.5S" }, last = ryx.DateField{ default = ryx.date("2024-03-01") },
    })
    ryx.migrate{ Default }
    local ok, err = pcall(function()
      ryx.raw_execute("INSERT INTO mig_defaults (z) VALUES (1)")
      local own = Default.objects:create{ z = 1 }:to_table{ exclude = { "id" } }
      assert.same(ryx.json.encode(own), ryx.json.encode(Default.objects:first():to_table{ exclude = { "id" } }))
      assert.equal(2, Default.objects:filter(own):count())
    end)
    ryx.raw_execute("DROP TABLE mig_defaults")
    if not ok then error(err, 0) end
  end)

  it("is named where a table is not there", function()
    local Nowhere = ryx.model("MigNowhere", { n = ryx.IntField{} })
    for _, fn in ipairs{
      function() return Nowhere.objects:count() end, function() return Nowhere.objects:filter{ n = 1 }:all() end,
      function() return Nowhere.objects:create{ n = 1 } end, function() return Nowhere.objects:delete_all() end,
    } do
      local e = db.error_of(fn)
      assert.equal("operational", e.kind)
      assert.truthy(e.message:find("; ryx.migrate makes the tables of models", 1, true), e.message)
    end
  end)

  it("skips abstract and unmanaged models, and refuses what is no model", function()
    local Base = ryx.model("MigBase", { n = ryx.IntField{}, Meta = { abstract = true } })
    local Foreign = ryx.model("MigForeign", { n = ryx.IntField{}, Meta = { managed = false } })
    assert.same({}, db.sql_of(ryx, function() ryx.migrate{ Base, Foreign } end))
    assert.truthy(tostring(db.error_of(ryx.migrate, { {} })):find("item 1 is not a model", 1, true))
    local e = db.error_of(ryx.migrate, { Tree = Tree })
    assert.equal("misuse", e.kind)
    assert.truthy(e.message:find("ryx.migrate takes a list", 1, true), e.message)
  end)

  describe("of many-to-many relations", function()
    local function drop(...)
      for _, name in ipairs{ ... } do ryx.raw_execute("DROP TABLE IF EXISTS " .. name) end
    end
    local function there(name) return (pcall(ryx.raw_fetch, "SELECT * FROM " .. name)) end
    local function drop_all()
      drop("mig_note_tags", "mig_loose_tags", "mig_note_after", "mig_notes", "mig_tags")
    end
    before_each(drop_all)
    teardown(drop_all)

    it("makes the join tables, once", function()
      ryx.migrate{ Note, Tag }
      ryx.raw_execute("INSERT INTO mig_notes (id) VALUES (1), (2)")
      ryx.raw_execute("INSERT INTO mig_tags (name) VALUES ('a')")
      ryx.raw_execute("INSERT INTO mig_note_tags (mig_note_id, mig_tag_id) VALUES (1, 'a')")
      ryx.raw_execute("INSERT INTO mig_note_after (from_mig_note_id, to_mig_note_id) VALUES (1, 2)")
      ryx.migrate{ Tag, Note }
      assert.equal(1, ryx.raw_fetch("SELECT id FROM mig_note_tags")[1].id)
    end)

    it("gives them keys that cascade and a unique pair", function()
      ryx.migrate{ Note, Tag }
      local function insert(join, note, tag)
        local sql = "INSERT INTO " .. join .. " (mig_note_id, mig_tag_id) VALUES (?, ?)"
        return select(2, ryx.try(ryx.raw_execute, sql, { note, tag }))
      end
      ryx.raw_execute("INSERT INTO mig_notes (id) VALUES (1)")
      ryx.raw_execute("INSERT INTO mig_tags (name) VALUES ('a')")
      assert.is_nil(insert("mig_note_tags", 1, "a"))
      assert.equal("unique_violation", insert("mig_note_tags", 1, "a").kind)
      assert.equal("foreign_key_violation", insert("mig_note_tags", 1, "b").kind)
      assert.equal("foreign_key_violation", insert("mig_note_tags", 2, "a").kind)
      assert.is_nil(insert("mig_loose_tags", 2, "b"))
      ryx.raw_execute("DELETE FROM mig_tags")
      assert.same({}, ryx.raw_fetch("SELECT id FROM mig_note_tags"))
    end)

    it("makes them as soon as both models have tables", function()
      ryx.migrate{ Note }
      assert.same({ false, true }, { there("mig_note_tags"), there("mig_note_after") })
      ryx.migrate{ Tag }
      assert.same({ true, true }, { there("mig_note_tags"), there("mig_loose_tags") })
    end)

    it("does not wait for a model that is not declared", function()
      finally(function() drop("mig_alones") end)
      local Alone = ryx.model("MigAlone", { others = ryx.ManyToManyField("MigNobody") })
      ryx.migrate{ Alone }
      assert.equal(0, Alone.objects:count())
    end)

    it("leaves a table of the user's alone", function()
      local Own = ryx.model("MigOwn", {
        tags = ryx.ManyToManyField(Tag, { through = "MigOwnTag", related_name = "+" }),
        Meta = { managed = false },
      })
      assert.same({}, db.sql_of(ryx, function() ryx.migrate{ Own } end))
    end)
  end)
end)

-- Indexes as Meta.indexes says them.
describe("indexes", function()
  local Person = ryx.model("MigPerson", {
    name = ryx.CharField{ max_length = 40, null = true }, a = ryx.IntField{ null = true }, b = ryx.IntField{ default = 1 },
    gone = ryx.BooleanField{ default = false },
    Meta = { indexes = {
      ryx.Index{ fields = { "name", "-a" } }, ryx.Index{ fields = { "b" }, unique = true, name = "mig_people_b" },
    } },
  })

  local function with(name, index)
    return ryx.model(name, {
      name = ryx.CharField{ max_length = 40 }, a = ryx.IntField{ default = 1 }, b = ryx.IntField{ default = 2 },
      gone = ryx.BooleanField{ default = false }, Meta = { indexes = { index } },
    })
  end
  local Lower = with("MigLower", ryx.Index{ expressions = { ryx.Lower("name") }, unique = true })
  local Sum = with("MigSum", ryx.Index{ fields = { "gone" }, expressions = { ryx.F"a" + ryx.F"b" }, name = "mig_sum" })
  local Folded = with("MigFolded", ryx.Index{ expressions = { ryx.Lower("name") } })
  local Partial = with("MigPartial", ryx.Index{ fields = { "name" }, unique = true, condition = ryx.Q{ gone = false } })

  local Values = with("MigValues", ryx.Index{ expressions = { ryx.F"a" * 2 } })

  local function drop(model) ryx.raw_execute("DROP TABLE IF EXISTS " .. model._meta.table_name) end

  before_each(function()
    for _, model in ipairs{ Person, Lower, Sum, Folded, Partial, Values } do drop(model) end
  end)
  db.use(ryx, {})
  teardown(function()
    ryx.setup(db.url)
    for _, model in ipairs{ Person, Lower, Sum, Folded, Partial, Values } do drop(model) end
    ryx.close()
  end)

  local function made(model)
    return table.concat(db.sql_of(ryx, function() ryx.migrate{ model } end), "\n")
  end

  it("have a name by rule, and directions", function()
    local sql = made(Person)
    assert.truthy(sql:find("ix_" .. Person._meta.table_name .. "_name_a_0", 1, true), sql)
    assert.truthy(sql:find("[\"`]a[\"`] DESC", 1), sql)
    Person.objects:create{ name = "x", b = 7 }
    local e = db.error_of(function() Person.objects:create{ name = "y", b = 7 } end)
    assert.equal("unique_violation", e.kind)
    assert.equal("b", e.field)
  end)

  if db.needs "index expressions" then
    it("are of expressions", function()
      made(Lower)
      Lower.objects:create{ name = "Ann" }
      local e = db.error_of(function() Lower.objects:create{ name = "aNN" } end)
      assert.equal("unique_violation", e.kind)
      assert.equal("Ann", Lower.objects:get{ name__lower = "ann" }.name)
      made(Sum)
      Sum.objects:create{ name = "x", a = 5 }
      assert.equal(1, Sum.objects:annotate{ s = ryx.F"a" + ryx.F"b" }:filter{ s__gt = 5 }:count())
    end)

    it("serve the queries that write the same", function()
      made(Folded)
      local list = {}
      for i = 1, 2000 do list[i] = Folded{ name = "Name " .. i } end
      Folded.objects:bulk_create(list)
      if db.dialect == "postgres" then ryx.raw_execute("ANALYZE mig_foldeds") end
      local plan = Folded.objects:filter{ name__lower = "name 7" }:explain():lower()
      assert.truthy(plan:find("ix_mig_foldeds_expression_0", 1, true), plan)
    end)
  else
    it("are not of expressions, and nothing is made", function()
      local e = db.error_of(function() made(Lower) end)
      assert.is_false(pcall(function() Lower.objects:count() end))
      assert.equal("unsupported", e.kind)
      assert.truthy(tostring(e):find("ix_mig_lowers_expression_0", 1, true), tostring(e))
    end)
  end

  it("hold some rows, where the database can", function()
    if not db.needs "index conditions" then
      local e = db.error_of(function() made(Partial) end)
      assert.equal("unsupported", e.kind)
      return
    end
    made(Partial)
    Partial.objects:create{ name = "x", gone = true }
    Partial.objects:create{ name = "x", gone = true }
    Partial.objects:create{ name = "x" }
    assert.equal("unique_violation", db.error_of(function() Partial.objects:create{ name = "x" } end).kind)
  end)

  it("say what is wrong", function()
    for part, options in pairs{
      ["needs fields"] = { name = "x" }, ["fields is a list"] = { fields = "name" }, ["holds names"] = { fields = { 5 } },
      ["expressions is a list"] = { expressions = ryx.Lower("name") }, ["holds expressions"] = { expressions = { "name" } },
      ["condition is a Q"] = { fields = { "a" }, condition = { a = 1 } }, ["did you mean"] = { field = { "a" } },
    } do
      local e = db.error_of(function() ryx.Index(options) end)
      assert.truthy(tostring(e):find(part, 1, true), tostring(e))
    end
    if not db.needs "index expressions" then return end
    local e = db.error_of(function() ryx.migrate{ Values } end)
    assert.truthy(tostring(e):find("holds no values", 1, true), tostring(e))
  end)
end)
