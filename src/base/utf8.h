/* SPDX-License-Identifier: MIT */
/* One step through UTF-8, shared by all who must not cut or pass on garbage. */
#ifndef RYX_BASE_UTF8_H
#define RYX_BASE_UTF8_H

#include <stddef.h>

/* Bytes (1-4) of the valid character that starts at s, or 0: cut short,
 * overlong, a surrogate, or beyond U+10FFFF. n must not be 0. */
static inline int ryx_utf8_step(const char *s, size_t n)
{
  const unsigned char *u = (const unsigned char *)s;
  unsigned char low = 0x80, high = 0xBF;
  int len;

  if (u[0] < 0x80) return 1;
  if (u[0] < 0xC2 || u[0] > 0xF4) return 0;
  len = u[0] < 0xE0 ? 2 : u[0] < 0xF0 ? 3 : 4;
  if (n < (size_t)len) return 0;
  if (u[0] == 0xE0) low = 0xA0;
  if (u[0] == 0xED) high = 0x9F;
  if (u[0] == 0xF0) low = 0x90;
  if (u[0] == 0xF4) high = 0x8F;
  if (u[1] < low || u[1] > high) return 0;
  for (int i = 2; i < len; i++) {
    if ((u[i] & 0xC0) != 0x80) return 0;
  }
  return len;
}

/* The largest n' <= n that does not cut a character of s in two. */
static inline size_t ryx_utf8_cut(const char *s, size_t n)
{
  size_t start = n;

  while (start > 0 && n - start < 4) {
    start--;
    if (((unsigned char)s[start] & 0xC0) == 0x80) continue;
    return ryx_utf8_step(s + start, n - start) > 0 ? n : start;
  }
  return n;
}

#endif
