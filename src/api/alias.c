/* SPDX-License-Identifier: MIT */
/* What a host asks about a database by its alias. */
#include <string.h>
#include <strings.h>

#include "api/api.h"
#include "base/err.h"
#include "value/caps.h"

int ryx_alias(ryx *r, const char *name, ryx_err *err)
{
  return ryx_runtime_find(r->rt, name, err ? err : &r->err);
}

const char *ryx_alias_dialect(ryx *r, int alias)
{
  const ryx_dialect *d = ryx_runtime_dialect(r->rt, alias);
  const ryx_api_pool *p;

  if (d && ryx_dialect_is_only(d)) return ryx_dialect_name(d);
  p = ryx_pools_peek(&r->pools, alias);
  return p && p->caps >= 0 ? ryx_dialect_name(p->dialect) : NULL;
}

int ryx_alias_show(ryx *r, int alias, char *out, size_t size)
{
  if (size == 0) return RYX_E_MISUSE;
  return ryx_runtime_show(r->rt, alias, out, size) ? 0 : RYX_E_MISUSE;
}

int ryx_alias_option(ryx *r, int alias, const char *name, char *out,
                     size_t size)
{
  ryx_definition def;
  int rc = ryx_runtime_read(r->rt, alias, &def, &r->err);

  if (rc < 0) return rc;
  rc = ryx_opts_get(&def.opts, name, out, size);
  ryx_opts_fini(&def.opts);
  return rc;
}

int ryx_alias_caps(ryx *r, int alias)
{
  const ryx_api_pool *p = ryx_pools_peek(&r->pools, alias);

  return p ? p->caps : -1;
}

/* Bits by name, or 0. */
#define X(cap, bit) \
  if (strcasecmp(name, #cap) == 0) return bit;
static unsigned server_bit(const char *name)
{
  RYX_SERVER_CAPS(X)
  return 0;
}

static unsigned driver_bit(const char *name)
{
  RYX_DRIVER_CAPS(X)
  return 0;
}
#undef X

static int driver_can(ryx *r, int alias, unsigned bit)
{
  const ryx_driver *d = ryx_runtime_driver(r->rt, alias);

  return d ? (d->caps & bit) != 0 : -1;
}

static int server_can(ryx *r, int alias, unsigned bit)
{
  const ryx_api_pool *p = ryx_pools_peek(&r->pools, alias);
  int caps = ryx_alias_caps(r, alias);

  if (caps < 0) return -1;
  return (((unsigned)caps | ryx_dialect_caps(p->dialect)) & bit) != 0;
}

int ryx_alias_can(ryx *r, int alias, const char *name)
{
  unsigned bit = server_bit(name);

  if (bit) return server_can(r, alias, bit);
  bit = driver_bit(name);
  return bit ? driver_can(r, alias, bit) : RYX_E_MISUSE;
}

void ryx_schema_changed(ryx *r, int alias)
{
  const ryx_api_pool *p = ryx_pools_peek(&r->pools, alias);

  if (p) ryx_engine_schema_changed(r->engine, p->number);
}

int ryx_stats(ryx *r, int alias, ryx_pool_stats *out, ryx_err *err)
{
  ryx_err *e = err ? err : &r->err;
  ryx_pool_counts c;
  ryx_pool_stats s;
  const ryx_api_pool *p;
  size_t size = out->size_of;
  int rc = ryx_pools_get(&r->pools, alias, &p, e);

  if (rc < 0) return rc;
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
  int rc = ryx_pools_get(&r->pools, alias, &p, e);

  if (rc < 0) return rc;
  ryx_buf_clear(&r->sql);
  rc = ryx_sql_quote(p->dialect, name, strlen(name), &r->sql, e);
  if (rc < 0) return rc;
  if (r->sql.len >= size) {
    return ryx_err_set(e, RYX_E_MISUSE, "no room for the quoted name");
  }
  memcpy(out, r->sql.data, r->sql.len + 1);
  return 0;
}

int ryx_count_params(ryx *r, int alias, const char *sql, size_t n, ryx_err *err)
{
  const ryx_api_pool *p;
  int rc = ryx_pools_get(&r->pools, alias, &p, err ? err : &r->err);

  return rc < 0 ? rc : ryx_sql_count(p->dialect, sql, n);
}
