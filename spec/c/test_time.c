/* SPDX-License-Identifier: MIT */
/* value/time: the calendar, and what dates, times and durations do with each
 * other. */
#include "value/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <time.h>

static void calendar_agrees_with_the_c_library(void **state)
{
  (void)state;
  for (int64_t day = -800000; day < 3000000; day += 97) {
    time_t t = (time_t)day * RYX_DAY_S;
    struct tm tm;
    ryx_civil c;
    gmtime_r(&t, &tm);
    ryx_civil_of_days(day, &c);
    assert_int_equal(c.year, tm.tm_year + 1900);
    assert_int_equal(c.month, tm.tm_mon + 1);
    assert_int_equal(c.day, tm.tm_mday);
    assert_int_equal(c.hour | c.minute | c.second | c.micro, 0);
    assert_int_equal(ryx_civil_days(c.year, c.month, c.day), day);
  }
}

static void datetimes_before_1970_have_positive_parts(void **state)
{
  ryx_civil c;

  (void)state;
  ryx_civil_of_datetime(-1, &c);
  assert_int_equal(c.year, 1969);
  assert_int_equal(c.day, 31);
  assert_int_equal(c.hour, 23);
  assert_int_equal(c.minute, 59);
  assert_int_equal(c.second, 59);
  assert_int_equal(c.micro, 999999);
  ryx_civil_of_datetime(INT64_MIN, &c);
  ryx_civil_of_days(INT64_MIN, &c);
  ryx_civil_of_days(INT64_MAX, &c);
}

static void units_agree_with_each_other(void **state)
{
  (void)state;
  assert_int_equal(RYX_DAY_US, INT64_C(86400000000));
  assert_int_equal(RYX_DAY_S * RYX_SECOND_US, RYX_DAY_US);
  assert_int_equal(RYX_HOUR_S * RYX_SECOND_US, RYX_HOUR_US);
  assert_int_equal(RYX_MINUTE_S * RYX_SECOND_US, RYX_MINUTE_US);
  assert_int_equal(ryx_civil_clock(23, 59, 59), RYX_DAY_US - RYX_SECOND_US);
  assert_int_equal(ryx_civil_days(RYX_YEAR_MIN, 1, 1), RYX_DAY_FIRST);
  assert_int_equal(ryx_civil_days(RYX_YEAR_MAX, 12, 31), RYX_DAY_LAST);
  assert_int_equal(ryx_civil_days(2000, 1, 1), RYX_DAY_2000);
}

static void division_rounds_down(void **state)
{
  const int64_t all[] = {INT64_MIN, -14, -8, -7, -1, 0, 1, 6, 7, INT64_MAX};

  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    int64_t whole = ryx_time_floor(all[i], 7), rest = ryx_time_rest(all[i], 7);
    assert_in_range(rest, 0, 6);
    assert_true((__int128)whole * 7 + rest == all[i]);
  }
}

static void a_month_is_as_long_as_the_way_to_the_next(void **state)
{
  (void)state;
  for (int year = 1895; year <= 2005; year++)
    for (int month = 1; month <= 12; month++) {
      int64_t next = ryx_civil_days(year + month / 12, month % 12 + 1, 1);
      assert_int_equal(ryx_civil_month_days(year, month),
                       next - ryx_civil_days(year, month, 1));
    }
  assert_true(ryx_civil_is_leap(2000));
  assert_true(ryx_civil_is_leap(2024));
  assert_false(ryx_civil_is_leap(1900));
  assert_false(ryx_civil_is_leap(2023));
}

static void weekdays(void **state)
{
  (void)state;
  assert_int_equal(ryx_civil_weekday(0), 4);
  assert_int_equal(ryx_civil_weekday(3), 0);
  assert_int_equal(ryx_civil_weekday(-4), 0);
  assert_int_equal(ryx_civil_weekday(RYX_DAY_FIRST), 1);
}

static void ranges_end_where_they_say(void **state)
{
  (void)state;
  assert_true(ryx_civil_has_day(RYX_DAY_FIRST));
  assert_false(ryx_civil_has_day(RYX_DAY_FIRST - 1));
  assert_true(ryx_civil_has_day(RYX_DAY_LAST));
  assert_false(ryx_civil_has_day(RYX_DAY_LAST + 1));
  assert_true(ryx_civil_has_datetime(RYX_DAY_FIRST * RYX_DAY_US));
  assert_false(ryx_civil_has_datetime(RYX_DAY_FIRST * RYX_DAY_US - 1));
  assert_true(ryx_civil_has_datetime((RYX_DAY_LAST + 1) * RYX_DAY_US - 1));
  assert_false(ryx_civil_has_datetime((RYX_DAY_LAST + 1) * RYX_DAY_US));
  assert_true(ryx_time_in_day(0));
  assert_false(ryx_time_in_day(-1));
  assert_true(ryx_time_in_day(RYX_DAY_US - 1));
  assert_false(ryx_time_in_day(RYX_DAY_US));
  assert_false(ryx_civil_has_day(INT64_MAX));
  assert_false(ryx_civil_has_datetime(INT64_MIN));
}

