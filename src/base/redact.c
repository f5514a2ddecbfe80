/* SPDX-License-Identifier: MIT */
/* Owns the places of passwords in URLs and connection texts. In doubt it takes
 * more: what is masked too far is a nuisance, what is left is a leak. */
#include "base/redact.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"

static const char space[] = " \t\r\n\v\f";

/* A password, [from, to); from is NULL when there is none. */
typedef struct place {
  const char *from, *to;
} place;

static const char *last_at(const char *s, const char *end)
{
  while (end > s)
    if (*--end == '@') return end;
  return NULL;
}

/* Of an authority, which begins at s. A password may hold '/' and '@' as they
 * are, and may be cut off with the message. */
static place in_authority(const char *s, bool is_cut)
{
  const char *end = s + strcspn(s, space), *at, *colon;

  at = last_at(s, s + strcspn(s, " \t\r\n\v\f/?#"));
  if (!at) at = last_at(s, end);
  if (!at && is_cut && *end == '\0') at = end;
  colon = at ? memchr(s, ':', (size_t)(at - s)) : NULL;
  return colon ? (place){colon + 1, at} : (place){NULL, NULL};
}

/* Of the value behind an equals sign: up to its closing quote, or to the next
 * space. A backslash takes the next character along, as in libpq's texts. */
static place in_value(const char *s)
{
  char quote = *s == '\'' || *s == '"' ? *s++ : '\0';
  const char *end = s;

  while (*end && (quote ? *end != quote : !strchr(space, *end)))
    end += *end == '\\' && end[1] ? 2 : 1;
  return end > s ? (place){s, end} : (place){NULL, NULL};
}

static place at_word(const char *s)
{
  static const char *const words[] = {"password", "passwd", "pwd"};

  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    size_t n = strlen(words[i]);

    if (strncasecmp(s, words[i], n) != 0) continue;
    s += n + strspn(s + n, space);
    if (*s != '=') break;
    return in_value(s + 1 + strspn(s + 1, space));
  }
  return (place){NULL, NULL};
}

/* The first password at or behind s. */
static place find(const char *s, bool is_cut)
{
  place p = {NULL, NULL};

  for (; *s && !p.from; s++) {
    p = at_word(s);
    if (!p.from && strncmp(s, "//", 2) == 0) p = in_authority(s + 2, is_cut);
  }
  return p;
}

void ryx_redact(ryx_err *e)
{
  char text[RYX_MESSAGE_MAX + 1];
  const char *from = text;
  size_t at = 0, n;
  bool is_cut;
  place p;

  if (!e) return;
  n = strlen(e->message);
  /* A character of up to four bytes may have been left out. */
  is_cut = n + 4 > RYX_MESSAGE_MAX;
  memcpy(text, e->message, n + 1);
  while (at <= RYX_MESSAGE_MAX && (p = find(from, is_cut)).from) {
    at += (size_t)snprintf(e->message + at, sizeof text - at, "%.*s***",
                           (int)(p.from - from), from);
    from = p.to;
  }
  if (at <= RYX_MESSAGE_MAX)
    snprintf(e->message + at, sizeof text - at, "%s", from);
  n = strlen(e->message);
  e->message[ryx_utf8_cut(e->message, n)] = '\0';
}
