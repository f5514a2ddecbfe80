/* SPDX-License-Identifier: MIT */
/* Words by utf8proc's categories. */
#include "value/word.h"

#include <utf8proc.h>

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

/* Does an apostrophe stand here, and a word go on behind it? */
static bool is_within(const char *s, size_t n)
{
  utf8proc_int32_t c;

  if (n < 2 || s[0] != '\'') return false;
  (void)step(s + 1, n - 1, &c);
  return is_of_word(c);
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
    if (!is_of_word(c) && !is_within(s + i, n - i)) break;
  }
  *len = (size_t)(s + i - *word);
  *at = i;
  return *len > 0;
}
