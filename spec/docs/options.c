/* SPDX-License-Identifier: MIT */
/* A Lua module for the page of options: gives their table, row by row, as a
 * list of { name, type, initial, range, databases, doc }. */
#include <lauxlib.h>

#include "driver/opts.h"

static void set(lua_State *L, const char *key, const char *value)
{
  lua_pushstring(L, value);
  lua_setfield(L, -2, key);
}

__attribute__((visibility("default"))) int luaopen_ryx_options(lua_State *L);

int luaopen_ryx_options(lua_State *L)
{
  ryx_opts_words w;

  lua_newtable(L);
  for (int i = 0; ryx_opts_describe(i, &w); i++) {
    lua_newtable(L);
    set(L, "name", w.name);
    set(L, "type", w.type);
    set(L, "initial", w.initial);
    set(L, "range", w.range);
    set(L, "databases", w.databases);
    set(L, "doc", w.doc);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}
