/* SPDX-License-Identifier: MIT */
/* The lists between threads, and the wake-ups. */
#include "engine/mailbox.h"

#include "engine/request.h"

/* An INLINE engine's posts and out list see one thread only. */
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

static void post(ryx_mailbox *m, ryx_post *p, unsigned bits, bool hands_over)
{
  lock(m);
  bool was_empty = ryx_list_empty(&m->posts);
  if (hands_over) p->is_away = true;
  if (p->is_away) {
    if (p->bits == 0) ryx_list_add_tail(&m->posts, &p->node);
    p->bits |= bits;
  }
  unlock(m);
  if (m->is_threaded && was_empty) uv_async_send(m->wake);
}

void ryx_mailbox_post(ryx_mailbox *m, ryx_post *p, unsigned bits)
{
  post(m, p, bits, true);
}

void ryx_mailbox_add(ryx_mailbox *m, ryx_post *p, unsigned bits)
{
  post(m, p, bits, false);
}

void ryx_mailbox_collect(ryx_mailbox *m, ryx_list *done)
{
  lock(m);
  ryx_list_move(done, &m->out);
  unlock(m);
}

void ryx_mailbox_wait(ryx_mailbox *m, ryx_list *done, uint64_t ns)
{
  uv_mutex_lock(&m->lock);
  if (ryx_list_empty(&m->out)) uv_cond_timedwait(&m->ready, &m->lock, ns);
  ryx_list_move(done, &m->out);
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

bool ryx_mailbox_has_posts(ryx_mailbox *m)
{
  lock(m);
  bool has = !ryx_list_empty(&m->posts);
  unlock(m);
  return has;
}

ryx_post *ryx_mailbox_next(ryx_mailbox *m, unsigned *bits)
{
  lock(m);
  ryx_list *n = ryx_list_pop(&m->posts);
  ryx_post *p = n ? RYX_OF(n, ryx_post, node) : NULL;
  if (p) {
    *bits = p->bits;
    p->bits = 0;
  }
  unlock(m);
  return p;
}

bool ryx_mailbox_finish(ryx_mailbox *m, ryx_req *q)
{
  lock(m);
  bool was_empty = ryx_list_empty(&m->out);
  ryx_list_remove(&q->post.node);
  q->post.bits = 0;
  q->post.is_away = false;
  ryx_list_add_tail(&m->out, &q->out);
  atomic_store_explicit(&q->is_done, true, memory_order_release);
  if (m->is_threaded && was_empty) uv_cond_signal(&m->ready);
  unlock(m);
  return was_empty;
}

ryx_event *ryx_mailbox_event(ryx_mailbox *m, unsigned *bits)
{
  uv_mutex_lock(&m->lock);
  ryx_list *n = ryx_list_pop(&m->events);
  ryx_event *e = n ? RYX_OF(n, ryx_event, node) : NULL;
  if (e) {
    *bits = e->bits;
    e->bits = 0;
  }
  uv_mutex_unlock(&m->lock);
  return e;
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

void ryx_mailbox_tell(ryx_mailbox *m, ryx_event *e, unsigned bit)
{
  uv_mutex_lock(&m->lock);
  if (e->bits == 0) ryx_list_add_tail(&m->events, &e->node);
  e->bits |= bit;
  /* Under the lock: the loop frees the connection, and at last itself, only
   * after it has seen the event. */
  uv_async_send(m->wake);
  uv_mutex_unlock(&m->lock);
}
