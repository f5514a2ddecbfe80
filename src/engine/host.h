/* SPDX-License-Identifier: MIT */
/* The host's side of an engine: tickets, transactions, pool numbers. Everything
 * here is the host's thread's; the loop is reached through its mailbox only.
 * host.c keeps the objects, submit.c sends, wait.c waits, result.c takes and
 * drops. */
#ifndef RYX_ENGINE_HOST_H
#define RYX_ENGINE_HOST_H

#include "engine/fork.h"
#include "engine/loop.h"
#include "engine/slots.h"
#include "engine/ticket.h"
#include "engine/tx.h"

struct ryx_engine {
  ryx_loop loop;
  bool is_threaded;
  bool is_up; /* THREAD: the thread runs */
  uv_thread_t thread;
  unsigned epoch; /* of the process that opened it */
  unsigned n_polls;
  ryx_slots tags; /* ryx_ticket */
  ryx_slots txs;  /* ryx_txn */
  ryx_list done;  /* answered, not taken: ryx_ticket.out */
  /* Everything there is, and what is to be used again. */
  ryx_list tickets, spare_tickets; /* by all; by out */
  ryx_list reqs, spare_reqs;       /* by all; by spent */
  int n_spare_tickets, n_spare_reqs;
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

/* A request and a ticket to fill, or NULL; back when they have ended. */
RYX_MUST ryx_req *ryx_host_request(ryx_engine *en);
RYX_MUST ryx_ticket *ryx_host_ticket(ryx_engine *en);
void ryx_host_request_back(ryx_engine *en, ryx_req *q);
void ryx_host_ticket_back(ryx_engine *en, ryx_ticket *t);

/* Takes in what the loop has answered and ended. */
void ryx_host_collect(ryx_engine *en);
/* ... of lists that were collected. */
void ryx_host_accept(ryx_engine *en, ryx_list *done, ryx_list *spent);
/* Nobody will take the result that is home, nor ask for more. */
void ryx_host_discard(ryx_engine *en, ryx_ticket *t);
/* The ticket is the loop's again, for so many rows more. */
void ryx_host_ask_more(ryx_engine *en, ryx_ticket *t, int32_t max_rows);

/* A transaction with its number, or NULL. Freed with the request that ends it.
 */
RYX_MUST ryx_txn *ryx_host_tx_new(ryx_engine *en, ryx_pool *pool);

#endif
