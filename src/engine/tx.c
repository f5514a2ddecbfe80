/* SPDX-License-Identifier: MIT */
/* The life of a transaction on its connection. A transaction belongs to its
 * host: after the request that ends it has ended it must not be touched. */
#include "engine/tx.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "engine/dispatch.h"
#include "engine/stop.h"
#include "engine/stream.h"
#include "engine/ticket.h"

enum { NOT_BROKEN = -1 };

/* --- what is known of it */

static void note_broken(ryx_txn *t, int block, const char *why)
{
  if (t->broken != NOT_BROKEN && t->broken <= block) return;
  t->broken = block;
  snprintf(t->why, sizeof t->why, "%s", why);
}

static void note_lost(ryx_txn *t, const char *why)
{
  if (t->is_lost) return;
  if (t->broken == NOT_BROKEN) snprintf(t->why, sizeof t->why, "%s", why);
  t->is_lost = true;
}

void ryx_tx_dies(ryx_txn *t, const char *why)
{
  t->is_untold = !t->is_lost && !t->running;
  note_lost(t, why);
}

/* The transaction and its connection part. */
static void detach(ryx_txn *t)
{
  ryx_conn *conn = t->conn;
  t->running = NULL;
  if (!conn) return;
  if (t->is_counted) ryx_loop_count(&conn->loop->n_transactions, -1);
  t->is_counted = false;
  conn->txn = NULL;
  t->conn = NULL;
}

/* The transaction is over. */
static void end(ryx_txn *t)
{
  detach(t);
  if (t->is_in_pool) t->pool->n_txns--;
  t->is_in_pool = false;
}

static ryx_loop *loop_of(const ryx_txn *t)
{
  return t->pool->loop;
}

static bool has_open_stream(const ryx_txn *t, const ryx_req *q)
{
  return t->conn && t->conn->stream == q;
}

static bool ends_block(const ryx_req *q)
{
  return q->kind == RYX_JOB_RELEASE || q->kind == RYX_JOB_ROLLBACK_TO;
}

static bool is_rollback(const ryx_req *q)
{
  return q->kind == RYX_JOB_ROLLBACK || q->is_undo;
}

/* Why nothing runs in it: the first to ask after its connection died hears of
 * that. */
static void explain(ryx_txn *t, ryx_err *e)
{
  if (t->is_untold)
    ryx_err_set(e, RYX_E_CONNECTION,
                "the connection was lost, and the transaction with it: %s",
                t->why);
  else if (t->is_lost)
    ryx_err_set(e, RYX_E_TRANSACTION_BROKEN,
                "the transaction is gone (lost): the database has ended it: "
                "%s; roll back",
                t->why);
  else
    ryx_err_set(e, RYX_E_TRANSACTION_BROKEN,
                "transaction is broken by an earlier error: %s; roll back its "
                "block",
                t->why);
  t->is_untold = false;
}

/* --- answers without the database */

/* The stream is still open on the connection, and is ended there in its turn,
 * when the host has its answer already. */
static void drain_later(ryx_txn *t, ryx_req *q)
{
  if (!q->stop) q->stop = RYX_STOP_TX;
  q->want = 0;
  q->is_part = true;
  q->state = RYX_REQ_WAITING;
  ryx_list_add_tail(&t->queue, &q->node);
  if (q->is_awaited) ryx_loop_answer(loop_of(t), q);
}

static void finish(ryx_txn *t, ryx_req *q)
{
  if (has_open_stream(t, q))
    drain_later(t, q);
  else if (q->ticket && !q->is_awaited)
    ryx_stream_ended(q, q->stop ? q->stop : RYX_STOP_TX);
  else
    ryx_loop_finish(loop_of(t), q);
}

static void refuse(ryx_txn *t, ryx_req *q)
{
  ryx_err e;
  if (q->is_awaited) {
    explain(t, &e);
    ryx_ticket_fail_as(q->ticket, &e);
  }
  finish(t, q);
}

