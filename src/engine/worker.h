/* SPDX-License-Identifier: MIT */
/* Calls of a driver that blocks, for one connection: done right here, or on a
 * thread of the connection's own, which also tidies up (ryx_driver.idle) while
 * nobody uses the connection. */
#ifndef RYX_ENGINE_WORKER_H
#define RYX_ENGINE_WORKER_H

#include <uv.h>

#include "driver/driver.h"

typedef struct ryx_conn ryx_conn;

typedef enum {
  RYX_WORK_DIAL,  /* dial, and steps until it is through */
  RYX_WORK_RESET, /* reset, and steps until it is through */
  RYX_WORK_RUN,   /* send stmt, and steps */
  RYX_WORK_MORE,  /* more, and steps */
  RYX_WORK_CLOSE  /* close; the thread ends */
} ryx_work_kind;

/* What to do and what came of it; owned by whoever has the connection. */
typedef struct ryx_work {
  ryx_work_kind kind;
  ryx_dial dial; /* of DIAL */
  bool forget;   /* before RUN */
  const ryx_stmt *stmt;
  int32_t max_rows;
  ryx_sent sent; /* of send or more */
  ryx_io io;     /* when it went */
  ryx_err err;
} ryx_work;

typedef enum {
  RYX_WORKER_FREE, /* nobody has the connection */
  RYX_WORKER_LOOP, /* the loop's thread has it */
  RYX_WORKER_WORK, /* its thread works on conn->work */
  RYX_WORKER_IDLE  /* its thread tidies up */
} ryx_worker_owner;

typedef struct ryx_worker {
  uv_thread_t thread;
  uv_mutex_t lock; /* guards the members below */
  uv_cond_t wake;  /* of the thread, and of a loop that waits for IDLE */
  ryx_worker_owner owner;
  uint64_t idle_at; /* when to tidy up, 0 never */
  bool wants_idle;  /* it is time: the loop leaves the connection alone */
  bool is_stopping;
} ryx_worker;

/* Does conn->work on the calling thread. */
void ryx_worker_here(ryx_conn *conn);
/* Has conn->work done on the connection's thread, started when needed;
 * RYX_EVENT_WORKED tells the end. RYX_E_OPERATIONAL or RYX_E_NOMEM: nothing
 * was begun. */
RYX_MUST int ryx_worker_there(ryx_conn *conn);
/* The loop is through with the connection for now; wrote: there may be
 * something to tidy up. */
void ryx_worker_give(ryx_conn *conn, bool wrote);
/* Ends the thread, waiting for it, and frees the worker. May run twice. */
void ryx_worker_stop(ryx_conn *conn);

#endif
