/* SPDX-License-Identifier: MIT */
/* Task: one call of Python's into Lua, from its start over its waits to its
 * end. */
#ifndef RYX_PY_TASK_H
#define RYX_PY_TASK_H

#include "engine.h"

typedef struct ryx_py_task ryx_py_task;

/* A task of start(txs, fn, *args), run to its first wait. */
PyObject *ryx_py_task_start(ryx_py_engine *en, PyObject *args);

/* Runs a task to its next wait; the task, then n arguments, are on the stack
 * [-(n + 1), +0]. false: an error is set that is not the task's. */
bool ryx_py_task_step(ryx_py_engine *en, lua_State *L, int n);

/* It has ended or paused. */
bool ryx_py_task_rests(const ryx_py_task *t);

/* It waits for the engine: it neither rests nor wants something called. */
bool ryx_py_task_waits(const ryx_py_task *t);

/* Ends a task from outside with an exception. */
bool ryx_py_task_abandon(ryx_py_task *t, PyObject *exception);

int ryx_py_task_open(PyObject *module, ryx_py *py);

#endif
