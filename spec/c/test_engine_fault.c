/* SPDX-License-Identifier: MIT */
/* Servers that hang, hang up, or answer when nobody waits any more. Bounds of
 * time are generous: what they tell apart is seconds from "for ever". */
#include "test_engine.h"

#include "base/clock.h"

static uint64_t started;

static void start_clock(void)
{
  started = ryx_clock_now();
}

static void took_less_than(int ms)
{
  assert_true(ryx_clock_now() - started < (uint64_t)ms * RYX_NS_PER_MS);
}

/* Several idle connections. */
static void fill_pool(kit *k, int n)
{
  ryx_tag tag[16];
  for (int i = 0; i < n; i++)
    tag[i] = kit_send(k, "hang", 0);
  kit_until(k, (fake_release(n), kit_counts(k).idle == n));
  for (int i = 0; i < n; i++)
    assert_int_equal(kit_get(k, tag[i]), 0);
}

static void still_works(kit *k)
{
  assert_int_equal(kit_get(k, kit_send(k, "ok", 0)), 0);
  kit_is_clean(k);
  kit_close(k);
}

/* A write that meets a dead connection was not sent: it goes to another one,
 * and no dead one stays in the pool. */
static void test_dead_connections_leave_the_pool(void **state)
{
  enum { N = 4 };
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, N);
  fill_pool(&k, N);
  fake_see_death(true);
  fake_kill_idle();
  for (int i = 0; i < 2 * N; i++)
    assert_int_equal(kit_wait(&k, kit_send(&k, "ok write", 0)), 0);
  assert_int_equal(fake_count("ok write"), 2 * N);
  assert_int_equal(kit_counts(&k).errors, 0);
  assert_int_equal(fake_conns(), kit_counts(&k).size);
  still_works(&k);
}

static void test_begin_meets_a_dead_connection(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 2);
  fill_pool(&k, 2);
  fake_see_death(true);
  fake_kill_idle();
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", 0)), 0);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  still_works(&k);
}

/* The first to hear of it hears what happened. */
static void test_connection_dies_between_two_statements(void **state)
{
  kit k;
  (void)state;
  for (int sees = 0; sees < 2; sees++) {
    kit_open(&k, &fake_pipe, 1);
    fake_see_death(sees);
    ryx_tx tx = kit_begin(&k);
    assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", 0)), 0);
    fake_kill_all();
    if (!sees) kit_until(&k, fake_conns() == 0);
    assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", 0)), RYX_E_CONNECTION);
    assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", 0)),
                     RYX_E_TRANSACTION_BROKEN);
    assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_ROLLBACK, tx)), 0);
    still_works(&k);
  }
}

/* Nothing was sent, so nothing is unknown. */
static void test_commit_meets_a_dead_connection(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  fake_see_death(true);
  ryx_tx tx = kit_begin(&k);
  fake_kill_all();
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)),
                   RYX_E_CONNECTION);
  still_works(&k);
}

/* --- streams */

static void test_late_stream_lets_go(void **state)
{
  kit k;
  (void)state;
  for (int inside = 0; inside < 2; inside++) {
    kit_open(&k, &fake_pipe, 1);
    ryx_tx tx = inside ? kit_begin(&k) : 0;
    ryx_tag s = kit_stream(&k, tx, "rows 1000", 10, 30);
    assert_int_equal(kit_get(&k, s), 0);
    assert_true(k.out.more);
    kit_until(&k, fake_count("stop") == 1);
    assert_int_equal(ryx_engine_more(k.en, s, 10), 0);
    assert_int_equal(kit_get(&k, s), RYX_E_TIMEOUT);
    if (inside)
      assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
    still_works(&k);
  }
}

/* The deadline passes while the first part is on its way, which comes all the
 * same. */
static void test_stream_late_in_flight(void **state)
{
  kit k;
  (void)state;
  for (int inside = 0; inside < 2; inside++) {
    kit_open(&k, &fake_pipe, 1);
    fake_hold_cancels(true);
    ryx_tx tx = inside ? kit_begin(&k) : 0;
    ryx_tag s = kit_stream(&k, tx, "hang rows 1000", 10, 20);
    assert_int_equal(kit_get(&k, s), RYX_E_TIMEOUT);
    assert_int_equal(fake_release(1), 1);
    fake_hold_cancels(false);
    kit_until(&k, fake_count("stop") == 1);
    if (inside)
      assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)),
                       RYX_E_TRANSACTION_BROKEN);
    still_works(&k);
  }
}

