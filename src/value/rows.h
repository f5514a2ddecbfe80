/* SPDX-License-Identifier: MIT */
/* A result: a forward cursor over rows. A driver fills the table; there are two
 * implementations, PGresult read in place (driver/pg_rows.c) and packed rows
 * (value/pack.c). One owner at a time, no reference counts. A finished result
 * is self-contained: it may cross threads and outlive its connection. */
#ifndef RYX_VALUE_ROWS_H
#define RYX_VALUE_ROWS_H

#include "ryx_value.h"

typedef struct ryx_rows ryx_rows;

typedef struct ryx_col {
  const char *name; /* NUL-terminated UTF-8, lives as long as the rows */
  uint8_t type;     /* what cells of this column are, RYX_T_NULL: ask each */
} ryx_col;

typedef struct ryx_rows_vt {
  bool (*next)(ryx_rows *r); /* to the next row; false at the end */
  /* The cell of the current row, borrowed until next or free. Text of a type
   * that the driver does not know comes as TEXT. */
  void (*cell)(ryx_rows *r, int col, ryx_val *out);
  /* The cells of the current row where they lie side by side in memory; NULL:
   * they do not. */
  const ryx_val *(*row)(const ryx_rows *r);
  void (*free)(ryx_rows *r);
} ryx_rows_vt;

struct ryx_rows {
  const ryx_rows_vt *vt;
  const ryx_col *cols;
  int32_t n_cols;
  int64_t n_rows; /* rows not yet read when handed over, counted once */
};

static inline bool ryx_rows_next(ryx_rows *r)
{
  return r->vt->next(r);
}
static inline void ryx_rows_cell(ryx_rows *r, int col, ryx_val *out)
{
  r->vt->cell(r, col, out);
}
void ryx_rows_free(ryx_rows *r); /* NULL is fine */

/* Results alive in the process, for leak checks in tests. Drivers call the
 * second with +1 when they make rows, -1 when they free them. */
int64_t ryx_rows_live(void);
void ryx_rows_count(int delta);

#endif
