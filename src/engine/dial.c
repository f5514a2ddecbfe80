/* SPDX-License-Identifier: MIT */
/* Dialling, up to the first use or the failure of a connection. */
#include "engine/dial.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "engine/thread.h"

enum { RETRY_FIRST_MS = 50, RETRY_DOUBLINGS = 7 };
static const uint64_t ns_per_ms = 1000000;

/* The resolver's answer outlives a connection that gave up. */
struct ryx_dial_lookup {
  uv_getaddrinfo_t req;
  ryx_conn *conn; /* NULL: nobody waits */
};

/* Nobody to wait for: a server that is not there is told at once. */
static bool give_up(ryx_lane *lane, const ryx_err *why)
{
  ryx_pool *p = lane->pool;
  if (lane->size > 0) return false;
  ryx_lane_fail(lane, why);
  /* Readers wait for the first writer. */
  if (p->caps < 0)
    for (int i = 0; i < p->n_lanes; i++)
      ryx_lane_fail(&p->lanes[i], why);
  return true;
}

static void failed(ryx_conn *conn, const ryx_err *e)
{
  ryx_pool *p = conn->pool;
  ryx_lane *lane = conn->lane;
  ryx_loop *l = conn->loop;
  ryx_err why = *e;
  p->last_err = why;
  ryx_loop_count(&p->dial_errors, 1);
  ryx_conn_close(conn, &why);
  if (lane->n_failed < RETRY_DOUBLINGS) lane->n_failed++;
  if (give_up(lane, &why)) return;
  uint64_t pause = (uint64_t)RETRY_FIRST_MS << lane->n_failed;
  ryx_deadline_set(&l->dues, &lane->retry,
                   ryx_loop_now(l) + ryx_pool_jitter(p, pause * ns_per_ms));
}

static void succeeded(ryx_conn *conn)
{
  ryx_pool *p = conn->pool;
  ryx_lane *lane = conn->lane;
  ryx_loop *l = conn->loop;
  uint64_t life = (uint64_t)p->opts.max_lifetime_ms * ns_per_ms;
  ryx_deadline_clear(&l->dues, &conn->limit);
  lane->n_dialing--;
  ryx_loop_count(&p->dialing, -1);
  lane->n_failed = 0;
  conn->state = RYX_CONN_BUSY;
  conn->schema = p->schema;
  conn->born_ns = ryx_loop_now(l);
  if (life) conn->expires_ns = conn->born_ns + ryx_pool_jitter(p, life);
  conn->dial.addrs = NULL;
  ryx_mem_free(conn->addrs);
  conn->addrs = NULL;
  /* The thread was for dialling; the connection is the loop's now. */
  if (!ryx_conn_blocks(conn)) ryx_worker_stop(conn);
  atomic_store(&p->caps, conn->driver->server_caps(conn->c));
  ryx_conn_release(conn);
  for (int i = 0; i < p->n_lanes; i++)
    ryx_lane_mark(&p->lanes[i]);
  bool is_short = lane->size < lane->min && lane->n_dialing == 0;
  if (is_short && !p->is_closing && !(p->driver->caps & RYX_CAP_BLOCKS))
    ryx_dial_start(lane);
}

void ryx_dial_after(ryx_conn *conn, ryx_io io, const ryx_err *e)
{
  switch (io) {
    case RYX_IO_DONE: succeeded(conn); return;
    case RYX_IO_FAIL: failed(conn, e); return;
    case RYX_IO_BLOCK:
      conn->work.kind = RYX_WORK_STEP;
      ryx_conn_work(conn, false);
      return;
    case RYX_IO_READ:
    case RYX_IO_WRITE:
    case RYX_IO_BOTH:
    case RYX_IO_YIELD:
      /* Without a descriptor there is nothing to wait for. */
      if (!conn->driver->fd || conn->driver->fd(conn->c) < 0)
        ryx_conn_mark(conn);
      return;
  }
}

static void begin(ryx_conn *conn)
{
  ryx_err e = {0};
  if (ryx_conn_blocks(conn)) {
    conn->work.kind = RYX_WORK_DIAL;
    ryx_conn_work(conn, conn->loop->inline_mode == RYX_INLINE_ALL);
    return;
  }
  ryx_io io = conn->driver->dial(conn->c, &conn->dial, &e);
  ryx_conn_after(conn, io, &e);
}

