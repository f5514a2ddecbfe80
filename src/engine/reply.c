/* SPDX-License-Identifier: MIT */
/* From replies to verdicts, and what follows from them. */
#include "engine/reply.h"

#include <stdio.h>

#include "base/err.h"
#include "engine/dispatch.h"
#include "engine/stream.h"
#include "engine/ticket.h"
#include "engine/tx.h"

/* --- the facts */

/* A text of the user's that only reads may still be one not to run twice. */
static bool is_own_read(const ryx_req *q)
{
  enum { MASK = RYX_STMT_READ | RYX_STMT_RAW };
  return q->kind == RYX_JOB_RUN && (q->stmt.flags & MASK) == RYX_STMT_READ;
}

static ryx_facts facts_of(const ryx_conn *conn, const ryx_req *q,
                          const ryx_reply *r)
{
  const ryx_loop *l = conn->loop;
  return (ryx_facts){
      .is_inside = ryx_request_is_inside(q),
      .is_read = is_own_read(q),
      .is_write = ryx_request_is_write(q),
      .is_begin = q->kind == RYX_JOB_BEGIN,
      .is_awaited = q->is_awaited,
      .is_late = q->deadline_ns && q->deadline_ns <= l->now,
      .has_parts = q->has_parts,
      .is_fed = ryx_request_is_fed(q),
      .may_resend = !l->is_stopping,
      .n_resent = q->n_resent,
      .stop = q->stop,
      .code = r->code,
      .more = r->more,
      .not_started = r->not_started,
      .over_budget = r->over_budget,
      .was_cancelled = conn->was_cancelled,
  };
}

/* --- what the host gets */

/* The reply's own words, where they fit the verdict. */
static void set_error(const ryx_req *q, ryx_reply *r, int code)
{
  char text[RYX_MESSAGE_MAX + 128];
  double s = (double)q->timeout_ms / 1000;
  if (code == r->code) return;
  if (code == RYX_E_COMMIT_UNKNOWN) {
    int n = snprintf(text, sizeof text,
                     "the reply was lost, so whether it was saved is unknown: "
                     "%s",
                     r->err.message);
    r->err.code = code;
    ryx_err_message(&r->err, text, (size_t)n);
  } else if (code == RYX_E_TIMEOUT) {
    ryx_err_set(&r->err, code, "the statement took longer than %.1f s", s);
  } else {
    ryx_err_set(&r->err, code, "the statement was cancelled");
  }
}

static void fill(ryx_conn *conn, ryx_req *q, ryx_reply *r, int code)
{
  ryx_result *out = &q->ticket->result;
  out->duration_ns = (int64_t)(conn->loop->now - q->started_ns);
  out->code = 0;
  out->more = r->more;
  if (code) {
    set_error(q, r, code);
    ryx_ticket_fail_as(q->ticket, &r->err);
    return;
  }
  out->rows = r->rows;
  r->rows = NULL;
  out->affected = r->affected;
  out->last_id = r->last_id;
}

static void deliver(ryx_conn *conn, ryx_req *q, ryx_reply *r, int code)
{
  fill(conn, q, r, code);
  if (!r->more) {
    ryx_loop_finish(conn->loop, q);
    return;
  }
  q->has_parts = true;
  q->state = RYX_REQ_HELD;
  ryx_loop_answer(conn->loop, q);
}

/* The host hears first; what is left of the stream concerns nobody. */
static void drain(ryx_conn *conn, ryx_req *q, int code)
{
  if (q->is_awaited) {
    ryx_ticket_fail(q->ticket, code, "the stream was stopped");
    ryx_loop_answer(conn->loop, q);
  }
  ryx_dispatch_more(conn, 0);
}

static void settle(ryx_conn *conn, ryx_req *q)
{
  if (q->ticket)
    ryx_stream_ended(q, q->stop);
  else
    ryx_loop_end(conn->loop, q);
}

static void carry_out(ryx_conn *conn, ryx_req *q, ryx_reply *r,
                      const ryx_verdict *v)
{
  switch (v->act) {
    case RYX_VERDICT_DELIVER: deliver(conn, q, r, v->code); return;
    case RYX_VERDICT_REPEAT:
      q->is_off_loop = true;
      ryx_dispatch_stmt(conn, q);
      return;
    case RYX_VERDICT_RESEND:
      q->n_resent++;
      ryx_lane_again(conn->lane, q);
      return;
    case RYX_VERDICT_DRAIN: drain(conn, q, v->code); return;
    case RYX_VERDICT_SETTLE: settle(conn, q); return;
  }
}

/* --- replies */

static void judge(ryx_conn *conn, ryx_req *q, ryx_reply *r)
{
  ryx_facts f = facts_of(conn, q, r);
  ryx_verdict v = ryx_verdict_of(&f);
  bool goes_on = q->txn && ryx_tx_observe(conn, q, r, &v);
  if (!goes_on) carry_out(conn, q, r, &v);
  ryx_rows_free(r->rows);
}

void ryx_reply_unsent(ryx_conn *conn, ryx_req *q, const ryx_err *e)
{
  ryx_reply r = {.code = e->code, .not_started = true, .err = *e};
  judge(conn, q, &r);
}

static void learn(ryx_conn *conn, const ryx_req *q, const ryx_reply *r)
{
  uint64_t from = q->started_ns, now = conn->loop->now;
  /* Behind others it did not run before they were through. */
  if (conn->replied_ns > from) from = conn->replied_ns;
  conn->replied_ns = now;
  if (q->stmt.id == 0 || (r->code && !r->over_budget)) return;
  if (q->stmt.flags & RYX_STMT_STREAM) return;
  ryx_plans_note(&conn->pool->plans, q->stmt.id, (int64_t)(now - from));
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

static void own_reply(ryx_conn *conn, const ryx_reply *r)
{
  conn->own = RYX_OWN_NONE;
  conn->n_flight--;
  if (r->code) ryx_conn_close(conn, &r->err);
}

void ryx_reply_on(ryx_conn *conn, ryx_reply *r)
{
  ryx_req *q = r->tag;
  ryx_loop_now(conn->loop);
  /* A cancel is asked for the head only, which this was. While the question is
   * out, its limit stands. */
  ryx_cancel_withdraw(conn);
  if (!ryx_cancel_is_asking(conn))
    ryx_deadline_clear(&conn->loop->dues, &conn->limit);
  if (q) {
    leave_flight(conn, q, r);
    learn(conn, q, r);
    judge(conn, q, r);
  } else {
    own_reply(conn, r);
    ryx_rows_free(r->rows);
  }
  ryx_conn_release(conn);
}
