/* SPDX-License-Identifier: MIT */
/* A connection's cache of prepared statements: number to the driver's handle,
 * least recently used first to go. Every driver uses it. */
#ifndef RYX_DRIVER_STMTS_H
#define RYX_DRIVER_STMTS_H

#include "base/list.h"
#include "ryx_value.h"

typedef struct ryx_stmts_slot ryx_stmts_slot;

typedef struct ryx_stmts {
  ryx_stmts_slot **table; /* by id, chained; a power of two */
  uint32_t mask, n, max;
  ryx_list lru; /* oldest first */
  void (*drop)(void *ctx, void *handle);
  void *ctx;
} ryx_stmts;

/* max entries; drop is called for each handle that leaves. max 0 keeps none:
 * put drops the handle at once, so a driver looks at s->max first. */
RYX_MUST int ryx_stmts_init(ryx_stmts *s, uint32_t max,
                            void (*drop)(void *ctx, void *handle), void *ctx);
void *ryx_stmts_get(ryx_stmts *s, uint32_t id); /* NULL; marks it as used */
/* Keeps handle under id (not yet there), dropping the oldest beyond max. On
 * RYX_E_NOMEM the handle stays the caller's. */
RYX_MUST int ryx_stmts_put(ryx_stmts *s, uint32_t id, void *handle);
void ryx_stmts_remove(ryx_stmts *s, uint32_t id); /* drops it if there */
void ryx_stmts_clear(ryx_stmts *s);               /* drops all */
void ryx_stmts_fini(ryx_stmts *s);                /* may run twice */

#endif
