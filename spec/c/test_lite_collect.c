/* SPDX-License-Identifier: MIT */
/* Aggregates that keep every row: ordered and distinct lists. */
#include "lite_examples.h"

#define OF(values)                                               \
  " FROM (SELECT column1 AS x, column2 AS k, column3 AS j FROM " \
  "(VALUES " values "))"
#define SIX                                                             \
  OF("('b', 2, 'q'), ('a', 1, 'q'), (NULL, 0, 'p'), ('c', NULL, 'p'), " \
     "('a', 3, NULL), ('é', 1.5, x'00')")

static void strings(void **state)
{
  static const example all[] = {
      {"ryx_string_agg(x, ',', 0)" SIX, "b,a,c,a,é"},
      {"ryx_string_agg(x, ', ', 1)" SIX, "b, a, c, é"},
      {"ryx_string_agg(x, '', 0, k, 0)" SIX, "caéba"},
      {"ryx_string_agg(x, '', 0, k, 1)" SIX, "abéac"},
      {"ryx_string_agg(x, '', 0, k, 2), ryx_string_agg(x, '', 0, k, 3)" SIX,
       "caéba,cabéa"},
      {"ryx_string_agg(x, '', 0, k, 4), ryx_string_agg(x, '', 0, k, 5)" SIX,
       "aébac,abéac"},
      {"ryx_string_agg(x, '', 1, k, 1)" SIX, "abéc"},
      {"ryx_string_agg(x, '', 0, j, 0, k, 1)" SIX, "acbaé"},
      {"ryx_string_agg(x, NULL, 0, x, 0)" SIX, "aabcé"},
      {"ryx_string_agg(x, ',', 0)" OF("(NULL, 1, 1)"), "NULL"},
      {"ryx_string_agg(x, ',', 0)" SIX " WHERE 0", "NULL"},
      {"ryx_string_agg(x, ',', 0)" OF("('', 1, 1), ('', 1, 1)"), ","},
      {"ryx_string_agg(x, ',', 1)" OF("('', 1, 1), ('', 1, 1)"), ""},
      {"ryx_string_agg(x, ',', 0)" OF("(1, 1, 1), (2.5, 1, 1)"), "1,2.5"},
      {"hex(ryx_string_agg(x, char(0), 0))" OF(
           "(char(65, 0), 1, 1), (1, 1, 1)"),
       "41000031"},
  };
  static const example orders[] = {
      /* Numbers of both kinds, text, blobs. */
      {"ryx_string_agg(x, ' ', 0, k, 0)" OF(
           "('blob', x'00', 0), ('text', '1', 0), ('big', 9223372036854775807, "
           "0), ('inf', 9e999, 0), ('-inf', -9e999, 0), ('2^63', "
           "9223372036854775808.0, 0), ('half', 0.5, 0), ('zero', 0, 0), "
           "('odd', 9007199254740993, 0), ('even', 9007199254740992.0, 0), "
           "('least', -9223372036854775808, 0)"),
       "-inf least zero half even odd big 2^63 inf text blob"},
      {"ryx_string_agg(x, ' ', 0, k, 8), ryx_string_agg(x, ' ', 0, k, 9), "
       "ryx_string_agg(x, ' ', 0, k, 0)" OF(
           "('ten', '10.0', 0), ('nine', '9.0', 0), ('minus', '-1', 0), "
           "('none', NULL, 0), ('three', 3, 0)"),
       "none minus three nine ten,ten nine three minus none,"
       "none three minus ten nine"},
      {"group_concat(v) FROM (SELECT ryx_string_agg(x, '', 0, k, 0) AS v" SIX
       " GROUP BY j)",
       "a,c,ab,é"},
  };
  static const example bad[] = {
      {"ryx_string_agg('a')", "in pairs"},
      {"ryx_string_agg('a', ',', 0, 1)", "in pairs"},
      {"ryx_string_agg()", "in pairs"},
  };

  (void)state;
  CHECK(all);
  CHECK(orders);
  CHECK_ERRORS(bad);
}

