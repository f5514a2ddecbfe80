/* SPDX-License-Identifier: MIT */
/* What the host does with requests: send, wait, take, drop. */
#include "engine/host.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum {
  SPARE_MAX = 256, /* requests kept for the next */
  TURNS_MAX = 32,  /* of one pump */
  LOOK_EVERY = 16  /* polls that were answered without looking at sockets */
};
static const uint64_t ns_per_ms = 1000000;

int ryx_host_refuse_fork(ryx_err *e)
{
  return ryx_err_set(e, RYX_E_MISUSE,
                     "this engine belongs to the parent process: open a new "
                     "one after a fork");
}

/* --- requests and transactions */

ryx_req *ryx_host_request(ryx_engine *en)
{
  ryx_list *n = ryx_list_pop(&en->spare);
  if (n) {
    en->n_spare--;
    return RYX_OF(n, ryx_req, out);
  }
  ryx_req *q = ryx_request_new();
  if (q) ryx_list_add_tail(&en->all, &q->all);
  return q;
}

static void give_back(ryx_engine *en, ryx_req *q)
{
  if (en->n_spare >= SPARE_MAX) {
    ryx_request_free(q);
    return;
  }
  ryx_request_recycle(q);
  ryx_list_add_head(&en->spare, &q->out);
  en->n_spare++;
}

ryx_txn *ryx_host_tx_new(ryx_engine *en, ryx_pool *pool)
{
  ryx_txn *t = ryx_mem_new(sizeof *t);
  if (!t) return NULL;
  t->pool = pool;
  t->broken = -1;
  ryx_list_init(&t->all);
  ryx_list_init(&t->queue);
  t->drop = ryx_host_request(en);
  if (!t->drop || ryx_slots_add(&en->txs, t, &t->id) < 0) {
    if (t->drop) give_back(en, t->drop);
    ryx_mem_free(t);
    return NULL;
  }
  ryx_list_add_tail(&en->txns, &t->all);
  return t;
}

void ryx_host_tx_free(ryx_engine *en, ryx_txn *t)
{
  ryx_slots_remove(&en->txs, t->id);
  ryx_list_remove(&t->all);
  if (t->drop) give_back(en, t->drop);
  ryx_mem_free(t);
}

static bool ends_tx(const ryx_req *q)
{
  return q->kind == RYX_JOB_COMMIT || q->kind == RYX_JOB_ROLLBACK;
}

void ryx_host_put_back(ryx_engine *en, ryx_req *q)
{
  ryx_txn *t = q->txn;
  bool is_over = t && (ends_tx(q) || (q->kind == RYX_JOB_BEGIN && q->code));
  give_back(en, q);
  if (is_over) ryx_host_tx_free(en, t);
}

/* --- what the loop has finished */

static void ask_more(ryx_engine *en, ryx_req *q, int32_t max_rows)
{
  q->want = max_rows;
  q->is_held = q->is_home = q->more = false;
  atomic_store_explicit(&q->is_done, false, memory_order_relaxed);
  ryx_mailbox_post(&en->loop.box, &q->post, RYX_POST_MORE);
}

/* Nobody will take it. */
static void discard(ryx_engine *en, ryx_req *q)
{
  ryx_rows_free(q->rows);
  q->rows = NULL;
  if (q->more) {
    ask_more(en, q, 0);
  } else if (q->is_abandoned) {
    ryx_mailbox_post(&en->loop.box, &q->post, RYX_POST_SETTLE);
  } else {
    ryx_tx tx = q->kind == RYX_JOB_BEGIN && q->code == 0 ? q->txn->id : 0;
    ryx_host_put_back(en, q);
    if (tx) ryx_engine_tx_drop(en, tx);
  }
}

static void accept_done(ryx_engine *en, ryx_req *q)
{
  if (q->is_recycled) {
    ryx_host_put_back(en, q);
    return;
  }
  q->is_home = true;
  if (q->is_counted) q->txn->n_sent--;
  q->is_counted = false;
  if (q->kind == RYX_JOB_BEGIN && q->code)
    ryx_slots_remove(&en->txs, q->txn->id);
  if (q->tag)
    ryx_list_add_tail(&en->done, &q->out);
  else
    discard(en, q);
}

