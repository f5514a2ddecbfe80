/* SPDX-License-Identifier: MIT */
/* libpq by hand, one statement at a time: a join, IN lists, groups and
 * searches. */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "raw_lua.h"
#include "raw_open.h"
#include "raw_wire.h"

enum {
  AUTHOR_COLS = 3,
  POST_COLS = 4,
  SALE_COLS = 3,
  TEXT_COLS = 2,
  TEXT = 25,
  VARCHAR = 1043,
  INT8 = 20,
  INT8S = 1016
};
static const char *const author_cols[] = {"id", "name", "age"};
static const char *const post_cols[] = {"id", "title", "views", "author_id"};
static const char *const sale_cols[] = {"id", "shop", "amount"};
static const char *const within_cols[] = {"value", "n"};
static const char *const text_cols[] = {"id", "body"};

typedef struct pg {
  PGconn *c;
} pg;

/* type is that of the one parameter, 0 where there is none. */
static void prepare(lua_State *L, PGconn *c, const char *name, const char *sql,
                    Oid type)
{
  PGresult *r = PQprepare(c, name, sql, type != 0, &type);
  bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
  PQclear(r);
  if (!ok) luaL_error(L, "%s: %s", sql, PQerrorMessage(c));
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  pg *d = lua_newuserdata(L, sizeof *d);
  d->c = PQconnectdb(luaL_checkstring(L, 1));
  if (PQstatus(d->c) != CONNECTION_OK)
    return luaL_error(L, "postgres: %s", PQerrorMessage(d->c));
  prepare(L, d->c, "related",
          "SELECT p.id, p.title, p.views, p.author_id, a.id, a.name, a.age "
          "FROM bench_posts p JOIN bench_authors a ON a.id = p.author_id "
          "LIMIT $1",
          INT8);
  prepare(L, d->c, "in_list",
          "SELECT id, shop, amount FROM bench_sales WHERE id = ANY($1)", INT8S);
  prepare(L, d->c, "by_count",
          "SELECT n, COUNT(*) FROM (SELECT COUNT(p.id) AS n "
          "FROM bench_authors a LEFT JOIN bench_posts p ON p.author_id = a.id "
          "GROUP BY a.id) q GROUP BY n ORDER BY n",
          0);
  prepare(L, d->c, "by_greatest",
          "SELECT v, COUNT(*) FROM (SELECT (SELECT p.views FROM bench_posts p "
          "WHERE p.author_id = a.id ORDER BY p.views DESC LIMIT 1) AS v "
          "FROM bench_authors a) q GROUP BY v ORDER BY v",
          0);
  prepare(L, d->c, "search",
          "SELECT id, body FROM bench_texts WHERE to_tsvector('simple', "
          "COALESCE(body, '')) @@ plainto_tsquery('simple', $1)",
          TEXT);
  luaL_getmetatable(L, "raw.pg_queries");
  lua_setmetatable(L, -2);
  return 1;
}

static pg *self(lua_State *L)
{
  return luaL_checkudata(L, 1, "raw.pg_queries");
}

static int l_close(lua_State *L)
{
  pg *d = self(L);
  PQfinish(d->c);
  d->c = NULL;
  return 0;
}

static PGresult *run(lua_State *L, pg *d, const char *name, const char *param,
                     int len)
{
  int binary = 1;
  PGresult *r =
      PQexecPrepared(d->c, name, param != NULL, &param, &len, &binary, binary);
  if (PQresultStatus(r) != PGRES_TUPLES_OK) {
    PQclear(r);
    luaL_error(L, "%s: %s", name, PQerrorMessage(d->c));
  }
  return r;
}

