/* SPDX-License-Identifier: MIT */
/* A Lua module for pages and their checks: what a description becomes on each
 * database, without a server.
 *
 *   compile("postgres", description)  -> SQL, or nil and why not
 */
#include <lauxlib.h>
#include <string.h>

#include "sql/sql.h"
#include "value/caps.h"

/* What the versions in the README can do. */
static const struct {
  const char *dialect;
  unsigned caps;
} SERVERS[] = {
    {"postgres", RYX_SERVER_RETURNING | RYX_SERVER_C_UTF8},
    {"mariadb", RYX_SERVER_RETURNING | RYX_SERVER_DELETE_RETURNING |
                    RYX_SERVER_JSON_TABLE | RYX_SERVER_UUID_TYPE},
    {"mysql", RYX_SERVER_MYSQL | RYX_SERVER_JSON_TABLE},
    {"sqlite",
     RYX_SERVER_RETURNING | RYX_SERVER_RIGHT_JOIN | RYX_SERVER_FULL_JOIN},
};

static unsigned caps_of(const char *dialect)
{
  for (size_t i = 0; i < sizeof SERVERS / sizeof *SERVERS; i++)
    if (strcmp(dialect, SERVERS[i].dialect) == 0) return SERVERS[i].caps;
  return 0;
}

static int compile(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  size_t n;
  const char *description = luaL_checklstring(L, 2, &n);
  const ryx_dialect *dialect = ryx_dialect_find(name);
  ryx_plan *plan;
  ryx_err e = {.code = 0};

  luaL_argcheck(L, dialect != NULL, 1, "unknown dialect");
  if (ryx_plan_compile(dialect, caps_of(name), description, n, &plan, &e) < 0) {
    lua_pushnil(L);
    lua_pushstring(L, e.message);
    return 2;
  }
  lua_pushlstring(L, plan->sql, plan->sql_len);
  ryx_plan_release(plan);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_ryx_compile(lua_State *L);

int luaopen_ryx_compile(lua_State *L)
{
  lua_pushcfunction(L, compile);
  return 1;
}
