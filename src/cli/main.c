/* SPDX-License-Identifier: MIT */
/* The ryx command: a C program with Lua 5.4 inside. It finds ryx.core and the
 * Lua sources in itself and hands its arguments to the Lua module ryx.cli,
 * which answers with the exit code. */
#include <errno.h>
#include <fcntl.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/modules.h"
#include "cli/system.h"
#include "ryx.h"
#include "ryx_lua.h"

/* package.searchers: a module that is part of this program. */
static int search(lua_State *L)
{
  const char *name = luaL_checkstring(L, 1);
  const ryx_cli_module *m = ryx_cli_modules;

  while (m->name && strcmp(m->name, name) != 0)
    m++;
  if (!m->name) {
    lua_pushfstring(L, "no module '%s' in the ryx command", name);
    return 1;
  }
  if (luaL_loadbuffer(L, m->code, m->size, name) != LUA_OK) {
    return lua_error(L);
  }
  lua_pushstring(L, name);
  return 2;
}

/* Puts search right after the preloaded modules, so that the command always
 * runs the sources it was built with. */
static void add_searcher(lua_State *L)
{
  lua_getglobal(L, "package");
  lua_getfield(L, -1, "searchers");
  for (int i = (int)lua_rawlen(L, -1); i >= 2; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, -2, i + 1);
  }
  lua_pushcfunction(L, search);
  lua_rawseti(L, -2, 2);
  lua_pop(L, 2);
}

static int traceback(lua_State *L)
{
  const char *message = luaL_tolstring(L, 1, NULL);

  luaL_traceback(L, L, message, 1);
  return 1;
}

static void preload(lua_State *L)
{
  static const luaL_Reg modules[] = {
    {"ryx.core", luaopen_ryx_core},
    {"ryx.cli.interrupt", ryx_cli_open_interrupt},
    {"ryx.cli.system", ryx_cli_open_system},
#if RYX_WITH_EDIT
    {"ryx.cli.line_edit", ryx_cli_open_line_edit},
#endif
    {NULL, NULL},
  };

  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  luaL_setfuncs(L, modules, 0);
  lua_pop(L, 1);
}

/* Arguments: argc, argv. Pushes the exit code. */
static int start(lua_State *L)
{
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);

  luaL_openlibs(L);
  preload(L);
  add_searcher(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "ryx.cli");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "main");
  lua_createtable(L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i);
  }
  lua_pushstring(L, ryx_version());
  lua_call(L, 2, 1);
  return 1;
}

/* A stream that was closed (`>&-`) would become the next file or connection:
 * what is printed would land there, and libuv ends a process that closes one of
 * these numbers. Input ends at once then; that output cannot be written is
 * told; what would be told on stderr is lost. */
static void fill_standard_streams(void)
{
  static const int modes[] = {O_RDONLY, O_RDONLY, O_RDWR};

  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
        open("/dev/null", modes[fd]) != fd) {
      exit(EXIT_FAILURE);
    }
  }
}

int main(int argc, char **argv)
{
  int code = EXIT_FAILURE;
  lua_State *L;

  fill_standard_streams();
  L = luaL_newstate();
  if (!L) {
    fputs("ryx: out of memory\n", stderr);
    return EXIT_FAILURE;
  }
  ryx_cli_catch_interrupts();
  lua_pushcfunction(L, traceback);
  lua_pushcfunction(L, start);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  if (lua_pcall(L, 2, 1, 1) == LUA_OK) {
    code = (int)lua_tointeger(L, -1);
  } else {
    fprintf(stderr, "ryx: %s\n", lua_tostring(L, -1));
  }
  lua_close(L);
  return code;
}
