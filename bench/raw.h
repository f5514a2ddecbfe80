/* SPDX-License-Identifier: MIT */
/* The other side of every ratio: loops written by hand against the client
 * libraries, building the Lua values that ryx builds. */
#ifndef RYX_BENCH_RAW_H
#define RYX_BENCH_RAW_H

#include <lauxlib.h>
#include <lua.h>
#include <stdint.h>

/* Lua 5.1 has neither. */
#if LUA_VERSION_NUM < 502
#define raw_setfuncs(L, l) luaL_register(L, NULL, l)
#define raw_len(L, i)      ((lua_Integer)lua_objlen(L, i))
#else
#define raw_setfuncs(L, l) luaL_setfuncs(L, l, 0)
#define raw_len(L, i)      ((lua_Integer)lua_rawlen(L, i))
#endif

/* "YYYY-MM-DD HH:MM:SS.ffffff" as a userdata of microseconds, as ryx makes it;
 * the metatable is at index meta. */
void raw_push_datetime(lua_State *L, const char *text, int meta);

/* An integer of n bytes, 4 or 8, the highest first. */
int64_t raw_be(const char *s, int n);

/* A table to be made of columns from, from + 1, ...: on the stack lie its names
 * and "_r" after them, its metatable and its record. */
typedef struct raw_part {
  int from, n, names, meta, record;
} raw_part;

/* Pushes the names of n columns and "_r"; the part with meta and record. */
raw_part raw_push_part(lua_State *L, int from, int n, const char *const *names,
                       int meta, int record);

/* Ends a part's table, which is on the top: record and metatable. */
void raw_end_part(lua_State *L, const raw_part *p);

/* Adds to the table on the top how an object is opened, with its methods: its
 * metatable is "raw." and the name. */
void raw_open_class(lua_State *L, const char *name, lua_CFunction open,
                    const luaL_Reg *methods);

/* An instance that bulk_create stores. */
typedef struct raw_text {
  const char *s;
  size_t n;
} raw_text;
typedef struct raw_item {
  raw_text name, category;
  int64_t price, created_us; /* since 1970 */
  char is_active;
} raw_item;

/* What the two below need of the stack; record: the index of what "_r" is. */
raw_part raw_push_item(lua_State *L, int record);

/* Reads the instance on the top of the stack, and marks it as stored. */
void raw_read_item(lua_State *L, const raw_part *p, raw_item *out);
void raw_stored_item(lua_State *L, const raw_part *p, int64_t id);

void raw_open_lite(lua_State *L); /* adds its functions to the table on top */
void raw_open_lite_queries(lua_State *L);
void raw_open_pg(lua_State *L);
void raw_open_pg_queries(lua_State *L);
void raw_open_pg_bulk(lua_State *L);
void raw_open_my(lua_State *L);
void raw_open_my_bulk(lua_State *L);
void raw_open_chain(lua_State *L);
void raw_open_pin(lua_State *L);
void raw_open_compile(lua_State *L);

#endif