void ryx_host_collect(ryx_engine *en)
{
  ryx_list out;
  ryx_list_init(&out);
  ryx_mailbox_collect(&en->loop.box, &out);
  for (ryx_list *n; (n = ryx_list_pop(&out));)
    accept_done(en, RYX_OF(n, ryx_req, out));
}

/* --- send */

typedef struct place {
  ryx_pool *pool;
  ryx_txn *txn;
} place;

static int find_tx(ryx_engine *en, const ryx_job *job, place *at, ryx_err *e)
{
  ryx_txn *t = ryx_slots_get(&en->txs, job->tx);
  if (!t) return ryx_err_set(e, RYX_E_MISUSE, "this transaction has ended");
  if ((job->flags & RYX_JOB_NO_QUEUE) && t->n_sent > 0) {
    ryx_host_collect(en);
    if (t->n_sent > 0)
      return ryx_err_set(e, RYX_E_MISUSE,
                         "a statement runs on this transaction already: wait "
                         "for it first");
  }
  at->txn = t;
  at->pool = t->pool;
  return 0;
}

static int find_pool(ryx_engine *en, const ryx_job *job, place *at, ryx_err *e)
{
  if (job->pool >= 0 && job->pool < en->n_pools)
    at->pool = en->pools[job->pool];
  if (at->pool) return 0;
  return ryx_err_set(e, RYX_E_MISUSE,
                     "no pool has the number %d: it was closed", job->pool);
}

static int find_place(ryx_engine *en, const ryx_job *job, place *at, ryx_err *e)
{
  switch (job->kind) {
    case RYX_JOB_SLEEP: return 0;
    case RYX_JOB_CONNECT:
    case RYX_JOB_BEGIN: return find_pool(en, job, at, e);
    case RYX_JOB_RUN:
      return job->tx ? find_tx(en, job, at, e) : find_pool(en, job, at, e);
    case RYX_JOB_COMMIT:
    case RYX_JOB_ROLLBACK:
    case RYX_JOB_SAVEPOINT:
    case RYX_JOB_RELEASE:
    case RYX_JOB_ROLLBACK_TO: return find_tx(en, job, at, e);
  }
  return ryx_err_set(e, RYX_E_MISUSE, "no such job: %d", (int)job->kind);
}

static int fill(ryx_engine *en, const ryx_job *job, place *at, ryx_req *q)
{
  int rc = ryx_request_fill(q, job);
  if (rc < 0) return rc;
  q->pool = at->pool;
  if (job->timeout_ms > 0)
    q->deadline_ns = uv_hrtime() + (uint64_t)job->timeout_ms * ns_per_ms;
  rc = ryx_slots_add(&en->tags, q, &q->tag);
  if (rc < 0) return rc;
  if (job->kind == RYX_JOB_BEGIN) {
    at->txn = ryx_host_tx_new(en, at->pool);
    if (!at->txn) return RYX_E_NOMEM;
  }
  q->txn = at->txn;
  return 0;
}

int ryx_engine_send(ryx_engine *en, const ryx_job *job, ryx_tag *out,
                    ryx_err *e)
{
  place at = {0};
  ryx_req *q = NULL;
  int rc = ryx_host_is_forked(en) ? ryx_host_refuse_fork(e)
                                  : find_place(en, job, &at, e);
  if (rc < 0) goto refused;
  if (ryx_host_start(en) < 0) {
    rc = ryx_err_set(e, RYX_E_OPERATIONAL, "cannot start the engine's thread");
    goto refused;
  }
  q = ryx_host_request(en);
  if (!q) {
    rc = ryx_err_nomem(e);
    goto refused;
  }
  rc = fill(en, job, &at, q);
  if (rc < 0) {
    ryx_slots_remove(&en->tags, q->tag);
    give_back(en, q);
    return ryx_err_set(e, rc, "out of memory");
  }
  if (q->txn && q->kind != RYX_JOB_BEGIN) {
    q->txn->n_sent++;
    q->is_counted = true;
  }
  /* Nothing comes after the end. */
  if (ends_tx(q)) ryx_slots_remove(&en->txs, q->txn->id);
  *out = q->tag;
  ryx_mailbox_post(&en->loop.box, &q->post, RYX_POST_SUBMIT);
  return 0;
refused:
  if (job->owner && job->release) job->release(job->owner);
  return rc;
}