static ryx_val val(int type, int64_t i)
{
  return (ryx_val){.type = (uint8_t)type, .u.i = i};
}

static void parts_that_are_out_of_range_are_named(void **state)
{
  static const struct {
    ryx_civil parts;
    const char *message; /* NULL: fine */
  } all[] = {
      {{2024, 2, 29, 23, 59, 59, 999999}, NULL},
      {{1, 1, 1, 0, 0, 0, 0}, NULL},
      {{9999, 12, 31, 0, 0, 0, 0}, NULL},
      {{0, 1, 1, 0, 0, 0, 0}, "year 0 is out of range"},
      {{10000, 1, 1, 0, 0, 0, 0}, "year 10000 is out of range"},
      {{2024, 0, 1, 0, 0, 0, 0}, "month 0 is out of range"},
      {{2024, 13, 1, 0, 0, 0, 0}, "month 13 is out of range"},
      {{2024, 4, 0, 0, 0, 0, 0}, "day 0 is out of range"},
      {{2024, 4, 31, 0, 0, 0, 0}, "day 31 is out of range"},
      {{2023, 2, 29, 0, 0, 0, 0}, "day 29 is out of range"},
      {{2024, 1, 1, 24, 0, 0, 0}, "hour 24 is out of range"},
      {{2024, 1, 1, 0, 60, 0, 0}, "minute 60 is out of range"},
      {{2024, 1, 1, 0, 0, 60, 0}, "second 60 is out of range"},
      {{2024, 1, 1, 0, 0, 0, 1000000}, "microsecond 1000000 is out of range"},
      {{2024, 1, 1, -1, 0, 0, 0}, "hour -1 is out of range"},
  };
  ryx_civil back;
  ryx_val v;
  ryx_err e;

  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    int rc = ryx_time_make(RYX_T_DATETIME, &all[i].parts, &v, &e);
    assert_int_equal(rc, all[i].message ? RYX_E_VALIDATION : 0);
    if (all[i].message) {
      assert_string_equal(e.message, all[i].message);
    } else {
      assert_true(ryx_time_parts(&v, &back));
      assert_memory_equal(&back, &all[i].parts, sizeof back);
    }
  }
}

static void only_the_parts_of_the_type_count(void **state)
{
  const ryx_civil clock = {.hour = 1, .micro = 2};
  const ryx_civil day = {.year = 1970, .month = 1, .day = 2, .hour = 99};
  ryx_val v;
  ryx_err e;

  (void)state;
  assert_int_equal(ryx_time_make(RYX_T_TIME, &clock, &v, &e), 0);
  assert_int_equal(v.u.i, RYX_HOUR_US + 2);
  assert_int_equal(ryx_time_make(RYX_T_DATE, &day, &v, &e), 0);
  assert_int_equal(v.u.i, 1);
  assert_int_equal(ryx_time_make(RYX_T_DURATION, &clock, &v, &e), RYX_E_MISUSE);
  assert_string_equal(e.message, "duration has no parts");
}

static void infinity_and_other_types_have_no_parts(void **state)
{
  const ryx_val all[] = {val(RYX_T_DATE, INT64_MAX),
                         val(RYX_T_DATETIME, INT64_MIN),
                         val(RYX_T_DATETIMETZ, INT64_MAX),
                         val(RYX_T_DURATION, 1), val(RYX_T_INT, 1)};
  ryx_civil c;

  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    assert_false(ryx_time_parts(&all[i], &c));
}

static void values_split_into_days_and_what_is_left(void **state)
{
  static const struct {
    int type;
    int64_t i, days, us;
  } all[] = {
      {RYX_T_DATETIME, -1, -1, RYX_DAY_US - 1},
      {RYX_T_DATETIMETZ, RYX_DAY_US, 1, 0},
      {RYX_T_DURATION, -RYX_DAY_US, -1, 0},
      {RYX_T_DURATION, INT64_MAX, 106751991, 14454775807},
      {RYX_T_DURATION, INT64_MIN, -106751992, 71945224192},
  };
  ryx_val v = val(RYX_T_DATETIME, INT64_MIN);
  int64_t days, us;

  (void)state;
  assert_false(ryx_time_split(&v, &days, &us));
  assert_true(days == INT64_MIN && us == 0);
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    v = val(all[i].type, all[i].i);
    assert_true(ryx_time_split(&v, &days, &us));
    assert_int_equal(days, all[i].days);
    assert_int_equal(us, all[i].us);
  }
}

typedef int calculation(const ryx_val *a, const ryx_val *b, ryx_val *out,
                        ryx_err *e);

static void gives(calculation *fn, ryx_val a, ryx_val b, ryx_val expected)
{
  ryx_val out;
  ryx_err e;

  assert_int_equal(fn(&a, &b, &out, &e), 0);
  assert_int_equal(out.type, expected.type);
  assert_int_equal(out.u.i, expected.u.i);
}

