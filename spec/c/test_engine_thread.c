/* SPDX-License-Identifier: MIT */
/* THREAD mode: the loop on a thread of its own. */
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_engine.h"

static void thread_open(kit *k, const ryx_driver *driver, int max)
{
  fake_reset();
  kit_open_opts(k, RYX_ENGINE_THREAD, fake_opts(driver, max));
}

static void test_no_thread_before_use(void **state)
{
  kit k;
  (void)state;
  thread_open(&k, &fake_pipe, 2);
  ryx_engine_close(k.en);
  thread_open(&k, &fake_pipe, 2);
  assert_int_equal(ryx_engine_fd(k.en), -1);
  assert_int_equal(kit_wait(&k, kit_send(&k, "rows 2", READ)), 0);
  assert_int_equal(k.n_rows, 2);
  kit_close(&k);
}

/* Many requests, results, cancels and drops cross at the same time. */
static void test_many(void **state)
{
  enum { N = 10000, WINDOW = 500 };
  kit k;
  int sent = 0, done = 0, dropped = 0;
  (void)state;
  thread_open(&k, &fake_pipe, 4);
  while (done + dropped < N) {
    while (sent < N && sent - done - dropped < WINDOW) {
      ryx_tag tag = sent % 7 ? kit_plan(&k, 1, "ok") : kit_send(&k, "ok", 0);
      sent++;
      if (sent % 11 == 0) ryx_engine_cancel(k.en, tag);
      if (sent % 13 == 0) {
        ryx_engine_drop(k.en, tag);
        dropped++;
      }
    }
    if (done + dropped == N) break;
    assert_int_equal(ryx_engine_poll(k.en, LONG_MS), 1);
    for (ryx_tag t; (t = ryx_engine_next(k.en)); done++) {
      int rc = kit_take(&k, t);
      assert_true(rc == 0 || rc == RYX_E_CANCELLED);
    }
  }
  kit_close(&k);
}

static void test_nothing_inline(void **state)
{
  kit k;
  (void)state;
  thread_open(&k, &fake_blocker, 2);
  for (int i = 0; i < 20; i++)
    assert_int_equal(kit_wait(&k, kit_plan(&k, 1, "ok here")), 0);
  assert_false(fake_was_here("ok here"));
  kit_close(&k);
}

static void test_wait_times_out(void **state)
{
  kit k;
  (void)state;
  thread_open(&k, &fake_pipe, 1);
  ryx_tag tag = kit_send(&k, "hang", 0);
  assert_int_equal(ryx_engine_wait(k.en, tag, 2), 0);
  assert_int_equal(ryx_engine_poll(k.en, 0), 0);
  while (fake_release(1) == 0)
    kit_sleep(1);
  assert_int_equal(kit_wait(&k, tag), 0);
  kit_close(&k);
}

static void test_transactions_and_streams(void **state)
{
  kit k;
  (void)state;
  thread_open(&k, &fake_pipe, 2);
  for (int i = 0; i < 300; i++) {
    ryx_tx tx = kit_begin(&k);
    ryx_job job = kit_job(&k, "rows 5", READ | RYX_STMT_STREAM);
    job.tx = tx;
    ryx_tag tag = kit_send_job(&k, &job);
    assert_int_equal(kit_get(&k, tag), 0);
    assert_true(k.out.more);
    if (i % 3 == 0) ryx_engine_drop(k.en, tag);
    if (i % 2)
      assert_int_equal(kit_get(&k, kit_tx(&k, RYX_JOB_COMMIT, tx)), 0);
    else
      ryx_engine_tx_drop(k.en, tx);
    if (i % 3 == 0) continue;
    assert_int_equal(ryx_engine_more(k.en, tag, 9), 0);
    kit_get(&k, tag);
    if (k.out.more) ryx_engine_drop(k.en, tag);
  }
  kit_close(&k);
}

static void test_timeouts_cross(void **state)
{
  kit k;
  (void)state;
  thread_open(&k, &fake_pipe, 4);
  for (int i = 0; i < 40; i++) {
    ryx_job job = kit_job(&k, "hang", READ);
    job.timeout_ms = 1 + i % 3;
    ryx_tag a = kit_send_job(&k, &job);
    assert_int_equal(kit_get(&k, a), RYX_E_TIMEOUT);
  }
  kit_close(&k);
}

static void test_wake_bytes(void **state)
{
  kit k;
  struct sockaddr_un addr = {.sun_family = AF_UNIX};
  char dir[] = "/tmp/ryx-wake-XXXXXX", byte;
  (void)state;
  thread_open(&k, &fake_pipe, 1);
  assert_non_null(mkdtemp(dir));
  snprintf(addr.sun_path, sizeof addr.sun_path, "%s/s", dir);
  assert_int_equal(ryx_engine_listen(k.en, addr.sun_path, &k.e), 0);
  struct stat st;
  assert_int_equal(stat(addr.sun_path, &st), 0);
  assert_int_equal(st.st_mode & 077, 0);
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
  for (int i = 0; i < 20; i++) {
    ryx_tag tag = kit_send(&k, "ok", 0);
    do {
      struct pollfd p = {.fd = fd, .events = POLLIN};
      assert_int_equal(poll(&p, 1, LONG_MS), 1);
      assert_int_equal(read(fd, &byte, 1), 1);
    } while (ryx_engine_next(k.en) != tag);
    assert_int_equal(kit_take(&k, tag), 0);
  }
  close(fd);
  /* Nobody listens any more: no harm. */
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
  assert_int_equal(kit_wait(&k, kit_send(&k, "ok", 0)), 0);
  unlink(addr.sun_path);
  rmdir(dir);
  kit_close(&k);
}

static void test_close_with_all_open(void **state)
{
  (void)state;
  for (int i = 0; i < 20; i++) {
    kit k;
    thread_open(&k, i % 2 ? &fake_pipe : &fake_single, 3);
    kit_send(&k, "hang", 0);
    kit_send(&k, "hang", READ);
    kit_tx(&k, RYX_JOB_BEGIN, 0);
    kit_send(&k, "rows 3", 0);
    ryx_job job = {.kind = RYX_JOB_SLEEP, .timeout_ms = 100000};
    kit_send_job(&k, &job);
    if (i % 4 > 1) kit_sleep(2);
    kit_close(&k);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_no_thread_before_use),
      cmocka_unit_test(test_many),
      cmocka_unit_test(test_nothing_inline),
      cmocka_unit_test(test_wait_times_out),
      cmocka_unit_test(test_transactions_and_streams),
      cmocka_unit_test(test_timeouts_cross),
      cmocka_unit_test(test_wake_bytes),
      cmocka_unit_test(test_close_with_all_open),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
