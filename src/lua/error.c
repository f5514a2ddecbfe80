/* SPDX-License-Identifier: MIT */
/* Errors: setting them here, and turning them into tables. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lua/core.h"

bool ryx_lua_fail(lua_core *c, int code, const char *fmt, ...)
{
  va_list args;

  c->err.code = code;
  c->err.native = 0;
  c->err.sqlstate[0] = c->err.constraint[0] = '\0';
  c->err.table[0] = c->err.column[0] = c->err.detail[0] = '\0';
  va_start(args, fmt);
  vsnprintf(c->err.message, sizeof c->err.message, fmt, args);
  va_end(args);
  return false;
}

static void set_text(lua_State *L, const char *key, const char *s)
{
  if (!*s) return;
  lua_pushstring(L, s);
  lua_setfield(L, -2, key);
}

int ryx_lua_push_error(lua_State *L, const ryx_err *e)
{
  lua_pushnil(L);
  lua_createtable(L, 0, 6);
  set_text(L, "kind", ryx_error_kind(e->code));
  set_text(L, "message", e->message);
  set_text(L, "sqlstate", e->sqlstate);
  set_text(L, "constraint", e->constraint);
  set_text(L, "table", e->table);
  set_text(L, "column", e->column);
  set_text(L, "detail", e->detail);
  if (e->native) {
    lua_pushinteger(L, e->native);
    lua_setfield(L, -2, "code");
  }
  return 2;
}

void ryx_lua_show(lua_State *L, int idx, char out[80])
{
  int type = lua_type(L, idx);
  int64_t i;

  if (ryx_lua_to_int(L, idx, &i)) {
    snprintf(out, 80, "%lld", (long long)i);
  } else if (type == LUA_TNUMBER) {
    snprintf(out, 80, "%.17g", lua_tonumber(L, idx));
  } else if (type == LUA_TSTRING) {
    snprintf(out, 80, "'%.60s'", lua_tostring(L, idx));
  } else if (type == LUA_TBOOLEAN) {
    snprintf(out, 80, "%s", lua_toboolean(L, idx) ? "true" : "false");
  } else {
    snprintf(out, 80, "a %s", lua_typename(L, type));
  }
}
