/* SPDX-License-Identifier: MIT */
/* Owns exact decimals in SQL, over text: names and meaning of SQLite's own
 * decimal extension, plus ryx_decimal_div and ryx_decimal_round. */
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "driver/lite_conn.h"
#include "value/decimal.h"
#include "value/text.h"

int ryx_lite_decimal_read(sqlite3_value *v, ryx_arena *a, ryx_span *out,
                          ryx_err *e)
{
  const char *s = (const char *)sqlite3_value_text(v);
  ryx_val decimal;
  int rc;

  if (!s) return ryx_err_nomem(e);
  rc = ryx_text_decimal(s, (size_t)sqlite3_value_bytes(v), a, &decimal, e);
  if (rc == 0) *out = (ryx_span){decimal.u.s, decimal.len};
  return rc;
}

/* The function's user data is its operator. */
static void operate(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  static const ryx_span zero = {"0", 1};
  char op = *(const char *)sqlite3_user_data(ctx);
  ryx_span a = {0}, b = {0};
  ryx_arena arena;
  ryx_buf out;
  ryx_err e = {0};
  int rc;

  if (ryx_lite_functions_any_null(n, v)) return;
  ryx_arena_init(&arena, 0);
  ryx_buf_init(&out, 0);
  rc = ryx_lite_decimal_read(v[0], &arena, &a, &e);
  if (rc == 0 && n == 2) rc = ryx_lite_decimal_read(v[1], &arena, &b, &e);
  if (rc == 0 && op == '=')
    rc = ryx_buf_put(&out, a.s, a.n);
  else if (rc == 0 && op == '/' && ryx_decimal_cmp(b, zero) == 0)
    goto done; /* division by zero is NULL */
  else if (rc == 0)
    rc = ryx_decimal_op(op, a, b, &out, &e);
  ryx_lite_functions_result(ctx, rc, &out, &e);
done:
  ryx_buf_fini(&out);
  ryx_arena_fini(&arena);
}

static void round_to(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_arena arena;
  ryx_span a;
  ryx_buf out;
  ryx_err e = {0};
  int rc;

  if (ryx_lite_functions_any_null(n, v)) return;
  ryx_arena_init(&arena, 0);
  ryx_buf_init(&out, 0);
  rc = ryx_lite_decimal_read(v[0], &arena, &a, &e);
  if (rc == 0)
    rc = ryx_decimal_quantize(a, sqlite3_value_int(v[1]), false, &out, &e);
  ryx_lite_functions_result(ctx, rc, &out, &e);
  ryx_arena_fini(&arena);
}

/* Of two texts that are not both canonical: what can be read as a decimal comes
 * first, the rest is in order of bytes, so that the order is always total. */
static int compare_any(ryx_span a, ryx_span b)
{
  ryx_val va, vb;
  ryx_arena arena;
  ryx_err e = {0};
  bool is_a, is_b;
  size_t n = a.n < b.n ? a.n : b.n;
  int order;

  ryx_arena_init(&arena, 0);
  is_a = ryx_text_decimal(a.s, a.n, &arena, &va, &e) == 0;
  is_b = ryx_text_decimal(b.s, b.n, &arena, &vb, &e) == 0;
  if (is_a && is_b) {
    order =
        ryx_decimal_cmp((ryx_span){va.u.s, va.len}, (ryx_span){vb.u.s, vb.len});
  } else if (is_a != is_b) {
    order = is_a ? -1 : 1;
  } else {
    order = n ? memcmp(a.s, b.s, n) : 0;
    if (order == 0) order = (a.n > b.n) - (a.n < b.n);
  }
  ryx_arena_fini(&arena);
  return order;
}

int ryx_lite_decimal_compare(ryx_span a, ryx_span b)
{
  int order = ryx_decimal_cmp(a, b);

  return order == 2 ? compare_any(a, b) : order;
}

static int collate(void *ctx, int na, const void *a, int nb, const void *b)
{
  (void)ctx;
  return ryx_lite_decimal_compare((ryx_span){a, (size_t)na},
                                  (ryx_span){b, (size_t)nb});
}

