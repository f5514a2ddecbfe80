/* SPDX-License-Identifier: MIT */
/* The MariaDB driver against a real server: dial, session and reset. */
#include <fcntl.h>
#include <signal.h>

#include "my_fixture.h"

static void test_session(void **state)
{
  conn k;
  ryx_reply r;
  ryx_val v;

  (void)state;
  open_conn(&k, "");
  for (int i = 0; i < 2; i++) {
    v = val_text("+00:00");
    r = text(&k, "SELECT @@time_zone");
    expect_cell(&r, &v);
    v = val_text("READ-COMMITTED");
    r = text(&k, "SELECT @@tx_isolation");
    expect_cell(&r, &v);
    v = val_text("utf8mb4_nopad_bin");
    r = text(&k, "SELECT @@collation_connection");
    expect_cell(&r, &v);
    assert_int_equal(number(&k, "SELECT @@sql_mode LIKE '%SIMULTANEOUS%'"), 1);
    assert_int_equal(number(&k, "SELECT DATABASE() = 'ryx'"), 1);
    ok(&k, "SET time_zone = '+05:00', tx_isolation = 'SERIALIZABLE'");
    ok(&k, "CREATE TEMPORARY TABLE tmp_reset (a INT)");
    ok(&k, "USE mysql");
    assert_int_equal(finish(&k, my->reset(k.c, &k.err)), RYX_IO_DONE);
    r = text(&k, "SELECT * FROM ryx.tmp_reset");
    assert_int_equal(r.err.native, 1146);
  }
  assert_true(my->server_caps(k.c) & RYX_SERVER_RETURNING);
  assert_false(my->server_caps(k.c) & RYX_SERVER_MYSQL);
  hang_up(&k);
}

static void test_reset_empties_the_cache(void **state)
{
  conn k;
  ryx_stmt s = stmt_of("SELECT ? + 1");
  ryx_val v = val_int(1), two = val_int(2);
  ryx_reply r;

  (void)state;
  open_conn(&k, "");
  s.id = 5;
  s.params = &v;
  s.n_params = 1;
  for (int i = 0; i < 3; i++) {
    r = run(&k, &s);
    expect_cell(&r, &two);
    if (i == 1) my->forget(k.c);
    if (i == 0)
      assert_int_equal(finish(&k, my->reset(k.c, &k.err)), RYX_IO_DONE);
  }
  hang_up(&k);
}

static void expect_no_dial(const char *options, const char *word)
{
  conn k;

  assert_int_equal(dial(&k, options), RYX_IO_FAIL);
  assert_int_equal(k.err.code, RYX_E_CONNECTION);
  assert_non_null(strstr(k.err.message, word));
  hang_up(&k);
}

static void test_tls_on_a_plain_server(void **state)
{
  static const char *const fine[] = {"", "?sslmode=disable", "?sslmode=allow",
                                     "?sslmode=prefer"};
  conn k;

  (void)state;
  open_conn(&k, "");
  if (number(&k, "SELECT @@have_ssl = 'YES'")) {
    hang_up(&k);
    skip();
  }
  hang_up(&k);
  for (int i = 0; i < 4; i++) {
    open_conn(&k, fine[i]);
    assert_int_equal(number(&k, "SELECT 1"), 1);
    hang_up(&k);
  }
  expect_no_dial("?sslmode=require", "TLS");
  expect_no_dial("?sslmode=verify-ca", "TLS");
  expect_no_dial("?sslmode=verify-full", "TLS");
}

static void test_login_refused(void **state)
{
  conn k = {.c = NULL};
  ryx_dial d = {.opts = &k.opts};

  (void)state;
  if (dial(&k, "") != RYX_IO_DONE) fail();
  k.opts.user = "nobody_here";
  k.opts.password = "sesame-open";
  my->close(k.c);
  assert_int_equal(my->dial(k.c, &d, &k.err), RYX_IO_BLOCK);
  assert_int_equal(my->step(k.c, 0, &k.err), RYX_IO_FAIL);
  assert_int_equal(k.err.native, 1045);
  assert_int_equal(k.err.code, RYX_E_CONNECTION);
  assert_null(strstr(k.err.message, "sesame"));
  hang_up(&k);
}

static void test_process_is_left_alone(void **state)
{
  struct sigaction now;
  conn k;

  (void)state;
  open_conn(&k, "");
  assert_int_equal(sigaction(SIGPIPE, NULL, &now), 0);
  assert_ptr_equal(now.sa_handler, SIG_DFL);
  assert_true(fcntl(my->fd(k.c), F_GETFD) & FD_CLOEXEC);
  assert_true(fcntl(my->fd(k.c), F_GETFL) & O_NONBLOCK);
  hang_up(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_session),
      cmocka_unit_test(test_reset_empties_the_cache),
      cmocka_unit_test(test_tls_on_a_plain_server),
      cmocka_unit_test(test_login_refused),
      cmocka_unit_test(test_process_is_left_alone),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
