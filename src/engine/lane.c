/* SPDX-License-Identifier: MIT */
/* The queue for connections: who gets which one, and when to dial. */
#include "base/buf.h"
#include "engine/dial.h"
#include "engine/dispatch.h"
#include "engine/sharing.h"
#include "engine/ticket.h"

enum {
  DIALS_AT_ONCE = 2,
  CHECK_AFTER_MS = 1000, /* idle for longer: look at the socket first */
  PING_AFTER_MS = 30000  /* ... ask the server */
};

/* A text of the user's that only reads has the writer, with all his other ones,
 * unless its result comes in parts: that takes a connection away for long. */
static bool reads_elsewhere(const ryx_req *q)
{
  unsigned flags = q->stmt.flags;
  if (q->kind == RYX_JOB_BEGIN) return q->begin.read_only;
  if (q->kind != RYX_JOB_RUN || !(flags & RYX_STMT_READ)) return false;
  return !(flags & RYX_STMT_RAW) || (flags & RYX_STMT_STREAM);
}

ryx_lane *ryx_lane_of(ryx_pool *p, const ryx_req *q)
{
  if (p->n_lanes == 1) return &p->lanes[0];
  return &p->lanes[reads_elsewhere(q)];
}

void ryx_lane_mark(ryx_lane *lane)
{
  if (lane->n_waiting == 0) return;
  if (ryx_list_empty(&lane->ready_node))
    ryx_list_add_tail(&lane->pool->loop->ready, &lane->ready_node);
}

/* --- choosing */

/* Is the idle connection fit to be used at once? Else it is on its way to
 * being so, or gone. */
static bool is_fit(ryx_conn *conn)
{
  uint64_t now = conn->loop->now;
  uint64_t idle = now > conn->idle_since ? now - conn->idle_since : 0;
  if (ryx_conn_has_expired(conn)) {
    ryx_conn_close(conn, NULL);
    return false;
  }
  /* When one connection dies, its siblings often have died with it. */
  bool is_suspect = conn->idle_since <= conn->lane->health.died_ns;
  if (idle < CHECK_AFTER_MS * RYX_NS_PER_MS && !is_suspect) return true;
  if (!ryx_conn_check(conn)) return false;
  if (idle < PING_AFTER_MS * RYX_NS_PER_MS || !conn->driver->ping) return true;
  ryx_dispatch_ping(conn);
  return false;
}

static ryx_conn *least_loaded(ryx_lane *lane)
{
  ryx_conn *best = NULL;
  for (ryx_list *n = lane->conns.next; n != &lane->conns; n = n->next) {
    ryx_conn *conn = RYX_OF(n, ryx_conn, node);
    if (ryx_sharing_may_join(conn) &&
        (!best || conn->n_flight < best->n_flight))
      best = conn;
  }
  return best;
}

static ryx_conn *pick(ryx_lane *lane, const ryx_req *q)
{
  while (!ryx_list_empty(&lane->idle)) {
    ryx_conn *conn = RYX_OF(lane->idle.next, ryx_conn, idle_node);
    if (is_fit(conn)) return conn;
  }
  bool shares =
      (lane->pool->driver->caps & RYX_CAP_PIPELINE) && ryx_request_shares(q);
  return shares ? least_loaded(lane) : NULL;
}

/* --- growing */

static bool may_dial(const ryx_lane *lane)
{
  return lane->size < lane->max && lane->n_dialing < DIALS_AT_ONCE &&
         !lane->health.retry.at;
}

static void grow(ryx_lane *lane)
{
  ryx_pool *p = lane->pool;
  /* Readers of a database open what its writer has made. */
  if (lane->read_only && p->caps < 0) {
    if (p->lanes[0].size == 0 && may_dial(&p->lanes[0]))
      ryx_dial_start(&p->lanes[0]);
    return;
  }
  /* A connection that is being reset will serve one of them: a sequential
   * script needs no second one. */
  while (lane->n_waiting > lane->n_dialing + lane->n_resetting &&
         may_dial(lane)) {
    ryx_dial_start(lane);
    if (!ryx_list_empty(&lane->idle)) return;
  }
}

/* --- serving */

static void serve(ryx_lane *lane, ryx_conn *conn, ryx_req *q)
{
  ryx_loop *l = lane->pool->loop;
  if (q->kind == RYX_JOB_CONNECT) {
    ryx_loop_finish(l, q);
    return;
  }
  ryx_dispatch(conn, q);
  /* It shares although one more connection is allowed: have it soon. */
  if (conn->n_flight > 1 && lane->n_dialing == 0 && may_dial(lane))
    ryx_dial_start(lane);
}

