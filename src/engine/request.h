/* SPDX-License-Identifier: MIT */
/* A request: what the host asked for, where it stands, what came of it. The
 * host makes and frees it; between ryx_mailbox_post and ryx_mailbox_finish it
 * belongs to the loop, but for the members of the host's. */
#ifndef RYX_ENGINE_REQUEST_H
#define RYX_ENGINE_REQUEST_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/list.h"
#include "engine/deadline.h"
#include "engine/engine.h"
#include "engine/mailbox.h"

typedef struct ryx_pool ryx_pool;
typedef struct ryx_conn ryx_conn;
typedef struct ryx_txn ryx_txn;

typedef enum {
  RYX_REQ_NEW,
  RYX_REQ_WAITING, /* in a lane's or a transaction's queue, or sleeping */
  RYX_REQ_FLIGHT,  /* sent on its connection */
  RYX_REQ_HELD,    /* a part of a stream is with the host */
  RYX_REQ_ENDED,   /* was HELD, and will never go on: end_code says why */
  RYX_REQ_DONE
} ryx_req_state;

/* What the host posts (ryx_post.bits). */
enum {
  RYX_POST_SUBMIT = 1,
  RYX_POST_MORE = 2, /* of a HELD stream: want says how many rows */
  RYX_POST_CANCEL = 4,
  RYX_POST_SETTLE = 8,  /* the host is done with an abandoned request */
  RYX_POST_FORGET = 16, /* of a pool: a schema changed */
  RYX_POST_CLOSE = 32,  /* of a pool: drain */
  RYX_POST_OPEN = 64    /* of a pool: here it is */
};

typedef struct ryx_req {
  ryx_post post;
  ryx_list out;  /* the mailbox's out list, then the host's done or free list */
  ryx_list node; /* where it stands: a queue or a connection's flight */
  ryx_list all;  /* the host's: every request there is */

  /* The host's. */
  ryx_tag tag;     /* 0: no tag any more, nobody will take it */
  bool is_counted; /* in txn->n_sent */
  bool is_home;    /* finished and collected */
  bool is_held;    /* a part of its stream was taken, and no more asked for */
  void *owner;
  void (*release)(void *owner);

  /* Written before it is posted, constant while the loop has it. */
  ryx_arena arena;
  ryx_job_kind kind;
  bool is_drop; /* the ROLLBACK of a transaction whose owner is gone */
  ryx_pool *pool;
  ryx_txn *txn; /* also of BEGIN: the one to fill */
  ryx_begin begin;
  ryx_stmt stmt;
  const char *label; /* "" when there is none */
  int64_t timeout_ms;
  uint64_t deadline_ns; /* 0 none */
  int32_t want;         /* rows of the next part; 0 stops the stream */

  /* The loop's. */
  ryx_req_state state;
  ryx_conn *conn; /* while FLIGHT or HELD */
  ryx_due due;
  uint64_t queued_ns, started_ns;
  int step;       /* of a job that takes several statements */
  int end_code;   /* of ENDED */
  bool is_undo;   /* a COMMIT that can only roll back now */
  bool is_more;   /* waits to go on, not to begin */
  bool has_parts; /* some of its rows were handed over */
  bool cancel_asked;
  bool is_repeated; /* was sent once more elsewhere: not again */
  bool is_off_loop; /* proved too long for the loop's thread */
  bool is_slow;     /* nothing may be put behind it */
  bool settle_asked, is_settled;

  /* What came of it; the host's to read once is_done. */
  atomic_bool is_done; /* written under the mailbox's lock */
  bool
      is_abandoned; /* the driver still has it: its reply will be thrown away */
  bool is_recycled; /* an abandoned one comes back for its memory */
  int code;
  bool more;
  ryx_err *err; /* NULL: no memory for one */
  ryx_rows *rows;
  int64_t affected, last_id, duration_ns;
} ryx_req;

/* A cleared request, or NULL. Free with ryx_request_free. */
RYX_MUST ryx_req *ryx_request_new(void);
/* Back to the state after new, keeping the memory: releases the owner. */
void ryx_request_recycle(ryx_req *q);
void ryx_request_free(ryx_req *q); /* NULL is fine */

/* Copies the job in. 0 or RYX_E_NOMEM; then recycle it. The owner is the
 * request's from here on, also on failure. */
RYX_MUST int ryx_request_fill(ryx_req *q, const ryx_job *job);

/* The request has failed: sets code, and err when there is memory for it. */
void ryx_request_fail(ryx_req *q, int code, const char *fmt, ...)
    RYX_PRINTF(3, 4);
void ryx_request_fail_as(ryx_req *q, const ryx_err *e);

/* A write whose reply is lost may have had effect. */
static inline bool ryx_request_writes(const ryx_req *q)
{
  if (q->kind == RYX_JOB_COMMIT) return true;
  return q->kind == RYX_JOB_RUN && !(q->stmt.flags & RYX_STMT_READ);
}
/* May share a connection with others: a SELECT that ryx compiled, outside a
 * transaction, not streamed. */
static inline bool ryx_request_shares(const ryx_req *q)
{
  enum { MASK = RYX_STMT_READ | RYX_STMT_STREAM | RYX_STMT_RAW };
  return q->kind == RYX_JOB_RUN && !q->txn &&
         (q->stmt.flags & MASK) == RYX_STMT_READ;
}

#endif
