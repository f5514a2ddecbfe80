/* SPDX-License-Identifier: MIT */
/* Owns running: stepping a bound statement into packed rows, batches, streams,
 * and the reply. */
#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

enum { ALL_ROWS = -1 };

static bool is_too_large(const ryx_pack *p, int64_t max)
{
  return max && ryx_pack_size(p) > (uint64_t)max;
}

/* Steps at most max rows into *pack, which is made by the first call when the
 * statement has columns: only after its first step does SQLite know them, a
 * changed schema may have changed them. *more: stopped at max. */
static int step(ryx_lite *c, ryx_lite_stmt *st, int32_t max, ryx_pack **pack,
                bool *more)
{
  sqlite3_stmt *s = st->s;
  int64_t max_bytes = c->opts->max_result_bytes;
  int n_cols = -1, rc, ret;

  for (;;) {
    *more = max == 0;
    if (*more) return 0;
    rc = sqlite3_step(s);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
      return ryx_lite_error(c, rc, &c->err);
    if (n_cols < 0) {
      n_cols = sqlite3_column_count(s);
      ret = n_cols && !*pack ? ryx_lite_rows_new(st, pack) : 0;
      if (ret < 0) return ryx_err_nomem(&c->err);
    }
    if (rc == SQLITE_DONE) return 0;
    if (ryx_lite_rows_put(s, n_cols, *pack) < 0) return ryx_err_nomem(&c->err);
    if (is_too_large(*pack, max_bytes))
      return ryx_refuse_result(c->opts, &c->err);
    if (max > 0) max--;
  }
}

int ryx_lite_run_exec(ryx_lite *c, const char *sql, ryx_err *e)
{
  int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);

  return rc == SQLITE_OK ? 0 : ryx_lite_error(c, rc, e);
}

/* The connection has one stream; another one's rows come as a whole. */
static bool is_stream(const ryx_lite *c)
{
  return (c->head->flags & RYX_STMT_STREAM) && !c->parked;
}

/* Rows would show what later statements write, and an in-memory database has
 * one connection for everybody. */
static bool must_read_ahead(const ryx_lite *c)
{
  return (c->head->flags & RYX_STMT_STREAM_TX) || c->opts->memory;
}

/* Takes all the rows that are left. */
static int read_ahead(ryx_lite *c, ryx_lite_stmt *st)
{
  sqlite3_stmt *s = st->s;
  int rc = ryx_lite_spill_new(st, &c->spill, &c->err), ret;

  while (rc == 0 && (ret = sqlite3_step(s)) != SQLITE_DONE)
    rc = ret == SQLITE_ROW ? ryx_lite_spill_put(c->spill, s, &c->err)
                           : ryx_lite_error(c, ret, &c->err);
  if (rc == 0) rc = ryx_lite_spill_end(c->spill, &c->err);
  if (rc == 0) c->reply.more = ryx_lite_spill_rows(c->spill) > 0;
  return rc;
}

