/* SPDX-License-Identifier: MIT */
/* The scripted database. One lock guards all of it: tests are small. */
#include "fake_driver.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "value/pack.h"

enum { DEPTH = 16, LOG_MAX = 1 << 16, CONNS_MAX = 4096, TEXT = 40 };

typedef struct flight {
  const ryx_stmt *s;
  bool is_more;
  int32_t max_rows;
  bool is_answered, is_visible, is_hanging;
  ryx_reply reply;
} flight;

typedef struct fake_conn {
  int id, fd;
  bool dialled, is_dead, is_early, cancelled, is_resetting;
  flight q[DEPTH];
  int head, tail;
  ryx_tx_state tx;
  const ryx_stmt *stream;
  int left; /* rows of the stream not delivered */
  int at;
  unsigned caps;
} fake_conn;

typedef struct entry {
  char text[TEXT];
  pthread_t thread;
} entry;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static entry *entries;
static int n_entries, n_conns, n_ids, n_held;
static fake_conn *conns[CONNS_MAX];
static fake_dial_mode mode;
static bool holds_cancels, hangs_commits;
static int n_doomed; /* statements that die in transit */

static void note(const fake_conn *c, const char *what)
{
  if (n_entries == LOG_MAX) return;
  snprintf(entries[n_entries].text, TEXT, "%d: %s", c->id, what);
  entries[n_entries++].thread = pthread_self();
}

static void signal_fd(fake_conn *c)
{
  uint64_t one = 1;
  if (c->fd >= 0 && write(c->fd, &one, sizeof one) < 0) abort();
  pthread_cond_broadcast(&changed);
}

static void fail(ryx_reply *r, int code, const char *text)
{
  r->code = ryx_err_set(&r->err, code, "%s", text);
}

static ryx_rows *rows(int from, int n)
{
  ryx_pack *p;
  if (ryx_pack_new(1, &p) < 0) return NULL;
  if (ryx_pack_col(p, 0, "n", RYX_T_INT) < 0) goto fail;
  for (int i = 0; i < n; i++) {
    ryx_val *v = ryx_pack_row(p);
    if (!v) goto fail;
    v->type = RYX_T_INT;
    v->u.i = from + i;
  }
  return ryx_pack_rows(p);
fail:
  ryx_pack_free(p);
  return NULL;
}

static bool starts(const char *s, const char *with)
{
  return strncmp(s, with, strlen(with)) == 0;
}

static void deliver(flight *f, int from, int n)
{
  f->reply.rows = rows(from, n);
  if (!f->reply.rows) fail(&f->reply, RYX_E_NOMEM, "out of memory");
}

static void part(fake_conn *c, flight *f, int32_t max)
{
  int n = c->left < max ? c->left : max;
  if (max == 0) c->left = 0;
  deliver(f, c->at, n);
  c->at += n;
  c->left -= n;
  f->reply.more = c->left > 0 && f->reply.code == 0;
  if (!f->reply.more) c->stream = NULL;
}

static void die(fake_conn *c, bool early)
{
  c->is_dead = true;
  c->is_early = early;
  for (int i = c->head; i != c->tail; i++) {
    flight *f = &c->q[i % DEPTH];
    if (f->is_answered) continue;
    f->is_answered = true;
    f->is_hanging = false;
    f->reply.not_started = early;
    fail(&f->reply, RYX_E_CONNECTION, "server closed the connection");
  }
}

static void transaction(fake_conn *c, const char *sql)
{
  if (starts(sql, "BEGIN") || starts(sql, "open")) c->tx = RYX_TX_OPEN;
  if (starts(sql, "COMMIT")) c->tx = RYX_TX_NONE;
  if (starts(sql, "ROLLBACK") && !strstr(sql, " TO ")) c->tx = RYX_TX_NONE;
  if (strstr(sql, " TO ") && c->tx == RYX_TX_FAILED) c->tx = RYX_TX_OPEN;
}

