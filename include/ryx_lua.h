/* SPDX-License-Identifier: MIT */
/* The Lua binding, for programs that embed Lua: require "ryx.core". */
#ifndef RYX_LUA_H
#define RYX_LUA_H

#include "ryx.h"

struct lua_State;

/* Opens the module ryx.core; leaves its table on the stack [-0, +1]. */
int luaopen_ryx_core(struct lua_State *L);

/* For hosts that make their own objects of results and values. ryx.core must be
 * open. Functions that push may raise Lua's out-of-memory error. */

/* The engine in the userdata at idx; NULL: it is none, or closed. Borrowed. */
ryx *ryx_lua_to_engine(struct lua_State *L, int idx);
/* Takes the result of a finished slot of the engine at idx, as ryx_take: look
 * at out->code. The slot ends unless out->more. *plan is the caller's to free,
 * NULL for a raw statement. RYX_E_MISUSE: no such slot, or not finished. */
RYX_MUST int ryx_lua_take_slot(struct lua_State *L, int idx, int slot,
                               ryx_result *out, ryx_plan **plan);
/* Pushes an error as ryx.core returns it [-0, +1]. */
void ryx_lua_push_err(struct lua_State *L, const ryx_err *err);
/* The value userdata at idx (times, decimals, bytes); text is borrowed. */
bool ryx_lua_to_val(struct lua_State *L, int idx, ryx_val *out);
/* Pushes one of those [-0, +1]; raises when it is none. */
void ryx_lua_push_val(struct lua_State *L, const ryx_val *v);
/* Marks the table at the top as a list, as core.array does [-0, +0]. */
void ryx_lua_mark_list(struct lua_State *L);

#endif
