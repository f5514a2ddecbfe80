/* SPDX-License-Identifier: MIT */
/* Owns which pool is open for which definition of an alias. */
#include "api/pools.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void ryx_pools_update(ryx_pools *p)
{
  uint32_t changes = ryx_runtime_changes(p->rt);

  if (changes == p->seen) return;
  for (int i = 0; i < p->n; i++) {
    ryx_api_pool *pool = &p->at[i];

    if (!pool->generation) continue;
    if (ryx_runtime_generation(p->rt, i) == pool->generation) continue;
    ryx_engine_pool_close(p->engine, pool->number);
    pool->generation = 0;
  }
  p->seen = changes;
}

/* Room for a pool of this alias. */
static int reserve(ryx_pools *p, int alias)
{
  size_t n = (size_t)p->n, want = (size_t)alias + 1;
  ryx_api_pool *grown;

  if (want <= n) return 0;
  grown = ryx_mem_grow(p->at, want, sizeof *grown);
  if (!grown) return RYX_E_NOMEM;
  memset(grown + n, 0, (want - n) * sizeof *grown);
  p->at = grown;
  p->n = alias + 1;
  return 0;
}

static int open_pool(ryx_pools *p, int alias, ryx_err *e)
{
  ryx_definition def;
  ryx_api_pool pool;
  const ryx_driver *driver;
  int rc = ryx_runtime_read(p->rt, alias, &def, e);

  if (rc < 0) return rc;
  if (reserve(p, alias) < 0) {
    ryx_opts_fini(&def.opts);
    return ryx_err_nomem(e);
  }
  driver = def.opts.driver;
  pool = (ryx_api_pool){.generation = def.generation,
                        .driver = driver,
                        .dialect = def.dialect,
                        .caps = -1};
  if (driver->max_params) pool.max_params = driver->max_params();
  rc = ryx_engine_pool(p->engine, &def.opts, &pool.number, e);
  if (rc == 0) p->at[alias] = pool;
  return rc;
}

/* The same driver may meet servers that speak differently. */
static void learn(const ryx_pools *p, ryx_api_pool *pool)
{
  int caps = ryx_engine_caps(p->engine, pool->number);

  if (caps == pool->caps) return;
  pool->caps = caps;
  if (caps >= 0)
    pool->dialect = ryx_dialect_spoken(pool->driver->name, (unsigned)caps);
}

const ryx_api_pool *ryx_pools_peek(ryx_pools *p, int alias)
{
  ryx_pools_update(p);
  if (alias < 0 || alias >= p->n) return NULL;
  if (!p->at[alias].generation) return NULL;
  learn(p, &p->at[alias]);
  return &p->at[alias];
}

int ryx_pools_get(ryx_pools *p, int alias, const ryx_api_pool **out, ryx_err *e)
{
  int rc;

  *out = ryx_pools_peek(p, alias);
  if (*out) return 0;
  rc = open_pool(p, alias, e);
  if (rc == 0) *out = &p->at[alias];
  return rc;
}

void ryx_pools_fini(ryx_pools *p)
{
  ryx_mem_free(p->at);
}