static void refuses(calculation *fn, ryx_val a, ryx_val b, int code,
                    const char *message)
{
  ryx_val out;
  ryx_err e;

  assert_int_equal(fn(&a, &b, &out, &e), code);
  assert_string_equal(e.message, message);
}

#define DATE(i)  val(RYX_T_DATE, i)
#define CLOCK(i) val(RYX_T_TIME, i)
#define STAMP(i) val(RYX_T_DATETIME, i)
#define UTC(i)   val(RYX_T_DATETIMETZ, i)
#define SPAN(i)  val(RYX_T_DURATION, i)

static void durations_move_values(void **state)
{
  (void)state;
  gives(ryx_time_add, DATE(5), SPAN(-RYX_DAY_US), DATE(4));
  gives(ryx_time_add, SPAN(RYX_DAY_US), DATE(5), DATE(6));
  gives(ryx_time_sub, DATE(5), SPAN(RYX_DAY_US), DATE(4));
  gives(ryx_time_add, STAMP(5), SPAN(-6), STAMP(-1));
  gives(ryx_time_add, SPAN(1), UTC(5), UTC(6));
  gives(ryx_time_add, SPAN(1), SPAN(2), SPAN(3));
  gives(ryx_time_sub, SPAN(1), SPAN(2), SPAN(-1));
  gives(ryx_time_add, DATE(INT64_MAX), SPAN(RYX_DAY_US), DATE(INT64_MAX));
  gives(ryx_time_sub, STAMP(INT64_MIN), SPAN(1), STAMP(INT64_MIN));
}

static void differences_are_durations(void **state)
{
  (void)state;
  gives(ryx_time_sub, DATE(5), DATE(7), SPAN(-2 * RYX_DAY_US));
  gives(ryx_time_sub, STAMP(5), UTC(7), SPAN(-2));
  gives(ryx_time_sub, CLOCK(7), CLOCK(5), SPAN(2));
}

static void results_stay_in_range(void **state)
{
  const char *far = "the result is out of range";
  const int64_t last = (RYX_DAY_LAST + 1) * RYX_DAY_US - 1;

  (void)state;
  refuses(ryx_time_add, DATE(RYX_DAY_LAST), SPAN(RYX_DAY_US), RYX_E_VALIDATION,
          far);
  refuses(ryx_time_add, STAMP(last), SPAN(1), RYX_E_VALIDATION, far);
  refuses(ryx_time_sub, UTC(RYX_DAY_FIRST * RYX_DAY_US), SPAN(1),
          RYX_E_VALIDATION, far);
  refuses(ryx_time_add, SPAN(INT64_MAX), SPAN(1), RYX_E_VALIDATION, far);
  refuses(ryx_time_sub, STAMP(0), SPAN(INT64_MIN), RYX_E_VALIDATION, far);
  refuses(ryx_time_sub, DATE(INT64_MAX), DATE(0), RYX_E_VALIDATION, far);
  refuses(ryx_time_add, DATE(0), SPAN(1), RYX_E_VALIDATION,
          "a date moves by whole days: use a datetime");
}

static void what_does_not_go_together_is_named(void **state)
{
  (void)state;
  refuses(ryx_time_add, DATE(0), DATE(0), RYX_E_MISUSE,
          "cannot add a date and a date");
  refuses(ryx_time_add, CLOCK(0), SPAN(0), RYX_E_MISUSE,
          "cannot add a time and a duration");
  refuses(ryx_time_sub, SPAN(0), DATE(0), RYX_E_MISUSE,
          "cannot subtract a duration and a date");
  refuses(ryx_time_sub, DATE(0), STAMP(0), RYX_E_MISUSE,
          "cannot subtract a date and a datetime");
  refuses(ryx_time_sub, val(RYX_T_INT, 2), val(RYX_T_INT, 1), RYX_E_MISUSE,
          "cannot subtract a int and a int");
}

static void now_is_the_time_of_the_c_library(void **state)
{
  time_t before = time(NULL);
  int64_t now = ryx_time_now() / RYX_SECOND_US;

  (void)state;
  /* time() may read a clock that a tick has not moved yet. */
  assert_in_range(now, before - 1, time(NULL) + 1);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calendar_agrees_with_the_c_library),
      cmocka_unit_test(datetimes_before_1970_have_positive_parts),
      cmocka_unit_test(units_agree_with_each_other),
      cmocka_unit_test(division_rounds_down),
      cmocka_unit_test(a_month_is_as_long_as_the_way_to_the_next),
      cmocka_unit_test(weekdays),
      cmocka_unit_test(ranges_end_where_they_say),
      cmocka_unit_test(parts_that_are_out_of_range_are_named),
      cmocka_unit_test(only_the_parts_of_the_type_count),
      cmocka_unit_test(infinity_and_other_types_have_no_parts),
      cmocka_unit_test(values_split_into_days_and_what_is_left),
      cmocka_unit_test(durations_move_values),
      cmocka_unit_test(differences_are_durations),
      cmocka_unit_test(results_stay_in_range),
      cmocka_unit_test(what_does_not_go_together_is_named),
      cmocka_unit_test(now_is_the_time_of_the_c_library),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
