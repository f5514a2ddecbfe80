/* SPDX-License-Identifier: MIT */
/* The states of a connection. */
#include "engine/conn.h"

#include <assert.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/dial.h"
#include "engine/dispatch.h"
#include "engine/reply.h"
#include "engine/stream.h"
#include "engine/tx.h"
#include "engine/watch.h"

enum { RESET_LIMIT_MS = 10000, NUDGE_MS = 20 };

/* --- changing state */

void ryx_conn_pin(ryx_conn *conn)
{
  if (conn->state != RYX_CONN_PINNED) ryx_loop_count(&conn->loop->n_pinned, 1);
  conn->state = RYX_CONN_PINNED;
}

/* Before any other state. */
static void leave_state(ryx_conn *conn)
{
  switch (conn->state) {
    case RYX_CONN_PINNED: ryx_loop_count(&conn->loop->n_pinned, -1); break;
    case RYX_CONN_RESETTING: conn->lane->n_resetting--; break;
    case RYX_CONN_DIALING:
      conn->lane->n_dialing--;
      ryx_loop_count(&conn->pool->dialing, -1);
      break;
    case RYX_CONN_IDLE: ryx_conn_leave_idle(conn); break;
    case RYX_CONN_BUSY:
    case RYX_CONN_CLOSING: break;
  }
}

void ryx_conn_leave_idle(ryx_conn *conn)
{
  ryx_loop_count(&conn->pool->idle, -1);
  ryx_list_remove(&conn->idle_node);
}

void ryx_conn_limit(ryx_conn *conn, int64_t ms)
{
  ryx_loop *l = conn->loop;
  ryx_deadline_set(&l->dues, &conn->limit,
                   ryx_clock_after(ryx_loop_now(l), ms));
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
  conn->event.kind = RYX_EVENT_WORKED;
  ryx_list_init(&conn->idle_node);
  ryx_list_init(&conn->dirty_node);
  ryx_list_init(&conn->ask_node);
  ryx_list_init(&conn->event.node);
  ryx_list_init(&conn->flight);
  ryx_deadline_init(&conn->limit, RYX_DUE_LIMIT);
  ryx_list_add_tail(&lane->conns, &conn->node);
  lane->pool->n_conns++;
  return conn;
}

/* --- free again */

static void become_idle(ryx_conn *conn)
{
  leave_state(conn);
  conn->state = RYX_CONN_IDLE;
  conn->is_alone = conn->was_cancelled = false;
  *conn->held_by = '\0';
  conn->idle_since = conn->loop->now;
  ryx_deadline_clear(&conn->loop->dues, &conn->limit);
  ryx_list_add_head(&conn->lane->idle, &conn->idle_node);
  ryx_loop_count(&conn->pool->idle, 1);
  ryx_pool_idle(conn);
  ryx_lane_mark(conn->lane);
}

static void start_reset(ryx_conn *conn)
{
  ryx_err e = {0};
  leave_state(conn);
  conn->is_tainted = false;
  conn->state = RYX_CONN_RESETTING;
  conn->lane->n_resetting++;
  ryx_conn_limit(conn, RESET_LIMIT_MS);
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_RESET;
    ryx_conn_work(conn, conn->loop->inline_mode == RYX_INLINE_ALL);
    return;
  }
  if (conn->driver->reset(conn->c, &e) == RYX_IO_FAIL)
    ryx_conn_lost(conn, &e, NULL);
  else
    ryx_conn_mark(conn);
}

/* One that leaves, for whatever reason, is replaced when somebody needs it. */
static bool is_unwanted(const ryx_conn *conn)
{
  if (ryx_conn_has_expired(conn)) return true;
  return conn->pool->is_closing && conn->lane->n_waiting == 0;
}

static bool is_held(const ryx_conn *conn)
{
  return conn->n_flight || conn->txn || conn->stream ||
         ryx_cancel_is_asking(conn);
}

