/* SPDX-License-Identifier: MIT */
/* Pools: dialling, growth, the queue, age, messages. */
#include "test_engine.h"

static void test_lazy(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 4);
  assert_int_equal(fake_conns(), 0);
  assert_int_equal(ryx_engine_caps(k.en, k.pool), -1);
  assert_int_equal(kit_wait(&k, kit_tx(&k, RYX_JOB_CONNECT, 0)), 0);
  assert_int_equal(ryx_engine_caps(k.en, k.pool), RYX_SERVER_RETURNING);
  assert_int_equal(fake_conns(), 1);
  assert_int_equal(kit_wait(&k, kit_send(&k, "rows 3", READ)), 0);
  assert_int_equal(k.n_rows, 3);
  assert_int_equal(fake_conns(), 1);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_grows_to_its_size(void **state)
{
  kit k;
  ryx_tag tag[8];
  (void)state;
  kit_open(&k, &fake_pipe, 3);
  for (int i = 0; i < 8; i++)
    tag[i] = kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 3);
  ryx_pool_counts c = kit_counts(&k);
  assert_int_equal(c.size, 3);
  assert_int_equal(c.in_use, 3);
  assert_int_equal(c.idle, 0);
  assert_int_equal(c.waiting, 5);
  for (int i = 0; i < 8; i++) {
    kit_until(&k, fake_release(1) == 1);
    assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
  }
  for (int i = 0; i < 8; i++)
    assert_int_equal(kit_get(&k, tag[i]), 0);
  c = kit_counts(&k);
  assert_int_equal(c.size, 3);
  assert_int_equal(c.idle, 3);
  assert_int_equal(c.requests, 8);
  kit_close(&k);
}

static void test_dials_two_at_once(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 10);
  fake_dial(FAKE_DIAL_HANG);
  for (int i = 0; i < 8; i++)
    kit_send(&k, "hang", 0);
  kit_pump(&k);
  kit_pump(&k);
  assert_int_equal(kit_counts(&k).dials, 2);
  fake_greet();
  kit_until(&k, fake_hanging() == 8);
  assert_int_equal(kit_counts(&k).size, 8);
  kit_close(&k);
}

static void test_first_come_first_served(void **state)
{
  enum { N = 50 };
  kit k;
  ryx_tag tag[N];
  (void)state;
  kit_open(&k, &fake_single, 1);
  for (int i = 0; i < N; i++)
    tag[i] = kit_send(&k, "ok", i % 2 ? READ : 0);
  for (int i = 0; i < N; i++) {
    while (ryx_engine_poll(k.en, LONG_MS) != 1)
      continue;
    assert_int_equal(ryx_engine_next(k.en), tag[i]);
    assert_int_equal(kit_take(&k, tag[i]), 0);
  }
  kit_close(&k);
}

static void test_refused_dial_fails_fast(void **state)
{
  kit k;
  ryx_tag tag[5];
  (void)state;
  kit_open(&k, &fake_pipe, 4);
  fake_dial(FAKE_DIAL_FAIL);
  for (int i = 0; i < 5; i++)
    tag[i] = kit_send(&k, "ok", 0);
  for (int i = 0; i < 5; i++) {
    assert_int_equal(kit_get(&k, tag[i]), RYX_E_CONNECTION);
    kit_says(&k, "connection refused");
  }
  fake_dial(FAKE_DIAL_OK);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_true(kit_counts(&k).dial_errors >= 1);
  kit_close(&k);
}

static void test_failed_dial_keeps_waiters_of_a_live_pool(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 2);
  ryx_tag first = kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  fake_dial(FAKE_DIAL_FAIL);
  ryx_tag second = kit_send(&k, "ok", 0);
  kit_until(&k, kit_counts(&k).dial_errors >= 1);
  assert_false(ryx_engine_done(k.en, second));
  fake_release(1);
  assert_int_equal(kit_get(&k, first), 0);
  assert_int_equal(kit_get(&k, second), 0);
  kit_close(&k);
}

static void test_deaf_server(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 2);
  o.connect_timeout_ms = 20;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  fake_dial(FAKE_DIAL_HANG);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), RYX_E_CONNECTION);
  kit_says(&k, "not connected within 0.0 s");
  fake_dial(FAKE_DIAL_OK);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_close(&k);
}

