-- SPDX-License-Identifier: MIT
-- What foreign keys do on PostgreSQL: of tables by name, or by schema and name.
return {
  sql = [[
SELECT c.tab, a.attname AS col, CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
  WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END AS rule
FROM (SELECT oid, relkind, relname::text AS tab FROM pg_class WHERE pg_table_is_visible(oid)
  UNION ALL SELECT t.oid, t.relkind, n.nspname || '.' || t.relname FROM pg_class t
  JOIN pg_namespace n ON n.oid = t.relnamespace) c
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f' AND array_length(k.conkey, 1) = 1
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.tab IN (%s)]],
}