static int run_row(ryx_lite *c, ryx_lite_stmt *st, int row, ryx_pack **pack)
{
  int32_t max = is_stream(c) ? c->part : ALL_ROWS;
  int rc = ryx_lite_stmt_bind(c, st, c->head, row, &c->err);

  if (rc == 0) rc = step(c, st, max, pack, &c->reply.more);
  if (rc < 0 || !c->reply.more || !must_read_ahead(c)) return rc;
  return read_ahead(c, st);
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
  if (rc == RYX_E_FOREIGN_KEY) ryx_lite_key_find(c, st);
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

void ryx_lite_run_end_stream(ryx_lite *c)
{
  ryx_lite_spill_free(c->spill);
  c->spill = NULL;
  if (c->running) ryx_lite_stmt_give(c, c->running);
}

static void fill_reply(ryx_lite *c, int rc, ryx_pack *pack)
{
  c->reply.code = rc;
  c->reply.over_budget = rc < 0 && c->over_budget;
  if (rc < 0) {
    c->reply.more = false;
    ryx_pack_free(pack);
  } else if (pack) {
    c->reply.rows = ryx_pack_rows(pack);
  }
}

/* An autocommitted write has had its effect by its first row, and keeps it when
 * it is merely left: an error that is ours must take it back. */
static void take_back(ryx_lite *c, ryx_lite_stmt *st)
{
  if (st->read_only || !sqlite3_get_autocommit(c->db) ||
      !sqlite3_stmt_busy(st->s))
    return;
  sqlite3_interrupt(c->db);
  sqlite3_step(st->s);
}

static int run(ryx_lite *c, ryx_lite_stmt *st, ryx_pack **pack)
{
  if (c->head->n_batch > 1) return run_batch(c, st, pack);
  return st->read_only ? run_row(c, st, 0, pack) : run_write(c, st, 0, pack);
}

const char ryx_lite_begin_reading[] = "BEGIN";

/* A connection of its own for reading is query_only; others must be asked. */
static int refuse_write(ryx_lite *c, const ryx_lite_stmt *st)
{
  if (sqlite3_get_autocommit(c->db)) c->reads = false;
  if (!c->reads || st->read_only) return 0;
  ryx_err_set(&c->err, RYX_E_OPERATIONAL, "%s",
              sqlite3_errstr(SQLITE_READONLY));
  c->err.native = SQLITE_READONLY;
  return c->err.code;
}

void ryx_lite_run(ryx_lite *c)
{
  ryx_pack *pack = NULL;
  ryx_lite_stmt *st = NULL;
  int rc;

  c->part = c->head->chunk > 0 ? c->head->chunk : 1;
  if (ryx_lite_wait_stopped(c)) {
    c->stop = RYX_E_CANCELLED;
    c->reply.not_started = true;
    fill_reply(c, ryx_lite_error(c, SQLITE_INTERRUPT, &c->err), NULL);
    return;
  }
  rc = ryx_lite_stmt_get(c, c->head, &st, &c->err);
  if (rc < 0) {
    fill_reply(c, rc, NULL);
    return;
  }
  rc = refuse_write(c, st);
  if (rc < 0) {
    ryx_lite_stmt_give(c, st);
    fill_reply(c, rc, NULL);
    return;
  }
  /* Interrupting a write would undo the transaction around it. */
  if (!st->read_only) c->budget_ns = 0;
  c->is_changed |= st->changes_session;
  rc = run(c, st, &pack);
  if (rc < 0) take_back(c, st);
  if (rc == 0 && c->head->sql == ryx_lite_begin_reading) c->reads = true;
  fill_reply(c, rc, pack);
  if (c->reply.more && !c->spill) {
    c->running = st;
    return;
  }
  ryx_lite_stmt_give(c, st);
  if (!c->reply.more && is_stream(c)) ryx_lite_run_end_stream(c);
}

static int part_of_spill(ryx_lite *c, ryx_pack **pack)
{
  int32_t n;
  int rc;

  for (n = 0; n < c->part && ryx_lite_spill_rows(c->spill) > 0; n++) {
    rc = ryx_lite_spill_row(c->spill, pack, &c->err);
    if (rc < 0) return rc;
    if (is_too_large(*pack, c->opts->max_result_bytes))
      return ryx_refuse_result(c->opts, &c->err);
  }
  c->reply.more = ryx_lite_spill_rows(c->spill) > 0;
  return 0;
}

void ryx_lite_run_part(ryx_lite *c)
{
  ryx_pack *pack = NULL;
  int rc = 0;

  c->budget_ns = 0; /* rows were handed out: it cannot be run again */
  if (c->part == 0)
    rc = 0;
  else if (ryx_lite_wait_over(c))
    rc = ryx_lite_error(c, SQLITE_INTERRUPT, &c->err);
  else if (c->spill)
    rc = part_of_spill(c, &pack);
  else
    rc = step(c, c->running, c->part, &pack, &c->reply.more);
  fill_reply(c, rc, pack);
  if (!c->reply.more) ryx_lite_run_end_stream(c);
}
