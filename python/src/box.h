/* SPDX-License-Identifier: MIT */
/* Python objects that Lua holds and hands back as they are. */
#ifndef RYX_PY_BOX_H
#define RYX_PY_BOX_H

#include "state.h"

/* Pushes an object as a value that only Python can read [-0, +1]. May raise. */
void ryx_py_box(ryx_py *py, lua_State *L, PyObject *o);

/* The object of such a value, borrowed; NULL: it is none. */
PyObject *ryx_py_unbox(ryx_py *py, lua_State *L, int idx);

/* hold(object) -> Ref of such a value. */
PyObject *ryx_py_box_hold(PyObject *module, PyObject *object);

/* Is the value at idx a box? */
bool ryx_py_box_is(ryx_py *py, lua_State *L, int idx);

/* Has an empty box lead to an object, which it does not keep alive. */
bool ryx_py_box_fill(lua_State *L, int idx, PyObject *object);

/* The object that such a box leads to; NULL without an error: to none (more).
 */
PyObject *ryx_py_box_follow(lua_State *L, int idx);

/* Makes `box` of ryx.python.awaited: box(address) leads to an object without
 * keeping it alive, box() to none yet. */
int ryx_py_box_open(ryx_py *py);

#endif
