/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "value/text_check.h"

static int check(int type, const char *s, size_t n, const char *why)
{
  ryx_val v = {.type = (uint8_t)type, .len = (uint32_t)n, .u.s = s};
  ryx_err e;
  int rc = ryx_text_check(&v, &e);

  if (rc < 0 && why) assert_non_null(strstr(e.message, why));
  return rc;
}

#define S(s) s, sizeof s - 1

static void text_is_utf_8(void **state)
{
  (void)state;
  assert_int_equal(check(RYX_T_TEXT, NULL, 0, NULL), 0);
  assert_int_equal(check(RYX_T_TEXT, S("h\xc3\xa9 \\u0000"), NULL), 0);
  assert_int_equal(check(RYX_T_TEXT, S("\xff"), "UTF-8"), RYX_E_VALIDATION);
  assert_int_equal(check(RYX_T_JSON, S("\"\xff\""), "UTF-8"), RYX_E_VALIDATION);
}

static void text_has_no_nul(void **state)
{
  (void)state;
  assert_int_equal(check(RYX_T_TEXT, S("a\0b"), "NUL"), RYX_E_VALIDATION);
  assert_int_equal(check(RYX_T_TEXT, S("a\0"), "NUL"), RYX_E_VALIDATION);
  assert_int_equal(check(RYX_T_JSON, S("{\"a\\u0000\":1}"), "NUL"),
                   RYX_E_VALIDATION);
  assert_int_equal(check(RYX_T_ARRAY, S("[\"\\u0000\"]"), "NUL"),
                   RYX_E_VALIDATION);
  assert_int_equal(check(RYX_T_JSON, S("\"\\\\u0000\""), NULL), 0);
  assert_int_equal(check(RYX_T_JSON, S("\"\\"), NULL), 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_utf_8),
      cmocka_unit_test(text_has_no_nul),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
