/* SPDX-License-Identifier: MIT */
/* A call that may block as long as it pleases, on a thread of its own: looking
 * up a name, dialling with a library that blocks, asking a server to cancel.
 * Whoever waits for it can stop waiting at any moment, so no server and no
 * resolver can keep a pool, or the end of an engine, waiting. */
#ifndef RYX_ENGINE_HELPER_H
#define RYX_ENGINE_HELPER_H

#include <stdatomic.h>
#include <uv.h>

#include "engine/mailbox.h"

typedef struct ryx_loop ryx_loop;
typedef struct ryx_helper ryx_helper;

/* The threads of a loop's helpers, with those that nobody waits for. A process
 * must not exit while one is in a client library, whose own end comes with the
 * exit. Freed by the last to leave: a thread, or the loop. */
typedef struct ryx_crew {
  atomic_int n; /* threads that run, and one for the loop */
} ryx_crew;

RYX_MUST int ryx_crew_new(ryx_crew **out);
void ryx_crew_leave(ryx_crew *crew);
/* Loop's: does any thread run still? */
bool ryx_crew_works(const ryx_crew *crew);

/* Part of an object that holds all that the call needs, and nothing that may go
 * before it. */
struct ryx_helper {
  /* Set by whoever makes it. */
  void (*work)(ryx_helper *h); /* the call, on the thread */
  void (*over)(ryx_helper *h); /* on the loop's thread, when it is through;
                                  may start it again, or frees the object */
  void (*free)(ryx_helper *h); /* frees the object when nobody waits any more,
                                  on the thread that has it last */
  /* Its own. */
  ryx_event event;
  ryx_list node;  /* in the loop's helpers */
  ryx_crew *crew; /* the loop's; the thread is in it until it ends */
  uv_mutex_t lock;
  ryx_loop *loop; /* guarded by lock; NULL: nobody waits */
  bool is_over;   /* guarded by lock */
};

/* 0; RYX_E_OPERATIONAL: there is no thread, the object stays the caller's. */
RYX_MUST int ryx_helper_start(ryx_helper *h, ryx_loop *l);
/* Loop's thread: nobody waits any more. The object is gone for the caller. */
void ryx_helper_abandon(ryx_helper *h);
/* Loop's thread: its event has come. */
void ryx_helper_event(ryx_helper *h);

#endif
