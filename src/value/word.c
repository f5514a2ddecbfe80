/* SPDX-License-Identifier: MIT */
/* Words by utf8proc's categories, trigrams as sorted lists of numbers. */
#include "value/word.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "value/fold.h"

/* One character: its code point and bytes, or a point no word has. */
static size_t step(const char *s, size_t n, utf8proc_int32_t *c)
{
  utf8proc_ssize_t len =
      utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, c);

  if (len > 0) return (size_t)len;
  *c = 0;
  return 1;
}

static bool is_letter_or_digit(utf8proc_int32_t c)
{
  utf8proc_category_t category;

  if (c < 0x80) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
  }
  category = utf8proc_category(c);
  return (category >= UTF8PROC_CATEGORY_LU &&
          category <= UTF8PROC_CATEGORY_LO) ||
         category == UTF8PROC_CATEGORY_ND || category == UTF8PROC_CATEGORY_NL;
}

static bool is_of_word(utf8proc_int32_t c)
{
  utf8proc_category_t category;

  if (c < 0x80) return c == '_' || is_letter_or_digit(c);
  category = utf8proc_category(c);
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

bool ryx_word_next(const char *s, size_t n, size_t *at, const char **word,
                   size_t *len, size_t *n_chars)
{
  utf8proc_int32_t c;
  size_t i = *at, size = 0;

  for (c = 0; i < n; i += size) {
    size = step(s + i, n - i, &c);
    if (is_of_word(c)) break;
  }
  *word = s + i;
  *n_chars = 0;
  for (; i < n; i += size, ++*n_chars) {
    size = step(s + i, n - i, &c);
    if (!is_of_word(c)) break;
  }
  *len = (size_t)(s + i - *word);
  *at = i;
  return *len > 0;
}

/* A trigram as a number: three code points of 21 bits. */
static int add(ryx_buf *out, uint64_t trigram)
{
  return ryx_buf_put(out, &trigram, sizeof trigram);
}

static int add_character(ryx_buf *out, uint64_t *last, utf8proc_int32_t c)
{
  *last = (*last << 21 | (uint64_t)c) & (((uint64_t)1 << 63) - 1);
  return add(out, *last);
}

/* Of "  word ": the first with two spaces, the last with one. */
static int add_trigrams(const ryx_buf *text, ryx_buf *out)
{
  const uint64_t start = (uint64_t)' ' << 21 | ' ';
  uint64_t last = start;
  size_t i = 0;
  int rc = 0;

  while (i < text->len && rc == 0) {
    utf8proc_int32_t c;

    i += step(text->data + i, text->len - i, &c);
    if (is_letter_or_digit(c)) {
      rc = add_character(out, &last, c);
    } else if (last != start) {
      rc = add_character(out, &last, ' ');
      last = start;
    }
  }
  if (rc == 0 && last != start) rc = add_character(out, &last, ' ');
  return rc;
}

static int compare(const void *a, const void *b)
{
  uint64_t x, y;

  memcpy(&x, a, sizeof x);
  memcpy(&y, b, sizeof y);
  return (x > y) - (x < y);
}

static uint64_t at(const ryx_buf *set, size_t i)
{
  uint64_t out;

  memcpy(&out, set->data + i * sizeof out, sizeof out);
  return out;
}

/* The trigrams of a text, each once and in order. */
static int make_set(const char *s, size_t n, ryx_buf *out)
{
  size_t n_all, n_set = 0;
  ryx_buf lower;
  int rc;

  ryx_buf_init(&lower, 0);
  rc = ryx_fold_lower(s, n, &lower);
  if (rc == 0) rc = add_trigrams(&lower, out);
  ryx_buf_fini(&lower);
  if (rc < 0 || out->len == 0) return rc;
  n_all = out->len / sizeof(uint64_t);
  qsort(out->data, n_all, sizeof(uint64_t), compare);
  for (size_t i = 0; i < n_all; i++) {
    uint64_t trigram = at(out, i);

    if (n_set > 0 && at(out, n_set - 1) == trigram) continue;
    memcpy(out->data + n_set++ * sizeof trigram, &trigram, sizeof trigram);
  }
  out->len = n_set * sizeof(uint64_t);
  return 0;
}

/* In single precision, as PostgreSQL has it. */
static double share(const ryx_buf *a, const ryx_buf *b)
{
  size_t n_a = a->len / sizeof(uint64_t), n_b = b->len / sizeof(uint64_t);
  size_t i = 0, k = 0, both = 0;

  while (i < n_a && k < n_b) {
    uint64_t x = at(a, i), y = at(b, k);

    both += x == y;
    i += x <= y;
    k += y <= x;
  }
  if (n_a == 0 || n_b == 0) return 0;
  return (double)((float)both / (float)(n_a + n_b - both));
}

int ryx_word_similarity(const char *a, size_t n_a, const char *b, size_t n_b,
                        double *out)
{
  ryx_buf in_a, in_b;
  int rc;

  ryx_buf_init(&in_a, 0);
  ryx_buf_init(&in_b, 0);
  rc = make_set(a, n_a, &in_a);
  if (rc == 0) rc = make_set(b, n_b, &in_b);
  if (rc == 0) *out = share(&in_a, &in_b);
  ryx_buf_fini(&in_a);
  ryx_buf_fini(&in_b);
  return rc;
}