/* Nothing can be sent for q any more; its place in the order of blocks counts
 * all the same. */
static void end_without(ryx_txn *t, ryx_req *q)
{
  ryx_conn *conn = t->conn;
  if (ends_block(q) && t->depth > 0) t->depth--;
  if (ryx_request_ends_tx(q)) end(t);
  if (is_rollback(q))
    finish(t, q);
  else
    refuse(t, q);
  if (conn) ryx_conn_release(conn);
}

/* True when q has been answered without the database. */
static bool is_answered(ryx_txn *t, ryx_req *q)
{
  if (q->is_part && q->want == 0 && has_open_stream(t, q)) return false;
  if (t->is_lost || !t->conn) {
    end_without(t, q);
    return true;
  }
  if (ends_block(q) && t->depth == 0) {
    ryx_ticket_fail(q->ticket, RYX_E_MISUSE,
                    "no savepoint is open in this transaction");
    finish(t, q);
    return true;
  }
  bool begins = q->kind == RYX_JOB_RUN || q->kind == RYX_JOB_SAVEPOINT;
  if (t->broken == NOT_BROKEN || !begins) return false;
  refuse(t, q);
  return true;
}

/* --- sending */

static void put(ryx_txn *t, ryx_req *q, const char *sql)
{
  q->stmt =
      (ryx_stmt){.sql = sql, .sql_len = strlen(sql), .n_batch = 1, .tag = q};
  ryx_dispatch_stmt(t->conn, q);
}

static void send_block(ryx_txn *t, ryx_req *q, const char *verb, int block)
{
  enum { SIZE = 64 };
  char *sql = ryx_arena_alloc(&q->arena, SIZE);
  if (!sql) {
    note_broken(t, t->depth, "out of memory");
    ryx_ticket_fail(q->ticket, RYX_E_NOMEM, "out of memory");
    t->running = NULL;
    finish(t, q);
    return;
  }
  snprintf(sql, SIZE, "%s ryx_sp_%d", verb, block);
  put(t, q, sql);
}

/* The first statement of what q asks for. */
static void start(ryx_txn *t, ryx_req *q)
{
  bool undo = t->broken != NOT_BROKEN;
  switch (q->kind) {
    case RYX_JOB_RUN: ryx_dispatch_stmt(t->conn, q); return;
    case RYX_JOB_COMMIT:
      q->is_undo |= undo;
      put(t, q, q->is_undo ? "ROLLBACK" : "COMMIT");
      return;
    case RYX_JOB_ROLLBACK: put(t, q, "ROLLBACK"); return;
    case RYX_JOB_SAVEPOINT: send_block(t, q, "SAVEPOINT", t->depth + 1); return;
    case RYX_JOB_RELEASE:
      q->is_undo = undo;
      send_block(t, q, undo ? "ROLLBACK TO SAVEPOINT" : "RELEASE SAVEPOINT",
                 t->depth);
      return;
    case RYX_JOB_ROLLBACK_TO:
      send_block(t, q, "ROLLBACK TO SAVEPOINT", t->depth);
      return;
    case RYX_JOB_BEGIN:
    case RYX_JOB_CONNECT:
    case RYX_JOB_SLEEP: break;
  }
}

/* An open stream ends before its transaction: q comes after it. */
static bool ends_stream_first(ryx_txn *t, ryx_req *q)
{
  ryx_req *stream = t->conn->stream;
  if (!stream || !ryx_request_ends_tx(q)) return false;
  ryx_list_add_head(&t->queue, &q->node);
  if (!stream->stop) stream->stop = RYX_STOP_TX;
  t->running = stream;
  ryx_dispatch_more(t->conn, 0);
  return true;
}

