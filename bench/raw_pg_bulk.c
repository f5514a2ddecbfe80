/* SPDX-License-Identifier: MIT */
/* libpq by hand: many rows by one INSERT from arrays, keys returned. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "raw_item.h"
#include "raw_open.h"
#include "raw_wire.h"

enum { N_ARRAYS = 5, HEAD = 20 /* bytes of an array before its items */ };
enum { BOOL = 16, INT8 = 20, TEXT = 25, TIMESTAMP = 1114 };
static const int64_t us_to_2000 = INT64_C(946684800000000);

typedef struct pg_bulk {
  PGconn *c;
} pg_bulk;

/* A binary array being written. */
typedef struct array {
  char *bytes, *at;
} array;

static void put(array *a, uint64_t v, int n)
{
  a->at = raw_wire_put(a->at, v, n);
}

/* Dimensions, has nulls, type of the items, length, lower bound. */
static void begin(array *a, int type, int n, size_t size)
{
  a->bytes = a->at = malloc(HEAD + (size_t)n * 4 + size);
  put(a, 1, 4);
  put(a, 0, 4);
  put(a, (uint64_t)type, 4);
  put(a, (uint64_t)n, 4);
  put(a, 1, 4);
}

static void put_number(array *a, int64_t v, int size)
{
  put(a, (uint64_t)size, 4);
  put(a, (uint64_t)v, size);
}

static void put_text(array *a, raw_text t)
{
  put(a, t.n, 4);
  memcpy(a->at, t.s, t.n);
  a->at += t.n;
}

static void encode(const raw_item *items, int n, array *a)
{
  size_t names = 0, categories = 0, count = (size_t)n;
  for (int i = 0; i < n; i++) {
    names += items[i].name.n;
    categories += items[i].category.n;
  }
  begin(&a[0], TEXT, n, names);
  begin(&a[1], TEXT, n, categories);
  begin(&a[2], INT8, n, count * 8);
  begin(&a[3], BOOL, n, count);
  begin(&a[4], TIMESTAMP, n, count * 8);
  for (int i = 0; i < n; i++) {
    put_text(&a[0], items[i].name);
    put_text(&a[1], items[i].category);
    put_number(&a[2], items[i].price, 8);
    put_number(&a[3], items[i].is_active, 1);
    put_number(&a[4], items[i].created_us - us_to_2000, 8);
  }
}

/* url -> userdata */
static int l_open(lua_State *L)
{
  pg_bulk *d = lua_newuserdata(L, sizeof *d);
  d->c = PQconnectdb(luaL_checkstring(L, 1));
  PGresult *r = PQprepare(
      d->c, "bulk",
      "INSERT INTO bench_bulk (name, category, price, is_active, created) "
      "SELECT * FROM unnest($1::text[], $2::text[], $3::int8[], $4::bool[], "
      "$5::timestamp[]) RETURNING id",
      0, NULL);
  if (PQresultStatus(r) != PGRES_COMMAND_OK)
    return luaL_error(L, "postgres: %s", PQerrorMessage(d->c));
  PQclear(r);
  luaL_getmetatable(L, "raw.pg_bulk");
  lua_setmetatable(L, -2);
  return 1;
}

static PGresult *run(lua_State *L, pg_bulk *d, array *a)
{
  const char *values[N_ARRAYS];
  int lengths[N_ARRAYS], formats[N_ARRAYS];
  for (int i = 0; i < N_ARRAYS; i++) {
    values[i] = a[i].bytes;
    lengths[i] = (int)(a[i].at - a[i].bytes);
    formats[i] = 1;
  }
  PGresult *r =
      PQexecPrepared(d->c, "bulk", N_ARRAYS, values, lengths, formats, 1);
  for (int i = 0; i < N_ARRAYS; i++)
    free(a[i].bytes);
  if (PQresultStatus(r) != PGRES_TUPLES_OK)
    luaL_error(L, "postgres: %s", PQerrorMessage(d->c));
  return r;
}

/* db, list, record: one statement, keys and records set. */
static int l_insert(lua_State *L)
{
  pg_bulk *d = luaL_checkudata(L, 1, "raw.pg_bulk");
  int n = (int)raw_len(L, 2);
  raw_item *items = malloc((size_t)n * sizeof *items);
  array arrays[N_ARRAYS];
  raw_part p = raw_push_item(L, 3);

  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    raw_read_item(L, &p, &items[i]);
    lua_pop(L, 1);
  }
  encode(items, n, arrays);
  free(items);
  PGresult *r = run(L, d, arrays);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 2, i + 1);
    raw_stored_item(L, &p,
                    raw_wire_get(PQgetvalue(r, i, 0), PQgetlength(r, i, 0)));
    lua_pop(L, 1);
  }
  PQclear(r);
  return 0;
}

static int l_close(lua_State *L)
{
  pg_bulk *d = luaL_checkudata(L, 1, "raw.pg_bulk");
  PQfinish(d->c);
  d->c = NULL;
  return 0;
}

void raw_open_pg_bulk(lua_State *L)
{
  static const luaL_Reg methods[] = {
      {"insert", l_insert}, {"close", l_close}, {NULL, NULL}};
  raw_open_class(L, "pg_bulk", l_open, methods);
}
