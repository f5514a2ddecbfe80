/* SPDX-License-Identifier: MIT */
/* Making, tending and ending pools. */
#include "engine/pool.h"

#include "base/err.h"
#include "base/mem.h"
#include "engine/conn.h"
#include "engine/dial.h"

static void init_lane(ryx_pool *p, int i, int max, int min)
{
  ryx_lane *lane = &p->lanes[i];
  lane->pool = p;
  lane->endpoint = p->endpoint;
  lane->max = max;
  lane->min = min < max ? min : max;
  lane->read_only = i == 1;
  ryx_list_init(&lane->conns);
  ryx_list_init(&lane->idle);
  ryx_list_init(&lane->waiting);
  ryx_list_init(&lane->ready_node);
  ryx_deadline_init(&lane->health.retry, RYX_DUE_LANE);
  p->n_lanes = i + 1;
}

/* An in-memory database is one connection; a database with one writer gives the
 * rest to readers. */
static void init_lanes(ryx_pool *p)
{
  const ryx_opts *o = p->opts;
  int max = o->max_connections > 0 ? o->max_connections : 1;
  int min = o->min_connections;
  bool one_writer = p->driver->caps & RYX_CAP_ONE_WRITER;
  if (o->memory) {
    init_lane(p, 0, 1, 1);
  } else if (one_writer && !o->read_only && max > 1) {
    init_lane(p, 0, 1, 1);
    init_lane(p, 1, max - 1, min - 1);
  } else {
    init_lane(p, 0, max, min);
  }
}

int ryx_pool_new(ryx_loop *l, ryx_opts *opts, ryx_pool **out)
{
  /* An in-memory database lives in its one connection. */
  if (opts->memory) opts->idle_timeout_ms = opts->max_lifetime_ms = 0;
  ryx_endpoint *endpoint = ryx_endpoint_new(opts);
  ryx_pool *p = endpoint ? ryx_mem_new(sizeof *p) : NULL;
  if (!p) {
    ryx_endpoint_drop(endpoint);
    return RYX_E_NOMEM;
  }
  p->loop = l;
  p->endpoint = endpoint;
  p->opts = &endpoint->opts;
  p->driver = p->opts->driver;
  ryx_command_init(&p->open, RYX_COMMAND_OPEN);
  ryx_command_init(&p->forget, RYX_COMMAND_FORGET);
  ryx_command_init(&p->close, RYX_COMMAND_CLOSE);
  ryx_list_init(&p->node);
  ryx_list_init(&p->questions);
  ryx_list_init(&p->to_ask);
  ryx_plans_init(&p->plans);
  ryx_deadline_init(&p->tend, RYX_DUE_TEND);
  atomic_init(&p->caps, -1);
  p->random = uv_hrtime() | 1;
  init_lanes(p);
  *out = p;
  return 0;
}

void ryx_pool_free(ryx_pool *p)
{
  if (!p) return;
  ryx_cancel_abandon(p);
  ryx_list_remove(&p->node);
  ryx_plans_fini(&p->plans);
  ryx_endpoint_drop(p->endpoint);
  ryx_mem_free(p);
}

uint64_t ryx_pool_jitter(ryx_pool *p, uint64_t n)
{
  p->random ^= p->random << 13;
  p->random ^= p->random >> 7;
  p->random ^= p->random << 17;
  return n / 10 * 9 + p->random % (n / 5 + 1);
}

/* Plans are compiled for what the first connection told; that statements do not
 * stay concerns only how they are sent. */
void ryx_pool_learn(ryx_pool *p, unsigned caps)
{
  unsigned known = caps & ~(unsigned)RYX_SERVER_UNNAMED;
  if (caps != known) p->is_unnamed = true;
  if (atomic_load_explicit(&p->caps, memory_order_relaxed) != known)
    atomic_store(&p->caps, known);
}

/* --- connections that get too old */

static uint64_t too_old_at(const ryx_conn *conn)
{
  int64_t idle = conn->pool->opts->idle_timeout_ms;
  uint64_t at = conn->expires_ns;
  bool may_shrink = conn->lane->size > conn->lane->min;
  uint64_t bored = idle ? ryx_clock_after(conn->idle_since, idle) : 0;
  if (bored && may_shrink && (!at || bored < at)) at = bored;
  return at;
}

void ryx_pool_idle(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  uint64_t at = too_old_at(conn);
  if (at && (!p->tend.at || at < p->tend.at))
    ryx_deadline_set(&p->loop->dues, &p->tend, at);
}

static void tend_lane(ryx_lane *lane, uint64_t now)
{
  /* From the end: the least recently used first. */
  for (ryx_list *n = lane->idle.prev, *prev; n != &lane->idle; n = prev) {
    ryx_conn *conn = RYX_OF(n, ryx_conn, idle_node);
    uint64_t at = too_old_at(conn);
    prev = n->prev;
    if (at && at <= now)
      ryx_conn_close(conn, NULL);
    else
      ryx_pool_idle(conn);
  }
  if (lane->size < lane->min && lane->n_dialing == 0 && !lane->health.retry.at)
    ryx_dial_start(lane);
}

void ryx_pool_tend(ryx_pool *p)
{
  uint64_t now = ryx_loop_now(p->loop);
  if (p->is_closing) return;
  for (int i = 0; i < p->n_lanes; i++)
    tend_lane(&p->lanes[i], now);
}

/* --- the end */

static void close_idle(ryx_lane *lane)
{
  while (!ryx_list_empty(&lane->idle))
    ryx_conn_close(RYX_OF(lane->idle.next, ryx_conn, idle_node), NULL);
}

static void close_all(ryx_lane *lane)
{
  while (!ryx_list_empty(&lane->conns)) {
    ryx_conn *conn = RYX_OF(lane->conns.next, ryx_conn, node);
    /* The server need not go on with what nobody reads. */
    if (conn->n_flight > 0) ryx_cancel_ask(conn);
    ryx_conn_close(conn, NULL);
  }
}

void ryx_pool_drain(ryx_pool *p)
{
  if (!p->is_closing) return;
  for (int i = 0; i < p->n_lanes; i++) {
    ryx_lane *lane = &p->lanes[i];
    if (lane->n_waiting) return;
    close_idle(lane);
  }
  if (p->n_conns > 0 || p->n_txns > 0) return;
  ryx_loop *l = p->loop;
  for (int i = 0; i < p->n_lanes; i++) {
    ryx_list_remove(&p->lanes[i].ready_node);
    ryx_deadline_clear(&l->dues, &p->lanes[i].health.retry);
  }
  ryx_deadline_clear(&l->dues, &p->tend);
  ryx_pool_free(p);
}

void ryx_pool_stop(ryx_pool *p)
{
  ryx_err e;
  ryx_err_set(&e, RYX_E_CANCELLED, "the engine was closed");
  p->is_closing = true;
  for (int i = 0; i < p->n_lanes; i++) {
    ryx_lane_fail(&p->lanes[i], &e, UINT64_MAX);
    close_all(&p->lanes[i]);
  }
}

void ryx_pool_command(ryx_pool *p, ryx_command_kind kind)
{
  if (ryx_list_empty(&p->node)) ryx_list_add_tail(&p->loop->pools, &p->node);
  if (kind == RYX_COMMAND_FORGET) p->schema++;
  if (kind == RYX_COMMAND_CLOSE) p->is_closing = p->loop->is_draining = true;
}
