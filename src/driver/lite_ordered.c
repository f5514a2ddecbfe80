/* SPDX-License-Identifier: MIT */
/* Owns the aggregates that put all values in order: ryx_percentile and
 * ryx_percentile_decimal (x, share, places), ryx_mode and ryx_mode_decimal.
 * Values that are NULL do not count. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/lite_conn.h"
#include "value/text.h"

/* What a function gives, by the bits of its datum. */
enum { MODE = 1, EXACT = 2 };

typedef struct ordered {
  ryx_arena arena; /* the bytes of the values */
  ryx_lite_cell *cells;
  size_t n, cap;
  ryx_span share;
  int places;
  bool is_set;
} ordered;

static int read_double(sqlite3_value *v, double *out, ryx_err *e)
{
  const char *s;

  *out = sqlite3_value_double(v);
  if (sqlite3_value_type(v) != SQLITE_TEXT) return 0;
  s = (const char *)sqlite3_value_text(v);
  if (!s) return ryx_err_nomem(e);
  return ryx_text_double(s, (size_t)sqlite3_value_bytes(v), out, e);
}

/* The arguments that are the same for all rows, from the first one. */
static int set_up(ordered *o, int n, sqlite3_value **v, ryx_err *e)
{
  o->is_set = true;
  ryx_arena_init(&o->arena, 0);
  if (n > 2) o->places = sqlite3_value_int(v[2]);
  return n > 1 ? ryx_lite_decimal_read(v[1], &o->arena, &o->share, e) : 0;
}

static int read_cell(ordered *o, char what, sqlite3_value *v,
                     ryx_lite_cell *out, ryx_err *e)
{
  if (what & MODE)
    return ryx_lite_cell_copy(&o->arena, v, out) ? 0 : ryx_err_nomem(e);
  if (!(what & EXACT)) {
    out->type = SQLITE_FLOAT;
    return read_double(v, &out->u.d, e);
  }
  out->type = SQLITE_TEXT;
  return ryx_lite_decimal_read(v, &o->arena, &out->u.s, e);
}

static int keep(ordered *o, const ryx_lite_cell *c, ryx_err *e)
{
  size_t cap = o->cap ? 2 * o->cap : 16;
  ryx_lite_cell *cells = o->cells;

  if (o->n == o->cap) {
    cells = ryx_mem_grow(cells, cap, sizeof *cells);
    if (!cells) return ryx_err_nomem(e);
    o->cells = cells;
    o->cap = cap;
  }
  o->cells[o->n++] = *c;
  return 0;
}

static void step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  char what = *(const char *)sqlite3_user_data(ctx);
  ryx_lite_cell c;
  ryx_err e = {0};
  ordered *o;
  int rc = 0;

  if (sqlite3_value_type(v[0]) == SQLITE_NULL) return;
  o = sqlite3_aggregate_context(ctx, sizeof *o);
  if (!o) {
    sqlite3_result_error_nomem(ctx);
    return;
  }
  if (!o->is_set) rc = set_up(o, n, v, &e);
  if (rc == 0) rc = read_cell(o, what, v[0], &c, &e);
  if (rc == 0) rc = keep(o, &c, &e);
  if (rc < 0) ryx_lite_functions_fail(ctx, &e);
}

static int by_value(const void *a, const void *b)
{
  return ryx_lite_cell_compare(a, b, false);
}

static int by_decimal(const void *a, const void *b)
{
  return ryx_lite_cell_compare(a, b, true);
}

/* As PostgreSQL works it out, so that both give the same; without the
 * difference of two infinities. */
static void percentile(sqlite3_context *ctx, const ordered *o)
{
  ryx_err e = {0};
  double share, at, low, high;

  if (ryx_text_double(o->share.s, o->share.n, &share, &e) < 0) {
    ryx_lite_functions_fail(ctx, &e);
    return;
  }
  at = share * (double)(o->n - 1);
  low = o->cells[(size_t)floor(at)].u.d;
  high = o->cells[(size_t)ceil(at)].u.d;
  if (low != high) low += (at - floor(at)) * (high - low);
  sqlite3_result_double(ctx, low);
}

