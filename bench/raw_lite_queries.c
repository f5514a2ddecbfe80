/* SPDX-License-Identifier: MIT */
/* SQLite by hand: joins, children of many parents, IN lists, groups, searches,
 * updates. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "raw_lua.h"
#include "raw_open.h"

enum {
  N_IN = 100,
  AUTHOR_COLS = 3,
  POST_COLS = 4,
  SALE_COLS = 3,
  TEXT_COLS = 2
};
static const char *const author_cols[] = {"id", "name", "age"};
static const char *const post_cols[] = {"id", "title", "views", "author_id"};
static const char *const sale_cols[] = {"id", "shop", "amount"};
static const char *const group_cols[] = {"shop", "n", "total"};
static const char *const within_cols[] = {"value", "n"};
static const char *const text_cols[] = {"id", "body"};

#define TEN "?,?,?,?,?,?,?,?,?,?"
#define HUNDRED \
  TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN

typedef enum {
  RELATED,
  AUTHORS,
  CHILDREN,
  IN_FEW,
  IN_MANY,
  GROUPS,
  BY_COUNT,
  BY_GREATEST,
  SEARCH,
  UPDATE,
  SET_VIEWS,
  N_STMTS
} stmt;
static const char *const texts[N_STMTS] = {
    [RELATED] =
        "SELECT p.id, p.title, p.views, p.author_id, a.id, a.name, "
        "a.age FROM bench_posts p JOIN bench_authors a "
        "ON a.id = p.author_id LIMIT ?",
    [AUTHORS] = "SELECT id, name, age FROM bench_authors",
    [CHILDREN] =
        "SELECT id, title, views, author_id FROM bench_posts "
        "WHERE author_id IN (" HUNDRED ") ORDER BY author_id, id",
    [IN_FEW] =
        "SELECT id, shop, amount FROM bench_sales WHERE id IN (" HUNDRED ")",
    /* Ten thousand placeholders take three times as long. */
    [IN_MANY] =
        "SELECT id, shop, amount FROM bench_sales WHERE id IN "
        "(SELECT value FROM json_each(?))",
    [GROUPS] =
        "SELECT shop, COUNT(*), SUM(amount) FROM bench_sales "
        "GROUP BY shop ORDER BY shop",
    [BY_COUNT] =
        "SELECT n, COUNT(*) FROM (SELECT COUNT(p.id) AS n FROM bench_authors a "
        "LEFT JOIN bench_posts p ON p.author_id = a.id GROUP BY a.id) q "
        "GROUP BY n ORDER BY n",
    [BY_GREATEST] =
        "SELECT v, COUNT(*) FROM (SELECT (SELECT p.views FROM bench_posts p "
        "WHERE p.author_id = a.id ORDER BY p.views DESC LIMIT 1) AS v "
        "FROM bench_authors a) q GROUP BY v ORDER BY v",
    [SEARCH] =
        "SELECT id, body FROM bench_texts WHERE id IN "
        "(SELECT rowid FROM bench_words WHERE bench_words MATCH ?)",
    [UPDATE] = "UPDATE bench_counters SET views = views + ? WHERE id <= ?",
    [SET_VIEWS] = "UPDATE bench_counters SET views = ? WHERE id = ?",
};

typedef struct lite {
  sqlite3 *db;
  sqlite3_stmt *st[N_STMTS];
} lite;

/* path -> userdata */
static int l_open(lua_State *L)
{
  lite *d = lua_newuserdata(L, sizeof *d);
  /* One thread uses it, so its mutexes would only cost. */
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(luaL_checkstring(L, 1), &d->db, flags, NULL))
    return luaL_error(L, "cannot open");
  sqlite3_exec(d->db,
               "PRAGMA journal_mode=wal; PRAGMA synchronous=normal; "
               "PRAGMA foreign_keys=on; PRAGMA wal_autocheckpoint=0",
               NULL, NULL, NULL);
  for (int i = 0; i < N_STMTS; i++) {
    if (sqlite3_prepare_v3(d->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                           &d->st[i], NULL))
      return luaL_error(L, "%s: %s", texts[i], sqlite3_errmsg(d->db));
  }
  luaL_getmetatable(L, "raw.lite_queries");
  lua_setmetatable(L, -2);
  return 1;
}

static lite *self(lua_State *L)
{
  return luaL_checkudata(L, 1, "raw.lite_queries");
}

static int l_close(lua_State *L)
{
  lite *d = self(L);
  for (int i = 0; i < N_STMTS; i++)
    sqlite3_finalize(d->st[i]);
  sqlite3_close(d->db);
  memset(d, 0, sizeof *d);
  return 0;
}

