/* SPDX-License-Identifier: MIT */
/* Random steps of acquire, use, release, cancel and drop against a model: who
 * waits first is served first, and nobody waits while something is free. */
#include <stdlib.h>

#include "test_engine.h"

enum { STEPS = 100000, SIZE = 5, ACTORS = 40 };

typedef enum { REST, ASKING, HOLDING, ENDING } actor_state;

typedef struct actor {
  actor_state state;
  ryx_tag tag;
  ryx_tx tx; /* 0: it holds its connection by a stream */
} actor;

typedef struct game {
  kit k;
  actor actors[ACTORS];
  int turn; /* of the last stream asked for */
  uint64_t random;
  int n_begun, n_cancelled;
} game;

static unsigned dice(game *g, unsigned n)
{
  g->random = g->random * 6364136223846793005u + 1442695040888963407u;
  return (unsigned)(g->random >> 33) % n;
}

static void ask(game *g, actor *a)
{
  char sql[32];
  a->state = ASKING;
  a->tx = 0;
  if (dice(g, 2)) {
    a->tag = kit_tx(&g->k, RYX_JOB_BEGIN, 0);
    return;
  }
  snprintf(sql, sizeof sql, "rows 3 %d", ++g->turn);
  a->tag = kit_send(&g->k, sql, READ | RYX_STMT_STREAM);
}

static void end_stream(game *g, actor *a)
{
  if (dice(g, 2)) {
    ryx_engine_drop(g->k.en, a->tag);
    a->state = REST;
    return;
  }
  assert_int_equal(ryx_engine_more(g->k.en, a->tag, 5), 0);
  a->state = ENDING;
}

static void end(game *g, actor *a)
{
  unsigned how = dice(g, 4);
  if (a->tx == 0) {
    end_stream(g, a);
  } else if (how == 0) {
    ryx_engine_tx_drop(g->k.en, a->tx);
    a->state = REST;
  } else {
    if (how == 1) kit_in(&g->k, a->tx, "ok", 0);
    a->tag = kit_tx(&g->k, how == 2 ? RYX_JOB_ROLLBACK : RYX_JOB_COMMIT, a->tx);
    a->state = ENDING;
  }
}

static void give_up(game *g, actor *a)
{
  g->n_cancelled++;
  if (dice(g, 2)) {
    ryx_engine_drop(g->k.en, a->tag);
    a->state = REST;
  } else {
    ryx_engine_cancel(g->k.en, a->tag);
  }
}

static void act(game *g, actor *a)
{
  switch (a->state) {
    case REST: ask(g, a); return;
    case HOLDING: end(g, a); return;
    case ASKING:
      if (dice(g, 8) == 0) give_up(g, a);
      return;
    case ENDING: return;
  }
}

static void answered(game *g, ryx_tag tag)
{
  actor *a = NULL;
  for (int i = 0; i < ACTORS; i++)
    if (g->actors[i].tag == tag && g->actors[i].state != REST)
      a = &g->actors[i];
  int rc = kit_take(&g->k, tag);
  if (!a || a->state == HOLDING) return;
  if (a->state == ASKING && rc == 0) {
    g->n_begun++;
    a->tx = g->k.out.tx;
    a->state = HOLDING;
    return;
  }
  assert_true(rc == 0 || (a->state == ASKING && rc == RYX_E_CANCELLED));
  a->state = REST;
}

static void listen_all(game *g)
{
  kit_pump(&g->k);
  for (ryx_tag t; (t = ryx_engine_next(g->k.en));)
    answered(g, t);
}

static int holders(const game *g)
{
  int n = 0;
  for (int i = 0; i < ACTORS; i++)
    n += g->actors[i].state == HOLDING;
  return n;
}

/* A cancelled connection is in use until the canceller's thread is back. */
static void settle(game *g)
{
  for (int i = 0; i < 5000; i++) {
    ryx_pool_counts c = kit_counts(&g->k);
    if (c.in_use == holders(g)) return;
    kit_sleep(1);
    listen_all(g);
  }
}

/* Nothing is under way any more: whoever asks, asks in vain. */
static void check_balance(game *g)
{
  int asking = 0, holding = 0;
  for (int i = 0; i < 200; i++)
    listen_all(g);
  settle(g);
  for (int i = 0; i < ACTORS; i++) {
    asking += g->actors[i].state == ASKING;
    holding += g->actors[i].state == HOLDING;
    assert_true(g->actors[i].state != ENDING);
  }
  ryx_pool_counts c = kit_counts(&g->k);
  assert_true(holding <= SIZE);
  assert_int_equal(c.in_use, holding);
  assert_int_equal(c.waiting, asking);
  if (asking) assert_int_equal(holding, SIZE);
}

/* Nobody who asked later got a connection before. */
static void check_order(const game *g)
{
  const char *line;
  int last = 0, n = 0, id, turn;
  for (int i = 0; (line = fake_log(i)); i++) {
    if (sscanf(line, "%d: rows 3 %d", &id, &turn) != 2) continue;
    assert_true(turn > last);
    last = turn;
    n++;
  }
  assert_true(n > STEPS / 100);
  assert_true(last > g->turn - ACTORS - 1);
}

static void test_random_steps(void **state)
{
  const char *seed = getenv("RYX_SEED");
  game *g = calloc(1, sizeof *g);
  (void)state;
  g->random = seed ? strtoull(seed, NULL, 10) : 20240229;
  print_message("seed %llu\n", (unsigned long long)g->random);
  kit_open(&g->k, &fake_pipe, SIZE);
  for (int i = 0; i < STEPS; i++) {
    act(g, &g->actors[dice(g, ACTORS)]);
    if (dice(g, 3) == 0) listen_all(g);
    if (i % 5000 == 0) check_balance(g);
  }
  check_balance(g);
  check_order(g);
  assert_true(g->n_begun > STEPS / 50);
  assert_true(g->n_cancelled > STEPS / 50);
  kit_close(&g->k);
  free(g);
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_random_steps)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
