/* SPDX-License-Identifier: MIT */
/* The words of a statement's text that say what kind it is. Literals, quoted
 * names, comments and what stands in parentheses are stepped over; text that
 * does not close them goes to the server, which says so better. */
#include <string.h>
#include <strings.h>

#include "driver/pg_conn.h"

static bool is_word(char ch)
{
  return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
         (ch >= '0' && ch <= '9') || ch == '_' || (unsigned char)ch >= 0x80;
}

static const char *skip_line(const char *s)
{
  while (*s && *s != '\n')
    s++;
  return s;
}

/* They nest. */
static const char *skip_comment(const char *s)
{
  int depth = 0;

  while (*s) {
    bool opens = s[0] == '/' && s[1] == '*',
         closes = s[0] == '*' && s[1] == '/';

    depth += opens - closes;
    s += opens || closes ? 2 : 1;
    if (depth == 0) break;
  }
  return s;
}

static const char *skip_quoted(const char *s, bool backslash)
{
  char quote = *s++;

  while (*s && (*s != quote || s[1] == quote)) {
    bool pair = *s == quote || (backslash && *s == '\\' && s[1]);

    s += pair ? 2 : 1;
  }
  return *s ? s + 1 : s;
}

/* $tag$ ... $tag$; any other $ is one character. */
static const char *skip_dollar(const char *s)
{
  const char *open = s++;
  size_t n;

  if (*s >= '0' && *s <= '9') return s;
  while (is_word(*s))
    s++;
  if (*s != '$') return open + 1;
  n = (size_t)(s + 1 - open);
  for (s++; *s; s++) {
    if (strncmp(s, open, n) == 0) return s + n;
  }
  return s;
}

/* To the next character that is not space or comment. */
static const char *skip_space(const char *s)
{
  for (;;) {
    if (s[0] == '-' && s[1] == '-') {
      s = skip_line(s);
    } else if (s[0] == '/' && s[1] == '*') {
      s = skip_comment(s);
    } else if (*s && strchr(" \t\n\r\f\v", *s)) {
      s++;
    } else {
      return s;
    }
  }
}

static const char *word_end(const char *s)
{
  while (is_word(*s) || *s == '$')
    s++;
  return s;
}

static bool is(const char *s, const char *word)
{
  size_t n = strlen(word);

  return strncasecmp(s, word, n) == 0 && word_end(s) == s + n;
}

/* Past what begins here: a word, a literal, a quoted name or one character. */
static const char *skip(const char *s)
{
  if (*s == '\'' || *s == '"') return skip_quoted(s, false);
  if ((*s == 'e' || *s == 'E') && s[1] == '\'') return skip_quoted(s + 1, true);
  if (*s == '$') return skip_dollar(s);
  return is_word(*s) ? word_end(s) : s + 1;
}

static const char *skip_parentheses(const char *s)
{
  int depth = 0;

  do {
    if (*s == '(') depth++;
    if (*s == ')') depth--;
    s = skip_space(skip(s));
  } while (*s && depth > 0);
  return s;
}

static bool begins(const char *sql, const char *const *words)
{
  sql = skip_space(sql);
  while (*sql == '(')
    sql = skip_space(sql + 1);
  for (; *words; words++) {
    if (is(sql, *words)) return true;
  }
  return false;
}

bool ryx_pg_words_copy(const char *sql)
{
  const char *s = skip_space(sql);
  bool is_way = false; /* behind FROM or TO */

  if (!is(s, "COPY")) return false;
  while (*s) {
    if (is_way && (is(s, "STDIN") || is(s, "STDOUT"))) return true;
    is_way = is(s, "FROM") || is(s, "TO");
    s = skip_space(*s == '(' ? skip_parentheses(s) : skip(s));
  }
  return false;
}

bool ryx_pg_words_planned(const char *sql)
{
  static const char *const words[] = {"SELECT", "VALUES", "TABLE",
                                      "WITH",   "INSERT", "UPDATE",
                                      "DELETE", "MERGE",  NULL};
  return begins(sql, words);
}

bool ryx_pg_words_select(const char *sql)
{
  static const char *const words[] = {"SELECT", "VALUES", "TABLE", NULL};

  return begins(sql, words);
}

bool ryx_pg_words_drops(const char *sql)
{
  static const char *const words[] = {"DEALLOCATE", "DISCARD", "DO", "CALL",
                                      NULL};

  return begins(sql, words);
}

bool ryx_pg_words_rollback(const char *sql)
{
  static const char *const words[] = {"ROLLBACK", "ABORT", NULL};

  return begins(sql, words);
}
