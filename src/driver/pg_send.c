/* SPDX-License-Identifier: MIT */
/* Statements on their way out: always in pipeline mode, each under a sync of
 * its own, so that an error ends with the statement that made it. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "driver/pg_conn.h"

/* A connection that was used so short a time ago is taken to stand. */
enum { FRESH_MS = 5 };

ryx_pg_flight *ryx_pg_send_push(ryx_pg *c, ryx_pg_kind kind, const ryx_stmt *s)
{
  ryx_pg_flight *f = ryx_pg_at(c, c->tail++);

  *f = (ryx_pg_flight){.kind = kind, .state = RYX_PG_WIRE, .stmt = s};
  return f;
}

/* The flight is pushed before its bytes: if libpq fails half-way, it fails like
 * everything that had been sent. */
ryx_pg_flight *ryx_pg_send_own(ryx_pg *c, ryx_pg_kind kind, const char *sql,
                               bool binary)
{
  ryx_pg_flight *f = ryx_pg_send_push(c, kind, NULL);

  if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, binary) ||
      !PQpipelineSync(c->pg)) {
    ryx_pg_step_die(c, NULL);
  }
  return f;
}

bool ryx_pg_send_calm(ryx_pg *c)
{
  if (c->tx != RYX_TX_NONE || !c->tx_known) return false;
  for (uint32_t i = c->at; i != c->tail; i++) {
    const ryx_pg_flight *f = ryx_pg_at(c, i);

    if (f->stmt && !(f->stmt->flags & RYX_STMT_READ)) return false;
  }
  return true;
}

/* What goes out: prepared statement h by name, or s unnamed. */
static bool execute(ryx_pg *c, const ryx_stmt *s, const ryx_pg_params *p,
                    const ryx_pg_prepared *h)
{
  const char *const *values = p->values;

  if (h) {
    return PQsendQueryPrepared(c->pg, h->name, p->n, values, p->lengths,
                               p->formats, h->binary);
  }
  return PQsendQueryParams(c->pg, s->sql, p->n, p->types, values, p->lengths,
                           p->formats, 0);
}

static bool set_cork(ryx_pg *c, int on)
{
#ifdef TCP_CORK
  return setsockopt(PQsocket(c->pg), IPPROTO_TCP, TCP_CORK, &on, sizeof on) ==
         0;
#else
  (void)c;
  (void)on;
  return false;
#endif
}

/* Every sync makes libpq write to the socket. The first statement of a turn may
 * leave at once, so that the server begins; those behind it leave together at
 * the next step, or each would be a packet and wake the server (72 against 105
 * thousand selects a second with 4 connections of depth 16). */
static void cork(ryx_pg *c)
{
  if (c->fresh && !c->corked && !c->no_cork) {
    c->corked = set_cork(c, 1);
    c->no_cork = !c->corked;
  }
  c->fresh = true;
}

void ryx_pg_send_uncork(ryx_pg *c)
{
  c->fresh = false;
  if (!c->corked) return;
  c->corked = false;
  (void)set_cork(c, 0);
}

static void put_on_wire(ryx_pg *c, ryx_pg_flight *f, const ryx_pg_params *p,
                        const ryx_pg_prepared *h)
{
  const ryx_stmt *s = f->stmt;

  cork(c);
  if (f->prepares && !PQsendPrepare(c->pg, h->name, s->sql, p->n, h->types)) {
    ryx_pg_step_die(c, NULL);
    return;
  }
  if (!execute(c, s, p, h) || !PQpipelineSync(c->pg)) {
    ryx_pg_step_die(c, NULL);
    return;
  }
  if (f->kind != RYX_PG_STREAM) return;
  if (!PQsetSingleRowMode(c->pg)) ryx_pg_step_die(c, "cannot start a stream");
  ryx_pg_stream_start(c, s);
}

/* The statement's encoded parameters and the prepared statement they fit. */
typedef struct cargo {
  ryx_pg_params params;
  ryx_pg_prepared *kept; /* from the cache, or NULL */
  bool prepares;         /* it goes into the cache */
} cargo;

/* What is prepared anew declares what the old one did for the parameters that
 * are NULL now, so that it only ever gains types. */
static void grow(const ryx_pg_prepared *old, const ryx_stmt *s,
                 ryx_pg_params *p)
{
  for (int i = 0; i < p->n; i++) {
    if (s->params[i].type == RYX_T_NULL) p->types[i] = old->types[i];
  }
}

/* A statement whose types vary goes unnamed when they are not the prepared
 * ones. */
static int pack(ryx_pg *c, const ryx_stmt *s, cargo *out, ryx_err *e)
{
  const ryx_pg_prepared *old = out->kept;
  int rc = ryx_pg_param_encode(&out->params, s, old, e);
  bool outgrown = out->params.outgrown;

  if (rc < 0 || !out->params.misfit) return rc;
  ryx_pg_param_fini(&out->params);
  out->kept = NULL;
  rc = ryx_pg_param_encode(&out->params, s, NULL, e);
  if (rc < 0 || !outgrown || (s->flags & RYX_STMT_STREAM)) return rc;
  grow(old, s, &out->params);
  ryx_pg_prepared_drop(c, s);
  out->prepares = true;
  return 0;
}

/* From here on the statement is in flight: if libpq fails, nobody knows what
 * of it has left, and it is lost with the connection. */
