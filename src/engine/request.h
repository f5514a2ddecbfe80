/* SPDX-License-Identifier: MIT */
/* A request: what the loop works on. The host makes and fills it, and frees it
 * when it comes back; in between it is the loop's alone. The host's half of the
 * same job is its ticket (ticket.h): once that has been answered, the request
 * goes on without it until the driver is through. */
#ifndef RYX_ENGINE_REQUEST_H
#define RYX_ENGINE_REQUEST_H

#include "base/arena.h"
#include "base/list.h"
#include "engine/deadline.h"
#include "engine/engine.h"
#include "engine/verdict.h"

typedef struct ryx_pool ryx_pool;
typedef struct ryx_conn ryx_conn;
typedef struct ryx_txn ryx_txn;
typedef struct ryx_ticket ryx_ticket;

typedef enum {
  RYX_REQ_NEW,
  RYX_REQ_WAITING, /* in a lane's or a transaction's queue, or sleeping */
  RYX_REQ_FLIGHT,  /* with the driver, on its connection */
  RYX_REQ_HELD,    /* a part of its stream is with the host */
  RYX_REQ_ENDED    /* was HELD and will not go on; stop says why */
} ryx_req_state;

typedef struct ryx_req {
  ryx_list node;  /* where it stands: a queue, or a connection's flight */
  ryx_list spent; /* the mailbox's spent list, then the host's spare list */
  ryx_list all;   /* the host's: every request there is */

  /* What is asked; constant while the loop has it. */
  ryx_arena arena; /* holds what stmt points to */
  ryx_job_kind kind;
  ryx_pool *pool; /* NULL: of SLEEP */
  ryx_txn *txn;   /* also of BEGIN: the one to fill */
  ryx_begin begin;
  ryx_stmt stmt;
  const char *label; /* "" when there is none */
  int64_t timeout_ms;
  uint64_t deadline_ns; /* 0 none */
  void *owner;
  void (*release)(void *owner);

  /* How far it is. */
  ryx_req_state state;
  ryx_ticket *ticket; /* NULL: it has its last answer */
  bool is_awaited;    /* the host waits for an answer: true between submit or
                         more and the answer to it */
  ryx_conn *conn;     /* while FLIGHT or HELD */
  ryx_due due;
  ryx_stop stop; /* why it is not to go on */
  uint64_t queued_ns, started_ns;
  int32_t want;     /* rows of the next part; 0 ends the stream */
  ryx_buf put;      /* rows of a COPY for the driver, or none */
  bool is_copying;  /* of a COPY FROM STDIN not all rows have been given */
  int step;         /* of a job that takes several statements */
  int n_resent;     /* times it went to another connection */
  bool is_part;     /* waits in its transaction for more rows */
  bool has_parts;   /* some of its rows were handed over */
  bool is_undo;     /* a COMMIT or RELEASE that can only undo now */
  bool is_off_loop; /* proved too long for the loop's thread */
  bool is_slow;     /* nothing may be put behind it */
  bool ends_txn;    /* its transaction is freed with it */
} ryx_req;

/* A cleared request, or NULL. Free with ryx_request_free. */
RYX_MUST ryx_req *ryx_request_new(void);
/* Back to the state after new, keeping the memory: releases the owner. */
void ryx_request_recycle(ryx_req *q);
void ryx_request_free(ryx_req *q); /* NULL is fine */

/* Copies the job in. 0 or RYX_E_NOMEM; then recycle it. The owner is the
 * request's from here on, also on failure. */
RYX_MUST int ryx_request_fill(ryx_req *q, const ryx_job *job);

/* May share a connection with others: a SELECT that ryx compiled, outside a
 * transaction, not streamed. */
static inline bool ryx_request_shares(const ryx_req *q)
{
  enum { MASK = RYX_STMT_READ | RYX_STMT_STREAM | RYX_STMT_RAW };
  return q->kind == RYX_JOB_RUN && !q->txn &&
         (q->stmt.flags & MASK) == RYX_STMT_READ;
}

/* A COPY FROM STDIN, whose rows the host gives. */
static inline bool ryx_request_is_fed(const ryx_req *q)
{
  return (q->stmt.flags & (RYX_STMT_COPY | RYX_STMT_READ)) == RYX_STMT_COPY;
}

/* When its reply is lost, an effect may stay behind: a COMMIT, or a statement
 * outside a transaction that does more than read. */
static inline bool ryx_request_is_write(const ryx_req *q)
{
  if (q->kind == RYX_JOB_COMMIT) return !q->is_undo;
  if (q->is_copying) return false; /* nothing is kept before its end */
  return q->kind == RYX_JOB_RUN && !q->txn && !(q->stmt.flags & RYX_STMT_READ);
}

static inline bool ryx_request_ends_tx(const ryx_req *q)
{
  return q->kind == RYX_JOB_COMMIT || q->kind == RYX_JOB_ROLLBACK;
}

/* Runs inside a transaction, which holds its connection. */
static inline bool ryx_request_is_inside(const ryx_req *q)
{
  return q->txn && q->kind != RYX_JOB_BEGIN;
}

#endif
