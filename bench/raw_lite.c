/* SPDX-License-Identifier: MIT */
/* SQLite by hand: get by key, all rows, filter + order + limit, inserts and
 * updates of many. */
#include <sqlite3.h>
#include <string.h>

#include "raw_lua.h"
#include "raw_open.h"

enum { N_COLS = 6 };
static const char *const cols[N_COLS] = {"id",    "name",      "category",
                                         "price", "is_active", "created"};

typedef struct lite {
  sqlite3 *db;
  sqlite3_stmt *get, *all, *filter, *insert, *update;
} lite;

static sqlite3_stmt *prepare(lua_State *L, sqlite3 *db, const char *sql)
{
  sqlite3_stmt *st;
  if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL))
    luaL_error(L, "%s: %s", sql, sqlite3_errmsg(db));
  return st;
}

#define COLS \
  "\"id\", \"name\", \"category\", \"price\", \"is_active\", \"created\""

static int l_open(lua_State *L)
{
  lite *d = lua_newuserdata(L, sizeof *d);
  if (sqlite3_open(luaL_checkstring(L, 1), &d->db))
    return luaL_error(L, "cannot open");
  sqlite3_exec(d->db,
               "PRAGMA journal_mode=wal; PRAGMA synchronous=normal; "
               "PRAGMA foreign_keys=on; PRAGMA wal_autocheckpoint=0",
               NULL, NULL, NULL);
  d->get =
      prepare(L, d->db,
              "SELECT " COLS " FROM \"bench_items\" WHERE \"id\" = ? LIMIT 2");
  d->all = prepare(L, d->db, "SELECT " COLS " FROM \"bench_items\" LIMIT 1000");
  d->filter = prepare(L, d->db,
                      "SELECT " COLS
                      " FROM \"bench_items\" WHERE \"category\" = ? "
                      "AND \"is_active\" = ? ORDER BY \"price\" DESC LIMIT 50");
  d->insert = prepare(L, d->db,
                      "INSERT INTO \"bench_copies\" (\"name\", \"category\", "
                      "\"price\", \"is_active\", \"created\") VALUES (?, ?, ?, "
                      "?, ?)");
  d->update = prepare(L, d->db,
                      "UPDATE \"bench_copies\" SET \"name\" = ?, "
                      "\"category\" = ?, \"price\" = ?, \"is_active\" = ?, "
                      "\"created\" = ? WHERE \"id\" = ?");
  luaL_getmetatable(L, "raw.lite");
  lua_setmetatable(L, -2);
  return 1;
}

static int l_close(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  sqlite3_finalize(d->get);
  sqlite3_finalize(d->all);
  sqlite3_finalize(d->filter);
  sqlite3_finalize(d->insert);
  sqlite3_finalize(d->update);
  sqlite3_close(d->db);
  memset(d, 0, sizeof *d);
  return 0;
}

/* Stack: 2 instance metatable, 3 record, 4 datetime metatable; from `base` the
 * column names and "_r". Pushes one row as a table. */
static void push_row(lua_State *L, sqlite3_stmt *st, int base)
{
  lua_createtable(L, 0, N_COLS + 1);
  for (int c = 0; c < N_COLS; c++) {
    int type = sqlite3_column_type(st, c);
    if (type == SQLITE_NULL) continue;
    lua_pushvalue(L, base + c);
    if (c == 4)
      lua_pushboolean(L, sqlite3_column_int(st, c));
    else if (c == 5)
      raw_push_datetime(L, (const char *)sqlite3_column_text(st, c), 4);
    else if (type == SQLITE_INTEGER)
      lua_pushinteger(L, (lua_Integer)sqlite3_column_int64(st, c));
    else
      lua_pushlstring(L, (const char *)sqlite3_column_text(st, c),
                      (size_t)sqlite3_column_bytes(st, c));
    lua_rawset(L, -3);
  }
  lua_pushvalue(L, base + N_COLS);
  lua_pushvalue(L, 3);
  lua_rawset(L, -3);
  lua_pushvalue(L, 2);
  lua_setmetatable(L, -2);
}

