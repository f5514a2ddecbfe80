-- SPDX-License-Identifier: MIT
-- What a database says of itself: the migrations that it has (ryx_migrations), and the steps of one that was not
-- finished (ryx_migration_steps, journal.lua). Both are models of ryx's own, in no registry of the program's.
local context = require "ryx.migrations.dialect.context"
local definition = require "ryx.migrations.ddl.definition"
local field = require("ryx.field").constructors
local introspect = require "ryx.migrations.introspect"
local model = require "ryx.model"
local registry = require "ryx.registry"
local run = require "ryx.db.run"
local schema = require "ryx.migrations.schema"
local value = require "ryx.value"
require "ryx.field.number"
require "ryx.field.text"
require "ryx.field.time"

local M = {}

local models

local function define()
  local own = registry.new()
  return {
    migrations = model.define(own, "Migration", {
      name = field.CharField{ max_length = 255, unique = true },
      applied_at = field.DateTimeField{},
      checksum = field.CharField{ max_length = 64, null = true },
      Meta = { table_name = "ryx_migrations" },
    }, {}),
    steps = model.define(own, "MigrationStep", {
      migration = field.CharField{ max_length = 255 },
      backwards = field.BooleanField{},
      number = field.IntField{},
      what = field.TextField{},
      done = field.BooleanField{},
      Meta = { table_name = "ryx_migration_steps" },
    }, {}),
  }
end

local function meta_of(name)
  models = models or define()
  return models[name]._meta
end

--- The rows of a table of ours on an alias: "migrations" or "steps".
function M.rows(alias, name)
  meta_of(name)
  return models[name].objects:using(alias.name)
end

--- Is a table of ours there?
function M.exists(alias, name)
  local key = schema.key{ name = meta_of(name).table_name }
  return introspect.run(alias, { tables = { key } }).tables[key] ~= nil
end

--- Makes a table of ours where it is not there.
function M.create(alias, name)
  if M.exists(alias, name) then return end
  local ctx = context.of(alias)
  run.execute_sql(alias, run.current_tx(alias), definition.create_table(ctx, schema.table_of(ctx, meta_of(name))))
end

--- What is applied: by name, { applied_at, checksum }. Makes no table.
function M.applied(alias)
  local applied = {}
  if not M.exists(alias, "migrations") then return applied end
  for _, row in ipairs(M.rows(alias, "migrations"):all()) do
    applied[row.name] = { applied_at = row.applied_at, checksum = row.checksum }
  end
  return applied
end

--- Notes that a migration was applied, or is no more, and with it all that it stands for.
function M.note(alias, file, backwards)
  local rows, names = M.rows(alias, "migrations"), { file.name }
  for _, name in ipairs(backwards and file.covers or {}) do names[#names + 1] = name end
  rows:filter{ name__in = names }:delete()
  if not backwards then rows:create{ name = file.name, applied_at = value.now(), checksum = file.checksum } end
end

return M
