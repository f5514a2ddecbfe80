/* SPDX-License-Identifier: MIT */
/* The PostgreSQL driver against a server: dialling, the pipeline, prepared
 * statements, and everything that can go wrong on a connection. */
#include "pg_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

static void dial_tells_what_the_server_can(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  assert_true(D->server_caps(k.c) & RYX_SERVER_RETURNING);
  assert_true(D->server_caps(k.c) & (RYX_SERVER_C_UTF8 | RYX_SERVER_ICU));
  assert_int_equal(D->in_tx(k.c), RYX_TX_NONE);
  assert_true(D->fd(k.c) >= 0);
  pg_shut(&k);
}

static void dial_sets_the_session_for_good(void **state)
{
  static const char show[] =
      "SELECT (current_setting('TimeZone') = 'UTC' AND "
      "current_setting('bytea_output') = 'hex' AND "
      "current_setting('client_encoding') = 'UTF8' AND "
      "current_setting('IntervalStyle') = 'iso_8601' AND "
      "current_setting('application_name') = 'ryx')::int";
  pg_client k;

  (void)state;
  pg_open(&k);
  assert_int_equal(pg_int(&k, show), 1);
  pg_exec(&k, "SET TimeZone = 'Asia/Tokyo'");
  pg_exec(&k, "BEGIN");
  pg_fails(&k, "SELECT 1/0");
  assert_int_equal(pg_settle(&k, D->reset(k.c, &k.e)), RYX_IO_DONE);
  assert_int_equal(D->in_tx(k.c), RYX_TX_NONE);
  assert_int_equal(pg_int(&k, show), 1);
  pg_shut(&k);
}

/* A pooler that refuses options at start-up: the settings come later. */
static void late_settings_are_set_and_kept(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "SET TimeZone = 'Asia/Tokyo'");
  k.c->flavour = &ryx_pg_flavours[RYX_PG_POOLER];
  assert_int_equal(pg_settle(&k, D->reset(k.c, &k.e)), RYX_IO_DONE);
  assert_int_equal(
      pg_int(&k,
             "SELECT count(*)::int FROM pg_settings WHERE name = 'TimeZone' "
             "AND setting = 'UTC' AND source = 'session'"),
      1);
  pg_shut(&k);
}

