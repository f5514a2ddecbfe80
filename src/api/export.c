/* SPDX-License-Identifier: MIT */
/* Files of rows for hosts: CSV to read, cells of CSV and JSON to write. */
#include "value/export.h"
#include "api/api.h"
#include "base/err.h"
#include "value/csv.h"
#include "value/json.h"
#include "value/text.h"

int ryx_csv_new(ryx_csv **out, ryx_err *err)
{
  *out = ryx_csv_open();
  return *out ? 0 : ryx_err_nomem(err);
}

void ryx_csv_free(ryx_csv *c)
{
  ryx_csv_close(c);
}

int ryx_csv_feed(ryx_csv *c, const char *s, size_t n, ryx_err *err)
{
  return ryx_csv_give(c, s, n, err);
}

int ryx_csv_rows(ryx_csv *c, int max, ryx_err *err)
{
  return ryx_csv_read(c, max, err);
}

int ryx_csv_columns(const ryx_csv *c)
{
  return ryx_csv_width(c);
}

void ryx_csv_cell(const ryx_csv *c, int row, int col, ryx_val *out)
{
  ryx_csv_get(c, row, col, out);
}

/* Durations in arrays are stored as microseconds, and written as such a value
 * is alone. */
static int spell_durations(ryx_val *v, ryx_buf *out, ryx_err *e)
{
  ryx_json *list;
  int rc = ryx_json_parse(v->u.s, v->len, &list, e);
  bool is_list = rc == 0 && ryx_json_type(list) == RYX_JSON_ARRAY;
  size_t n = is_list ? ryx_json_size(list) : 0;

  if (rc < 0) return rc;
  rc = ryx_buf_putc(out, '[');
  for (size_t i = 0; rc == 0 && i < n; i++) {
    const ryx_json *item = ryx_json_at(list, i);
    ryx_val one = {.type = RYX_T_DURATION};

    if (i > 0) rc = ryx_buf_putc(out, ',');
    if (rc < 0) break;
    if (ryx_json_type(item) == RYX_JSON_INT) {
      one.u.i = ryx_json_int(item);
      rc = ryx_export_json(out, &one);
    } else {
      rc = ryx_json_write(item, out);
    }
  }
  if (rc == 0) rc = ryx_buf_putc(out, ']');
  ryx_json_free(list);
  v->u.s = out->data;
  v->len = (uint32_t)out->len;
  return rc;
}

/* The value as the type that its column has; what is made is in a or out. */
static int to_type(ryx_val *v, int type, int elem, ryx_arena *a, ryx_buf *out,
                   ryx_err *e)
{
  if (v->type == RYX_T_NULL) return 0;
  if (type == RYX_T_JSON || type == RYX_T_ARRAY) {
    v->type = (uint8_t)type;
  } else if (type != RYX_T_NULL) {
    return ryx_val_cast(v, type, a, e);
  }
  if (v->type != RYX_T_ARRAY || elem != RYX_T_DURATION) return 0;
  return spell_durations(v, out, e);
}

static int add_cell(ryx_text_buf *b, ryx_val v, int type, int elem, ryx_err *e,
                    int (*put)(ryx_buf *out, const ryx_val *v))
{
  ryx_arena a;
  ryx_buf made, buf;
  int rc = ryx_values_check(&v, 1, e);

  if (rc < 0) return rc;
  ryx_arena_init(&a, 0);
  ryx_buf_init(&made, 0);
  rc = to_type(&v, type, elem, &a, &made, e);
  buf = ryx_api_borrow(b);
  if (rc == 0) {
    rc = put(&buf, &v);
    if (rc == RYX_E_NOMEM) (void)ryx_err_nomem(e);
    if (rc < 0 && rc != RYX_E_NOMEM)
      (void)ryx_err_set(e, rc, "the text is too long, or not valid UTF-8");
  }
  ryx_buf_fini(&made);
  ryx_arena_fini(&a);
  return ryx_api_give_back(b, &buf, rc);
}

int ryx_csv_add(ryx_text_buf *b, const ryx_val *v, int type, int elem,
                ryx_err *err)
{
  return add_cell(b, *v, type, elem, err, ryx_export_csv);
}

int ryx_json_add_cell(ryx_text_buf *b, const ryx_val *v, int type, int elem,
                      ryx_err *err)
{
  return add_cell(b, *v, type, elem, err, ryx_export_json);
}
