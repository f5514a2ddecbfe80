/* SPDX-License-Identifier: MIT */
/* Streams of the PostgreSQL driver: parts, early ends, errors half-way, and
 * cursors between the other statements of a transaction. */
#include "pg_fixture.h"

static ryx_stmt stream_of(const char *sql, unsigned flags, int32_t chunk)
{
  ryx_stmt s = pg_stmt(sql, RYX_STMT_RAW | RYX_STMT_STREAM | flags, 0);

  s.chunk = chunk;
  return s;
}

/* Reads a part whose integers go on from *next; frees it. */
static void read_part(ryx_reply *r, int64_t *next, int n)
{
  ryx_val v;

  assert_int_equal(r->code, 0);
  assert_non_null(r->rows);
  assert_int_equal(r->rows->n_rows, n);
  while (ryx_rows_next(r->rows)) {
    ryx_rows_cell(r->rows, 0, &v);
    assert_int_equal(v.type, RYX_T_INT);
    assert_int_equal(v.u.i, (*next)++);
  }
  ryx_rows_free(r->rows);
}

static void more(pg_client *k, int32_t n)
{
  if (D->more(k->c, n, &k->e) != RYX_SENT_WENT) fail_msg("%s", k->e.message);
}

static void parts_come_in_order(void **state)
{
  ryx_stmt s = stream_of(
      "SELECT g, g::text, '\\x00'::bytea, gen_random_uuid() "
      "FROM generate_series(1, 25) g",
      0, 10);
  int64_t next = 1;
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_run(&k, &s, &r);
  assert_true(r.more);
  assert_string_equal(r.rows->cols[1].name, "g");
  read_part(&r, &next, 10);
  more(&k, 5);
  pg_reply(&k, &r);
  assert_true(r.more);
  read_part(&r, &next, 5);
  more(&k, 100);
  pg_reply(&k, &r);
  assert_false(r.more);
  read_part(&r, &next, 10);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void prepared_plan_streams_in_binary(void **state)
{
  ryx_stmt s =
      pg_stmt("SELECT g, now() FROM generate_series(1, 3) g", RYX_STMT_READ, 9);
  int64_t next = 1;
  ryx_reply r;
  ryx_val v;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_run(&k, &s, &r);
  ryx_rows_free(r.rows);
  s.flags |= RYX_STMT_STREAM;
  s.chunk = 2;
  pg_run(&k, &s, &r);
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 1, &v);
  assert_int_equal(v.type, RYX_T_DATETIMETZ);
  ryx_rows_free(r.rows);
  next = 3;
  more(&k, 2);
  pg_reply(&k, &r);
  read_part(&r, &next, 1);
  pg_shut(&k);
}

static void nothing_is_read_while_a_part_is_out(void **state)
{
  ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 3000000) g", 0, 10);
  ryx_stmt another = pg_stmt("SELECT 1", RYX_STMT_READ, 0);
  ryx_reply r;
  int64_t next = 1;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_run(&k, &s, &r);
  read_part(&r, &next, 10);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(D->step(k.c, RYX_READY_READ, &k.e), RYX_IO_DONE);
    assert_false(D->take(k.c, &r));
  }
  assert_int_equal(D->send(k.c, &another, &k.e), RYX_SENT_REFUSED);
  assert_int_equal(k.e.code, RYX_E_MISUSE);
  assert_int_equal(pg_ask_cancel(&k, &k.e), 0);
  more(&k, 0);
  pg_reply(&k, &r);
  assert_int_equal(r.code, 0);
  assert_false(r.more);
  assert_null(r.rows);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void early_end_without_cancel_drains(void **state)
{
  ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 50000) g", 0, 10);
  ryx_reply r;
  int64_t next = 1;
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int i = 0; i < 3; i++) {
    next = 1;
    pg_run(&k, &s, &r);
    read_part(&r, &next, 10);
    more(&k, 0);
    pg_reply(&k, &r);
    assert_int_equal(r.code, 0);
    assert_false(r.more);
  }
  assert_int_equal(D->more(k.c, 1, &k.e), RYX_SENT_REFUSED);
  assert_int_equal(k.e.code, RYX_E_MISUSE);
  pg_shut(&k);
}

