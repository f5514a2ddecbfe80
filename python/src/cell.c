/* SPDX-License-Identifier: MIT */
/* Values of the database as Python objects. */
#include "cell.h"

#include <datetime.h>

#include "error.h"

static PyObject *out_of_range(ryx_py *py, const ryx_val *v)
{
  char text[64];

  ryx_val_text(v, text, sizeof text);
  ryx_py_error_raise(py, RYX_E_VALIDATION,
                     "no type of ryx holds the %s %s: select it as text",
                     ryx_type_text(v->type), text);
  return NULL;
}

static PyObject *civil(ryx_py *py, const ryx_val *v)
{
  ryx_civil p;

  if (!ryx_val_held(v) || !ryx_val_parts(v, &p)) return out_of_range(py, v);
  if (v->type == RYX_T_TIME) {
    return PyTime_FromTime(p.hour, p.minute, p.second, p.micro);
  }
  if (v->type == RYX_T_DATE) return PyDate_FromDate(p.year, p.month, p.day);
  return PyDateTimeAPI->DateTime_FromDateAndTime(
      p.year, p.month, p.day, p.hour, p.minute, p.second, p.micro,
      v->type == RYX_T_DATETIMETZ ? PyDateTime_TimeZone_UTC : Py_None,
      PyDateTimeAPI->DateTimeType);
}

static PyObject *duration(const ryx_val *v)
{
  int64_t days, us;

  ryx_val_split(v, &days, &us);
  return PyDelta_FromDSU((int)days, (int)(us / RYX_SECOND_US),
                         (int)(us % RYX_SECOND_US));
}

static PyObject *called_with(PyObject *fn, const ryx_val *v)
{
  PyObject *s = PyUnicode_DecodeUTF8(v->u.s, v->len, NULL), *out;

  if (!s) return NULL;
  out = PyObject_CallOneArg(fn, s);
  Py_DECREF(s);
  return out;
}

static PyObject *items(ryx_py *py, PyObject *list, int elem);

/* An item of an array: what JSON has no form for came as text. */
static PyObject *item(ryx_py *py, PyObject *o, int elem)
{
  ryx_val v;
  Py_ssize_t n;
  const char *s;

  if (PyList_Check(o) && elem != RYX_T_JSON) return items(py, o, elem);
  if (PyLong_Check(o) && elem == RYX_T_DURATION) {
    v = ryx_int(PyLong_AsLongLong(o));
    if (v.u.i == -1 && PyErr_Occurred()) return NULL;
    return ryx_py_cell(py, &v, elem, 0);
  }
  if (!PyUnicode_Check(o) || elem == RYX_T_TEXT || elem == RYX_T_JSON) {
    return Py_NewRef(o);
  }
  s = PyUnicode_AsUTF8AndSize(o, &n);
  if (!s) return NULL;
  v = ryx_bytes(RYX_T_TEXT, s, (size_t)n);
  return ryx_py_cell(py, &v, elem, 0);
}

/* Turns the items of a list in place; the list itself is given back. */
static PyObject *items(ryx_py *py, PyObject *list, int elem)
{
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
    PyObject *o = item(py, PyList_GET_ITEM(list, i), elem);
    if (!o) return NULL;
    PyList_SetItem(list, i, o);
  }
  return Py_NewRef(list);
}

static PyObject *array(ryx_py *py, const ryx_val *v, int elem)
{
  PyObject *list = called_with(py->loads, v), *out;

  if (!list || !PyList_Check(list)) return list;
  out = items(py, list, elem);
  Py_DECREF(list);
  return out;
}

static PyObject *as_is(ryx_py *py, const ryx_val *v, int elem)
{
  switch ((ryx_type)v->type) {
    case RYX_T_NULL: return Py_NewRef(Py_None);
    case RYX_T_BOOL: return PyBool_FromLong(v->u.i != 0);
    case RYX_T_INT: return PyLong_FromLongLong(v->u.i);
    case RYX_T_DOUBLE: return PyFloat_FromDouble(v->u.d);
    case RYX_T_TEXT: return PyUnicode_DecodeUTF8(v->u.s, v->len, NULL);
    case RYX_T_BYTES: return PyBytes_FromStringAndSize(v->u.s, v->len);
    case RYX_T_DECIMAL:
      return ryx_val_held(v) ? called_with(py->decimal, v)
                             : out_of_range(py, v);
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: return civil(py, v);
    case RYX_T_DURATION: return duration(v);
    case RYX_T_UUID: return called_with(py->uuid, v);
    case RYX_T_JSON: return called_with(py->loads, v);
    case RYX_T_ARRAY: return array(py, v, elem ? elem : v->elem);
    case RYX_T_MAX: break;
  }
  PyErr_SetString(PyExc_SystemError, "ryx: a column of an unknown type");
  return NULL;
}

/* Types that a driver hands over as another one, where the database has no such
 * type: no conversion, only the name changes. */
static bool relabel(ryx_val *v, int type)
{
  bool text = v->type == RYX_T_TEXT || v->type == RYX_T_BYTES;
  bool datetime = v->type == RYX_T_DATETIME || v->type == RYX_T_DATETIMETZ;
  bool ok = false;

  switch ((ryx_type)type) {
    case RYX_T_BOOL:
    case RYX_T_DURATION: ok = v->type == RYX_T_INT; break;
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ: ok = datetime; break;
    case RYX_T_JSON:
    case RYX_T_ARRAY: ok = text || v->type == RYX_T_JSON; break;
    case RYX_T_BYTES:
    case RYX_T_UUID: ok = text; break;
    case RYX_T_NULL:
    case RYX_T_INT:
    case RYX_T_DOUBLE:
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_MAX: break;
  }
  if (ok) v->type = (uint8_t)type;
  return ok;
}

PyObject *ryx_py_cell(ryx_py *py, ryx_val *v, int type, int elem)
{
  void *made = NULL;
  PyObject *out = NULL;
  ryx_err e;

  if (!PyDateTimeAPI) PyDateTime_IMPORT;
  if (v->type == type || type == RYX_T_NULL || v->type == RYX_T_NULL ||
      relabel(v, type)) {
    return as_is(py, v, elem);
  }
  if (type == RYX_T_DOUBLE && v->type == RYX_T_INT) {
    return PyFloat_FromDouble((double)v->u.i);
  }
  if (ryx_val_convert(v, type, &made, &e) == 0) {
    out = as_is(py, v, elem);
  } else {
    ryx_py_error_set(ryx_py_error_new(py, &e));
  }
  ryx_free(made);
  return out;
}
