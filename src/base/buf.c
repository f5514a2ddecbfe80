/* SPDX-License-Identifier: MIT */
/* The growing buffer. cap counts the byte of the NUL, max does not. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_CAP = 64 };
static const size_t DEFAULT_MAX = (size_t)1 << 30;

void ryx_buf_init(ryx_buf *b, size_t max)
{
  b->data = NULL;
  b->len = b->cap = 0;
  b->max = max > 0 && max < SIZE_MAX / 4 ? max : DEFAULT_MAX;
}

void ryx_buf_fini(ryx_buf *b)
{
  ryx_mem_free(b->data);
  b->data = NULL;
  b->len = b->cap = 0;
}

void ryx_buf_clear(ryx_buf *b)
{
  b->len = 0;
  if (b->data) b->data[0] = '\0';
}

int ryx_buf_reserve(ryx_buf *b, size_t n)
{
  size_t cap = b->cap > 0 ? b->cap : FIRST_CAP;
  char *data;

  if (n < b->cap - b->len) return 0; /* cap 0: 0 - 0 is never above n */
  if (n > b->max - b->len) return RYX_E_MISUSE;
  while (cap <= b->len + n)
    cap *= 2;
  if (cap > b->max + 1) cap = b->max + 1;
  data = ryx_mem_grow(b->data, cap, 1);
  if (!data) return RYX_E_NOMEM;
  b->data = data;
  b->cap = cap;
  return 0;
}

int ryx_buf_put(ryx_buf *b, const void *s, size_t n)
{
  int rc = ryx_buf_reserve(b, n);

  if (rc < 0) return rc;
  if (n > 0) memcpy(b->data + b->len, s, n);
  b->len += n;
  b->data[b->len] = '\0';
  return 0;
}

int ryx_buf_puts(ryx_buf *b, const char *s)
{
  return ryx_buf_put(b, s, strlen(s));
}

int ryx_buf_putc(ryx_buf *b, char c)
{
  int rc = ryx_buf_reserve(b, 1);

  if (rc < 0) return rc;
  b->data[b->len++] = c;
  b->data[b->len] = '\0';
  return 0;
}

int ryx_buf_printf(ryx_buf *b, const char *fmt, ...)
{
  va_list args;
  int n, rc;

  va_start(args, fmt);
  n = vsnprintf(NULL, 0, fmt, args);
  va_end(args);
  if (n < 0) return RYX_E_MISUSE;
  rc = ryx_buf_reserve(b, (size_t)n);
  if (rc < 0) return rc;
  va_start(args, fmt);
  vsnprintf(b->data + b->len, (size_t)n + 1, fmt, args);
  va_end(args);
  b->len += (size_t)n;
  return 0;
}

char *ryx_buf_take(ryx_buf *b, size_t *len)
{
  char *data;

  if (ryx_buf_reserve(b, 0) < 0) return NULL;
  data = b->data;
  data[b->len] = '\0';
  if (len) *len = b->len;
  b->data = NULL;
  b->len = b->cap = 0;
  return data;
}
