/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing; a removal moves the followers back, so
 * there are no tombstones. cap is 0 or a power of two. */
#include "base/map.h"

#include <string.h>

#include "base/mem.h"

enum { FIRST_CAP = 16 };

struct ryx_map_slot {
  void *value; /* NULL: the slot is empty */
  char *key;
  size_t n;
  uint64_t hash;
};

/* The slot that holds the key, or the empty one where it belongs. */
static uint32_t find(const ryx_map *m, const void *key, size_t n, uint64_t hash)
{
  uint32_t i = (uint32_t)hash & (m->cap - 1);

  for (; m->slots[i].value; i = (i + 1) & (m->cap - 1)) {
    const ryx_map_slot *s = &m->slots[i];
    if (s->hash != hash || s->n != n) continue;
    if (n == 0 || memcmp(s->key, key, n) == 0) break;
  }
  return i;
}

static int grow(ryx_map *m)
{
  ryx_map bigger = {.n = m->n, .cap = m->cap > 0 ? m->cap * 2 : FIRST_CAP};

  if (bigger.cap == 0) return RYX_E_NOMEM; /* 2^32 slots */
  bigger.slots = ryx_mem_array(bigger.cap, sizeof *bigger.slots);
  if (!bigger.slots) return RYX_E_NOMEM;
  for (uint32_t i = 0; i < m->cap; i++) {
    const ryx_map_slot *s = &m->slots[i];
    if (s->value) bigger.slots[find(&bigger, s->key, s->n, s->hash)] = *s;
  }
  ryx_mem_free(m->slots);
  *m = bigger;
  return 0;
}

/* Closes the gap at i: moves back each follower whose home is not between. */
static void close_gap(ryx_map *m, uint32_t i)
{
  uint32_t mask = m->cap - 1;

  for (uint32_t j = (i + 1) & mask; m->slots[j].value; j = (j + 1) & mask) {
    uint32_t home = (uint32_t)m->slots[j].hash & mask;
    if (((j - home) & mask) < ((j - i) & mask)) continue;
    m->slots[i] = m->slots[j];
    i = j;
  }
  m->slots[i].value = NULL;
}

void ryx_map_init(ryx_map *m)
{
  m->slots = NULL;
  m->n = m->cap = 0;
}

void ryx_map_fini(ryx_map *m, void (*free_value)(void *))
{
  for (uint32_t i = 0; i < m->cap; i++) {
    ryx_map_slot *s = &m->slots[i];
    if (!s->value) continue;
    ryx_mem_free(s->key);
    if (free_value) free_value(s->value);
  }
  ryx_mem_free(m->slots);
  ryx_map_init(m);
}

void *ryx_map_get(const ryx_map *m, const void *key, size_t n)
{
  if (m->n == 0) return NULL;
  return m->slots[find(m, key, n, ryx_map_hash(key, n))].value;
}

int ryx_map_set(ryx_map *m, const void *key, size_t n, void *value, void **old)
{
  uint64_t hash = ryx_map_hash(key, n);
  ryx_map_slot *s;
  char *copy;

  if (old) *old = NULL;
  if (m->n >= m->cap / 4 * 3 && grow(m) < 0) return RYX_E_NOMEM;
  s = &m->slots[find(m, key, n, hash)];
  if (s->value) {
    if (old) *old = s->value;
    s->value = value;
    return 0;
  }
  copy = ryx_mem_dup(key, n);
  if (!copy) return RYX_E_NOMEM;
  *s = (ryx_map_slot){.value = value, .key = copy, .n = n, .hash = hash};
  m->n++;
  return 0;
}

void *ryx_map_remove(ryx_map *m, const void *key, size_t n)
{
  uint32_t i;
  void *value;

  if (m->n == 0) return NULL;
  i = find(m, key, n, ryx_map_hash(key, n));
  value = m->slots[i].value;
  if (!value) return NULL;
  ryx_mem_free(m->slots[i].key);
  close_gap(m, i);
  m->n--;
  return value;
}

void *ryx_map_next(const ryx_map *m, uint32_t *it)
{
  while (*it < m->cap) {
    void *value = m->slots[(*it)++].value;
    if (value) return value;
  }
  return NULL;
}

static uint64_t mix(uint64_t h, uint64_t word)
{
  h = (h ^ word) * UINT64_C(0x9FB21C651E98DF25);
  return h ^ h >> 32;
}

uint64_t ryx_map_hash(const void *key, size_t n)
{
  const char *s = key;
  uint64_t word, h = UINT64_C(0x9E3779B97F4A7C15) ^ n;

  for (; n >= sizeof word; n -= sizeof word, s += sizeof word) {
    memcpy(&word, s, sizeof word);
    h = mix(h, word);
  }
  word = 0;
  if (n > 0) memcpy(&word, s, n);
  return mix(mix(h, word), 0);
}
