/* SPDX-License-Identifier: MIT */
/* value/pg_binary: the bytes that PostgreSQL reads. That it reads them so,
 * bulk_spec and test_pg_param show. */
#include "value/pg_binary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static ryx_val number(int type, int64_t i)
{
  return (ryx_val){.type = (uint8_t)type, .u.i = i};
}

static ryx_val bytes(int type, const char *s, size_t n)
{
  return (ryx_val){.type = (uint8_t)type, .len = (uint32_t)n, .u.s = s};
}

static void fixed(ryx_val v, const char *want, size_t n)
{
  char out[RYX_PG_FIXED_MAX];
  ryx_err e;

  assert_int_equal(ryx_pg_fixed(&v, out, &e), n);
  assert_memory_equal(out, want, n);
}

static void values_of_fixed_size(void **state)
{
  (void)state;
  fixed(number(RYX_T_BOOL, 1), "\1", 1);
  fixed(number(RYX_T_INT, -2), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE", 8);
  fixed(number(RYX_T_DURATION, 258), "\0\0\0\0\0\0\1\2", 8);
  fixed((ryx_val){.type = RYX_T_DOUBLE, .u.d = 1}, "\x3F\xF0\0\0\0\0\0\0", 8);
  fixed(number(RYX_T_DATE, 10957), "\0\0\0\0", 4);
  fixed(number(RYX_T_DATE, INT64_MAX), "\x7F\xFF\xFF\xFF", 4);
  fixed(number(RYX_T_DATE, INT64_MIN), "\x80\0\0\0", 4);
  fixed(number(RYX_T_DATETIME, INT64_C(946684800000001)), "\0\0\0\0\0\0\0\1",
        8);
  fixed(number(RYX_T_DATETIMETZ, INT64_MAX), "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
        8);
  fixed(bytes(RYX_T_TEXT, "a", 1), "", 0);
  fixed(bytes(RYX_T_DECIMAL, "1", 1), "", 0);
}

static void dates_out_of_range(void **state)
{
  ryx_val bad[] = {number(RYX_T_DATE, INT64_MAX - 1),
                   number(RYX_T_DATETIME, INT64_MIN + 1)};
  char out[RYX_PG_FIXED_MAX];
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(ryx_pg_fixed(&bad[i], out, &e), RYX_E_VALIDATION);
}

static void arrays(void **state)
{
  static const char want[] =
      "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\3\0\0\0\1" /* text[3] from 1 */
      "\0\0\0\2hi\xFF\xFF\xFF\xFF\0\0\0\0";
  ryx_val v[] = {bytes(RYX_T_TEXT, "hi", 2),
                 {.type = RYX_T_NULL},
                 bytes(RYX_T_TEXT, NULL, 0)};
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  assert_int_equal(ryx_pg_array_begin(&out, RYX_T_TEXT, 3, &e), 0);
  for (int i = 0; i < 3; i++)
    assert_int_equal(ryx_pg_array_put(&out, RYX_T_TEXT, &v[i], &e), 0);
  assert_int_equal(out.len, sizeof want - 1);
  assert_memory_equal(out.data, want, out.len);
  ryx_buf_fini(&out);
}

static void items_are_checked(void **state)
{
  ryx_val bad[] = {bytes(RYX_T_TEXT, "a\0b", 3), bytes(RYX_T_TEXT, "\xFF", 1),
                   number(RYX_T_INT, 1), bytes(RYX_T_BYTES, "x", 1)};
  ryx_buf out;
  ryx_err e;

  (void)state;
  ryx_buf_init(&out, 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(ryx_pg_array_put(&out, RYX_T_TEXT, &bad[i], &e),
                     RYX_E_VALIDATION);
  }
  ryx_buf_fini(&out);
  assert_true(ryx_pg_array_takes(RYX_T_TEXT));
  assert_true(ryx_pg_array_takes(RYX_T_DATE));
  assert_false(ryx_pg_array_takes(RYX_T_DECIMAL));
  assert_false(ryx_pg_array_takes(RYX_T_UUID));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_of_fixed_size),
      cmocka_unit_test(dates_out_of_range),
      cmocka_unit_test(arrays),
      cmocka_unit_test(items_are_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
