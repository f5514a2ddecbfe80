/* SPDX-License-Identifier: MIT */
/* Hints: reading them, and what they are in SQL. */
#include "sql/hint.h"

/* Letters that end no comment and begin no literal. */
static bool is_words(const char *s, uint32_t n)
{
  static const char letters[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_ ,()@.=+-#:%";

  for (uint32_t i = 0; i < n; i++)
    if (s[i] == '\0' || !strchr(letters, s[i])) return false;
  return n > 0;
}

void ryx_read_hints(ryx_reader *r)
{
  ryx_tree *t = r->tree;

  while (t->n_hints < RYX_HINTS_MAX && ryx_read_eat(r, '^')) {
    ryx_hint *h = &t->hints[t->n_hints++];

    h->kind = ryx_read_below(r, RYX_HINT_MAX, "a kind of hint is unknown");
    h->dialect = ryx_read_text(r, &h->n_dialect);
    h->table = ryx_read_text(r, &h->n_table);
    h->text = ryx_read_text(r, &h->n_text);
    if (r->wrong) return;
    if (h->kind == RYX_HINT_WORDS && !is_words(h->text, h->n_text))
      ryx_read_fail(r, "a hint holds more than words");
  }
}

static bool is_own(const ryx_sql *q, const ryx_hint *h)
{
  const char *name = q->dialect->name;

  return strlen(name) == h->n_dialect &&
         memcmp(name, h->dialect, h->n_dialect) == 0;
}

void ryx_sql_put_words(ryx_sql *q)
{
  if (!q->hints_words) return;
  q->hints_words = false;
  for (int i = 0; i < q->tree->n_hints; i++) {
    const ryx_hint *h = &q->tree->hints[i];

    if (h->kind != RYX_HINT_WORDS || !is_own(q, h)) continue;
    ryx_sql_puts(q, " /*+ ");
    ryx_sql_put(q, h->text, h->n_text);
    ryx_sql_puts(q, " */");
  }
}

void ryx_sql_put_indexes(ryx_sql *q, const ryx_node *table)
{
  for (int i = 0; i < q->tree->n_hints; i++) {
    const ryx_hint *h = &q->tree->hints[i];
    const char *const *around = q->dialect->hint[h->kind];
    ryx_node name = {.name = h->text, .name_len = h->n_text};

    if (h->kind == RYX_HINT_WORDS || !is_own(q, h) || (q->hinted >> i & 1))
      continue;
    if (table->name_len != h->n_table ||
        memcmp(table->name, h->table, h->n_table) != 0 || !around[0])
      continue;
    q->hinted |= 1u << i;
    ryx_sql_puts(q, around[0]);
    if (h->n_text > 0) ryx_sql_put_name(q, &name);
    ryx_sql_puts(q, around[1]);
  }
}
