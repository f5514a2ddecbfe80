/* SPDX-License-Identifier: MIT */
/* value/spread: variance from exact sums. */
#include "value/spread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"

static double variance(const ryx_spread *s, bool sample)
{
  double d;

  assert_true(ryx_spread_variance(s, sample, &d));
  return d;
}

static void too_few_values_have_none(void **state)
{
  ryx_spread *s = ryx_spread_new();
  double d;

  (void)state;
  assert_false(ryx_spread_variance(s, false, &d));
  ryx_spread_int(s, 3, false);
  assert_false(ryx_spread_variance(s, true, &d));
  assert_true(variance(s, false) == 0);
  ryx_spread_free(s);
  ryx_spread_free(NULL);
}

static void integers_and_doubles_mix(void **state)
{
  ryx_spread *s = ryx_spread_new();

  (void)state;
  ryx_spread_int(s, INT64_MAX, false);
  ryx_spread_int(s, INT64_MAX - 2, false);
  assert_true(variance(s, false) == 1);
  ryx_spread_int(s, INT64_MAX, true);
  ryx_spread_int(s, INT64_MAX - 2, true);
  ryx_spread_double(s, -0.5, false);
  ryx_spread_int(s, 1, false);
  assert_true(variance(s, true) == 1.125);
  ryx_spread_int(s, INT64_MIN, false);
  assert_true(variance(s, false) > 1e37);
  ryx_spread_free(s);
}

/* Random values in and out: what is left is as if it were alone. */
static void removal_leaves_no_trace(void **state)
{
  static const double ends[] = {5e-324, 1e308, 0.1, -1e-300, 1e17, 3.5};
  ryx_spread *s = ryx_spread_new(), *alone = ryx_spread_new();

  (void)state;
  srand(7);
  for (int i = 0; i < 2000; i++) {
    double v = ends[rand() % 6] * (rand() % 3 - 1);

    ryx_spread_double(s, v, false);
    if (i % 100 != 0) {
      ryx_spread_double(s, v, true);
      continue;
    }
    ryx_spread_double(alone, v, false);
    assert_true(variance(s, false) == variance(alone, false));
  }
  ryx_spread_free(s);
  ryx_spread_free(alone);
}

static void infinities_make_nan_while_they_are_there(void **state)
{
  ryx_spread *s = ryx_spread_new();

  (void)state;
  ryx_spread_double(s, INFINITY, false);
  ryx_spread_double(s, 1, false);
  assert_true(isnan(variance(s, false)));
  ryx_spread_double(s, INFINITY, true);
  assert_true(variance(s, false) == 0);
  ryx_spread_free(s);
}

static void extremes_neither_overflow_nor_vanish(void **state)
{
  ryx_spread *s = ryx_spread_new();

  (void)state;
  ryx_spread_double(s, 1e308, false);
  ryx_spread_double(s, -1e308, false);
  assert_true(isinf(variance(s, false)));
  ryx_spread_double(s, 1e308, true);
  ryx_spread_double(s, -1e308, true);
  ryx_spread_double(s, 1e-150, false);
  ryx_spread_double(s, 3e-150, false);
  assert_true(fabs(variance(s, false) - 1e-300) < 1e-314);
  ryx_spread_free(s);
}

static void out_of_memory(void **state)
{
  (void)state;
  ryx_mem_fail_at(1, false);
  assert_null(ryx_spread_new());
  ryx_mem_fail_at(0, false);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(too_few_values_have_none),
      cmocka_unit_test(integers_and_doubles_mix),
      cmocka_unit_test(removal_leaves_no_trace),
      cmocka_unit_test(infinities_make_nan_while_they_are_there),
      cmocka_unit_test(extremes_neither_overflow_nor_vanish),
      cmocka_unit_test(out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
