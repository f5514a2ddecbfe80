-- SPDX-License-Identifier: MIT
-- Migrations that are tried forth, back and forth, and what a database has otherwise than they say.
local ryx = require "ryx"
local db = require "support.db"
local m = require "ryx.migrations"

local TABLES = { "ryx_migrations", "ryx_migration_steps", "prove_posts", "prove_tags" }

describe("a proof", function()
  local alias

  local function clear()
    for _, name in ipairs(TABLES) do
      ryx.raw_execute("DROP TABLE IF EXISTS " .. require("ryx.db").quote(alias, name))
    end
  end

  db.use(ryx, {})
  before_each(function()
    alias = require("ryx.db").alias("default")
    clear()
  end)
  after_each(function() clear() end)

  local function graph(lists)
    local files, before = {}, nil
    for i, operations in ipairs(lists) do
      local name = ("%04d_m"):format(i)
      files[i] = require("ryx.migrations.files.file").of(name, name .. ".lua", m.migration{
        dependencies = { before }, operations = operations,
      }, name)
      before = name
    end
    return require("ryx.migrations.files.graph").new(files, "migrations")
  end

  local function create()
    return {
      m.create_model("ProveTag", { code = ryx.CharField{ max_length = 5, primary_key = true } }),
      m.create_model("ProvePost", {
        tag = ryx.ForeignKey("ProveTag"), n = ryx.SmallIntField{ unique = true }, uuid = ryx.UUIDField{ null = true },
        price = ryx.DecimalField{ max_digits = 4, decimal_places = 2 }, at = ryx.DateTimeField{},
        on = ryx.BooleanField{}, span = ryx.DurationField{}, data = ryx.JSONField{}, raw = ryx.BinaryField{}, f = ryx.FloatField{},
        kind = ryx.CharField{ choices = { { "x", "X" } } },
      }),
    }
  end

  local function proof(...)
    local out = {}
    for i, entry in ipairs(require("ryx.migrations.prove").run(alias, graph{ ... })) do
      assert.same({}, entry.notes)
      out[i] = entry.outcome .. " " .. table.concat(entry.problems, "; ")
    end
    return out
  end

  it("holds where the way back leads to what was", function()
    assert.same({ "proven ", "proven ", "proven " }, proof(create(), { m.alter_field("ProvePost", "n",
      ryx.BigIntField{}), m.remove_field("ProvePost", "raw") }, { m.rename_field("ProvePost", "f", "g") }))
  end)

  it("holds of generated columns", function()
    local function times(n)
      return ryx.GeneratedField{
        expression = ryx.F"n" * n, output_field = ryx.BigIntField(), db_persist = true, db_index = true,
      }
    end
    assert.same({ "proven ", "proven ", "proven ", "proven " }, proof(create(),
      { m.add_field("ProvePost", "twice", times(2)) }, { m.alter_field("ProvePost", "twice", times(3)) },
      { m.rename_field("ProvePost", "n", "number"), m.alter_field("ProvePost", "twice", ryx.BigIntField()) }))
  end)

  it("fails where rows are others, and ends there", function()
    local found = proof(create(), { m.run_sql("UPDATE prove_posts SET f = 1", "UPDATE prove_posts SET f = 2") }, {})
    assert.equal(2, #found)
    assert.truthy(found[2]:find("^failed taken back: prove_posts%.f of the row %d+ was [%d.]+ and is 2"), found[2])
  end)

  it("and a check tells what is there, and what is to come risks", function()
    local first, whole = graph{ create() }, graph{ create(), { m.remove_field("ProvePost", "f") } }
    require("ryx.migrations.runner").migrate(alias, first)
    ryx.raw_execute("ALTER TABLE prove_posts ADD COLUMN extra INTEGER NULL")
    local found = require("ryx.migrations.drift").database(alias, whole, error)
    assert.same({ "prove_posts has a column extra, of which no migration knows" }, found.database)
    assert.same({ "0002_m" }, found.migrations)
    local warning = found.warnings[1]
    assert.same({ "destructive", "0002_m", "prove_posts.f" }, { warning.kind, warning.migration, warning.column })
  end)
end)
