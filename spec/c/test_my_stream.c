/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server: streams, cancel, lost
 * connections. */
#include <pthread.h>

#include "my_fixture.h"

static const char million[] =
    "SELECT seq, REPEAT('x', 50) FROM seq_1_to_1000000";

static ryx_reply next_part(conn *k, int32_t n)
{
  ryx_reply r;

  assert_int_equal(my->more(k->c, n, &k->err), 0);
  assert_int_equal(finish(k, my->step(k->c, 0, &k->err)), RYX_IO_DONE);
  assert_true(my->take(k->c, &r));
  return r;
}

static int64_t drain_rows(ryx_reply *r)
{
  int64_t n = 0;

  assert_int_equal(r->code, 0);
  assert_non_null(r->rows);
  while (ryx_rows_next(r->rows))
    n++;
  ryx_rows_free(r->rows);
  return n;
}

static void test_stream(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT seq FROM seq_1_to_2500 WHERE seq > ?");
  ryx_val v = val_int(0), cell;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  s.flags = RYX_STMT_STREAM | RYX_STMT_READ;
  s.chunk = 1000;
  s.params = &v;
  s.n_params = 1;
  s.id = 12;
  r = run(&k, &s);
  assert_true(r.more);
  assert_int_equal(drain_rows(&r), 1000);
  r = next_part(&k, 1000);
  assert_true(r.more);
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 0, &cell);
  assert_int_equal(cell.u.i, 1001);
  ryx_rows_free(r.rows);
  r = next_part(&k, 1000);
  assert_false(r.more);
  assert_int_equal(drain_rows(&r), 500);
  assert_int_equal(my->more(k.c, 1, &k.err), RYX_SENT_REFUSED);
  assert_int_equal(k.err.code, RYX_E_MISUSE);
  assert_int_equal(number(&k, "SELECT 1"), 1);
  hang_up(&k);
}

static void test_stream_left_early(void **state)
{
  conn k;
  ryx_stmt s = stmt_of(million);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  s.flags = RYX_STMT_STREAM;
  s.chunk = 10;
  for (int cancels = 0; cancels < 2; cancels++) {
    r = run(&k, &s);
    assert_true(r.more);
    assert_int_equal(drain_rows(&r), 10);
    if (cancels) assert_int_equal(ask_cancel(&k, &k.err), 0);
    r = next_part(&k, 0);
    assert_int_equal(r.code, 0);
    assert_false(r.more);
    assert_null(r.rows);
    assert_int_equal(number(&k, "SELECT 1"), 1);
  }
  r = run(&k, &s);
  ryx_rows_free(r.rows);
  hang_up(&k); /* in the middle */
}

static void test_stream_in_transaction(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT id FROM st WHERE id > ? ORDER BY id");
  ryx_stmt w = stmt_of("INSERT INTO st VALUES (?)");
  ryx_val v = val_int(0), id = val_int(1000);
  ryx_reply r;
  int64_t n = 0;

  (void)state;
  open_conn(&k, "");
  ok(&k, "CREATE OR REPLACE TABLE st (id INT PRIMARY KEY)");
  ok(&k, "INSERT INTO st SELECT seq FROM seq_1_to_95");
  ok(&k, "START TRANSACTION");
  s.flags = RYX_STMT_STREAM | RYX_STMT_STREAM_TX;
  s.chunk = 10;
  s.params = &v;
  s.n_params = 1;
  s.tag = &s;
  w.params = &id;
  w.n_params = 1;
  w.id = 2;
  r = run(&k, &s);
  while (r.more) {
    assert_ptr_equal(r.tag, &s);
    n += drain_rows(&r);
    id.u.i++;
    r = run(&k, &w);
    assert_int_equal(r.code, 0);
    assert_int_equal(number(&k, "SELECT 1"), 1);
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_REFUSED);
    assert_int_equal(k.err.code, RYX_E_UNSUPPORTED);
    r = next_part(&k, 10);
  }
  n += drain_rows(&r);
  assert_int_equal(n, 95); /* not the rows written meanwhile */
  r = run(&k, &s);
  assert_true(r.more);
  ryx_rows_free(r.rows);
  r = next_part(&k, 0);
  assert_int_equal(r.code, 0);
  assert_false(r.more);
  v.u.i = 5000; /* no row at all */
  r = run(&k, &s);
  assert_false(r.more);
  assert_int_equal(drain_rows(&r), 0);
  s.sql = "EXPLAIN SELECT ? + 1"; /* for which there is no cursor */
  s.sql_len = strlen(s.sql);
  r = run(&k, &s);
  assert_false(r.more);
  assert_true(drain_rows(&r) > 0);
  ok(&k, "COMMIT");
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM st"), 95 + 9);
  hang_up(&k);
}

/* A connection that dies between two parts fails the stream and the statement
 * in flight alike. */
static void test_death_with_held_stream(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT seq FROM seq_1_to_100"), die = stmt_of("KILL ?");
  ryx_val id;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  id = val_int(number(&k, "SELECT CONNECTION_ID()"));
  s.flags = RYX_STMT_STREAM | RYX_STMT_STREAM_TX;
  s.chunk = 10;
  s.tag = &s;
  die.params = &id;
  die.n_params = 1;
  die.tag = &die;
  r = run(&k, &s);
  ryx_rows_free(r.rows);
  assert_int_equal(my->send(k.c, &die, &k.err), 0);
  assert_int_equal(finish(&k, my->step(k.c, 0, &k.err)), RYX_IO_FAIL);
  assert_true(my->take(k.c, &r));
  assert_ptr_equal(r.tag, &die);
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_false(r.not_started);
  assert_true(my->take(k.c, &r));
  assert_ptr_equal(r.tag, &s);
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_false(my->take(k.c, &r));
  hang_up(&k);
}

