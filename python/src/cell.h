/* SPDX-License-Identifier: MIT */
/* Values of the database as Python objects. */
#ifndef RYX_PY_CELL_H
#define RYX_PY_CELL_H

#include "ryx.h"
#include "state.h"

/* A value as a type it should have (0: as it is). */
PyObject *ryx_py_cell(ryx_py *py, ryx_val *v, int type, int elem);

#endif