static void enqueue(ryx_lane *lane, ryx_req *q, bool first)
{
  ryx_loop *l = lane->pool->loop;
  int64_t patience = lane->pool->opts->acquire_timeout_ms;
  uint64_t at = q->deadline_ns, until;
  q->state = RYX_REQ_WAITING;
  if (!q->queued_ns) q->queued_ns = ryx_loop_now(l);
  until = patience ? ryx_clock_after(q->queued_ns, patience) : 0;
  if (until && (!at || until < at)) at = until;
  if (at) ryx_deadline_set(&l->dues, &q->due, at);
  if (first)
    ryx_list_add_head(&lane->waiting, &q->node);
  else
    ryx_list_add_tail(&lane->waiting, &q->node);
  lane->n_waiting++;
  ryx_loop_count(&lane->pool->waiting, 1);
  ryx_lane_mark(lane);
}

void ryx_lane_leave(ryx_lane *lane, ryx_req *q)
{
  ryx_list_remove(&q->node);
  ryx_deadline_clear(&lane->pool->loop->dues, &q->due);
  lane->n_waiting--;
  ryx_loop_count(&lane->pool->waiting, -1);
}

void ryx_lane_submit(ryx_lane *lane, ryx_req *q)
{
  ryx_conn *conn = lane->n_waiting ? NULL : pick(lane, q);
  if (conn)
    serve(lane, conn, q);
  else
    enqueue(lane, q, false);
}

void ryx_lane_again(ryx_lane *lane, ryx_req *q)
{
  q->conn = NULL;
  enqueue(lane, q, true);
}

void ryx_lane_serve(ryx_lane *lane)
{
  ryx_loop_now(lane->pool->loop);
  while (lane->n_waiting) {
    ryx_req *q = RYX_OF(lane->waiting.next, ryx_req, node);
    ryx_conn *conn = pick(lane, q);
    /* Who waits first is served first, also when those behind could be. */
    if (!conn) break;
    ryx_lane_leave(lane, q);
    serve(lane, conn, q);
  }
  grow(lane);
}

void ryx_lane_fail(ryx_lane *lane, const ryx_err *e, uint64_t before)
{
  ryx_loop *l = lane->pool->loop;
  while (lane->n_waiting) {
    ryx_req *q = RYX_OF(lane->waiting.next, ryx_req, node);
    if (q->queued_ns > before) return;
    ryx_lane_leave(lane, q);
    ryx_ticket_fail_as(q->ticket, e);
    ryx_loop_finish(l, q);
  }
}

/* --- the answer to one who waited too long */

typedef struct census {
  int idle, in_use;
  const ryx_conn *oldest; /* of those in use */
} census;

static census count(const ryx_lane *lane)
{
  census c = {0};
  for (ryx_list *n = lane->conns.next; n != &lane->conns; n = n->next) {
    const ryx_conn *conn = RYX_OF(n, ryx_conn, node);
    c.idle += conn->state == RYX_CONN_IDLE;
    if (!ryx_conn_in_use(conn)) continue;
    c.in_use++;
    if (!c.oldest || conn->held_since < c.oldest->held_since) c.oldest = conn;
  }
  return c;
}

static int describe(ryx_lane *lane, const ryx_req *q, ryx_buf *out)
{
  ryx_pool *p = lane->pool;
  uint64_t now = ryx_loop_now(p->loop);
  census c = count(lane);
  int rc = ryx_buf_printf(
      out,
      "pool \"%s\": waited %.1f s for a connection; size %d of %d, %d idle, "
      "%d in use, %d waiting",
      p->opts->alias, (double)(now - q->queued_ns) / 1e9, lane->size, lane->max,
      c.idle, c.in_use, lane->n_waiting);
  if (rc == 0 && c.oldest) {
    const char *by = *c.oldest->held_by ? c.oldest->held_by : "an unnamed call";
    rc = ryx_buf_printf(out, "; longest held %.1f s by %s",
                        (double)(now - c.oldest->held_since) / 1e9, by);
  }
  if (rc == 0 && lane->health.last_err.code)
    rc = ryx_buf_printf(out, "; last connect error: %s",
                        lane->health.last_err.message);
  return rc;
}

void ryx_lane_late(ryx_lane *lane, ryx_req *q)
{
  ryx_buf text;
  ryx_buf_init(&text, RYX_MESSAGE_MAX);
  int rc = describe(lane, q, &text);
  if (text.data)
    ryx_ticket_fail(q->ticket, RYX_E_TIMEOUT, "%s", text.data);
  else
    ryx_ticket_fail(q->ticket, rc < 0 ? RYX_E_NOMEM : RYX_E_TIMEOUT,
                    "out of memory");
  ryx_buf_fini(&text);
}
