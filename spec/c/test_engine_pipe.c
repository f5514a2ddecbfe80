/* SPDX-License-Identifier: MIT */
/* Statements that share a connection, and cancelling: each test is a way in
 * which one caller could harm another. */
#include "test_engine.h"

enum { FAST = 1, SLOW = 2, FRESH = 3 };

/* One connection, and a plan that is known to be fast: its first run may not be
 * (valgrind translates what it meets), so its mean is of many. */
static void open_known(kit *k, int max)
{
  kit_open(k, &fake_pipe, max);
  for (int i = 0; i < 40; i++)
    assert_int_equal(kit_get(k, kit_plan(k, FAST, "ok")), 0);
}

static int finish(kit *k, ryx_tag tag)
{
  kit_until(k, ryx_engine_done(k->en, tag) || (fake_release(100), false));
  return kit_take(k, tag);
}

static void test_reads_share(void **state)
{
  kit k;
  ryx_tag tag[20];
  (void)state;
  open_known(&k, 1);
  for (int i = 0; i < 20; i++)
    tag[i] = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  kit_pump(&k);
  /* As many as the driver takes, then the queue. */
  assert_int_equal(fake_count("1: hang"), 16);
  assert_int_equal(kit_counts(&k).waiting, 4);
  for (int i = 0; i < 20; i++)
    assert_int_equal(finish(&k, tag[i]), 0);
  kit_close(&k);
}

/* A raw BEGIN would swallow the neighbours' work; a write may wait for a lock
 * that a neighbour holds; a stream keeps the connection. */
static void test_others_do_not_join(void **state)
{
  static const unsigned flags[] = {0, RAW, READ | RAW, READ | RYX_STMT_STREAM};
  (void)state;
  for (int i = 0; i < 4; i++) {
    kit k;
    open_known(&k, 1);
    ryx_tag head = kit_plan(&k, FAST, "hang");
    kit_pump(&k);
    ryx_job job = kit_job(&k, "ok other", flags[i]);
    job.stmt.id = FAST;
    ryx_tag other = kit_send_job(&k, &job);
    kit_pump(&k);
    assert_int_equal(fake_count("ok other"), 0);
    assert_int_equal(finish(&k, head), 0);
    assert_int_equal(kit_get(&k, other), 0);
    kit_close(&k);
  }
}

static void test_nothing_joins_others(void **state)
{
  static const unsigned flags[] = {0, RAW, READ | RAW};
  (void)state;
  for (int i = 0; i < 3; i++) {
    kit k;
    open_known(&k, 1);
    ryx_job job = kit_job(&k, "hang", flags[i]);
    job.stmt.id = FAST;
    ryx_tag head = kit_send_job(&k, &job);
    kit_pump(&k);
    ryx_tag read = kit_plan(&k, FAST, "ok behind");
    kit_pump(&k);
    assert_int_equal(fake_count("ok behind"), 0);
    assert_int_equal(finish(&k, head), 0);
    assert_int_equal(kit_get(&k, read), 0);
    kit_close(&k);
  }
}

static void test_transaction_is_alone(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_job job = kit_job(&k, "hang", READ);
  job.stmt.id = FAST;
  job.tx = tx;
  ryx_tag head = kit_send_job(&k, &job);
  ryx_tag other = kit_plan(&k, FAST, "ok other");
  kit_pump(&k);
  assert_int_equal(fake_count("ok other"), 0);
  assert_int_equal(finish(&k, head), 0);
  assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
  assert_int_equal(kit_get(&k, other), 0);
  kit_close(&k);
}

static void test_nothing_behind_a_plan_without_history(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag head = kit_plan(&k, FRESH, "hang");
  ryx_tag other = kit_plan(&k, FAST, "ok other");
  kit_pump(&k);
  assert_int_equal(fake_count("ok other"), 0);
  assert_int_equal(finish(&k, head), 0);
  assert_int_equal(kit_get(&k, other), 0);
  kit_close(&k);
}