/* Numeric addresses in the resolver's order, each once. */
static int collect(const struct addrinfo *ai, ryx_buf *out)
{
  char text[NI_MAXHOST];
  for (; ai; ai = ai->ai_next) {
    if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST) != 0)
      continue;
    if (out->len && ryx_buf_putc(out, ',') < 0) return RYX_E_NOMEM;
    if (ryx_buf_puts(out, text) < 0) return RYX_E_NOMEM;
  }
  return 0;
}

static void resolved(ryx_conn *conn, int status, const struct addrinfo *ai)
{
  ryx_err e;
  ryx_buf list;
  size_t n;
  const char *host = conn->pool->opts.host;
  if (status < 0) {
    ryx_err_set(&e, RYX_E_CONNECTION, "cannot resolve host \"%s\": %s", host,
                uv_strerror(status));
    failed(conn, &e);
    return;
  }
  ryx_buf_init(&list, 0);
  if (collect(ai, &list) == 0) conn->addrs = ryx_buf_take(&list, &n);
  ryx_buf_fini(&list);
  if (!conn->addrs || !*conn->addrs) {
    ryx_err_set(&e, RYX_E_CONNECTION, "host \"%s\" has no address", host);
    failed(conn, &e);
    return;
  }
  conn->dial.addrs = conn->addrs;
  begin(conn);
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *ai)
{
  ryx_dial_lookup *lookup = RYX_OF(req, ryx_dial_lookup, req);
  ryx_conn *conn = lookup->conn;
  if (conn) {
    conn->lookup = NULL;
    resolved(conn, status, ai);
  }
  uv_freeaddrinfo(ai);
  ryx_mem_free(lookup);
}

static int resolve(ryx_conn *conn)
{
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
  sigset_t old;
  ryx_dial_lookup *lookup = ryx_mem_new(sizeof *lookup);
  if (!lookup) return RYX_E_NOMEM;
  lookup->conn = conn;
  /* The first lookup starts libuv's threads. */
  ryx_thread_block_signals(&old);
  int rc = uv_getaddrinfo(&conn->loop->uv, &lookup->req, on_resolved,
                          conn->pool->opts.host, NULL, &hints);
  ryx_thread_restore_signals(&old);
  if (rc < 0) {
    ryx_mem_free(lookup);
    return RYX_E_OPERATIONAL;
  }
  conn->lookup = lookup;
  return 0;
}

static bool needs_lookup(const ryx_pool *p)
{
  unsigned char addr[sizeof(struct in6_addr)];
  const char *host = p->opts.host;
  if (!(p->driver->caps & RYX_CAP_RESOLVE)) return false;
  if (!host || !*host || *host == '/' || *host == '@') return false;
  return inet_pton(AF_INET, host, addr) != 1 &&
         inet_pton(AF_INET6, host, addr) != 1;
}

void ryx_dial_start(ryx_lane *lane)
{
  ryx_pool *p = lane->pool;
  ryx_loop *l = p->loop;
  ryx_err e;
  ryx_conn *conn = ryx_conn_new(lane);
  if (!conn) {
    ryx_err_nomem(&e);
    give_up(lane, &e);
    return;
  }
  lane->size++;
  lane->n_dialing++;
  ryx_loop_count(&p->size, 1);
  ryx_loop_count(&p->dialing, 1);
  ryx_loop_count(&p->dials, 1);
  uint64_t limit = (uint64_t)p->opts.connect_timeout_ms * ns_per_ms;
  conn->dial = (ryx_dial){.opts = &p->opts, .read_only = lane->read_only};
  if (limit) {
    conn->dial.deadline_ns = ryx_loop_now(l) + limit;
    ryx_deadline_set(&l->dues, &conn->limit, conn->dial.deadline_ns);
  }
  if (!needs_lookup(p)) {
    begin(conn);
    return;
  }
  int rc = resolve(conn);
  if (rc == 0) return;
  ryx_err_set(&e, rc, "cannot look up host \"%s\"", p->opts.host);
  failed(conn, &e);
}

void ryx_dial_late(ryx_conn *conn)
{
  char to[256];
  ryx_err e;
  ryx_opts_show(&conn->pool->opts, to, sizeof to);
  ryx_err_set(&e, RYX_E_CONNECTION, "%s: not connected within %.1f s", to,
              (double)conn->pool->opts.connect_timeout_ms / 1000);
  failed(conn, &e);
}

void ryx_dial_abandon(ryx_conn *conn)
{
  if (!conn->lookup) return;
  conn->lookup->conn = NULL;
  uv_cancel((uv_req_t *)&conn->lookup->req);
  conn->lookup = NULL;
}
