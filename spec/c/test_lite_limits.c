/* SPDX-License-Identifier: MIT */
/* What the SQLite driver refuses: results that are larger than wanted, too many
 * parameters; and what a statement that nobody wants any more leaves. */
#include "lite_fixture.h"

static const char large[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
    "100000) SELECT i, 'some text' FROM n";

static void says_iter(const ryx_reply *r)
{
  assert_int_equal(r->code, RYX_E_OPERATIONAL);
  assert_null(r->rows);
  assert_false(r->more);
  if (!strstr(r->err.message, "max_result_bytes (200000)") ||
      !strstr(r->err.message, "iter"))
    fail_msg("%s", r->err.message);
}

static void large_results_are_refused(void **state)
{
  ryx_stmt s = text_stmt(large);
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "large.db");
  l.opts.max_result_bytes = 200000;
  s.id = 1;
  for (int i = 0; i < 3; i++) {
    run(&l, &s, &r);
    says_iter(&r);
    assert_string_equal(query(&l, "SELECT 1"), "1");
  }
  query(&l, "BEGIN");
  run(&l, &s, &r);
  says_iter(&r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "COMMIT");
  l.opts.max_result_bytes = 0;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_int_equal(r.rows->n_rows, 100000);
  ryx_rows_free(r.rows);
  shut(&l);
}

/* The first part fits, the second does not. */
static void large_parts_are_refused(void **state)
{
  static const unsigned flags[] = {0, RYX_STMT_STREAM_TX};
  ryx_stmt s = text_stmt(large);
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  open_lite(&l, "parts.db");
  l.opts.max_result_bytes = 200000;
  for (int i = 0; i < 2; i++) {
    s.flags = RYX_STMT_STREAM | flags[i];
    s.chunk = 100;
    assert_int_equal(run(&l, &s, &r), 0);
    assert_int_equal(r.rows->n_rows, 100);
    ryx_rows_free(r.rows);
    assert_int_equal(D.more(l.c, 50000, &e), RYX_SENT_WENT);
    assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
    assert_true(D.take(l.c, &r));
    says_iter(&r);
    assert_string_equal(query(&l, "SELECT 1"), "1");
  }
  shut(&l);
}

static void refused_writes_leave_nothing(void **state)
{
  char sql[300];
  ryx_stmt s;
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "writes.db");
  query(&l, "CREATE TABLE t (i, v)");
  l.opts.max_result_bytes = 200000;
  snprintf(sql, sizeof sql, "INSERT INTO t %s RETURNING i, v", large);
  s = text_stmt(sql);
  run(&l, &s, &r);
  says_iter(&r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  /* In a transaction, whose rollback sees to it. */
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "INSERT INTO t VALUES (1, 1)");
  query(&l, "SAVEPOINT a");
  run(&l, &s, &r);
  says_iter(&r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "ROLLBACK TO a");
  query(&l, "COMMIT");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  shut(&l);
}

