/* SPDX-License-Identifier: MIT */
/* Transactions: each holds a connection, runs its statements one after the
 * other, and knows which of its blocks an error has broken. */
#ifndef RYX_ENGINE_TX_H
#define RYX_ENGINE_TX_H

#include "engine/conn.h"

struct ryx_txn {
  /* The host's. */
  ryx_list all;
  ryx_tx id;
  int n_sent;    /* its requests that are not done */
  bool is_over;  /* COMMIT, ROLLBACK or drop was sent */
  ryx_req *drop; /* ready for ryx_engine_tx_drop, which must not fail */

  ryx_pool *pool; /* constant */

  /* The loop's. */
  ryx_conn *conn; /* NULL before BEGIN, and when its connection is gone */
  ryx_list queue;
  ryx_req *running; /* its statement is in flight */
  int depth;        /* open savepoints */
  int broken;       /* the outermost broken block: 0 the transaction itself,
                       n the n-th savepoint, -1 none */
  bool is_lost;     /* the database has ended it */
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
/* A reply for the transaction that holds conn; takes rows over. */
void ryx_tx_reply(ryx_conn *conn, ryx_req *q, ryx_reply *r);
/* The database has ended it. */
void ryx_tx_lost(ryx_txn *t, const char *why);
/* Its connection is gone; nothing of it is in flight any more. */
void ryx_tx_part(ryx_txn *t);
/* Its owner is gone: stops what runs or waits in it. */
void ryx_tx_clear(ryx_loop *l, ryx_txn *t);

#endif
