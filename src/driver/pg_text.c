/* SPDX-License-Identifier: MIT */
/* Reads the server's text forms of dates, times, intervals and bytea. Unlike
 * value/text.h it takes years beyond 1-9999, BC, and any zone: what the server
 * sends as text must become the same value that it sends in binary. */
#include <limits.h>
#include <string.h>

#include "driver/pg_conn.h"
#include "value/text.h"
#include "value/time.h"

typedef struct scan {
  const char *s, *end;
} scan;

static bool at_end(const scan *in)
{
  return in->s == in->end;
}

static bool skip(scan *in, char ch)
{
  if (at_end(in) || *in->s != ch) return false;
  in->s++;
  return true;
}

/* A run of min to max digits. */
static bool number(scan *in, int min, int max, int64_t *out)
{
  int n = 0;

  *out = 0;
  while (n < max && !at_end(in) && *in->s >= '0' && *in->s <= '9') {
    *out = *out * 10 + (*in->s++ - '0');
    n++;
  }
  return n >= min;
}

/* [.f{1,6}] in microseconds. */
static bool fraction(scan *in, int64_t *us)
{
  const char *start;

  *us = 0;
  if (!skip(in, '.')) return true;
  start = in->s;
  if (!number(in, 1, 6, us)) return false;
  for (int64_t n = in->s - start; n < 6; n++)
    *us *= 10;
  return true;
}

static bool is_text(const char *s, size_t n, const char *text)
{
  return n == strlen(text) && memcmp(s, text, n) == 0;
}

static bool infinite(const char *s, size_t n, int64_t *out)
{
  if (is_text(s, n, "infinity")) {
    *out = INT64_MAX;
    return true;
  }
  *out = INT64_MIN;
  return is_text(s, n, "-infinity");
}

/* The era comes last, so the year is settled there. */
typedef struct date {
  int64_t year, month, day;
} date;

static bool read_date(scan *in, date *d)
{
  return number(in, 4, 7, &d->year) && skip(in, '-') &&
         number(in, 2, 2, &d->month) && skip(in, '-') &&
         number(in, 2, 2, &d->day);
}

static bool days_of(scan *in, const date *d, int64_t *days)
{
  int64_t year = d->year;

  if (skip(in, ' ')) {
    if (!skip(in, 'B') || !skip(in, 'C')) return false;
    year = 1 - year;
  }
  *days = ryx_civil_days((int)year, (int)d->month, (int)d->day);
  return at_end(in);
}

static bool read_clock(scan *in, int64_t *us)
{
  int64_t h, m, s = 0, f = 0;

  if (!number(in, 2, 2, &h) || !skip(in, ':') || !number(in, 2, 2, &m)) {
    return false;
  }
  if (skip(in, ':') && (!number(in, 2, 2, &s) || !fraction(in, &f))) {
    return false;
  }
  *us = ryx_civil_clock(h, m, s) + f;
  return true;
}

/* [+-HH[:MM[:SS]]] in microseconds; none is 0. */
static bool read_zone(scan *in, int64_t *us)
{
  bool minus = !at_end(in) && *in->s == '-';
  int64_t h, m = 0, s = 0;

  *us = 0;
  if (!skip(in, '+') && !skip(in, '-')) return true;
  if (!number(in, 2, 2, &h)) return false;
  if (skip(in, ':') && !number(in, 2, 2, &m)) return false;
  if (skip(in, ':') && !number(in, 2, 2, &s)) return false;
  *us = ryx_civil_clock(h, m, s);
  if (minus) *us = -*us;
  return true;
}

bool ryx_pg_text_date(const char *s, size_t n, int64_t *out)
{
  scan in = {s, s + n};
  date d;

  if (infinite(s, n, out)) return true;
  return read_date(&in, &d) && days_of(&in, &d, out);
}

bool ryx_pg_text_time(const char *s, size_t n, int64_t *out)
{
  scan in = {s, s + n};

  return read_clock(&in, out) && at_end(&in);
}

