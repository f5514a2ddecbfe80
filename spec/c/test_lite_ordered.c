/* SPDX-License-Identifier: MIT */
/* Percentiles and modes in SQL. */
#include "lite_examples.h"

#define OF(values) " FROM (SELECT column1 AS x FROM (VALUES " values "))"

static void percentiles(void **state)
{
  static const example all[] = {
      {"ryx_percentile(x, '0.5')" OF("(30), (10), (NULL), (20)"), "20"},
      {"ryx_percentile(x, '0.5')" OF("(4), (1), (3), (2.5)"), "2.75"},
      {"ryx_percentile(x, '0'), ryx_percentile(x, '1')" OF("(4), (1), (3)"),
       "1,4"},
      {"ryx_percentile(x, '0.75')" OF("('1.5'), (2), (3.5)"), "2.75"},
      {"ryx_percentile(x, '0.5')" OF("(NULL)"), "NULL"},
      {"ryx_percentile(x, '0.5')" OF("(1)") " WHERE 0", "NULL"},
      {"ryx_percentile(x, '0.25') = 9e999" OF("(9e999), (9e999)"), "1"},
  };
  static const example bad[] = {
      {"ryx_percentile(x, '0.5')" OF("('abc')"), "abc"},
      {"ryx_percentile(x, 'half')" OF("(1)"), "half"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void exact_percentiles(void **state)
{
  static const example all[] = {
      {"ryx_percentile_decimal(x, '0.5', 6)" OF(
           "('10.00'), ('9.99'), (NULL), ('2.5')"),
       "9.990000"},
      {"ryx_percentile_decimal(x, '0.995', 6)" OF(
           "('10.00'), ('9.99'), ('2.51'), ('2.50')"),
       "9.999850"},
      {"ryx_percentile_decimal(x, '0.5', 3)" OF(
           "('123456789012345678.01'), ('123456789012345678.02')"),
       "123456789012345678.015"},
      {"ryx_percentile_decimal(x, '0.5', 0)" OF("(-1), (-2)"), "-2"},
      {"ryx_percentile_decimal(x, '1', 1), ryx_percentile_decimal(x, '0', "
       "1)" OF("('2'), ('10')"),
       "10.0,2.0"},
      {"ryx_percentile_decimal(x, '0.5', 1)" OF("(NULL)"), "NULL"},
  };
  static const example bad[] = {
      {"ryx_percentile_decimal(x, '0.5', 2)" OF("('abc')"), "abc"},
      {"ryx_percentile_decimal(x, '0.5', -1)" OF("('1')"), "decimal places"},
  };

  (void)state;
  CHECK(all);
  CHECK_ERRORS(bad);
}

static void modes(void **state)
{
  static const example all[] = {
      {"ryx_mode(x)" OF("(9), (2), (10), (2), (10), (NULL), (NULL), (NULL)"),
       "2"},
      {"ryx_mode(x)" OF("('b'), ('a'), ('B'), ('b')"), "b"},
      {"ryx_mode(x)" OF("('a'), ('A'), ('a ')"), "A"},
      {"ryx_mode(x)" OF("(1), (1.0), (0.5)"), "1"},
      {"hex(ryx_mode(x))" OF("(x'00'), (x'')"), ""},
      {"ryx_mode(x)" OF("(NULL)"), "NULL"},
      {"ryx_mode(x)" OF("(1)") " WHERE 0", "NULL"},
      {"ryx_mode_decimal(x)" OF("('10.00'), ('9.50'), ('10.0'), ('1')"),
       "10.00"},
      {"ryx_mode_decimal(x)" OF("('10.00'), ('9.50')"), "9.50"},
  };

  (void)state;
  CHECK(all);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(percentiles),
      cmocka_unit_test(exact_percentiles),
      cmocka_unit_test(modes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
