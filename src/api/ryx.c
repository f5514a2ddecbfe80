/* SPDX-License-Identifier: MIT */
/* A ryx from opening to closing: setup, waiting, and taking results, one call
 * down each. */
#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"

const char *ryx_version(void)
{
  return RYX_VERSION;
}

int ryx_set_allocator(void *(*fn)(void *ud, void *p, size_t size), void *ud)
{
  return ryx_mem_hook(fn, ud);
}

int ryx_open(ryx_runtime *rt, ryx_mode mode, ryx **out, ryx_err *err)
{
  static const ryx_engine_mode modes[] = {
      [RYX_INLINE] = RYX_ENGINE_INLINE,
      [RYX_THREAD] = RYX_ENGINE_THREAD,
  };
  ryx *r;
  int rc = 0;

  if ((unsigned)mode > RYX_THREAD) {
    return ryx_err_set(err, RYX_E_MISUSE,
                       "unknown mode %d: RYX_INLINE or RYX_THREAD", (int)mode);
  }
  r = ryx_mem_new(sizeof *r);
  if (!r) return ryx_err_nomem(err);
  ryx_arena_init(&r->scratch, 4096);
  ryx_buf_init(&r->sql, 0);
  if (rt) {
    r->rt = ryx_runtime_keep(rt);
  } else {
    rc = ryx_runtime_new(&r->rt, err);
  }
  if (rc == 0) rc = ryx_engine_open(modes[mode], &r->engine, err);
  r->pools = (ryx_pools){.rt = r->rt, .engine = r->engine};
  if (rc < 0) {
    ryx_close(r);
    return rc;
  }
  *out = r;
  return 0;
}

void ryx_close(ryx *r)
{
  if (!r) return;
  ryx_engine_close(r->engine);
  ryx_pools_fini(&r->pools);
  ryx_arena_fini(&r->scratch);
  ryx_buf_fini(&r->sql);
  ryx_runtime_release(r->rt);
  ryx_mem_free(r);
}

ryx_runtime *ryx_runtime_of(ryx *r)
{
  return r->rt;
}

int ryx_setup(ryx *r, const char *alias, const char *url, ryx_err *err)
{
  return ryx_setup_options(r, alias, url, NULL, err);
}

static bool are_pairs(const char *const *options)
{
  size_t n = 0;

  while (options && options[n])
    n++;
  return n % 2 == 0;
}

int ryx_setup_options(ryx *r, const char *alias, const char *url,
                      const char *const *options, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  int rc;

  if (!alias || !*alias || !url) {
    return ryx_err_set(e, RYX_E_MISUSE, "setup needs a name and a URL");
  }
  if (!are_pairs(options)) {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "options of setup come in pairs of name and value");
  }
  rc = ryx_runtime_define(r->rt, alias, url, options, e);
  ryx_pools_update(&r->pools);
  return rc;
}

void ryx_forget(ryx *r, const char *alias)
{
  ryx_runtime_forget(r->rt, alias);
  ryx_pools_update(&r->pools);
}

int ryx_wait(ryx *r, ryx_tag tag, int64_t timeout_ms)
{
  return ryx_engine_wait(r->engine, tag, timeout_ms);
}

int ryx_poll(ryx *r, int64_t timeout_ms)
{
  return ryx_engine_poll(r->engine, timeout_ms);
}

int ryx_pump(ryx *r, int64_t *next_ms)
{
  int64_t ignored;

  return ryx_engine_pump(r->engine, next_ms ? next_ms : &ignored);
}

int ryx_fd(const ryx *r)
{
  return ryx_engine_fd(r->engine);
}

int ryx_listen(ryx *r, const char *path, ryx_err *err)
{
  return ryx_engine_listen(r->engine, path, err ? err : &r->err);
}

ryx_tag ryx_next(ryx *r)
{
  return ryx_engine_next(r->engine);
}

bool ryx_done(const ryx *r, ryx_tag tag)
{
  return ryx_engine_done(r->engine, tag);
}

int ryx_take(ryx *r, ryx_tag tag, ryx_result *out)
{
  ryx_outcome o;
  int rc = ryx_engine_take(r->engine, tag, &o);

  *out = (ryx_result){.code = rc};
  if (rc < 0) return rc;
  *out = (ryx_result){
      .code = o.code,
      .more = o.more,
      .tx = o.tx,
      .rows = o.rows,
      .affected = o.affected,
      .last_id = o.last_id,
      .duration_ns = o.duration_ns,
  };
  if (o.code == 0) return 0;
  r->err = *o.err;
  out->err = &r->err;
  return 0;
}

int ryx_more(ryx *r, ryx_tag tag, int max_rows)
{
  return ryx_engine_more(r->engine, tag, max_rows);
}

void ryx_cancel(ryx *r, ryx_tag tag)
{
  ryx_engine_cancel(r->engine, tag);
}

void ryx_drop(ryx *r, ryx_tag tag)
{
  ryx_engine_drop(r->engine, tag);
}

void ryx_tx_drop(ryx *r, ryx_tx tx)
{
  ryx_engine_tx_drop(r->engine, tx);
}

void ryx_left_open(ryx *r, ryx_open_stats *out)
{
  ryx_engine_stats s;

  ryx_engine_get_stats(r->engine, &s);
  *out = (ryx_open_stats){
      .requests = s.requests,
      .rows = ryx_rows_live(),
      .pinned = s.pinned,
      .transactions = s.transactions,
      .streams = s.streams,
  };
}
