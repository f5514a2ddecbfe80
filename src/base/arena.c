/* SPDX-License-Identifier: MIT */
/* Bump allocation in a chain of blocks. */
#include "base/arena.h"

#include <string.h>

#include "base/mem.h"

enum { ALIGN = 8, FIRST_SIZE = 512, MAX_SIZE = 64 * 1024 };

struct ryx_arena_block {
  ryx_arena_block *next; /* older */
  size_t size;           /* of data */
  _Alignas(ALIGN) char data[];
};

static ryx_arena_block *new_block(size_t size)
{
  ryx_arena_block *b;

  if (size > SIZE_MAX - sizeof *b) return NULL;
  b = ryx_mem_alloc(sizeof *b + size);
  if (b) b->size = size;
  return b;
}

/* A big piece gets a block of its own behind the newest one, so that the free
 * space of the newest one stays in use. */
static void *alloc_big(ryx_arena *a, size_t size)
{
  ryx_arena_block *b = new_block(size);

  if (!b) return NULL;
  b->next = a->blocks->next;
  a->blocks->next = b;
  return b->data;
}

static void *alloc_slow(ryx_arena *a, size_t size)
{
  ryx_arena_block *b;

  if (a->blocks && size > a->next_size / 4) return alloc_big(a, size);
  b = new_block(size > a->next_size ? size : a->next_size);
  if (!b) return NULL;
  b->next = a->blocks;
  a->blocks = b;
  a->at = b->data + size;
  a->end = b->data + b->size;
  if (a->next_size < MAX_SIZE) a->next_size *= 2;
  return b->data;
}

static void free_blocks(ryx_arena_block *b)
{
  while (b) {
    ryx_arena_block *next = b->next;
    ryx_mem_free(b);
    b = next;
  }
}

void ryx_arena_init(ryx_arena *a, size_t first_size)
{
  a->blocks = NULL;
  a->at = a->end = NULL;
  a->next_size = first_size > 0 ? first_size : FIRST_SIZE;
}

void *ryx_arena_alloc(ryx_arena *a, size_t size)
{
  void *p = a->at;

  if (size > SIZE_MAX - ALIGN) return NULL;
  size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
  if (size == 0) size = ALIGN;
  if ((size_t)(a->end - a->at) < size) return alloc_slow(a, size);
  a->at += size;
  return p;
}

char *ryx_arena_dup(ryx_arena *a, const char *s, size_t n)
{
  char *copy;

  if (n == SIZE_MAX) return NULL;
  copy = ryx_arena_alloc(a, n + 1);
  if (!copy) return NULL;
  if (n > 0) memcpy(copy, s, n);
  copy[n] = '\0';
  return copy;
}

void ryx_arena_reset(ryx_arena *a)
{
  if (!a->blocks) return;
  free_blocks(a->blocks->next);
  a->blocks->next = NULL;
  a->at = a->blocks->data;
}

void ryx_arena_fini(ryx_arena *a)
{
  free_blocks(a->blocks);
  a->blocks = NULL;
  a->at = a->end = NULL;
}
