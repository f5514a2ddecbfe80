/* SPDX-License-Identifier: MIT */
/* The error record. Nothing here allocates: an error must be told when memory
 * is what ran out. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { WORD_MAX = 127 };

/* Copies up to the first NUL into dst[max + 1]. Bytes that are not UTF-8 become
 * '?', because hosts decode every message. */
static void copy_text(char *dst, size_t max, const char *src, size_t n)
{
  size_t at = 0;

  for (size_t i = 0; i < n && src[i] != '\0';) {
    int step = ryx_utf8_step(src + i, n - i);
    size_t len = step > 0 ? (size_t)step : 1;

    if (at + len > max) break;
    if (step > 0) memcpy(dst + at, src + i, len);
    if (step == 0) dst[at] = '?';
    at += len;
    i += len;
  }
  dst[at] = '\0';
}

int ryx_err_set(ryx_err *e, int code, const char *fmt, ...)
{
  char text[RYX_MESSAGE_MAX + 1]; /* an argument may point into e */
  va_list args;

  if (!e) return code;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  e->code = code;
  e->native = 0;
  e->sqlstate[0] = '\0';
  e->constraint[0] = e->table[0] = e->column[0] = e->detail[0] = '\0';
  ryx_err_message(e, text, strlen(text));
  return code;
}

int ryx_err_nomem(ryx_err *e)
{
  return ryx_err_set(e, RYX_E_NOMEM, "out of memory");
}

void ryx_err_name(char dst[RYX_NAME_MAX + 1], const char *src, size_t n)
{
  copy_text(dst, RYX_NAME_MAX, src, src ? n : 0);
}

static void copy_message(char *dst, const char *src, size_t n)
{
  if (!src) n = 0;
  /* Longer than the field: leave out the character that is cut in two rather
   * than show it as '?'. */
  if (n >= RYX_MESSAGE_MAX) n = ryx_utf8_cut(src, RYX_MESSAGE_MAX);
  copy_text(dst, RYX_MESSAGE_MAX, src, n);
}

void ryx_err_message(ryx_err *e, const char *src, size_t n)
{
  if (e) copy_message(e->message, src, n);
}

void ryx_err_detail(ryx_err *e, const char *src, size_t n)
{
  if (e) copy_message(e->detail, src, n);
}

void ryx_err_hide(ryx_err *e, const char *from, const char *to)
{
  char text[RYX_MESSAGE_MAX + 1];
  int before = (int)(from - e->message);

  if (!e->detail[0]) ryx_err_detail(e, e->message, strlen(e->message));
  snprintf(text, sizeof text, "%.*s...%s", before, e->message, to);
  ryx_err_message(e, text, strlen(text));
}

const char *ryx_err_kind(int code)
{
  static const char *const kinds[] = {[0] = "ok",
#define X(name, number, kind) [-(number)] = kind,
                                      RYX_ERRORS(X)
#undef X
  };
  const int n = (int)(sizeof kinds / sizeof kinds[0]);

  return code <= 0 && code > -n ? kinds[-code] : "unknown";
}

/* Levenshtein, one row. Both words are at most WORD_MAX bytes. */
static int distance(const char *a, int na, const char *b, int nb)
{
  int row[WORD_MAX + 1];

  for (int j = 0; j <= nb; j++)
    row[j] = j;
  for (int i = 1; i <= na; i++) {
    int diagonal = row[0];
    row[0] = i;
    for (int j = 1; j <= nb; j++) {
      int best = diagonal + (a[i - 1] != b[j - 1]);
      if (row[j] + 1 < best) best = row[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[nb];
}

const char *ryx_err_nearest(const char *word, const char *const *names, int n)
{
  size_t len = strlen(word);
  const char *nearest = NULL;
  int limit = len / 3 > 2 ? (int)(len / 3) : 2;

  if (len == 0 || len > WORD_MAX) return NULL;
  if (limit >= (int)len) limit = (int)len - 1; /* something must be common */
  for (int i = 0; i < n; i++) {
    size_t m = strlen(names[i]);
    int d = m <= WORD_MAX ? distance(word, (int)len, names[i], (int)m) : limit;

    if (m > WORD_MAX || d > limit) continue;
    nearest = names[i];
    limit = d - 1; /* the first of equals stays */
  }
  return nearest;
}
