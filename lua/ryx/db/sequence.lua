-- SPDX-License-Identifier: MIT
-- ryx.reset_sequences: the numbers that a database gives keys next, where keys were written by
-- hand. Only where it does not look at the rows itself.
local db = require "ryx.db"
local errors = require "ryx.errors"
local router = require "ryx.db.router"
local run = require "ryx.db.run"

local M = {}

-- Never backwards: a key that was given may not be there yet.
local SQL = "SELECT setval(s, m) FROM (SELECT pg_get_serial_sequence(?, ?)::regclass AS s, (%s)::bigint AS m) x "
  .. "WHERE m > COALESCE(pg_sequence_last_value(s), 0)"

-- The table of a model in SQL.
local function table_of(alias, meta)
  return (meta.schema and db.quote(alias, meta.schema) .. "." or "") .. db.quote(alias, meta.table_name)
end

local function move(alias, tx, meta, highest_sql, ...)
  local column = meta.pk_field.column
  run.fetch_sql(alias, tx, SQL:format(highest_sql), { table_of(alias, meta), column, ... })
end

--- Does a database number the keys of a model apart from its rows?
function M.is_apart(alias, meta)
  return meta:makes_keys() and run.can(alias, "sequences")
end

--- The next key is above one that was written.
function M.follow(alias, tx, meta, highest)
  move(alias, tx, meta, "?", highest)
end

--- The next key is above those that are there.
function M.follow_all(alias, tx, meta)
  move(alias, tx, meta, ("SELECT MAX(%s) FROM %s"):format(db.quote(alias, meta.pk_field.column),
    table_of(alias, meta)))
end

--- Makes databases that number keys by a sequence go on above the keys that are there, for
--- tables that were filled by other means; bulk_create does so itself. Others need nothing.
--- ryx.reset_sequences{ Post, Author }   -> SELECT setval(...)
---@param models ryx.ModelClass[]
---@param options? { alias?: string }
function M.reset(models, options)
  options = options or {}
  errors.check_type(models, "table", "reset_sequences")
  errors.check_options(options, { alias = true }, "reset_sequences")
  for i, model in ipairs(models) do
    local meta = type(model) == "table" and rawget(model, "_meta")
    if not meta or meta.abstract then errors.raise("misuse", "reset_sequences: item %d is not a model", i) end
    meta:settle()
    local alias = options.alias and db.alias(options.alias) or router.write(meta)
    if M.is_apart(alias, meta) then M.follow_all(alias, run.current_tx(alias), meta) end
  end
end

return M
