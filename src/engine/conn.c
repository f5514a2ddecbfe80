/* SPDX-License-Identifier: MIT */
/* The states of a connection, and what is sent on it. */
#include "engine/conn.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/dial.h"
#include "engine/reply.h"
#include "engine/tx.h"
#include "engine/watch.h"

enum {
  SLOW_MS = 5,          /* nothing is put behind a plan that takes so long */
  INLINE_MEAN_US = 200, /* plans that may run on the loop's thread */
  INLINE_BUDGET_MS = 2,
  RESET_LIMIT_MS = 10000,
  NUDGE_MS = 20 /* a cancel may come before the statement: ask again */
};
static const uint64_t ns_per_ms = 1000000;

/* --- its states */

static void pin(ryx_conn *conn)
{
  if (conn->state != RYX_CONN_PINNED) ryx_loop_count(&conn->loop->n_pinned, 1);
  conn->state = RYX_CONN_PINNED;
}

static void unpin(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_PINNED) ryx_loop_count(&conn->loop->n_pinned, -1);
}

static void leave_idle(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_IDLE) ryx_loop_count(&conn->pool->idle, -1);
  ryx_list_remove(&conn->idle_node);
}

static void forget_acks(ryx_conn *conn)
{
  if (conn->acked) memset(conn->acked, 0, conn->n_acked * sizeof *conn->acked);
}

ryx_conn *ryx_conn_new(ryx_lane *lane)
{
  ryx_conn *conn = ryx_mem_new(sizeof *conn);
  if (!conn) return NULL;
  conn->c = ryx_mem_new(lane->pool->driver->conn_size);
  if (!conn->c) {
    ryx_mem_free(conn);
    return NULL;
  }
  conn->loop = lane->pool->loop;
  conn->pool = lane->pool;
  conn->lane = lane;
  conn->driver = lane->pool->driver;
  conn->state = RYX_CONN_DIALING;
  conn->fd = -1;
  ryx_list_init(&conn->idle_node);
  ryx_list_init(&conn->dirty_node);
  ryx_list_init(&conn->cancel_node);
  ryx_list_init(&conn->event.node);
  ryx_list_init(&conn->flight);
  ryx_deadline_init(&conn->limit, RYX_DUE_LIMIT);
  ryx_deadline_init(&conn->wake, RYX_DUE_WAKE);
  ryx_list_add_tail(&lane->conns, &conn->node);
  lane->pool->n_conns++;
  return conn;
}

void ryx_conn_mark(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  if (ryx_list_empty(&conn->dirty_node))
    ryx_list_add_tail(&conn->loop->dirty, &conn->dirty_node);
}

static void become_idle(ryx_conn *conn)
{
  ryx_loop *l = conn->loop;
  unpin(conn);
  conn->state = RYX_CONN_IDLE;
  conn->is_alone = conn->was_cancelled = false;
  *conn->held_by = '\0';
  conn->idle_since = l->now;
  ryx_deadline_clear(&l->dues, &conn->limit);
  ryx_list_add_head(&conn->lane->idle, &conn->idle_node);
  ryx_loop_count(&conn->pool->idle, 1);
  ryx_pool_idle(conn);
  ryx_lane_mark(conn->lane);
}

static void start_reset(ryx_conn *conn)
{
  ryx_loop *l = conn->loop;
  ryx_err e = {0};
  unpin(conn);
  conn->is_tainted = false;
  conn->state = RYX_CONN_RESETTING;
  forget_acks(conn);
  ryx_deadline_set(&l->dues, &conn->limit,
                   ryx_loop_now(l) + RESET_LIMIT_MS * ns_per_ms);
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_RESET;
    ryx_conn_work(conn, l->inline_mode == RYX_INLINE_ALL);
    return;
  }
  if (conn->driver->reset(conn->c, &e) == RYX_IO_FAIL)
    ryx_conn_close(conn, &e);
  else
    ryx_conn_mark(conn);
}

