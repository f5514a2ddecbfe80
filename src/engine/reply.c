/* SPDX-License-Identifier: MIT */
/* Judging replies: whose they are, what a failure means, what is sent again. */
#include "engine/reply.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/tx.h"

enum { CANCEL_LIMIT_MS = 10000, NUDGE_MS = 20 };
static const uint64_t ns_per_ms = 1000000;

/* --- what a reply says */

static bool is_late(const ryx_req *q)
{
  return q->deadline_ns && q->deadline_ns <= q->conn->loop->now;
}

static void judge(ryx_req *q, ryx_reply *r)
{
  ryx_err *e = &r->err;
  char text[RYX_MESSAGE_MAX + 128];
  bool stopped =
      r->over_budget || (r->code == RYX_E_CANCELLED && !q->cancel_asked);
  if (stopped && is_late(q)) {
    ryx_err_set(e, RYX_E_TIMEOUT, "the statement took longer than %.1f s",
                (double)q->timeout_ms / 1000);
  } else if (r->code == RYX_E_CONNECTION && !r->not_started &&
             ryx_request_writes(q) && (!q->txn || q->kind != RYX_JOB_RUN)) {
    int n = snprintf(text, sizeof text,
                     "the reply was lost, so whether it was saved is unknown: "
                     "%s",
                     e->message);
    e->code = RYX_E_COMMIT_UNKNOWN;
    ryx_err_message(e, text, (size_t)n);
  }
  r->code = e->code;
}

void ryx_reply_fill(ryx_req *q, ryx_reply *r)
{
  q->duration_ns = (int64_t)(q->conn->loop->now - q->started_ns);
  q->more = r->more;
  q->rows = r->rows;
  r->rows = NULL;
  q->affected = r->affected;
  q->last_id = r->last_id;
  q->code = 0;
  if (r->code == 0) return;
  judge(q, r);
  ryx_request_fail_as(q, &r->err);
}

/* --- what is learned from it */

static void acknowledge(ryx_conn *conn, uint32_t id)
{
  uint32_t word = id / 64;
  if (word >= conn->n_acked) {
    uint32_t n = word + 4;
    uint64_t *acked = ryx_mem_grow(conn->acked, n, sizeof *acked);
    /* Not known means sent unnamed: slower, never wrong. */
    if (!acked) return;
    memset(acked + conn->n_acked, 0, (n - conn->n_acked) * sizeof *acked);
    conn->acked = acked;
    conn->n_acked = n;
  }
  conn->acked[word] |= (uint64_t)1 << id % 64;
}

static void learn(ryx_conn *conn, const ryx_req *q, const ryx_reply *r)
{
  uint64_t from = q->started_ns;
  /* Behind others it did not run before they were through. */
  if (conn->replied_ns > from) from = conn->replied_ns;
  conn->replied_ns = conn->loop->now;
  if (q->stmt.id == 0 || (r->code && !r->over_budget)) return;
  if (q->stmt.flags & RYX_STMT_STREAM) return;
  ryx_plans_note(&conn->pool->plans, q->stmt.id,
                 (int64_t)(conn->loop->now - from));
  if (conn->driver->depth > 1 && !(q->stmt.flags & RYX_STMT_UNNAMED))
    acknowledge(conn, q->stmt.id);
}

/* --- what becomes of the request */

/* It surely had no effect, or cannot have one, and nobody has seen a part. */
static bool may_repeat(const ryx_conn *conn, const ryx_req *q,
                       const ryx_reply *r)
{
  if (q->is_repeated || q->has_parts || q->cancel_asked) return false;
  if (q->end_code || is_late(q) || conn->loop->is_stopping) return false;
  if (r->code == RYX_E_CONNECTION && r->not_started) return true;
  /* A SELECT of ours changes nothing: an idle connection that the server ended
   * is met only by the statement sent on it. */
  if (!(q->stmt.flags & RYX_STMT_READ) || q->txn) return false;
  if (conn->pool->is_closing) return false;
  return r->code == RYX_E_CONNECTION ||
         (r->code == RYX_E_CANCELLED && conn->was_cancelled);
}

