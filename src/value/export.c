/* SPDX-License-Identifier: MIT */
/* Values in files of rows. */
#include "value/export.h"

#include <math.h>
#include <string.h>

#include "value/json.h"
#include "value/text.h"

/* A text without bytes of the value's own: its length, or -1. */
static int short_text(char *text, const ryx_val *v)
{
  int n = ryx_text_put(text, v);

  switch ((ryx_type)v->type) {
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION:
      if (!memchr(text, '.', (size_t)n)) break;
      while (text[n - 1] == '0')
        n--;
      if (text[n - 1] == '.') n--;
      break;
    default: return n;
  }
  if (v->type != RYX_T_DATETIMETZ || text[n - 1] > '9') return n;
  memcpy(text + n, "+00", 3);
  return n + 3;
}

static int put_hex(ryx_buf *out, const char *before, const ryx_val *v)
{
  int rc = ryx_buf_puts(out, before);
  char *at;

  if (rc == 0) rc = ryx_buf_reserve(out, 2 * (size_t)v->len);
  if (rc < 0) return rc;
  at = out->data + out->len;
  for (uint32_t i = 0; i < v->len; i++) {
    *at++ = "0123456789abcdef"[(unsigned char)v->u.s[i] >> 4];
    *at++ = "0123456789abcdef"[v->u.s[i] & 15];
  }
  *at = '\0';
  out->len = (size_t)(at - out->data);
  return 0;
}

static bool needs_quotes(const char *s, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (s[i] == ',' || s[i] == '"' || s[i] == '\n' || s[i] == '\r') return true;
  }
  /* A line of its own that ends the data, to PostgreSQL before version 18; and
   * what would be the mark of a file's beginning. */
  return n == 0 || (n == 2 && s[0] == '\\' && s[1] == '.') ||
         (n >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0);
}

static int put_quoted(ryx_buf *out, const char *s, size_t n)
{
  int rc = ryx_buf_reserve(out, 2 * n + 2);
  char *at;

  if (rc < 0) return rc;
  at = out->data + out->len;
  *at++ = '"';
  for (size_t i = 0; i < n; i++) {
    if (s[i] == '"') *at++ = '"';
    *at++ = s[i];
  }
  *at++ = '"';
  *at = '\0';
  out->len = (size_t)(at - out->data);
  return 0;
}

int ryx_export_csv(ryx_buf *out, const ryx_val *v)
{
  char text[RYX_TEXT_MAX + 4];

  if (v->type == RYX_T_NULL) return 0;
  if (v->type == RYX_T_BOOL) return ryx_buf_putc(out, v->u.i ? 't' : 'f');
  if (v->type == RYX_T_BYTES) return put_hex(out, "\\x", v);
  if (!ryx_val_has_bytes(v))
    return ryx_buf_put(out, text, (size_t)short_text(text, v));
  if (needs_quotes(v->u.s, v->len)) return put_quoted(out, v->u.s, v->len);
  return ryx_buf_put(out, v->u.s, v->len);
}

/* White space may hold ends of lines, strings cannot. */
static int put_on_one_line(ryx_buf *out, const char *s, size_t n)
{
  size_t from = out->len;
  int rc = ryx_buf_put(out, s, n);

  for (size_t i = from; rc == 0 && i < out->len; i++) {
    if (out->data[i] == '\n' || out->data[i] == '\r') out->data[i] = ' ';
  }
  return rc;
}

static int put_string(ryx_buf *out, const ryx_val *v)
{
  char text[RYX_TEXT_MAX + 4];

  return ryx_json_put_string(out, text, (size_t)short_text(text, v));
}

static int put_bytes(ryx_buf *out, const ryx_val *v)
{
  int rc = put_hex(out, "\"\\\\x", v);

  return rc < 0 ? rc : ryx_buf_putc(out, '"');
}

int ryx_export_json(ryx_buf *out, const ryx_val *v)
{
  switch ((ryx_type)v->type) {
    case RYX_T_NULL: return ryx_buf_puts(out, "null");
    case RYX_T_BOOL: return ryx_buf_puts(out, v->u.i ? "true" : "false");
    case RYX_T_INT: return ryx_json_put_int(out, v->u.i);
    case RYX_T_DOUBLE:
      return isfinite(v->u.d) ? ryx_json_put_double(out, v->u.d)
                              : put_string(out, v);
    case RYX_T_TEXT:
    case RYX_T_DECIMAL:
    case RYX_T_UUID: return ryx_json_put_string(out, v->u.s, v->len);
    case RYX_T_BYTES: return put_bytes(out, v);
    case RYX_T_JSON:
    case RYX_T_ARRAY: return put_on_one_line(out, v->u.s, v->len);
    case RYX_T_DATE:
    case RYX_T_TIME:
    case RYX_T_DATETIME:
    case RYX_T_DATETIMETZ:
    case RYX_T_DURATION:
    case RYX_T_MAX: break;
  }
  return put_string(out, v);
}
