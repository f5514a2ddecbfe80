-- SPDX-License-Identifier: MIT
-- All rows of tables at once, on PostgreSQL.
local errors = require "ryx.errors"
local step = require "ryx.migrations.ddl.step"
local transaction = require "ryx.db.transaction"

local M = {}

local function names(ctx, tables)
  local out = {}
  for i, t in ipairs(tables) do out[i] = ctx.name_of(t) end
  return out
end

local IS_REFERRED_TO = "0A000" -- from a schema that is not ours

function M.empty(ctx, tables)
  local ok, err = pcall(step.execute, ctx.alias, "TRUNCATE TABLE " .. table.concat(names(ctx, tables), ", ")
    .. " RESTART IDENTITY")
  if ok then return end
  if errors.is_error(err) and err.sqlstate == IS_REFERRED_TO then
    errors.raise("misuse", "a table of no model that ryx manages refers to one of them: empty it and drop its foreign "
      .. "key first (%s)", err.message)
  end
  error(err, 0)
end

-- A key is looked at with each statement unless it was made deferrable.
local KEYS = [[
SELECT conrelid::regclass::text AS tab, quote_ident(conname) AS name FROM pg_constraint
WHERE contype = 'f' AND NOT condeferrable AND conrelid = ANY (?::text[]::regclass[])]]

local NOT_ALLOWED = "42501"

local function alter(ctx, key, how)
  step.execute(ctx.alias, ("ALTER TABLE %s ALTER CONSTRAINT %s %s"):format(key.tab, key.name, how))
end

local function look(ctx, keys)
  step.execute(ctx.alias, "SET CONSTRAINTS ALL IMMEDIATE")
  for _, key in ipairs(keys) do alter(ctx, key, "NOT DEFERRABLE") end
end

-- Only the owner of a table may; files whose rows are in order need it not.
function M.defer_keys(ctx, tables)
  local keys = step.fetch(ctx.alias, KEYS, { names(ctx, tables) })
  local ok, err = pcall(transaction.run, function()
    for _, key in ipairs(keys) do alter(ctx, key, "DEFERRABLE INITIALLY DEFERRED") end
    step.execute(ctx.alias, "SET CONSTRAINTS ALL DEFERRED")
  end, { alias = ctx.alias.name })
  if ok then return function() look(ctx, keys) end end
  if errors.is_error(err) and err.sqlstate == NOT_ALLOWED then return nil end
  error(err, 0)
end

return M
