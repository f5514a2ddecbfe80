/* SPDX-License-Identifier: MIT */
/* ryx.cli.interrupt: what Ctrl-C and SIGTERM do. A command that asks for them
 * (expect) is told by `pending` and ends in its own way: its query is
 * cancelled, its transaction rolled back. One that does not look in time, since
 * it computes, or is told again, ends at once; so does one that expects
 * nothing. */
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/system.h"

enum { PATIENCE_US = 500000 };

/* The signals belong to the process, and so do these. */
static volatile sig_atomic_t is_expected, told, seen;

static void end_late(int number)
{
  (void)number;
  if (!seen) _exit(128 + told);
}

static void on_signal(int number)
{
  struct itimerval patience = {.it_value = {0, PATIENCE_US}};

  if (!is_expected || told) _exit(128 + number);
  told = number;
  setitimer(ITIMER_REAL, &patience, NULL);
}

/* expect(bool): does somebody look at pending? Returns what was before. */
static int expect(lua_State *L)
{
  lua_pushboolean(L, is_expected);
  is_expected = lua_toboolean(L, 1);
  return 1;
}

/* pending() -> the number of the signal that came, or nil */
static int pending(lua_State *L)
{
  if (!told) return 0;
  seen = 1;
  lua_pushinteger(L, told);
  return 1;
}

/* leave(code): ends the process at once; what was written stays written. */
static int leave(lua_State *L)
{
  int code = (int)luaL_checkinteger(L, 1);

  fflush(NULL);
  _exit(code);
}

static void on(int number, void (*handler)(int), int flags)
{
  struct sigaction action;

  memset(&action, 0, sizeof action);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

void ryx_cli_catch_interrupts(void)
{
  on(SIGINT, on_signal, SA_RESTART);
  on(SIGTERM, on_signal, SA_RESTART);
  on(SIGALRM, end_late, SA_RESTART);
  on(SIGPIPE, SIG_IGN, 0);
}

int ryx_cli_open_interrupt(lua_State *L)
{
  static const luaL_Reg functions[] = {
      {"expect", expect},
      {"pending", pending},
      {"leave", leave},
      {NULL, NULL},
  };

  luaL_newlib(L, functions);
  return 1;
}
