/* SPDX-License-Identifier: MIT */
/* The driver against MySQL, where it differs from MariaDB: rows in one text,
 * their keys, types of parameters that stay, old servers. */
#define SERVER_URL "RYX_TEST_MYSQL_URL"
#include "my_fixture.h"

#include "driver/my_conn.h"
#include "value/caps.h"

enum { BATCH = 250 };

static const char insert[] = "INSERT INTO my_rows (n, s) VALUES (?, ?)";

typedef struct batch {
  ryx_val v[BATCH][2];
  char names[BATCH][16];
} batch;

/* The row stands where VALUES ends. */
static ryx_stmt make_batch(const char *sql, const ryx_val *v, int n_rows)
{
  ryx_stmt s = stmt_of(sql);

  s.id = 7;
  s.row_at = (size_t)(strstr(sql, "(?") - sql);
  s.row_len = strlen("(?, ?)");
  s.row_params = 2;
  s.params = v;
  s.n_params = 2;
  s.n_batch = n_rows;
  s.flags = RYX_STMT_KEYS;
  return s;
}

static void make_rows(batch *b)
{
  for (int i = 0; i < BATCH; i++) {
    snprintf(b->names[i], sizeof b->names[i], "name %d", i);
    b->v[i][0] = val_int(i);
    b->v[i][1] = i % 7 ? val_text(b->names[i]) : val_of(RYX_T_NULL, 0);
  }
}

static void make_table(conn *k)
{
  ok(k, "DROP TABLE IF EXISTS my_rows");
  ok(k,
     "CREATE TABLE my_rows (id INT AUTO_INCREMENT PRIMARY KEY, n INT, s "
     "VARCHAR(20) UNIQUE)");
}

static void is_key_of_row(ryx_rows *rows, conn *k, int n)
{
  char sql[80];
  ryx_val key;

  assert_true(ryx_rows_next(rows));
  ryx_rows_cell(rows, 0, &key);
  snprintf(sql, sizeof sql, "SELECT id FROM my_rows WHERE n = %d", n);
  assert_int_equal(key.u.i, number(k, sql));
}

/* Two texts of 100 rows and one of 50, in one transaction, with their keys. */
static void test_rows_and_keys(void **state)
{
  static batch b;
  ryx_stmt s = make_batch(insert, b.v[0], BATCH);
  ryx_reply r;
  conn k;

  (void)state;
  open_conn(&k, "");
  make_rows(&b);
  make_table(&k);
  r = run(&k, &s);
  if (r.code) print_error("%s\n", r.err.message);
  assert_int_equal(r.code, 0);
  assert_int_equal(r.affected, BATCH);
  assert_int_equal(r.rows->n_rows, BATCH);
  for (int i = 0; i < BATCH; i++)
    is_key_of_row(r.rows, &k, i);
  ryx_rows_free(r.rows);
  assert_int_equal(number(&k,
                          "SELECT COUNT(*) FROM my_rows WHERE s = CONCAT("
                          "'name ', n) OR (s IS NULL AND n % 7 = 0)"),
                   BATCH);
  hang_up(&k);
}

static void test_all_rows_or_none(void **state)
{
  static batch b;
  ryx_stmt s = make_batch(insert, b.v[0], BATCH);
  ryx_reply r;
  conn k;

  (void)state;
  open_conn(&k, "");
  make_rows(&b);
  b.v[BATCH - 1][1] = b.v[1][1];
  make_table(&k);
  r = run(&k, &s);
  assert_int_equal(r.code, RYX_E_UNIQUE);
  assert_string_equal(r.err.table, "my_rows");
  assert_string_equal(r.err.constraint, "s");
  assert_int_equal(my->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM my_rows"), 0);
  b.v[BATCH - 1][1] = val_of(RYX_T_NULL, 0);
  r = run(&k, &s); /* the connection goes on */
  assert_int_equal(r.code, 0);
  ryx_rows_free(r.rows);
  hang_up(&k);
}

/* What stands behind the rows has parameters that are the same for all. */
static void test_parameters_behind_the_rows(void **state)
{
  static const char sql[] =
      "INSERT INTO my_rows (n, s) VALUES (?, ?) ON DUPLICATE KEY UPDATE n = "
      "my_rows.n + ?";
  const ryx_val v[] = {val_int(1), val_text("a"), val_int(10),
                       val_int(2), val_text("b"), val_int(10)};
  ryx_stmt s = make_batch(sql, v, 2);
  conn k;

  (void)state;
  s.n_params = 3;
  s.flags = 0;
  open_conn(&k, "");
  make_table(&k);
  ok(&k, "INSERT INTO my_rows (n, s) VALUES (5, 'b')");
  assert_int_equal(run(&k, &s).code, 0);
  assert_int_equal(number(&k, "SELECT n FROM my_rows WHERE s = 'a'"), 1);
  assert_int_equal(number(&k, "SELECT n FROM my_rows WHERE s = 'b'"), 15);
  hang_up(&k);
}

/* A text after a number, in the statement that is kept. */
static void test_types_of_parameters(void **state)
{
  const ryx_val v[] = {
      val_of(RYX_T_NULL, 0), val_int(5), val_of(RYX_T_NULL, 0),
      val_text("five"),      val_int(6), val_s(RYX_T_DECIMAL, "1.50", 4),
      val_text("")};
  ryx_stmt s = stmt_of("SELECT ?");
  ryx_reply r;
  conn k;

  (void)state;
  s.id = 9;
  s.n_params = 1;
  open_conn(&k, "");
  for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
    s.params = &v[i];
    r = run(&k, &s);
    expect_cell(&r, &v[i]);
  }
  hang_up(&k);
}

static void test_bytes_that_are_no_text(void **state)
{
  const ryx_val v = val_s(RYX_T_BYTES, "\xff\0", 2);
  ryx_reply r;
  conn k;

  (void)state;
  open_conn(&k, "");
  r = with(&k, "SELECT ?", &v, 1);
  expect_cell(&r, &v);
  hang_up(&k);
}

static void test_capabilities(void **state)
{
  conn k;

  (void)state;
  open_conn(&k, "");
  assert_true(my->server_caps(k.c) & RYX_SERVER_MYSQL);
  assert_false(my->server_caps(k.c) & RYX_SERVER_RETURNING);
  hang_up(&k);
}

static void test_old_servers(void **state)
{
  const my_flavour *mysql;
  ryx_err e;
  conn k;

  (void)state;
  open_conn(&k, "");
  mysql = ryx_my_conn_peek(k.c)->flavour;
  assert_int_equal(ryx_my_flavour_check(mysql, 80030, &e), RYX_E_CONNECTION);
  assert_string_equal(e.message,
                      "this server is MySQL 8.0.30; 8.0.31 or newer is needed");
  assert_int_equal(ryx_my_flavour_check(mysql, 80031, &e), 0);
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_rows_and_keys),
      cmocka_unit_test(test_all_rows_or_none),
      cmocka_unit_test(test_parameters_behind_the_rows),
      cmocka_unit_test(test_types_of_parameters),
      cmocka_unit_test(test_bytes_that_are_no_text),
      cmocka_unit_test(test_capabilities),
      cmocka_unit_test(test_old_servers),
  };
  return cmocka_run_group_tests_name("mysql", tests, NULL, NULL);
}
