/* SPDX-License-Identifier: MIT */
/* Text of numbers, booleans, uuids and decimals. Never asks the locale. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strtod_l */
#endif

#include "value/text.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"

enum { WHOLE_MAX = 131072, SCALE_MAX = 16383, EXPONENT_MAX = 200000 };

static const char *const type_names[] = {
#define X(name, text) [RYX_T_##name] = text,
    RYX_TYPES(X)
#undef X
};

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* The end of the run of digits that starts at s. */
static const char *digits_end(const char *s, const char *end)
{
  while (s < end && is_digit(*s))
    s++;
  return s;
}

/* n bytes at s are `word`, letter case aside. */
static bool is_word(const char *s, size_t n, const char *word)
{
  return n == strlen(word) && strncasecmp(s, word, n) == 0;
}

const char *ryx_type_name(int type)
{
  return type >= 0 && type < RYX_T_MAX ? type_names[type] : "?";
}

int ryx_type_of(const char *name)
{
  for (int i = 0; i < RYX_T_MAX; i++) {
    if (strcmp(type_names[i], name) == 0) return i;
  }
  return -1;
}

int ryx_text_bad(ryx_err *e, const char *s, size_t n, int type)
{
  static const char *const expected[RYX_T_MAX] = {
      [RYX_T_BOOL] = "true or false",
      [RYX_T_INT] = "a whole number of at most 64 bits",
      [RYX_T_DOUBLE] = "a number like 1.5e3 within the range of a double",
      [RYX_T_DECIMAL] = "a number like -12.50",
      [RYX_T_DATE] = "YYYY-MM-DD, year 0001 to 9999",
      [RYX_T_TIME] = "HH:MM[:SS[.ffffff]], 00:00 to 23:59:59.999999",
      [RYX_T_DATETIME] = "YYYY-MM-DD HH:MM[:SS[.ffffff]][Z or +HH:MM]",
      [RYX_T_DURATION] = "[D days ]HH:MM:SS[.ffffff] or PnDTnHnMnS",
      [RYX_T_UUID] = "32 hexadecimal digits",
  };
  ryx_val v = {.type = RYX_T_TEXT, .u.s = s};
  char shown[80];

  if (!e) return RYX_E_VALIDATION;
  v.len = n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
  ryx_val_show(&v, shown);
  if (type < 0 || type >= RYX_T_MAX || !expected[type]) {
    return ryx_err_set(e, RYX_E_VALIDATION, "cannot read %s as %s", shown,
                       ryx_type_name(type));
  }
  return ryx_err_set(e, RYX_E_VALIDATION, "cannot read %s as %s: expected %s",
                     shown, ryx_type_name(type), expected[type]);
}

int ryx_text_int(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  bool minus = n > 0 && s[0] == '-';
  uint64_t limit = (uint64_t)INT64_MAX + minus;
  uint64_t v = 0;
  bool is_long = n > 18, bad = n == minus; /* 18 digits never overflow */

  for (size_t i = minus; i < n; i++) {
    unsigned digit = (unsigned)(s[i] - '0');
    bad |= digit > 9 || (is_long && v > (limit - digit) / 10);
    v = v * 10 + digit;
  }
  if (bad) return ryx_text_bad(e, s, n, RYX_T_INT);
  *out = (int64_t)(minus ? 0 - v : v);
  return 0;
}

/* The C library's reader in the C locale, for what the quick way cannot do
 * exactly. s was checked to be a plain number. */
static int slow_double(const char *s, size_t n, double *out)
{
  char small[128];
  char *copy = n < sizeof small ? small : ryx_mem_alloc(n + 1);
  locale_t c_locale;

  if (!copy) return RYX_E_NOMEM;
  memcpy(copy, s, n);
  copy[n] = '\0';
  c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (c_locale) *out = strtod_l(copy, NULL, c_locale);
  if (c_locale) freelocale(c_locale);
  if (copy != small) ryx_mem_free(copy);
  return c_locale ? 0 : RYX_E_NOMEM;
}

/* Adds the digits [s, end) to *v; *n counts the significant ones. */
static void add_digits(const char *s, const char *end, uint64_t *v, int *n)
{
  for (; s < end; s++) {
    if (*n > 0 || *s != '0') ++*n;
    if (*n <= 18) *v = *v * 10 + (unsigned)(*s - '0');
  }
}

