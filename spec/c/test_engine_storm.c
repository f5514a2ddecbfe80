/* SPDX-License-Identifier: MIT */
/* A storm: random reads, writes, streams, transactions, timeouts, cancels and
 * drops, while connections die, replies get lost, dials fail and cancels hang.
 * The server counts what it ran: what was acknowledged ran once, what failed
 * for certain did not, and nothing ran twice. RYX_SEED repeats a storm. */
#include <stdlib.h>

#include "test_engine.h"

enum { STEPS = 30000, ACTORS = 32, SIZE = 6, IDS = 1 << 17 };

typedef enum { REST, WRITING, READING, STREAMING, BEGINNING, INSIDE } doing;

typedef struct actor {
  doing what;
  ryx_tag tag;
  int id; /* of a write */
  ryx_tx tx;
  int left; /* statements to come in its transaction */
  bool is_busy;
} actor;

typedef struct storm {
  kit k;
  actor actors[ACTORS];
  uint64_t random;
  int n_ids, n_acknowledged;
} storm;

static unsigned dice(storm *s, unsigned n)
{
  s->random = s->random * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(s->random >> 33) % n;
}

static ryx_tag submit(storm *s, const char *sql, unsigned flags, ryx_tx tx)
{
  ryx_job job = kit_job(&s->k, sql, flags);
  job.tx = tx;
  job.stmt.chunk = 3;
  job.stmt.id = flags & READ ? 7 : 0;
  if (dice(s, 3) == 0) job.timeout_ms = 1 + (int)dice(s, 8);
  return kit_send_job(&s->k, &job);
}

/* --- the actors */

static void begin(storm *s, actor *a)
{
  char sql[32];
  a->is_busy = true;
  switch (dice(s, 8)) {
    case 0:
      a->what = STREAMING;
      a->tag = submit(s, "rows 12", READ | RYX_STMT_STREAM, 0);
      return;
    case 1:
      a->what = BEGINNING;
      a->tx = 0;
      a->left = (int)dice(s, 4);
      a->tag = kit_tx(&s->k, RYX_JOB_BEGIN, 0);
      return;
    case 2:
    case 3:
    case 4:
      a->what = READING;
      a->tag = submit(s, dice(s, 6) ? "rows 2" : "hang", READ, 0);
      return;
    default: break;
  }
  a->what = WRITING;
  a->id = s->n_ids++;
  snprintf(sql, sizeof sql, "ok #%d", a->id);
  a->tag = submit(s, sql, dice(s, 4) ? 0 : RAW, 0);
}

static void go_on_inside(storm *s, actor *a)
{
  static const char *const sqls[] = {"ok", "rows 2", "fail", "hang", "lose"};
  a->what = INSIDE;
  a->is_busy = true;
  if (a->left-- > 0) {
    a->tag = submit(s, sqls[dice(s, 5)], 0, a->tx);
    return;
  }
  if (dice(s, 6) == 0) {
    ryx_engine_tx_drop(s->k.en, a->tx);
    a->is_busy = false;
    a->what = REST;
    return;
  }
  a->tag = kit_tx(&s->k, dice(s, 2) ? RYX_JOB_COMMIT : RYX_JOB_ROLLBACK, a->tx);
}

static void give_up(storm *s, actor *a)
{
  if (dice(s, 2)) {
    ryx_engine_cancel(s->k.en, a->tag);
    return;
  }
  ryx_engine_drop(s->k.en, a->tag);
  if (a->what == INSIDE && a->left >= 0) ryx_engine_tx_drop(s->k.en, a->tx);
  a->is_busy = false;
  a->what = REST;
}

static void act(storm *s, actor *a)
{
  if (a->is_busy) {
    if (dice(s, 12) == 0) give_up(s, a);
  } else if (a->what == REST) {
    begin(s, a);
  } else if (a->what == STREAMING) {
    a->is_busy = true;
    if (ryx_engine_more(s->k.en, a->tag, (int)dice(s, 4)) < 0)
      fail_msg("more was refused");
    if (dice(s, 8) == 0) ryx_engine_cancel(s->k.en, a->tag);
  } else {
    go_on_inside(s, a);
  }
}

/* --- answers */

static void check_write(storm *s, const actor *a, int code)
{
  int ran = fake_ran(a->id);
  if (code == 0) {
    s->n_acknowledged++;
    if (ran != 1) fail_msg("acknowledged #%d ran %d times", a->id, ran);
  } else if (code != RYX_E_COMMIT_UNKNOWN && ran != 0) {
    fail_msg("failed #%d (%d) ran", a->id, code);
  }
}

