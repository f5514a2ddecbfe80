/* SPDX-License-Identifier: MIT */
/* Turning: commands, events, waiters, connections; then the clock. */
#include "engine/loop.h"

#include "engine/conn.h"
#include "engine/helper.h"
#include "engine/stop.h"
#include "engine/stream.h"
#include "engine/ticket.h"
#include "engine/tx.h"

enum { STOP_NUDGE_MS = 20, CREW_NUDGE_MS = 2 };

/* --- callbacks: they only note */

static void on_async(uv_async_t *h)
{
  ryx_loop *l = h->data;
  l->has_woken = true;
}

static void on_timer(uv_timer_t *h)
{
  (void)h; /* block looks at the clock itself */
}

/* --- what the host tells */

static void submit(ryx_loop *l, ryx_req *q)
{
  if (q->pool) ryx_loop_count(&q->pool->requests, 1);
  if (q->kind == RYX_JOB_SLEEP) {
    q->state = RYX_REQ_WAITING;
    ryx_list_add_tail(&l->asleep, &q->node);
    ryx_deadline_set(&l->dues, &q->due, q->deadline_ns ? q->deadline_ns : 1);
  } else if (ryx_request_is_inside(q)) {
    ryx_tx_submit(q);
  } else {
    ryx_lane_submit(ryx_lane_of(q->pool, q), q);
  }
}

static void obey(ryx_loop *l, ryx_command *c, bool is_stopped)
{
  ryx_ticket *t;
  switch (c->kind) {
    case RYX_COMMAND_SUBMIT:
      t = RYX_OF(c, ryx_ticket, submit);
      t->req->is_awaited = true;
      if (is_stopped)
        ryx_stop_unsent(l, t->req);
      else
        submit(l, t->req);
      return;
    case RYX_COMMAND_MORE:
      t = RYX_OF(c, ryx_ticket, more);
      t->req->want = t->want;
      ryx_buf_fini(&t->req->put);
      t->req->put = t->put;
      t->put = (ryx_buf){0};
      ryx_stream_more(l, t->req, is_stopped);
      return;
    case RYX_COMMAND_CANCEL:
      t = RYX_OF(c, ryx_ticket, cancel);
      ryx_stop_request(l, t->req, RYX_STOP_CANCEL);
      return;
    case RYX_COMMAND_DROP: ryx_tx_abandon(l, RYX_OF(c, ryx_txn, drop)); return;
    case RYX_COMMAND_OPEN:
      ryx_pool_command(RYX_OF(c, ryx_pool, open), c->kind);
      return;
    case RYX_COMMAND_FORGET:
      ryx_pool_command(RYX_OF(c, ryx_pool, forget), c->kind);
      return;
    case RYX_COMMAND_CLOSE:
      ryx_pool_command(RYX_OF(c, ryx_pool, close), c->kind);
      return;
  }
}

static void take_commands(ryx_loop *l)
{
  bool is_stopped;
  for (ryx_command *c; (c = ryx_mailbox_next(&l->box, &is_stopped));)
    obey(l, c, is_stopped);
}

/* --- what helping threads tell */

static void take_events(ryx_loop *l)
{
  l->has_woken = false;
  for (ryx_event *e; (e = ryx_mailbox_event(&l->box));) {
    switch (e->kind) {
      case RYX_EVENT_WORKED: ryx_conn_worked(RYX_OF(e, ryx_conn, event)); break;
      case RYX_EVENT_HELPED:
        ryx_helper_event(RYX_OF(e, ryx_helper, event));
        break;
    }
  }
  int fd = ryx_mailbox_listen_fd(&l->box);
  if (fd >= 0) ryx_wake_listen(&l->wake, &l->uv, fd);
}

/* --- what goes back */

void ryx_loop_answer(ryx_loop *l, ryx_req *q)
{
  ryx_ticket *t = q->ticket;
  q->is_awaited = false;
  if (q->pool && t->result.code) {
    ryx_loop_count(&q->pool->errors, 1);
    if (t->result.code == RYX_E_TIMEOUT) ryx_loop_count(&q->pool->timeouts, 1);
  }
  if (!t->result.more) {
    ryx_deadline_clear(&l->dues, &q->due);
    q->ticket = NULL;
    t->req = NULL;
  }
  if (ryx_mailbox_answer(&l->box, t)) ryx_wake_send(&l->wake);
}

