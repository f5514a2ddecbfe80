/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "driver/driver.h"

static void a_column_is_named(void **state)
{
  static const char *const names[] = {"id", "title"};
  ryx_stmt s = {.names = names, .n_params = 2};
  ryx_err e;

  (void)state;
  ryx_err_set(&e, RYX_E_VALIDATION, "not valid UTF-8");
  assert_int_equal(ryx_refuse_param(&s, 1, &e), RYX_E_VALIDATION);
  assert_string_equal(e.message, "title: not valid UTF-8");
  assert_string_equal(e.column, "title");
}

static void others_have_a_number(void **state)
{
  static const char *const names[] = {""};
  ryx_stmt without = {.n_params = 2}, unnamed = {.names = names};
  ryx_err e;

  (void)state;
  ryx_err_set(&e, RYX_E_VALIDATION, "no NaN");
  assert_int_equal(ryx_refuse_param(&without, 1, &e), RYX_E_VALIDATION);
  assert_string_equal(e.message, "parameter 2: no NaN");
  assert_string_equal(e.column, "");
  ryx_err_set(&e, RYX_E_VALIDATION, "no NaN");
  assert_int_equal(ryx_refuse_param(&unnamed, 0, &e), RYX_E_VALIDATION);
  assert_string_equal(e.message, "parameter 1: no NaN");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_column_is_named),
      cmocka_unit_test(others_have_a_number),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
