/* SPDX-License-Identifier: MIT */
/* The drivers of the scripted database: one with a pipeline, one without, one
 * that blocks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "fake_server.h"

static bool has_news(const fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++) {
    const fake_flight *f = &c->q[i % FAKE_DEPTH];
    if (f->is_answered && !f->is_visible) return true;
  }
  return c->is_dead;
}

static void show(fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++)
    c->q[i % FAKE_DEPTH].is_visible = c->q[i % FAKE_DEPTH].is_answered;
}

static bool is_pending(const fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++)
    if (!c->q[i % FAKE_DEPTH].is_visible) return true;
  return false;
}

static ryx_io dead(ryx_err *e)
{
  ryx_err_set(e, RYX_E_CONNECTION, "server closed the connection");
  return RYX_IO_FAIL;
}

static ryx_io begin_dial(fake_conn *c)
{
  for (int i = 0; i < FAKE_CONNS_MAX && !c->id; i++) {
    if (fake.conns[i]) continue;
    fake.conns[i] = c;
    c->id = ++fake.n_ids;
  }
  fake.n_conns++;
  fake_note(c, "dial");
  return RYX_IO_READ;
}

static ryx_io dial_pipe(void *p, const ryx_dial *d, ryx_err *e)
{
  fake_conn *c = p;
  (void)d;
  (void)e;
  pthread_mutex_lock(&fake.lock);
  c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (c->fd < 0) abort();
  ryx_io io = begin_dial(c);
  if (fake.mode != FAKE_DIAL_HANG) fake_signal(c);
  pthread_mutex_unlock(&fake.lock);
  return io;
}

static ryx_io dial_block(void *p, const ryx_dial *d, ryx_err *e)
{
  fake_conn *c = p;
  (void)d;
  (void)e;
  pthread_mutex_lock(&fake.lock);
  c->fd = -1;
  begin_dial(c);
  pthread_mutex_unlock(&fake.lock);
  return RYX_IO_BLOCK;
}

static ryx_io finish_dial(fake_conn *c, ryx_err *e)
{
  switch (fake.mode) {
    case FAKE_DIAL_OK: break;
    case FAKE_DIAL_HANG: return RYX_IO_READ;
    case FAKE_DIAL_FAIL:
      ryx_err_set(e, RYX_E_CONNECTION, "connection refused");
      return RYX_IO_FAIL;
  }
  c->dialled = true;
  return RYX_IO_DONE;
}

static ryx_io step_dial_thread(fake_conn *c, ryx_err *e)
{
  while (fake.mode == FAKE_DIAL_HANG)
    pthread_cond_wait(&fake.changed, &fake.lock);
  if (c->fd < 0) c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return finish_dial(c, e);
}

static void clear_fd(fake_conn *c)
{
  uint64_t n;
  if (c->fd >= 0 && read(c->fd, &n, sizeof n) < 0) return;
}

static ryx_io step_loop(fake_conn *c, unsigned ready, ryx_err *e)
{
  if (c->is_resetting) {
    c->is_resetting = false;
    c->tx = RYX_TX_NONE;
    return RYX_IO_DONE;
  }
  fake_serve(c);
  if ((ready & RYX_READY_READ) || c->is_cut) {
    clear_fd(c);
    show(c);
    if (c->is_dead) return dead(e);
  }
  if (has_news(c)) fake_signal(c);
  return is_pending(c) ? RYX_IO_READ : RYX_IO_DONE;
}

static ryx_io step(void *p, unsigned ready, ryx_err *e)
{
  fake_conn *c = p;
  ryx_io io;
  pthread_mutex_lock(&fake.lock);
  if (!c->dialled)
    io = c->fd < 0 ? step_dial_thread(c, e) : finish_dial(c, e);
  else
    io = step_loop(c, ready, e);
  if (c->dialled && io == RYX_IO_DONE && !c->tail) clear_fd(c);
  pthread_mutex_unlock(&fake.lock);
  return io;
}

static bool is_past(uint64_t at)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return at && (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec >= at;
}

/* A statement that hangs blocks the calling thread. */
static void hang(fake_flight *f)
{
  while (!f->is_answered) {
    struct timespec t;
    if (f->s->stop && atomic_load(f->s->stop)) {
      fake_fail(&f->reply, RYX_E_CANCELLED, "interrupted");
      f->is_answered = true;
    } else if (is_past(f->s->deadline_ns)) {
      fake_fail(&f->reply, RYX_E_TIMEOUT, "interrupted by its deadline");
      f->is_answered = true;
    } else {
      clock_gettime(CLOCK_REALTIME, &t);
      t.tv_nsec += 1000000;
      if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
      pthread_cond_timedwait(&fake.changed, &fake.lock, &t);
    }
  }
  f->is_hanging = false;
}

