/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server, when things go wrong: memory that
 * is out, errors that only look like the end, a server that goes or says
 * nothing. */
#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "my_fixture.h"

#include "base/clock.h"
#include "driver/my_conn.h"

/* Every allocation of a statement, a part and a reset fails in turn: the
 * connection says so and is usable, or says that it is over. */
static bool survives(conn *k, int64_t n)
{
  ryx_stmt s = stmt_of("SELECT seq, REPEAT('x', ?) FROM seq_1_to_300");
  ryx_val v = val_int(40);
  ryx_reply r = {.more = true};
  ryx_sent sent;
  bool failed = false;

  s.id = (uint32_t)n + 1;
  s.flags = RYX_STMT_STREAM;
  s.chunk = 100;
  s.params = &v;
  s.n_params = 1;
  ryx_mem_fail_at(n, false);
  sent = my->send(k->c, &s, &k->err);
  while (sent == RYX_SENT_WENT && r.more) {
    assert_int_equal(finish(k, my->step(k->c, 0, &k->err)), RYX_IO_DONE);
    assert_true(my->take(k->c, &r));
    failed = failed || r.code;
    if (r.code) assert_int_equal(r.code, RYX_E_NOMEM);
    if (!r.code) ryx_rows_free(r.rows);
    if (r.more) sent = my->more(k->c, 100, &k->err);
  }
  failed = failed || sent != RYX_SENT_WENT;
  assert_int_equal(finish(k, my->reset(k->c, &k->err)), RYX_IO_DONE);
  ryx_mem_fail_at(0, false);
  assert_int_equal(number(k, "SELECT 1"), 1);
  return failed;
}

static void test_any_allocation_fails(void **state)
{
  conn k;
  int failures = 0;

  (void)state;
  for (int fresh = 0; fresh < 2; fresh++) {
    for (int64_t n = 1; n < 60; n++) {
      if (n == 1 || fresh) open_conn(&k, "");
      failures += survives(&k, n);
      if (fresh) hang_up(&k);
    }
    if (!fresh) hang_up(&k);
  }
  assert_true(failures > 20);
}

/* A stream in a transaction, whose part finds no memory. */
static void test_part_without_memory(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT seq FROM seq_1_to_100");
  ryx_reply r;

  (void)state;
  for (int tx = 0; tx < 2; tx++) {
    open_conn(&k, "");
    if (tx) ok(&k, "START TRANSACTION");
    s.flags = RYX_STMT_STREAM | (tx ? RYX_STMT_STREAM_TX : 0);
    s.chunk = 10;
    r = run(&k, &s);
    assert_true(r.more);
    ryx_rows_free(r.rows);
    ryx_mem_fail_at(1, false);
    assert_int_equal(my->more(k.c, 10, &k.err), RYX_SENT_WENT);
    assert_int_equal(finish(&k, my->step(k.c, 0, &k.err)), RYX_IO_DONE);
    ryx_mem_fail_at(0, false);
    assert_true(my->take(k.c, &r));
    assert_int_equal(r.code, RYX_E_NOMEM);
    assert_false(r.more);
    assert_int_equal(my->in_tx(k.c), tx ? RYX_TX_OPEN : RYX_TX_NONE);
    assert_int_equal(number(&k, "SELECT 1"), 1);
    hang_up(&k);
  }
}

/* An error that a user raises is an error and no more, whatever it looks like:
 * the connection goes on, and the transaction stands. */
static void test_raised_errors(void **state)
{
  static const char *const raised[] = {
      "SIGNAL SQLSTATE '08S01'",
      "SIGNAL SQLSTATE '08000' SET MESSAGE_TEXT = 'no'",
      "SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053",
      "SIGNAL SQLSTATE '70100' SET MYSQL_ERRNO = 1927",
      "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 4031",
      "SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1152",
      "SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1158",
      "SIGNAL SQLSTATE '08004' SET MYSQL_ERRNO = 1040",
      "SIGNAL SQLSTATE '28000' SET MYSQL_ERRNO = 1045",
  };
  conn k;
  int64_t id;

  (void)state;
  open_conn(&k, "");
  id = number(&k, "SELECT CONNECTION_ID()");
  for (size_t i = 0; i < 2 * sizeof raised / sizeof *raised; i++) {
    char sql[200];
    ryx_stmt s = either_way("CALL raise_it()", (int)(i % 2));
    ryx_reply r;
    s.id = s.id ? (uint32_t)i : 0;
    snprintf(sql, sizeof sql, "CREATE OR REPLACE PROCEDURE raise_it() %s",
             raised[i / 2]);
    ok(&k, sql);
    ok(&k, "START TRANSACTION");
    r = run(&k, &s);
    if (r.code != RYX_E_OPERATIONAL)
      print_error("%s: %s\n", raised[i / 2], r.err.message);
    assert_int_equal(r.code, RYX_E_OPERATIONAL);
    assert_false(r.not_started);
    assert_int_equal(my->in_tx(k.c), RYX_TX_OPEN);
    ok(&k, "ROLLBACK");
    assert_int_equal(number(&k, "SELECT CONNECTION_ID()"), id);
  }
  ok(&k, "DROP PROCEDURE raise_it");
  hang_up(&k);
}

