/* SPDX-License-Identifier: MIT */
/* Calls into Lua that may fail. */
#include "call.h"

#include "error.h"
#include "pull.h"

bool ryx_py_call(ryx_py *py, lua_State *L, int n_args, int n_results)
{
  if (lua_pcall(L, n_args, n_results, 0) == LUA_OK) return true;
  if (!PyErr_Occurred()) ryx_py_error_set(ryx_py_pull_error(py, L, -1));
  lua_pop(L, 1);
  return false;
}