static void answered(storm *s, ryx_tag tag)
{
  actor *a = NULL;
  for (int i = 0; i < ACTORS; i++)
    if (s->actors[i].is_busy && s->actors[i].tag == tag) a = &s->actors[i];
  int code = kit_take(&s->k, tag);
  if (!a) return;
  a->is_busy = false;
  if (a->what == WRITING) check_write(s, a, code);
  if (a->what == STREAMING && code == 0 && s->k.out.more) return;
  if (a->what == BEGINNING && code == 0) {
    a->tx = s->k.out.tx;
    a->what = INSIDE;
    return;
  }
  if (a->what == INSIDE && a->left >= 0) return;
  a->what = REST;
}

static void hear(storm *s)
{
  kit_pump(&s->k);
  for (ryx_tag t; (t = ryx_engine_next(s->k.en));)
    answered(s, t);
}

/* --- the weather */

static void change_weather(storm *s)
{
  switch (dice(s, 10)) {
    case 0: fake_kill_idle(); return;
    case 1: fake_kill_all(); return;
    case 2: fake_die_in_transit((int)dice(s, 3)); return;
    case 3: fake_see_death(dice(s, 2)); return;
    case 4: fake_lose_replies(dice(s, 2)); return;
    case 5: fake_dial(dice(s, 3) ? FAKE_DIAL_OK : FAKE_DIAL_FAIL); return;
    case 6: fake_hold_cancels(dice(s, 4) == 0); return;
    case 7: fake_fail_more(dice(s, 8) == 0); return;
    default: fake_release((int)dice(s, 3)); return;
  }
}

static void clear_up(storm *s)
{
  fake_see_death(false);
  fake_lose_replies(false);
  fake_fail_more(false);
  fake_die_in_transit(0);
  fake_hold_cancels(false);
  fake_greet();
  for (int i = 0; i < ACTORS; i++) {
    actor *a = &s->actors[i];
    if (a->is_busy || a->what == STREAMING) ryx_engine_drop(s->k.en, a->tag);
    if (a->what == INSIDE) ryx_engine_tx_drop(s->k.en, a->tx);
    a->is_busy = false;
  }
}

static bool is_calm(storm *s)
{
  ryx_engine_stats st;
  fake_release(100);
  ryx_engine_get_stats(s->k.en, &st);
  return !st.requests && !st.pinned && !st.transactions && !st.streams &&
         kit_counts(&s->k).in_use == 0;
}

static void check_end(storm *s)
{
  clear_up(s);
  kit_until(&s->k, is_calm(s));
  for (int i = 0; i < SIZE; i++)
    assert_int_equal(kit_get(&s->k, kit_send(&s->k, "ok", 0)), 0);
  for (int id = 0; id < s->n_ids; id++)
    if (fake_ran(id) > 1) fail_msg("#%d ran twice", id);
  kit_is_clean(&s->k);
  kit_close(&s->k);
}

/* Returns how many writes were acknowledged. */
static int blow(uint64_t seed, const ryx_driver *driver, bool is_threaded)
{
  storm *s = calloc(1, sizeof *s);
  fake_reset();
  s->random = seed;
  kit_open_opts(&s->k, is_threaded ? RYX_ENGINE_THREAD : RYX_ENGINE_INLINE,
                fake_opts(driver, SIZE));
  for (int i = 0; i < STEPS && s->n_ids < IDS; i++) {
    act(s, &s->actors[dice(s, ACTORS)]);
    if (dice(s, 3) == 0) hear(s);
    if (dice(s, 20) == 0) kit_sleep(1);
    if (dice(s, 40) == 0) change_weather(s);
  }
  check_end(s);
  int n = s->n_acknowledged;
  free(s);
  return n;
}

static void test_storm(void **state)
{
  static const ryx_driver *const drivers[] = {&fake_pipe, &fake_single};
  const char *text = getenv("RYX_SEED");
  uint64_t seed = text ? strtoull(text, NULL, 10) : 20261130;
  int n = 0;
  (void)state;
  print_message("seed %llu\n", (unsigned long long)seed);
  for (unsigned i = 0; i < 4; i++)
    n += blow(seed + i, drivers[i % 2], i / 2);
  assert_true(n > STEPS / 100);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_storm)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
