/* SPDX-License-Identifier: MIT */
/* Integers as PostgreSQL sends them: the highest byte first. */
#ifndef RYX_BENCH_RAW_WIRE_H
#define RYX_BENCH_RAW_WIRE_H

#include <stdint.h>

/* An integer of n bytes, 4 or 8. */
static inline int64_t raw_wire_get(const char *s, int n)
{
  uint64_t v = 0;
  for (int i = 0; i < n; i++)
    v = v << 8 | (unsigned char)s[i];
  return n == 4 ? (int32_t)v : (int64_t)v;
}

/* Writes n bytes of v; where the next ones go. */
static inline char *raw_wire_put(char *at, uint64_t v, int n)
{
  for (int i = n - 1; i >= 0; i--, v >>= 8)
    at[i] = (char)(v & 0xff);
  return at + n;
}

#endif
