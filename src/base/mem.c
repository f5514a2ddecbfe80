/* SPDX-License-Identifier: MIT */
/* The allocator: the hook, the count of live blocks, failure on demand. The
 * statics below are the only process-wide state of memory. */
#include "base/mem.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static struct {
  ryx_mem_fn fn; /* NULL: the C library */
  void *ud;
  atomic_bool used; /* an allocation was made; the hook is fixed */
  atomic_int_fast64_t live;
  atomic_int_fast64_t fail_in; /* 0 never, 1 the next allocation */
  atomic_bool fail_forever;
} mem;

static bool must_fail(void)
{
  int_fast64_t n = atomic_load_explicit(&mem.fail_in, memory_order_relaxed);

  if (n == 0) return false;
  if (n == 1 && atomic_load(&mem.fail_forever)) return true;
  return atomic_fetch_sub(&mem.fail_in, 1) == 1;
}

static void *raw(void *p, size_t size, bool zero)
{
  void *q;

  if (!atomic_load_explicit(&mem.used, memory_order_relaxed)) {
    atomic_store(&mem.used, true);
  }
  if (must_fail()) return NULL;
  if (!mem.fn) return zero ? calloc(1, size) : realloc(p, size);
  q = mem.fn(mem.ud, p, size);
  if (q && zero) memset(q, 0, size);
  return q;
}

static void *make(size_t size, bool zero)
{
  void *p = raw(NULL, size > 0 ? size : 1, zero);

  if (p) atomic_fetch_add_explicit(&mem.live, 1, memory_order_relaxed);
  return p;
}

int ryx_mem_hook(ryx_mem_fn fn, void *ud)
{
  if (atomic_load(&mem.used)) return RYX_E_MISUSE;
  mem.fn = fn;
  mem.ud = ud;
  return 0;
}

void *ryx_mem_alloc(size_t size)
{
  return make(size, false);
}

void *ryx_mem_new(size_t size)
{
  return make(size, true);
}

void *ryx_mem_array(size_t n, size_t size)
{
  size_t total;

  if (__builtin_mul_overflow(n, size, &total)) return NULL;
  return make(total, true);
}

void *ryx_mem_grow(void *p, size_t n, size_t size)
{
  size_t total;

  if (__builtin_mul_overflow(n, size, &total)) return NULL;
  if (!p) return make(total, false);
  return raw(p, total > 0 ? total : 1, false);
}

char *ryx_mem_dup(const char *s, size_t n)
{
  char *copy;

  if (n == SIZE_MAX) return NULL;
  copy = make(n + 1, false);
  if (!copy) return NULL;
  if (n > 0) memcpy(copy, s, n);
  copy[n] = '\0';
  return copy;
}

void ryx_mem_free(void *p)
{
  if (!p) return;
  atomic_fetch_sub_explicit(&mem.live, 1, memory_order_relaxed);
  if (!mem.fn) {
    free(p);
    return;
  }
  mem.fn(mem.ud, p, 0);
}

int64_t ryx_mem_live(void)
{
  return atomic_load_explicit(&mem.live, memory_order_relaxed);
}

void ryx_mem_fail_at(int64_t n, bool forever)
{
  atomic_store(&mem.fail_forever, forever);
  atomic_store(&mem.fail_in, n);
}
