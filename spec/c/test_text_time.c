/* SPDX-License-Identifier: MIT */
/* value/text_time: dates, times, datetimes and durations as text. */
#include "value/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "value/time.h"

typedef int reader(const char *s, size_t n, int64_t *out, ryx_err *e);
typedef int writer(char *out, int64_t v);

static int64_t good(reader *read, const char *s)
{
  ryx_err e;
  int64_t v = 0;

  if (read(s, strlen(s), &v, &e) < 0) fail_msg("%s", e.message);
  return v;
}

static void refuse(reader *read, const char *const *texts, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    ryx_err e;
    int64_t v;
    if (read(texts[i], strlen(texts[i]), &v, &e) != RYX_E_VALIDATION) {
      fail_msg("'%s' was read", texts[i]);
    }
    assert_non_null(strstr(e.message, "cannot read '"));
  }
}
#define REFUSE(read, ...)                                   \
  do {                                                      \
    const char *const texts_[] = {__VA_ARGS__};             \
    refuse(read, texts_, sizeof texts_ / sizeof texts_[0]); \
  } while (0)

static void written(writer *put, int64_t v, const char *expected)
{
  char text[RYX_TEXT_MAX];

  assert_int_equal(put(text, v), strlen(expected));
  assert_string_equal(text, expected);
}

static void dates(void **state)
{
  (void)state;
  assert_int_equal(good(ryx_text_date, "1970-01-01"), 0);
  assert_int_equal(good(ryx_text_date, "0001-01-01"), -719162);
  assert_int_equal(good(ryx_text_date, "9999-12-31"), 2932896);
  assert_int_equal(good(ryx_text_date, "2000-02-29"), 11016);
  assert_int_equal(good(ryx_text_date, "2024-02-29"), 19782);
  REFUSE(ryx_text_date, "", "2024-1-01", "2023-02-29", "1900-02-29",
         "2024-04-31", "2024-00-01", "2024-13-01", "2024-01-00", "0000-01-01",
         "2024/01/01", "2024-01-01 ", " 2024-01-01", "20240101", "2024-01-0a",
         "-2024-01-01", "12024-01-01", "2024-01-01 BC", "0000-00-00");
}

static void times(void **state)
{
  (void)state;
  assert_int_equal(good(ryx_text_time, "00:00"), 0);
  assert_int_equal(good(ryx_text_time, "23:59:59.999999"), RYX_DAY_US - 1);
  assert_int_equal(good(ryx_text_time, "01:02:03.5"), 3723500000);
  REFUSE(ryx_text_time, "", "1:00", "24:00", "24:00:00", "23:60", "23:59:60",
         "12", "12:", "12:00:", "12:00:00.", "12:00:00.1234567", "12:00:0",
         "12:00:00,5", "12:00:00Z", "-1:00:00", "12:00 ", "12-00");
}

static void datetimes(void **state)
{
  reader *read = ryx_text_datetime;

  (void)state;
  assert_int_equal(good(read, "1970-01-01 00:00:00.000001"), 1);
  assert_int_equal(good(read, "1970-01-02"), RYX_DAY_US);
  assert_int_equal(good(read, "1970-01-01T01:00"), RYX_HOUR_US);
  assert_int_equal(good(read, "1970-01-01 01:00:00Z"), RYX_HOUR_US);
  assert_int_equal(good(read, "1970-01-01 01:00:00+01"), 0);
  assert_int_equal(good(read, "1970-01-01 01:00:00.25-01:30"),
                   2 * RYX_HOUR_US + RYX_HOUR_US / 2 + RYX_SECOND_US / 4);
  assert_int_equal(good(read, "1970-01-01T01:00+00:19:32"),
                   RYX_HOUR_US - 1172 * RYX_SECOND_US);
  assert_int_equal(good(read, "0001-01-01 00:00:00"), -719162 * RYX_DAY_US);
  assert_int_equal(good(read, "9999-12-31 23:59:59.999999"),
                   2932897 * RYX_DAY_US - 1);
}

static void bad_datetimes_are_refused(void **state)
{
  (void)state;
  REFUSE(ryx_text_datetime, "", "2024-01-01 ", "2024-01-01T",
         "2024-01-01x10:00", "2024-01-01  10:00", "2024-01-01 10:00:60",
         "2024-01-01 24:00:00", "2024-01-01 10:00:00.1234567",
         "2024-01-01 10:00:00.", "2024-01-01 10:00:00 Z",
         "2024-01-01 10:00:00z", "2024-01-01 10:00:00+1",
         "2024-01-01 10:00:00+0100", "2024-01-01 10:00:00+01:60",
         "2024-01-01 10:00:00+24", "2024-01-01 10:00:00+01:00:00:00",
         "2024-01-01 10:00:00 BC", "0001-01-01 00:00:00+01",
         "9999-12-31 23:59:59-01", "2024-01-01 10:00:00ZZ", "now",
         "2016-12-31 23:59:60");
}

