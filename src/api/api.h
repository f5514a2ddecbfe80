/* SPDX-License-Identifier: MIT */
/* What the files behind ryx.h share: a ryx, which is an engine with the pools
 * of its aliases. */
#ifndef RYX_API_API_H
#define RYX_API_API_H

#include "api/pools.h"

struct ryx {
  ryx_runtime *rt; /* one reference */
  ryx_engine *engine;
  ryx_pools pools;
  ryx_arena scratch; /* parameters on their way; reset by every send */
  ryx_buf sql;       /* text on its way */
  ryx_err err;       /* of the result last taken, or when the caller has none */
};

/* RYX_E_VALIDATION: one of v[0..n) is no value, as ryx_bytes makes of bytes
 * that are too many. Whoever takes a value from a host asks this first. */
RYX_MUST int ryx_values_check(const ryx_val *v, size_t n, ryx_err *e);

/* A caller's block as a buffer, for the time of one call: both come from the
 * same allocator. */
static inline ryx_buf ryx_api_borrow(const ryx_text_buf *b)
{
  ryx_buf buf;

  ryx_buf_init(&buf, 0);
  buf.data = b->data;
  buf.len = b->n;
  buf.cap = b->cap;
  return buf;
}

static inline int ryx_api_give_back(ryx_text_buf *b, const ryx_buf *buf, int rc)
{
  *b = (ryx_text_buf){.data = buf->data, .n = buf->len, .cap = buf->cap};
  return rc;
}

#endif
