/* SPDX-License-Identifier: MIT */
/* Python objects as Lua values. Everything runs in a protected call, since
 * making Lua values can run out of memory. */
#include "push.h"

#include <datetime.h>
#include <string.h>

#include "box.h"
#include "call.h"
#include "ref.h"
#include "ryx_lua.h"

static bool push(ryx_py *py, lua_State *L, PyObject *o, int depth);

static bool push_int(lua_State *L, PyObject *o)
{
  int overflow;
  long long v = PyLong_AsLongLongAndOverflow(o, &overflow);

  if (overflow) {
    PyErr_Format(PyExc_OverflowError,
                 "%.60S does not fit into 64 bits: use Decimal or str for it",
                 o);
    return false;
  }
  lua_pushinteger(L, v);
  return true;
}

static bool push_text(lua_State *L, PyObject *o)
{
  Py_ssize_t n;
  const char *s = PyUnicode_AsUTF8AndSize(o, &n);

  if (!s) return false;
  lua_pushlstring(L, s, (size_t)n);
  return true;
}

/* str(o) as text, or as a value of a type. */
static bool push_str(lua_State *L, PyObject *o, int type)
{
  PyObject *s = PyObject_Str(o);
  Py_ssize_t n;
  const char *text = s ? PyUnicode_AsUTF8AndSize(s, &n) : NULL;
  ryx_val v;

  if (text && type == RYX_T_TEXT) lua_pushlstring(L, text, (size_t)n);
  if (text && type != RYX_T_TEXT) {
    v = ryx_bytes(type, text, (size_t)n);
    ryx_lua_push_val(L, &v);
  }
  Py_XDECREF(s);
  return text != NULL;
}

/* Decimals are written without exponent, as the core has them. */
static bool push_decimal(lua_State *L, PyObject *o)
{
  PyObject *s = PyObject_CallMethod(o, "__format__", "s", "f");
  bool ok = s && push_str(L, s, RYX_T_DECIMAL);

  Py_XDECREF(s);
  return ok;
}

/* False after an error: a timedelta reaches further than 64 bits do. */
static bool micros_of(PyObject *delta, int64_t *us)
{
  int64_t days = PyDateTime_DELTA_GET_DAYS(delta);
  int64_t rest = PyDateTime_DELTA_GET_SECONDS(delta) * RYX_SECOND_US +
                 PyDateTime_DELTA_GET_MICROSECONDS(delta);

  /* Both of one sign, so that no step goes further than the sum. */
  if (days < 0) {
    days++;
    rest -= RYX_DAY_US;
  }
  if (!__builtin_mul_overflow(days, RYX_DAY_US, us) &&
      !__builtin_add_overflow(*us, rest, us)) {
    return true;
  }
  PyErr_Format(PyExc_OverflowError,
               "%.60S does not fit into 64 bits of microseconds", delta);
  return false;
}

/* Microseconds east of UTC; 0 when naive. */
static bool offset_of(PyObject *o, bool *aware, int64_t *micro)
{
  PyObject *delta = PyObject_CallMethod(o, "utcoffset", NULL);
  bool ok;

  if (!delta) return false;
  *aware = delta != Py_None;
  *micro = 0;
  ok = !*aware || micros_of(delta, micro);
  Py_DECREF(delta);
  return ok;
}

static bool push_parts(lua_State *L, int type, const ryx_civil *p,
                       int64_t offset)
{
  ryx_val v;
  ryx_err e;

  if (ryx_val_make(type, p, &v, &e) < 0) {
    PyErr_SetString(PyExc_ValueError, e.message);
    return false;
  }
  v.u.i -= offset;
  ryx_lua_push_val(L, &v);
  return true;
}