static void compare(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  ryx_span a, b;
  ryx_arena arena;
  ryx_err e = {0};

  if (ryx_lite_functions_any_null(n, v)) return;
  ryx_arena_init(&arena, 0);
  if (ryx_lite_decimal_read(v[0], &arena, &a, &e) == 0 &&
      ryx_lite_decimal_read(v[1], &arena, &b, &e) == 0)
    sqlite3_result_int(ctx, ryx_decimal_cmp(a, b));
  else
    sqlite3_result_error(ctx, e.message, -1);
  ryx_arena_fini(&arena);
}

/* decimal_sum and ryx_decimal_avg: NULLs do not count; of nothing but NULLs
 * they are NULL. */
typedef struct sum {
  ryx_decimal_acc *acc;
  int64_t n;
  int places; /* of the average */
} sum;

static void sum_add(sqlite3_context *ctx, int n, sqlite3_value **v, bool minus)
{
  sum *s = sqlite3_aggregate_context(ctx, sizeof *s);
  ryx_arena arena;
  ryx_span a;
  ryx_err e = {0};
  int rc;

  if (!s || sqlite3_value_type(v[0]) == SQLITE_NULL) return;
  if (!s->acc) s->acc = ryx_decimal_acc_new();
  if (!s->acc) {
    sqlite3_result_error_nomem(ctx);
    return;
  }
  if (n > 1) s->places = sqlite3_value_int(v[1]);
  ryx_arena_init(&arena, 0);
  rc = ryx_lite_decimal_read(v[0], &arena, &a, &e);
  if (rc == 0 && (rc = ryx_decimal_acc_add(s->acc, a, minus)) < 0)
    ryx_err_set(&e, rc, "cannot sum %.*s", (int)(a.n < 40 ? a.n : 40), a.s);
  if (rc < 0) ryx_lite_functions_fail(ctx, &e);
  s->n += minus ? -1 : 1;
  ryx_arena_fini(&arena);
}

static void sum_step(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  sum_add(ctx, n, v, false);
}

static void sum_inverse(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  sum_add(ctx, n, v, true);
}

static void sum_value(sqlite3_context *ctx)
{
  sum *s = sqlite3_aggregate_context(ctx, 0);
  ryx_buf out;

  if (!s || s->n == 0) return;
  ryx_buf_init(&out, 0);
  ryx_lite_functions_result(ctx, ryx_decimal_acc_text(s->acc, &out), &out,
                            NULL);
}

static void average_value(sqlite3_context *ctx)
{
  sum *s = sqlite3_aggregate_context(ctx, 0);
  ryx_buf out;
  ryx_err e = {0};
  int rc;

  if (!s || s->n == 0) return;
  ryx_buf_init(&out, 0);
  rc = ryx_decimal_acc_average(s->acc, s->n, s->places, &out, &e);
  ryx_lite_functions_result(ctx, rc, &out, &e);
}

static void sum_end(sqlite3_context *ctx)
{
  sum *s = sqlite3_aggregate_context(ctx, 0);

  if (s) ryx_decimal_acc_free(s->acc);
}

static void sum_final(sqlite3_context *ctx)
{
  sum_value(ctx);
  sum_end(ctx);
}

static void average_final(sqlite3_context *ctx)
{
  average_value(ctx);
  sum_end(ctx);
}

int ryx_lite_decimal(sqlite3 *db)
{
  /* The datum is the operator; '=' makes canonical. */
  static const ryx_lite_function all[] = {
      {"decimal", 1, operate, "="},
      {"decimal_add", 2, operate, "+"},
      {"decimal_sub", 2, operate, "-"},
      {"decimal_mul", 2, operate, "*"},
      {"ryx_decimal_div", 2, operate, "/"},
      {"decimal_cmp", 2, compare, NULL},
      {"ryx_decimal_round", 2, round_to, NULL},
      {NULL, 0, NULL, NULL},
  };
  static const ryx_lite_aggregator sums[] = {
      {.name = "decimal_sum",
       .n_args = 1,
       .step = sum_step,
       .final = sum_final,
       .value = sum_value,
       .inverse = sum_inverse},
      {.name = "ryx_decimal_avg",
       .n_args = 2,
       .step = sum_step,
       .final = average_final,
       .value = average_value,
       .inverse = sum_inverse},
      {.name = NULL},
  };
  int rc = sqlite3_create_collation_v2(db, "decimal", SQLITE_UTF8, NULL,
                                       collate, NULL);

  if (rc == SQLITE_OK) rc = ryx_lite_functions_add(db, all);
  return rc == SQLITE_OK ? ryx_lite_functions_aggregate(db, sums) : rc;
}
