/* SPDX-License-Identifier: MIT */
/* value/text: numbers, booleans, uuids, decimals, both ways. */
#include "value/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "base/mem.h"

static void types_have_names(void **state)
{
  (void)state;
  for (int t = 0; t < RYX_T_MAX; t++) {
    assert_int_equal(ryx_type_of(ryx_type_name(t)), t);
  }
  assert_string_equal(ryx_type_name(RYX_T_DATETIMETZ), "datetimetz");
  assert_string_equal(ryx_type_name(-1), "?");
  assert_string_equal(ryx_type_name(RYX_T_MAX), "?");
  assert_int_equal(ryx_type_of("Text"), -1);
}

static void ints_read_and_write(void **state)
{
  const int64_t values[] = {0,
                            1,
                            -1,
                            9,
                            10,
                            99,
                            -100,
                            123456789012345678,
                            999999999999999999,
                            1000000000000000000,
                            INT64_MAX,
                            INT64_MIN,
                            INT64_MAX - 1};
  char text[RYX_TEXT_MAX], expected[RYX_TEXT_MAX];
  int64_t v;

  (void)state;
  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    int n = snprintf(expected, sizeof expected, "%lld", (long long)values[i]);
    assert_int_equal(ryx_text_put_int(text, values[i]), n);
    assert_string_equal(text, expected);
    assert_int_equal(ryx_text_int(text, (size_t)n, &v, NULL), 0);
    assert_int_equal(v, values[i]);
  }
  assert_int_equal(ryx_text_int("-0", 2, &v, NULL), 0);
  assert_int_equal(v, 0);
  assert_int_equal(ryx_text_int("00000000000000000000007", 23, &v, NULL), 0);
  assert_int_equal(v, 7);
}

static void bad_ints_are_refused(void **state)
{
  const char *bad[] = {"",
                       "-",
                       "+1",
                       " 1",
                       "1 ",
                       "1.0",
                       "1e3",
                       "0x1",
                       "--1",
                       "1-",
                       "9223372036854775808",
                       "-9223372036854775809",
                       "99999999999999999999",
                       "18446744073709551616",
                       "\xD9\xA1"};
  ryx_err e;
  int64_t v = 42;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_text_int(bad[i], strlen(bad[i]), &v, &e),
                     RYX_E_VALIDATION);
    assert_int_equal(e.code, RYX_E_VALIDATION);
    assert_int_equal(v, 42);
  }
  assert_int_equal(ryx_text_int("1\0", 2, &v, &e), RYX_E_VALIDATION);
  assert_string_equal(e.message,
                      "cannot read '1?' as int: expected a whole "
                      "number of at most 64 bits");
}

static double read_double(const char *s)
{
  double d = -7;

  assert_int_equal(ryx_text_double(s, strlen(s), &d, NULL), 0);
  return d;
}

static void check_doubles(void)
{
  const double values[] = {0.1,     1.0 / 3,
                           1e22,    1e23,
                           5e-324,  DBL_MAX,
                           DBL_MIN, 1e15,
                           1e16,    123456.789,
                           -2.5,    9007199254740993.0,
                           0.3,     2.2250738585072011e-308,
                           1e-7,    4.35};
  char text[RYX_TEXT_MAX];

  for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
    int n = ryx_text_put_double(text, values[i]);
    assert_int_equal(n, strlen(text));
    assert_null(strchr(text, ','));
    assert_true(read_double(text) == values[i]);
  }
}

static void doubles_survive_text(void **state)
{
  uint64_t seed = 1;

  (void)state;
  check_doubles();
  for (int i = 0; i < 20000; i++) {
    double d;
    char text[RYX_TEXT_MAX];
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    memcpy(&d, &seed, sizeof d);
    if (!isfinite(d)) continue;
    assert_in_range(ryx_text_put_double(text, d), 1, RYX_TEXT_MAX - 1);
    assert_true(read_double(text) == d);
  }
}

/* Skipped where no locale with another decimal point is installed. */
static void doubles_ignore_the_locale(void **state)
{
  const char *names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
  int n = 0;

  (void)state;
  for (size_t i = 0; i < 3; i++) {
    if (!setlocale(LC_ALL, names[i])) continue;
    assert_string_not_equal(localeconv()->decimal_point, ".");
    check_doubles();
    n++;
  }
  setlocale(LC_ALL, "C");
  if (n == 0) skip();
}

static void shortest_text_is_written(void **state)
{
  const struct {
    double d;
    const char *s;
  } rows[] = {{0.1, "0.1"},
              {0.1 + 0.2, "0.30000000000000004"},
              {-0.0, "-0"},
              {0.0, "0"},
              {3.0, "3"},
              {1e20, "1e+20"},
              {1e-7, "1e-07"},
              {-1.5, "-1.5"},
              {INFINITY, "Infinity"},
              {-INFINITY, "-Infinity"},
              {NAN, "NaN"},
              {999999999999999.0, "999999999999999"},
              {1e15, "1e+15"}};
  char text[RYX_TEXT_MAX];

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ryx_text_put_double(text, rows[i].d);
    assert_string_equal(text, rows[i].s);
  }
}

static void doubles_are_read_exactly(void **state)
{
  char digits[900];

  (void)state;
  assert_true(isnan(read_double("NaN")));
  assert_true(read_double("inf") == (double)INFINITY);
  assert_true(read_double("-Infinity") == -(double)INFINITY);
  assert_true(signbit(read_double("-0")));
  assert_true(read_double("+1.50E+1") == 15.0);
  assert_true(read_double("1e-400") == 0);
  assert_true(read_double("0e999999999999") == 0);
  assert_true(read_double("000000000000000000000000000001") == 1);
  assert_true(read_double("9007199254740993") == 9007199254740992.0);
  memset(digits, '3', sizeof digits);
  memcpy(digits, "0.", 2);
  digits[sizeof digits - 1] = '\0';
  assert_true(read_double(digits) == 1.0 / 3);
}

