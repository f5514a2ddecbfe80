/* SPDX-License-Identifier: MIT */
/* max_result_bytes on PostgreSQL: results that are whole, that arrive, and
 * parts of streams. */
#include "pg_fixture.h"

#include <malloc.h>

static void open_bounded(pg_client *k, int64_t max)
{
  pg_open(k);
  k->opts.max_result_bytes = max;
}

static void check_refused(const ryx_reply *r)
{
  assert_int_equal(r->code, RYX_E_OPERATIONAL);
  assert_non_null(strstr(r->err.message, "max_result_bytes"));
  assert_null(r->rows);
  assert_false(r->more);
}

static void whole_result_is_refused_and_the_connection_lives(void **state)
{
  ryx_stmt s = pg_stmt("SELECT repeat('x', 30000)", RYX_STMT_READ, 0);
  ryx_reply r;
  pg_client k;

  (void)state;
  open_bounded(&k, 20000);
  pg_run(&k, &s, &r);
  check_refused(&r);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void nothing_is_refused_without_a_bound(void **state)
{
  ryx_stmt s = pg_stmt("SELECT repeat('x', 3000000)", RYX_STMT_READ, 0);
  ryx_reply r;
  pg_client k;

  (void)state;
  open_bounded(&k, 0);
  assert_int_equal(pg_run(&k, &s, &r), 0);
  ryx_rows_free(r.rows);
  pg_shut(&k);
}

static int64_t heap(void)
{
  struct mallinfo2 m = mallinfo2();

  return (int64_t)(m.uordblks + m.hblkhd);
}

/* The highest that the heap came to on the way to the first reply. */
static int64_t reply_and_peak(pg_client *k, ryx_reply *out)
{
  int64_t before = heap(), peak = 0;
  ryx_io io = D->step(k->c, 0, &k->e);

  while (!D->take(k->c, out)) {
    io = pg_wait(k, io);
    if (heap() - before > peak) peak = heap() - before;
  }
  return peak;
}

/* Narrow rows take the most memory for what is sent, wide ones the least. */
static void result_that_arrives_is_cut_off(void **state)
{
  static const char *const many[] = {
      "SELECT g, g, g FROM generate_series(1, 5000000) g",
      "SELECT g, repeat('x', 3000) FROM generate_series(1, 100000) g",
      "SELECT g, repeat('x', 3000000) FROM generate_series(1, 100) g"};
  static const unsigned flags[] = {RYX_STMT_READ, RYX_STMT_RAW};

  (void)state;
  for (int i = 0; i < 6; i++) {
    ryx_stmt s[2] = {pg_stmt(many[i % 3], flags[i / 3], 0),
                     pg_stmt("SELECT 1", RYX_STMT_READ, 0)};
    ryx_reply r;
    pg_client k;
    int64_t peak;

    open_bounded(&k, 10000000);
    pg_send(&k, &s[0]);
    pg_send(&k, &s[1]);
    peak = reply_and_peak(&k, &r);
    check_refused(&r);
    assert_true(peak < 40000000);
    assert_int_equal(D->step(k.c, 0, &k.e), RYX_IO_FAIL);
    assert_true(D->take(k.c, &r));
    assert_int_equal(r.code, RYX_E_CONNECTION);
    assert_non_null(strstr(r.err.message, "max_result_bytes"));
    pg_shut(&k);
  }
}

/* Whether it happened is not known once its connection is closed. */
static void write_that_is_cut_off_is_lost(void **state)
{
  ryx_stmt s = pg_stmt(
      "INSERT INTO ryx_t_big SELECT generate_series(1, 3000000) RETURNING a", 0,
      0);
  ryx_reply r;
  pg_client k;

  (void)state;
  open_bounded(&k, 1000000);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_big (a int)");
  assert_int_equal(pg_run(&k, &s, &r), RYX_E_CONNECTION);
  assert_non_null(strstr(r.err.message, "max_result_bytes"));
  pg_shut(&k);
}

/* A part ends early; its rows and those behind it all come. */
static void parts_are_bounded_by_size(void **state)
{
  ryx_stmt s =
      pg_stmt("SELECT g, repeat('x', 10000) FROM generate_series(1, 2000) g",
              RYX_STMT_RAW | RYX_STMT_STREAM, 0);
  int64_t n = 0;
  ryx_reply r;
  pg_client k;

  (void)state;
  open_bounded(&k, 200000);
  s.chunk = 1000;
  for (pg_run(&k, &s, &r); r.more; pg_reply(&k, &r)) {
    assert_int_equal(r.code, 0);
    assert_in_range(r.rows->n_rows, 1, 25);
    n += r.rows->n_rows;
    ryx_rows_free(r.rows);
    assert_int_equal(D->more(k.c, 1000, &k.e), RYX_SENT_WENT);
  }
  assert_int_equal(r.code, 0);
  assert_int_equal(n + r.rows->n_rows, 2000);
  ryx_rows_free(r.rows);
  pg_shut(&k);
}

static void large_part_of_a_cursor_is_refused(void **state)
{
  ryx_stmt s = pg_stmt("SELECT g FROM generate_series(1, 2000) g",
                       RYX_STMT_RAW | RYX_STMT_STREAM | RYX_STMT_STREAM_TX, 0);
  ryx_reply r;
  pg_client k;

  (void)state;
  open_bounded(&k, 20000);
  s.chunk = 1000;
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  check_refused(&r);
  assert_int_equal(pg_drive(&k), RYX_IO_DONE);
  assert_int_equal(D->in_tx(k.c), RYX_TX_OPEN);
  assert_int_equal(
      pg_int(&k, "SELECT count(*) FROM pg_cursors WHERE name LIKE 'ryx%'"), 0);
  s.chunk = 100;
  pg_run(&k, &s, &r);
  assert_int_equal(r.code, 0);
  assert_true(r.more);
  ryx_rows_free(r.rows);
  pg_exec(&k, "COMMIT");
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(whole_result_is_refused_and_the_connection_lives),
      cmocka_unit_test(nothing_is_refused_without_a_bound),
      cmocka_unit_test(result_that_arrives_is_cut_off),
      cmocka_unit_test(write_that_is_cut_off_is_lost),
      cmocka_unit_test(parts_are_bounded_by_size),
      cmocka_unit_test(large_part_of_a_cursor_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