static void error_half_way_is_the_last_reply(void **state)
{
  ryx_stmt s =
      stream_of("SELECT 1 / (15 - g) FROM generate_series(1, 20) g", 0, 10);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_run(&k, &s, &r);
  assert_true(r.more);
  ryx_rows_free(r.rows);
  more(&k, 10);
  pg_reply(&k, &r);
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  assert_false(r.more);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

static void empty_streams_have_columns(void **state)
{
  ryx_stmt s = stream_of("SELECT 1 AS one WHERE false", 0, 10);
  ryx_stmt t = stream_of("CREATE TEMP TABLE ryx_t_s (a int)", 0, 10);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_run(&k, &s, &r);
  assert_false(r.more);
  assert_string_equal(r.rows->cols[0].name, "one");
  assert_int_equal(r.rows->n_rows, 0);
  ryx_rows_free(r.rows);
  pg_run(&k, &t, &r);
  assert_int_equal(r.code, 0);
  assert_null(r.rows);
  pg_shut(&k);
}

static void lost_stream_is_told(void **state)
{
  ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 3000000) g", 0, 10);
  ryx_reply r;
  pg_client k, other;
  char sql[80];
  int64_t next = 1;

  (void)state;
  pg_open(&k);
  pg_open(&other);
  snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)",
           PQbackendPID(k.c->pg));
  pg_run(&k, &s, &r);
  read_part(&r, &next, 10);
  pg_exec(&other, sql);
  do {
    more(&k, 100000);
    pg_reply(&k, &r);
    ryx_rows_free(r.rows);
  } while (r.more);
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_int_equal(D->step(k.c, 0, &k.e), RYX_IO_FAIL);
  pg_shut(&other);
  pg_shut(&k);
}

static int64_t cursors(pg_client *k)
{
  return pg_int(k,
                "SELECT count(*)::int FROM pg_cursors WHERE name LIKE "
                "'ryx%'");
}

static void cursor_leaves_the_connection_free(void **state)
{
  ryx_val v = pg_num(25);
  ryx_stmt s = stream_of(" select g, now() FROM generate_series(1, $1) g",
                         RYX_STMT_STREAM_TX, 10);
  int64_t next = 1;
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  s.params = &v;
  s.n_params = 1;
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_c (a int)");
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  for (int i = 0; i < 2; i++) {
    assert_true(r.more);
    read_part(&r, &next, 10);
    pg_exec(&k, "INSERT INTO ryx_t_c VALUES (1)");
    more(&k, 10);
    pg_reply(&k, &r);
  }
  assert_false(r.more);
  read_part(&r, &next, 5);
  assert_int_equal(cursors(&k), 0);
  pg_exec(&k, "COMMIT");
  assert_int_equal(pg_int(&k, "SELECT count(*) FROM ryx_t_c"), 2);
  pg_shut(&k);
}

static void cursor_ends_early(void **state)
{
  ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 25) g",
                         RYX_STMT_STREAM_TX, 10);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  ryx_rows_free(r.rows);
  more(&k, 0);
  pg_reply(&k, &r);
  assert_int_equal(r.code, 0);
  assert_ptr_equal(r.tag, &s);
  assert_false(r.more);
  assert_int_equal(cursors(&k), 0);
  pg_exec(&k, "COMMIT");
  pg_shut(&k);
}

/* Wherever the cursor has gone meanwhile, ending the stream breaks nothing. */
static void ending_a_cursor_that_is_gone_breaks_nothing(void **state)
{
  static const char *const ends[][2] = {
      {"ROLLBACK TO a", NULL},
      {"ROLLBACK", "BEGIN"},
      {"COMMIT", NULL},
      {"SELECT 1", "SELECT 1"},
  };
  (void)state;
  for (int i = 0; i < 4; i++) {
    ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 25) g",
                           RYX_STMT_STREAM_TX, 10);
    ryx_reply r;
    ryx_tx_state before;
    pg_client k;

    pg_open(&k);
    pg_exec(&k, "BEGIN");
    pg_exec(&k, "SAVEPOINT a");
    pg_run(&k, &s, &r);
    ryx_rows_free(r.rows);
    pg_exec(&k, ends[i][0]);
    if (ends[i][1]) pg_exec(&k, ends[i][1]);
    before = D->in_tx(k.c);
    more(&k, 0);
    pg_reply(&k, &r);
    assert_int_equal(r.code, 0);
    assert_false(r.more);
    assert_int_equal(pg_drive(&k), RYX_IO_DONE);
    assert_int_equal(D->in_tx(k.c), before);
    pg_shut(&k);
  }
}

static void cursor_that_cannot_be_declared_is_one_reply(void **state)
{
  ryx_stmt s = stream_of("SELECT nosuch", RYX_STMT_STREAM_TX, 10);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  assert_string_equal(r.err.sqlstate, "42703");
  assert_false(r.more);
  assert_int_equal(pg_drive(&k), RYX_IO_DONE);
  assert_false(D->take(k.c, &r));
  assert_int_equal(D->in_tx(k.c), RYX_TX_FAILED);
  pg_exec(&k, "ROLLBACK");
  pg_shut(&k);
}

