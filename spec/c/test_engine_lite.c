/* SPDX-License-Identifier: MIT */
/* The engine with SQLite itself. */
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "test_engine.h"

#include "base/clock.h"

static char dir[] = "/tmp/ryx-engine-XXXXXX";

static void lite_open(kit *k, ryx_engine_mode mode, const char *url)
{
  ryx_opts o;
  ryx_err e;
  fake_reset();
  assert_int_equal(ryx_opts_parse(url, &o, &e), 0);
  o.alias = "main";
  kit_open_opts(k, mode, o);
}

static void lite_open_file(kit *k, ryx_engine_mode mode, char path[64])
{
  static int n;
  char url[128];
  snprintf(path, 64, "%s/%d.db", dir, n++);
  snprintf(url, sizeof url, "sqlite://%s%s", *path == '/' ? "/" : "", path);
  lite_open(k, mode, url);
  const char *sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER)";
  assert_int_equal(kit_wait(k, kit_send(k, sql, RAW)), 0);
}

static int64_t count(kit *k)
{
  ryx_tag tag = kit_send(k, "SELECT id FROM t", READ);
  assert_int_equal(kit_wait(k, tag), 0);
  return k->n_rows;
}

static ryx_tag insert(kit *k, ryx_tx tx, int64_t id)
{
  ryx_val v = {.type = RYX_T_INT, .u.i = id};
  ryx_job job = kit_job(k, "INSERT INTO t(id) VALUES(?)", 0);
  job.stmt.id = 1;
  job.stmt.params = &v;
  job.stmt.n_params = 1;
  job.tx = tx;
  return kit_send_job(k, &job);
}

static ryx_tag by_key(kit *k, int64_t id)
{
  ryx_val v = {.type = RYX_T_INT, .u.i = id};
  ryx_job job = kit_job(k, "SELECT v FROM t WHERE id = ?", READ);
  job.stmt.id = 2;
  job.stmt.params = &v;
  job.stmt.n_params = 1;
  return kit_send_job(k, &job);
}

