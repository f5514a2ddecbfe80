/* SPDX-License-Identifier: MIT */
/* Owns the slots of the statement cache: a chained hash table by plan id, and
 * the list that says which handle was used longest ago. */
#include "driver/stmts.h"

#include "base/mem.h"

struct ryx_stmts_slot {
  ryx_list lru;
  ryx_stmts_slot *chain;
  uint32_t id;
  void *handle;
};

/* Plan ids are handed out one after the other, so their low bits spread. */
static ryx_stmts_slot **find(const ryx_stmts *s, uint32_t id)
{
  ryx_stmts_slot **at = &s->table[id & s->mask];

  while (*at && (*at)->id != id)
    at = &(*at)->chain;
  return at;
}

static void drop(ryx_stmts *s, ryx_stmts_slot **at)
{
  ryx_stmts_slot *slot = *at;

  *at = slot->chain;
  ryx_list_remove(&slot->lru);
  s->n--;
  s->drop(s->ctx, slot->handle);
  ryx_mem_free(slot);
}

static void drop_oldest(ryx_stmts *s)
{
  drop(s, find(s, RYX_OF(s->lru.next, ryx_stmts_slot, lru)->id));
}

int ryx_stmts_init(ryx_stmts *s, uint32_t max,
                   void (*drop_fn)(void *ctx, void *handle), void *ctx)
{
  uint32_t cap = 16;

  while (cap < max && cap < 1u << 16)
    cap *= 2;
  *s = (ryx_stmts){.mask = cap - 1, .max = max, .drop = drop_fn, .ctx = ctx};
  ryx_list_init(&s->lru);
  s->table = ryx_mem_array(cap, sizeof *s->table);
  return s->table ? 0 : RYX_E_NOMEM;
}

void *ryx_stmts_get(ryx_stmts *s, uint32_t id)
{
  ryx_stmts_slot *slot;

  if (!s->table) return NULL;
  slot = *find(s, id);
  if (!slot) return NULL;
  ryx_list_remove(&slot->lru);
  ryx_list_add_tail(&s->lru, &slot->lru);
  return slot->handle;
}

int ryx_stmts_put(ryx_stmts *s, uint32_t id, void *handle)
{
  ryx_stmts_slot **at, *slot;

  if (s->max == 0) {
    s->drop(s->ctx, handle);
    return 0;
  }
  slot = ryx_mem_alloc(sizeof *slot);
  if (!slot) return RYX_E_NOMEM;
  while (s->n >= s->max)
    drop_oldest(s);
  at = &s->table[id & s->mask];
  *slot = (ryx_stmts_slot){.chain = *at, .id = id, .handle = handle};
  *at = slot;
  ryx_list_add_tail(&s->lru, &slot->lru);
  s->n++;
  return 0;
}

void ryx_stmts_remove(ryx_stmts *s, uint32_t id)
{
  ryx_stmts_slot **at;

  if (!s->table) return;
  at = find(s, id);
  if (*at) drop(s, at);
}

void ryx_stmts_clear(ryx_stmts *s)
{
  while (s->n)
    drop_oldest(s);
}

void ryx_stmts_fini(ryx_stmts *s)
{
  ryx_stmts_clear(s);
  ryx_mem_free(s->table);
  s->table = NULL;
}
