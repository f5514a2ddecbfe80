/* SPDX-License-Identifier: MIT */
/* Every allocation of the core goes through here: one hook for the process,
 * a count of live blocks, and a mode that fails the n-th allocation. */
#ifndef RYX_BASE_MEM_H
#define RYX_BASE_MEM_H

#include "ryx_value.h"

/* realloc-shaped hook: size 0 frees and returns NULL; NULL p allocates. */
typedef void *(*ryx_mem_fn)(void *ud, void *p, size_t size);

/* Sets the allocator (NULL: the C library's). Only before the first
 * allocation: RYX_E_MISUSE afterwards. Not thread-safe. */
RYX_MUST int ryx_mem_hook(ryx_mem_fn fn, void *ud);

/* All return NULL when memory is out or n * size overflows. Thread-safe as far
 * as the hook is. ryx_mem_new is zeroed. The caller frees with ryx_mem_free. */
RYX_MUST void *ryx_mem_alloc(size_t size);
RYX_MUST void *ryx_mem_new(size_t size);
RYX_MUST void *ryx_mem_array(size_t n, size_t size); /* zeroed */
RYX_MUST void *ryx_mem_grow(void *p, size_t n, size_t size);
RYX_MUST char *ryx_mem_dup(const char *s, size_t n); /* adds a NUL */
void ryx_mem_free(void *p);                          /* NULL is fine */

/* Tests: blocks alive now; make allocation number n from now fail once
 * (0: never), and all after it when `forever`. */
int64_t ryx_mem_live(void);
void ryx_mem_fail_at(int64_t n, bool forever);

#endif
