-- SPDX-License-Identifier: MIT
-- Migrations that are applied to a database and taken back, noted, locked.
local ryx = require "ryx"
local db = require "support.db"
local m = require "ryx.migrations"

local TABLES = {
  "ryx_migrations", "ryx_migration_steps", "mig_posts", "mig_post_tags", "mig_tags", "mig_writers", "mig_notes",
}

describe("a migrator", function()
  local runner, graph_of, file_of, record, alias, lock

  local function execute(...)
    for _, sql in ipairs{ ... } do ryx.raw_execute(sql) end
  end

  local function quote(name) return require("ryx.db").quote(alias, name) end

  local function clear()
    for _, name in ipairs(TABLES) do execute("DROP TABLE IF EXISTS " .. quote(name)) end
  end

  db.use(ryx, {})
  before_each(function()
    runner, record = require "ryx.migrations.runner", require "ryx.migrations.runner.record"
    lock = require "ryx.migrations.runner.lock"
    graph_of, file_of = require("ryx.migrations.files.graph").new, require("ryx.migrations.files.file").of
    alias = require("ryx.db").alias("default")
    clear()
  end)
  after_each(function() clear() end)

  -- A graph of lists of operations, one after another.
  local function graph(lists, texts)
    local files, before = {}, nil
    for i, operations in ipairs(lists) do
      local name = operations.name or ("%04d_m"):format(i)
      operations.name = nil
      files[i] = file_of(name, name .. ".lua", m.migration{
        dependencies = { before }, operations = operations,
      }, (texts or {})[i] or name)
      before = name
    end
    return graph_of(files, "migrations")
  end

  local function create_tag()
    return m.create_model("MigTag", {
      name = ryx.CharField{ max_length = 20, unique = true }, Meta = { table_name = "mig_tags" },
    })
  end

  local function create_post()
    return m.create_model("MigPost", {
      title = ryx.CharField{ max_length = 20 }, tag = ryx.ForeignKey("MigTag", { null = true }),
      Meta = { table_name = "mig_posts" },
    })
  end

  local function add_views() return m.add_field("MigPost", "views", ryx.IntField{ default = 3 }) end

  local function names(done)
    local out = {}
    for i, entry in ipairs(done) do out[i] = (entry.backwards and "-" or "") .. entry.name .. ":" .. entry.outcome end
    return table.concat(out, " ")
  end

  local function migrate(g, target, options) return names(runner.migrate(alias, g, target, options)) end

  local function applied()
    local out = {}
    for _, row in ipairs(record.rows(alias, "migrations"):order_by("name"):all()) do out[#out + 1] = row.name end
    return table.concat(out, " ")
  end

  local function has(name)
    return require("ryx.migrations.introspect").run(alias, { tables = { name } }).tables[name] ~= nil
  end

  it("applies files in order, notes them, and finds nothing to do afterwards", function()
    local g = graph{ { create_tag() }, { create_post() }, { add_views() } }
    assert.equal("0001_m:applied 0002_m:applied 0003_m:applied", migrate(g))
    assert.equal("0001_m 0002_m 0003_m", applied())
    local row = record.rows(alias, "migrations"):get{ name = "0002_m" }
    assert.equal(g.files["0002_m"].checksum, row.checksum)
    assert.truthy(row.id and row.applied_at)
    execute("INSERT INTO mig_posts (title) VALUES ('a')")
    assert.equal(3, ryx.raw_fetch("SELECT views AS v FROM mig_posts")[1].v)
    assert.equal("", migrate(g))
    local sql = db.sql_of(ryx, function() migrate(g) end)
    for _, text in ipairs(sql) do assert.falsy(text:find("^CREATE"), text) end
  end)

  it("goes backwards, to a name, to the beginning of one, to zero", function()
    local g = graph{ { create_tag() }, { create_post() }, { add_views(), name = "0003_views" } }
    assert.equal("0001_m:applied 0002_m:applied", migrate(g, "0002"))
    assert.equal("0003_views:applied", migrate(g))
    assert.equal("-0003_views:reversed -0002_m:reversed", migrate(g, "0001_m"))
    assert.is_false(has "mig_posts")
    assert.equal("0001_m", applied())
    assert.equal("0002_m:applied 0003_views:applied", migrate(g, "0003"))
    assert.equal("-0003_views:reversed -0002_m:reversed -0001_m:reversed", migrate(g, "zero"))
    assert.equal("", applied())
    assert.is_false(has "mig_tags")
    local e = db.error_of(migrate, g, "0007")
    assert.truthy(e.message:find('no migration "0007"', 1, true), e.message)
  end)

  it("takes one that replaces others for them, forth and back", function()
    local old = graph{ { create_tag() }, { create_post() } }
    local squashed = file_of("0003_all", "0003_all.lua", m.migration{
      operations = { create_tag(), create_post() }, replaces = { "0001_m", "0002_m" },
    }, "all")
    local g = graph_of({ old.files["0001_m"], old.files["0002_m"], squashed }, "migrations")
    migrate(old, "0001")
    assert.equal("0002_m:applied", migrate(g))
    assert.equal("0003_all:noted", migrate(g))
    assert.equal("0001_m 0002_m 0003_all", applied())
    assert.equal("-0003_all:reversed", migrate(graph_of({ squashed }, "migrations"), "zero"))
    assert.equal("", applied())
    assert.is_false(has "mig_tags")
    assert.equal("0003_all:applied", migrate(g))
    assert.equal("0003_all", applied())
  end)

  it("changes nothing when something has no way back", function()
    local g = graph{
      { create_tag() }, { m.run_sql("INSERT INTO mig_tags (name) VALUES ('x')") },
      { create_post() },
    }
    migrate(g)
    local e = db.error_of(migrate, g, "zero")
    assert.equal("misuse", e.kind)
    assert.truthy(e.message:find("0002_m", 1, true) and e.message:find("reversible", 1, true), e.message)
    assert.equal("0001_m 0002_m 0003_m", applied())
    assert.is_true(has "mig_posts")
    assert.equal("-0003_m:reversed", migrate(g, "0002"))
  end)

  it("runs SQL and functions over models of that moment", function()
    local seen = {}
    local g = graph{
      { create_tag(), m.run_sql({
        "INSERT INTO mig_tags (name) VALUES ('a;b')", "INSERT INTO mig_tags (name) VALUES ('c')",
      }, "DELETE FROM mig_tags") },
      { m.run_lua(function(apps)
        local Tag = apps:model("MigTag")
        apps:each("MigTag", nil, function(rows) seen[1] = #rows end)
        Tag.objects:create{ name = "made" }
        Tag.objects:filter{ name = "c" }:delete()
      end, function(apps) apps:model("MigTag").objects:filter{ name = "made" }:delete() end) },
      { m.rename_field("MigTag", "name", "label"), m.run_lua(function(apps)
        seen[2] = apps:model("MigTag").objects:filter{ label = "made" }:count()
      end, m.noop) },
    }
    migrate(g)
    assert.same({ 2, 1 }, seen)
    assert.equal(2, ryx.raw_fetch("SELECT COUNT(*) AS n FROM mig_tags")[1].n)
    migrate(g, "0001_m")
    assert.equal(1, ryx.raw_fetch("SELECT COUNT(*) AS n FROM mig_tags")[1].n)
  end)

  it("tells the migration and the step of an error, and notes nothing of it", function()
    local g = graph{ { create_tag() }, { create_post(), m.run_sql("INSERT INTO mig_absent VALUES (1)", m.noop) } }
    local e = db.error_of(migrate, g)
    assert.truthy(e.message:find("the migration 0002_m: run SQL: INSERT INTO mig_absent", 1, true), e.message)
    assert.equal("0001_m", applied())
    if db.needs "transactional ddl" then assert.is_false(has "mig_posts") end
    g = graph{ { create_tag() }, { m.run_lua(function() error("a slip") end) } }
    e = db.error_of(migrate, g)
    assert.truthy(e.message:find("the migration 0002_m: run Lua: ", 1, true), e.message)
    assert.truthy(e.message:find("a slip", 1, true), e.message)
  end)

  it("goes on after a failure where it stopped", function()
    local should_fail = true
    local g = graph{
      { create_tag(), create_post(), m.run_sql("INSERT INTO mig_tags (name) VALUES ('once')", m.noop),
        m.run_lua(function(apps)
          apps:model("MigTag").objects:create{ name = "from lua" }
          if should_fail then error("not yet") end
        end, m.noop), add_views() },
    }
    db.error_of(migrate, g)
    assert.equal("", record.exists(alias, "migrations") and applied() or "")
    should_fail = false
    assert.equal("0001_m:applied", migrate(g))
    assert.equal(2, ryx.raw_fetch("SELECT COUNT(*) AS n FROM mig_tags")[1].n)
    if record.exists(alias, "steps") then assert.equal(0, record.rows(alias, "steps"):count()) end
  end)

  if not db.needs "transactional ddl" then
    it("refuses to go on with a file that was changed meanwhile, or the other way", function()
      db.error_of(migrate, graph{ { create_tag(), m.run_lua(function() error("x") end) } })
      local e = db.error_of(migrate, graph{ { create_post(), m.run_lua(function() error("x") end) } })
      assert.truthy(e, e.message)
      clear()
      db.error_of(migrate, graph{ { create_tag(), create_post(), m.run_lua(function() error("x") end) } })
      local changed = m.create_model("MigTag", { name = ryx.TextField{}, Meta = { table_name = "mig_tags" } })
      e = db.error_of(migrate, graph{ { changed, create_post(), m.run_lua(function() end) } })
      assert.truthy(e.message:find("0001_m was changed after", 1, true), e.message)
    end)
  end

  it("goes on where rows got the moment of the first attempt, or a value of their own", function()
    local should_fail = true
    local g = graph{
      { create_tag(), create_post(), m.add_field("MigPost", "old", ryx.IntField{ null = true }) },
      {
        m.add_field("MigPost", "at", ryx.DateTimeField{ auto_now_add = true }),
        m.add_field("MigPost", "code", ryx.UUIDField{ default = ryx.uuid4 }),
        m.alter_field("MigPost", "old", ryx.IntField(), { fill = 4 }),
        m.run_lua(function() if should_fail then error("not yet") end end, m.noop), add_views(),
      },
    }
    migrate(g, "0001_m")
    execute("INSERT INTO mig_posts (title) VALUES ('a')")
    db.error_of(migrate, g)
    should_fail = false
    assert.equal("0002_m:applied", migrate(g))
    assert.equal(4, ryx.raw_fetch("SELECT old FROM mig_posts")[1].old)
  end)

  if not db.needs "transactional ddl" then
    it("finishes what is done in part before anything else, or notes it as it is", function()
      local g = graph{ { create_tag() }, { create_post(), m.run_lua(function() error("x") end, m.noop) } }
      db.error_of(migrate, g)
      local e = db.error_of(migrate, g, "zero")
      assert.truthy(e.message:find("0002_m was not finished forwards", 1, true)
        and e.message:find("--fake", 1, true), e.message)
      assert.equal("0001_m", applied())
      assert.is_true(has "mig_posts")
      e = db.error_of(migrate, g, "0001_m")
      assert.truthy(e.message:find("0002_m was not finished forwards", 1, true), e.message)
      e = db.error_of(runner.preview, alias, g, "0001_m")
      assert.truthy(e.message:find("0002_m was not finished forwards", 1, true), e.message)
      assert.equal("0002_m:noted", migrate(g, nil, { fake = true }))
      assert.equal("-0002_m:reversed -0001_m:reversed", migrate(g, "zero"))
      assert.is_false(has "mig_posts")
    end)
  end

  if not db.needs "transactional ddl" then
    it("says what is done in part, and how it goes on", function()
      local g = graph{
        { create_tag(), create_post() }, { m.alter_unique_together("MigPost", { { "title" } }), add_views() },
      }
      migrate(g, "0001_m")
      execute("INSERT INTO mig_posts (title) VALUES ('a'), ('a')")
      local e = db.error_of(migrate, g)
      assert.truthy(e.message:find("alike; change them in a migration before this one$"), e.message)
      assert.equal(0, runner.preview(alias, g)[1].n_done)
      g = graph{
        { create_tag(), create_post() }, { add_views(), m.alter_unique_together("MigPost", { { "title" } }) },
      }
      e = db.error_of(migrate, g)
      assert.truthy(e.message:find("alike; change them by hand; the steps before it are done", 1, true), e.message)
      local entry = runner.preview(alias, g)[1]
      assert.same({ 1, 1 }, { entry.n_done, #entry.steps })
      local found = require("ryx.migrations.drift").database(alias, g, function() end)
      assert.same({ "0002_m (not finished forwards)" }, found.migrations)
      execute("DELETE FROM mig_posts")
      assert.equal("0002_m:applied", migrate(g))
      assert.equal(0, #runner.preview(alias, g))
    end)
  end

  it("notes without doing with fake, and takes tables that are there with fake_initial", function()
    local g = graph{ { create_tag() }, { create_post() } }
    assert.equal("0001_m:noted 0002_m:noted", migrate(g, nil, { fake = true }))
    assert.is_false(has "mig_tags")
    assert.equal("0001_m 0002_m", applied())
    assert.equal("-0002_m:noted -0001_m:noted", migrate(g, "zero", { fake = true }))
    migrate(g)
    execute("DELETE FROM ryx_migrations")
    local e = db.error_of(migrate, g)
    assert.truthy(e.message:find("0001_m makes mig_tags", 1, true) and e.message:find("--fake-initial", 1, true),
      e.message)
    assert.equal("", applied())
    execute("DROP TABLE mig_posts")
    assert.equal("0001_m:noted 0002_m:applied", migrate(g, nil, { fake_initial = true }))
    execute("DELETE FROM ryx_migrations")
    local note = m.create_model("MigNote", { Meta = { table_name = "mig_notes" } })
    local more = graph{ { create_tag(), create_post(), note } }
    e = db.error_of(migrate, more, nil, { fake_initial = true })
    assert.truthy(e.message:find("mig_notes", 1, true), e.message)
  end)

  it("warns of a file that was changed, and of one that is gone", function()
    local warnings = {}
    local function warn(text) warnings[#warnings + 1] = text end
    migrate(graph({ { create_tag() }, { create_post() } }, { "a", "b" }))
    assert.equal("", migrate(graph({ { create_tag() }, { create_post() } }, { "a", "other" }), nil, { warn = warn }))
    assert.equal(1, #warnings)
    assert.truthy(warnings[1]:find("0002_m was changed", 1, true), warnings[1])
    migrate(graph({ { create_tag() } }, { "a" }), nil, { warn = warn })
    assert.truthy(warnings[2]:find("0002_m", 1, true), warnings[2])
  end)

  it("tells its progress, and signals before and after", function()
    local events, signalled = {}, {}
    local undo = {
      ryx.signals.pre_migrate:connect(function(sender) signalled[#signalled + 1] = "pre " .. sender end),
      ryx.signals.post_migrate:connect(function(sender) signalled[#signalled + 1] = "post " .. sender end),
    }
    migrate(graph{ { create_tag(), m.run_lua(function(apps)
      apps:model("MigTag").objects:create{ name = "a" }
      apps:each("MigTag", nil, function() end)
    end, m.noop) } }, nil, {
      progress = function(e)
        events[#events + 1] = e.kind .. " " .. e.name .. (e.what and " " .. e.what or "")
        if e.kind == "end" then assert.is_true(e.seconds >= 0) end
      end,
    })
    for _, fn in ipairs(undo) do fn() end
    assert.same({ "pre default", "post default" }, signalled)
    assert.equal("begin 0001_m", events[1])
    assert.equal("step 0001_m create table mig_tags", events[2])
    assert.equal("rows 0001_m", events[#events - 1])
    assert.equal("end 0001_m", events[#events])
  end)

  it("previews without doing or making anything", function()
    local g = graph{ { create_tag() }, { create_post() } }
    local plan = runner.preview(alias, g)
    assert.equal("0001_m", plan[1].name)
    assert.truthy(plan[1].steps[1].sql:find("CREATE TABLE", 1, true))
    assert.is_false(has "ryx_migrations")
    assert.is_false(has "mig_tags")
    migrate(g)
    plan = runner.preview(alias, g, "zero")
    assert.same({ "0002_m", true }, { plan[1].name, plan[1].backwards })
    local sql = {}
    for i, step in ipairs(plan[1].steps) do sql[i] = step.sql end
    assert.truthy(table.concat(sql, "\n"):find("DROP TABLE", 1, true), table.concat(sql, "\n"))
  end)

  local function is_alone()
    local g = graph{ { create_tag() } }
    local e, inside
    ryx.run(function()
      ryx.gather{
        function()
          lock.run(alias, 5, function()
            inside = true
            while not e do ryx.sleep(0.01) end
          end)
        end,
        function()
          while not inside do ryx.sleep(0.01) end
          e = db.error_of(migrate, g, nil, { wait = 0.2 })
        end,
      }
    end)
    assert.equal("timeout", e.kind)
    assert.truthy(e.message:find("the database default is being migrated by the %a+ %d+") or alias.file == false,
      e.message)
    assert.equal("0001_m:applied", migrate(g, nil, { wait = 0 }))
  end

  it("is alone, and says who it waits for", is_alone)

  it("needs one connection of its pool", function()
    ryx.setup{ default = { url = db.url, max_connections = 1, acquire_timeout = 3 } }
    alias = require("ryx.db").alias("default")
    local ok, err = pcall(is_alone)
    assert.equal(1, ryx.pool_stats().size)
    assert.falsy(pcall(ryx.pool_stats, "ryx lock of default"))
    ryx.setup(db.url)
    if not ok then error(err, 0) end
  end)

  it("of two at once does all once", function()
    local n = 0
    local g = graph{ { create_tag(), m.run_lua(function() n = n + 1 end) }, { create_post() } }
    local done = {}
    ryx.run(function()
      ryx.gather{
        function() done[1] = migrate(g) end, function() done[2] = migrate(g) end,
      }
    end)
    assert.equal("0001_m:applied 0002_m:applied", done[1] .. done[2])
    assert.equal(1, n)
  end)

  it("wants no transaction around it, and knows its options", function()
    local e = db.error_of(function() ryx.transaction(function() migrate(graph{ { create_tag() } }) end) end)
    assert.equal("misuse", e.kind)
    e = db.error_of(migrate, graph{ { create_tag() } }, nil, { fakes = true })
    assert.equal("misuse", e.kind)
    if not db.needs "lock timeouts of DDL" then
      e = db.error_of(migrate, graph{ { create_tag() } }, nil, { lock_timeout = 1 })
      assert.equal("unsupported", e.kind)
    end
  end)

  if db.needs "lock timeouts of DDL" then
    it("does not wait for the locks of others without end, and tries again", function()
      local g, tries, e = graph{ { create_tag() }, { m.add_field("MigTag", "n", ryx.IntField{ null = true }) } }, 0, nil
      migrate(g, "0001")
      local function progress(event)
        if event.kind == "locked" then tries = tries + 1 end
      end
      local function beside(fn)
        ryx.run(function()
          local held, over
          ryx.gather{
            function()
              ryx.transaction(function()
                ryx.raw_execute("LOCK TABLE mig_tags IN SHARE MODE")
                held = true
                while not over do ryx.sleep(0.01) end
              end)
            end,
            function()
              while not held do ryx.sleep(0.01) end
              fn(function() over = true end)
              over = true
            end,
          }
        end)
      end
      beside(function()
        e = db.error_of(migrate, g, nil, { lock_timeout = 0.1, lock_retries = 1, progress = progress })
      end)
      assert.equal(1, tries)
      assert.truthy(e.message:find("the migration 0002_m: add column n to mig_tags", 1, true), e.message)
      assert.equal("0001_m", applied())
      beside(function(stop)
        assert.equal("0002_m:applied", migrate(g, nil, {
          lock_timeout = 0.1, lock_retries = 5,
          progress = function(event)
            if event.kind == "locked" then stop() end
          end,
        }))
      end)
    end)
  end

  if db.needs "all indexes" then
    it("splits a file where a step cannot be in a transaction", function()
      local index = ryx.Index{ fields = { "name" }, name = "mig_beside", concurrently = true }
      local should_fail = true
      local g = graph{
        { create_tag(), m.add_field("MigTag", "n", ryx.IntField{ default = 1 }) },
        { m.run_sql("INSERT INTO mig_tags (name) VALUES ('a')", m.noop), m.add_index("MigTag", index),
          m.run_sql("CREATE INDEX CONCURRENTLY mig_own ON mig_tags (n)", "DROP INDEX CONCURRENTLY mig_own"),
          m.run_lua(function() if should_fail then error("not yet") end end, m.noop) },
      }
      db.error_of(migrate, g)
      assert.equal("0001_m", applied())
      should_fail = false
      assert.equal("0002_m:applied", migrate(g))
      assert.equal(1, ryx.raw_fetch("SELECT COUNT(*) AS n FROM mig_tags")[1].n)
      local indexes = "SELECT COUNT(*) AS n FROM pg_indexes WHERE indexname IN ('mig_beside', 'mig_own')"
      assert.equal(2, ryx.raw_fetch(indexes)[1].n)
      assert.equal("-0002_m:reversed", migrate(g, "0001"))
      assert.equal(0, ryx.raw_fetch(indexes)[1].n)
    end)
  end
end)
