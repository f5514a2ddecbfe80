/* SPDX-License-Identifier: MIT */
/* What ryx adds to SQLite's SQL: text, decimals, JSON. */
#include "lite_examples.h"

static void case_folding(void **state)
{
  static const example all[] = {
      {"ryx_lower('AbÉßΣΑΣ')", "abéßσασ"},
      {"ryx_upper('abéßς')", "ABÉßΣ"},
      {"ryx_lower('ſ'), ryx_lower('K')", "ſ,k"},
      {"ryx_lower('')", ""},
      {"ryx_lower(NULL)", "NULL"},
      {"ryx_lower(12)", "12"},
      {"hex(ryx_lower(char(65, 0, 66)))", "610062"},
      {"ryx_lower('STRASSE') = ryx_lower('straße')", "0"},
      {"ryx_lower('10%É') LIKE ryx_lower('%!%é') ESCAPE '!'", "1"},
  };
  static const example bad[] = {
      {"ryx_lower(CAST(x'ff41' AS TEXT))", "not UTF-8"}};

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void trigrams(void **state)
{
  static const example all[] = {
      {"ryx_similarity('Word', 'word!')", "1"},
      {"ryx_similarity('word', '')", "0"},
      {"ryx_similarity('aaaa', 'aa')", "0.75"},
      {"ryx_similarity(NULL, 'a'), ryx_similarity('a', NULL)", "NULL,NULL"},
      {"ryx_similarity(12, '12')", "1"},
  };
  static const example bad[] = {
      {"ryx_similarity(CAST(x'ff41' AS TEXT), 'a')", "not UTF-8"}};

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void regular_expressions(void **state)
{
  static const example all[] = {
      {"'abc' REGEXP 'b'", "1"},
      {"'abc' REGEXP '^b'", "0"},
      {"'aBc' REGEXP 'b', ryx_iregexp('b', 'aBc')", "0,1"},
      {"ryx_iregexp('é', 'É')", "1"},
      {"char(97, 10, 98) REGEXP 'a.b'", "1"},
      {"char(97, 10) REGEXP 'a$'", "0"},
      {"'é' REGEXP '^.$'", "1"},
      {"'é' REGEXP '^\\w$'", "1"},
      {"NULL REGEXP 'a', 'a' REGEXP NULL", "NULL,NULL"},
      {"12 REGEXP '^1'", "1"},
      {"'' REGEXP ''", "1"},
      /* The pattern is a column: compiled for each row. */
      {"group_concat(v REGEXP p) FROM (SELECT 'a' AS v, 'a' AS p UNION ALL "
       "SELECT 'a', 'b' UNION ALL SELECT 'b', 'b')",
       "1,0,1"},
      /* One pattern for all rows. */
      {"group_concat(v REGEXP '[ab]') FROM (SELECT 'a' AS v UNION ALL "
       "SELECT 'c' UNION ALL SELECT 'b')",
       "1,0,1"},
  };
  static const example bad[] = {
      {"'a' REGEXP '('", "invalid regular expression"},
      {"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' REGEXP '^(a+)+$'",
       "takes too long"},
      {"CAST(x'ff' AS TEXT) REGEXP 'a'", "not UTF-8"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

#define DIGITS \
  "1234567890123456789012345678901234567890123456789012345678901234"

static void decimals(void **state)
{
  static const example all[] = {
      {"decimal('+01.50'), decimal('1e3'), decimal(5), decimal(NULL)",
       "1.50,1000,5,NULL"},
      {"decimal_add('0.1', '0.20')", "0.30"},
      {"decimal_sub('" DIGITS "9.5', '" DIGITS "8.25')", "1.25"},
      {"decimal_mul('-1.5', '0.5')", "-0.75"},
      {"decimal_cmp('1.0', '1'), decimal_cmp('10', '9'), decimal_cmp('-2', 1)",
       "0,1,-1"},
      {"decimal_add('1', NULL), decimal_cmp(NULL, '1')", "NULL,NULL"},
      {"ryx_decimal_div('10.00', '3')", "3.333333"},
      {"ryx_decimal_div('1', '0'), ryx_decimal_div('1', '-0.00')", "NULL,NULL"},
      {"ryx_decimal_round('2.345', 2), ryx_decimal_round('-2.345', 2)",
       "2.35,-2.35"},
      {"ryx_decimal_round('2', 3)", "2.000"},
  };
  static const example bad[] = {
      {"decimal('abc')", "abc"},
      {"decimal_add('1', '')", "''"},
      {"decimal_cmp('x', '1')", "x"},
      {"decimal_sum('x')", "x"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void decimals_sort_and_sum(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (d DECIMAL_TEXT(65, 1), g)");
  query(&l, "CREATE INDEX t_d ON t (d COLLATE decimal)");
  query(&l,
        "INSERT INTO t VALUES ('10.0', 1), ('9.0', 1), ('-10.0', 1), "
        "('-9.5', 1), (NULL, 2), ('" DIGITS "9.0', 2), ('" DIGITS "8.0', 2)");
  assert_string_equal(query(&l, "SELECT typeof(d) FROM t WHERE g = 1 LIMIT 1"),
                      "text");
  assert_string_equal(query(&l, "SELECT d FROM t ORDER BY d COLLATE decimal"),
                      "NULL|-10.0|-9.5|9.0|10.0|" DIGITS "8.0|" DIGITS "9.0");
  assert_string_equal(
      query(&l, "SELECT d FROM t WHERE d COLLATE decimal > '9' AND g = 1"),
      "10.0");
  assert_string_equal(query(&l, "SELECT max(d COLLATE decimal) FROM t"),
                      DIGITS "9.0");
  assert_string_equal(
      query(&l, "SELECT decimal_sum(d) FROM t WHERE g = 2"),
      "24691357802469135780246913578024691357802469135780246913578024697.0");
  assert_string_equal(query(&l, "SELECT decimal_sum(d) FROM t WHERE g = 1"),
                      "-0.5");
  assert_string_equal(query(&l, "SELECT decimal_sum(d) FROM t WHERE 0"),
                      "NULL");
  assert_string_equal(query(&l, "SELECT decimal_sum(d) FROM t WHERE d IS NULL"),
                      "NULL");
  assert_string_equal(
      query(&l,
            "SELECT decimal_sum(d) OVER (ORDER BY d COLLATE decimal "
            "ROWS 1 PRECEDING) FROM t WHERE g = 1"),
      "-10.0|-19.5|-0.5|19.0");
  /* What is no decimal still has one order, behind all decimals. */
  assert_string_equal(
      query(&l,
            "SELECT group_concat(v, ' ') FROM (SELECT column1 AS v FROM "
            "(VALUES ('b'), ('2'), ('a'), ('1e1'), (''), ('+3')) "
            "ORDER BY v COLLATE decimal)"),
      "2 +3 1e1  a b");
  shut(&l);
}

static void json_equality(void **state)
{
  static const example all[] = {
      {"ryx_json_norm('{\"b\": [1, 2.50, null], \"a\": {\"\": true}}')",
       "{\"a\":{\"\":true},\"b\":[1,2.5,null]}"},
      {"ryx_json_norm('1.0'), ryx_json_norm('1'), ryx_json_norm('-0.0')",
       "1,1,0"},
      {"ryx_json_norm('1e2'), ryx_json_norm('9007199254740993')",
       "100,9007199254740993"},
      {"ryx_json_norm('\"\\u00e9\\u0041\"')", "\"éA\""},
      {"ryx_json_norm(' [ ] '), ryx_json_norm('{}')", "[],{}"},
      {"ryx_json_norm('null'), ryx_json_norm(NULL)", "null,NULL"},
  };
  static const example bad[] = {{"ryx_json_norm('{')", "invalid JSON"},
                                {"ryx_json_norm('')", "invalid JSON"}};

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void json_containment(void **state)
{
  static const struct {
    const char *a, *b;
    bool contains;
  } cases[] = {
      {"{\"a\":1,\"b\":2}", "{\"a\":1}", true},
      {"{\"a\":1,\"b\":2}", "{\"a\":2}", false},
      {"{\"a\":1}", "{\"c\":1}", false},
      {"{\"a\":1}", "{}", true},
      {"{\"a\":{\"b\":[1,2,3]}}", "{\"a\":{\"b\":[3,1]}}", true},
      {"{\"a\":{\"b\":[1,2,3]}}", "{\"b\":[1]}", false},
      {"{\"a\":[1,2]}", "{\"a\":1}", false},
      {"{\"a\":null}", "{\"a\":null}", true},
      {"{\"a\":null}", "{\"a\":false}", false},
      {"[1,2,3]", "[3,1,1]", true},
      {"[1,2,3]", "[4]", false},
      {"[1,2,3]", "[]", true},
      {"[]", "[[]]", false},
      {"[[1,2]]", "[[1]]", true},
      {"[[1,2]]", "[1]", false},
      {"[1,[2]]", "[2]", false},
      {"[{\"a\":1,\"b\":2},{\"a\":3}]", "[{\"b\":2}]", true},
      {"[{\"a\":1},{\"b\":2}]", "[{\"a\":1,\"b\":2}]", false},
      {"[\"foo\",\"bar\"]", "\"bar\"", true},
      {"[1,2]", "1.0", true},
      {"\"bar\"", "[\"bar\"]", false},
      {"[[1]]", "1", false},
      {"1", "1", true},
      {"1", "1.0", true},
      {"1", "\"1\"", false},
      {"9007199254740993", "9007199254740992.0", false},
      {"\"a\"", "\"a\"", true},
      {"\"a\"", "\"ab\"", false},
      {"{}", "[]", false},
      {"[]", "{}", false},
      {"[]", "[]", true},
      {"true", "true", true},
  };
  static const example nulls[] = {
      {"ryx_json_contains(NULL, '1'), ryx_json_contains('1', NULL)",
       "NULL,NULL"}};
  static const example bad[] = {{"ryx_json_contains('[', '1')", "invalid"},
                                {"ryx_json_contains('1', ']')", "invalid"}};
  char sql[256];
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    snprintf(sql, sizeof sql, "SELECT ryx_json_contains('%s', '%s')",
             cases[i].a, cases[i].b);
    if (strcmp(query(&l, sql), cases[i].contains ? "1" : "0") != 0)
      fail_msg("%s gives %s", sql, l.text);
  }
  shut(&l);
  CHECK(nulls);
  CHECK_ERRORS(bad);
}

static void json_paths(void **state)
{
  static const example all[] = {
      {"ryx_json_get('{\"a\\\"b\":{\"c\\\\\":[1,{\"x\":2.0}]}}', 'a\"b', "
       "'c\\', 1)",
       "{\"x\":2.0}"},
      {"ryx_json_get('{\"0\":5}', '0'), ryx_json_get('{\"0\":5}', 0)",
       "5,NULL"},
      {"ryx_json_get('[5]', 0), ryx_json_get('[5]', '0'), "
       "ryx_json_get('[5]', 1), ryx_json_get('[5]', -1)",
       "5,NULL,NULL,NULL"},
      {"ryx_json_get('{\"a\":\"t\"}', 'a')", "\"t\""},
      {"ryx_json_get('{\"a\":null}', 'a'), ryx_json_get('{}', 'a')",
       "null,NULL"},
      {"ryx_json_get('{}', 'a', 'b'), ryx_json_get(NULL, 'a')", "NULL,NULL"},
      {"ryx_json_get('{\"a\":1}', NULL)", "NULL"},
      {"json_type(ryx_json_get('{\"a\":1.5}', 'a'))", "real"},
  };

  (void)state;
  CHECK(all);
}

static void json_changes(void **state)
{
  static const example all[] = {
      {"ryx_json_set('{\"b\": 1.50}', 'a', '[2]', 'c', NULL)",
       "{\"a\":[2],\"b\": 1.50,\"c\":null}"},
      {"ryx_json_set(' { } ', 'a\"', '1'), ryx_json_set('{\"\\u0061\":1}', "
       "'a', '2')",
       " { \"a\\\"\":1} ,{\"\\u0061\":2}"},
      {"ryx_json_set('[1, \"],\" ]', 1, '2'), ryx_json_set('[1]', 7, '2'), "
       "ryx_json_set('[]', 0, '2')",
       "[1, 2 ],[1,2],[2]"},
      {"ryx_json_set('[1]', 'a', '2'), ryx_json_set('{}', 0, '2'), "
       "ryx_json_set('5', 'a', '2'), ryx_json_set(NULL, 'a', '2')",
       "[1],{},5,NULL"},
      {"ryx_json_replace('{\"a\":[{}]}', 'a', '1'), ryx_json_replace('{}', "
       "'a', '1'), ryx_json_replace('[1]', 1, '1')",
       "{\"a\":1},{},[1]"},
      {"ryx_json_remove('{\"a\": 1, \"b\": {}}', 'a'), "
       "ryx_json_remove('{\"a\": 1, \"b\": {}}', 'b'), "
       "ryx_json_remove('{\"a\":1}', 'a', 'b')",
       "{ \"b\": {}},{\"a\": 1},{}"},
      {"ryx_json_remove('[1,2,3]', 1), ryx_json_remove('[1]', 0), "
       "ryx_json_remove('[1]', 3), ryx_json_remove('1', 0)",
       "[1,3],[],[1],1"},
      {"ryx_json_raw('{\"a\":[1, {\"b\": 12345678901234567890.50}]}', 'a', 1, "
       "'b'), ryx_json_raw('[]', 0), ryx_json_raw('{}')",
       "12345678901234567890.50,NULL,{}"},
      {"ryx_json_some(NULL, '{}'), ryx_json_some(' null', '{}'), "
       "ryx_json_some('1', '{}')",
       "{},{},1"},
  };
  static const example bad[] = {
      {"ryx_json_set('{', 'a', '1')", "malformed"},
      {"ryx_json_set('{\"a', 'b', '1')", "malformed"},
      {"ryx_json_set('{\"a\" 1}', 'b', '1')", "malformed"},
      {"ryx_json_set('[1 2]', 5, '1')", "malformed"},
      {"ryx_json_remove('[', 0)", "malformed"},
      {"ryx_json_raw('{1', 'a')", "malformed"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(trigrams),
      cmocka_unit_test(case_folding),
      cmocka_unit_test(regular_expressions),
      cmocka_unit_test(decimals),
      cmocka_unit_test(decimals_sort_and_sum),
      cmocka_unit_test(json_equality),
      cmocka_unit_test(json_containment),
      cmocka_unit_test(json_paths),
      cmocka_unit_test(json_changes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
