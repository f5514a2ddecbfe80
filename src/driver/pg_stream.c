/* SPDX-License-Identifier: MIT */
/* Results in parts. Outside a transaction rows come one by one (single-row
 * mode) and the connection is the stream's; between two parts nothing is read,
 * so the server waits. Inside a transaction a cursor leaves the connection free
 * between the parts. There is one stream at a time: a cursor asked for while
 * another is open is read whole instead. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "driver/pg_conn.h"
#include "value/text.h"

enum { DEFAULT_CHUNK = 1000 };

static int32_t chunk_of(const ryx_stmt *s)
{
  return s->chunk > 0 ? s->chunk : DEFAULT_CHUNK;
}

void ryx_pg_stream_fini(ryx_pg *c)
{
  ryx_rows_free(c->stream.reader);
  ryx_pack_free(c->stream.pack);
  ryx_buf_fini(&c->stream.bytes);
  c->stream = (ryx_pg_stream){0};
}

/* --- single-row mode */

void ryx_pg_stream_start(ryx_pg *c, const ryx_stmt *s)
{
  c->stream = (ryx_pg_stream){.stmt = s, .want = chunk_of(s)};
}

/* An empty part with the columns of r. */
static int start_part(ryx_pg_stream *s, const PGresult *r)
{
  int rc = ryx_pack_new(PQnfields(r), &s->pack);

  for (int i = 0; rc == 0 && i < PQnfields(r); i++) {
    int type = s->reader ? s->reader->cols[i].type : RYX_T_NULL;
    rc = ryx_pack_col(s->pack, i, PQfname(r, i), type);
  }
  return rc;
}

static int copy_row(ryx_pg_stream *s)
{
  ryx_val *cells = ryx_pack_row(s->pack), v;
  int rc = cells ? 0 : RYX_E_NOMEM;

  if (!ryx_rows_next(s->reader)) return rc;
  for (int i = 0; rc == 0 && i < s->reader->n_cols; i++) {
    ryx_rows_cell(s->reader, i, &v);
    cells[i] = v;
    if (!ryx_val_has_bytes(&v)) continue;
    rc = ryx_pack_bytes(s->pack, &cells[i], v.type, v.u.s, v.len);
  }
  return rc;
}

static int add_row(ryx_pg_stream *s, PGresult *r)
{
  int rc = 0;

  if (s->reader) {
    ryx_pg_rows_swap(s->reader, r);
  } else {
    s->reader = ryx_pg_rows_new(r);
  }
  if (!s->reader) {
    PQclear(r);
    return RYX_E_NOMEM;
  }
  if (!s->pack) rc = start_part(s, r);
  return rc == 0 ? copy_row(s) : rc;
}

static bool is_full(const ryx_pg *c)
{
  const ryx_pg_stream *s = &c->stream;
  int64_t max = c->opts->max_result_bytes;

  return ryx_pack_count(s->pack) >= s->want ||
         (max > 0 && (int64_t)ryx_pack_size(s->pack) >= max);
}

void ryx_pg_stream_row(ryx_pg *c, PGresult *r)
{
  ryx_pg_stream *s = &c->stream;

  if (s->discard) {
    PQclear(r);
  } else if (add_row(s, r) < 0) {
    s->oom = s->discard = true;
  } else if (is_full(c)) {
    s->held = s->ready = true;
  }
}

void ryx_pg_stream_part(ryx_pg *c, ryx_reply *out)
{
  if (c->stream.copy) {
    out->code = ryx_pg_copy_part(c, out);
    return;
  }
  out->rows = ryx_pack_rows(c->stream.pack);
  out->more = true;
  c->stream.pack = NULL;
  c->stream.ready = false;
}

int ryx_pg_stream_rest(ryx_pg *c, const PGresult *end, ryx_reply *out)
{
  ryx_pg_stream *s = &c->stream;

  if (s->oom) return ryx_err_nomem(&out->err);
  if (s->discard || PQresultStatus(end) != PGRES_TUPLES_OK) return 0;
  if (!s->pack && start_part(s, end) < 0) return ryx_err_nomem(&out->err);
  out->rows = ryx_pack_rows(s->pack);
  s->pack = NULL;
  return 0;
}

/* --- cursors */

/* Only what DECLARE takes; WITH may change data. */
bool ryx_pg_stream_fits(const ryx_pg *c, const ryx_stmt *s)
{
  if (c->stream.stmt) return false;
  return s->flags & RYX_STMT_READ || ryx_pg_words_select(s->sql);
}

static ryx_pg_flight *fetch(ryx_pg *c)
{
  ryx_pg_stream *s = &c->stream;
  char sql[80];
  ryx_pg_flight *f;

  snprintf(sql, sizeof sql, "FETCH %d FROM ryx_c_%u", s->want, s->serial);
  f = ryx_pg_send_own(c, RYX_PG_FETCH, sql, s->binary);
  f->stmt = s->stmt;
  f->serial = s->serial;
  f->want = s->want;
  return f;
}