static void test_more_then_cancel(void **state)
{
  kit k;
  (void)state;
  const ryx_driver *drivers[] = {&fake_pipe, &fake_single};
  for (int i = 0; i < 4; i++) {
    kit_open(&k, drivers[i % 2], 1);
    ryx_tx tx = i > 1 ? kit_begin(&k) : 0;
    ryx_tag s = kit_stream(&k, tx, "rows 1000", 10, 0);
    assert_int_equal(kit_get(&k, s), 0);
    assert_int_equal(ryx_engine_more(k.en, s, 100), 0);
    ryx_engine_cancel(k.en, s);
    assert_int_equal(kit_get(&k, s), RYX_E_CANCELLED);
    assert_false(k.out.more);
    if (tx) assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_ROLLBACK, tx)), 0);
    still_works(&k);
  }
}

static void test_cancel_between_two_parts(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag s = kit_stream(&k, 0, "rows 1000", 10, 0);
  assert_int_equal(kit_get(&k, s), 0);
  ryx_engine_cancel(k.en, s);
  assert_int_equal(ryx_engine_more(k.en, s, 100), 0);
  assert_int_equal(kit_get(&k, s), RYX_E_CANCELLED);
  still_works(&k);
}

static void test_more_fails(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag s = kit_stream(&k, 0, "rows 1000", 10, 0);
  assert_int_equal(kit_get(&k, s), 0);
  fake_fail_more(true);
  assert_int_equal(ryx_engine_more(k.en, s, 10), 0);
  assert_true(kit_get(&k, s) < 0);
  fake_fail_more(false);
  assert_int_equal(fake_count("close"), 1);
  still_works(&k);
}

/* --- servers that do not answer */

/* The caller hears at the deadline; a second later the connection is thrown
 * away, whatever has become of the cancel. */
static void test_server_hangs(void **state)
{
  kit k;
  (void)state;
  for (int writes = 0; writes < 2; writes++) {
    kit_open(&k, &fake_pipe, 1);
    fake_hold_cancels(true);
    start_clock();
    ryx_job job = kit_job(&k, "hang", writes ? 0 : READ);
    job.timeout_ms = 50;
    assert_int_equal(kit_get(&k, kit_send_job(&k, &job)),
                     writes ? RYX_E_COMMIT_UNKNOWN : RYX_E_TIMEOUT);
    took_less_than(900);
    assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
    took_less_than(5000);
    assert_int_equal(fake_count("1: close"), 1);
    fake_hold_cancels(false);
    still_works(&k);
  }
}

/* What the server did in time is told, though it is late. */
static void test_late_write_tells_the_truth(void **state)
{
  kit k;
  (void)state;
  for (int saved = 0; saved < 2; saved++) {
    kit_open(&k, &fake_pipe, 1);
    fake_hold_cancels(saved);
    ryx_job job = kit_job(&k, "hang", 0);
    job.timeout_ms = 20;
    ryx_tag t = kit_send_job(&k, &job);
    if (saved) {
      kit_until(&k, fake_waiting_cancels() == 1);
      fake_release(1);
    }
    assert_int_equal(kit_get(&k, t), saved ? 0 : RYX_E_TIMEOUT);
    fake_hold_cancels(false);
    still_works(&k);
  }
}

static void test_cancelled_statement_of_a_server_that_hangs(void **state)
{
  kit k;
  (void)state;
  for (int writes = 0; writes < 2; writes++) {
    kit_open(&k, &fake_pipe, 1);
    fake_hold_cancels(true);
    start_clock();
    ryx_tag t = kit_send(&k, "hang", writes ? 0 : READ);
    kit_until(&k, fake_hanging() == 1);
    ryx_engine_cancel(k.en, t);
    assert_int_equal(kit_get(&k, t),
                     writes ? RYX_E_COMMIT_UNKNOWN : RYX_E_CANCELLED);
    took_less_than(5000);
    fake_hold_cancels(false);
    still_works(&k);
  }
}

/* The statement ended, but its cancel does not: nobody else may be hit, so the
 * connection is thrown away. */
