-- SPDX-License-Identifier: MIT
-- ryx.migrate: makes the tables of models that are not there yet.
local db = require "ryx.db"
local ddl = require "ryx.migrations.ddl"
local errors = require "ryx.errors"
local run = require "ryx.query.run"
local transaction = require "ryx.transaction"

local M = {}

local function execute(alias, sql)
  run.execute_sql(alias, run.current_tx(alias), sql)
end

local function existing_columns(alias, ctx)
  local rows = run.fetch_sql(alias, run.current_tx(alias), ctx.dialect.columns_sql, { ctx.meta.table_name })
  if #rows == 0 then return nil end
  local set = {}
  for _, row in ipairs(rows) do set[row.name] = true end
  return set
end

-- A table that is there must have every column of its model.
local function check_columns(meta, columns)
  local missing = {}
  for _, f in ipairs(meta.fields) do
    if not columns[f.column] then missing[#missing + 1] = f.column end
  end
  if #missing > 0 then
    errors.raise("operational", "%s: the table %s exists without the columns %s; add them, or drop the table to have "
      .. "it made anew", meta.model_name, meta.table_name, table.concat(missing, ", "))
  end
end

-- Targets before those who refer to them, otherwise in the order given.
local function sorted(contexts)
  local by_meta, done, out = {}, {}, {}
  for _, ctx in ipairs(contexts) do by_meta[ctx.meta] = ctx end
  local function visit(ctx)
    if done[ctx] then return end
    done[ctx] = true
    for _, f in ipairs(ctx.meta.fields) do
      local target = f.relation and by_meta[f:target_meta()]
      if target then visit(target) end
    end
    out[#out + 1] = ctx
  end
  for _, ctx in ipairs(contexts) do visit(ctx) end
  return out
end

local function create(alias, contexts)
  local to_make = {}
  for _, ctx in ipairs(sorted(contexts)) do
    local columns = existing_columns(alias, ctx)
    if columns then check_columns(ctx.meta, columns) else to_make[#to_make + 1] = ctx end
  end
  local pending = {}
  for _, ctx in ipairs(to_make) do pending[ctx.meta] = true end
  local later = {}
  for _, ctx in ipairs(to_make) do
    pending[ctx.meta] = nil
    -- In a cycle of tables one key must wait, where the database can add it afterwards.
    execute(alias, ddl.create_table(ctx, function(f)
      if not ctx.dialect.alter_constraints or not pending[f:target_meta()] then return true end
      later[#later + 1] = { ctx, f }
      return false
    end))
  end
  for _, pair in ipairs(later) do execute(alias, ddl.add_foreign_key(pair[1], pair[2])) end
  for _, ctx in ipairs(to_make) do
    for _, sql in ipairs(ddl.indexes(ctx)) do execute(alias, sql) end
  end
  if #to_make > 0 then db.schema_changed(alias) end
end

local function group(models, only)
  local groups, order = {}, {}
  for i, model in ipairs(models) do
    local meta = type(model) == "table" and rawget(model, "_meta")
    if not meta then errors.raise("misuse", "migrate: item %d is not a model", i) end
    if meta.managed and not meta.abstract then
      meta:settle()
      local alias = db.alias(only or meta.alias)
      if not groups[alias] then
        groups[alias] = {}
        order[#order + 1] = alias
      end
      table.insert(groups[alias], ddl.context(alias, meta, db.quote))
    end
  end
  return groups, order
end

--- Creates the missing tables of models, with keys, checks and indexes; a table
--- that exists is left alone.  ryx.migrate{ Author, Post }
function M.migrate(models, options)
  options = options or {}
  if type(models) ~= "table" or rawget(models, "_meta") then
    errors.raise("misuse", "ryx.migrate takes a list of models: ryx.migrate{ Author, Post }")
  end
  errors.check_options(options, { alias = true }, "migrate")
  local groups, order = group(models, options.alias)
  for _, alias in ipairs(order) do
    local contexts = groups[alias]
    if contexts[1].dialect.transactional then
      transaction.run(function() create(alias, contexts) end, { alias = alias.name })
    else
      create(alias, contexts)
    end
  end
end

return M
