-- SPDX-License-Identifier: MIT
-- When two texts of SQL mean the same: what is given, and what a database's catalog says of it.
local canonical = require "ryx.migrations.text.canonical"

local function dialect(name)
  return require("ryx.migrations.dialect." .. name)
end

-- The same on a dialect, however it is written; another text is not.
local SAME = {
  postgres = {
    { '"views" >= 0 OR "small" < "views"', "((views >= 0) OR (small < views))", '"views" > 0 OR "small" < "views"' },
    {
      [["title" IN ('a', 'b''c')]],
      "((title)::text = ANY ((ARRAY['a'::character varying, 'b''c'::character varying])::text[]))",
      [["title" IN ('a', 'b')]],
    },
    { [["title" IN ('a')]], "((title)::text = 'a'::text)" },
    {
      [[NOT ("title" IN ('a', 'b'))]], "((title)::text <> ALL (ARRAY['a'::text, 'b'::text]))",
      [["title" IN ('a', 'b')]],
    },
    {
      '"price" BETWEEN -1.50 AND 10.00', "((price >= '-1.50'::numeric) AND (price <= 10.00))",
      '"price" BETWEEN 1.50 AND 10',
    },
    {
      [["at" > '2024-02-01 12:00:00.000000']], "(at > '2024-02-01 12:00:00+00'::timestamp with time zone)",
      [["at" > '2024-02-01 12:00:01.000000']],
    },
    { '"rate" > 0.1', "(rate > (0.1)::double precision)", '"rate" > 0.11' },
    { '"big" < -5', "(big < '-5'::integer)" },
    { '"a" AND ("b" AND "c")', "(a AND b AND c)", '"a" AND ("b" OR "c")' },
    {
      'LOWER("title" COLLATE "C.utf8") COLLATE "C"', [[lower(((title)::text COLLATE "C.utf8")) COLLATE "C"]],
      'LOWER("title")',
    },
    { [[substring("title" FROM 1 FOR 4)]], [["substring"((title)::text, 1, 4)]], [[substring("title" FROM 1 FOR 5)]] },
    { "title LIKE 'a%'", "((title)::text ~~ 'a%'::text)", "title ILIKE 'a%'" },
    { "title NOT LIKE 'a%'", "((title)::text !~~ 'a%'::text)" },
    { [[E'it\'s']], "'it''s'::text" },
    { '"Views" > 0', '("Views" > 0)', "Views > 0" },
    { "CASE WHEN a THEN 1 END", "CASE WHEN a THEN 1 ELSE NULL::integer END", "CASE WHEN a THEN 1 ELSE 0 END" },
    { "x IS DISTINCT FROM y", "(x IS DISTINCT FROM y)", "x IS NOT DISTINCT FROM y" },
    { "a[1] > 0", "(a[1] > 0)", "a[2] > 0" },
    { "CAST(price AS integer)", "(price)::integer", "price" },
    {
      'LEFT("a", CASE WHEN 2 < 0 THEN 0 ELSE 2 END::int4)', [["left"((a)::text, CASE WHEN (2 < 0) THEN 0 ELSE 2 END)]],
      'LEFT("a", CASE WHEN 2 < 0 THEN 0 ELSE 3 END::int4)',
    },
    { [[(("a" COLLATE "C")::text COLLATE "C")]], [[(a COLLATE "C")]], [[("a" COLLATE "C.utf8")]] },
    {
      [["at" + "n"::int8 * INTERVAL '1 microsecond']], "(at + ((n)::double precision * 'PT0.000001S'::interval))",
      [["at" + "n"::int8 * INTERVAL '1 day']],
    },
  },
  mariadb = {
    { "NOT (`state` = 'it''s \\\\ here')", "`state` <> 'it\\'s \\\\ here'" },
    { "`a` >= 0 OR `b` < `a` AND NOT (`c` IS NULL)", "`a` >= 0 or `b` < `a` and `c` is not null",
      "(`a` >= 0 or `b` < `a`) and `c` is not null" },
    { "UPPER(`title`)", "ucase(`title`)", "lcase(`title`)" },
    { "LENGTH(title) > 1", "octet_length(`title`) > 1", "char_length(`title`) > 1" },
    { "JSON_VALID(`extra`)", "json_valid(`extra`)" },
    { "x'00ff'", "X'00ff'", "X'00fe'" },
    { "`views` IN (1, 2)", "`views` in (1,2)", "`views` not in (1,2)" },
    { "CAST(`a` AS CHAR)", "cast(`a` as char charset utf8mb4 binary)", "cast(`b` as char charset utf8mb4 binary)" },
    {
      "DATE_ADD(`at`, INTERVAL `n` MICROSECOND)", "`at` + interval `n` microsecond", "`at` - interval `n` microsecond",
    },
  },
  mysql = {
    { "`title` IN ('a', 'b''c')", "(`title` in (_utf8mb4'a',_utf8mb4'b\\'c'))" },
    { "`price` BETWEEN -1.50 AND 10.00", "(`price` between -(1.50) and 10.00)" },
    { "`clock` < '12:00:00.000000'", "(`clock` < TIME'12:00:00.000000')" },
    { "NOT `flag`", "(0 = `flag`)", "`flag`" },
    { "`flag`", "(0 <> `flag`)" },
    { "MOD(`a`, 2)", "(`a` % 2)", "(`a` % 3)" },
    { "0x00ff27", "X'00ff27'" },
    { "`b` REGEXP '(?s)' 'x'", "regexp_like(`b`,_utf8mb4'(?s)x')" },
    { "NOW(6)", "CURRENT_TIMESTAMP(6)", "NOW()" },
  },
  sqlite = {
    { '"a" = 1 AND "B" != 2', "a == 1 and b <> 2", "a = 1 or b <> 2" },
    { "length([a b]) > 1", 'LENGTH( "a b" )>1' },
    { "a || b > 'x'", "(a || b) > 'x'", "a || (b > 'x')" },
    { "x ->> '$.a' = 'b'", "(x ->> '$.a') = 'b'" },
    { "a NOT NULL", "a IS NOT NULL", "a IS NULL" },
    { "a - -1 > 0 -- why", "a-(-1)>0", "a - 1 > 0" },
  },
}

