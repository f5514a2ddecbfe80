/* SPDX-License-Identifier: MIT */
/* Steps through a user's SQL, past what only looks like SQL. */
#ifndef RYX_SQL_SCAN_H
#define RYX_SQL_SCAN_H

#include "sql/dialect.h"

typedef struct ryx_scan {
  const ryx_dialect *dialect;
  const char *start, *at, *end;
} ryx_scan;

/* Past what begins here: a literal, a quoted name, a comment or one
 * character. */
void ryx_scan_skip(ryx_scan *s);
bool ryx_scan_is_comment(const ryx_scan *s);
/* The text between the marks of such a comment is SQL like any other. */
bool ryx_scan_is_executable(const ryx_scan *s);
bool ryx_scan_starts(const ryx_scan *s, const char *word);
/* Can it be part of a name? */
bool ryx_scan_is_word(char c);

#endif
