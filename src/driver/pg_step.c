/* SPDX-License-Identifier: MIT */
/* What comes back: results find their flight, flights become replies. Anything
 * that libpq's pipeline does not foresee ends the connection. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "driver/pg_conn.h"
#include "value/text.h"

/* Flights whose end is a reply; each statement has exactly one of them. */
static bool is_answered(ryx_pg_kind kind)
{
  switch (kind) {
    case RYX_PG_STMT:
    case RYX_PG_STREAM:
    case RYX_PG_FETCH:
    case RYX_PG_COPY:
    case RYX_PG_PROBE: return true;
    case RYX_PG_DECLARE:
    case RYX_PG_QUIET:
    case RYX_PG_VITAL: break;
  }
  return false;
}

/* Once more on a dead connection it fails what was sent since. */
void ryx_pg_step_die(ryx_pg *c, const char *what)
{
  if (!c->dead) ryx_pg_error_conn(c, &c->why, what);
  c->dead = true;
  c->stream.held = c->stream.ready = false;
  for (; c->at != c->tail; c->at++) {
    ryx_pg_flight *f = ryx_pg_at(c, c->at);

    if (f->state != RYX_PG_WIRE) continue;
    f->lost = true;
    f->state = is_answered(f->kind) ? RYX_PG_DONE : RYX_PG_GONE;
  }
}

static bool is_error(const PGresult *r)
{
  return PQresultStatus(r) == PGRES_FATAL_ERROR;
}

static void drop_result(ryx_pg_flight *f)
{
  PQclear(f->result);
  f->result = NULL;
  f->state = RYX_PG_GONE;
}

/* The last state that libpq told while nothing was in flight: behind a
 * statement that may have begun or ended a transaction it is only a guess. */
static void note_tx(ryx_pg *c, const ryx_pg_flight *f)
{
  switch (PQtransactionStatus(c->pg)) {
    case PQTRANS_IDLE: c->tx = RYX_TX_NONE; break;
    case PQTRANS_INTRANS: c->tx = RYX_TX_OPEN; break;
    case PQTRANS_INERROR: c->tx = RYX_TX_FAILED; break;
    case PQTRANS_ACTIVE:
    case PQTRANS_UNKNOWN:
      if (f->stmt && !(f->stmt->flags & RYX_STMT_READ)) c->tx_known = false;
      return;
  }
  c->tx_known = true;
}

/* A stream must not have shown a row, nor be given up. */
static bool may_repeat(ryx_pg *c, const ryx_pg_flight *f)
{
  if (f->repeated || !ryx_pg_send_calm(c)) return false;
  return f->kind != RYX_PG_STREAM || (!c->stream.reader && !c->stream.discard);
}

static void finish_stmt(ryx_pg *c, ryx_pg_flight *f)
{
  bool vanished = ryx_pg_prepared_ended(c, f);

  f->state = RYX_PG_DONE;
  if (f->kind == RYX_PG_STMT) ryx_pg_size_settle(c, f);
  if (!vanished || !may_repeat(c, f)) return;
  if (ryx_pg_send_again(c, f->stmt)) drop_result(f);
}

static void finish_vital(ryx_pg *c, ryx_pg_flight *f)
{
  ryx_err e;

  if (is_error(f->result)) {
    ryx_pg_error_fill(f->result, &e);
    ryx_pg_step_die(c, e.message);
  } else {
    ryx_pg_dial_greeted(c, f->result);
  }
  drop_result(f);
}

static void finish(ryx_pg *c, ryx_pg_flight *f)
{
  note_tx(c, f);
  if (!f->result) {
    f->lost = true;
    f->state = is_answered(f->kind) ? RYX_PG_DONE : RYX_PG_GONE;
    ryx_pg_step_die(c, "the server ended a statement without a result");
    return;
  }
  switch (f->kind) {
    case RYX_PG_STMT:
    case RYX_PG_STREAM: finish_stmt(c, f); break;
    case RYX_PG_DECLARE: ryx_pg_stream_declared(c, f); break;
    case RYX_PG_FETCH: ryx_pg_stream_fetched(c, f); break;
    case RYX_PG_PROBE: ryx_pg_stream_probed(c, f); break;
    case RYX_PG_COPY: f->state = RYX_PG_DONE; break;
    case RYX_PG_QUIET: drop_result(f); break;
    case RYX_PG_VITAL: finish_vital(c, f); break;
  }
}

/* An error wins over what came before it: a deferred constraint fails after the
 * statement's own success. */
