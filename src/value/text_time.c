/* SPDX-License-Identifier: MIT */
/* Dates, times and durations as text, both ways. The readers and writers of
 * date, time and datetime run once per cell. */
#include <string.h>
#include <strings.h>

#include "value/text.h"
#include "value/time.h"

/* Two digits as a number; anything else is above 99. */
static unsigned two(const char *s)
{
  unsigned a = (unsigned)(s[0] - '0'), b = (unsigned)(s[1] - '0');

  return a > 9 || b > 9 ? 100 : a * 10 + b;
}

static void put_two(char *out, unsigned v)
{
  out[0] = (char)('0' + v / 10);
  out[1] = (char)('0' + v % 10);
}

static bool read_date(const char *s, int64_t *days)
{
  unsigned century = two(s), rest = two(s + 2);
  unsigned year = century * 100 + rest;
  unsigned month = two(s + 5), day = two(s + 8);

  if (century > 99 || rest > 99 || s[4] != '-' || s[7] != '-') return false;
  if (year == 0 || month == 0 || month > 12 || day == 0) return false;
  if (day > (unsigned)ryx_civil_month_days((int)year, (int)month)) return false;
  *days = ryx_civil_days((int)year, (int)month, (int)day);
  return true;
}

/* The 1 to 6 digits of a fraction at s: *us is microseconds. Gives the bytes
 * read, 0 when there is no digit or there are more than 6. */
static size_t read_fraction(const char *s, size_t n, int64_t *us)
{
  size_t i = 0;
  int64_t v = 0;

  for (; i < n && s[i] >= '0' && s[i] <= '9'; i++) {
    if (i == 6) return 0;
    v = v * 10 + (s[i] - '0');
  }
  if (i == 0) return 0;
  for (size_t k = i; k < 6; k++)
    v *= 10;
  *us = v;
  return i;
}

/* HH:MM[:SS[.f]] at the start of s; gives the bytes read, 0 on failure. */
static size_t read_clock(const char *s, size_t n, int64_t *us)
{
  unsigned hour, minute, second;
  int64_t micro = 0;
  size_t used;

  if (n < 5 || s[2] != ':') return 0;
  hour = two(s);
  minute = two(s + 3);
  if (hour > 23 || minute > 59) return 0;
  *us = ryx_civil_clock(hour, minute, 0);
  if (n == 5 || s[5] != ':') return 5;
  second = n >= 8 ? two(s + 6) : 100;
  if (second > 59) return 0;
  *us += second * RYX_SECOND_US;
  if (n == 8 || s[8] != '.') return 8;
  used = read_fraction(s + 9, n - 9, &micro);
  *us += micro;
  return used > 0 ? 9 + used : 0;
}

/* All of s as nothing, Z, or +-HH[:MM[:SS]]. */
static bool read_offset(const char *s, size_t n, int64_t *us)
{
  unsigned part[3] = {0, 0, 0};

  *us = 0;
  if (n == 0 || (n == 1 && s[0] == 'Z')) return true;
  if (s[0] != '+' && s[0] != '-') return false;
  if (n != 3 && n != 6 && n != 9) return false;
  for (size_t i = 0; i < n / 3; i++) {
    if (i > 0 && s[i * 3] != ':') return false;
    part[i] = two(s + i * 3 + 1);
    if (part[i] > (i == 0 ? 23 : 59)) return false;
  }
  *us = ryx_civil_clock(part[0], part[1], part[2]);
  if (s[0] == '-') *us = -*us;
  return true;
}

static bool read_datetime(const char *s, size_t n, int64_t *out)
{
  int64_t days, us = 0, offset;
  size_t used;

  if (n < 10 || !read_date(s, &days)) return false;
  if (n > 10) {
    if (s[10] != ' ' && s[10] != 'T') return false;
    used = read_clock(s + 11, n - 11, &us);
    if (used == 0) return false;
    if (!read_offset(s + 11 + used, n - 11 - used, &offset)) return false;
    us -= offset;
  }
  *out = days * RYX_DAY_US + us;
  return ryx_civil_has_datetime(*out);
}

int ryx_text_date(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  if (n == 10 && read_date(s, out)) return 0;
  return ryx_text_bad(e, s, n, RYX_T_DATE);
}

int ryx_text_time(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  if (n > 0 && read_clock(s, n, out) == n) return 0;
  return ryx_text_bad(e, s, n, RYX_T_TIME);
}

int ryx_text_datetime(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  if (read_datetime(s, n, out)) return 0;
  return ryx_text_bad(e, s, n, RYX_T_DATETIME);
}

/* A text being read from the front; the duration it gave so far. */
typedef struct reader {
  const char *at, *end;
  int64_t total;
} reader;

static bool skip(reader *r, char c)
{
  if (r->at == r->end || *r->at != c) return false;
  r->at++;
  return true;
}

