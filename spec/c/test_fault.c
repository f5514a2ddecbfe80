/* SPDX-License-Identifier: MIT */
/* Faults that only a C host can bring about, on every database whose URL is
 * given: streams that are given up, allocations that fail, forks, odd figures.
 * Each test is named after its fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ryx.h"

/* Every allocation of ryx passes here; the n-th from now on may fail. */
static struct {
  int64_t until; /* < 0: none fails */
  bool every;    /* and every `until`-th after it */
  int64_t period;
  int64_t n_failed;
} faults = {.until = -1};

static void *allocate(void *ud, void *p, size_t size)
{
  (void)ud;
  if (size == 0) {
    free(p);
    return NULL;
  }
  if (faults.until >= 0 && faults.until-- == 0) {
    faults.n_failed++;
    if (faults.every) faults.until = faults.period;
    return NULL;
  }
  return realloc(p, size);
}

static void fail_after(int64_t n, bool every)
{
  faults.until = faults.period = n;
  faults.every = every;
  faults.n_failed = 0;
}

static void fail_none(void)
{
  faults.until = -1;
}

typedef struct target {
  const char *name, *url, *sleep, *many, *slow;
} target;

static target targets[] = {
    {.name = "sqlite",
     .many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
             "WHERE n < 1000) SELECT n FROM c"},
    {.name = "postgres",
     .sleep = "SELECT pg_sleep(5)",
     .many = "SELECT n FROM generate_series(1, 1000) n",
     .slow = "SELECT n, pg_sleep(0.02) FROM generate_series(1, 1000) n"},
    {.name = "mysql",
     .sleep = "SELECT SLEEP(5)",
     .many = "SELECT seq AS n FROM seq_1_to_1000",
     .slow = "SELECT seq AS n, SLEEP(0.02) FROM seq_1_to_1000"},
};
enum { N_TARGETS = sizeof targets / sizeof *targets };

typedef struct app {
  ryx *r;
  int db;
  ryx_err err;
} app;

