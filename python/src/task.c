/* SPDX-License-Identifier: MIT */
/* Task: one call of Python's into Lua, from its start over its waits to its
 * end. */
#include "task.h"

#include <string.h>

#include "call.h"
#include "error.h"
#include "pull.h"
#include "push.h"
#include "ref.h"
#include "rows.h"
#include "ryx_lua.h"

struct ryx_py_task {
  PyObject_HEAD ryx_py *py;
  ryx_py_engine *engine;
  int ref;          /* of the Lua task; LUA_NOREF when it has ended */
  PyObject *future; /* told of the end, or NULL */
  PyObject *value;  /* result or exception, when it is there */
  PyObject *kept;   /* rows whose address is on its way through Lua */
  PyObject *held;   /* list of other such objects, or NULL */
  PyObject *asks;   /* what Lua wants called: (function, txs, args), or NULL */
  bool failed, ended, paused, calls;
};

static void keep(ryx_py_task *t, PyObject *o)
{
  Py_XDECREF(t->kept);
  t->kept = o;
}

/* Keeps an object until the task has ended; takes it over. */
static bool hold(ryx_py_task *t, PyObject *o)
{
  bool ok = o != NULL;

  if (ok && !t->held) t->held = PyList_New(0);
  ok = ok && t->held && PyList_Append(t->held, o) == 0;
  Py_XDECREF(o);
  return ok;
}

/* Tells whoever awaits that the task ended, paused or wants something called.
 */
static bool notify(ryx_py_task *t)
{
  PyObject *future = t->future, *done, *out = NULL;
  bool ok = true;

  t->future = NULL;
  if (!future) return true;
  done = PyObject_CallMethod(future, "done", NULL);
  ok = done != NULL;
  if (done == Py_False) {
    out = PyObject_CallMethodOneArg(future, t->py->s_result, Py_None);
    ok = out != NULL;
  }
  Py_XDECREF(done);
  Py_XDECREF(out);
  Py_DECREF(future);
  return ok;
}

static bool end(ryx_py_task *t, PyObject *value, bool failed)
{
  if (!value) {
    value = ryx_py_take_exception();
    failed = true;
  }
  Py_XSETREF(t->value, value);
  t->failed = failed;
  t->ended = true;
  if (t->ref != LUA_NOREF) luaL_unref(t->py->L, LUA_REGISTRYINDEX, t->ref);
  t->ref = LUA_NOREF;
  keep(t, NULL);
  Py_CLEAR(t->held);
  Py_CLEAR(t->asks);
  if (PySet_Discard(t->engine->tasks, (PyObject *)t) < 0) return false;
  return notify(t);
}

bool ryx_py_task_abandon(ryx_py_task *t, PyObject *exception)
{
  return end(t, Py_NewRef(exception), true);
}

/* Pushes an exception, which is taken over. */
static void give_exception(ryx_py_task *t, lua_State *L, PyObject *exception)
{
  lua_pushlightuserdata(L, exception);
  if (!hold(t, exception)) PyErr_Clear(); /* nobody else may hold it */
}

/* A failure on the way back into Lua: nil, err. */
static int give_error(ryx_py_task *t, lua_State *L, const ryx_err *e)
{
  luaL_checkstack(L, 4, "error");
  lua_pushnil(L);
  if (e) {
    ryx_lua_push_err(L, e);
  } else {
    give_exception(t, L, ryx_py_take_exception());
  }
  return 2;
}

/* The rows of a plan; shape and alias lie at the top. */
static PyObject *make_rows(ryx_py_task *t, lua_State *L, ryx_result *res,
                           const ryx_plan *p)
{
  int top = lua_gettop(L);
  ryx_py_shape shape;
  ryx_plan_info info;
  PyObject *out;

  if (!ryx_py_shape_init(t->py, L, top - 1, top, &shape)) return NULL;
  if (p) ryx_plan_get_info(p, &info);
  out = ryx_py_rows(t->py, res, &shape, p ? &info : NULL);
  ryx_py_shape_fini(&shape);
  return out;
}