/* What holds after every release. */
static void check(const ryx_conn *conn)
{
  bool is_empty = ryx_list_empty(&conn->flight);
  assert(conn->n_flight >= 0 && conn->n_slow >= 0);
  assert(conn->n_flight > 0 || is_empty);
  assert(!is_empty || conn->n_slow == 0);
  switch (conn->state) {
    case RYX_CONN_DIALING: assert(is_empty); break;
    case RYX_CONN_IDLE: assert(!is_held(conn) && !conn->is_tainted); break;
    case RYX_CONN_BUSY:
      assert(is_held(conn) && !conn->txn && !conn->stream);
      break;
    case RYX_CONN_PINNED: assert(is_held(conn)); break;
    case RYX_CONN_RESETTING: assert(!is_held(conn)); break;
    case RYX_CONN_CLOSING:
      assert(is_empty && !conn->txn && !conn->stream);
      break;
  }
  (void)is_empty;
}

static void release(ryx_conn *conn)
{
  bool wrote = conn->is_alone;
  if (is_held(conn)) {
    if (conn->state == RYX_CONN_BUSY) ryx_lane_mark(conn->lane);
    return;
  }
  if (conn->is_tainted) {
    if (conn->driver->in_tx(conn->c) != RYX_TX_NONE) {
      ryx_dispatch_rollback(conn);
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

void ryx_conn_release(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  release(conn);
  check(conn);
}

bool ryx_conn_check(ryx_conn *conn)
{
  ryx_err e = {0};
  if (ryx_conn_blocks(conn)) return true;
  ryx_io io = conn->driver->step(conn->c, RYX_READY_READ, &e);
  ryx_conn_after(conn, io, &e);
  return conn->state == RYX_CONN_IDLE;
}

/* --- its turn */

void ryx_conn_mark(ryx_conn *conn)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  if (ryx_list_empty(&conn->dirty_node))
    ryx_list_add_tail(&conn->loop->dirty, &conn->dirty_node);
}

static void yield(ryx_conn *conn)
{
  ryx_list_remove(&conn->dirty_node);
  ryx_list_add_tail(&conn->loop->yielded, &conn->dirty_node);
}

static void collect(ryx_conn *conn)
{
  ryx_reply r;
  while (conn->state != RYX_CONN_CLOSING && !conn->is_working &&
         conn->driver->take(conn->c, &r))
    ryx_reply_on(conn, &r);
  if (conn->state == RYX_CONN_CLOSING || conn->is_working) return;
  if (conn->driver->server_caps(conn->c) & RYX_SERVER_UNNAMED)
    conn->pool->is_unnamed = true;
}

void ryx_conn_after(ryx_conn *conn, ryx_io io, const ryx_err *e)
{
  if (conn->state == RYX_CONN_CLOSING) return;
  ryx_watch_follow(conn);
  if (conn->state == RYX_CONN_DIALING) {
    ryx_dial_after(conn, io, e);
    /* The next address is being dialled, and watched, already. */
    if (io == RYX_IO_FAIL) return;
  } else if (io == RYX_IO_FAIL) {
    ryx_conn_lost(conn, e, NULL);
  } else if (conn->state == RYX_CONN_RESETTING) {
    if (io == RYX_IO_DONE) {
      leave_state(conn);
      conn->state = RYX_CONN_BUSY;
      ryx_conn_release(conn);
    }
  } else {
    collect(conn);
  }
  if (conn->state == RYX_CONN_CLOSING || conn->is_working || !conn->c) return;
  if (io == RYX_IO_YIELD) yield(conn);
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

void ryx_conn_worked(ryx_conn *conn)
{
  ryx_work *w = &conn->work;
  conn->is_working = false;
  if (conn->state == RYX_CONN_CLOSING) return;
  bool is_statement = w->kind == RYX_WORK_RUN || w->kind == RYX_WORK_MORE;
  if (!is_statement || w->sent == RYX_SENT_WENT) {
    ryx_conn_after(conn, w->io, &w->err);
    return;
  }
  ryx_req *q = conn->own ? NULL : RYX_OF(conn->flight.next, ryx_req, node);
  if (w->sent == RYX_SENT_OVER) {
    ryx_conn_lost(conn, &w->err, q);
    return;
  }
  ryx_reply r = {.code = w->err.code, .not_started = true, .err = w->err};
  r.tag = q;
  ryx_reply_on(conn, &r);
}

void ryx_conn_work(ryx_conn *conn, bool is_inline)
{
  if (is_inline) {
    ryx_worker_here(conn);
    ryx_conn_worked(conn);
    return;
  }
  int rc = ryx_worker_there(conn);
  if (rc == 0) {
    conn->is_working = true;
    return;
  }
  conn->work.sent = RYX_SENT_REFUSED;
  conn->work.io = RYX_IO_FAIL;
  ryx_err_set(&conn->work.err, rc, "cannot start a thread for the connection");
  ryx_conn_worked(conn);
}

/* --- its end */

static void end_stream(ryx_conn *conn)
{
  ryx_req *q = conn->stream;
  if (!q) return;
  conn->stream = NULL;
  ryx_loop_count(&conn->loop->n_streams, -1);
  if (q->state == RYX_REQ_HELD) ryx_stream_ended(q, RYX_STOP_LOST);
}

static void fail_flight(ryx_conn *conn, const ryx_err *e, const ryx_req *unsent)
{
  while (!ryx_list_empty(&conn->flight)) {
    ryx_req *q = RYX_OF(conn->flight.next, ryx_req, node);
    ryx_reply r = {.tag = q, .not_started = q == unsent, .err = *e};
    r.code = r.err.code;
    ryx_reply_on(conn, &r);
  }
  conn->own = RYX_OWN_NONE;
  conn->n_flight = 0;
}

/* unsent, or NULL: what the driver did not take, because of the same error. */
static void end(ryx_conn *conn, const ryx_err *e, ryx_req *unsent)
{
  ryx_loop *l = conn->loop;
  ryx_lane *lane = conn->lane;
  leave_state(conn);
  lane->size--;
  ryx_loop_count(&conn->pool->size, -1);
  ryx_loop_count(&conn->pool->closed, 1);
  conn->state = RYX_CONN_CLOSING;
  bool is_flying = unsent && !ryx_list_empty(&unsent->node);
  if (conn->txn) ryx_tx_dies(conn->txn, e->message);
  fail_flight(conn, e, unsent);
  if (unsent && !is_flying) ryx_reply_unsent(conn, unsent, e);
  end_stream(conn);
  if (conn->txn) ryx_tx_part(conn->txn);
  ryx_watch_stop(conn);
  ryx_dial_abandon(conn);
  ryx_deadline_clear(&l->dues, &conn->limit);
  ryx_list_remove(&conn->dirty_node);
  ryx_list_remove(&conn->node);
  ryx_list_add_tail(&l->closing, &conn->node);
  ryx_lane_mark(lane);
}

void ryx_conn_close(ryx_conn *conn, const ryx_err *e)
{
  ryx_err closed;
  if (conn->state == RYX_CONN_CLOSING) return;
  if (!e) {
    ryx_err_set(&closed, RYX_E_CONNECTION, "the connection was closed");
    e = &closed;
  }
  end(conn, e, NULL);
}

void ryx_conn_lost(ryx_conn *conn, const ryx_err *e, ryx_req *unsent)
{
  conn->lane->health.died_ns = ryx_loop_now(conn->loop);
  collect(conn);
  if (conn->state != RYX_CONN_CLOSING) end(conn, e, unsent);
}

/* While the engine ends, servers are still asked to stop. */
static bool is_still_asking(const ryx_conn *conn)
{
  return conn->loop->is_stopping && !ryx_list_empty(&conn->ask_node);
}

bool ryx_conn_free(ryx_conn *conn)
{
  if (conn->is_working || is_still_asking(conn)) return false;
  ryx_cancel_part(conn);
  if (conn->worker && conn->work.kind != RYX_WORK_CLOSE) {
    conn->work.kind = RYX_WORK_CLOSE;
    if (ryx_worker_there(conn) == 0) conn->is_working = true;
    return false;
  }
  if (!conn->worker && conn->c) conn->driver->close(conn->c);
  ryx_worker_stop(conn);
  ryx_list_remove(&conn->node);
  conn->pool->n_conns--;
  ryx_mem_free(conn->c);
  ryx_mem_free(conn);
  return true;
}

void ryx_conn_late(ryx_conn *conn)
{
  ryx_err e;
  if (conn->state == RYX_CONN_DIALING) {
    ryx_dial_late(conn);
  } else if (ryx_conn_blocks(conn)) {
    ryx_cancel_ask(conn);
    ryx_conn_limit(conn, NUDGE_MS);
  } else {
    ryx_err_set(&e, RYX_E_CONNECTION,
                "the server answered neither the statement nor its "
                "cancellation; the connection was closed");
    ryx_conn_close(conn, &e);
  }
}