/* One that leaves, for whatever reason, is replaced when somebody needs it. */
static bool is_unwanted(const ryx_conn *conn)
{
  if (conn->expires_ns && conn->expires_ns <= conn->loop->now) return true;
  return conn->pool->is_closing && conn->lane->n_waiting == 0;
}

static void send_own(ryx_conn *conn, ryx_own own, const char *sql);

void ryx_conn_release(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  if (conn->n_flight || conn->txn || conn->stream || conn->is_cancelling) {
    if (conn->state == RYX_CONN_BUSY) ryx_lane_mark(conn->lane);
    return;
  }
  bool wrote = conn->is_alone;
  if (conn->is_tainted) {
    if (conn->driver->in_tx(conn->c) != RYX_TX_NONE) {
      send_own(conn, RYX_OWN_ROLLBACK, "ROLLBACK");
      return;
    }
    if (conn->driver->reset) {
      start_reset(conn);
      return;
    }
    conn->is_tainted = false;
  }
  if (is_unwanted(conn)) {
    ryx_conn_close(conn, NULL);
    return;
  }
  become_idle(conn);
  if (ryx_conn_blocks(conn)) ryx_worker_give(conn, wrote);
}

bool ryx_conn_check(ryx_conn *conn)
{
  ryx_err e = {0};
  if (ryx_conn_blocks(conn)) return true;
  ryx_io io = conn->driver->step(conn->c, RYX_READY_READ, &e);
  ryx_conn_after(conn, io, &e);
  return conn->state == RYX_CONN_IDLE;
}

/* --- sending */

/* Somebody else is preparing the same plan here, and may fail. */
static bool is_being_prepared(const ryx_conn *conn, const ryx_req *q)
{
  if (q->stmt.id == 0 || ryx_conn_is_acked(conn, q->stmt.id)) return false;
  for (ryx_list *n = conn->flight.next; n != &conn->flight; n = n->next)
    if (RYX_OF(n, ryx_req, node)->stmt.id == q->stmt.id) return true;
  return false;
}

static bool can_stream(const ryx_conn *conn, const ryx_req *q)
{
  unsigned caps = conn->driver->caps;
  if (q->txn) {
    return (caps & (RYX_CAP_TX_STREAM | RYX_CAP_PIPELINE)) && !conn->stream;
  }
  if (conn->pool->opts.memory) return false;
  /* A stream may not keep the only writer: its reader may want to write. */
  if (caps & RYX_CAP_ONE_WRITER)
    return conn->lane->read_only ||
           (conn->pool->opts.read_only && conn->lane->max > 1);
  return true;
}

static void set_flags(ryx_conn *conn, ryx_req *q)
{
  unsigned *flags = &q->stmt.flags;
  *flags &= ~(unsigned)(RYX_STMT_UNNAMED | RYX_STMT_STREAM_TX);
  if (is_being_prepared(conn, q)) *flags |= RYX_STMT_UNNAMED;
  if (*flags & RYX_STMT_RAW) conn->is_tainted = true;
  if (!(*flags & RYX_STMT_STREAM)) return;
  if (!can_stream(conn, q)) {
    *flags &= ~(unsigned)RYX_STMT_STREAM;
    return;
  }
  if (q->txn) *flags |= RYX_STMT_STREAM_TX;
  pin(conn);
  if (conn->stream == q) return;
  conn->stream = q;
  ryx_loop_count(&conn->loop->n_streams, 1);
}

static void put_in_flight(ryx_conn *conn, ryx_req *q)
{
  ryx_loop *l = conn->loop;
  int64_t mean = ryx_plans_mean(&conn->pool->plans, q->stmt.id);
  q->conn = conn;
  q->state = RYX_REQ_FLIGHT;
  q->is_slow =
      !ryx_request_shares(q) || mean == 0 || mean >= SLOW_MS * (int64_t)1000000;
  ryx_list_add_tail(&conn->flight, &q->node);
  conn->n_flight++;
  conn->n_slow += q->is_slow;
  if (q->deadline_ns && !q->is_abandoned && !q->end_code)
    ryx_deadline_set(&l->dues, &q->due, q->deadline_ns);
}