/* The statement itself; false: no answer yet. */
static bool execute(fake_conn *c, flight *f)
{
  const char *sql = f->s->sql;
  int n = 0;
  if (f->is_more) {
    part(c, f, f->max_rows);
    return true;
  }
  if (sscanf(sql, "rows %d", &n) == 1) {
    if (!(f->s->flags & RYX_STMT_STREAM)) {
      deliver(f, 0, n);
      return true;
    }
    c->stream = f->s;
    c->left = n;
    c->at = 0;
    part(c, f, f->s->chunk > 0 ? f->s->chunk : 1);
    return true;
  }
  if (starts(sql, "hang")) return false;
  if (hangs_commits && starts(sql, "COMMIT")) return false;
  if (starts(sql, "fail")) fail(&f->reply, RYX_E_UNIQUE, "duplicate key");
  if (starts(sql, "lose")) {
    fail(&f->reply, RYX_E_DEADLOCK, "deadlock found");
    c->tx = RYX_TX_NONE;
  }
  if (f->reply.code && c->tx == RYX_TX_OPEN) c->tx = RYX_TX_FAILED;
  if (starts(sql, "slow") && f->s->budget_ns) {
    f->reply.over_budget = true;
    fail(&f->reply, RYX_E_CANCELLED, "interrupted");
  }
  transaction(c, sql);
  f->reply.affected = 1;
  return true;
}

/* Runs what is there, in order, up to one that hangs. */
static void serve(fake_conn *c)
{
  for (int i = c->head; i != c->tail && !c->is_dead; i++) {
    flight *f = &c->q[i % DEPTH];
    if (f->is_answered) continue;
    bool is_doomed = n_doomed > 0;
    n_doomed -= is_doomed;
    if (is_doomed || starts(f->s->sql, "die")) {
      die(c, is_doomed || strstr(f->s->sql, "early"));
      break;
    }
    f->is_hanging = !execute(c, f);
    if (f->is_hanging) return;
    f->is_answered = true;
  }
}

static bool has_news(const fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++) {
    const flight *f = &c->q[i % DEPTH];
    if (f->is_answered && !f->is_visible) return true;
  }
  return c->is_dead;
}

static void show(fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++)
    c->q[i % DEPTH].is_visible = c->q[i % DEPTH].is_answered;
}

static bool is_pending(const fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++)
    if (!c->q[i % DEPTH].is_visible) return true;
  return false;
}

static ryx_io dead(ryx_err *e)
{
  ryx_err_set(e, RYX_E_CONNECTION, "server closed the connection");
  return RYX_IO_FAIL;
}

/* --- the table */

static ryx_io begin_dial(fake_conn *c)
{
  for (int i = 0; i < CONNS_MAX && !c->id; i++) {
    if (conns[i]) continue;
    conns[i] = c;
    c->id = ++n_ids;
  }
  n_conns++;
  note(c, "dial");
  return RYX_IO_READ;
}

static ryx_io dial_pipe(void *p, const ryx_dial *d, ryx_err *e)
{
  fake_conn *c = p;
  (void)d;
  (void)e;
  pthread_mutex_lock(&lock);
  c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (c->fd < 0) abort();
  ryx_io io = begin_dial(c);
  if (mode != FAKE_DIAL_HANG) signal_fd(c);
  pthread_mutex_unlock(&lock);
  return io;
}

static ryx_io dial_block(void *p, const ryx_dial *d, ryx_err *e)
{
  fake_conn *c = p;
  (void)d;
  (void)e;
  pthread_mutex_lock(&lock);
  c->fd = -1;
  begin_dial(c);
  pthread_mutex_unlock(&lock);
  return RYX_IO_BLOCK;
}