int ryx_pg_stream_declare(ryx_pg *c, const ryx_stmt *s, const ryx_pg_params *p,
                          ryx_err *e)
{
  const char *const *values = p->values;
  uint32_t serial = ++c->names.serial;
  ryx_buf sql;
  bool sent;

  ryx_buf_init(&sql, 0);
  if (ryx_buf_printf(&sql, "DECLARE ryx_c_%u NO SCROLL CURSOR FOR ", serial) <
          0 ||
      ryx_buf_put(&sql, s->sql, s->sql_len) < 0) {
    ryx_buf_fini(&sql);
    return ryx_err_nomem(e);
  }
  c->stream = (ryx_pg_stream){.stmt = s, .serial = serial, .want = chunk_of(s)};
  ryx_pg_send_push(c, RYX_PG_DECLARE, s)->serial = serial;
  sent = PQsendQueryParams(c->pg, sql.data, p->n, p->types, values, p->lengths,
                           p->formats, 0) &&
         PQpipelineSync(c->pg);
  ryx_buf_fini(&sql);
  fetch(c);
  if (!sent) ryx_pg_step_die(c, NULL);
  return 0;
}

static bool is_ours(const ryx_pg *c, const ryx_pg_flight *f)
{
  return c->stream.stmt && c->stream.serial == f->serial;
}

static bool failed(const ryx_pg_flight *f)
{
  return PQresultStatus(f->result) == PGRES_FATAL_ERROR;
}

static void drop(ryx_pg_flight *f)
{
  PQclear(f->result);
  f->result = NULL;
  f->state = RYX_PG_GONE;
}

/* Its failure is the statement's; the fetch behind it has failed as well and
 * finds the stream gone. */
void ryx_pg_stream_declared(ryx_pg *c, ryx_pg_flight *f)
{
  if (failed(f)) {
    f->state = RYX_PG_DONE;
    ryx_pg_stream_fini(c);
    return;
  }
  drop(f);
}

static void close_cursor(ryx_pg *c, uint32_t serial)
{
  char sql[40];

  snprintf(sql, sizeof sql, "CLOSE ryx_c_%u", serial);
  ryx_pg_send_own(c, RYX_PG_QUIET, sql, false);
}

/* A cursor that is exhausted is closed at once, unless something is in flight
 * behind it that may have ended the transaction; then its end closes it. */
void ryx_pg_stream_fetched(ryx_pg *c, ryx_pg_flight *f)
{
  if (!is_ours(c, f)) {
    drop(f);
    return;
  }
  f->state = RYX_PG_DONE;
  ryx_pg_size_settle(c, f);
  f->more = !failed(f) && PQntuples(f->result) == f->want;
  if (f->more) {
    c->stream.binary = ryx_pg_rows_binary(f->result);
    return;
  }
  ryx_pg_stream_fini(c);
  if (c->at == c->tail && c->tx == RYX_TX_OPEN) close_cursor(c, f->serial);
}

void ryx_pg_stream_probed(ryx_pg *c, ryx_pg_flight *f)
{
  f->state = RYX_PG_DONE;
  if (!failed(f) && PQntuples(f->result) == 1) close_cursor(c, f->serial);
}

/* Closing a cursor that a rollback to a savepoint has closed already would
 * break the transaction, so it is looked for first. */
static void end_cursor(ryx_pg *c)
{
  ryx_pg_stream s = c->stream;
  bool asks = c->tx == RYX_TX_OPEN || c->at != c->tail;
  ryx_pg_flight *f;
  char sql[80];

  ryx_pg_stream_fini(c);
  if (asks) {
    snprintf(sql, sizeof sql,
             "SELECT 1 FROM pg_catalog.pg_cursors WHERE name = 'ryx_c_%u'",
             s.serial);
    f = ryx_pg_send_own(c, RYX_PG_PROBE, sql, false);
  } else {
    f = ryx_pg_send_push(c, RYX_PG_PROBE, s.stmt);
    f->state = RYX_PG_DONE;
  }
  f->stmt = s.stmt;
  f->serial = s.serial;
}

ryx_sent ryx_pg_stream_more(void *p, int32_t max_rows, ryx_err *e)
{
  ryx_pg *c = p;
  ryx_pg_stream *s = &c->stream;

  if (c->dead) {
    *e = c->why;
    return RYX_SENT_OVER;
  }
  if (!s->stmt || s->ready) {
    ryx_err_set(e, RYX_E_MISUSE, "no stream waits for more");
    return RYX_SENT_REFUSED;
  }
  if (s->copy == RYX_PG_COPY_IN) return ryx_pg_copy_end(c, max_rows > 0);
  if (s->serial != 0 && max_rows == 0) {
    end_cursor(c);
    return RYX_SENT_WENT;
  }
  s->want = max_rows;
  if (s->serial != 0) {
    fetch(c);
    return RYX_SENT_WENT;
  }
  s->discard = s->discard || max_rows == 0;
  s->held = false;
  return RYX_SENT_WENT;
}
