/* SPDX-License-Identifier: MIT */
/* Results as lists of Python objects. */
#ifndef RYX_PY_ROWS_H
#define RYX_PY_ROWS_H

#include "ryx.h"
#include "shape.h"

/* Every row of a raw statement as a dict keyed by column. */
PyObject *ryx_py_dicts(ryx_py *py, ryx_result *res);

/* Every row of a plan. */
PyObject *ryx_py_rows(ryx_py *py, ryx_result *res, const ryx_py_shape *s,
                      const ryx_plan_info *info);

#endif