static ryx_io finish_dial(fake_conn *c, ryx_err *e)
{
  switch (mode) {
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
  while (mode == FAKE_DIAL_HANG) pthread_cond_wait(&changed, &lock);
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
  serve(c);
  if (ready & RYX_READY_READ) {
    clear_fd(c);
    show(c);
    if (c->is_dead) return dead(e);
  }
  if (has_news(c)) signal_fd(c);
  return is_pending(c) ? RYX_IO_READ : RYX_IO_DONE;
}

static ryx_io step(void *p, unsigned ready, ryx_err *e)
{
  fake_conn *c = p;
  ryx_io io;
  pthread_mutex_lock(&lock);
  if (!c->dialled)
    io = c->fd < 0 ? step_dial_thread(c, e) : finish_dial(c, e);
  else
    io = step_loop(c, ready, e);
  if (c->dialled && io == RYX_IO_DONE && !c->tail) clear_fd(c);
  pthread_mutex_unlock(&lock);
  return io;
}

static bool is_past(uint64_t at)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return at && (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec >= at;
}

/* A statement that hangs blocks the calling thread. */
static void hang(fake_conn *c, flight *f)
{
  while (!f->is_answered) {
    struct timespec t;
    if (c->cancelled) {
      fail(&f->reply, RYX_E_CANCELLED, "interrupted");
      f->is_answered = true;
    } else if (is_past(f->s->deadline_ns)) {
      fail(&f->reply, RYX_E_TIMEOUT, "interrupted by its deadline");
      f->is_answered = true;
    } else {
      clock_gettime(CLOCK_REALTIME, &t);
      t.tv_nsec += 1000000;
      if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
      pthread_cond_timedwait(&changed, &lock, &t);
    }
  }
  f->is_hanging = false;
}

static ryx_io step_block(void *p, unsigned ready, ryx_err *e)
{
  fake_conn *c = p;
  ryx_io io = RYX_IO_DONE;
  (void)ready;
  pthread_mutex_lock(&lock);
  if (!c->dialled) {
    while (mode == FAKE_DIAL_HANG) pthread_cond_wait(&changed, &lock);
    io = finish_dial(c, e);
  } else {
    serve(c);
    if (c->head != c->tail && c->q[c->head % DEPTH].is_hanging)
      hang(c, &c->q[c->head % DEPTH]);
    show(c);
    if (c->is_dead) io = dead(e);
  }
  pthread_mutex_unlock(&lock);
  return io;
}

static int get_fd(const void *p)
{
  const fake_conn *c = p;
  return c->fd;
}

static flight *push(fake_conn *c, const ryx_stmt *s)
{
  flight *f = &c->q[c->tail++ % DEPTH];
  memset(f, 0, sizeof *f);
  f->s = s;
  f->reply.tag = s->tag;
  return f;
}

static int send_stmt(void *p, const ryx_stmt *s, ryx_err *e)
{
  fake_conn *c = p;
  char text[TEXT];
  int rc = 0;
  pthread_mutex_lock(&lock);
  snprintf(text, sizeof text, "%.20s%s", s->sql,
           s->flags & RYX_STMT_UNNAMED ? " unnamed" : "");
  note(c, text);
  if (c->tail - c->head == DEPTH || (c->stream && !(c->stream->flags &
                                                    RYX_STMT_STREAM_TX)))
    rc = ryx_err_set(e, RYX_E_MISUSE, "the connection is busy");
  else if (starts(s->sql, "refuse"))
    rc = ryx_err_set(e, RYX_E_VALIDATION, "cannot bind this");
  else
    push(c, s);
  c->cancelled = false;
  pthread_mutex_unlock(&lock);
  return rc;
}

static int more(void *p, int32_t max_rows, ryx_err *e)
{
  fake_conn *c = p;
  int rc = 0;
  pthread_mutex_lock(&lock);
  if (!c->stream) {
    rc = ryx_err_set(e, RYX_E_MISUSE, "no stream is open");
  } else {
    flight *f = push(c, c->stream);
    f->is_more = true;
    f->max_rows = max_rows;
    note(c, max_rows ? "more" : "stop");
  }
  pthread_mutex_unlock(&lock);
  return rc;
}

static bool take(void *p, ryx_reply *out)
{
  fake_conn *c = p;
  pthread_mutex_lock(&lock);
  bool has = c->head != c->tail && c->q[c->head % DEPTH].is_visible;
  if (has) *out = c->q[c->head++ % DEPTH].reply;
  pthread_mutex_unlock(&lock);
  return has;
}

static ryx_io reset(void *p, ryx_err *e)
{
  fake_conn *c = p;
  (void)e;
  pthread_mutex_lock(&lock);
  note(c, "reset");
  c->is_resetting = true;
  signal_fd(c);
  pthread_mutex_unlock(&lock);
  return RYX_IO_READ;
}

static void forget(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&lock);
  note(c, "forget");
  pthread_mutex_unlock(&lock);
}

