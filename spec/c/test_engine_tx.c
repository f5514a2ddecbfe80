/* SPDX-License-Identifier: MIT */
/* Transactions: blocks, broken and lost ones, lost commits, streams inside. */
#include "test_engine.h"

#define COMMIT(k, tx)    kit_get(k, kit_tx(k, RYX_JOB_COMMIT, tx))
#define ROLLBACK(k, tx)  kit_get(k, kit_tx(k, RYX_JOB_ROLLBACK, tx))
#define SAVEPOINT(k, tx) kit_get(k, kit_tx(k, RYX_JOB_SAVEPOINT, tx))
#define RELEASE(k, tx)   kit_get(k, kit_tx(k, RYX_JOB_RELEASE, tx))
#define UNDO(k, tx)      kit_get(k, kit_tx(k, RYX_JOB_ROLLBACK_TO, tx))

static int run(kit *k, ryx_tx tx, const char *sql)
{
  return kit_get(k, kit_in(k, tx, sql, 0));
}

static void closes_clean(kit *k)
{
  /* What is undone in the background is through when the only connection is
   * free again. */
  assert_int_equal(kit_get(k, kit_send(k, "ok last", 0)), 0);
  kit_is_clean(k);
  kit_close(k);
}

static void test_commit(void **state)
{
  kit k;
  ryx_engine_stats s;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_engine_get_stats(k.en, &s);
  assert_int_equal(s.pinned, 1);
  assert_int_equal(s.transactions, 1);
  assert_int_equal(run(&k, tx, "ok"), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  assert_string_equal(fake_log(1), "1: BEGIN");
  assert_string_equal(fake_log(2), "1: ok");
  assert_string_equal(fake_log(3), "1: COMMIT");
  ryx_job job = kit_job(&k, "ok", 0);
  ryx_tag tag;
  job.tx = tx;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  closes_clean(&k);
}

static void test_begin_in_two_statements(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_job job = {.kind = RYX_JOB_BEGIN,
                 .pool = k.pool,
                 .begin = {.isolation = RYX_ISO_SERIALIZABLE}};
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  assert_string_equal(fake_log(1), "1: SET level");
  assert_string_equal(fake_log(2), "1: BEGIN");
  assert_int_equal(ROLLBACK(&k, k.out.tx), 0);
  closes_clean(&k);
}

static void test_broken_until_rollback(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "fail"), RYX_E_UNIQUE);
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  kit_says(&k,
           "transaction is broken by an earlier error: duplicate key; roll "
           "back its block");
  assert_int_equal(SAVEPOINT(&k, tx), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(fake_count("ok"), 0);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

static void test_commit_of_a_broken_one_rolls_back(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "fail"), RYX_E_UNIQUE);
  assert_int_equal(COMMIT(&k, tx), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(fake_count("COMMIT"), 0);
  assert_int_equal(fake_count("ROLLBACK"), 1);
  closes_clean(&k);
}

