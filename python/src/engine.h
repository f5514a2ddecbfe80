/* SPDX-License-Identifier: MIT */
/* Engine: connections and requests of one event loop or thread. */
#ifndef RYX_PY_ENGINE_H
#define RYX_PY_ENGINE_H

#include "ryx.h"
#include "state.h"

typedef struct ryx_py_engine {
  PyObject_HEAD ryx_py *py;
  ryx *r;          /* NULL: closed. Owned by the Lua engine */
  int ref;         /* of the Lua engine */
  PyObject *tasks; /* set of the tasks that have not ended; owned */
  unsigned long thread;
  bool busy;
} ryx_py_engine;

/* Opens one for this thread. false: an error is set, and it is closed. */
bool ryx_py_engine_init(ryx_py_engine *en, ryx_py *py);

/* Closes the Lua engine, with so many calls that had not ended. */
bool ryx_py_engine_close(ryx_py_engine *en, Py_ssize_t n_left);

/* Is it open, and this its thread? Else an error is set. */
bool ryx_py_engine_ready(ryx_py_engine *en);

/* Pushes the Lua engine [-0, +1]. */
void ryx_py_engine_push(ryx_py_engine *en, lua_State *L);

#endif
