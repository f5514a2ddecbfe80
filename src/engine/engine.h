/* SPDX-License-Identifier: MIT */
/* The engine: one libuv loop, its pools of connections, the requests in flight,
 * and transactions that own their connection. Knows drivers, not SQL.
 *
 * Threads: an engine belongs to the thread that opened it (the host's), and so
 * do all functions here. INLINE: the loop runs inside wait, poll and pump, on
 * the host's thread. THREAD: the loop runs on a thread of the engine's own;
 * requests and results cross by moving whole lists under one short lock.
 * After a fork every call answers RYX_E_MISUSE in the child but close, which
 * frees memory and leaves the sockets to the parent.
 *
 * Nothing here calls the host. A request is a tag; the host asks. */
#ifndef RYX_ENGINE_ENGINE_H
#define RYX_ENGINE_ENGINE_H

#include "driver/driver.h"

typedef struct ryx_engine ryx_engine;

typedef enum { RYX_ENGINE_INLINE, RYX_ENGINE_THREAD } ryx_engine_mode;

/* A request: slot number in the low 20 bits, generation above; never 0. Slots
 * are reused, the lowest free one first. */
typedef uint64_t ryx_tag;
enum { RYX_TAG_SLOT_BITS = 20 };

/* A transaction, the same shape; 0 is none. */
typedef uint64_t ryx_tx;

/* No I/O, no thread before the first request. */
RYX_MUST int ryx_engine_open(ryx_engine_mode mode, ryx_engine **out,
                             ryx_err *e);
/* Asks servers to stop what runs, rolls back, closes connections. Takes little
 * more than a second, whatever servers and resolvers do; a thread that one of
 * them keeps is left behind. Tags and results not taken are freed. NULL is
 * fine. */
void ryx_engine_close(ryx_engine *en);

/* Adds a pool under opts->alias and takes opts over (moves the struct, also on
 * failure). An alias that exists is replaced: the old pool drains and closes
 * when its last user ends. *pool is a small number, never reused. */
RYX_MUST int ryx_engine_pool(ryx_engine *en, ryx_opts *opts, int *pool,
                             ryx_err *e);
/* Drains and closes it: new requests on it are RYX_E_MISUSE. */
void ryx_engine_pool_close(ryx_engine *en, int pool);
/* The server's RYX_SERVER_* bits, or -1 before the first connection. */
int ryx_engine_caps(const ryx_engine *en, int pool);

typedef enum {
  RYX_JOB_RUN,        /* a statement */
  RYX_JOB_CONNECT,    /* have a healthy connection; afterwards caps are known */
  RYX_JOB_SLEEP,      /* nothing but the time in timeout_ms; succeeds */
  RYX_JOB_BEGIN,      /* take a connection, begin; result.tx */
  RYX_JOB_COMMIT,     /* ends tx; a COMMIT answered by ROLLBACK is an error */
  RYX_JOB_ROLLBACK,   /* ends tx, also a broken or lost one */
  RYX_JOB_SAVEPOINT,  /* opens a block inside tx */
  RYX_JOB_RELEASE,    /* ends the innermost block, keeping its work */
  RYX_JOB_ROLLBACK_TO /* ends the innermost block, undoing its work */
} ryx_job_kind;

enum {
  RYX_JOB_NO_QUEUE = 1 /* on a transaction where a statement runs: RYX_E_MISUSE
                          instead of waiting for one's turn */
};

typedef struct ryx_job {
  ryx_job_kind kind;
  unsigned flags;
  int pool;  /* not for SLEEP, nor where tx says it */
  ryx_tx tx; /* 0: outside a transaction */
  ryx_begin begin;
  /* RUN. Parameters are copied; so are sql and names unless owner is set. flags
   * READ lets the statement go to a reader and be pipelined; STREAM makes the
   * result come in parts (the engine adds STREAM_TX or reads whole results
   * where needed). */
  ryx_stmt stmt;
  int64_t timeout_ms; /* the deadline, from now: the answer comes no later than
                         a moment after it. 0 none; beyond all clocks is none */
  const char *label;  /* call site for pool messages, copied; may be NULL */
  void *owner;        /* what stmt.sql belongs to: release(owner) when done */
  void (*release)(void *owner); /* called on the host's thread */
} ryx_job;

/* Queues a request; never executes, never blocks. On failure nothing is queued
 * and owner has been released. */
