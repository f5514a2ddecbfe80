/* SPDX-License-Identifier: MIT */
/* One connection: its state, its descriptor in the loop, the statements in
 * flight on it. Sending is dispatch.h's, judging replies reply.h's. */
#ifndef RYX_ENGINE_CONN_H
#define RYX_ENGINE_CONN_H

#include "engine/cancel.h"
#include "engine/loop.h"
#include "engine/pool.h"
#include "engine/worker.h"

typedef enum {
  RYX_CONN_DIALING,
  RYX_CONN_IDLE,      /* in its lane's idle list */
  RYX_CONN_BUSY,      /* statements in flight, nothing else holds it */
  RYX_CONN_PINNED,    /* a transaction or a stream holds it */
  RYX_CONN_RESETTING, /* undoing what statements may have changed */
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
typedef struct ryx_dialing ryx_dialing;
typedef struct ryx_question ryx_question;

struct ryx_conn {
  ryx_list node;       /* in its lane's conns, or in the loop's closing */
  ryx_list idle_node;  /* in its lane's idle */
  ryx_list dirty_node; /* in the loop's dirty or yielded */
  ryx_list ask_node;   /* in its pool's to_ask */
  ryx_event event;     /* of its worker */
  ryx_loop *loop;
  ryx_pool *pool;
  ryx_lane *lane;
  const ryx_driver *driver;
  void *c; /* the driver's; NULL: a thread that dials has it */
  ryx_conn_state state;

  /* The descriptor. */
  int fd; /* as polled, -1 not */
  int events;
  ryx_conn_poll *poll;
  unsigned ready; /* for the next step */

  /* What holds it. */
  ryx_list flight; /* requests with the driver, oldest first */
  int n_flight;    /* they, and the own statement */
  int n_slow;      /* of them, those that nothing may be put behind */
  bool is_alone;   /* the one in flight does not share */
  ryx_own own;
  ryx_stmt own_stmt;
  ryx_txn *txn;           /* the one that has it */
  ryx_req *stream;        /* its open stream: in flight, held by the host, or to
                             be drained. The connection's until its last reply, or
                             until the connection closes, whatever becomes of its
                             ticket. */
  ryx_question *question; /* to its server, to cancel */
  ryx_worker *worker;     /* NULL until a call has to block elsewhere */
  ryx_work work;
  bool is_working;  /* the worker has the connection */
  atomic_bool stop; /* ryx_stmt.stop of what runs */

  ryx_due limit;       /* the longest time in its state */
  uint64_t expires_ns; /* 0: never */
  uint64_t idle_since, held_since, replied_ns; /* held: dialled, at first */
  char held_by[64];                            /* the holder's label, or "" */
  bool is_tainted;      /* a statement may have changed the session */
  bool was_cancelled;   /* since it was last idle: neighbours may be hit */
  unsigned schema;      /* the pool's generation when last looked */
  ryx_dialing *dialing; /* until it is connected */
};

/* A closed-off connection in its lane, DIALING; NULL: no memory. */
RYX_MUST ryx_conn *ryx_conn_new(ryx_lane *lane);

/* It leaves the idle list: for a request, a ping, or its end. */
void ryx_conn_leave_idle(ryx_conn *conn);
/* A transaction or a stream holds it from now on. */
void ryx_conn_pin(ryx_conn *conn);
/* Nothing holds it any more: resets, closes, or makes it idle. Fine to call
 * when something still does. */
void ryx_conn_release(ryx_conn *conn);
/* Closes it; what is in flight fails with e (NULL: closed by the engine). */
void ryx_conn_close(ryx_conn *conn, const ryx_err *e);
/* The same of one that died by itself: its siblings are suspects. What the
 * driver has finished counts first. unsent, or NULL: a request that the driver
 * did not take for that reason; surely nothing of it left. */
void ryx_conn_lost(ryx_conn *conn, const ryx_err *e, ryx_req *unsent);
/* Frees it when no other thread and no callback needs it; false: not yet. */
bool ryx_conn_free(ryx_conn *conn);

/* Its turn in the loop. */
void ryx_conn_turn(ryx_conn *conn);
/* Has the loop call ryx_conn_turn. */
void ryx_conn_mark(ryx_conn *conn);
/* A descriptor of an idle connection that nobody looked at for a while: true
 * when it is still good, else it is closing. */
bool ryx_conn_check(ryx_conn *conn);
void ryx_conn_late(ryx_conn *conn); /* its RYX_DUE_LIMIT */
/* The limit of its state is ms from now. */
void ryx_conn_limit(ryx_conn *conn, int64_t ms);

/* Has conn->work done, here or on the connection's thread, and acts on it. */
void ryx_conn_work(ryx_conn *conn, bool is_inline);
void ryx_conn_worked(ryx_conn *conn); /* its RYX_EVENT_WORKED */
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
static inline bool ryx_conn_has_expired(const ryx_conn *conn)
{
  return conn->expires_ns && conn->expires_ns <= conn->loop->now;
}

#endif
