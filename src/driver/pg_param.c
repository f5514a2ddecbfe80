/* SPDX-License-Identifier: MIT */
/* Parameters on their way to PostgreSQL. A compiled statement declares each by
 * the type of its field; the user's own text declares only what the server
 * could not guess better. What is declared goes in binary where that needs no
 * work, the rest as text. */
#include <limits.h>
#include <string.h>

#include "base/err.h"
#include "driver/pg_conn.h"
#include "value/check.h"
#include "value/json.h"
#include "value/pg_binary.h"
#include "value/text.h"

enum { OID_INT4 = 23 };

typedef struct encoder {
  ryx_pg_params *p;
  ryx_err *e;
  int i; /* the parameter */
} encoder;

/* Text may be meant as a date or a UUID, which the server sees better. */
static bool is_plain(ryx_type type)
{
  switch (type) {
    case RYX_T_INT:
    case RYX_T_BOOL:
    case RYX_T_DOUBLE:
    case RYX_T_BYTES:
    case RYX_T_DURATION: return true;
    case RYX_T_NULL:
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  return false;
}

/* A list of text stands for more than text, as `uuid = ANY($1)` needs. */
static bool is_text_like(uint8_t elem)
{
  return elem == RYX_T_TEXT || elem == RYX_T_JSON || elem == RYX_T_UUID;
}

static Oid raw_type(const ryx_val *v)
{
  if (v->type == RYX_T_ARRAY)
    return is_text_like(v->elem) ? 0 : ryx_pg_array_oid(v->elem);
  if (v->type == RYX_T_INT && v->u.i == (int32_t)v->u.i) return OID_INT4;
  return is_plain((ryx_type)v->type) ? ryx_pg_oid(v->type) : 0;
}

static Oid type_of(const ryx_val *v, bool raw)
{
  if (raw) return raw_type(v);
  if (v->type == RYX_T_ARRAY) return ryx_pg_array_oid(v->elem);
  if (v->type == RYX_T_NULL) return ryx_pg_oid(v->elem);
  return ryx_pg_oid(v->type);
}

/* libpq takes a NULL pointer for SQL's NULL, whatever the length. */
static int put(encoder *en, const char *s, size_t n, int format)
{
  en->p->values[en->i] = s ? s : "";
  en->p->lengths[en->i] = (int)n;
  en->p->formats[en->i] = format;
  return 0;
}

/* Text values end in NUL for libpq. */
static int put_text(encoder *en, const char *s, size_t n)
{
  char *copy = ryx_arena_dup(&en->p->arena, n > 0 ? s : "", n);

  return copy ? put(en, copy, n, 0) : ryx_err_nomem(en->e);
}

static int put_hex(encoder *en, const char *s, size_t n)
{
  char *out = ryx_arena_alloc(&en->p->arena, 2 * n + 3), *at = out;

  if (!out) return ryx_err_nomem(en->e);
  *at++ = '\\';
  *at++ = 'x';
  for (size_t i = 0; i < n; i++) {
    *at++ = "0123456789abcdef"[(unsigned char)s[i] >> 4];
    *at++ = "0123456789abcdef"[s[i] & 15];
  }
  *at = '\0';
  return put(en, out, 2 * n + 2, 0);
}

/* A literal of durations in HH:MM:SS becomes one of microseconds. */
static int to_microseconds(encoder *en, const ryx_buf *in, ryx_buf *out)
{
  const char *s = in->data, *end = in->data + in->len;
  char number[RYX_TEXT_MAX];
  int rc = 0;

  while (rc == 0 && s < end) {
    const char *close =
        *s == '"' ? memchr(s + 1, '"', (size_t)(end - s - 1)) : NULL;
    int64_t us;

    if (!close) {
      rc = ryx_buf_putc(out, *s++);
      continue;
    }
    rc = ryx_text_duration(s + 1, (size_t)(close - s - 1), &us, en->e);
    if (rc < 0) return rc;
    ryx_text_put_int(number, us);
    rc = ryx_buf_puts(out, number);
    s = close + 1;
  }
  return rc < 0 ? ryx_err_nomem(en->e) : 0;
}

static int put_array(encoder *en, const ryx_val *v)
{
  ryx_buf literal, numbers;
  int rc;

  if (v->reserved == RYX_ARRAY_PG) return put(en, v->u.s, v->len, 1);
  ryx_buf_init(&literal, 0);
  ryx_buf_init(&numbers, 0);
  rc = ryx_json_array_to_pg(v->u.s, v->len, v->elem, &literal, en->e);
  if (rc == 0 && v->elem == RYX_T_DURATION) {
    rc = to_microseconds(en, &literal, &numbers);
    if (rc == 0) rc = put_text(en, numbers.data, numbers.len);
  } else if (rc == 0) {
    rc = put_text(en, literal.data, literal.len);
  }
  ryx_buf_fini(&literal);
  ryx_buf_fini(&numbers);
  return rc;
}

/* Text of a parameter whose type the server chose. */
static int put_undeclared(encoder *en, const ryx_val *v)
{
  char s[RYX_TEXT_MAX + 4];
  int n = 0;

  switch ((ryx_type)v->type) {
    case RYX_T_BOOL: return put(en, v->u.i ? "t" : "f", 1, 0);
    case RYX_T_INT:
    case RYX_T_DURATION: n = ryx_text_put_int(s, v->u.i); break;
    case RYX_T_DOUBLE: n = ryx_text_put_double(s, v->u.d); break;
    case RYX_T_DATE: n = ryx_text_put_date(s, v->u.i); break;
    case RYX_T_TIME: n = ryx_text_put_time(s, v->u.i); break;
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
      n = ryx_text_put_datetime(s, v->u.i);
      /* The session's zone is UTC, but a user may have set another. */
      if (v->type == RYX_T_DATETIMETZ && s[n - 1] <= '9') {
        memcpy(s + n, "+00", 4);
        n += 3;
      }
      break;
    case RYX_T_BYTES: return put_hex(en, v->u.s, v->len);
    case RYX_T_ARRAY: return put_array(en, v);
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON: return put_text(en, v->u.s, v->len);
    case RYX_T_NULL:
    case RYX_T_MAX: break;
  }
  return put_text(en, s, (size_t)n);
}

/* In binary where that has a fixed size, or is the bytes themselves. */
static int put_declared(encoder *en, const ryx_val *v, Oid oid)
{
  char bytes[RYX_PG_FIXED_MAX], *out;
  int n = ryx_pg_fixed(v, bytes, en->e);

  if (n < 0) return n;
  if (n == 0 && (v->type == RYX_T_TEXT || v->type == RYX_T_BYTES))
    return put(en, v->u.s, v->len, 1);
  if (n == 0) return put_undeclared(en, v);
  out = ryx_arena_dup(&en->p->arena, bytes, (size_t)n);
  if (!out) return ryx_err_nomem(en->e);
  /* Of an int8 the lower half is the int4. */
  if (n == 8 && oid == OID_INT4) return put(en, out + 4, 4, 1);
  return put(en, out, (size_t)n, 1);
}

static int encode_one(encoder *en, const ryx_val *v, Oid oid)
{
  if (v->type == RYX_T_NULL) {
    put(en, NULL, 0, 0);
    en->p->values[en->i] = NULL;
    return 0;
  }
  if (ryx_val_has_bytes(v) && v->len > INT_MAX / 2) {
    return ryx_err_set(en->e, RYX_E_VALIDATION,
                       "the value is over PostgreSQL's limit of 1 GB");
  }
  if (v->reserved != RYX_ARRAY_PG && ryx_check_param(v, en->e) < 0)
    return RYX_E_VALIDATION;
  return oid ? put_declared(en, v, oid) : put_undeclared(en, v);
}

static int make_room(ryx_pg_params *p, int n)
{
  size_t count = (size_t)n;

  p->values = ryx_arena_alloc(&p->arena, count * sizeof *p->values);
  p->types = ryx_arena_alloc(&p->arena, count * sizeof *p->types);
  p->lengths = ryx_arena_alloc(&p->arena, count * sizeof *p->lengths);
  p->formats = ryx_arena_alloc(&p->arena, count * sizeof *p->formats);
  p->n = n;
  return p->values && p->types && p->lengths && p->formats ? 0 : RYX_E_NOMEM;
}

/* A user's NULL says no type, so that the server chose one by the text: an int4
 * may be too small for what comes next. */
static void compare(ryx_pg_params *p, Oid declared, Oid type, bool raw)
{
  if (type == declared || (declared == 0 && !raw)) return;
  p->misfit = true;
  if (declared == 0) p->outgrown = true;
}

int ryx_pg_param_encode(ryx_pg_params *out, const ryx_stmt *s,
                        const ryx_pg_prepared *h, ryx_err *e)
{
  encoder en = {.p = out, .e = e};
  bool raw = s->flags & RYX_STMT_RAW;
  int rc;

  *out = (ryx_pg_params){0};
  ryx_arena_init(&out->arena, 0);
  if (s->n_params > 65535) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "PostgreSQL takes at most 65535 parameters, not %d",
                       (int)s->n_params);
  }
  if (s->n_params == 0) return 0;
  if (make_room(out, s->n_params) < 0) return ryx_err_nomem(e);
  for (; en.i < out->n; en.i++) {
    const ryx_val *v = &s->params[en.i];
    Oid type = type_of(v, raw);

    out->types[en.i] = h ? h->types[en.i] : type;
    if (h && v->type != RYX_T_NULL) compare(out, h->types[en.i], type, raw);
    rc = encode_one(&en, v, out->types[en.i]);
    if (rc < 0) return ryx_refuse_param(s, en.i, e);
  }
  return 0;
}

int ryx_pg_param_text(ryx_arena *a, const ryx_val *v, const char **s, size_t *n,
                      ryx_err *e)
{
  const char *value = NULL;
  int length = 0, format = 0;
  ryx_pg_params one = {
      .n = 1, .values = &value, .lengths = &length, .formats = &format};
  encoder en = {.p = &one, .e = e};
  int rc;

  one.arena = *a;
  rc = ryx_check_param(v, e) < 0 ? RYX_E_VALIDATION : put_undeclared(&en, v);
  *a = one.arena;
  *s = value;
  *n = (size_t)length;
  return rc;
}

void ryx_pg_param_fini(ryx_pg_params *p)
{
  ryx_arena_fini(&p->arena);
}
