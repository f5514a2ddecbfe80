/* SPDX-License-Identifier: MIT */
/* The statement cache: order of leaving, removal, running out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above */
#include <cmocka.h>

#include "base/mem.h"
#include "driver/stmts.h"

typedef struct log {
  char names[64];
  int n;
} log;

static char handles[26][2];

static void *handle(char name)
{
  handles[name - 'a'][0] = name;
  return handles[name - 'a'];
}

static void drop(void *ctx, void *h)
{
  log *l = ctx;

  l->names[l->n++] = *(char *)h;
  l->names[l->n] = 0;
}

static void least_recently_used_goes_first(void **state)
{
  log l = {0};
  ryx_stmts s;

  (void)state;
  assert_int_equal(ryx_stmts_init(&s, 3, drop, &l), 0);
  assert_int_equal(ryx_stmts_put(&s, 1, handle('a')), 0);
  assert_int_equal(ryx_stmts_put(&s, 2, handle('b')), 0);
  assert_int_equal(ryx_stmts_put(&s, 3, handle('c')), 0);
  assert_ptr_equal(ryx_stmts_get(&s, 1), handle('a'));
  assert_int_equal(ryx_stmts_put(&s, 4, handle('d')), 0);
  assert_string_equal(l.names, "b");
  assert_null(ryx_stmts_get(&s, 2));
  assert_int_equal(ryx_stmts_put(&s, 5, handle('e')), 0);
  assert_string_equal(l.names, "bc");
  ryx_stmts_fini(&s);
  assert_string_equal(l.names, "bcade");
}

static void remove_and_clear_drop(void **state)
{
  log l = {0};
  ryx_stmts s;

  (void)state;
  assert_int_equal(ryx_stmts_init(&s, 10, drop, &l), 0);
  assert_int_equal(ryx_stmts_put(&s, 1, handle('a')), 0);
  assert_int_equal(ryx_stmts_put(&s, 17, handle('b')), 0); /* same bucket */
  assert_int_equal(ryx_stmts_put(&s, 33, handle('c')), 0);
  ryx_stmts_remove(&s, 17);
  ryx_stmts_remove(&s, 17);
  assert_string_equal(l.names, "b");
  assert_ptr_equal(ryx_stmts_get(&s, 1), handle('a'));
  assert_ptr_equal(ryx_stmts_get(&s, 33), handle('c'));
  ryx_stmts_clear(&s);
  assert_string_equal(l.names, "bac");
  assert_null(ryx_stmts_get(&s, 1));
  assert_int_equal(ryx_stmts_put(&s, 1, handle('d')), 0);
  assert_ptr_equal(ryx_stmts_get(&s, 1), handle('d'));
  ryx_stmts_fini(&s);
  ryx_stmts_fini(&s);
  assert_string_equal(l.names, "bacd");
}

static void none_are_kept_when_max_is_zero(void **state)
{
  log l = {0};
  ryx_stmts s;

  (void)state;
  assert_int_equal(ryx_stmts_init(&s, 0, drop, &l), 0);
  assert_int_equal(ryx_stmts_put(&s, 1, handle('a')), 0);
  assert_string_equal(l.names, "a");
  assert_null(ryx_stmts_get(&s, 1));
  ryx_stmts_fini(&s);
  assert_string_equal(l.names, "a");
}

static void many_ids_are_found(void **state)
{
  log l = {0};
  char marks[1000];
  ryx_stmts s;
  uint32_t i;

  (void)state;
  memset(marks, 'x', sizeof marks);
  assert_int_equal(ryx_stmts_init(&s, 1000, drop, &l), 0);
  for (i = 0; i < 1000; i++)
    assert_int_equal(ryx_stmts_put(&s, i * 977, &marks[i]), 0);
  for (i = 0; i < 1000; i++)
    assert_ptr_equal(ryx_stmts_get(&s, i * 977), &marks[i]);
  for (i = 40; i < 1000; i++) {
    l.n = 0;
    ryx_stmts_remove(&s, i * 977);
    assert_int_equal(l.n, 1);
  }
  l.n = 0;
  ryx_stmts_fini(&s);
  assert_int_equal(l.n, 40);
}

static void out_of_memory_leaves_the_handle(void **state)
{
  int64_t live = ryx_mem_live();
  log l = {0};
  ryx_stmts s;

  (void)state;
  ryx_mem_fail_at(1, false);
  assert_int_equal(ryx_stmts_init(&s, 1, drop, &l), RYX_E_NOMEM);
  ryx_stmts_fini(&s);
  assert_int_equal(ryx_stmts_init(&s, 1, drop, &l), 0);
  assert_int_equal(ryx_stmts_put(&s, 1, handle('a')), 0);
  ryx_mem_fail_at(1, false);
  assert_int_equal(ryx_stmts_put(&s, 2, handle('b')), RYX_E_NOMEM);
  assert_string_equal(l.names, "");
  assert_ptr_equal(ryx_stmts_get(&s, 1), handle('a'));
  ryx_stmts_fini(&s);
  assert_string_equal(l.names, "a");
  assert_int_equal(ryx_mem_live(), live);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(least_recently_used_goes_first),
      cmocka_unit_test(remove_and_clear_drop),
      cmocka_unit_test(none_are_kept_when_max_is_zero),
      cmocka_unit_test(many_ids_are_found),
      cmocka_unit_test(out_of_memory_leaves_the_handle),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
