/* SPDX-License-Identifier: MIT */
/* ryx.cli.system: terminals, the environment, and becoming another program. */
#include "cli/system.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

/* The terminal belongs to the process, and so do these. */
static struct termios terminal;
static volatile sig_atomic_t is_kept;

void ryx_cli_keep_terminal(void)
{
  is_kept = tcgetattr(STDIN_FILENO, &terminal) == 0;
  if (is_kept) atexit(ryx_cli_restore_terminal);
}

void ryx_cli_restore_terminal(void)
{
  if (is_kept) tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
}

static const char *const STREAMS[] = {"stdin", "stdout", "stderr", NULL};

/* is_terminal("stdin" | "stdout" | "stderr") */
static int is_terminal(lua_State *L)
{
  lua_pushboolean(L, isatty(luaL_checkoption(L, 1, NULL, STREAMS)));
  return 1;
}

/* width(stream) -> columns of its terminal, or nil */
static int width(lua_State *L)
{
  struct winsize size;
  int fd = luaL_checkoption(L, 1, NULL, STREAMS);

  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 0;
  lua_pushinteger(L, size.ws_col);
  return 1;
}

/* environment() -> { NAME = value } */
static int environment(lua_State *L)
{
  lua_newtable(L);
  for (char **at = environ; *at; at++) {
    const char *eq = strchr(*at, '=');
    if (!eq) continue;
    lua_pushlstring(L, *at, (size_t)(eq - *at));
    lua_pushstring(L, eq + 1);
    lua_rawset(L, -3);
  }
  return 1;
}

static int failure(lua_State *L)
{
  int code = errno;

  lua_pushnil(L);
  lua_pushstring(L, strerror(code));
  lua_pushinteger(L, code);
  return 3;
}

/* set_environment(name, value) for what this process becomes. */
static int set_environment(lua_State *L)
{
  if (setenv(luaL_checkstring(L, 1), luaL_checkstring(L, 2), 1) != 0)
    return failure(L);
  lua_pushboolean(L, 1);
  return 1;
}

/* become({ program, argument, ... }): this process goes on as that program;
 * returns only when it cannot: nil, why not, errno. */
static int become(lua_State *L)
{
  lua_Integer n;
  const char **argv;
  char *const *given;

  luaL_checktype(L, 1, LUA_TTABLE);
  n = luaL_len(L, 1);
  luaL_argcheck(L, n > 0, 1, "no program");
  argv = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *argv, 0);
  luaL_checkstack(L, (int)n, "too many arguments");
  for (lua_Integer i = 0; i < n; i++) {
    lua_geti(L, 1, i + 1);
    argv[i] = luaL_checkstring(L, -1);
  }
  argv[n] = NULL;
  memcpy(&given, &argv, sizeof given); /* execvp changes nothing of it */
  /* What is ignored would be ignored there as well. */
  signal(SIGPIPE, SIG_DFL);
  execvp(given[0], given);
  return failure(L);
}

/* databases() -> the names of those that this ryx was built for */
static int databases(lua_State *L)
{
  static const char *const names[] = {
#if RYX_WITH_LITE
    "SQLite",
#endif
#if RYX_WITH_PG
    "PostgreSQL",
#endif
#if RYX_WITH_MY
    "MariaDB",
    "MySQL",
#endif
    NULL
  };

  lua_newtable(L);
  for (int i = 0; names[i]; i++) {
    lua_pushstring(L, names[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* die_of_pipes(): writing into a pipe that nobody reads ends the process, as it
 * does with other interpreters. */
static int die_of_pipes(lua_State *L)
{
  (void)L;
  signal(SIGPIPE, SIG_DFL);
  return 0;
}

int ryx_cli_open_system(lua_State *L)
{
  static const luaL_Reg functions[] = {
      {"is_terminal", is_terminal},   {"width", width},
      {"environment", environment},   {"set_environment", set_environment},
      {"databases", databases},       {"become", become},
      {"die_of_pipes", die_of_pipes}, {NULL, NULL},
  };

  luaL_newlib(L, functions);
  return 1;
}
