/* SPDX-License-Identifier: MIT */
/* Results as Python objects, in one pass over the rows. */
#include "rows.h"

#include <string.h>

#include "cell.h"
#include "error.h"
#include "row.h"

/* The columns of a result, and how its rows are made. */
typedef struct columns {
  int n;
  PyObject *names; /* tuple of str, of kinds that have names */
  const uint8_t *type, *elem;
  PyTypeObject *cls; /* of instances and named rows */
  PyObject *alias;   /* of instances, or NULL */
  const ryx_py_part *parts;
  int n_parts;
  PyObject **made; /* the object of each part in this row, borrowed, or NULL */
  ryx_py_joint joint, *part_joints; /* of the objects, of those of a part */
} columns;

typedef PyObject *(*row_maker)(ryx_py *py, ryx_result *res, columns *c);

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

static PyObject *cell(ryx_py *py, ryx_result *res, const columns *c, int i)
{
  ryx_val v;

  ryx_result_cell(res, i, &v);
  return ryx_py_cell(py, &v, c->type ? c->type[i] : RYX_T_NULL,
                     c->elem ? c->elem[i] : 0);
}

/* Puts the cells of the current row from one on into a dict. */
static bool fill(ryx_py *py, ryx_result *res, const columns *c, int from,
                 PyObject *names, PyObject *dict)
{
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
    PyObject *o = cell(py, res, c, from + (int)i);
    int rc;

    if (!o) return false;
    rc = PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), o);
    Py_DECREF(o);
    if (rc < 0) return false;
  }
  return true;
}

static PyObject *row_dict(ryx_py *py, ryx_result *res, columns *c)
{
  PyObject *dict = PyDict_New();

  if (dict && fill(py, res, c, 0, c->names, dict)) return dict;
  Py_XDECREF(dict);
  return NULL;
}

/* An object of the class with the cells as its attributes; __init__ is for
 * objects that come from users. */
static PyObject *instance(ryx_py *py, ryx_result *res, const columns *c,
                          const ryx_py_part *part)
{
  PyObject *o = part->cls->tp_alloc(part->cls, 0), *dict;
  bool ok;

  if (!o) return NULL;
  dict = PyObject_GenericGetDict(o, NULL);
  ok = dict && fill(py, res, c, part->from, part->names, dict);
  if (ok && part->alias) {
    ok = PyDict_SetItem(dict, py->s_alias, part->alias) == 0;
  }
  Py_XDECREF(dict);
  if (ok) return o;
  Py_DECREF(o);
  return NULL;
}

/* owner._related[name] = value */
static bool relate(ryx_py *py, PyObject *owner, PyObject *name, PyObject *value)
{
  PyObject *dict = PyObject_GenericGetDict(owner, NULL);
  PyObject *known = dict ? PyDict_GetItemWithError(dict, py->s_related) : NULL;
  bool ok = dict && !PyErr_Occurred();

  if (ok && !known) {
    known = PyDict_New();
    ok = known && PyDict_SetItem(dict, py->s_related, known) == 0;
    Py_XDECREF(known); /* the dict has it */
  }
  ok = ok && PyDict_SetItem(known, name, value) == 0;
  Py_XDECREF(dict);
  return ok;
}

/* Makes the object of a part and hangs it on its owner; none when its key is
 * NULL. */
static bool hang(ryx_py *py, ryx_result *res, columns *c, int i,
                 PyObject *owner)
{
  const ryx_py_part *part = &c->parts[i];
  PyObject *o;
  ryx_val v;
  bool ok;

  c->made[i] = NULL;
  if (!owner) return true;
  ryx_result_cell(res, part->key, &v);
  if (v.type == RYX_T_NULL) {
    return !part->marks || relate(py, owner, part->name, Py_None);
  }
  o = instance(py, res, c, part);
  ok = o && ryx_py_row_join(py, &c->part_joints[i], o) &&
       relate(py, owner, part->name, o);
  if (ok && part->back) ok = relate(py, o, part->back, owner);
  Py_XDECREF(o); /* its owner has it */
  c->made[i] = o;
  return ok;
}

