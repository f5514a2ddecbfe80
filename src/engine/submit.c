/* SPDX-License-Identifier: MIT */
/* Sending: from a job to a request and its ticket. */
#include "base/err.h"
#include "engine/host.h"

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

static int fill(ryx_engine *en, const ryx_job *job, place *at, ryx_ticket *t)
{
  ryx_req *q = t->req;
  int rc = ryx_request_fill(q, job);
  if (rc < 0) return rc;
  rc = ryx_slots_add(&en->tags, t, &t->tag);
  if (rc < 0) return rc;
  if (job->kind == RYX_JOB_BEGIN) {
    at->txn = ryx_host_tx_new(en, at->pool);
    if (!at->txn) return RYX_E_NOMEM;
  }
  if (job->timeout_ms > 0)
    q->deadline_ns = ryx_clock_after(uv_hrtime(), job->timeout_ms);
  q->pool = at->pool;
  q->txn = t->txn = at->txn;
  q->ticket = t;
  /* A BEGIN that fails ends it, too. */
  q->ends_txn = job->kind == RYX_JOB_BEGIN || ryx_request_ends_tx(q);
  t->kind = job->kind;
  if (q->is_copying) t->driver = at->pool->driver;
  return 0;
}

/* A ticket with a request, or NULL. */
static ryx_ticket *take_pair(ryx_engine *en)
{
  ryx_ticket *t = ryx_host_ticket(en);
  if (!t) return NULL;
  t->req = ryx_host_request(en);
  if (t->req) return t;
  ryx_host_ticket_back(en, t);
  return NULL;
}

static void put_pair_back(ryx_engine *en, ryx_ticket *t)
{
  ryx_slots_remove(&en->tags, t->tag);
  ryx_host_request_back(en, t->req);
  ryx_host_ticket_back(en, t);
}

static void hand_over(ryx_engine *en, ryx_ticket *t)
{
  if (ryx_request_is_inside(t->req)) {
    t->txn->n_sent++;
    t->is_counted = true;
  }
  /* Nothing comes after the end. */
  if (ryx_request_ends_tx(t->req)) ryx_slots_remove(&en->txs, t->txn->id);
  ryx_mailbox_hand_over(&en->loop.box, t, &t->submit);
}

int ryx_engine_send(ryx_engine *en, const ryx_job *job, ryx_tag *out,
                    ryx_err *e)
{
  place at = {0};
  ryx_ticket *t;
  int rc = ryx_host_is_forked(en) ? ryx_host_refuse_fork(e)
                                  : find_place(en, job, &at, e);
  if (rc < 0) goto refused;
  if (ryx_host_start(en) < 0) {
    rc = ryx_err_set(e, RYX_E_OPERATIONAL, "cannot start the engine's thread");
    goto refused;
  }
  t = take_pair(en);
  if (!t) {
    rc = ryx_err_nomem(e);
    goto refused;
  }
  rc = fill(en, job, &at, t);
  if (rc < 0) {
    put_pair_back(en, t);
    return ryx_err_set(e, rc, "out of memory");
  }
  *out = t->tag;
  hand_over(en, t);
  return 0;
refused:
  if (job->owner && job->release) job->release(job->owner);
  return rc;
}
