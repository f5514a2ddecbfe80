/* SPDX-License-Identifier: MIT */
/* Shapes: what Lua says the rows of a plan are to be in Python. */
#include "shape.h"

#include "pull.h"

/* The texts of the table at idx as a tuple of interned str. */
static PyObject *names_at(lua_State *L, int idx)
{
  Py_ssize_t n = (Py_ssize_t)lua_rawlen(L, idx);
  PyObject *names = PyTuple_New(n);

  for (Py_ssize_t i = 0; names && i < n; i++) {
    PyObject *s;
    size_t len;
    const char *text;

    lua_rawgeti(L, idx, (lua_Integer)i + 1);
    text = lua_tolstring(L, -1, &len);
    s = PyUnicode_DecodeUTF8(text ? text : "", (Py_ssize_t)len, "replace");
    lua_pop(L, 1);
    if (!s) {
      Py_DECREF(names);
      return NULL;
    }
    PyUnicode_InternInPlace(&s);
    PyTuple_SET_ITEM(names, i, s);
  }
  return names;
}

/* The columns of a class. */
static PyObject *columns_of(ryx_py *py, PyTypeObject *cls)
{
  PyObject *names = PyObject_GetAttr((PyObject *)cls, py->s_columns);

  if (!names || PyTuple_Check(names)) return names;
  Py_DECREF(names);
  PyErr_SetString(PyExc_SystemError, "ryx: _columns is no tuple");
  return NULL;
}

static bool fail(lua_State *L, int top, ryx_py_shape *out)
{
  lua_settop(L, top);
  ryx_py_shape_fini(out);
  return false;
}

static lua_Integer integer_at(lua_State *L, int idx, const char *name)
{
  lua_Integer n;

  lua_getfield(L, idx, name);
  n = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return n;
}

/* The text of a field, or NULL when it is nil. */
static PyObject *text_at(lua_State *L, int idx, const char *name)
{
  PyObject *s = NULL;

  lua_getfield(L, idx, name);
  if (lua_isstring(L, -1)) s = PyUnicode_InternFromString(lua_tostring(L, -1));
  lua_pop(L, 1);
  return s;
}

/* Reads the part at the top. */
static bool read_part(lua_State *L, ryx_py_part *part)
{
  int at = lua_gettop(L);

  part->from = (int)integer_at(L, at, "from") - 1;
  part->key = (int)integer_at(L, at, "key") - 1;
  part->parent = (int)integer_at(L, at, "parent");
  part->name = text_at(L, at, "name");
  part->alias = text_at(L, at, "alias");
  part->back = text_at(L, at, "back");
  lua_getfield(L, at, "marks");
  part->marks = lua_toboolean(L, -1);
  lua_getfield(L, at, "class");
  part->cls = lua_touserdata(L, -1);
  lua_getfield(L, at, "names");
  part->names = names_at(L, lua_gettop(L));
  lua_settop(L, at);
  return part->names && part->name && part->cls && !PyErr_Occurred();
}

/* Reads the list of parts at the top. */
static bool read_parts(lua_State *L, ryx_py_shape *out)
{
  size_t n = lua_rawlen(L, -1);

  out->parts = PyMem_Calloc(n, sizeof *out->parts);
  out->made = PyMem_Calloc(n, sizeof *out->made);
  out->joints = PyMem_Calloc(n, sizeof *out->joints);
  if (!out->parts || !out->made || !out->joints) {
    PyErr_NoMemory();
    return false;
  }
  out->n_parts = (int)n;
  for (int i = 0; i < out->n_parts; i++) {
    bool ok;
    lua_rawgeti(L, -1, i + 1);
    ok = read_part(L, &out->parts[i]);
    lua_pop(L, 1);
    if (!ok) return false;
    out->n_names += (int)PyTuple_GET_SIZE(out->parts[i].names);
  }
  return true;
}

bool ryx_py_shape_init(ryx_py *py, lua_State *L, int idx, int alias,
                       ryx_py_shape *out)
{
  int top = lua_gettop(L);
  lua_Integer kind;

  *out = (ryx_py_shape){0};
  lua_rawgeti(L, idx, 1);
  kind = lua_tointeger(L, -1);
  if (kind < 0 || kind >= RYX_PY_KINDS) {
    PyErr_SetString(PyExc_SystemError, "ryx: rows of an unknown kind");
    return fail(L, top, out);
  }
  out->kind = (ryx_py_kind)kind;
  lua_rawgeti(L, idx, 2);
  out->cls = lua_touserdata(L, -1);
  lua_rawgeti(L, idx, 3);
  if (lua_istable(L, -1)) {
    out->names = names_at(L, lua_gettop(L));
  } else if (out->cls) {
    out->names = columns_of(py, out->cls);
  }
  if (PyErr_Occurred()) return fail(L, top, out);
  if (out->names) out->n_names = (int)PyTuple_GET_SIZE(out->names);
  lua_rawgeti(L, idx, 4);
  if (lua_istable(L, -1) && !read_parts(L, out)) return fail(L, top, out);
  if (!lua_isnil(L, alias) && !(out->alias = ryx_py_pull(py, L, alias))) {
    return fail(L, top, out);
  }
  lua_settop(L, top);
  return true;
}

void ryx_py_shape_fini(ryx_py_shape *s)
{
  for (int i = 0; i < s->n_parts; i++) {
    Py_CLEAR(s->parts[i].name);
    Py_CLEAR(s->parts[i].names);
    Py_CLEAR(s->parts[i].alias);
    Py_CLEAR(s->parts[i].back);
  }
  PyMem_Free(s->parts);
  PyMem_Free(s->made);
  PyMem_Free(s->joints);
  s->parts = NULL;
  s->made = NULL;
  s->joints = NULL;
  s->n_parts = 0;
  Py_CLEAR(s->names);
  Py_CLEAR(s->alias);
}
