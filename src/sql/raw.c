/* SPDX-License-Identifier: MIT */
/* A user's own SQL: finds the placeholders, which means to know what is a
 * literal, a quoted name or a comment in the dialect. What is not closed goes
 * to its end: the database will say so better. */
#include <string.h>

#include "base/err.h"
#include "sql/dialect.h"
#include "sql/tree.h"

typedef struct scan {
  const ryx_dialect *dialect;
  const char *start, *at, *end;
} scan;

static bool is_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || (unsigned char)c >= 0x80;
}

static bool starts(const scan *s, const char *word)
{
  size_t n = strlen(word);

  return (size_t)(s->end - s->at) >= n && memcmp(s->at, word, n) == 0;
}

/* Past the quote that closes. A doubled quote closes and opens again, which
 * comes to the same. */
static void skip_quoted(scan *s, char quote, bool backslash)
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
static bool is_e_string(const scan *s)
{
  const char *at = s->at;

  if (!(s->dialect->lex & RYX_LEX_E_STRING) || at == s->start) return false;
  if (at[-1] != 'e' && at[-1] != 'E') return false;
  return at - 1 == s->start || (!is_word(at[-2]) && at[-2] != '$');
}

static void skip_string(scan *s)
{
  bool backslash = s->dialect->lex & RYX_LEX_BACKSLASH || is_e_string(s);

  skip_quoted(s, *s->at, backslash);
}

static void skip_line(scan *s)
{
  while (s->at < s->end && *s->at != '\n')
    s->at++;
}

static void skip_comment(scan *s)
{
  bool nests = s->dialect->lex & RYX_LEX_NESTED;
  int depth = 0;

  while (s->at < s->end) {
    bool opens = starts(s, "/*") && (depth == 0 || nests);
    bool closes = starts(s, "*/");

    depth += opens - closes;
    s->at += opens || closes ? 2 : 1;
    if (depth == 0) return;
  }
}

/* $tag$ ... $tag$; anything else that begins with $ is one character. */
static void skip_dollar(scan *s)
{
  const char *open = s->at, *tag_end = open + 1;
  size_t n;

  s->at++;
  if (open > s->start && (is_word(open[-1]) || open[-1] == '$')) return;
  if (tag_end < s->end && *tag_end >= '0' && *tag_end <= '9') return;
  while (tag_end < s->end && is_word(*tag_end))
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
static bool is_dash_comment(const scan *s)
{
  if (!starts(s, "--")) return false;
  if (!(s->dialect->lex & RYX_LEX_DASH_SPACE) || s->end - s->at == 2) {
    return true;
  }
  return (unsigned char)s->at[2] <= ' ';
}

/* The text between the marks of such a comment is SQL like any other. */
static bool is_executable(const scan *s)
{
  return s->dialect->lex & RYX_LEX_EXECUTABLE &&
         (starts(s, "/*!") || starts(s, "/*M!"));
}

/* Past what begins here and holds no placeholder: a literal, a quoted name, a
 * comment or one character. */
static void skip(scan *s)
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
      if (!(lex & RYX_LEX_HASH)) break;
      skip_line(s);
      return;
    case '-':
      if (!is_dash_comment(s)) break;
      skip_line(s);
      return;
    case '/':
      if (!starts(s, "/*") || is_executable(s)) break;
      skip_comment(s);
      return;
    default: break;
  }
  s->at++;
}

static int put_placeholder(const scan *s, ryx_buf *out, int number)
{
  if (s->dialect->placeholder == '$') return ryx_buf_printf(out, "$%d", number);
  return ryx_buf_putc(out, s->dialect->placeholder);
}

/* At a question mark: a parameter, or two that stand for the operator. */
static int put_question(scan *s, ryx_buf *out, int *n_params, ryx_err *e)
{
  bool is_literal = starts(s, "??");

  s->at += is_literal ? 2 : 1;
  if (is_literal && s->dialect->placeholder == '?') {
    return ryx_err_set(e, RYX_E_MISUSE,
                       "?? stands for an operator ? that %s does not have",
                       s->dialect->name);
  }
  if (is_literal) return ryx_buf_putc(out, '?');
  return put_placeholder(s, out, ++*n_params);
}

static int translate(scan *s, ryx_buf *out, int *n_params, ryx_err *e)
{
  const char *from = s->at; /* the first byte not yet written */
  int rc;

  while (s->at < s->end) {
    if (*s->at != '?') {
      skip(s);
      continue;
    }
    rc = ryx_buf_put(out, from, (size_t)(s->at - from));
    if (rc == 0) rc = put_question(s, out, n_params, e);
    if (rc < 0) return rc;
    from = s->at;
  }
  return ryx_buf_put(out, from, (size_t)(s->end - from));
}

int ryx_sql_raw(const ryx_dialect *d, const char *sql, size_t n, ryx_buf *out,
                int *n_params, ryx_err *e)
{
  scan s = {.dialect = d, .start = sql, .at = sql, .end = sql + n};
  int rc;

  *n_params = 0;
  if (n > 0 && memchr(sql, '\0', n)) {
    return ryx_err_set(e, RYX_E_MISUSE, "the SQL text holds a NUL byte");
  }
  if (e) e->code = 0;
  rc = translate(&s, out, n_params, e);
  if (rc == RYX_E_NOMEM) return ryx_err_nomem(e);
  if (rc < 0 && e && e->code == 0) {
    return ryx_err_set(e, rc, "the SQL text is too long");
  }
  return rc;
}
