/* SPDX-License-Identifier: MIT */
/* Shapes: how rows become Lua values, made once per query shape. */
#include <string.h>

#include "lua/core.h"

enum { COLUMNS_MAX = 4096 };

/* Field `name` of the table at 1, as a length: 0 when it is absent. */
static int length_of(lua_State *L, const char *name)
{
  int n = 0;

  lua_getfield(L, 1, name);
  if (!lua_isnil(L, -1)) {
    luaL_argcheck(L, lua_istable(L, -1), 1, "keys and types are arrays");
    n = (int)lua_rawlen(L, -1);
  }
  luaL_argcheck(L, n <= COLUMNS_MAX, 1, "too many columns");
  lua_pop(L, 1);
  return n;
}

/* "int", "array", or "int[]". */
static void read_type(lua_State *L, const char *name, uint8_t *type,
                      uint8_t *elem)
{
  size_t n = strlen(name);
  bool array = n > 2 && strcmp(name + n - 2, "[]") == 0;
  int number;

  if (array) {
    lua_pushlstring(L, name, n - 2);
    number = ryx_type_from(lua_tostring(L, -1));
    lua_pop(L, 1);
  } else {
    number = ryx_type_from(name);
  }
  if (number < 0) luaL_error(L, "unknown type '%s'", name);
  *type = array ? RYX_T_ARRAY : (uint8_t)number;
  *elem = array ? (uint8_t)number : RYX_T_NULL;
}

static void read_types(lua_State *L, lua_shape *s)
{
  lua_getfield(L, 1, "types");
  for (int i = 0; i < s->n_types; i++) {
    lua_rawgeti(L, -1, i + 1);
    luaL_argcheck(L, lua_type(L, -1) == LUA_TSTRING, 1, "types are names");
    read_type(L, lua_tostring(L, -1), &s->type[i], &s->type[s->n_types + i]);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Gives the userdata at idx its table: keys, metatable, null. */
static void keep(lua_State *L, int idx, lua_shape *s)
{
  lua_createtable(L, s->n_keys + 2, 0);
  if (s->n_keys > 0) lua_getfield(L, 1, "keys");
  for (int i = 1; i <= s->n_keys; i++) {
    lua_rawgeti(L, -1, i);
    luaL_argcheck(L, !lua_isnil(L, -1), 1, "keys are an array");
    lua_rawseti(L, -3, i);
  }
  if (s->n_keys > 0) lua_pop(L, 1);
  lua_getfield(L, 1, "meta");
  luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), 1,
                "meta is a metatable");
  lua_rawseti(L, -2, s->n_keys + 1);
  lua_getfield(L, 1, "null");
  s->has_null = !lua_isnil(L, -1);
  lua_rawseti(L, -2, s->n_keys + 2);
  ryx_lua_setenv(L, idx);
}

static int shape(lua_State *L)
{
  static const char *const kinds[] = {"model", "dict", "list", "flat", NULL};
  lua_core *c = ryx_lua_core(L);
  int n_types;
  lua_shape *s;
  lua_kind kind;

  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "kind");
  kind = (lua_kind)luaL_checkoption(L, 2, NULL, kinds);
  n_types = length_of(L, "types");
  s = ryx_lua_newdata_env(L, sizeof *s + 2 * (size_t)n_types);
  *s = (lua_shape){.kind = kind, .n_types = n_types};
  ryx_lua_set(L, &c->shape);
  if (kind == LUA_MODEL || kind == LUA_DICT) s->n_keys = length_of(L, "keys");
  read_types(L, s);
  keep(L, 3, s);
  return 1;
}

const luaL_Reg ryx_lua_shape_meta[] = {{NULL, NULL}};

const luaL_Reg ryx_lua_shape_functions[] = {
    {"shape", shape},
    {NULL, NULL},
};
