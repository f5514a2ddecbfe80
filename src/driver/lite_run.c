/* SPDX-License-Identifier: MIT */
/* Owns running: stepping a bound statement into packed rows, batches, streams,
 * and the reply. */
#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

enum { ALL_ROWS = -1 };

static int put_row(sqlite3_stmt *s, int n_cols, ryx_pack *p)
{
  ryx_val *cell = ryx_pack_row(p);
  int i, rc = 0;

  if (!cell) return RYX_E_NOMEM;
  for (i = 0; i < n_cols && rc == 0; i++, cell++) {
    switch (sqlite3_column_type(s, i)) {
      case SQLITE_INTEGER:
        cell->type = RYX_T_INT;
        cell->u.i = sqlite3_column_int64(s, i);
        break;
      case SQLITE_FLOAT:
        cell->type = RYX_T_DOUBLE;
        cell->u.d = sqlite3_column_double(s, i);
        break;
      case SQLITE_TEXT: {
        const void *text = sqlite3_column_text(s, i);
        size_t n = (size_t)sqlite3_column_bytes(s, i);
        rc = text ? ryx_pack_bytes(p, cell, RYX_T_TEXT, text, n) : RYX_E_NOMEM;
        break;
      }
      case SQLITE_BLOB: {
        const void *blob = sqlite3_column_blob(s, i);
        size_t n = (size_t)sqlite3_column_bytes(s, i);
        rc = ryx_pack_bytes(p, cell, RYX_T_BYTES, blob ? blob : "", n);
        break;
      }
    }
  }
  return rc;
}

static int new_pack(sqlite3_stmt *s, ryx_pack **out)
{
  int i, n = sqlite3_column_count(s);
  int rc = ryx_pack_new(n, out);

  for (i = 0; i < n && rc == 0; i++) {
    const char *name = sqlite3_column_name(s, i);
    rc = name ? ryx_pack_col(*out, i, name, RYX_T_NULL) : RYX_E_NOMEM;
  }
  return rc;
}

/* Steps at most max rows into *pack, which is made by the first call when the
 * statement has columns: only after its first step does SQLite know them, a
 * changed schema may have changed them. *more: stopped at max. */
static int step(ryx_lite *c, sqlite3_stmt *s, int32_t max, ryx_pack **pack,
                bool *more)
{
  int n_cols = -1, rc, ret;

  for (;;) {
    *more = max == 0;
    if (*more) return 0;
    rc = sqlite3_step(s);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
      return ryx_lite_error(c, rc, &c->err);
    if (n_cols < 0) {
      n_cols = sqlite3_column_count(s);
      ret = n_cols && !*pack ? new_pack(s, pack) : 0;
      if (ret < 0) return ryx_err_nomem(&c->err);
    }
    if (rc == SQLITE_DONE) return 0;
    if (put_row(s, n_cols, *pack) < 0) return ryx_err_nomem(&c->err);
    if (max > 0) max--;
  }
}

int ryx_lite_run_exec(ryx_lite *c, const char *sql, ryx_err *e)
{
  int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

  return rc == SQLITE_OK ? 0 : ryx_lite_error(c, rc, e);
}

static int run_row(ryx_lite *c, ryx_lite_stmt *st, int row, ryx_pack **pack)
{
  const ryx_stmt *s = c->head;
  int32_t max = s->flags & RYX_STMT_STREAM ? c->part : ALL_ROWS;
  int rc = ryx_lite_stmt_bind(c, st, s, row, &c->err);

  return rc < 0 ? rc : step(c, st->s, max, pack, &c->reply.more);
}

/* RETURNING costs SQLite more than a microsecond a row; its rowid is at hand.
 */
static int put_key(int64_t id, ryx_pack **pack)
{
  ryx_val *cell;

  if (!*pack && (ryx_pack_new(1, pack) < 0 ||
                 ryx_pack_col(*pack, 0, "id", RYX_T_INT) < 0))
    return RYX_E_NOMEM;
  if (!(cell = ryx_pack_row(*pack))) return RYX_E_NOMEM;
  cell->type = RYX_T_INT;
  cell->u.i = id;
  return 0;
}

/* The same for a statement that writes. SQLite's counters go on showing an
 * earlier statement's numbers when this one changes nothing. */