static void test_nothing_behind_a_slow_plan(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag slow = kit_plan(&k, SLOW, "hang");
  kit_pump(&k);
  kit_sleep(8);
  assert_int_equal(finish(&k, slow), 0);
  ryx_tag head = kit_plan(&k, SLOW, "hang");
  ryx_tag other = kit_plan(&k, FAST, "ok other");
  kit_pump(&k);
  assert_int_equal(fake_count("ok other"), 0);
  assert_int_equal(finish(&k, head), 0);
  assert_int_equal(kit_get(&k, other), 0);
  kit_close(&k);
}

/* Reads that could join do not overtake a write that waits, or it would wait
 * for ever. */
static void test_no_overtaking(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag head = kit_plan(&k, FAST, "hang");
  ryx_tag write = kit_send(&k, "ok write", 0);
  ryx_tag read = kit_plan(&k, FAST, "ok read");
  kit_pump(&k);
  assert_int_equal(fake_count("ok read"), 0);
  assert_int_equal(finish(&k, head), 0);
  assert_int_equal(kit_get(&k, write), 0);
  assert_int_equal(kit_get(&k, read), 0);
  kit_close(&k);
}

static void test_idle_and_new_connections_first(void **state)
{
  kit k;
  ryx_tag tag[6];
  (void)state;
  open_known(&k, 2);
  tag[0] = kit_plan(&k, FAST, "hang");
  tag[1] = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  /* It does not wait for the dial, but the dial is made. */
  assert_int_equal(fake_count("1: hang"), 2);
  kit_until(&k, kit_counts(&k).size == 2 && kit_counts(&k).idle == 1);
  tag[2] = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  assert_int_equal(fake_count("2: hang"), 1);
  /* The least loaded. */
  tag[3] = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  assert_int_equal(fake_count("2: hang") + fake_count("2: hang unnamed"), 2);
  tag[4] = kit_plan(&k, FAST, "hang");
  tag[5] = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  assert_int_equal(fake_count("1: hang"), 3);
  for (int i = 0; i < 6; i++)
    assert_int_equal(finish(&k, tag[i]), 0);
  kit_close(&k);
}

/* --- death */

/* A SELECT of ours changes nothing, so it is sent once more. */
static void test_death_in_flight(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag a = kit_plan(&k, FAST, "hang");
  ryx_tag b = kit_plan(&k, FAST, "die");
  ryx_tag c = kit_plan(&k, FAST, "ok");
  kit_pump(&k);
  fake_release(1);
  assert_int_equal(kit_get(&k, a), 0);
  assert_int_equal(kit_get(&k, b), RYX_E_CONNECTION);
  /* The neighbour is a SELECT: sent once more, elsewhere. */
  assert_int_equal(kit_get(&k, c), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  kit_close(&k);
}

/* Whatever surely did not begin goes to another connection, writes too, but not
 * for ever: a server may drop connections at their first statement. */
static void test_what_did_not_begin_goes_elsewhere(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  fake_die_in_transit(1);
  assert_int_equal(kit_get(&k, kit_plan(&k, FAST, "ok read")), 0);
  assert_int_equal(fake_count("ok read"), 2);
  fake_die_in_transit(3);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok write", 0)), 0);
  assert_int_equal(fake_count("ok write"), 4);
  assert_int_equal(kit_get(&k, kit_send(&k, "die early", 0)), RYX_E_CONNECTION);
  assert_int_equal(fake_count("die early"), 11);
  kit_close(&k);
}

static void test_lost_write_is_unknown(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "die", 0)), RYX_E_COMMIT_UNKNOWN);
  kit_says(&k, "unknown: server closed the connection");
  assert_int_equal(kit_get(&k, kit_send(&k, "die", RAW)), RYX_E_COMMIT_UNKNOWN);
  assert_int_equal(kit_get(&k, kit_send(&k, "die", READ)), RYX_E_CONNECTION);
  /* A SELECT was tried twice, what writes once. */
  assert_int_equal(fake_count("die"), 4);
  kit_close(&k);
}

