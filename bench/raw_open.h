/* SPDX-License-Identifier: MIT */
/* The parts of the module: each adds its functions to the table on the top. */
#ifndef RYX_BENCH_RAW_OPEN_H
#define RYX_BENCH_RAW_OPEN_H

#include <lua.h>

void raw_open_lite(lua_State *L);
void raw_open_lite_queries(lua_State *L);
void raw_open_pg(lua_State *L);
void raw_open_pg_queries(lua_State *L);
void raw_open_pg_bulk(lua_State *L);
void raw_open_my_select(lua_State *L);
void raw_open_my_queries(lua_State *L);
void raw_open_my_bulk(lua_State *L);
void raw_open_mysql_bulk(lua_State *L);
void raw_open_chain(lua_State *L);
void raw_open_pin(lua_State *L);
void raw_open_compile(lua_State *L);

#endif
