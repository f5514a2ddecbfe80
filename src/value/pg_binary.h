/* SPDX-License-Identifier: MIT */
/* PostgreSQL's binary forms: of values of a fixed size, and of arrays. */
#ifndef RYX_VALUE_PG_BINARY_H
#define RYX_VALUE_PG_BINARY_H

#include "base/buf.h"

/* ryx_val.reserved of an ARRAY whose bytes are not JSON but the array below. */
enum { RYX_ARRAY_PG = 0x5047 };

enum { RYX_PG_FIXED_MAX = 8 };

/* The number by which the server knows the type of a value, or of an array of
 * them. 0: it has none. A duration is an integer, microseconds. */
unsigned ryx_pg_oid(int type);
unsigned ryx_pg_array_oid(int elem);

/* The bytes of a value: how many, at most RYX_PG_FIXED_MAX; 0: its type has no
 * fixed size. RYX_E_VALIDATION: the server has no such date. */
RYX_MUST int ryx_pg_fixed(const ryx_val *v, char *out, ryx_err *e);

/* Can an array of such items be made below? */
bool ryx_pg_array_takes(int elem);
/* The head of an array of n > 0 items, which follow one by one; a TEXT is
 * checked. 0 or an error with e. */
RYX_MUST int ryx_pg_array_begin(ryx_buf *out, int elem, int32_t n, ryx_err *e);
RYX_MUST int ryx_pg_array_put(ryx_buf *out, int elem, const ryx_val *v,
                              ryx_err *e);

#endif
