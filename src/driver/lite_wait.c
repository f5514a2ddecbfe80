/* SPDX-License-Identifier: MIT */
/* Owns the two handlers that SQLite calls while a statement runs or waits for a
 * lock: they look at deadline, budget and cancel flag. */
#include <time.h>

#include "base/clock.h"
#include "driver/lite_conn.h"

enum {
  OPS_BETWEEN_LOOKS = 1000, /* some 10 us; costs nothing measurable */
  SLEEP_MS_MAX = 10
};

bool ryx_lite_wait_stopped(const ryx_lite *c)
{
  const ryx_stmt *s = c->head;

  return s && s->stop && atomic_load_explicit(s->stop, memory_order_relaxed);
}

bool ryx_lite_wait_over(ryx_lite *c)
{
  uint64_t now;

  if (ryx_lite_wait_stopped(c)) {
    c->stop = RYX_E_CANCELLED;
    return true;
  }
  if (!c->deadline_ns && !c->budget_ns) return false;
  now = ryx_clock_now();
  if (c->deadline_ns && now >= c->deadline_ns) {
    c->stop = RYX_E_TIMEOUT;
    return true;
  }
  if (!c->budget_ns) return false;
  /* The budget counts from the first look, so that a statement too short for
   * any look never reads the clock. */
  if (!c->budget_end_ns) c->budget_end_ns = now + c->budget_ns;
  c->over_budget = now >= c->budget_end_ns;
  return c->over_budget;
}

static int progress(void *ctx)
{
  return ryx_lite_wait_over(ctx);
}

bool ryx_lite_wait_sleep(ryx_lite *c, int n)
{
  struct timespec t = {0, 1000000L * (n < SLEEP_MS_MAX ? n + 1 : SLEEP_MS_MAX)};
  uint64_t now;

  if (ryx_lite_wait_over(c)) return false;
  if (c->deadline_ns) {
    now = ryx_clock_now();
    if (now + (uint64_t)t.tv_nsec > c->deadline_ns)
      t.tv_nsec = now < c->deadline_ns ? (long)(c->deadline_ns - now) : 0;
  }
  nanosleep(&t, NULL);
  return true;
}

/* Who has a budget runs on a loop's thread, where nothing may wait. */
static int busy(void *ctx, int n)
{
  ryx_lite *c = ctx;

  if (c->budget_ns) {
    c->over_budget = true;
    return 0;
  }
  return ryx_lite_wait_sleep(c, n);
}

void ryx_lite_wait_install(ryx_lite *c)
{
  sqlite3_busy_handler(c->db, busy, c);
  sqlite3_progress_handler(c->db, OPS_BETWEEN_LOOKS, progress, c);
}
