/* SPDX-License-Identifier: MIT */
/* The calendar both ways, and what dates, times and durations do with each
 * other. Their text forms are in text_time.c. */
#include "value/time.h"

#include <time.h>

#include "base/err.h"
#include "value/text.h"

/* Both conversions count years from March, in eras of 400 years, so that the
 * leap day is the last day of a year (Howard Hinnant, "chrono-compatible
 * low-level date algorithms"). */
int64_t ryx_civil_days(int year, int month, int day)
{
  int64_t y = (int64_t)year - (month <= 2);
  int64_t era = ryx_time_floor(y, 400);
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day;
  int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 1;

  return era * 146097 + day_of_era - 719468;
}

void ryx_civil_of_days(int64_t days, ryx_civil *out)
{
  const int64_t most = INT64_C(700000000000); /* what a 32-bit year can say */
  int64_t era, of_era, year, of_year, month;

  if (days > most) days = most;
  if (days < -most) days = -most;
  days += 719468;
  era = ryx_time_floor(days, 146097);
  of_era = days - era * 146097;
  year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  of_year = of_era - (365 * year + year / 4 - year / 100);
  month = (5 * of_year + 2) / 153;
  *out = (ryx_civil){.day = (int)(of_year - (153 * month + 2) / 5 + 1)};
  out->month = (int)(month < 10 ? month + 3 : month - 9);
  out->year = (int)(year + era * 400 + (out->month <= 2));
}

void ryx_civil_of_datetime(int64_t us, ryx_civil *out)
{
  int64_t rest = ryx_time_rest(us, RYX_DAY_US);

  ryx_civil_of_days(ryx_time_floor(us, RYX_DAY_US), out);
  out->hour = (int)(rest / RYX_HOUR_US);
  out->minute = (int)(rest / RYX_MINUTE_US % 60);
  out->second = (int)(rest / RYX_SECOND_US % 60);
  out->micro = (int)(rest % RYX_SECOND_US);
}

static bool is_datetime(int type)
{
  return type == RYX_T_DATETIME || type == RYX_T_DATETIMETZ;
}

static bool is_infinite(const ryx_val *v)
{
  return (v->type == RYX_T_DATE || is_datetime(v->type)) &&
         ryx_time_is_infinite(v->u.i);
}

bool ryx_time_parts(const ryx_val *v, ryx_civil *out)
{
  if (is_infinite(v)) return false;
  if (v->type == RYX_T_DATE)
    ryx_civil_of_days(v->u.i, out);
  else if (v->type == RYX_T_TIME || is_datetime(v->type))
    ryx_civil_of_datetime(v->u.i, out);
  else
    return false;
  return true;
}

/* A part and the range it must lie in. */
typedef struct limit {
  const char *name;
  int v, min, max;
} limit;

static int check(const limit *all, size_t n, ryx_err *e)
{
  for (size_t i = 0; i < n; i++) {
    if (all[i].v >= all[i].min && all[i].v <= all[i].max) continue;
    return ryx_err_set(e, RYX_E_VALIDATION, "%s %d is out of range",
                       all[i].name, all[i].v);
  }
  return 0;
}

/* The length of a month is known once the month is. */
static int check_date(const ryx_civil *p, ryx_err *e)
{
  const limit month[] = {{"year", p->year, RYX_YEAR_MIN, RYX_YEAR_MAX},
                         {"month", p->month, 1, 12}};
  limit day = {"day", p->day, 1, 0};
  int rc = check(month, 2, e);

  if (rc < 0) return rc;
  day.max = ryx_civil_month_days(p->year, p->month);
  return check(&day, 1, e);
}

static int check_clock(const ryx_civil *p, ryx_err *e)
{
  const limit all[] = {{"hour", p->hour, 0, 23},
                       {"minute", p->minute, 0, 59},
                       {"second", p->second, 0, 59},
                       {"microsecond", p->micro, 0, RYX_SECOND_US - 1}};

  return check(all, sizeof all / sizeof *all, e);
}

