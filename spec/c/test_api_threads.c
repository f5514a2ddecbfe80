/* SPDX-License-Identifier: MIT */
/* One runtime, a ryx per thread: names and plans are shared, nothing else. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "ryx.h"

enum { THREADS = 2, TURNS = 150 };

typedef struct worker {
  ryx_runtime *rt;
  ryx_mode mode;
  pthread_t thread;
  int failures;
  ryx_err err; /* the first failure */
} worker;

static void count(worker *w, const ryx_err *e)
{
  if (w->failures++ == 0) w->err = *e;
}

/* Sets up, asks and forgets. The other thread may replace or forget the
 * database in between, which only an error of misuse may tell. */
static void turn(worker *w, ryx *r, int i)
{
  ryx_query q = {.size = sizeof q, .sql = "SELECT 1"};
  ryx_result res;
  ryx_err err;
  char shown[64];
  int rc;

  if (i % 3 == 0) {
    rc = ryx_setup(r, "shared", "sqlite::memory:", &err);
    if (rc < 0) count(w, &err);
  }
  if (i % 50 == 49) ryx_forget(r, "shared");
  q.alias = ryx_alias(r, "shared", &err);
  if (q.alias < 0) {
    if (err.code != RYX_E_MISUSE) count(w, &err);
    return;
  }
  ryx_alias_show(r, q.alias, shown, sizeof shown);
  ryx_alias_dialect(r, q.alias);
  rc = ryx_run(r, &q, &res, &err);
  if (rc == 0 && (!ryx_result_next(&res) || ryx_result_count(&res) != 1)) {
    err = (ryx_err){.code = RYX_E_OPERATIONAL, .message = "no row"};
    rc = RYX_E_OPERATIONAL;
  }
  if (rc < 0 && rc != RYX_E_MISUSE) count(w, &err);
  ryx_result_free(&res);
}

static void *run(void *arg)
{
  worker *w = arg;
  ryx *r;

  if (ryx_open(w->rt, w->mode, &r, &w->err) < 0) {
    w->failures++;
    return NULL;
  }
  for (int i = 0; i < TURNS; i++)
    turn(w, r, i);
  ryx_close(r);
  return NULL;
}

static void share(ryx_mode mode)
{
  worker w[THREADS];
  ryx_runtime *rt;
  ryx_err err;

  assert_int_equal(ryx_runtime_new(&rt, &err), 0);
  for (int i = 0; i < THREADS; i++) {
    w[i] = (worker){.rt = rt, .mode = mode};
    assert_int_equal(pthread_create(&w[i].thread, NULL, run, &w[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(w[i].thread, NULL);
    if (w[i].failures) print_message("%s\n", w[i].err.message);
    assert_int_equal(w[i].failures, 0);
  }
  ryx_runtime_release(rt);
}

static void test_inline(void **state)
{
  (void)state;
  share(RYX_INLINE);
}

static void test_thread(void **state)
{
  (void)state;
  share(RYX_THREAD);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_inline),
      cmocka_unit_test(test_thread),
  };

  return cmocka_run_group_tests(tests, NULL, NULL);
}