static bool read_digits(reader *r, int64_t *v)
{
  const char *start = r->at;

  *v = 0;
  for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
    if (__builtin_mul_overflow(*v, 10, v)) return false;
    if (__builtin_add_overflow(*v, *r->at - '0', v)) return false;
  }
  return r->at > start;
}

static bool add(reader *r, int64_t n, int64_t unit)
{
  int64_t us;

  if (__builtin_mul_overflow(n, unit, &us)) return false;
  return !__builtin_add_overflow(r->total, us, &r->total);
}

static bool read_micros(reader *r, int64_t sign)
{
  int64_t us;
  size_t used = read_fraction(r->at, (size_t)(r->end - r->at), &us);

  r->at += used;
  return used > 0 && add(r, us, sign);
}

static int64_t read_sign(reader *r)
{
  if (skip(r, '-')) return -1;
  skip(r, '+');
  return 1;
}

/* After the P: nD, then T with nH nM nS, each at most once and in order. */
static bool read_iso(reader *r, int64_t sign)
{
  static const struct {
    char letter;
    int64_t unit;
  } parts[] = {{'D', RYX_DAY_US},
               {'H', RYX_HOUR_US},
               {'M', RYX_MINUTE_US},
               {'S', RYX_SECOND_US}};
  size_t next = 0;
  int64_t n, part_sign;
  bool in_time = false;

  while (r->at < r->end) {
    if (!in_time && skip(r, 'T')) {
      in_time = true;
      next = 1;
    }
    part_sign = sign * read_sign(r);
    if (!read_digits(r, &n)) return false;
    if (skip(r, '.')) {
      if (!in_time || !read_micros(r, part_sign)) return false;
      if (r->at == r->end || *r->at != 'S') return false;
    }
    while (next < 4 && r->at < r->end && parts[next].letter != *r->at)
      next++;
    if (next == 4 || r->at == r->end || in_time != (next > 0)) return false;
    r->at++;
    if (!add(r, part_sign * n, parts[next++].unit)) return false;
  }
  return next > 0;
}

/* HH:MM:SS[.f] to the end. */
static bool read_hours(reader *r, int64_t sign)
{
  int64_t hours, minutes, seconds;

  if (!read_digits(r, &hours) || r->end - r->at < 6) return false;
  minutes = two(r->at + 1);
  seconds = two(r->at + 4);
  if (r->at[0] != ':' || minutes > 59) return false;
  if (r->at[3] != ':' || seconds > 59) return false;
  r->at += 6;
  if (!add(r, sign * hours, RYX_HOUR_US)) return false;
  if (!add(r, sign * (minutes * 60 + seconds), RYX_SECOND_US)) return false;
  if (skip(r, '.') && !read_micros(r, sign)) return false;
  return r->at == r->end;
}

static bool read_duration(reader *r)
{
  int64_t sign = read_sign(r), n;
  reader start = *r;

  if (skip(r, 'P')) return read_iso(r, sign);
  if (!read_digits(r, &n)) return false;
  if (!skip(r, ' ')) {
    *r = start;
    return read_hours(r, sign);
  }
  if (r->end - r->at < 3 || memcmp(r->at, "day", 3) != 0) return false;
  r->at += 3;
  skip(r, 's');
  if (!add(r, sign * n, RYX_DAY_US)) return false;
  if (r->at == r->end) return true; /* PostgreSQL leaves out 00:00:00 */
  if (!skip(r, ' ')) return false;
  sign = read_sign(r);
  return read_hours(r, sign);
}

int ryx_text_duration(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  reader r = {.at = s, .end = s + n};

  if (!read_duration(&r)) return ryx_text_bad(e, s, n, RYX_T_DURATION);
  *out = r.total;
  return 0;
}

static int put_word(char *out, const char *word)
{
  size_t n = strlen(word);

  memcpy(out, word, n + 1);
  return (int)n;
}

/* What is no day, or 0 bytes when v is one. */
static int put_no_day(char *out, int64_t v)
{
  if (v == RYX_TIME_ZEROS) return put_word(out, "0000-00-00");
  if (v == INT64_MAX) return put_word(out, "infinity");
  if (v == INT64_MIN) return put_word(out, "-infinity");
  return 0;
}

static int put_date(char *out, const ryx_civil *c)
{
  char *at = out;

  if (c->year >= 0 && c->year <= RYX_YEAR_MAX) {
    put_two(at, (unsigned)c->year / 100);
    put_two(at + 2, (unsigned)c->year % 100);
    at += 4;
  } else {
    at += ryx_text_put_int(at, c->year);
  }
  at[0] = at[3] = '-';
  put_two(at + 1, (unsigned)c->month);
  put_two(at + 4, (unsigned)c->day);
  at[6] = '\0';
  return (int)(at + 6 - out);
}