static void refused_batches_leave_nothing(void **state)
{
  enum { N = 20000 };
  ryx_val *v = calloc(N, sizeof *v);
  ryx_stmt s = text_stmt("INSERT INTO t VALUES (?) RETURNING v");
  ryx_reply r;
  lite l;

  (void)state;
  for (int i = 0; i < N; i++)
    v[i] = int_val(i);
  open_lite(&l, "batches.db");
  query(&l, "CREATE TABLE t (v)");
  l.opts.max_result_bytes = 200000;
  s.params = v;
  s.n_params = 1;
  s.n_batch = N;
  run(&l, &s, &r);
  says_iter(&r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  shut(&l);
  free(v);
}

/* A failure of ours in the middle of an autocommitted write's rows. */
static void writes_that_run_out_of_memory_leave_nothing(void **state)
{
  ryx_stmt s = text_stmt(
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 "
      "FROM n WHERE i < 300) SELECT i, 'text' FROM n RETURNING i, v");
  ryx_reply r;
  lite l;
  int n = 0, rc;

  (void)state;
  open_lite(&l, "nomem.db");
  query(&l, "CREATE TABLE t (i, v)");
  do {
    ryx_mem_fail_at(++n, false);
    rc = run(&l, &s, &r);
    ryx_mem_fail_at(0, false);
    if (rc == 0) break;
    assert_int_equal(rc, RYX_E_NOMEM);
    assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  } while (n < 50);
  assert_true(n > 3 && n < 50);
  assert_int_equal(r.rows->n_rows, 300);
  ryx_rows_free(r.rows);
  shut(&l);
}

static void too_many_parameters_are_refused(void **state)
{
  ryx_stmt s = text_stmt("SELECT 1");
  ryx_val *v;
  ryx_err e;
  lite l;
  char want[64];

  (void)state;
  open_lite(&l, ":memory:");
  s.n_params = 1 << 20;
  s.params = v = calloc((size_t)s.n_params, sizeof *v);
  assert_int_equal(D.send(l.c, &s, &e), RYX_SENT_REFUSED);
  assert_int_equal(e.code, RYX_E_MISUSE);
  snprintf(want, sizeof want, "has %d parameters", s.n_params);
  assert_non_null(strstr(e.message, want));
  assert_non_null(strstr(e.message, "SQLITE_LIMIT_VARIABLE_NUMBER"));
  assert_string_equal(query(&l, "SELECT 1"), "1");
  free(v);
  shut(&l);
}

static void what_is_stopped_before_it_began_is_not_started(void **state)
{
  ryx_stmt s = text_stmt("CREATE TABLE t (a)");
  atomic_bool stop;
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  atomic_init(&stop, true);
  s.stop = &stop;
  assert_int_equal(run(&l, &s, &r), RYX_E_CANCELLED);
  assert_true(r.not_started);
  assert_string_equal(query(&l, "SELECT count(*) FROM sqlite_schema"), "0");
  shut(&l);
}

/* A statement and its flag are gone when its reply was taken. */
static void nothing_of_a_taken_statement_is_looked_at(void **state)
{
  ryx_stmt *s = malloc(sizeof *s);
  atomic_bool *stop = malloc(sizeof *stop);
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  assert_non_null(s);
  assert_non_null(stop);
  open_lite(&l, "taken.db");
  *s = text_stmt("CREATE TABLE t (a)");
  atomic_init(stop, false);
  s->stop = stop;
  assert_int_equal(run(&l, s, &r), 0);
  free(stop);
  free(s);
  D.interrupt(l.c);
  assert_true(D.idle(l.c) > 0);
  assert_int_equal(D.idle(l.c), -1);
  assert_int_equal(D.reset(l.c, &e), RYX_IO_BLOCK);
  assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  shut(&l);
}

static void in_memory_read_only(void **state)
{
  ryx_dial d;
  ryx_reply r;
  ryx_err e;
  lite l;

  (void)state;
  assert_int_equal(ryx_opts_parse("sqlite::memory:", &l.opts, &e), 0);
  l.opts.read_only = true;
  d = (ryx_dial){.opts = &l.opts, .deadline_ns = now_ns() + 5000000000u};
  l.c = calloc(1, D.conn_size);
  assert_int_equal(D.dial(l.c, &d, &e), RYX_IO_BLOCK);
  if (D.step(l.c, 0, &e) != RYX_IO_DONE) fail_msg("%s", e.message);
  assert_string_equal(query(&l, "SELECT 1"), "1");
  assert_int_equal(fails(&l, "CREATE TABLE t (a)", &r), RYX_E_OPERATIONAL);
  assert_non_null(strstr(r.err.message, "readonly"));
  shut(&l);
}

static void transactions_that_only_read(void **state)
{
  const ryx_begin reading = {.read_only = true};
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "reading.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, D.begin(&reading, 0));
  assert_int_equal(fails(&l, "INSERT INTO t VALUES (1)", &r),
                   RYX_E_OPERATIONAL);
  assert_non_null(strstr(r.err.message, "readonly"));
  query(&l, "SAVEPOINT a");
  assert_int_equal(fails(&l, "DELETE FROM t", &r), RYX_E_OPERATIONAL);
  query(&l, "ROLLBACK");
  query(&l, "INSERT INTO t VALUES (1)");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(large_results_are_refused),
      cmocka_unit_test(large_parts_are_refused),
      cmocka_unit_test(refused_writes_leave_nothing),
      cmocka_unit_test(refused_batches_leave_nothing),
      cmocka_unit_test(writes_that_run_out_of_memory_leave_nothing),
      cmocka_unit_test(too_many_parameters_are_refused),
      cmocka_unit_test(what_is_stopped_before_it_began_is_not_started),
      cmocka_unit_test(nothing_of_a_taken_statement_is_looked_at),
      cmocka_unit_test(in_memory_read_only),
      cmocka_unit_test(transactions_that_only_read),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
