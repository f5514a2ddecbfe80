/* SPDX-License-Identifier: MIT */
/* The Lua binding, for programs that embed Lua: require "ryx.core". */
#ifndef RYX_LUA_H
#define RYX_LUA_H

struct lua_State;

/* Opens the module ryx.core; leaves its table on the stack [-0, +1]. */
int luaopen_ryx_core(struct lua_State *L);

#endif
