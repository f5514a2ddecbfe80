/* SPDX-License-Identifier: MIT */
/* ryx.cli.interrupt: what Ctrl-C and SIGTERM do. A command that asks for them
 * (expect) is told by `pending` and ends in its own way: its query is
 * cancelled, its transaction rolled back. One that does not look in time, since
 * it computes, or is told again, ends at once; so does one that expects
 * nothing. A session goes on after Ctrl-C: what it computes is ended by an
 * error (`watch`), and what came is forgotten when it was dealt with. Who
 * passes a signal on, as timeout(1) and npm do, sends it beside others or
 * twice: what comes at once after its like is no second one. */
#include <lauxlib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "cli/system.h"

enum { PATIENCE_US = 500000, ECHO_MS = 50, LOOK_INSTRUCTIONS = 10000 };

/* The signals belong to the process, and so do these. */
static volatile sig_atomic_t is_expected, is_watched, told, seen, is_late;
static volatile sig_atomic_t last, last_ms; /* that was no echo; the clock */

static void end(int code)
{
  ryx_cli_restore_terminal();
  _exit(code);
}

static void be_patient(void)
{
  struct itimerval patience = {.it_value = {0, PATIENCE_US}};

  setitimer(ITIMER_REAL, &patience, NULL);
}

static void end_late(int number)
{
  (void)number;
  if (seen || !told) return;
  if (!is_watched || is_late) end(128 + told);
  is_late = 1;
  be_patient();
}

static int clock_ms(void)
{
  struct timespec now;

  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int)(now.tv_sec % 1000000 * 1000 + now.tv_nsec / 1000000);
}

static bool is_echo(int number)
{
  int now = clock_ms(), since = now - last_ms;

  if (last == number && since >= 0 && since < ECHO_MS) return true;
  last = number, last_ms = now;
  return false;
}

static void on_signal(int number)
{
  bool is_again = told == number && is_watched;

  if (is_echo(number)) return;
  if (!is_expected || (told && !is_watched)) end(128 + number);
  told = number;
  if (!is_again) be_patient();
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

/* forget(): what came has been dealt with. */
static int forget(lua_State *L)
{
  (void)L;
  told = seen = is_late = 0;
  return 0;
}

static void stop_late(lua_State *L, lua_Debug *at)
{
  (void)at;
  if (!is_late) return;
  forget(L);
  lua_pushliteral(L, "interrupted");
  lua_error(L);
}

/* watch(): what the running coroutine computes, and those it makes from here
 * on, is ended by an error when nobody could look at a signal. */
static int watch(lua_State *L)
{
  is_watched = 1;
  lua_sethook(L, stop_late, LUA_MASKCOUNT, LOOK_INSTRUCTIONS);
  return 0;
}

/* leave(code): ends the process at once; what was written stays written. */
static int leave(lua_State *L)
{
  int code = (int)luaL_checkinteger(L, 1);

  fflush(NULL);
  end(code);
  return 0;
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
      {"expect", expect}, {"pending", pending}, {"forget", forget},
      {"watch", watch},   {"leave", leave},     {NULL, NULL},
  };

  luaL_newlib(L, functions);
  return 1;
}
