/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with a cap: going over it is an error, never a cut. */
#ifndef RYX_BASE_BUF_H
#define RYX_BASE_BUF_H

#include "ryx_value.h"

typedef struct ryx_buf {
  char *data; /* NUL after the last byte, or NULL while empty */
  size_t len, cap, max;
} ryx_buf;

/* max in bytes; 0 for 1 GiB. Allocates nothing. */
void ryx_buf_init(ryx_buf *b, size_t max);
void ryx_buf_fini(ryx_buf *b);  /* may run twice */
void ryx_buf_clear(ryx_buf *b); /* len = 0, keeps the memory */

/* 0, RYX_E_NOMEM, or RYX_E_MISUSE when the cap is reached. */
RYX_MUST int ryx_buf_put(ryx_buf *b, const void *s, size_t n);
RYX_MUST int ryx_buf_puts(ryx_buf *b, const char *s);
RYX_MUST int ryx_buf_putc(ryx_buf *b, char c);
RYX_MUST int ryx_buf_printf(ryx_buf *b, const char *fmt, ...) RYX_PRINTF(2, 3);
/* Room for n more bytes at data + len; the caller raises len itself. */
RYX_MUST int ryx_buf_reserve(ryx_buf *b, size_t n);

/* Moves the bytes out (never NULL on success, ends in NUL); the caller frees
 * with ryx_mem_free. The buffer is empty afterwards. NULL: out of memory. */
RYX_MUST char *ryx_buf_take(ryx_buf *b, size_t *len);

#endif
