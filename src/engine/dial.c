/* SPDX-License-Identifier: MIT */
/* Dialling, up to the first use or the failure of a connection. */
#include "engine/dial.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/helper.h"
#include "engine/watch.h"

enum {
  RETRY_FIRST_MS = 50,
  RETRY_DOUBLINGS = 4, /* 0.8 s: a server that is back is soon found */
  LOOKUPS_MAX = 8      /* of one host; a resolver that hangs keeps no more */
};

typedef enum { NOTHING, LOOKUP, STEP } dial_work;

/* What a dial needs; the helping thread's own while it works. */
struct ryx_dialing {
  ryx_helper helper;
  dial_work work; /* of the thread */
  ryx_conn *conn; /* valid until abandoned */
  ryx_endpoint *endpoint;
  const ryx_driver *driver;
  void *c; /* of STEP: the driver's connection, which conn has not meanwhile */
  ryx_dial dial;
  uint64_t deadline_ns;  /* of all addresses together; 0: none */
  int rc;                /* of LOOKUP: getaddrinfo's */
  struct addrinfo *info; /* ... its result */
  struct addrinfo *next; /* the address to try after this one */
  char addr[NI_MAXHOST];
  ryx_io io; /* of STEP */
  ryx_err err;
};

static void free_dialing(ryx_dialing *d)
{
  if (!d) return;
  if (d->info) freeaddrinfo(d->info);
  ryx_endpoint_drop(d->endpoint);
  ryx_mem_free(d);
}

/* --- how it ends */

/* Nobody to wait for: a server that is not there is told at once. Who came
 * after the dial had begun gets one of his own. */
static bool give_up(ryx_lane *lane, const ryx_err *why, uint64_t began)
{
  ryx_pool *p = lane->pool;
  if (lane->size > 0) return false;
  ryx_lane_fail(lane, why, began);
  ryx_lane_mark(lane);
  /* Readers wait for the first writer. */
  for (int i = 0; p->caps < 0 && i < p->n_lanes; i++) {
    ryx_lane_fail(&p->lanes[i], why, began);
    ryx_lane_mark(&p->lanes[i]);
  }
  return true;
}

static bool tries_another(ryx_conn *conn);

static void failed(ryx_conn *conn, const ryx_err *e)
{
  if (tries_another(conn)) return;
  ryx_pool *p = conn->pool;
  ryx_lane *lane = conn->lane;
  ryx_health *health = &lane->health;
  ryx_loop *l = conn->loop;
  ryx_err why = *e;
  health->last_err = why;
  ryx_loop_count(&p->dial_errors, 1);
  ryx_conn_close(conn, &why);
  if (give_up(lane, &why, conn->held_since)) return;
  /* Dials that failed side by side are one failure. */
  if (health->retry.at) return;
  int64_t pause = (int64_t)RETRY_FIRST_MS << health->n_failed;
  if (health->n_failed < RETRY_DOUBLINGS) health->n_failed++;
  uint64_t ns = ryx_pool_jitter(p, (uint64_t)pause * RYX_NS_PER_MS);
  ryx_deadline_set(&l->dues, &health->retry, ryx_loop_now(l) + ns);
}

static void succeeded(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  ryx_lane *lane = conn->lane;
  ryx_loop *l = conn->loop;
  uint64_t life = (uint64_t)p->opts->max_lifetime_ms * RYX_NS_PER_MS;
  ryx_deadline_clear(&l->dues, &conn->limit);
  lane->n_dialing--;
  ryx_loop_count(&p->dialing, -1);
  lane->health.n_failed = 0;
  conn->state = RYX_CONN_BUSY;
  conn->schema = p->schema;
  ryx_loop_now(l);
  if (life) conn->expires_ns = l->now + ryx_pool_jitter(p, life);
  free_dialing(conn->dialing);
  conn->dialing = NULL;
  ryx_pool_learn(p, conn->driver->server_caps(conn->c));
  ryx_conn_release(conn);
  for (int i = 0; i < p->n_lanes; i++)
    ryx_lane_mark(&p->lanes[i]);
  bool is_short = lane->size < lane->min && lane->n_dialing == 0;
  if (is_short && !p->is_closing && !(p->driver->caps & RYX_CAP_BLOCKS))
    ryx_dial_start(lane);
}

