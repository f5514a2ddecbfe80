/* SPDX-License-Identifier: MIT */
/* Owns the text functions of SQL: ryx_lower, ryx_upper, REGEXP, ryx_iregexp,
 * ryx_similarity, and how functions hand over their results. NULL in is NULL
 * out. */
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "driver/lite_conn.h"
#include "value/fold.h"
#include "value/word.h"

static void free_bytes(void *p)
{
  ryx_mem_free(p);
}

void ryx_lite_functions_result(sqlite3_context *ctx, int code, ryx_buf *b,
                               const ryx_err *e)
{
  size_t n = 0;
  char *text = code == 0 ? ryx_buf_take(b, &n) : NULL;

  ryx_buf_fini(b);
  if (text)
    sqlite3_result_text64(ctx, text, n, free_bytes, SQLITE_UTF8);
  else if (code == 0 || code == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else
    sqlite3_result_error(ctx, e ? e->message : "out of range", -1);
}

void ryx_lite_functions_fail(sqlite3_context *ctx, const ryx_err *e)
{
  if (e->code == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else
    sqlite3_result_error(ctx, e->message, -1);
}

bool ryx_lite_functions_any_null(int n, sqlite3_value **v)
{
  while (n > 0)
    if (sqlite3_value_type(v[--n]) == SQLITE_NULL) return true;
  return false;
}

typedef int (*fold_fn)(const char *s, size_t n, ryx_buf *out);

static void fold(sqlite3_context *ctx, sqlite3_value *v, fold_fn fn)
{
  const char *s = (const char *)sqlite3_value_text(v);
  ryx_buf out;
  ryx_err e = {0};
  int rc;

  if (!s) return;
  ryx_buf_init(&out, 0);
  rc = fn(s, (size_t)sqlite3_value_bytes(v), &out);
  if (rc < 0 && rc != RYX_E_NOMEM)
    ryx_err_set(&e, rc, "cannot change the case of text that is not UTF-8");
  ryx_lite_functions_result(ctx, rc, &out, &e);
}

static void lower(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  fold(ctx, v[0], ryx_fold_lower);
}

static void upper(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  fold(ctx, v[0], ryx_fold_upper);
}

static void free_regex(void *p)
{
  ryx_regex_free(p);
}

static ryx_regex *compile(sqlite3_context *ctx, sqlite3_value *v,
                          bool ignore_case)
{
  const char *pattern = (const char *)sqlite3_value_text(v);
  ryx_regex *re = NULL;
  ryx_err e = {0};
  int rc;

  if (!pattern) {
    sqlite3_result_error_nomem(ctx);
    return NULL;
  }
  rc = ryx_regex_new(pattern, (size_t)sqlite3_value_bytes(v), ignore_case, &re,
                     &e);
  if (rc == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else if (rc < 0)
    sqlite3_result_error(ctx, e.message, -1);
  return rc < 0 ? NULL : re;
}

/* regexp(pattern, value): `value REGEXP pattern` calls it so. A pattern that is
 * the same for all rows is compiled once, for the first. */
static void search(sqlite3_context *ctx, sqlite3_value **v, bool ignore_case)
{
  ryx_regex *re = sqlite3_get_auxdata(ctx, 0), *made = NULL;
  const char *s = (const char *)sqlite3_value_text(v[1]);
  int rc;

  if (!s || sqlite3_value_type(v[0]) == SQLITE_NULL) return;
  if (!re) re = made = compile(ctx, v[0], ignore_case);
  if (!re) return;
  rc = ryx_regex_search(re, s, (size_t)sqlite3_value_bytes(v[1]));
  if (rc >= 0)
    sqlite3_result_int(ctx, rc);
  else if (rc == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else
    sqlite3_result_error(ctx,
                         "the regular expression takes too long on a value, or "
                         "the value is not UTF-8",
                         -1);
  /* Last, because SQLite may free it at once. */
  if (made) sqlite3_set_auxdata(ctx, 0, made, free_regex);
}

static void regexp(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  search(ctx, v, false);
}

static void iregexp(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  (void)n;
  search(ctx, v, true);
}

static void similarity(sqlite3_context *ctx, int n, sqlite3_value **v)
{
  const char *a = (const char *)sqlite3_value_text(v[0]);
  const char *b = (const char *)sqlite3_value_text(v[1]);
  double share = 0;
  int rc;

  if (!a || !b || ryx_lite_functions_any_null(n, v)) return;
  rc = ryx_word_similarity(a, (size_t)sqlite3_value_bytes(v[0]), b,
                           (size_t)sqlite3_value_bytes(v[1]), &share);
  if (rc == 0)
    sqlite3_result_double(ctx, share);
  else if (rc == RYX_E_NOMEM)
    sqlite3_result_error_nomem(ctx);
  else
    sqlite3_result_error(ctx, "cannot compare text that is not UTF-8", -1);
}

/* SQLite's parameter is not const. */
static void *datum(const char *data)
{
  union {
    const char *in;
    void *out;
  } d = {.in = data};

  return d.out;
}

int ryx_lite_functions_add(sqlite3 *db, const ryx_lite_function *f)
{
  int rc = SQLITE_OK;

  for (; f->name && rc == SQLITE_OK; f++)
    rc = sqlite3_create_function_v2(db, f->name, f->n_args, RYX_LITE_PURE,
                                    datum(f->data), f->fn, NULL, NULL, NULL);
  return rc;
}

int ryx_lite_functions_aggregate(sqlite3 *db, const ryx_lite_aggregator *f)
{
  int rc = SQLITE_OK;

  for (; f->name && rc == SQLITE_OK; f++)
    rc = sqlite3_create_window_function(db, f->name, f->n_args, RYX_LITE_PURE,
                                        datum(f->data), f->step, f->final,
                                        f->value, f->inverse, NULL);
  return rc;
}

int ryx_lite_functions(sqlite3 *db)
{
  static const ryx_lite_function all[] = {
      {"ryx_lower", 1, lower, NULL},
      {"ryx_upper", 1, upper, NULL},
      {"regexp", 2, regexp, NULL},
      {"ryx_iregexp", 2, iregexp, NULL},
      {"ryx_similarity", 2, similarity, NULL},
      {NULL, 0, NULL, NULL},
  };

  return ryx_lite_functions_add(db, all);
}
