/* SPDX-License-Identifier: MIT */
/* Quoting of identifiers. */
#ifndef RYX_SQL_QUOTE_H
#define RYX_SQL_QUOTE_H

#include "ryx_value.h"

enum { RYX_IDENT_MAX = 63, RYX_QUOTED_MAX = 2 * RYX_IDENT_MAX + 2 };

/* Bytes written, no NUL; or RYX_E_MISUSE when it is no name. */
RYX_MUST int ryx_quote_name(char quote, const char *name, size_t n,
                            char out[RYX_QUOTED_MAX]);
/* Fills e for it and returns RYX_E_MISUSE. */
int ryx_quote_error(const char *name, size_t n, ryx_err *e);

#endif
