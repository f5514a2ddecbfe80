/* SPDX-License-Identifier: MIT */
/* What is known of each plan of a pool: how long it takes. */
#ifndef RYX_ENGINE_PLANS_H
#define RYX_ENGINE_PLANS_H

#include "ryx_value.h"

typedef struct ryx_plans {
  int64_t *mean_ns; /* by plan id; 0: no history */
  uint32_t n;
} ryx_plans;

void ryx_plans_init(ryx_plans *p);
void ryx_plans_fini(ryx_plans *p); /* may run twice */
/* Id 0 is no plan: nothing is noted. Without memory neither. */
void ryx_plans_note(ryx_plans *p, uint32_t id, int64_t ns);
/* A plan that runs again weighs one eighth. 0: no history. */
static inline int64_t ryx_plans_mean(const ryx_plans *p, uint32_t id)
{
  return id < p->n ? p->mean_ns[id] : 0;
}

#endif
