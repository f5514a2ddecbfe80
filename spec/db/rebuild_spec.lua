-- SPDX-License-Identifier: MIT
-- A table that is made anew where ALTER cannot change it.
local compat = require "ryx.compat"
local ryx = require "ryx"
local db = require "support.db"

local n_models = 0

-- A model of a table; its own name does not count.
local function model(table_name, fields)
  n_models = n_models + 1
  fields.Meta = fields.Meta or {}
  fields.Meta.table_name = table_name
  return ryx.model("Rebuild" .. n_models, fields)
end

if not db.needs "tables made anew" then return end

describe("a table that is made anew", function()
  local rebuild, schema, step, definition, index, ctx, alias

  local function execute(...)
    for _, sql in ipairs{ ... } do ryx.raw_execute(sql) end
  end

  local function clear()
    ryx.transaction(function()
      ryx.raw_fetch("SELECT ryx_foreign_keys(0)")
      for _, row in ipairs(ryx.raw_fetch("SELECT type, name FROM sqlite_schema WHERE name LIKE 'reb%' "
        .. "AND type IN ('table', 'view') ORDER BY rowid")) do
        execute(("DROP %s IF EXISTS \"%s\""):format(row.type:upper(), (row.name:gsub('"', '""'))))
      end
    end)
  end

  db.use(ryx, {})
  before_each(function()
    schema, step, definition = require "ryx.migrations.schema", require "ryx.migrations.ddl.step",
      require "ryx.migrations.ddl.definition"
    rebuild, index = require "ryx.migrations.ddl.rebuild", require "ryx.migrations.ddl.index"
    alias = require "ryx.db".alias("default")
    ctx = require "ryx.migrations.dialect.context".of(alias)
    clear()
  end)
  after_each(function() clear() end)

  local function table_of(m) return schema.table_of(ctx, m._meta) end

  local function create(...)
    for _, m in ipairs{ ... } do
      local t = table_of(m)
      execute(definition.create_table(ctx, t))
      for _, ix in ipairs(schema.sorted(t.indexes)) do execute(index.create(ctx, t, ix)) end
      for _, search in ipairs(schema.sorted(t.searches)) do
        for _, sql in ipairs(ctx.dialect.search(ctx, t, search, {})) do execute(sql.sql or sql) end
      end
    end
  end

  -- The steps that rename columns, new names by old ones, in an order; `from` is changed.
  local function rename(from, renames)
    local out = {}
    for i, pair in ipairs(renames or {}) do
      out[i] = { sql = ("ALTER TABLE %s RENAME COLUMN %s TO %s"):format(ctx.quote(from.name), ctx.quote(pair[1]),
        ctx.quote(pair[2])) }
      for _, c in ipairs(from.columns) do c.name = c.name == pair[1] and pair[2] or c.name end
    end
    return out
  end

  local function steps_of(from, to, renames, fill)
    local before, map = rename(from, renames), {}
    for _, c in ipairs(from.columns) do map[c.name] = c.name end
    local steps = rebuild.statements(ctx, from, to, map, fill, before)
    for i, s in ipairs(before) do table.insert(steps, i, s) end
    return steps
  end

  local function apply(steps)
    ryx.transaction(function()
      for _, s in ipairs(steps) do step.run(alias, s) end
    end)
    assert.equal("ok", ryx.raw_fetch("PRAGMA integrity_check")[1].integrity_check)
    assert.equal(1, ryx.raw_fetch("PRAGMA foreign_keys")[1].foreign_keys)
    assert.equal(0, ryx.raw_fetch("PRAGMA legacy_alter_table")[1].legacy_alter_table)
    assert.same({}, ryx.raw_fetch("PRAGMA foreign_key_check"))
  end

  local function change(a, b, renames, fill) apply(steps_of(table_of(a), table_of(b), renames, fill)) end

  local function values(sql)
    local out = {}
    for i, row in ipairs(ryx.raw_fetch(sql, nil, { array = true })) do
      for j, v in ipairs(row) do row[j] = v == ryx.null and "NULL" or tostring(compat.keyof(v)) end
      out[i] = table.concat(row, " ")
    end
    return table.concat(out, ", ")
  end

  local function fails(fn, ...)
    local e = db.error_of(fn, ...)
    assert.truthy(e.kind == "operational" or e.kind == "unsupported" or e.kind:find("_violation$"),
      tostring(e.kind) .. ": " .. tostring(e))
    return e.message
  end

  it("keeps rows, the highest key ever, and children of every rule", function()
    local Old = model("reb_p", { name = ryx.CharField{ max_length = 20 } })
    create(Old)
    local old = table_of(Old)
    for _, rule in ipairs{ "CASCADE", "RESTRICT", "SET NULL", "NO ACTION", "SET DEFAULT" } do
      execute(("CREATE TABLE \"reb_c %s\" (p INTEGER DEFAULT 1 REFERENCES reb_p (id) ON DELETE %s)"):format(rule, rule))
    end
    execute("INSERT INTO reb_p (id, name) VALUES (1, 'a'), (2, 'b'), (9, 'c')", "DELETE FROM reb_p WHERE id = 9")
    for _, rule in ipairs{ "CASCADE", "RESTRICT", "SET NULL", "NO ACTION", "SET DEFAULT" } do
      execute(("INSERT INTO \"reb_c %s\" VALUES (2)"):format(rule))
    end
    local New = model("reb_p", {
      name = ryx.CharField{ max_length = 20, unique = true }, n = ryx.IntField{ default = 4 },
    })
    apply(steps_of(old, table_of(New)))
    assert.equal("1 a 4, 2 b 4", values "SELECT id, name, n FROM reb_p ORDER BY id")
    for _, rule in ipairs{ "CASCADE", "RESTRICT", "SET NULL", "NO ACTION", "SET DEFAULT" } do
      assert.equal("2", values(("SELECT p FROM \"reb_c %s\""):format(rule)), rule)
    end
    assert.equal(10, New.objects:create{ name = "d" }.id)
    local e = db.error_of(New.objects.create, New.objects, { name = "a" })
    assert.equal("unique_violation", e.kind)
    execute("DELETE FROM \"reb_c RESTRICT\"", "DELETE FROM \"reb_c NO ACTION\"", "DELETE FROM reb_p WHERE id = 2")
    assert.equal("", values "SELECT p FROM \"reb_c CASCADE\"")
    assert.equal("NULL", values "SELECT p FROM \"reb_c SET NULL\"")
  end)

  it("keeps references to itself and circles", function()
    execute("CREATE TABLE reb_a (id INTEGER PRIMARY KEY AUTOINCREMENT, "
      .. "up_id INTEGER REFERENCES reb_a (id) ON DELETE CASCADE, b_id INTEGER REFERENCES reb_b (id) ON DELETE CASCADE)",
      "CREATE TABLE reb_b (id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES reb_a (id) ON DELETE RESTRICT)",
      "INSERT INTO reb_a (id) VALUES (1)", "INSERT INTO reb_b VALUES (1, 1)",
      "INSERT INTO reb_a VALUES (2, 1, 1), (3, 2, 1)", "UPDATE reb_a SET b_id = 1, up_id = 3 WHERE id = 1")
    local B = ryx.model("RebuildB", { a = ryx.ForeignKey("RebuildA"), Meta = { table_name = "reb_b" } })
    local A = ryx.model("RebuildA", {
      up = ryx.ForeignKey("self", { null = true, related_name = "+" }), b = ryx.ForeignKey("RebuildB", { null = true }),
      n = ryx.IntField{ null = true }, Meta = { table_name = "reb_a" },
    })
    local to, from = table_of(A), table_of(A)
    from.columns[4], from.checks.ck_reb_a_n = nil, nil
    apply(steps_of(from, to))
    apply(steps_of(to, from))
    assert.equal("1 3 1, 2 1 1, 3 2 1", values "SELECT id, up_id, b_id FROM reb_a ORDER BY id")
    assert.equal("1", values "SELECT count(*) FROM reb_b")
    execute("UPDATE reb_a SET b_id = NULL", "DELETE FROM reb_b", "DELETE FROM reb_a WHERE id = 2")
    assert.equal("", values "SELECT id FROM reb_a")
    assert.truthy(B)
  end)

  it("keeps triggers, views and indexes of the user's, through renames, too", function()
    local Old = model("reb_t", {
      name = ryx.CharField{ max_length = 20 }, swap_a = ryx.IntField{ default = 1 },
      swap_b = ryx.IntField{ default = 2 },
      Meta = { indexes = { ryx.Index{ fields = { "name" }, name = "reb_own" } } },
    })
    create(Old)
    execute("INSERT INTO reb_t (name) VALUES ('x')", "CREATE TABLE reb_log (t)",
      "CREATE TRIGGER reb_after AFTER UPDATE ON reb_t BEGIN "
      .. "INSERT INTO reb_log VALUES (old.name || '?' || new.name); END",
      "CREATE TRIGGER reb_other AFTER INSERT ON reb_log BEGIN UPDATE reb_t SET swap_a = swap_a + 10; END",
      "CREATE VIEW reb_v AS SELECT id, name AS name, swap_a AS a FROM reb_t",
      "CREATE TRIGGER reb_instead INSTEAD OF DELETE ON reb_v BEGIN DELETE FROM reb_t WHERE id = old.id; END",
      "CREATE INDEX reb_part ON reb_t (lower(name) DESC) WHERE swap_a > 0 AND name <> '?'")
    local New = model("reb_t", {
      title = ryx.CharField{ max_length = 30 }, swap_a = ryx.BigIntField{ default = 1 },
      swap_b = ryx.IntField{ default = 2 },
      Meta = { indexes = { ryx.Index{ fields = { "-title" }, name = "reb_new" } } },
    })
    change(Old, New, {
      { "name", "title" }, { "swap_a", "old" }, { "swap_b", "swap_a" }, { "old", "swap_b" },
    })
    assert.equal("x 2 1", values "SELECT title, swap_a, swap_b FROM reb_t")
    execute("UPDATE reb_t SET title = 'y'")
    assert.equal("x?y", values "SELECT t FROM reb_log")
    assert.equal("1 y 11", values "SELECT id, name, a FROM reb_v")
    assert.equal("reb_new, reb_part", values("SELECT name FROM sqlite_schema WHERE type = 'index' "
      .. "AND tbl_name = 'reb_t' AND sql IS NOT NULL ORDER BY 1"))
    assert.truthy(values("SELECT sql FROM sqlite_schema WHERE name = 'reb_part'")
      :find('(lower("title") DESC) WHERE "swap_b" > 0', 1, true))
    execute("DELETE FROM reb_v")
    assert.equal("", values "SELECT id FROM reb_t")
  end)

  it("names the view or trigger that a removed column leaves without a sense", function()
    local Old = model("reb_t", { a = ryx.IntField{ null = true }, b = ryx.IntField{ null = true } })
    local New = model("reb_t", { a = ryx.IntField{ null = true } })
    create(Old)
    for name, sql in pairs{
      reb_v = "CREATE VIEW reb_v AS SELECT b FROM reb_t",
      reb_trigger = "CREATE TRIGGER reb_trigger AFTER UPDATE ON reb_t BEGIN SELECT new.b; END",
      reb_index = "CREATE INDEX reb_index ON reb_t (b)",
    } do
      execute(sql)
      local message = fails(change, Old, New)
      assert.truthy(message:find(name, 1, true) and message:find("migration before", 1, true), message)
      assert.equal("id, a, b", values "SELECT name FROM pragma_table_info('reb_t')")
      execute(("DROP %s %s"):format(sql:match("CREATE (%u+)"), name))
    end
    execute("CREATE VIEW reb_broken AS SELECT absent FROM reb_t")
    change(Old, New)
    assert.equal("id, a", values "SELECT name FROM pragma_table_info('reb_t')")
  end)

  it("takes columns, names and objects that want quotes", function()
    local strange = 'reb "o\'dd" ?;--'
    local Old = model(strange, { n = ryx.IntField{ db_column = 'sel"ect', null = true } })
    create(Old)
    local New = model(strange, { n = ryx.CharField{ max_length = 9, db_column = "fr'om ?", null = true } })
    Old.objects:create{ n = 5 }
    Old.objects:create{ n = 6 }:delete()
    execute('CREATE TRIGGER "reb ""q?" AFTER DELETE ON "reb ""o\'dd"" ?;--" BEGIN SELECT \'?\', old."sel""ect"; END')
    change(Old, New, { { 'sel"ect', "fr'om ?" } })
    assert.equal("5", New.objects:get().n)
    assert.equal(3, New.objects:create{ n = "x" }.id)
    assert.truthy(values("SELECT sql FROM sqlite_schema WHERE type = 'trigger'"):find("fr'om ?", 1, true))
  end)

  it("keeps the numbers of rows whose key is another", function()
    local Old = model("reb_k", { code = ryx.CharField{ max_length = 9, primary_key = true } })
    local New = model("reb_k", {
      code = ryx.CharField{ max_length = 12, primary_key = true }, n = ryx.IntField{ default = 0 },
    })
    create(Old)
    execute("INSERT INTO reb_k (rowid, code) VALUES (7, 'a'), (5, 'b')")
    change(Old, New)
    assert.equal("5 b 0, 7 a 0", values "SELECT rowid, code, n FROM reb_k ORDER BY 1")
  end)

  it("keeps tables without such numbers so", function()
    execute("CREATE TABLE reb_w (code VARCHAR(9) NOT NULL PRIMARY KEY) WITHOUT ROWID", "INSERT INTO reb_w VALUES ('a')")
    local Old = model("reb_w", { code = ryx.CharField{ max_length = 9, primary_key = true } })
    local New = model("reb_w", {
      code = ryx.CharField{ max_length = 12, primary_key = true }, n = ryx.IntField{ default = 3 },
    })
    change(Old, New)
    assert.equal("a 3", values "SELECT code, n FROM reb_w")
    assert.equal("1", values "SELECT wr FROM pragma_table_list WHERE name = 'reb_w'")
  end)

  it("keeps tables that are strict so", function()
    execute("CREATE TABLE reb_w (id INTEGER PRIMARY KEY, t TEXT NOT NULL) STRICT", "INSERT INTO reb_w VALUES (1, 'a')",
      "CREATE TABLE reb_b (t TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID", "INSERT INTO reb_b VALUES ('b')")
    local id = ryx.IntField{ primary_key = true }
    change(model("reb_w", { id = id, t = ryx.TextField{} }), model("reb_w", {
      id = id, t = ryx.TextField{}, n = ryx.IntField{ null = true, unique = true },
    }))
    change(model("reb_b", { t = ryx.TextField{ primary_key = true } }), model("reb_b", {
      t = ryx.TextField{ primary_key = true }, n = ryx.IntField{ default = 3 },
    }))
    assert.equal("a", values "SELECT t FROM reb_w")
    assert.equal("b 3", values "SELECT t, n FROM reb_b")
    assert.equal("0 1 1 1", table.concat({
      values "SELECT wr, strict FROM pragma_table_list WHERE name = 'reb_w'",
      values "SELECT wr, strict FROM pragma_table_list WHERE name = 'reb_b'",
    }, " "))
  end)

  it("is not made as it cannot be", function()
    execute "CREATE TABLE reb_w (id INTEGER PRIMARY KEY, t TEXT NOT NULL) STRICT"
    local id = ryx.IntField{ primary_key = true }
    local ok, err = pcall(change, model("reb_w", { id = id, t = ryx.TextField{} }), model("reb_w", {
      id = id, t = ryx.CharField{ max_length = 5 },
    }))
    assert.is_false(ok)
    assert.truthy(tostring(err):find("reb_w.t: the table is STRICT, which has no type VARCHAR(5)", 1, true))
  end)

  it("keeps the words of a search", function()
    local function index_of(...) return { indexes = { ryx.SearchIndex{ fields = { ... }, name = "words_rebf" } } } end
    local Old = model("reb_s", { title = ryx.CharField{ max_length = 20 }, Meta = index_of("title") })
    local New = model("reb_s", {
      head = ryx.CharField{ max_length = 30 }, n = ryx.IntField{ default = 0 }, Meta = index_of("head"),
    })
    create(Old)
    Old.objects:create{ title = "one bird" }
    Old.objects:create{ title = "two birds" }
    change(Old, New, { { "title", "head" } })
    local function found(word) return New.objects:filter{ head__search = word }:count() end
    assert.same({ 1, 1, 0 }, { found "one", found "two", found "three" })
    New.objects:filter{ id = 1 }:update{ head = "three" }
    New.objects:filter{ id = 2 }:delete()
    assert.same({ 0, 0, 1 }, { found "one", found "two", found "three" })
    execute("DROP TABLE words_rebf")
  end)

  it("leaves values that the database makes to it", function()
    execute("CREATE TABLE reb_g (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER, "
      .. "twice INTEGER GENERATED ALWAYS AS (a * 2) STORED)", "INSERT INTO reb_g (a) VALUES (4)")
    local Plain = model("reb_g", { a = ryx.IntField{ null = true }, twice = ryx.IntField{ null = true } })
    local from, to = table_of(Plain), table_of(Plain)
    from.columns[3].generated, to.columns[3].generated = '"a" * 2', '"a" * 3'
    apply(steps_of(from, to))
    assert.equal("4 12", values "SELECT a, twice FROM reb_g")
    apply(steps_of(to, table_of(Plain)))
    execute("UPDATE reb_g SET twice = 1")
    assert.equal("4 1", values "SELECT a, twice FROM reb_g")
  end)

  it("tells of a key that others refer to and that is gone", function()
    local Old = model("reb_p", { code = ryx.CharField{ max_length = 9, unique = true } })
    local New = model("reb_p", { code = ryx.CharField{ max_length = 9 } })
    create(Old)
    execute("CREATE TABLE reb_c (p VARCHAR(9) REFERENCES reb_p (code))", "INSERT INTO reb_p (code) VALUES ('a')",
      "INSERT INTO reb_c VALUES ('a')")
    local message = fails(change, Old, New)
    assert.truthy(message:find("reb_c", 1, true), message)
    local function places(n)
      return model("reb_q", { code = ryx.DecimalField{ max_digits = 5, decimal_places = n, unique = true } })
    end
    Old = places(1)
    create(Old)
    execute("CREATE TABLE reb_d (p DECIMAL_TEXT REFERENCES reb_q (code))", "INSERT INTO reb_q (code) VALUES ('1.5')",
      "INSERT INTO reb_d VALUES ('1.5')")
    message = fails(change, Old, places(2))
    assert.truthy(message:find("reb_d.p: the row 1 refers to no row of reb_q", 1, true), message)
    assert.equal("1", values "SELECT count(*) FROM reb_d")
  end)

  describe("with values of another type", function()
    local function table_with(field)
      return table_of(model("reb_x", { v = field }))
    end

    -- Values of the old column by what they become, in a fresh table.
    local function converted(old, new, literals, fill)
      local from, to = table_with(old), table_with(new)
      execute("DROP TABLE IF EXISTS reb_x", definition.create_table(ctx, from))
      for _, v in ipairs(literals) do execute("INSERT INTO reb_x (v) VALUES (" .. v .. ")") end
      apply(steps_of(from, to, nil, fill))
      return values "SELECT v FROM reb_x ORDER BY id"
    end

    local function f(name, options)
      options = options or {}
      options.null = options.null == nil and true or options.null
      return ryx[name](options)
    end
    local function char(n) return f("CharField", { max_length = n or 60 }) end
    local function decimal(digits, places)
      return f("DecimalField", { max_digits = digits, decimal_places = places })
    end

    it("writes them as the new one holds them", function()
      for _, case in ipairs{
        { char(), f"IntField", { "'5'", "' -7 '", "'+3'", "'007'", "NULL" }, "5, -7, 3, 7, NULL" },
        { char(), f"BigIntField", { "'9223372036854775807'" }, "9223372036854775807" },
        { char(), f"FloatField", { "'1.5'", "' 2.5e-1'" }, "1.5, 0.25" },
        { char(), decimal(10, 2), { "'1.5'", "'+7'", "'-0.005'" }, "1.50, 7.00, -0.01" },
        { char(), f"BooleanField", { "'yes'", "'0'", "'TRUE'" }, "1, 0, 1" },
        { char(), f"DateField", { "'2024-02-29'" }, "2024-02-29" },
        { char(), f"DateTimeField", { "'2024-02-29'", "'2024-02-29T10:11:12'" },
          "2024-02-29 00:00:00.000000, 2024-02-29 10:11:12.000000" },
        { char(), f"TimeField", { "'10:11'", "'10:11:12'" }, "10:11:00.000000, 10:11:12.000000" },
        { char(), f"JSONField", { "'[1]'" }, "[1]" },
        { char(), f"TextField", { "'é'" }, "é" },
        { f"IntField", char(3), { "12", "NULL" }, "12, NULL" },
        { f"IntField", decimal(12, 3), { "12", "-1" }, "12.000, -1.000" },
        { f"IntField", f"FloatField", { "12", "0" }, ("%s, %s"):format(12.0, 0.0) },
        { f"IntField", f"BooleanField", { "12", "0" }, "1, 0" },
        { f"FloatField", f"IntField", { "2.5", "-2.5", "7.0" }, "3, -3, 7" },
        { f"FloatField", decimal(8, 2), { "2.5" }, "2.50" },
        { decimal(8, 2), decimal(12, 4), { "'1.50'" }, "1.5000" },
        { decimal(8, 0), decimal(12, 1), { "'15'" }, "15.0" },
        { decimal(8, 3), decimal(8, 1), { "'1.250'", "'-1.349'" }, "1.3, -1.3" },
        { decimal(8, 2), f"IntField", { "'1.50'", "'-2.49'" }, "2, -2" },
        { decimal(8, 2), char(), { "'1.50'" }, "1.50" },
        { f"BooleanField", f"IntField", { "1", "NULL" }, "1, NULL" },
        { f"DateField", f"DateTimeField", { "'2024-02-29'" }, "2024-02-29 00:00:00.000000" },
        { f"DateTimeField", f"DateField", { "'2024-02-29 10:11:12.000000'" }, "2024-02-29" },
        { f"DateTimeField", f"TimeField", { "'2024-02-29 10:11:12.000000'" }, "10:11:12.000000" },
        { f"BinaryField", f"TextField", { "x'6162'" }, "ab" },
      } do
        assert.equal(case[4], converted(case[1], case[2], case[3]), tostring(case[4]))
      end
    end)

    it("names those that have no such form, and changes nothing", function()
      for _, case in ipairs{
        { char(), f"IntField", { "'5'", "'abc'" }, 'reb_x.v: 1 value is no INTEGER, "abc"' },
        { char(), f"IntField", { "''" }, "no INTEGER" },
        { char(), f"BigIntField", { "'9223372036854775808'" }, "no INTEGER" },
        { char(), f"FloatField", { "'1.5x'", "'y'" }, '2 values are no REAL, "1.5x" among them' },
        { char(), decimal(5, 2), { "'1e5'" }, "no DECIMAL" },
        { char(), f"BooleanField", { "'2'" }, "no BOOLEAN" },
        { char(), f"DateField", { "'2024-02-30'" }, "no DATE_TEXT" },
        { char(), f"DateField", { "'12'" }, "no DATE_TEXT" },
        { char(), f"TimeField", { "'25:00'" }, "no TIME_TEXT" },
        { char(), f"JSONField", { "'{'" }, "no JSON_TEXT" },
        { char(), char(3), { "'abcd'" }, 'no VARCHAR(3), "abcd"' },
        { f"IntField", char(3), { "1234" }, 'no VARCHAR(3)' },
        { f"FloatField", f"BigIntField", { "1e30" }, "no INTEGER" },
        { f"BigIntField", f"IntField", { "3000000000" }, "ck_reb_x_v" },
        { f"DateField", f"IntField", { "'2024-02-29'" }, "DATE_TEXT cannot become INTEGER" },
      } do
        local message = fails(converted, case[1], case[2], case[3])
        assert.truthy(message:find(case[4], 1, true), message)
        assert.equal(tostring(#case[3]), values "SELECT count(*) FROM reb_x")
      end
    end)

    it("fills rows without one", function()
      local int = f("IntField", { null = false })
      assert.equal("5, 9", converted(f"IntField", int, { "5", "NULL" }, { v = "9" }))
      assert.equal("5, 9", converted(char(), int, { "'5'", "NULL" }, { v = "9" }))
      assert.equal("5", converted(f"IntField", int, { "5" }))
      local message = fails(converted, f"IntField", int, { "5", "NULL" })
      assert.truthy(message:find("reb_x.v: 1 row has no value", 1, true), message)
    end)

    it("fills a new column", function()
      local from = table_of(model("reb_x", { a = ryx.IntField{} }))
      local to = table_of(model("reb_x", { a = ryx.IntField{}, slug = ryx.CharField{ max_length = 9 } }))
      execute("CREATE TABLE reb_x (id INTEGER PRIMARY KEY AUTOINCREMENT, a INTEGER)",
        "INSERT INTO reb_x (a) VALUES (1)")
      local message = fails(function() apply(steps_of(from, to)) end)
      assert.truthy(message:find("reb_x.slug: 1 row has no value", 1, true), message)
      apply(steps_of(from, to, nil, { slug = "'s' || \"a\"" }))
      assert.equal("1 s1", values "SELECT a, slug FROM reb_x")
    end)
  end)

  it("of 100,000 rows takes a moment", function()
    local Old = model("reb_big", { name = ryx.CharField{ max_length = 20, db_index = true }, n = ryx.IntField{} })
    local New = model("reb_big", {
      name = ryx.CharField{ max_length = 20, db_index = true }, n = ryx.BigIntField{},
    })
    create(Old)
    execute("WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 100000) "
      .. "INSERT INTO reb_big (name, n) SELECT 'row ' || i, i FROM c")
    change(Old, New)
    assert.equal("100000 5000050000", values "SELECT count(*), sum(n) FROM reb_big")
  end)

  it("wants a transaction, without which others' rows would go along", function()
    local Old = model("reb_t", { a = ryx.CharField{ max_length = 9 } })
    create(Old)
    Old.objects:create{ a = "x" }
    execute("CREATE TABLE reb_c (t INTEGER REFERENCES reb_t (id) ON DELETE CASCADE)", "INSERT INTO reb_c VALUES (1)")
    local dropped = require "ryx.migrations.ddl".steps(ctx, require "ryx.migrations.diff".run(
      { tables = { reb_t = table_of(Old) } }, { tables = {} }, {}, ctx.dialect))
    for _, steps in ipairs{
      steps_of(table_of(Old), table_of(model("reb_t", { a = ryx.CharField{ max_length = 20 } }))), dropped,
    } do
      local e = db.error_of(function()
        for _, s in ipairs(steps) do step.run(alias, s) end
      end)
      assert.equal("misuse", e.kind)
      assert.truthy(e.message:find("inside of a transaction", 1, true), e.message)
      assert.equal("1 1", values "SELECT (SELECT count(*) FROM reb_t), (SELECT count(*) FROM reb_c)")
    end
  end)

  it("does nothing in part", function()
    local Old = model("reb_t", { a = ryx.CharField{ max_length = 9 } })
    local New = model("reb_t", { a = ryx.CharField{ max_length = 20 } })
    create(Old)
    Old.objects:create{ a = "x" }
    execute("CREATE TABLE reb_c (t INTEGER REFERENCES reb_t (id) ON DELETE CASCADE)", "INSERT INTO reb_c VALUES (1)")
    local before = values "SELECT sql FROM sqlite_schema ORDER BY name"
    local steps = steps_of(table_of(Old), table_of(New))
    for last = 1, #steps do
      local e = db.error_of(function()
        ryx.transaction(function()
          for i = 1, last do step.run(alias, steps[i]) end
          error("enough", 0)
        end)
      end)
      assert.equal("enough", e)
      assert.equal(before, values "SELECT sql FROM sqlite_schema ORDER BY name")
      assert.equal("1 1", values "SELECT (SELECT count(*) FROM reb_t), (SELECT count(*) FROM reb_c)")
      assert.equal(1, ryx.raw_fetch("PRAGMA foreign_keys")[1].foreign_keys)
    end
  end)
end)
