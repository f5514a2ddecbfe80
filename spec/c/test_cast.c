/* SPDX-License-Identifier: MIT */
/* value/cast: what converts without loss, and what is refused. */
#include "value/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "base/mem.h"

static ryx_arena arena;

static int setup(void **state)
{
  (void)state;
  ryx_arena_init(&arena, 0);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  ryx_arena_fini(&arena);
  return 0;
}

static ryx_val bytes(int type, const char *s)
{
  ryx_val v = {.type = (uint8_t)type, .len = (uint32_t)strlen(s), .u.s = s};

  return v;
}

static ryx_val number(int type, int64_t i)
{
  ryx_val v = {.type = (uint8_t)type, .u.i = i};

  return v;
}

static ryx_val real(double d)
{
  ryx_val v = {.type = RYX_T_DOUBLE, .u.d = d};

  return v;
}

static void to_int(ryx_val v, int want, int64_t expected)
{
  ryx_err e;

  if (ryx_val_cast(&v, want, &arena, &e) < 0) fail_msg("%s", e.message);
  assert_int_equal(v.type, want);
  assert_int_equal(v.u.i, expected);
}

static void to_bytes(ryx_val v, int want, const char *expected)
{
  ryx_err e;

  if (ryx_val_cast(&v, want, &arena, &e) < 0) fail_msg("%s", e.message);
  assert_int_equal(v.type, want);
  assert_int_equal(v.len, strlen(expected));
  assert_memory_equal(v.u.s, expected, v.len);
}

static void refused(ryx_val v, int want)
{
  ryx_val before = v;
  ryx_err e;

  assert_int_equal(ryx_val_cast(&v, want, &arena, &e), RYX_E_VALIDATION);
  assert_memory_equal(&v, &before, sizeof v);
  assert_non_null(strstr(e.message, "cannot read ")
                      ? e.message
                      : strstr(e.message, "JSON"));
}

static void text_goes_everywhere(void **state)
{
  ryx_val v = bytes(RYX_T_TEXT, "1.5");

  (void)state;
  to_int(bytes(RYX_T_TEXT, "-5"), RYX_T_INT, -5);
  to_int(bytes(RYX_T_TEXT, "yes"), RYX_T_BOOL, 1);
  to_int(bytes(RYX_T_TEXT, "1970-01-02"), RYX_T_DATE, 1);
  to_int(bytes(RYX_T_TEXT, "00:00:01"), RYX_T_TIME, 1000000);
  to_int(bytes(RYX_T_TEXT, "1970-01-01"), RYX_T_DATETIME, 0);
  to_int(bytes(RYX_T_TEXT, "1970-01-01 01:00+01"), RYX_T_DATETIMETZ, 0);
  to_int(bytes(RYX_T_TEXT, "PT1S"), RYX_T_DURATION, 1000000);
  to_bytes(bytes(RYX_T_TEXT, "1e2"), RYX_T_DECIMAL, "100");
  to_bytes(bytes(RYX_T_TEXT, "123456789ABCDEF0123456789abcdef0"), RYX_T_UUID,
           "12345678-9abc-def0-1234-56789abcdef0");
  to_bytes(bytes(RYX_T_TEXT, "{\"a\": 1}"), RYX_T_JSON, "{\"a\": 1}");
  to_bytes(bytes(RYX_T_TEXT, "abc"), RYX_T_BYTES, "abc");
  assert_int_equal(ryx_val_cast(&v, RYX_T_DOUBLE, &arena, NULL), 0);
  assert_true(v.type == RYX_T_DOUBLE && v.u.d == 1.5);
}

static void bad_text_is_refused(void **state)
{
  const int types[] = {RYX_T_INT,      RYX_T_BOOL,     RYX_T_DATE,
                       RYX_T_TIME,     RYX_T_DATETIME, RYX_T_DATETIMETZ,
                       RYX_T_DURATION, RYX_T_DECIMAL,  RYX_T_UUID,
                       RYX_T_JSON,     RYX_T_DOUBLE,   RYX_T_ARRAY,
                       RYX_T_NULL};

  (void)state;
  for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
    refused(bytes(RYX_T_TEXT, "{x"), types[i]);
    refused(bytes(RYX_T_TEXT, ""), types[i]);
  }
}