static void test_dial_thread(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_single, 2);
  fake_dial(FAKE_DIAL_HANG);
  ryx_tag tag = kit_send(&k, "ok", 0);
  kit_pump(&k);
  assert_false(ryx_engine_done(k.en, tag));
  fake_greet();
  assert_int_equal(kit_get(&k, tag), 0);
  kit_close(&k);
}

/* The dial outlives its limit; the pool does not wait for the thread. */
static void test_dial_thread_late(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_single, 2);
  o.connect_timeout_ms = 20;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  fake_dial(FAKE_DIAL_HANG);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), RYX_E_CONNECTION);
  fake_greet();
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_until(&k, fake_conns() == 1);
  kit_close(&k);
}

static void test_acquire_timeout_says_why(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 1);
  o.acquire_timeout_ms = 20;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  ryx_job job = kit_job(&k, "hang", 0);
  job.label = "orders.lua:12";
  ryx_tag held = kit_send_job(&k, &job);
  kit_until(&k, fake_hanging() == 1);
  ryx_tag late = kit_send(&k, "ok", 0);
  assert_int_equal(kit_get(&k, late), RYX_E_TIMEOUT);
  kit_says(&k,
           "pool \"main\": waited 0.0 s for a connection; size 1 of 1, "
           "0 idle, 1 in use, 1 waiting; longest held 0.0 s by "
           "orders.lua:12");
  assert_int_equal(kit_counts(&k).timeouts, 1);
  fake_release(1);
  assert_int_equal(kit_get(&k, held), 0);
  kit_close(&k);
}

static void test_acquire_timeout_names_dial_error(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 2);
  o.acquire_timeout_ms = 100;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  fake_dial(FAKE_DIAL_FAIL);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), RYX_E_TIMEOUT);
  kit_says(&k, "by an unnamed call; last connect error: connection refused");
  kit_close(&k);
}

/* The label outlives the request that carried it. */
static void test_acquire_timeout_names_a_transaction(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 1);
  o.acquire_timeout_ms = 20;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  ryx_job job = {
      .kind = RYX_JOB_BEGIN, .pool = k.pool, .label = "checkout.lua:3"};
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), RYX_E_TIMEOUT);
  kit_says(&k, "by checkout.lua:3");
  kit_close(&k);
}

static void test_min_connections(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 5);
  o.min_connections = 3;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_until(&k, kit_counts(&k).idle == 3);
  kit_close(&k);
}

static void test_own_deadline_in_the_queue(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  ryx_job job = kit_job(&k, "ok", 0);
  job.timeout_ms = 10;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  kit_says(&k, "waited");
  assert_int_equal(fake_count("ok"), 0);
  kit_close(&k);
}

static void test_idle_timeout(void **state)
{
  kit k;
  ryx_tag tag[3];
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 3);
  o.idle_timeout_ms = 5;
  o.min_connections = 1;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  for (int i = 0; i < 3; i++)
    tag[i] = kit_send(&k, "hang", 0);
  kit_until(&k, fake_release(3) >= 0 && kit_counts(&k).idle == 3);
  for (int i = 0; i < 3; i++)
    assert_int_equal(kit_get(&k, tag[i]), 0);
  kit_until(&k, fake_conns() == 1);
  kit_sleep(20);
  kit_pump(&k);
  assert_int_equal(fake_conns(), 1);
  kit_close(&k);
}

static void test_lifetime_spares_the_busy(void **state)
{
  kit k;
  (void)state;
  fake_reset();
  ryx_opts o = fake_opts(&fake_pipe, 1);
  o.max_lifetime_ms = 5;
  kit_open_opts(&k, RYX_ENGINE_INLINE, o);
  ryx_tag tag = kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  kit_sleep(20);
  kit_pump(&k);
  assert_int_equal(fake_count("1: close"), 0);
  fake_release(1);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_until(&k, fake_count("1: close") == 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_close(&k);
}

static void test_server_gone_while_idle(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 2);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  fake_kill_idle();
  kit_until(&k, fake_conns() == 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(kit_counts(&k).errors, 0);
  kit_close(&k);
}

/* A server that restarted: nobody looked at the sockets since. */
static void test_all_gone_while_idle(void **state)
{
  enum { N = 4 };
  kit k;
  ryx_tag tag[N];
  (void)state;
  kit_open(&k, &fake_pipe, N);
  for (int i = 0; i < N; i++)
    tag[i] = kit_send(&k, "hang", 0);
  kit_until(&k, (fake_release(N), kit_counts(&k).idle == N));
  for (int i = 0; i < N; i++)
    assert_int_equal(kit_get(&k, tag[i]), 0);
  fake_kill_idle();
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(kit_counts(&k).errors, 0);
  kit_close(&k);
}

static void test_raw_taints(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_count("reset"), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok raw", RAW)), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok after", 0)), 0);
  assert_int_equal(fake_count("reset"), 1);
  kit_close(&k);
}

