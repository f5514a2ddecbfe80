/* SPDX-License-Identifier: MIT */
/* Faults of the disk under a SQLite connection: each is a typed error, the
 * state of the transaction is the true one, and the connection goes on or says
 * that it is over. */
#include "lite_fixture.h"

static int run_full(lite *l, const char *sql, ryx_reply *r)
{
  ryx_stmt s = text_stmt(sql);
  int rc;

  limit_files(50000);
  rc = run(l, &s, r);
  limit_files(RLIM_INFINITY);
  return rc;
}

static const char much[] = "INSERT INTO t VALUES (randomblob(100000))";

static void is_full(lite *l, const char *sql)
{
  ryx_reply r;

  assert_int_equal(run_full(l, sql, &r), RYX_E_OPERATIONAL);
  if (!strstr(r.err.message, "disk")) fail_msg("%s", r.err.message);
  assert_null(r.rows);
}

static void a_full_disk(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, "full.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "INSERT INTO t VALUES (1)");
  is_full(&l, much);
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  /* At COMMIT: SQLite rolls back by itself. */
  query(&l, "BEGIN IMMEDIATE");
  query(&l, much);
  is_full(&l, "COMMIT");
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  /* In the middle, when the transaction outgrows the cache. */
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "INSERT INTO t VALUES (2)");
  is_full(&l, "INSERT INTO t VALUES (randomblob(30000000))");
  if (D.in_tx(l.c) == RYX_TX_OPEN) query(&l, "ROLLBACK");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "1");
  query(&l, much);
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "2");
  assert_string_equal(query(&l, "PRAGMA integrity_check"), "ok");
  shut(&l);
}

static void a_full_disk_says_why(void **state)
{
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "why.db");
  query(&l, "CREATE TABLE t (a)");
  assert_int_equal(run_full(&l, much, &r), RYX_E_OPERATIONAL);
  assert_string_equal(r.err.message, "disk I/O error: File too large");
  shut(&l);
}

/* What was committed is in the WAL, and is not lost by a checkpoint that fails.
 */
static void a_checkpoint_that_fails(void **state)
{
  lite l;

  (void)state;
  open_lite(&l, "check.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, much);
  query(&l, much);
  limit_files(20000);
  D.idle(l.c);
  D.idle(l.c);
  limit_files(RLIM_INFINITY);
  query(&l, much);
  shut(&l);
  open_lite(&l, "check.db");
  assert_string_equal(query(&l, "SELECT count(*) FROM t"), "3");
  assert_string_equal(query(&l, "PRAGMA integrity_check"), "ok");
  shut(&l);
}

/* Sends until the connection is over; what it said. */
static void is_over(lite *l, const char *sql, ryx_err *e)
{
  uint64_t limit = now_ns() + 5000000000u;
  ryx_stmt s = text_stmt(sql);
  ryx_reply r;
  ryx_sent sent;

  while ((sent = D.send(l->c, &s, e)) == RYX_SENT_WENT) {
    ryx_err ignored;
    assert_int_equal(D.step(l->c, 0, &ignored), RYX_IO_DONE);
    assert_true(D.take(l->c, &r));
    ryx_rows_free(r.rows);
    assert_true(now_ns() < limit);
  }
  assert_int_equal(sent, RYX_SENT_OVER);
  assert_int_equal(D.send(l->c, &s, e), RYX_SENT_OVER);
}

static void a_file_that_is_gone(void **state)
{
  char path[128];
  lite l, r;
  ryx_err e;

  (void)state;
  open_lite(&l, "gone.db");
  query(&l, "CREATE TABLE t (a)");
  open_reader(&r, "gone.db");
  snprintf(path, sizeof path, "%s/gone.db", folder);
  assert_int_equal(unlink(path), 0);
  is_over(&l, "INSERT INTO t VALUES (1)", &e);
  assert_int_equal(e.code, RYX_E_CONNECTION);
  assert_non_null(strstr(e.message, "gone.db' was moved, removed"));
  is_over(&r, "SELECT * FROM t", &e);
  assert_int_equal(e.code, RYX_E_CONNECTION);
  shut(&r);
  shut(&l);
}

static void a_file_that_was_replaced(void **state)
{
  char path[128], old[128];
  lite l;
  ryx_err e;

  (void)state;
  open_lite(&l, "new.db");
  query(&l, "CREATE TABLE fresh (a)");
  shut(&l);
  open_lite(&l, "old.db");
  query(&l, "CREATE TABLE t (a)");
  query(&l, "BEGIN");
  snprintf(path, sizeof path, "%s/new.db", folder);
  snprintf(old, sizeof old, "%s/old.db", folder);
  assert_int_equal(rename(path, old), 0);
  is_over(&l, "INSERT INTO t VALUES (1)", &e);
  assert_int_equal(e.code, RYX_E_CONNECTION);
  shut(&l);
}

static void damage(const char *name, long from)
{
  char path[128], junk[4096];
  FILE *f;

  snprintf(path, sizeof path, "%s/%s", folder, name);
  memset(junk, 0x5a, sizeof junk);
  f = fopen(path, "r+");
  assert_non_null(f);
  fseek(f, from, SEEK_SET);
  assert_int_equal(fwrite(junk, 1, sizeof junk, f), sizeof junk);
  fclose(f);
}

static void a_damaged_page(void **state)
{
  ryx_reply r;
  lite l;

  (void)state;
  open_lite(&l, "bad.db");
  query(&l, "CREATE TABLE whole (a)");
  query(&l, "INSERT INTO whole VALUES (7)");
  query(&l, "CREATE TABLE t (a)");
  shut(&l);
  damage("bad.db", 2 * 4096); /* the page of t */
  open_lite(&l, "bad.db");
  assert_int_equal(fails(&l, "SELECT * FROM t", &r), RYX_E_OPERATIONAL);
  assert_string_equal(r.err.message, "database disk image is malformed");
  assert_int_equal(r.err.native & 0xff, 11);
  assert_string_equal(query(&l, "SELECT * FROM whole"), "7");
  query(&l, "BEGIN IMMEDIATE");
  query(&l, "INSERT INTO whole VALUES (8)");
  assert_int_equal(fails(&l, "INSERT INTO t VALUES (1)", &r),
                   RYX_E_OPERATIONAL);
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "ROLLBACK");
  assert_string_equal(query(&l, "SELECT * FROM whole"), "7");
  shut(&l);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_full_disk),
      cmocka_unit_test(a_full_disk_says_why),
      cmocka_unit_test(a_checkpoint_that_fails),
      cmocka_unit_test(a_file_that_is_gone),
      cmocka_unit_test(a_file_that_was_replaced),
      cmocka_unit_test(a_damaged_page),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