static void push_value(lua_State *L, sqlite3_stmt *st, int c, int type)
{
  if (type == SQLITE_INTEGER)
    lua_pushinteger(L, (lua_Integer)sqlite3_column_int64(st, c));
  else
    lua_pushlstring(L, (const char *)sqlite3_column_text(st, c),
                    (size_t)sqlite3_column_bytes(st, c));
}

/* A row's columns as a table; `more` fields will be added to it. */
static void push_part(lua_State *L, sqlite3_stmt *st, const raw_part *p,
                      int more)
{
  lua_createtable(L, 0, p->n + 1 + more);
  for (int c = 0; c < p->n; c++) {
    int type = sqlite3_column_type(st, p->from + c);
    if (type == SQLITE_NULL) continue;
    lua_pushvalue(L, p->names + c);
    push_value(L, st, p->from + c, type);
    lua_rawset(L, -3);
  }
  if (p->record) raw_end_part(L, p);
}

static int push_list(lua_State *L, sqlite3_stmt *st, const raw_part *p,
                     int room)
{
  lua_createtable(L, room, 0);
  for (int r = 1; sqlite3_step(st) == SQLITE_ROW; r++) {
    push_part(L, st, p, 0);
    lua_rawseti(L, -2, r);
  }
  sqlite3_reset(st);
  return 1;
}

/* d, n, meta, record, meta of authors, record of authors -> posts, each with
 * _related.author */
static int l_related(lua_State *L)
{
  sqlite3_stmt *st = self(L)->st[RELATED];
  int n = (int)luaL_checkinteger(L, 2);
  raw_part post = raw_push_part(L, 0, POST_COLS, post_cols, 3, 4);
  raw_part author = raw_push_part(L, POST_COLS, AUTHOR_COLS, author_cols, 5, 6);
  lua_pushliteral(L, "_related");
  lua_pushliteral(L, "author");
  int names = lua_gettop(L) - 1;

  sqlite3_bind_int(st, 1, n);
  lua_createtable(L, n, 0);
  for (int r = 1; sqlite3_step(st) == SQLITE_ROW; r++) {
    push_part(L, st, &post, 1);
    lua_pushvalue(L, names);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, names + 1);
    push_part(L, st, &author, 0);
    lua_rawset(L, -3);
    lua_rawset(L, -3);
    lua_rawseti(L, -2, r);
  }
  sqlite3_reset(st);
  return 1;
}

/* table._related = { [name] = value }, by indexes; [-0, +0]. */
static void relate(lua_State *L, int table, int related, int name, int value)
{
  lua_pushvalue(L, related);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, name);
  lua_pushvalue(L, value);
  lua_rawset(L, -3);
  lua_rawset(L, table);
}

/* The authors, each with an empty list of posts, and both by key. Pushes
 * list, authors by key, lists by key. */
static int push_authors(lua_State *L, lite *d, const raw_part *p, int names)
{
  int list = lua_gettop(L) + 1, n = 0;
  for (int i = 0; i < 3; i++)
    lua_createtable(L, N_IN, 0);
  while (sqlite3_step(d->st[AUTHORS]) == SQLITE_ROW && n < N_IN) {
    sqlite3_int64 id = sqlite3_column_int64(d->st[AUTHORS], 0);
    int at = lua_gettop(L) + 1;
    push_part(L, d->st[AUTHORS], p, 1);
    lua_newtable(L);
    relate(L, at, names, names + 1, at + 1);
    lua_rawseti(L, list + 2, (int)id);
    lua_pushvalue(L, at);
    lua_rawseti(L, list + 1, (int)id);
    lua_rawseti(L, list, ++n);
    sqlite3_bind_int64(d->st[CHILDREN], n, id);
  }
  sqlite3_reset(d->st[AUTHORS]);
  return list;
}

/* d, meta, record, meta of posts, record of posts -> authors, each with
 * _related.posts, whose items have _related.author */
static int l_prefetch(lua_State *L)
{
  lite *d = self(L);
  sqlite3_stmt *st = d->st[CHILDREN];
  raw_part author = raw_push_part(L, 0, AUTHOR_COLS, author_cols, 2, 3);
  raw_part post = raw_push_part(L, 0, POST_COLS, post_cols, 4, 5);
  lua_pushliteral(L, "_related");
  lua_pushliteral(L, "posts");
  lua_pushliteral(L, "author");
  int names = lua_gettop(L) - 2;
  int list = push_authors(L, d, &author, names);
  int at = lua_gettop(L) + 1;

  while (sqlite3_step(st) == SQLITE_ROW) {
    int id = sqlite3_column_int(st, 3);
    lua_rawgeti(L, list + 2, id);
    lua_rawgeti(L, list + 1, id);
    push_part(L, st, &post, 1);
    relate(L, at + 2, names, names + 2, at + 1);
    lua_rawseti(L, at, (int)raw_len(L, at) + 1);
    lua_settop(L, at - 1);
  }
  sqlite3_reset(st);
  lua_settop(L, list);
  return 1;
}

