/* SPDX-License-Identifier: MIT */
/* Sending. */
#include "engine/dispatch.h"

#include <string.h>

#include "engine/reply.h"
#include "engine/sharing.h"
#include "engine/tx.h"

enum {
  INLINE_BUDGET_US = 2000,
  OWN_LIMIT_MS = 10000 /* for a ping, a rollback */
};

/* --- what the driver made of it */

/* Nothing of it left the machine. */
static void not_sent(ryx_conn *conn, ryx_req *q, ryx_sent sent,
                     const ryx_err *e)
{
  if (sent == RYX_SENT_OVER) {
    ryx_conn_lost(conn, e, q);
    return;
  }
  ryx_reply_unsent(conn, q, e);
  ryx_conn_release(conn);
}

static void enter_flight(ryx_conn *conn, ryx_req *q)
{
  q->conn = conn;
  q->state = RYX_REQ_FLIGHT;
  q->is_slow = ryx_sharing_is_slow(conn, q);
  ryx_list_add_tail(&conn->flight, &q->node);
  conn->n_flight++;
  conn->n_slow += q->is_slow;
  if (q->deadline_ns && q->is_awaited)
    ryx_deadline_set(&conn->loop->dues, &q->due, q->deadline_ns);
}

/* --- a statement */

static void set_flags(ryx_conn *conn, ryx_req *q)
{
  unsigned *flags = &q->stmt.flags;
  *flags &= ~(unsigned)(RYX_STMT_STREAM_TX | RYX_STMT_UNNAMED);
  if (conn->pool->is_unnamed) *flags |= RYX_STMT_UNNAMED;
  /* What a user prepared may mean something else since then: an ALTER TABLE in
   * this transaction, a variable. */
  if ((*flags & RYX_STMT_RAW) && conn->is_tainted) *flags |= RYX_STMT_UNNAMED;
  if (!(*flags & RYX_STMT_STREAM)) return;
  if (conn->stream != q && !ryx_sharing_may_stream(conn, q))
    *flags &= ~(unsigned)RYX_STMT_STREAM;
  else if (q->txn)
    *flags |= RYX_STMT_STREAM_TX;
}

/* The statement has the connection now, in the way its flags say. */
static void take_hold(ryx_conn *conn, ryx_req *q)
{
  if (q->stmt.flags & RYX_STMT_TAINTS) conn->is_tainted = true;
  if (q->stmt.flags & RYX_STMT_STREAM) {
    ryx_conn_pin(conn);
    if (conn->stream != q) ryx_loop_count(&conn->loop->n_streams, 1);
    conn->stream = q;
  }
  enter_flight(conn, q);
}

static void run_blocking(ryx_conn *conn, ryx_req *q)
{
  bool is_inline = ryx_sharing_may_inline(conn, q);
  if (is_inline && conn->loop->inline_mode == RYX_INLINE_SHORT)
    q->stmt.budget_ns = INLINE_BUDGET_US * RYX_NS_PER_US;
  q->stmt.stop = &conn->stop;
  atomic_store_explicit(&conn->stop, false, memory_order_relaxed);
  conn->work.kind = RYX_WORK_RUN;
  conn->work.stmt = &q->stmt;
  take_hold(conn, q);
  ryx_conn_work(conn, is_inline);
}

void ryx_dispatch_stmt(ryx_conn *conn, ryx_req *q)
{
  ryx_err e;
  set_flags(conn, q);
  q->started_ns = conn->loop->now;
  q->stmt.deadline_ns = q->deadline_ns;
  q->stmt.budget_ns = 0;
  if (ryx_conn_blocks(conn)) {
    run_blocking(conn, q);
    return;
  }
  ryx_sent sent = conn->driver->send(conn->c, &q->stmt, &e);
  if (sent != RYX_SENT_WENT) {
    not_sent(conn, q, sent, &e);
    return;
  }
  take_hold(conn, q);
  ryx_conn_mark(conn);
}

/* Rows for a COPY go to the driver, unless it is to end without them. */
static ryx_sent more(ryx_conn *conn, ryx_req *q, int32_t max_rows, ryx_err *e)
{
  ryx_sent sent;
  if (max_rows > 0 && q->put.len > 0)
    sent = conn->driver->put(conn->c, q->put.data, q->put.len, e);
  else
    sent = conn->driver->more(conn->c, max_rows, e);
  ryx_buf_fini(&q->put);
  return sent;
}

void ryx_dispatch_more(ryx_conn *conn, int32_t max_rows)
{
  ryx_req *q = conn->stream;
  ryx_err e;
  q->is_copying = q->is_copying && (max_rows == 0 || q->put.len > 0);
  enter_flight(conn, q);
  if (ryx_conn_blocks(conn)) {
    atomic_store_explicit(&conn->stop, false, memory_order_relaxed);
    conn->work.kind = RYX_WORK_MORE;
    conn->work.max_rows = max_rows;
    ryx_conn_work(conn, conn->loop->inline_mode == RYX_INLINE_ALL);
    return;
  }
  if (more(conn, q, max_rows, &e) == RYX_SENT_WENT)
    ryx_conn_mark(conn);
  else /* a stream that cannot go on keeps its connection for ever */
    ryx_conn_lost(conn, &e, NULL);
}

/* --- the connection's own */

static void send_own(ryx_conn *conn, ryx_own own, const char *sql)
{
  ryx_loop *l = conn->loop;
  ryx_err e;
  if (conn->state != RYX_CONN_PINNED) conn->state = RYX_CONN_BUSY;
  conn->is_alone = true;
  conn->own = own;
  conn->own_stmt = (ryx_stmt){.sql = sql, .sql_len = strlen(sql), .n_batch = 1};
  conn->n_flight++;
  ryx_conn_limit(conn, OWN_LIMIT_MS);
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_RUN;
    conn->work.stmt = &conn->own_stmt;
    ryx_conn_work(conn, l->inline_mode == RYX_INLINE_ALL);
    return;
  }
  if (conn->driver->send(conn->c, &conn->own_stmt, &e) == RYX_SENT_WENT)
    ryx_conn_mark(conn);
  else
    ryx_conn_lost(conn, &e, NULL);
}

void ryx_dispatch_ping(ryx_conn *conn)
{
  ryx_conn_leave_idle(conn);
  conn->held_since = conn->loop->now;
  send_own(conn, RYX_OWN_PING, conn->driver->ping);
}

void ryx_dispatch_rollback(ryx_conn *conn)
{
  send_own(conn, RYX_OWN_ROLLBACK, "ROLLBACK");
}

/* --- a request */

static void catch_up_schema(ryx_conn *conn)
{
  if (conn->schema == conn->pool->schema || conn->n_flight) return;
  conn->schema = conn->pool->schema;
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

void ryx_dispatch(ryx_conn *conn, ryx_req *q)
{
  if (conn->state == RYX_CONN_IDLE) {
    ryx_conn_leave_idle(conn);
    conn->state = RYX_CONN_BUSY;
    conn->is_alone = !ryx_request_shares(q);
    conn->held_since = conn->loop->now;
    note_holder(conn, q->label);
  }
  catch_up_schema(conn);
  if (q->kind == RYX_JOB_BEGIN) {
    ryx_conn_pin(conn);
    ryx_tx_begin(conn, q);
  } else {
    ryx_dispatch_stmt(conn, q);
  }
}