/* Pushes what Lua gets of the rows: list, number, more, or object, number. */
static int give_rows(ryx_py_task *t, lua_State *L, PyObject *list, bool one,
                     bool more)
{
  Py_ssize_t n = PyList_GET_SIZE(list);

  keep(t, list);
  if (one && n == 0) {
    lua_pushnil(L);
  } else {
    lua_pushlightuserdata(L, one ? PyList_GET_ITEM(list, 0) : list);
  }
  lua_pushinteger(L, n);
  lua_pushboolean(L, more);
  return 3;
}

/* Takes the result of { slot, shape, alias } and makes Python objects of it,
 * with no Lua frame below; without a shape rows become dicts. */
static int take_rows(ryx_py_task *t, lua_State *L, int args, bool one)
{
  ryx_result res = {0};
  ryx_plan *p = NULL;
  PyObject *list;
  int slot, n, rc;

  lua_rawgeti(L, args, 1);
  slot = (int)lua_tointeger(L, -1);
  ryx_py_engine_push(t->engine, L);
  rc = ryx_lua_take_slot(L, -1, slot, &res, &p);
  lua_rawgeti(L, args, 2);
  lua_rawgeti(L, args, 3);
  if (rc == 0 && res.code != 0) {
    n = give_error(t, L, res.err);
  } else {
    list = rc < 0 ? PyErr_Format(PyExc_SystemError, "ryx: no result is there")
           : lua_istable(L, -2) ? make_rows(t, L, &res, p)
                                : ryx_py_dicts(t->py, &res);
    n = list ? give_rows(t, L, list, one, res.more) : give_error(t, L, NULL);
  }
  ryx_result_free(&res);
  ryx_plan_free(p);
  return n;
}

/* The Python task of the Lua task at idx; NULL for those Lua started. */
static ryx_py_task *of(lua_State *L, int idx)
{
  ryx_py_task *t;

  lua_getfield(L, idx, "python");
  t = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return t;
}

static bool finish(ryx_py_task *t, lua_State *L, int results)
{
  bool ok = lua_toboolean(L, results + 1);

  if (!t) return true;
  return end(t,
             ok ? ryx_py_pull(t->py, L, results + 2)
                : ryx_py_pull_error(t->py, L, results + 2),
             !ok);
}

/* What Lua wants called, of { box, transactions or false, list }: the task
 * waits for its answer. */
static bool ask(ryx_py_task *t, lua_State *L, int args)
{
  PyObject *fn, *txs = NULL, *list;

  lua_rawgeti(L, args, 1);
  fn = ryx_py_pull(t->py, L, -1);
  lua_rawgeti(L, args, 3);
  list = fn ? ryx_py_pull(t->py, L, -1) : NULL;
  lua_rawgeti(L, args, 2);
  if (list) {
    txs = lua_istable(L, -1) ? ryx_py_ref_new(t->py, L) : Py_NewRef(Py_None);
  }
  if (txs) t->asks = Py_BuildValue("OOO", fn, txs, list);
  Py_XDECREF(fn);
  Py_XDECREF(txs);
  Py_XDECREF(list);
  t->calls = t->asks && hold(t, Py_NewRef(t->asks));
  return t->calls;
}

/* Runs the task at `at` with n arguments above it once; leaves what, detail,
 * args above it. */
static bool resume(ryx_py *py, lua_State *L, int at, int n)
{
  ryx_py_bridge(L, "step");
  lua_insert(L, at + 1);
  lua_pushvalue(L, at);
  lua_insert(L, at + 2);
  return ryx_py_call(py, L, n + 1, 3);
}

bool ryx_py_task_step(ryx_py_engine *en, lua_State *L, int n)
{
  int at = lua_gettop(L) - n;
  ryx_py_task *t = of(L, at);
  bool ok;

  Py_XINCREF(t);
  while ((ok = resume(en->py, L, at, n))) {
    const char *what = lua_tostring(L, at + 1);
    if (strcmp(what, "done") == 0) {
      ok = finish(t, L, at + 1);
      break;
    }
    if (strcmp(what, "body") == 0) {
      t->paused = true;
      ok = notify(t);
      break;
    }
    if (strcmp(what, "call") == 0) {
      if (ask(t, L, at + 2)) {
        ok = notify(t);
        break;
      }
      n = give_error(t, L, NULL);
    } else if (strncmp(what, "row", 3) == 0) {
      n = take_rows(t, L, at + 2, strcmp(what, "row") == 0);
    } else {
      break;
    }
    lua_rotate(L, at + 1, n);
    lua_settop(L, at + n);
  }
  Py_XDECREF(t);
  lua_settop(L, at - 1);
  return ok;
}

