/* SPDX-License-Identifier: MIT */
/* Owns reading the row at which a statement stands, and packing it. */
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

int ryx_lite_rows_new(sqlite3_stmt *s, ryx_pack **out)
{
  int i, n = sqlite3_column_count(s);
  int rc = ryx_pack_new(n, out);

  for (i = 0; i < n && rc == 0; i++) {
    const char *name = sqlite3_column_name(s, i);
    rc = name ? ryx_pack_col(*out, i, name, RYX_T_NULL) : RYX_E_NOMEM;
  }
  return rc;
}
