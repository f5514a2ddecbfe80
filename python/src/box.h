/* SPDX-License-Identifier: MIT */
/* Python objects that Lua holds and hands back as they are. */
#ifndef RYX_PY_BOX_H
#define RYX_PY_BOX_H

#include "state.h"

/* Pushes an object as a value that only Python can read [-0, +1]. May raise. */
void ryx_py_box(ryx_py *py, lua_State *L, PyObject *o);

/* The object of such a value, borrowed; NULL: it is none. */
PyObject *ryx_py_unbox(ryx_py *py, lua_State *L, int idx);

#endif