typedef struct number {
  const char *whole, *whole_end; /* digits before the point */
  const char *part, *part_end;   /* digits after it */
  int32_t exponent;              /* within +-EXPONENT_MAX */
  bool minus;
} number;

/* [+-]digits[.digits][e[+-]digits]; false when s is anything else. */
static bool scan_number(const char *s, size_t n, number *out)
{
  const char *end = s + n;
  bool down;

  out->minus = n > 0 && s[0] == '-';
  if (n > 0 && (s[0] == '-' || s[0] == '+')) s++;
  out->whole = s;
  out->whole_end = out->part = out->part_end = s = digits_end(s, end);
  out->exponent = 0;
  if (s == out->whole) return false;
  if (s < end && *s == '.') {
    out->part = s + 1;
    out->part_end = s = digits_end(s + 1, end);
    if (s == out->part) return false;
  }
  if (s == end) return true;
  if (*s != 'e' && *s != 'E') return false;
  s++;
  down = s < end && *s == '-';
  if (s < end && (*s == '-' || *s == '+')) s++;
  if (s == end) return false;
  for (; s < end && is_digit(*s); s++) {
    out->exponent = out->exponent * 10 + (*s - '0');
    if (out->exponent > EXPONENT_MAX) out->exponent = EXPONENT_MAX;
  }
  if (down) out->exponent = -out->exponent;
  return s == end;
}

static int read_number(const char *s, size_t n, double *out)
{
  static const double powers[] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  number t;
  uint64_t v = 0;
  int n_digits = 0;
  int64_t ten;

  if (!scan_number(s, n, &t)) return RYX_E_VALIDATION;
  add_digits(t.whole, t.whole_end, &v, &n_digits);
  add_digits(t.part, t.part_end, &v, &n_digits);
  ten = t.exponent - (t.part_end - t.part);
  /* Both factors are exact doubles, so one operation rounds correctly. */
  if (n_digits > 15 || ten < -22 || ten > 22 || FLT_EVAL_METHOD != 0) {
    return slow_double(s, n, out);
  }
  *out = ten < 0 ? (double)v / powers[-ten] : (double)v * powers[ten];
  if (t.minus) *out = -*out;
  return 0;
}

int ryx_text_double(const char *s, size_t n, double *out, ryx_err *e)
{
  bool minus = n > 0 && s[0] == '-';
  int rc;

  if (is_word(s, n, "nan")) {
    *out = (double)NAN;
    return 0;
  }
  if (is_word(s + minus, n - minus, "infinity") ||
      is_word(s + minus, n - minus, "inf")) {
    *out = minus ? -(double)INFINITY : (double)INFINITY;
    return 0;
  }
  rc = read_number(s, n, out);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0 || isinf(*out)) return ryx_text_bad(e, s, n, RYX_T_DOUBLE);
  return 0;
}

int ryx_text_bool(const char *s, size_t n, int64_t *out, ryx_err *e)
{
  static const char *const words[] = {"true", "false", "t",  "f",  "1",
                                      "0",    "yes",   "no", "on", "off"};

  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (!is_word(s, n, words[i])) continue;
    *out = i % 2 == 0;
    return 0;
  }
  return ryx_text_bad(e, s, n, RYX_T_BOOL);
}

