-- SPDX-License-Identifier: MIT
-- MySQL's side of the schema. JSON is a type of its own there; an array compares as text.
local mysql = require "ryx.migrations.dialect.family_my"("MySQL", "utf8mb4_0900_bin", "JSON")

-- A long text takes an expression for its default, not a literal.
function mysql.default(f, literal)
  return f.db == "text" and "(" .. literal .. ")" or literal
end

return mysql