bool ryx_pg_text_datetime(const char *s, size_t n, int64_t *out)
{
  scan in = {s, s + n};
  int64_t days, clock, zone;
  date d;

  if (infinite(s, n, out)) return true;
  if (!read_date(&in, &d) || !skip(&in, ' ') || !read_clock(&in, &clock) ||
      !read_zone(&in, &zone) || !days_of(&in, &d, &days)) {
    return false;
  }
  *out = days * RYX_DAY_US + clock - zone;
  return true;
}

/* One part of an ISO 8601 interval: [-]n[.f]UNIT. */
static bool read_part(scan *in, bool in_time, int64_t *us)
{
  bool minus = skip(in, '-');
  int64_t n, f, unit;

  if (!number(in, 1, 18, &n) || !fraction(in, &f) || at_end(in)) return false;
  switch (*in->s++) {
    case 'D': unit = RYX_DAY_US; break;
    case 'H': unit = RYX_HOUR_US; break;
    case 'M':
      unit = RYX_MINUTE_US;
      if (!in_time) return false; /* months have no length */
      break;
    case 'S': unit = RYX_SECOND_US; break;
    default: return false;
  }
  if (n > (INT64_MAX - f) / unit) return false;
  *us = minus ? -(n * unit + f) : n * unit + f;
  return true;
}

static bool read_iso(scan *in, int64_t *out)
{
  bool in_time = false;
  int64_t part;

  if (at_end(in)) return false;
  while (!at_end(in)) {
    if (!in_time && skip(in, 'T')) in_time = true;
    if (!read_part(in, in_time, &part)) return false;
    if (__builtin_add_overflow(*out, part, out)) return false;
  }
  return true;
}

/* [+-]H:MM:SS[.f] */
static bool read_hours(scan *in, int64_t *us)
{
  bool minus = skip(in, '-');
  int64_t h, m, s, f;

  if (!minus) skip(in, '+');
  if (!number(in, 2, 10, &h) || !skip(in, ':') || !number(in, 2, 2, &m) ||
      !skip(in, ':') || !number(in, 2, 2, &s) || !fraction(in, &f))
    return false;
  f += m * RYX_MINUTE_US + s * RYX_SECOND_US;
  if (h > (INT64_MAX - f) / RYX_HOUR_US) return false;
  *us = minus ? -(h * RYX_HOUR_US + f) : h * RYX_HOUR_US + f;
  return at_end(in);
}

/* [-]n day[s] */
static bool read_days(scan *in, int64_t *us)
{
  bool minus = skip(in, '-');
  int64_t n;

  if (!number(in, 1, 10, &n) || !skip(in, ' ') || !skip(in, 'd') ||
      !skip(in, 'a') || !skip(in, 'y'))
    return false;
  skip(in, 's');
  if (n > INT64_MAX / RYX_DAY_US) return false;
  *us = minus ? -n * RYX_DAY_US : n * RYX_DAY_US;
  return true;
}

/* "1 day 02:03:04.5", PostgreSQL's own style, in which a session is that a
 * pooler has lent and the settings have not reached. */
static bool read_own(scan *in, int64_t *out)
{
  scan hours = *in;
  int64_t part;

  if (read_hours(&hours, out)) return true;
  if (!read_days(in, out)) return false;
  if (at_end(in)) return true;
  return skip(in, ' ') && read_hours(in, &part) &&
         !__builtin_add_overflow(*out, part, out);
}

bool ryx_pg_text_interval(const char *s, size_t n, int64_t *out)
{
  scan in = {s, s + n};

  *out = 0;
  return skip(&in, 'P') ? read_iso(&in, out) : read_own(&in, out);
}

static int hex(char ch)
{
  if (ch >= '0' && ch <= '9') return ch - '0';
  if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
  return -1;
}

int64_t ryx_pg_text_bytes(const char *s, size_t n, char *out)
{
  if (n < 2 || n % 2 || s[0] != '\\' || s[1] != 'x') return -1;
  for (size_t i = 2; i < n; i += 2) {
    int high = hex(s[i]), low = hex(s[i + 1]);

    if (high < 0 || low < 0) return -1;
    *out++ = (char)(high << 4 | low);
  }
  return (int64_t)(n - 2) / 2;
}
