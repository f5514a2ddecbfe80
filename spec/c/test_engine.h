/* SPDX-License-Identifier: MIT */
/* What the tests of the engine share: an engine with one pool on the scripted
 * database, and short words for the usual calls. */
#ifndef RYX_SPEC_TEST_ENGINE_H
#define RYX_SPEC_TEST_ENGINE_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "engine/engine.h"
#include "fake_driver.h"

/* Not a deadline of a test, only an end to one that hangs. */
enum { LONG_MS = 30000 };
enum { READ = RYX_STMT_READ, RAW = RYX_STMT_RAW | RYX_STMT_TAINTS };

typedef struct kit {
  ryx_engine *en;
  int pool;
  ryx_err e;
  ryx_outcome out; /* of the last take; rows are freed, n_rows noted */
  int64_t n_rows;
} kit;

static inline void kit_open_opts(kit *k, ryx_engine_mode mode, ryx_opts opts)
{
  memset(k, 0, sizeof *k);
  assert_int_equal(ryx_engine_open(mode, &k->en, &k->e), 0);
  assert_int_equal(ryx_engine_pool(k->en, &opts, &k->pool, &k->e), 0);
}

static inline void kit_open(kit *k, const ryx_driver *driver, int max)
{
  fake_reset();
  kit_open_opts(k, RYX_ENGINE_INLINE, fake_opts(driver, max));
}

static inline void kit_sleep(int ms)
{
  struct timespec t = {.tv_nsec = ms * 1000000L};
  nanosleep(&t, NULL);
}

/* Nothing may be left open, on either side. */
static inline void kit_close(kit *k)
{
  ryx_engine_close(k->en);
  /* A thread that dials, or asks to cancel, may be left behind for a while. */
  for (int i = 0; i < LONG_MS && fake_conns() > 0; i++)
    kit_sleep(1);
  assert_int_equal(fake_conns(), 0);
  assert_int_equal(ryx_rows_live(), 0);
}

static inline ryx_job kit_job(kit *k, const char *sql, unsigned flags)
{
  return (ryx_job){
      .kind = RYX_JOB_RUN,
      .pool = k->pool,
      .stmt = {.sql = sql, .sql_len = strlen(sql), .flags = flags},
  };
}

static inline ryx_tag kit_send_job(kit *k, const ryx_job *job)
{
  ryx_tag tag = 0;
  assert_int_equal(ryx_engine_send(k->en, job, &tag, &k->e), 0);
  assert_true(tag != 0);
  return tag;
}

static inline ryx_tag kit_send(kit *k, const char *sql, unsigned flags)
{
  ryx_job job = kit_job(k, sql, flags);
  return kit_send_job(k, &job);
}

/* A plan: statements with the same id share their history. */
static inline ryx_tag kit_plan(kit *k, uint32_t id, const char *sql)
{
  ryx_job job = kit_job(k, sql, READ);
  job.stmt.id = id;
  return kit_send_job(k, &job);
}

static inline ryx_tag kit_tx(kit *k, ryx_job_kind kind, ryx_tx tx)
{
  ryx_job job = {.kind = kind, .pool = k->pool, .tx = tx};
  return kit_send_job(k, &job);
}

static inline ryx_tag kit_in(kit *k, ryx_tx tx, const char *sql, unsigned flags)
{
  ryx_job job = kit_job(k, sql, flags);
  job.tx = tx;
  return kit_send_job(k, &job);
}

/* A stream in parts of so many rows; tx 0: of its own, ms 0: without end. */
static inline ryx_tag kit_stream(kit *k, ryx_tx tx, const char *sql,
                                 int32_t chunk, int64_t ms)
{
  ryx_job job = kit_job(k, sql, READ | RYX_STMT_STREAM);
  job.tx = tx;
  job.stmt.chunk = chunk;
  job.timeout_ms = ms;
  return kit_send_job(k, &job);
}

/* Lets the engine do what it can without waiting. */
static inline void kit_pump(kit *k)
{
  int64_t next;
  assert_true(ryx_engine_pump(k->en, &next) >= 0);
}

static inline int kit_take(kit *k, ryx_tag tag)
{
  assert_int_equal(ryx_engine_take(k->en, tag, &k->out), 0);
  k->n_rows = k->out.rows ? k->out.rows->n_rows : -1;
  ryx_rows_free(k->out.rows);
  k->out.rows = NULL;
  return k->out.code;
}

/* The result of a request, by polling: what a scheduler does. */
static inline int kit_get(kit *k, ryx_tag tag)
{
  for (;;) {
    while (ryx_engine_next(k->en))
      continue;
    if (ryx_engine_done(k->en, tag)) return kit_take(k, tag);
    assert_int_equal(ryx_engine_poll(k->en, LONG_MS), 1);
  }
}

/* By waiting: what a plain program does. */
static inline int kit_wait(kit *k, ryx_tag tag)
{
  assert_int_equal(ryx_engine_wait(k->en, tag, -1), 1);
  return kit_take(k, tag);
}

static inline ryx_tx kit_begin(kit *k)
{
  assert_int_equal(kit_get(k, kit_tx(k, RYX_JOB_BEGIN, 0)), 0);
  assert_true(k->out.tx != 0);
  return k->out.tx;
}

static inline void kit_says(kit *k, const char *part)
{
  assert_non_null(k->out.err);
  if (!strstr(k->out.err->message, part))
    print_error("%s\n", k->out.err->message);
  assert_non_null(strstr(k->out.err->message, part));
}

static inline ryx_pool_counts kit_counts(kit *k)
{
  ryx_pool_counts c;
  assert_int_equal(ryx_engine_pool_counts(k->en, k->pool, &c), 0);
  return c;
}

static inline void kit_is_clean(kit *k)
{
  ryx_engine_stats s;
  ryx_engine_get_stats(k->en, &s);
  assert_int_equal(s.requests, 0);
  assert_int_equal(s.pinned, 0);
  assert_int_equal(s.transactions, 0);
  assert_int_equal(s.streams, 0);
}

/* Pumps until a fact holds; one that never does fails the test. */
#define kit_until(k, fact)           \
  do {                               \
    int tries_ = 0;                  \
    while (!(fact)) {                \
      assert_true(tries_++ < 20000); \
      kit_pump(k);                   \
      if (tries_ > 20) kit_sleep(1); \
    }                                \
  } while (0)

#endif
