/* SPDX-License-Identifier: MIT */
/* Statements of the SQLite driver that end early: cancelled, past their
 * deadline or over their budget, waiting for a lock. */
#include <pthread.h>
#include <stdatomic.h>

#include "lite_fixture.h"

static atomic_bool stopped;

static void stop(lite *l)
{
  atomic_store(&stopped, true);
  D.interrupt(l->c);
}

static void *cancel_soon(void *ctx)
{
  struct timespec t = {0, 50000000};
  lite *l = ctx;

  nanosleep(&t, NULL);
  stop(l);
  return NULL;
}

static void run_and_cancel(lite *l, ryx_stmt *s, ryx_reply *r)
{
  pthread_t thread;

  atomic_store(&stopped, false);
  s->stop = &stopped;
  assert_int_equal(pthread_create(&thread, NULL, cancel_soon, l), 0);
  assert_int_equal(run(l, s, r), RYX_E_CANCELLED);
  pthread_join(thread, NULL);
}

static void cancelling(void **state)
{
  char sql[160];
  ryx_stmt s;
  ryx_reply r;
  ryx_err e;
  lite l, other;

  (void)state;
  open_lite(&l, "cancel.db");
  query(&l, "CREATE TABLE t (a)");
  snprintf(sql, sizeof sql, counting, 2000000000);
  s = text_stmt(sql);
  s.id = 3;
  run_and_cancel(&l, &s, &r);
  assert_string_equal(query(&l, "SELECT 1"), "1");

  /* A write inside a transaction takes the transaction along. */
  query(&l, "BEGIN IMMEDIATE");
  snprintf(sql, sizeof sql,
           "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 "
           "UNION ALL SELECT i + 1 FROM n) SELECT i FROM n");
  s = text_stmt(sql);
  run_and_cancel(&l, &s, &r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);

  /* Waiting for a lock is cancelled too. */
  open_lite(&other, "cancel.db");
  query(&other, "BEGIN IMMEDIATE");
  s = text_stmt("INSERT INTO t VALUES (1)");
  run_and_cancel(&l, &s, &r);
  query(&other, "ROLLBACK");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");

  /* Between send and step: the statement does not run. A later one does. */
  atomic_store(&stopped, false);
  assert_int_equal(D.send(l.c, &s, &e), 0);
  stop(&l);
  assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  assert_true(D.take(l.c, &r));
  assert_int_equal(r.code, RYX_E_CANCELLED);
  stop(&l);

  /* Nor when it was stopped before it was sent. */
  assert_int_equal(D.send(l.c, &s, &e), 0);
  assert_int_equal(D.step(l.c, 0, &e), RYX_IO_DONE);
  assert_true(D.take(l.c, &r));
  assert_int_equal(r.code, RYX_E_CANCELLED);
  query(&l, "INSERT INTO t VALUES (1)");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  shut(&other);
  shut(&l);
}

static void batches_are_cancelled_whole(void **state)
{
  enum { N = 3000000 };
  ryx_val *v = calloc(N, sizeof *v);
  ryx_stmt s = text_stmt("INSERT INTO t VALUES (?)");
  ryx_reply r;
  lite l;
  int i;

  (void)state;
  for (i = 0; i < N; i++)
    v[i] = int_val(i);
  open_lite(&l, "cbatch.db");
  query(&l, "CREATE TABLE t (a)");
  s.params = v;
  s.n_params = 1;
  s.n_batch = N;
  run_and_cancel(&l, &s, &r);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  s.stop = NULL;
  s.deadline_ns = now_ns() + 20000000;
  assert_int_equal(run(&l, &s, &r), RYX_E_TIMEOUT);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  shut(&l);
  free(v);
}

static void deadlines(void **state)
{
  char sql[160];
  ryx_stmt s;
  ryx_reply r;
  lite l, other;

  (void)state;
  open_lite(&l, "deadline.db");
  query(&l, "CREATE TABLE t (a)");
  snprintf(sql, sizeof sql, counting, 2000000000);
  s = text_stmt(sql);
  s.deadline_ns = now_ns() + 30000000;
  assert_int_equal(run(&l, &s, &r), RYX_E_TIMEOUT);
  assert_true(now_ns() >= s.deadline_ns);
  assert_string_equal(r.err.message, "the statement timed out");

  open_lite(&other, "deadline.db");
  query(&other, "BEGIN IMMEDIATE");
  s = text_stmt("INSERT INTO t VALUES (1)");
  s.deadline_ns = now_ns() + 30000000;
  assert_int_equal(run(&l, &s, &r), RYX_E_TIMEOUT);
  assert_true(now_ns() >= s.deadline_ns);
  assert_non_null(strstr(r.err.message, "locked by another"));
  assert_int_equal(r.err.native & 0xff, 5);
  /* Readers are not in the way of a writer, nor it in theirs. */
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "0");
  query(&other, "INSERT INTO t VALUES (1)");
  query(&other, "COMMIT");
  s.deadline_ns = now_ns() + 5000000000u;
  assert_int_equal(run(&l, &s, &r), 0);
  shut(&other);
  shut(&l);
}

static void *commit_soon(void *ctx)
{
  struct timespec t = {0, 50000000};
  lite *l = ctx;

  nanosleep(&t, NULL);
  query(l, "COMMIT");
  return NULL;
}

static void waits_for_a_lock(void **state)
{
  ryx_stmt s = text_stmt("INSERT INTO t VALUES (1)");
  pthread_t thread;
  ryx_reply r;
  lite l, other;

  (void)state;
  open_lite(&l, "wait.db");
  open_lite(&other, "wait.db");
  query(&l, "CREATE TABLE t (a)");
  query(&other, "BEGIN IMMEDIATE");
  query(&other, "INSERT INTO t VALUES (1)");
  assert_int_equal(pthread_create(&thread, NULL, commit_soon, &other), 0);
  s.deadline_ns = now_ns() + 5000000000u;
  assert_int_equal(run(&l, &s, &r), 0);
  pthread_join(thread, NULL);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "2");
  shut(&other);
  shut(&l);
}

static void budgets(void **state)
{
  char sql[160];
  ryx_stmt s;
  ryx_reply r;
  lite l, other;

  (void)state;
  open_lite(&l, "budget.db");
  query(&l, "CREATE TABLE t (a)");
  snprintf(sql, sizeof sql, counting, 3000000);
  s = text_stmt(sql);
  s.budget_ns = 2000000;
  assert_true(run(&l, &s, &r) < 0);
  assert_true(r.over_budget);
  assert_null(r.rows);
  s.budget_ns = 0;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_int_equal(r.rows->n_rows, 3000000);
  assert_false(r.over_budget);
  ryx_rows_free(r.rows);
  /* A writer is not in the way of a short SELECT. */
  open_lite(&other, "budget.db");
  query(&other, "BEGIN EXCLUSIVE");
  query(&other, "INSERT INTO t VALUES (1)");
  s = text_stmt("SELECT count(*) FROM t");
  s.budget_ns = 2000000;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(render(&l, r.rows), "0");
  query(&other, "COMMIT");
  shut(&other);
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cancelling),
      cmocka_unit_test(batches_are_cancelled_whole),
      cmocka_unit_test(deadlines),
      cmocka_unit_test(waits_for_a_lock),
      cmocka_unit_test(budgets),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