int ryx_time_make(int type, const ryx_civil *p, ryx_val *out, ryx_err *e)
{
  bool has_date = type != RYX_T_TIME, has_clock = type != RYX_T_DATE;
  int64_t days = 0;
  int rc = 0;

  if (has_date && has_clock && !is_datetime(type))
    return ryx_err_set(e, RYX_E_MISUSE, "%s has no parts", ryx_type_name(type));
  if (has_date) rc = check_date(p, e);
  if (rc == 0 && has_clock) rc = check_clock(p, e);
  if (rc < 0) return rc;
  if (has_date) days = ryx_civil_days(p->year, p->month, p->day);
  *out = (ryx_val){.type = (uint8_t)type, .u.i = days};
  if (has_clock)
    out->u.i = days * RYX_DAY_US + p->micro +
               ryx_civil_clock(p->hour, p->minute, p->second);
  return 0;
}

bool ryx_time_split(const ryx_val *v, int64_t *days, int64_t *us)
{
  *days = v->u.i;
  *us = 0;
  if (is_infinite(v)) return false;
  *us = ryx_time_rest(v->u.i, RYX_DAY_US);
  *days = ryx_time_floor(v->u.i, RYX_DAY_US);
  return true;
}

static int too_far(ryx_err *e)
{
  return ryx_err_set(e, RYX_E_VALIDATION, "the result is out of range");
}

static bool can_move(const ryx_val *v)
{
  return v->type == RYX_T_DATE || v->type == RYX_T_DURATION ||
         is_datetime(v->type);
}

static bool fits(const ryx_val *v)
{
  if (v->type == RYX_T_DATE) return ryx_civil_has_day(v->u.i);
  return v->type == RYX_T_DURATION || ryx_civil_has_datetime(v->u.i);
}

/* v + us. An infinity stays where it is. */
static int move(const ryx_val *v, int64_t us, ryx_val *out, ryx_err *e)
{
  *out = *v;
  if (v->type == RYX_T_DATE) {
    if (us % RYX_DAY_US != 0)
      return ryx_err_set(e, RYX_E_VALIDATION,
                         "a date moves by whole days: use a datetime");
    us /= RYX_DAY_US;
  }
  if (is_infinite(v)) return 0;
  if (__builtin_add_overflow(v->u.i, us, &out->u.i)) return too_far(e);
  return fits(out) ? 0 : too_far(e);
}

static int cannot(const char *what, const ryx_val *a, const ryx_val *b,
                  ryx_err *e)
{
  return ryx_err_set(e, RYX_E_MISUSE, "cannot %s a %s and a %s", what,
                     ryx_type_name(a->type), ryx_type_name(b->type));
}

int ryx_time_add(const ryx_val *a, const ryx_val *b, ryx_val *out, ryx_err *e)
{
  if (b->type == RYX_T_DURATION && can_move(a)) return move(a, b->u.i, out, e);
  if (a->type == RYX_T_DURATION && can_move(b)) return move(b, a->u.i, out, e);
  return cannot("add", a, b, e);
}

int ryx_time_sub(const ryx_val *a, const ryx_val *b, ryx_val *out, ryx_err *e)
{
  bool is_alike = a->type == b->type && (can_move(a) || a->type == RYX_T_TIME);
  int64_t us;

  if (b->type == RYX_T_DURATION && can_move(a)) {
    if (b->u.i == INT64_MIN) return too_far(e); /* it has no opposite */
    return move(a, -b->u.i, out, e);
  }
  /* Both datetimes are UTC. */
  if (!is_alike && !(is_datetime(a->type) && is_datetime(b->type)))
    return cannot("subtract", a, b, e);
  if (__builtin_sub_overflow(a->u.i, b->u.i, &us)) return too_far(e);
  if (a->type == RYX_T_DATE && __builtin_mul_overflow(us, RYX_DAY_US, &us))
    return too_far(e);
  *out = (ryx_val){.type = RYX_T_DURATION, .u.i = us};
  return 0;
}

int64_t ryx_time_now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * RYX_SECOND_US + t.tv_nsec / 1000;
}