static ryx_io step_block(void *p, unsigned ready, ryx_err *e)
{
  fake_conn *c = p;
  ryx_io io = RYX_IO_DONE;
  (void)ready;
  pthread_mutex_lock(&fake.lock);
  if (!c->dialled) {
    while (fake.mode == FAKE_DIAL_HANG)
      pthread_cond_wait(&fake.changed, &fake.lock);
    io = finish_dial(c, e);
  } else {
    fake_serve(c);
    if (c->head != c->tail && c->q[c->head % FAKE_DEPTH].is_hanging)
      hang(&c->q[c->head % FAKE_DEPTH]);
    show(c);
    if (c->is_dead) io = dead(e);
  }
  pthread_mutex_unlock(&fake.lock);
  return io;
}

static int get_fd(const void *p)
{
  const fake_conn *c = p;
  return c->fd;
}

/* On a connection that is dead already nothing begins. */
static fake_flight *push(fake_conn *c, const ryx_stmt *s)
{
  fake_flight *f = &c->q[c->tail++ % FAKE_DEPTH];
  memset(f, 0, sizeof *f);
  f->s = s;
  f->reply.tag = s->tag;
  if (c->is_dead) fake_die(c, c->is_cut = true);
  return f;
}

static ryx_sent send_stmt(void *p, const ryx_stmt *s, ryx_err *e)
{
  fake_conn *c = p;
  char text[FAKE_TEXT];
  int rc = 0;
  pthread_mutex_lock(&fake.lock);
  if (c->is_dead && fake.sees_death) {
    dead(e);
    pthread_mutex_unlock(&fake.lock);
    return RYX_SENT_OVER;
  }
  snprintf(text, sizeof text, "%.20s%s", s->sql,
           s->flags & RYX_STMT_UNNAMED ? " unnamed" : "");
  fake_note(c, text);
  if (c->tail - c->head == FAKE_DEPTH ||
      (c->stream && !(c->stream->flags & RYX_STMT_STREAM_TX)))
    rc = ryx_err_set(e, RYX_E_MISUSE, "the connection is busy");
  else if (fake_starts(s->sql, "refuse"))
    rc = ryx_err_set(e, RYX_E_VALIDATION, "cannot bind this");
  else
    push(c, s);
  pthread_mutex_unlock(&fake.lock);
  return rc ? RYX_SENT_REFUSED : RYX_SENT_WENT;
}

static ryx_sent more(void *p, int32_t max_rows, ryx_err *e)
{
  fake_conn *c = p;
  int rc = 0;
  pthread_mutex_lock(&fake.lock);
  if (fake.fails_more) {
    rc = ryx_err_nomem(e);
  } else if (!c->stream) {
    rc = ryx_err_set(e, RYX_E_MISUSE, "no stream is open");
  } else {
    fake_flight *f = push(c, c->stream);
    f->is_more = true;
    f->max_rows = max_rows;
    fake_note(c, max_rows ? "more" : "stop");
  }
  pthread_mutex_unlock(&fake.lock);
  return rc ? RYX_SENT_REFUSED : RYX_SENT_WENT;
}

static bool take(void *p, ryx_reply *out)
{
  fake_conn *c = p;
  pthread_mutex_lock(&fake.lock);
  bool has = c->head != c->tail && c->q[c->head % FAKE_DEPTH].is_visible;
  if (has) *out = c->q[c->head++ % FAKE_DEPTH].reply;
  pthread_mutex_unlock(&fake.lock);
  return has;
}

static ryx_io reset(void *p, ryx_err *e)
{
  fake_conn *c = p;
  (void)e;
  pthread_mutex_lock(&fake.lock);
  fake_note(c, "reset");
  c->is_resetting = true;
  fake_signal(c);
  pthread_mutex_unlock(&fake.lock);
  return RYX_IO_READ;
}

static void forget(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&fake.lock);
  fake_note(c, "forget");
  pthread_mutex_unlock(&fake.lock);
}

