/* SPDX-License-Identifier: MIT */
/* What event loops and threads ask of an Engine: its turns, its tasks. */
#ifndef RYX_PY_LOOP_H
#define RYX_PY_LOOP_H

#include "state.h"

/* Adds the type Engine. */
int ryx_py_loop_open(PyObject *module);

#endif