/* --- cancelling */

static void test_cancel_running(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag tag = kit_send(&k, "hang", 0);
  kit_pump(&k);
  ryx_engine_cancel(k.en, tag);
  assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  assert_int_equal(fake_count("cancel"), 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_conns(), 1);
  kit_close(&k);
}

static void test_cancel_waiting(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag head = kit_send(&k, "hang", 0);
  ryx_tag tag = kit_send(&k, "ok waiting", 0);
  ryx_tag unsent = kit_send(&k, "ok waiting", 0);
  kit_pump(&k);
  ryx_engine_cancel(k.en, tag);
  ryx_engine_cancel(k.en, unsent);
  ryx_tag early = kit_send(&k, "ok waiting", 0);
  ryx_engine_cancel(k.en, early);
  assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  assert_int_equal(kit_get(&k, unsent), RYX_E_CANCELLED);
  assert_int_equal(kit_get(&k, early), RYX_E_CANCELLED);
  assert_int_equal(finish(&k, head), 0);
  assert_int_equal(fake_count("cancel"), 0);
  assert_int_equal(fake_count("ok waiting"), 0);
  kit_close(&k);
}

/* From the request for a cancel until the call has returned, the connection is
 * nobody's: the cancel lands on whatever runs there. */
static void test_no_reuse_before_cancel_returned(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag tag = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  fake_hold_cancels(true);
  ryx_engine_cancel(k.en, tag);
  kit_until(&k, fake_waiting_cancels() == 1);
  ryx_tag joins = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  assert_int_equal(fake_count("1: hang"), 1);
  fake_release(1);
  assert_int_equal(kit_get(&k, tag), 0); /* it was quicker */
  ryx_tag next = kit_send(&k, "hang", 0);
  kit_pump(&k);
  assert_int_equal(fake_count("1: hang"), 1);
  fake_hold_cancels(false);
  kit_until(&k, fake_hanging() == 1);
  assert_int_equal(finish(&k, joins), 0);
  assert_int_equal(finish(&k, next), 0);
  kit_close(&k);
}

/* A neighbour that was in flight already may be hit all the same. */
static void test_neighbour_is_sent_again(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag a = kit_plan(&k, FAST, "hang");
  ryx_tag b = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  fake_hold_cancels(true);
  ryx_engine_cancel(k.en, a);
  kit_until(&k, fake_waiting_cancels() == 1);
  fake_release(1);
  assert_int_equal(kit_get(&k, a), 0);
  assert_int_equal(fake_hanging(), 1); /* b runs now */
  fake_hold_cancels(false);
  kit_until(&k, fake_count("1: hang") == 3);
  assert_false(ryx_engine_done(k.en, b));
  assert_int_equal(finish(&k, b), 0);
  kit_close(&k);
}

static void test_cancel_behind_the_head(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag a = kit_plan(&k, FAST, "hang");
  ryx_tag b = kit_plan(&k, FAST, "hang");
  kit_pump(&k);
  fake_hold_cancels(true);
  ryx_engine_cancel(k.en, b);
  assert_int_equal(kit_get(&k, b), RYX_E_CANCELLED);
  kit_sleep(5);
  assert_int_equal(fake_waiting_cancels(), 0);
  assert_int_equal(finish(&k, a), 0);
  kit_until(&k, (fake_release(1), kit_counts(&k).idle == 1));
  kit_is_clean(&k);
  kit_close(&k);
}

/* --- deadlines */

static ryx_tag send_timed(kit *k, const char *sql, unsigned flags, int64_t ms)
{
  ryx_job job = kit_job(k, sql, flags);
  job.stmt.id = FAST;
  job.timeout_ms = ms;
  return kit_send_job(k, &job);
}