static void failed_dial_hides_the_password(void **state)
{
  ryx_dial dial;
  pg_client k = {0};
  ryx_io io;

  (void)state;
  assert_int_equal(
      ryx_opts_parse("postgres://u:s3cret-word@127.0.0.1:1/nothing", &k.opts,
                     &k.e),
      0);
  k.c = ryx_mem_new(D->conn_size);
  dial = (ryx_dial){.opts = &k.opts, .addr = "127.0.0.1"};
  io = pg_settle(&k, D->dial(k.c, &dial, &k.e));
  assert_int_equal(io, RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
  assert_null(strstr(k.e.message, "s3cret-word"));
  assert_null(strchr(k.e.message, '\n'));
  pg_shut(&k);
}

/* While dialling every error is the connection's, whatever its state. */
static void refused_login_is_a_connection_error(void **state)
{
  ryx_dial dial;
  pg_client k = {0};

  (void)state;
  if (!pg_url()) skip();
  assert_int_equal(ryx_opts_parse(pg_url(), &k.opts, &k.e), 0);
  k.c = ryx_mem_new(D->conn_size);
  k.opts.user = "ryx_no_such_role";
  dial = (ryx_dial){.opts = &k.opts};
  assert_int_equal(pg_settle(&k, D->dial(k.c, &dial, &k.e)), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
  assert_non_null(strstr(k.e.message, "ryx_no_such_role"));
  pg_shut(&k);
}

static void address_is_dialled_instead_of_the_name(void **state)
{
  ryx_dial dial;
  pg_client k = {0};

  (void)state;
  if (!pg_url()) skip();
  assert_int_equal(ryx_opts_parse(pg_url(), &k.opts, &k.e), 0);
  if (!k.opts.host || k.opts.host[0] == '/') skip();
  k.c = ryx_mem_new(D->conn_size);
  k.opts.host = "a.name.that.nobody.resolves";
  dial = (ryx_dial){.opts = &k.opts, .addr = "127.0.0.1"};
  assert_int_equal(pg_settle(&k, D->dial(k.c, &dial, &k.e)), RYX_IO_DONE);
  pg_shut(&k);
}

static void pipeline_isolates_an_error(void **state)
{
  ryx_stmt s[RYX_PG_DEPTH];
  ryx_val v[RYX_PG_DEPTH];
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int i = 0; i < RYX_PG_DEPTH; i++) {
    v[i] = pg_num(i - 7);
    s[i] = pg_stmt("SELECT 100 / $1", RYX_STMT_READ, 7);
    s[i].params = &v[i];
    s[i].n_params = 1;
    pg_send(&k, &s[i]);
  }
  for (int i = 0; i < RYX_PG_DEPTH; i++) {
    pg_reply(&k, &r);
    assert_ptr_equal(r.tag, &s[i]);
    assert_int_equal(r.code, i == 7 ? RYX_E_OPERATIONAL : 0);
    if (i == 7) assert_string_equal(r.err.sqlstate, "22012");
    if (i != 7) assert_int_equal(pg_first(r.rows), 100 / (i - 7));
  }
  assert_false(D->take(k.c, &r));
  assert_int_equal(pg_drive(&k), RYX_IO_DONE);
  assert_int_equal(k.c->names.kept.n, 1);
  pg_shut(&k);
}

static void *cancel_it(void *p)
{
  pg_client *k = p;
  ryx_err e;

  return pg_ask_cancel(k, &e) == 0 ? k : NULL;
}

static void wait_until_asleep(pg_client *other, const pg_client *k)
{
  char sql[120];

  snprintf(sql, sizeof sql,
           "SELECT count(*) FROM pg_stat_activity WHERE pid = "
           "%d AND wait_event = 'PgSleep'",
           PQbackendPID(k->c->pg));
  while (pg_int(other, sql) == 0)
    continue;
}

static void cancel_hits_the_head(void **state)
{
  ryx_stmt s[3];
  ryx_reply r;
  pthread_t t;
  pg_client k, other;
  void *ok;

  (void)state;
  pg_open(&k);
  pg_open(&other);
  s[0] = pg_stmt("SELECT pg_sleep(20)", RYX_STMT_READ, 0);
  s[1] = pg_stmt("SELECT 2", RYX_STMT_READ, 0);
  s[2] = pg_stmt("SELECT 3", RYX_STMT_READ, 0);
  for (int i = 0; i < 3; i++)
    pg_send(&k, &s[i]);
  wait_until_asleep(&other, &k);
  assert_int_equal(pthread_create(&t, NULL, cancel_it, &k), 0);
  pg_reply(&k, &r);
  assert_int_equal(r.code, RYX_E_CANCELLED);
  assert_false(r.not_started);
  pg_reply(&k, &r);
  assert_int_equal(pg_first(r.rows), 2);
  pg_reply(&k, &r);
  assert_int_equal(pg_first(r.rows), 3);
  pthread_join(t, &ok);
  assert_non_null(ok);
  assert_int_equal(pg_ask_cancel(&k, &k.e), 0); /* idle: no error */
  pg_shut(&other);
  pg_shut(&k);
}

static void killed_session_fails_what_was_in_flight(void **state)
{
  ryx_stmt s[3];
  ryx_reply r;
  pg_client k, other;
  char sql[80];
  int64_t pid;

  (void)state;
  pg_open(&k);
  pg_open(&other);
  pid = pg_int(&k, "SELECT pg_backend_pid()");
  s[0] = pg_stmt("SELECT pg_sleep(20)", 0, 0);
  s[1] = pg_stmt("SELECT 2", RYX_STMT_READ, 0);
  s[2] = pg_stmt("SELECT 3", RYX_STMT_READ, 5);
  for (int i = 0; i < 3; i++)
    pg_send(&k, &s[i]);
  snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)", (int)pid);
  pg_exec(&other, sql);
  assert_int_equal(pg_drive(&k), RYX_IO_FAIL);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
  for (int i = 0; i < 3; i++) {
    assert_true(D->take(k.c, &r));
    assert_ptr_equal(r.tag, &s[i]);
    assert_int_equal(r.code, RYX_E_CONNECTION);
    assert_non_null(strstr(r.err.message, "administrator"));
    assert_false(r.not_started);
    if (i == 0) assert_string_equal(r.err.sqlstate, "57P01");
  }
  assert_false(D->take(k.c, &r));
  assert_int_equal(D->fd(k.c), -1);
  assert_int_equal(D->send(k.c, &s[1], &k.e), RYX_SENT_OVER);
  assert_int_equal(k.e.code, RYX_E_CONNECTION);
  pg_shut(&other);
  pg_shut(&k);
}

/* The server hung up while the connection was idle: nothing of a statement
 * leaves, be it a read or a write. */
