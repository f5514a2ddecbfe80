/* SPDX-License-Identifier: MIT */
/* Exceptions of what Lua and the core report. */
#include "error.h"

#include <stdarg.h>
#include <string.h>

PyObject *ryx_py_error_of(ryx_py *py, PyObject *facts, PyObject *cls)
{
  return PyObject_CallFunctionObjArgs(py->error, facts, cls ? cls : Py_None,
                                      NULL);
}

static bool put(PyObject *dict, const char *key, const char *text)
{
  PyObject *s;
  int rc;

  if (!*text) return true;
  s = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
  if (!s) return false;
  rc = PyDict_SetItemString(dict, key, s);
  Py_DECREF(s);
  return rc == 0;
}

PyObject *ryx_py_error_new(ryx_py *py, const ryx_err *e)
{
  PyObject *dict = PyDict_New(), *out = NULL;

  if (!dict) return NULL;
  if (put(dict, "kind", ryx_error_kind(e->code)) &&
      put(dict, "message", e->message) && put(dict, "sqlstate", e->sqlstate) &&
      put(dict, "constraint", e->constraint) && put(dict, "table", e->table) &&
      put(dict, "column", e->column) && put(dict, "detail", e->detail)) {
    out = ryx_py_error_of(py, dict, NULL);
  }
  Py_DECREF(dict);
  return out;
}

void ryx_py_error_set(PyObject *exception)
{
  if (!exception) return;
  PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
  Py_DECREF(exception);
}

PyObject *ryx_py_take_exception(void)
{
  PyObject *type, *value, *trace;

  PyErr_Fetch(&type, &value, &trace);
  PyErr_NormalizeException(&type, &value, &trace);
  if (trace) PyException_SetTraceback(value, trace);
  Py_XDECREF(type);
  Py_XDECREF(trace);
  return value;
}

void ryx_py_error_raise(ryx_py *py, int code, const char *format, ...)
{
  ryx_err e = {.code = code};
  va_list args;

  va_start(args, format);
  PyOS_vsnprintf(e.message, sizeof e.message, format, args);
  va_end(args);
  ryx_py_error_set(ryx_py_error_new(py, &e));
}
