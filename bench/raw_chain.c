/* SPDX-License-Identifier: MIT */
/* Queries by hand of which each needs what the one before it read: rows of
 * bench_links, from one to its next, every one a Lua table. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "raw_lua.h"
#include "raw_my.h"
#include "raw_open.h"
#include "raw_wire.h"

enum { N_COLS = 3, INT8 = 20 };
static const char *const cols[N_COLS] = {"id", "next", "name"};

#define COLS "SELECT id, next, name FROM bench_links WHERE id = "

typedef struct row {
  int64_t id, next;
  raw_text name;
} row;

/* One of the three; get fills out with what stays until the next call. */
typedef struct chain {
  void (*get)(lua_State *L, struct chain *c, int64_t id, row *out);
  void (*close)(struct chain *c);
  sqlite3 *lite;
  sqlite3_stmt *lite_get;
  PGconn *pg;
  PGresult *pg_row;
  MYSQL *my;
  MYSQL_STMT *my_get;
  long long number[N_COLS];
  char name[128];
  unsigned long name_len;
} chain;

static void lite_get(lua_State *L, chain *c, int64_t id, row *out)
{
  sqlite3_stmt *st = c->lite_get;
  sqlite3_reset(st);
  sqlite3_bind_int64(st, 1, id);
  if (sqlite3_step(st) != SQLITE_ROW) luaL_error(L, "no such link");
  out->id = sqlite3_column_int64(st, 0);
  out->next = sqlite3_column_int64(st, 1);
  out->name.s = (const char *)sqlite3_column_text(st, 2);
  out->name.n = (size_t)sqlite3_column_bytes(st, 2);
}

static void lite_close(chain *c)
{
  sqlite3_finalize(c->lite_get);
  sqlite3_close(c->lite);
}

static void open_lite(lua_State *L, chain *c, const char *url)
{
  const char *path = url + strlen("sqlite:");
  if (sqlite3_open_v2(path, &c->lite,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ||
      sqlite3_prepare_v3(c->lite, COLS "? LIMIT 2", -1,
                         SQLITE_PREPARE_PERSISTENT, &c->lite_get, NULL))
    luaL_error(L, "sqlite: %s", sqlite3_errmsg(c->lite));
  c->get = lite_get;
  c->close = lite_close;
}

static void pg_get(lua_State *L, chain *c, int64_t id, row *out)
{
  char bytes[8];
  const char *value = bytes;
  int len = 8, binary = 1;
  raw_wire_put(bytes, (uint64_t)id, 8);
  PQclear(c->pg_row);
  PGresult *r = PQexecPrepared(c->pg, "get", 1, &value, &len, &binary, 1);
  c->pg_row = r;
  if (PQntuples(r) != 1) luaL_error(L, "no such link");
  out->id = raw_wire_get(PQgetvalue(r, 0, 0), PQgetlength(r, 0, 0));
  out->next = raw_wire_get(PQgetvalue(r, 0, 1), PQgetlength(r, 0, 1));
  out->name.s = PQgetvalue(r, 0, 2);
  out->name.n = (size_t)PQgetlength(r, 0, 2);
}

static void pg_close(chain *c)
{
  PQclear(c->pg_row);
  PQfinish(c->pg);
}

static void open_pg(lua_State *L, chain *c, const char *url)
{
  Oid type = INT8;
  c->pg = PQconnectdb(url);
  c->pg_row = PQprepare(c->pg, "get", COLS "$1 LIMIT 2", 1, &type);
  if (PQresultStatus(c->pg_row) != PGRES_COMMAND_OK)
    luaL_error(L, "postgres: %s", PQerrorMessage(c->pg));
  c->get = pg_get;
  c->close = pg_close;
}

static void my_get(lua_State *L, chain *c, int64_t id, row *out)
{
  MYSQL_STMT *st = c->my_get;
  c->number[2] = id;
  if (mysql_stmt_execute(st) || mysql_stmt_store_result(st) ||
      mysql_stmt_fetch(st))
    raw_my_fail(L, st);
  mysql_stmt_free_result(st);
  *out = (row){
      .id = c->number[0], .next = c->number[1], .name = {c->name, c->name_len}};
}

static void my_close(chain *c)
{
  mysql_stmt_close(c->my_get);
  mysql_close(c->my);
}

static void open_my(lua_State *L, chain *c, const char *url)
{
  MYSQL_BIND in = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &c->number[2]};
  MYSQL_BIND out[N_COLS] = {
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &c->number[0]},
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &c->number[1]},
      {.buffer_type = MYSQL_TYPE_STRING,
       .buffer = c->name,
       .buffer_length = sizeof c->name,
       .length = &c->name_len},
  };
  c->my = raw_my_open(L, url);
  c->my_get = raw_my_prepare(L, c->my, COLS "? LIMIT 2");
  mysql_stmt_bind_param(c->my_get, &in);
  mysql_stmt_bind_result(c->my_get, out);
  c->get = my_get;
  c->close = my_close;
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  const char *url = luaL_checkstring(L, 1);
  chain *c = lua_newuserdata(L, sizeof *c);
  memset(c, 0, sizeof *c);
  if (*url == 's')
    open_lite(L, c, url);
  else if (*url == 'p')
    open_pg(L, c, url);
  else
    open_my(L, c, url);
  luaL_getmetatable(L, "raw.chain");
  lua_setmetatable(L, -2);
  return 1;
}

