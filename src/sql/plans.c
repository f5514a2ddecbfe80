/* SPDX-License-Identifier: MIT */
/* The cache of plans: from dialect, capabilities and description to a plan. */
#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "sql/sql.h"

enum { PLANS_MAX = 8192, SMALL_KEY = 1024 };

struct ryx_plans {
  pthread_mutex_t lock; /* guards map and last_id; held for a look-up only */
  ryx_map map;          /* holds one reference to each plan */
  uint32_t last_id;
};

typedef struct cache_key {
  char *bytes;
  size_t n;
  char small[SMALL_KEY];
} cache_key;

static int key_init(cache_key *k, const ryx_dialect *d, unsigned caps,
                    const void *desc, size_t n)
{
  k->n = sizeof d + sizeof caps + n;
  k->bytes = k->n <= sizeof k->small ? k->small : ryx_mem_alloc(k->n);
  if (!k->bytes) return RYX_E_NOMEM;
  memcpy(k->bytes, &d, sizeof d);
  memcpy(k->bytes + sizeof d, &caps, sizeof caps);
  if (n > 0) memcpy(k->bytes + sizeof d + sizeof caps, desc, n);
  return 0;
}

static void key_fini(cache_key *k)
{
  if (k->bytes != k->small) ryx_mem_free(k->bytes);
}

static void release(void *plan)
{
  ryx_plan_release(plan);
}

/* The plan, retained for the caller, or NULL. */
static ryx_plan *look_up(ryx_plans *p, const cache_key *k)
{
  ryx_plan *plan;

  pthread_mutex_lock(&p->lock);
  plan = ryx_map_get(&p->map, k->bytes, k->n);
  if (plan) ryx_plan_retain(plan);
  pthread_mutex_unlock(&p->lock);
  return plan;
}

/* Numbers a new plan and keeps it, unless another thread was first: then
 * *plan becomes that thread's. */
static int keep(ryx_plans *p, const cache_key *k, ryx_plan **plan)
{
  ryx_plan *mine = *plan, *other;
  int rc = 0;

  pthread_mutex_lock(&p->lock);
  other = ryx_map_get(&p->map, k->bytes, k->n);
  if (other) {
    ryx_plan_retain(other);
    *plan = other;
  } else {
    if (p->map.n >= PLANS_MAX) ryx_map_fini(&p->map, release);
    rc = ryx_map_set(&p->map, k->bytes, k->n, mine, NULL);
    if (rc == 0) {
      mine->id = ++p->last_id;
      ryx_plan_retain(mine);
    }
  }
  pthread_mutex_unlock(&p->lock);
  if (other || rc < 0) ryx_plan_release(mine);
  return rc;
}

int ryx_plans_new(ryx_plans **out)
{
  ryx_plans *p = ryx_mem_new(sizeof *p);

  if (!p) return RYX_E_NOMEM;
  if (pthread_mutex_init(&p->lock, NULL) != 0) {
    ryx_mem_free(p);
    return RYX_E_NOMEM;
  }
  ryx_map_init(&p->map);
  *out = p;
  return 0;
}

void ryx_plans_free(ryx_plans *p)
{
  if (!p) return;
  ryx_map_fini(&p->map, release);
  pthread_mutex_destroy(&p->lock);
  ryx_mem_free(p);
}

uint32_t ryx_plans_number(ryx_plans *p)
{
  uint32_t id;

  pthread_mutex_lock(&p->lock);
  id = ++p->last_id;
  pthread_mutex_unlock(&p->lock);
  return id;
}

int ryx_plans_get(ryx_plans *p, const ryx_dialect *d, unsigned caps,
                  const void *desc, size_t n, ryx_plan **out, ryx_err *e)
{
  cache_key key;
  ryx_plan *plan;
  int rc;

  if (key_init(&key, d, caps, desc, n) < 0) return ryx_err_nomem(e);
  plan = look_up(p, &key);
  rc = plan ? 0 : ryx_plan_compile(d, caps, desc, n, &plan, e);
  if (rc == 0 && plan->id == 0) {
    rc = keep(p, &key, &plan);
    if (rc < 0) ryx_err_nomem(e);
  }
  key_fini(&key);
  if (rc == 0) *out = plan;
  return rc;
}