static void fetch_that_fails_ends_the_stream(void **state)
{
  ryx_stmt s = stream_of("SELECT 1 / (15 - g) FROM generate_series(1, 20) g",
                         RYX_STMT_STREAM_TX, 10);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  assert_true(r.more);
  ryx_rows_free(r.rows);
  more(&k, 10);
  pg_reply(&k, &r);
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  assert_false(r.more);
  pg_exec(&k, "ROLLBACK");
  pg_shut(&k);
}

/* A second stream, and what is no plain SELECT, come whole. */
static void second_stream_is_read_whole(void **state)
{
  ryx_stmt s = stream_of("SELECT g FROM generate_series(1, 25) g",
                         RYX_STMT_STREAM_TX, 10);
  ryx_stmt t = stream_of("SELECT g FROM generate_series(1, 25) g",
                         RYX_STMT_STREAM_TX, 10);
  ryx_stmt w = stream_of("WITH w AS (SELECT 1 AS a) SELECT a FROM w",
                         RYX_STMT_STREAM_TX, 10);
  int64_t next = 1, inner = 1;
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "BEGIN");
  pg_run(&k, &s, &r);
  read_part(&r, &next, 10);
  pg_run(&k, &t, &r);
  assert_false(r.more);
  read_part(&r, &inner, 25);
  more(&k, 10);
  pg_reply(&k, &r);
  assert_ptr_equal(r.tag, &s);
  read_part(&r, &next, 10);
  more(&k, 0);
  pg_reply(&k, &r);
  inner = 1;
  pg_run(&k, &w, &r);
  read_part(&r, &inner, 1);
  pg_exec(&k, "COMMIT");
  pg_shut(&k);
}

static void running_out_of_memory_ends_the_stream(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int n = 1; n < 30; n++) {
    unsigned tx = n % 2 ? RYX_STMT_STREAM_TX : 0;
    ryx_stmt s = stream_of(
        "SELECT g, repeat('x', 900) FROM generate_series(1, 40) g", tx, 15);
    ryx_reply r = {.code = 0};

    if (tx) pg_exec(&k, "BEGIN");
    ryx_mem_fail_at(n, false);
    if (D->send(k.c, &s, &k.e) == 0) {
      for (pg_reply(&k, &r); r.more; pg_reply(&k, &r)) {
        ryx_rows_free(r.rows);
        assert_int_equal(r.code, 0);
        more(&k, 15);
      }
      ryx_rows_free(r.rows);
      assert_true(r.code == 0 || r.code == RYX_E_NOMEM);
    }
    ryx_mem_fail_at(0, false);
    if (tx) pg_exec(&k, "COMMIT");
    assert_int_equal(pg_int(&k, "SELECT 1"), 1);
  }
  pg_shut(&k);
}

static void run_plan(pg_client *k, ryx_stmt *s)
{
  ryx_reply r;

  if (pg_run(k, s, &r) != 0) fail_msg("%s", r.err.message);
  ryx_rows_free(r.rows);
}

/* The plan of a stream is prepared; then its columns change, or the server
 * loses it. */
static void first_part_is_asked_for_again(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    ryx_stmt s = pg_stmt("SELECT * FROM ryx_t_st ORDER BY 1", RYX_STMT_READ, 9);
    int64_t next = 1;
    ryx_reply r;
    pg_client k;

    pg_open(&k);
    pg_exec(&k,
            "CREATE TEMP TABLE ryx_t_st AS SELECT g::text AS a FROM "
            "generate_series(1, 9) g");
    run_plan(&k, &s);
    s.flags |= RYX_STMT_STREAM;
    s.chunk = 5;
    if (i == 1) pg_lose_statements(&k);
    pg_exec(&k, "ALTER TABLE ryx_t_st ALTER a TYPE int USING a::int");
    for (int n = 0; n < 2; n++, next = 1) {
      pg_run(&k, &s, &r);
      assert_true(r.more);
      read_part(&r, &next, 5);
      more(&k, 100);
      pg_reply(&k, &r);
      assert_false(r.more);
      read_part(&r, &next, 4);
    }
    assert_int_equal(pg_int(&k, "SELECT 4"), 4);
    pg_shut(&k);
  }
}

