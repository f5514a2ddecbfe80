/* SPDX-License-Identifier: MIT */
/* Functions of Lua's that call Python. */
#include "callback.h"

#include "box.h"
#include "call.h"
#include "error.h"
#include "pull.h"
#include "push.h"
#include "ref.h"

/* The n arguments of a call as a tuple. */
static PyObject *pull_args(ryx_py *py, lua_State *L)
{
  int n = lua_gettop(L);
  PyObject *args = PyTuple_New(n);

  for (int i = 0; args && i < n; i++) {
    PyObject *o = ryx_py_pull(py, L, i + 1);
    if (!o) {
      Py_DECREF(args);
      return NULL;
    }
    PyTuple_SET_ITEM(args, i, o);
  }
  return args;
}

static int push_box(lua_State *L)
{
  ryx_py_box(lua_touserdata(L, 1), L, lua_touserdata(L, 2));
  return 1;
}

/* Pushes one value, or leaves an exception set. */
static bool give(ryx_py *py, lua_State *L, PyObject *o, bool boxes)
{
  PyObject *args;
  int n;

  if (boxes && o != Py_None) {
    lua_pushcfunction(L, push_box);
    lua_pushlightuserdata(L, py);
    lua_pushlightuserdata(L, o);
    return ryx_py_call(py, L, 2, 1);
  }
  args = PyTuple_Pack(1, o);
  n = args ? ryx_py_push_args(py, L, args) : -1;
  Py_XDECREF(args);
  return n == 1;
}

/* The messages of a ValidationError, NULL for other exceptions; borrows. */
static PyObject *messages_of(ryx_py *py, PyObject *exception)
{
  PyObject *out;

  if (PyObject_IsInstance(exception, py->validation) <= 0) return NULL;
  out = PyObject_GetAttrString(exception, "errors");
  if (!out) PyErr_Clear();
  return out;
}

/* Pushes what the exception that is set means. */
static int give_exception(ryx_py *py, lua_State *L)
{
  PyObject *exception = ryx_py_take_exception();
  PyObject *messages = messages_of(py, exception);
  bool ok;

  lua_settop(L, 0);
  if (messages) {
    lua_pushboolean(L, false);
    ok = give(py, L, messages, false);
  } else {
    lua_pushnil(L);
    ok = give(py, L, exception, true);
  }
  Py_XDECREF(messages);
  Py_XDECREF(exception);
  if (!ok) PyErr_Clear();
  return lua_gettop(L);
}

static int invoke(lua_State *L)
{
  ryx_py *py = lua_touserdata(L, lua_upvalueindex(1));
  PyObject *fn = ryx_py_unbox(py, L, lua_upvalueindex(2));
  bool boxes = lua_toboolean(L, lua_upvalueindex(3)), ok = false;
  PyObject *args, *result;

  luaL_checkstack(L, 8, "callback");
  args = pull_args(py, L);
  result = args ? PyObject_CallObject(fn, args) : NULL;
  if (result) {
    lua_settop(L, 0);
    lua_pushboolean(L, true);
    ok = give(py, L, result, boxes);
  }
  Py_XDECREF(args);
  Py_XDECREF(result);
  /* A box is small to Lua, what it holds is not: it collects the sooner. */
  lua_gc(L, LUA_GCSTEP, 1);
  return ok ? 2 : give_exception(py, L);
}

/* [fn, boxes] -> closure */
static int make(lua_State *L)
{
  ryx_py *py = lua_touserdata(L, 1);

  lua_pushlightuserdata(L, py);
  ryx_py_box(py, L, lua_touserdata(L, 2));
  lua_pushvalue(L, 3);
  lua_pushcclosure(L, invoke, 3);
  return 1;
}

PyObject *ryx_py_callback(PyObject *module, PyObject *args)
{
  ryx_py *py = ryx_py_state(module);
  PyObject *fn, *out = NULL;
  int boxes = 0;
  ryx_py_turn turn;

  if (!PyArg_ParseTuple(args, "O|p", &fn, &boxes)) return NULL;
  if (!PyCallable_Check(fn)) {
    return PyErr_Format(PyExc_TypeError, "callback takes a callable, not %.80R",
                        fn);
  }
  if (boxes) py->has_boxes = true;
  turn = ryx_py_enter(py);
  lua_pushcfunction(turn.L, make);
  lua_pushlightuserdata(turn.L, py);
  lua_pushlightuserdata(turn.L, fn);
  lua_pushboolean(turn.L, boxes);
  if (ryx_py_call(py, turn.L, 3, 1)) out = ryx_py_ref_new(py, turn.L);
  ryx_py_leave(py, &turn);
  return out;
}
