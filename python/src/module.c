/* SPDX-License-Identifier: MIT */
/* The module ryx._ryx. */
#include "box.h"
#include "call.h"
#include "callback.h"
#include "loop.h"
#include "pull.h"
#include "push.h"
#include "ref.h"
#include "row.h"
#include "ryx.h"
#include "task.h"

static bool tie(ryx_py *py, lua_State *L, int idx, PyObject *cls)
{
  PyObject *key = PyLong_FromVoidPtr((void *)(uintptr_t)lua_topointer(L, idx));
  bool ok = key && PyDict_SetItem(py->classes, key, cls) == 0;

  Py_XDECREF(key);
  return ok;
}

/* Ties the error class at idx to the one of the Python class. */
static bool tie_error(ryx_py *py, lua_State *L, int idx, PyObject *cls,
                      const char *name)
{
  PyObject *error = PyObject_GetAttrString(cls, name);
  bool ok = error && tie(py, L, idx, error);

  Py_XDECREF(error);
  return ok;
}

/* register(ref, cls): objects of this model of Lua's are of this class. */
static PyObject *register_class(PyObject *module, PyObject *args)
{
  ryx_py *py = ryx_py_state(module);
  PyObject *ref, *cls;
  ryx_py_turn turn;
  lua_State *L;
  bool ok;

  if (!PyArg_ParseTuple(args, "O!O!", py->ref_type, &ref, &PyType_Type, &cls)) {
    return NULL;
  }
  turn = ryx_py_enter(py);
  L = turn.L;
  ryx_py_bridge(L, "register");
  ryx_py_ref_push(py, L, ref);
  lua_pushlightuserdata(L, cls);
  ok = ryx_py_call(py, L, 2, 3) && tie(py, L, 1, cls) &&
       tie_error(py, L, 2, cls, "DoesNotExist") &&
       tie_error(py, L, 3, cls, "MultipleObjectsReturned");
  ryx_py_leave(py, &turn);
  if (!ok) return NULL;
  return Py_NewRef(Py_None);
}

/* function(name): a function of the bridge's. */
static PyObject *function(PyObject *module, PyObject *arg)
{
  ryx_py *py = ryx_py_state(module);
  const char *name = PyUnicode_AsUTF8(arg);
  ryx_py_turn turn;
  PyObject *out;

  if (!name) return NULL;
  turn = ryx_py_enter(py);
  ryx_py_bridge(turn.L, name);
  if (lua_isfunction(turn.L, -1)) {
    out = ryx_py_ref_new(py, turn.L);
  } else {
    out = PyErr_Format(PyExc_AttributeError, "ryx has no '%s'", name);
  }
  ryx_py_leave(py, &turn);
  return out;
}

/* call(fn, *args): a function of the bridge's that needs no engine. */
static PyObject *call(PyObject *module, PyObject *args)
{
  ryx_py *py = ryx_py_state(module);
  ryx_py_turn turn = ryx_py_enter(py);
  int n = ryx_py_push_args(py, turn.L, args);
  PyObject *out = NULL;

  if (n == 0) PyErr_SetString(PyExc_TypeError, "call takes a function");
  if (n > 0 && ryx_py_call(py, turn.L, n - 1, 1)) {
    out = ryx_py_pull(py, turn.L, -1);
  }
  ryx_py_leave(py, &turn);
  return out;
}

static PyMethodDef functions[] = {
    {"call", call, METH_VARARGS, "call(fn, *args), without an engine."},
    {"callback", ryx_py_callback, METH_VARARGS, "callback(fn, boxes=False)"},
    {"register", register_class, METH_VARARGS, "register(ref, cls)"},
    {"function", function, METH_O, "function(name) -> Ref"},
    {"hold", ryx_py_box_hold, METH_O, "hold(object) -> Ref: Lua holds it."},
    {NULL, NULL, 0, NULL},
};

static int traverse(PyObject *module, visitproc visit, void *arg)
{
  ryx_py *py = ryx_py_state(module);

  Py_VISIT(py->classes);
  Py_VISIT(py->error);
  Py_VISIT(py->validation);
  Py_VISIT(py->instance);
  Py_VISIT(py->row_type);
  Py_VISIT(py->ref_type);
  Py_VISIT(py->task_type);
  Py_VISIT(py->row);
  return 0;
}

static int clear(PyObject *module)
{
  ryx_py *py = ryx_py_state(module);

  Py_CLEAR(py->classes);
  Py_CLEAR(py->error);
  Py_CLEAR(py->validation);
  Py_CLEAR(py->instance);
  Py_CLEAR(py->row_type);
  Py_CLEAR(py->decimal);
  Py_CLEAR(py->uuid);
  Py_CLEAR(py->loads);
  Py_CLEAR(py->s_lua);
  Py_CLEAR(py->s_result);
  Py_CLEAR(py->s_columns);
  Py_CLEAR(py->s_alias);
  Py_CLEAR(py->s_related);
  Py_CLEAR(py->s_boxed);
  Py_CLEAR(py->ref_type);
  Py_CLEAR(py->task_type);
  Py_CLEAR(py->row);
  return 0;
}

static void free_module(void *module)
{
  ryx_py_close(ryx_py_state(module));
  clear(module);
}

PyMODINIT_FUNC PyInit__ryx(void);

PyMODINIT_FUNC PyInit__ryx(void)
{
  static struct PyModuleDef def = {
      PyModuleDef_HEAD_INIT,
      .m_name = "ryx._ryx",
      .m_doc = "The runtime of ryx: Lua, engines, values.",
      .m_size = sizeof(ryx_py),
      .m_methods = functions,
      .m_traverse = traverse,
      .m_clear = clear,
      .m_free = free_module,
  };
  PyObject *module = PyModule_Create(&def);
  ryx_py *py = module ? ryx_py_state(module) : NULL;

  if (py && ryx_py_ref_open(module, py) == 0 && ryx_py_loop_open(module) == 0 &&
      ryx_py_task_open(module, py) == 0 && ryx_py_row_open(module, py) == 0 &&
      ryx_py_open(py) == 0 && ryx_py_box_open(py) == 0 &&
      PyModule_AddObjectRef(module, "Ref", (PyObject *)py->ref_type) == 0 &&
      PyModule_AddStringConstant(module, "version", ryx_version()) == 0) {
    return module;
  }
  Py_XDECREF(module);
  return NULL;
}
