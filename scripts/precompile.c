/* SPDX-License-Identifier: MIT */
/* Writes a Lua module as the Lua that it is linked with compiles it, so that
 * the ryx command need not do so at each start:
 *   precompile lua/ryx/db/init.lua ryx.db > FILE
 */
#include <lauxlib.h>
#include <lua.h>
#include <stdio.h>

static int put(lua_State *L, const void *piece, size_t size, void *out)
{
  (void)L;
  return fwrite(piece, 1, size, out) == size ? 0 : 1;
}

/* Errors name the module as they did when it was loaded from its source. */
static int compile(lua_State *L, const char *file, const char *module)
{
  luaL_Buffer source;
  FILE *f = fopen(file, "rb");
  size_t n;

  if (!f) return luaL_error(L, "%s cannot be opened", file);
  luaL_buffinit(L, &source);
  do {
    n = fread(luaL_prepbuffer(&source), 1, LUAL_BUFFERSIZE, f);
    luaL_addsize(&source, n);
  } while (n > 0);
  fclose(f);
  luaL_pushresult(&source);
  lua_pushfstring(L, "=%s", module);
  if (luaL_loadbuffer(L, lua_tostring(L, -2), lua_rawlen(L, -2),
                      lua_tostring(L, -1)) != LUA_OK) {
    return lua_error(L);
  }
  if (lua_dump(L, put, stdout, 0) != 0 || fflush(stdout) != 0) {
    return luaL_error(L, "cannot write");
  }
  return 0;
}

static int run(lua_State *L)
{
  char **words = lua_touserdata(L, 1);

  return compile(L, words[1], words[2]);
}

int main(int argc, char **argv)
{
  lua_State *L = luaL_newstate();
  int failed;

  if (!L || argc != 3) {
    fputs("usage: precompile FILE MODULE\n", stderr);
    return 2;
  }
  lua_pushcfunction(L, run);
  lua_pushlightuserdata(L, argv);
  failed = lua_pcall(L, 1, 0, 0) != LUA_OK;
  if (failed) fprintf(stderr, "precompile: %s\n", lua_tostring(L, -1));
  lua_close(L);
  return failed;
}
