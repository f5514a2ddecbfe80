-- SPDX-License-Identifier: MIT
-- Two migrations of ten operations and more, and what a database holds after them.
local ryx = require "ryx"
local core = require "ryx.core"
local db = require "ryx.db"
local file_of = require("ryx.migrations.files.file").of
local graph_of = require("ryx.migrations.files.graph").new
local m = require "ryx.migrations"
local runner = require "ryx.migrations.runner"

local M = {}

local TABLES = { "ryx_migrations", "ryx_migration_steps", "ten_notes", "ten_words", "ten_entries", "ten_posts" }

local function first()
  return m.migration{
    operations = {
      m.create_model("TenPost", {
        title = ryx.CharField{ max_length = 30 }, n = ryx.IntField{ default = 1 },
        text = ryx.CharField{ max_length = 9 },
      }),
      m.create_model("TenNote", {
        post = ryx.ForeignKey("TenPost"), body = ryx.CharField{ max_length = 20, null = true },
        Meta = { table_name = "ten_notes" },
      }),
      m.run_sql("INSERT INTO ten_posts (title, text, n) VALUES ('one', '7', 1), ('two', '8', 2)",
        "DELETE FROM ten_posts"),
      m.run_sql("INSERT INTO ten_notes (post_id) SELECT id FROM ten_posts", "DELETE FROM ten_notes"),
    },
  }
end

local function second()
  return m.migration{
    dependencies = { "0001_first" },
    operations = {
      m.add_field("TenPost", "rating", ryx.DecimalField{
        max_digits = 5, decimal_places = 2, default = ryx.decimal "1.5",
      }),
      m.rename_field("TenPost", "title", "head"),
      m.alter_field("TenPost", "text", ryx.IntField{}),
      m.run_lua(function(apps)
        local Post = apps:model "TenPost"
        Post.objects:update_all{ n = ryx.F "n" * 10 }
      end, function(apps) apps:model("TenPost").objects:update_all{ n = 1 } end),
      m.add_index("TenPost", ryx.Index{ fields = { "head", "-n" }, name = "ten_index" }),
      m.alter_field("TenNote", "body", ryx.CharField{ max_length = 40, default = "-" }),
      m.run_sql("UPDATE ten_posts SET n = n + 1", m.noop),
      m.add_constraint("TenPost", ryx.Constraint{ check = ryx.Q{ n__gte = 0 }, name = "ten_check" }),
      m.alter_unique_together("TenPost", { { "head", "n" } }),
      m.create_model("TenWord", { word = ryx.CharField{ max_length = 9, unique = true } }),
      m.add_field("TenWord", "post", ryx.ForeignKey("TenPost", { null = true })),
      m.rename_model("TenPost", "TenEntry"),
      m.remove_field("TenEntry", "rating"),
      m.alter_field("TenEntry", "n", ryx.BigIntField{ default = 2 }),
    },
  }
end

local function graph()
  local files = { file_of("0001_first", "1", first(), "1"), file_of("0002_second", "2", second(), "2") }
  return graph_of(files, "migrations")
end

--- Drops what they make.
function M.clear()
  ryx.raw_execute("DROP TABLE IF EXISTS ten_words")
  for _, name in ipairs(TABLES) do
    ryx.raw_execute("DROP TABLE IF EXISTS " .. db.quote(db.alias("default"), name))
  end
end

-- The process ends at once after so many statements that change something.
local function die_after(n)
  ryx.on_query(function(e)
    if e.sql:find("^SELECT") or e.sql:find("^SHOW") or e.sql:find("^PRAGMA [%w_]+$") then return end
    n = n - 1
    if n == 0 then os.execute("kill -9 " .. core.process_id()) end
  end)
end

--- Migrates to a target (nil: all); with `n` it is killed after that many statements.
function M.migrate(target, n)
  if n then die_after(n) end
  return runner.migrate(db.alias("default"), graph(), target, { wait = 20 })
end

local function rows(sql)
  local out = {}
  for i, row in ipairs(ryx.raw_fetch(sql, nil, { array = true })) do
    for j = 1, #row do row[j] = tostring(row[j]) end
    out[i] = table.concat(row, " ")
  end
  return table.concat(out, "\n")
end

local introspect = require "ryx.migrations.introspect"

-- A value as text in one order.
local function flat(v)
  if type(v) ~= "table" then return tostring(v) end
  local keys, out = {}, {}
  for k in pairs(v) do keys[#keys + 1] = tostring(k) end
  table.sort(keys)
  for i, k in ipairs(keys) do out[i] = k .. "=" .. flat(v[k] == nil and v[tonumber(k)] or v[k]) end
  return "{" .. table.concat(out, " ") .. "}"
end

--- What is there, as text: tables of ours and rows.
function M.picture()
  local schema = introspect.run(db.alias("default"))
  local out, names = {}, {}
  for name in pairs(schema.tables) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    if name:find("^ten_") then
      out[#out + 1] = name .. " " .. flat(schema.tables[name])
    end
  end
  -- What was rolled back has used up keys.
  out[#out + 1] = rows("SELECT head, n, text FROM ten_entries ORDER BY id")
  out[#out + 1] = rows("SELECT e.head, n.body FROM ten_notes n JOIN ten_entries e ON e.id = n.post_id ORDER BY e.id")
  out[#out + 1] = rows("SELECT name FROM ryx_migrations ORDER BY name")
  return table.concat(out, "\n")
end

return M
