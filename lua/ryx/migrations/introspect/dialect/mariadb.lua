-- SPDX-License-Identifier: MIT
-- MariaDB's catalog, which writes expressions and defaults as SQL.
return require "ryx.migrations.introspect.dialect.family_my"{
  checks = "SELECT t.table_name AS of_table, t.constraint_name AS name, t.check_clause AS text "
    .. "FROM information_schema.check_constraints t WHERE t.constraint_schema = DATABASE()%s "
    .. "ORDER BY t.table_name, t.constraint_name",
  formula_column = "NULL",
  checked_text = "JSONField",
  -- Of a text that is too long it takes as many letters as an index can hold.
  cuts_indexes = true,
  text = function(s) return s end,
  default = function(row) return row.def ~= "NULL" and row.def or nil end,
}
