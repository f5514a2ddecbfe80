/* SPDX-License-Identifier: MIT */
/* Connector/C by hand on MySQL, which has no arrays and no RETURNING: INSERTs
 * of a hundred rows each in one transaction, keys by their first. */
#include <stdlib.h>
#include <string.h>

#include "raw_item.h"
#include "raw_my.h"
#include "raw_open.h"

enum { N_PARAMS = 5, ROWS = 100 };

#define ROW         "(?,?,?,?,?)"
#define FIVE        ROW "," ROW "," ROW "," ROW "," ROW
#define TWENTY_FIVE FIVE "," FIVE "," FIVE "," FIVE "," FIVE
static const char sql[] =
    "INSERT INTO bench_bulk (name, category, price, is_active, created) "
    "VALUES " TWENTY_FIVE "," TWENTY_FIVE "," TWENTY_FIVE "," TWENTY_FIVE;

/* What a row's parameters are read from; the columns are no longer. */
typedef struct row {
  char name[400], category[200];
  unsigned long name_len, category_len;
  long long price;
  char is_active;
  MYSQL_TIME created;
} row;

typedef struct mysql_bulk {
  MYSQL *m;
  MYSQL_STMT *st;
  int64_t step; /* from one row's key to the next one's */
  row rows[ROWS];
} mysql_bulk;

static void run(lua_State *L, mysql_bulk *d, const char *text)
{
  if (mysql_query(d->m, text)) luaL_error(L, "mysql: %s", mysql_error(d->m));
}

/* Once: the rows stay where they are, so the types are sent once as well. */
static void bind_rows(lua_State *L, mysql_bulk *d)
{
  MYSQL_BIND b[ROWS * N_PARAMS] = {0}, *at = b;
  for (row *r = d->rows; r < d->rows + ROWS; r++) {
    *at++ = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                         .buffer = r->name,
                         .length = &r->name_len};
    *at++ = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_STRING,
                         .buffer = r->category,
                         .length = &r->category_len};
    *at++ =
        (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &r->price};
    *at++ =
        (MYSQL_BIND){.buffer_type = MYSQL_TYPE_TINY, .buffer = &r->is_active};
    *at++ =
        (MYSQL_BIND){.buffer_type = MYSQL_TYPE_DATETIME, .buffer = &r->created};
  }
  if (mysql_stmt_bind_param(d->st, b)) raw_my_fail(L, d->st);
}

static unsigned long copy(char *to, raw_text t)
{
  memcpy(to, t.s, t.n);
  return t.n;
}

static void put_item(row *r, const raw_item *item)
{
  r->name_len = copy(r->name, item->name);
  r->category_len = copy(r->category, item->category);
  r->price = item->price;
  r->is_active = item->is_active;
  raw_my_put_time(&r->created, item->created_us);
}

/* The rows of the list at 2 that follow the first `from`. */
static void insert_rows(lua_State *L, mysql_bulk *d, const raw_part *p,
                        int from)
{
  raw_item item;
  for (int i = 0; i < ROWS; i++) {
    lua_rawgeti(L, 2, from + i + 1);
    raw_read_item(L, p, &item);
    put_item(&d->rows[i], &item);
    lua_pop(L, 1);
  }
  if (mysql_stmt_execute(d->st)) raw_my_fail(L, d->st);
  int64_t key = (int64_t)mysql_stmt_insert_id(d->st);
  for (int i = 0; i < ROWS; i++) {
    lua_rawgeti(L, 2, from + i + 1);
    raw_stored_item(L, p, key + i * d->step);
    lua_pop(L, 1);
  }
}

/* db, list of whole hundreds, record: one transaction, keys and records set. */
static int l_insert(lua_State *L)
{
  mysql_bulk *d = luaL_checkudata(L, 1, "raw.mysql_bulk");
  int n = (int)raw_len(L, 2);
  luaL_argcheck(L, n % ROWS == 0, 2, "not whole hundreds");
  raw_part p = raw_push_item(L, 3);

  run(L, d, "START TRANSACTION");
  for (int i = 0; i < n; i += ROWS)
    insert_rows(L, d, &p, i);
  run(L, d, "COMMIT");
  return 0;
}

static int64_t read_step(lua_State *L, mysql_bulk *d)
{
  run(L, d, "SELECT @@auto_increment_increment");
  MYSQL_RES *r = mysql_store_result(d->m);
  MYSQL_ROW first = r ? mysql_fetch_row(r) : NULL;
  int64_t step = first ? strtoll(first[0], NULL, 10) : 0;
  mysql_free_result(r);
  return step;
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  mysql_bulk *d = lua_newuserdata(L, sizeof *d);
  d->m = raw_my_open(L, luaL_checkstring(L, 1));
  d->step = read_step(L, d);
  d->st = raw_my_prepare(L, d->m, sql);
  bind_rows(L, d);
  luaL_getmetatable(L, "raw.mysql_bulk");
  lua_setmetatable(L, -2);
  return 1;
}

static int l_close(lua_State *L)
{
  mysql_bulk *d = luaL_checkudata(L, 1, "raw.mysql_bulk");
  mysql_stmt_close(d->st);
  mysql_close(d->m);
  d->m = NULL;
  return 0;
}

void raw_open_mysql_bulk(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"insert", l_insert}, {"close", l_close}, {NULL, NULL}};
  raw_open_class(L, "mysql_bulk", l_open, methods);
}
