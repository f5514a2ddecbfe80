/* SPDX-License-Identifier: MIT */
/* The canceller's thread and its queue. */
#include "engine/cancel.h"

#include "engine/conn.h"
#include "engine/thread.h"

static void serve(void *arg)
{
  ryx_canceller *c = arg;
  ryx_err ignored;
  uv_mutex_lock(&c->lock);
  for (;;) {
    ryx_list *n = ryx_list_pop(&c->queue);
    if (!n && c->is_stopping) break;
    if (!n) {
      uv_cond_wait(&c->wake, &c->lock);
      continue;
    }
    ryx_conn *conn = RYX_OF(n, ryx_conn, cancel_node);
    uv_mutex_unlock(&c->lock);
    /* The statement may have ended and the server closed: no error. */
    void *ask = conn->driver->cancel_new(conn->c);
    if (ask) (void)conn->driver->cancel_ask(ask, &ignored);
    conn->driver->cancel_free(ask);
    ryx_mailbox_tell(&conn->loop->box, &conn->event, RYX_EVENT_CANCELLED);
    uv_mutex_lock(&c->lock);
  }
  uv_mutex_unlock(&c->lock);
}

int ryx_cancel_init(ryx_canceller *c)
{
  c->is_up = c->is_stopping = false;
  ryx_list_init(&c->queue);
  if (uv_mutex_init(&c->lock) < 0) return RYX_E_OPERATIONAL;
  if (uv_cond_init(&c->wake) == 0) return 0;
  uv_mutex_destroy(&c->lock);
  return RYX_E_OPERATIONAL;
}

void ryx_cancel_stop(ryx_canceller *c)
{
  if (!c->is_up) return;
  uv_mutex_lock(&c->lock);
  c->is_stopping = true;
  uv_cond_signal(&c->wake);
  uv_mutex_unlock(&c->lock);
  uv_thread_join(&c->thread);
  c->is_up = false;
}

void ryx_cancel_fini(ryx_canceller *c)
{
  uv_cond_destroy(&c->wake);
  uv_mutex_destroy(&c->lock);
}

void ryx_cancel_ask(ryx_conn *conn)
{
  ryx_canceller *c = &conn->loop->canceller;
  if (conn->is_cancelling) return;
  conn->was_cancelled = true;
  if (ryx_conn_blocks(conn)) {
    atomic_store(&conn->stop, true);
    conn->driver->interrupt(conn->c);
    return;
  }
  if (!c->is_up) {
    /* Without a thread the limit of the connection closes it. */
    if (ryx_thread_start(&c->thread, serve, c) < 0) return;
    c->is_up = true;
  }
  conn->is_cancelling = true;
  uv_mutex_lock(&c->lock);
  ryx_list_add_tail(&c->queue, &conn->cancel_node);
  uv_cond_signal(&c->wake);
  uv_mutex_unlock(&c->lock);
}

void ryx_cancel_withdraw(ryx_conn *conn)
{
  ryx_canceller *c = &conn->loop->canceller;
  if (!conn->is_cancelling) return;
  uv_mutex_lock(&c->lock);
  if (!ryx_list_empty(&conn->cancel_node)) {
    ryx_list_remove(&conn->cancel_node);
    conn->is_cancelling = false;
  }
  uv_mutex_unlock(&c->lock);
}
