/* SPDX-License-Identifier: MIT */
/* The pools of one ryx: opened when an alias is first used, closed when the
 * runtime has another definition of it. */
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "base/err.h"
#include "base/mem.h"
#include "value/caps.h"

/* A client library may quote what it was given to dial with; a statement's
 * error cannot, and a short password may well be part of a table's name. */
int ryx_api_leave(ryx *r, int rc, ryx_err *e)
{
  if (rc != RYX_E_CONNECTION && rc != RYX_E_TIMEOUT && rc != RYX_E_MISUSE)
    return rc;
  for (int i = 0; i < r->n_secrets; i++)
    ryx_err_redact(e, r->secrets[i]);
  return rc;
}

static int add_secret(ryx *r, const char *password)
{
  size_t n = (size_t)r->n_secrets;
  char **grown;

  if (!password || !*password) return 0;
  for (int i = 0; i < r->n_secrets; i++) {
    if (strcmp(r->secrets[i], password) == 0) return 0;
  }
  grown = ryx_mem_grow(r->secrets, n + 1, sizeof *grown);
  if (!grown) return RYX_E_NOMEM;
  r->secrets = grown;
  grown[n] = ryx_mem_dup(password, strlen(password));
  if (!grown[n]) return RYX_E_NOMEM;
  r->n_secrets++;
  return 0;
}

/* Closes the pools whose definition has changed. */
static void compare(ryx *r, uint32_t changes)
{
  pthread_mutex_lock(&r->rt->lock);
  for (int i = 0; i < r->n_pools; i++) {
    const ryx_alias_def *def = ryx_runtime_alias(r->rt, i);
    ryx_api_pool *p = &r->pools[i];

    if (!p->generation || (def && def->generation == p->generation)) continue;
    ryx_engine_pool_close(r->engine, p->number);
    p->generation = 0;
  }
  pthread_mutex_unlock(&r->rt->lock);
  r->seen = changes;
}

/* Room for a pool of this alias. */
static int reserve(ryx *r, int alias)
{
  size_t n = (size_t)r->n_pools, want = (size_t)alias + 1;
  ryx_api_pool *grown;

  if (want <= n) return 0;
  grown = ryx_mem_grow(r->pools, want, sizeof *grown);
  if (!grown) return RYX_E_NOMEM;
  memset(grown + n, 0, (want - n) * sizeof *grown);
  r->pools = grown;
  r->n_pools = alias + 1;
  return 0;
}

/* What the definition says now, as options for a pool and as p. */
static int read_alias(ryx *r, int alias, ryx_opts *opts, ryx_err *e)
{
  const ryx_alias_def *def;
  int rc = 0;

  pthread_mutex_lock(&r->rt->lock);
  def = ryx_runtime_alias(r->rt, alias);
  if (!def) {
    rc = ryx_err_set(e, RYX_E_MISUSE,
                     "there is no database number %d: call setup first", alias);
  }
  if (rc == 0 && reserve(r, alias) < 0) rc = ryx_err_nomem(e);
  if (rc == 0) rc = ryx_runtime_opts(def, opts, e);
  if (rc == 0) {
    r->pools[alias] =
        (ryx_api_pool){.generation = def->generation, .dialect = def->dialect};
  }
  pthread_mutex_unlock(&r->rt->lock);
  return rc;
}

static int open_pool(ryx *r, int alias, ryx_err *e)
{
  ryx_opts opts;
  int rc = read_alias(r, alias, &opts, e);

  if (rc < 0) return rc;
  if (add_secret(r, opts.password) < 0) {
    ryx_opts_fini(&opts);
    rc = ryx_err_nomem(e);
  } else {
    rc = ryx_engine_pool(r->engine, &opts, &r->pools[alias].number, e);
  }
  if (rc < 0) r->pools[alias].generation = 0;
  return rc;
}

const ryx_api_pool *ryx_pools_peek(ryx *r, int alias)
{
  uint32_t changes = atomic_load(&r->rt->changes);

  if (changes != r->seen) compare(r, changes);
  if (alias < 0 || alias >= r->n_pools) return NULL;
  return r->pools[alias].generation ? &r->pools[alias] : NULL;
}

int ryx_pools_get(ryx *r, int alias, const ryx_api_pool **out, ryx_err *e)
{
  int rc = 0;

  *out = ryx_pools_peek(r, alias);
  if (*out) return 0;
  rc = open_pool(r, alias, e);
  if (rc == 0) *out = &r->pools[alias];
  return rc;
}

void ryx_pools_fini(ryx *r)
{
  for (int i = 0; i < r->n_secrets; i++) {
    memset(r->secrets[i], 0, strlen(r->secrets[i]));
    ryx_mem_free(r->secrets[i]);
  }
  ryx_mem_free(r->secrets);
  ryx_mem_free(r->pools);
}

int ryx_alias_caps(ryx *r, int alias)
{
  const ryx_api_pool *p = ryx_pools_peek(r, alias);

  return p ? ryx_engine_caps(r->engine, p->number) : -1;
}

static int bit_of(const char *name)
{
#define X(cap, bit) \
  if (strcasecmp(name, #cap) == 0) return bit;
  RYX_SERVER_CAPS(X)
#undef X
  return 0;
}

int ryx_alias_can(ryx *r, int alias, const char *name)
{
  const ryx_api_pool *p = ryx_pools_peek(r, alias);
  int caps = ryx_alias_caps(r, alias), bit = bit_of(name);

  if (!bit) return RYX_E_MISUSE;
  if (caps < 0) return -1;
  return (((unsigned)caps | ryx_dialect_caps(p->dialect)) & (unsigned)bit) != 0;
}

void ryx_schema_changed(ryx *r, int alias)
{
  const ryx_api_pool *p = ryx_pools_peek(r, alias);

  if (p) ryx_engine_schema_changed(r->engine, p->number);
}

int ryx_stats(ryx *r, int alias, ryx_pool_stats *out, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  ryx_pool_counts c;
  ryx_pool_stats s;
  const ryx_api_pool *p;
  size_t size = out->size_of;
  int rc = ryx_pools_get(r, alias, &p, e);

  if (rc < 0) return ryx_api_leave(r, rc, e);
  rc = ryx_engine_pool_counts(r->engine, p->number, &c);
  if (rc < 0) return ryx_err_set(e, rc, "the pool is closed");
  s = (ryx_pool_stats){
      .size_of = size,
      .max = c.max,
      .min = c.min,
      .size = c.size,
      .idle = c.idle,
      .in_use = c.in_use,
      .waiting = c.waiting,
      .dials = c.dials,
      .dial_errors = c.dial_errors,
      .closed = c.closed,
      .requests = c.requests,
      .errors = c.errors,
      .timeouts = c.timeouts,
  };
  memcpy(out, &s, size < sizeof s ? size : sizeof s);
  return 0;
}

int ryx_quote(ryx *r, int alias, const char *name, char *out, size_t size,
              ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  const ryx_api_pool *p;
  int rc = ryx_pools_get(r, alias, &p, e);

  if (rc < 0) return ryx_api_leave(r, rc, e);
  ryx_buf_clear(&r->sql);
  rc = ryx_sql_quote(p->dialect, name, strlen(name), &r->sql, e);
  if (rc < 0) return ryx_api_leave(r, rc, e);
  if (r->sql.len >= size) {
    return ryx_err_set(e, RYX_E_MISUSE, "no room for the quoted name");
  }
  memcpy(out, r->sql.data, r->sql.len + 1);
  return 0;
}