static void keep_result(ryx_pg_flight *f, PGresult *r)
{
  if (f->prepares && !f->acked && !is_error(r)) {
    f->acked = true;
    PQclear(r);
    return;
  }
  if (f->result && is_error(f->result)) {
    PQclear(r);
    return;
  }
  PQclear(f->result);
  f->result = r;
}

static void deliver(ryx_pg *c, ryx_pg_flight *f, PGresult *r)
{
  bool is_fatal;

  switch (PQresultStatus(r)) {
    case PGRES_PIPELINE_SYNC:
      PQclear(r);
      c->at++;
      finish(c, f);
      return;
    case PGRES_SINGLE_TUPLE: ryx_pg_stream_row(c, r); return;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY: keep_result(f, r); return;
    case PGRES_PIPELINE_ABORTED: PQclear(r); return;
    case PGRES_FATAL_ERROR:
      is_fatal =
          !PQresultErrorField(r, PG_DIAG_SQLSTATE) || ryx_pg_error_fatal(r);
      keep_result(f, r);
      if (is_fatal) ryx_pg_step_die(c, PQresultErrorMessage(f->result));
      return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
      if (f->kind == RYX_PG_COPY) {
        ryx_pg_copy_begun(c, r);
        return;
      }
      PQclear(r);
      ryx_pg_step_die(c,
                      "COPY between client and server cannot run as a "
                      "statement; the connection was closed");
      return;
    case PGRES_BAD_RESPONSE:
    case PGRES_NONFATAL_ERROR: break;
  }
  PQclear(r);
  ryx_pg_step_die(c, "the server answered what was not asked");
}

/* The clock is read after so many results, and a step that has had its share
 * stops. A short one never reads it. */
static bool is_spent(ryx_pg_turn *t)
{
  uint64_t now;

  if (++t->handled % RYX_STEP_ROWS != 0) return t->spent;
  now = ryx_clock_now();
  if (t->ends_ns == 0) t->ends_ns = now + RYX_STEP_US * RYX_NS_PER_US;
  t->spent = now >= t->ends_ns;
  return t->spent;
}

/* A COPY has no sync; NULL ends it. */
static void end_copy(ryx_pg *c, ryx_pg_flight *f)
{
  c->at++;
  finish(c, f);
  if (!c->dead && !PQenterPipelineMode(c->pg)) ryx_pg_step_die(c, NULL);
}

/* Takes the results that are complete. NULL ends each message's results, and
 * two of them in a row with a sync outstanding would go on for ever. */
static void drain(ryx_pg *c)
{
  int nulls = 0;

  while (c->at != c->tail && !c->dead && !c->stream.held) {
    ryx_pg_flight *f = ryx_pg_at(c, c->at);
    PGresult *r;

    if (f->state != RYX_PG_WIRE) {
      c->at++;
      continue;
    }
    if (f->kind == RYX_PG_COPY && !ryx_pg_copy_goes(c)) return;
    if (PQisBusy(c->pg) || is_spent(&c->turn)) return;
    r = PQgetResult(c->pg);
    if (r) {
      deliver(c, f, r);
    } else if (f->kind == RYX_PG_COPY) {
      end_copy(c, f);
      continue;
    }
    nulls = r ? 0 : nulls + 1;
    if (nulls > 2) ryx_pg_step_die(c, NULL);
  }
}

static void drop_notifies(ryx_pg *c)
{
  PGnotify *n;

  while ((n = PQnotifies(c->pg)))
    PQfreemem(n);
}

static void consume(ryx_pg *c)
{
  bool alive = ryx_pg_size_consume(c);

  drain(c); /* the server may have said why it hung up */
  if (!alive) {
    if (!c->turn.spent) ryx_pg_step_die(c, NULL);
    return;
  }
  if (c->at == c->tail) PQisBusy(c->pg); /* reads notices and notifies */
  drop_notifies(c);
  ryx_pg_size_check(c);
}

