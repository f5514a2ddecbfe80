/* SPDX-License-Identifier: MIT */
/* One connection: its state, its descriptor in the loop, the statements in
 * flight on it. */
#ifndef RYX_ENGINE_CONN_H
#define RYX_ENGINE_CONN_H

#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/worker.h"

typedef enum {
  RYX_CONN_DIALING,
  RYX_CONN_IDLE,      /* in its lane's idle list */
  RYX_CONN_BUSY,      /* statements in flight, nothing else holds it */
  RYX_CONN_PINNED,    /* a transaction or a stream holds it */
  RYX_CONN_RESETTING, /* undoing what raw statements may have changed */
  RYX_CONN_CLOSING    /* waits for helping threads to let go of it */
} ryx_conn_state;

/* The connection's own statement, which has no request (tag NULL). */
typedef enum {
  RYX_OWN_NONE,
  RYX_OWN_PING,
  RYX_OWN_ROLLBACK /* of what somebody left open */
} ryx_own;

/* A libuv handle lives until its close callback, longer than its connection. */
typedef struct ryx_conn_poll ryx_conn_poll;
typedef struct ryx_dial_lookup ryx_dial_lookup;

struct ryx_conn {
  ryx_list node;        /* in its lane's conns, or in the loop's closing */
  ryx_list idle_node;   /* in its lane's idle */
  ryx_list dirty_node;  /* in the loop's dirty */
  ryx_list cancel_node; /* in the canceller's queue, guarded by its lock */
  ryx_event event;
  ryx_loop *loop;
  ryx_pool *pool;
  ryx_lane *lane;
  const ryx_driver *driver;
  void *c; /* the driver's */
  ryx_conn_state state;

  /* The descriptor. */
  int fd; /* as polled, -1 not */
  int events;
  ryx_conn_poll *poll;
  unsigned ready; /* for the next step */

  /* What is in flight. */
  ryx_list flight; /* oldest first */
  int n_flight;
  int n_slow;    /* of them, those that nothing may be put behind */
  bool is_alone; /* the one in flight does not share */
  ryx_own own;
  ryx_stmt own_stmt;
  ryx_txn *txn;
  ryx_req *stream;    /* open: in flight or held by the host */
  ryx_worker *worker; /* NULL until a call has to block elsewhere */
  ryx_work work;
  bool is_working; /* the worker has the connection */

  ryx_due limit, wake;
  uint64_t born_ns, expires_ns; /* expires 0: never */
  uint64_t idle_since, held_since, replied_ns;
  char held_by[64];   /* the holder's label, or "" */
  atomic_bool stop;   /* ryx_stmt.stop of what runs */
  bool is_tainted;    /* a raw statement ran */
  bool is_cancelling; /* the canceller has it, or will */
  bool was_cancelled; /* since it was last idle: neighbours may be hit */
  unsigned schema;    /* the pool's generation when last looked */
  uint64_t *acked;    /* bit per plan id known to be prepared here */
  uint32_t n_acked;   /* words */

  ryx_dial dial;
  char *addrs;
  ryx_dial_lookup *lookup;
};

/* A closed-off connection in its lane, DIALING; NULL: no memory. */
RYX_MUST ryx_conn *ryx_conn_new(ryx_lane *lane);

/* Begins q here, IDLE or joining others. The request is the connection's until
 * ryx_reply_on or ryx_reply_lost. */
void ryx_conn_take(ryx_conn *conn, ryx_req *q);
/* Has conn->work done, here or on the connection's thread, and acts on it. */
void ryx_conn_work(ryx_conn *conn, bool is_inline);
/* Puts q->stmt in flight; on a connection that q may use already. */
void ryx_conn_send(ryx_conn *conn, ryx_req *q);
/* Asks for more rows of conn->stream; 0 ends it. */
void ryx_conn_more(ryx_conn *conn, int32_t max_rows);
void ryx_conn_ping(ryx_conn *conn); /* an idle one */

/* Its turn in the loop. */
void ryx_conn_turn(ryx_conn *conn);
/* A descriptor of an idle connection that nobody looked at for a while: true
 * when it is still good, else it is closing. */
bool ryx_conn_check(ryx_conn *conn);
/* Nothing holds it any more: resets, closes, or makes it idle. Fine to call
 * when something still does. */
void ryx_conn_release(ryx_conn *conn);
/* Closes it; what is in flight fails with e (NULL: closed by the engine). */
void ryx_conn_close(ryx_conn *conn, const ryx_err *e);
/* Frees it when no other thread and no callback needs it; false: not yet. */
bool ryx_conn_free(ryx_conn *conn);

void ryx_conn_event(ryx_conn *conn, unsigned bits);
void ryx_conn_due(ryx_conn *conn, ryx_due_kind kind);
/* Has the loop call ryx_conn_turn. */
void ryx_conn_mark(ryx_conn *conn);

/* After any call of the driver: follows its descriptor, collects replies, acts
 * on io. e counts when io is FAIL. */
void ryx_conn_after(ryx_conn *conn, ryx_io io, const ryx_err *e);

static inline bool ryx_conn_blocks(const ryx_conn *conn)
{
  return conn->driver->caps & RYX_CAP_BLOCKS;
}
/* Held or in use, as opposed to dialling, idle, or on its way out. */
static inline bool ryx_conn_in_use(const ryx_conn *conn)
{
  return conn->state == RYX_CONN_BUSY || conn->state == RYX_CONN_PINNED ||
         conn->state == RYX_CONN_RESETTING;
}
static inline bool ryx_conn_is_acked(const ryx_conn *conn, uint32_t id)
{
  return id / 64 < conn->n_acked && conn->acked[id / 64] >> id % 64 & 1;
}

#endif
