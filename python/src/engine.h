/* SPDX-License-Identifier: MIT */
/* Engine: connections and requests of one event loop or thread. Python code
 * never runs between set_engine and the end of a step. */
#ifndef RYX_PY_ENGINE_H
#define RYX_PY_ENGINE_H

#include "ryx.h"
#include "state.h"

typedef struct ryx_py_engine {
  PyObject_HEAD ryx_py *py;
  ryx *r;          /* NULL: closed. Owned by the Lua engine */
  int ref;         /* of the Lua engine */
  PyObject *tasks; /* set of the tasks that have not ended */
  unsigned long thread;
  bool busy;
} ryx_py_engine;

/* Is it open, and this its thread? Else an error is set. */
bool ryx_py_engine_ready(ryx_py_engine *en);

int ryx_py_engine_open(PyObject *module, ryx_py *py);

#endif
