/* SPDX-License-Identifier: MIT */
/* Owns the driver table of SQLite and the states of a connection: a statement
 * is queued by send and runs to its end, or the end of a part, in step. */
#include "driver/lite.h"

#include <string.h>

#include "base/err.h"
#include "driver/lite_conn.h"

enum {
  QUIET_MS = 250,  /* writes that pause so long let a checkpoint in */
  RETRY_MS = 2000, /* readers of an old snapshot were in its way */
};

static void patience(ryx_lite *c, uint64_t deadline_ns, uint64_t budget_ns)
{
  c->deadline_ns = deadline_ns;
  c->budget_ns = budget_ns;
  c->budget_end_ns = 0;
  c->stop = 0;
  c->over_budget = false;
}

static ryx_io dial(void *ctx, const ryx_dial *d, ryx_err *e)
{
  ryx_lite *c = ctx;

  (void)e;
  c->opts = d->opts;
  c->reader = d->read_only || d->opts->read_only;
  c->state = RYX_LITE_DIAL;
  patience(c, d->deadline_ns, 0);
  return RYX_IO_BLOCK;
}

static ryx_io reset(void *ctx, ryx_err *e)
{
  ryx_lite *c = ctx;

  (void)e;
  ryx_lite_run_end_stream(c);
  c->parked = NULL;
  c->state = RYX_LITE_RESET;
  patience(c, 0, 0);
  return RYX_IO_BLOCK;
}

static ryx_io become_idle(ryx_lite *c, int rc)
{
  c->state = RYX_LITE_IDLE;
  return rc < 0 ? RYX_IO_FAIL : RYX_IO_DONE;
}

static ryx_tx_state in_tx(const void *ctx)
{
  const ryx_lite *c = ctx;

  return c->db && !sqlite3_get_autocommit(c->db) ? RYX_TX_OPEN : RYX_TX_NONE;
}

static void replied(ryx_lite *c)
{
  c->state = RYX_LITE_IDLE;
  c->has_reply = true;
  if (c->wal_max && c->wal_pages >= c->wal_max && !c->running && !in_tx(c))
    ryx_lite_dial_checkpoint(c);
}

static ryx_io step(void *ctx, unsigned ready, ryx_err *e)
{
  ryx_lite *c = ctx;

  (void)ready;
  switch (c->state) {
    case RYX_LITE_DIAL: return become_idle(c, ryx_lite_dial_open(c, e));
    case RYX_LITE_RESET: return become_idle(c, ryx_lite_session_reset(c, e));
    case RYX_LITE_RUN:
      ryx_lite_run(c);
      replied(c);
      break;
    case RYX_LITE_PART:
      ryx_lite_run_part(c);
      replied(c);
      break;
    case RYX_LITE_IDLE: break;
  }
  return RYX_IO_DONE;
}

static ryx_sent go(ryx_lite *c, const ryx_stmt *s, ryx_lite_state what)
{
  patience(c, s->deadline_ns, s->budget_ns);
  c->head = s;
  c->was_quiet = false;
  c->state = what;
  memset(&c->reply, 0, offsetof(ryx_reply, err));
  c->reply.tag = s->tag;
  return RYX_SENT_WENT;
}

static int refuse(const ryx_lite *c, const ryx_stmt *s, ryx_err *e)
{
  if (c->state != RYX_LITE_IDLE || c->has_reply || c->running)
    return ryx_err_set(e, RYX_E_MISUSE, "the connection is busy");
  if (s->n_params > c->max_params)
    return ryx_err_set(e, RYX_E_MISUSE,
                       "the statement has %d parameters, SQLite takes at most "
                       "%d (SQLITE_LIMIT_VARIABLE_NUMBER)",
                       s->n_params, c->max_params);
  if (memchr(s->sql, 0, s->sql_len))
    return ryx_err_set(e, RYX_E_MISUSE, "the statement holds a NUL byte");
  return 0;
}

static ryx_sent send(void *ctx, const ryx_stmt *s, ryx_err *e)
{
  ryx_lite *c = ctx;

  if (refuse(c, s, e) < 0) return RYX_SENT_REFUSED;
  if (ryx_lite_dial_moved(c, e)) return RYX_SENT_OVER;
  return go(c, s, RYX_LITE_RUN);
}

