/* SPDX-License-Identifier: MIT */
/* Turning: posts, events, waiters, connections; then the clock. */
#include "engine/loop.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/reply.h"
#include "engine/tx.h"

enum { STOP_NUDGE_MS = 20 };
static const uint64_t ns_per_ms = 1000000;

/* --- callbacks: they only note */

static void on_wake(uv_async_t *h)
{
  ryx_loop *l = h->data;
  l->has_woken = true;
}

static void on_timer(uv_timer_t *h)
{
  (void)h; /* block looks at the clock itself */
}

static void on_listener_closed(uv_handle_t *h)
{
  ryx_mem_free(h);
}

static void stop_listening(ryx_loop *l)
{
  if (l->listener) {
    uv_poll_stop(l->listener);
    uv_close((uv_handle_t *)l->listener, on_listener_closed);
  }
  l->listener = NULL;
  if (l->listen_fd >= 0) close(l->listen_fd);
  l->listen_fd = -1;
}

static void send_wake_byte(ryx_loop *l)
{
  if (l->wake_fd < 0) return;
  /* A full socket is a host that has not read the earlier bytes: fine. */
  (void)!send(l->wake_fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void on_listener(uv_poll_t *h, int status, int events)
{
  ryx_loop *l = h->data;
  (void)status;
  (void)events;
  int fd = accept(l->listen_fd, NULL, NULL);
  if (fd < 0) return;
  l->wake_fd = fd;
  stop_listening(l);
  send_wake_byte(l);
}

static void listen_on(ryx_loop *l, int fd)
{
  stop_listening(l);
  l->listen_fd = fd;
  l->listener = ryx_mem_new(sizeof *l->listener);
  if (!l->listener) goto fail;
  if (uv_poll_init(&l->uv, l->listener, fd) < 0) {
    ryx_mem_free(l->listener);
    l->listener = NULL;
    goto fail;
  }
  l->listener->data = l;
  uv_poll_start(l->listener, UV_READABLE, on_listener);
  return;
fail:
  stop_listening(l);
}

/* --- what the host posts */

static void submit(ryx_loop *l, ryx_req *q)
{
  if (q->pool) ryx_loop_count(&q->pool->requests, 1);
  if (q->kind == RYX_JOB_SLEEP) {
    q->state = RYX_REQ_WAITING;
    ryx_list_add_tail(&l->asleep, &q->node);
    ryx_deadline_set(&l->dues, &q->due, q->deadline_ns ? q->deadline_ns : 1);
  } else if (q->txn && q->kind != RYX_JOB_BEGIN) {
    if (q->is_drop) ryx_tx_clear(l, q->txn);
    ryx_tx_submit(q);
  } else {
    ryx_lane_submit(ryx_lane_of(q->pool, q), q);
  }
}

static void recycle(ryx_loop *l, ryx_req *q)
{
  q->is_recycled = true;
  if (ryx_mailbox_finish(&l->box, q)) send_wake_byte(l);
}

static void on_post(ryx_loop *l, ryx_req *q, unsigned bits)
{
  bool cancels = bits & RYX_POST_CANCEL;
  if (bits & RYX_POST_SETTLE) {
    q->settle_asked = true;
    if (q->is_settled) recycle(l, q);
  } else if (bits & RYX_POST_SUBMIT && cancels) {
    ryx_reply_unsent(l, q);
  } else if (bits & RYX_POST_SUBMIT) {
    submit(l, q);
  } else if (bits & RYX_POST_MORE) {
    if (cancels && !q->end_code) q->want = 0;
    ryx_reply_more(l, q);
  } else if (cancels) {
    ryx_reply_stop(l, q, RYX_E_CANCELLED);
  }
}

static void take_posts(ryx_loop *l)
{
  unsigned bits;
  for (ryx_post *p; (p = ryx_mailbox_next(&l->box, &bits));) {
    if (p->is_pool)
      ryx_pool_post(RYX_OF(p, ryx_pool, post), bits);
    else
      on_post(l, RYX_OF(p, ryx_req, post), bits);
  }
}

static void take_events(ryx_loop *l)
{
  unsigned bits;
  l->has_woken = false;
  for (ryx_event *e; (e = ryx_mailbox_event(&l->box, &bits));)
    ryx_conn_event(RYX_OF(e, ryx_conn, event), bits);
  int fd = ryx_mailbox_listen_fd(&l->box);
  if (fd >= 0) listen_on(l, fd);
}

/* --- what goes back */

void ryx_loop_finish(ryx_loop *l, ryx_req *q)
{
  if (q->state != RYX_REQ_HELD) ryx_deadline_clear(&l->dues, &q->due);
  if (q->pool && q->code) {
    ryx_loop_count(&q->pool->errors, 1);
    if (q->code == RYX_E_TIMEOUT) ryx_loop_count(&q->pool->timeouts, 1);
  }
  if (ryx_mailbox_finish(&l->box, q)) send_wake_byte(l);
}

void ryx_loop_settle(ryx_loop *l, ryx_req *q)
{
  q->is_settled = true;
  if (q->settle_asked) recycle(l, q);
}

/* --- turning */

static void serve_lanes(ryx_loop *l)
{
  for (ryx_list *n; (n = ryx_list_pop(&l->ready));)
    ryx_lane_serve(RYX_OF(n, ryx_lane, ready_node));
}

/* Those marked meanwhile have their turn in the next round, together with what
 * will have been sent on them by then. */
static void turn_conns(ryx_loop *l)
{
  ryx_list now;
  ryx_list_init(&now);
  ryx_list_move(&now, &l->dirty);
  for (ryx_list *n; (n = ryx_list_pop(&now));)
    ryx_conn_turn(RYX_OF(n, ryx_conn, dirty_node));
}

static void free_closed(ryx_loop *l)
{
  for (ryx_list *n = l->closing.next, *next; n != &l->closing; n = next) {
    next = n->next;
    ryx_conn_free(RYX_OF(n, ryx_conn, node));
  }
}

static void drain_pools(ryx_loop *l)
{
  for (ryx_list *n = l->pools.next, *next; n != &l->pools; n = next) {
    next = n->next;
    ryx_pool_drain(RYX_OF(n, ryx_pool, node));
  }
}

bool ryx_loop_has_work(ryx_loop *l)
{
  return l->has_woken || !ryx_list_empty(&l->ready) ||
         !ryx_list_empty(&l->dirty) || ryx_mailbox_has_posts(&l->box);
}

void ryx_loop_work(ryx_loop *l)
{
  l->is_running = true;
  do {
    if (l->has_woken) take_events(l);
    take_posts(l);
    serve_lanes(l);
    if (!ryx_list_empty(&l->dirty)) turn_conns(l);
  } while (ryx_loop_has_work(l));
  if (!ryx_list_empty(&l->closing)) free_closed(l);
  if (l->is_draining) drain_pools(l);
  l->is_running = false;
}

/* --- the clock */

static void request_due(ryx_loop *l, ryx_req *q)
{
  if (q->kind != RYX_JOB_SLEEP) {
    ryx_reply_stop(l, q, RYX_E_TIMEOUT);
    return;
  }
  ryx_list_remove(&q->node);
  q->state = RYX_REQ_DONE;
  ryx_loop_finish(l, q);
}

static void due(ryx_loop *l, ryx_due *d)
{
  switch (d->kind) {
    case RYX_DUE_REQUEST: request_due(l, RYX_OF(d, ryx_req, due)); return;
    case RYX_DUE_LIMIT:
      ryx_conn_due(RYX_OF(d, ryx_conn, limit), d->kind);
      return;
    case RYX_DUE_WAKE: ryx_conn_due(RYX_OF(d, ryx_conn, wake), d->kind); return;
    case RYX_DUE_LANE: ryx_lane_mark(RYX_OF(d, ryx_lane, retry)); return;
    case RYX_DUE_TEND: ryx_pool_tend(RYX_OF(d, ryx_pool, tend)); return;
  }
}

static bool see_to_late(ryx_loop *l)
{
  uint64_t first = ryx_deadline_first(&l->dues);
  if (!first || first > ryx_loop_now(l)) return false;
  /* A reply that lies in the socket already is in time. */
  uv_run(&l->uv, UV_RUN_NOWAIT);
  ryx_loop_work(l);
  uint64_t now = ryx_loop_now(l);
  for (ryx_due *d; (d = ryx_deadline_pop(&l->dues, now));)
    due(l, d);
  ryx_loop_work(l);
  return true;
}

void ryx_loop_block(ryx_loop *l, uint64_t until)
{
  uv_run_mode mode = UV_RUN_ONCE;
  uint64_t at = ryx_deadline_first(&l->dues);
  if (!at || (until && until < at)) at = until;
  if (at) {
    uint64_t now = ryx_loop_now(l);
    uint64_t ms = at > now ? (at - now + ns_per_ms - 1) / ns_per_ms : 0;
    if (ms == 0) mode = UV_RUN_NOWAIT;
    /* Timers count from the loop's idea of now, which may be long ago. They
     * run before libuv waits: one that is due by then and does not repeat would
     * leave nothing to end the wait. */
    uv_update_time(&l->uv);
    uv_timer_start(&l->timer, on_timer, ms, 1);
  }
  uv_run(&l->uv, mode);
  uv_timer_stop(&l->timer);
  ryx_loop_work(l);
  see_to_late(l);
}

bool ryx_loop_look(ryx_loop *l)
{
  uv_run(&l->uv, UV_RUN_NOWAIT);
  bool any = ryx_loop_has_work(l);
  ryx_loop_work(l);
  return see_to_late(l) || any;
}

/* --- beginning and end */

int ryx_loop_init(ryx_loop *l, bool is_threaded)
{
  ryx_list_init(&l->ready);
  ryx_list_init(&l->dirty);
  ryx_list_init(&l->closing);
  ryx_list_init(&l->pools);
  ryx_list_init(&l->asleep);
  l->listen_fd = l->wake_fd = -1;
  if (uv_loop_init(&l->uv) < 0) return RYX_E_OPERATIONAL;
  if (uv_async_init(&l->uv, &l->wake, on_wake) < 0) goto fail_loop;
  l->wake.data = l;
  uv_timer_init(&l->uv, &l->timer);
  if (ryx_mailbox_init(&l->box, is_threaded, &l->wake) < 0) goto fail_wake;
  if (ryx_cancel_init(&l->canceller) == 0) return 0;
  ryx_mailbox_fini(&l->box);
fail_wake:
  uv_close((uv_handle_t *)&l->wake, NULL);
  uv_close((uv_handle_t *)&l->timer, NULL);
  uv_run(&l->uv, UV_RUN_DEFAULT);
fail_loop:
  uv_loop_close(&l->uv);
  return RYX_E_OPERATIONAL;
}

static void nudge_closing(ryx_loop *l)
{
  for (ryx_list *n = l->closing.next; n != &l->closing; n = n->next) {
    ryx_conn *conn = RYX_OF(n, ryx_conn, node);
    /* One that is being closed has nothing left to cancel with. */
    if (conn->is_working && conn->work.kind != RYX_WORK_CLOSE)
      ryx_cancel_ask(conn);
  }
}

void ryx_loop_stop(ryx_loop *l)
{
  ryx_loop_work(l);
  l->is_stopping = true;
  for (ryx_list *n; (n = ryx_list_pop(&l->asleep));) {
    ryx_req *q = RYX_OF(n, ryx_req, node);
    ryx_request_fail(q, RYX_E_CANCELLED, "the engine was closed");
    ryx_loop_finish(l, q);
  }
  for (ryx_list *n = l->pools.next; n != &l->pools; n = n->next)
    ryx_pool_stop(RYX_OF(n, ryx_pool, node));
  ryx_loop_work(l);
  while (!ryx_list_empty(&l->closing)) {
    nudge_closing(l);
    ryx_loop_block(l, ryx_loop_now(l) + STOP_NUDGE_MS * ns_per_ms);
  }
  ryx_cancel_stop(&l->canceller);
  stop_listening(l);
  if (l->wake_fd >= 0) close(l->wake_fd);
  l->wake_fd = -1;
  uv_close((uv_handle_t *)&l->timer, NULL);
  uv_close((uv_handle_t *)&l->wake, NULL);
  uv_run(&l->uv, UV_RUN_DEFAULT);
  uv_loop_close(&l->uv);
}

void ryx_loop_fini(ryx_loop *l)
{
  for (ryx_list *n = l->pools.next, *next; n != &l->pools; n = next) {
    next = n->next;
    ryx_pool_free(RYX_OF(n, ryx_pool, node));
  }
  ryx_cancel_fini(&l->canceller);
  ryx_mailbox_fini(&l->box);
}