static bool push_datetime(lua_State *L, PyObject *o)
{
  ryx_civil p = {
      .year = PyDateTime_GET_YEAR(o),
      .month = PyDateTime_GET_MONTH(o),
      .day = PyDateTime_GET_DAY(o),
      .hour = PyDateTime_DATE_GET_HOUR(o),
      .minute = PyDateTime_DATE_GET_MINUTE(o),
      .second = PyDateTime_DATE_GET_SECOND(o),
      .micro = PyDateTime_DATE_GET_MICROSECOND(o),
  };
  bool aware = false;
  int64_t offset = 0;

  if (PyDateTime_DATE_GET_TZINFO(o) != Py_None &&
      !offset_of(o, &aware, &offset)) {
    return false;
  }
  return push_parts(L, aware ? RYX_T_DATETIMETZ : RYX_T_DATETIME, &p, offset);
}

static bool push_time(lua_State *L, PyObject *o)
{
  ryx_civil p = {
      .year = 1970,
      .month = 1,
      .day = 1,
      .hour = PyDateTime_TIME_GET_HOUR(o),
      .minute = PyDateTime_TIME_GET_MINUTE(o),
      .second = PyDateTime_TIME_GET_SECOND(o),
      .micro = PyDateTime_TIME_GET_MICROSECOND(o),
  };

  if (PyDateTime_TIME_GET_TZINFO(o) != Py_None) {
    PyErr_SetString(PyExc_ValueError,
                    "a time with a zone has no meaning without its date: "
                    "use time.replace(tzinfo=None)");
    return false;
  }
  return push_parts(L, RYX_T_TIME, &p, 0);
}

static bool push_date(lua_State *L, PyObject *o)
{
  ryx_civil p = {
      .year = PyDateTime_GET_YEAR(o),
      .month = PyDateTime_GET_MONTH(o),
      .day = PyDateTime_GET_DAY(o),
  };

  return push_parts(L, RYX_T_DATE, &p, 0);
}

static bool push_duration(lua_State *L, PyObject *o)
{
  ryx_val v = {.type = RYX_T_DURATION};

  if (!micros_of(o, &v.u.i)) return false;
  ryx_lua_push_val(L, &v);
  return true;
}

static bool push_bytes(lua_State *L, PyObject *o)
{
  Py_buffer b;
  ryx_val v;

  if (PyObject_GetBuffer(o, &b, PyBUF_SIMPLE) < 0) return false;
  if ((size_t)b.len > UINT32_MAX) {
    PyBuffer_Release(&b);
    PyErr_SetString(PyExc_OverflowError, "ryx: more than 4 GiB of bytes");
    return false;
  }
  v = ryx_bytes(RYX_T_BYTES, b.buf, (size_t)b.len);
  ryx_lua_push_val(L, &v);
  PyBuffer_Release(&b);
  return true;
}

/* Lists, tuples and sets, marked as lists. */
static bool push_list(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  PyObject *fast = PySequence_Fast(o, "ryx: a list was expected");
  Py_ssize_t n = fast ? PySequence_Fast_GET_SIZE(fast) : 0;
  bool ok = fast != NULL;

  if (!ok) return false;
  lua_createtable(L, (int)n, 0);
  for (Py_ssize_t i = 0; ok && i < n; i++) {
    ok = push(py, L, PySequence_Fast_GET_ITEM(fast, i), depth + 1);
    if (ok) lua_rawseti(L, -2, i + 1);
  }
  Py_DECREF(fast);
  if (!ok) return false;
  ryx_lua_mark_list(L);
  return true;
}

static bool push_dict(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  PyObject *key, *value;
  Py_ssize_t at = 0;

  lua_createtable(L, 0, (int)PyDict_GET_SIZE(o));
  while (PyDict_Next(o, &at, &key, &value)) {
    if (!PyUnicode_Check(key)) {
      PyErr_Format(PyExc_TypeError, "ryx: keys of a dict are str, not %.80R",
                   key);
      return false;
    }
    if (!push_text(L, key) || !push(py, L, value, depth + 1)) return false;
    lua_rawset(L, -3);
  }
  return true;
}