/* The limit is of the whole server: a connection gives up what it keeps. */
static void test_too_many_statements(void **state)
{
  conn k;
  int64_t before, count;
  char sql[80];
  bool fine = true;

  (void)state;
  open_conn(&k, "");
  before = number(&k, "SELECT @@max_prepared_stmt_count");
  count = number(&k,
                 "SELECT CAST(VARIABLE_VALUE AS SIGNED) FROM "
                 "information_schema.global_status WHERE VARIABLE_NAME = "
                 "'PREPARED_STMT_COUNT'");
  snprintf(sql, sizeof sql, "SET GLOBAL max_prepared_stmt_count = %lld",
           (long long)count + 3);
  ok(&k, sql);
  for (uint32_t id = 1; id < 12; id++) {
    ryx_stmt s = stmt_of("SELECT 1");
    ryx_reply r;
    s.id = id;
    r = run(&k, &s);
    fine = fine && r.code == 0;
    if (!r.code) ryx_rows_free(r.rows);
  }
  snprintf(sql, sizeof sql, "SET GLOBAL max_prepared_stmt_count = %lld",
           (long long)before);
  ok(&k, sql);
  assert_true(fine);
  hang_up(&k);
}

/* A procedure that did its work and then says "unknown statement" is not run
 * again. */
static void test_raised_unknown_statement(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("CALL twice()");

  (void)state;
  open_conn(&k, "");
  ok(&k, "CREATE OR REPLACE TABLE tw (a INT)");
  ok(&k,
     "CREATE OR REPLACE PROCEDURE twice() BEGIN INSERT INTO tw VALUES (1); "
     "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1243; END");
  s.id = 7;
  for (int i = 1; i < 4; i++) {
    assert_int_equal(run(&k, &s).code, RYX_E_OPERATIONAL);
    assert_int_equal(number(&k, "SELECT COUNT(*) FROM tw"), i);
  }
  ok(&k, "DROP PROCEDURE twice");
  hang_up(&k);
}

/* On a local socket a server that went is known by the first write: nothing
 * began. On TCP that write goes through, and nobody knows. */
static void test_gone_before_the_write(void **state)
{
  static char path[256];
  conn k = {.c = NULL}, other;
  ryx_dial d = {.opts = &k.opts};
  ryx_stmt s = stmt_of("SELECT 1");
  ryx_reply r;
  struct pollfd p;
  ryx_val v;

  (void)state;
  open_conn(&other, "");
  r = text(&other, "SELECT @@socket");
  assert_true(ryx_rows_next(r.rows));
  ryx_rows_cell(r.rows, 0, &v);
  snprintf(path, sizeof path, "%.*s", (int)v.len, v.u.s);
  ryx_rows_free(r.rows);
  for (int by = 0; by < 2; by++) {
    if (dial(&k, "") != RYX_IO_DONE) fail();
    my->close(k.c);
    k.opts.host = path;
    assert_int_equal(my->dial(k.c, &d, &k.err), RYX_IO_BLOCK);
    assert_int_equal(my->step(k.c, 0, &k.err), RYX_IO_DONE);
    s.id = (uint32_t)by;
    r = run(&k, &s); /* kept from here on */
    ryx_rows_free(r.rows);
    assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_WENT);
    kill_conn(&other, (int64_t)((my_conn *)k.c)->thread_id);
    p = (struct pollfd){.fd = my->fd(k.c), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_int_equal(my->step(k.c, 0, &k.err), RYX_IO_FAIL);
    assert_true(my->take(k.c, &r));
    assert_int_equal(r.code, RYX_E_CONNECTION);
    assert_true(r.not_started);
    hang_up(&k);
  }
  hang_up(&other);
}

