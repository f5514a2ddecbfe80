/* SPDX-License-Identifier: MIT */
/* The host's questions about streams, and ends between them. */
#include "engine/stream.h"

#include "engine/dispatch.h"
#include "engine/stop.h"
#include "engine/ticket.h"
#include "engine/tx.h"

void ryx_stream_ended(ryx_req *q, ryx_stop why)
{
  q->stop = why;
  q->state = RYX_REQ_ENDED;
  q->conn = NULL;
  q->pool = NULL; /* it may go before the host asks */
}

/* A transaction's connection may be busy with another statement: then the drain
 * waits for its turn. */
static void drain(ryx_req *q)
{
  q->want = 0;
  if (q->txn)
    ryx_tx_submit(q);
  else
    ryx_dispatch_more(q->conn, 0);
}

/* q has been handed to the driver again, and may have ended in that. */
static bool is_in_flight(const ryx_conn *conn, const ryx_req *q)
{
  return conn->stream == q && q->state == RYX_REQ_FLIGHT;
}

void ryx_stream_stop(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  ryx_conn *conn = q->conn;
  ryx_deadline_clear(&l->dues, &q->due);
  q->stop = why;
  q->is_part = q->txn != NULL;
  drain(q);
  if (is_in_flight(conn, q)) ryx_stop_flight(l, q, why);
}

static const char *why_text(ryx_stop stop)
{
  switch (stop) {
    case RYX_STOP_LOST:
      return "the connection was lost between two parts of the stream";
    case RYX_STOP_TX: return "the transaction of this stream has ended";
    case RYX_STOP_TIMEOUT:
    case RYX_STOP_CANCEL:
    case RYX_STOP_END:
    case RYX_STOP_NO: break;
  }
  return "the stream was stopped between two of its parts";
}

/* What is still to be done on the connection goes on without the host. */
static void tell_end(ryx_loop *l, ryx_req *q, ryx_stop why)
{
  int code = ryx_stop_code(why);
  if (code)
    ryx_ticket_fail(q->ticket, code, "%s", why_text(why));
  else
    q->ticket->result = (ryx_result){0};
  ryx_loop_answer(l, q);
}

void ryx_stream_more(ryx_loop *l, ryx_req *q, bool is_stopped)
{
  ryx_conn *conn = q->conn;
  q->is_awaited = true;
  if (q->stop) {
    tell_end(l, q, q->stop);
    if (q->state == RYX_REQ_ENDED) ryx_loop_end(l, q);
    return;
  }
  if (is_stopped) {
    tell_end(l, q, RYX_STOP_CANCEL);
    ryx_stream_stop(l, q, RYX_STOP_CANCEL);
    return;
  }
  if (q->want == 0) q->stop = RYX_STOP_END;
  if (q->txn) {
    q->is_part = true;
    ryx_tx_submit(q);
    return;
  }
  bool ends = q->want == 0;
  ryx_dispatch_more(conn, q->want);
  /* The server need not produce what nobody wants. */
  if (ends && !ryx_conn_blocks(conn) && is_in_flight(conn, q))
    ryx_stop_flight(l, q, RYX_STOP_END);
}
