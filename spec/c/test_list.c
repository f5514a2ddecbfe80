/* SPDX-License-Identifier: MIT */
/* base/list: order, removal, moving a whole list. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct item {
  int v;
  ryx_list node;
} item;

/* The items of l as the digits of a number. */
static int digits(ryx_list *l)
{
  int n = 0;

  for (ryx_list *at = l->next; at != l; at = at->next) {
    assert_ptr_equal(at->next->prev, at);
    n = n * 10 + RYX_OF(at, item, node)->v;
  }
  return n;
}

static void order_is_kept(void **state)
{
  item a = {.v = 1}, b = {.v = 2}, c = {.v = 3};
  ryx_list l;

  (void)state;
  ryx_list_init(&l);
  assert_true(ryx_list_empty(&l));
  assert_null(ryx_list_pop(&l));
  ryx_list_add_tail(&l, &b.node);
  ryx_list_add_tail(&l, &c.node);
  ryx_list_add_head(&l, &a.node);
  assert_int_equal(digits(&l), 123);
  ryx_list_remove(&b.node);
  assert_int_equal(digits(&l), 13);
  ryx_list_remove(&b.node);
  assert_true(ryx_list_empty(&b.node));
  assert_ptr_equal(ryx_list_pop(&l), &a.node);
  assert_int_equal(digits(&l), 3);
}

static void move_joins_lists(void **state)
{
  item a = {.v = 1}, b = {.v = 2}, c = {.v = 3};
  ryx_list l, m;

  (void)state;
  ryx_list_init(&l);
  ryx_list_init(&m);
  ryx_list_move(&l, &m);
  assert_true(ryx_list_empty(&l));
  ryx_list_add_tail(&l, &a.node);
  ryx_list_add_tail(&m, &b.node);
  ryx_list_add_tail(&m, &c.node);
  ryx_list_move(&l, &m);
  assert_int_equal(digits(&l), 123);
  assert_true(ryx_list_empty(&m));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(order_is_kept),
      cmocka_unit_test(move_joins_lists),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
