/* SPDX-License-Identifier: MIT */
/* TZif: a table of instants at which the offset changes, and for the time after
 * the last one a rule in the form of POSIX's TZ. */
#include "value/zone.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "value/time.h"

enum {
  NAME_MAX_BYTES = 255,
  FILE_MAX = 1 << 20,
  HEADER = 44,
  TYPE_SIZE = 6,
  OFFSET_MAX = 26 * RYX_HOUR_S /* RFC 8536: -25 to +26 hours */
};

/* The day of a change: Mm.w.d, Jn (leap days not counted), or n. */
typedef struct change {
  char form; /* 'M', 'J', 'N' */
  int month, week, day;
  int32_t at; /* seconds after midnight, local time; may be negative */
} change;

/* What holds after the last instant of the table. */
typedef struct rule {
  bool is_set, has_dst;
  int32_t standard, dst; /* seconds east of UTC */
  change begin, end;     /* of dst */
} rule;

struct ryx_zone {
  rule after;
  size_t n_times, n_types;
  int time_size;              /* 4 in version 1, else 8 */
  const unsigned char *times; /* in data, big endian, rising */
  const unsigned char *index; /* a type for each time */
  const unsigned char *types; /* offset, is dst, name */
  size_t size;
  unsigned char data[];
};

static int64_t read_be(const unsigned char *s, int size)
{
  uint64_t v = s[0] & 0x80 ? UINT64_MAX : 0;

  for (int i = 0; i < size; i++)
    v = v << 8 | s[i];
  return (int64_t)v;
}

/* A text that is read from the front. */
typedef struct text {
  const char *at, *end;
} text;

static bool skip(text *t, char c)
{
  if (t->at == t->end || *t->at != c) return false;
  t->at++;
  return true;
}

static bool read_number(text *t, int max, int *out)
{
  const char *start = t->at;

  for (*out = 0; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++) {
    *out = *out * 10 + (*t->at - '0');
    if (*out > max) return false;
  }
  return t->at > start;
}