static bool take(void *ctx, ryx_reply *out)
{
  ryx_lite *c = ctx;

  if (!c->has_reply) return false;
  c->has_reply = false;
  memcpy(out, &c->reply, offsetof(ryx_reply, err));
  if (out->code) out->err = c->err;
  c->reply.rows = NULL;
  if (c->reply.more) c->parked = c->head;
  c->head = NULL;
  return true;
}

static ryx_sent more(void *ctx, int32_t max_rows, ryx_err *e)
{
  ryx_lite *c = ctx;
  const ryx_stmt *s = c->parked;

  if (!s || c->state != RYX_LITE_IDLE || c->has_reply) {
    ryx_err_set(e, RYX_E_MISUSE, "no stream waits for its next part");
    return RYX_SENT_REFUSED;
  }
  c->part = max_rows > 0 ? max_rows : 0;
  c->parked = NULL;
  return go(c, s, RYX_LITE_PART);
}

static void forget(void *ctx)
{
  ryx_lite *c = ctx;

  if (c->cache.table) ryx_stmts_clear(&c->cache);
}

/* The statement's stop flag, which is set already, is for what has not begun
 * and for waits between and inside short statements, which this does not reach.
 */
static void interrupt(void *ctx)
{
  ryx_lite *c = ctx;
  sqlite3 *db = atomic_load(&c->interruptible);

  if (db) sqlite3_interrupt(db);
}

static unsigned server_caps(const void *ctx)
{
  (void)ctx;
  if (sqlite3_libversion_number() < 3039000) return RYX_SERVER_RETURNING;
  return RYX_SERVER_RETURNING | RYX_SERVER_RIGHT_JOIN | RYX_SERVER_FULL_JOIN;
}

static int idle(void *ctx)
{
  ryx_lite *c = ctx;

  if (c->state != RYX_LITE_IDLE || !c->wal_pages || in_tx(c)) return -1;
  if (!c->was_quiet) {
    c->was_quiet = true;
    return QUIET_MS;
  }
  ryx_lite_dial_checkpoint(c);
  return c->wal_pages ? RETRY_MS : -1;
}

static void close_conn(void *ctx)
{
  ryx_lite *c = ctx;

  if (c->has_reply) ryx_rows_free(c->reply.rows);
  c->has_reply = false;
  ryx_lite_run_end_stream(c);
  if (c->cache.table) ryx_stmts_fini(&c->cache);
  atomic_store(&c->interruptible, NULL);
  sqlite3_close_v2(c->db);
  c->db = NULL;
}

/* A writer that begins deferred fails when another one was quicker. All
 * transactions are serializable. */
static const char *begin(const ryx_begin *b, int i)
{
  if (i > 0) return NULL;
  return b->read_only ? ryx_lite_begin_reading : "BEGIN IMMEDIATE";
}

static const char *const schemes[] = {"sqlite", NULL};

/* What this build of the library takes, which only a connection tells. */
static int max_params(void)
{
  sqlite3 *db = NULL;
  int n = 0;

  if (sqlite3_open(":memory:", &db) == SQLITE_OK)
    n = sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, -1);
  sqlite3_close(db);
  return n;
}

const ryx_driver ryx_lite_driver = {
    .name = "sqlite",
    .schemes = schemes,
    .caps = RYX_CAP_BLOCKS | RYX_CAP_ONE_WRITER | RYX_CAP_TX_STREAM,
    .depth = 1,
    .conn_size = sizeof(ryx_lite),
    .max_params = max_params,
    .ping = NULL,
    .dial = dial,
    .step = step,
    .fd = NULL,
    .send = send,
    .take = take,
    .more = more,
    .reset = reset,
    .forget = forget,
    .interrupt = interrupt,
    .in_tx = in_tx,
    .server_caps = server_caps,
    .idle = idle,
    .close = close_conn,
    .hold = ryx_lite_hold,
    .let_go = ryx_lite_let_go,
    .begin = begin,
};
