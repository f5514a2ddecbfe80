-- SPDX-License-Identifier: MIT
-- Advisory locks on SQLite: in a file beside the database, of the process where that is in memory.
local core = require "ryx.core"
local errors = require "ryx.errors"
local run = require "ryx.db.run"

local M = {}

function M.room() end

-- Finds the database's file as SQLite has it, false in memory.
function M.open(hold)
  local alias = hold.alias
  if alias.file ~= nil then return end
  local path = run.fetch_sql(alias, run.current_tx(alias), "SELECT file FROM pragma_database_list WHERE name = 'main'",
    nil, { array = true })[1][1]
  alias.file = type(path) == "string" and path ~= "" and path
end

function M.take(hold)
  local lock, err = core.file_lock(hold.alias.file or nil, hold.name)
  if err then errors.fail(err, { alias = hold.alias.name }) end
  hold.lock = lock or nil
  return lock ~= false
end

function M.give() end

function M.close(hold)
  if hold.lock then core.file_unlock(hold.lock) end
end
M.drop = M.close

return M
