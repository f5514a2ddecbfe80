-- SPDX-License-Identifier: MIT
-- The rows of tables as a whole: `ryx flush` empties tables, and while `ryx loaddata` runs keys may lead to rows
-- that come later. How, each family of databases says in a file of its own here.
local context = require "ryx.migrations.dialect.context"
local errors = require "ryx.errors"
local introspect = require "ryx.migrations.introspect"
local schema = require "ryx.migrations.schema"
local transaction = require "ryx.db.transaction"

local M = {}

local function rows_of(ctx)
  return require("ryx.migrations.rows." .. ctx.dialect.family)
end

-- The tables of metas by key.
local function wanted(metas)
  local tables = {}
  for _, meta in ipairs(metas) do
    tables[schema.key{ name = meta.table_name, schema = meta.schema }] = meta
  end
  return tables
end

-- Rows of others would lead to nothing.
local function refuse_others(there, ours)
  for _, t in ipairs(schema.sorted(there)) do
    for _, key in ipairs(ours[schema.key(t)] and {} or schema.sorted(t.foreign_keys)) do
      if ours[schema.key{ name = key.table, schema = key.schema }] then
        errors.raise("misuse", "the table %s refers to %s and is of no model that ryx manages: empty it and drop its "
          .. "foreign key %s first", t.name, key.table, key.name or "")
      end
    end
  end
end

--- Deletes all rows of the tables of metas, those that are there; keys begin again. How many tables.
function M.empty(alias, metas)
  local ctx, ours = context.of(alias), wanted(metas)
  local there, tables = introspect.run(alias).tables, {}
  refuse_others(there, ours)
  for _, meta in ipairs(metas) do
    local key = schema.key{ name = meta.table_name, schema = meta.schema }
    if there[key] then tables[#tables + 1] = { name = meta.table_name, schema = meta.schema, meta = meta } end
  end
  if not tables[1] then return 0 end
  local rows = rows_of(ctx)
  transaction.run(function() rows.empty(ctx, tables) end, { alias = alias.name })
  if rows.begin_keys then rows.begin_keys(ctx, tables) end
  return #tables
end

--- In the current transaction foreign keys of the tables of metas are not looked at until the function that it
--- returns is called; some databases never look at what was written meanwhile. Nil where the user may not do that.
function M.defer_keys(alias, metas)
  local ctx, tables = context.of(alias), {}
  for i, meta in ipairs(metas) do tables[i] = { name = meta.table_name, schema = meta.schema } end
  return rows_of(ctx).defer_keys(ctx, tables)
end

return M
