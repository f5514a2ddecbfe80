/* SPDX-License-Identifier: MIT */
/* Owns the aggregates over numbers: ryx_variance and ryx_stddev, of all values
 * or of a sample. Values that are NULL do not count. */
#include <math.h>

#include "base/err.h"
#include "driver/lite_conn.h"
#include "value/spread.h"
#include "value/text.h"

/* What is asked of the sums, by the bits of the function's datum. */
enum { SAMPLE = 1, ROOT = 2 };

typedef struct spread {
  ryx_spread *sums;
} spread;

static ryx_spread *sums_of(sqlite3_context *ctx)
{
  spread *s = sqlite3_aggregate_context(ctx, sizeof *s);

  if (s && !s->sums) s->sums = ryx_spread_new();
  if (s && s->sums) return s->sums;
  sqlite3_result_error_nomem(ctx);
  return NULL;
}

static void add_text(sqlite3_context *ctx, ryx_spread *sums, sqlite3_value *v,
                     bool remove)
{
  const char *s = (const char *)sqlite3_value_text(v);
  ryx_err e = {0};
  double d;

  if (!s)
    sqlite3_result_error_nomem(ctx);
  else if (ryx_text_double(s, (size_t)sqlite3_value_bytes(v), &d, &e) < 0)
    sqlite3_result_error(ctx, e.message, -1);
  else
    ryx_spread_double(sums, d, remove);
}

static void add(sqlite3_context *ctx, sqlite3_value *v, bool remove)
{
  int type = sqlite3_value_type(v);
  ryx_spread *sums = type == SQLITE_NULL ? NULL : sums_of(ctx);

  if (!sums) return;
  if (type == SQLITE_INTEGER)
    ryx_spread_int(sums, sqlite3_value_int64(v), remove);
  else if (type == SQLITE_FLOAT)
    ryx_spread_double(sums, sqlite3_value_double(v), remove);
  else
    add_text(ctx, sums, v, remove);
}

static void step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  add(ctx, v[0], false);
}

static void inverse(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  add(ctx, v[0], true);
}

static void value(sqlite3_context *ctx)
{
  const char *what = sqlite3_user_data(ctx);
  spread *s = sqlite3_aggregate_context(ctx, 0);
  double d;

  if (!s || !s->sums) return;
  if (!ryx_spread_variance(s->sums, *what & SAMPLE, &d)) return;
  sqlite3_result_double(ctx, *what & ROOT ? sqrt(d) : d);
}

static void final(sqlite3_context *ctx)
{
  spread *s = sqlite3_aggregate_context(ctx, 0);

  value(ctx);
  if (s) ryx_spread_free(s->sums);
}

int ryx_lite_aggregate(sqlite3 *db)
{
  static const char what[] = {0, SAMPLE, ROOT, SAMPLE | ROOT};
#define SPREAD(text, i)                                                        \
  {                                                                            \
    .name = text, .n_args = 1, .data = &what[i], .step = step, .final = final, \
    .value = value, .inverse = inverse                                         \
  }
  static const ryx_lite_aggregator all[] = {
      SPREAD("ryx_variance", 0),
      SPREAD("ryx_variance_sample", 1),
      SPREAD("ryx_stddev", 2),
      SPREAD("ryx_stddev_sample", 3),
      {.name = NULL},
  };
#undef SPREAD

  return ryx_lite_functions_aggregate(db, all);
}
