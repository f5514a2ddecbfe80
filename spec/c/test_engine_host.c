/* SPDX-License-Identifier: MIT */
/* The host's side: tags, waiting, dropping, streams, memory, forks. */
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_engine.h"

static void test_tags_have_generations(void **state)
{
  kit k;
  ryx_outcome out;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag a = kit_send(&k, "ok", 0), b = kit_send(&k, "ok", 0);
  assert_int_equal(b - a, 1);
  assert_int_equal(kit_get(&k, a), 0);
  assert_int_equal(ryx_engine_take(k.en, a, &out), RYX_E_MISUSE);
  assert_int_equal(ryx_engine_wait(k.en, a, 0), RYX_E_MISUSE);
  assert_false(ryx_engine_done(k.en, a));
  ryx_engine_cancel(k.en, a);
  ryx_engine_drop(k.en, a);
  ryx_tag c = kit_send(&k, "ok", 0);
  assert_true(c != a);
  assert_int_equal(c & 0xfffff, a & 0xfffff);
  assert_int_equal(kit_get(&k, c), 0);
  assert_int_equal(kit_get(&k, b), 0);
  kit_close(&k);
}

static void test_take_before_it_is_done(void **state)
{
  kit k;
  ryx_outcome out;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_send(&k, "ok", 0);
  assert_int_equal(ryx_engine_take(k.en, tag, &out), RYX_E_MISUSE);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_close(&k);
}

/* What wait has waited for does not come from next. */
static void test_wait_and_next(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag a = kit_send(&k, "ok", 0), b = kit_send(&k, "ok", 0);
  assert_int_equal(ryx_engine_wait(k.en, b, -1), 1);
  assert_int_equal(ryx_engine_wait(k.en, b, -1), 1);
  assert_int_equal(ryx_engine_next(k.en), a);
  assert_int_equal(ryx_engine_next(k.en), 0);
  assert_int_equal(kit_take(&k, a), 0);
  assert_int_equal(kit_take(&k, b), 0);
  kit_close(&k);
}

static void test_waits_end(void **state)
{
  kit k;
  int64_t next;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  assert_int_equal(ryx_engine_poll(k.en, 0), 0);
  assert_int_equal(ryx_engine_poll(k.en, 2), 0);
  ryx_tag tag = kit_send(&k, "hang", 0);
  assert_int_equal(ryx_engine_wait(k.en, tag, 0), 0);
  assert_int_equal(ryx_engine_wait(k.en, tag, 2), 0);
  assert_int_equal(ryx_engine_poll(k.en, 2), 0);
  assert_int_equal(ryx_engine_pump(k.en, &next), 0);
  kit_until(&k, fake_release(1) == 1);
  assert_int_equal(ryx_engine_wait(k.en, tag, LONG_MS), 1);
  assert_int_equal(kit_take(&k, tag), 0);
  kit_close(&k);
}

/* A foreign loop polls the descriptor and the time that pump names. */
static void test_nested_in_a_foreign_loop(void **state)
{
  kit k;
  int64_t next;
  int done = 0, hangs = 0;
  (void)state;
  kit_open(&k, &fake_pipe, 2);
  struct pollfd p = {.fd = ryx_engine_fd(k.en), .events = POLLIN};
  assert_true(p.fd >= 0);
  for (int i = 0; i < 50; i++)
    kit_send(&k, i % 10 ? "ok" : "hang", 0);
  ryx_job job = {.kind = RYX_JOB_SLEEP, .timeout_ms = 10};
  kit_send_job(&k, &job);
  while (done < 51) {
    assert_true(ryx_engine_pump(k.en, &next) >= 0);
    for (ryx_tag t; (t = ryx_engine_next(k.en)); done++)
      assert_int_equal(kit_take(&k, t), 0);
    hangs += fake_release(1);
    if (done < 51 && fake_hanging() == 0)
      assert_true(poll(&p, 1, next < 0 ? LONG_MS : (int)next) >= 0);
  }
  assert_int_equal(hangs, 5);
  kit_close(&k);
}

static void test_unknown_pool_and_tx(void **state)
{
  kit k;
  ryx_tag tag;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_job job = kit_job(&k, "ok", 0);
  job.pool = 7;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  assert_non_null(strstr(k.e.message, "7"));
  job.tx = 99;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  job.kind = RYX_JOB_COMMIT;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  assert_int_equal(ryx_engine_more(k.en, 5, 1), RYX_E_MISUSE);
  kit_close(&k);
}

static void count_release(void *owner)
{
  ++*(int *)owner;
}

