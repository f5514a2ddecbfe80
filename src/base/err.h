/* SPDX-License-Identifier: MIT */
/* Filling and reading the error record. */
#ifndef RYX_BASE_ERR_H
#define RYX_BASE_ERR_H

#include "ryx_value.h"

/* Clears e, sets code and message, returns code: `return ryx_err_set(...)`.
 * e may be NULL. */
int ryx_err_set(ryx_err *e, int code, const char *fmt, ...) RYX_PRINTF(3, 4);
int ryx_err_nomem(ryx_err *e); /* the same for RYX_E_NOMEM */

/* Copies src (n bytes) into a name or message field, cut at a character. */
void ryx_err_name(char dst[RYX_NAME_MAX + 1], const char *src, size_t n);
void ryx_err_message(ryx_err *e, const char *src, size_t n);
void ryx_err_detail(ryx_err *e, const char *src, size_t n);

/* Puts "..." for [from, to) of the message, where a value stands. The message
 * as it was becomes the detail, unless there is one. */
void ryx_err_hide(ryx_err *e, const char *from, const char *to);

const char *ryx_err_kind(int code); /* "unique_violation", ...; "ok" for 0 */

/* The item of names[0..n) nearest to word by edit distance, or NULL when none
 * is near (distance over a third of the length, at least 2). */
const char *ryx_err_nearest(const char *word, const char *const *names, int n);

#endif
