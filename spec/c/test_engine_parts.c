/* SPDX-License-Identifier: MIT */
/* The engine's small parts: slots, deadlines, plans, requests, forks. */
#include <signal.h>
#include "engine/deadline.h"
#include "engine/fork.h"
#include "engine/plans.h"
#include "engine/request.h"
#include "engine/slots.h"
#include "engine/thread.h"
#include "engine/ticket.h"
#include "test_engine.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t slot_of(uint64_t tag)
{
  return tag & ((1u << RYX_TAG_SLOT_BITS) - 1);
}

static void test_slots_lowest_first(void **state)
{
  ryx_slots s;
  uint64_t tag[200], again;
  int item;
  (void)state;
  ryx_slots_init(&s);
  for (int i = 0; i < 200; i++) {
    assert_int_equal(ryx_slots_add(&s, &item, &tag[i]), 0);
    assert_int_equal(slot_of(tag[i]), i);
    assert_true(tag[i] != 0);
  }
  ryx_slots_remove(&s, tag[150]);
  ryx_slots_remove(&s, tag[7]);
  ryx_slots_remove(&s, tag[63]);
  const uint32_t expected[] = {7, 63, 150, 200};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(ryx_slots_add(&s, &item, &again), 0);
    assert_int_equal(slot_of(again), expected[i]);
  }
  assert_int_equal(s.used, 201);
  ryx_slots_fini(&s);
  ryx_slots_fini(&s);
}

static void test_slots_generations(void **state)
{
  ryx_slots s;
  uint64_t old, tag;
  int a, b;
  (void)state;
  ryx_slots_init(&s);
  assert_null(ryx_slots_get(&s, 0));
  assert_int_equal(ryx_slots_add(&s, &a, &old), 0);
  ryx_slots_remove(&s, old);
  ryx_slots_remove(&s, old);
  assert_int_equal(ryx_slots_add(&s, &b, &tag), 0);
  assert_true(tag != old);
  assert_int_equal(slot_of(tag), slot_of(old));
  assert_null(ryx_slots_get(&s, old));
  assert_ptr_equal(ryx_slots_get(&s, tag), &b);
  ryx_slots_fini(&s);
}

/* Across the levels of the bit map: 64 * 64 and beyond. */
static void test_slots_many(void **state)
{
  enum { N = 10000 };
  ryx_slots s;
  uint64_t *tag = calloc(N, sizeof *tag), t;
  int item;
  (void)state;
  ryx_slots_init(&s);
  for (int i = 0; i < N; i++)
    assert_int_equal(ryx_slots_add(&s, &item, &tag[i]), 0);
  for (int i = N - 1; i >= 0; i--)
    ryx_slots_remove(&s, tag[i]);
  for (uint32_t i = 0; i < N; i++) {
    assert_int_equal(ryx_slots_add(&s, &item, &t), 0);
    assert_int_equal(slot_of(t), i);
  }
  ryx_slots_fini(&s);
  free(tag);
}

static void test_slots_no_memory(void **state)
{
  ryx_slots s;
  uint64_t tag;
  int item;
  (void)state;
  ryx_slots_init(&s);
  for (int n = 1; n <= 4; n++) {
    ryx_mem_fail_at(n, false);
    assert_int_equal(ryx_slots_add(&s, &item, &tag), RYX_E_NOMEM);
  }
  ryx_mem_fail_at(0, false);
  assert_int_equal(ryx_slots_add(&s, &item, &tag), 0);
  ryx_slots_fini(&s);
}

