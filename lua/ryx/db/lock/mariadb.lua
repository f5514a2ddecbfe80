-- SPDX-License-Identifier: MIT
-- Advisory locks of MariaDB.
return require "ryx.db.lock.in_session"("SET SESSION wait_timeout = 31536000, idle_transaction_timeout = 0, "
  .. "idle_readonly_transaction_timeout = 0")
