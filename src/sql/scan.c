/* SPDX-License-Identifier: MIT */
/* What is a literal, a quoted name or a comment in the dialect. What is not
 * closed goes to its end: the database will say so better. */
#include "sql/scan.h"

#include <string.h>

bool ryx_scan_is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

bool ryx_scan_starts(const ryx_scan *s, const char *word)
{
  size_t n = strlen(word);

  return (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
}

/* Past the quote that closes. A doubled quote closes and opens again, which
 * comes to the same. */
static void skip_quoted(ryx_scan *s, char quote, bool backslash)
{
  for (s->at++; s->at < s->end; s->at++) {
    if (*s->at == quote) {
      s->at++;
      return;
    }
    if (backslash && *s->at == '\\' && s->at + 1 < s->end) s->at++;
  }
}

/* E'...' and e'...', when the letter stands alone. */
static bool is_e_string(const ryx_scan *s)
{
  const char *at = s->at;

  if (!(s->dialect->lex & RYX_LEX_E_STRING) || at == s->start) return false;
  if (at[-1] != 'e' && at[-1] != 'E') return false;
  return at - 1 == s->start || (!ryx_scan_is_word(at[-2]) && at[-2] != '$');
}

static void skip_string(ryx_scan *s)
{
  bool backslash = s->dialect->lex & RYX_LEX_BACKSLASH || is_e_string(s);

  skip_quoted(s, *s->at, backslash);
}

static void skip_line(ryx_scan *s)
{
  while (s->at < s->end && *s->at != '\n')
    s->at++;
}

static void skip_comment(ryx_scan *s)
{
  bool nests = s->dialect->lex & RYX_LEX_NESTED;
  int depth = 0;

  while (s->at < s->end) {
    bool opens = ryx_scan_starts(s, "/*") && (depth == 0 || nests);
    bool closes = ryx_scan_starts(s, "*/");

    depth += opens - closes;
    s->at += opens || closes ? 2 : 1;
    if (depth == 0) return;
  }
}

/* $tag$ ... $tag$; anything else that begins with $ is one character. */
static void skip_dollar(ryx_scan *s)
{
  const char *open = s->at, *tag_end = open + 1;
  size_t n;

  s->at++;
  if (open > s->start && (ryx_scan_is_word(open[-1]) || open[-1] == '$'))
    return;
  if (tag_end < s->end && *tag_end >= '0' && *tag_end <= '9') return;
  while (tag_end < s->end && ryx_scan_is_word(*tag_end))
    tag_end++;
  if (tag_end == s->end || *tag_end != '$') return;
  n = (size_t)(tag_end + 1 - open);
  for (s->at = open + n; s->at < s->end; s->at++) {
    if (*s->at != '$' || (size_t)(s->end - s->at) < n) continue;
    if (memcmp(s->at, open, n) != 0) continue;
    s->at += n;
    return;
  }
}

/* MariaDB reads a--1 as a - (-1). */
static bool is_dash_comment(const ryx_scan *s)
{
  if (!ryx_scan_starts(s, "--")) return false;
  if (!(s->dialect->lex & RYX_LEX_DASH_SPACE) || s->end - s->at == 2) {
    return true;
  }
  return (unsigned char)s->at[2] <= ' ';
}

bool ryx_scan_is_executable(const ryx_scan *s)
{
  return s->dialect->lex & RYX_LEX_EXECUTABLE &&
         (ryx_scan_starts(s, "/*!") || ryx_scan_starts(s, "/*M!"));
}

bool ryx_scan_is_comment(const ryx_scan *s)
{
  if (*s->at == '#') return s->dialect->lex & RYX_LEX_HASH;
  if (*s->at == '-') return is_dash_comment(s);
  return ryx_scan_starts(s, "/*") && !ryx_scan_is_executable(s);
}

void ryx_scan_skip(ryx_scan *s)
{
  unsigned lex = s->dialect->lex;

  switch (*s->at) {
    case '\'': skip_string(s); return;
    case '"': skip_quoted(s, '"', lex & RYX_LEX_BACKSLASH); return;
    case '`':
      if (!(lex & RYX_LEX_BACKTICK)) break;
      skip_quoted(s, '`', false);
      return;
    case '[':
      if (!(lex & RYX_LEX_BRACKET)) break;
      skip_quoted(s, ']', false);
      return;
    case '$':
      if (!(lex & RYX_LEX_DOLLAR)) break;
      skip_dollar(s);
      return;
    case '#':
    case '-':
      if (!ryx_scan_is_comment(s)) break;
      skip_line(s);
      return;
    case '/':
      if (!ryx_scan_is_comment(s)) break;
      skip_comment(s);
      return;
    default: break;
  }
  s->at++;
}