static void begin_next(ryx_txn *t, ryx_req *q)
{
  ryx_deadline_clear(&loop_of(t)->dues, &q->due);
  if (is_answered(t, q)) return;
  if (ends_stream_first(t, q)) return;
  t->running = q;
  if (q->is_part)
    ryx_dispatch_more(t->conn, q->want);
  else
    start(t, q);
}

/* --- replies */

static bool begin_reply(ryx_conn *conn, ryx_req *q, const ryx_reply *r)
{
  ryx_txn *t = q->txn;
  const char *next = NULL;
  if (r->code == 0) next = conn->driver->begin(&q->begin, ++q->step);
  if (next) {
    t->running = q;
    put(t, q, next);
    return true;
  }
  if (r->code == 0 && q->is_awaited) {
    t->is_counted = true;
    q->ends_txn = false;
    ryx_loop_count(&conn->loop->n_transactions, 1);
  } else {
    /* Release rolls back what may be open. */
    conn->is_tainted = true;
    end(t);
  }
  return false;
}

static void end_reply(ryx_conn *conn, ryx_req *q, ryx_reply *r, ryx_verdict *v,
                      ryx_tx_state state)
{
  ryx_txn *t = q->txn;
  /* A transaction that is open still is rolled back before anything else. */
  if (state != RYX_TX_NONE) conn->is_tainted = true;
  end(t);
  if (q->kind == RYX_JOB_COMMIT && q->is_undo) {
    explain(t, &r->err);
    v->code = r->code = r->err.code;
  } else if (q->kind == RYX_JOB_ROLLBACK && state == RYX_TX_NONE) {
    /* The database rolls back by itself when a connection dies. */
    v->code = r->code = 0;
  }
}

static bool block_reply(ryx_req *q, ryx_reply *r, ryx_verdict *v)
{
  ryx_txn *t = q->txn;
  bool undoes = q->kind == RYX_JOB_ROLLBACK_TO || q->is_undo;
  if (r->code == 0 && undoes && q->step++ == 0) {
    t->running = q;
    send_block(t, q, "RELEASE SAVEPOINT", t->depth);
    return true;
  }
  if (q->kind == RYX_JOB_SAVEPOINT) {
    if (r->code == 0) t->depth++;
  } else {
    /* The block is over in any case. */
    if (t->broken >= t->depth) t->broken = NOT_BROKEN;
    t->depth--;
  }
  if (r->code) note_broken(t, t->depth, r->err.message);
  if (q->is_undo && r->code == 0) {
    explain(t, &r->err);
    v->code = r->code = r->err.code;
  }
  return false;
}

/* Asks what the database made of it. */
static ryx_tx_state look(ryx_conn *conn, const ryx_req *q, const ryx_reply *r)
{
  ryx_txn *t = q->txn;
  if (conn->state == RYX_CONN_CLOSING) return RYX_TX_NONE;
  ryx_tx_state state = conn->driver->in_tx(conn->c);
  if (q->kind == RYX_JOB_BEGIN || ryx_request_ends_tx(q) || r->more)
    return state;
  if (state == RYX_TX_NONE || r->code == RYX_E_CONNECTION)
    note_lost(t, r->code ? r->err.message : "a statement ended it");
  if (state == RYX_TX_FAILED && (r->code == 0 || ryx_request_is_fed(q)))
    note_broken(t, t->depth,
                r->code ? r->err.message : "a statement in it failed");
  return state;
}

