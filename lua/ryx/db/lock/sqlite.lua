-- SPDX-License-Identifier: MIT
-- Advisory locks on SQLite: in a file beside the database, of the process where that is in memory.
local core = require "ryx.core"
local db = require "ryx.db"
local errors = require "ryx.errors"
local run = require "ryx.db.run"

local M = {}

function M.room() end

-- Finds the database's file as SQLite has it, false in memory.
function M.open(hold)
  local alias = hold.alias
  if alias.file ~= nil then return end
  -- Those in memory have names of their own there.
  if db.option(alias.name, "database") == ":memory:" then
    alias.file = false
    return
  end
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

-- Locks of a file do not say who has them: who wants to be known writes the number of its process into it.
local function numbers_of(alias, mode)
  return alias.file and io.open(alias.file .. "-locks", mode)
end

--- Writes who has a lock that is ours.
function M.sign(_, alias)
  local f = numbers_of(alias, "r+b")
  if not f then return end
  f:write(("%-20d\n"):format(core.process_id()))
  f:close()
end

--- Who has signed a lock, in words.
function M.holder(_, alias)
  local f = numbers_of(alias, "rb")
  local number = f and f:read("*n")
  if f then f:close() end
  return number and ("the process %d"):format(number) or "this process"
end

function M.give() end

function M.close(hold)
  if hold.lock then core.file_unlock(hold.lock) end
end
M.drop = M.close

return M
