/* SPDX-License-Identifier: MIT */
/* Transactions: each holds a connection, runs its statements one after the
 * other, and knows which of its blocks an error has broken. It decides what may
 * begin; of replies it only takes note. */
#ifndef RYX_ENGINE_TX_H
#define RYX_ENGINE_TX_H

#include "engine/conn.h"

struct ryx_txn {
  /* The host's. */
  ryx_list all;
  ryx_tx id;
  int n_sent;         /* its tickets that are not answered */
  ryx_command drop;   /* its owner is gone ... */
  ryx_req *drop_with; /* ... the ROLLBACK for that, which must not fail */

  ryx_pool *pool; /* constant */

  /* The loop's. */
  ryx_conn *conn; /* NULL before BEGIN, and when its connection is gone */
  ryx_list queue;
  ryx_req *running; /* its statement is in flight */
  int depth;        /* open savepoints */
  int broken;       /* the outermost broken block: 0 the transaction itself,
                       n the n-th savepoint, -1 none */
  bool is_lost;     /* the database has ended it */
  bool is_untold;   /* ... with its connection, and nobody has heard it */
  bool is_counted, is_in_pool;   /* in the loop's and the pool's numbers */
  char why[RYX_MESSAGE_MAX + 1]; /* the first error of the broken block */
};

/* BEGIN got a connection. */
void ryx_tx_begin(ryx_conn *conn, ryx_req *q);
/* A job of an open transaction. */
void ryx_tx_submit(ryx_req *q);
/* A job that waited in its queue, and was taken out, with an error set. */
void ryx_tx_skip(ryx_req *q);
/* The next of its queue, if nothing runs. */
void ryx_tx_turn(ryx_txn *t);

/* Takes note of a reply to q and of the verdict on it, and may say in r and v
 * what the transaction knows better: a COMMIT that undid. True: the job goes on
 * with its next statement, and there is nothing to carry out. */
bool ryx_tx_observe(ryx_conn *conn, ryx_req *q, ryx_reply *r, ryx_verdict *v);
/* The host was told that q, which is with the driver, has failed. */
void ryx_tx_gave_up(ryx_req *q);

/* Its connection dies with this. */
void ryx_tx_dies(ryx_txn *t, const char *why);
/* Its connection is gone; nothing of it is in flight any more. */
void ryx_tx_part(ryx_txn *t);
/* Its owner is gone: stops what runs or waits in it, and rolls back. */
void ryx_tx_abandon(ryx_loop *l, ryx_txn *t);

#endif