static void arrays(void **state)
{
  static const example all[] = {
      {"ryx_array_agg(x, 0, k, 0)" SIX, "[\"c\",null,\"a\",\"é\",\"b\",\"a\"]"},
      {"ryx_array_agg(x, 0)" OF("(1, 1, 1), (1.0, 1, 1), (NULL, 1, 1), "
                                "('q\"', 1, 1), (x'00FF', 1, 1)"),
       "[1,1.0,null,\"q\\\"\",\"00ff\"]"},
      {"ryx_array_agg(x, 0)" OF("(9e999, 1, 1), (-9e999, 1, 1)"),
       "[\"Infinity\",\"-Infinity\"]"},
      {"ryx_array_agg(x, 1, k, 1)" OF(
           "(NULL, 1, 1), (1, 2, 1), (NULL, 3, 1), (1, 4, 1)"),
       "[1,null]"},
      {"ryx_array_agg(x, 0)" OF("(NULL, 1, 1)"), "[null]"},
      {"ryx_array_agg(x, 0)" SIX " WHERE 0", "NULL"},
      {"ryx_array_agg(x, 0)" OF("(x'', 1, 1), ('', 1, 1)"), "[\"\",\"\"]"},
  };
  static const example bad[] = {
      {"ryx_array_agg('a')", "in pairs"},
      {"ryx_array_agg(CAST(x'ff' AS TEXT), 0)", "not UTF-8"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void documents(void **state)
{
  static const example all[] = {
      {"ryx_json_agg(x, 0, k, 1)" OF(
           "('{\"a\": 1}', 1, 1), ('[]', 2, 1), (NULL, 3, 1), ('\"t\"', 4, 1)"),
       "[\"t\",null,[],{\"a\": 1}]"},
      {"ryx_json_agg(x, 1)" OF("('1', 1, 1), ('1', 1, 1), ('\"1\"', 1, 1)"),
       "[1,\"1\"]"},
      {"ryx_json_agg(x, 0)" OF("(1, 1, 1), (2.5, 1, 1)"), "[1,2.5]"},
      {"ryx_json_agg(x, 0)" SIX " WHERE 0", "NULL"},
  };
  static const example bad[] = {
      {"ryx_json_agg('1,2', 0)", "invalid JSON"},
      {"ryx_json_agg('', 0)", "invalid JSON"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

/* Every allocation fails once; what the aggregate had kept is given back. */
static void out_of_memory(void **state)
{
  static const char sql[] =
      "SELECT ryx_string_agg(x, ',', 1, k, 8), ryx_array_agg(x, 1, k, 0), "
      "ryx_json_agg(k, 1), ryx_decimal_avg(k, 2), ryx_stddev(k), "
      "ryx_percentile(k, '0.5'), ryx_percentile_decimal(k, '0.5', 2), "
      "ryx_mode(x), ryx_mode_decimal(k), "
      "ryx_local('2024-01-01 00:00:00.000000', 'Europe/Berlin')" OF(
          "('a', '2', 1), ('b', '1', 1)");
  ryx_stmt s = text_stmt(sql);
  int64_t n, before;
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, sql);
  for (n = 1;; n++) {
    before = ryx_mem_live();
    assert_int_equal(D.send(l.c, &s, &e), 0);
    ryx_mem_fail_at(n, false);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
    ryx_mem_fail_at(0, false);
    assert_true(D.take(l.c, &r));
    if (r.code == 0) break;
    assert_int_equal(r.code, RYX_E_NOMEM);
    assert_null(r.rows);
    assert_int_equal(ryx_mem_live(), before);
  }
  assert_true(n > 15);
  ryx_rows_free(r.rows);
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(strings),
      cmocka_unit_test(arrays),
      cmocka_unit_test(documents),
      cmocka_unit_test(out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