void ryx_loop_end(ryx_loop *l, ryx_req *q)
{
  ryx_deadline_clear(&l->dues, &q->due);
  ryx_mailbox_spend(&l->box, q);
}

void ryx_loop_finish(ryx_loop *l, ryx_req *q)
{
  if (q->is_awaited) ryx_loop_answer(l, q);
  ryx_loop_end(l, q);
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
  ryx_loop_now(l);
  do {
    if (l->has_woken) take_events(l);
    take_commands(l);
    serve_lanes(l);
    if (!ryx_list_empty(&l->dirty)) turn_conns(l);
  } while (ryx_loop_has_work(l));
  if (!ryx_list_empty(&l->closing)) free_closed(l);
  if (l->is_draining) drain_pools(l);
  l->is_running = false;
}

/* --- the clock */

static void due(ryx_loop *l, ryx_due *d)
{
  switch (d->kind) {
    case RYX_DUE_REQUEST:
      ryx_stop_request(l, RYX_OF(d, ryx_req, due), RYX_STOP_TIMEOUT);
      return;
    case RYX_DUE_LIMIT: ryx_conn_late(RYX_OF(d, ryx_conn, limit)); return;
    case RYX_DUE_LANE: ryx_lane_mark(RYX_OF(d, ryx_lane, health.retry)); return;
    case RYX_DUE_TEND: ryx_pool_tend(RYX_OF(d, ryx_pool, tend)); return;
  }
}

/* Looks at the sockets without waiting. Connections that yielded their turn
 * have it again after the others. */
static void look(ryx_loop *l, uv_run_mode mode)
{
  uv_run(&l->uv, mode);
  ryx_list_move(&l->dirty, &l->yielded);
}

static bool see_to_late(ryx_loop *l)
{
  uint64_t first = ryx_deadline_first(&l->dues);
  if (!first || first > ryx_loop_now(l)) return false;
  /* A reply that lies in the socket already is in time. */
  look(l, UV_RUN_NOWAIT);
  ryx_loop_work(l);
  uint64_t now = ryx_loop_now(l);
  for (ryx_due *d; (d = ryx_deadline_pop(&l->dues, now));)
    due(l, d);
  ryx_loop_work(l);
  return true;
}

/* libuv counts its timers in milliseconds of 64 bits; a day is as good as the
 * end of time. */
static uint64_t timer_ms(uint64_t at, uint64_t now)
{
  const uint64_t day_ms = UINT64_C(86400000);
  uint64_t ms = ryx_clock_ms_until(at, now);
  return ms < day_ms ? ms : day_ms;
}

void ryx_loop_block(ryx_loop *l, uint64_t until)
{
  uv_run_mode mode = UV_RUN_ONCE;
  uint64_t at = ryx_deadline_first(&l->dues);
  if (!at || (until && until < at)) at = until;
  if (!ryx_list_empty(&l->yielded)) at = 1;
  if (at) {
    uint64_t ms = timer_ms(at, ryx_loop_now(l));
    if (ms == 0) mode = UV_RUN_NOWAIT;
    /* Timers count from the loop's idea of now, which may be long ago. They
     * run before libuv waits: one that is due by then and does not repeat would
     * leave nothing to end the wait. */
    uv_update_time(&l->uv);
    uv_timer_start(&l->timer, on_timer, ms, 1);
  }
  look(l, mode);
  uv_timer_stop(&l->timer);
  ryx_loop_work(l);
  see_to_late(l);
}

bool ryx_loop_look(ryx_loop *l)
{
  look(l, UV_RUN_NOWAIT);
  bool any = ryx_loop_has_work(l);
  ryx_loop_work(l);
  return see_to_late(l) || any;
}

/* --- beginning and end */