static void test_killed(void **state)
{
  conn k, other;
  ryx_stmt s = stmt_of("SELECT SLEEP(20)");
  ryx_reply r;
  ryx_io io;
  int64_t id;
  struct pollfd p;

  (void)state;
  assert_int_equal(open_conn(&other, ""), 0);
  assert_int_equal(dial(&k, ""), RYX_IO_DONE); /* killed while idle */
  id = number(&k, "SELECT CONNECTION_ID()");
  kill_conn(&other, id);
  p = (struct pollfd){.fd = my->fd(k.c), .events = POLLIN};
  assert_int_equal(poll(&p, 1, 10000), 1);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_OVER);
    assert_int_equal(k.err.code, RYX_E_CONNECTION);
    assert_false(my->take(k.c, &r));
  }
  my->close(k.c);
  ryx_mem_free(k.c);
  ryx_opts_fini(&k.opts);

  assert_int_equal(dial(&k, ""), RYX_IO_DONE); /* killed at work */
  id = number(&k, "SELECT CONNECTION_ID()");
  assert_int_equal(my->send(k.c, &s, &k.err), 0);
  io = my->step(k.c, 0, &k.err);
  assert_int_equal(io, RYX_IO_READ);
  kill_conn(&other, id);
  assert_int_equal(finish(&k, io), RYX_IO_FAIL);
  assert_true(my->take(k.c, &r));
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_false(r.not_started);
  my->close(k.c);
  ryx_mem_free(k.c);
  ryx_opts_fini(&k.opts);
  hang_up(&other);
}

static void *cancel_in_thread(void *ud)
{
  conn *k = ud;
  static ryx_err err;

  return ask_cancel(k, &err) ? &err : NULL;
}

static void test_cancel(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT SLEEP(5) + ?");
  ryx_val v = val_int(1);
  pthread_t t;
  ryx_reply r;
  ryx_io io;
  void *failed;

  (void)state;
  open_conn(&k, "");
  s.params = &v;
  s.n_params = 1;
  s.id = 1;
  for (int i = 0; i < 3; i++) {
    assert_int_equal(my->send(k.c, &s, &k.err), 0);
    io = my->step(k.c, 0, &k.err);
    if (i) /* prepared already: surely at work */
      assert_int_equal(io, RYX_IO_READ);
    while (!i && io == RYX_IO_READ) { /* through the prepare */
      struct pollfd p = {.fd = my->fd(k.c), .events = POLLIN};
      if (poll(&p, 1, 300) == 0) break;
      io = my->step(k.c, RYX_READY_READ, &k.err);
    }
    assert_int_equal(pthread_create(&t, NULL, cancel_in_thread, &k), 0);
    assert_int_equal(finish(&k, io), RYX_IO_DONE);
    assert_true(my->take(k.c, &r));
    assert_int_equal(pthread_join(t, &failed), 0);
    assert_null(failed);
    if (r.code) assert_int_equal(r.code, RYX_E_CANCELLED);
    ryx_rows_free(r.code ? NULL : r.rows);
    assert_int_equal(number(&k, "SELECT 3"), 3);
  }
  assert_int_equal(ask_cancel(&k, &k.err), 0); /* nothing to cancel */
  assert_int_equal(number(&k, "SELECT 4"), 4);
  hang_up(&k);
}

/* Results behind the first are read over, be they large; OUT parameters come as
 * a result of their own. */
static void test_procedures_of_many_results(void **state)
{
  conn k;
  ryx_val v = val_int(3);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k,
     "CREATE OR REPLACE PROCEDURE pm(x INT) BEGIN SELECT x; SELECT seq, 1, "
     "'abc', NOW(6), 1.5, 2e0 FROM seq_1_to_100000; DO 1; SELECT 'z'; END");
  ok(&k,
     "CREATE OR REPLACE PROCEDURE po(INOUT x INT) BEGIN SET x = x + 1; SELECT "
     "x; END");
  for (int i = 0; i < 2; i++) {
    r = with(&k, "CALL pm(?)", &v, 1);
    expect_cell(&r, &v);
    r = text(&k, "CALL pm(3)");
    expect_cell(&r, &v);
    ok(&k, "SET @x = 2");
    r = text(&k, "CALL po(@x)");
    expect_cell(&r, &v);
    v.u.i = 2;
    r = with(&k, "CALL po(?)", &v, 1);
    v.u.i = 3;
    expect_cell(&r, &v);
    assert_int_equal(number(&k, "SELECT 7"), 7);
  }
  hang_up(&k);
}

static void test_closed_at_work(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT SLEEP(2), ?");
  ryx_val v = val_int(1);

  (void)state;
  open_conn(&k, "");
  s.params = &v;
  s.n_params = 1;
  assert_int_equal(my->send(k.c, &s, &k.err), 0);
  assert_int_equal(my->step(k.c, 0, &k.err), RYX_IO_READ);
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stream),
      cmocka_unit_test(test_stream_left_early),
      cmocka_unit_test(test_stream_in_transaction),
      cmocka_unit_test(test_death_with_held_stream),
      cmocka_unit_test(test_killed),
      cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_procedures_of_many_results),
      cmocka_unit_test(test_closed_at_work),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
