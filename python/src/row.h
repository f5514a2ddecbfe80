/* SPDX-License-Identifier: MIT */
/* Row: the base of objects of models. Those that were read together know each
 * other as long as they live, so that what one lacks is read for all. */
#ifndef RYX_PY_ROW_H
#define RYX_PY_ROW_H

#include "state.h"

typedef struct ryx_py_peers ryx_py_peers;

/* Objects on their way to each other, zero at first. */
typedef struct ryx_py_joint {
  PyObject *first; /* borrowed: one object alone needs no peers */
  ryx_py_peers *peers;
} ryx_py_joint;

/* Notes that an object was read with the others of a joint, which live; one
 * that is no Row stays alone. */
bool ryx_py_row_join(ryx_py *py, ryx_py_joint *joint, PyObject *object);

/* No more objects come. */
void ryx_py_row_joined(ryx_py_joint *joint);

int ryx_py_row_open(PyObject *module, ryx_py *py);

#endif