static bool is_letter(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Three letters or more, or anything in angle brackets. */
static bool skip_name(text *t)
{
  const char *start = t->at;

  if (skip(t, '<')) {
    while (t->at < t->end && *t->at != '>')
      t->at++;
    return skip(t, '>');
  }
  while (t->at < t->end && is_letter(*t->at))
    t->at++;
  return t->at - start >= 3;
}

/* [+-]h[:m[:s]] */
static bool read_span(text *t, int max_hours, int32_t *out)
{
  int hours, minutes = 0, seconds = 0;
  int sign = skip(t, '-') ? -1 : 1;

  if (sign > 0) (void)skip(t, '+');
  if (!read_number(t, max_hours, &hours)) return false;
  if (skip(t, ':') && !read_number(t, 59, &minutes)) return false;
  if (skip(t, ':') && !read_number(t, 59, &seconds)) return false;
  *out = sign * (hours * RYX_HOUR_S + minutes * RYX_MINUTE_S + seconds);
  return true;
}

static bool read_day(text *t, change *c)
{
  if (skip(t, 'M')) {
    c->form = 'M';
    return read_number(t, 12, &c->month) && c->month > 0 && skip(t, '.') &&
           read_number(t, 5, &c->week) && c->week > 0 && skip(t, '.') &&
           read_number(t, 6, &c->day);
  }
  c->form = skip(t, 'J') ? 'J' : 'N';
  return read_number(t, 365, &c->day) && (c->form == 'N' || c->day > 0);
}

static bool read_change(text *t, change *c)
{
  c->at = 2 * RYX_HOUR_S;
  if (!skip(t, ',') || !read_day(t, c)) return false;
  return !skip(t, '/') || read_span(t, 167, &c->at);
}

/* std offset [dst [offset] , begin , end]; offsets count west of UTC. */
static bool read_rule(text *t, rule *r)
{
  if (t->at == t->end) return true;
  r->is_set = true;
  if (!skip_name(t) || !read_span(t, 24, &r->standard)) return false;
  r->standard = -r->standard;
  if (t->at == t->end) return true;
  r->has_dst = true;
  r->dst = r->standard + RYX_HOUR_S;
  if (!skip_name(t)) return false;
  if (t->at < t->end && *t->at != ',') {
    if (!read_span(t, 24, &r->dst)) return false;
    r->dst = -r->dst;
  }
  return read_change(t, &r->begin) && read_change(t, &r->end) &&
         t->at == t->end;
}

/* The counts of a header: what follows it, in this order. */
typedef struct counts {
  uint32_t utc, standard, leap, times, types, chars;
} counts;

static bool read_header(const unsigned char *s, size_t n, counts *c)
{
  if (n < HEADER || memcmp(s, "TZif", 4) != 0) return false;
  c->utc = (uint32_t)read_be(s + 20, 4);
  c->standard = (uint32_t)read_be(s + 24, 4);
  c->leap = (uint32_t)read_be(s + 28, 4);
  c->times = (uint32_t)read_be(s + 32, 4);
  c->types = (uint32_t)read_be(s + 36, 4);
  c->chars = (uint32_t)read_be(s + 40, 4);
  return true;
}

/* Bytes of the block behind a header; no sum of 32-bit counts overflows. */
static uint64_t block_size(const counts *c, int time_size)
{
  uint64_t size = (uint64_t)time_size;

  return (uint64_t)c->times * (size + 1) + (uint64_t)c->types * TYPE_SIZE +
         c->chars + (uint64_t)c->leap * (size + 4) + c->standard + c->utc;
}

static bool types_are_sound(const ryx_zone *z)
{
  size_t i;
  int64_t offset;

  for (i = 0; i < z->n_times; i++)
    if (z->index[i] >= z->n_types) return false;
  for (i = 0; i < z->n_types; i++) {
    offset = read_be(z->types + i * TYPE_SIZE, 4);
    if (offset < -OFFSET_MAX || offset > OFFSET_MAX) return false;
  }
  return true;
}

static bool read_footer(ryx_zone *z, const unsigned char *s, size_t n)
{
  const char *start = (const char *)s + 1;
  const char *end = n > 1 && s[0] == '\n' ? memchr(start, '\n', n - 1) : NULL;
  text t = {.at = start, .end = end};

  return end && read_rule(&t, &z->after);
}

/* Version 2 and later repeat the table with 64 bits. Files that count leap
 * seconds are not in UTC, so they are refused. */
static bool parse(ryx_zone *z)
{
  const unsigned char *s = z->data;
  size_t left = z->size;
  bool is_old;
  counts c;
  uint64_t size;

  if (!read_header(s, left, &c)) return false;
  is_old = s[4] < '2';
  z->time_size = is_old ? 4 : 8;
  if (!is_old) {
    size = HEADER + block_size(&c, 4);
    if (size > left) return false;
    s += size;
    left -= size;
    if (!read_header(s, left, &c)) return false;
  }
  size = HEADER + block_size(&c, z->time_size);
  if (size > left || c.types == 0 || c.leap > 0) return false;
  z->n_times = c.times;
  z->n_types = c.types;
  z->times = s + HEADER;
  z->index = z->times + z->n_times * (size_t)z->time_size;
  z->types = z->index + z->n_times;
  if (!types_are_sound(z)) return false;
  return is_old || read_footer(z, s + size, left - size);
}

/* No dot, so no way out of the folder. */
static bool is_name(const char *s, size_t n)
{
  if (n == 0 || n > NAME_MAX_BYTES || s[0] == '/') return false;
  for (size_t i = 0; i < n; i++) {
    if (is_letter(s[i]) || (s[i] >= '0' && s[i] <= '9')) continue;
    if (s[i] == '\0' || !strchr("_+/-", s[i])) return false;
  }
  return true;
}

static bool fill(int fd, unsigned char *to, size_t n)
{
  ssize_t got;

  for (; n > 0; to += got, n -= (size_t)got) {
    got = read(fd, to, n);
    if (got <= 0) return false;
  }
  return true;
}

/* The zone in a file, not yet parsed. */
static int load(int fd, ryx_zone **out)
{
  struct stat st;
  ryx_zone *z;

  if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) return RYX_E_VALIDATION;
  if (st.st_size < HEADER || st.st_size > FILE_MAX) return RYX_E_VALIDATION;
  z = ryx_mem_new(sizeof *z + (size_t)st.st_size);
  if (!z) return RYX_E_NOMEM;
  z->size = (size_t)st.st_size;
  *out = z;
  return fill(fd, z->data, z->size) ? 0 : RYX_E_VALIDATION;
}