/* Values of a field of the user's own stay as they are: Lua hands them to its
 * to_db. Expressions are Lua's. */
static bool push_column(ryx_py *py, lua_State *L, PyObject *value, bool boxed,
                        int depth)
{
  if (!boxed || value == Py_None || PyObject_HasAttr(value, py->s_lua)) {
    return push(py, L, value, depth);
  }
  ryx_py_box(py, L, value);
  return true;
}

/* The columns an instance holds, as a table; None is null there, so that Lua
 * knows what the instance was read without. */
static bool push_columns(ryx_py *py, lua_State *L, PyObject *dict,
                         PyObject *names, PyObject *boxed, int depth)
{
  lua_createtable(L, 0, (int)PyTuple_GET_SIZE(names));
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); i++) {
    PyObject *name = PyTuple_GET_ITEM(names, i);
    PyObject *value = PyDict_GetItemWithError(dict, name);
    int is_boxed;
    if (!value && PyErr_Occurred()) return false;
    if (!value) continue;
    is_boxed = PySequence_Contains(boxed, name);
    if (is_boxed < 0 || !push_text(L, name) ||
        !push_column(py, L, value, is_boxed, depth + 1)) {
      return false;
    }
    lua_rawset(L, -3);
  }
  return true;
}

/* An instance of a model: the bridge makes one of Lua's of its columns. */
static bool push_instance(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  PyObject *cls = PyObject_GetAttr((PyObject *)Py_TYPE(o), py->s_lua);
  PyObject *names = PyObject_GetAttr(o, py->s_columns);
  PyObject *alias = PyObject_GetAttr(o, py->s_alias);
  PyObject *boxed = PyObject_GetAttr(o, py->s_boxed);
  PyObject *dict = PyObject_GenericGetDict(o, NULL);
  bool ok = cls && names && alias && boxed && dict && PyTuple_Check(names);

  if (ok) {
    ryx_py_bridge(L, "adopt");
    ok = ryx_py_ref_push(py, L, cls) &&
         push_columns(py, L, dict, names, boxed, depth) &&
         push(py, L, alias, depth + 1);
  }
  if (ok) lua_pushlightuserdata(L, o);
  Py_XDECREF(cls);
  Py_XDECREF(names);
  Py_XDECREF(alias);
  Py_XDECREF(boxed);
  Py_XDECREF(dict);
  if (ok) lua_call(L, 4, 1);
  return ok;
}

/* What PyObject_GetIter takes: ranges, generators, keys of a dict; a mapping is
 * a dict. Python code may run. */
static bool push_iterable(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  PyObject *made = NULL;
  bool ok = false, is_mapping = PyObject_HasAttrString(o, "keys");

  if (is_mapping) {
    made = PyDict_New();
    if (made && PyDict_Update(made, o) == 0) {
      ok = push_dict(py, L, made, depth);
    }
  } else {
    made = PySequence_List(o);
    if (made) ok = push_list(py, L, made, depth);
  }
  Py_XDECREF(made);
  return ok;
}

/* Ranges, iterators, views of dicts and mappings are no values of a field of
 * one's own. */
static bool is_series(PyObject *o)
{
  return PyRange_Check(o) || PyIter_Check(o) || PyDictKeys_Check(o) ||
         PyDictValues_Check(o) || PyDictItems_Check(o) ||
         (Py_TYPE(o)->tp_iter && !PyType_Check(o) &&
          PyObject_HasAttrString(o, "keys"));
}