static void plain(ryx_conn *conn, ryx_req *q, ryx_reply *r)
{
  ryx_loop *l = conn->loop;
  if (q->is_abandoned) {
    ryx_loop_settle(l, q);
  } else if (r->over_budget && !is_late(q)) {
    q->is_off_loop = true;
    ryx_conn_send(conn, q);
  } else if (may_repeat(conn, q, r)) {
    q->is_repeated = true;
    ryx_lane_again(conn->lane, q);
  } else if (q->end_code) {
    ryx_reply_ended(q);
  } else {
    q->has_parts = q->more = r->more;
    ryx_reply_fill(q, r);
    q->state = r->more ? RYX_REQ_HELD : RYX_REQ_DONE;
    ryx_loop_finish(l, q);
  }
}

void ryx_reply_ended(ryx_req *q)
{
  q->state = RYX_REQ_ENDED;
  q->conn = NULL;
  q->pool = NULL;
}

static void own(ryx_conn *conn, const ryx_reply *r)
{
  conn->own = RYX_OWN_NONE;
  conn->n_flight--;
  if (r->code) ryx_conn_close(conn, &r->err);
}

static void leave_flight(ryx_conn *conn, ryx_req *q, const ryx_reply *r)
{
  ryx_list_remove(&q->node);
  conn->n_flight--;
  conn->n_slow -= q->is_slow;
  /* A stream's deadline holds for all its parts. */
  if (!r->more) ryx_deadline_clear(&conn->loop->dues, &q->due);
  if (conn->stream != q || r->more) return;
  conn->stream = NULL;
  ryx_loop_count(&conn->loop->n_streams, -1);
}

void ryx_reply_on(ryx_conn *conn, ryx_reply *r)
{
  ryx_req *q = r->tag;
  ryx_loop *l = conn->loop;
  ryx_loop_now(l);
  ryx_deadline_clear(&l->dues, &conn->limit);
  if (!q) {
    own(conn, r);
  } else {
    leave_flight(conn, q, r);
    learn(conn, q, r);
    /* A cancel is asked for the head only, which this was. */
    ryx_cancel_withdraw(conn);
    if (conn->txn)
      ryx_tx_reply(conn, q, r);
    else
      plain(conn, q, r);
  }
  ryx_rows_free(r->rows);
  ryx_conn_release(conn);
}

/* --- stopping */

void ryx_reply_abandon(ryx_loop *l, ryx_req *q, int why)
{
  double s = (double)q->timeout_ms / 1000;
  q->is_abandoned = true;
  q->more = false;
  ryx_deadline_clear(&l->dues, &q->due);
  if (why != RYX_E_TIMEOUT)
    ryx_request_fail(q, why, "the statement was cancelled");
  else if (q->kind == RYX_JOB_COMMIT)
    ryx_request_fail(q, RYX_E_COMMIT_UNKNOWN,
                     "COMMIT did not answer within %.1f s, so whether it was "
                     "saved is unknown",
                     s);
  else
    ryx_request_fail(q, why, "the statement took longer than %.1f s", s);
  ryx_loop_finish(l, q);
}

static void stop_flight(ryx_loop *l, ryx_req *q, int why)
{
  ryx_conn *conn = q->conn;
  bool is_head = conn->flight.next == &q->node;
  if (why == RYX_E_CANCELLED) q->cancel_asked = true;
  if (is_head) {
    uint64_t ms = ryx_conn_blocks(conn) ? NUDGE_MS : CANCEL_LIMIT_MS;
    ryx_cancel_ask(conn);
    if (!conn->limit.at)
      ryx_deadline_set(&l->dues, &conn->limit,
                       ryx_loop_now(l) + ms * ns_per_ms);
  }
  if (q->end_code) return;
  if (why == RYX_E_TIMEOUT || !is_head) ryx_reply_abandon(l, q, why);
}

