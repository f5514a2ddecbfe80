/* SPDX-License-Identifier: MIT */
/* Opening and closing engines, their pools, their numbers. */
#include "engine/engine.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "engine/host.h"
#include "engine/thread.h"

/* --- open and close */

int ryx_engine_open(ryx_engine_mode mode, ryx_engine **out, ryx_err *e)
{
  ryx_fork_watch();
  ryx_engine *en = ryx_mem_new(sizeof *en);
  if (!en) return ryx_err_nomem(e);
  en->is_threaded = mode == RYX_ENGINE_THREAD;
  en->epoch = ryx_fork_epoch();
  ryx_slots_init(&en->tags);
  ryx_slots_init(&en->txs);
  ryx_list_init(&en->done);
  ryx_list_init(&en->tickets);
  ryx_list_init(&en->spare_tickets);
  ryx_list_init(&en->reqs);
  ryx_list_init(&en->spare_reqs);
  ryx_list_init(&en->txns);
  if (ryx_loop_init(&en->loop, en->is_threaded) < 0) {
    ryx_mem_free(en);
    return ryx_err_set(e, RYX_E_OPERATIONAL,
                       "cannot make an event loop: no descriptors left?");
  }
  *out = en;
  return 0;
}

static void serve(void *arg)
{
  ryx_engine *en = arg;
  ryx_loop *l = &en->loop;
  ryx_loop_work(l);
  while (!ryx_mailbox_is_stopping(&l->box))
    ryx_loop_block(l, 0);
  ryx_loop_stop(l);
}

int ryx_host_start(ryx_engine *en)
{
  if (!en->is_threaded || en->is_up) return 0;
  int rc = ryx_thread_start(&en->thread, serve, en);
  if (rc == 0) en->is_up = true;
  return rc;
}

static void free_memory(ryx_engine *en)
{
  for (ryx_list *n; (n = ryx_list_pop(&en->txns));)
    ryx_mem_free(RYX_OF(n, ryx_txn, all));
  for (ryx_list *n; (n = ryx_list_pop(&en->tickets));)
    ryx_ticket_free(RYX_OF(n, ryx_ticket, all));
  for (ryx_list *n; (n = ryx_list_pop(&en->reqs));)
    ryx_request_free(RYX_OF(n, ryx_req, all));
  ryx_slots_fini(&en->tags);
  ryx_slots_fini(&en->txs);
  ryx_mem_free(en->taken);
  ryx_mem_free(en->pools);
  ryx_mem_free(en);
}

void ryx_engine_close(ryx_engine *en)
{
  if (!en) return;
  if (ryx_host_is_forked(en)) {
    /* The parent goes on using the sockets, and the epoll set that libuv would
     * take them out of: the loop's side is left as it is. */
    free_memory(en);
    return;
  }
  if (en->is_up) {
    ryx_mailbox_stop(&en->loop.box);
    uv_thread_join(&en->thread);
  } else {
    ryx_loop_stop(&en->loop);
  }
  ryx_loop_fini(&en->loop);
  free_memory(en);
}

/* --- pools */

static ryx_pool *pool_of(const ryx_engine *en, int pool)
{
  if (pool < 0 || pool >= en->n_pools) return NULL;
  return en->pools[pool];
}

void ryx_engine_pool_close(ryx_engine *en, int pool)
{
  ryx_pool *p = pool_of(en, pool);
  if (!p || ryx_host_is_forked(en)) return;
  en->pools[pool] = NULL;
  ryx_mailbox_post(&en->loop.box, &p->close);
}

static void close_alias(ryx_engine *en, const char *alias)
{
  for (int i = 0; i < en->n_pools; i++)
    if (en->pools[i] && strcmp(en->pools[i]->opts->alias, alias) == 0)
      ryx_engine_pool_close(en, i);
}

int ryx_engine_pool(ryx_engine *en, ryx_opts *opts, int *pool, ryx_err *e)
{
  ryx_pool *p;
  if (ryx_host_is_forked(en)) {
    ryx_opts_fini(opts);
    return ryx_host_refuse_fork(e);
  }
  if (!opts->driver || !opts->alias) {
    ryx_opts_fini(opts);
    return ryx_err_set(e, RYX_E_MISUSE, "a pool needs a driver and an alias");
  }
  ryx_pool **pools =
      ryx_mem_grow(en->pools, (size_t)en->n_pools + 1, sizeof *pools);
  if (!pools) {
    ryx_opts_fini(opts);
    return ryx_err_nomem(e);
  }
  en->pools = pools;
  int rc = ryx_pool_new(&en->loop, opts, &p);
  if (rc < 0) return ryx_err_nomem(e);
  close_alias(en, p->opts->alias);
  p->id = en->n_pools;
  pools[en->n_pools++] = p;
  *pool = p->id;
  ryx_mailbox_post(&en->loop.box, &p->open);
  return 0;
}

void ryx_engine_schema_changed(ryx_engine *en, int pool)
{
  ryx_pool *p = pool_of(en, pool);
  if (!p || ryx_host_is_forked(en)) return;
  ryx_mailbox_post(&en->loop.box, &p->forget);
}

/* --- numbers */

static int64_t read_count(const atomic_int_fast64_t *n)
{
  return atomic_load_explicit(n, memory_order_relaxed);
}

int ryx_engine_caps(const ryx_engine *en, int pool)
{
  const ryx_pool *p = pool_of(en, pool);
  return p ? (int)read_count(&p->caps) : -1;
}

int ryx_engine_pool_counts(const ryx_engine *en, int pool, ryx_pool_counts *out)
{
  const ryx_pool *p = pool_of(en, pool);
  if (!p || ryx_host_is_forked(en)) return RYX_E_MISUSE;
  *out = (ryx_pool_counts){
      .size = (int)read_count(&p->size),
      .idle = (int)read_count(&p->idle),
      .waiting = (int)read_count(&p->waiting),
      .dials = read_count(&p->dials),
      .dial_errors = read_count(&p->dial_errors),
      .closed = read_count(&p->closed),
      .requests = read_count(&p->requests),
      .errors = read_count(&p->errors),
      .timeouts = read_count(&p->timeouts),
  };
  out->in_use = out->size - out->idle - (int)read_count(&p->dialing);
  for (int i = 0; i < p->n_lanes; i++) {
    out->max += p->lanes[i].max;
    out->min += p->lanes[i].min;
  }
  return 0;
}

void ryx_engine_get_stats(const ryx_engine *en, ryx_engine_stats *out)
{
  *out = (ryx_engine_stats){
      .requests = en->tags.used,
      .pinned = read_count(&en->loop.n_pinned),
      .transactions = read_count(&en->loop.n_transactions),
      .streams = read_count(&en->loop.n_streams),
  };
}

/* --- descriptors */

int ryx_engine_fd(const ryx_engine *en)
{
  if (en->is_threaded || ryx_host_is_forked(en)) return -1;
  return uv_backend_fd(&en->loop.uv);
}

int ryx_engine_listen(ryx_engine *en, const char *path, ryx_err *e)
{
  int fd, rc;
  if (ryx_host_is_forked(en)) return ryx_host_refuse_fork(e);
  if (!en->is_threaded)
    return ryx_err_set(e, RYX_E_MISUSE, "only a THREAD engine can listen");
  rc = ryx_wake_open(path, &fd, e);
  if (rc < 0) return rc;
  if (ryx_host_start(en) < 0) {
    close(fd);
    return ryx_err_set(e, RYX_E_OPERATIONAL,
                       "cannot start the engine's thread");
  }
  ryx_mailbox_listen(&en->loop.box, fd);
  return 0;
}
