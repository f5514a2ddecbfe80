/* SPDX-License-Identifier: MIT */
/* What several connections see of one SQLite file: transactions, snapshots,
 * checkpoints, a file that many make at once. */
#include <pthread.h>
#include <sys/stat.h>

#include "lite_fixture.h"

static void snapshots_that_grew_old(void **state)
{
  ryx_reply r;
  lite a, b;

  (void)state;
  open_lite(&a, "snap.db");
  open_lite(&b, "snap.db");
  query(&a, "CREATE TABLE t (a)");
  query(&a, "BEGIN");
  query(&a, "SELECT count(*) FROM t");
  query(&b, "INSERT INTO t VALUES (1)");
  assert_int_equal(fails(&a, "INSERT INTO t VALUES (2)", &r),
                   RYX_E_SERIALIZATION);
  assert_int_equal(r.err.native, 517);
  query(&a, "ROLLBACK");
  shut(&b);
  shut(&a);
}

static void transactions(void **state)
{
  ryx_begin b = {.isolation = RYX_ISO_REPEATABLE_READ};
  lite l;

  (void)state;
  open_lite(&l, "tx.db");
  assert_string_equal(D.begin(&b, 0), "BEGIN IMMEDIATE");
  assert_null(D.begin(&b, 1));
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  query(&l, D.begin(&b, 0));
  assert_int_equal(D.in_tx(l.c), RYX_TX_OPEN);
  query(&l, "SAVEPOINT a");
  query(&l, "ROLLBACK TO a");
  query(&l, "COMMIT");
  assert_int_equal(D.in_tx(l.c), RYX_TX_NONE);
  b.read_only = true;
  assert_string_equal(D.begin(&b, 0), "BEGIN");
  shut(&l);
}

static long wal_size(const char *name)
{
  char path[128];
  long size;
  FILE *f;

  snprintf(path, sizeof path, "%s/%s-wal", folder, name);
  f = fopen(path, "r");
  if (!f) return 0;
  fseek(f, 0, SEEK_END);
  size = ftell(f);
  fclose(f);
  return size;
}

static void checkpoints(void **state)
{
  lite l;
  int i;

  (void)state;
  open_lite(&l, "wal.db");
  query(&l, "CREATE TABLE t (a)");
  assert_int_not_equal(D.idle(l.c), -1);
  assert_int_equal(D.idle(l.c), -1); /* quiet: done */
  assert_int_equal(D.idle(l.c), -1);
  query(&l, "INSERT INTO t VALUES (1)");
  assert_int_not_equal(D.idle(l.c), -1);
  query(&l, "INSERT INTO t VALUES (1)");
  assert_int_not_equal(D.idle(l.c), -1); /* not quiet */
  /* Without idle the WAL stays near 4 MiB. */
  for (i = 0; i < 30; i++)
    query(&l, "INSERT INTO t SELECT randomblob(1000000)");
  assert_true(wal_size("wal.db") > 3000000);
  assert_true(wal_size("wal.db") < 7000000);
  shut(&l);
}

/* A reader of an old snapshot keeps checkpoints from finishing. */
static void checkpoints_wait_for_readers(void **state)
{
  lite l, r;

  (void)state;
  open_lite(&l, "pin.db");
  query(&l, "CREATE TABLE t (a)");
  open_reader(&r, "pin.db");
  query(&r, "BEGIN");
  query(&r, "SELECT * FROM t");
  query(&l, "INSERT INTO t VALUES (1)");
  assert_true(D.idle(l.c) > 0);
  assert_true(D.idle(l.c) > 0);
  assert_true(D.idle(l.c) > 0);
  query(&r, "COMMIT");
  assert_int_equal(D.idle(l.c), -1);
  shut(&r);
  shut(&l);
}

typedef struct opener {
  pthread_t thread;
  lite l;
  int code;
  ryx_err e;
} opener;

static void *open_one(void *ctx)
{
  opener *o = ctx;

  o->code = try_open(&o->l, "race.db", false, &o->e);
  return NULL;
}

static void many_open_a_new_file_at_once(void **state)
{
  enum { N = 8, ROUNDS = 20 };
  static opener all[N];
  char path[128];
  int i, round;

  (void)state;
  snprintf(path, sizeof path, "%s/race.db", folder);
  for (round = 0; round < ROUNDS; round++) {
    for (i = 0; i < N; i++)
      assert_int_equal(pthread_create(&all[i].thread, NULL, open_one, &all[i]),
                       0);
    for (i = 0; i < N; i++)
      pthread_join(all[i].thread, NULL);
    for (i = 0; i < N; i++) {
      if (all[i].code < 0) fail_msg("round %d: %s", round, all[i].e.message);
      shut(&all[i].l);
    }
    unlink(path);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(snapshots_that_grew_old),
      cmocka_unit_test(transactions),
      cmocka_unit_test(checkpoints),
      cmocka_unit_test(checkpoints_wait_for_readers),
      cmocka_unit_test(many_open_a_new_file_at_once),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
