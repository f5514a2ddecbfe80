/* SPDX-License-Identifier: MIT */
/* Connector/C by hand, one statement at a time: IN lists. */
#include <stdlib.h>
#include <string.h>

#include "raw_lua.h"
#include "raw_my.h"
#include "raw_open.h"

enum { N_IN = 100, SALE_COLS = 3 };
static const char *const sale_cols[] = {"id", "shop", "amount"};

#define TEN "?,?,?,?,?,?,?,?,?,?"
#define HUNDRED \
  TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN "," TEN
#define SALES "SELECT id, shop, amount FROM bench_sales WHERE id IN ("
#define MANY_SALES                                                   \
  "SELECT s.id, s.shop, s.amount FROM JSON_TABLE(?, '$[*]' COLUMNS " \
  "(v BIGINT PATH '$')) j JOIN bench_many_sales s ON s.id = j.v"

/* A row of bench_sales or bench_many_sales. */
typedef struct sale {
  long long id, amount;
  const char *shop;
  unsigned long shop_len;
} sale;

typedef struct my {
  MYSQL *m;
  MYSQL_STMT *few, *many;
  long long ids[N_IN];
  sale row; /* of either; its shop is here */
  char shop[256];
} my;

static void bind_few(lua_State *L, my *d)
{
  MYSQL_BIND in[N_IN] = {0};
  for (int i = 0; i < N_IN; i++)
    in[i] =
        (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &d->ids[i]};
  if (mysql_stmt_bind_param(d->few, in)) raw_my_fail(L, d->few);
}

static void bind_row(lua_State *L, my *d, MYSQL_STMT *st)
{
  MYSQL_BIND out[SALE_COLS] = {
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &d->row.id},
      {.buffer_type = MYSQL_TYPE_STRING,
       .buffer = d->shop,
       .buffer_length = sizeof d->shop,
       .length = &d->row.shop_len},
      {.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = &d->row.amount},
  };
  d->row.shop = d->shop;
  if (mysql_stmt_bind_result(st, out)) raw_my_fail(L, st);
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  my *d = lua_newuserdata(L, sizeof *d);
  d->m = raw_my_open(L, luaL_checkstring(L, 1));
  d->few = raw_my_prepare(L, d->m, SALES HUNDRED ")");
  d->many = raw_my_prepare(L, d->m, MANY_SALES);
  bind_few(L, d);
  bind_row(L, d, d->few);
  bind_row(L, d, d->many);
  luaL_getmetatable(L, "raw.my_queries");
  lua_setmetatable(L, -2);
  return 1;
}

static my *self(lua_State *L)
{
  return luaL_checkudata(L, 1, "raw.my_queries");
}

static int l_close(lua_State *L)
{
  my *d = self(L);
  mysql_stmt_close(d->few);
  mysql_stmt_close(d->many);
  mysql_close(d->m);
  d->m = NULL;
  return 0;
}

static void push_sale(lua_State *L, const raw_part *p, const sale *s)
{
  lua_createtable(L, 0, SALE_COLS + 1);
  lua_pushvalue(L, p->names);
  lua_pushinteger(L, (lua_Integer)s->id);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->names + 1);
  lua_pushlstring(L, s->shop, s->shop_len);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->names + 2);
  lua_pushinteger(L, (lua_Integer)s->amount);
  lua_rawset(L, -3);
  raw_end_part(L, p);
}

/* Runs few or many: the list of its rows. */
static void run(lua_State *L, my *d, MYSQL_STMT *st, const raw_part *p, int n)
{
  if (mysql_stmt_execute(st)) raw_my_fail(L, st);
  lua_createtable(L, n, 0);
  for (int r = 1; mysql_stmt_fetch(st) == 0; r++) {
    push_sale(L, p, &d->row);
    lua_rawseti(L, -2, r);
  }
  mysql_stmt_free_result(st);
}

static void in_few(lua_State *L, my *d, const raw_part *p)
{
  for (int i = 0; i < N_IN; i++) {
    lua_rawgeti(L, 2, i + 1);
    d->ids[i] = (long long)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  run(L, d, d->few, p, N_IN);
}

/* `before`, the ids with commas, and an end; to be freed. */
static char *text_of(lua_State *L, const char *before, int n, char end,
                     unsigned long *len)
{
  size_t head = strlen(before);
  char *text = malloc(head + (size_t)n * RAW_ID_SIZE + 1), *at = text + head;
  memcpy(text, before, head);
  at = raw_put_ids(L, 2, n, at);
  *at++ = end;
  *len = (unsigned long)(at - text);
  return text;
}

/* As literals of a text: the server sees that they are all rows of the table
 * and reads it from end to end. */
static void in_all(lua_State *L, my *d, const raw_part *p, int n)
{
  unsigned long len;
  char *text = text_of(L, SALES, n, ')', &len);
  int rc = mysql_real_query(d->m, text, len);
  free(text);
  if (rc) luaL_error(L, "mysql: %s", mysql_error(d->m));
  MYSQL_RES *res = mysql_use_result(d->m);
  MYSQL_ROW row;
  lua_createtable(L, n, 0);
  for (int r = 1; (row = mysql_fetch_row(res)); r++) {
    sale s = {.id = strtoll(row[0], NULL, 10),
              .amount = strtoll(row[2], NULL, 10),
              .shop = row[1],
              .shop_len = mysql_fetch_lengths(res)[1]};
    push_sale(L, p, &s);
    lua_rawseti(L, -2, r);
  }
  mysql_free_result(res);
}

/* d, ids, meta, record */
static int l_in_list(lua_State *L)
{
  int n = (int)raw_len(L, 2);
  raw_part p = raw_push_part(L, 0, SALE_COLS, sale_cols, 3, 4);

  if (n == N_IN)
    in_few(L, self(L), &p);
  else
    in_all(L, self(L), &p, n);
  return 1;
}

/* The same of a table with many more rows, where one JSON parameter is the
 * faster way: literals are looked up as well, and parsed and planned before. */
static int l_in_many(lua_State *L)
{
  my *d = self(L);
  int n = (int)raw_len(L, 2);
  raw_part p = raw_push_part(L, 0, SALE_COLS, sale_cols, 3, 4);
  MYSQL_BIND in = {.buffer_type = MYSQL_TYPE_STRING};

  in.buffer = text_of(L, "[", n, ']', &in.buffer_length);
  if (mysql_stmt_bind_param(d->many, &in)) raw_my_fail(L, d->many);
  run(L, d, d->many, &p, n);
  free(in.buffer);
  return 1;
}

void raw_open_my_queries(lua_State *L)
{
  static const luaL_Reg methods[] = {{"in_list", l_in_list},
                                     {"in_many", l_in_many},
                                     {"close", l_close},
                                     {NULL, NULL}};
  raw_open_class(L, "my_queries", l_open, methods);
}
