/* SPDX-License-Identifier: MIT */
/* Lists of instances or values, looked through without a call of Lua's for each
 * item. */
#include "lua/core.h"

enum { LIST = 1, OTHER = 2 /* the key, or the metatable */ };

static int length(lua_State *L)
{
  luaL_checktype(L, LIST, LUA_TTABLE);
  luaL_checkany(L, OTHER);
  lua_settop(L, OTHER);
  return (int)lua_rawlen(L, LIST);
}

/* misfit(list, metatable): the position of the first item that has another
 * metatable, or nil. */
static int misfit(lua_State *L)
{
  int n = length(L);

  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, LIST, i);
    if (!lua_getmetatable(L, -1) || !lua_rawequal(L, -1, OTHER)) {
      lua_pushinteger(L, i);
      return 1;
    }
    lua_settop(L, OTHER);
  }
  return 0;
}

static bool has_key(lua_State *L, int i)
{
  bool has;

  lua_rawgeti(L, LIST, i);
  luaL_argcheck(L, lua_istable(L, -1), LIST, "items are tables");
  lua_pushvalue(L, OTHER);
  lua_rawget(L, -2);
  has = !lua_isnil(L, -1);
  lua_pop(L, 2);
  return has;
}

/* Two new lists, of the items with the key and of those without. */
static int split(lua_State *L, int n, int n_with)
{
  int at[2] = {0, 0};

  lua_createtable(L, n_with, 0);
  lua_createtable(L, n - n_with, 0);
  for (int i = 1; i <= n; i++) {
    int to = has_key(L, i) ? 0 : 1;
    lua_rawgeti(L, LIST, i);
    lua_rawseti(L, OTHER + 1 + to, ++at[to]);
  }
  return 2;
}

/* part(list, key): the items that have the key, and those that have not, each
 * in their order. The list itself stands for all of its items. */
static int part(lua_State *L)
{
  int n = length(L), n_with = 0;

  for (int i = 1; i <= n; i++)
    n_with += has_key(L, i);
  if (n_with > 0 && n_with < n) return split(L, n, n_with);
  lua_newtable(L);
  lua_pushvalue(L, LIST);
  if (n_with > 0) lua_insert(L, -2);
  return 2;
}

/* is_plain(list): are its items values that Lua has of its own, numbers, texts
 * and their like? Tables, userdata, NULL and holes are not. */
static int is_plain(lua_State *L)
{
  int n, type;

  luaL_checktype(L, LIST, LUA_TTABLE);
  n = (int)lua_rawlen(L, LIST);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, LIST, i);
    type = lua_type(L, -1);
    lua_pop(L, 1);
    if (type == LUA_TNIL || type == LUA_TTABLE || type == LUA_TUSERDATA ||
        type == LUA_TLIGHTUSERDATA) {
      lua_pushboolean(L, 0);
      return 1;
    }
  }
  lua_pushboolean(L, 1);
  return 1;
}

const luaL_Reg ryx_lua_list_functions[] = {
    {"is_plain", is_plain},
    {"misfit", misfit},
    {"part", part},
    {NULL, NULL},
};
