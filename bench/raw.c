/* SPDX-License-Identifier: MIT */
/* The module `raw`: a clock, and the hand-written loops. */
#include <time.h>

#include "raw_lua.h"
#include "raw_open.h"

static int l_now(lua_State *L)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (double)t.tv_sec + (double)t.tv_nsec / 1e9);
  return 1;
}

int luaopen_raw(lua_State *L);
__attribute__((visibility("default"))) int luaopen_raw(lua_State *L)
{
  static const luaL_Reg fns[] = {{"now", l_now}, {NULL, NULL}};
  lua_newtable(L);
  raw_setfuncs(L, fns);
  raw_open_lite(L);
  raw_open_lite_queries(L);
  raw_open_pg(L);
  raw_open_pg_queries(L);
  raw_open_pg_bulk(L);
  raw_open_my_select(L);
  raw_open_my_queries(L);
  raw_open_my_bulk(L);
  raw_open_mysql_bulk(L);
  raw_open_chain(L);
  raw_open_pin(L);
  raw_open_compile(L);
  return 1;
}
