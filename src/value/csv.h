/* SPDX-License-Identifier: MIT */
/* CSV as RFC 4180 has it, read in parts: rows end with \n or \r\n, commas stand
 * between values, and a value in double quotes may hold all of these, and
 * quotes that are doubled. Nothing at all is NULL, "" is the empty text. */
#ifndef RYX_VALUE_CSV_H
#define RYX_VALUE_CSV_H

#include "base/buf.h"

typedef struct ryx_csv ryx_csv;

RYX_MUST ryx_csv *ryx_csv_open(void); /* NULL: out of memory */
void ryx_csv_close(ryx_csv *c);       /* NULL is fine */
/* Gives n more bytes; 0: there are no more. 0, RYX_E_NOMEM, RYX_E_VALIDATION
 * (a row of more than 1 GiB). */
RYX_MUST int ryx_csv_give(ryx_csv *c, const char *s, size_t n, ryx_err *e);
/* Reads the next rows, `max` at most: how many; 0: more bytes are needed, or
 * there are no more. RYX_E_VALIDATION names the row. */
RYX_MUST int ryx_csv_read(ryx_csv *c, int max, ryx_err *e);
int ryx_csv_width(const ryx_csv *c); /* values of the first row */
/* A value of the rows read last; NULL or TEXT, borrowed until the next give or
 * read. */
void ryx_csv_get(const ryx_csv *c, int row, int col, ryx_val *out);

#endif