static void numbers_lose_nothing(void **state)
{
  ryx_val v = number(RYX_T_INT, INT64_C(1) << 53);

  (void)state;
  assert_int_equal(ryx_val_cast(&v, RYX_T_DOUBLE, &arena, NULL), 0);
  assert_true(v.u.d == 9007199254740992.0);
  v = number(RYX_T_INT, INT64_MIN);
  assert_int_equal(ryx_val_cast(&v, RYX_T_DOUBLE, &arena, NULL), 0);
  refused(number(RYX_T_INT, (INT64_C(1) << 53) + 1), RYX_T_DOUBLE);
  refused(number(RYX_T_INT, INT64_MAX), RYX_T_DOUBLE);
  to_bytes(number(RYX_T_INT, INT64_MIN), RYX_T_DECIMAL, "-9223372036854775808");
  to_int(number(RYX_T_INT, 1), RYX_T_BOOL, 1);
  refused(number(RYX_T_INT, 2), RYX_T_BOOL);
  refused(number(RYX_T_INT, 2), RYX_T_DATE);
  to_int(number(RYX_T_BOOL, 1), RYX_T_INT, 1);
  refused(number(RYX_T_BOOL, 1), RYX_T_DOUBLE);
  to_int(real(-0x1p63), RYX_T_INT, INT64_MIN);
  to_int(real(3), RYX_T_INT, 3);
  refused(real(3.5), RYX_T_INT);
  refused(real(0x1p63), RYX_T_INT);
  refused(real((double)NAN), RYX_T_INT);
  refused(real(-(double)INFINITY), RYX_T_INT);
  refused(real(1), RYX_T_DECIMAL);
}

static void times_cast_among_themselves(void **state)
{
  (void)state;
  to_int(number(RYX_T_DATE, 2), RYX_T_DATETIME, INT64_C(172800000000));
  to_int(number(RYX_T_DATE, INT64_MIN), RYX_T_DATETIMETZ, INT64_MIN);
  to_int(number(RYX_T_DATETIME, 7), RYX_T_DATETIMETZ, 7);
  to_int(number(RYX_T_DATETIMETZ, 7), RYX_T_DATETIME, 7);
  refused(number(RYX_T_DATE, INT64_MAX / 2), RYX_T_DATETIME);
  refused(number(RYX_T_DATETIME, 0), RYX_T_DATE);
  refused(number(RYX_T_TIME, 0), RYX_T_DATETIME);
  refused(number(RYX_T_DURATION, 5), RYX_T_INT);
}

static void everything_has_a_text(void **state)
{
  ryx_val array = bytes(RYX_T_ARRAY, "[1]");

  (void)state;
  to_bytes(number(RYX_T_BOOL, 0), RYX_T_TEXT, "false");
  to_bytes(number(RYX_T_BOOL, 1), RYX_T_TEXT, "true");
  to_bytes(number(RYX_T_INT, -5), RYX_T_TEXT, "-5");
  to_bytes(real(0.1), RYX_T_TEXT, "0.1");
  to_bytes(number(RYX_T_DATE, 0), RYX_T_TEXT, "1970-01-01");
  to_bytes(number(RYX_T_TIME, 1), RYX_T_TEXT, "00:00:00.000001");
  to_bytes(number(RYX_T_DATETIME, 0), RYX_T_TEXT, "1970-01-01 00:00:00.000000");
  to_bytes(number(RYX_T_DURATION, -1), RYX_T_TEXT, "-00:00:00.000001");
  to_bytes(bytes(RYX_T_DECIMAL, "1.50"), RYX_T_TEXT, "1.50");
  to_bytes(bytes(RYX_T_BYTES, "\xC3\xA9"), RYX_T_TEXT, "\xC3\xA9");
  refused(bytes(RYX_T_BYTES, "\xC3"), RYX_T_TEXT);
  refused(bytes(RYX_T_BYTES, "1"), RYX_T_INT);
  to_bytes(array, RYX_T_JSON, "[1]");
  refused(bytes(RYX_T_JSON, "[1]"), RYX_T_ARRAY);
}

