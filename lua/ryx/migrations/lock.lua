-- SPDX-License-Identifier: MIT
-- One migrator of a database at a time: an advisory lock, and who has it when it is not free in time.
local advisory_lock = require "ryx.db.advisory_lock"
local compat = require "ryx.compat"
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

--- Calls fn while nobody else migrates the database; gives what it gives.
function M.run(alias, seconds, fn)
  seconds = seconds or M.WAIT
  local is_ours = false
  local results = compat.pack(pcall(advisory_lock.run_for, host.current(), NAME, function()
    is_ours = true
    advisory_lock.sign(alias)
    return fn()
  end, { wait = seconds, alias = alias.name }))
  if results[1] then return compat.unpack(results, 2, results.n) end
  local err = results[2]
  if not is_ours and errors.is_error(err) and err.kind == "timeout" then refuse(alias, seconds) end
  error(err, 0)
end

return M