static void push_row(lua_State *L, const raw_part *p, const row *r)
{
  lua_createtable(L, 0, N_COLS + 1);
  lua_pushvalue(L, p->names);
  lua_pushinteger(L, (lua_Integer)r->id);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->names + 1);
  lua_pushinteger(L, (lua_Integer)r->next);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->names + 2);
  lua_pushlstring(L, r->name.s, r->name.n);
  lua_rawset(L, -3);
  raw_end_part(L, p);
}

/* chain, meta, record, first, how many: the last row */
static int l_follow(lua_State *L)
{
  chain *c = luaL_checkudata(L, 1, "raw.chain");
  int64_t id = (int64_t)luaL_checkinteger(L, 4);
  lua_Integer n = luaL_checkinteger(L, 5);
  raw_part p = raw_push_part(L, 0, N_COLS, cols, 2, 3);
  row r = {0};

  lua_pushnil(L);
  for (lua_Integer i = 0; i < n; i++, id = r.next) {
    c->get(L, c, id, &r);
    lua_pop(L, 1);
    push_row(L, &p, &r);
  }
  return 1;
}

/* The number of the thread that serves a connection. */
static int my_thread(MYSQL *m)
{
  int n = 0;
  mysql_query(m,
              "SELECT tid FROM information_schema.processlist "
              "WHERE id = connection_id()");
  MYSQL_RES *r = mysql_store_result(m);
  MYSQL_ROW first = r ? mysql_fetch_row(r) : NULL;
  if (first) n = (int)strtol(first[0], NULL, 10);
  mysql_free_result(r);
  return n;
}

/* chain: the process or thread that serves it; nil: this one. */
static int l_server(lua_State *L)
{
  chain *c = luaL_checkudata(L, 1, "raw.chain");
  if (c->lite) return 0;
  lua_pushinteger(L, c->pg ? PQbackendPID(c->pg) : my_thread(c->my));
  return 1;
}

static int l_close(lua_State *L)
{
  chain *c = luaL_checkudata(L, 1, "raw.chain");
  c->close(c);
  return 0;
}

void raw_open_chain(lua_State *L)
{
  static const luaL_Reg methods[] = {{"follow", l_follow},
                                     {"server", l_server},
                                     {"close", l_close},
                                     {NULL, NULL}};
  raw_open_class(L, "chain", l_open, methods);
}
