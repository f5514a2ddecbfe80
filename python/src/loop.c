/* SPDX-License-Identifier: MIT */
/* What event loops and threads ask of an Engine: its turns, its tasks. Python
 * code never runs between set_engine and the end of a step. */
#include "loop.h"

#include "call.h"
#include "engine.h"
#include "error.h"
#include "pull.h"
#include "push.h"
#include "task.h"

enum { LOOK_MS = 100, SLOT_MASK = (1 << 20) - 1 };

/* Steps every task that can go on; *any when there was one. */
static bool step_ready(ryx_py_engine *en, bool *any)
{
  ryx_py_turn turn = ryx_py_enter(en->py);
  lua_State *L = turn.L;
  bool ok = true;

  while (ok) {
    ryx_py_bridge(L, "next");
    ryx_py_engine_push(en, L);
    ok = ryx_py_call(en->py, L, 1, 1);
    if (!ok || lua_isnil(L, -1)) break;
    *any = true;
    ok = ryx_py_task_step(en, L, 0);
  }
  ryx_py_leave(en->py, &turn);
  return ok;
}

/* Tells Lua of every finished slot; *any when there was one. */
static bool collect(ryx_py_engine *en, bool *any)
{
  ryx_py_turn turn = ryx_py_enter(en->py);
  lua_State *L = turn.L;
  ryx_tag tag;
  bool ok = true;

  while (ok && (tag = ryx_next(en->r)) != 0) {
    *any = true;
    ryx_py_bridge(L, "ready");
    ryx_py_engine_push(en, L);
    lua_pushinteger(L, (lua_Integer)(tag & SLOT_MASK));
    ok = ryx_py_call(en->py, L, 2, 0);
  }
  ryx_py_leave(en->py, &turn);
  return ok;
}

/* Pumps until nothing is left to do; milliseconds until it wants to be called
 * again, or -1. */
static bool turn_once(ryx_py_engine *en, int64_t *next_ms)
{
  bool any, ok = true;

  *next_ms = -1;
  if (en->busy) return true; /* a finalizer came back in */
  en->busy = true;
  do {
    any = false;
    if (ryx_pump(en->r, next_ms) < 0) {
      ryx_py_error_raise(
          en->py, RYX_E_MISUSE,
          "the engine belongs to another process or is out of resources");
      ok = false;
    }
    ok = ok && collect(en, &any) && step_ready(en, &any);
  } while (ok && any && en->r);
  en->busy = false;
  return ok;
}

static PyObject *engine_turn(PyObject *self, PyObject *unused)
{
  ryx_py_engine *en = (ryx_py_engine *)self;
  int64_t next;

  (void)unused;
  if (!ryx_py_engine_ready(en) || !turn_once(en, &next)) return NULL;
  return PyLong_FromLongLong(next);
}

/* start(txs, fn, *args) */
static PyObject *engine_start(PyObject *self, PyObject *args)
{
  ryx_py_engine *en = (ryx_py_engine *)self;

  if (!ryx_py_engine_ready(en)) return NULL;
  return ryx_py_task_start(en, args);
}

/* call(fn, *args): a function of Lua's that does no I/O. */
static PyObject *engine_call(PyObject *self, PyObject *args)
{
  ryx_py_engine *en = (ryx_py_engine *)self;
  ryx_py_turn turn;
  PyObject *out = NULL;
  lua_State *L;
  int n;

  if (!ryx_py_engine_ready(en)) return NULL;
  turn = ryx_py_enter(en->py);
  L = turn.L;
  ryx_py_bridge(L, "call");
  ryx_py_engine_push(en, L);
  n = ryx_py_push_args(en->py, L, args);
  if (n >= 0 && ryx_py_call(en->py, L, n + 1, 1)) {
    out = ryx_py_pull(en->py, L, -1);
  }
  ryx_py_leave(en->py, &turn);
  return out;
}

/* block(task): runs the engine until the task rests, with the GIL free. */
static PyObject *engine_block(PyObject *self, PyObject *arg)
{
  ryx_py_engine *en = (ryx_py_engine *)self;
  ryx_py_task *t = (ryx_py_task *)arg;
  int64_t next;

  if (Py_TYPE(arg) != en->py->task_type) {
    PyErr_SetString(PyExc_TypeError, "block takes a Task");
    return NULL;
  }
  if (!ryx_py_engine_ready(en)) return NULL;
  if (en->busy) {
    ryx_py_error_raise(en->py, RYX_E_MISUSE,
                       "what is called while the engine works cannot wait for "
                       "it: validators, defaults and conversions do no I/O");
    return NULL;
  }
  if (!turn_once(en, &next)) return NULL;
  while (ryx_py_task_waits(t) && en->r) {
    Py_BEGIN_ALLOW_THREADS ryx_poll(en->r, LOOK_MS);
    Py_END_ALLOW_THREADS if (PyErr_CheckSignals() < 0 ||
                             !turn_once(en, &next)) return NULL;
  }
  return Py_NewRef(Py_None);
}

