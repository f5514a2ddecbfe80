-- SPDX-License-Identifier: MIT
-- Advisory locks of PostgreSQL, which end with the transaction. Leave to idle is asked for where there is a limit:
-- it taints the connection, which is reset afterwards.
local in_transaction = require "ryx.db.lock.in_transaction"

return setmetatable({
  take_sql = "SELECT pg_try_advisory_xact_lock(hashtextextended(?, 0)), "
    .. "current_setting('idle_in_transaction_session_timeout') <> '0' "
    .. "OR coalesce(current_setting('transaction_timeout', true), '0') <> '0'",
  stay_sql = "SELECT set_config('idle_in_transaction_session_timeout', '0', true), "
    .. "CASE WHEN current_setting('transaction_timeout', true) <> '0' "
    .. "THEN set_config('transaction_timeout', '0', true) END",
}, in_transaction)
