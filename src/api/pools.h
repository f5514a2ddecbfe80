/* SPDX-License-Identifier: MIT */
/* The map from aliases to the pools of one engine: a pool is opened when its
 * alias is first used, and closed when the registry has another definition of
 * it. Belongs to the engine's thread. */
#ifndef RYX_API_POOLS_H
#define RYX_API_POOLS_H

#include "api/runtime.h"
#include "engine/engine.h"

/* The pool of one alias. */
typedef struct ryx_api_pool {
  uint32_t generation; /* of the definition it was opened for; 0: not open */
  int number;          /* in the engine */
  const ryx_driver *driver;
  const ryx_dialect *dialect; /* of the server, once that is known */
  int caps;       /* the server's that it was chosen for; -1: not known */
  int max_params; /* of a statement; 0: not known */
} ryx_api_pool;

typedef struct ryx_pools {
  ryx_runtime *rt; /* both are borrowed */
  ryx_engine *engine;
  ryx_api_pool *at; /* by alias number */
  int n;
  uint32_t seen; /* ryx_runtime_changes when they were last compared */
} ryx_pools;

/* The pool of an alias, opened when it is not. The pointer is good until the
 * next call. */
RYX_MUST int ryx_pools_get(ryx_pools *p, int alias, const ryx_api_pool **out,
                           ryx_err *e);
/* The same without opening one: NULL when it is not open. */
const ryx_api_pool *ryx_pools_peek(ryx_pools *p, int alias);
/* Closes the pools whose alias was defined anew or forgotten. */
void ryx_pools_update(ryx_pools *p);
void ryx_pools_fini(ryx_pools *p); /* after the engine is closed */

#endif
