/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server: large results and parameters, left
 * half-way, read in shares, refused. */
#include <malloc.h>
#include <time.h>

#include "my_fixture.h"

#include "driver/my_conn.h"

static const char million[] =
    "SELECT seq, REPEAT('x', 50) FROM seq_1_to_1000000";

/* What the library itself holds is not in the count of our blocks. */
static void test_closed_half_way(void **state)
{
  size_t before = 0;

  (void)state;
  for (int i = 0; i < 8; i++) {
    conn k;
    ryx_stmt s = either_way(million, i % 2);
    ryx_io io;
    open_conn(&k, "");
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_WENT);
    io = my->step(k.c, 0, &k.err);
    for (int n = 0; n < 20; n++)
      io = wait_for(&k, io);
    hang_up(&k);
    if (i == 1) before = mallinfo2().uordblks;
  }
  assert_true(mallinfo2().uordblks < before + 1024 * 1024);
}

/* Closed while it waits in each call that a statement makes. */
static void test_closed_in_any_call(void **state)
{
  (void)state;
  for (int by = 0; by < 2; by++) {
    for (int waits = 0; waits < 4; waits++) {
      conn k;
      ryx_stmt s = either_way("SELECT seq, SLEEP(0.01) FROM seq_1_to_9", by);
      ryx_io io;
      open_conn(&k, "");
      assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_WENT);
      io = my->step(k.c, 0, &k.err);
      for (int i = 0; i < waits && io != RYX_IO_DONE; i++)
        io = wait_for(&k, io);
      hang_up(&k);
    }
  }
}

/* Closed while the server is slower than what is being sent (it is, but for
 * tools that slow us down). */
static void test_closed_while_sending(void **state)
{
  static char blob[40 * 1024 * 1024];
  size_t before = 0;

  (void)state;
  for (int i = 0; i < 4; i++) {
    conn k;
    ryx_val v = val_s(RYX_T_BYTES, blob, sizeof blob);
    ryx_stmt s = either_way("SELECT LENGTH(?)", 1);
    ryx_io io;
    open_conn(&k, "");
    s.params = &v;
    s.n_params = 1;
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_WENT);
    io = my->step(k.c, 0, &k.err);
    while (io == RYX_IO_READ) /* until it is prepared */
      io = wait_for(&k, io);
    assert_int_not_equal(io, RYX_IO_FAIL);
    hang_up(&k);
    if (i == 0) before = mallinfo2().uordblks + mallinfo2().hblkhd;
  }
  assert_true(mallinfo2().uordblks + mallinfo2().hblkhd < before + 1024 * 1024);
}

static int64_t cpu_ms(void)
{
  struct timespec t;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* To the end; no step takes more of the processor than a share. */
static void finish_in_steps(conn *k)
{
  ryx_io io = RYX_IO_YIELD;

  while (io != RYX_IO_DONE) {
    int64_t start = cpu_ms();
    io = io == RYX_IO_YIELD ? my->step(k->c, 0, &k->err)
                            : my->step(k->c, RYX_READY_READ, &k->err);
    assert_true(cpu_ms() - start < 100);
    assert_int_not_equal(io, RYX_IO_FAIL);
    if (io == RYX_IO_READ) {
      struct pollfd p = {.fd = my->fd(k->c), .events = POLLIN};
      assert_int_equal(poll(&p, 1, 60000), 1);
    }
  }
}

static void test_a_step_has_its_share(void **state)
{
  conn k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  for (int by = 0; by < 2; by++) {
    s = either_way("SELECT seq, seq, seq, seq FROM seq_1_to_2000000", by);
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_WENT);
    finish_in_steps(&k);
    assert_true(my->take(k.c, &r));
    assert_int_equal(r.code, 0);
    assert_int_equal(r.rows->n_rows, 2000000);
    ryx_rows_free(r.rows);
  }
  s.flags = RYX_STMT_STREAM; /* the rest of it is thrown away */
  s.chunk = 10;
  r = run(&k, &s);
  ryx_rows_free(r.rows);
  assert_int_equal(my->more(k.c, 0, &k.err), RYX_SENT_WENT);
  finish_in_steps(&k);
  assert_true(my->take(k.c, &r));
  assert_int_equal(r.code, 0);
  assert_false(r.more);
  assert_int_equal(number(&k, "SELECT 7"), 7);
  hang_up(&k);
}