static bool may_inline(const ryx_conn *conn, const ryx_req *q)
{
  switch (conn->loop->inline_mode) {
    case RYX_INLINE_NEVER: return false;
    case RYX_INLINE_ALL: return true;
    case RYX_INLINE_SHORT: break;
  }
  enum { MASK = RYX_STMT_READ | RYX_STMT_STREAM | RYX_STMT_RAW };
  int64_t mean = ryx_plans_mean(&conn->pool->plans, q->stmt.id);
  return q->kind == RYX_JOB_RUN && !q->is_off_loop &&
         (q->stmt.flags & MASK) == RYX_STMT_READ && mean > 0 &&
         mean < INLINE_MEAN_US * 1000;
}

/* What conn->work came to. */
static void worked(ryx_conn *conn)
{
  ryx_work *w = &conn->work;
  if (conn->state == RYX_CONN_CLOSING) return;
  bool is_statement = w->kind == RYX_WORK_RUN || w->kind == RYX_WORK_MORE;
  if (!is_statement || w->rc == 0) {
    ryx_conn_after(conn, w->io, &w->err);
    return;
  }
  ryx_reply r = {.code = w->rc, .not_started = true, .err = w->err};
  if (!conn->own) r.tag = RYX_OF(conn->flight.next, ryx_req, node);
  ryx_reply_on(conn, &r);
}

void ryx_conn_work(ryx_conn *conn, bool is_inline)
{
  if (is_inline) {
    ryx_worker_here(conn);
    worked(conn);
    return;
  }
  int rc = ryx_worker_there(conn);
  if (rc == 0) {
    conn->is_working = true;
    return;
  }
  conn->work.rc = rc;
  conn->work.io = RYX_IO_FAIL;
  ryx_err_set(&conn->work.err, rc, "cannot start a thread for the connection");
  worked(conn);
}

static void refuse(ryx_conn *conn, ryx_req *q, const ryx_err *e)
{
  ryx_reply r = {.tag = q, .code = e->code, .not_started = true, .err = *e};
  ryx_reply_on(conn, &r);
}

void ryx_conn_send(ryx_conn *conn, ryx_req *q)
{
  ryx_err e;
  set_flags(conn, q);
  q->started_ns = ryx_loop_now(conn->loop);
  put_in_flight(conn, q);
  q->stmt.deadline_ns = q->deadline_ns;
  q->stmt.budget_ns = 0;
  if (!ryx_conn_blocks(conn)) {
    if (conn->driver->send(conn->c, &q->stmt, &e) != RYX_SENT_WENT)
      refuse(conn, q, &e);
    else
      ryx_conn_mark(conn);
    return;
  }
  bool is_inline = may_inline(conn, q);
  if (is_inline && conn->loop->inline_mode == RYX_INLINE_SHORT)
    q->stmt.budget_ns = INLINE_BUDGET_MS * ns_per_ms;
  q->stmt.stop = &conn->stop;
  atomic_store(&conn->stop, false);
  conn->work.kind = RYX_WORK_RUN;
  conn->work.stmt = &q->stmt;
  ryx_conn_work(conn, is_inline);
}

void ryx_conn_more(ryx_conn *conn, int32_t max_rows)
{
  ryx_req *q = conn->stream;
  ryx_err e;
  put_in_flight(conn, q);
  if (!ryx_conn_blocks(conn)) {
    if (conn->driver->more(conn->c, max_rows, &e) != RYX_SENT_WENT)
      refuse(conn, q, &e);
    else
      ryx_conn_mark(conn);
    return;
  }
  conn->work.kind = RYX_WORK_MORE;
  conn->work.max_rows = max_rows;
  ryx_conn_work(conn, conn->loop->inline_mode == RYX_INLINE_ALL);
}

