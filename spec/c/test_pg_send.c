/* SPDX-License-Identifier: MIT */
/* Prepared statements of the PostgreSQL driver: kept, evicted, vanished. */
#include "pg_fixture.h"

/* The first of a plan fails to prepare; the others must not fail with it. */
static void unprepared_plan_concerns_only_its_sender(void **state)
{
  ryx_stmt bad, good;
  ryx_val v = pg_num(5);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  bad = pg_stmt("SELECT $1 + nosuch", RYX_STMT_READ, 3);
  good = pg_stmt("SELECT $1 + 1", RYX_STMT_READ, 3);
  bad.params = good.params = &v;
  bad.n_params = good.n_params = 1;
  pg_send(&k, &bad);
  pg_send(&k, &good);
  pg_reply(&k, &r);
  assert_string_equal(r.err.sqlstate, "42703");
  pg_reply(&k, &r);
  assert_int_equal(r.code, 0);
  assert_int_equal(pg_first(r.rows), 6);
  assert_int_equal(k.c->names.kept.n, 0);
  pg_shut(&k);
}

static int64_t prepared(pg_client *k)
{
  return pg_int(k,
                "SELECT count(*)::int FROM pg_prepared_statements "
                "WHERE name LIKE 'ryx%'");
}

static void run_plan(pg_client *k, uint32_t id)
{
  ryx_stmt s = pg_stmt("SELECT 1", RYX_STMT_READ, id);
  ryx_reply r;

  if (pg_run(k, &s, &r) != 0) fail_msg("%s", r.err.message);
  assert_int_equal(pg_first(r.rows), 1);
}

static void evicted_statements_are_deallocated(void **state)
{
  pg_client k;

  (void)state;
  pg_open_with(&k, "statement_cache", "3");
  for (uint32_t id = 1; id <= 10; id++)
    run_plan(&k, id);
  assert_int_equal(k.c->names.kept.n, 3);
  assert_int_equal(prepared(&k), 3);
  pg_exec(&k, "BEGIN");
  for (uint32_t id = 20; id < 30; id++)
    run_plan(&k, id);
  assert_int_equal(prepared(&k), 13); /* not inside the transaction */
  pg_exec(&k, "COMMIT");
  assert_int_equal(prepared(&k), 5);
  assert_int_equal(prepared(&k), 3);
  pg_shut(&k);
}

static void prepare_off_keeps_nothing(void **state)
{
  pg_client k;

  (void)state;
  pg_open_with(&k, "prepare", "unnamed");
  for (uint32_t id = 1; id <= 4; id++)
    run_plan(&k, id);
  assert_int_equal(prepared(&k), 0);
  pg_shut(&k);
}

static void forget_prepares_again(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  run_plan(&k, 1);
  run_plan(&k, 2);
  D->forget(k.c);
  run_plan(&k, 1);
  assert_int_equal(prepared(&k), 1);
  assert_int_equal(pg_settle(&k, D->reset(k.c, &k.e)), RYX_IO_DONE);
  assert_int_equal(prepared(&k), 0);
  run_plan(&k, 1);
  assert_int_equal(prepared(&k), 1);
  pg_shut(&k);
}

static void vanished_statement_is_sent_again(void **state)
{
  ryx_stmt s[3];
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  run_plan(&k, 1);
  pg_exec(&k, "DEALLOCATE ALL");
  for (int i = 0; i < 3; i++) {
    s[i] = pg_stmt("SELECT 1", RYX_STMT_READ, 1);
    pg_send(&k, &s[i]);
  }
  for (int i = 0; i < 3; i++) {
    pg_reply(&k, &r);
    assert_int_equal(r.code, 0);
    assert_int_equal(pg_first(r.rows), 1);
  }
  run_plan(&k, 1);
  assert_int_equal(prepared(&k), 1);
  pg_shut(&k);
}

static void dropping_all_is_noticed(void **state)
{
  static const char *const drops[] = {"DEALLOCATE ALL", "DISCARD ALL"};
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int i = 0; i < 2; i++) {
    run_plan(&k, 1);
    if (i == 0) pg_exec(&k, "BEGIN");
    pg_exec(&k, drops[i]);
    assert_int_equal(k.c->names.kept.n, 0);
    run_plan(&k, 1);
    if (i == 0) pg_exec(&k, "COMMIT");
    assert_int_equal(prepared(&k), 1);
  }
  pg_shut(&k);
}

