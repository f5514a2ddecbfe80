/* SPDX-License-Identifier: MIT */
/* Hash map from bytes to a pointer. Keys are copied; values are the caller's.
 */
#ifndef RYX_BASE_MAP_H
#define RYX_BASE_MAP_H

#include "ryx_value.h"

typedef struct ryx_map_slot ryx_map_slot;

typedef struct ryx_map {
  ryx_map_slot *slots;
  uint32_t n, cap;
} ryx_map;

void ryx_map_init(ryx_map *m);
void ryx_map_fini(ryx_map *m, void (*free_value)(void *)); /* fn may be NULL */
void *ryx_map_get(const ryx_map *m, const void *key, size_t n); /* or NULL */
/* Sets or replaces; *old (when not NULL) gets the replaced value or NULL.
 * value must not be NULL. 0 or RYX_E_NOMEM. */
RYX_MUST int ryx_map_set(ryx_map *m, const void *key, size_t n, void *value,
                         void **old);
void *ryx_map_remove(ryx_map *m, const void *key, size_t n); /* the value */
/* Walks in unspecified order: *it starts at 0; NULL at the end. */
void *ryx_map_next(const ryx_map *m, uint32_t *it);

uint64_t ryx_map_hash(const void *key, size_t n);

#endif
