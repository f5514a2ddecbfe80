-- SPDX-License-Identifier: MIT
-- MySQL's side of the schema. JSON is a type of its own there; an array compares as text.
local mysql = require "ryx.migrations.dialect.family_my"("MySQL", "utf8mb4_0900_bin", "JSON")

-- A long text takes an expression for its default, not a literal.
function mysql.default(f, literal)
  return f.db == "text" and "(" .. literal .. ")" or literal
end

-- How many letters of a column an index takes that has no bounds; false: it takes none of it.
mysql.index_letters = { text = 255, bytes = 255, array = 255, json = false }
mysql.no_long_keys = "MySQL keeps no unique key over text without bounds: take a CharField"
mysql.no_document_index = "MySQL indexes no documents: keep the value in a field of its own and index that"

mysql.generated_not_of = { CASCADE = true, ["SET NULL"] = true }
mysql.shares_check_names = true
mysql.copies_for_expressions = true

return mysql