static PyObject *engine_fileno(PyObject *self, PyObject *unused)
{
  ryx_py_engine *en = (ryx_py_engine *)self;

  (void)unused;
  if (!ryx_py_engine_ready(en)) return NULL;
  return PyLong_FromLong(ryx_fd(en->r));
}

/* Every task that has not ended fails now. */
static bool abandon_all(ryx_py_engine *en)
{
  ryx_err e = {.code = RYX_E_CANCELLED,
               .message = "the engine of this loop was closed"};
  PyObject *exc;
  bool ok;

  if (PySet_GET_SIZE(en->tasks) == 0) return true;
  exc = ryx_py_error_new(en->py, &e);
  ok = exc != NULL;
  while (ok && PySet_GET_SIZE(en->tasks) > 0) {
    PyObject *t = PySet_Pop(en->tasks);
    ok = t && ryx_py_task_abandon((ryx_py_task *)t, exc);
    Py_XDECREF(t);
  }
  Py_XDECREF(exc);
  return ok;
}

static bool close_engine(ryx_py_engine *en)
{
  Py_ssize_t n_left;
  bool ok;

  if (!en->r || !en->py->L) return true;
  en->r = NULL;
  n_left = PySet_GET_SIZE(en->tasks);
  ok = abandon_all(en);
  return ryx_py_engine_close(en, n_left) && ok;
}

static PyObject *engine_close(PyObject *self, PyObject *unused)
{
  (void)unused;
  if (!close_engine((ryx_py_engine *)self)) return NULL;
  return Py_NewRef(Py_None);
}

static PyObject *engine_new(PyTypeObject *type, PyObject *args, PyObject *kw)
{
  ryx_py *py = PyType_GetModuleState(type);
  ryx_py_engine *en = (ryx_py_engine *)type->tp_alloc(type, 0);

  (void)args;
  (void)kw;
  if (en && !ryx_py_engine_init(en, py)) Py_CLEAR(en);
  return (PyObject *)en;
}

static void engine_dealloc(PyObject *self)
{
  ryx_py_engine *en = (ryx_py_engine *)self;
  PyTypeObject *type = Py_TYPE(self);
  PyObject *et, *ev, *tb;

  PyErr_Fetch(&et, &ev, &tb);
  if (!close_engine(en)) PyErr_WriteUnraisable(NULL);
  PyErr_Restore(et, ev, tb);
  Py_XDECREF(en->tasks);
  type->tp_free(self);
  Py_DECREF(type);
}

static PyObject *get_closed(PyObject *self, void *unused)
{
  (void)unused;
  return PyBool_FromLong(((ryx_py_engine *)self)->r == NULL);
}

static PyObject *get_waits(PyObject *self, void *unused)
{
  (void)unused;
  return PyBool_FromLong(PySet_GET_SIZE(((ryx_py_engine *)self)->tasks) > 0);
}

int ryx_py_loop_open(PyObject *module)
{
  static PyMethodDef methods[] = {
      {"turn", engine_turn, METH_NOARGS, "turn(): what can be done now."},
      {"start", engine_start, METH_VARARGS, "start(txs, fn, *args) -> Task"},
      {"call", engine_call, METH_VARARGS, "call(fn, *args), without I/O."},
      {"block", engine_block, METH_O,
       "block(task): waits here, until it rests or asks."},
      {"fileno", engine_fileno, METH_NOARGS, "A descriptor to watch."},
      {"close", engine_close, METH_NOARGS, "Closes its connections."},
      {NULL, NULL, 0, NULL},
  };
  static PyGetSetDef getters[] = {
      {"closed", get_closed, NULL, NULL, NULL},
      {"waits", get_waits, NULL, "A task of it has not ended.", NULL},
      {NULL, NULL, NULL, NULL, NULL},
  };
  static PyType_Slot slots[] = {
      {Py_tp_new, engine_new},
      {Py_tp_dealloc, engine_dealloc},
      {Py_tp_methods, methods},
      {Py_tp_getset, getters},
      {0, NULL},
  };
  static PyType_Spec spec = {
      .name = "ryx._ryx.Engine",
      .basicsize = sizeof(ryx_py_engine),
      .flags = Py_TPFLAGS_DEFAULT,
      .slots = slots,
  };
  PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);
  int rc = type ? PyModule_AddObjectRef(module, "Engine", type) : -1;

  Py_XDECREF(type);
  return rc;
}
