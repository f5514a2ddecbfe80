/* SPDX-License-Identifier: MIT */
/* Lua values as Python objects. */
#ifndef RYX_PY_PULL_H
#define RYX_PY_PULL_H

#include "state.h"

/* The value at idx as Python has it; NULL with an error set. */
PyObject *ryx_py_pull(ryx_py *py, lua_State *L, int idx);

/* The error at idx as an exception object. */
PyObject *ryx_py_pull_error(ryx_py *py, lua_State *L, int idx);

#endif
