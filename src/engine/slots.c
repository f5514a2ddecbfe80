/* SPDX-License-Identifier: MIT */
/* Slots: a three-level bit map of free numbers over an array of items. */
#include "engine/slots.h"

#include <string.h>

#include "base/mem.h"
#include "engine/engine.h"

enum { SLOTS_MIN = 64, SLOTS_MAX = 1 << RYX_TAG_SLOT_BITS };

static uint32_t words(uint32_t cap, int level)
{
  uint32_t per_word = 64u << (6 * level);
  return (cap + per_word - 1) / per_word;
}

static void mark(ryx_slots *s, uint32_t slot, bool is_free)
{
  for (int level = 0; level < RYX_SLOTS_LEVELS; level++) {
    uint64_t *word = &s->free[level][slot / 64];
    uint64_t bit = (uint64_t)1 << (slot % 64);
    uint64_t before = *word;
    *word = is_free ? before | bit : before & ~bit;
    /* The level above only tells zero from not zero. */
    if ((before == 0) == (*word == 0)) return;
    slot /= 64;
  }
}

static bool lowest(const ryx_slots *s, uint32_t *slot)
{
  uint32_t n = words(s->cap, RYX_SLOTS_LEVELS - 1), at = 0;
  while (at < n && s->free[RYX_SLOTS_LEVELS - 1][at] == 0)
    at++;
  if (at == n) return false;
  for (int level = RYX_SLOTS_LEVELS - 1; level >= 0; level--)
    at = at * 64 + (uint32_t)__builtin_ctzll(s->free[level][at]);
  *slot = at;
  return true;
}

static int grow(ryx_slots *s)
{
  uint32_t cap = s->cap ? s->cap * 2 : SLOTS_MIN;
  if (cap > SLOTS_MAX) return RYX_E_NOMEM;
  ryx_slot *slots = ryx_mem_grow(s->slots, cap, sizeof *slots);
  if (!slots) return RYX_E_NOMEM;
  s->slots = slots;
  for (int level = 0; level < RYX_SLOTS_LEVELS; level++) {
    uint32_t had = s->cap ? words(s->cap, level) : 0, n = words(cap, level);
    uint64_t *map = ryx_mem_grow(s->free[level], n, sizeof *map);
    if (!map) return RYX_E_NOMEM;
    memset(map + had, 0, (n - had) * sizeof *map);
    s->free[level] = map;
  }
  for (uint32_t i = s->cap; i < cap; i++) {
    slots[i] = (ryx_slot){.generation = 1};
    mark(s, i, true);
  }
  s->cap = cap;
  return 0;
}

void ryx_slots_init(ryx_slots *s)
{
  *s = (ryx_slots){0};
}

void ryx_slots_fini(ryx_slots *s)
{
  ryx_mem_free(s->slots);
  for (int level = 0; level < RYX_SLOTS_LEVELS; level++)
    ryx_mem_free(s->free[level]);
  ryx_slots_init(s);
}

int ryx_slots_add(ryx_slots *s, void *item, uint64_t *tag)
{
  uint32_t slot;
  if (s->used == s->cap) {
    int rc = grow(s);
    if (rc < 0) return rc;
  }
  if (!lowest(s, &slot)) return RYX_E_NOMEM;
  mark(s, slot, false);
  s->slots[slot].item = item;
  s->used++;
  *tag = s->slots[slot].generation << RYX_TAG_SLOT_BITS | slot;
  return 0;
}

void *ryx_slots_get(const ryx_slots *s, uint64_t tag)
{
  uint32_t slot = tag & (SLOTS_MAX - 1);
  if (slot >= s->cap) return NULL;
  if (s->slots[slot].generation != tag >> RYX_TAG_SLOT_BITS) return NULL;
  return s->slots[slot].item;
}

void ryx_slots_remove(ryx_slots *s, uint64_t tag)
{
  uint32_t slot = tag & (SLOTS_MAX - 1);
  if (!ryx_slots_get(s, tag)) return;
  s->slots[slot].item = NULL;
  s->slots[slot].generation++;
  s->used--;
  mark(s, slot, true);
}
