/* SPDX-License-Identifier: MIT */
/* Owns prepared statements: making them, keeping them, binding values. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "driver/lite_conn.h"
#include "value/check.h"
#include "value/text.h"
#include "value/time.h"

/* The text behind a statement may hold space, comments and semicolons: all that
 * SQLite prepares to nothing. A PRAGMA takes effect while it is prepared, so
 * nothing else may be. */
static int check_tail(ryx_lite *c, const char *tail, ryx_err *e)
{
  while (*tail) {
    sqlite3_stmt *s = NULL;
    int rc;

    c->refuses_all = true;
    rc = sqlite3_prepare_v3(c->db, tail, -1, 0, &s, &tail);
    c->refuses_all = false;
    sqlite3_finalize(s);
    if (rc != SQLITE_OK || s)
      return ryx_err_set(e, RYX_E_MISUSE,
                         "one statement per call: the text holds another one "
                         "after the first");
  }
  return 0;
}

/* The first statement of the text, behind space and comments. */
static int prepare_first(ryx_lite *c, const ryx_stmt *s, ryx_lite_stmt *st,
                         const char **tail)
{
  unsigned flags = s->id ? SQLITE_PREPARE_PERSISTENT : 0;
  bool was_changed = c->is_changed;
  int rc;

  *tail = s->sql;
  c->is_changed = false;
  do {
    int left = (int)(s->sql + s->sql_len - *tail) + 1;
    rc = sqlite3_prepare_v3(c->db, *tail, left, flags, &st->s, tail);
  } while (rc == SQLITE_OK && !st->s && **tail);
  st->changes_session = c->is_changed;
  c->is_changed |= was_changed;
  return rc;
}

static int prepare(ryx_lite *c, const ryx_stmt *s, ryx_lite_stmt *st,
                   ryx_err *e)
{
  const char *tail;
  int rc;

  if (s->sql_len >= INT_MAX)
    return ryx_err_set(e, RYX_E_OPERATIONAL, "the statement is too long");
  rc = prepare_first(c, s, st, &tail);
  if (rc != SQLITE_OK) return ryx_lite_error(c, rc, e);
  if (!st->s) return ryx_err_set(e, RYX_E_MISUSE, "the statement is empty");
  if ((rc = check_tail(c, tail, e)) < 0) return rc;
  st->n_params = sqlite3_bind_parameter_count(st->s);
  st->read_only = sqlite3_stmt_readonly(st->s);
  st->asks_last_id = sqlite3_strlike("%last_insert_rowid%", s->sql, 0) == 0;
  return 0;
}

static void free_stmt(ryx_lite_stmt *st)
{
  sqlite3_finalize(st->s);
  ryx_buf_fini(&st->names);
  ryx_mem_free(st);
}

/* A stream that is between two parts outlives its place in the cache. */
void ryx_lite_stmt_drop(void *ctx, void *handle)
{
  ryx_lite *c = ctx;
  ryx_lite_stmt *st = handle;

  if (st == c->running)
    st->kept = false;
  else
    free_stmt(st);
}

int ryx_lite_stmt_get(ryx_lite *c, const ryx_stmt *s, ryx_lite_stmt **out,
                      ryx_err *e)
{
  bool keep = s->id && c->cache.max && !(s->flags & RYX_STMT_UNNAMED);
  ryx_lite_stmt *st = s->id ? ryx_stmts_get(&c->cache, s->id) : NULL;
  int rc;

  *out = st;
  if (st) return 0;
  st = ryx_mem_new(sizeof *st);
  if (!st) return ryx_err_nomem(e);
  ryx_buf_init(&st->names, 0);
  rc = prepare(c, s, st, e);
  if (rc < 0) {
    free_stmt(st);
    return rc;
  }
  st->kept = keep && ryx_stmts_put(&c->cache, s->id, st) == 0;
  *out = st;
  return 0;
}

void ryx_lite_stmt_give(ryx_lite *c, ryx_lite_stmt *st)
{
  if (st == c->running) c->running = NULL;
  if (st->kept)
    sqlite3_reset(st->s);
  else
    free_stmt(st);
}

/* Of a fixed width, so that it sorts as time does. */
static int time_text(const ryx_val *v, char *out)
{
  if (v->type == RYX_T_TIME) return ryx_text_put_time(out, v->u.i);
  return v->type == RYX_T_DATE ? ryx_text_put_date(out, v->u.i)
                               : ryx_text_put_datetime(out, v->u.i);
}

/* A list of doubles has it as text, which would only match nothing. */
static bool holds_nan(const ryx_val *v)
{
  return v->type == RYX_T_ARRAY && v->elem == RYX_T_DOUBLE &&
         memchr(v->u.s, 'N', v->len);
}

/* Returns an SQLite result code, or a negative RYX_E_* with e filled. Bytes
 * stay where they are: they live until the reply is taken, and every run binds
 * all parameters anew. */
static int bind(sqlite3_stmt *s, int i, const ryx_val *v, ryx_err *e)
{
  const char *bytes = v->len ? v->u.s : "";
  char text[RYX_TEXT_MAX];
  int n = ryx_check_param(v, e);

  if (n < 0) return n;
  switch ((ryx_type)v->type) {
    case RYX_T_NULL:
    case RYX_T_MAX: return sqlite3_bind_null(s, i);
    case RYX_T_BOOL:
    case RYX_T_INT:
    case RYX_T_DURATION: return sqlite3_bind_int64(s, i, v->u.i);
    case RYX_T_DOUBLE:
      if (isnan(v->u.d))
        return ryx_err_set(e, RYX_E_VALIDATION, "SQLite has no NaN");
      return sqlite3_bind_double(s, i, v->u.d);
    case RYX_T_BYTES:
      return sqlite3_bind_blob64(s, i, bytes, v->len, SQLITE_STATIC);
    case RYX_T_DECIMAL:
    case RYX_T_TEXT:
    case RYX_T_JSON:
    case RYX_T_ARRAY:
      if (holds_nan(v))
        return ryx_err_set(e, RYX_E_VALIDATION, "SQLite has no NaN");
      break;
    case RYX_T_UUID: break;
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
      n = time_text(v, text);
      return sqlite3_bind_text(s, i, text, n, SQLITE_TRANSIENT);
  }
  return sqlite3_bind_text64(s, i, bytes, v->len, SQLITE_STATIC, SQLITE_UTF8);
}

int ryx_lite_stmt_bind(ryx_lite *c, ryx_lite_stmt *st, const ryx_stmt *s,
                       int row, ryx_err *e)
{
  const ryx_val *v = s->params + (size_t)row * (size_t)s->n_params;
  int i, rc;

  if (st->n_params != s->n_params)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the statement takes %d parameters, %d were given",
                       st->n_params, s->n_params);
  for (i = 0; i < s->n_params; i++) {
    rc = bind(st->s, i + 1, &v[i], e);
    if (rc < 0) return ryx_refuse_param(s, i, e);
    if (rc != SQLITE_OK) return ryx_lite_error(c, rc, e);
  }
  return 0;
}
