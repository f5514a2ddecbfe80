/* SPDX-License-Identifier: MIT */
/* What the loops make of rows: the Lua values that ryx makes. */
#ifndef RYX_BENCH_RAW_LUA_H
#define RYX_BENCH_RAW_LUA_H

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

typedef struct raw_text {
  const char *s;
  size_t n;
} raw_text;

/* "YYYY-MM-DD HH:MM:SS.ffffff" as a userdata of microseconds, as ryx makes it;
 * the metatable is at index meta. */
void raw_push_datetime(lua_State *L, const char *text, int meta);

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

/* Writes the n integers of the list at index, none of them negative, with
 * commas between them; where the text goes on. */
enum { RAW_ID_SIZE = 21 /* at most, each with its comma */ };
char *raw_put_ids(lua_State *L, int index, int n, char *at);

/* Adds to the table on the top how an object is opened, with its methods: its
 * metatable is "raw." and the name. */
void raw_open_class(lua_State *L, const char *name, lua_CFunction open,
                    const luaL_Reg *methods);

#endif
