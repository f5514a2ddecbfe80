/* SPDX-License-Identifier: MIT */
/* base/arena: alignment, big pieces, reset, out of memory. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void pieces_are_aligned_and_apart(void **state)
{
  ryx_arena a;
  char *pieces[400];

  (void)state;
  ryx_arena_init(&a, 64);
  for (int i = 0; i < 400; i++) {
    pieces[i] = ryx_arena_alloc(&a, (size_t)i);
    assert_non_null(pieces[i]);
    assert_int_equal((uintptr_t)pieces[i] % 8, 0);
    memset(pieces[i], i & 0x7F, (size_t)i);
  }
  for (int i = 0; i < 400; i++) {
    for (int k = 0; k < i; k++)
      assert_int_equal(pieces[i][k], i & 0x7F);
  }
  ryx_arena_fini(&a);
  ryx_arena_fini(&a);
}

static void nothing_is_allocated_before_use(void **state)
{
  int64_t before = ryx_mem_live();
  ryx_arena a;

  (void)state;
  ryx_arena_init(&a, 0);
  assert_int_equal(ryx_mem_live(), before);
  assert_string_equal(ryx_arena_dup(&a, "abc", 2), "ab");
  assert_int_equal(ryx_mem_live(), before + 1);
  ryx_arena_fini(&a);
  assert_int_equal(ryx_mem_live(), before);
}

static void big_piece_keeps_the_small_block(void **state)
{
  ryx_arena a;
  char *first, *second;

  (void)state;
  ryx_arena_init(&a, 0);
  first = ryx_arena_alloc(&a, 8);
  assert_non_null(ryx_arena_alloc(&a, 1000000));
  second = ryx_arena_alloc(&a, 8);
  assert_ptr_equal(second, first + 8);
  ryx_arena_fini(&a);
}

static void reset_keeps_one_block(void **state)
{
  int64_t before = ryx_mem_live();
  ryx_arena a;
  void *p;

  (void)state;
  ryx_arena_init(&a, 64);
  ryx_arena_reset(&a);
  for (int i = 0; i < 1000; i++)
    assert_non_null(ryx_arena_alloc(&a, 100));
  ryx_arena_reset(&a);
  assert_int_equal(ryx_mem_live(), before + 1);
  p = ryx_arena_alloc(&a, 16);
  ryx_arena_reset(&a);
  assert_ptr_equal(ryx_arena_alloc(&a, 16), p);
  ryx_arena_fini(&a);
  assert_int_equal(ryx_mem_live(), before);
}

static void out_of_memory_leaves_it_usable(void **state)
{
  ryx_arena a;

  (void)state;
  ryx_arena_init(&a, 64);
  assert_null(ryx_arena_alloc(&a, SIZE_MAX));
  assert_null(ryx_arena_alloc(&a, SIZE_MAX - 16));
  ryx_mem_fail_at(1, true);
  assert_null(ryx_arena_alloc(&a, 8));
  assert_null(ryx_arena_dup(&a, "x", 1));
  ryx_mem_fail_at(0, false);
  assert_non_null(ryx_arena_alloc(&a, 8));
  ryx_arena_fini(&a);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_aligned_and_apart),
      cmocka_unit_test(nothing_is_allocated_before_use),
      cmocka_unit_test(big_piece_keeps_the_small_block),
      cmocka_unit_test(reset_keeps_one_block),
      cmocka_unit_test(out_of_memory_leaves_it_usable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
