-- SPDX-License-Identifier: MIT
-- Advisory locks of MySQL.
return require "ryx.db.lock.in_session" "SET SESSION wait_timeout = 31536000"