static void durations(void **state)
{
  reader *read = ryx_text_duration;

  (void)state;
  assert_int_equal(good(read, "00:00:01"), RYX_SECOND_US);
  assert_int_equal(good(read, "-00:00:00.000001"), -1);
  assert_int_equal(good(read, "100:00:00"), 100 * RYX_HOUR_US);
  assert_int_equal(good(read, "1 day 00:00:01.5"), RYX_DAY_US + 1500000);
  assert_int_equal(good(read, "3 days"), 3 * RYX_DAY_US);
  assert_int_equal(good(read, "-1 days +02:00:00"),
                   -RYX_DAY_US + 2 * RYX_HOUR_US);
  assert_int_equal(good(read, "-1 days -02:00:00"),
                   -RYX_DAY_US - 2 * RYX_HOUR_US);
  assert_int_equal(good(read, "P1DT2H3M4.5S"),
                   RYX_DAY_US + 2 * RYX_HOUR_US + 184500000);
  assert_int_equal(good(read, "-PT1M"), -60 * RYX_SECOND_US);
  assert_int_equal(good(read, "P-1DT-2H"), -RYX_DAY_US - 2 * RYX_HOUR_US);
  assert_int_equal(good(read, "PT0S"), 0);
  assert_int_equal(good(read, "PT-0.5S"), -500000);
  REFUSE(read, "", "P", "PT", "P1", "P1DT", "P1M", "P1Y", "PT1D", "PT1S2H",
         "P1D2H", "PT1.5H", "PT1.1234567S", "PT1.S", "T1H", "1:00", "1",
         "1:60:00", "1:00:60", "1 dayz", "1 month", "1 day x", "--1:00:00",
         "1 day 1:00:00 ", "99999999999999999999:00:00",
         "9223372036854775807 days", "PT1HT1M", "P1D1D", "1 day ", "-");
}

static void values_are_written(void **state)
{
  (void)state;
  written(ryx_text_put_date, 0, "1970-01-01");
  written(ryx_text_put_date, -719162, "0001-01-01");
  written(ryx_text_put_date, 2932897, "10000-01-01");
  written(ryx_text_put_date, INT64_MAX, "infinity");
  written(ryx_text_put_date, INT64_MIN + 1, "0000-00-00");
  written(ryx_text_put_time, RYX_DAY_US, "24:00:00.000000");
  written(ryx_text_put_time, 0, "00:00:00.000000");
  written(ryx_text_put_time, RYX_DAY_US - 1, "23:59:59.999999");
  written(ryx_text_put_datetime, -1, "1969-12-31 23:59:59.999999");
  written(ryx_text_put_datetime, INT64_MIN, "-infinity");
  written(ryx_text_put_datetime, INT64_MAX - 1, "294247-01-10 04:00:54.775806");
  written(ryx_text_put_duration, -1, "-00:00:00.000001");
  written(ryx_text_put_duration, 100 * RYX_HOUR_US, "100:00:00.000000");
  written(ryx_text_put_duration, INT64_MIN, "-2562047788:00:54.775808");
  written(ryx_text_put_date, INT64_MAX - 1, "1916536874-11-22");
}

static void what_is_written_reads_back(void **state)
{
  char text[RYX_TEXT_MAX];
  int64_t back;

  (void)state;
  for (int64_t us = -719162 * RYX_DAY_US; us < 2932896 * RYX_DAY_US;
       us += 1234567890123457) {
    size_t n = (size_t)ryx_text_put_datetime(text, us);
    assert_int_equal(n, 26);
    assert_int_equal(ryx_text_datetime(text, n, &back, NULL), 0);
    assert_int_equal(back, us);
    n = (size_t)ryx_text_put_duration(text, us);
    assert_int_equal(ryx_text_duration(text, n, &back, NULL), 0);
    assert_int_equal(back, us);
  }
}

static void iso(int type, int64_t i, const char *expected)
{
  ryx_val v = {.type = (uint8_t)type, .u.i = i};
  char text[RYX_TEXT_MAX];

  assert_int_equal(ryx_text_put_iso(text, &v), strlen(expected));
  assert_string_equal(text, expected);
}

static void values_are_written_as_iso_8601(void **state)
{
  const int64_t odd = 12 * RYX_HOUR_US + 34 * RYX_MINUTE_US + 56000007;

  (void)state;
  iso(RYX_T_DATE, 19782, "2024-02-29");
  iso(RYX_T_DATE, INT64_MIN, "-infinity");
  iso(RYX_T_TIME, 0, "00:00:00");
  iso(RYX_T_TIME, odd, "12:34:56.000007");
  iso(RYX_T_TIME, 500000, "00:00:00.500000");
  iso(RYX_T_DATETIME, -RYX_SECOND_US, "1969-12-31T23:59:59");
  iso(RYX_T_DATETIMETZ, odd, "1970-01-01T12:34:56.000007Z");
  /* A time may be 24:00:00, a moment is the next day then. */
  iso(RYX_T_DATETIME, RYX_DAY_US, "1970-01-02T00:00:00");
  iso(RYX_T_DATETIMETZ, -RYX_DAY_US, "1969-12-31T00:00:00Z");
  iso(RYX_T_DATETIMETZ, INT64_MAX, "infinity");
  iso(RYX_T_DATETIME, INT64_MAX - 1, "294247-01-10T04:00:54.775806");
  iso(RYX_T_DURATION, 0, "PT0S");
  iso(RYX_T_DURATION, -1, "-PT0.000001S");
  iso(RYX_T_DURATION, RYX_DAY_US, "P1D");
  iso(RYX_T_DURATION, 20 * RYX_HOUR_US, "PT20H");
  iso(RYX_T_DURATION, -RYX_DAY_US - 10 * RYX_MINUTE_US, "-P1DT10M");
  iso(RYX_T_DURATION, odd, "PT12H34M56.000007S");
  iso(RYX_T_DURATION, 30 * RYX_SECOND_US, "PT30S");
  iso(RYX_T_DURATION, 10500000, "PT10.5S");
  iso(RYX_T_DURATION, INT64_MIN, "-P106751991DT4H54.775808S");
  iso(RYX_T_INT, 7, "");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates),
      cmocka_unit_test(times),
      cmocka_unit_test(datetimes),
      cmocka_unit_test(bad_datetimes_are_refused),
      cmocka_unit_test(durations),
      cmocka_unit_test(values_are_written),
      cmocka_unit_test(what_is_written_reads_back),
      cmocka_unit_test(values_are_written_as_iso_8601),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