static void send_own(ryx_conn *conn, ryx_own own, const char *sql)
{
  ryx_loop *l = conn->loop;
  ryx_err e;
  if (conn->state != RYX_CONN_PINNED) conn->state = RYX_CONN_BUSY;
  conn->is_alone = true;
  conn->own = own;
  conn->own_stmt = (ryx_stmt){.sql = sql, .sql_len = strlen(sql), .n_batch = 1};
  conn->n_flight++;
  ryx_deadline_set(&l->dues, &conn->limit,
                   ryx_loop_now(l) + RESET_LIMIT_MS * ns_per_ms);
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_RUN;
    conn->work.stmt = &conn->own_stmt;
    ryx_conn_work(conn, l->inline_mode == RYX_INLINE_ALL);
    return;
  }
  if (conn->driver->send(conn->c, &conn->own_stmt, &e) != RYX_SENT_WENT)
    ryx_conn_close(conn, &e);
  else
    ryx_conn_mark(conn);
}

void ryx_conn_ping(ryx_conn *conn)
{
  leave_idle(conn);
  conn->held_since = conn->loop->now;
  send_own(conn, RYX_OWN_PING, conn->driver->ping);
}

static void catch_up_schema(ryx_conn *conn)
{
  if (conn->schema == conn->pool->schema || conn->n_flight) return;
  conn->schema = conn->pool->schema;
  forget_acks(conn);
  if (ryx_conn_blocks(conn))
    conn->work.forget = true;
  else if (conn->driver->forget)
    conn->driver->forget(conn->c);
}

/* Once for every statement outside a transaction, so no snprintf. */
static void note_holder(ryx_conn *conn, const char *label)
{
  size_t n = strnlen(label, sizeof conn->held_by - 1);

  memcpy(conn->held_by, label, n);
  conn->held_by[n] = 0;
}

void ryx_conn_take(ryx_conn *conn, ryx_req *q)
{
  bool was_idle = conn->state == RYX_CONN_IDLE;
  if (was_idle) {
    leave_idle(conn);
    conn->state = RYX_CONN_BUSY;
    conn->is_alone = !ryx_request_shares(q);
    conn->held_since = conn->loop->now;
    note_holder(conn, q->label);
  }
  catch_up_schema(conn);
  if (q->kind == RYX_JOB_BEGIN) {
    pin(conn);
    ryx_tx_begin(conn, q);
  } else {
    ryx_conn_send(conn, q);
  }
}

/* --- after the driver */

static void drain(ryx_conn *conn)
{
  ryx_reply r;
  while (conn->state != RYX_CONN_CLOSING && !conn->is_working &&
         conn->driver->take(conn->c, &r))
    ryx_reply_on(conn, &r);
}

void ryx_conn_after(ryx_conn *conn, ryx_io io, const ryx_err *e)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  ryx_watch_follow(conn);
  if (conn->state == RYX_CONN_DIALING) {
    ryx_dial_after(conn, io, e);
  } else if (io == RYX_IO_FAIL) {
    conn->lane->died_ns = ryx_loop_now(conn->loop);
    drain(conn);
    ryx_conn_close(conn, e);
  } else if (conn->state == RYX_CONN_RESETTING) {
    if (io == RYX_IO_DONE) {
      conn->state = RYX_CONN_BUSY;
      ryx_conn_release(conn);
    }
  } else {
    drain(conn);
  }
  if (conn->state != RYX_CONN_CLOSING && !conn->is_working)
    ryx_watch_io(conn, io);
}

void ryx_conn_turn(ryx_conn *conn)
{
  ryx_err e = {0};
  if (conn->txn) ryx_tx_turn(conn->txn);
  if (conn->state == RYX_CONN_CLOSING || conn->is_working) return;
  if (ryx_conn_blocks(conn)) return;
  unsigned ready = conn->ready;
  conn->ready = 0;
  ryx_io io = conn->driver->step(conn->c, ready, &e);
  ryx_conn_after(conn, io, &e);
}

/* --- its end */

static void end_stream(ryx_conn *conn)
{
  ryx_req *q = conn->stream;
  if (!q) return;
  conn->stream = NULL;
  ryx_loop_count(&conn->loop->n_streams, -1);
  if (q->state == RYX_REQ_HELD) q->end_code = RYX_E_CONNECTION;
  if (q->state == RYX_REQ_HELD || q->state == RYX_REQ_ENDED) ryx_reply_ended(q);
}