/* --- wait */

static uint64_t until(int64_t timeout_ms)
{
  return timeout_ms < 0 ? 0 : uv_hrtime() + (uint64_t)timeout_ms * ns_per_ms;
}

static bool is_over(uint64_t at)
{
  return at && uv_hrtime() >= at;
}

/* Lets the engine go on until something happens. */
static void pass(ryx_engine *en, uint64_t at)
{
  enum { A_WHILE_S = 3600 };
  if (!en->is_threaded) {
    ryx_loop_block(&en->loop, at);
    ryx_host_collect(en);
    return;
  }
  uint64_t now = uv_hrtime();
  uint64_t ns = at > now ? at - now : at ? 0 : A_WHILE_S * 1000 * ns_per_ms;
  ryx_list out;
  ryx_list_init(&out);
  ryx_mailbox_wait(&en->loop.box, &out, ns);
  for (ryx_list *n; (n = ryx_list_pop(&out));)
    accept_done(en, RYX_OF(n, ryx_req, out));
}

static void work(ryx_engine *en, ryx_inline mode)
{
  if (!en->is_threaded) {
    en->loop.inline_mode = mode;
    ryx_loop_work(&en->loop);
  }
  ryx_host_collect(en);
}

static bool is_inside(const ryx_engine *en)
{
  return !en->is_threaded && en->loop.is_running;
}

int ryx_engine_wait(ryx_engine *en, ryx_tag tag, int64_t timeout_ms)
{
  ryx_req *q = ryx_slots_get(&en->tags, tag);
  if (!q || q->is_held || ryx_host_is_forked(en) || is_inside(en))
    return RYX_E_MISUSE;
  uint64_t at = until(timeout_ms);
  work(en, timeout_ms < 0 ? RYX_INLINE_ALL : RYX_INLINE_SHORT);
  while (!q->is_home) {
    if (is_over(at)) return 0;
    pass(en, at);
  }
  ryx_list_remove(&q->out);
  return 1;
}

int ryx_engine_poll(ryx_engine *en, int64_t timeout_ms)
{
  if (ryx_host_is_forked(en) || is_inside(en)) return RYX_E_MISUSE;
  uint64_t at = until(timeout_ms);
  work(en, RYX_INLINE_SHORT);
  /* Those who wait for sockets and deadlines have their turn too. */
  if (!en->is_threaded && ++en->n_polls % LOOK_EVERY == 0) {
    ryx_loop_look(&en->loop);
    ryx_host_collect(en);
  }
  while (ryx_list_empty(&en->done)) {
    if (is_over(at)) return 0;
    pass(en, at);
  }
  return 1;
}

static int64_t next_turn(ryx_engine *en)
{
  uint64_t first = ryx_deadline_first(&en->loop.dues);
  if (ryx_loop_has_work(&en->loop)) return 0;
  if (!first) return -1;
  uint64_t now = uv_hrtime();
  return first > now ? (int64_t)((first - now + ns_per_ms - 1) / ns_per_ms) : 0;
}

int ryx_engine_pump(ryx_engine *en, int64_t *next_ms)
{
  *next_ms = -1;
  if (ryx_host_is_forked(en)) return RYX_E_MISUSE;
  if (is_inside(en)) return 0;
  work(en, RYX_INLINE_SHORT);
  if (!en->is_threaded) {
    /* libuv registers descriptors when it looks: what work began to watch
     * must be looked at once before a foreign loop waits for it. */
    ryx_loop *l = &en->loop;
    for (int i = 0; i < TURNS_MAX && ryx_loop_look(l); i++)
      continue;
    ryx_host_collect(en);
    *next_ms = next_turn(en);
  }
  return !ryx_list_empty(&en->done);
}

