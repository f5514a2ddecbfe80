/* SPDX-License-Identifier: MIT */
/* Packed rows: cells copied into an arena, for SQLite (whose column pointers
 * die at the next step) and MariaDB (whose results belong to the connection).
 */
#ifndef RYX_VALUE_PACK_H
#define RYX_VALUE_PACK_H

#include "value/rows.h"

typedef struct ryx_pack ryx_pack;

/* Starts an empty result of n_cols columns. Free with ryx_pack_free, or hand it
 * on with ryx_pack_rows. */
RYX_MUST int ryx_pack_new(int n_cols, ryx_pack **out);
/* Names are copied; type as in ryx_col. Before the first row is read. */
RYX_MUST int ryx_pack_col(ryx_pack *p, int col, const char *name, int type);
/* The names of all columns at once: n bytes, in which each ends in its NUL. */
RYX_MUST int ryx_pack_names(ryx_pack *p, const char *names, size_t n);
/* Adds a row and gives its n_cols cells, all NULL; the caller fills them. Valid
 * until free. NULL: out of memory. */
RYX_MUST ryx_val *ryx_pack_row(ryx_pack *p);
/* Sets a cell that holds bytes: copies them. 0 or RYX_E_NOMEM. */
RYX_MUST int ryx_pack_bytes(ryx_pack *p, ryx_val *cell, int type, const void *s,
                            size_t n);
/* Room for n bytes that live as long as the pack. */
RYX_MUST char *ryx_pack_room(ryx_pack *p, size_t n);
int64_t ryx_pack_count(const ryx_pack *p);
size_t ryx_pack_size(const ryx_pack *p); /* bytes held */

/* Moves the pack out as rows, positioned before the first row. */
ryx_rows *ryx_pack_rows(ryx_pack *p);
void ryx_pack_free(ryx_pack *p); /* NULL is fine */

#endif
