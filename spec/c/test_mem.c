/* SPDX-License-Identifier: MIT */
/* base/mem: the count of live blocks, the hook, failure on demand. */
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

static atomic_int hook_calls;

static void *hook(void *ud, void *p, size_t size)
{
  assert_ptr_equal(ud, &hook_calls);
  hook_calls++;
  if (size > 0) return realloc(p, size);
  free(p);
  return NULL;
}

/* Runs first: a hook is taken only before any allocation. */
static void hook_sees_every_call(void **state)
{
  char *p;

  (void)state;
  assert_int_equal(ryx_mem_hook(hook, &hook_calls), 0);
  p = ryx_mem_new(64);
  for (int i = 0; i < 64; i++)
    assert_int_equal(p[i], 0);
  p = ryx_mem_grow(p, 2, 64);
  ryx_mem_free(p);
  assert_int_equal(hook_calls, 3);
  assert_int_equal(ryx_mem_hook(NULL, NULL), RYX_E_MISUSE);
}

static void live_counts_blocks(void **state)
{
  int64_t before = ryx_mem_live();
  void *a = ryx_mem_alloc(0), *b = ryx_mem_grow(NULL, 3, 8);
  char *c = ryx_mem_dup("abc", 2);

  (void)state;
  assert_non_null(a);
  assert_string_equal(c, "ab");
  assert_int_equal(ryx_mem_live(), before + 3);
  b = ryx_mem_grow(b, 0, 8);
  assert_non_null(b);
  assert_int_equal(ryx_mem_live(), before + 3);
  ryx_mem_free(a);
  ryx_mem_free(b);
  ryx_mem_free(c);
  ryx_mem_free(NULL);
  assert_int_equal(ryx_mem_live(), before);
}

static void overflow_is_refused(void **state)
{
  int64_t before = ryx_mem_live();

  (void)state;
  assert_null(ryx_mem_array(SIZE_MAX / 2, 3));
  assert_null(ryx_mem_grow(NULL, SIZE_MAX, 2));
  assert_null(ryx_mem_dup("", SIZE_MAX));
  assert_int_equal(ryx_mem_live(), before);
}

static void nth_allocation_fails(void **state)
{
  void *a, *b;

  (void)state;
  ryx_mem_fail_at(2, false);
  a = ryx_mem_alloc(1);
  assert_non_null(a);
  assert_null(ryx_mem_alloc(1));
  b = ryx_mem_new(1);
  assert_non_null(b);
  ryx_mem_fail_at(1, true);
  assert_null(ryx_mem_array(1, 1));
  assert_null(ryx_mem_grow(a, 2, 1));
  assert_null(ryx_mem_dup("x", 1));
  ryx_mem_fail_at(0, false);
  ryx_mem_free(a);
  ryx_mem_free(b);
}

static void *churn(void *arg)
{
  (void)arg;
  for (int i = 0; i < 10000; i++)
    ryx_mem_free(ryx_mem_alloc(8));
  return NULL;
}

static void count_survives_threads(void **state)
{
  int64_t before = ryx_mem_live();
  pthread_t threads[3];

  (void)state;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(pthread_create(&threads[i], NULL, churn, NULL), 0);
  }
  for (int i = 0; i < 3; i++)
    pthread_join(threads[i], NULL);
  assert_int_equal(ryx_mem_live(), before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hook_sees_every_call),
      cmocka_unit_test(live_counts_blocks),
      cmocka_unit_test(overflow_is_refused),
      cmocka_unit_test(nth_allocation_fails),
      cmocka_unit_test(count_survives_threads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
