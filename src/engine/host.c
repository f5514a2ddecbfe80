/* SPDX-License-Identifier: MIT */
/* The host's objects: made, collected, used again. */
#include "engine/host.h"

#include "base/err.h"
#include "base/mem.h"

enum { SPARE_MAX = 256 /* kept for the next, of each */ };

int ryx_host_refuse_fork(ryx_err *e)
{
  return ryx_err_set(e, RYX_E_MISUSE,
                     "this engine belongs to the parent process: open a new "
                     "one after a fork");
}

/* --- requests and tickets */

ryx_req *ryx_host_request(ryx_engine *en)
{
  ryx_list *n = ryx_list_pop(&en->spare_reqs);
  if (n) {
    en->n_spare_reqs--;
    return RYX_OF(n, ryx_req, spent);
  }
  ryx_req *q = ryx_request_new();
  if (q) ryx_list_add_tail(&en->reqs, &q->all);
  return q;
}

ryx_ticket *ryx_host_ticket(ryx_engine *en)
{
  ryx_list *n = ryx_list_pop(&en->spare_tickets);
  if (n) {
    en->n_spare_tickets--;
    return RYX_OF(n, ryx_ticket, out);
  }
  ryx_ticket *t = ryx_ticket_new();
  if (t) ryx_list_add_tail(&en->tickets, &t->all);
  return t;
}

void ryx_host_request_back(ryx_engine *en, ryx_req *q)
{
  if (en->n_spare_reqs >= SPARE_MAX) {
    ryx_request_free(q);
    return;
  }
  ryx_request_recycle(q);
  ryx_list_add_head(&en->spare_reqs, &q->spent);
  en->n_spare_reqs++;
}

void ryx_host_ticket_back(ryx_engine *en, ryx_ticket *t)
{
  if (en->n_spare_tickets >= SPARE_MAX) {
    ryx_ticket_free(t);
    return;
  }
  ryx_ticket_recycle(t);
  ryx_list_add_head(&en->spare_tickets, &t->out);
  en->n_spare_tickets++;
}

/* --- transactions */

ryx_txn *ryx_host_tx_new(ryx_engine *en, ryx_pool *pool)
{
  ryx_txn *t = ryx_mem_new(sizeof *t);
  if (!t) return NULL;
  t->pool = pool;
  t->broken = -1;
  ryx_command_init(&t->drop, RYX_COMMAND_DROP);
  ryx_list_init(&t->all);
  ryx_list_init(&t->queue);
  t->drop_with = ryx_host_request(en);
  if (!t->drop_with || ryx_slots_add(&en->txs, t, &t->id) < 0) {
    if (t->drop_with) ryx_host_request_back(en, t->drop_with);
    ryx_mem_free(t);
    return NULL;
  }
  t->drop_with->kind = RYX_JOB_ROLLBACK;
  t->drop_with->pool = pool;
  t->drop_with->txn = t;
  t->drop_with->ends_txn = true;
  ryx_list_add_tail(&en->txns, &t->all);
  return t;
}

static void free_txn(ryx_engine *en, ryx_txn *t)
{
  ryx_slots_remove(&en->txs, t->id);
  ryx_list_remove(&t->all);
  if (t->drop_with) ryx_host_request_back(en, t->drop_with);
  ryx_mem_free(t);
}

/* --- what the loop has answered */

void ryx_host_ask_more(ryx_engine *en, ryx_ticket *t, int32_t max_rows)
{
  t->want = max_rows;
  t->state = RYX_TICKET_AWAY;
  t->result.more = false;
  atomic_store_explicit(&t->is_done, false, memory_order_relaxed);
  ryx_mailbox_hand_over(&en->loop.box, t, &t->more);
  if (t->is_stopped) ryx_mailbox_cancel(&en->loop.box, t);
}

void ryx_host_discard(ryx_engine *en, ryx_ticket *t)
{
  ryx_rows_free(t->result.rows);
  t->result.rows = NULL;
  if (t->result.more) {
    ryx_host_ask_more(en, t, 0);
    return;
  }
  bool began = t->kind == RYX_JOB_BEGIN && t->result.code == 0;
  ryx_tx tx = began ? t->txn->id : 0;
  ryx_host_ticket_back(en, t);
  if (tx) ryx_engine_tx_drop(en, tx);
}

static void accept_ticket(ryx_engine *en, ryx_ticket *t)
{
  t->state = RYX_TICKET_HOME;
  if (t->is_counted) t->txn->n_sent--;
  t->is_counted = false;
  if (t->kind == RYX_JOB_BEGIN && t->result.code)
    ryx_slots_remove(&en->txs, t->txn->id);
  if (t->tag)
    ryx_list_add_tail(&en->done, &t->out);
  else
    ryx_host_discard(en, t);
}

/* Tickets first: they may look at a transaction that ends with its request. */
void ryx_host_accept(ryx_engine *en, ryx_list *done, ryx_list *spent)
{
  for (ryx_list *n; (n = ryx_list_pop(done));)
    accept_ticket(en, RYX_OF(n, ryx_ticket, out));
  for (ryx_list *n; (n = ryx_list_pop(spent));) {
    ryx_req *q = RYX_OF(n, ryx_req, spent);
    ryx_txn *ended = q->ends_txn ? q->txn : NULL;
    ryx_host_request_back(en, q);
    if (ended) free_txn(en, ended);
  }
}

void ryx_host_collect(ryx_engine *en)
{
  ryx_list done, spent;
  ryx_list_init(&done);
  ryx_list_init(&spent);
  ryx_mailbox_collect(&en->loop.box, &done, &spent);
  ryx_host_accept(en, &done, &spent);
}
