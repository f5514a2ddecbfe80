/* SPDX-License-Identifier: MIT */
/* Functions of Lua's that call Python. */
#ifndef RYX_PY_CALLBACK_H
#define RYX_PY_CALLBACK_H

#include "state.h"

/* callback(fn, boxes=False) -> Ref of a function of Lua's. Called, it gives
 * true and what fn returns, as a box if so asked; false and the messages of a
 * ValidationError; or nil and the exception. It never raises for fn. */
PyObject *ryx_py_callback(PyObject *module, PyObject *args);

#endif
