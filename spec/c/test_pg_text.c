/* SPDX-License-Identifier: MIT */
/* driver/pg_text: the server's text forms. */
#include "pg_fixture.h"

typedef bool reader(const char *s, size_t n, int64_t *out);

static void reads(reader *fn, const char *s, int64_t want)
{
  int64_t got;

  if (!fn(s, strlen(s), &got)) fail_msg("'%s' was not read", s);
  if (got != want) fail_msg("'%s' is %lld", s, (long long)got);
}

static void refuses(reader *fn, const char *s)
{
  int64_t got;

  if (fn(s, strlen(s), &got)) fail_msg("'%s' was read", s);
}

static void dates(void **state)
{
  (void)state;
  reads(ryx_pg_text_date, "1970-01-01", 0);
  reads(ryx_pg_text_date, "2024-02-29", 19782);
  reads(ryx_pg_text_date, "0001-12-31 BC", -719163);
  reads(ryx_pg_text_date, "10000-01-01", 2932897);
  reads(ryx_pg_text_date, "infinity", INT64_MAX);
  reads(ryx_pg_text_date, "-infinity", INT64_MIN);
  refuses(ryx_pg_text_date, "");
  refuses(ryx_pg_text_date, "02/29/2024");
  refuses(ryx_pg_text_date, "2024-02-29 AD");
  refuses(ryx_pg_text_date, "2024-02-2");
}

static void times(void **state)
{
  (void)state;
  reads(ryx_pg_text_time, "00:00:00", 0);
  reads(ryx_pg_text_time, "24:00:00", 86400000000);
  reads(ryx_pg_text_time, "01:02:03.4", 3723400000);
  refuses(ryx_pg_text_time, "01:02:03+02");
  refuses(ryx_pg_text_time, "01:02:03.");
}

static void datetimes(void **state)
{
  (void)state;
  reads(ryx_pg_text_datetime, "1970-01-01 00:00:01", 1000000);
  reads(ryx_pg_text_datetime, "1970-01-01 00:00:00.000001+00", 1);
  reads(ryx_pg_text_datetime, "1970-01-01 05:30:00+05:30", 0);
  reads(ryx_pg_text_datetime, "1969-12-31 20:00:00-04", 0);
  reads(ryx_pg_text_datetime, "0001-12-31 23:59:59.999999 BC",
        -62135596800000001);
  reads(ryx_pg_text_datetime, "infinity", INT64_MAX);
  refuses(ryx_pg_text_datetime, "1970-01-01");
  refuses(ryx_pg_text_datetime, "Thu Jan 01 00:00:00 1970");
}

static void intervals(void **state)
{
  (void)state;
  reads(ryx_pg_text_interval, "PT0S", 0);
  reads(ryx_pg_text_interval, "P1DT2H3M4.5S", 93784500000);
  reads(ryx_pg_text_interval, "PT-1H-0.000001S", -3600000001);
  reads(ryx_pg_text_interval, "P-1D", -86400000000);
  reads(ryx_pg_text_interval, "P1DT-1S", 86399000000);
  reads(ryx_pg_text_interval, "00:00:00", 0);
  reads(ryx_pg_text_interval, "1 day 02:03:04.5", 93784500000);
  reads(ryx_pg_text_interval, "-01:00:00.000001", -3600000001);
  reads(ryx_pg_text_interval, "-1 days", -86400000000);
  reads(ryx_pg_text_interval, "1 day -00:00:01", 86399000000);
  reads(ryx_pg_text_interval, "-1 days +00:00:01", -86399000000);
  refuses(ryx_pg_text_interval, "1 mon");
  refuses(ryx_pg_text_interval, "1 year 2 days");
  refuses(ryx_pg_text_interval, "1 day ");
  refuses(ryx_pg_text_interval, "1:02:03");
  refuses(ryx_pg_text_interval, "2562047789:00:00");
  refuses(ryx_pg_text_interval, "9999999999 days");
  refuses(ryx_pg_text_interval, "");
  refuses(ryx_pg_text_interval, "P1M");
  refuses(ryx_pg_text_interval, "P1Y2D");
  refuses(ryx_pg_text_interval, "P");
  refuses(ryx_pg_text_interval, "P999999999999D");
  reads(ryx_pg_text_interval, "1 day", 86400000000);
}

static void bytes(void **state)
{
  char out[8];

  (void)state;
  assert_int_equal(ryx_pg_text_bytes("\\x00ff1a", 8, out), 3);
  assert_memory_equal(out, "\0\xff\x1a", 3);
  assert_int_equal(ryx_pg_text_bytes("\\x", 2, out), 0);
  assert_int_equal(ryx_pg_text_bytes("\\xf", 3, out), -1);
  assert_int_equal(ryx_pg_text_bytes("\\xzz", 4, out), -1);
  assert_int_equal(ryx_pg_text_bytes("abc\\000", 7, out), -1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dates),     cmocka_unit_test(times),
      cmocka_unit_test(datetimes), cmocka_unit_test(intervals),
      cmocka_unit_test(bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