/* Hits what runs now, whosever it is. */
static void land(fake_conn *c)
{
  for (int i = c->head; i != c->tail; i++) {
    flight *f = &c->q[i % DEPTH];
    if (f->is_answered) continue;
    if (!f->is_hanging) break;
    f->is_hanging = false;
    f->is_answered = true;
    fail(&f->reply, RYX_E_CANCELLED, "cancelled on request");
    if (c->tx == RYX_TX_OPEN) c->tx = RYX_TX_FAILED;
    serve(c);
    signal_fd(c);
    return;
  }
}

static int cancel(void *p, ryx_err *e)
{
  fake_conn *c = p;
  (void)e;
  pthread_mutex_lock(&lock);
  n_held++;
  pthread_cond_broadcast(&changed);
  while (holds_cancels) pthread_cond_wait(&changed, &lock);
  n_held--;
  note(c, "cancel");
  land(c);
  pthread_mutex_unlock(&lock);
  return 0;
}

static int cancel_block(void *p, ryx_err *e)
{
  fake_conn *c = p;
  (void)e;
  pthread_mutex_lock(&lock);
  note(c, "cancel");
  c->cancelled = true;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return 0;
}

static ryx_tx_state in_tx(const void *p)
{
  const fake_conn *c = p;
  return c->tx;
}

static unsigned server_caps(const void *p)
{
  (void)p;
  return RYX_SERVER_RETURNING;
}

static void close_conn(void *p)
{
  fake_conn *c = p;
  pthread_mutex_lock(&lock);
  if (c->id) {
    note(c, "close");
    n_conns--;
  }
  for (int i = 0; i < CONNS_MAX; i++)
    if (conns[i] == c) conns[i] = NULL;
  for (int i = c->head; i != c->tail; i++)
    ryx_rows_free(c->q[i % DEPTH].reply.rows);
  if (c->fd >= 0 && c->id) close(c->fd);
  pthread_mutex_unlock(&lock);
}

static const char *begin(const ryx_begin *b, int i)
{
  if (b->isolation == RYX_ISO_DEFAULT) return i == 0 ? "BEGIN" : NULL;
  return i == 0 ? "SET level" : i == 1 ? "BEGIN" : NULL;
}

#define COMMON                                                      \
  .conn_size = sizeof(fake_conn), .send = send_stmt, .take = take,  \
  .more = more, .forget = forget, .in_tx = in_tx,                   \
  .server_caps = server_caps, .close = close_conn, .begin = begin

const ryx_driver fake_pipe = {
    .name = "fake",
    .caps = RYX_CAP_PIPELINE | RYX_CAP_TX_STREAM,
    .depth = DEPTH,
    .ping = "ok ping",
    .dial = dial_pipe,
    .step = step,
    .fd = get_fd,
    .reset = reset,
    .cancel = cancel,
    COMMON,
};

const ryx_driver fake_single = {
    .name = "fake",
    .caps = RYX_CAP_TX_STREAM | RYX_CAP_DIAL_BLOCKS,
    .depth = 1,
    .ping = "ok ping",
    .dial = dial_block,
    .step = step,
    .fd = get_fd,
    .reset = reset,
    .cancel = cancel,
    COMMON,
};

const ryx_driver fake_blocker = {
    .name = "fake",
    .caps = RYX_CAP_BLOCKS | RYX_CAP_ONE_WRITER,
    .depth = 1,
    .dial = dial_block,
    .step = step_block,
    .cancel = cancel_block,
    COMMON,
};

/* --- for tests */

