/* SPDX-License-Identifier: MIT */
/* Python objects as Lua values. */
#ifndef RYX_PY_PUSH_H
#define RYX_PY_PUSH_H

#include "state.h"

/* Pushes a tuple's items one after another; their number, or -1 with an error
 * set and nothing pushed. */
int ryx_py_push_args(ryx_py *py, lua_State *L, PyObject *args);

#endif
