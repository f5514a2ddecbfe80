/* SPDX-License-Identifier: MIT */
/* A pool: the connections to one database. It has one lane, or two for a
 * database with one writer and several readers; each lane is bounded and has a
 * queue, first come first served. */
#ifndef RYX_ENGINE_POOL_H
#define RYX_ENGINE_POOL_H

#include "engine/endpoint.h"
#include "engine/loop.h"
#include "engine/plans.h"
#include "engine/request.h"

/* What is known of the server at the end of a lane. */
typedef struct ryx_health {
  int n_failed;     /* rounds of dials that failed, in a row */
  uint64_t died_ns; /* when a connection last died by itself */
  ryx_due retry;    /* no dial before, when set */
  ryx_err last_err; /* of a dial; code 0: none */
} ryx_health;

typedef struct ryx_lane {
  ryx_pool *pool;
  ryx_endpoint *endpoint;
  ryx_health health;
  bool read_only; /* its connections are readers of a ONE_WRITER database */
  int max, min;
  int size; /* connections, dialling ones included, closing ones not */
  int n_dialing;
  int n_resetting; /* about to be idle */
  int n_waiting;
  ryx_list conns;
  ryx_list idle;       /* most recently used first */
  ryx_list waiting;    /* requests */
  ryx_list ready_node; /* in the loop's ready */
} ryx_lane;

struct ryx_pool {
  ryx_command open, forget, close;
  ryx_list node; /* in the loop's pools */
  ryx_loop *loop;
  int id;                 /* the host's, constant */
  ryx_endpoint *endpoint; /* of all its lanes */
  const ryx_opts *opts;   /* the endpoint's */
  const ryx_driver *driver;
  ryx_lane lanes[2];
  int n_lanes;
  int n_conns; /* closing ones included */
  int n_txns;  /* open, also those whose connection is gone */
  ryx_plans plans;
  unsigned schema; /* generation: bumped when a schema changed */
  bool is_closing; /* drains */
  bool is_unnamed; /* a pooler stands before the server, where prepared
                      statements do not stay */
  ryx_due tend;    /* when an idle connection gets too old */
  uint64_t random;

  /* Cancels. */
  int n_asking;       /* questions that are out */
  ryx_list questions; /* ... they (cancel.c) */
  ryx_list to_ask;    /* ryx_conn.ask_node: connections that wait to ask */

  /* Read by the host's thread. */
  atomic_int_fast64_t caps; /* -1: not known yet */
  atomic_int_fast64_t size, idle, dialing, waiting;
  atomic_int_fast64_t dials, dial_errors, closed, requests, errors, timeouts;
};

/* Host's thread: a pool that the loop does not know yet; takes opts over, also
 * on failure. Free with ryx_pool_free. */
RYX_MUST int ryx_pool_new(ryx_loop *l, ryx_opts *opts, ryx_pool **out);
void ryx_pool_free(ryx_pool *p); /* without connections; NULL is fine */

/* Loop's thread, all below. */
void ryx_pool_command(ryx_pool *p, ryx_command_kind kind);
void ryx_pool_tend(ryx_pool *p); /* its RYX_DUE_TEND */
/* What a server told of itself when it was dialled. */
void ryx_pool_learn(ryx_pool *p, unsigned caps);
/* A connection became idle: see to it in time. */
void ryx_pool_idle(ryx_conn *conn);
/* Closes idle connections of a pool that drains; frees it when it is empty. */
void ryx_pool_drain(ryx_pool *p);
void ryx_pool_stop(ryx_pool *p); /* fails waiters, closes all connections */
/* Between 90 and 110 percent of n. */
uint64_t ryx_pool_jitter(ryx_pool *p, uint64_t n);

/* Where a request that needs a connection goes. */
ryx_lane *ryx_lane_of(ryx_pool *p, const ryx_req *q);
void ryx_lane_submit(ryx_lane *lane, ryx_req *q);
/* A request that did not start after all: to the head of the queue. */
void ryx_lane_again(ryx_lane *lane, ryx_req *q);
/* Takes a waiting request out of the queue. */
void ryx_lane_leave(ryx_lane *lane, ryx_req *q);
/* Connections for those who wait; dials when there are too few. */
void ryx_lane_serve(ryx_lane *lane);
/* Has the loop call ryx_lane_serve, if somebody waits. */
void ryx_lane_mark(ryx_lane *lane);
/* All who waited at that moment fail with e. */
void ryx_lane_fail(ryx_lane *lane, const ryx_err *e, uint64_t before);
/* Fills in the pool's answer to one who waited too long. */
void ryx_lane_late(ryx_lane *lane, ryx_req *q);

#endif
