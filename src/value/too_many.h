/* SPDX-License-Identifier: MIT */
/* What a percentile or a mode adds to the number of its values on MariaDB and
 * MySQL when the server has put fewer of them together: nothing but a sum that
 * is out of range fails in the middle of an expression there. The driver finds
 * the number in the text of the error. */
#ifndef RYX_VALUE_TOO_MANY_H
#define RYX_VALUE_TOO_MANY_H

#define RYX_TOO_MANY "9223372036854775806"

#endif