static void vanished_in_a_transaction_is_told(void **state)
{
  ryx_stmt s = pg_stmt("SELECT 1", RYX_STMT_READ, 1);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  run_plan(&k, 1);
  pg_exec(&k, "BEGIN");
  pg_lose_statements(&k);
  assert_int_equal(pg_run(&k, &s, &r), RYX_E_OPERATIONAL);
  assert_string_equal(r.err.sqlstate, "26000");
  assert_true(r.not_started);
  assert_int_equal(D->in_tx(k.c), RYX_TX_FAILED);
  pg_exec(&k, "ROLLBACK");
  run_plan(&k, 1);
  pg_shut(&k);
}

static bool is_off(const pg_client *k)
{
  return D->server_caps(k->c) & RYX_SERVER_UNNAMED;
}

/* A write, too: its statement did not begin. */
static void unknown_name_turns_naming_off(void **state)
{
  ryx_stmt w = pg_stmt("INSERT INTO ryx_t_v VALUES (1)", 0, 2);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_v (a int)");
  run_plan(&k, 1);
  assert_int_equal(pg_run(&k, &w, &r), 0);
  assert_false(is_off(&k));
  pg_lose_statements(&k);
  assert_int_equal(pg_run(&k, &w, &r), 0);
  assert_int_equal(r.affected, 1);
  assert_true(is_off(&k));
  run_plan(&k, 1);
  run_plan(&k, 3);
  assert_int_equal(prepared(&k), 0);
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_v"), 2);
  pg_shut(&k);
}

static void taken_name_turns_naming_off(void **state)
{
  char sql[80];
  pg_client k;

  (void)state;
  pg_open(&k);
  run_plan(&k, 1);
  snprintf(sql, sizeof sql, "PREPARE ryx_2_%u AS SELECT 7",
           k.c->names.serial + 1);
  pg_exec(&k, sql);
  k.c->names.doubtful = false;
  run_plan(&k, 2);
  assert_true(is_off(&k));
  assert_int_equal(prepared(&k), 2); /* which may be somebody else's */
  pg_shut(&k);
}

/* What a user's statement may have dropped says nothing of a pooler, until it
 * has been undone. */
static void users_doing_does_not_turn_naming_off(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  run_plan(&k, 1);
  pg_exec(&k, "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$");
  run_plan(&k, 1);
  run_plan(&k, 1);
  assert_false(is_off(&k));
  assert_int_equal(prepared(&k), 1);
  assert_int_equal(pg_settle(&k, D->reset(k.c, &k.e)), RYX_IO_DONE);
  run_plan(&k, 1);
  pg_lose_statements(&k);
  run_plan(&k, 1);
  assert_true(is_off(&k));
  pg_shut(&k);
}

/* 0A000 is any missing feature: the repeat fails alike and is told, and a write
 * has happened neither time. */
static void other_refusals_are_told(void **state)
{
  ryx_stmt w = pg_stmt("INSERT INTO ryx_t_r SELECT pg_temp.no()", 0, 2);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_r (a int)");
  pg_exec(&k, "CREATE TEMP SEQUENCE ryx_t_runs");
  pg_exec(&k,
          "CREATE FUNCTION pg_temp.no() RETURNS int LANGUAGE plpgsql AS $$ "
          "BEGIN IF nextval('ryx_t_runs') > 1 THEN RAISE 'no' USING ERRCODE = "
          "'0A000'; END IF; RETURN 1; END $$");
  assert_int_equal(pg_run(&k, &w, &r), 0);
  assert_int_equal(pg_run(&k, &w, &r), RYX_E_OPERATIONAL);
  assert_string_equal(r.err.sqlstate, "0A000");
  assert_false(r.not_started);
  assert_int_equal(pg_int(&k, "SELECT last_value FROM ryx_t_runs"), 3);
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_r"), 1);
  assert_false(is_off(&k));
  pg_shut(&k);
}

/* It may commit half-way, so it must never be repeated. */
static void call_has_no_name(void **state)
{
  ryx_stmt s = pg_stmt("CALL ryx_t_proc()", RYX_STMT_RAW, 5);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_p (a int)");
  pg_exec(&k,
          "CREATE OR REPLACE PROCEDURE ryx_t_proc() LANGUAGE plpgsql AS $$ "
          "BEGIN INSERT INTO ryx_t_p VALUES (1); COMMIT; RAISE 'no' USING "
          "ERRCODE = '0A000'; END $$");
  for (int i = 1; i <= 3; i++) {
    assert_int_equal(pg_run(&k, &s, &r), RYX_E_OPERATIONAL);
    assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_p"), i);
  }
  assert_int_equal(prepared(&k), 0);
  pg_exec(&k, "DROP PROCEDURE ryx_t_proc()");
  pg_shut(&k);
}

