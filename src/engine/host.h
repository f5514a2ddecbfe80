/* SPDX-License-Identifier: MIT */
/* The host's side of an engine: tags, results, pool numbers. Everything here is
 * the host's thread's; the loop is reached through its mailbox only. */
#ifndef RYX_ENGINE_HOST_H
#define RYX_ENGINE_HOST_H

#include "engine/fork.h"
#include "engine/loop.h"
#include "engine/slots.h"
#include "engine/tx.h"

struct ryx_engine {
  ryx_loop loop;
  bool is_threaded;
  bool is_up; /* THREAD: the thread runs */
  uv_thread_t thread;
  unsigned epoch; /* of the process that opened it */
  unsigned n_polls;
  ryx_slots tags; /* ryx_req */
  ryx_slots txs;  /* ryx_txn */
  ryx_list done;  /* finished, not taken: ryx_req.out */
  ryx_list spare; /* to be used again: ryx_req.out */
  int n_spare;
  ryx_list all;     /* ryx_req.all */
  ryx_list txns;    /* ryx_txn.all */
  ryx_pool **pools; /* by number; NULL: closed */
  int n_pools;
  ryx_err *taken; /* of the last result; NULL none */
};

static inline bool ryx_host_is_forked(const ryx_engine *en)
{
  return en->epoch != ryx_fork_epoch();
}

int ryx_host_refuse_fork(ryx_err *e); /* RYX_E_MISUSE, and why */

/* THREAD: starts the thread, once. 0 or RYX_E_OPERATIONAL. */
RYX_MUST int ryx_host_start(ryx_engine *en);

/* A request to fill, or NULL; back with ryx_host_put_back. */
RYX_MUST ryx_req *ryx_host_request(ryx_engine *en);
/* The driver and the host are through with it: also ends what it owns. */
void ryx_host_put_back(ryx_engine *en, ryx_req *q);
/* Takes in what the loop has finished. */
void ryx_host_collect(ryx_engine *en);

/* A transaction with its number, or NULL. */
RYX_MUST ryx_txn *ryx_host_tx_new(ryx_engine *en, ryx_pool *pool);
void ryx_host_tx_free(ryx_engine *en, ryx_txn *t);

#endif
