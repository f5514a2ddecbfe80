-- SPDX-License-Identifier: MIT
-- MySQL's side of the schema. JSON is a type of its own there; an array compares as text.
return require "ryx.migrations.dialect.family_my"("MySQL", "utf8mb4_0900_bin", "JSON")
