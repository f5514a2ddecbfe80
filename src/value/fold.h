/* SPDX-License-Identifier: MIT */
/* Unicode folding and regular expressions, for SQLite and for validators. */
#ifndef RYX_VALUE_FOLD_H
#define RYX_VALUE_FOLD_H

#include "base/buf.h"
#include "ryx_value.h"

/* Appends s with every character mapped to its simple lower case (one to one:
 * no final sigma, no special casing). RYX_E_VALIDATION on invalid UTF-8. */
RYX_MUST int ryx_fold_lower(const char *s, size_t n, ryx_buf *out);
RYX_MUST int ryx_fold_upper(const char *s, size_t n, ryx_buf *out);

/* A compiled pattern: PCRE2 with UTF, UCP, DOTALL, DOLLAR_ENDONLY. */
typedef struct ryx_regex ryx_regex;
RYX_MUST int ryx_regex_new(const char *pattern, size_t n, bool ignore_case,
                           ryx_regex **out, ryx_err *e);
/* 1 match, 0 none, negative RYX_E_* (match limit reached, invalid UTF-8). */
int ryx_regex_search(const ryx_regex *re, const char *s, size_t n);
void ryx_regex_free(ryx_regex *re);

#endif
