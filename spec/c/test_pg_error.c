/* SPDX-License-Identifier: MIT */
/* What the PostgreSQL driver makes of the server's errors. */
#include "pg_fixture.h"

static void deferred_constraint_fails_the_statement(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k,
          "CREATE TEMP TABLE ryx_t_def (a int UNIQUE DEFERRABLE INITIALLY "
          "DEFERRED)");
  assert_int_equal(pg_fails(&k, "INSERT INTO ryx_t_def VALUES (1), (1)"),
                   RYX_E_UNIQUE);
  assert_int_equal(pg_fails(&k,
                            "INSERT INTO ryx_t_def VALUES (1), (1) "
                            "RETURNING a"),
                   RYX_E_UNIQUE);
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_def"), 0);
  pg_shut(&k);
}

static void commit_that_rolls_back_is_an_error(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "BEGIN");
  assert_int_equal(D->in_tx(k.c), RYX_TX_OPEN);
  assert_int_equal(pg_fails(&k, "SELECT 1/0"), RYX_E_OPERATIONAL);
  assert_int_equal(D->in_tx(k.c), RYX_TX_FAILED);
  assert_int_equal(pg_fails(&k, "SELECT 1"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(pg_fails(&k, "/* now */ commit"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(D->in_tx(k.c), RYX_TX_NONE);
  pg_exec(&k, "BEGIN");
  pg_exec(&k, "ROLLBACK");
  pg_shut(&k);
}

static void errors_are_named(void **state)
{
  static const struct {
    const char *sql;
    int code;
    const char *constraint, *column;
  } cases[] = {
      {"INSERT INTO ryx_t_e VALUES (1, 1, 'a')", RYX_E_UNIQUE, "e_pk", ""},
      {"INSERT INTO ryx_t_e VALUES (2, 5, 'a')", RYX_E_FOREIGN_KEY, "e_fk", ""},
      {"INSERT INTO ryx_t_e VALUES (2, NULL, 'a')", RYX_E_NOT_NULL, "", "ref"},
      {"INSERT INTO ryx_t_e VALUES (-1, 1, 'a')", RYX_E_CHECK, "e_ck", ""},
      {"INSERT INTO ryx_t_e VALUES (2, 1, 'long')", RYX_E_VALIDATION, "", ""},
      {"INSERT INTO ryx_t_e VALUES (3000000000, 1)", RYX_E_VALIDATION, "", ""},
      {"SELECT nosuch", RYX_E_OPERATIONAL, "", ""},
      {"SELECT 1; SELECT 2", RYX_E_MISUSE, "", ""},
      {"", 0, "", ""},
  };
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k,
          "CREATE TEMP TABLE ryx_t_e (id int CONSTRAINT e_pk PRIMARY KEY "
          "CONSTRAINT e_ck CHECK (id > 0), ref int NOT NULL CONSTRAINT "
          "e_fk REFERENCES ryx_t_e, t varchar(2))");
  assert_int_equal(pg_exec(&k, "INSERT INTO ryx_t_e VALUES (1, 1)"), 1);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ryx_stmt s = pg_stmt(cases[i].sql, RYX_STMT_RAW, 0);
    ryx_reply r;

    assert_int_equal(pg_run(&k, &s, &r), cases[i].code);
    ryx_rows_free(r.rows);
    if (r.code == 0) continue;
    assert_string_equal(r.err.constraint, cases[i].constraint);
    assert_string_equal(r.err.column, cases[i].column);
    assert_null(strchr(r.err.message, '\n'));
    if (*r.err.constraint) assert_string_equal(r.err.table, "ryx_t_e");
  }
  pg_shut(&k);
}

/* Values leave the message and stay in the detail. */
static void values_are_details(void **state)
{
  static const struct {
    const char *sql, *message, *detail;
  } cases[] = {
      {"INSERT INTO ryx_t_v VALUES ('secret')",
       "duplicate key value violates unique constraint \"v_uq\"",
       "Key (a)=(secret) already exists."},
      {"SELECT CAST('se\"cret' AS int)",
       "invalid input syntax for type integer: \"...\"",
       "invalid input syntax for type integer: \"se\"cret\""},
      {"INSERT INTO ryx_t_v VALUES ('secret', NULL)",
       "null value in column \"b\" of relation \"ryx_t_v\" violates not-null "
       "constraint",
       "Failing row contains (secret, null)."},
  };
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k,
          "CREATE TEMP TABLE ryx_t_v (a text CONSTRAINT v_uq UNIQUE, b int "
          "NOT NULL DEFAULT 1)");
  pg_exec(&k, "INSERT INTO ryx_t_v VALUES ('secret')");
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    ryx_stmt s = pg_stmt(cases[i].sql, RYX_STMT_RAW, 0);
    ryx_reply r;

    assert_true(pg_run(&k, &s, &r) < 0);
    assert_string_equal(r.err.message, cases[i].message);
    assert_string_equal(r.err.detail, cases[i].detail);
  }
  pg_shut(&k);
}

/* Whatever state a function raises, the session goes on. */
static void raised_states_of_lost_connections_are_ordinary(void **state)
{
  static const char *const states[] = {"08006", "08P01", "28000", "28P01",
                                       "53300", "57P01", "57P03"};
  pg_client k;

  (void)state;
  pg_open(&k);
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    char sql[120];
    ryx_stmt s;
    ryx_reply r;

    snprintf(sql, sizeof sql,
             "DO $$ BEGIN RAISE 'as if' USING ERRCODE = '%s'; END $$",
             states[i]);
    s = pg_stmt(sql, RYX_STMT_RAW, 0);
    assert_int_equal(pg_run(&k, &s, &r), RYX_E_OPERATIONAL);
    assert_string_equal(r.err.sqlstate, states[i]);
    assert_string_equal(r.err.message, "as if");
    assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  }
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(deferred_constraint_fails_the_statement),
      cmocka_unit_test(commit_that_rolls_back_is_an_error),
      cmocka_unit_test(errors_are_named),
      cmocka_unit_test(values_are_details),
      cmocka_unit_test(raised_states_of_lost_connections_are_ordinary),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
