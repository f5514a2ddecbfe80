/* SPDX-License-Identifier: MIT */
/* Cancelling, and what happens when time is up. */
#include "engine/stop.h"

#include "engine/stream.h"
#include "engine/ticket.h"
#include "engine/tx.h"

enum {
  NUDGE_MS = 20, /* a cancel that SQLite hears may come between two looks */
  /* A write whose time is up may have been saved, or may be stopped by its
   * cancel: so long the answer, which knows, is waited for. */
  HONESTY_MS = 500
};

static void fail_late(ryx_req *q)
{
  double s = (double)q->timeout_ms / 1000;
  if (ryx_request_is_write(q))
    ryx_ticket_fail(q->ticket, RYX_E_COMMIT_UNKNOWN,
                    "%s did not answer within %.1f s, so whether it was saved "
                    "is unknown",
                    q->kind == RYX_JOB_COMMIT ? "COMMIT" : "the statement", s);
  else
    ryx_ticket_fail(q->ticket, RYX_E_TIMEOUT,
                    "the statement took longer than %.1f s", s);
}

/* Answers the host; the driver's reply will concern nobody. */
static void abandon(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  q->ticket->result.duration_ns = (int64_t)(l->now - q->started_ns);
  if (why == RYX_STOP_TIMEOUT)
    fail_late(q);
  else
    ryx_ticket_fail(q->ticket, RYX_E_CANCELLED, "the statement was cancelled");
  if (ryx_request_is_inside(q)) ryx_tx_gave_up(q);
  ryx_loop_answer(l, q);
}

void ryx_stop_flight(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  ryx_conn *conn = q->conn;
  bool is_head = conn->flight.next == &q->node;
  bool waits = why == RYX_STOP_TIMEOUT && q->stop != RYX_STOP_TIMEOUT &&
               is_head && ryx_request_is_write(q);
  if (!q->stop) q->stop = why;
  if (is_head) {
    ryx_cancel_ask(conn);
    if (!conn->limit.at)
      ryx_conn_limit(conn, ryx_conn_blocks(conn) ? NUDGE_MS : RYX_GRACE_MS);
  }
  if (!q->is_awaited || why == RYX_STOP_END) return;
  if (waits)
    ryx_deadline_set(&l->dues, &q->due, ryx_clock_after(l->now, HONESTY_MS));
  else if (why == RYX_STOP_TIMEOUT || !is_head)
    abandon(l, q, why);
}

static void stop_waiting(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  bool is_inside = ryx_request_is_inside(q);
  bool in_lane = !is_inside && q->kind != RYX_JOB_SLEEP;
  ryx_deadline_clear(&l->dues, &q->due);
  if (in_lane && why == RYX_STOP_TIMEOUT)
    ryx_lane_late(ryx_lane_of(q->pool, q), q);
  if (in_lane)
    ryx_lane_leave(ryx_lane_of(q->pool, q), q);
  else
    ryx_list_remove(&q->node);
  if (why == RYX_STOP_CANCEL) {
    ryx_stop_unsent(l, q);
  } else if (!is_inside) {
    /* The lane has said why; for SLEEP it is the good end. */
    ryx_loop_finish(l, q);
  } else {
    ryx_ticket_fail(q->ticket, RYX_E_TIMEOUT,
                    "waited %.1f s for the statement before it",
                    (double)q->timeout_ms / 1000);
    ryx_tx_skip(q);
  }
}

void ryx_stop_unsent(ryx_loop *l, ryx_req *q)
{
  ryx_ticket_fail(q->ticket, RYX_E_CANCELLED, "cancelled before it began");
  if (ryx_request_is_inside(q))
    ryx_tx_skip(q);
  else
    ryx_loop_finish(l, q);
}

void ryx_stop_request(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  switch (q->state) {
    case RYX_REQ_WAITING: stop_waiting(l, q, why); return;
    case RYX_REQ_FLIGHT: ryx_stop_flight(l, q, why); return;
    case RYX_REQ_HELD: ryx_stream_stop(l, q, why); return;
    case RYX_REQ_NEW:
    case RYX_REQ_ENDED: return;
  }
}
