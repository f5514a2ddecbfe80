/* SPDX-License-Identifier: MIT */
/* Regular expressions as userdata. */
#include "lua/core.h"

typedef struct lua_regex {
  ryx_regex *re;
} lua_regex;

static int regex_gc(lua_State *L)
{
  lua_regex *r = lua_touserdata(L, 1);

  ryx_regex_release(r->re);
  r->re = NULL;
  return 0;
}

/* core.regex(pattern, ignore_case) */
static int regex(lua_State *L)
{
  lua_core *c = ryx_lua_core(L);
  size_t n;
  const char *pattern = luaL_checklstring(L, 1, &n);
  bool ignore_case = lua_toboolean(L, 2);
  lua_regex *r = ryx_lua_newdata(L, sizeof *r);

  *r = (lua_regex){0};
  ryx_lua_set(L, &c->regex);
  if (ryx_regex_make(pattern, n, ignore_case, &r->re, &c->err) < 0)
    return ryx_lua_push_error(L, &c->err);
  return 1;
}

/* core.regex_find(regex, text): a text that cannot be searched to its end has
 * no match. */
static int regex_find(lua_State *L)
{
  lua_regex *r = ryx_lua_test(L, 1, &ryx_lua_core(L)->regex);
  size_t n;
  const char *s = luaL_checklstring(L, 2, &n);

  luaL_argcheck(L, r && r->re, 1, "regex expected");
  lua_pushboolean(L, ryx_regex_find(r->re, s, n) > 0);
  return 1;
}

const luaL_Reg ryx_lua_regex_meta[] = {{"__gc", regex_gc}, {NULL, NULL}};

const luaL_Reg ryx_lua_regex_functions[] = {
    {"regex", regex},
    {"regex_find", regex_find},
    {NULL, NULL},
};
