/* SPDX-License-Identifier: MIT */
/* Variance, standard deviation and decimal averages in SQL. */
#include "lite_examples.h"

#define OF(values) " FROM (SELECT column1 AS x FROM (VALUES " values "))"

static void variance(void **state)
{
  static const example all[] = {
      {"ryx_variance(x), ryx_stddev(x)" OF(
           "(2), (4), (4), (4), (5), (5), (7), (9)"),
       "4,2"},
      {"ryx_variance_sample(x), ryx_stddev_sample(x)" OF("(1), (2), (3)"),
       "1,1"},
      {"ryx_variance(x), ryx_variance_sample(x)" OF("(7), (NULL)"), "0,NULL"},
      {"ryx_stddev(x), ryx_stddev_sample(x)" OF("(NULL)"), "NULL,NULL"},
      {"ryx_variance(x)" OF("(1)") " WHERE 0", "NULL"},
      {"ryx_variance(x)" OF("(1.5), ('2.5'), (3), ('4.00')"), "0.8125"},
      /* Where the difference of rounded sums would be nonsense. */
      {"ryx_variance(x)" OF("(1e9 + 4), (1e9 + 7), (1e9 + 13), (1e9 + 16)"),
       "22.5"},
      {"ryx_variance_sample(x)" OF("(9007199254740993), (9007199254740995)"),
       "2"},
      {"ryx_variance(x)" OF("(9223372036854775807), (9223372036854775805)"),
       "1"},
      {"ryx_variance(x) = 9e999" OF("(1e308), (-1e308)"), "1"},
      {"ryx_stddev(x) > 0" OF("(5e-324), (1e300)"), "1"},
      {"ryx_variance(x), ryx_stddev(x)" OF("(9e999), (1)"), "NULL,NULL"},
  };
  static const example bad[] = {
      {"ryx_variance(x)" OF("(1), ('abc')"), "abc"},
      {"ryx_stddev('')", "double"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

/* A frame that a huge value has left is as if it had never been there. */
static void variance_in_windows(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE t (i INTEGER PRIMARY KEY, x)");
  query(&l,
        "INSERT INTO t (x) VALUES (1), (3), (1e300), (0.1), (0.3), (NULL), "
        "(9e999), (2), (4)");
  assert_string_equal(
      query(&l,
            "SELECT round(ryx_variance(x) OVER "
            "(ORDER BY i ROWS 1 PRECEDING), 6) FROM t WHERE i NOT IN (3, 4)"),
      "0|1|1.8225|0|NULL|NULL|1");
  assert_string_equal(
      query(&l,
            "SELECT group_concat(v, ' ') FROM (SELECT ryx_stddev_sample(x) "
            "OVER (ORDER BY i ROWS 1 PRECEDING) AS v FROM t WHERE i > 7)"),
      "1.4142135623731");
  assert_string_equal(
      query(&l,
            "SELECT round(v, 9) FROM (SELECT i, ryx_variance(x) OVER "
            "(ORDER BY i ROWS 1 PRECEDING) AS v FROM t) WHERE i = 5"),
      "0.01");
  shut(&l);
}

static void decimal_averages(void **state)
{
  static const example all[] = {
      {"ryx_decimal_avg(x, 6)" OF("('10.00'), ('0'), ('0')"), "3.333333"},
      {"ryx_decimal_avg(x, 2)" OF("('0.01'), ('0.00')"), "0.01"},
      {"ryx_decimal_avg(x, 2)" OF("('-0.01'), ('0.00')"), "-0.01"},
      {"ryx_decimal_avg(x, 0)" OF("('1'), ('2')"), "2"},
      /* One rounding: 0.4445 at 3 digits, then 0.45 at 2, would be wrong. */
      {"ryx_decimal_avg(x, 2)" OF("('0.8890'), ('0.0000')"), "0.44"},
      {"ryx_decimal_avg(x, 4)" OF("('2'), (NULL), (4)"), "3.0000"},
      {"ryx_decimal_avg(x, 4)" OF("(NULL)"), "NULL"},
      {"ryx_decimal_avg(x, 1)" OF("('1.2345'), ('-1.2345')"), "0.0"},
      {"ryx_decimal_avg(x, 1) OVER (ORDER BY x COLLATE decimal "
       "ROWS 1 PRECEDING)" OF("('10'), ('9.5'), ('-1')"),
       "-1.0|4.3|9.8"},
  };
  static const example bad[] = {
      {"ryx_decimal_avg('x', 2)", "x"},
      {"ryx_decimal_avg('1', -1)", "decimal places"},
      {"ryx_decimal_avg('1', 1000000000)", "decimal places"},
      {"ryx_decimal_avg('NaN', 2)", "NaN"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(variance),
      cmocka_unit_test(variance_in_windows),
      cmocka_unit_test(decimal_averages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
