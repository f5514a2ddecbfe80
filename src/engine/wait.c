/* SPDX-License-Identifier: MIT */
/* The ways to wait. */
#include "engine/host.h"

enum {
  TURNS_MAX = 32, /* of one pump */
  LOOK_EVERY = 16 /* polls that were answered without looking at sockets */
};

/* The moment when the wait ends; 0: never. */
static uint64_t until(int64_t timeout_ms)
{
  return timeout_ms < 0 ? 0 : ryx_clock_after(uv_hrtime(), timeout_ms);
}

static bool is_over(uint64_t at)
{
  return at && uv_hrtime() >= at;
}

/* Lets the engine go on until something happens. */
static void pass(ryx_engine *en, uint64_t at)
{
  const uint64_t a_while = 3600 * RYX_NS_PER_S;
  if (!en->is_threaded) {
    ryx_loop_block(&en->loop, at);
    ryx_host_collect(en);
    return;
  }
  uint64_t now = uv_hrtime();
  uint64_t ns = at > now ? at - now : 0;
  ryx_list done, spent;
  ryx_list_init(&done);
  ryx_list_init(&spent);
  if (!at || ns > a_while) ns = a_while;
  ryx_mailbox_wait(&en->loop.box, &done, &spent, ns);
  ryx_host_accept(en, &done, &spent);
}

static void work(ryx_engine *en, ryx_inline mode)
{
  if (!en->is_threaded) {
    en->loop.inline_mode = mode;
    ryx_loop_work(&en->loop);
  }
  ryx_host_collect(en);
}

static bool is_inside(const ryx_engine *en)
{
  return !en->is_threaded && en->loop.is_running;
}

int ryx_engine_wait(ryx_engine *en, ryx_tag tag, int64_t timeout_ms)
{
  ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  if (!t || t->state == RYX_TICKET_HELD || ryx_host_is_forked(en) ||
      is_inside(en))
    return RYX_E_MISUSE;
  uint64_t at = until(timeout_ms);
  work(en, timeout_ms < 0 ? RYX_INLINE_ALL : RYX_INLINE_SHORT);
  while (t->state != RYX_TICKET_HOME) {
    if (is_over(at)) return 0;
    pass(en, at);
  }
  ryx_list_remove(&t->out);
  return 1;
}

/* As of the moment when the loop last read the clock, which work did. */
static bool is_any_due(const ryx_loop *l)
{
  uint64_t first = ryx_deadline_first(&l->dues);
  return first && first <= l->now;
}

/* Those who wait for sockets and deadlines have their turn, too. */
static bool must_look(ryx_engine *en)
{
  if (en->is_threaded) return false;
  return ++en->n_polls % LOOK_EVERY == 0 || is_any_due(&en->loop);
}

int ryx_engine_poll(ryx_engine *en, int64_t timeout_ms)
{
  if (ryx_host_is_forked(en) || is_inside(en)) return RYX_E_MISUSE;
  uint64_t at = until(timeout_ms);
  work(en, RYX_INLINE_SHORT);
  if (must_look(en)) {
    ryx_loop_look(&en->loop);
    ryx_host_collect(en);
  }
  while (ryx_list_empty(&en->done)) {
    if (is_over(at)) return 0;
    pass(en, at);
  }
  return 1;
}

static int64_t next_turn(ryx_engine *en)
{
  ryx_loop *l = &en->loop;
  uint64_t first = ryx_deadline_first(&l->dues);
  if (ryx_loop_has_work(l) || !ryx_list_empty(&l->yielded)) return 0;
  if (!first) return -1;
  uint64_t ms = ryx_clock_ms_until(first, uv_hrtime());
  return ms < INT32_MAX ? (int64_t)ms : INT32_MAX;
}

int ryx_engine_pump(ryx_engine *en, int64_t *next_ms)
{
  *next_ms = -1;
  if (ryx_host_is_forked(en)) return RYX_E_MISUSE;
  if (is_inside(en)) return 0;
  work(en, RYX_INLINE_SHORT);
  if (!en->is_threaded) {
    /* libuv registers descriptors when it looks: what work began to watch
     * must be looked at once before a foreign loop waits for it. A connection
     * that yielded lets the foreign loop have its turn, too. */
    ryx_loop *l = &en->loop;
    for (int i = 0; i < TURNS_MAX && ryx_loop_look(l); i++)
      if (!ryx_list_empty(&l->yielded)) break;
    ryx_host_collect(en);
    *next_ms = next_turn(en);
  }
  return !ryx_list_empty(&en->done);
}

ryx_tag ryx_engine_next(ryx_engine *en)
{
  if (ryx_host_is_forked(en)) return 0;
  if (ryx_list_empty(&en->done)) ryx_host_collect(en);
  ryx_list *n = ryx_list_pop(&en->done);
  return n ? RYX_OF(n, ryx_ticket, out)->tag : 0;
}

bool ryx_engine_done(const ryx_engine *en, ryx_tag tag)
{
  const ryx_ticket *t = ryx_slots_get(&en->tags, tag);
  return t && atomic_load_explicit(&t->is_done, memory_order_acquire);
}