/* The host has a part; the rest is thrown away. */
static void stop_held(ryx_loop *l, ryx_req *q, int why)
{
  ryx_conn *conn = q->conn;
  ryx_deadline_clear(&l->dues, &q->due);
  q->end_code = why;
  /* A transaction's connection may be busy with another statement; it ends
   * the stream before it ends itself. */
  if (q->txn) {
    q->state = RYX_REQ_ENDED;
    return;
  }
  ryx_conn_more(conn, 0);
  if (q->state == RYX_REQ_FLIGHT) stop_flight(l, q, why);
}

static void stop_waiting(ryx_loop *l, ryx_req *q, int why)
{
  bool in_lane = !q->txn || q->kind == RYX_JOB_BEGIN;
  bool in_pool = in_lane && q->kind != RYX_JOB_SLEEP;
  ryx_deadline_clear(&l->dues, &q->due);
  if (in_pool && why == RYX_E_TIMEOUT)
    ryx_lane_late(ryx_lane_of(q->pool, q), q);
  if (in_pool)
    ryx_lane_leave(ryx_lane_of(q->pool, q), q);
  else
    ryx_list_remove(&q->node);
  if (why == RYX_E_CANCELLED) {
    ryx_reply_unsent(l, q);
    return;
  }
  if (in_lane) {
    q->state = RYX_REQ_DONE;
    ryx_loop_finish(l, q);
    return;
  }
  ryx_request_fail(q, why, "waited %.1f s for the statement before it",
                   (double)q->timeout_ms / 1000);
  ryx_tx_skip(q);
}

/* The stream is over, whatever the host may still ask of it. */
static void tell_end(ryx_loop *l, ryx_req *q)
{
  bool is_open = q->conn && q->conn->stream == q;
  const char *why = "the transaction of this stream has ended";
  if (q->end_code == RYX_E_CONNECTION)
    why = "the connection was lost between two parts of the stream";
  else if (q->end_code != RYX_E_MISUSE)
    why = "the stream was stopped between two of its parts";
  q->more = false;
  ryx_request_fail(q, q->end_code, "%s", why);
  if (is_open) {
    q->is_abandoned = true;
    if (q->state == RYX_REQ_ENDED) {
      q->want = 0;
      q->is_more = true;
      ryx_tx_submit(q);
    }
  }
  ryx_loop_finish(l, q);
}

void ryx_reply_more(ryx_loop *l, ryx_req *q)
{
  if (q->end_code) {
    tell_end(l, q);
    return;
  }
  if (q->txn) {
    q->is_more = true;
    ryx_tx_submit(q);
    return;
  }
  if (q->want == 0) q->cancel_asked = true;
  ryx_conn_more(q->conn, q->want);
  /* The server need not produce what nobody wants. */
  if (q->want == 0 && q->state == RYX_REQ_FLIGHT && !ryx_conn_blocks(q->conn))
    stop_flight(l, q, RYX_E_CANCELLED);
}

void ryx_reply_unsent(ryx_loop *l, ryx_req *q)
{
  ryx_request_fail(q, RYX_E_CANCELLED, "cancelled before it began");
  if (q->txn && q->kind != RYX_JOB_BEGIN) {
    ryx_tx_skip(q);
    return;
  }
  q->state = RYX_REQ_DONE;
  ryx_loop_finish(l, q);
}

void ryx_reply_stop(ryx_loop *l, ryx_req *q, int why)
{
  switch (q->state) {
    case RYX_REQ_WAITING: stop_waiting(l, q, why); return;
    case RYX_REQ_FLIGHT:
      if (!q->is_abandoned) stop_flight(l, q, why);
      return;
    case RYX_REQ_HELD: stop_held(l, q, why); return;
    case RYX_REQ_NEW:
    case RYX_REQ_ENDED:
    case RYX_REQ_DONE: return;
  }
}