static void test_cancel_hangs(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  fake_hold_cancels(true);
  ryx_tag t = kit_send(&k, "hang", READ);
  kit_until(&k, fake_hanging() == 1);
  ryx_engine_cancel(k.en, t);
  kit_until(&k, fake_waiting_cancels() == 1);
  assert_int_equal(fake_release(1), 1);
  assert_int_equal(kit_get(&k, t), 0);
  start_clock();
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  took_less_than(5000);
  assert_int_equal(fake_count("1: close"), 1);
  fake_hold_cancels(false);
  still_works(&k);
}

/* More statements to cancel than are asked about at once. */
static void test_many_cancels(void **state)
{
  enum { N = 10 };
  kit k;
  ryx_tag tag[N];
  (void)state;
  kit_open(&k, &fake_pipe, N);
  fake_hold_cancels(true);
  for (int i = 0; i < N; i++)
    tag[i] = kit_send(&k, "hang", READ);
  kit_until(&k, fake_hanging() == N);
  for (int i = 0; i < N; i++)
    ryx_engine_cancel(k.en, tag[i]);
  kit_until(&k, fake_waiting_cancels() == 4);
  fake_hold_cancels(false);
  for (int i = 0; i < N; i++)
    assert_int_equal(kit_get(&k, tag[i]), RYX_E_CANCELLED);
  assert_int_equal(fake_count("cancel"), N);
  still_works(&k);
}

/* Cancels of one pool never wait for another's server. */
static void test_pools_cancel_apart(void **state)
{
  enum { N = 6 };
  kit k;
  ryx_err e;
  ryx_tag tag[N];
  int other;
  (void)state;
  kit_open(&k, &fake_pipe, N);
  fake_hold_cancels(true);
  for (int i = 0; i < N; i++)
    tag[i] = kit_send(&k, "hang", READ);
  kit_until(&k, fake_hanging() == N);
  for (int i = 0; i < N; i++)
    ryx_engine_cancel(k.en, tag[i]);
  kit_until(&k, fake_waiting_cancels() == 4);
  ryx_opts opts = fake_opts(&fake_single, 1);
  opts.alias = "other";
  assert_int_equal(ryx_engine_pool(k.en, &opts, &other, &e), 0);
  fake_hold_cancels_of(1);
  ryx_job job = kit_job(&k, "hang", READ);
  job.pool = other;
  job.timeout_ms = 50;
  start_clock();
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  job = kit_job(&k, "ok", READ);
  job.pool = other;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  took_less_than(900);
  fake_hold_cancels(false);
  for (int i = 0; i < N; i++)
    kit_get(&k, tag[i]);
  still_works(&k);
}

static void test_close_while_all_hangs(void **state)
{
  kit k;
  (void)state;
  for (int threaded = 0; threaded < 2; threaded++) {
    fake_reset();
    kit_open_opts(&k, threaded ? RYX_ENGINE_THREAD : RYX_ENGINE_INLINE,
                  fake_opts(&fake_pipe, 6));
    fake_hold_cancels(true);
    for (int i = 0; i < 6; i++)
      kit_send(&k, "hang", i % 2 ? READ : 0);
    kit_until(&k, fake_hanging() == 6);
    start_clock();
    ryx_engine_close(k.en);
    took_less_than(3000);
    fake_hold_cancels(false);
    assert_int_equal(fake_conns(), 0);
    assert_int_equal(ryx_rows_live(), 0);
  }
}

/* A dial on a thread, as of MariaDB or of a resolver that is slow. */
static void test_dial_hangs(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts opts = fake_opts(&fake_single, 2);
  opts.connect_timeout_ms = 50;
  kit_open_opts(&k, RYX_ENGINE_INLINE, opts);
  fake_dial(FAKE_DIAL_HANG);
  start_clock();
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), RYX_E_CONNECTION);
  took_less_than(1500);
  ryx_engine_close(k.en);
  took_less_than(3000);
  fake_greet();
  for (int i = 0; i < LONG_MS && fake_conns() > 0; i++)
    kit_sleep(1);
  assert_int_equal(fake_conns(), 0);
}

/* One connection learns that a pooler stands between: all of the pool send
 * their statements unnamed from then on, and plans stay what they are. */
static void test_names_do_not_stay(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 2);
  assert_int_equal(kit_get(&k, kit_plan(&k, 3, "ok")), 0);
  int caps = ryx_engine_caps(k.en, k.pool);
  assert_int_equal(fake_count("ok"), 1);
  fake_lose_names(true);
  assert_int_equal(kit_get(&k, kit_plan(&k, 3, "ok")), 0);
  fake_lose_names(false);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, kit_plan(&k, 3, "ok")), 0);
  assert_int_equal(fake_count("2: ok unnamed"), 1);
  assert_int_equal(ryx_engine_caps(k.en, k.pool), caps);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_ROLLBACK, tx)), 0);
  still_works(&k);
}

