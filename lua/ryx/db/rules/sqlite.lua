-- SPDX-License-Identifier: MIT
-- What foreign keys do on SQLite.
return {
  folds = true, -- names that differ in case only are one
  -- A CASCADE ends a thousand rows below.
  is_too_deep = function(err) return err.message:find("too many levels of trigger recursion", 1, true) ~= nil end,
  sql = [[
SELECT t.name AS tab, k."from" AS col, k.on_delete AS rule FROM (
  SELECT name FROM sqlite_master WHERE type IN ('table', 'view') UNION SELECT name FROM sqlite_temp_master
) t LEFT JOIN pragma_foreign_key_list(t.name) k ON k."from" IS NOT NULL WHERE lower(t.name) IN (%s)]],
}
