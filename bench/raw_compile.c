/* SPDX-License-Identifier: MIT */
/* The compiler alone: nanoseconds for a description that is new, and for one
 * that the plan cache knows. */
#include <lauxlib.h>
#include <time.h>

#include "raw_open.h"
#include "sql/sql.h"

static double now_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* description, dialect, n -> ns new, ns cached, sql */
static int l_compile(lua_State *L)
{
  size_t len;
  const char *desc = luaL_checklstring(L, 1, &len);
  const ryx_dialect *d = ryx_dialect_find(luaL_checkstring(L, 2));
  lua_Integer n = luaL_checkinteger(L, 3);
  ryx_plan *plan = NULL;
  ryx_plans *cache = NULL;
  ryx_err err;
  if (!d || ryx_plans_new(&cache)) return luaL_error(L, "no dialect");
  double start = now_ns();
  for (lua_Integer i = 0; i < n; i++) {
    if (ryx_plan_compile(d, 0xff, desc, len, &plan, &err))
      return luaL_error(L, "%s", err.message);
    ryx_plan_release(plan);
  }
  lua_pushnumber(L, (now_ns() - start) / (double)n);
  start = now_ns();
  for (lua_Integer i = 0; i < n; i++) {
    if (ryx_plans_get(cache, d, 0xff, desc, len, &plan, &err))
      return luaL_error(L, "%s", err.message);
    if (i + 1 < n) ryx_plan_release(plan);
  }
  lua_pushnumber(L, (now_ns() - start) / (double)n);
  lua_pushstring(L, plan->sql);
  ryx_plan_release(plan);
  ryx_plans_free(cache);
  return 3;
}

void raw_open_compile(lua_State *L)
{
  lua_pushcfunction(L, l_compile);
  lua_setfield(L, -2, "compile");
}