/* --- time */

/* A host that did something else for a while. */
static void test_expired_while_nobody_looked(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts opts = fake_opts(&fake_pipe, 1);
  opts.max_lifetime_ms = 30;
  kit_open_opts(&k, RYX_ENGINE_INLINE, opts);
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
  kit_sleep(60);
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_count("1: ok"), 1);
  assert_int_equal(fake_count("2: ok"), 1);
  kit_close(&k);
}

static void test_longest_timeout(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_job job = kit_job(&k, "ok", 0);
  job.timeout_ms = INT64_MAX;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  ryx_tag t = kit_send(&k, "ok", 0);
  assert_int_equal(ryx_engine_wait(k.en, t, INT64_MAX), 1);
  assert_int_equal(kit_take(&k, t), 0);
  ryx_job nap = {.kind = RYX_JOB_SLEEP, .timeout_ms = INT64_MAX};
  t = kit_send_job(&k, &nap);
  kit_pump(&k);
  assert_false(ryx_engine_done(k.en, t));
  ryx_engine_drop(k.en, t);
  kit_pump(&k);
  still_works(&k);
}

/* Failed dials side by side are one failure: once the server is back, it is
 * found soon. */
static void test_back_soon(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 8);
  ryx_tx tx = kit_begin(&k);
  fake_dial(FAKE_DIAL_FAIL);
  ryx_tag tag[6];
  for (int i = 0; i < 6; i++)
    tag[i] = kit_send(&k, "ok", 0);
  start_clock();
  while (ryx_clock_now() - started < 1500 * RYX_NS_PER_MS)
    ryx_engine_poll(k.en, 20);
  fake_dial(FAKE_DIAL_OK);
  start_clock();
  assert_int_equal(kit_get(&k, tag[0]), 0);
  took_less_than(1500);
  for (int i = 1; i < 6; i++)
    assert_int_equal(kit_get(&k, tag[i]), 0);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_ROLLBACK, tx)), 0);
  still_works(&k);
}

/* --- one connection for a script, and a cancel that comes first */

static void test_raw_script_has_one_connection(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 5);
  for (int i = 0; i < 20; i++)
    assert_int_equal(kit_wait(&k, kit_send(&k, "ok", i % 2 ? RAW : 0)), 0);
  assert_int_equal(fake_count("dial"), 1);
  assert_int_equal(fake_count("reset"), 10);
  kit_close(&k);
}

static void test_cancel_before_the_worker_begins(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_blocker, 2);
  for (int i = 0; i < 200; i++) {
    ryx_tag t = kit_send(&k, "hang", READ);
    kit_pump(&k);
    ryx_engine_cancel(k.en, t);
    assert_int_equal(kit_get(&k, t), RYX_E_CANCELLED);
  }
  still_works(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_dead_connections_leave_the_pool),
      cmocka_unit_test(test_begin_meets_a_dead_connection),
      cmocka_unit_test(test_connection_dies_between_two_statements),
      cmocka_unit_test(test_commit_meets_a_dead_connection),
      cmocka_unit_test(test_late_stream_lets_go),
      cmocka_unit_test(test_stream_late_in_flight),
      cmocka_unit_test(test_more_then_cancel),
      cmocka_unit_test(test_cancel_between_two_parts),
      cmocka_unit_test(test_more_fails),
      cmocka_unit_test(test_server_hangs),
      cmocka_unit_test(test_late_write_tells_the_truth),
      cmocka_unit_test(test_cancelled_statement_of_a_server_that_hangs),
      cmocka_unit_test(test_cancel_hangs),
      cmocka_unit_test(test_many_cancels),
      cmocka_unit_test(test_pools_cancel_apart),
      cmocka_unit_test(test_close_while_all_hangs),
      cmocka_unit_test(test_dial_hangs),
      cmocka_unit_test(test_names_do_not_stay),
      cmocka_unit_test(test_expired_while_nobody_looked),
      cmocka_unit_test(test_longest_timeout),
      cmocka_unit_test(test_back_soon),
      cmocka_unit_test(test_raw_script_has_one_connection),
      cmocka_unit_test(test_cancel_before_the_worker_begins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
