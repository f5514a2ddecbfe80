/* SPDX-License-Identifier: MIT */
/* Values in files of rows: one form for each type, whatever the database. */
#ifndef RYX_VALUE_EXPORT_H
#define RYX_VALUE_EXPORT_H

#include "base/buf.h"

/* A value of a line of CSV, the bytes that PostgreSQL's COPY writes (which
 * costs it no cast), but for arrays and durations: NULL is nothing, the empty
 * text "". Quotes stand around what holds commas, quotes and ends of lines.
 * Booleans are t and f, bytes \x and hexadecimal digits, moments without the
 * zeros behind their seconds, those in UTC with +00, arrays JSON. 0 or what the
 * buffer says.
 */
RYX_MUST int ryx_export_csv(ryx_buf *out, const ryx_val *v);
/* A member of an object on one line: numbers, booleans, documents and arrays
 * are JSON's own, all else is a string of the same form. */
RYX_MUST int ryx_export_json(ryx_buf *out, const ryx_val *v);

#endif