static int hex_digit(char c)
{
  if (is_digit(c)) return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ryx_text_uuid(const char *s, size_t n, char out[37], ryx_err *e)
{
  const char *at = s, *end = s + n;
  bool hyphens;

  if (n > 9 && strncasecmp(at, "urn:uuid:", 9) == 0) at += 9;
  if (end - at > 2 && at[0] == '{' && end[-1] == '}') {
    at++;
    end--;
  }
  hyphens = end - at == 36;
  if (!hyphens && end - at != 32) return ryx_text_bad(e, s, n, RYX_T_UUID);
  for (int i = 0; i < 36; i++) {
    bool is_gap = i == 8 || i == 13 || i == 18 || i == 23;
    int digit = is_gap ? 0 : hex_digit(*at);
    if (digit < 0 || (is_gap && hyphens && *at != '-')) {
      return ryx_text_bad(e, s, n, RYX_T_UUID);
    }
    out[i] = is_gap ? '-' : "0123456789abcdef"[digit];
    at += !is_gap || hyphens;
  }
  out[36] = '\0';
  return 0;
}

/* Writes the number without an exponent; the caller checked the sizes. */
static int write_decimal(const number *t, int scale, ryx_arena *a, ryx_val *out)
{
  size_t n_whole = (size_t)(t->whole_end - t->whole);
  size_t n_part = (size_t)(t->part_end - t->part);
  size_t n = n_whole + n_part;
  size_t tail = scale < 0 ? (size_t)-scale : 0;
  size_t after = scale > 0 ? (size_t)scale : 0;
  size_t lead = n < after + 1 ? after + 1 - n : 0;
  char *start = ryx_arena_alloc(a, lead + n + tail + 3), *at = start;

  if (!start) return RYX_E_NOMEM;
  if (t->minus) *at++ = '-';
  memset(at, '0', lead);
  memcpy(at + lead, t->whole, n_whole);
  memcpy(at + lead + n_whole, t->part, n_part);
  memset(at + lead + n, '0', tail);
  n += lead + tail;
  if (after > 0) {
    memmove(at + n - after + 1, at + n - after, after);
    at[n - after] = '.';
    n++;
  }
  *out = (ryx_val){.type = RYX_T_DECIMAL, .u.s = start};
  out->len = (uint32_t)((size_t)(at - start) + n);
  return 0;
}

/* Zeros before the first other digit do not count, wherever the point is. */
static void skip_zeros(number *t)
{
  while (t->whole < t->whole_end && *t->whole == '0')
    t->whole++;
  if (t->whole < t->whole_end) return;
  while (t->part < t->part_end && *t->part == '0')
    t->part++;
}

int ryx_text_decimal(const char *s, size_t n, ryx_arena *a, ryx_val *out,
                     ryx_err *e)
{
  number t;
  int64_t scale, n_digits;
  char *nan;

  if (is_word(s, n, "nan")) {
    nan = ryx_arena_dup(a, "NaN", 3);
    if (!nan) return ryx_err_nomem(e);
    *out = (ryx_val){.type = RYX_T_DECIMAL, .len = 3, .u.s = nan};
    return 0;
  }
  if (n > 2 * WHOLE_MAX || !scan_number(s, n, &t)) {
    return ryx_text_bad(e, s, n, RYX_T_DECIMAL);
  }
  scale = (t.part_end - t.part) - t.exponent;
  skip_zeros(&t);
  n_digits = (t.whole_end - t.whole) + (t.part_end - t.part);
  if (n_digits == 0) {
    t.minus = false;
    if (scale < 0) scale = 0;
  }
  if (scale > SCALE_MAX || n_digits - scale > WHOLE_MAX) {
    return ryx_text_bad(e, s, n, RYX_T_DECIMAL);
  }
  if (write_decimal(&t, (int)scale, a, out) < 0) return ryx_err_nomem(e);
  return 0;
}

int ryx_text_put_int(char *out, int64_t v)
{
  uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  char digits[20], *at = digits + sizeof digits;
  int n;

  do {
    *--at = (char)('0' + u % 10);
    u /= 10;
  } while (u > 0);
  out[0] = '-';
  out += v < 0;
  n = (int)(digits + sizeof digits - at);
  memcpy(out, at, (size_t)n);
  out[n] = '\0';
  return n + (v < 0);
}

/* printf writes the locale's decimal point, of any length: makes it '.'. */
static int repair_point(char *s)
{
  char *to = s;

  for (const char *from = s; *from; from++) {
    if (is_digit(*from) || strchr("+-e", *from)) {
      *to++ = *from;
    } else if (to == s || to[-1] != '.') {
      *to++ = '.';
    }
  }
  *to = '\0';
  return (int)(to - s);
}

int ryx_text_put_double(char *out, double v)
{
  double back;
  int n = 0;

  if (isnan(v) || isinf(v)) {
    const char *word = isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity";
    n = (int)strlen(word);
    memcpy(out, word, (size_t)n + 1);
    return n;
  }
  if (fabs(v) < 1e15 && v == (double)(int64_t)v) {
    out[0] = '-';
    n = v == 0 && signbit(v);
    return n + ryx_text_put_int(out + n, (int64_t)v);
  }
  for (int precision = 15; precision <= 17; precision++) {
    snprintf(out, RYX_TEXT_MAX, "%.*g", precision, v);
    n = repair_point(out);
    if (read_number(out, (size_t)n, &back) == 0 && back == v) break;
  }
  return n;
}
