/* SPDX-License-Identifier: MIT */
/* What the whole extension stands on: one Lua state per process, entered only
 * under the GIL. No Lua frame is on the C stack while the GIL is free. */
#ifndef RYX_PY_STATE_H
#define RYX_PY_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

enum { RYX_PY_THREADS = 16, RYX_PY_DEPTH = 200 };

typedef struct ryx_py {
  lua_State *L;         /* the main thread: nothing runs on it */
  PyObject *classes;    /* address of a metatable -> model or exception class */
  PyObject *error;      /* ryx.exceptions.from_core */
  PyObject *validation; /* ryx.exceptions.ValidationError */
  PyObject *instance, *row_type;    /* of ryx.rows */
  PyObject *decimal, *uuid, *loads; /* classes, json.loads */
  PyObject *s_lua, *s_result, *s_columns, *s_alias, *s_related; /* interned */
  PyObject *s_boxed;
  PyTypeObject *ref_type, *task_type, *row;
  const void *array; /* address of the mark of lists */
  const void *box;   /* address of the metatable of objects of Python's */
  bool has_boxes;    /* may values be objects that Lua does not know? */
  lua_State *threads[RYX_PY_THREADS]; /* clean ones, to be used again */
  int thread_refs[RYX_PY_THREADS], n_threads;
  int *dropped; /* references to give up when Lua is entered next */
  size_t n_dropped, cap_dropped;
  PyObject **released; /* objects to let go of when Lua is left */
  size_t n_released, cap_released;
} ryx_py;

/* A Lua thread to work on, with an empty stack; give it back. */
typedef struct ryx_py_turn {
  lua_State *L;
  int ref;
} ryx_py_turn;

ryx_py *ryx_py_state(PyObject *module);
int ryx_py_open(ryx_py *py);
void ryx_py_close(ryx_py *py);
ryx_py_turn ryx_py_enter(ryx_py *py);
void ryx_py_leave(ryx_py *py, ryx_py_turn *t);

/* Gives a reference up when Lua is entered next: Python may let go at any
 * moment, also while Lua runs. */
void ryx_py_drop(ryx_py *py, int ref);

/* Lets go of an object when Lua is left: its end may be any Python code. */
void ryx_py_release(ryx_py *py, PyObject *o);

/* Pushes a function of ryx.python.host [-0, +1]. */
void ryx_py_bridge(lua_State *L, const char *name);

#endif
