/* SPDX-License-Identifier: MIT */
/* Lua values as Python objects. Only functions of Lua that cannot raise are
 * called, so no protected call is needed; Python code may run meanwhile. */
#include "py.h"

static PyObject *pull(ryx_py *py, lua_State *L, int idx, int depth);

/* Text, or bytes when it is no UTF-8. */
static PyObject *pull_string(lua_State *L, int idx)
{
  size_t n;
  const char *s = lua_tolstring(L, idx, &n);
  PyObject *o = PyUnicode_DecodeUTF8(s, (Py_ssize_t)n, NULL);

  if (o || !PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) return o;
  PyErr_Clear();
  return PyBytes_FromStringAndSize(s, (Py_ssize_t)n);
}

static PyObject *pull_list(ryx_py *py, lua_State *L, int idx, int depth)
{
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  PyObject *list = PyList_New((Py_ssize_t)n);

  for (lua_Integer i = 1; list && i <= n; i++) {
    PyObject *o;
    lua_rawgeti(L, idx, i);
    o = pull(py, L, lua_gettop(L), depth + 1);
    lua_pop(L, 1);
    if (o) {
      PyList_SET_ITEM(list, (Py_ssize_t)i - 1, o);
    } else {
      Py_CLEAR(list);
    }
  }
  return list;
}

static bool pull_pair(ryx_py *py, lua_State *L, PyObject *dict, int depth)
{
  int top = lua_gettop(L);
  PyObject *key = pull(py, L, top - 1, depth + 1), *value = NULL;
  bool ok = key != NULL;

  if (ok) value = pull(py, L, top, depth + 1);
  ok = value && PyDict_SetItem(dict, key, value) == 0;
  Py_XDECREF(key);
  Py_XDECREF(value);
  return ok;
}

