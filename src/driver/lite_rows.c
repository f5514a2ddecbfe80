/* SPDX-License-Identifier: MIT */
/* Owns reading the row at which a statement stands, and packing it. */
#include <string.h>

#include "driver/lite_conn.h"

static inline int cell_of(sqlite3_stmt *s, int i, ryx_val *out)
{
  switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER:
      out->type = RYX_T_INT;
      out->u.i = sqlite3_column_int64(s, i);
      return 0;
    case SQLITE_FLOAT:
      out->type = RYX_T_DOUBLE;
      out->u.d = sqlite3_column_double(s, i);
      return 0;
    case SQLITE_TEXT:
      out->type = RYX_T_TEXT;
      out->u.s = (const char *)sqlite3_column_text(s, i);
      out->len = (uint32_t)sqlite3_column_bytes(s, i);
      return out->u.s ? 0 : RYX_E_NOMEM;
    case SQLITE_BLOB:
      out->type = RYX_T_BYTES;
      out->u.s = sqlite3_column_blob(s, i);
      out->len = (uint32_t)sqlite3_column_bytes(s, i);
      return out->u.s || out->len == 0 ? 0 : RYX_E_NOMEM;
    default: out->type = RYX_T_NULL; return 0;
  }
}

int ryx_lite_rows_cell(sqlite3_stmt *s, int i, ryx_val *out)
{
  return cell_of(s, i, out);
}

int ryx_lite_rows_put(sqlite3_stmt *s, int n_cols, ryx_pack *p)
{
  ryx_val *cell = ryx_pack_row(p);
  int i, rc = 0;

  if (!cell) return RYX_E_NOMEM;
  for (i = 0; i < n_cols && rc == 0; i++, cell++) {
    rc = cell_of(s, i, cell);
    if (rc == 0 && (cell->type == RYX_T_TEXT || cell->type == RYX_T_BYTES))
      rc = ryx_pack_bytes(p, cell, cell->type, cell->u.s, cell->len);
  }
  return rc;
}

/* SQLite takes its lock for each name, so they are asked for once, and again
 * when a changed schema made it prepare the statement anew. */
static int learn_names(ryx_lite_stmt *st, int n)
{
  int rc = 0;

  ryx_buf_clear(&st->names);
  for (int i = 0; i < n && rc == 0; i++) {
    const char *name = sqlite3_column_name(st->s, i);
    rc = name ? ryx_buf_put(&st->names, name, strlen(name) + 1) : RYX_E_NOMEM;
  }
  if (rc < 0) ryx_buf_fini(&st->names);
  return rc < 0 ? RYX_E_NOMEM : 0;
}

int ryx_lite_rows_new(ryx_lite_stmt *st, ryx_pack **out)
{
  int n = sqlite3_column_count(st->s), rc = ryx_pack_new(n, out);
  int n_reprepared = sqlite3_stmt_status(st->s, SQLITE_STMTSTATUS_REPREPARE, 0);

  if (rc < 0) return rc;
  if (!st->names.data || st->n_reprepared != n_reprepared) {
    rc = learn_names(st, n);
    if (rc < 0) return rc;
    st->n_reprepared = n_reprepared;
  }
  return ryx_pack_names(*out, st->names.data, st->names.len);
}