void ryx_pg_step_peek(ryx_pg *c)
{
  char byte;
  ssize_t n = recv(PQsocket(c->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT);

  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  consume(c);
  if (!c->dead) consume(c); /* the first took the words, this finds the end */
}

static void pop(ryx_pg *c)
{
  ryx_pg_flight *f = ryx_pg_at(c, c->head++);

  PQclear(f->result);
  ryx_mem_free(f->prepares);
}

void ryx_pg_step_trim(ryx_pg *c)
{
  while (c->head != c->at && ryx_pg_at(c, c->head)->state == RYX_PG_GONE) {
    pop(c);
  }
}

/* Repeats, fetches and closes are sent while draining, so go round. */
static void settle(ryx_pg *c)
{
  uint32_t sent;

  do {
    int rc = PQflush(c->pg);

    ryx_pg_send_uncork(c);
    sent = c->tail;
    c->blocked = rc > 0;
    if (rc < 0) consume(c);
    if (rc < 0) ryx_pg_step_die(c, NULL);
    drain(c);
  } while (c->tail != sent && !c->dead);
}

ryx_io ryx_pg_step(void *p, unsigned ready, ryx_err *e)
{
  ryx_pg *c = p;

  c->turn = (ryx_pg_turn){0};
  if (c->dialling && !c->dead) return ryx_pg_dial_step(c, e);
  if (!c->dead && (ready & RYX_READY_READ) && !c->stream.held) consume(c);
  if (!c->dead) settle(c);
  if (!c->dead && PQstatus(c->pg) == CONNECTION_BAD && !c->turn.spent) {
    ryx_pg_step_die(c, NULL);
  }
  if (c->dead) {
    *e = c->why;
    return RYX_IO_FAIL;
  }
  if (c->stream.held || c->at == c->tail) return RYX_IO_DONE;
  if (c->turn.spent) return RYX_IO_YIELD;
  return c->blocked ? RYX_IO_BOTH : RYX_IO_READ;
}

/* PostgreSQL answers COMMIT with ROLLBACK when the transaction had failed. */
static bool is_commit_undone(const ryx_pg_flight *f)
{
  return strncmp(PQcmdStatus(f->result), "ROLLBACK", 8) == 0 &&
         !ryx_pg_words_rollback(f->stmt->sql);
}

static int64_t affected(PGresult *r)
{
  const char *tag = PQcmdStatus(r), *n = PQcmdTuples(r);
  bool reads = strncmp(tag, "SELECT", 6) == 0 || strncmp(tag, "FETCH", 5) == 0;
  int64_t out = 0;

  if (reads || ryx_text_int(n, strlen(n), &out, NULL) < 0) return 0;
  return out;
}

static int rows_of(ryx_pg_flight *f, ryx_reply *out)
{
  if (PQresultStatus(f->result) != PGRES_TUPLES_OK) return 0;
  out->rows = ryx_pg_rows_new(f->result);
  if (!out->rows) return ryx_err_nomem(&out->err);
  f->result = NULL;
  return 0;
}

static int answer(ryx_pg *c, ryx_pg_flight *f, ryx_reply *out)
{
  if (f->result && is_error(f->result) && f->kind != RYX_PG_PROBE &&
      !(f->kind == RYX_PG_STREAM && c->stream.discard)) {
    out->not_started = f->not_started;
    ryx_pg_error_fill(f->result, &out->err);
    if (f->kind == RYX_PG_COPY) ryx_pg_copy_blame(f->result, &out->err);
    return out->err.code;
  }
  if (f->oversize) return ryx_refuse_result(c->opts, &out->err);
  if (f->lost) {
    out->err = c->why;
    return c->why.code;
  }
  if (f->kind == RYX_PG_STREAM) return ryx_pg_stream_rest(c, f->result, out);
  if (f->kind == RYX_PG_PROBE) return 0;
  if (is_commit_undone(f)) {
    return ryx_err_set(&out->err, RYX_E_TRANSACTION_BROKEN,
                       "nothing was saved: the transaction had failed, and "
                       "COMMIT rolled it back");
  }
  out->affected = affected(f->result);
  if (f->kind == RYX_PG_COPY) return ryx_pg_copy_rest(c, out);
  return rows_of(f, out);
}

bool ryx_pg_step_take(void *p, ryx_reply *out)
{
  ryx_pg *c = p;
  ryx_pg_flight *f;

  ryx_pg_step_trim(c);
  if (c->head == c->tail) return false;
  f = ryx_pg_at(c, c->head);
  if (f->state != RYX_PG_DONE && !c->stream.ready) return false;
  out->tag = f->stmt->tag;
  out->rows = NULL;
  out->affected = out->last_id = 0;
  out->not_started = out->over_budget = false;
  out->more = f->more;
  out->code = 0;
  if (f->state != RYX_PG_DONE) {
    ryx_pg_stream_part(c, out);
    return true;
  }
  out->code = answer(c, f, out);
  if (out->code != 0) out->more = false;
  if (f->kind == RYX_PG_STREAM || f->kind == RYX_PG_COPY ||
      out->more != f->more)
    ryx_pg_stream_fini(c);
  pop(c);
  return true;
}