static PyObject *pull_dict(ryx_py *py, lua_State *L, int idx, int depth)
{
  PyObject *dict = PyDict_New();
  int top = lua_gettop(L);

  lua_pushnil(L);
  while (dict && lua_next(L, idx)) {
    if (!pull_pair(py, L, dict, depth)) Py_CLEAR(dict);
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return dict;
}

/* The Python class of a metatable at the top [-1, +0]; borrowed or NULL. */
static PyObject *class_of(ryx_py *py, lua_State *L)
{
  PyObject *key = PyLong_FromVoidPtr((void *)(uintptr_t)lua_topointer(L, -1));
  PyObject *cls = key ? PyDict_GetItemWithError(py->classes, key) : NULL;

  lua_pop(L, 1);
  Py_XDECREF(key);
  return cls;
}

/* The alias an instance is from; None when it is in no database. */
static PyObject *pull_alias(ryx_py *py, lua_State *L, int idx)
{
  static const char *const path[] = {"_r", "alias", "name"};
  int top = lua_gettop(L);
  PyObject *out;

  lua_pushvalue(L, idx);
  for (int i = 0; i < 3 && lua_istable(L, -1); i++) {
    lua_pushstring(L, path[i]);
    lua_rawget(L, -2);
  }
  out = pull(py, L, lua_gettop(L), 0);
  lua_settop(L, top);
  return out;
}

/* The columns an instance holds; keys that begin with "_" are Lua's own. */
static PyObject *pull_columns(ryx_py *py, lua_State *L, int idx, int depth)
{
  PyObject *dict = PyDict_New();
  int top = lua_gettop(L);

  lua_pushnil(L);
  while (dict && lua_next(L, idx)) {
    bool own = lua_type(L, -2) == LUA_TSTRING && *lua_tostring(L, -2) == '_';
    if (!own && !pull_pair(py, L, dict, depth)) Py_CLEAR(dict);
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return dict;
}

/* An object of a model's: cls._from_lua(columns, alias). */
static PyObject *pull_instance(ryx_py *py, lua_State *L, int idx, PyObject *cls,
                               int depth)
{
  PyObject *columns, *alias, *out = NULL;

  Py_INCREF(cls);
  columns = pull_columns(py, L, idx, depth);
  alias = columns ? pull_alias(py, L, idx) : NULL;
  if (alias) {
    out = PyObject_CallMethod(cls, "_from_lua", "OO", columns, alias);
  }
  Py_XDECREF(columns);
  Py_XDECREF(alias);
  Py_DECREF(cls);
  return out;
}

static PyObject *pull_ref(ryx_py *py, lua_State *L, int idx)
{
  lua_pushvalue(L, idx);
  return ryx_py_ref_new(py, L);
}

static PyObject *pull_table(ryx_py *py, lua_State *L, int idx, int depth)
{
  PyObject *cls;

  if (lua_getmetatable(L, idx)) {
    if (lua_topointer(L, -1) == py->array) {
      lua_pop(L, 1);
      return pull_list(py, L, idx, depth);
    }
    cls = class_of(py, L);
    if (cls) return pull_instance(py, L, idx, cls, depth);
    return PyErr_Occurred() ? NULL : pull_ref(py, L, idx);
  }
  return lua_rawlen(L, idx) > 0 ? pull_list(py, L, idx, depth)
                                : pull_dict(py, L, idx, depth);
}

static PyObject *pull_userdata(ryx_py *py, lua_State *L, int idx)
{
  ryx_val v;

  if (ryx_lua_to_val(L, idx, &v)) return ryx_py_cell(py, &v, RYX_T_NULL, 0);
  return pull_ref(py, L, idx);
}

static PyObject *pull(ryx_py *py, lua_State *L, int idx, int depth)
{
  if (depth > RYX_PY_DEPTH || !lua_checkstack(L, 6)) {
    PyErr_SetString(PyExc_RecursionError, "ryx: a value is nested too deep");
    return NULL;
  }
  switch (lua_type(L, idx)) {
    case LUA_TNONE:
    case LUA_TNIL: return Py_NewRef(Py_None);
    case LUA_TBOOLEAN: return PyBool_FromLong(lua_toboolean(L, idx));
    case LUA_TLIGHTUSERDATA:
      if (!lua_touserdata(L, idx)) return Py_NewRef(Py_None);
      /* Objects of Python's travel as their address. */
      return Py_NewRef((PyObject *)lua_touserdata(L, idx));
    case LUA_TNUMBER:
      return lua_isinteger(L, idx) ? PyLong_FromLongLong(lua_tointeger(L, idx))
                                   : PyFloat_FromDouble(lua_tonumber(L, idx));
    case LUA_TSTRING: return pull_string(L, idx);
    case LUA_TTABLE: return pull_table(py, L, idx, depth);
    case LUA_TUSERDATA: return pull_userdata(py, L, idx);
    default: return pull_ref(py, L, idx);
  }
}

PyObject *ryx_py_pull(ryx_py *py, lua_State *L, int idx)
{
  return pull(py, L, lua_absindex(L, idx), 0);
}

/* configure() was not called yet: only while ryx itself is imported. */
static PyObject *plain_error(lua_State *L, int idx)
{
  PyObject *s = pull_string(L, idx), *out;

  out = s ? PyObject_CallOneArg(PyExc_RuntimeError, s) : NULL;
  Py_XDECREF(s);
  return out;
}

PyObject *ryx_py_pull_error(ryx_py *py, lua_State *L, int idx)
{
  PyObject *fields, *cls = NULL, *out;

  idx = lua_absindex(L, idx);
  if (lua_type(L, idx) == LUA_TLIGHTUSERDATA) {
    return pull(py, L, idx, 0); /* an exception that only passed through */
  }
  if (!py->error && lua_type(L, idx) == LUA_TSTRING) {
    return plain_error(L, idx);
  }
  if (lua_istable(L, idx)) {
    fields = pull_dict(py, L, idx, 0);
    if (lua_getmetatable(L, idx)) cls = class_of(py, L);
  } else {
    fields = pull(py, L, idx, 0);
  }
  if (!fields) return NULL;
  out = PyObject_CallFunction(py->error, "OO", fields, cls ? cls : Py_None);
  Py_DECREF(fields);
  return out;
}

void ryx_py_raise(ryx_py *py, lua_State *L, int idx)
{
  PyObject *exc;

  if (PyErr_Occurred()) return;
  exc = ryx_py_pull_error(py, L, idx);
  if (exc) PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
  Py_XDECREF(exc);
}
