/* SPDX-License-Identifier: MIT */
/* What the files about times share. */
#ifndef RYX_LUA_VALUE_TIME_H
#define RYX_LUA_VALUE_TIME_H

#include "lua/core.h"

/* Pushes a date, time, datetime or duration; returns 1. */
int ryx_lua_push_time(lua_State *L, int type, int64_t i);

/* Comparison and arithmetic, for the metatables of all kinds. */
extern const luaL_Reg ryx_lua_calc[];

/* t:format("%d.%m.%Y") of what has parts. */
int ryx_lua_format_time(lua_State *L);

#endif
