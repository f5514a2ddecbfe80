/* SPDX-License-Identifier: MIT */
/* libpq by hand: one connection with one statement at a time, and several
 * connections in pipeline mode under uv_poll; every row becomes a Lua table.
 * Behind a pooler the statement goes along each time. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "raw_lua.h"
#include "raw_open.h"
#include "raw_wire.h"

enum { N_COLS = 4, MAX_CONNS = 16 };
static const char *const cols[N_COLS] = {"aid", "bid", "abalance", "filler"};
static const char sql[] =
    "SELECT \"aid\", \"bid\", \"abalance\", \"filler\" FROM "
    "\"pgbench_accounts\" "
    "WHERE \"aid\" = $1 LIMIT 2";
static const Oid int8 = 20;

typedef struct pump pump;
typedef struct conn {
  PGconn *c;
  uv_poll_t poll;
  int in_flight, events;
  pump *p;
} conn;
struct pump {
  conn conns[MAX_CONNS];
  int n_conns, depth;
  bool is_named;
  long total, issued, done, rows;
  unsigned seed;
  uv_loop_t loop;
  lua_State *L;
  int base, meta, record;
};

static PGconn *open_conn(lua_State *L, const char *url, bool is_named)
{
  PGconn *c = PQconnectdb(url);
  if (PQstatus(c) != CONNECTION_OK)
    luaL_error(L, "postgres: %s", PQerrorMessage(c));
  if (is_named) PQclear(PQprepare(c, "s", sql, 1, &int8));
  PQsetnonblocking(c, 1);
  return c;
}

static void push_result(pump *p, const PGresult *r)
{
  lua_State *L = p->L;
  for (int i = 0; i < PQntuples(r); i++) {
    lua_createtable(L, 0, N_COLS + 1);
    for (int c = 0; c < N_COLS; c++) {
      if (PQgetisnull(r, i, c)) continue;
      lua_pushvalue(L, p->base + c);
      if (c < 3)
        lua_pushinteger(L, (lua_Integer)raw_wire_get(PQgetvalue(r, i, c),
                                                     PQgetlength(r, i, c)));
      else
        lua_pushlstring(L, PQgetvalue(r, i, c), (size_t)PQgetlength(r, i, c));
      lua_rawset(L, -3);
    }
    lua_pushvalue(L, p->base + N_COLS);
    lua_pushvalue(L, p->record);
    lua_rawset(L, -3);
    lua_pushvalue(L, p->meta);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
    p->rows++;
  }
}

static int send_one(pump *p, PGconn *c)
{
  uint64_t id = (uint64_t)(rand_r(&p->seed) % 100000 + 1);
  char bytes[8];
  raw_wire_put(bytes, id, 8);
  const char *v[1] = {bytes};
  int len[1] = {8}, format[1] = {1};
  return p->is_named ? PQsendQueryPrepared(c, "s", 1, v, len, format, 1)
                     : PQsendQueryParams(c, sql, 1, &int8, v, len, format, 1);
}

static void on_ready(uv_poll_t *h, int status, int events);

static void issue(conn *k)
{
  pump *p = k->p;
  while (k->in_flight < p->depth && p->issued < p->total) {
    send_one(p, k->c);
    PQpipelineSync(k->c);
    k->in_flight++;
    p->issued++;
  }
  int events = UV_READABLE | (PQflush(k->c) ? UV_WRITABLE : 0);
  if (events != k->events)
    uv_poll_start(&k->poll, k->events = events, on_ready);
}

static void on_ready(uv_poll_t *h, int status, int events)
{
  conn *k = h->data;
  pump *p = k->p;
  (void)status;
  if (events & UV_READABLE) PQconsumeInput(k->c);
  int ended = 0;
  while (k->in_flight > 0 && !PQisBusy(k->c)) {
    PGresult *r = PQgetResult(k->c);
    if (!r) continue;
    if (PQresultStatus(r) == PGRES_TUPLES_OK) push_result(p, r);
    if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
      k->in_flight--;
      p->done++;
      ended = 1;
    }
    PQclear(r);
  }
  if (ended || (events & UV_WRITABLE)) issue(k);
  if (p->done >= p->total) uv_stop(h->loop);
}

/* url, connections, depth, whether behind a pooler -> userdata */
static int l_pg(lua_State *L)
{
  const char *url = luaL_checkstring(L, 1);
  pump *p = lua_newuserdata(L, sizeof *p);
  memset(p, 0, sizeof *p);
  p->n_conns = (int)luaL_checkinteger(L, 2);
  p->depth = (int)luaL_checkinteger(L, 3);
  p->is_named = !lua_toboolean(L, 4);
  p->seed = 42;
  luaL_argcheck(L, p->n_conns <= MAX_CONNS, 2, "too many");
  uv_loop_init(&p->loop);
  for (int i = 0; i < p->n_conns; i++) {
    conn *k = &p->conns[i];
    k->p = p;
    k->c = open_conn(L, url, p->is_named);
    if (p->depth > 1) PQenterPipelineMode(k->c);
    uv_poll_init(&p->loop, &k->poll, PQsocket(k->c));
    k->poll.data = k;
  }
  luaL_getmetatable(L, "raw.pg");
  lua_setmetatable(L, -2);
  return 1;
}

