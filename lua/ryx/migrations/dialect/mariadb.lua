-- SPDX-License-Identifier: MIT
-- MariaDB's side of the schema.
local mariadb = require "ryx.migrations.dialect.family_my"("MariaDB", "utf8mb4_nopad_bin")

mariadb.no_index_expressions = "MariaDB indexes columns only; keep the value in a field of its own and index that"

return mariadb
