/* SPDX-License-Identifier: MIT */
/* Exceptions of what Lua and the core report. */
#ifndef RYX_PY_ERROR_H
#define RYX_PY_ERROR_H

#include "ryx.h"
#include "state.h"

/* The exception of a dict of facts, or of a text; cls is the class Lua names,
 * or NULL. NULL: another error is set. */
PyObject *ryx_py_error_of(ryx_py *py, PyObject *facts, PyObject *cls);

/* The exception of an error of the core's. NULL: another error is set. */
PyObject *ryx_py_error_new(ryx_py *py, const ryx_err *e);

/* Takes an exception, or NULL, and sets it as the current one. */
void ryx_py_error_set(PyObject *exception);

/* Sets an error of ours. */
void ryx_py_error_raise(ryx_py *py, int code, const char *format, ...)
    Py_GCC_ATTRIBUTE((format(printf, 3, 4)));

/* Moves the exception that is set out, as an object. */
PyObject *ryx_py_take_exception(void);

#endif
