/* SPDX-License-Identifier: MIT */
/* The server of the scripted database, and the tests' hold on it. */
#include "fake_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "value/pack.h"

struct fake_state fake = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

void fake_note(const fake_conn *c, const char *what)
{
  if (fake.n_entries == FAKE_LOG_MAX) return;
  snprintf(fake.entries[fake.n_entries].text, FAKE_TEXT, "%d: %s", c->id, what);
  fake.entries[fake.n_entries++].thread = pthread_self();
}

void fake_signal(fake_conn *c)
{
  uint64_t one = 1;
  if (c->fd >= 0 && write(c->fd, &one, sizeof one) < 0) abort();
  pthread_cond_broadcast(&fake.changed);
}

void fake_fail(ryx_reply *r, int code, const char *text)
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

bool fake_starts(const char *s, const char *with)
{
  return strncmp(s, with, strlen(with)) == 0;
}

static void deliver(fake_flight *f, int from, int n)
{
  f->reply.rows = rows(from, n);
  if (!f->reply.rows) fake_fail(&f->reply, RYX_E_NOMEM, "out of memory");
}

static void part(fake_conn *c, fake_flight *f, int32_t max)
{
  int n = c->left < max ? c->left : max;
  if (max == 0) c->left = 0;
  deliver(f, c->at, n);
  c->at += n;
  c->left -= n;
  f->reply.more = c->left > 0 && f->reply.code == 0;
  if (!f->reply.more) c->stream = NULL;
}

static void begin_stream(fake_conn *c, fake_flight *f, int n)
{
  c->stream = f->s;
  c->left = n;
  c->at = 0;
  part(c, f, f->s->chunk > 0 ? f->s->chunk : 1);
}

void fake_die(fake_conn *c, bool early)
{
  c->is_dead = true;
  for (int i = c->head; i != c->tail; i++) {
    fake_flight *f = &c->q[i % FAKE_DEPTH];
    if (f->is_answered && (f->is_visible || !fake.loses)) continue;
    ryx_rows_free(f->reply.rows);
    f->reply.rows = NULL;
    f->reply.more = false;
    f->is_answered = true;
    f->is_hanging = false;
    f->reply.not_started = early;
    fake_fail(&f->reply, RYX_E_CONNECTION, "server closed the connection");
  }
}

static void transaction(fake_conn *c, const char *sql)
{
  if (fake_starts(sql, "BEGIN") || fake_starts(sql, "open"))
    c->tx = RYX_TX_OPEN;
  if (fake_starts(sql, "COMMIT")) c->tx = RYX_TX_NONE;
  if (fake_starts(sql, "ROLLBACK") && !strstr(sql, " TO ")) c->tx = RYX_TX_NONE;
  if (strstr(sql, " TO ") && c->tx == RYX_TX_FAILED) c->tx = RYX_TX_OPEN;
}

static void count_run(const char *sql)
{
  const char *mark = strchr(sql, '#');
  int id = mark ? atoi(mark + 1) : -1;
  if (id >= 0 && id < FAKE_IDS_MAX) fake.ran[id]++;
}

/* The statement itself; false: no answer yet. */
static bool execute(fake_conn *c, fake_flight *f)
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
    begin_stream(c, f, n);
    return true;
  }
  if (fake_starts(sql, "hang")) return false;
  if (fake.hangs_commits && fake_starts(sql, "COMMIT")) return false;
  if (fake_starts(sql, "fail"))
    fake_fail(&f->reply, RYX_E_UNIQUE, "duplicate key");
  if (fake_starts(sql, "lose")) {
    fake_fail(&f->reply, RYX_E_DEADLOCK, "deadlock found");
    c->tx = RYX_TX_NONE;
  }
  if (f->reply.code && c->tx == RYX_TX_OPEN) c->tx = RYX_TX_FAILED;
  if (fake_starts(sql, "slow") && f->s->budget_ns) {
    f->reply.over_budget = true;
    fake_fail(&f->reply, RYX_E_CANCELLED, "interrupted");
  }
  transaction(c, sql);
  count_run(sql);
  f->reply.affected = 1;
  return true;
}

/* Runs what is there, in order, up to one that hangs. */
void fake_serve(fake_conn *c)
{
  for (int i = c->head; i != c->tail && !c->is_dead; i++) {
    fake_flight *f = &c->q[i % FAKE_DEPTH];
    if (f->is_answered) continue;
    bool is_doomed = fake.n_doomed > 0;
    fake.n_doomed -= is_doomed;
    if (is_doomed || fake_starts(f->s->sql, "die")) {
      fake_die(c, is_doomed || strstr(f->s->sql, "early"));
      break;
    }
    f->is_hanging = !execute(c, f);
    if (f->is_hanging) return;
    f->is_answered = true;
  }
}

/* --- for tests */

void fake_reset(void)
{
  pthread_mutex_lock(&fake.lock);
  if (!fake.entries) fake.entries = calloc(FAKE_LOG_MAX, sizeof *fake.entries);
  if (!fake.entries) abort();
  fake.n_entries = fake.n_conns = fake.n_ids = fake.n_held = 0;
  memset(fake.conns, 0, sizeof fake.conns);
  fake.mode = FAKE_DIAL_OK;
  fake.holds_cancels = fake.hangs_commits = false;
  fake.sees_death = fake.fails_more = fake.loses = fake.loses_names = false;
  memset(fake.ran, 0, sizeof fake.ran);
  fake.held_id = fake.n_doomed = 0;
  pthread_mutex_unlock(&fake.lock);
}

