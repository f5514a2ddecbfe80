/* SPDX-License-Identifier: MIT */
/* Row: the base of objects of models. Those that were read together know each
 * other as long as they live, so that what one lacks is read for all. */
#include "row.h"

typedef struct row {
  PyObject_HEAD ryx_py_peers *peers; /* NULL: it was read alone, or made */
  size_t at;
} row;

/* The list holds no reference: an object takes itself out when it ends. */
struct ryx_py_peers {
  size_t n_refs; /* of its objects, and of its maker */
  size_t n, cap;
  row **rows;
};

static void unref(ryx_py_peers *p)
{
  if (--p->n_refs > 0) return;
  PyMem_Free(p->rows);
  PyMem_Free(p);
}

static bool grow(ryx_py_peers *p)
{
  size_t cap = p->cap ? 2 * p->cap : 16;
  row **rows;

  if (p->n < p->cap) return true;
  rows = PyMem_Realloc(p->rows, cap * sizeof *rows);
  if (!rows) return false;
  p->rows = rows;
  p->cap = cap;
  return true;
}

static bool add(ryx_py_peers *p, row *r)
{
  if (!grow(p)) return false;
  r->peers = p;
  r->at = p->n;
  p->rows[p->n++] = r;
  p->n_refs++;
  return true;
}

static bool add_to(ryx_py_joint *joint, PyObject *object)
{
  if (!joint->first) {
    joint->first = object;
    return true;
  }
  if (!joint->peers) {
    joint->peers = PyMem_Calloc(1, sizeof *joint->peers);
    if (!joint->peers) return false;
    joint->peers->n_refs = 1;
    if (!add(joint->peers, (row *)joint->first)) return false;
  }
  return add(joint->peers, (row *)object);
}

bool ryx_py_row_join(ryx_py *py, ryx_py_joint *joint, PyObject *object)
{
  if (!PyObject_TypeCheck(object, py->row) || add_to(joint, object)) {
    return true;
  }
  PyErr_NoMemory();
  return false;
}

void ryx_py_row_joined(ryx_py_joint *joint)
{
  if (joint->peers) unref(joint->peers);
  joint->peers = NULL;
}

/* _peers(): the objects that were read with it and live, itself among them. */
static PyObject *row_peers(PyObject *self, PyObject *unused)
{
  const ryx_py_peers *p = ((row *)self)->peers;
  PyObject *list = PyList_New(0);

  (void)unused;
  if (list && !p && PyList_Append(list, self) < 0) Py_CLEAR(list);
  for (size_t i = 0; list && p && i < p->n; i++) {
    PyObject *o = (PyObject *)p->rows[i];
    /* One whose end has begun is no more, though it is there yet. */
    if (o && Py_REFCNT(o) > 0 && PyList_Append(list, o) < 0) Py_CLEAR(list);
  }
  return list;
}

static void row_dealloc(PyObject *self)
{
  row *r = (row *)self;
  PyTypeObject *type = Py_TYPE(self);

  if (r->peers) {
    r->peers->rows[r->at] = NULL;
    unref(r->peers);
  }
  type->tp_free(self);
  Py_DECREF(type);
}

int ryx_py_row_open(PyObject *module, ryx_py *py)
{
  static PyMethodDef methods[] = {
      {"_peers", row_peers, METH_NOARGS, "Those that were read with it."},
      {NULL, NULL, 0, NULL},
  };
  static PyType_Slot slots[] = {
      {Py_tp_dealloc, row_dealloc},
      {Py_tp_methods, methods},
      {0, NULL},
  };
  static PyType_Spec spec = {
      .name = "ryx._ryx.Row",
      .basicsize = sizeof(row),
      .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
      .slots = slots,
  };
  PyObject *type = PyType_FromModuleAndSpec(module, &spec, NULL);

  if (!type) return -1;
  py->row = (PyTypeObject *)type;
  return PyModule_AddObjectRef(module, "Row", type);
}