/* a op b, in the arena. */
static int operate(ordered *o, char op, ryx_span a, ryx_span b, ryx_span *out,
                   ryx_err *e)
{
  ryx_buf text;
  int rc;

  ryx_buf_init(&text, 0);
  rc = ryx_decimal_op(op, a, b, &text, e);
  if (rc == 0) {
    *out = (ryx_span){ryx_arena_dup(&o->arena, text.data, text.len), text.len};
    if (!out->s) rc = ryx_err_nomem(e);
  }
  ryx_buf_fini(&text);
  return rc;
}

/* share * (n - 1) as a whole number and the rest. */
static int place_of(ordered *o, size_t *at, ryx_span *rest, ryx_err *e)
{
  char last[24], whole[24];
  ryx_span n = {last, (size_t)snprintf(last, sizeof last, "%zu", o->n - 1)};
  ryx_span place, low = {whole, 0};
  int rc = operate(o, '*', o->share, n, &place, e);

  if (rc < 0) return rc;
  *at = strtoull(place.s, NULL, 10);
  low.n = (size_t)snprintf(whole, sizeof whole, "%zu", *at);
  return operate(o, '-', place, low, rest, e);
}

static int between(ordered *o, ryx_buf *out, ryx_err *e)
{
  static const ryx_span zero = {"0", 1};
  ryx_span rest = zero, rise, part, low, high, sum;
  size_t at = 0;
  int rc = place_of(o, &at, &rest, e);

  if (rc < 0) return rc;
  low = o->cells[at].u.s;
  high = ryx_decimal_cmp(rest, zero) > 0 ? o->cells[at + 1].u.s : low;
  rc = operate(o, '-', high, low, &rise, e);
  if (rc == 0) rc = operate(o, '*', rise, rest, &part, e);
  if (rc == 0) rc = operate(o, '+', low, part, &sum, e);
  if (rc < 0) return rc;
  return ryx_decimal_quantize(sum, o->places, false, out, e);
}

static void exact_percentile(sqlite3_context *ctx, ordered *o)
{
  ryx_err e = {0};
  ryx_buf out;

  ryx_buf_init(&out, 0);
  ryx_lite_functions_result(ctx, between(o, &out, &e), &out, &e);
}

static void give(sqlite3_context *ctx, const ryx_lite_cell *c)
{
  if (c->type == SQLITE_INTEGER)
    sqlite3_result_int64(ctx, c->u.i);
  else if (c->type == SQLITE_FLOAT)
    sqlite3_result_double(ctx, c->u.d);
  else if (c->type == SQLITE_TEXT)
    sqlite3_result_text64(ctx, c->u.s.s, c->u.s.n, SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  else
    sqlite3_result_blob64(ctx, c->u.s.s, c->u.s.n, SQLITE_TRANSIENT);
}

/* The first of the longest runs. */
static void mode(sqlite3_context *ctx, const ordered *o, bool is_decimal)
{
  size_t best = 0, longest = 0, start = 0;

  for (size_t i = 0; i < o->n; i++) {
    if (ryx_lite_cell_compare(&o->cells[start], &o->cells[i], is_decimal))
      start = i;
    if (i - start < longest) continue;
    longest = i - start + 1;
    best = start;
  }
  give(ctx, &o->cells[best]);
}

static void final(sqlite3_context *ctx)
{
  ordered *o = sqlite3_aggregate_context(ctx, 0);
  char what = *(const char *)sqlite3_user_data(ctx);

  if (!o || !o->is_set) return;
  if (o->n > 0) {
    qsort(o->cells, o->n, sizeof *o->cells,
          what & EXACT ? by_decimal : by_value);
    if (what & MODE)
      mode(ctx, o, what & EXACT);
    else if (what & EXACT)
      exact_percentile(ctx, o);
    else
      percentile(ctx, o);
  }
  ryx_mem_free(o->cells);
  ryx_arena_fini(&o->arena);
}

int ryx_lite_ordered(sqlite3 *db)
{
  static const char what[] = {0, MODE, EXACT, MODE | EXACT};
  static const ryx_lite_aggregator all[] = {
      {"ryx_percentile", 2, step, final, NULL, NULL, &what[0]},
      {"ryx_percentile_decimal", 3, step, final, NULL, NULL, &what[EXACT]},
      {"ryx_mode", 1, step, final, NULL, NULL, &what[MODE]},
      {"ryx_mode_decimal", 1, step, final, NULL, NULL, &what[MODE | EXACT]},
      {.name = NULL},
  };

  return ryx_lite_functions_aggregate(db, all);
}