static void depart(ryx_pg *c, ryx_pg_kind kind, const ryx_stmt *s,
                   const cargo *load)
{
  ryx_pg_prepared *h = load->kept;
  ryx_pg_flight *f = ryx_pg_send_push(c, kind, s);

  if (load->prepares) {
    h = f->prepares = ryx_pg_prepared_new(c, s, &load->params);
  }
  f->serial = h ? h->serial : 0;
  put_on_wire(c, f, &load->params, h);
}

static ryx_pg_kind kind_of(const ryx_pg *c, const ryx_stmt *s)
{
  if (!(s->flags & RYX_STMT_STREAM)) return RYX_PG_STMT;
  if (!(s->flags & RYX_STMT_STREAM_TX)) return RYX_PG_STREAM;
  return ryx_pg_stream_fits(c, s) ? RYX_PG_DECLARE : RYX_PG_STMT;
}

/* A stream executes by name but does not prepare: its single-row mode must be
 * set while its rows are what comes next. */
static int launch(ryx_pg *c, const ryx_stmt *s, bool may_name, ryx_err *e)
{
  ryx_pg_kind kind = kind_of(c, s);
  bool named = may_name && kind != RYX_PG_DECLARE && ryx_pg_prepared_may(c, s);
  cargo load = {.kept = named ? ryx_pg_prepared_get(c, s) : NULL};
  int rc;

  load.prepares = named && !load.kept && kind == RYX_PG_STMT &&
                  !ryx_pg_prepared_pending(c, s);
  rc = pack(c, s, &load, e);
  if (rc == 0 && kind == RYX_PG_DECLARE) {
    rc = ryx_pg_stream_declare(c, s, &load.params, e);
  } else if (rc == 0) {
    depart(c, kind, s, &load);
  }
  ryx_pg_param_fini(&load.params);
  return rc;
}

bool ryx_pg_send_again(ryx_pg *c, const ryx_stmt *s)
{
  ryx_err e;

  if (c->tail - c->head >= RYX_PG_RING - 1 - RYX_PG_DEALLOCATES) return false;
  if (launch(c, s, false, &e) < 0) return false;
  ryx_pg_at(c, c->tail - 1)->repeated = true;
  return true;
}

static int refuse_raw(const ryx_stmt *s, ryx_err *e)
{
  if (strlen(s->sql) != s->sql_len) {
    return ryx_err_set(e, RYX_E_VALIDATION, "the statement holds a NUL byte");
  }
  if ((s->flags & RYX_STMT_RAW) && ryx_pg_words_copy(s->sql)) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "COPY from STDIN or to STDOUT cannot run as a "
                       "statement: ryx.copy_from and ryx.copy_to do it");
  }
  return 0;
}

static int refuse(ryx_pg *c, const ryx_stmt *s, ryx_err *e)
{
  bool alone = c->at == c->tail;

  ryx_pg_step_trim(c);
  if (c->stream.stmt && c->stream.serial == 0) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "a stream has this connection until it ends");
  }
  if ((s->flags & RYX_STMT_COPY) &&
      (c->stream.stmt || !(s->flags & RYX_STMT_STREAM))) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "a stream is open in this transaction: end it before a "
                       "copy begins");
  }
  if ((s->flags & RYX_STMT_STREAM) && !(s->flags & RYX_STMT_STREAM_TX) &&
      !alone) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "a stream needs a connection without other statements");
  }
  if (c->tail - c->head > RYX_PG_RING - RYX_PG_DEALLOCATES - 4) {
    return ryx_err_set(e, RYX_E_MISUSE, "too many statements in flight");
  }
  if (s->n_batch > 1) {
    return ryx_err_set(e, RYX_E_UNSUPPORTED,
                       "PostgreSQL has no batches; use unnest");
  }
  return refuse_raw(s, e);
}

static bool may_drop_names(const ryx_stmt *s)
{
  if (s->flags & RYX_STMT_TAINTS) return true;
  return s->flags & RYX_STMT_RAW && ryx_pg_words_drops(s->sql);
}

/* What is surely not sent can go elsewhere, and a write need not be reported as
 * unknown. A read that is lost may be sent again, so it asks only where the
 * server had the time to hang up: the question is a call into the kernel, 3 %
 * of a select by key. */
static void look_alive(ryx_pg *c, const ryx_stmt *s)
{
  uint64_t now;
  bool is_fresh;

  if (c->at != c->tail) return;
  now = ryx_clock_now();
  is_fresh = now - c->alone_ns < FRESH_MS * RYX_NS_PER_MS;
  c->alone_ns = now;
  if (!is_fresh || !(s->flags & RYX_STMT_READ)) ryx_pg_step_peek(c);
}

static ryx_sent over(const ryx_pg *c, ryx_err *e)
{
  *e = c->why;
  return RYX_SENT_OVER;
}

ryx_sent ryx_pg_send(void *p, const ryx_stmt *s, ryx_err *e)
{
  ryx_pg *c = p;

  if (c->dead) return over(c, e);
  if (refuse(c, s, e) < 0) return RYX_SENT_REFUSED;
  look_alive(c, s);
  if (!c->dead && !(s->flags & RYX_STMT_STREAM)) ryx_pg_prepared_sweep(c);
  if (c->dead) return over(c, e);
  if (s->flags & RYX_STMT_COPY) {
    ryx_pg_copy_start(c, s);
    return RYX_SENT_WENT;
  }
  if (launch(c, s, true, e) < 0) return RYX_SENT_REFUSED;
  c->names.doubtful = c->names.doubtful || may_drop_names(s);
  return RYX_SENT_WENT;
}
