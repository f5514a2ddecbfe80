-- SPDX-License-Identifier: MIT
-- One migrator of a database at a time: an advisory lock, and who has it when it is not free in time.
local advisory_lock = require "ryx.db.advisory_lock"
local compat = require "ryx.compat"
local db = require "ryx.db"
local errors = require "ryx.errors"
local host = require "ryx.host"

local M = {}

local NAME = "ryx migrations"
M.WAIT = 60 -- seconds, when nobody says how long

local function refuse(alias, seconds)
  local ok, holder = pcall(advisory_lock.holder, alias, NAME)
  errors.raise("timeout", "the database %s is being migrated by %s, and was so for %g s: wait for longer (--wait "
    .. "SECONDS) or look what that does", alias.name, ok and holder or "somebody else", seconds)
end

-- The alias whose connection has the lock, for as long as somebody wants it: where the pool has but one connection,
-- which the migrations need, another pool of the same database.
local function take_alias(alias)
  if not advisory_lock.lacks_room(alias) then return alias end
  local beside = alias.beside or db.add("ryx lock of " .. alias.name, alias.value)
  alias.beside, beside.is_for_locks, beside.users = beside, true, (beside.users or 0) + 1
  return beside
end

local function give_alias(alias, holder)
  if holder == alias then return end
  holder.users = holder.users - 1
  if holder.users > 0 then return end
  alias.beside = nil
  db.forget(holder)
end

--- Calls fn while nobody else migrates the database; gives what it gives.
function M.run(alias, seconds, fn)
  seconds = seconds or M.WAIT
  local is_ours, holder = false, take_alias(alias)
  local results = compat.pack(pcall(advisory_lock.run_for, host.current(), NAME, function()
    is_ours = true
    advisory_lock.sign(alias)
    return fn()
  end, { wait = seconds, alias = holder.name }))
  give_alias(alias, holder)
  if results[1] then return compat.unpack(results, 2, results.n) end
  local err = results[2]
  if not is_ours and errors.is_error(err) and err.kind == "timeout" then refuse(alias, seconds) end
  error(err, 0)
end

return M
