/* SPDX-License-Identifier: MIT */
/* Walking rows. */
#include "api/api.h"

bool ryx_result_next(ryx_result *res)
{
  return res->rows && ryx_rows_next(res->rows);
}

void ryx_result_cell(ryx_result *res, int col, ryx_val *out)
{
  if (col < 0 || col >= ryx_result_columns(res)) {
    *out = ryx_null();
    return;
  }
  ryx_rows_cell(res->rows, col, out);
}

int ryx_result_columns(const ryx_result *res)
{
  return res->rows ? res->rows->n_cols : 0;
}

int64_t ryx_result_count(const ryx_result *res)
{
  return res->rows ? res->rows->n_rows : 0;
}

const char *ryx_result_name(const ryx_result *res, int col)
{
  if (col < 0 || col >= ryx_result_columns(res)) return "";
  return res->rows->cols[col].name;
}

int ryx_result_type(const ryx_result *res, int col)
{
  if (col < 0 || col >= ryx_result_columns(res)) return RYX_T_NULL;
  return res->rows->cols[col].type;
}

void ryx_rows_release(ryx_rows *rows)
{
  ryx_rows_free(rows);
}

bool ryx_rows_step(ryx_rows *rows)
{
  return ryx_rows_next(rows);
}

void ryx_rows_value(ryx_rows *rows, int col, ryx_val *out)
{
  ryx_rows_cell(rows, col, out);
}

const ryx_val *ryx_rows_row(const ryx_rows *rows)
{
  return rows->vt->row ? rows->vt->row(rows) : NULL;
}

void ryx_result_free(ryx_result *res)
{
  ryx_rows_free(res->rows);
  res->rows = NULL;
}
