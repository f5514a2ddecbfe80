/* SPDX-License-Identifier: MIT */
/* value/pack: rows of every shape come back as they were put. */
#include "value/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/mem.h"

/* Cell (row, col): ints in even columns, texts that grow in odd ones, and every
 * seventh cell is NULL. */
static int fill(ryx_pack *p, int n_rows, int n_cols)
{
  for (int r = 0; r < n_rows; r++) {
    ryx_val *row = ryx_pack_row(p);
    if (!row) return RYX_E_NOMEM;
    for (int c = 0; c < n_cols; c++) {
      char text[600];
      if (row[c].type != RYX_T_NULL) return RYX_E_MISUSE;
      if ((r + c) % 7 == 0) continue;
      if (c % 2 == 0) {
        row[c] = (ryx_val){.type = RYX_T_INT, .u.i = r * 1000 + c};
        continue;
      }
      memset(text, 'a' + r % 26, sizeof text);
      if (ryx_pack_bytes(p, &row[c], RYX_T_TEXT, text, (size_t)r % 600) < 0) {
        return RYX_E_NOMEM;
      }
    }
  }
  return 0;
}

static void check_cell(ryx_rows *rows, int r, int c)
{
  ryx_val v;

  ryx_rows_cell(rows, c, &v);
  if ((r + c) % 7 == 0) {
    assert_int_equal(v.type, RYX_T_NULL);
  } else if (c % 2 == 0) {
    assert_int_equal(v.type, RYX_T_INT);
    assert_int_equal(v.u.i, r * 1000 + c);
  } else {
    assert_int_equal(v.type, RYX_T_TEXT);
    assert_int_equal(v.len, r % 600);
    for (uint32_t i = 0; i < v.len; i++) {
      assert_int_equal(v.u.s[i], 'a' + r % 26);
    }
  }
}

static void round_trip(int n_rows, int n_cols)
{
  int64_t before = ryx_mem_live(), alive = ryx_rows_live();
  ryx_pack *p;
  ryx_rows *rows;

  assert_int_equal(ryx_pack_new(n_cols, &p), 0);
  for (int c = 0; c < n_cols; c++) {
    char name[16];
    snprintf(name, sizeof name, "col%d", c);
    assert_int_equal(ryx_pack_col(p, c, name, RYX_T_INT), 0);
  }
  assert_int_equal(fill(p, n_rows, n_cols), 0);
  assert_int_equal(ryx_pack_count(p), n_rows);
  rows = ryx_pack_rows(p);
  assert_int_equal(ryx_rows_live(), alive + 1);
  assert_int_equal(rows->n_rows, n_rows);
  assert_int_equal(rows->n_cols, n_cols);
  for (int r = 0; r < n_rows; r++) {
    assert_true(ryx_rows_next(rows));
    for (int c = 0; c < n_cols; c++)
      check_cell(rows, r, c);
  }
  assert_false(ryx_rows_next(rows));
  assert_false(ryx_rows_next(rows));
  if (n_cols > 11) assert_string_equal(rows->cols[11].name, "col11");
  ryx_rows_free(rows);
  assert_int_equal(ryx_rows_live(), alive);
  assert_int_equal(ryx_mem_live(), before);
}

static void every_shape(void **state)
{
  (void)state;
  round_trip(0, 0);
  round_trip(0, 6);
  round_trip(1, 1);
  round_trip(5, 0);
  round_trip(4, 6);
  round_trip(5, 6);
  round_trip(2000, 6);
  round_trip(20000, 1);
  round_trip(50, 400);
  round_trip(3, 5000);
}

static void one_row_is_one_allocation(void **state)
{
  int64_t before = ryx_mem_live();
  ryx_pack *p;

  (void)state;
  assert_int_equal(ryx_pack_new(6, &p), 0);
  for (int c = 0; c < 6; c++) {
    assert_int_equal(ryx_pack_col(p, c, "created_at", RYX_T_NULL), 0);
  }
  for (int r = 0; r < 2; r++) {
    ryx_val *row = ryx_pack_row(p);
    assert_non_null(row);
    for (int c = 0; c < 6; c++) {
      assert_int_equal(
          ryx_pack_bytes(p, &row[c], RYX_T_TEXT, "some text of a cell", 19), 0);
    }
  }
  assert_int_equal(ryx_mem_live(), before + 1);
  assert_in_range(ryx_pack_size(p), 512, 2048);
  ryx_pack_free(p);
  ryx_pack_free(NULL);
  assert_int_equal(ryx_mem_live(), before);
}

static void bytes_are_copied_whole(void **state)
{
  ryx_pack *p;
  ryx_val *row;
  char *big, *room;
  enum { BIG = 3000000 };

  (void)state;
  big = calloc(1, BIG);
  assert_non_null(big);
  big[BIG - 1] = 'z';
  assert_int_equal(ryx_pack_new(3, &p), 0);
  row = ryx_pack_row(p);
  assert_int_equal(ryx_pack_bytes(p, &row[0], RYX_T_BYTES, big, BIG), 0);
  assert_int_equal(ryx_pack_bytes(p, &row[1], RYX_T_TEXT, "a\0b", 3), 0);
  assert_int_equal(ryx_pack_bytes(p, &row[2], RYX_T_TEXT, NULL, 0), 0);
  memset(big, 'x', BIG);
  assert_int_equal(row[0].u.s[0], 0);
  assert_int_equal(row[0].u.s[BIG - 1], 'z');
  assert_memory_equal(row[1].u.s, "a\0b", 3);
  assert_non_null(row[2].u.s);
  assert_int_equal(row[2].type, RYX_T_TEXT);
  room = ryx_pack_room(p, 100);
  memset(room, 1, 100);
  assert_memory_equal(row[1].u.s, "a\0b", 3);
  assert_true(ryx_pack_size(p) > BIG);
  ryx_pack_free(p);
  free(big);
}

/* Fails each allocation in turn: the pack can be freed after any of them. */
static void out_of_memory_leaks_nothing(void **state)
{
  int64_t before = ryx_mem_live();
  int rc = RYX_E_NOMEM;

  (void)state;
  for (int at = 1; rc == RYX_E_NOMEM; at++) {
    ryx_pack *p;
    assert_true(at < 100);
    ryx_mem_fail_at(at, false);
    rc = ryx_pack_new(4, &p);
    if (rc == 0) rc = fill(p, 300, 4);
    ryx_mem_fail_at(0, false);
    ryx_pack_free(p);
    assert_int_equal(ryx_mem_live(), before);
  }
  assert_int_equal(rc, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_shape),
      cmocka_unit_test(one_row_is_one_allocation),
      cmocka_unit_test(bytes_are_copied_whole),
      cmocka_unit_test(out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