PyObject *ryx_py_task_start(ryx_py_engine *en, PyObject *args)
{
  ryx_py_turn turn = ryx_py_enter(en->py);
  lua_State *L = turn.L;
  ryx_py_task *t = PyObject_New(ryx_py_task, en->py->task_type);
  int n;
  bool ok = t != NULL;

  if (ok) {
    t->py = en->py;
    t->engine = (ryx_py_engine *)Py_NewRef((PyObject *)en);
    t->ref = LUA_NOREF;
    t->future = t->value = t->kept = t->held = t->asks = NULL;
    t->failed = t->ended = t->paused = t->calls = false;
    ryx_py_bridge(L, "start");
    ryx_py_engine_push(en, L);
    lua_pushlightuserdata(L, t);
    n = ryx_py_push_args(en->py, L, args);
    /* start(engine, python, txs, fn, ...) gives the task and its arguments. */
    ok = n >= 0 && ryx_py_call(en->py, L, n + 2, LUA_MULTRET);
  }
  if (ok) {
    lua_pushvalue(L, 1);
    t->ref = luaL_ref(L, LUA_REGISTRYINDEX);
    ok = PySet_Add(en->tasks, (PyObject *)t) == 0 &&
         ryx_py_task_step(en, L, lua_gettop(L) - 1);
  }
  ryx_py_leave(en->py, &turn);
  if (!ok) Py_CLEAR(t);
  return (PyObject *)t;
}

/* Pushes what a task goes on with: true, values, or false, exception. */
static int push_answer(ryx_py_task *t, lua_State *L, PyObject *exception,
                       PyObject *values)
{
  int n = 0;

  lua_pushboolean(L, exception == Py_None);
  if (exception != Py_None) {
    give_exception(t, L, Py_NewRef(exception));
    return 2;
  }
  if (values) n = ryx_py_push_args(t->py, L, values);
  if (n >= 0) return n + 1;
  lua_settop(L, 1);
  return give_error(t, L, NULL);
}

/* go(exception=None, *values): the pause is over, or what the task wanted
 * called has this answer; steps it on. */
static PyObject *task_go(PyObject *self, PyObject *args)
{
  ryx_py_task *t = (ryx_py_task *)self;
  PyObject *exception = Py_None, *values = NULL;
  ryx_py_turn turn;
  bool ok;

  if (PyTuple_GET_SIZE(args) > 0) exception = PyTuple_GET_ITEM(args, 0);
  if (t->ended || !(t->paused || t->calls)) return Py_NewRef(Py_None);
  if (!ryx_py_engine_ready(t->engine)) return NULL;
  if (PyTuple_GET_SIZE(args) > 1) {
    values = PyTuple_GetSlice(args, 1, PyTuple_GET_SIZE(args));
    if (!values) return NULL;
  }
  t->paused = t->calls = false;
  turn = ryx_py_enter(t->py);
  lua_rawgeti(turn.L, LUA_REGISTRYINDEX, t->ref);
  ok = ryx_py_task_step(t->engine, turn.L,
                        push_answer(t, turn.L, exception, values));
  ryx_py_leave(t->py, &turn);
  Py_XDECREF(values);
  if (!ok) return NULL;
  return Py_NewRef(Py_None);
}

/* cancel(): its query is cancelled and its wait raises. */
static PyObject *task_cancel(PyObject *self, PyObject *unused)
{
  ryx_py_task *t = (ryx_py_task *)self;
  ryx_py_turn turn;
  bool ok;

  (void)unused;
  if (t->ended || !t->engine->r) return Py_NewRef(Py_None);
  turn = ryx_py_enter(t->py);
  ryx_py_bridge(turn.L, "interrupt");
  lua_rawgeti(turn.L, LUA_REGISTRYINDEX, t->ref);
  ok = ryx_py_call(t->py, turn.L, 1, 0);
  ryx_py_leave(t->py, &turn);
  if (!ok) return NULL;
  return Py_NewRef(Py_None);
}

/* result(): what the call returned, or its exception raised; once, since an
 * exception leads to frames that lead to the task. */
