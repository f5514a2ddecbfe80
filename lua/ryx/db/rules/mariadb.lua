-- SPDX-License-Identifier: MIT
-- What foreign keys do on MariaDB and MySQL. Every table of the catalog is asked for by name,
-- else the server opens all there are.
return {
  folds = true, -- names that differ in case only are one
  -- A CASCADE that comes back to its table ends fifteen rows below; InnoDB's number is in the text.
  is_too_deep = function(err) return err.code == 1296 and err.message:find("error 193 ", 1, true) ~= nil end,
  sql = [[
SELECT t.TABLE_NAME AS tab, k.COLUMN_NAME AS col, r.DELETE_RULE AS rule FROM information_schema.TABLES t
LEFT JOIN information_schema.KEY_COLUMN_USAGE k ON k.TABLE_SCHEMA = DATABASE() AND k.TABLE_NAME IN (%s)
  AND k.TABLE_NAME = t.TABLE_NAME AND k.REFERENCED_TABLE_NAME IS NOT NULL
LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS r ON r.CONSTRAINT_SCHEMA = DATABASE() AND r.TABLE_NAME IN (%s)
  AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
WHERE t.TABLE_SCHEMA = DATABASE() AND t.TABLE_NAME IN (%s)]],
}