static void changed_columns_are_prepared_again(void **state)
{
  ryx_stmt s = pg_stmt("SELECT * FROM ryx_t_ddl", RYX_STMT_READ, 1);
  ryx_reply r;
  ryx_val v;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_ddl AS SELECT 1 AS a");
  for (int i = 0; i < 2; i++) {
    pg_run(&k, &s, &r);
    assert_int_equal(pg_first(r.rows), 1);
  }
  pg_exec(&k, "ALTER TABLE ryx_t_ddl ALTER a TYPE text USING 'x' || a");
  for (int i = 0; i < 3; i++) {
    assert_int_equal(pg_run(&k, &s, &r), 0);
    assert_true(ryx_rows_next(r.rows));
    ryx_rows_cell(r.rows, 0, &v);
    assert_int_equal(v.type, RYX_T_TEXT);
    assert_memory_equal(v.u.s, "x1", 2);
    ryx_rows_free(r.rows);
  }
  pg_shut(&k);
}

/* Every allocation of a statement's life fails in turn: an error or success,
 * never a crash or a leak, and the connection goes on. */
static void running_out_of_memory_is_survived(void **state)
{
  ryx_val v[2] = {pg_text("x"), pg_num(1)};
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int n = 1; n < 12; n++) {
    ryx_stmt s = pg_stmt("SELECT $1::text, $2", RYX_STMT_READ, (uint32_t)n);
    ryx_reply r = {0};

    s.params = v;
    s.n_params = 2;
    ryx_mem_fail_at(n, false);
    if (D->send(k.c, &s, &k.e) == 0) {
      pg_reply(&k, &r);
      assert_true(r.code == 0 || r.code == RYX_E_NOMEM);
      ryx_rows_free(r.rows);
    } else {
      assert_int_equal(k.e.code, RYX_E_NOMEM);
    }
    ryx_mem_fail_at(0, false);
    assert_int_equal(pg_int(&k, "SELECT 1"), 1);
  }
  pg_shut(&k);
}

static void run_raw(pg_client *k, const ryx_val *v, int64_t want)
{
  ryx_stmt s = pg_stmt("SELECT coalesce($1 + $2, -1)::int8", RYX_STMT_RAW, 70);
  ryx_reply r;

  s.params = v;
  s.n_params = 2;
  if (pg_run(k, &s, &r) != 0) fail_msg("%s", r.err.message);
  assert_int_equal(pg_first(r.rows), want);
}

/* Types are by value there: what NULL left open is prepared once more when a
 * value comes, and nothing else is, in whatever order they come. */
static void raw_types_settle(void **state)
{
  const ryx_val null = {.type = RYX_T_NULL};
  const ryx_val big = pg_num(INT64_C(1) << 40), one = pg_num(1);
  const ryx_val rows[][2] = {{one, null}, {null, one}, {one, one},
                             {big, one},  {one, big},  {big, null}};
  static const int64_t want[] = {
      -1, -1, 2, (INT64_C(1) << 40) + 1, (INT64_C(1) << 40) + 1, -1,
  };
  uint32_t settled = 0;
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int round = 0; round < 3; round++) {
    for (int i = 0; i < 6; i++) {
      run_raw(&k, rows[i], want[i]);
      if (round == 0) settled = k.c->names.serial;
      assert_int_equal(k.c->names.serial, settled);
    }
  }
  assert_int_equal(prepared(&k), 1);
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(unprepared_plan_concerns_only_its_sender),
      cmocka_unit_test(evicted_statements_are_deallocated),
      cmocka_unit_test(prepare_off_keeps_nothing),
      cmocka_unit_test(forget_prepares_again),
      cmocka_unit_test(vanished_statement_is_sent_again),
      cmocka_unit_test(dropping_all_is_noticed),
      cmocka_unit_test(vanished_in_a_transaction_is_told),
      cmocka_unit_test(unknown_name_turns_naming_off),
      cmocka_unit_test(taken_name_turns_naming_off),
      cmocka_unit_test(users_doing_does_not_turn_naming_off),
      cmocka_unit_test(other_refusals_are_told),
      cmocka_unit_test(call_has_no_name),
      cmocka_unit_test(changed_columns_are_prepared_again),
      cmocka_unit_test(raw_types_settle),
      cmocka_unit_test(running_out_of_memory_is_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
