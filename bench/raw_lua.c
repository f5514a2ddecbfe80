/* SPDX-License-Identifier: MIT */
/* What the loops make of rows: the Lua values that ryx makes. */
#include "raw_lua.h"

#include <string.h>

static int64_t digits(const char *s, int n)
{
  int64_t v = 0;
  for (int i = 0; i < n; i++)
    v = v * 10 + (s[i] - '0');
  return v;
}

void raw_push_datetime(lua_State *L, const char *s, int meta)
{
  /* Days from civil: Howard Hinnant, "chrono-Compatible Low-Level Date
   * Algorithms". */
  int64_t y = digits(s, 4), m = digits(s + 5, 2), d = digits(s + 8, 2);
  y -= m <= 2;
  int64_t era = y / 400, yoe = y - era * 400;
  int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  int64_t days = era * 146097 + doe - 719468;
  int64_t secs = days * 86400 + digits(s + 11, 2) * 3600 +
                 digits(s + 14, 2) * 60 + digits(s + 17, 2);
  int64_t *u = lua_newuserdata(L, sizeof *u);
  *u = secs * 1000000 + digits(s + 20, 6);
  lua_pushvalue(L, meta);
  lua_setmetatable(L, -2);
}

raw_part raw_push_part(lua_State *L, int from, int n, const char *const *names,
                       int meta, int record)
{
  raw_part p = {from, n, lua_gettop(L) + 1, meta, record};
  for (int i = 0; i < n; i++)
    lua_pushstring(L, names[i]);
  lua_pushliteral(L, "_r");
  return p;
}

void raw_end_part(lua_State *L, const raw_part *p)
{
  lua_pushvalue(L, p->names + p->n);
  lua_pushvalue(L, p->record);
  lua_rawset(L, -3);
  lua_pushvalue(L, p->meta);
  lua_setmetatable(L, -2);
}

char *raw_put_ids(lua_State *L, int index, int n, char *at)
{
  for (int i = 1; i <= n; i++) {
    char number[24], *end = number + sizeof number, *p = end;
    lua_rawgeti(L, index, i);
    uint64_t id = (uint64_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
    do
      *--p = (char)('0' + id % 10);
    while (id /= 10);
    if (i > 1) *at++ = ',';
    memcpy(at, p, (size_t)(end - p));
    at += end - p;
  }
  return at;
}

void raw_open_class(lua_State *L, const char *name, lua_CFunction open,
                    const luaL_Reg *methods)
{
  lua_pushfstring(L, "raw.%s", name);
  luaL_newmetatable(L, lua_tostring(L, -1));
  lua_newtable(L);
  raw_setfuncs(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 2);
  lua_pushcfunction(L, open);
  lua_setfield(L, -2, name);
}
