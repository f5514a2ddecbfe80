/* SPDX-License-Identifier: MIT */
/* Threads that nobody has to wait for. */
#include "engine/helper.h"

#include "base/mem.h"
#include "engine/loop.h"
#include "engine/thread.h"

int ryx_crew_new(ryx_crew **out)
{
  ryx_crew *crew = ryx_mem_new(sizeof *crew);
  if (!crew) return RYX_E_NOMEM;
  atomic_init(&crew->n, 1);
  *out = crew;
  return 0;
}

void ryx_crew_leave(ryx_crew *crew)
{
  if (crew && atomic_fetch_sub(&crew->n, 1) == 1) ryx_mem_free(crew);
}

bool ryx_crew_works(const ryx_crew *crew)
{
  return atomic_load(&crew->n) > 1;
}

static void serve(ryx_helper *h)
{
  h->work(h);
  uv_mutex_lock(&h->lock);
  bool is_wanted = h->loop != NULL;
  h->is_over = true;
  /* Under the lock: the loop ends only after it has given up its helpers. */
  if (is_wanted) ryx_mailbox_tell(&h->loop->box, &h->event);
  uv_mutex_unlock(&h->lock);
  if (is_wanted) return;
  uv_mutex_destroy(&h->lock);
  h->free(h);
}

/* Once it has told, the object may be gone. */
static void *run(void *arg)
{
  ryx_helper *h = arg;
  ryx_crew *crew = h->crew;
  serve(h);
  ryx_crew_leave(crew);
  return NULL;
}

int ryx_helper_start(ryx_helper *h, ryx_loop *l)
{
  ryx_list_init(&h->event.node);
  h->event.kind = RYX_EVENT_HELPED;
  h->loop = l;
  h->is_over = false;
  if (uv_mutex_init(&h->lock) < 0) return RYX_E_OPERATIONAL;
  ryx_list_add_tail(&l->helpers, &h->node);
  h->crew = l->crew;
  atomic_fetch_add(&h->crew->n, 1);
  if (ryx_thread_detached(run, h) == 0) return 0;
  ryx_crew_leave(h->crew);
  ryx_list_remove(&h->node);
  uv_mutex_destroy(&h->lock);
  return RYX_E_OPERATIONAL;
}

void ryx_helper_abandon(ryx_helper *h)
{
  ryx_list_remove(&h->node);
  uv_mutex_lock(&h->lock);
  ryx_loop *l = h->loop;
  bool is_over = h->is_over;
  h->loop = NULL;
  uv_mutex_unlock(&h->lock);
  if (!is_over) return; /* the thread has it */
  ryx_mailbox_ignore(&l->box, &h->event);
  uv_mutex_destroy(&h->lock);
  h->free(h);
}

void ryx_helper_event(ryx_helper *h)
{
  ryx_list_remove(&h->node);
  /* The thread may be about to let go of the lock. */
  uv_mutex_lock(&h->lock);
  uv_mutex_unlock(&h->lock);
  uv_mutex_destroy(&h->lock);
  h->over(h);
}
