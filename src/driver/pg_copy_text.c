/* SPDX-License-Identifier: MIT */
/* Rows in the text form of COPY: cells with tabs between, \N for NULL. The
 * server reads each by the type of its column, so that a table need not be the
 * one that ryx would make (in binary a bigint is no integer, and gains 20 %).
 */
#include <string.h>

#include "base/err.h"
#include "driver/pg_conn.h"
#include "value/text.h"
#include "value/text_check.h"

/* What stands behind a backslash for a byte; 0: the byte itself. */
static char escape_of(char c)
{
  switch (c) {
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

static int put_escaped(ryx_buf *out, const char *s, size_t n)
{
  int rc = ryx_buf_reserve(out, 2 * n);
  char *at;

  if (rc < 0) return rc;
  at = out->data + out->len;
  for (size_t i = 0; i < n; i++) {
    char e = (unsigned char)s[i] <= '\\' ? escape_of(s[i]) : 0;

    if (e) *at++ = '\\';
    *at++ = e ? e : s[i];
  }
  *at = '\0';
  out->len = (size_t)(at - out->data);
  return 0;
}

static int put_made(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  ryx_arena a;
  const char *s;
  size_t n;
  int rc;

  ryx_arena_init(&a, 0);
  rc = ryx_pg_param_text(&a, v, &s, &n, e);
  if (rc == 0 && put_escaped(out, s, n) < 0) rc = ryx_err_nomem(e);
  ryx_arena_fini(&a);
  return rc;
}

static int put_cell(ryx_buf *out, const ryx_val *v, ryx_err *e)
{
  char text[RYX_TEXT_MAX + 4];
  int n, rc;

  switch ((ryx_type)v->type) {
    case RYX_T_NULL: rc = ryx_buf_put(out, "\\N", 2); break;
    case RYX_T_INT:
      n = ryx_text_put_int(text, v->u.i);
      rc = ryx_buf_put(out, text, (size_t)n);
      break;
    case RYX_T_BOOL: rc = ryx_buf_putc(out, v->u.i ? 't' : 'f'); break;
    case RYX_T_DATETIME:
      n = ryx_text_put_datetime(text, v->u.i);
      rc = ryx_buf_put(out, text, (size_t)n);
      break;
    case RYX_T_TEXT:
      rc = ryx_text_check(v, e);
      if (rc < 0) return rc;
      rc = put_escaped(out, v->u.s, v->len);
      break;
    default: return put_made(out, v, e);
  }
  return rc < 0 ? ryx_err_nomem(e) : 0;
}

int ryx_pg_copy_row(ryx_buf *out, const ryx_val *row, int n, int *at,
                    ryx_err *e)
{
  for (int i = 0; i < n; i++) {
    int rc = put_cell(out, &row[i], e);

    *at = i;
    if (rc < 0) return rc;
    if (ryx_buf_putc(out, i + 1 < n ? '\t' : '\n') < 0) return ryx_err_nomem(e);
  }
  return 0;
}