int ryx_loop_init(ryx_loop *l, bool is_threaded)
{
  ryx_list_init(&l->ready);
  ryx_list_init(&l->dirty);
  ryx_list_init(&l->yielded);
  ryx_list_init(&l->closing);
  ryx_list_init(&l->pools);
  ryx_list_init(&l->helpers);
  ryx_list_init(&l->asleep);
  ryx_wake_init(&l->wake);
  if (ryx_crew_new(&l->crew) < 0) return RYX_E_NOMEM;
  if (uv_loop_init(&l->uv) < 0) goto fail_crew;
  if (uv_async_init(&l->uv, &l->async, on_async) < 0) goto fail_loop;
  l->async.data = l;
  uv_timer_init(&l->uv, &l->timer);
  if (ryx_mailbox_init(&l->box, is_threaded, &l->async) == 0) return 0;
  uv_close((uv_handle_t *)&l->async, NULL);
  uv_close((uv_handle_t *)&l->timer, NULL);
  uv_run(&l->uv, UV_RUN_DEFAULT);
fail_loop:
  uv_loop_close(&l->uv);
fail_crew:
  ryx_crew_leave(l->crew);
  return RYX_E_OPERATIONAL;
}

static void fail_asleep(ryx_loop *l)
{
  for (ryx_list *n; (n = ryx_list_pop(&l->asleep));) {
    ryx_req *q = RYX_OF(n, ryx_req, node);
    ryx_ticket_fail(q->ticket, RYX_E_CANCELLED, "the engine was closed");
    ryx_loop_finish(l, q);
  }
}

/* Connections at work on a thread of their own (SQLite) can be interrupted, and
 * must have ended; those that only ask their servers to stop may not have. */
static void end_closing(ryx_loop *l)
{
  uint64_t end = ryx_clock_after(ryx_loop_now(l), RYX_GRACE_MS);
  while (!ryx_list_empty(&l->closing)) {
    bool is_late = l->now >= end;
    for (ryx_list *n = l->closing.next; n != &l->closing; n = n->next) {
      ryx_conn *conn = RYX_OF(n, ryx_conn, node);
      /* One that is being closed has nothing left to cancel with. */
      if (conn->is_working && conn->work.kind != RYX_WORK_CLOSE)
        ryx_cancel_ask(conn);
      if (is_late) ryx_cancel_withdraw(conn);
    }
    ryx_loop_block(l, ryx_clock_after(ryx_loop_now(l), STOP_NUDGE_MS));
  }
  while (!ryx_list_empty(&l->helpers) && ryx_loop_now(l) < end)
    ryx_loop_block(l, end);
  /* A thread that was left behind, with a dial of a client library's say, tells
   * nobody. */
  while (ryx_crew_works(l->crew) && ryx_loop_now(l) < end)
    ryx_loop_block(l, ryx_clock_after(l->now, CREW_NUDGE_MS));
}

void ryx_loop_stop(ryx_loop *l)
{
  ryx_loop_work(l);
  l->is_stopping = true;
  fail_asleep(l);
  for (ryx_list *n = l->pools.next; n != &l->pools; n = n->next)
    ryx_pool_stop(RYX_OF(n, ryx_pool, node));
  ryx_loop_work(l);
  end_closing(l);
  for (ryx_list *n = l->pools.next; n != &l->pools; n = n->next)
    ryx_cancel_abandon(RYX_OF(n, ryx_pool, node));
  ryx_wake_stop(&l->wake);
  uv_close((uv_handle_t *)&l->timer, NULL);
  uv_close((uv_handle_t *)&l->async, NULL);
  uv_run(&l->uv, UV_RUN_DEFAULT);
  uv_loop_close(&l->uv);
}

void ryx_loop_fini(ryx_loop *l)
{
  for (ryx_list *n = l->pools.next, *next; n != &l->pools; n = next) {
    next = n->next;
    ryx_pool_free(RYX_OF(n, ryx_pool, node));
  }
  ryx_mailbox_fini(&l->box);
  ryx_crew_leave(l->crew);
  l->crew = NULL;
}