static void fail_flight(ryx_conn *conn, const ryx_err *e)
{
  while (!ryx_list_empty(&conn->flight)) {
    ryx_reply r = {.tag = RYX_OF(conn->flight.next, ryx_req, node)};
    r.err = *e;
    r.code = r.err.code;
    ryx_reply_on(conn, &r);
  }
  conn->own = RYX_OWN_NONE;
  conn->n_flight = 0;
}

void ryx_conn_close(ryx_conn *conn, const ryx_err *e)
{
  ryx_loop *l = conn->loop;
  ryx_lane *lane = conn->lane;
  ryx_err closed;
  if (conn->state == RYX_CONN_CLOSING) return;
  if (!e) {
    ryx_err_set(&closed, RYX_E_CONNECTION, "the connection was closed");
    e = &closed;
  }
  leave_idle(conn);
  unpin(conn);
  if (conn->state == RYX_CONN_DIALING) {
    lane->n_dialing--;
    ryx_loop_count(&conn->pool->dialing, -1);
  }
  lane->size--;
  ryx_loop_count(&conn->pool->size, -1);
  ryx_loop_count(&conn->pool->closed, 1);
  conn->state = RYX_CONN_CLOSING;
  if (conn->txn) ryx_tx_lost(conn->txn, e->message);
  fail_flight(conn, e);
  end_stream(conn);
  if (conn->txn) ryx_tx_part(conn->txn);
  ryx_watch_stop(conn);
  ryx_cancel_withdraw(conn);
  ryx_dial_abandon(conn);
  ryx_deadline_clear(&l->dues, &conn->limit);
  ryx_deadline_clear(&l->dues, &conn->wake);
  ryx_list_remove(&conn->dirty_node);
  ryx_list_remove(&conn->node);
  ryx_list_add_tail(&l->closing, &conn->node);
  ryx_lane_mark(lane);
}

bool ryx_conn_free(ryx_conn *conn)
{
  if (conn->is_cancelling || conn->is_working || conn->lookup) return false;
  if (conn->worker && conn->work.kind != RYX_WORK_CLOSE) {
    conn->work.kind = RYX_WORK_CLOSE;
    if (ryx_worker_there(conn) == 0) conn->is_working = true;
    return false;
  }
  if (!conn->worker) conn->driver->close(conn->c);
  ryx_worker_stop(conn);
  ryx_list_remove(&conn->node);
  conn->pool->n_conns--;
  ryx_mem_free(conn->addrs);
  ryx_mem_free(conn->acked);
  ryx_mem_free(conn->c);
  ryx_mem_free(conn);
  return true;
}

/* --- news */

void ryx_conn_event(ryx_conn *conn, unsigned bits)
{
  if (bits & RYX_EVENT_CANCELLED) {
    conn->is_cancelling = false;
    ryx_conn_release(conn);
  }
  if (bits & RYX_EVENT_WORKED) {
    conn->is_working = false;
    worked(conn);
  }
}

static void late(ryx_conn *conn)
{
  ryx_loop *l = conn->loop;
  ryx_err e;
  if (conn->state == RYX_CONN_DIALING) {
    ryx_dial_late(conn);
    return;
  }
  if (ryx_conn_blocks(conn)) {
    ryx_cancel_ask(conn);
    ryx_deadline_set(&l->dues, &conn->limit,
                     ryx_loop_now(l) + NUDGE_MS * ns_per_ms);
    return;
  }
  ryx_err_set(&e, RYX_E_CONNECTION,
              "the server answered neither the statement nor its "
              "cancellation; the connection was closed");
  ryx_conn_close(conn, &e);
}

void ryx_conn_due(ryx_conn *conn, ryx_due_kind kind)
{
  if (kind == RYX_DUE_LIMIT) {
    late(conn);
    return;
  }
  ryx_conn_mark(conn);
}
