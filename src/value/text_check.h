/* SPDX-License-Identifier: MIT */
/* Text that no database is given, so that all hold and find the same. */
#ifndef RYX_VALUE_TEXT_CHECK_H
#define RYX_VALUE_TEXT_CHECK_H

#include "ryx_value.h"

/* Text, a document or a list: valid UTF-8 without NUL, which PostgreSQL cannot
 * hold and SQLite's functions take for the end. Else RYX_E_VALIDATION. */
RYX_MUST int ryx_text_check(const ryx_val *v, ryx_err *e);

#endif