static void test_wait(void **state)
{
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  for (int i = 1; i <= 200; i++)
    assert_int_equal(kit_wait(&k, insert(&k, 0, i)), 0);
  assert_int_equal(k.out.last_id, 200);
  assert_int_equal(count(&k), 200);
  assert_int_equal(kit_wait(&k, by_key(&k, 7)), 0);
  assert_int_equal(k.n_rows, 1);
  assert_int_equal(kit_wait(&k, insert(&k, 0, 7)), RYX_E_UNIQUE);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_poll_many(void **state)
{
  enum { N = 100, ROUNDS = 20 };
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  for (int round = 0; round < ROUNDS; round++) {
    int done = 0;
    for (int i = 0; i < N; i++) {
      if (i % 10 == 0)
        insert(&k, 0, round * N + i + 1);
      else
        by_key(&k, i);
    }
    while (done < N) {
      assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
      for (ryx_tag t; (t = ryx_engine_next(k.en)); done++)
        assert_int_equal(kit_take(&k, t), 0);
    }
  }
  assert_int_equal(count(&k), ROUNDS * N / 10);
  kit_close(&k);
}

static void test_transactions(void **state)
{
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, insert(&k, tx, 1)), 0);
  assert_int_equal(count(&k), 0); /* a reader */
  ryx_tag waits = insert(&k, 0, 3);
  kit_pump(&k);
  assert_false(ryx_engine_done(k.en, waits));
  assert_int_equal(kit_wait(&k, kit_tx(&k, RYX_JOB_SAVEPOINT, tx)), 0);
  assert_int_equal(kit_get(&k, insert(&k, tx, 1)), RYX_E_UNIQUE);
  assert_int_equal(kit_get(&k, insert(&k, tx, 2)), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(kit_wait(&k, kit_tx(&k, RYX_JOB_ROLLBACK_TO, tx)), 0);
  assert_int_equal(kit_get(&k, insert(&k, tx, 2)), 0);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  assert_int_equal(kit_get(&k, waits), 0);
  assert_int_equal(count(&k), 3);
  tx = kit_begin(&k);
  assert_int_equal(kit_wait(&k, insert(&k, tx, 4)), 0);
  ryx_engine_tx_drop(k.en, tx);
  assert_int_equal(kit_get(&k, insert(&k, 0, 5)), 0);
  assert_int_equal(count(&k), 4);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_memory(void **state)
{
  enum { N = 100 };
  kit k;
  ryx_tag tag[N];
  (void)state;
  lite_open(&k, RYX_ENGINE_INLINE, "sqlite::memory:");
  const char *sql = "CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER)";
  assert_int_equal(kit_get(&k, kit_send(&k, sql, RAW)), 0);
  ryx_tx tx = kit_begin(&k);
  for (int i = 0; i < N; i++)
    tag[i] = i % 2 ? insert(&k, 0, i) : by_key(&k, i);
  assert_int_equal(kit_get(&k, insert(&k, tx, 1000)), 0);
  kit_pump(&k);
  assert_int_equal(kit_counts(&k).waiting, N);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  for (int i = 0; i < N; i++) {
    ryx_tag next;
    while (!(next = ryx_engine_next(k.en)))
      assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    assert_int_equal(next, tag[i]);
    assert_int_equal(kit_take(&k, next), 0);
  }
  assert_int_equal(count(&k), N / 2 + 1);
  assert_int_equal(kit_counts(&k).size, 1);
  kit_close(&k);
}

static const char forever[] =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "
    "SELECT count(*) FROM c";

static void test_timeout_of_a_long_select(void **state)
{
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  ryx_job job = kit_job(&k, forever, READ);
  job.timeout_ms = 30;
  assert_int_equal(kit_wait(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  job.timeout_ms = 0;
  ryx_tag tag = kit_send_job(&k, &job);
  kit_pump(&k);
  kit_sleep(5);
  ryx_engine_cancel(k.en, tag);
  assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  assert_int_equal(kit_get(&k, insert(&k, 0, 1)), 0);
  assert_int_equal(count(&k), 1);
  kit_close(&k);
}

/* Takes as long as n says. */
static ryx_tag count_to(kit *k, int64_t n)
{
  ryx_val v = {.type = RYX_T_INT, .u.i = n};
  ryx_job job =
      kit_job(k,
              "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
              "WHERE n < ?) SELECT count(*) FROM c",
              READ);
  job.stmt.id = 3;
  job.stmt.params = &v;
  job.stmt.n_params = 1;
  return kit_send_job(k, &job);
}

/* A plan with a short history that takes long this time leaves the loop. */
static void test_over_budget(void **state)
{
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  for (int i = 0; i < 20; i++)
    assert_int_equal(kit_wait(&k, count_to(&k, 1)), 0);
  ryx_tag tag = count_to(&k, INT64_MAX);
  kit_pump(&k);
  assert_int_equal(kit_get(&k, insert(&k, 0, 1)), 0);
  assert_false(ryx_engine_done(k.en, tag));
  ryx_engine_cancel(k.en, tag);
  assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  kit_close(&k);
}

static void test_stream(void **state)
{
  kit k;
  char path[64];
  int64_t rows = 0;
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  for (int i = 1; i <= 25; i++)
    assert_int_equal(kit_wait(&k, insert(&k, 0, i)), 0);
  ryx_job job = kit_job(&k, "SELECT id FROM t", READ | RYX_STMT_STREAM);
  job.stmt.chunk = 10;
  ryx_tag tag = kit_send_job(&k, &job);
  assert_int_equal(kit_wait(&k, tag), 0);
  for (rows = k.n_rows; k.out.more; rows += k.n_rows) {
    assert_int_equal(kit_get(&k, insert(&k, 0, 100 + rows)), 0);
    assert_int_equal(ryx_engine_more(k.en, tag, 10), 0);
    assert_int_equal(kit_get(&k, tag), 0);
  }
  assert_int_equal(rows, 25);
  tag = kit_send_job(&k, &job);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_true(k.out.more);
  ryx_engine_drop(k.en, tag);
  kit_until(&k, kit_counts(&k).in_use == 0);
  kit_is_clean(&k);
  kit_close(&k);
}

/* Another process holds the write lock. */
static pid_t lock_file(const char *path, int *ready, int *release)
{
  int to[2], from[2];
  char byte = 'x';
  assert_int_equal(pipe(to), 0);
  assert_int_equal(pipe(from), 0);
  pid_t pid = fork();
  if (pid == 0) {
    sqlite3 *db;
    if (sqlite3_open(path, &db) != SQLITE_OK) _exit(1);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0) != SQLITE_OK) _exit(2);
    if (write(from[1], &byte, 1) != 1 || read(to[0], &byte, 1) != 1) _exit(3);
    sqlite3_exec(db, "COMMIT", 0, 0, 0);
    sqlite3_close(db);
    _exit(0);
  }
  *ready = from[0];
  *release = to[1];
  return pid;
}

static void test_locked_by_another_process(void **state)
{
  kit k;
  char path[64], byte;
  int ready, release, status;
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  kit_close(&k);
  pid_t pid = lock_file(path, &ready, &release);
  assert_int_equal(read(ready, &byte, 1), 1);
  char url[128];
  snprintf(url, sizeof url, "sqlite:///%s", path);
  lite_open(&k, RYX_ENGINE_INLINE, url);
  ryx_job job = kit_job(&k, "INSERT INTO t(id) VALUES(1)", 0);
  job.timeout_ms = 50;
  assert_int_equal(kit_wait(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  job.timeout_ms = 0;
  ryx_tag tag = kit_send_job(&k, &job);
  kit_pump(&k);
  assert_int_equal(kit_get(&k, kit_send(&k, "SELECT 1", READ)), 0);
  assert_false(ryx_engine_done(k.en, tag));
  assert_int_equal(write(release, "x", 1), 1);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(count(&k), 1);
  close(ready);
  close(release);
  kit_close(&k);
}

static void test_thread_mode(void **state)
{
  enum { N = 1000 };
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_THREAD, path);
  for (int i = 1; i <= N; i++)
    insert(&k, 0, i);
  for (int done = 0; done < N;) {
    assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    for (ryx_tag t; (t = ryx_engine_next(k.en)); done++)
      assert_int_equal(kit_take(&k, t), 0);
  }
  assert_int_equal(count(&k), N);
  kit_close(&k);
}

static void test_close_while_it_runs(void **state)
{
  kit k;
  char path[64];
  (void)state;
  lite_open_file(&k, RYX_ENGINE_INLINE, path);
  kit_send(&k, forever, READ);
  kit_send(&k, forever, 0);
  kit_pump(&k);
  kit_sleep(2);
  kit_close(&k);
}

/* Somebody is ready at every poll, and yet the sleeper is not forgotten. */
static void test_timer_beside_the_ready(void **state)
{
  kit k;
  (void)state;
  lite_open(&k, RYX_ENGINE_INLINE, "sqlite::memory:");
  for (int i = 0; i < 8; i++) /* it is known to be short */
    assert_int_equal(kit_get(&k, kit_plan(&k, 7, "SELECT 1")), 0);
  ryx_job job = {.kind = RYX_JOB_SLEEP, .timeout_ms = 1};
  ryx_tag sleeper = kit_send_job(&k, &job);
  uint64_t due = uv_hrtime() + 2 * RYX_NS_PER_MS;
  while (uv_hrtime() < due)
    continue;
  for (int polls = 0; !ryx_engine_done(k.en, sleeper); polls++) {
    assert_true(polls < 3);
    ryx_tag tag = kit_plan(&k, 7, "SELECT 1");
    assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    ryx_engine_drop(k.en, tag);
  }
  kit_close(&k);
}

static int make_dir(void **state)
{
  (void)state;
  return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
  char cmd[64];
  (void)state;
  snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
  return system(cmd);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wait),
      cmocka_unit_test(test_poll_many),
      cmocka_unit_test(test_transactions),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_timeout_of_a_long_select),
      cmocka_unit_test(test_over_budget),
      cmocka_unit_test(test_stream),
      cmocka_unit_test(test_locked_by_another_process),
      cmocka_unit_test(test_thread_mode),
      cmocka_unit_test(test_close_while_it_runs),
      cmocka_unit_test(test_timer_beside_the_ready),
  };
  return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