static void test_owner_is_released_once(void **state)
{
  kit k;
  ryx_tag tag;
  int released = 0;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_job job = kit_job(&k, "ok", 0);
  job.owner = &released;
  job.release = count_release;
  tag = kit_send_job(&k, &job);
  assert_int_equal(released, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(released, 1);
  job.pool = 7;
  assert_int_equal(ryx_engine_send(k.en, &job, &tag, &k.e), RYX_E_MISUSE);
  assert_int_equal(released, 2);
  job = kit_job(&k, "hang", 0);
  job.owner = &released;
  job.release = count_release;
  kit_send_job(&k, &job);
  kit_pump(&k);
  kit_close(&k);
  assert_int_equal(released, 3);
}

static void test_drop(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag run = kit_send(&k, "hang", 0), wait = kit_send(&k, "ok", 0);
  kit_until(&k, fake_hanging() == 1);
  ryx_engine_drop(k.en, run);
  ryx_engine_drop(k.en, wait);
  ryx_tag done = kit_send(&k, "rows 4", 0);
  kit_until(&k, ryx_engine_done(k.en, done));
  ryx_engine_drop(k.en, done);
  assert_int_equal(ryx_engine_next(k.en), 0);
  assert_int_equal(ryx_rows_live(), 0);
  kit_is_clean(&k);
  assert_int_equal(fake_count("cancel"), 1);
  assert_int_equal(fake_count("1: ok"), 0);
  kit_close(&k);
}

/* --- streams */

static void test_stream(void **state)
{
  kit k;
  ryx_engine_stats s;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_stream(&k, 0, "rows 7", 3, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(k.n_rows, 3);
  assert_true(k.out.more);
  ryx_engine_get_stats(k.en, &s);
  assert_int_equal(s.streams, 1);
  assert_int_equal(s.pinned, 1);
  assert_int_equal(s.requests, 1);
  /* The connection is the stream's alone. */
  ryx_tag other = kit_send(&k, "ok", READ);
  kit_pump(&k);
  assert_false(ryx_engine_done(k.en, other));
  assert_false(ryx_engine_done(k.en, tag));
  assert_int_equal(ryx_engine_wait(k.en, tag, 0), RYX_E_MISUSE);
  assert_int_equal(ryx_engine_more(k.en, tag, 2), 0);
  assert_int_equal(ryx_engine_more(k.en, tag, 2), RYX_E_MISUSE);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(k.n_rows, 2);
  assert_int_equal(ryx_engine_more(k.en, tag, 100), 0);
  assert_int_equal(kit_get(&k, tag), 0);
  assert_int_equal(k.n_rows, 2);
  assert_false(k.out.more);
  assert_int_equal(kit_get(&k, other), 0);
  kit_is_clean(&k);
  kit_close(&k);
}

/* Stopped on the server, drained, its connection used again: at each stage. */
static void test_dropped_streams(void **state)
{
  (void)state;
  for (int stage = 0; stage < 4; stage++) {
    kit k;
    kit_open(&k, &fake_pipe, 1);
    ryx_tag tag = kit_stream(&k, 0, "rows 7", 3, 0);
    if (stage == 1) kit_pump(&k);
    if (stage == 2) kit_until(&k, ryx_engine_done(k.en, tag));
    if (stage == 3) assert_int_equal(kit_get(&k, tag), 0);
    ryx_engine_drop(k.en, tag);
    assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
    assert_int_equal(fake_conns(), 1);
    kit_is_clean(&k);
    kit_close(&k);
  }
}

static void test_stream_timeout(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_job job = kit_job(&k, "rows 7", READ | RYX_STMT_STREAM);
  job.timeout_ms = 20;
  ryx_tag tag = kit_send_job(&k, &job);
  assert_int_equal(kit_get(&k, tag), 0);
  /* The connection does not wait for a host that forgot its stream. */
  assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(ryx_engine_more(k.en, tag, 1), 0);
  assert_int_equal(kit_get(&k, tag), RYX_E_TIMEOUT);
  kit_is_clean(&k);
  kit_close(&k);
}

static void test_stream_of_a_dead_connection(void **state)
{
  kit k;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_stream(&k, 0, "rows 7", 3, 0);
  assert_int_equal(kit_get(&k, tag), 0);
  fake_kill_all();
  assert_int_equal(ryx_engine_more(k.en, tag, 1), 0);
  assert_int_equal(kit_get(&k, tag), RYX_E_CONNECTION);
  kit_is_clean(&k);
  kit_close(&k);
}

/* --- memory */

/* One life of a request; false when memory was out somewhere. */
static bool cycle(kit *k)
{
  ryx_val v = {.type = RYX_T_TEXT, .len = 3, .u.s = "abc"};
  ryx_job job = kit_job(k, "rows 2", READ);
  ryx_tag tag;
  job.stmt.id = 5;
  job.stmt.params = &v;
  job.stmt.n_params = 1;
  job.label = "a label";
  int rc = ryx_engine_send(k->en, &job, &tag, &k->e);
  if (rc < 0) {
    assert_int_equal(rc, RYX_E_NOMEM);
    return false;
  }
  assert_int_equal(ryx_engine_wait(k->en, tag, LONG_MS), 1);
  rc = kit_take(k, tag);
  assert_true(rc == 0 || rc == RYX_E_NOMEM);
  if (rc) assert_non_null(k->out.err);
  return rc == 0;
}

static void test_every_allocation_fails_once(void **state)
{
  (void)state;
  static const ryx_driver *const drivers[] = {&fake_pipe, &fake_single,
                                              &fake_blocker};
  for (int d = 0; d < 3; d++) {
    int n = 1, failed = 0;
    for (;; n++) {
      kit k;
      kit_open(&k, drivers[d], 2);
      ryx_mem_fail_at(n, false);
      bool ok = cycle(&k);
      ryx_mem_fail_at(0, false);
      failed += !ok;
      assert_true(cycle(&k));
      kit_is_clean(&k);
      kit_close(&k);
      if (ok && n > 60) break;
    }
    assert_true(failed > 3);
  }
}

static void test_open_without_memory(void **state)
{
  ryx_engine *en;
  ryx_err e;
  int pool;
  (void)state;
  fake_reset();
  ryx_mem_fail_at(1, false);
  assert_int_equal(ryx_engine_open(RYX_ENGINE_INLINE, &en, &e), RYX_E_NOMEM);
  assert_int_equal(ryx_engine_open(RYX_ENGINE_INLINE, &en, &e), 0);
  for (int n = 1; n < 3; n++) {
    ryx_opts o = fake_opts(&fake_pipe, 1);
    ryx_mem_fail_at(n, false);
    assert_int_equal(ryx_engine_pool(en, &o, &pool, &e), RYX_E_NOMEM);
  }
  ryx_mem_fail_at(0, false);
  ryx_engine_close(en);
}

static void test_transaction_without_memory(void **state)
{
  (void)state;
  for (int n = 1; n < 40; n++) {
    kit k;
    ryx_tag tag;
    kit_open(&k, &fake_pipe, 1);
    assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
    ryx_mem_fail_at(n, false);
    ryx_job job = {.kind = RYX_JOB_BEGIN, .pool = k.pool};
    int rc = ryx_engine_send(k.en, &job, &tag, &k.e);
    if (rc == 0) rc = kit_get(&k, tag);
    if (rc == 0) {
      ryx_tx tx = k.out.tx;
      job = (ryx_job){.kind = RYX_JOB_SAVEPOINT, .tx = tx};
      rc = ryx_engine_send(k.en, &job, &tag, &k.e);
      if (rc == 0) kit_get(&k, tag);
      ryx_engine_tx_drop(k.en, tx);
    }
    ryx_mem_fail_at(0, false);
    assert_int_equal(kit_get(&k, kit_send(&k, "ok", 0)), 0);
    kit_is_clean(&k);
    kit_close(&k);
  }
}

/* --- forks */

static int in_child(kit *k)
{
  ryx_job job = kit_job(k, "ok", 0);
  ryx_pool_counts c;
  ryx_tag tag;
  int64_t next;
  if (ryx_engine_send(k->en, &job, &tag, &k->e) != RYX_E_MISUSE) return 1;
  if (ryx_engine_poll(k->en, 0) != RYX_E_MISUSE) return 2;
  if (ryx_engine_pump(k->en, &next) != RYX_E_MISUSE) return 3;
  if (ryx_engine_pool_counts(k->en, k->pool, &c) != RYX_E_MISUSE) return 4;
  if (ryx_engine_fd(k->en) != -1) return 5;
  if (!strstr(k->e.message, "fork")) return 6;
  ryx_engine_close(k->en);
  return fake_conns() == 1 ? 0 : 7;
}

static void test_fork(void **state)
{
  kit k;
  int status;
  (void)state;
  kit_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_send(&k, "hang", 0);
  kit_until(&k, fake_hanging() == 1);
  pid_t pid = fork();
  if (pid == 0) _exit(in_child(&k));
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_int_equal(status, 0);
  /* The parent goes on. */
  fake_release(1);
  assert_int_equal(kit_get(&k, tag), 0);
  kit_close(&k);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tags_have_generations),
      cmocka_unit_test(test_take_before_it_is_done),
      cmocka_unit_test(test_wait_and_next),
      cmocka_unit_test(test_waits_end),
      cmocka_unit_test(test_nested_in_a_foreign_loop),
      cmocka_unit_test(test_unknown_pool_and_tx),
      cmocka_unit_test(test_owner_is_released_once),
      cmocka_unit_test(test_drop),
      cmocka_unit_test(test_stream),
      cmocka_unit_test(test_dropped_streams),
      cmocka_unit_test(test_stream_timeout),
      cmocka_unit_test(test_stream_of_a_dead_connection),
      cmocka_unit_test(test_every_allocation_fails_once),
      cmocka_unit_test(test_open_without_memory),
      cmocka_unit_test(test_transaction_without_memory),
      cmocka_unit_test(test_fork),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
