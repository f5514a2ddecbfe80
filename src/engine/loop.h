/* SPDX-License-Identifier: MIT */
/* The loop's side of an engine: one libuv loop and what is to be done next on
 * it. Everything here runs on the loop's thread: the host's for an INLINE
 * engine, one of its own for a THREAD engine.
 *
 * libuv's callbacks only note what happened; ryx_loop_work acts on it, outside
 * of any callback. So each connection is stepped once per turn, however many
 * requests were sent on it, and nothing recurses. */
#ifndef RYX_ENGINE_LOOP_H
#define RYX_ENGINE_LOOP_H

#include <stdatomic.h>
#include <uv.h>

#include "base/list.h"
#include "engine/deadline.h"
#include "engine/helper.h"
#include "engine/mailbox.h"
#include "engine/request.h"
#include "engine/wake.h"

typedef enum {
  RYX_INLINE_NEVER, /* THREAD mode */
  RYX_INLINE_SHORT, /* poll and pump: short SELECTs */
  RYX_INLINE_ALL    /* wait: the host blocks anyway */
} ryx_inline;

/* The patience with a server, a resolver or a thread that does not answer when
 * something has to end. */
enum { RYX_GRACE_MS = 1000 };

struct ryx_loop {
  uv_loop_t uv;
  uv_timer_t timer; /* for the heap of deadlines, while the loop blocks */
  uv_async_t async; /* referenced: an idle loop would spin without it */
  ryx_wake wake;
  ryx_mailbox box;
  ryx_dues dues;
  ryx_list ready;   /* lanes with waiters that could be served */
  ryx_list dirty;   /* connections whose turn it is */
  ryx_list yielded; /* ... after libuv has looked at the others */
  ryx_list closing; /* connections to free once nobody uses them */
  ryx_list pools;
  ryx_list helpers; /* that somebody here waits for */
  ryx_crew *crew;   /* the threads of all of them */
  ryx_list asleep;  /* SLEEP requests */
  ryx_inline inline_mode;
  bool is_running;  /* inside work: pump must not recurse */
  bool has_woken;   /* look for events */
  bool is_draining; /* some pool is */
  bool is_stopping; /* nothing begins any more */
  uint64_t now;     /* of the last ryx_loop_now */
  /* Read by the host's thread. */
  atomic_int_fast64_t n_pinned, n_transactions, n_streams;
};
typedef struct ryx_loop ryx_loop;

/* 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_loop_init(ryx_loop *l, bool is_threaded);
/* Ends everything: requests come back as RYX_E_CANCELLED, connections close.
 * Takes little more than RYX_GRACE_MS, whatever servers do. */
void ryx_loop_stop(ryx_loop *l);
void ryx_loop_fini(ryx_loop *l); /* after stop */

/* Does all that can be done without waiting. */
void ryx_loop_work(ryx_loop *l);
bool ryx_loop_has_work(ryx_loop *l);
/* Waits for something to happen, at most until the moment (0: for ever), then
 * sees to what is late. */
void ryx_loop_block(ryx_loop *l, uint64_t until);
/* Looks without waiting, likewise. True when something had happened. */
bool ryx_loop_look(ryx_loop *l);

/* Reads the clock. Work begins with it, and so does whatever may have taken
 * long; in between, `now` is good enough. */
static inline uint64_t ryx_loop_now(ryx_loop *l)
{
  return l->now = uv_hrtime();
}

/* Hands the ticket of q to the host with its result: the answer to what the
 * host waits for. q loses the ticket unless the result says more. */
void ryx_loop_answer(ryx_loop *l, ryx_req *q);
/* q has ended: back to the host for its memory. */
void ryx_loop_end(ryx_loop *l, ryx_req *q);
/* Both. */
void ryx_loop_finish(ryx_loop *l, ryx_req *q);

/* A counter that the loop alone changes. */
static inline void ryx_loop_count(atomic_int_fast64_t *n, int by)
{
  int_fast64_t v = atomic_load_explicit(n, memory_order_relaxed);
  atomic_store_explicit(n, v + by, memory_order_relaxed);
}

#endif
