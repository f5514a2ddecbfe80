/* SPDX-License-Identifier: MIT */
/* Connector/C by hand: its non-blocking calls on several connections under
 * uv_poll, one prepared statement at a time on each; every row becomes a Lua
 * table. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "raw_lua.h"
#include "raw_my.h"
#include "raw_open.h"

enum { N_COLS = 4, MAX_CONNS = 16, KEYS = 10000, FILLER = 3 };
static const char *const cols[N_COLS] = {"aid", "bid", "abalance", "filler"};
static const char sql[] =
    "SELECT aid, bid, abalance, filler FROM bench_accounts WHERE aid = ? "
    "LIMIT 2";

typedef enum { EXECUTE, STORE } phase;
typedef struct loop loop;
typedef struct conn {
  MYSQL *m;
  MYSQL_STMT *st;
  uv_poll_t poll;
  phase at; /* of the call that waits */
  int events;
  long long key, number[N_COLS];
  char filler[256];
  unsigned long len[N_COLS];
  my_bool is_null[N_COLS];
  loop *p;
} conn;
struct loop {
  conn conns[MAX_CONNS];
  int n_conns;
  long total, issued, done;
  unsigned seed;
  uv_loop_t uv;
  lua_State *L;
  raw_part part;
};

static void bind_all(conn *k)
{
  MYSQL_BIND in = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &k->key};
  MYSQL_BIND out[N_COLS] = {0};
  for (int i = 0; i < N_COLS; i++) {
    out[i].buffer_type = MYSQL_TYPE_LONGLONG;
    out[i].buffer = &k->number[i];
    out[i].length = &k->len[i];
    out[i].is_null = &k->is_null[i];
  }
  out[FILLER].buffer_type = MYSQL_TYPE_STRING;
  out[FILLER].buffer = k->filler;
  out[FILLER].buffer_length = sizeof k->filler;
  mysql_stmt_bind_param(k->st, &in);
  mysql_stmt_bind_result(k->st, out);
}

static void push_row(conn *k)
{
  loop *p = k->p;
  lua_State *L = p->L;
  lua_createtable(L, 0, N_COLS + 1);
  for (int i = 0; i < N_COLS; i++) {
    if (k->is_null[i]) continue;
    lua_pushvalue(L, p->part.names + i);
    if (i == FILLER)
      lua_pushlstring(L, k->filler, k->len[i]);
    else
      lua_pushinteger(L, (lua_Integer)k->number[i]);
    lua_rawset(L, -3);
  }
  raw_end_part(L, &p->part);
  lua_pop(L, 1);
}

static void on_ready(uv_poll_t *h, int status, int events);

static void watch(conn *k, int wait)
{
  int events = (wait & MYSQL_WAIT_READ ? UV_READABLE : 0) |
               (wait & MYSQL_WAIT_WRITE ? UV_WRITABLE : 0);
  if (events == k->events) return;
  uv_poll_start(&k->poll, k->events = events, on_ready);
}

static void check(conn *k, int rc)
{
  if (rc) raw_my_fail(k->p->L, k->st);
}

/* The result is there: its row, and the call for the next statement; what it
 * waits for, or -1 when all were issued. */
static int next(conn *k)
{
  loop *p = k->p;
  int rc = 0, wait;
  if (p->issued >= p->total) return -1;
  p->issued++;
  k->key = rand_r(&p->seed) % KEYS + 1;
  k->at = EXECUTE;
  wait = mysql_stmt_execute_start(&rc, k->st);
  if (!wait) check(k, rc);
  return wait;
}

static int store(conn *k)
{
  int rc = 0, wait = mysql_stmt_store_result_start(&rc, k->st);
  k->at = STORE;
  if (!wait) check(k, rc);
  return wait;
}

static void stored(conn *k)
{
  while (mysql_stmt_fetch(k->st) == 0)
    push_row(k);
  mysql_stmt_free_result(k->st);
  if (++k->p->done >= k->p->total) uv_stop(&k->p->uv);
}

/* Goes on until a call has to wait. */
static void go_on(conn *k, int wait)
{
  while (wait == 0) {
    if (k->at == EXECUTE) {
      wait = store(k);
    } else {
      stored(k);
      wait = next(k);
    }
  }
  if (wait > 0) watch(k, wait);
}

static void on_ready(uv_poll_t *h, int status, int events)
{
  conn *k = h->data;
  int rc = 0, wait;
  int ready = (events & UV_READABLE ? MYSQL_WAIT_READ : 0) |
              (events & UV_WRITABLE ? MYSQL_WAIT_WRITE : 0);
  (void)status;
  wait = k->at == EXECUTE ? mysql_stmt_execute_cont(&rc, k->st, ready)
                          : mysql_stmt_store_result_cont(&rc, k->st, ready);
  if (!wait) check(k, rc);
  go_on(k, wait);
}

/* url, connections -> userdata */
static int l_open(lua_State *L)
{
  const char *url = luaL_checkstring(L, 1);
  loop *p = lua_newuserdata(L, sizeof *p);
  memset(p, 0, sizeof *p);
  p->n_conns = (int)luaL_checkinteger(L, 2);
  p->seed = 42;
  luaL_argcheck(L, p->n_conns <= MAX_CONNS, 2, "too many");
  uv_loop_init(&p->uv);
  for (int i = 0; i < p->n_conns; i++) {
    conn *k = &p->conns[i];
    k->p = p;
    k->m = raw_my_open(L, url);
    k->st = raw_my_prepare(L, k->m, sql);
    bind_all(k);
    uv_poll_init(&p->uv, &k->poll, mysql_get_socket(k->m));
    k->poll.data = k;
  }
  luaL_getmetatable(L, "raw.my");
  lua_setmetatable(L, -2);
  return 1;
}

/* my, meta, record, total */
static int l_select(lua_State *L)
{
  loop *p = luaL_checkudata(L, 1, "raw.my");
  p->L = L;
  p->total = (long)luaL_checkinteger(L, 4);
  p->issued = p->done = 0;
  p->part = raw_push_part(L, 0, N_COLS, cols, 2, 3);
  for (int i = 0; i < p->n_conns; i++) {
    int wait = next(&p->conns[i]);
    if (wait >= 0) go_on(&p->conns[i], wait);
  }
  if (p->done < p->total) uv_run(&p->uv, UV_RUN_DEFAULT);
  return 0;
}

static int l_close(lua_State *L)
{
  loop *p = luaL_checkudata(L, 1, "raw.my");
  for (int i = 0; i < p->n_conns; i++) {
    uv_close((uv_handle_t *)&p->conns[i].poll, NULL);
    uv_run(&p->uv, UV_RUN_NOWAIT);
    mysql_stmt_close(p->conns[i].st);
    mysql_close(p->conns[i].m);
  }
  uv_loop_close(&p->uv);
  p->n_conns = 0;
  return 0;
}

void raw_open_my_select(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"select", l_select}, {"close", l_close}, {NULL, NULL}};
  raw_open_class(L, "my", l_open, methods);
}