static void expect_too_large(conn *k, const ryx_stmt *s)
{
  my_conn *c = k->c;
  ryx_reply r;
  ryx_io io;

  assert_int_equal(my->send(k->c, s, &k->err), RYX_SENT_WENT);
  io = my->step(k->c, 0, &k->err);
  while (io != RYX_IO_DONE) {
    if (c->run.pack) assert_true(ryx_pack_size(c->run.pack) < 1200000);
    io = wait_for(k, io);
  }
  assert_true(my->take(k->c, &r));
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  assert_non_null(strstr(r.err.message, "max_result_bytes"));
  assert_int_equal(number(k, "SELECT 7"), 7);
}

static void test_result_too_large(void **state)
{
  conn k;
  ryx_stmt s;
  ryx_reply r;
  int64_t n = 0;

  (void)state;
  open_conn(&k, "");
  k.opts.max_result_bytes = 1000000;
  for (int by = 0; by < 2; by++) {
    s = either_way(million, by);
    expect_too_large(&k, &s);
  }
  s.flags = RYX_STMT_STREAM;
  s.chunk = 100000; /* one part is too much */
  expect_too_large(&k, &s);
  ok(&k, "START TRANSACTION");
  s.flags = RYX_STMT_STREAM | RYX_STMT_STREAM_TX;
  expect_too_large(&k, &s);
  assert_int_equal(my->in_tx(k.c), RYX_TX_OPEN);
  ok(&k, "ROLLBACK");
  s.flags = RYX_STMT_STREAM;
  s.chunk = 1000; /* all of it is, but no part */
  r = run(&k, &s);
  while (r.more) {
    n += r.rows->n_rows;
    ryx_rows_free(r.rows);
    assert_int_equal(my->more(k.c, 1000, &k.err), RYX_SENT_WENT);
    finish(&k, my->step(k.c, 0, &k.err));
    assert_true(my->take(k.c, &r));
  }
  assert_int_equal(n + (r.rows ? r.rows->n_rows : 0), 1000000);
  ryx_rows_free(r.rows);
  hang_up(&k);
}

/* What a batch had done before its rows became too many is undone. */
static void test_batch_too_large(void **state)
{
  enum { ROWS = 40 };
  static char blob[100 * 1024];
  ryx_stmt s = stmt_of("INSERT INTO big (a, b) VALUES (?, ?) RETURNING b");
  ryx_val v[ROWS][2];
  conn k;

  (void)state;
  memset(blob, 'b', sizeof blob);
  open_conn(&k, "");
  k.opts.max_result_bytes = 1000000;
  ok(&k, "CREATE OR REPLACE TABLE big (a TEXT, b LONGBLOB)");
  for (int i = 0; i < ROWS; i++) { /* of two types, so row by row */
    v[i][0] = i % 2 ? val_int(i) : val_text("a");
    v[i][1] = val_s(RYX_T_BYTES, blob, sizeof blob);
  }
  s.params = v[0];
  s.n_params = 2;
  s.n_batch = ROWS;
  expect_too_large(&k, &s);
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM big"), 0);
  ok(&k, "DROP TABLE big");
  hang_up(&k);
}

/* A write that stands is not called an error for the rows it answers with; in a
 * transaction it is one. */
static void test_write_with_large_answer(void **state)
{
  ryx_stmt s = stmt_of(
      "INSERT INTO big SELECT seq, REPEAT('b', 1000) FROM seq_1_to_2000 "
      "RETURNING b");
  conn k;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  k.opts.max_result_bytes = 1000000;
  ok(&k, "CREATE OR REPLACE TABLE big (a TEXT, b LONGBLOB)");
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, 2000);
  assert_int_equal(r.rows->n_rows, 2000);
  ryx_rows_free(r.rows);
  ok(&k, "START TRANSACTION");
  expect_too_large(&k, &s);
  ok(&k, "ROLLBACK");
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM big"), 2000);
  ok(&k, "DROP TABLE big");
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_closed_half_way),
      cmocka_unit_test(test_closed_in_any_call),
      cmocka_unit_test(test_closed_while_sending),
      cmocka_unit_test(test_a_step_has_its_share),
      cmocka_unit_test(test_result_too_large),
      cmocka_unit_test(test_batch_too_large),
      cmocka_unit_test(test_write_with_large_answer),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
