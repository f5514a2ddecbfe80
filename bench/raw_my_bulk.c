/* SPDX-License-Identifier: MIT */
/* Connector/C by hand: many rows by one INSERT whose parameters are arrays,
 * keys returned. */
#include <stdlib.h>
#include <string.h>

#include "raw_item.h"
#include "raw_my.h"
#include "raw_open.h"

enum { N_PARAMS = 5 };

typedef struct my_bulk {
  MYSQL *m;
  MYSQL_STMT *st;
  long long key;
} my_bulk;

/* The arrays, one for each column; the library wants pointers to what has no
 * fixed length. */
typedef struct columns {
  const char **name, **category;
  unsigned long *name_len, *category_len;
  long long *price;
  char *is_active;
  MYSQL_TIME *created, **created_at;
} columns;

static void *room(size_t n, size_t size)
{
  return calloc(n > 0 ? n : 1, size);
}

static void open_columns(columns *c, size_t n)
{
  c->name = room(n, sizeof *c->name);
  c->category = room(n, sizeof *c->category);
  c->name_len = room(n, sizeof *c->name_len);
  c->category_len = room(n, sizeof *c->category_len);
  c->price = room(n, sizeof *c->price);
  c->is_active = room(n, 1);
  c->created = room(n, sizeof *c->created);
  c->created_at = room(n, sizeof *c->created_at);
}

static void close_columns(columns *c)
{
  free(c->name);
  free(c->category);
  free(c->name_len);
  free(c->category_len);
  free(c->price);
  free(c->is_active);
  free(c->created);
  free(c->created_at);
}

static void put_item(columns *c, int i, const raw_item *item)
{
  c->name[i] = item->name.s;
  c->name_len[i] = item->name.n;
  c->category[i] = item->category.s;
  c->category_len[i] = item->category.n;
  c->price[i] = item->price;
  c->is_active[i] = item->is_active;
  raw_my_put_time(&c->created[i], item->created_us);
  c->created_at[i] = &c->created[i];
}

static void run(lua_State *L, my_bulk *d, const columns *c, unsigned n)
{
  MYSQL_BIND b[N_PARAMS] = {
      {.buffer_type = MYSQL_TYPE_STRING,
       .buffer = c->name,
       .length = c->name_len},
      {.buffer_type = MYSQL_TYPE_STRING,
       .buffer = c->category,
       .length = c->category_len},
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = c->price},
      {.buffer_type = MYSQL_TYPE_TINY, .buffer = c->is_active},
      {.buffer_type = MYSQL_TYPE_DATETIME, .buffer = c->created_at},
  };
  mysql_stmt_attr_set(d->st, STMT_ATTR_ARRAY_SIZE, &n);
  if (mysql_stmt_bind_param(d->st, b) || mysql_stmt_execute(d->st))
    raw_my_fail(L, d->st);
}

static void read_keys(lua_State *L, my_bulk *d, const raw_part *p)
{
  MYSQL_BIND out = {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &d->key};
  mysql_stmt_bind_result(d->st, &out);
  for (int i = 1; mysql_stmt_fetch(d->st) == 0; i++) {
    lua_rawgeti(L, 2, i);
    raw_stored_item(L, p, d->key);
    lua_pop(L, 1);
  }
  mysql_stmt_free_result(d->st);
}

/* db, list, record: one statement, keys and records set. */
static int l_insert(lua_State *L)
{
  my_bulk *d = luaL_checkudata(L, 1, "raw.my_bulk");
  int n = (int)raw_len(L, 2);
  raw_part p = raw_push_item(L, 3);
  raw_item item;
  columns c;

  open_columns(&c, (size_t)n);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    raw_read_item(L, &p, &item);
    put_item(&c, i, &item);
    lua_pop(L, 1);
  }
  run(L, d, &c, (unsigned)n);
  close_columns(&c);
  read_keys(L, d, &p);
  return 0;
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  my_bulk *d = lua_newuserdata(L, sizeof *d);
  d->m = raw_my_open(L, luaL_checkstring(L, 1));
  d->st = raw_my_prepare(
      L, d->m,
      "INSERT INTO bench_bulk (name, category, price, is_active, created) "
      "VALUES (?, ?, ?, ?, ?) RETURNING id");
  luaL_getmetatable(L, "raw.my_bulk");
  lua_setmetatable(L, -2);
  return 1;
}

static int l_close(lua_State *L)
{
  my_bulk *d = luaL_checkudata(L, 1, "raw.my_bulk");
  mysql_stmt_close(d->st);
  mysql_close(d->m);
  d->m = NULL;
  return 0;
}

void raw_open_my_bulk(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"insert", l_insert}, {"close", l_close}, {NULL, NULL}};
  raw_open_class(L, "my_bulk", l_open, methods);
}