/* Rows were shown, so the error is the stream's. */
static void refusal_half_way_is_not_repeated(void **state)
{
  ryx_stmt s =
      pg_stmt("SELECT pg_temp.no(g) FROM generate_series(1, pg_temp.n()) g",
              RYX_STMT_READ, 9);
  int64_t next = 1;
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k,
          "CREATE FUNCTION pg_temp.no(i int) RETURNS int LANGUAGE plpgsql AS "
          "$$ BEGIN IF i > 15 THEN RAISE 'no' USING ERRCODE = '0A000'; END IF; "
          "RETURN i; END $$");
  pg_exec(&k,
          "CREATE FUNCTION pg_temp.n() RETURNS int LANGUAGE sql AS "
          "$$ SELECT 5 $$");
  run_plan(&k, &s);
  pg_exec(&k,
          "CREATE OR REPLACE FUNCTION pg_temp.n() RETURNS int LANGUAGE "
          "sql AS $$ SELECT 20 $$");
  s.flags |= RYX_STMT_STREAM;
  s.chunk = 10;
  pg_run(&k, &s, &r);
  assert_true(r.more);
  read_part(&r, &next, 10);
  more(&k, 100);
  pg_reply(&k, &r);
  assert_string_equal(r.err.sqlstate, "0A000");
  assert_false(r.more);
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

/* A large row makes libpq's buffer large, which then fills with small ones: a
 * step does not go through all of them. */
enum { N_SMALL = 1000000 };
static const char large_and_small[] =
    "SELECT CASE g WHEN 1 THEN repeat('x', 60000000) ELSE 'y' END, g "
    "FROM generate_series(1, 1000000) g";

static void long_steps_yield(void **state)
{
  ryx_stmt s = stream_of(large_and_small, 0, N_SMALL);
  int yields = 0;
  ryx_reply r;
  ryx_io io;
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_send(&k, &s);
  io = D->step(k.c, 0, &k.e);
  while (!D->take(k.c, &r)) {
    yields += io == RYX_IO_YIELD;
    assert_true(k.c->turn.handled <= N_SMALL / 10);
    io = pg_wait(&k, io);
  }
  assert_int_equal(r.code, 0);
  assert_int_equal(r.rows->n_rows, N_SMALL);
  ryx_rows_free(r.rows);
  assert_true(yields > 0);
  more(&k, 0);
  pg_reply(&k, &r);
  ryx_rows_free(r.rows);
  pg_shut(&k);
}

/* The server hangs up while there is more in the buffer than a step takes. */
static void lost_between_steps_is_told(void **state)
{
  ryx_stmt s = stream_of(large_and_small, 0, N_SMALL);
  bool is_killed = false;
  ryx_reply r;
  ryx_io io;
  pg_client k, other;
  char sql[80];

  (void)state;
  pg_open(&k);
  pg_open(&other);
  snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)",
           PQbackendPID(k.c->pg));
  pg_send(&k, &s);
  io = D->step(k.c, 0, &k.e);
  while (io != RYX_IO_DONE && io != RYX_IO_FAIL) {
    if (io == RYX_IO_YIELD && !is_killed) pg_exec(&other, sql);
    is_killed = is_killed || io == RYX_IO_YIELD;
    io = pg_wait(&k, io);
  }
  assert_true(D->take(k.c, &r));
  assert_int_equal(r.code, io == RYX_IO_FAIL ? RYX_E_CONNECTION : 0);
  ryx_rows_free(r.rows);
  pg_shut(&other);
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parts_come_in_order),
      cmocka_unit_test(prepared_plan_streams_in_binary),
      cmocka_unit_test(nothing_is_read_while_a_part_is_out),
      cmocka_unit_test(early_end_without_cancel_drains),
      cmocka_unit_test(error_half_way_is_the_last_reply),
      cmocka_unit_test(empty_streams_have_columns),
      cmocka_unit_test(lost_stream_is_told),
      cmocka_unit_test(cursor_leaves_the_connection_free),
      cmocka_unit_test(cursor_ends_early),
      cmocka_unit_test(ending_a_cursor_that_is_gone_breaks_nothing),
      cmocka_unit_test(cursor_that_cannot_be_declared_is_one_reply),
      cmocka_unit_test(fetch_that_fails_ends_the_stream),
      cmocka_unit_test(second_stream_is_read_whole),
      cmocka_unit_test(running_out_of_memory_ends_the_stream),
      cmocka_unit_test(first_part_is_asked_for_again),
      cmocka_unit_test(refusal_half_way_is_not_repeated),
      cmocka_unit_test(long_steps_yield),
      cmocka_unit_test(lost_between_steps_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
