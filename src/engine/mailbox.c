/* SPDX-License-Identifier: MIT */
/* The lists between threads, and the wake-ups. */
#include "engine/mailbox.h"

#include "engine/request.h"
#include "engine/ticket.h"

/* An INLINE engine's posts and answers see one thread only. */
static void lock(ryx_mailbox *m)
{
  if (m->is_threaded) uv_mutex_lock(&m->lock);
}

static void unlock(ryx_mailbox *m)
{
  if (m->is_threaded) uv_mutex_unlock(&m->lock);
}

int ryx_mailbox_init(ryx_mailbox *m, bool is_threaded, uv_async_t *wake)
{
  m->is_threaded = is_threaded;
  m->wake = wake;
  m->listen_fd = -1;
  m->is_stopping = false;
  ryx_list_init(&m->posts);
  ryx_list_init(&m->out);
  ryx_list_init(&m->spent);
  ryx_list_init(&m->events);
  if (uv_mutex_init(&m->lock) < 0) return RYX_E_OPERATIONAL;
  if (uv_cond_init(&m->ready) == 0) return 0;
  uv_mutex_destroy(&m->lock);
  return RYX_E_OPERATIONAL;
}

void ryx_mailbox_fini(ryx_mailbox *m)
{
  uv_cond_destroy(&m->ready);
  uv_mutex_destroy(&m->lock);
}

/* --- the host's */

/* Under the lock. True when the loop has to be woken. */
static bool add(ryx_mailbox *m, ryx_command *c)
{
  bool was_empty = ryx_list_empty(&m->posts);
  if (!ryx_list_empty(&c->node)) return false;
  ryx_list_add_tail(&m->posts, &c->node);
  return was_empty && m->is_threaded;
}

void ryx_mailbox_hand_over(ryx_mailbox *m, ryx_ticket *t, ryx_command *c)
{
  lock(m);
  t->is_away = true;
  bool wakes = add(m, c);
  unlock(m);
  if (wakes) uv_async_send(m->wake);
}

void ryx_mailbox_cancel(ryx_mailbox *m, ryx_ticket *t)
{
  lock(m);
  bool wakes = t->is_away && add(m, &t->cancel);
  unlock(m);
  if (wakes) uv_async_send(m->wake);
}

void ryx_mailbox_post(ryx_mailbox *m, ryx_command *c)
{
  lock(m);
  bool wakes = add(m, c);
  unlock(m);
  if (wakes) uv_async_send(m->wake);
}

void ryx_mailbox_collect(ryx_mailbox *m, ryx_list *done, ryx_list *spent)
{
  lock(m);
  ryx_list_move(done, &m->out);
  ryx_list_move(spent, &m->spent);
  unlock(m);
}

void ryx_mailbox_wait(ryx_mailbox *m, ryx_list *done, ryx_list *spent,
                      uint64_t ns)
{
  uv_mutex_lock(&m->lock);
  if (ryx_list_empty(&m->out)) uv_cond_timedwait(&m->ready, &m->lock, ns);
  ryx_list_move(done, &m->out);
  ryx_list_move(spent, &m->spent);
  uv_mutex_unlock(&m->lock);
}

void ryx_mailbox_listen(ryx_mailbox *m, int fd)
{
  uv_mutex_lock(&m->lock);
  m->listen_fd = fd;
  uv_mutex_unlock(&m->lock);
  uv_async_send(m->wake);
}

void ryx_mailbox_stop(ryx_mailbox *m)
{
  uv_mutex_lock(&m->lock);
  m->is_stopping = true;
  uv_mutex_unlock(&m->lock);
  uv_async_send(m->wake);
}

/* --- the loop's */

bool ryx_mailbox_has_posts(ryx_mailbox *m)
{
  lock(m);
  bool has = !ryx_list_empty(&m->posts);
  unlock(m);
  return has;
}

/* The cancel that was posted for what c hands over, taken out. */
static bool take_cancel(ryx_command *c)
{
  ryx_ticket *t;
  if (c->kind == RYX_COMMAND_SUBMIT)
    t = RYX_OF(c, ryx_ticket, submit);
  else if (c->kind == RYX_COMMAND_MORE)
    t = RYX_OF(c, ryx_ticket, more);
  else
    return false;
  if (ryx_list_empty(&t->cancel.node)) return false;
  ryx_list_remove(&t->cancel.node);
  return true;
}

ryx_command *ryx_mailbox_next(ryx_mailbox *m, bool *is_stopped)
{
  lock(m);
  ryx_list *n = ryx_list_pop(&m->posts);
  ryx_command *c = n ? RYX_OF(n, ryx_command, node) : NULL;
  *is_stopped = c && take_cancel(c);
  unlock(m);
  return c;
}

bool ryx_mailbox_answer(ryx_mailbox *m, ryx_ticket *t)
{
  lock(m);
  bool was_empty = ryx_list_empty(&m->out);
  ryx_list_remove(&t->cancel.node);
  t->is_away = false;
  ryx_list_add_tail(&m->out, &t->out);
  atomic_store_explicit(&t->is_done, true, memory_order_release);
  if (m->is_threaded && was_empty) uv_cond_signal(&m->ready);
  unlock(m);
  return was_empty;
}

void ryx_mailbox_spend(ryx_mailbox *m, ryx_req *q)
{
  lock(m);
  ryx_list_add_tail(&m->spent, &q->spent);
  unlock(m);
}

ryx_event *ryx_mailbox_event(ryx_mailbox *m)
{
  uv_mutex_lock(&m->lock);
  ryx_list *n = ryx_list_pop(&m->events);
  uv_mutex_unlock(&m->lock);
  return n ? RYX_OF(n, ryx_event, node) : NULL;
}

void ryx_mailbox_ignore(ryx_mailbox *m, ryx_event *e)
{
  uv_mutex_lock(&m->lock);
  ryx_list_remove(&e->node);
  uv_mutex_unlock(&m->lock);
}

int ryx_mailbox_listen_fd(ryx_mailbox *m)
{
  uv_mutex_lock(&m->lock);
  int fd = m->listen_fd;
  m->listen_fd = -1;
  uv_mutex_unlock(&m->lock);
  return fd;
}

bool ryx_mailbox_is_stopping(ryx_mailbox *m)
{
  uv_mutex_lock(&m->lock);
  bool yes = m->is_stopping;
  uv_mutex_unlock(&m->lock);
  return yes;
}

void ryx_mailbox_tell(ryx_mailbox *m, ryx_event *e)
{
  uv_mutex_lock(&m->lock);
  if (ryx_list_empty(&e->node)) ryx_list_add_tail(&m->events, &e->node);
  /* Under the lock: the loop frees whom the event is about, and at last itself,
   * only after it has seen the event. */
  uv_async_send(m->wake);
  uv_mutex_unlock(&m->lock);
}
