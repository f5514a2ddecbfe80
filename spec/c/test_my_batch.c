/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server: many rows of parameters. */
#include "my_fixture.h"

enum { BATCH = 1000 };

typedef struct batch {
  ryx_val v[BATCH][3];
  char names[BATCH][16];
} batch;

static ryx_stmt make_batch(batch *b, const char *sql)
{
  ryx_stmt s = stmt_of(sql);

  for (int i = 0; i < BATCH; i++) {
    snprintf(b->names[i], sizeof b->names[i], "name %d", i);
    b->v[i][0] = val_int(i + 1);
    b->v[i][1] = i % 7 ? val_text(b->names[i]) : val_of(RYX_T_NULL, 0);
    b->v[i][2] = i % 3 ? val_of(RYX_T_DATETIME, i * INT64_C(1000001))
                       : val_of(RYX_T_NULL, 0);
  }
  s.params = b->v[0];
  s.n_params = 3;
  s.n_batch = BATCH;
  return s;
}

static const char batch_table[] =
    "CREATE OR REPLACE TABLE bt (id INT AUTO_INCREMENT PRIMARY KEY, n INT, s "
    "VARCHAR(20) UNIQUE, d DATETIME(6))";

static void test_batch(void **state)
{
  static batch b;
  conn k;
  ryx_stmt s;
  ryx_reply r;
  ryx_val id, n;

  (void)state;
  open_conn(&k, "");
  ok(&k, batch_table);
  s = make_batch(&b, "INSERT INTO bt (n, s, d) VALUES (?, ?, ?)");
  s.id = 3;
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, BATCH);
  assert_int_equal(number(&k,
                          "SELECT COUNT(*) FROM bt WHERE s = CONCAT('name ', "
                          "n - 1) OR (s IS NULL AND (n - 1) % 7 = 0)"),
                   BATCH);
  assert_int_equal(number(&k, "SELECT COUNT(d) FROM bt"), BATCH - 334);
  r = run(&k, &s); /* kept; now every name is there */
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_string_equal(r.err.constraint, "s");
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM bt"), BATCH);
  s.n_batch = 1; /* the same statement, with one row */
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM bt"), BATCH + 1);

  ok(&k, batch_table);
  s = make_batch(&b,
                 "INSERT INTO bt (n, s, d) VALUES (?, ?, ?) RETURNING id, n");
  s.id = 4;
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, BATCH);
  for (int i = 1; i <= BATCH; i++) {
    assert_true(ryx_rows_next(r.rows));
    ryx_rows_cell(r.rows, 0, &id);
    ryx_rows_cell(r.rows, 1, &n);
    assert_int_equal(id.u.i, i);
    assert_int_equal(n.u.i, i);
  }
  assert_false(ryx_rows_next(r.rows));
  ryx_rows_free(r.rows);
  hang_up(&k);
}

/* The last row breaks the batch: nothing of it stays, whatever the statement
 * and however it had to be sent. */
static void test_batch_all_or_nothing(void **state)
{
  static batch b;
  conn k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, batch_table);
  s = make_batch(&b, "INSERT INTO bt (n, s, d) VALUES (?, ?, ?)");
  b.v[BATCH - 1][1] = b.v[1][1];
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM bt"), 0);

  b.v[5][0] = val_text("6"); /* two types in a column: row by row */
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM bt"), 0);
  b.v[BATCH - 1][1] = val_text("other");
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, BATCH);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM bt"), BATCH);

  s = make_batch(&b, "UPDATE bt SET n = n + ? WHERE s = ? OR d = ?");
  for (int i = 0; i < BATCH; i++)
    b.v[i][0] = val_int(i == BATCH - 2 ? INT64_C(3000000000) : 1);
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_VALIDATION);
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(number(&k, "SELECT SUM(n) = 500500 FROM bt"), 1);
  b.v[BATCH - 2][0] = val_int(0);
  r = run(&k, &s);
  assert_int_equal(r.code, 0);
  assert_true(r.affected > 600);
  hang_up(&k);
}

/* Rows matched count, however many of them change and however they went. */
static void test_batch_counts_matches(void **state)
{
  static batch b;
  conn k;
  ryx_stmt s;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, batch_table);
  s = make_batch(&b, "INSERT INTO bt (n, s, d) VALUES (?, ?, ?)");
  r = run(&k, &s);
  assert_int_equal(r.affected, BATCH);
  s = make_batch(
      &b, "UPDATE bt SET s = s, d = d WHERE n = ? AND ? <=> s AND d <=> ?");
  for (int i = 0; i < 3; i++) {
    r = run(&k, &s);
    assert_int_equal(r.code, 0);
    assert_int_equal(r.affected, BATCH);
    s.id = 1; /* kept, too */
  }
  b.v[5][0] = val_text("6"); /* row by row */
  r = run(&k, &s);
  assert_int_equal(r.affected, BATCH);
  s.n_batch = 7;
  s.sql = "DELETE FROM bt WHERE n = ? OR s = ? AND d = ?";
  s.sql_len = strlen(s.sql);
  s.id = 0;
  r = run(&k, &s);
  assert_int_equal(r.affected, 7);
  hang_up(&k);
}

/* More than max_allowed_packet together, each row below it. */
static void test_batch_split(void **state)
{
  enum { ROWS = 12, SIZE = 9 * 1024 * 1024 };
  static char blob[SIZE];
  ryx_val v[ROWS];
  conn k;
  ryx_stmt s = stmt_of("INSERT INTO sp (b) VALUES (?) RETURNING id");
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  memset(blob, 'b', sizeof blob);
  ok(&k,
     "CREATE OR REPLACE TABLE sp (id INT AUTO_INCREMENT PRIMARY KEY, b "
     "LONGBLOB, CHECK (LENGTH(b) > 5))");
  for (int i = 0; i < ROWS; i++)
    v[i] = val_s(RYX_T_BYTES, blob, SIZE);
  s.params = v;
  s.n_params = 1;
  s.n_batch = ROWS;
  r = run(&k, &s);
  if (r.code) print_error("%s\n", r.err.message);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, ROWS);
  assert_int_equal(r.rows->n_rows, ROWS);
  ryx_rows_free(r.rows);
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  v[ROWS - 1].len = 3;
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_CHECK);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM sp"), ROWS);
  ok(&k, "DROP TABLE sp");
  hang_up(&k);
}

static void test_too_large(void **state)
{
  static char blob[65 * 1024 * 1024];
  ryx_val v = val_s(RYX_T_BYTES, blob, sizeof blob);
  ryx_stmt s = stmt_of("SELECT LENGTH(?)");
  conn k;

  (void)state;
  open_conn(&k, "");
  s.params = &v;
  s.n_params = 1;
  assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_REFUSED);
  assert_int_equal(k.err.code, RYX_E_OPERATIONAL);
  assert_non_null(strstr(k.err.message, "max_allowed_packet"));
  assert_int_equal(number(&k, "SELECT 1"), 1);
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_batch),
      cmocka_unit_test(test_batch_all_or_nothing),
      cmocka_unit_test(test_batch_counts_matches),
      cmocka_unit_test(test_batch_split),
      cmocka_unit_test(test_too_large),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