static int run_write(ryx_lite *c, ryx_lite_stmt *st, int row, ryx_pack **pack)
{
  int64_t total = sqlite3_total_changes64(c->db), id;
  int64_t last_id = sqlite3_last_insert_rowid(c->db);
  int rc;

  if (!st->asks_last_id) sqlite3_set_last_insert_rowid(c->db, 0);
  rc = run_row(c, st, row, pack);
  id = sqlite3_last_insert_rowid(c->db);
  if (id == 0) sqlite3_set_last_insert_rowid(c->db, last_id);
  if (rc < 0 || sqlite3_total_changes64(c->db) == total) return rc;
  c->reply.affected += sqlite3_changes64(c->db);
  if (id) c->reply.last_id = id;
  if (c->head->flags & RYX_STMT_KEYS && put_key(id, pack) < 0)
    return ryx_err_nomem(&c->err);
  return 0;
}

static int run_rows(ryx_lite *c, ryx_lite_stmt *st, ryx_pack **pack)
{
  int row, rc;

  for (row = 0; row < c->head->n_batch; row++) {
    /* Short statements never reach the progress handler. */
    if (row % 64 == 0 && ryx_lite_wait_over(c))
      return ryx_lite_error(c, SQLITE_INTERRUPT, &c->err);
    rc =
        st->read_only ? run_row(c, st, row, pack) : run_write(c, st, row, pack);
    if (rc < 0) return rc;
    sqlite3_reset(st->s);
  }
  return 0;
}

/* All rows or none; inside a transaction the caller's rollback sees to it. */
static int run_batch(ryx_lite *c, ryx_lite_stmt *st, ryx_pack **pack)
{
  bool own = !st->read_only && sqlite3_get_autocommit(c->db);
  ryx_err ignored;
  int rc;

  if (own && (rc = ryx_lite_run_exec(c, "BEGIN IMMEDIATE", &c->err)) < 0)
    return rc;
  rc = run_rows(c, st, pack);
  if (rc < 0) sqlite3_reset(st->s);
  if (rc == 0 && own) rc = ryx_lite_run_exec(c, "COMMIT", &c->err);
  /* SQLite may have rolled back by itself: then this fails, and that is all */
  if (rc < 0 && own && !sqlite3_get_autocommit(c->db))
    (void)!ryx_lite_run_exec(c, "ROLLBACK", &ignored);
  return rc;
}

/* Puts the rows into the reply; true when the stream goes on. */
static bool finish(ryx_lite *c, ryx_lite_stmt *st, int rc, ryx_pack *pack)
{
  c->reply.code = rc;
  c->reply.over_budget = rc < 0 && c->over_budget;
  if (rc < 0) {
    c->reply.more = false;
    ryx_pack_free(pack);
  } else if (pack) {
    c->reply.rows = ryx_pack_rows(pack);
  }
  if (c->reply.more) {
    c->running = st;
    return true;
  }
  if (st) ryx_lite_stmt_give(c, st);
  return false;
}

bool ryx_lite_run(ryx_lite *c)
{
  ryx_pack *pack = NULL;
  ryx_lite_stmt *st = NULL;
  int rc;

  c->part = c->head->chunk > 0 ? c->head->chunk : 1;
  if (ryx_lite_wait_stopped(c)) {
    c->stop = RYX_E_CANCELLED;
    return finish(c, NULL, ryx_lite_error(c, SQLITE_INTERRUPT, &c->err), NULL);
  }
  rc = ryx_lite_stmt_get(c, c->head, &st, &c->err);
  if (rc < 0) return finish(c, NULL, rc, NULL);
  /* Interrupting a write would undo the transaction around it. */
  if (!st->read_only) c->budget_ns = 0;
  if (c->head->n_batch > 1)
    rc = run_batch(c, st, &pack);
  else if (st->read_only)
    rc = run_row(c, st, 0, &pack);
  else
    rc = run_write(c, st, 0, &pack);
  return finish(c, st, rc, pack);
}

bool ryx_lite_run_part(ryx_lite *c)
{
  ryx_pack *pack = NULL;
  int rc = 0;

  c->budget_ns = 0; /* rows were handed out: it cannot be run again */
  c->reply.more = false;
  if (c->part > 0) rc = step(c, c->running->s, c->part, &pack, &c->reply.more);
  return finish(c, c->running, rc, pack);
}
