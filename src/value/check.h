/* SPDX-License-Identifier: MIT */
/* The values that ryx has, so that all databases hold the same: days of the
 * years 1 to 9999, times within a day, decimals that are numbers. */
#ifndef RYX_VALUE_CHECK_H
#define RYX_VALUE_CHECK_H

#include "ryx_value.h"

/* Any parameter: the same, and ryx_text_check. Else RYX_E_VALIDATION. */
RYX_MUST int ryx_check_param(const ryx_val *v, ryx_err *e);
/* False of a day, a moment, a time or a decimal that is none of ryx's. */
bool ryx_check_held(const ryx_val *v);

#endif
