/* SPDX-License-Identifier: MIT */
/* value/rows: the count, and the table a driver fills. */
#include "value/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int freed;

static bool fake_next(ryx_rows *r)
{
  return r->n_rows-- > 0;
}

static void fake_cell(ryx_rows *r, int col, ryx_val *out)
{
  (void)r;
  *out = (ryx_val){.type = RYX_T_INT, .u.i = col};
}

static void fake_free(ryx_rows *r)
{
  (void)r;
  freed++;
  ryx_rows_count(-1);
}

static void calls_reach_the_driver(void **state)
{
  const ryx_rows_vt vt = {
      .next = fake_next, .cell = fake_cell, .free = fake_free};
  ryx_rows r = {.vt = &vt, .n_cols = 5, .n_rows = 1};
  int64_t before = ryx_rows_live();
  ryx_val v;

  (void)state;
  ryx_rows_count(1);
  assert_int_equal(ryx_rows_live(), before + 1);
  assert_true(ryx_rows_next(&r));
  ryx_rows_cell(&r, 4, &v);
  assert_int_equal(v.u.i, 4);
  assert_false(ryx_rows_next(&r));
  ryx_rows_free(NULL);
  assert_int_equal(freed, 0);
  ryx_rows_free(&r);
  assert_int_equal(freed, 1);
  assert_int_equal(ryx_rows_live(), before);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_reach_the_driver),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
