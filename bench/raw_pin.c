/* SPDX-License-Identifier: MIT */
/* Which core a process runs on. */
#include <lauxlib.h>
#include <sched.h>
#include <stdbool.h>

#include "raw_open.h"

/* The n-th core that this process might use when it began, from 0. */
static bool nth(const cpu_set_t *all, int n, cpu_set_t *out)
{
  CPU_ZERO(out);
  for (int i = 0; i < CPU_SETSIZE; i++) {
    if (!CPU_ISSET(i, all) || n-- > 0) continue;
    CPU_SET(i, out);
    return true;
  }
  return false;
}

/* pin(pid, n): the process (0: this one) runs on the n-th core only; without n
 * on all. False: there is no such core, or it may not be done. */
static int l_pin(lua_State *L)
{
  static cpu_set_t all;
  static bool is_known;
  cpu_set_t set;
  bool ok = true;

  if (!is_known) is_known = sched_getaffinity(0, sizeof all, &all) == 0;
  set = all;
  if (!lua_isnoneornil(L, 2))
    ok = nth(&all, (int)luaL_checkinteger(L, 2), &set);
  ok = ok &&
       sched_setaffinity((pid_t)luaL_checkinteger(L, 1), sizeof set, &set) == 0;
  lua_pushboolean(L, ok);
  return 1;
}

void raw_open_pin(lua_State *L)
{
  lua_pushcfunction(L, l_pin);
  lua_setfield(L, -2, "pin");
}
