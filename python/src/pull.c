/* SPDX-License-Identifier: MIT */
/* Lua values as Python objects. Only functions of Lua that cannot raise are
 * called, so no protected call is needed; Python code may run meanwhile. */
#include "pull.h"

#include "box.h"
#include "cell.h"
#include "error.h"
#include "ref.h"
#include "row.h"
#include "ryx_lua.h"

enum { CLASSES = 8 };

/* One value on its way: a Lua object met again is the same Python object, and
 * objects of one class (of the first few) know each other. */
typedef struct puller {
  ryx_py *py;
  lua_State *L;
  PyObject *seen; /* address -> instance, NULL: none yet */
  PyObject *classes[CLASSES];
  ryx_py_joint joints[CLASSES];
  int n_classes;
} puller;

static PyObject *pull(puller *p, int idx, int depth);

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

static PyObject *pull_list(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  PyObject *list = PyList_New((Py_ssize_t)n);

  for (lua_Integer i = 1; list && i <= n; i++) {
    PyObject *o;
    lua_rawgeti(L, idx, i);
    o = pull(p, lua_gettop(L), depth + 1);
    lua_pop(L, 1);
    if (o) {
      PyList_SET_ITEM(list, (Py_ssize_t)i - 1, o);
    } else {
      Py_CLEAR(list);
    }
  }
  return list;
}

static bool pull_pair(puller *p, PyObject *dict, int depth)
{
  lua_State *L = p->L;
  int top = lua_gettop(L);
  PyObject *key = pull(p, top - 1, depth + 1), *value = NULL;
  bool ok = key != NULL;

  if (ok) value = pull(p, top, depth + 1);
  ok = value && PyDict_SetItem(dict, key, value) == 0;
  Py_XDECREF(key);
  Py_XDECREF(value);
  return ok;
}

