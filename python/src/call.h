/* SPDX-License-Identifier: MIT */
/* Calls into Lua that may fail. */
#ifndef RYX_PY_CALL_H
#define RYX_PY_CALL_H

#include "state.h"

/* Calls what lies on the stack; false: the error is set, and nothing is left
 * above the function. */
bool ryx_py_call(ryx_py *py, lua_State *L, int n_args, int n_results);

#endif