bool ryx_tx_observe(ryx_conn *conn, ryx_req *q, ryx_reply *r, ryx_verdict *v)
{
  ryx_txn *t = q->txn;
  if (v->act == RYX_VERDICT_REPEAT) return false;
  ryx_tx_state state = look(conn, q, r);
  /* What is drained is with the driver yet. */
  if (t->running == q && v->act != RYX_VERDICT_DRAIN) t->running = NULL;
  /* Their turn comes in the loop, so that a long queue is not a deep stack. */
  if (!ryx_list_empty(&t->queue)) ryx_conn_mark(conn);
  switch (q->kind) {
    case RYX_JOB_BEGIN: return begin_reply(conn, q, r);
    case RYX_JOB_RUN:
      q->is_part = false;
      if (v->act == RYX_VERDICT_DELIVER && v->code)
        note_broken(t, t->depth,
                    r->code ? r->err.message : "the stream was cancelled");
      return false;
    case RYX_JOB_COMMIT:
    case RYX_JOB_ROLLBACK: end_reply(conn, q, r, v, state); return false;
    case RYX_JOB_SAVEPOINT:
    case RYX_JOB_RELEASE:
    case RYX_JOB_ROLLBACK_TO: return block_reply(q, r, v);
    case RYX_JOB_CONNECT:
    case RYX_JOB_SLEEP: break;
  }
  return false;
}

void ryx_tx_gave_up(ryx_req *q)
{
  if (q->kind == RYX_JOB_RUN)
    note_broken(q->txn, q->txn->depth, "a statement took too long");
}

/* --- from outside */

void ryx_tx_begin(ryx_conn *conn, ryx_req *q)
{
  ryx_txn *t = q->txn;
  t->conn = conn;
  t->pool->n_txns += !t->is_in_pool;
  t->is_in_pool = true;
  conn->txn = t;
  /* The connection of an earlier attempt may have died. */
  t->is_lost = t->is_untold = false;
  t->broken = NOT_BROKEN;
  t->running = q;
  q->step = 0;
  put(t, q, conn->driver->begin(&q->begin, 0));
}

void ryx_tx_submit(ryx_req *q)
{
  ryx_txn *t = q->txn;
  q->state = RYX_REQ_WAITING;
  ryx_list_add_tail(&t->queue, &q->node);
  if (q->deadline_ns && q->is_awaited)
    ryx_deadline_set(&loop_of(t)->dues, &q->due, q->deadline_ns);
  ryx_tx_turn(t);
}

void ryx_tx_turn(ryx_txn *t)
{
  while (!t->running) {
    ryx_list *n = ryx_list_pop(&t->queue);
    if (!n) return;
    ryx_req *q = RYX_OF(n, ryx_req, node);
    bool is_last = ryx_request_ends_tx(q);
    begin_next(t, q);
    /* Its host may have freed it already. */
    if (is_last) return;
  }
}

void ryx_tx_part(ryx_txn *t)
{
  detach(t);
  ryx_tx_turn(t);
}

void ryx_tx_skip(ryx_req *q)
{
  ryx_txn *t = q->txn;
  if (ends_block(q) && t->depth > 0) {
    t->depth--;
    note_broken(t, t->depth, "the end of a block inside it came too late");
  }
  if (!ryx_request_ends_tx(q)) {
    finish(t, q);
    return;
  }
  /* The host has its answer; the transaction ends all the same, undone. */
  q->is_undo = true;
  q->state = RYX_REQ_WAITING;
  ryx_list_add_tail(&t->queue, &q->node);
  ryx_loop_answer(loop_of(t), q);
  ryx_tx_turn(t);
}

static void stop_all(ryx_loop *l, ryx_txn *t)
{
  ryx_list waiting;
  ryx_list_init(&waiting);
  ryx_list_move(&waiting, &t->queue);
  for (ryx_list *n; (n = ryx_list_pop(&waiting));) {
    ryx_req *q = RYX_OF(n, ryx_req, node);
    if (q->is_awaited)
      ryx_stop_request(l, q, RYX_STOP_CANCEL);
    else
      ryx_list_add_tail(&t->queue, n);
  }
  if (t->running) ryx_stop_request(l, t->running, RYX_STOP_CANCEL);
}

void ryx_tx_abandon(ryx_loop *l, ryx_txn *t)
{
  ryx_req *q = t->drop_with;
  t->drop_with = NULL;
  stop_all(l, t);
  ryx_tx_submit(q);
}