/* --- the driver's dial */

static void run_on_thread(ryx_conn *conn, dial_work work)
{
  ryx_dialing *d = conn->dialing;
  ryx_err e;
  d->work = work;
  d->c = conn->c;
  if (work == STEP) conn->c = NULL;
  if (work == LOOKUP) atomic_fetch_add(&d->endpoint->n_lookups, 1);
  if (ryx_helper_start(&d->helper, conn->loop) == 0) return;
  if (work == LOOKUP) atomic_fetch_sub(&d->endpoint->n_lookups, 1);
  conn->c = d->c;
  d->work = NOTHING;
  ryx_err_set(&e, RYX_E_OPERATIONAL, "cannot start a thread to connect with");
  failed(conn, &e);
}

void ryx_dial_after(ryx_conn *conn, ryx_io io, const ryx_err *e)
{
  switch (io) {
    case RYX_IO_DONE: succeeded(conn); return;
    case RYX_IO_FAIL: failed(conn, e); return;
    case RYX_IO_BLOCK: run_on_thread(conn, STEP); return;
    case RYX_IO_READ:
    case RYX_IO_WRITE:
    case RYX_IO_BOTH:
      /* Without a descriptor there is nothing to wait for. */
      if (!conn->driver->fd || conn->driver->fd(conn->c) < 0)
        ryx_conn_mark(conn);
      return;
    case RYX_IO_YIELD: return;
  }
}

static void begin(ryx_conn *conn)
{
  ryx_err e = {0};
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_DIAL;
    conn->work.dial = conn->dialing->dial;
    ryx_conn_work(conn, conn->loop->inline_mode == RYX_INLINE_ALL);
    return;
  }
  ryx_io io = conn->driver->dial(conn->c, &conn->dialing->dial, &e);
  ryx_conn_after(conn, io, &e);
}

/* --- one address after the other */

/* Each has its share of the time that is left. */
static void share_time(ryx_conn *conn)
{
  ryx_dialing *d = conn->dialing;
  uint64_t now = ryx_loop_now(conn->loop), n = 1;
  if (!d->deadline_ns) return;
  for (struct addrinfo *ai = d->next; ai; ai = ai->ai_next)
    n++;
  uint64_t left = d->deadline_ns > now ? d->deadline_ns - now : 1;
  d->dial.deadline_ns = now + (left + n - 1) / n;
  ryx_deadline_set(&conn->loop->dues, &conn->limit, d->dial.deadline_ns);
}

/* False: there is none left. */
static bool try_next(ryx_conn *conn)
{
  ryx_dialing *d = conn->dialing;
  while (d->next) {
    struct addrinfo *ai = d->next;
    d->next = ai->ai_next;
    if (getnameinfo(ai->ai_addr, ai->ai_addrlen, d->addr, sizeof d->addr, NULL,
                    0, NI_NUMERICHOST) != 0)
      continue;
    share_time(conn);
    d->dial.addr = d->addr;
    begin(conn);
    return true;
  }
  return false;
}

static bool tries_another(ryx_conn *conn)
{
  ryx_dialing *d = conn->dialing;
  if (!d || !d->next || conn->loop->is_stopping) return false;
  if (d->deadline_ns && d->deadline_ns <= ryx_loop_now(conn->loop))
    return false;
  ryx_watch_stop(conn);
  conn->driver->close(conn->c);
  memset(conn->c, 0, conn->driver->conn_size);
  return try_next(conn);
}

static void step_on_thread(ryx_dialing *d)
{
  do {
    d->io = d->driver->step(d->c, 0, &d->err);
  } while (d->io == RYX_IO_BLOCK);
}

/* --- names */

static void look_up(ryx_dialing *d)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  d->rc = getaddrinfo(d->endpoint->opts.host, NULL, &hints, &d->info);
  atomic_fetch_sub(&d->endpoint->n_lookups, 1);
}

static void looked_up(ryx_conn *conn)
{
  ryx_dialing *d = conn->dialing;
  const char *host = conn->pool->opts->host;
  ryx_err e;
  if (d->rc != 0) {
    ryx_err_set(&e, RYX_E_CONNECTION, "cannot resolve host \"%s\": %s", host,
                gai_strerror(d->rc));
    failed(conn, &e);
    return;
  }
  d->next = d->info;
  if (try_next(conn)) return;
  ryx_err_set(&e, RYX_E_CONNECTION, "host \"%s\" has no address", host);
  failed(conn, &e);
}

