/* SPDX-License-Identifier: MIT */
/* Owns copies of SQL values, for the aggregates that keep them until the end,
 * and their order. */
#include <string.h>

#include "driver/lite_conn.h"

static bool copy_bytes(ryx_arena *a, const void *s, size_t n, ryx_span *out)
{
  char *copy = s || n == 0 ? ryx_arena_dup(a, n > 0 ? s : "", n) : NULL;

  *out = (ryx_span){.s = copy, .n = n};
  return copy != NULL;
}

bool ryx_lite_cell_span(ryx_arena *a, sqlite3_value *v, ryx_span *out)
{
  const void *s = sqlite3_value_text(v);

  return s && copy_bytes(a, s, (size_t)sqlite3_value_bytes(v), out);
}

bool ryx_lite_cell_copy(ryx_arena *a, sqlite3_value *v, ryx_lite_cell *out)
{
  out->type = sqlite3_value_type(v);
  if (out->type == SQLITE_INTEGER) out->u.i = sqlite3_value_int64(v);
  if (out->type == SQLITE_FLOAT) out->u.d = sqlite3_value_double(v);
  if (out->type == SQLITE_TEXT) return ryx_lite_cell_span(a, v, &out->u.s);
  if (out->type != SQLITE_BLOB) return true;
  return copy_bytes(a, sqlite3_value_blob(v), (size_t)sqlite3_value_bytes(v),
                    &out->u.s);
}

bool ryx_lite_cell_text(ryx_arena *a, sqlite3_value *v, ryx_lite_cell *out)
{
  out->type = sqlite3_value_type(v);
  if (out->type == SQLITE_NULL) return true;
  out->type = SQLITE_TEXT;
  return ryx_lite_cell_span(a, v, &out->u.s);
}

static int sign_of(bool less, bool more)
{
  return (int)more - (int)less;
}

/* An integer and a double, of which neither is rounded. */
static int compare_mixed(int64_t i, double d)
{
  int64_t whole;

  if (d >= 9223372036854775808.0) return -1;
  if (d < -9223372036854775808.0) return 1;
  whole = (int64_t)d;
  if (i != whole) return sign_of(i<whole, i> whole);
  return sign_of((double)whole<d, (double)whole> d);
}

static int compare_numbers(const ryx_lite_cell *a, const ryx_lite_cell *b)
{
  if (a->type == b->type && a->type == SQLITE_INTEGER)
    return sign_of(a->u.i<b->u.i, a->u.i> b->u.i);
  if (a->type == b->type) return sign_of(a->u.d<b->u.d, a->u.d> b->u.d);
  if (a->type == SQLITE_INTEGER) return compare_mixed(a->u.i, b->u.d);
  return -compare_mixed(b->u.i, a->u.d);
}

static int compare_bytes(ryx_span a, ryx_span b)
{
  int order = memcmp(a.s, b.s, a.n < b.n ? a.n : b.n);

  return order ? order : sign_of(a.n<b.n, a.n> b.n);
}

/* SQLite's order of types: numbers, text, blobs. */
static int rank(const ryx_lite_cell *c)
{
  if (c->type == SQLITE_TEXT) return 1;
  return c->type == SQLITE_BLOB ? 2 : 0;
}

int ryx_lite_cell_compare(const ryx_lite_cell *a, const ryx_lite_cell *b,
                          bool is_decimal)
{
  if (rank(a) != rank(b)) return rank(a) - rank(b);
  if (rank(a) == 0) return compare_numbers(a, b);
  if (is_decimal) return ryx_lite_decimal_compare(a->u.s, b->u.s);
  return compare_bytes(a->u.s, b->u.s);
}