static int open_file(const char *name, size_t n)
{
  const char *folder = getenv("TZDIR");
  char path[4096];
  int len;

  if (!folder || !*folder) folder = "/usr/share/zoneinfo";
  len = snprintf(path, sizeof path, "%s/%.*s", folder, (int)n, name);
  if (len < 0 || (size_t)len >= sizeof path) return -1;
  return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int ryx_zone_open(const char *name, size_t n, ryx_zone **out, ryx_err *e)
{
  int fd = is_name(name, n) ? open_file(name, n) : -1;
  ryx_zone *z = NULL;
  int rc = fd < 0 ? RYX_E_VALIDATION : load(fd, &z);

  if (fd >= 0) close(fd);
  if (rc == 0 && !parse(z)) rc = RYX_E_VALIDATION;
  if (rc == 0) {
    *out = z;
    return 0;
  }
  ryx_zone_free(z);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  return ryx_err_set(e, rc, "unknown time zone \"%.*s\"", n > 60 ? 60 : (int)n,
                     name);
}

void ryx_zone_free(ryx_zone *z)
{
  ryx_mem_free(z);
}

/* Day d of week w of a month, the fifth being the last. */
static int64_t nth_weekday(const change *c, int year)
{
  int64_t first = ryx_civil_days(year, c->month, 1);
  int weekday = ryx_civil_weekday(first);
  int day = (c->day - weekday + 7) % 7 + 7 * (c->week - 1);

  if (day >= ryx_civil_month_days(year, c->month)) day -= 7;
  return first + day;
}

/* Local seconds of a change in a year. */
static int64_t change_at(const change *c, int year)
{
  int64_t day = ryx_civil_days(year, 1, 1);

  if (c->form == 'M')
    day = nth_weekday(c, year);
  else if (c->form == 'N')
    day += c->day;
  else
    day += c->day - 1 + (ryx_civil_is_leap(year) && c->day > 59);
  return day * RYX_DAY_S + c->at;
}

static int32_t rule_offset(const rule *r, int64_t at)
{
  int64_t begin, end, local = at + r->standard;
  bool is_dst;
  ryx_civil c;

  if (!r->has_dst) return r->standard;
  ryx_civil_of_days(ryx_time_floor(local, RYX_DAY_S), &c);
  begin = change_at(&r->begin, c.year) - r->standard;
  end = change_at(&r->end, c.year) - r->dst;
  /* South of the equator the year begins and ends with dst. */
  is_dst = begin < end ? at >= begin && at < end : at >= begin || at < end;
  return is_dst ? r->dst : r->standard;
}

static int64_t time_at(const ryx_zone *z, size_t i)
{
  return read_be(z->times + i * (size_t)z->time_size, z->time_size);
}

/* How many of the instants are at or before `at`. */
static size_t count_until(const ryx_zone *z, int64_t at)
{
  size_t low = 0, high = z->n_times;

  while (low < high) {
    size_t middle = low + (high - low) / 2;

    if (time_at(z, middle) <= at)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

int32_t ryx_zone_offset(const ryx_zone *z, int64_t at)
{
  size_t n = count_until(z, at);
  size_t type = n > 0 ? z->index[n - 1] : 0;

  if (n == z->n_times && z->after.is_set) return rule_offset(&z->after, at);
  return (int32_t)read_be(z->types + type * TYPE_SIZE, 4);
}