static bool needs_lookup(const ryx_pool *p)
{
  unsigned char addr[sizeof(struct in6_addr)];
  const char *host = p->opts->host;
  if (!(p->driver->caps & RYX_CAP_RESOLVE)) return false;
  if (!host || !*host || *host == '/' || *host == '@') return false;
  return inet_pton(AF_INET, host, addr) != 1 &&
         inet_pton(AF_INET6, host, addr) != 1;
}

/* --- the thread */

static void work(ryx_helper *h)
{
  ryx_dialing *d = RYX_OF(h, ryx_dialing, helper);
  if (d->work == LOOKUP)
    look_up(d);
  else
    step_on_thread(d);
}

static void over(ryx_helper *h)
{
  ryx_dialing *d = RYX_OF(h, ryx_dialing, helper);
  ryx_conn *conn = d->conn;
  dial_work done = d->work;
  d->work = NOTHING;
  conn->c = d->c;
  if (done == LOOKUP)
    looked_up(conn);
  else
    ryx_conn_after(conn, d->io, &d->err);
}

static void abandoned(ryx_helper *h)
{
  ryx_dialing *d = RYX_OF(h, ryx_dialing, helper);
  if (d->work == STEP) {
    d->driver->close(d->c);
    ryx_mem_free(d->c);
  }
  free_dialing(d);
}

void ryx_dial_abandon(ryx_conn *conn)
{
  ryx_dialing *d = conn->dialing;
  conn->dialing = NULL;
  if (d && d->work == NOTHING)
    free_dialing(d);
  else if (d)
    ryx_helper_abandon(&d->helper);
}

/* --- the beginning */

static ryx_dialing *new_dialing(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  ryx_dialing *d = ryx_mem_new(sizeof *d);
  if (!d) return NULL;
  d->helper.work = work;
  d->helper.over = over;
  d->helper.free = abandoned;
  d->conn = conn;
  d->endpoint = ryx_endpoint_keep(conn->lane->endpoint);
  d->driver = p->driver;
  d->dial = (ryx_dial){.opts = &d->endpoint->opts,
                       .read_only = conn->lane->read_only};
  return d;
}

static void dial(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  ryx_err e;
  if (!needs_lookup(p)) {
    begin(conn);
    return;
  }
  if (atomic_load(&conn->lane->endpoint->n_lookups) >= LOOKUPS_MAX) {
    ryx_err_set(&e, RYX_E_CONNECTION,
                "cannot resolve host \"%s\": the resolver does not answer",
                p->opts->host);
    failed(conn, &e);
    return;
  }
  run_on_thread(conn, LOOKUP);
}

void ryx_dial_start(ryx_lane *lane)
{
  ryx_pool *p = lane->pool;
  ryx_err e;
  ryx_conn *conn = ryx_conn_new(lane);
  if (!conn) {
    ryx_err_nomem(&e);
    give_up(lane, &e, UINT64_MAX);
    return;
  }
  lane->size++;
  lane->n_dialing++;
  ryx_loop_count(&p->size, 1);
  ryx_loop_count(&p->dialing, 1);
  ryx_loop_count(&p->dials, 1);
  conn->held_since = ryx_loop_now(p->loop);
  conn->dialing = new_dialing(conn);
  if (!conn->dialing) {
    ryx_err_nomem(&e);
    failed(conn, &e);
    return;
  }
  if (p->opts->connect_timeout_ms) {
    ryx_conn_limit(conn, p->opts->connect_timeout_ms);
    conn->dialing->deadline_ns = conn->limit.at;
    conn->dialing->dial.deadline_ns = conn->limit.at;
  }
  dial(conn);
}

void ryx_dial_late(ryx_conn *conn)
{
  char to[256];
  ryx_err e;
  ryx_opts_show(conn->pool->opts, to, sizeof to);
  ryx_err_set(&e, RYX_E_CONNECTION, "%s: not connected within %.1f s", to,
              (double)conn->pool->opts->connect_timeout_ms / 1000);
  failed(conn, &e);
}