static void nothing_is_sent_on_a_dead_connection(void **state)
{
  static const unsigned flags[] = {RYX_STMT_RAW, RYX_STMT_READ,
                                   RYX_STMT_READ | RYX_STMT_STREAM};
  (void)state;
  for (int i = 0; i < 3; i++) {
    ryx_stmt s = pg_stmt("SELECT 1", flags[i], 0);
    ryx_reply r;
    pg_client k, other;
    struct pollfd p;
    char sql[80];

    pg_open(&k);
    pg_open(&other);
    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d)",
             PQbackendPID(k.c->pg));
    pg_exec(&other, sql);
    p = (struct pollfd){.fd = D->fd(k.c), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 20000), 1);
    k.c->alone_ns = 0;
    for (int n = 0; n < 2; n++) {
      assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_OVER);
      assert_int_equal(k.e.code, RYX_E_CONNECTION);
      assert_non_null(strstr(k.e.message, "administrator"));
    }
    assert_int_equal(D->more(k.c, 1, &k.e), RYX_SENT_OVER);
    assert_int_equal(D->step(k.c, 0, &k.e), RYX_IO_FAIL);
    assert_false(D->take(k.c, &r));
    pg_shut(&other);
    pg_shut(&k);
  }
}

/* The socket no longer takes bytes, which shows only behind the first: nobody
 * knows what has left, so the statement is in flight and lost. */
static void what_may_have_left_is_lost(void **state)
{
  ryx_stmt s = pg_stmt("CREATE TABLE never (a int)", RYX_STMT_RAW, 0);
  ryx_reply r;
  pg_client k;

  (void)state;
  pg_open(&k);
  /* Stopped, the server cannot end the connection before the statement goes. */
  pid_t server = PQbackendPID(k.c->pg);
  assert_int_equal(kill(server, SIGSTOP), 0);
  assert_int_equal(shutdown(D->fd(k.c), SHUT_WR), 0);
  s.tag = &s;
  ryx_sent sent = D->send(k.c, &s, &k.e);
  assert_int_equal(kill(server, SIGCONT), 0);
  assert_int_equal(sent, RYX_SENT_WENT);
  assert_int_equal(pg_drive(&k), RYX_IO_FAIL);
  assert_true(D->take(k.c, &r));
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_false(r.not_started);
  assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_OVER);
  pg_shut(&k);
}

static const char *const copies[] = {"COPY (SELECT 1) TO STDOUT",
                                     "/* in */ copy ryx_t_copy FROM STDIN"};

static void copy_is_refused_and_the_connection_lives(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int i = 0; i < 2; i++) {
    ryx_stmt s = pg_stmt(copies[i], RYX_STMT_RAW, 0);

    assert_int_equal(D->send(k.c, &s, &k.e), RYX_SENT_REFUSED);
    assert_int_equal(k.e.code, RYX_E_MISUSE);
    assert_non_null(strstr(k.e.message, "COPY"));
  }
  assert_int_equal(pg_int(&k, "SELECT 4"), 4);
  pg_shut(&k);
}

/* One that got through all the same. */
static void copy_under_way_ends_the_connection(void **state)
{
  (void)state;
  for (int i = 0; i < 2; i++) {
    ryx_stmt s = pg_stmt(copies[i], 0, 0);
    ryx_reply r;
    pg_client k;

    pg_open(&k);
    pg_exec(&k, "CREATE TEMP TABLE ryx_t_copy (a int)");
    pg_send(&k, &s);
    assert_int_equal(pg_drive(&k), RYX_IO_FAIL);
    assert_true(D->take(k.c, &r));
    assert_int_equal(r.code, RYX_E_CONNECTION);
    assert_non_null(strstr(r.err.message, "COPY"));
    pg_shut(&k);
  }
}

/* However much has been read of what, closing frees it (run with ASan). */
static void closing_half_way_leaks_nothing(void **state)
{
  static const unsigned flags[] = {0, RYX_STMT_STREAM,
                                   RYX_STMT_STREAM | RYX_STMT_STREAM_TX};
  (void)state;
  for (int i = 0; i < 6; i++) {
    ryx_stmt s = pg_stmt(
        "SELECT g, repeat('x', 500) FROM generate_series(1, "
        "200000) g",
        flags[i % 3], 1);
    pg_client k;

    pg_open(&k);
    s.chunk = 50000;
    if (i % 3 == 2) pg_exec(&k, "BEGIN");
    pg_send(&k, &s);
    for (int n = 0; n < (i < 3 ? 3 : 300); n++) {
      if (D->step(k.c, 0, &k.e) == RYX_IO_DONE) break;
      pg_wait(&k, RYX_IO_READ);
    }
    pg_shut(&k);
  }
}