/* :MM:SS.ffffff for what us has beyond whole hours. */
static int put_minutes(char *out, int64_t us)
{
  unsigned micro = (unsigned)(us % RYX_SECOND_US);
  unsigned second = (unsigned)(us / RYX_SECOND_US % 60);
  unsigned minute = (unsigned)(us / RYX_MINUTE_US % 60);

  out[0] = out[3] = ':';
  put_two(out + 1, minute);
  put_two(out + 4, second);
  out[6] = '.';
  put_two(out + 7, micro / 10000);
  put_two(out + 9, micro / 100 % 100);
  put_two(out + 11, micro % 100);
  out[13] = '\0';
  return 13;
}

int ryx_text_put_date(char *out, int64_t days)
{
  ryx_civil c;
  int n = put_no_day(out, days);

  if (n > 0) return n;
  ryx_civil_of_days(days, &c);
  return put_date(out, &c);
}

int ryx_text_put_time(char *out, int64_t us)
{
  if (us != RYX_DAY_US) us = ryx_time_rest(us, RYX_DAY_US);
  put_two(out, (unsigned)(us / RYX_HOUR_US));
  return 2 + put_minutes(out + 2, us % RYX_HOUR_US);
}

int ryx_text_put_datetime(char *out, int64_t us)
{
  ryx_civil c;
  int n = put_no_day(out, us);

  if (n > 0) return n;
  ryx_civil_of_days(ryx_time_floor(us, RYX_DAY_US), &c);
  n = put_date(out, &c);
  out[n++] = ' ';
  return n + ryx_text_put_time(out + n, ryx_time_rest(us, RYX_DAY_US));
}

int ryx_text_put_duration(char *out, int64_t us)
{
  /* INT64_MIN has no positive twin. */
  uint64_t u = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
  int64_t hours = (int64_t)(u / RYX_HOUR_US);
  int n = us < 0;

  out[0] = '-';
  if (hours < 10) out[n++] = '0';
  n += ryx_text_put_int(out + n, hours);
  return n + put_minutes(out + n, (int64_t)(u % RYX_HOUR_US));
}

/* A part of a duration, left out when it is zero. */
static int put_part(char *out, int64_t v, char unit)
{
  int n;

  if (v == 0) return 0;
  n = ryx_text_put_int(out, v);
  out[n++] = unit;
  return n;
}

/* nS of less than a minute: the point of a fraction, and what follows it up to
 * its last digit that counts. */
static int put_iso_seconds(char *out, int64_t us)
{
  char text[RYX_TEXT_MAX];
  int n = ryx_text_put_int(out, us / RYX_SECOND_US);
  int digits = put_minutes(text, us);

  if (us % RYX_SECOND_US == 0) return n;
  while (text[digits - 1] == '0')
    digits--;
  memcpy(out + n, text + 6, (size_t)digits - 6);
  return n + digits - 6;
}

/* The parts of a negative duration are negative as a whole. */
static int put_iso_duration(char *out, int64_t us)
{
  uint64_t u = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
  int64_t rest = (int64_t)(u % RYX_DAY_US);
  int n = us < 0;

  out[0] = '-';
  out[n++] = 'P';
  n += put_part(out + n, (int64_t)(u / RYX_DAY_US), 'D');
  if (us == 0) return n + put_word(out + n, "T0S");
  if (rest > 0) out[n++] = 'T';
  n += put_part(out + n, rest / RYX_HOUR_US, 'H');
  n += put_part(out + n, rest % RYX_HOUR_US / RYX_MINUTE_US, 'M');
  rest %= RYX_MINUTE_US;
  if (rest > 0) {
    n += put_iso_seconds(out + n, rest);
    out[n++] = 'S';
  }
  out[n] = '\0';
  return n;
}

static int put_iso_time(char *out, int64_t us)
{
  int n = ryx_text_put_time(out, us);

  if (us % RYX_SECOND_US == 0) n -= 7;
  out[n] = '\0';
  return n;
}

static int put_iso_datetime(char *out, const ryx_val *v)
{
  int n = ryx_text_put_date(out, ryx_time_floor(v->u.i, RYX_DAY_US));

  out[n++] = 'T';
  n += put_iso_time(out + n, ryx_time_rest(v->u.i, RYX_DAY_US));
  if (v->type == RYX_T_DATETIMETZ) out[n++] = 'Z';
  out[n] = '\0';
  return n;
}

int ryx_text_put_iso(char *out, const ryx_val *v)
{
  bool is_datetime = v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ;

  out[0] = '\0';
  if (v->type == RYX_T_DATE) return ryx_text_put_date(out, v->u.i);
  if (v->type == RYX_T_TIME) return put_iso_time(out, v->u.i);
  if (v->type == RYX_T_DURATION) return put_iso_duration(out, v->u.i);
  if (!is_datetime) return 0;
  if (ryx_time_is_infinite(v->u.i)) return put_no_day(out, v->u.i);
  return put_iso_datetime(out, v);
}
