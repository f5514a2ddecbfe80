/* SPDX-License-Identifier: MIT */
/* The calendar, proleptic Gregorian and without leap seconds: no other C file
 * knows how long a month is, or when a year ends. What counts days counts from
 * 1970-01-01; microseconds count from its midnight. */
#ifndef RYX_VALUE_TIME_H
#define RYX_VALUE_TIME_H

#include "ryx_value.h"

/* In seconds, the unit of time zones; RYX_DAY_US and its like, the unit of
 * values, stand in ryx_value.h. */
enum { RYX_MINUTE_S = 60, RYX_HOUR_S = 3600, RYX_DAY_S = 86400 };

enum {
  RYX_DAY_FIRST = -719162, /* 0001-01-01, of RYX_YEAR_MIN */
  RYX_DAY_LAST = 2932896,  /* 9999-12-31, of RYX_YEAR_MAX */
  RYX_DAY_2000 = 10957     /* 2000-01-01, where PostgreSQL counts from */
};

/* The i of a DATE or DATETIME with zeros in it, MariaDB's and MySQL's, which is
 * no day. */
#define RYX_TIME_ZEROS (INT64_MIN + 1)

/* v in whole units, rounded down: -1 us lies in day -1. */
static inline int64_t ryx_time_floor(int64_t v, int64_t unit)
{
  return v / unit - (v % unit < 0);
}

/* What ryx_time_floor leaves, 0 to unit - 1. */
static inline int64_t ryx_time_rest(int64_t v, int64_t unit)
{
  int64_t rest = v % unit;

  return rest < 0 ? rest + unit : rest;
}

/* Of the i of a DATE, DATETIME or DATETIMETZ. */
static inline bool ryx_time_is_infinite(int64_t i)
{
  return i == INT64_MAX || i == INT64_MIN;
}

/* A TIME lies within one day. */
static inline bool ryx_time_in_day(int64_t us)
{
  return us >= 0 && us < RYX_DAY_US;
}

/* Within the years 1 to 9999; an infinity is not. */
static inline bool ryx_civil_has_day(int64_t days)
{
  return days >= RYX_DAY_FIRST && days <= RYX_DAY_LAST;
}

static inline bool ryx_civil_has_datetime(int64_t us)
{
  return us >= RYX_DAY_FIRST * RYX_DAY_US &&
         us < (RYX_DAY_LAST + 1) * RYX_DAY_US;
}

static inline bool ryx_civil_is_leap(int year)
{
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* month is 1 to 12. */
static inline int ryx_civil_month_days(int year, int month)
{
  static const uint8_t lengths[] = {0,  31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31};

  return lengths[month] + (month == 2 && ryx_civil_is_leap(year));
}

/* Sunday is 0. 1970-01-01 was a Thursday. */
static inline int ryx_civil_weekday(int64_t days)
{
  return (int)ryx_time_rest(days + 4, 7);
}

/* Microseconds of a clock's hands, which need not lie within a day. */
static inline int64_t ryx_civil_clock(int64_t hour, int64_t minute,
                                      int64_t second)
{
  return hour * RYX_HOUR_US + minute * RYX_MINUTE_US + second * RYX_SECOND_US;
}

int64_t ryx_civil_days(int year, int month, int day);

/* The inverse; the time of day is 0. A day whose year is no int gives the
 * furthest that is. */
void ryx_civil_of_days(int64_t days, ryx_civil *out);
void ryx_civil_of_datetime(int64_t us, ryx_civil *out);

/* What ryx.h says of ryx_val_parts, _make, _split, _add and _sub. */
bool ryx_time_parts(const ryx_val *v, ryx_civil *out);
RYX_MUST int ryx_time_make(int type, const ryx_civil *p, ryx_val *out,
                           ryx_err *e);
bool ryx_time_split(const ryx_val *v, int64_t *days, int64_t *us);
RYX_MUST int ryx_time_add(const ryx_val *a, const ryx_val *b, ryx_val *out,
                          ryx_err *e);
RYX_MUST int ryx_time_sub(const ryx_val *a, const ryx_val *b, ryx_val *out,
                          ryx_err *e);

/* The system's clock: microseconds since 1970 in UTC. */
int64_t ryx_time_now(void);

#endif