static pump *begin(lua_State *L)
{
  pump *p = luaL_checkudata(L, 1, "raw.pg");
  p->L = L;
  p->meta = 2;
  p->record = 3;
  p->total = (long)luaL_checkinteger(L, 4);
  p->issued = p->done = 0;
  p->base = lua_gettop(L) + 1;
  for (int c = 0; c < N_COLS; c++)
    lua_pushstring(L, cols[c]);
  lua_pushliteral(L, "_r");
  return p;
}

/* pg, meta, record, total: the pipeline loop. */
static int l_pipeline(lua_State *L)
{
  pump *p = begin(L);
  for (int i = 0; i < p->n_conns; i++)
    issue(&p->conns[i]);
  uv_run(&p->loop, UV_RUN_DEFAULT);
  lua_pushinteger(L, (lua_Integer)p->rows);
  return 1;
}

/* pg, meta, record, total: one connection, one statement at a time. */
static int l_one(lua_State *L)
{
  pump *p = begin(L);
  PGconn *c = p->conns[0].c;
  while (p->done < p->total) {
    send_one(p, c);
    struct pollfd fd = {.fd = PQsocket(c), .events = POLLIN};
    if (PQflush(c)) fd.events |= POLLOUT;
    while (PQisBusy(c)) {
      poll(&fd, 1, -1);
      PQconsumeInput(c);
    }
    PGresult *r;
    while ((r = PQgetResult(c))) {
      push_result(p, r);
      PQclear(r);
    }
    p->done++;
  }
  lua_pushinteger(L, (lua_Integer)p->rows);
  return 1;
}

/* pg: the process that serves the first connection. */
static int l_server(lua_State *L)
{
  pump *p = luaL_checkudata(L, 1, "raw.pg");
  lua_pushinteger(L, PQbackendPID(p->conns[0].c));
  return 1;
}

static int l_close(lua_State *L)
{
  pump *p = luaL_checkudata(L, 1, "raw.pg");
  for (int i = 0; i < p->n_conns; i++) {
    uv_close((uv_handle_t *)&p->conns[i].poll, NULL);
    uv_run(&p->loop, UV_RUN_NOWAIT);
    PQfinish(p->conns[i].c);
  }
  uv_loop_close(&p->loop);
  p->n_conns = 0;
  return 0;
}

void raw_open_pg(lua_State *L)
{
  static const luaL_Reg methods[] = {{"pipeline", l_pipeline},
                                     {"one", l_one},
                                     {"server", l_server},
                                     {"close", l_close},
                                     {NULL, NULL}};
  raw_open_class(L, "pg", l_pg, methods);
}
