/* SPDX-License-Identifier: MIT */
/* Turning a value into another type, copying it, and showing it. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"
#include "value/json.h"
#include "value/text.h"
#include "value/time.h"

/* A cast: what to do with *v, and where made bytes go. */
typedef struct cast {
  ryx_val *v;
  int want;
  ryx_arena *a;
  ryx_err *e;
} cast;

static int refuse(const cast *c)
{
  char shown[80];

  ryx_val_show(c->v, shown);
  return ryx_err_set(c->e, RYX_E_VALIDATION, "cannot read %s as %s", shown,
                     ryx_type_name(c->want));
}

static int relabel(const cast *c)
{
  c->v->type = (uint8_t)c->want;
  return 0;
}

static int set_int(const cast *c, int64_t i)
{
  *c->v = (ryx_val){.type = (uint8_t)c->want, .u.i = i};
  return 0;
}

static int set_text(const cast *c, const char *s, size_t n)
{
  char *copy = ryx_arena_dup(c->a, s, n);

  if (!copy) return ryx_err_nomem(c->e);
  *c->v = (ryx_val){.type = (uint8_t)c->want};
  c->v->len = (uint32_t)n;
  c->v->u.s = copy;
  return 0;
}

static int text_to_double(const cast *c)
{
  double d;
  int rc = ryx_text_double(c->v->u.s, c->v->len, &d, c->e);

  if (rc == 0) *c->v = (ryx_val){.type = RYX_T_DOUBLE, .u.d = d};
  return rc;
}

static int text_to_uuid(const cast *c)
{
  char uuid[37];
  int rc = ryx_text_uuid(c->v->u.s, c->v->len, uuid, c->e);

  return rc < 0 ? rc : set_text(c, uuid, 36);
}

static int text_to_json(const cast *c)
{
  ryx_json *doc;
  int rc = ryx_json_parse(c->v->u.s, c->v->len, &doc, c->e);

  if (rc < 0) return rc;
  ryx_json_free(doc);
  return relabel(c);
}

static int from_text(const cast *c)
{
  const char *s = c->v->u.s;
  size_t n = c->v->len;
  int64_t i = 0;
  int rc = 0;

  switch ((ryx_type)c->want) {
    case RYX_T_BOOL: rc = ryx_text_bool(s, n, &i, c->e); break;
    case RYX_T_INT: rc = ryx_text_int(s, n, &i, c->e); break;
    case RYX_T_DATE: rc = ryx_text_date(s, n, &i, c->e); break;
    case RYX_T_TIME: rc = ryx_text_time(s, n, &i, c->e); break;
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: rc = ryx_text_datetime(s, n, &i, c->e); break;
    case RYX_T_DURATION: rc = ryx_text_duration(s, n, &i, c->e); break;
    case RYX_T_DOUBLE: return text_to_double(c);
    case RYX_T_DECIMAL: return ryx_text_decimal(s, n, c->a, c->v, c->e);
    case RYX_T_UUID: return text_to_uuid(c);
    case RYX_T_JSON: return text_to_json(c);
    case RYX_T_TEXT:
    case RYX_T_BYTES: return relabel(c);
    case RYX_T_NULL:
    case RYX_T_ARRAY:
    case RYX_T_MAX: return refuse(c);
  }
  return rc < 0 ? rc : set_int(c, i);
}

static int from_int(const cast *c)
{
  int64_t i = c->v->u.i;
  char text[RYX_TEXT_MAX];
  double d = (double)i;

  if (c->want == RYX_T_BOOL && (i == 0 || i == 1)) return relabel(c);
  if (c->want == RYX_T_DECIMAL) {
    return set_text(c, text, (size_t)ryx_text_put_int(text, i));
  }
  /* 2^63 as a double is beyond int64, so it must not be cast back. */
  if (c->want != RYX_T_DOUBLE || d >= 9223372036854775808.0 ||
      (int64_t)d != i) {
    return refuse(c);
  }
  *c->v = (ryx_val){.type = RYX_T_DOUBLE, .u.d = d};
  return 0;
}

