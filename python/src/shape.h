/* SPDX-License-Identifier: MIT */
/* What the rows of a plan are to be. */
#ifndef RYX_PY_SHAPE_H
#define RYX_PY_SHAPE_H

#include "row.h"

typedef enum {
  RYX_PY_INSTANCES,
  RYX_PY_DICTS,
  RYX_PY_TUPLES,
  RYX_PY_VALUES,
  RYX_PY_NAMED,
  RYX_PY_KINDS
} ryx_py_kind;

/* An object that hangs on that of the row, or on an earlier part's. */
typedef struct ryx_py_part {
  PyTypeObject *cls; /* borrowed */
  int from, key;     /* its columns begin at; its key, counted from 0 */
  int parent;        /* number of that part, 0: the row's */
  bool marks;        /* where there is none, None says so */
  PyObject *name;    /* what its owner knows it as; owned, as the rest */
  PyObject *names, *alias, *back;
} ryx_py_part;

typedef struct ryx_py_shape {
  ryx_py_kind kind;
  PyTypeObject *cls; /* of instances; borrowed */
  PyObject *names;   /* tuple of str, NULL for tuples and values; owned */
  PyObject *alias; /* where instances are from, NULL: the usual place; owned */
  int n_names;     /* of all parts together */
  ryx_py_part *parts;
  int n_parts;
  PyObject **made;      /* room for an object of each part */
  ryx_py_joint *joints; /* the same for what joins those of a part */
} ryx_py_shape;

/* Reads the table at idx, { kind, class, names, parts }, and the alias, a
 * string or nil; a part is { from =, key =, parent =, marks =, class =, names
 * =, name =, alias =, back = }. false: an error is set, and there is nothing to
 * free. */
bool ryx_py_shape_init(ryx_py *py, lua_State *L, int idx, int alias,
                       ryx_py_shape *out);
void ryx_py_shape_fini(ryx_py_shape *s);

#endif
