/* SPDX-License-Identifier: MIT */
/* Drivers whose statements block: one writer, several readers, what runs on the
 * caller's thread and what does not. */
#include "test_engine.h"

enum { PLAN = 1 };

/* A plan gets a history, in which it is short. One run may meet a busy machine,
 * so there are many: the mean forgets an eighth with each. */
static void teach(kit *k)
{
  for (int i = 0; i < 40; i++)
    assert_int_equal(kit_wait(k, kit_plan(k, PLAN, "ok")), 0);
}

static void test_wait_runs_here(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok write", 0)), 0);
  assert_true(fake_was_here("ok write"));
  assert_true(fake_was_here("dial"));
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok read", READ)), 0);
  assert_true(fake_was_here("ok read"));
  kit_close(&k);
}

static void test_send_never_runs(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  teach(&k);
  int before = fake_count("ok");
  ryx_tag tag = kit_plan(&k, PLAN, "ok");
  assert_int_equal(fake_count("ok"), before);
  assert_int_equal(kit_wait(&k, tag), 0);
  kit_close(&k);
}

static void test_poll_runs_elsewhere(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok write", 0)), 0);
  assert_false(fake_was_here("ok write"));
  /* No history: not here. */
  assert_int_equal(kit_get(&k, kit_plan(&k, PLAN, "ok new")), 0);
  assert_false(fake_was_here("ok new"));
  assert_int_equal(kit_get(&k, kit_send(&k, "ok raw", RAW)), 0);
  assert_false(fake_was_here("ok raw"));
  kit_close(&k);
}

static void test_poll_runs_short_reads_here(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  teach(&k);
  assert_int_equal(kit_get(&k, kit_plan(&k, PLAN, "ok short")), 0);
  assert_true(fake_was_here("ok short"));
  kit_close(&k);
}

/* It hits its budget, and runs again on the thread. */
static void test_over_budget(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  teach(&k);
  assert_int_equal(kit_get(&k, kit_plan(&k, PLAN, "slow")), 0);
  assert_int_equal(fake_count("slow"), 2);
  assert_false(fake_was_here("slow"));
  kit_close(&k);
}

static void test_one_writer(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  ryx_tx tx = kit_begin(&k);
  ryx_tag write = kit_send(&k, "ok write", 0);
  /* Readers go on, also in transactions of their own. */
  assert_int_equal(kit_get(&k, kit_send(&k, "ok read", READ)), 0);
  ryx_job job = {
      .kind = RYX_JOB_BEGIN, .pool = k.pool, .begin = {.read_only = true}};
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  ryx_tx reader = k.out.tx;
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, reader)), 0);
  assert_false(ryx_engine_done(k.en, write));
  assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", 0)), 0);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  assert_int_equal(kit_get(&k, write), 0);
  kit_close(&k);
}

static void test_readers_wait_for_the_first_writer(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", READ)), 0);
  assert_int_equal(fake_conns(), 2);
  assert_int_equal(fake_count("2: ok"), 1);
  kit_close(&k);
}

static void test_memory_is_one_connection(void **state)
{
  enum { N = 200 };
  kit k;
  ryx_tag tag[N];
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_blocker, 10);
  o.memory = true;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  teach(&k);
  for (int i = 0; i < N; i++)
    tag[i] = i % 3 ? kit_plan(&k, PLAN, "ok") : kit_send(&k, "ok", 0);
  for (int i = 0; i < N; i++) {
    ryx_tag next;
    while (!(next = ryx_engine_next(k.en)))
      assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    assert_int_equal(next, tag[i]);
    assert_int_equal(kit_take(&k, tag[i]), 0);
  }
  assert_int_equal(fake_conns(), 1);
  kit_close(&k);
}

