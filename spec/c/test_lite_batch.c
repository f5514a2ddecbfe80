/* SPDX-License-Identifier: MIT */
/* Batches of the SQLite driver: all of them or none, the keys they give. */
#include <math.h>

#include "lite_fixture.h"

static void batches(void **state)
{
  ryx_stmt s = text_stmt("INSERT INTO t (v) VALUES (?) RETURNING id, v");
  ryx_val v[200];
  ryx_reply r;
  lite l;
  int i;

  (void)state;
  open_lite(&l, "batch.db");
  query(&l, "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)");
  for (i = 0; i < 200; i++)
    v[i] = int_val(1000 - i);
  s.id = 1;
  s.params = v;
  s.n_params = 1;
  s.n_batch = 200;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_int_equal(r.affected, 200);
  assert_int_equal(r.last_id, 200);
  assert_int_equal(r.rows->n_rows, 200);
  assert_memory_equal(render(&l, r.rows), "1,1000|2,999|3,998|", 19);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);

  /* A unique value and a value of a bad kind, both late: nothing stays. */
  for (i = 0; i < 200; i++)
    v[i] = int_val(i - 500);
  v[150] = int_val(1000);
  assert_int_equal(run(&l, &s, &r), RYX_E_UNIQUE);
  assert_null(r.rows);
  assert_string_equal(r.err.column, "v");
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  v[150].type = RYX_T_DOUBLE;
  v[150].u.d = NAN;
  assert_int_equal(run(&l, &s, &r), RYX_E_VALIDATION);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "200");

  /* In a transaction the caller's rollback decides. */
  query(&l, "BEGIN IMMEDIATE");
  assert_int_equal(run(&l, &s, &r), RYX_E_VALIDATION);
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "ROLLBACK");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "200");
  shut(&l);
}

static void batches_give_their_keys(void **state)
{
  ryx_stmt s = text_stmt("INSERT INTO t (v) VALUES (?)");
  ryx_val v[3] = {int_val(7), int_val(8), int_val(9)};
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "keys.db");
  query(&l, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)");
  query(&l, "INSERT INTO t VALUES (40, 0)");
  s.id = 1;
  s.flags = RYX_STMT_KEYS;
  s.params = v;
  s.n_params = 1;
  s.n_batch = 3;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(render(&l, r.rows), "41|42|43");
  s.n_batch = 1;
  assert_int_equal(run(&l, &s, &r), 0);
  assert_string_equal(render(&l, r.rows), "44");
  shut(&l);
}

static void deferred_keys_fail_the_batch(void **state)
{
  ryx_stmt s = text_stmt("INSERT INTO c VALUES (?)");
  ryx_val v[2] = {int_val(1), int_val(2)};
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, ":memory:");
  query(&l, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
  query(&l, "CREATE TABLE c (p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  query(&l, "INSERT INTO p VALUES (1)");
  s.params = v;
  s.n_params = 1;
  s.n_batch = 2;
  assert_int_equal(run(&l, &s, &r), RYX_E_FOREIGN_KEY);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM c"), "0");
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(batches),
      cmocka_unit_test(batches_give_their_keys),
      cmocka_unit_test(deferred_keys_fail_the_batch),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
