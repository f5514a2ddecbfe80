/* SPDX-License-Identifier: MIT */
/* Writing PostgreSQL's binary forms: the highest byte first. */
#include "value/pg_binary.h"

#include <string.h>

#include "base/err.h"
#include "value/text.h"
#include "value/text_check.h"
#include "value/time.h"

enum { IS_NULL = -1 /* the length of a NULL */ };

static const struct {
  unsigned plain, array;
} oids[RYX_T_MAX] = {
    [RYX_T_BOOL] = {16, 1000},       [RYX_T_INT] = {20, 1016},
    [RYX_T_DOUBLE] = {701, 1022},    [RYX_T_TEXT] = {25, 1009},
    [RYX_T_BYTES] = {17, 1001},      [RYX_T_DECIMAL] = {1700, 1231},
    [RYX_T_DATE] = {1082, 1182},     [RYX_T_TIME] = {1083, 1183},
    [RYX_T_DATETIME] = {1114, 1115}, [RYX_T_DATETIMETZ] = {1184, 1185},
    [RYX_T_DURATION] = {20, 1016},   [RYX_T_UUID] = {2950, 2951},
    [RYX_T_JSON] = {3802, 3807},
};

unsigned ryx_pg_oid(int type)
{
  return oids[type].plain;
}

unsigned ryx_pg_array_oid(int elem)
{
  return oids[elem].array;
}

static int put_number(char *out, uint64_t v, int size)
{
  for (int i = size; i > 0; v >>= 8)
    out[--i] = (char)(v & 255);
  return size;
}

/* The server counts from 2000-01-01. */
static int put_days(char *out, int64_t days, ryx_err *e)
{
  if (days == INT64_MAX) return put_number(out, INT32_MAX, 4);
  if (days == INT64_MIN) return put_number(out, 1U << 31, 4);
  if (days > INT32_MAX || days < INT32_MIN / 2)
    return ryx_err_set(e, RYX_E_VALIDATION, "date out of range");
  return put_number(out, (uint64_t)(days - RYX_DAY_2000), 4);
}

static int put_datetime(char *out, int64_t us, ryx_err *e)
{
  int64_t v = us;

  if (!ryx_time_is_infinite(us) &&
      __builtin_sub_overflow(us, RYX_DAY_2000 * RYX_DAY_US, &v))
    return ryx_err_set(e, RYX_E_VALIDATION, "datetime out of range");
  return put_number(out, (uint64_t)v, 8);
}

static int put_double(char *out, double d)
{
  uint64_t bits;

  memcpy(&bits, &d, sizeof bits);
  return put_number(out, bits, 8);
}

int ryx_pg_fixed(const ryx_val *v, char *out, ryx_err *e)
{
  switch ((ryx_type)v->type) {
    case RYX_T_BOOL: return put_number(out, v->u.i != 0, 1);
    case RYX_T_INT:
    case RYX_T_DURATION:
    case RYX_T_TIME: return put_number(out, (uint64_t)v->u.i, 8);
    case RYX_T_DOUBLE: return put_double(out, v->u.d);
    case RYX_T_DATE: return put_days(out, v->u.i, e);
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return put_datetime(out, v->u.i, e);
    case RYX_T_NULL:
    case RYX_T_TEXT:
    case RYX_T_BYTES:
    case RYX_T_DECIMAL:
    case RYX_T_UUID:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
    case RYX_T_MAX: break;
  }
  return 0;
}

bool ryx_pg_array_takes(int elem)
{
  ryx_val zero = {.type = (uint8_t)elem};
  char bytes[RYX_PG_FIXED_MAX];
  ryx_err e;

  return elem == RYX_T_TEXT || elem == RYX_T_BYTES ||
         ryx_pg_fixed(&zero, bytes, &e) > 0;
}

static int full(int rc, ryx_err *e)
{
  if (rc == 0) return 0;
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  return ryx_err_set(e, RYX_E_VALIDATION, "the list is too long");
}

/* How many dimensions, whether NULLs follow (which the server finds by itself),
 * the type of the items; then length and first index of the one dimension. */
int ryx_pg_array_begin(ryx_buf *out, int elem, int32_t n, ryx_err *e)
{
  const uint32_t head[] = {1, 0, ryx_pg_oid(elem), (uint32_t)n, 1};
  char bytes[sizeof head];

  for (size_t i = 0; i < sizeof head / sizeof *head; i++)
    put_number(bytes + 4 * i, head[i], 4);
  return full(ryx_buf_put(out, bytes, sizeof bytes), e);
}

static int put_bytes(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  char length[4];
  int rc = v->type == RYX_T_TEXT ? ryx_text_check(v, e) : 0;

  if (rc < 0) return rc;
  put_number(length, v->len, sizeof length);
  rc = ryx_buf_put(out, length, sizeof length);
  if (rc == 0) rc = ryx_buf_put(out, v->u.s, v->len);
  return full(rc, e);
}

int ryx_pg_array_put(ryx_buf *out, int elem, const ryx_val *v, ryx_err *e)
{
  char bytes[4 + RYX_PG_FIXED_MAX];
  bool is_null = v->type == RYX_T_NULL;
  int n = 0;

  if (!is_null && v->type != elem)
    return ryx_err_set(e, RYX_E_VALIDATION, "array item is not of type %s",
                       ryx_type_name(elem));
  if (v->type == RYX_T_TEXT || v->type == RYX_T_BYTES)
    return put_bytes(out, v, e);
  if (!is_null) n = ryx_pg_fixed(v, bytes + 4, e);
  if (n < 0) return n;
  put_number(bytes, (uint64_t)(is_null ? IS_NULL : n), 4);
  return full(ryx_buf_put(out, bytes, (size_t)n + 4), e);
}
