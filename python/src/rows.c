/* SPDX-License-Identifier: MIT */
/* Results as Python objects, in one pass over the rows. */
#include "py.h"

#include <string.h>

/* The columns of a result: their names, and the types they should have. */
typedef struct columns {
  int n;
  PyObject *names; /* tuple of interned str, owned */
  const uint8_t *type, *elem;
  PyObject *alias; /* of instances, or NULL */
} columns;

static PyObject *names_of(const ryx_result *res)
{
  int n = ryx_result_columns(res);
  PyObject *names = PyTuple_New(n);

  for (int i = 0; names && i < n; i++) {
    PyObject *s = PyUnicode_DecodeUTF8(
        ryx_result_name(res, i), (Py_ssize_t)strlen(ryx_result_name(res, i)),
        "replace");
    if (!s) {
      Py_DECREF(names);
      return NULL;
    }
    PyUnicode_InternInPlace(&s);
    PyTuple_SET_ITEM(names, i, s);
  }
  return names;
}

/* Puts the cells of the current row into a dict. */
static bool fill(ryx_py *py, ryx_result *res, const columns *c, PyObject *dict)
{
  for (int i = 0; i < c->n; i++) {
    ryx_val v;
    PyObject *o;
    int rc;

    ryx_result_cell(res, i, &v);
    o = ryx_py_cell(py, &v, c->type ? c->type[i] : RYX_T_NULL,
                    c->elem ? c->elem[i] : 0);
    if (!o) return false;
    rc = PyDict_SetItem(dict, PyTuple_GET_ITEM(c->names, i), o);
    Py_DECREF(o);
    if (rc < 0) return false;
  }
  return true;
}

static PyObject *row_dict(ryx_py *py, ryx_result *res, const columns *c)
{
  PyObject *dict = PyDict_New();

  if (dict && fill(py, res, c, dict)) return dict;
  Py_XDECREF(dict);
  return NULL;
}

/* An object of the class with the cells as its attributes; __init__ is for
 * objects that come from users. */
static PyObject *row_instance(ryx_py *py, ryx_result *res, const columns *c,
                              PyTypeObject *cls)
{
  PyObject *o = cls->tp_alloc(cls, 0), *dict;
  bool ok;

  if (!o) return NULL;
  dict = PyObject_GenericGetDict(o, NULL);
  ok = dict && fill(py, res, c, dict);
  if (ok && c->alias) ok = PyDict_SetItem(dict, py->s_alias, c->alias) == 0;
  Py_XDECREF(dict);
  if (ok) return o;
  Py_DECREF(o);
  return NULL;
}

static PyObject *list_of(ryx_py *py, ryx_result *res, const columns *c,
                         PyTypeObject *cls)
{
  PyObject *list = PyList_New(0);

  while (list && ryx_result_next(res)) {
    PyObject *row = cls ? row_instance(py, res, c, cls) : row_dict(py, res, c);
    if (row && PyList_Append(list, row) == 0) {
      Py_DECREF(row);
      continue;
    }
    Py_XDECREF(row);
    Py_CLEAR(list);
  }
  return list;
}

static bool distinct(ryx_py *py, PyObject *names)
{
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
    for (Py_ssize_t j = 0; j < i; j++) {
      PyObject *exc;
      ryx_err e = {.code = RYX_E_MISUSE};
      /* Interned, so equal names are one object. */
      if (PyTuple_GET_ITEM(names, i) != PyTuple_GET_ITEM(names, j)) continue;
      PyOS_snprintf(e.message, sizeof e.message,
                    "two columns are called '%.60s': give one an alias",
                    PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i)));
      exc = ryx_py_error(py, &e);
      if (exc) PyErr_SetObject((PyObject *)Py_TYPE(exc), exc);
      Py_XDECREF(exc);
      return false;
    }
  }
  return true;
}

PyObject *ryx_py_dicts(ryx_py *py, ryx_result *res)
{
  columns c = {.n = ryx_result_columns(res), .names = names_of(res)};
  PyObject *out = NULL;

  if (c.names && distinct(py, c.names)) out = list_of(py, res, &c, NULL);
  Py_XDECREF(c.names);
  return out;
}

PyObject *ryx_py_instances(ryx_py *py, ryx_result *res, PyObject *cls,
                           PyObject *alias, const ryx_plan_info *info)
{
  columns c = {.n = ryx_result_columns(res), .alias = alias};
  PyObject *out = NULL;

  c.names = PyObject_GetAttr(cls, py->s_columns);
  if (!c.names) return NULL;
  if (info) {
    c.type = info->col_type;
    c.elem = info->col_elem;
  }
  if (PyTuple_Check(c.names) && PyTuple_GET_SIZE(c.names) == c.n) {
    out = list_of(py, res, &c, (PyTypeObject *)cls);
  } else {
    PyErr_SetString(PyExc_SystemError, "ryx: _columns is not of this result");
  }
  Py_DECREF(c.names);
  return out;
}
