/* SPDX-License-Identifier: MIT */
/* Ref: a value of Lua's that Python holds. */
#include "ref.h"

typedef struct ryx_py_ref {
  PyObject_HEAD ryx_py *py;
  int ref;
} ryx_py_ref;

static void ref_dealloc(PyObject *self)
{
  ryx_py_ref *r = (ryx_py_ref *)self;
  PyTypeObject *type = Py_TYPE(self);

  if (r->py->L) ryx_py_drop(r->py, r->ref);
  type->tp_free(self);
  Py_DECREF(type);
}

static PyObject *ref_repr(PyObject *self)
{
  ryx_py_ref *r = (ryx_py_ref *)self;
  ryx_py_turn t = ryx_py_enter(r->py);
  PyObject *out;

  lua_rawgeti(t.L, LUA_REGISTRYINDEX, r->ref);
  out = PyUnicode_FromFormat("<ryx %s>", luaL_typename(t.L, -1));
  ryx_py_leave(r->py, &t);
  return out;
}

PyObject *ryx_py_ref_new(ryx_py *py, lua_State *L)
{
  ryx_py_ref *r = PyObject_New(ryx_py_ref, py->ref_type);

  if (!r) {
    lua_pop(L, 1);
    return NULL;
  }
  r->py = py;
  r->ref = luaL_ref(L, LUA_REGISTRYINDEX);
  return (PyObject *)r;
}

bool ryx_py_ref_push(ryx_py *py, lua_State *L, PyObject *o)
{
  if (Py_TYPE(o) != py->ref_type) return false;
  lua_rawgeti(L, LUA_REGISTRYINDEX, ((ryx_py_ref *)o)->ref);
  return true;
}

int ryx_py_ref_open(PyObject *module, ryx_py *py)
{
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, ref_dealloc},
      {Py_tp_repr, ref_repr},
      {0, NULL},
  };
  static PyType_Spec spec = {
      .name = "ryx._ryx.Ref",
      .basicsize = sizeof(ryx_py_ref),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
      .slots = slots,
  };
  PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);

  if (!type) return -1;
  py->ref_type = (PyTypeObject *)type;
  return PyModule_AddObjectRef(module, "Ref", type);
}
