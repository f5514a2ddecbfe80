/* SPDX-License-Identifier: MIT */
/* Patterns and ranges made from what a user looks for. */
#include "sql/pattern.h"

#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

enum { END_REPEAT = 64, LEN_MAX = UINT32_MAX / 4 };

/* U+10FFFF, behind which no character comes. */
static const char last_char[] = "\xF4\x8F\xBF\xBF";

/* Room for the text that replaces v's, at most `size` bytes. */
static char *make_room(const ryx_val *v, size_t size, ryx_arena *a, ryx_err *e)
{
  char *room = NULL;

  if (v->len > LEN_MAX) {
    (void)ryx_err_set(e, RYX_E_VALIDATION,
                      "the text is too long to search for");
    return NULL;
  }
  room = ryx_arena_alloc(a, size);
  if (!room) (void)ryx_err_nomem(e);
  return room;
}

/* What a pattern puts around the value, and how it quotes within. */
typedef struct pattern {
  const char *before, *after;
  const char *special, *open, *close;
} pattern;

static const pattern patterns[] = {
    [RYX_BIND_LIKE_CONTAINS] = {"%", "%", "!%_", "!", ""},
    [RYX_BIND_LIKE_STARTS] = {"", "%", "!%_", "!", ""},
    [RYX_BIND_LIKE_ENDS] = {"%", "", "!%_", "!", ""},
    [RYX_BIND_LIKE_EXACT] = {"", "", "!%_", "!", ""},
    [RYX_BIND_GLOB_ENDS] = {"*", "", "*?[", "[", "]"},
};

static char *add(char *at, const char *s)
{
  size_t n = strlen(s);

  memcpy(at, s, n);
  return at + n;
}

int ryx_pattern_make(ryx_bind_op op, ryx_val *v, ryx_arena *a, ryx_err *e)
{
  const pattern *p = &patterns[op];
  char *room = make_room(v, 3 * (size_t)v->len + 2, a, e), *at = room;

  if (!room) return v->len > LEN_MAX ? RYX_E_VALIDATION : RYX_E_NOMEM;
  at = add(at, p->before);
  for (uint32_t i = 0; i < v->len; i++) {
    char c = v->u.s[i];
    bool is_special = c != '\0' && strchr(p->special, c);

    if (is_special) at = add(at, p->open);
    *at++ = c;
    if (is_special) at = add(at, p->close);
  }
  at = add(at, p->after);
  v->u.s = room;
  v->len = (uint32_t)(at - room);
  return 0;
}

/* The code point of a valid character of n bytes, and back. */
static uint32_t decode(const char *s, size_t n)
{
  uint32_t c = (unsigned char)s[0];

  if (n > 1) c &= 0x7Fu >> n;
  for (size_t i = 1; i < n; i++)
    c = c << 6 | ((unsigned char)s[i] & 0x3F);
  return c;
}

static size_t encode(uint32_t c, char *out)
{
  static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

  for (size_t i = n - 1; i > 0; i--, c >>= 6)
    out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)(lead[n] | c);
  return n;
}

/* Every text starts with ''. Nothing is after all texts, so the end is one
 * that no column holds. */
static void make_far_end(ryx_val *v, char *room)
{
  memcpy(room, v->u.s, v->len);
  for (size_t i = 0; i < END_REPEAT; i++) {
    memcpy(room + v->len + 4 * i, last_char, 4);
  }
  v->u.s = room;
  v->len += 4 * END_REPEAT;
}

int ryx_pattern_prefix_end(ryx_val *v, ryx_arena *a, ryx_err *e)
{
  char *room = make_room(v, (size_t)v->len + 4 * END_REPEAT, a, e);
  const char *s = v->u.s;
  size_t n = v->len, start;
  uint32_t c;

  if (!room) return v->len > LEN_MAX ? RYX_E_VALIDATION : RYX_E_NOMEM;
  while (n >= 4 && memcmp(s + n - 4, last_char, 4) == 0)
    n -= 4;
  if (n == 0) {
    make_far_end(v, room);
    return 0;
  }
  for (start = n - 1; start > 0 && ((unsigned char)s[start] & 0xC0) == 0x80;) {
    start--;
  }
  if (ryx_utf8_step(s + start, n - start) != (int)(n - start)) {
    return ryx_err_set(e, RYX_E_VALIDATION, "the text is not valid UTF-8");
  }
  c = decode(s + start, n - start) + 1;
  memcpy(room, s, start);
  v->u.s = room;
  v->len = (uint32_t)(start + encode(c == 0xD800 ? 0xE000 : c, room + start));
  return 0;
}

int ryx_pattern_regex(ryx_val *v, ryx_arena *a, ryx_err *e)
{
  char *room;

  if (v->len > LEN_MAX) {
    return ryx_err_set(e, RYX_E_VALIDATION,
                       "the regular expression is too long");
  }
  room = ryx_arena_dup(a, v->u.s, v->len);
  if (!room) return ryx_err_nomem(e);
  for (uint32_t i = 0; i + 1 < v->len; i++) {
    if (room[i] != '\\') continue;
    i++;
    if (room[i] == 'b') room[i] = 'y';
    if (room[i] == 'B') room[i] = 'Y';
  }
  v->u.s = room;
  return 0;
}