/* A raw BEGIN is undone before anybody else has the connection. */
static void test_raw_begin_is_rolled_back(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag a = kit_send(&k, "open", RAW);
  ryx_tag b = kit_send(&k, "ok", 0);
  assert_int_equal(kit_get(&k, a), 0);
  assert_int_equal(kit_get(&k, b), 0);
  assert_int_equal(fake_count("1: ROLLBACK"), 1);
  assert_string_equal(fake_log(1), "1: open");
  assert_string_equal(fake_log(2), "1: ROLLBACK");
  assert_string_equal(fake_log(3), "1: reset");
  assert_string_equal(fake_log(4), "1: ok");
  kit_close(&k);
}

static void test_replaced_pool_drains(void **state)
{
  kit k;
  int other, old;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag waiting = kit_send(&k, "ok waiting", 0);
  kit_pump(&k);
  ryx_opts o = fake_opts(&fake_pipe, 1);
  assert_int_equal(ryx_engine_pool(k.en, &o, &other, &k.e), 0);
  old = k.pool;
  assert_true(other != old);
  ryx_job job = kit_job(&k, "ok", 0);
  ryx_tag tag;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  k.pool = other;
  assert_int_equal(kit_get(&k, kit_send(&k, "ok new", 0)), 0);
  /* The old one's users end in peace. */
  assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok old", 0)), 0);
  assert_int_equal(fake_conns(), 2);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  assert_int_equal(kit_get(&k, waiting), 0);
  kit_until(&k, fake_conns() == 1);
  ryx_engine_pool_close(k.en, other);
  kit_until(&k, fake_conns() == 0);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_schema_changed(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  ryx_engine_schema_changed(k.en, k.pool);
  assert_int_equal(fake_count("forget"), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_count("forget"), 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_count("forget"), 1);
  kit_close(&k);
}

static void test_many_waiters(void **state)
{
  enum { N = 10000 };
  kit k;
  int done = 0;
  (void)state;
  kit_open(&k, &fake_pipe, 4);
  for (int i = 0; i < N; i++)
    kit_plan(&k, 1, "ok");
  while (done < N) {
    assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    for (ryx_tag t; (t = ryx_engine_next(k.en)); done++)
      assert_int_equal(kit_take(&k, t), 0);
  }
  kit_is_clean(&k);
  kit_close(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lazy),
      cmocka_unit_test(test_grows_to_its_size),
      cmocka_unit_test(test_dials_two_at_once),
      cmocka_unit_test(test_first_come_first_served),
      cmocka_unit_test(test_refused_dial_fails_fast),
      cmocka_unit_test(test_failed_dial_keeps_waiters_of_a_live_pool),
      cmocka_unit_test(test_deaf_server),
      cmocka_unit_test(test_dial_thread),
      cmocka_unit_test(test_dial_thread_late),
      cmocka_unit_test(test_acquire_timeout_says_why),
      cmocka_unit_test(test_acquire_timeout_names_dial_error),
      cmocka_unit_test(test_acquire_timeout_names_a_transaction),
      cmocka_unit_test(test_min_connections),
      cmocka_unit_test(test_own_deadline_in_the_queue),
      cmocka_unit_test(test_idle_timeout),
      cmocka_unit_test(test_lifetime_spares_the_busy),
      cmocka_unit_test(test_server_gone_while_idle),
      cmocka_unit_test(test_all_gone_while_idle),
      cmocka_unit_test(test_raw_taints),
      cmocka_unit_test(test_raw_begin_is_rolled_back),
      cmocka_unit_test(test_replaced_pool_drains),
      cmocka_unit_test(test_schema_changed),
      cmocka_unit_test(test_many_waiters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