/* 12 parameters of 1 MB, replies of 20 MB: both sides' buffers are full. */
static void large_both_ways(void **state)
{
  enum { N = 12, SIZE = 1 << 20 };
  ryx_stmt s[N];
  ryx_val v;
  ryx_reply r;
  pg_client k;
  char *big;

  (void)state;
  pg_open(&k);
  big = ryx_mem_alloc(SIZE);
  memset(big, 'y', SIZE);
  v = (ryx_val){.type = RYX_T_TEXT, .len = SIZE, .u.s = big};
  for (int i = 0; i < N; i++) {
    s[i] = pg_stmt("SELECT repeat($1::text, 20)", RYX_STMT_READ, 4);
    s[i].params = &v;
    s[i].n_params = 1;
    pg_send(&k, &s[i]);
  }
  for (int i = 0; i < N; i++) {
    ryx_val got;

    pg_reply(&k, &r);
    assert_int_equal(r.code, 0);
    assert_true(ryx_rows_next(r.rows));
    ryx_rows_cell(r.rows, 0, &got);
    assert_int_equal(got.len, 20 * SIZE);
    assert_int_equal(got.u.s[got.len - 1], 'y');
    ryx_rows_free(r.rows);
  }
  ryx_mem_free(big);
  pg_shut(&k);
}

static void notices_and_notifies_do_not_disturb(void **state)
{
  ryx_stmt s[4];
  ryx_reply r;
  pg_client k, other;

  (void)state;
  pg_open(&k);
  pg_open(&other);
  pg_exec(&k, "LISTEN ryx_test");
  pg_exec(&k,
          "CREATE FUNCTION pg_temp.loud() RETURNS int LANGUAGE plpgsql AS "
          "$$ BEGIN RAISE NOTICE 'loud'; RETURN 4; END $$");
  pg_exec(&other, "NOTIFY ryx_test, 'one'");
  for (int i = 0; i < 4; i++) {
    s[i] = pg_stmt("SELECT pg_temp.loud() FROM generate_series(1, 3)", 0, 0);
    pg_send(&k, &s[i]);
  }
  pg_exec(&other, "NOTIFY ryx_test, 'two'");
  for (int i = 0; i < 4; i++) {
    pg_reply(&k, &r);
    assert_int_equal(r.rows->n_rows, 3);
    assert_int_equal(pg_first(r.rows), 4);
  }
  assert_int_equal(D->step(k.c, RYX_READY_READ, &k.e), RYX_IO_DONE);
  assert_null(PQnotifies(k.c->pg));
  pg_shut(&other);
  pg_shut(&k);
}

static void affected_counts_writes_only(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  pg_exec(&k, "CREATE TEMP TABLE ryx_t_a (a int)");
  assert_int_equal(
      pg_exec(&k, "INSERT INTO ryx_t_a SELECT generate_series(1, 9)"), 9);
  assert_int_equal(
      pg_exec(&k, "UPDATE ryx_t_a SET a = a WHERE a > 5 RETURNING a"), 4);
  assert_int_equal(pg_exec(&k, "SELECT * FROM ryx_t_a"), 0);
  assert_int_equal(pg_exec(&k, "DELETE FROM ryx_t_a WHERE a = 1"), 1);
  pg_shut(&k);
}

static void every_begin_is_accepted(void **state)
{
  pg_client k;

  (void)state;
  pg_open(&k);
  for (int i = 0; i < 16; i++) {
    ryx_begin b = {.isolation = (ryx_isolation)(i / 4),
                   .read_only = i & 1,
                   .deferrable = i & 2};
    int64_t only;

    pg_exec(&k, D->begin(&b, 0));
    assert_null(D->begin(&b, 1));
    only = pg_int(&k,
                  "SELECT (current_setting('transaction_read_only') = "
                  "'on')::int");
    assert_int_equal(only, b.read_only);
    pg_exec(&k, "ROLLBACK");
  }
  pg_shut(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(dial_tells_what_the_server_can),
      cmocka_unit_test(dial_sets_the_session_for_good),
      cmocka_unit_test(late_settings_are_set_and_kept),
      cmocka_unit_test(failed_dial_hides_the_password),
      cmocka_unit_test(refused_login_is_a_connection_error),
      cmocka_unit_test(address_is_dialled_instead_of_the_name),
      cmocka_unit_test(pipeline_isolates_an_error),
      cmocka_unit_test(cancel_hits_the_head),
      cmocka_unit_test(killed_session_fails_what_was_in_flight),
      cmocka_unit_test(nothing_is_sent_on_a_dead_connection),
      cmocka_unit_test(what_may_have_left_is_lost),
      cmocka_unit_test(copy_is_refused_and_the_connection_lives),
      cmocka_unit_test(copy_under_way_ends_the_connection),
      cmocka_unit_test(closing_half_way_leaks_nothing),
      cmocka_unit_test(large_both_ways),
      cmocka_unit_test(notices_and_notifies_do_not_disturb),
      cmocka_unit_test(affected_counts_writes_only),
      cmocka_unit_test(every_begin_is_accepted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