static double seconds(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void app_open(app *a, const target *t, const char *connections)
{
  const char *const options[] = {"max_connections", connections, NULL};

  assert_int_equal(ryx_open(NULL, RYX_INLINE, &a->r, &a->err), 0);
  a->db = ryx_setup_options(a->r, "default", t->url, options, &a->err);
  assert_true(a->db >= 0);
}

/* Nothing is left open, and close takes no longer than it may. */
static void app_close(app *a)
{
  ryx_open_stats left;
  double start, limit = seconds() + 3;

  do {
    int64_t next;
    ryx_pump(a->r, &next);
    ryx_left_open(a->r, &left);
  } while ((left.requests || left.pinned || left.streams) && seconds() < limit);
  assert_int_equal(left.requests, 0);
  assert_int_equal(left.pinned, 0);
  assert_int_equal(left.transactions, 0);
  assert_int_equal(left.streams, 0);
  start = seconds();
  ryx_close(a->r);
  assert_true(seconds() - start < 2.5);
}

static ryx_query query(const app *a, const char *sql)
{
  return (ryx_query){.size = sizeof(ryx_query), .alias = a->db, .sql = sql};
}

static int run(app *a, const char *sql)
{
  ryx_query q = query(a, sql);
  ryx_result res;
  int rc = ryx_run(a->r, &q, &res, &a->err);

  ryx_result_free(&res);
  return rc;
}

static ryx_tag send_query(app *a, const ryx_query *q)
{
  ryx_tag tag = 0;
  assert_int_equal(ryx_send(a->r, q, &tag, &a->err), 0);
  return tag;
}

/* The next result of a tag, within some seconds; rows are freed. */
static int take(app *a, ryx_tag tag, ryx_result *res, int within_s)
{
  assert_int_equal(ryx_wait(a->r, tag, within_s * 1000), 1);
  assert_int_equal(ryx_take(a->r, tag, res), 0);
  if (res->rows) ryx_rows_release(res->rows);
  res->rows = NULL;
  return res->code;
}

/* Reads a stream on until it ends; its last code. */
static int drain(app *a, ryx_tag tag, int within_s)
{
  ryx_result res;
  int rc = take(a, tag, &res, within_s);

  while (rc == 0 && res.more) {
    assert_int_equal(ryx_more(a->r, tag, 10), 0);
    rc = take(a, tag, &res, within_s);
  }
  return rc;
}

static ryx_tx begin(app *a)
{
  ryx_query q = {.size = sizeof q, .alias = a->db, .op = RYX_OP_BEGIN};
  ryx_result res;

  assert_int_equal(take(a, send_query(a, &q), &res, 5), 0);
  return res.tx;
}

static void test_a3_stream_times_out(void **state)
{
  const target *t = *state;
  app a;
  app_open(&a, t, "1");
  ryx_query q = query(&a, t->slow);
  q.chunk = 5;
  q.timeout_ms = 300;
  assert_int_equal(drain(&a, send_query(&a, &q), 3), RYX_E_TIMEOUT);
  assert_int_equal(run(&a, "SELECT 1"), 0);
  app_close(&a);
}

static void test_a3_stream_times_out_in_a_transaction(void **state)
{
  const target *t = *state;
  app a;
  ryx_result res;
  app_open(&a, t, "1");
  ryx_query q = query(&a, t->slow);
  q.tx = begin(&a);
  q.chunk = 5;
  q.timeout_ms = 300;
  assert_int_equal(drain(&a, send_query(&a, &q), 3), RYX_E_TIMEOUT);
  ryx_query end = {
      .size = sizeof end, .alias = a.db, .op = RYX_OP_ROLLBACK, .tx = q.tx};
  take(&a, send_query(&a, &end), &res, 5);
  assert_int_equal(run(&a, "SELECT 1"), 0);
  app_close(&a);
}

static void test_a4_more_then_cancel(void **state)
{
  const target *t = *state;
  app a;
  ryx_result res;
  app_open(&a, t, "2"); /* SQLite streams from its readers */
  ryx_query q = query(&a, t->many);
  q.chunk = 100;
  ryx_tag tag = send_query(&a, &q);
  assert_int_equal(take(&a, tag, &res, 5), 0);
  assert_true(res.more);
  assert_int_equal(ryx_more(a.r, tag, 100), 0);
  ryx_cancel(a.r, tag);
  /* Either the part had come before the cancel, and there is more, or the
   * stream was cancelled: never an end that looks whole. */
  int rc = take(&a, tag, &res, 5);
  if (rc == 0) {
    assert_true(res.more);
    ryx_drop(a.r, tag);
  } else {
    assert_int_equal(rc, RYX_E_CANCELLED);
  }
  assert_int_equal(run(&a, "SELECT 1"), 0);
  app_close(&a);
}

static void test_a10_close_with_a_result_half_read(void **state)
{
  const target *t = *state;
  enum { ROUNDS = 6 };
  static const char *const big[] = {
      NULL, "SELECT repeat('x', 1000) FROM generate_series(1, 40000)",
      "SELECT REPEAT('x', 1000) FROM seq_1_to_40000"};
  size_t before = 0;
  app a;
  for (int i = 0; i < ROUNDS; i++) {
    if (i == 1) before = mallinfo2().uordblks;
    assert_int_equal(ryx_open(NULL, RYX_INLINE, &a.r, &a.err), 0);
    a.db = ryx_setup(a.r, "default", t->url, &a.err);
    assert_int_equal(run(&a, "SELECT 1"), 0);
    ryx_query q = query(&a, big[t->sleep == targets[2].sleep ? 2 : 1]);
    send_query(&a, &q);
    for (int turn = 0; turn < 5 * (i + 1); turn++) {
      int64_t next;
      ryx_pump(a.r, &next);
      usleep(1000);
    }
    double start = seconds();
    ryx_close(a.r);
    assert_true(seconds() - start < 2.5);
  }
  assert_true(mallinfo2().uordblks < before + 5000000);
}

/* Every n-th allocation fails while a stream goes on. */
static void test_a20_no_memory_in_more(void **state)
{
  const target *t = *state;
  app a;
  for (int n = 0; n < 60; n += 1 + n / 10) {
    ryx_result res;
    app_open(&a, t, "1");
    ryx_query q = query(&a, t->many);
    q.chunk = 50;
    ryx_tag tag = send_query(&a, &q);
    int rc = take(&a, tag, &res, 5);
    fail_after(n, true);
    while (rc == 0 && res.more) {
      if (ryx_more(a.r, tag, 50) < 0) {
        ryx_drop(a.r, tag);
        break;
      }
      rc = take(&a, tag, &res, 5);
    }
    fail_none();
    /* The pool works, with this connection or another. */
    assert_int_equal(run(&a, "SELECT 1"), 0);
    app_close(&a);
  }
}

static void test_a21_odd_figures(void **state)
{
  const target *t = *state;
  app a;
  static const int64_t forever[] = {INT64_MAX, INT64_MAX / 2,
                                    INT64_MAX / 1000000, INT64_MAX / 1000};
  app_open(&a, t, "1");
  for (size_t i = 0; i < sizeof forever / sizeof *forever; i++) {
    ryx_result res;
    ryx_query q = query(&a, "SELECT 1");
    q.timeout_ms = forever[i];
    assert_int_equal(take(&a, send_query(&a, &q), &res, 5), 0);
  }
  ryx_val v = ryx_bytes(RYX_T_TEXT, "hello", (size_t)UINT32_MAX + 6);
  ryx_query q = query(&a, "SELECT ?");
  ryx_tag tag = 0;
  q.params = &v;
  q.n_params = 1;
  assert_true(ryx_send(a.r, &q, &tag, &a.err) < 0);
  assert_int_equal(run(&a, "SELECT 1"), 0);
  app_close(&a);
}

/* A child may close what it inherits; the parent's connection lives on. */
static void test_37_fork_after_connect(void **state)
{
  const target *t = *state;
  app a;
  app_open(&a, t, "1");
  assert_int_equal(run(&a, "SELECT 1"), 0);
  for (int closes = 0; closes < 2; closes++) {
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
      alarm(5);
      int rc = run(&a, "SELECT 1");
      if (closes) ryx_close(a.r);
      _exit(rc < 0 ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(run(&a, "SELECT 1"), 0);
  }
  app_close(&a);
}

static int work_once(const target *t)
{
  app a = {.db = -1};
  ryx_val n = ryx_int(7);
  ryx_query q;
  ryx_tag tag;
  ryx_result res;
  int rc = ryx_open(NULL, RYX_INLINE, &a.r, &a.err);

  if (rc < 0) return rc;
  a.db = ryx_setup(a.r, "default", t->url, &a.err);
  q = query(&a, "SELECT ?");
  q.params = &n;
  q.n_params = 1;
  rc = a.db < 0 ? a.db : ryx_run(a.r, &q, &res, &a.err);
  if (rc == 0) ryx_result_free(&res);
  q = query(&a, t->many);
  q.chunk = 300;
  if (rc == 0) rc = ryx_send(a.r, &q, &tag, &a.err);
  while (rc == 0) {
    rc = take(&a, tag, &res, 5);
    if (rc < 0 || !res.more) break;
    rc = ryx_more(a.r, tag, 300);
    if (rc < 0) ryx_drop(a.r, tag);
  }
  ryx_close(a.r);
  return rc;
}

/* The n-th allocation fails, for every n, in a whole life of ryx. */
static void test_40_every_allocation_fails(void **state)
{
  const target *t = *state;
  int64_t n = 0;
  do {
    fail_after(n++, false);
    int rc = work_once(t);
    bool failed = faults.n_failed > 0;
    fail_none();
    assert_true(rc <= 0);
    if (!failed) {
      assert_int_equal(rc, 0);
      break;
    }
  } while (n < 5000);
  if (n < 20 || n >= 5000) fail_msg("%d allocations", (int)n);
  assert_int_equal(work_once(t), 0);
}

typedef struct fault_case {
  const char *name;
  void (*body)(void **state);
  bool for_servers; /* not on SQLite */
} fault_case;

static const fault_case cases[] = {
    {"A3: a stream whose time is up", test_a3_stream_times_out, true},
    {"A3: a stream whose time is up in a transaction",
     test_a3_stream_times_out_in_a_transaction, true},
    {"A4: more, then cancel", test_a4_more_then_cancel, false},
    {"A10: close with a result half read",
     test_a10_close_with_a_result_half_read, true},
    {"A20: no memory while a stream goes on", test_a20_no_memory_in_more,
     false},
    {"A21: odd figures", test_a21_odd_figures, false},
    {"37: fork after connect", test_37_fork_after_connect, false},
    {"40: every allocation fails in turn", test_40_every_allocation_fails,
     false},
};
enum { N_CASES = sizeof cases / sizeof *cases };

static int remove_file(void **state)
{
  static const char *const tails[] = {"", "-wal", "-shm"};
  char path[300];
  (void)state;
  for (int i = 0; i < 3; i++) {
    snprintf(path, sizeof path, "%s%s", strchr(targets[0].url, '/'), tails[i]);
    unlink(path);
  }
  return 0;
}

/* Every case on every target that it is for. */
int main(void)
{
  static char names[N_CASES * N_TARGETS][80];
  static struct CMUnitTest tests[N_CASES * N_TARGETS];
  static char file[256];
  const char *tmp = getenv("RYX_TEST_TMP");
  size_t n = 0;

  ryx_set_allocator(allocate, NULL);
  snprintf(file, sizeof file, "sqlite:%s/fault-%d.db", tmp ? tmp : "/tmp",
           (int)getpid());
  targets[0].url = file;
  targets[1].url = getenv("RYX_TEST_PG_URL");
  targets[2].url = getenv("RYX_TEST_MY_URL");
  for (size_t i = 0; i < N_CASES * N_TARGETS; i++) {
    const fault_case *c = &cases[i / N_TARGETS];
    target *t = &targets[i % N_TARGETS];
    if (!t->url || (c->for_servers && !t->sleep)) continue;
    snprintf(names[n], sizeof names[n], "%s, %s", c->name, t->name);
    tests[n].name = names[n];
    tests[n].test_func = c->body;
    tests[n++].initial_state = t;
  }
  return _cmocka_run_group_tests("faults", tests, n, NULL, remove_file);
}