static void null_and_same_type_stay(void **state)
{
  ryx_val v = {.type = RYX_T_NULL};
  ryx_val bad = bytes(RYX_T_TEXT, "\xFF");

  (void)state;
  assert_int_equal(ryx_val_cast(&v, RYX_T_DATE, &arena, NULL), 0);
  assert_int_equal(v.type, RYX_T_NULL);
  assert_int_equal(ryx_val_cast(&bad, RYX_T_TEXT, &arena, NULL), 0);
}

static void copy_owns_its_bytes(void **state)
{
  char text[] = "a\0b";
  ryx_val v = {.type = RYX_T_TEXT, .len = 3, .u.s = text};
  ryx_val i = number(RYX_T_INT, 5);

  (void)state;
  assert_int_equal(ryx_val_copy(&v, &arena), 0);
  memset(text, 'x', sizeof text);
  assert_memory_equal(v.u.s, "a\0b", 4);
  assert_int_equal(ryx_val_copy(&i, &arena), 0);
  assert_int_equal(i.u.i, 5);
}

static void shown(ryx_val v, const char *expected)
{
  char out[80];

  ryx_val_show(&v, out);
  assert_string_equal(out, expected);
}

static void values_are_shown_on_one_line(void **state)
{
  char text[400] = "";
  ryx_val v = bytes(RYX_T_TEXT, text);

  (void)state;
  shown((ryx_val){.type = RYX_T_NULL}, "null");
  shown(bytes(RYX_T_TEXT, "a\n\xFF\x7F\xC3\xA9"), "'a???\xC3\xA9'");
  shown(bytes(RYX_T_BYTES, "\x01\xFF"), "x'01ff'");
  shown(bytes(RYX_T_DECIMAL, "1.5"), "1.5");
  shown(number(RYX_T_BOOL, 1), "true");
  shown((ryx_val){.type = 99}, "");
  for (size_t i = 0; i < sizeof text; i++)
    text[i] = "\xF0\x9F\x98\x80"[i % 4];
  v.len = sizeof text;
  ryx_val_show(&v, text + 300);
  assert_int_equal(strlen(text + 300), 65);
  v.type = RYX_T_BYTES;
  ryx_val_show(&v, text + 300);
  assert_int_equal(strlen(text + 300), 66);
}

static void out_of_memory_is_told(void **state)
{
  ryx_arena a;
  ryx_err e;
  ryx_val v = number(RYX_T_INT, 5);

  (void)state;
  ryx_arena_init(&a, 0);
  ryx_mem_fail_at(1, true);
  assert_int_equal(ryx_val_cast(&v, RYX_T_TEXT, &a, &e), RYX_E_NOMEM);
  assert_int_equal(v.u.i, 5);
  v = bytes(RYX_T_TEXT, "x");
  assert_int_equal(ryx_val_copy(&v, &a), RYX_E_NOMEM);
  ryx_mem_fail_at(0, false);
  ryx_arena_fini(&a);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_goes_everywhere),
      cmocka_unit_test(bad_text_is_refused),
      cmocka_unit_test(numbers_lose_nothing),
      cmocka_unit_test(times_cast_among_themselves),
      cmocka_unit_test(everything_has_a_text),
      cmocka_unit_test(null_and_same_type_stay),
      cmocka_unit_test(copy_owns_its_bytes),
      cmocka_unit_test(values_are_shown_on_one_line),
      cmocka_unit_test(out_of_memory_is_told),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