void fake_reset(void)
{
  pthread_mutex_lock(&lock);
  if (!entries) entries = calloc(LOG_MAX, sizeof *entries);
  if (!entries) abort();
  n_entries = n_conns = n_ids = n_held = 0;
  memset(conns, 0, sizeof conns);
  mode = FAKE_DIAL_OK;
  holds_cancels = hangs_commits = false;
  n_doomed = 0;
  pthread_mutex_unlock(&lock);
}

void fake_dial(fake_dial_mode m)
{
  pthread_mutex_lock(&lock);
  mode = m;
  pthread_mutex_unlock(&lock);
}

void fake_hold_cancels(bool hold)
{
  pthread_mutex_lock(&lock);
  holds_cancels = hold;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

void fake_hang_commits(bool on)
{
  pthread_mutex_lock(&lock);
  hangs_commits = on;
  pthread_mutex_unlock(&lock);
}

void fake_die_in_transit(int n)
{
  pthread_mutex_lock(&lock);
  n_doomed = n;
  pthread_mutex_unlock(&lock);
}

void fake_greet(void)
{
  pthread_mutex_lock(&lock);
  mode = FAKE_DIAL_OK;
  for (int i = 0; i < CONNS_MAX; i++)
    if (conns[i] && !conns[i]->dialled) signal_fd(conns[i]);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

int fake_release(int n)
{
  int released = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < CONNS_MAX && released < n; i++) {
    fake_conn *c = conns[i];
    if (!c || c->head == c->tail) continue;
    flight *f = &c->q[c->head % DEPTH];
    if (!f->is_hanging) continue;
    f->is_hanging = false;
    f->is_answered = true;
    released++;
    if (c->fd >= 0) serve(c);
    signal_fd(c);
  }
  pthread_mutex_unlock(&lock);
  return released;
}

static void kill(bool idle_only)
{
  pthread_mutex_lock(&lock);
  for (int i = 0; i < CONNS_MAX; i++) {
    fake_conn *c = conns[i];
    if (!c || !c->dialled || (idle_only && c->head != c->tail)) continue;
    die(c, false);
    signal_fd(c);
  }
  pthread_mutex_unlock(&lock);
}

void fake_kill_idle(void)
{
  kill(true);
}

void fake_kill_all(void)
{
  kill(false);
}

const char *fake_log(int n)
{
  return n < n_entries ? entries[n].text : NULL;
}

static const entry *find(const char *what, int *n)
{
  const entry *last = NULL;
  size_t len = strlen(what);
  *n = 0;
  for (int i = 0; i < n_entries; i++) {
    size_t has = strlen(entries[i].text);
    if (has < len || strcmp(entries[i].text + has - len, what) != 0) continue;
    last = &entries[i];
    ++*n;
  }
  return last;
}

int fake_count(const char *what)
{
  int n;
  pthread_mutex_lock(&lock);
  find(what, &n);
  pthread_mutex_unlock(&lock);
  return n;
}

int fake_conns(void)
{
  pthread_mutex_lock(&lock);
  int n = n_conns;
  pthread_mutex_unlock(&lock);
  return n;
}

int fake_hanging(void)
{
  int n = 0;
  pthread_mutex_lock(&lock);
  for (int i = 0; i < CONNS_MAX; i++) {
    fake_conn *c = conns[i];
    if (c && c->head != c->tail) n += c->q[c->head % DEPTH].is_hanging;
  }
  pthread_mutex_unlock(&lock);
  return n;
}

int fake_waiting_cancels(void)
{
  pthread_mutex_lock(&lock);
  int n = n_held;
  pthread_mutex_unlock(&lock);
  return n;
}

bool fake_was_here(const char *what)
{
  int n;
  pthread_mutex_lock(&lock);
  const entry *e = find(what, &n);
  bool here = e && pthread_equal(e->thread, pthread_self());
  pthread_mutex_unlock(&lock);
  return here;
}

ryx_opts fake_opts(const ryx_driver *driver, int max_connections)
{
  return (ryx_opts){
      .driver = driver,
      .alias = "main",
      .max_connections = max_connections,
      .min_connections = 0,
      .connect_timeout_ms = 60000,
      .acquire_timeout_ms = 60000,
  };
}