void fake_dial(fake_dial_mode m)
{
  pthread_mutex_lock(&fake.lock);
  fake.mode = m;
  pthread_mutex_unlock(&fake.lock);
}

void fake_hold_cancels(bool hold)
{
  pthread_mutex_lock(&fake.lock);
  fake.holds_cancels = hold;
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.lock);
}

void fake_hold_cancels_of(int id)
{
  pthread_mutex_lock(&fake.lock);
  fake.held_id = id;
  pthread_mutex_unlock(&fake.lock);
}

static void turn(bool *flag, bool on)
{
  pthread_mutex_lock(&fake.lock);
  *flag = on;
  pthread_mutex_unlock(&fake.lock);
}

void fake_see_death(bool on)
{
  turn(&fake.sees_death, on);
}

void fake_fail_more(bool on)
{
  turn(&fake.fails_more, on);
}

void fake_lose_names(bool on)
{
  turn(&fake.loses_names, on);
}

void fake_lose_replies(bool on)
{
  turn(&fake.loses, on);
}

int fake_ran(int id)
{
  pthread_mutex_lock(&fake.lock);
  int n = fake.ran[id];
  pthread_mutex_unlock(&fake.lock);
  return n;
}

void fake_hang_commits(bool on)
{
  turn(&fake.hangs_commits, on);
}

void fake_die_in_transit(int n)
{
  pthread_mutex_lock(&fake.lock);
  fake.n_doomed = n;
  pthread_mutex_unlock(&fake.lock);
}

void fake_greet(void)
{
  pthread_mutex_lock(&fake.lock);
  fake.mode = FAKE_DIAL_OK;
  for (int i = 0; i < FAKE_CONNS_MAX; i++)
    if (fake.conns[i] && !fake.conns[i]->dialled) fake_signal(fake.conns[i]);
  pthread_cond_broadcast(&fake.changed);
  pthread_mutex_unlock(&fake.lock);
}

int fake_release(int n)
{
  int released = 0;
  pthread_mutex_lock(&fake.lock);
  for (int i = 0; i < FAKE_CONNS_MAX && released < n; i++) {
    fake_conn *c = fake.conns[i];
    if (!c || c->head == c->tail) continue;
    fake_flight *f = &c->q[c->head % FAKE_DEPTH];
    if (!f->is_hanging) continue;
    int rows_later;
    if (sscanf(f->s->sql, "hang rows %d", &rows_later) == 1)
      begin_stream(c, f, rows_later);
    f->is_hanging = false;
    f->is_answered = true;
    released++;
    if (c->fd >= 0) fake_serve(c);
    fake_signal(c);
  }
  pthread_mutex_unlock(&fake.lock);
  return released;
}

static void kill(bool idle_only)
{
  pthread_mutex_lock(&fake.lock);
  for (int i = 0; i < FAKE_CONNS_MAX; i++) {
    fake_conn *c = fake.conns[i];
    if (!c || !c->dialled || (idle_only && c->head != c->tail)) continue;
    fake_die(c, false);
    fake_signal(c);
  }
  pthread_mutex_unlock(&fake.lock);
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
  return n < fake.n_entries ? fake.entries[n].text : NULL;
}

static const fake_entry *find(const char *what, int *n)
{
  const fake_entry *last = NULL;
  size_t len = strlen(what);
  *n = 0;
  for (int i = 0; i < fake.n_entries; i++) {
    size_t has = strlen(fake.entries[i].text);
    if (has < len || strcmp(fake.entries[i].text + has - len, what) != 0)
      continue;
    last = &fake.entries[i];
    ++*n;
  }
  return last;
}

int fake_count(const char *what)
{
  int n;
  pthread_mutex_lock(&fake.lock);
  find(what, &n);
  pthread_mutex_unlock(&fake.lock);
  return n;
}

int fake_conns(void)
{
  pthread_mutex_lock(&fake.lock);
  int n = fake.n_conns;
  pthread_mutex_unlock(&fake.lock);
  return n;
}

int fake_hanging(void)
{
  int n = 0;
  pthread_mutex_lock(&fake.lock);
  for (int i = 0; i < FAKE_CONNS_MAX; i++) {
    fake_conn *c = fake.conns[i];
    if (c && c->head != c->tail) n += c->q[c->head % FAKE_DEPTH].is_hanging;
  }
  pthread_mutex_unlock(&fake.lock);
  return n;
}

int fake_waiting_cancels(void)
{
  pthread_mutex_lock(&fake.lock);
  int n = fake.n_held;
  pthread_mutex_unlock(&fake.lock);
  return n;
}

bool fake_was_here(const char *what)
{
  int n;
  pthread_mutex_lock(&fake.lock);
  const fake_entry *e = find(what, &n);
  bool here = e && pthread_equal(e->thread, pthread_self());
  pthread_mutex_unlock(&fake.lock);
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