static void test_streams_on_readers_only(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  ryx_tag tag = kit_stream(&k, 0, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_true(k.out.more);
  /* The loop body may write. */
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  ryx_engine_drop(k.en, tag);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, kit_stream(&k, tx, "rows 5", 2, 0)), 0);
  assert_false(k.out.more);
  assert_int_equal(k.n_rows, 5);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_ROLLBACK, tx)), 0);
  kit_until(&k, fake_count("stop") == 1 && kit_counts(&k).in_use == 0);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_streams_here(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  ryx_tag tag = kit_stream(&k, 0, "rows 5", 2, 0);
  assert_int_equal(kit_wait(&k, tag), 0);
  int64_t rows = k.n_rows;
  while (k.out.more) {
    assert_int_equal(ryx_engine_more(k.en, tag, 2), 0);
    assert_int_equal(kit_wait(&k, tag), 0);
    rows += k.n_rows;
  }
  assert_int_equal(rows, 5);
  assert_true(fake_was_here("more"));
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_memory_reads_streams_whole(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_blocker, 10);
  o.memory = true;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  assert_int_equal(kit_wait(&k, kit_stream(&k, 0, "rows 5", 2, 0)), 0);
  assert_false(k.out.more);
  assert_int_equal(k.n_rows, 5);
  kit_close(&k);
}

static void test_timeout(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 2);
  ryx_job job = kit_job(&k, "hang", 0);
  job.timeout_ms = 20;
  /* Here the driver sees to it, on its thread the engine does. */
  assert_int_equal(kit_wait(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_cancel(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 2);
  for (int i = 0; i < 50; i++) {
    ryx_tag tag = kit_send(&k, "hang", i % 2 ? READ : 0);
    /* At any moment: before, while, after the thread begins with it. */
    if (i % 3) kit_pump(&k);
    ryx_engine_cancel(k.en, tag);
    assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  }
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_close(&k);
}

static void test_waits_for_a_busy_writer(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 2);
  ryx_tag hang = kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  ryx_tag next = kit_send(&k, "ok", 0);
  kit_pump(&k);
  assert_false(ryx_engine_done(k.en, next));
  assert_int_equal(ryx_engine_wait(k.en, next, 1), 0);
  fake_release(1);
  assert_int_equal(kit_wait(&k, next), 0);
  assert_int_equal(kit_wait(&k, hang), 0);
  kit_close(&k);
}

static void test_close_while_it_runs(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 3);
  kit_send(&k, "hang", 0);
  kit_send(&k, "hang", READ);
  kit_send(&k, "ok", 0);
  kit_until(&k, fake_hanging() == 2);
  kit_close(&k);
}

static void test_thread_tidies_up(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  kit_open_opts(&k, RYX_ENGINE_INLINE, fake_opts(&fake_tidy, 2));
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", READ)), 0);
  assert_int_equal(fake_count("idle"), 0);
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
  /* Nobody pumps; statements go on meanwhile. */
  for (int i = 0; fake_count("idle") < 3; i++) {
    assert_true(i < 20000);
    if (i % 3 == 0) assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
    if (i % 3 == 1) assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
    kit_sleep(1);
  }
  assert_false(fake_was_here("idle"));
  kit_close(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wait_runs_here),
      cmocka_unit_test(test_send_never_runs),
      cmocka_unit_test(test_poll_runs_elsewhere),
      cmocka_unit_test(test_poll_runs_short_reads_here),
      cmocka_unit_test(test_over_budget),
      cmocka_unit_test(test_one_writer),
      cmocka_unit_test(test_readers_wait_for_the_first_writer),
      cmocka_unit_test(test_memory_is_one_connection),
      cmocka_unit_test(test_streams_on_readers_only),
      cmocka_unit_test(test_streams_here),
      cmocka_unit_test(test_memory_reads_streams_whole),
      cmocka_unit_test(test_timeout),
      cmocka_unit_test(test_cancel),
      cmocka_unit_test(test_waits_for_a_busy_writer),
      cmocka_unit_test(test_close_while_it_runs),
      cmocka_unit_test(test_thread_tidies_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