static int from_double(const cast *c)
{
  double d = c->v->u.d;

  if (c->want != RYX_T_INT ||
      !(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
    return refuse(c);
  return d == trunc(d) ? set_int(c, (int64_t)d) : refuse(c);
}

static int from_date(const cast *c)
{
  int64_t i = c->v->u.i, us = i;

  if (c->want != RYX_T_DATETIME && c->want != RYX_T_DATETIMETZ) {
    return refuse(c);
  }
  if (ryx_time_is_infinite(i)) return set_int(c, i);
  if (__builtin_mul_overflow(i, RYX_DAY_US, &us)) return refuse(c);
  return set_int(c, us);
}

static int from_datetime(const cast *c)
{
  bool is_twin = c->want == RYX_T_DATETIME || c->want == RYX_T_DATETIMETZ;

  return is_twin ? relabel(c) : refuse(c);
}

int ryx_text_put(char *out, const ryx_val *v)
{
  switch ((ryx_type)v->type) {
    case RYX_T_BOOL:
      memcpy(out, v->u.i ? "true" : "false", 6 - (v->u.i != 0));
      return v->u.i ? 4 : 5;
    case RYX_T_INT: return ryx_text_put_int(out, v->u.i);
    case RYX_T_DOUBLE: return ryx_text_put_double(out, v->u.d);
    case RYX_T_DATE: return ryx_text_put_date(out, v->u.i);
    case RYX_T_TIME: return ryx_text_put_time(out, v->u.i);
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return ryx_text_put_datetime(out, v->u.i);
    case RYX_T_DURATION: return ryx_text_put_duration(out, v->u.i);
    case RYX_T_NULL: memcpy(out, "null", 5); return 4;
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  out[0] = '\0';
  return 0;
}

static int to_text(const cast *c)
{
  char text[RYX_TEXT_MAX];

  if (c->v->type == RYX_T_BYTES) {
    return ryx_text_valid(c->v->u.s, c->v->len) ? relabel(c) : refuse(c);
  }
  if (ryx_val_has_bytes(c->v)) return relabel(c);
  return set_text(c, text, (size_t)ryx_text_put(text, c->v));
}

static int convert(const cast *c)
{
  if (c->want == RYX_T_TEXT) return to_text(c);
  switch ((ryx_type)c->v->type) {
    case RYX_T_TEXT: return from_text(c);
    case RYX_T_INT: return from_int(c);
    case RYX_T_DOUBLE: return from_double(c);
    case RYX_T_BOOL: return c->want == RYX_T_INT ? relabel(c) : refuse(c);
    case RYX_T_DATE: return from_date(c);
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return from_datetime(c);
    case RYX_T_ARRAY: return c->want == RYX_T_JSON ? relabel(c) : refuse(c);
    case RYX_T_NULL:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_TIME:
    case RYX_T_DURATION:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_MAX: break;
  }
  return refuse(c);
}

int ryx_val_cast(ryx_val *v, int want, ryx_arena *a, ryx_err *e)
{
  cast c = {.v = v, .want = want, .a = a, .e = e};

  if (v->type == want || v->type == RYX_T_NULL) return 0;
  return convert(&c);
}

int ryx_val_copy(ryx_val *v, ryx_arena *a)
{
  char *copy;

  if (!ryx_val_has_bytes(v)) return 0;
  copy = ryx_arena_dup(a, v->u.s, v->len);
  if (!copy) return RYX_E_NOMEM;
  v->u.s = copy;
  return 0;
}

enum { SHOWN = 60 };

/* Control characters and invalid bytes become '?'. */
static size_t show_text(char *out, const ryx_val *v)
{
  size_t at = 0;

  for (size_t i = 0; i < v->len;) {
    int step = ryx_utf8_step(v->u.s + i, v->len - i);
    size_t len = step > 0 ? (size_t)step : 1;
    bool plain =
        step > 0 && (unsigned char)v->u.s[i] >= ' ' && v->u.s[i] != 0x7F;

    if (at + len > SHOWN) {
      memcpy(out + at, "...", 3);
      return at + 3;
    }
    if (plain) memcpy(out + at, v->u.s + i, len);
    if (!plain) out[at] = '?';
    at += len;
    i += len;
  }
  return at;
}

static size_t show_bytes(char *out, const ryx_val *v)
{
  size_t n = v->len < SHOWN / 2 ? v->len : SHOWN / 2;

  for (size_t i = 0; i < n; i++) {
    unsigned char byte = (unsigned char)v->u.s[i];
    out[2 * i] = "0123456789abcdef"[byte >> 4];
    out[2 * i + 1] = "0123456789abcdef"[byte & 15];
  }
  if (n == v->len) return 2 * n;
  memcpy(out + 2 * n, "...", 3);
  return 2 * n + 3;
}

void ryx_val_show(const ryx_val *v, char out[80])
{
  bool quoted = v->type == RYX_T_TEXT || v->type == RYX_T_BYTES;
  size_t n = 0;

  if (v->type == RYX_T_BYTES) out[n++] = 'x';
  if (quoted) out[n++] = '\'';
  if (v->type == RYX_T_BYTES) {
    n += show_bytes(out + n, v);
  } else if (ryx_val_has_bytes(v)) {
    n += show_text(out + n, v);
  } else {
    n += (size_t)ryx_text_put(out + n, v);
  }
  if (quoted) out[n++] = '\'';
  out[n] = '\0';
}

bool ryx_val_has_bytes(const ryx_val *v)
{
  switch ((ryx_type)v->type) {
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY: return true;
    case RYX_T_NULL:
    case RYX_T_BOOL:
    case RYX_T_INT:
    case RYX_T_DOUBLE:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION:
    case RYX_T_MAX: break;
  }
  return false;
}
