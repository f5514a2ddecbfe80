/* SPDX-License-Identifier: MIT */
/* Checking and counting UTF-8, eight ASCII bytes at a time where it can. */
#include "base/utf8.h"

#include <string.h>

#include "value/text.h"

static const uint64_t HIGH_BITS = UINT64_C(0x8080808080808080);

/* Bytes of s before the first eight that are not all ASCII. */
static size_t skip_ascii(const char *s, size_t n)
{
  size_t i = 0;
  uint64_t word;

  for (; i + sizeof word <= n; i += sizeof word) {
    memcpy(&word, s + i, sizeof word);
    if (word & HIGH_BITS) break;
  }
  return i;
}

bool ryx_text_valid(const char *s, size_t n)
{
  size_t i = 0;

  while (i < n) {
    int step;
    if (s[i] >= 0) i += skip_ascii(s + i, n - i);
    if (i == n) break;
    step = ryx_utf8_step(s + i, n - i);
    if (step == 0) return false;
    i += (size_t)step;
  }
  return true;
}

int64_t ryx_text_length(const char *s, size_t n)
{
  int64_t length = 0;

  for (size_t i = 0; i < n; i++) {
    length += ((unsigned char)s[i] & 0xC0) != 0x80;
  }
  return length;
}
