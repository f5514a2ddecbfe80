-- SPDX-License-Identifier: MIT
-- SQL of the user's own, in the current transaction. `?` is the parameter on
-- every database, `??` a literal question mark.
local db = require "ryx.db"
local errors = require "ryx.errors"
local run = require "ryx.query.run"

local M = {}

local FETCH = { alias = true, array = true, null = true }
local EXECUTE = { alias = true }

local function where(options, known, what)
  options = options or {}
  errors.check_options(options, known, what)
  local to = options.alias
  if type(to) == "table" and to._class == "tx" then return to.alias, to end
  local alias = db.alias(to or "default")
  return alias, run.current_tx(alias)
end

--- Rows as tables keyed by column.
--- ryx.raw_fetch("SELECT id FROM t WHERE n > ?", { 5 }, { alias = "replica" })
function M.fetch(sql, params, options)
  local alias, tx = where(options, FETCH, "raw_fetch")
  return run.fetch_sql(alias, tx, sql, params, options)
end

--- Runs a statement; returns the number of rows it touched.
function M.execute(sql, params, options)
  local alias, tx = where(options, EXECUTE, "raw_execute")
  return run.execute_sql(alias, tx, sql, params)
end

return M
