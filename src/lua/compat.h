/* SPDX-License-Identifier: MIT */
/* The differences between Lua 5.4 and LuaJIT, and nothing else. Integers of 64
 * bits pass through the functions at the end. */
#ifndef RYX_LUA_COMPAT_H
#define RYX_LUA_COMPAT_H

#include <lauxlib.h>
#include <lua.h>

#include "ryx.h"

#if LUA_VERSION_NUM < 502

enum { RYX_LUA_TCDATA = 10 };

static inline size_t lua_rawlen(lua_State *L, int idx)
{
  return lua_objlen(L, idx);
}

static inline int lua_absindex(lua_State *L, int idx)
{
  return idx > 0 || idx <= LUA_REGISTRYINDEX ? idx : lua_gettop(L) + idx + 1;
}

/* Opens functions into the table below n_up upvalues; pops the upvalues. */
static inline void ryx_lua_setfuncs(lua_State *L, const luaL_Reg *f, int n_up)
{
  for (; f->name; f++) {
    for (int i = 0; i < n_up; i++)
      lua_pushvalue(L, -n_up);
    lua_pushcclosure(L, f->func, n_up);
    lua_setfield(L, -n_up - 2, f->name);
  }
  lua_pop(L, n_up);
}

static inline void *ryx_lua_newdata(lua_State *L, size_t size)
{
  return lua_newuserdata(L, size);
}

/* One that may keep a table. set pops it. */
static inline void *ryx_lua_newdata_env(lua_State *L, size_t size)
{
  return lua_newuserdata(L, size);
}
static inline void ryx_lua_setenv(lua_State *L, int idx)
{
  lua_setfenv(L, idx);
}
static inline void ryx_lua_getenv(lua_State *L, int idx)
{
  lua_getfenv(L, idx);
}

/* Lua functions that make an int64_t from two halves and take one apart. */
static inline void ryx_lua_open_int(lua_State *L)
{
  static const char chunk[] =
      "local ffi, bit = require 'ffi', require 'bit'\n"
      "local i64, u64 = ffi.typeof 'int64_t', ffi.typeof 'uint64_t'\n"
      "local function make(high, low)\n"
      "  return i64(high) * 4294967296LL + i64(low)\n"
      "end\n"
      "local function split(x)\n"
      "  if ffi.istype(u64, x) then\n"
      "    if x > 0x7fffffffffffffffULL then return end\n"
      "    x = i64(x)\n"
      "  elseif not ffi.istype(i64, x) then return end\n"
      "  return tonumber(bit.arshift(x, 32)),\n"
      "         tonumber(bit.band(x, 0xffffffffLL))\n"
      "end\n"
      "return make, split";

  if (luaL_loadbuffer(L, chunk, sizeof chunk - 1, "=ryx.int64")) lua_error(L);
  lua_call(L, 0, 2);
  lua_setfield(L, LUA_REGISTRYINDEX, "ryx.int64.split");
  lua_setfield(L, LUA_REGISTRYINDEX, "ryx.int64.make");
}

static inline void ryx_lua_push_int(lua_State *L, int64_t v)
{
  const int64_t exact = INT64_C(1) << 53;

  if (v >= -exact && v <= exact) {
    lua_pushnumber(L, (lua_Number)v);
    return;
  }
  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.int64.make");
  lua_pushnumber(L, (lua_Number)(v >> 32));
  lua_pushnumber(L, (lua_Number)(uint32_t)v);
  lua_call(L, 2, 1);
}

/* The value at idx as an integer: a whole number within 2^53, or a 64-bit
 * cdata. */
static inline bool ryx_lua_to_int(lua_State *L, int idx, int64_t *out)
{
  int type = lua_type(L, idx);

  if (type == LUA_TNUMBER) {
    lua_Number d = lua_tonumber(L, idx);
    if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0)) return false;
    *out = (int64_t)d;
    return (lua_Number)*out == d;
  }
  if (type != RYX_LUA_TCDATA) return false;
  idx = lua_absindex(L, idx);
  lua_getfield(L, LUA_REGISTRYINDEX, "ryx.int64.split");
  lua_pushvalue(L, idx);
  lua_call(L, 1, 2);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 2);
    return false;
  }
  /* Multiplied, since a negative number must not be shifted to the left. */
  *out = (int64_t)lua_tonumber(L, -2) * INT64_C(4294967296) +
         (int64_t)lua_tonumber(L, -1);
  lua_pop(L, 2);
  return true;
}

#else

#define ryx_lua_setfuncs luaL_setfuncs

static inline void *ryx_lua_newdata(lua_State *L, size_t size)
{
  return lua_newuserdatauv(L, size, 0);
}

static inline void *ryx_lua_newdata_env(lua_State *L, size_t size)
{
  return lua_newuserdatauv(L, size, 1);
}

static inline void ryx_lua_setenv(lua_State *L, int idx)
{
  lua_setiuservalue(L, idx, 1);
}
static inline void ryx_lua_getenv(lua_State *L, int idx)
{
  lua_getiuservalue(L, idx, 1);
}

static inline void ryx_lua_open_int(lua_State *L)
{
  (void)L;
}

static inline void ryx_lua_push_int(lua_State *L, int64_t v)
{
  lua_pushinteger(L, v);
}

static inline bool ryx_lua_to_int(lua_State *L, int idx, int64_t *out)
{
  if (!lua_isinteger(L, idx)) return false;
  *out = lua_tointeger(L, idx);
  return true;
}

#endif
#endif