/* The list at 2 as JSON; freed by SQLite. */
static char *json_of(lua_State *L, int n, size_t *len)
{
  char *text = malloc((size_t)n * RAW_ID_SIZE + 2), *at = text;
  *at++ = '[';
  at = raw_put_ids(L, 2, n, at);
  *at++ = ']';
  *len = (size_t)(at - text);
  return text;
}

/* d, ids, meta, record */
static int l_in_list(lua_State *L)
{
  lite *d = self(L);
  int n = (int)raw_len(L, 2);
  raw_part sale = raw_push_part(L, 0, SALE_COLS, sale_cols, 3, 4);
  sqlite3_stmt *st = d->st[n == N_IN ? IN_FEW : IN_MANY];

  if (n == N_IN) {
    for (int i = 1; i <= n; i++) {
      lua_rawgeti(L, 2, i);
      sqlite3_bind_int64(st, i, (sqlite3_int64)lua_tointeger(L, -1));
      lua_pop(L, 1);
    }
  } else {
    size_t len;
    char *text = json_of(L, n, &len);
    sqlite3_bind_text(st, 1, text, (int)len, free);
  }
  return push_list(L, st, &sale, n);
}

static int l_groups(lua_State *L)
{
  raw_part group = raw_push_part(L, 0, 3, group_cols, 0, 0);
  return push_list(L, self(L)->st[GROUPS], &group, 20);
}

/* d, which: authors grouped by what their posts say */
static int l_groups_within(lua_State *L)
{
  static const char *const names[] = {"by_count", "by_greatest", NULL};
  stmt which = BY_COUNT + luaL_checkoption(L, 2, NULL, names);
  raw_part group = raw_push_part(L, 0, 2, within_cols, 0, 0);
  return push_list(L, self(L)->st[which], &group, 100);
}

/* d, words of FTS5, meta, record */
static int l_search(lua_State *L)
{
  sqlite3_stmt *st = self(L)->st[SEARCH];
  raw_part text = raw_push_part(L, 0, TEXT_COLS, text_cols, 3, 4);
  sqlite3_bind_text(st, 1, luaL_checkstring(L, 2), -1, SQLITE_STATIC);
  return push_list(L, st, &text, 100);
}

static void run(lua_State *L, lite *d, sqlite3_stmt *st)
{
  if (sqlite3_step(st) != SQLITE_DONE)
    luaL_error(L, "%s", sqlite3_errmsg(d->db));
  sqlite3_reset(st);
}

/* d, greatest key, by: rows changed */
static int l_update(lua_State *L)
{
  lite *d = self(L);
  sqlite3_stmt *st = d->st[UPDATE];
  sqlite3_bind_int64(st, 1, (sqlite3_int64)luaL_checkinteger(L, 3));
  sqlite3_bind_int64(st, 2, (sqlite3_int64)luaL_checkinteger(L, 2));
  run(L, d, st);
  lua_pushinteger(L, sqlite3_changes(d->db));
  return 1;
}

static void bind_field(lua_State *L, sqlite3_stmt *st, int i, int key)
{
  lua_pushvalue(L, key);
  lua_rawget(L, -2);
  sqlite3_bind_int64(st, i, (sqlite3_int64)lua_tointeger(L, -1));
  lua_pop(L, 1);
}

/* d, list: a prepared statement per row in one transaction */
static int l_bulk_update(lua_State *L)
{
  lite *d = self(L);
  sqlite3_stmt *st = d->st[SET_VIEWS];
  lua_Integer n = raw_len(L, 2);
  lua_pushliteral(L, "views");
  lua_pushliteral(L, "id");
  int names = lua_gettop(L) - 1;

  sqlite3_exec(d->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, 2, (int)i);
    bind_field(L, st, 1, names);
    bind_field(L, st, 2, names + 1);
    run(L, d, st);
    lua_pop(L, 1);
  }
  sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL);
  return 0;
}

void raw_open_lite_queries(lua_State *L)
{
  static const luaL_Reg methods[] = {{"related", l_related},
                                     {"prefetch", l_prefetch},
                                     {"in_list", l_in_list},
                                     {"groups", l_groups},
                                     {"groups_within", l_groups_within},
                                     {"search", l_search},
                                     {"update", l_update},
                                     {"close", l_close},
                                     {"bulk_update", l_bulk_update},
                                     {NULL, NULL}};
  raw_open_class(L, "lite_queries", l_open, methods);
}
