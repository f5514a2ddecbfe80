/* SPDX-License-Identifier: MIT */
/* What the two files about times share. */
#ifndef RYX_LUA_VALUE_TIME_H
#define RYX_LUA_VALUE_TIME_H

#include "lua/core.h"

enum { RYX_LUA_DAY_S = 86400 };

/* Comparison and arithmetic, for the metatables of all kinds. */
extern const luaL_Reg ryx_lua_calc[];

#endif