/* Hits what runs now, whosever it is. */
static void land(fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++) {
    fake_flight *f = &c->q[i % FAKE_DEPTH];
    if (f->is_answered) continue;
    if (!f->is_hanging) break;
    f->is_hanging = false;
    f->is_answered = true;
    fake_fail(&f->reply, RYX_E_CANCELLED, "cancelled on request");
    if (c->tx == RYX_TX_OPEN) c->tx = RYX_TX_FAILED;
    fake_serve(c);
    fake_signal(c);
    return;
  }
}

/* The number of the connection stands for it. */
static void *cancel_new(const void *p)
{
  const fake_conn *c = p;
  int *id = malloc(sizeof *id);
  if (id) *id = c->id;
  return id;
}

static int cancel_ask(void *cancel, ryx_err *e)
{
  int id = *(int *)cancel;
  (void)e;
  pthread_mutex_lock(&fake.lock);
  fake.n_held++;
  pthread_cond_broadcast(&fake.changed);
  while (fake.holds_cancels && (!fake.held_id || fake.held_id == id))
    pthread_cond_wait(&fake.changed, &fake.lock);
  fake.n_held--;
  for (int i = 0; i < FAKE_CONNS_MAX; i++) {
    fake_conn *c = fake.conns[i];
    if (!c || c->id != id) continue;
    fake_note(c, "cancel");
    land(c);
  }
  pthread_mutex_unlock(&fake.lock);
  return 0;
}

static void interrupt(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&fake.lock);
  fake_note(c, "cancel");
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.lock);
}

static ryx_tx_state in_tx(const void *p)
{
  const fake_conn *c = p;
  return c->tx;
}

static unsigned server_caps(const void *p)
{
  (void)p;
  return RYX_SERVER_RETURNING | (fake.loses_names ? RYX_SERVER_UNNAMED : 0);
}

static void close_conn(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&fake.lock);
  if (c->id) {
    fake_note(c, "close");
    fake.n_conns--;
  }
  for (int i = 0; i < FAKE_CONNS_MAX; i++)
    if (fake.conns[i] == c) fake.conns[i] = NULL;
  for (int i = c->head; i != c->tail; i++)
    ryx_rows_free(c->q[i % FAKE_DEPTH].reply.rows);
  if (c->fd >= 0 && c->id) close(c->fd);
  pthread_mutex_unlock(&fake.lock);
}

static const char *begin(const ryx_begin *b, int i)
{
  if (b->isolation == RYX_ISO_DEFAULT) return i == 0 ? "BEGIN" : NULL;
  return i == 0 ? "SET level" : i == 1 ? "BEGIN" : NULL;
}

#define COMMON                                                                \
  .conn_size = sizeof(fake_conn), .send = send_stmt, .take = take,            \
  .more = more, .forget = forget, .in_tx = in_tx, .server_caps = server_caps, \
  .close = close_conn, .begin = begin

const ryx_driver fake_pipe = {
    .name = "fake",
    .caps = RYX_CAP_PIPELINE | RYX_CAP_TX_STREAM,
    .depth = FAKE_DEPTH,
    .ping = "ok ping",
    .dial = dial_pipe,
    .step = step,
    .fd = get_fd,
    .reset = reset,
    .cancel_new = cancel_new,
    .cancel_ask = cancel_ask,
    .cancel_free = free,
    COMMON,
};

const ryx_driver fake_single = {
    .name = "fake",
    .caps = RYX_CAP_TX_STREAM,
    .depth = 1,
    .ping = "ok ping",
    .dial = dial_block,
    .step = step,
    .fd = get_fd,
    .reset = reset,
    .cancel_new = cancel_new,
    .cancel_ask = cancel_ask,
    .cancel_free = free,
    COMMON,
};

const ryx_driver fake_blocker = {
    .name = "fake",
    .caps = RYX_CAP_BLOCKS | RYX_CAP_ONE_WRITER,
    .depth = 1,
    .dial = dial_block,
    .step = step_block,
    .interrupt = interrupt,
    COMMON,
};

/* Has something to do whenever it is left alone. */
static int idle(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&fake.lock);
  fake_note(c, "idle");
  pthread_mutex_unlock(&fake.lock);
  return 1;
}

const ryx_driver fake_tidy = {
    .name = "fake",
    .caps = RYX_CAP_BLOCKS | RYX_CAP_ONE_WRITER,
    .depth = 1,
    .dial = dial_block,
    .step = step_block,
    .interrupt = interrupt,
    .idle = idle,
    COMMON,
};