static void test_savepoint_saves(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(SAVEPOINT(&k, tx), 0);
  assert_int_equal(SAVEPOINT(&k, tx), 0);
  assert_int_equal(run(&k, tx, "fail"), RYX_E_UNIQUE);
  assert_int_equal(UNDO(&k, tx), 0);
  assert_int_equal(fake_count("1: ROLLBACK TO SAVEPOIN"), 1);
  assert_int_equal(run(&k, tx, "ok inner"), 0);
  assert_int_equal(RELEASE(&k, tx), 0);
  assert_int_equal(run(&k, tx, "ok outer"), 0);
  assert_int_equal(UNDO(&k, tx), RYX_E_MISUSE);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

/* Ending a broken block in any way undoes it, and says so. */
static void test_release_of_a_broken_block(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(SAVEPOINT(&k, tx), 0);
  assert_int_equal(run(&k, tx, "fail"), RYX_E_UNIQUE);
  assert_int_equal(RELEASE(&k, tx), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(run(&k, tx, "ok"), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

/* An error outside the inner block is not healed by its end. */
static void test_outer_block_stays_broken(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "refuse"), RYX_E_VALIDATION);
  assert_int_equal(SAVEPOINT(&k, tx), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(UNDO(&k, tx), RYX_E_MISUSE);
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

static void test_lost(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(SAVEPOINT(&k, tx), 0);
  assert_int_equal(run(&k, tx, "lose"), RYX_E_DEADLOCK);
  assert_int_equal(UNDO(&k, tx), RYX_E_TRANSACTION_BROKEN);
  kit_says(&k, "(lost)");
  /* In autocommit mode this would be kept. */
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(fake_count("ok"), 0);
  assert_int_equal(COMMIT(&k, tx), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(fake_count("COMMIT"), 0);
  closes_clean(&k);
}

static void test_lost_rolls_back_quietly(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "lose"), RYX_E_DEADLOCK);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

static void test_connection_dies_inside(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag a = kit_in(&k, tx, "die", 0);
  ryx_tag b = kit_in(&k, tx, "ok", 0);
  assert_int_equal(kit_get(&k, a), RYX_E_CONNECTION);
  assert_int_equal(kit_get(&k, b), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

/* Nothing is sent again inside a transaction, however surely it did not run. */
static void test_no_repeat_inside(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "die early"), RYX_E_CONNECTION);
  assert_int_equal(fake_count("die early"), 1);
  assert_int_equal(COMMIT(&k, tx), RYX_E_TRANSACTION_BROKEN);
  closes_clean(&k);
}

static void test_begin_is_repeated(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  fake_die_in_transit(1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(fake_count("BEGIN"), 2);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_commit_unknown(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(run(&k, tx, "ok"), 0);
  fake_hang_commits(true);
  ryx_tag tag = kit_tx(&k, RYX_JOB_COMMIT, tx);
  kit_until(&k, fake_hanging() == 1);
  fake_kill_all();
  assert_int_equal(kit_get(&k, tag), RYX_E_COMMIT_UNKNOWN);
  fake_hang_commits(false);
  closes_clean(&k);
}

static void test_commit_that_did_not_leave(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  fake_die_in_transit(1);
  assert_int_equal(COMMIT(&k, tx), RYX_E_CONNECTION);
  assert_int_equal(fake_count("COMMIT"), 1);
  closes_clean(&k);
}

/* The server may still say what became of it: it was cancelled in time. */
static void test_commit_too_late(void **state)
{
  kit k;
  (void)state;
  for (int deaf = 0; deaf < 2; deaf++) {
    kit_open(&k, &fake_pipe, 1);
    ryx_tx tx = kit_begin(&k);
    fake_hang_commits(true);
    fake_hold_cancels(deaf);
    ryx_job job = {.kind = RYX_JOB_COMMIT, .tx = tx, .timeout_ms = 10};
    assert_int_equal(kit_get(&k, kit_send_job(&k, &job)),
                     deaf ? RYX_E_COMMIT_UNKNOWN : RYX_E_TIMEOUT);
    fake_hang_commits(false);
    fake_hold_cancels(false);
    closes_clean(&k);
  }
}

/* It never ran: the transaction is undone in the background. */
static void test_commit_late_in_the_queue(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag head = kit_in(&k, tx, "hang", 0);
  ryx_job job = {.kind = RYX_JOB_COMMIT, .tx = tx, .timeout_ms = 10};
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  kit_until(&k, fake_hanging() == 1);
  fake_release(1);
  assert_int_equal(kit_get(&k, head), 0);
  kit_until(&k, fake_count("ROLLBACK") == 1);
  assert_int_equal(fake_count("COMMIT"), 0);
  closes_clean(&k);
}

/* Cancelled before the loop saw it: it is over all the same, and undone. */
static void test_end_cancelled_at_once(void **state)
{
  static const ryx_job_kind kinds[] = {RYX_JOB_COMMIT, RYX_JOB_ROLLBACK};
  (void)state;
  for (int i = 0; i < 2; i++) {
    kit k;
    kit_open(&k, &fake_pipe, 1);
    ryx_tx tx = kit_begin(&k);
    ryx_tag tag = kit_tx(&k, kinds[i], tx);
    ryx_engine_cancel(k.en, tag);
    assert_int_equal(kit_get(&k, tag), RYX_E_CANCELLED);
    assert_int_equal(fake_count("COMMIT"), 0);
    closes_clean(&k);
  }
}

static void test_timeout_breaks(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_job job = kit_job(&k, "hang", 0);
  job.tx = tx;
  job.timeout_ms = 10;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

static void test_timeout_while_queued_breaks_nothing(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag head = kit_in(&k, tx, "hang", 0);
  ryx_job job = kit_job(&k, "ok queued", 0);
  job.tx = tx;
  job.timeout_ms = 10;
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), RYX_E_TIMEOUT);
  fake_release(1);
  assert_int_equal(kit_get(&k, head), 0);
  assert_int_equal(run(&k, tx, "ok"), 0);
  assert_int_equal(fake_count("ok queued"), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_queue_and_no_queue(void **state)
{
  enum { N = 1000 };
  kit k;
  ryx_tag tag[N], refused;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  for (int i = 0; i < N; i++)
    tag[i] = kit_in(&k, tx, "ok", 0);
  ryx_job job = kit_job(&k, "ok refused", 0);
  job.tx = tx;
  job.flags = RYX_JOB_NO_QUEUE;
  assert_int_equal(ryx_engine_send(k.en, &job, &refused, &k.e), RYX_E_MISUSE);
  for (int i = 0; i < N; i++) {
    assert_int_equal(ryx_engine_wait(k.en, tag[i], LONG_MS), 1);
    assert_int_equal(kit_take(&k, tag[i]), 0);
  }
  assert_int_equal(kit_get(&k, kit_send_job(&k, &job)), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_drop(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag head = kit_in(&k, tx, "hang", 0);
  ryx_tag next = kit_in(&k, tx, "ok", 0);
  kit_until(&k, fake_hanging() == 1);
  ryx_engine_tx_drop(k.en, tx);
  ryx_engine_tx_drop(k.en, tx);
  assert_int_equal(kit_get(&k, head), RYX_E_CANCELLED);
  assert_int_equal(kit_get(&k, next), RYX_E_CANCELLED);
  kit_until(&k, fake_count("ROLLBACK") == 1);
  closes_clean(&k);
}

static void test_dropped_begin(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_tx(&k, RYX_JOB_BEGIN, 0);
  kit_pump(&k);
  ryx_engine_drop(k.en, tag);
  ryx_engine_drop(k.en, tag);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  /* Done, but never taken. */
  tag = kit_tx(&k, RYX_JOB_BEGIN, 0);
  kit_until(&k, ryx_engine_done(k.en, tag));
  ryx_engine_drop(k.en, tag);
  kit_until(&k, fake_count("ROLLBACK") >= 1);
  closes_clean(&k);
}

static void test_raw_inside_is_reset_after(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, kit_in(&k, tx, "ok", RAW)), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(fake_count("reset"), 1);
  closes_clean(&k);
}

/* A raw COMMIT inside ends the transaction behind the engine's back. */
static void test_raw_commit_inside(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  assert_int_equal(kit_get(&k, kit_in(&k, tx, "COMMIT", RAW)), 0);
  assert_int_equal(run(&k, tx, "ok"), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

/* --- streams inside */

static int go_on(kit *k, ryx_tag tag)
{
  assert_int_equal(ryx_engine_more(k->en, tag, 2), 0);
  return kit_get(k, tag);
}

static void test_statements_between_parts(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_true(k.out.more);
  assert_int_equal(k.n_rows, 2);
  assert_int_equal(run(&k, tx, "ok"), 0);
  /* There is one stream at a time: a second one is read whole. */
  ryx_tag second = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, second), 0);
  assert_false(k.out.more);
  assert_int_equal(k.n_rows, 5);
  assert_int_equal(go_on(&k, tag), 0);
  assert_true(k.out.more);
  assert_int_equal(go_on(&k, tag), 0);
  assert_false(k.out.more);
  assert_int_equal(k.n_rows, 1);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_commit_ends_a_stream(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  assert_int_equal(fake_count("stop"), 1);
  assert_int_equal(go_on(&k, tag), RYX_E_MISUSE);
  kit_says(&k, "the transaction of this stream has ended");
  closes_clean(&k);
}

static void test_dropped_stream_inside(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  ryx_engine_drop(k.en, tag);
  assert_int_equal(run(&k, tx, "ok"), 0);
  assert_int_equal(fake_count("stop"), 1);
  assert_int_equal(fake_count("cancel"), 0); /* it would break the block */
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_stream_in_a_broken_block(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(run(&k, tx, "fail"), RYX_E_UNIQUE);
  assert_int_equal(go_on(&k, tag), RYX_E_TRANSACTION_BROKEN);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  closes_clean(&k);
}

static void test_stream_of_a_lost_connection(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(run(&k, tx, "die"), RYX_E_CONNECTION);
  assert_int_equal(ROLLBACK(&k, tx), 0);
  assert_int_equal(go_on(&k, tag), RYX_E_CONNECTION);
  closes_clean(&k);
}

static void test_stream_timeout_inside(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tx tx = kit_begin(&k);
  ryx_job job = kit_job(&k, "rows 5", READ | RYX_STMT_STREAM);
  job.tx = tx;
  job.timeout_ms = 30;
  ryx_tag tag = kit_send_job(&k, &job);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_sleep(50);
  kit_pump(&k);
  assert_int_equal(go_on(&k, tag), RYX_E_TIMEOUT);
  assert_int_equal(run(&k, tx, "ok"), 0);
  assert_int_equal(COMMIT(&k, tx), 0);
  closes_clean(&k);
}

static void test_close_with_all_open(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 4);
  ryx_tx tx = kit_begin(&k);
  ryx_tag tag = kit_stream(&k, tx, "rows 5", 2, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_in(&k, tx, "hang", 0);
  kit_in(&k, tx, "ok", 0);
  kit_begin(&k);
  kit_tx(&k, RYX_JOB_BEGIN, 0);
  kit_send(&k, "hang", 0);
  kit_send(&k, "rows 9", 0);
  kit_pump(&k);
  kit_close(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_commit),
      cmocka_unit_test(test_begin_in_two_statements),
      cmocka_unit_test(test_broken_until_rollback),
      cmocka_unit_test(test_commit_of_a_broken_one_rolls_back),
      cmocka_unit_test(test_savepoint_saves),
      cmocka_unit_test(test_release_of_a_broken_block),
      cmocka_unit_test(test_outer_block_stays_broken),
      cmocka_unit_test(test_lost),
      cmocka_unit_test(test_lost_rolls_back_quietly),
      cmocka_unit_test(test_connection_dies_inside),
      cmocka_unit_test(test_no_repeat_inside),
      cmocka_unit_test(test_begin_is_repeated),
      cmocka_unit_test(test_commit_unknown),
      cmocka_unit_test(test_commit_that_did_not_leave),
      cmocka_unit_test(test_commit_too_late),
      cmocka_unit_test(test_commit_late_in_the_queue),
      cmocka_unit_test(test_end_cancelled_at_once),
      cmocka_unit_test(test_timeout_breaks),
      cmocka_unit_test(test_timeout_while_queued_breaks_nothing),
      cmocka_unit_test(test_queue_and_no_queue),
      cmocka_unit_test(test_drop),
      cmocka_unit_test(test_dropped_begin),
      cmocka_unit_test(test_raw_inside_is_reset_after),
      cmocka_unit_test(test_raw_commit_inside),
      cmocka_unit_test(test_statements_between_parts),
      cmocka_unit_test(test_commit_ends_a_stream),
      cmocka_unit_test(test_dropped_stream_inside),
      cmocka_unit_test(test_stream_in_a_broken_block),
      cmocka_unit_test(test_stream_of_a_lost_connection),
      cmocka_unit_test(test_stream_timeout_inside),
      cmocka_unit_test(test_close_with_all_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