static int by_time(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static void test_deadlines_come_in_order(void **state)
{
  enum { N = 2000 };
  ryx_due *due = calloc(N, sizeof *due);
  uint64_t *at = calloc(N, sizeof *at);
  ryx_dues h = {0};
  int n = 0;
  (void)state;
  srand(7);
  for (int i = 0; i < N; i++) {
    ryx_deadline_init(&due[i], RYX_DUE_REQUEST);
    ryx_deadline_set(&h, &due[i], (uint64_t)(rand() % 5000) + 1);
  }
  for (int i = 0; i < N; i += 3)
    ryx_deadline_set(&h, &due[i], (uint64_t)(rand() % 5000) + 1);
  for (int i = 0; i < N; i += 5)
    ryx_deadline_clear(&h, &due[i]);
  for (int i = 0; i < N; i++)
    if (due[i].at) at[n++] = due[i].at;
  qsort(at, (size_t)n, sizeof *at, by_time);
  for (int i = 0; i < n; i++) {
    assert_int_equal(ryx_deadline_first(&h), at[i]);
    assert_null(ryx_deadline_pop(&h, at[i] - 1));
    assert_non_null(ryx_deadline_pop(&h, at[i]));
  }
  assert_int_equal(ryx_deadline_first(&h), 0);
  assert_null(ryx_deadline_pop(&h, UINT64_MAX));
  free(at);
  free(due);
}

static void test_plans(void **state)
{
  ryx_plans p;
  (void)state;
  ryx_plans_init(&p);
  assert_int_equal(ryx_plans_mean(&p, 5), 0);
  ryx_plans_note(&p, 0, 1000);
  assert_int_equal(ryx_plans_mean(&p, 0), 0);
  ryx_plans_note(&p, 5, 800);
  assert_int_equal(ryx_plans_mean(&p, 5), 800);
  ryx_plans_note(&p, 5, 1600);
  assert_int_equal(ryx_plans_mean(&p, 5), 900);
  ryx_plans_note(&p, 100000, 1);
  assert_int_equal(ryx_plans_mean(&p, 100000), 1);
  assert_int_equal(ryx_plans_mean(&p, 5), 900);
  ryx_plans_note(&p, UINT32_MAX, 1);
  assert_int_equal(ryx_plans_mean(&p, UINT32_MAX), 0);
  ryx_plans_fini(&p);
}

static void test_request_copies(void **state)
{
  char text[] = "abc", sql[] = "SELECT 1", label[] = "here";
  ryx_val v[2] = {{.type = RYX_T_TEXT, .len = 3, .u.s = text},
                  {.type = RYX_T_INT, .u.i = 9}};
  ryx_job job = {
      .kind = RYX_JOB_RUN,
      .label = label,
      .stmt = {.sql = sql, .sql_len = 8, .params = v, .n_params = 2}};
  (void)state;
  ryx_req *q = ryx_request_new();
  assert_non_null(q);
  assert_int_equal(ryx_request_fill(q, &job), 0);
  memset(text, 'x', 3);
  memset(sql, 'x', 8);
  memset(label, 'x', 4);
  v[1].u.i = 0;
  assert_string_equal(q->stmt.sql, "SELECT 1");
  assert_string_equal(q->label, "here");
  assert_memory_equal(q->stmt.params[0].u.s, "abc", 3);
  assert_int_equal(q->stmt.params[1].u.i, 9);
  assert_int_equal(q->stmt.n_batch, 1);
  /* A waiting request with a few parameters is small. */
  assert_true(sizeof *q + sizeof(ryx_ticket) + 512 < 1536);
  ryx_request_recycle(q);
  assert_int_equal(q->stmt.n_params, 0);
  ryx_request_free(q);
}

static void count_release(void *owner)
{
  ++*(int *)owner;
}

static void test_request_owner(void **state)
{
  int released = 0;
  static const char sql[] = "SELECT 1";
  ryx_job job = {.kind = RYX_JOB_RUN,
                 .stmt = {.sql = sql, .sql_len = 8},
                 .owner = &released,
                 .release = count_release};
  (void)state;
  ryx_req *q = ryx_request_new();
  assert_int_equal(ryx_request_fill(q, &job), 0);
  assert_ptr_equal(q->stmt.sql, sql);
  ryx_request_recycle(q);
  assert_int_equal(released, 1);
  ryx_request_free(q);
  assert_int_equal(released, 1);
}

static void test_fork_is_noticed(void **state)
{
  int status;
  (void)state;
  ryx_fork_watch();
  ryx_fork_watch();
  unsigned before = ryx_fork_epoch();
  pid_t pid = fork();
  if (pid == 0) _exit(ryx_fork_epoch() == before + 1 ? 0 : 1);
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  assert_int_equal(ryx_fork_epoch(), before);
}

static void look_at_mask(void *arg)
{
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  *(bool *)arg = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGCHLD) &&
                 sigismember(&mask, SIGALRM);
}

static void test_threads_block_signals(void **state)
{
  uv_thread_t t;
  bool blocked = false;
  sigset_t mask;
  (void)state;
  assert_int_equal(ryx_thread_start(&t, look_at_mask, &blocked), 0);
  uv_thread_join(&t);
  assert_true(blocked);
  pthread_sigmask(SIG_BLOCK, NULL, &mask);
  assert_false(sigismember(&mask, SIGTERM));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_slots_lowest_first),
      cmocka_unit_test(test_slots_generations),
      cmocka_unit_test(test_slots_many),
      cmocka_unit_test(test_slots_no_memory),
      cmocka_unit_test(test_deadlines_come_in_order),
      cmocka_unit_test(test_plans),
      cmocka_unit_test(test_request_copies),
      cmocka_unit_test(test_request_owner),
      cmocka_unit_test(test_fork_is_noticed),
      cmocka_unit_test(test_threads_block_signals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