static int push_names(lua_State *L)
{
  int base = lua_gettop(L) + 1;
  for (int c = 0; c < N_COLS; c++)
    lua_pushstring(L, cols[c]);
  lua_pushliteral(L, "_r");
  return base;
}

/* db, meta, record, datetime meta, n: n times one row by key. */
static int l_get(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  lua_Integer n = luaL_checkinteger(L, 5);
  int base = push_names(L);
  for (lua_Integer i = 1; i <= n; i++) {
    sqlite3_bind_int64(d->get, 1, i % 1000 + 1);
    while (sqlite3_step(d->get) == SQLITE_ROW) {
      push_row(L, d->get, base);
      lua_pop(L, 1);
    }
    sqlite3_reset(d->get);
  }
  return 0;
}

static int rows(lua_State *L, sqlite3_stmt *st, int room)
{
  int base = push_names(L);
  lua_createtable(L, room, 0);
  int list = lua_gettop(L);
  for (int r = 1; sqlite3_step(st) == SQLITE_ROW; r++) {
    push_row(L, st, base);
    lua_rawseti(L, list, r);
  }
  sqlite3_reset(st);
  return 1;
}

static int l_all(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  return rows(L, d->all, 1000);
}

static int l_filter(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  sqlite3_bind_text(d->filter, 1, "A", 1, SQLITE_STATIC);
  sqlite3_bind_int(d->filter, 2, 1);
  return rows(L, d->filter, 50);
}

static void bind_field(lua_State *L, sqlite3_stmt *st, int i)
{
  size_t n;
  const char *s;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      sqlite3_bind_int64(st, i, (sqlite3_int64)lua_tointeger(L, -1));
      break;
    case LUA_TBOOLEAN: sqlite3_bind_int(st, i, lua_toboolean(L, -1)); break;
    case LUA_TSTRING:
      s = lua_tolstring(L, -1, &n);
      sqlite3_bind_text(st, i, s, (int)n, SQLITE_STATIC);
      break;
    default:
      sqlite3_bind_text(st, i, "2026-01-01 00:00:00.000000", 26, SQLITE_STATIC);
  }
}

/* db, list of tables: prepared inserts in one transaction, keys set. */
static int l_insert(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  lua_Integer n = raw_len(L, 2);
  sqlite3_exec(d->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, 2, (int)i);
    for (int c = 1; c < N_COLS; c++) {
      lua_pushstring(L, cols[c]);
      lua_rawget(L, -2);
      bind_field(L, d->insert, c);
      lua_pop(L, 1);
    }
    if (sqlite3_step(d->insert) != SQLITE_DONE)
      return luaL_error(L, "insert: %s", sqlite3_errmsg(d->db));
    lua_pushstring(L, cols[0]);
    lua_pushinteger(L, (lua_Integer)sqlite3_last_insert_rowid(d->db));
    lua_rawset(L, -3);
    sqlite3_reset(d->insert);
    lua_pop(L, 1);
  }
  sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL);
  return 0;
}

/* db, list of tables: prepared updates by their keys in one transaction. */
static int l_update(lua_State *L)
{
  lite *d = luaL_checkudata(L, 1, "raw.lite");
  lua_Integer n = raw_len(L, 2);
  sqlite3_exec(d->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
  for (lua_Integer i = 1; i <= n; i++) {
    lua_rawgeti(L, 2, (int)i);
    for (int c = 0; c < N_COLS; c++) {
      lua_pushstring(L, cols[c]);
      lua_rawget(L, -2);
      bind_field(L, d->update, c ? c : N_COLS);
      lua_pop(L, 1);
    }
    if (sqlite3_step(d->update) != SQLITE_DONE)
      return luaL_error(L, "update: %s", sqlite3_errmsg(d->db));
    sqlite3_reset(d->update);
    lua_pop(L, 1);
  }
  sqlite3_exec(d->db, "COMMIT", NULL, NULL, NULL);
  return 0;
}

void raw_open_lite(lua_State *L)
{
  static const luaL_Reg methods[] = {{"get", l_get},       {"all", l_all},
                                     {"filter", l_filter}, {"insert", l_insert},
                                     {"update", l_update}, {"close", l_close},
                                     {NULL, NULL}};
  raw_open_class(L, "lite", l_open, methods);
}