/* --- results */

ryx_tag ryx_engine_next(ryx_engine *en)
{
  if (ryx_host_is_forked(en)) return 0;
  if (ryx_list_empty(&en->done)) ryx_host_collect(en);
  ryx_list *n = ryx_list_pop(&en->done);
  return n ? RYX_OF(n, ryx_req, out)->tag : 0;
}

bool ryx_engine_done(const ryx_engine *en, ryx_tag tag)
{
  const ryx_req *q = ryx_slots_get(&en->tags, tag);
  return q && atomic_load_explicit(&q->is_done, memory_order_acquire);
}

static const ryx_err *move_err(ryx_engine *en, ryx_req *q)
{
  static const ryx_err no_memory = {.code = RYX_E_NOMEM,
                                    .message = "out of memory"};
  ryx_mem_free(en->taken);
  en->taken = q->err;
  q->err = NULL;
  if (q->code == 0) return NULL;
  return en->taken ? en->taken : &no_memory;
}

int ryx_engine_take(ryx_engine *en, ryx_tag tag, ryx_outcome *out)
{
  ryx_req *q = ryx_slots_get(&en->tags, tag);
  if (!q || ryx_host_is_forked(en)) return RYX_E_MISUSE;
  if (!q->is_home) ryx_host_collect(en);
  if (!q->is_home || q->is_held) return RYX_E_MISUSE;
  ryx_list_remove(&q->out);
  *out = (ryx_outcome){
      .code = q->code,
      .more = q->more,
      .tx = q->kind == RYX_JOB_BEGIN && q->code == 0 ? q->txn->id : 0,
      .rows = q->rows,
      .affected = q->affected,
      .last_id = q->last_id,
      .duration_ns = q->duration_ns,
      .err = move_err(en, q),
  };
  q->rows = NULL;
  if (q->more) {
    q->is_held = true;
    atomic_store_explicit(&q->is_done, false, memory_order_relaxed);
    return 0;
  }
  ryx_slots_remove(&en->tags, tag);
  q->tag = 0;
  if (q->is_abandoned)
    ryx_mailbox_post(&en->loop.box, &q->post, RYX_POST_SETTLE);
  else
    ryx_host_put_back(en, q);
  return 0;
}

int ryx_engine_more(ryx_engine *en, ryx_tag tag, int32_t max_rows)
{
  ryx_req *q = ryx_slots_get(&en->tags, tag);
  if (!q || !q->is_held || max_rows < 0 || ryx_host_is_forked(en))
    return RYX_E_MISUSE;
  ask_more(en, q, max_rows);
  return 0;
}

void ryx_engine_cancel(ryx_engine *en, ryx_tag tag)
{
  ryx_req *q = ryx_slots_get(&en->tags, tag);
  if (!q || q->is_held || ryx_host_is_forked(en)) return;
  ryx_mailbox_add(&en->loop.box, &q->post, RYX_POST_CANCEL);
}

void ryx_engine_drop(ryx_engine *en, ryx_tag tag)
{
  ryx_req *q = ryx_slots_get(&en->tags, tag);
  if (!q || ryx_host_is_forked(en)) return;
  ryx_host_collect(en);
  ryx_slots_remove(&en->tags, tag);
  q->tag = 0;
  if (!q->is_home) {
    ryx_mailbox_add(&en->loop.box, &q->post, RYX_POST_CANCEL);
    return;
  }
  ryx_list_remove(&q->out);
  if (q->is_held) q->more = true;
  discard(en, q);
}

void ryx_engine_tx_drop(ryx_engine *en, ryx_tx tx)
{
  ryx_txn *t = ryx_slots_get(&en->txs, tx);
  if (!t || ryx_host_is_forked(en)) return;
  ryx_slots_remove(&en->txs, tx);
  ryx_req *q = t->drop;
  t->drop = NULL;
  q->kind = RYX_JOB_ROLLBACK;
  q->is_drop = true;
  q->pool = t->pool;
  q->txn = t;
  ryx_mailbox_post(&en->loop.box, &q->post, RYX_POST_SUBMIT);
}
