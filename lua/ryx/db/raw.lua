-- SPDX-License-Identifier: MIT
-- ryx.raw_fetch, ryx.raw_execute: SQL of the user's own, in the current transaction. `?` is the parameter on
-- every database, `??` a literal question mark.
local comments = require "ryx.db.comments"
local db = require "ryx.db"
local errors = require "ryx.errors"
local run = require "ryx.db.run"
local statement = require "ryx.db.statement"

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

--- Refuses what is no SQL with its parameters.
function M.check(sql, params, what)
  errors.check_type(sql, "string", what)
  if params == nil then return end
  errors.check_type(params, "table", what .. "(sql, parameters)")
  local n = 0
  for _ in pairs(params) do n = n + 1 end
  if n ~= #params then
    errors.raise("misuse", "%s: the parameters are a list without holes; write ryx.null for NULL", what)
  end
end

---@class ryx.FetchOptions
---@field alias? string|ryx.Transaction
---@field array? boolean rows as arrays
---@field null? any what stands for NULL in rows by name, where it is left out else

--- Rows as tables keyed by column.
--- ryx.raw_fetch("SELECT id FROM t WHERE n > ?", { 5 }, { alias = "replica" })
---@param sql string
---@param params? any[] one for each ?
---@param options? ryx.FetchOptions
---@return table[] rows
function M.fetch(sql, params, options)
  M.check(sql, params, "raw_fetch")
  local alias, tx = where(options, FETCH, "raw_fetch")
  return run.fetch_sql(alias, tx, comments.text(sql), params, options)
end

--- Runs a statement; returns the number of rows it touched.
--- ryx.raw_execute("UPDATE t SET n = ? WHERE id = ?", { 5, 1 })
---@param sql string
---@param params? any[] one for each ?
---@param options? { alias?: string|ryx.Transaction }
---@return integer
function M.execute(sql, params, options)
  M.check(sql, params, "raw_execute")
  local alias, tx = where(options, EXECUTE, "raw_execute")
  local n = run.execute_sql(alias, tx, comments.text(sql), params)
  if statement.may_define(sql) then alias.rules = nil end -- which keys there are (db/rules)
  return n
end

return M