describe("two texts of SQL", function()
  for name, cases in pairs(SAME) do
    for i, case in ipairs(cases) do
      it(("mean the same to %s whatever its words, %d"):format(name, i), function()
        local of = dialect(name)
        assert.equal(canonical.expression(of, case[1]), canonical.expression(of, case[2]))
        assert.is_true(canonical.is_same(of, case[2], case[1]))
        if case[3] then assert.is_false(canonical.is_same(of, case[1], case[3])) end
      end)
    end
  end

  it("mind no order of what AND, OR and IN join", function()
    for _, name in ipairs{ "postgres", "mysql", "mariadb", "sqlite" } do
      local of = dialect(name)
      for _, case in ipairs{
        { "a > 1 AND (b < 2 OR c = 3)", "(c = 3 OR b < 2) AND a > 1" },
        { "NOT (a > 1 AND b < 2)", "NOT (b < 2 AND a > 1)" },
        { "a IN (1, 2, 3)", "a IN (3, 1, 2)" }, { "a BETWEEN 1 AND 2 AND b = 3", "b = 3 AND a BETWEEN 1 AND 2" },
      } do
        assert.is_true(canonical.is_same(of, case[1], case[2]), name .. ": " .. case[1])
      end
      assert.is_false(canonical.is_same(of, "a > b AND c > d", "b > a AND c > d"))
      assert.is_false(canonical.is_same(of, "a > 1 AND b < 2 OR c = 3", "a > 1 AND (b < 2 OR c = 3)"))
    end
  end)

  it("are read as defaults of their type", function()
    local pg, my = dialect "postgres", dialect "mysql"
    assert.is_true(canonical.is_same_default(pg, nil, "NULL::integer", "INTEGER"))
    assert.is_true(canonical.is_same_default(pg, [['{"b":1,"a":2}']], [['{"a": 2, "b": 1}'::jsonb]], "JSONB"))
    assert.is_false(canonical.is_same_default(pg, [['{"b":1}']], [['{"b": 1}']], "TEXT"))
    assert.is_true(canonical.is_same_default(my, "1e300", "1.0000000000000001e+300", "DOUBLE"))
    assert.is_false(canonical.is_same_default(my, "1", nil, "INTEGER"))
  end)

  it("that are no expressions are the same word by word", function()
    local pg = dialect "postgres"
    assert.is_true(canonical.is_same(pg, "SELECT  1\nFROM a", "select 1 from a"))
    assert.is_false(canonical.is_same(pg, "SELECT 1 FROM a", "SELECT 2 FROM a"))
    assert.is_true(canonical.is_same(pg, "a = 'b", "a = 'b"))
  end)
end)
