/* SPDX-License-Identifier: MIT */
/* Ref: a value of Lua's that Python holds. */
#ifndef RYX_PY_REF_H
#define RYX_PY_REF_H

#include "state.h"

/* Takes the value at the top of the stack [-1, +0]. */
PyObject *ryx_py_ref_new(ryx_py *py, lua_State *L);

/* Pushes what a Ref holds [-0, +1]; false: it is none, and nothing is pushed.
 */
bool ryx_py_ref_push(ryx_py *py, lua_State *L, PyObject *o);

int ryx_py_ref_open(PyObject *module, ryx_py *py);

#endif
