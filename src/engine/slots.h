/* SPDX-License-Identifier: MIT */
/* Numbered slots with generations: the lowest free slot first, in constant
 * time, so that tags stay small array indices for the host. */
#ifndef RYX_ENGINE_SLOTS_H
#define RYX_ENGINE_SLOTS_H

#include "ryx_value.h"

typedef struct ryx_slot {
  void *item; /* NULL: free */
  uint64_t generation;
} ryx_slot;

enum { RYX_SLOTS_LEVELS = 3 };

typedef struct ryx_slots {
  ryx_slot *slots;
  /* Level 0 has a set bit for each free slot, level n + 1 for each word of
   * level n that is not zero. */
  uint64_t *free[RYX_SLOTS_LEVELS];
  uint32_t cap, used;
} ryx_slots;

void ryx_slots_init(ryx_slots *s);
void ryx_slots_fini(ryx_slots *s); /* may run twice; items are the caller's */

/* Puts item (not NULL) into the lowest free slot. *tag is never 0. RYX_E_NOMEM,
 * also when all 2^20 slots are taken. */
RYX_MUST int ryx_slots_add(ryx_slots *s, void *item, uint64_t *tag);
/* The item, or NULL when the tag's generation is over. */
void *ryx_slots_get(const ryx_slots *s, uint64_t tag);
void ryx_slots_remove(ryx_slots *s, uint64_t tag); /* unknown tags are fine */

#endif