/* Objects that stand for one of Lua's have it as _lua. */
static bool push_object(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  PyObject *ref;
  bool ok;

  if (PyObject_TypeCheck(o, (PyTypeObject *)py->instance)) {
    return push_instance(py, L, o, depth);
  }
  ref = PyObject_GetAttr(o, py->s_lua);
  ok = ref && ryx_py_ref_push(py, L, ref);
  Py_XDECREF(ref);
  if (ok) return true;
  /* What is wrong with a part of a query is told as it is. */
  if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_AttributeError)) {
    return false;
  }
  PyErr_Clear();
  if (is_series(o)) return push_iterable(py, L, o, depth);
  if (py->has_boxes) {
    ryx_py_box(py, L, o);
    return true;
  }
  if (Py_TYPE(o)->tp_iter && !PyType_Check(o)) {
    return push_iterable(py, L, o, depth);
  }
  PyErr_Format(PyExc_TypeError, "ryx cannot use a value of type %.100s",
               Py_TYPE(o)->tp_name);
  return false;
}

static bool push_time_value(lua_State *L, PyObject *o, bool *ok)
{
  if (PyDateTime_Check(o)) {
    *ok = push_datetime(L, o);
  } else if (PyDate_Check(o)) {
    *ok = push_date(L, o);
  } else if (PyTime_Check(o)) {
    *ok = push_time(L, o);
  } else if (PyDelta_Check(o)) {
    *ok = push_duration(L, o);
  } else {
    return false;
  }
  return true;
}

static bool is_list(PyObject *o)
{
  return PyList_Check(o) || PyTuple_Check(o) || PyAnySet_Check(o);
}

static bool push_rare(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  bool ok;

  if (push_time_value(L, o, &ok)) return ok;
  if (PyObject_IsInstance(o, py->decimal) > 0) return push_decimal(L, o);
  if (PyObject_IsInstance(o, py->uuid) > 0) {
    return push_str(L, o, RYX_T_TEXT);
  }
  if (PyBytes_Check(o) || PyByteArray_Check(o) || PyMemoryView_Check(o)) {
    return push_bytes(L, o);
  }
  return push_object(py, L, o, depth);
}

/* Pushes one value, or sets an error (what lies on the stack is then the
 * caller's to drop). */
static bool push(ryx_py *py, lua_State *L, PyObject *o, int depth)
{
  if (depth > RYX_PY_DEPTH) {
    PyErr_SetString(PyExc_RecursionError, "ryx: a value is nested too deep");
    return false;
  }
  luaL_checkstack(L, 6, "value");
  if (o == Py_None) {
    lua_pushlightuserdata(L, NULL);
  } else if (PyBool_Check(o)) {
    lua_pushboolean(L, o == Py_True);
  } else if (PyLong_Check(o)) {
    return push_int(L, o);
  } else if (PyUnicode_Check(o)) {
    return push_text(L, o);
  } else if (PyFloat_Check(o)) {
    lua_pushnumber(L, PyFloat_AS_DOUBLE(o));
  } else if (is_list(o)) {
    return push_list(py, L, o, depth);
  } else if (PyDict_Check(o)) {
    return push_dict(py, L, o, depth);
  } else if (!ryx_py_ref_push(py, L, o)) {
    return push_rare(py, L, o, depth);
  }
  return true;
}

typedef struct call {
  ryx_py *py;
  PyObject *args;
  bool ok;
} call;

static int push_all(lua_State *L)
{
  call *c = lua_touserdata(L, 1);
  Py_ssize_t n = PyTuple_GET_SIZE(c->args);

  lua_settop(L, 0);
  c->ok = true;
  for (Py_ssize_t i = 0; c->ok && i < n; i++)
    c->ok = push(c->py, L, PyTuple_GET_ITEM(c->args, i), 0);
  return c->ok ? lua_gettop(L) : 0;
}

int ryx_py_push_args(ryx_py *py, lua_State *L, PyObject *args)
{
  call c = {.py = py, .args = args};
  int top = lua_gettop(L);

  if (!PyDateTimeAPI) PyDateTime_IMPORT;
  lua_pushcfunction(L, push_all);
  lua_pushlightuserdata(L, &c);
  if (!ryx_py_call(py, L, 1, LUA_MULTRET)) return -1;
  return c.ok ? lua_gettop(L) - top : -1;
}