static PyObject *row_instance(ryx_py *py, ryx_result *res, columns *c)
{
  const ryx_py_part own = {.cls = c->cls, .names = c->names, .alias = c->alias};
  PyObject *row = instance(py, res, c, &own);

  if (row && !ryx_py_row_join(py, &c->joint, row)) Py_CLEAR(row);
  for (int i = 0; row && i < c->n_parts; i++) {
    int parent = c->parts[i].parent;
    PyObject *owner = parent ? c->made[parent - 1] : row;
    if (!hang(py, res, c, i, owner)) Py_CLEAR(row);
  }
  return row;
}

/* A tuple, or an object of a subclass that adds no state of its own. */
static PyObject *row_tuple(ryx_py *py, ryx_result *res, columns *c)
{
  PyObject *row = c->cls ? c->cls->tp_alloc(c->cls, c->n) : PyTuple_New(c->n);

  for (int i = 0; row && i < c->n; i++) {
    PyObject *o = cell(py, res, c, i);
    if (!o) {
      Py_CLEAR(row);
      break;
    }
    PyTuple_SET_ITEM(row, i, o);
  }
  return row;
}

static PyObject *row_value(ryx_py *py, ryx_result *res, columns *c)
{
  return cell(py, res, c, 0);
}

static PyObject *list_of(ryx_py *py, ryx_result *res, columns *c,
                         row_maker make)
{
  PyObject *list = PyList_New(0);

  while (list && ryx_result_next(res)) {
    PyObject *row = make(py, res, c);
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
      /* Interned, so equal names are one object. */
      if (PyTuple_GET_ITEM(names, i) != PyTuple_GET_ITEM(names, j)) continue;
      ryx_py_error_raise(py, RYX_E_MISUSE,
                         "two columns are called '%.60s': give one an alias",
                         PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, i)));
      return false;
    }
  }
  return true;
}

PyObject *ryx_py_dicts(ryx_py *py, ryx_result *res)
{
  columns c = {.n = ryx_result_columns(res), .names = names_of(res)};
  PyObject *out = NULL;

  if (c.names && distinct(py, c.names)) out = list_of(py, res, &c, row_dict);
  Py_XDECREF(c.names);
  return out;
}

/* The namedtuple of these names. */
static PyTypeObject *named(ryx_py *py, PyObject *names)
{
  PyObject *cls = PyObject_CallOneArg(py->row_type, names);

  if (!cls || (PyType_Check(cls) &&
               PyType_IsSubtype((PyTypeObject *)cls, &PyTuple_Type))) {
    return (PyTypeObject *)cls;
  }
  Py_DECREF(cls);
  PyErr_SetString(PyExc_SystemError, "ryx: rows with names are tuples");
  return NULL;
}

/* The rows of a result whose columns are known. */
static PyObject *all_rows(ryx_py *py, ryx_result *res, const ryx_py_shape *s,
                          columns *c)
{
  static const row_maker make[] = {
      [RYX_PY_INSTANCES] = row_instance, [RYX_PY_DICTS] = row_dict,
      [RYX_PY_TUPLES] = row_tuple,       [RYX_PY_VALUES] = row_value,
      [RYX_PY_NAMED] = row_tuple,
  };
  PyObject *out;

  if (s->kind == RYX_PY_NAMED && !(c->cls = named(py, s->names))) return NULL;
  out = list_of(py, res, c, make[s->kind]);
  if (s->kind == RYX_PY_NAMED) Py_DECREF(c->cls);
  return out;
}

PyObject *ryx_py_rows(ryx_py *py, ryx_result *res, const ryx_py_shape *s,
                      const ryx_plan_info *info)
{
  columns c = {
      .n = ryx_result_columns(res),
      .names = s->names,
      .type = info ? info->col_type : NULL,
      .elem = info ? info->col_elem : NULL,
      .cls = s->cls,
      .alias = s->alias,
      .parts = s->parts,
      .n_parts = s->n_parts,
      .made = s->made,
      .part_joints = s->joints,
  };
  PyObject *out;

  if (s->n_names != c.n && s->n_names > 0) {
    PyErr_SetString(PyExc_SystemError, "ryx: the names are not of this result");
    return NULL;
  }
  out = all_rows(py, res, s, &c);
  ryx_py_row_joined(&c.joint);
  for (int i = 0; i < c.n_parts; i++)
    ryx_py_row_joined(&c.part_joints[i]);
  return out;
}