static PyObject *pull_dict(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  PyObject *dict = PyDict_New();
  int top = lua_gettop(L);

  lua_pushnil(L);
  while (dict && lua_next(L, idx)) {
    if (!pull_pair(p, dict, depth)) Py_CLEAR(dict);
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return dict;
}

static PyObject *address_of(lua_State *L, int idx)
{
  return PyLong_FromVoidPtr((void *)(uintptr_t)lua_topointer(L, idx));
}

/* The Python class of a metatable at the top [-1, +0]; borrowed or NULL. */
static PyObject *class_of(puller *p)
{
  PyObject *key = address_of(p->L, -1);
  PyObject *cls = key ? PyDict_GetItemWithError(p->py->classes, key) : NULL;

  lua_pop(p->L, 1);
  Py_XDECREF(key);
  return cls;
}

/* The alias an instance is from; None when it is in no database. */
static PyObject *pull_alias(puller *p, int idx)
{
  lua_State *L = p->L;
  static const char *const path[] = {"_r", "alias", "name"};
  int top = lua_gettop(L);
  PyObject *out;

  lua_pushvalue(L, idx);
  for (int i = 0; i < 3 && lua_istable(L, -1); i++) {
    lua_pushstring(L, path[i]);
    lua_rawget(L, -2);
  }
  out = pull(p, lua_gettop(L), 0);
  lua_settop(L, top);
  return out;
}

/* The columns an instance holds; keys that begin with "_" are Lua's own. */
static PyObject *pull_columns(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  PyObject *dict = PyDict_New();
  int top = lua_gettop(L);

  lua_pushnil(L);
  while (dict && lua_next(L, idx)) {
    bool own = lua_type(L, -2) == LUA_TSTRING && *lua_tostring(L, -2) == '_';
    if (!own && !pull_pair(p, dict, depth)) Py_CLEAR(dict);
    lua_pop(L, 1);
  }
  lua_settop(L, top);
  return dict;
}

/* The names of the columns an instance was read without, as keys; or None. */
static PyObject *pull_deferred(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  int top = lua_gettop(L);
  PyObject *out = NULL;

  lua_pushstring(L, "_r");
  lua_rawget(L, idx);
  if (lua_istable(L, -1)) {
    lua_pushstring(L, "deferred");
    lua_rawget(L, -2);
    if (lua_istable(L, -1)) out = pull_dict(p, lua_gettop(L), depth + 1);
  } else {
    lua_pushnil(L);
  }
  if (!out && !PyErr_Occurred()) out = Py_NewRef(Py_None);
  lua_settop(L, top);
  return out;
}

/* Pushes the box of an object of Lua's that stands for one of Python's, or
 * nil [-0, +1]. */
static bool push_box(puller *p, int idx)
{
  lua_pushstring(p->L, "_python");
  lua_rawget(p->L, idx);
  return ryx_py_box_is(p->py, p->L, -1);
}

/* The object of Python's that one of Lua's stands for, which it is made like;
 * else a new one: cls._from_lua(columns, alias, deferred). */
static PyObject *make_instance(puller *p, int idx, PyObject *cls, int depth,
                               bool *is_new)
{
  PyObject *columns = pull_columns(p, idx, depth), *out = NULL;
  PyObject *alias = columns ? pull_alias(p, idx) : NULL;
  PyObject *deferred = alias ? pull_deferred(p, idx, depth) : NULL;
  bool is_boxed = push_box(p, idx), ok = deferred != NULL;
  PyObject *own = is_boxed ? ryx_py_box_follow(p->L, -1) : NULL, *done = NULL;

  if (ok && own) {
    done = PyObject_CallMethod(own, "_follow", "OOO", alias, columns, deferred);
    if (done) out = Py_NewRef(own);
  } else if (ok && !PyErr_Occurred()) {
    out =
        PyObject_CallMethod(cls, "_from_lua", "OOO", columns, alias, deferred);
    if (out && is_boxed && !ryx_py_box_fill(p->L, -1, out)) Py_CLEAR(out);
  }
  lua_pop(p->L, 1);
  *is_new = !own;
  Py_XDECREF(own);
  Py_XDECREF(done);
  Py_XDECREF(columns);
  Py_XDECREF(alias);
  Py_XDECREF(deferred);
  return out;
}

/* Is the value at the top an object, a list of them, or NULL? Marks are not. */
static bool hangs(puller *p)
{
  lua_State *L = p->L;

  if (lua_islightuserdata(L, -1)) return true;
  if (!lua_istable(L, -1)) return false;
  return !lua_getmetatable(L, -1) || class_of(p) != NULL;
}

/* The relations at the top of the stack that lead to something. */
static PyObject *pull_relations(puller *p, int depth)
{
  lua_State *L = p->L;
  PyObject *dict = PyDict_New();
  int at = lua_gettop(L);

  lua_pushnil(L);
  while (dict && lua_next(L, at)) {
    bool own = lua_type(L, -2) == LUA_TSTRING && *lua_tostring(L, -2) == '+';
    if (!own && hangs(p) && !pull_pair(p, dict, depth)) Py_CLEAR(dict);
    lua_pop(L, 1);
  }
  lua_settop(L, at);
  return dict;
}

/* Hangs what was loaded of its relations on an instance. */
static bool relate(puller *p, int idx, PyObject *instance, int depth)
{
  lua_State *L = p->L;
  int top = lua_gettop(L);
  PyObject *dict;
  bool ok = true;

  lua_pushstring(L, "_related");
  lua_rawget(L, idx);
  if (lua_istable(L, -1)) {
    dict = pull_relations(p, depth);
    ok = dict && PyObject_SetAttr(instance, p->py->s_related, dict) == 0;
    Py_XDECREF(dict);
  }
  lua_settop(L, top);
  return ok;
}

static bool join(puller *p, PyObject *cls, PyObject *instance)
{
  int i = 0;

  while (i < p->n_classes && p->classes[i] != cls)
    i++;
  if (i == CLASSES) return true;
  if (i == p->n_classes) p->classes[p->n_classes++] = cls;
  return ryx_py_row_join(p->py, &p->joints[i], instance);
}

static void fini(puller *p)
{
  for (int i = 0; i < p->n_classes; i++)
    ryx_py_row_joined(&p->joints[i]);
  Py_XDECREF(p->seen);
}

/* An object of a model's. It is known before what hangs on it is made, which
 * may lead back to it. */
static PyObject *pull_instance(puller *p, int idx, PyObject *cls, int depth)
{
  PyObject *key = address_of(p->L, idx), *out = NULL;
  bool is_new;

  if (!p->seen) p->seen = PyDict_New();
  if (key && p->seen) out = PyDict_GetItemWithError(p->seen, key);
  if (out || !key || !p->seen || PyErr_Occurred()) {
    Py_XDECREF(key);
    return Py_XNewRef(out);
  }
  Py_INCREF(cls);
  out = make_instance(p, idx, cls, depth, &is_new);
  if (out && (PyDict_SetItem(p->seen, key, out) < 0 ||
              (is_new && !(join(p, cls, out) && relate(p, idx, out, depth))))) {
    Py_CLEAR(out);
  }
  Py_DECREF(cls);
  Py_DECREF(key);
  return out;
}

/* A row of values; the metatable at the top, which goes, may have names. NULL
 * without an error: it is none. */
static PyObject *pull_tuple(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  PyObject *list = NULL, *names = NULL, *cls = NULL, *out = NULL;
  bool is_tuple;

  lua_pushstring(L, "is_tuple");
  lua_rawget(L, -2);
  is_tuple = lua_toboolean(L, -1);
  lua_pop(L, 1);
  lua_pushstring(L, "names");
  lua_rawget(L, -2);
  if (is_tuple) list = pull_list(p, idx, depth);
  if (list && !lua_istable(L, -1)) out = PyList_AsTuple(list);
  if (list && !out && !PyErr_Occurred()) {
    PyObject *found = pull_list(p, lua_gettop(L), depth);
    names = found ? PyList_AsTuple(found) : NULL;
    Py_XDECREF(found);
    cls = names ? PyObject_CallOneArg(p->py->row_type, names) : NULL;
    if (cls) out = PyObject_CallMethod(cls, "_make", "O", list);
  }
  Py_XDECREF(list);
  Py_XDECREF(names);
  Py_XDECREF(cls);
  lua_pop(L, 2);
  return out;
}

static PyObject *pull_ref(puller *p, int idx)
{
  lua_pushvalue(p->L, idx);
  return ryx_py_ref_new(p->py, p->L);
}

static PyObject *pull_table(puller *p, int idx, int depth)
{
  lua_State *L = p->L;
  PyObject *cls, *row;

  if (lua_getmetatable(L, idx)) {
    if (lua_topointer(L, -1) == p->py->array) {
      lua_pop(L, 1);
      return pull_list(p, idx, depth);
    }
    lua_pushvalue(L, -1);
    cls = class_of(p);
    if (cls) {
      lua_pop(L, 1);
      return pull_instance(p, idx, cls, depth);
    }
    row = pull_tuple(p, idx, depth);
    return row || PyErr_Occurred() ? row : pull_ref(p, idx);
  }
  return lua_rawlen(L, idx) > 0 ? pull_list(p, idx, depth)
                                : pull_dict(p, idx, depth);
}

static PyObject *pull_userdata(puller *p, int idx)
{
  lua_State *L = p->L;
  PyObject *o = ryx_py_unbox(p->py, L, idx);
  ryx_val v;

  if (o) return Py_NewRef(o);
  if (ryx_lua_to_val(L, idx, &v)) return ryx_py_cell(p->py, &v, RYX_T_NULL, 0);
  return pull_ref(p, idx);
}

static PyObject *pull(puller *p, int idx, int depth)
{
  lua_State *L = p->L;

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
    case LUA_TTABLE: return pull_table(p, idx, depth);
    case LUA_TUSERDATA: return pull_userdata(p, idx);
    default: return pull_ref(p, idx);
  }
}

PyObject *ryx_py_pull(ryx_py *py, lua_State *L, int idx)
{
  puller p = {.py = py, .L = L};
  PyObject *out = pull(&p, lua_absindex(L, idx), 0);

  fini(&p);
  return out;
}

PyObject *ryx_py_pull_error(ryx_py *py, lua_State *L, int idx)
{
  puller p = {.py = py, .L = L};
  PyObject *fields, *cls = NULL, *out;

  idx = lua_absindex(L, idx);
  if (lua_islightuserdata(L, idx) || ryx_py_unbox(py, L, idx)) {
    return pull(&p, idx, 0); /* an exception that only passed through */
  }
  if (lua_istable(L, idx)) {
    fields = pull_dict(&p, idx, 0);
    if (lua_getmetatable(L, idx)) cls = class_of(&p);
  } else {
    fields = pull(&p, idx, 0);
  }
  fini(&p);
  if (!fields) return NULL;
  out = ryx_py_error_of(py, fields, cls);
  Py_DECREF(fields);
  return out;
}
