-- SPDX-License-Identifier: MIT
-- Advisory locks that a transaction of their own holds, which is nobody's current one. A dialect gives the texts:
--   take_sql   tries once, without waiting for others: is the lock ours, and does idling need leave?
--   stay_sql   gives the leave: the transaction idles for as long as the function runs
--   give_sql   gives back what does not end with the transaction, or nil
--   holder_sql the number of the server's process or connection that has it; holder_name: what it is the number of
local db = require "ryx.db"
local holders = require "ryx.db.holders"
local run = require "ryx.db.run"

local M = {}

local ARRAY = { array = true }

-- No snapshot is kept, which would have the server keep old rows for as long.
local BEGIN = { isolation = "read committed", read_only = true }

-- Whatever the locks hold, a connection is left for what their functions do, unless the pool is for locks alone.
function M.room(alias)
  return db.pool_stats(alias.name).max - (alias.is_for_locks and 0 or 1)
end

function M.open(hold)
  local where
  hold.id, where = run.op(hold.alias, "begin", 0, BEGIN)
  holders.add(hold, where)
end

local function is_true(v)
  return v == true or v == 1
end

function M.take(hold)
  local means = hold.means
  local row = run.fetch_sql(hold.alias, hold, means.take_sql, { hold.name }, ARRAY)[1]
  if not is_true(row[1]) then return false end
  if is_true(row[2]) then run.fetch_sql(hold.alias, hold, means.stay_sql) end
  return true
end

function M.give(hold)
  local sql = hold.means.give_sql
  if sql then run.fetch_sql(hold.alias, hold, sql, { hold.name }) end
end

function M.close(hold)
  holders.remove(hold)
  run.op(hold.alias, "commit", hold.id)
end

function M.drop(hold)
  holders.remove(hold)
  run.drop_tx(hold.id, hold.engine)
end

--- Who has a lock, in words: "the backend 4711"; nil when nobody has it.
function M.holder(means, alias, name)
  local row = run.fetch_sql(alias, run.current_tx(alias), means.holder_sql, { name })[1]
  return row and row.id and ("%s %d"):format(means.holder_name, row.id)
end

M.__index = M
return M
