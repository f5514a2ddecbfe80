/* SPDX-License-Identifier: MIT */
/* Memory that lives and dies together: nothing in it is freed singly. */
#ifndef RYX_BASE_ARENA_H
#define RYX_BASE_ARENA_H

#include "ryx_value.h"

typedef struct ryx_arena_block ryx_arena_block;

typedef struct ryx_arena {
  ryx_arena_block *blocks; /* newest first */
  char *at, *end;          /* free space of the newest block */
  size_t next_size;        /* of the next block; doubles up to 64 KiB */
} ryx_arena;

/* No allocation happens before the first ryx_arena_alloc. first_size in bytes,
 * 0 for 512. */
void ryx_arena_init(ryx_arena *a, size_t first_size);

/* 8-byte aligned, not zeroed; NULL when memory is out. Valid until fini/reset.
 */
RYX_MUST void *ryx_arena_alloc(ryx_arena *a, size_t size);
RYX_MUST char *ryx_arena_dup(ryx_arena *a, const char *s, size_t n); /* + NUL */
/* Frees everything but the newest block, which is kept for reuse. */
void ryx_arena_reset(ryx_arena *a);
void ryx_arena_fini(ryx_arena *a); /* may run twice */

#endif
