-- SPDX-License-Identifier: MIT
-- Advisory locks of PostgreSQL, which end with the transaction. Leave to idle is asked for where there is a limit:
-- it taints the connection, which is reset afterwards.
local in_transaction = require "ryx.db.lock.in_transaction"
local run = require "ryx.db.run"

local M = setmetatable({
  holder_sql = "SELECT pid AS id FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 "
    .. "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    .. "AND (classid::bigint << 32) | objid::bigint = hashtextextended(?, 0)",
  holder_name = "the backend",
  take_sql = "SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)), "
    .. "current_setting('idle_in_transaction_session_timeout') <> '0' "
    .. "OR coalesce(current_setting('transaction_timeout', true), '0') <> '0'",
  stay_sql = "SELECT set_config('idle_in_transaction_session_timeout', '0', true), "
    .. "CASE WHEN current_setting('transaction_timeout', true) <> '0' "
    .. "THEN set_config('transaction_timeout', '0', true) END",
}, in_transaction)

-- What a query came through keeps its snapshot until the next one, and with it all rows of that moment; a SHOW has
-- none.
function M.take(hold)
  if not in_transaction.take(hold) then return false end
  run.fetch_sql(hold.alias, hold, "SHOW transaction_read_only")
  return true
end

return M
