/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "value/check.h"
#include "value/time.h"

static ryx_val number(int type, int64_t i)
{
  return (ryx_val){.type = (uint8_t)type, .u.i = i};
}

static ryx_val text(int type, const char *s)
{
  return (ryx_val){.type = (uint8_t)type, .len = (uint32_t)strlen(s), .u.s = s};
}

static void held(ryx_val v)
{
  ryx_err e;

  assert_true(ryx_check_held(&v));
  assert_int_equal(ryx_check_param(&v, &e), 0);
}

static void refused(ryx_val v, const char *why)
{
  ryx_err e;

  assert_false(ryx_check_held(&v));
  assert_int_equal(ryx_check_param(&v, &e), RYX_E_VALIDATION);
  if (!strstr(e.message, why)) fail_msg("%s", e.message);
}

static void days_are_of_the_years_1_to_9999(void **state)
{
  const int64_t first = RYX_DAY_FIRST, last = RYX_DAY_LAST;

  (void)state;
  held(number(RYX_T_DATE, first));
  held(number(RYX_T_DATE, last));
  refused(number(RYX_T_DATE, first - 1), "out of range");
  refused(number(RYX_T_DATE, last + 1), "date 10000-01-01 is out of range");
  refused(number(RYX_T_DATE, INT64_MAX), "date infinity is out of range");
  held(number(RYX_T_DATETIME, first * RYX_DAY_US));
  held(number(RYX_T_DATETIMETZ, (last + 1) * RYX_DAY_US - 1));
  refused(number(RYX_T_DATETIME, (last + 1) * RYX_DAY_US), "years 1 to 9999");
  refused(number(RYX_T_DATETIMETZ, INT64_MIN), "-infinity");
}

static void times_lie_within_a_day(void **state)
{
  (void)state;
  held(number(RYX_T_TIME, 0));
  held(number(RYX_T_TIME, RYX_DAY_US - 1));
  refused(number(RYX_T_TIME, RYX_DAY_US), "within one day");
  refused(number(RYX_T_TIME, -1), "within one day");
  held(number(RYX_T_DURATION, -RYX_DAY_US));
}

static void decimals_are_numbers(void **state)
{
  (void)state;
  held(text(RYX_T_DECIMAL, "-1.50"));
  refused(text(RYX_T_DECIMAL, "NaN"), "NaN");
  refused(text(RYX_T_DECIMAL, "-Infinity"), "-Infinity");
}

static void others_are_asked_for_text_only(void **state)
{
  ryx_val nul = {.type = RYX_T_TEXT, .len = 1, .u.s = "\0"}, bytes = nul;
  ryx_err e;

  (void)state;
  bytes.type = RYX_T_BYTES;
  held(bytes);
  held(number(RYX_T_NULL, 0));
  held(number(RYX_T_INT, INT64_MIN));
  assert_true(ryx_check_held(&nul));
  assert_int_equal(ryx_check_param(&nul, &e), RYX_E_VALIDATION);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(days_are_of_the_years_1_to_9999),
      cmocka_unit_test(times_lie_within_a_day),
      cmocka_unit_test(decimals_are_numbers),
      cmocka_unit_test(others_are_asked_for_text_only),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