static void bad_doubles_are_refused(void **state)
{
  const char *bad[] = {"",      ".",       "1.",    ".5",    "1e",
                       "1e+",   "0x1p3",   " 1",    "1 ",    "1,5",
                       "--1",   "nan(",    "+-1",   "1e400", "-1e400",
                       "1.5.5", "infinit", "1e5.5", "-nan"};
  double d;

  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_text_double(bad[i], strlen(bad[i]), &d, NULL),
                     RYX_E_VALIDATION);
  }
}

static void bools_have_words(void **state)
{
  const char *yes[] = {"true", "T", "1", "Yes", "ON"};
  const char *no[] = {"FALSE", "f", "0", "no", "Off"};
  int64_t v;

  (void)state;
  for (int i = 0; i < 5; i++) {
    assert_int_equal(ryx_text_bool(yes[i], strlen(yes[i]), &v, NULL), 0);
    assert_int_equal(v, 1);
    assert_int_equal(ryx_text_bool(no[i], strlen(no[i]), &v, NULL), 0);
    assert_int_equal(v, 0);
  }
  assert_int_equal(ryx_text_bool("", 0, &v, NULL), RYX_E_VALIDATION);
  assert_int_equal(ryx_text_bool("2", 1, &v, NULL), RYX_E_VALIDATION);
  assert_int_equal(ryx_text_bool("truex", 5, &v, NULL), RYX_E_VALIDATION);
}

static void uuids_are_normalised(void **state)
{
  const char *forms[] = {"12345678-9abc-def0-1234-56789ABCDEF0",
                         "123456789abcdef0123456789abcdef0",
                         "{12345678-9abc-def0-1234-56789abcdef0}",
                         "URN:uuid:12345678-9abc-def0-1234-56789abcdef0"};
  const char *bad[] = {"",
                       "{}",
                       "12345678-9abc-def0-1234-56789abcdefg",
                       "12345678-9abc-def0-123456789abcdef0-",
                       "123456789abcdef0123456789abcdef",
                       "{123456789abcdef0123456789abcdef0",
                       "12345678_9abc_def0_1234_56789abcdef0"};
  char out[37];

  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    assert_int_equal(ryx_text_uuid(forms[i], strlen(forms[i]), out, NULL), 0);
    assert_string_equal(out, "12345678-9abc-def0-1234-56789abcdef0");
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_text_uuid(bad[i], strlen(bad[i]), out, NULL),
                     RYX_E_VALIDATION);
  }
}

static void decimals_become_canonical(void **state)
{
  const char *rows[][2] = {
      {"0", "0"},
      {"-0", "0"},
      {"-0.00", "0.00"},
      {"000.50", "0.50"},
      {"+1", "1"},
      {"-12.340", "-12.340"},
      {"1e3", "1000"},
      {"1.50e1", "15.0"},
      {"1.5e-3", "0.0015"},
      {"1.50e2", "150"},
      {"1.50e3", "1500"},
      {"-5E-2", "-0.05"},
      {"0e5", "0"},
      {"0e-3", "0.000"},
      {"0.00e1", "0.0"},
      {"100e-2", "1.00"},
      {"nan", "NaN"},
      {"0.0123e2", "1.23"},
      {"12345678901234567890123456789012345678901234567890123456789012345.6",
       "12345678901234567890123456789012345678901234567890123456789012345.6"},
  };
  ryx_arena a;
  ryx_val v;

  (void)state;
  ryx_arena_init(&a, 0);
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(
        ryx_text_decimal(rows[i][0], strlen(rows[i][0]), &a, &v, NULL), 0);
    assert_int_equal(v.type, RYX_T_DECIMAL);
    assert_int_equal(v.len, strlen(rows[i][1]));
    assert_memory_equal(v.u.s, rows[i][1], v.len);
  }
  ryx_arena_fini(&a);
}

static void bad_decimals_are_refused(void **state)
{
  const char *bad[] = {"",         "-",        ".5",  "5.",  "1e", "1e999999",
                       "1e-20000", "Infinity", "1,5", "0x1", " 1", "1_0"};
  ryx_arena a;
  ryx_val v;
  ryx_err e;

  (void)state;
  ryx_arena_init(&a, 0);
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    assert_int_equal(ryx_text_decimal(bad[i], strlen(bad[i]), &a, &v, &e),
                     RYX_E_VALIDATION);
  }
  assert_int_equal(ryx_text_decimal("1e131071", 8, &a, &v, &e), 0);
  assert_int_equal(v.len, 131072);
  ryx_mem_fail_at(1, true);
  assert_int_equal(ryx_text_decimal("1e100", 5, &a, &v, &e), RYX_E_NOMEM);
  ryx_mem_fail_at(0, false);
  ryx_arena_fini(&a);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(types_have_names),
      cmocka_unit_test(ints_read_and_write),
      cmocka_unit_test(bad_ints_are_refused),
      cmocka_unit_test(doubles_survive_text),
      cmocka_unit_test(doubles_ignore_the_locale),
      cmocka_unit_test(shortest_text_is_written),
      cmocka_unit_test(doubles_are_read_exactly),
      cmocka_unit_test(bad_doubles_are_refused),
      cmocka_unit_test(bools_have_words),
      cmocka_unit_test(uuids_are_normalised),
      cmocka_unit_test(decimals_become_canonical),
      cmocka_unit_test(bad_decimals_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
