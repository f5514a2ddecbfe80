/* SPDX-License-Identifier: MIT */
/* Patterns and ranges made from what a user looks for. v is TEXT and is changed
 * in place; what is made lives in the arena. */
#ifndef RYX_SQL_PATTERN_H
#define RYX_SQL_PATTERN_H

#include "sql/sql.h"

/* A LIKE or GLOB pattern: op is one of those binds. */
RYX_MUST int ryx_pattern_make(ryx_bind_op op, ryx_val *v, ryx_arena *a,
                              ryx_err *e);
/* The prefix with its last character plus one, past the surrogates: all texts
 * that start with the prefix are before it. */
RYX_MUST int ryx_pattern_prefix_end(ryx_val *v, ryx_arena *a, ryx_err *e);

/* A regular expression with \y and \Y for \b and \B, the edge of a word and
 * what is none. */
RYX_MUST int ryx_pattern_regex(ryx_val *v, ryx_arena *a, ryx_err *e);

#endif
