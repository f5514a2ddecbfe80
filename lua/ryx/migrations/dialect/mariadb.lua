-- SPDX-License-Identifier: MIT
-- MariaDB's side of the schema.
local mariadb = require "ryx.migrations.dialect.family_my"("MariaDB", "utf8mb4_nopad_bin")

mariadb.no_index_expressions = "MariaDB indexes columns only; keep the value in a field of its own and index that"

mariadb.generated_is_null = true -- no generated column says NOT NULL

-- Of a text without bounds it takes what fits into an index, but not beside other columns.
mariadb.letters_beside = { text = 255, bytes = 255, array = 255, json = 255 }

-- The checks that belong to a column of a table, which go when it is written anew.
mariadb.column_checks = "SELECT constraint_name AS name, check_clause AS text "
  .. "FROM information_schema.check_constraints WHERE constraint_schema = DATABASE() AND table_name = ? "
  .. "AND level = 'Column'"

-- It reads a definition again with the characters of the server, and loses quotes.
function mariadb.default_text(s)
  return "CONVERT(X'" .. s:gsub(".", function(c) return ("%02x"):format(c:byte()) end) .. "' USING utf8mb4)"
end

-- The same of the expression of a column, which keeps the characters that a text says it has.
function mariadb.generated_text(s)
  if s:find("[^%w !#-&(-/:-@%[%]^_`{|}~]") then return mariadb.default_text(s) end
  return "_utf8mb4'" .. s .. "'"
end

mariadb.generated_not_of = { ["SET NULL"] = true }
mariadb.generated_follows = true -- where a column is renamed

return mariadb
