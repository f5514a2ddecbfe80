/* SPDX-License-Identifier: MIT */
/* Running means, indexed by plan id. */
#include "engine/plans.h"

#include <string.h>

#include "base/mem.h"

/* Ids are dense small integers; one beyond this is not worth the memory. */
enum { PLANS_MAX = 1 << 20 };

void ryx_plans_init(ryx_plans *p)
{
  *p = (ryx_plans){0};
}

void ryx_plans_fini(ryx_plans *p)
{
  ryx_mem_free(p->mean_ns);
  ryx_plans_init(p);
}

static bool reach(ryx_plans *p, uint32_t id)
{
  if (id < p->n) return true;
  if (id >= PLANS_MAX) return false;
  uint32_t n = p->n ? p->n : 64;
  while (n <= id)
    n *= 2;
  int64_t *mean = ryx_mem_grow(p->mean_ns, n, sizeof *mean);
  if (!mean) return false;
  memset(mean + p->n, 0, (n - p->n) * sizeof *mean);
  p->mean_ns = mean;
  p->n = n;
  return true;
}

void ryx_plans_note(ryx_plans *p, uint32_t id, int64_t ns)
{
  if (id == 0 || !reach(p, id)) return;
  int64_t mean = p->mean_ns[id];
  mean = mean == 0 ? ns : mean + (ns - mean) / 8;
  p->mean_ns[id] = mean > 0 ? mean : 1;
}
