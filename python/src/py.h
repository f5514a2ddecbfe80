/* SPDX-License-Identifier: MIT */
/* What the files of the extension share. There is one Lua state per process,
 * entered only under the GIL; an Engine per event loop or thread. Python code
 * never runs between set_engine and the end of a step, and no Lua frame is on
 * the C stack while the GIL is free. */
#ifndef RYX_PY_H
#define RYX_PY_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <lauxlib.h>
#include <lua.h>

#include "ryx.h"
#include "ryx_lua.h"

enum { RYX_PY_THREADS = 16, RYX_PY_DEPTH = 200 };

typedef struct ryx_py {
  lua_State *L;       /* the main thread: nothing runs on it */
  PyObject *classes;  /* address of a metatable -> model or exception class */
  PyObject *error;    /* makes an exception of a dict; set by configure */
  PyObject *model;    /* base class of instances; set by configure */
  PyObject *row_type; /* makes a namedtuple of names; set by configure */
  PyObject *decimal, *uuid, *loads; /* classes, json.loads */
  PyObject *s_lua, *s_result, *s_columns, *s_alias, *s_related; /* interned */
  PyTypeObject *ref_type, *engine_type, *task_type;
  const void *array;                  /* address of the mark of lists */
  lua_State *threads[RYX_PY_THREADS]; /* clean ones, to be used again */
  int thread_refs[RYX_PY_THREADS], n_threads;
  int *dropped; /* references to give up when Lua is entered next */
  size_t n_dropped, cap_dropped;
} ryx_py;

/* A value of Lua's that Python holds. */
typedef struct ryx_py_ref {
  PyObject_HEAD ryx_py *py;
  int ref;
} ryx_py_ref;

/* state.c. A Lua thread to work on, with an empty stack; give it back. */
typedef struct ryx_py_turn {
  lua_State *L;
  int ref;
} ryx_py_turn;
ryx_py *ryx_py_state(PyObject *module);
int ryx_py_open(ryx_py *py);
void ryx_py_close(ryx_py *py);
ryx_py_turn ryx_py_enter(ryx_py *py);
void ryx_py_leave(ryx_py *py, ryx_py_turn *t);
/* Calls what lies on the stack; false: the error is set, and nothing is left
 * above the function. */
bool ryx_py_pcall(ryx_py *py, lua_State *L, int n_args, int n_results);
/* Pushes a function of ryx.python.host [-0, +1]. */
void ryx_py_bridge(lua_State *L, const char *name);

/* ref.c. Takes the value at the top of the stack [-1, +0]. */
PyObject *ryx_py_ref_new(ryx_py *py, lua_State *L);
bool ryx_py_ref_push(ryx_py *py, lua_State *L, PyObject *o);
/* Gives a reference up when Lua is entered next: Python may let go at any
 * moment, also while Lua runs. */
void ryx_py_drop(ryx_py *py, int ref);
int ryx_py_ref_open(PyObject *module, ryx_py *py);

/* push.c. Pushes args[from..] one after another; their number, or -1 with an
 * error set and nothing pushed. */
int ryx_py_push_args(ryx_py *py, lua_State *L, PyObject *args, Py_ssize_t from);

/* pull.c. The value at idx as Python has it; NULL with an error set. */
PyObject *ryx_py_pull(ryx_py *py, lua_State *L, int idx);
/* The error at idx as an exception object. */
PyObject *ryx_py_pull_error(ryx_py *py, lua_State *L, int idx);
/* Sets it as the current exception. */
void ryx_py_raise(ryx_py *py, lua_State *L, int idx);

/* cell.c. A value as Python has it, as a type it should have (0: as it is). */
PyObject *ryx_py_cell(ryx_py *py, ryx_val *v, int type, int elem);
/* An error of the core's as an exception object. */
PyObject *ryx_py_error(ryx_py *py, const ryx_err *e);

/* shape.c. What the rows of a plan are to be. */
typedef enum {
  RYX_PY_INSTANCES,
  RYX_PY_DICTS,
  RYX_PY_TUPLES,
  RYX_PY_VALUES,
  RYX_PY_NAMED,
  RYX_PY_KINDS
} ryx_py_kind;
/* An object that hangs on that of the row, or on an earlier part's. */
typedef struct ryx_py_part {
  PyTypeObject *cls; /* borrowed */
  int from, key;     /* its columns begin at; its key, counted from 0 */
  int parent;        /* number of that part, 0: the row's */
  bool marks;        /* where there is none, None says so */
  PyObject *name;    /* what its owner knows it as; owned, as the rest */
  PyObject *names, *alias, *back;
} ryx_py_part;
typedef struct ryx_py_shape {
  ryx_py_kind kind;
  PyTypeObject *cls; /* of instances; borrowed */
  PyObject *names;   /* tuple of str, NULL for tuples and values; owned */
  PyObject *alias; /* where instances are from, NULL: the usual place; owned */
  int n_names;     /* of all parts together */
  ryx_py_part *parts;
  int n_parts;
  PyObject **made; /* room for an object of each part */
} ryx_py_shape;
/* Reads the table at idx, { kind, class, names, parts }, and the alias, a
 * string or nil; a part is { from =, key =, parent =, marks =, class =, names
 * =, name =, alias =, back = }. false: an error is set, and there is nothing to
 * free. */
bool ryx_py_shape_init(ryx_py *py, lua_State *L, int idx, int alias,
                       ryx_py_shape *out);
void ryx_py_shape_fini(ryx_py_shape *s);

/* rows.c. Every row of a raw statement as a dict keyed by column. */
PyObject *ryx_py_dicts(ryx_py *py, ryx_result *res);
/* Every row of a plan, as a list. */
PyObject *ryx_py_rows(ryx_py *py, ryx_result *res, const ryx_py_shape *s,
                      const ryx_plan_info *info);

/* engine.c, task.c */
typedef struct ryx_py_engine {
  PyObject_HEAD ryx_py *py;
  ryx *r;          /* NULL: closed. Owned by the Lua engine */
  int ref;         /* of the Lua engine */
  PyObject *tasks; /* set of the tasks that have not ended */
  unsigned long thread;
  bool busy;
} ryx_py_engine;

typedef struct ryx_py_task {
  PyObject_HEAD ryx_py *py;
  ryx_py_engine *engine;
  int ref;          /* of the Lua task; LUA_NOREF when it has ended */
  PyObject *future; /* told of the end, or NULL */
  PyObject *value;  /* result or exception, when it is there */
  PyObject *kept;   /* object whose address is on its way through Lua */
  bool failed, ended, paused;
} ryx_py_task;

int ryx_py_engine_open(PyObject *module, ryx_py *py);
int ryx_py_task_open(PyObject *module, ryx_py *py);
bool ryx_py_engine_ready(ryx_py_engine *en); /* else an error is set */
/* Runs a task to its next wait; the task, then n arguments, are on the stack
 * [-(n + 1), +0]. false: an error is set that is not the task's. */
bool ryx_py_task_step(ryx_py_engine *en, lua_State *L, int n);
/* Ends a task from outside with an exception. */
bool ryx_py_task_abandon(ryx_py_task *t, PyObject *exception);
/* A task of start(txs, fn, *args), run to its first wait. */
PyObject *ryx_py_task_start(ryx_py_engine *en, PyObject *args);

#endif
