/* SPDX-License-Identifier: MIT */
/* Taking results, asking for more of them, and giving them up. */
#include "base/err.h"
#include "base/mem.h"
#include "engine/host.h"

static const ryx_err *move_err(ryx_engine *en, ryx_result *r)
{
  static const ryx_err no_memory = {.code = RYX_E_NOMEM,
                                    .message = "out of memory"};
  ryx_mem_free(en->taken);
  en->taken = r->err;
  r->err = NULL;
  if (r->code == 0) return NULL;
  return en->taken ? en->taken : &no_memory;
}

int ryx_engine_take(ryx_engine *en, ryx_tag tag, ryx_outcome *out)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  if (!t || ryx_host_is_forked(en)) return RYX_E_MISUSE;
  if (t->state == RYX_TICKET_AWAY) ryx_host_collect(en);
  if (t->state != RYX_TICKET_HOME) return RYX_E_MISUSE;
  ryx_result *r = &t->result;
  ryx_list_remove(&t->out);
  *out = (ryx_outcome){
      .code = r->code,
      .more = r->more,
      .tx = t->kind == RYX_JOB_BEGIN && r->code == 0 ? t->txn->id : 0,
      .rows = r->rows,
      .affected = r->affected,
      .last_id = r->last_id,
      .duration_ns = r->duration_ns,
      .err = move_err(en, r),
  };
  r->rows = NULL;
  if (r->more) {
    t->state = RYX_TICKET_HELD;
    atomic_store_explicit(&t->is_done, false, memory_order_relaxed);
    return 0;
  }
  ryx_slots_remove(&en->tags, tag);
  ryx_host_ticket_back(en, t);
  return 0;
}

int ryx_engine_more(ryx_engine *en, ryx_tag tag, int32_t max_rows)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  if (!t || t->state != RYX_TICKET_HELD || max_rows < 0 ||
      ryx_host_is_forked(en))
    return RYX_E_MISUSE;
  ryx_host_ask_more(en, t, max_rows);
  return 0;
}

/* Rows in the driver's form; of those that cannot be written nothing is left.
 */
static int encode(ryx_ticket *t, const ryx_val *rows, int n, int n_cols,
                  int64_t *bad, ryx_err *e)
{
  size_t before = t->put.len;
  for (int i = 0; i < n; i++, rows += n_cols) {
    int at = 0;
    int rc = t->driver->copy_row(&t->put, rows, n_cols, &at, e);
    if (rc == 0) continue;
    t->put.len = before;
    *bad = (int64_t)i * n_cols + at;
    return rc;
  }
  return 0;
}

int ryx_engine_put(ryx_engine *en, ryx_tag tag, const ryx_val *rows, int n,
                   int n_cols, int64_t *bad, ryx_err *e)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  *bad = -1;
  if (!t || t->state != RYX_TICKET_HELD || !t->driver || ryx_host_is_forked(en))
    return ryx_err_set(e, RYX_E_MISUSE, "no copy waits for rows");
  if (t->put.max == 0) ryx_buf_init(&t->put, 0);
  return encode(t, rows, n, n_cols, bad, e);
}

void ryx_engine_cancel(ryx_engine *en, ryx_tag tag)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  if (!t || ryx_host_is_forked(en)) return;
  if (t->state == RYX_TICKET_AWAY) ryx_mailbox_cancel(&en->loop.box, t);
  if (t->state == RYX_TICKET_HELD) t->is_stopped = true;
}

void ryx_engine_drop(ryx_engine *en, ryx_tag tag)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  if (!t || ryx_host_is_forked(en)) return;
  ryx_host_collect(en);
  ryx_slots_remove(&en->tags, tag);
  t->tag = 0;
  if (t->state == RYX_TICKET_AWAY) {
    ryx_mailbox_cancel(&en->loop.box, t);
    return;
  }
  ryx_list_remove(&t->out);
  ryx_host_discard(en, t);
}

void ryx_engine_tx_drop(ryx_engine *en, ryx_tx tx)
{
  ryx_txn *t = ryx_slots_get(&en->txs, tx);
  if (!t || ryx_host_is_forked(en)) return;
  ryx_slots_remove(&en->txs, tx);
  ryx_mailbox_post(&en->loop.box, &t->drop);
}