static void test_timeout_running(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  assert_int_equal(kit_get(&k, send_timed(&k, "hang", 0, 10)), RYX_E_TIMEOUT);
  kit_says(&k, "the statement took longer than 0.0 s");
  kit_until(&k, fake_count("cancel") == 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_conns(), 1);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_timeout_behind_the_head(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag a = kit_plan(&k, FAST, "hang");
  ryx_tag b = send_timed(&k, "ok", READ, 10);
  ryx_tag c = kit_plan(&k, FAST, "ok");
  assert_int_equal(kit_get(&k, b), RYX_E_TIMEOUT);
  assert_int_equal(fake_count("cancel"), 0);
  assert_int_equal(finish(&k, a), 0);
  assert_int_equal(finish(&k, c), 0);
  kit_is_clean(&k);
  kit_close(&k);
}

/* The caller is answered though the server is deaf to the cancel. */
static void test_timeout_does_not_wait_for_the_cancel(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  fake_hold_cancels(true);
  assert_int_equal(kit_get(&k, send_timed(&k, "hang", READ, 10)),
                   RYX_E_TIMEOUT);
  fake_hold_cancels(false);
  kit_close(&k);
}

/* User code held the host for longer than the deadline; the reply came before
 * it. */
static void test_reply_in_the_socket_is_in_time(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_tag tag = send_timed(&k, "hang", 0, 200);
  kit_pump(&k);
  assert_int_equal(fake_release(1), 1);
  kit_sleep(300);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_close(&k);
}

/* libuv's clock stands still while nobody pumps. */
static void test_deadline_after_a_quiet_time(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  for (int i = 0; i < 3; i++)
    kit_sleep(500);
  ryx_tag tag = send_timed(&k, "hang", 0, 1400);
  kit_pump(&k);
  assert_int_equal(ryx_engine_wait(k.en, tag, 1), 0);
  assert_false(ryx_engine_done(k.en, tag));
  assert_int_equal(finish(&k, tag), 0);
  kit_close(&k);
}

static void test_sleep(void **state)
{
  kit k;
  (void)state;
  open_known(&k, 1);
  ryx_job job = {.kind = RYX_JOB_SLEEP, .timeout_ms = 5};
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  job.timeout_ms = 0;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  job.timeout_ms = 1000000;
  ryx_tag tag = kit_send_job(&k, &job);
  kit_pump(&k);
  ryx_engine_cancel(k.en, tag);
  assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
  kit_send_job(&k, &job);
  kit_pump(&k);
  kit_close(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reads_share),
      cmocka_unit_test(test_others_do_not_join),
      cmocka_unit_test(test_nothing_joins_others),
      cmocka_unit_test(test_transaction_is_alone),
      cmocka_unit_test(test_nothing_behind_a_plan_without_history),
      cmocka_unit_test(test_nothing_behind_a_slow_plan),
      cmocka_unit_test(test_no_overtaking),
      cmocka_unit_test(test_idle_and_new_connections_first),
      cmocka_unit_test(test_death_in_flight),
      cmocka_unit_test(test_what_did_not_begin_goes_elsewhere),
      cmocka_unit_test(test_lost_write_is_unknown),
      cmocka_unit_test(test_cancel_running),
      cmocka_unit_test(test_cancel_waiting),
      cmocka_unit_test(test_no_reuse_before_cancel_returned),
      cmocka_unit_test(test_neighbour_is_sent_again),
      cmocka_unit_test(test_cancel_behind_the_head),
      cmocka_unit_test(test_timeout_running),
      cmocka_unit_test(test_timeout_behind_the_head),
      cmocka_unit_test(test_timeout_does_not_wait_for_the_cancel),
      cmocka_unit_test(test_reply_in_the_socket_is_in_time),
      cmocka_unit_test(test_deadline_after_a_quiet_time),
      cmocka_unit_test(test_sleep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
