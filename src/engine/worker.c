/* SPDX-License-Identifier: MIT */
/* Calls that block. The connection has one owner at a time; it changes hands
 * under the worker's lock. */
#include "engine/worker.h"

#include "base/mem.h"
#include "engine/conn.h"
#include "engine/thread.h"

enum { IDLE_AFTER_MS = 100 };
static ryx_io step_on(ryx_conn *conn, ryx_io io)
{
  /* A driver that blocks has no descriptor: any other answer means go on. */
  while (io != RYX_IO_DONE && io != RYX_IO_FAIL)
    io = conn->driver->step(conn->c, 0, &conn->work.err);
  return io;
}

static void work(ryx_conn *conn)
{
  const ryx_driver *d = conn->driver;
  ryx_work *w = &conn->work;
  w->sent = RYX_SENT_WENT;
  switch (w->kind) {
    case RYX_WORK_DIAL:
      w->io = step_on(conn, d->dial(conn->c, &w->dial, &w->err));
      return;
    case RYX_WORK_RESET:
      w->io = step_on(conn, d->reset(conn->c, &w->err));
      return;
    case RYX_WORK_RUN:
      if (w->forget && d->forget) d->forget(conn->c);
      w->forget = false;
      w->sent = d->send(conn->c, w->stmt, &w->err);
      break;
    case RYX_WORK_MORE: w->sent = d->more(conn->c, w->max_rows, &w->err); break;
    case RYX_WORK_CLOSE: d->close(conn->c); return;
  }
  if (w->sent == RYX_SENT_WENT) w->io = step_on(conn, RYX_IO_BLOCK);
}

static void tidy(ryx_conn *conn, ryx_worker *w)
{
  w->owner = RYX_WORKER_IDLE;
  w->wants_idle = false;
  uv_mutex_unlock(&w->lock);
  int ms = conn->driver->idle(conn->c);
  uint64_t now = uv_hrtime();
  uv_mutex_lock(&w->lock);
  w->idle_at = ms < 0 ? 0 : now + (uint64_t)ms * RYX_NS_PER_MS;
  /* Work may have come meanwhile. */
  if (w->owner == RYX_WORKER_IDLE) w->owner = RYX_WORKER_FREE;
  uv_cond_broadcast(&w->wake);
}

/* Waits for work, or for the time to tidy up. */
static void doze(ryx_conn *conn, ryx_worker *w)
{
  uint64_t now = uv_hrtime();
  bool is_due = w->idle_at && w->idle_at <= now;
  if (is_due && w->owner == RYX_WORKER_FREE) {
    tidy(conn, w);
    return;
  }
  w->wants_idle = is_due;
  if (!w->idle_at || is_due)
    uv_cond_wait(&w->wake, &w->lock);
  else
    uv_cond_timedwait(&w->wake, &w->lock, w->idle_at - now);
}

static void serve(void *arg)
{
  ryx_conn *conn = arg;
  ryx_worker *w = conn->worker;
  uv_mutex_lock(&w->lock);
  while (!w->is_stopping) {
    if (w->owner != RYX_WORKER_WORK) {
      doze(conn, w);
      continue;
    }
    uv_mutex_unlock(&w->lock);
    work(conn);
    uv_mutex_lock(&w->lock);
    w->owner = RYX_WORKER_LOOP;
    ryx_mailbox_tell(&conn->loop->box, &conn->event);
  }
  uv_mutex_unlock(&w->lock);
}

static int start(ryx_conn *conn)
{
  if (conn->worker) return 0;
  ryx_worker *w = ryx_mem_new(sizeof *w);
  if (!w) return RYX_E_NOMEM;
  w->owner = RYX_WORKER_LOOP;
  if (uv_mutex_init(&w->lock) < 0) goto fail;
  if (uv_cond_init(&w->wake) < 0) goto fail_lock;
  conn->worker = w;
  if (ryx_thread_start(&w->thread, serve, conn) == 0) return 0;
  conn->worker = NULL;
  uv_cond_destroy(&w->wake);
fail_lock:
  uv_mutex_destroy(&w->lock);
fail:
  ryx_mem_free(w);
  return RYX_E_OPERATIONAL;
}

/* Waits while the thread tidies up, or is about to. */
static void seize(ryx_worker *w)
{
  uv_mutex_lock(&w->lock);
  while (w->owner == RYX_WORKER_IDLE ||
         (w->owner == RYX_WORKER_FREE && w->wants_idle))
    uv_cond_wait(&w->wake, &w->lock);
  w->owner = RYX_WORKER_LOOP;
  uv_mutex_unlock(&w->lock);
}

void ryx_worker_here(ryx_conn *conn)
{
  if (conn->worker) seize(conn->worker);
  work(conn);
}

int ryx_worker_there(ryx_conn *conn)
{
  int rc = start(conn);
  if (rc < 0) return rc;
  ryx_worker *w = conn->worker;
  uv_mutex_lock(&w->lock);
  w->owner = RYX_WORKER_WORK;
  uv_cond_broadcast(&w->wake);
  uv_mutex_unlock(&w->lock);
  return 0;
}

void ryx_worker_give(ryx_conn *conn, bool wrote)
{
  bool tidies = conn->driver->idle && !conn->pool->opts->memory;
  if (!conn->worker && !(wrote && tidies)) return;
  /* A thread that cannot start is tried again after the next write. */
  if (start(conn) < 0) return;
  ryx_worker *w = conn->worker;
  uv_mutex_lock(&w->lock);
  bool starts = wrote && tidies && !w->idle_at;
  bool must_wake = w->wants_idle || starts;
  if (starts) w->idle_at = uv_hrtime() + IDLE_AFTER_MS * RYX_NS_PER_MS;
  w->owner = RYX_WORKER_FREE;
  if (must_wake) uv_cond_broadcast(&w->wake);
  uv_mutex_unlock(&w->lock);
}

void ryx_worker_stop(ryx_conn *conn)
{
  ryx_worker *w = conn->worker;
  if (!w) return;
  uv_mutex_lock(&w->lock);
  w->is_stopping = true;
  uv_cond_broadcast(&w->wake);
  uv_mutex_unlock(&w->lock);
  uv_thread_join(&w->thread);
  uv_cond_destroy(&w->wake);
  uv_mutex_destroy(&w->lock);
  ryx_mem_free(w);
  conn->worker = NULL;
}