RYX_MUST int ryx_engine_send(ryx_engine *en, const ryx_job *job, ryx_tag *out,
                             ryx_err *e);

typedef struct ryx_outcome {
  int code;       /* 0 or err->code */
  bool more;      /* a stream: this was a part; see ryx_engine_more */
  ryx_tx tx;      /* BEGIN */
  ryx_rows *rows; /* the taker's; NULL: no result set */
  int64_t affected, last_id;
  int64_t duration_ns; /* from dispatch on a connection to the reply */
  const ryx_err *err;  /* until the next call on this engine; code != 0 */
} ryx_outcome;

/* The ways to wait. All return 1 when the tag (something) is done, 0 when the
 * time passed (timeout_ms < 0: none), negative RYX_E_*.
 *
 * wait: for one tag, blocking; statements on SQLite run inline, right here.
 * poll: until any request is done: a scheduler whose tasks all wait.
 * pump: never blocks: a host with a loop of its own calls it when the
 *   descriptor is readable, after every send, and after *next_ms (-1: no need).
 * Under poll and pump only short SELECTs on SQLite run inline. */
int ryx_engine_wait(ryx_engine *en, ryx_tag tag, int64_t timeout_ms);
int ryx_engine_poll(ryx_engine *en, int64_t timeout_ms);
int ryx_engine_pump(ryx_engine *en, int64_t *next_ms);
/* To be polled for reading by a foreign loop. INLINE only, else -1. */
int ryx_engine_fd(const ryx_engine *en);
/* THREAD: listens on a unix socket; the one connection made to it receives a
 * byte whenever the list of finished tags becomes non-empty. */
RYX_MUST int ryx_engine_listen(ryx_engine *en, const char *path, ryx_err *e);

/* The next finished tag that nobody waited for with ryx_engine_wait, or 0. */
ryx_tag ryx_engine_next(ryx_engine *en);
bool ryx_engine_done(const ryx_engine *en, ryx_tag tag);

/* Moves the result of a finished tag out. The tag is gone afterwards unless
 * out->more. RYX_E_MISUSE: no such tag, or not finished. */
RYX_MUST int ryx_engine_take(ryx_engine *en, ryx_tag tag, ryx_outcome *out);
/* Asks for the next part of a stream whose part was taken; the tag is in flight
 * again. */
RYX_MUST int ryx_engine_more(ryx_engine *en, ryx_tag tag, int32_t max_rows);
/* Of a COPY FROM STDIN whose part was taken: n rows of n_cols values follow,
 * encoded here and now, for the next `more`, which sends them; a `more` without
 * is the end of the rows. *bad: the number of the value, row by row, that the
 * database cannot hold (RYX_E_VALIDATION). */
RYX_MUST int ryx_engine_put(ryx_engine *en, ryx_tag tag, const ryx_val *rows,
                            int n, int n_cols, int64_t *bad, ryx_err *e);
/* Asks to stop it; it finishes within a second or so: as RYX_E_CANCELLED,
 * unless it was quicker, or RYX_E_COMMIT_UNKNOWN when a write may have been
 * saved. A stream ends as RYX_E_CANCELLED with its next part. */
void ryx_engine_cancel(ryx_engine *en, ryx_tag tag);
/* The host does not want it any more: cancelled if it runs, freed when ended;
 * a stream is stopped, drained, its connection reused. Unknown tags are fine.
 */
void ryx_engine_drop(ryx_engine *en, ryx_tag tag);
/* Drops a transaction whose owner is gone: rolled back in the background. */
void ryx_engine_tx_drop(ryx_engine *en, ryx_tx tx);

/* A schema changed: connections of the pool forget prepared statements before
 * their next one. */
void ryx_engine_schema_changed(ryx_engine *en, int pool);

typedef struct ryx_pool_counts {
  int max, min;
  int size; /* connections, dialling ones included */
  int idle;
  int in_use;  /* running or held by a transaction or stream */
  int waiting; /* requests in the queue */
  int64_t dials, dial_errors, closed, requests, errors, timeouts;
} ryx_pool_counts;
RYX_MUST int ryx_engine_pool_counts(const ryx_engine *en, int pool,
                                    ryx_pool_counts *out);

/* For tests and leak reports: all 0 when nothing is left open. */
typedef struct ryx_engine_stats {
  int64_t requests, pinned, transactions, streams;
} ryx_engine_stats;
void ryx_engine_get_stats(const ryx_engine *en, ryx_engine_stats *out);

#endif