static PyObject *task_result(PyObject *self, PyObject *unused)
{
  ryx_py_task *t = (ryx_py_task *)self;
  PyObject *value = t->value;

  (void)unused;
  if (!t->ended || !value) {
    PyErr_SetString(PyExc_RuntimeError, "ryx: the call has not ended");
    return NULL;
  }
  t->value = NULL;
  if (!t->failed) return value;
  ryx_py_error_set(value);
  return NULL;
}

/* asks(): what the task wants called, (function, transactions or None, args);
 * None: nothing, or it was told already. */
static PyObject *task_asks(PyObject *self, PyObject *unused)
{
  ryx_py_task *t = (ryx_py_task *)self;
  PyObject *out = t->asks ? t->asks : Py_NewRef(Py_None);

  (void)unused;
  t->asks = NULL;
  return out;
}

/* tell(future): set_result(None) is called on it at the next end or pause. */
static PyObject *task_tell(PyObject *self, PyObject *future)
{
  Py_XSETREF(((ryx_py_task *)self)->future, Py_NewRef(future));
  return Py_NewRef(Py_None);
}

/* field(name): a field of Lua's task, as a Ref. */
static PyObject *task_field(PyObject *self, PyObject *name)
{
  ryx_py_task *t = (ryx_py_task *)self;
  const char *s = PyUnicode_AsUTF8(name);
  ryx_py_turn turn;
  PyObject *out;

  if (!s) return NULL;
  turn = ryx_py_enter(t->py);
  lua_rawgeti(turn.L, LUA_REGISTRYINDEX, t->ref);
  if (lua_istable(turn.L, -1)) lua_getfield(turn.L, -1, s);
  out = ryx_py_ref_new(t->py, turn.L);
  ryx_py_leave(t->py, &turn);
  return out;
}

bool ryx_py_task_rests(const ryx_py_task *t)
{
  return t->ended || t->paused;
}

bool ryx_py_task_waits(const ryx_py_task *t)
{
  return !ryx_py_task_rests(t) && !t->calls;
}

static PyObject *get_rests(PyObject *self, void *unused)
{
  (void)unused;
  return PyBool_FromLong(ryx_py_task_rests((ryx_py_task *)self));
}

static PyObject *get_ended(PyObject *self, void *unused)
{
  (void)unused;
  return PyBool_FromLong(((ryx_py_task *)self)->ended);
}

static void task_dealloc(PyObject *self)
{
  ryx_py_task *t = (ryx_py_task *)self;
  PyTypeObject *type = Py_TYPE(self);

  if (t->ref != LUA_NOREF && t->py->L) ryx_py_drop(t->py, t->ref);
  Py_XDECREF(t->future);
  Py_XDECREF(t->value);
  Py_XDECREF(t->kept);
  Py_XDECREF(t->held);
  Py_XDECREF(t->asks);
  Py_XDECREF(t->engine);
  type->tp_free(self);
  Py_DECREF(type);
}

int ryx_py_task_open(PyObject *module, ryx_py *py)
{
  static PyMethodDef methods[] = {
      {"go", task_go, METH_VARARGS, "go(exception=None, *values): goes on."},
      {"asks", task_asks, METH_NOARGS, "asks(): what it wants called."},
      {"cancel", task_cancel, METH_NOARGS, "cancel(): stops its query."},
      {"result", task_result, METH_NOARGS, "result(): what came out."},
      {"field", task_field, METH_O, "field(name) -> Ref"},
      {"tell", task_tell, METH_O, "tell(future): of the end or pause."},
      {NULL, NULL, 0, NULL},
  };
  static PyGetSetDef getters[] = {
      {"rests", get_rests, NULL, "It has ended or paused.", NULL},
      {"ended", get_ended, NULL, "It has ended.", NULL},
      {NULL, NULL, NULL, NULL, NULL},
  };
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, task_dealloc},
      {Py_tp_methods, methods},
      {Py_tp_getset, getters},
      {0, NULL},
  };
  static PyType_Spec spec = {
      .name = "ryx._ryx.Task",
      .basicsize = sizeof(ryx_py_task),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
      .slots = slots,
  };
  PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);

  if (!type) return -1;
  py->task_type = (PyTypeObject *)type;
  return PyModule_AddObjectRef(module, "Task", type);
}
