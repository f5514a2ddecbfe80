/* SPDX-License-Identifier: MIT */
/* The rules of sharing. */
#include "engine/sharing.h"

enum {
  SLOW_US = 5000,      /* nothing is put behind a plan that takes so long */
  INLINE_MEAN_US = 200 /* plans that may run on the loop's thread */
};

static uint64_t mean_of(const ryx_conn *conn, const ryx_req *q)
{
  return (uint64_t)ryx_plans_mean(&conn->pool->plans, q->stmt.id);
}

bool ryx_sharing_may_join(const ryx_conn *conn)
{
  return conn->state == RYX_CONN_BUSY && !conn->is_alone &&
         conn->n_flight > 0 && conn->n_slow == 0 &&
         conn->n_flight < conn->driver->depth && !conn->is_tainted &&
         !ryx_cancel_is_asking(conn) && conn->schema == conn->pool->schema &&
         !ryx_conn_has_expired(conn);
}

/* Of a plan without history nothing is known. */
bool ryx_sharing_is_slow(const ryx_conn *conn, const ryx_req *q)
{
  uint64_t mean = mean_of(conn, q);
  return !ryx_request_shares(q) || mean == 0 || mean >= SLOW_US * RYX_NS_PER_US;
}

bool ryx_sharing_may_stream(const ryx_conn *conn, const ryx_req *q)
{
  unsigned caps = conn->driver->caps;
  /* A transaction has one open stream at a time. */
  if (q->txn) return (caps & RYX_CAP_TX_STREAM) && !conn->stream;
  if (conn->pool->opts->memory) return false;
  /* A stream may not keep the only writer: its reader may want to write. */
  if (caps & RYX_CAP_ONE_WRITER)
    return conn->lane->read_only ||
           (conn->pool->opts->read_only && conn->lane->max > 1);
  return true;
}

bool ryx_sharing_may_inline(const ryx_conn *conn, const ryx_req *q)
{
  switch (conn->loop->inline_mode) {
    case RYX_INLINE_NEVER: return false;
    case RYX_INLINE_ALL: return true;
    case RYX_INLINE_SHORT: break;
  }
  enum { MASK = RYX_STMT_READ | RYX_STMT_STREAM };
  uint64_t mean = mean_of(conn, q);
  return q->kind == RYX_JOB_RUN && !q->is_off_loop &&
         (q->stmt.flags & MASK) == RYX_STMT_READ && mean > 0 &&
         mean < INLINE_MEAN_US * RYX_NS_PER_US;
}
