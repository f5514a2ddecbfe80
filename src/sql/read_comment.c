/* SPDX-License-Identifier: MIT */
/* The comments behind a statement. */
#include "sql/reader.h"

/* Nothing in it may end it, or begin one inside it, which counts on PostgreSQL;
 * and its first letter may not make it one that MySQL runs. */
static bool is_comment(const char *s, uint32_t n)
{
  if (n == 0 || !(s[0] == ' ' || (s[0] >= 'a' && s[0] <= 'z'))) return false;
  for (uint32_t i = 0; i < n; i++) {
    char next = i + 1 < n ? s[i + 1] : '/';
    if (s[i] == '\0' || (s[i] == '*' && next == '/')) return false;
    if (s[i] == '/' && (next == '*' || i + 1 == n)) return false;
  }
  return true;
}

void ryx_read_comments(ryx_reader *r)
{
  ryx_tree *t = r->tree;

  while (t->n_comments < 2 && ryx_read_eat(r, '!')) {
    uint32_t n;
    const char *s = ryx_read_text(r, &n);
    if (r->wrong) return;
    if (!is_comment(s, n))
      ryx_read_fail(r, "a comment holds the marks of comments");
    t->comments[t->n_comments].text = s;
    t->comments[t->n_comments++].len = n;
  }
}
