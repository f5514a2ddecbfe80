-- SPDX-License-Identifier: MIT
-- MariaDB's side of the schema.
return require "ryx.migrations.dialect.family_my"("MariaDB", "utf8mb4_nopad_bin")