/* A held stream is failed by the send that finds the server gone. */
static void test_gone_with_held_stream(void **state)
{
  conn k, other;
  ryx_stmt s = stmt_of("SELECT seq FROM seq_1_to_100"), next = stmt_of("DO 1");
  ryx_reply r;
  struct pollfd p;

  (void)state;
  open_conn(&other, "");
  open_conn(&k, "");
  s.flags = RYX_STMT_STREAM | RYX_STMT_STREAM_TX;
  s.chunk = 10;
  s.tag = &s;
  r = run(&k, &s);
  ryx_rows_free(r.rows);
  kill_conn(&other, (int64_t)((my_conn *)k.c)->thread_id);
  p = (struct pollfd){.fd = my->fd(k.c), .events = POLLIN};
  assert_int_equal(poll(&p, 1, 10000), 1);
  assert_int_equal(my->send(k.c, &next, &k.err), RYX_SENT_OVER);
  assert_true(my->take(k.c, &r));
  assert_ptr_equal(r.tag, &s);
  assert_int_equal(r.code, RYX_E_CONNECTION);
  assert_false(r.not_started);
  assert_int_equal(my->more(k.c, 10, &k.err), RYX_SENT_OVER);
  k.live = other.live = ryx_mem_live();
  my->close(k.c);
  ryx_mem_free(k.c);
  ryx_opts_fini(&k.opts);
  my->close(other.c);
  ryx_mem_free(other.c);
  ryx_opts_fini(&other.opts);
}

/* What the server says when it hangs up may lie before the end. */
static void test_server_tires(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("DO 1");
  struct pollfd p;

  (void)state;
  open_conn(&k, "");
  ok(&k, "SET wait_timeout = 1");
  p = (struct pollfd){.fd = my->fd(k.c), .events = POLLRDHUP};
  assert_int_equal(poll(&p, 1, 30000), 1);
  assert_int_equal(my->send(k.c, &s, &k.err), RYX_SENT_OVER);
  assert_int_equal(k.err.code, RYX_E_CONNECTION);
  hang_up(&k);
}

static void test_no_local_files(void **state)
{
  conn k;
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  ok(&k, "CREATE OR REPLACE TABLE lf (a TEXT)");
  r = text(&k, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE lf");
  assert_int_equal(r.code, RYX_E_OPERATIONAL);
  assert_non_null(strstr(r.err.message, "local infile"));
  assert_int_equal(number(&k, "SELECT COUNT(*) FROM lf"), 0);
  hang_up(&k);
}

/* A server that takes the connection and says nothing. */
static int silent_server(int *port)
{
  struct sockaddr_in a = {.sin_family = AF_INET};
  socklen_t n = sizeof a;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
  assert_int_equal(listen(fd, 8), 0);
  assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
  *port = ntohs(a.sin_port);
  return fd;
}

typedef struct waiter {
  ryx_opts opts;
  ryx_err err;
  ryx_io io;
  uint64_t took_ns;
} waiter;

static void *dial_in_thread(void *ud)
{
  waiter *w = ud;
  uint64_t start = ryx_clock_now();
  void *c = ryx_mem_new(my->conn_size);
  ryx_dial d = {.opts = &w->opts, .deadline_ns = ryx_clock_after(start, 1000)};

  w->io = my->dial(c, &d, &w->err);
  w->io = my->step(c, 0, &w->err);
  my->close(c);
  ryx_mem_free(c);
  w->took_ns = ryx_clock_now() - start;
  return NULL;
}

/* The dial gives up by its deadline, and meanwhile holds up nobody else's. */
static void test_silent_server(void **state)
{
  static waiter w;
  char url[80];
  pthread_t t;
  conn k;
  int port, fd = silent_server(&port);

  (void)state;
  snprintf(url, sizeof url, "mysql://root@127.0.0.1:%d/ryx", port);
  assert_int_equal(ryx_opts_parse(url, &w.opts, &w.err), 0);
  assert_int_equal(pthread_create(&t, NULL, dial_in_thread, &w), 0);
  for (int i = 0; i < 5; i++) {
    const char *base = getenv("RYX_TEST_MY_URL");
    ryx_dial d = {.opts = &k.opts};
    if (!base) break;
    assert_int_equal(ryx_opts_parse(base, &k.opts, &k.err), 0);
    k.c = ryx_mem_new(my->conn_size);
    assert_int_equal(my->dial(k.c, &d, &k.err), RYX_IO_BLOCK);
    assert_int_equal(my->step(k.c, 0, &k.err), RYX_IO_DONE);
    my->close(k.c);
    ryx_mem_free(k.c);
    ryx_opts_fini(&k.opts);
  }
  assert_int_equal(pthread_join(t, NULL), 0);
  assert_int_equal(w.io, RYX_IO_FAIL);
  assert_int_equal(w.err.code, RYX_E_CONNECTION);
  assert_true(w.took_ns < 3 * RYX_NS_PER_S);
  ryx_opts_fini(&w.opts);
  close(fd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_any_allocation_fails),
      cmocka_unit_test(test_part_without_memory),
      cmocka_unit_test(test_raised_errors),
      cmocka_unit_test(test_too_many_statements),
      cmocka_unit_test(test_raised_unknown_statement),
      cmocka_unit_test(test_gone_before_the_write),
      cmocka_unit_test(test_gone_with_held_stream),
      cmocka_unit_test(test_server_tires),
      cmocka_unit_test(test_no_local_files),
      cmocka_unit_test(test_silent_server),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
