/* SPDX-License-Identifier: MIT */
/* Variance without rounding on the way: the exact sums of values and of their
 * squares. Values may be taken out again, and their order does not matter. */
#ifndef RYX_VALUE_SPREAD_H
#define RYX_VALUE_SPREAD_H

#include "ryx_value.h"

typedef struct ryx_spread ryx_spread;

RYX_MUST ryx_spread *ryx_spread_new(void); /* NULL when memory is out */
void ryx_spread_free(ryx_spread *s);       /* NULL is fine */
/* remove: takes out what was added before. */
void ryx_spread_double(ryx_spread *s, double v, bool remove);
void ryx_spread_int(ryx_spread *s, int64_t v, bool remove);
/* False when there are too few values: none, or for a sample fewer than two.
 * NaN when one of them is infinite or NaN. */
bool ryx_spread_variance(const ryx_spread *s, bool sample, double *out);

#endif