/* Columns are texts or integers. */
static void push_part(lua_State *L, const PGresult *r, int row,
                      const raw_part *p, int more)
{
  lua_createtable(L, 0, p->n + 1 + more);
  for (int i = 0; i < p->n; i++) {
    int c = p->from + i;
    if (PQgetisnull(r, row, c)) continue;
    lua_pushvalue(L, p->names + i);
    Oid type = PQftype(r, c);
    if (type == TEXT || type == VARCHAR)
      lua_pushlstring(L, PQgetvalue(r, row, c), (size_t)PQgetlength(r, row, c));
    else
      lua_pushinteger(L, (lua_Integer)raw_wire_get(PQgetvalue(r, row, c),
                                                   PQgetlength(r, row, c)));
    lua_rawset(L, -3);
  }
  if (p->meta) raw_end_part(L, p);
}

/* As in raw_lite_queries.c. */
static int l_related(lua_State *L)
{
  char param[8];
  raw_part post = raw_push_part(L, 0, POST_COLS, post_cols, 3, 4);
  raw_part author = raw_push_part(L, POST_COLS, AUTHOR_COLS, author_cols, 5, 6);
  lua_pushliteral(L, "_related");
  lua_pushliteral(L, "author");
  int names = lua_gettop(L) - 1;
  raw_wire_put(param, (uint64_t)luaL_checkinteger(L, 2), 8);
  PGresult *r = run(L, self(L), "related", param, 8);
  int n = PQntuples(r);

  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    push_part(L, r, i, &post, 1);
    lua_pushvalue(L, names);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, names + 1);
    push_part(L, r, i, &author, 0);
    lua_rawset(L, -3);
    lua_rawset(L, -3);
    lua_rawseti(L, -2, i + 1);
  }
  PQclear(r);
  return 1;
}

/* The list at 2 as a binary array of int8: dimensions, has nulls, type of the
 * items, length, lower bound, then length and bytes of each. */
static char *array_of(lua_State *L, int n, int *len)
{
  char *bytes = malloc(20 + (size_t)n * 12), *at = bytes;
  at = raw_wire_put(at, 1, 4);
  at = raw_wire_put(at, 0, 4);
  at = raw_wire_put(at, INT8, 4);
  at = raw_wire_put(at, (uint64_t)n, 4);
  at = raw_wire_put(at, 1, 4);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, 2, i);
    at = raw_wire_put(at, 8, 4);
    at = raw_wire_put(at, (uint64_t)lua_tointeger(L, -1), 8);
    lua_pop(L, 1);
  }
  *len = (int)(at - bytes);
  return bytes;
}

/* A list of tables of one part. */
static int push_list(lua_State *L, PGresult *r, const raw_part *part)
{
  int n = PQntuples(r);
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    push_part(L, r, i, part, 0);
    lua_rawseti(L, -2, i + 1);
  }
  PQclear(r);
  return 1;
}

static int l_in_list(lua_State *L)
{
  raw_part sale = raw_push_part(L, 0, SALE_COLS, sale_cols, 3, 4);
  int len;
  char *ids = array_of(L, (int)raw_len(L, 2), &len);
  PGresult *r = run(L, self(L), "in_list", ids, len);
  free(ids);
  return push_list(L, r, &sale);
}

/* d, which: authors grouped by what their posts say */
static int l_groups_within(lua_State *L)
{
  raw_part group = raw_push_part(L, 0, 2, within_cols, 0, 0);
  return push_list(L, run(L, self(L), luaL_checkstring(L, 2), NULL, 0), &group);
}

/* d, words, meta, record */
static int l_search(lua_State *L)
{
  size_t len;
  const char *words = luaL_checklstring(L, 2, &len);
  raw_part text = raw_push_part(L, 0, TEXT_COLS, text_cols, 3, 4);
  return push_list(L, run(L, self(L), "search", words, (int)len), &text);
}

void raw_open_pg_queries(lua_State *L)
{
  static const luaL_Reg methods[] = {{"related", l_related},
                                     {"in_list", l_in_list},
                                     {"groups_within", l_groups_within},
                                     {"search", l_search},
                                     {"close", l_close},
                                     {NULL, NULL}};
  raw_open_class(L, "pg_queries", l_open, methods);
}
