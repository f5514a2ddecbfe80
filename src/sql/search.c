/* SPDX-License-Identifier: MIT */
/* Searches: what the writers of all databases need. */
#include "sql/search.h"

#include <stdio.h>

void ryx_sql_search_open(ryx_search *s, const ryx_node *n)
{
  s->index = n;
  s->is_rank = n->value == RYX_SEARCH_RANK;
  s->config = ryx_node_first(n);
  s->words = ryx_node_next(s->config);
  s->key = ryx_node_next(s->words);
  s->first = ryx_node_next(s->key);
  s->end = ryx_node_end(n);
  s->is_whole = true;
  s->n_searched = 0;
  for (const ryx_node *f = s->first; f < s->end; f = ryx_node_end(f)) {
    if (ryx_field_is_searched(f))
      s->n_searched++;
    else
      s->is_whole = false;
  }
}

/* The searched columns, as many as there is room for. */
static void list_columns(const ryx_search *s, char *out, size_t size)
{
  const ryx_node *f = s->first;
  size_t at = 0;

  for (; f < s->end && at < size; f = ryx_node_end(f)) {
    const ryx_node *column = ryx_node_first(f);
    if (!ryx_field_is_searched(f)) continue;
    at += (size_t)snprintf(out + at, size - at, "%s\"%.*s\"", at ? ", " : "",
                           (int)column->name_len, column->name);
  }
}

void ryx_sql_search_check(ryx_sql *q, const ryx_search *s)
{
  char columns[256] = "";

  if (s->index->name_len > 0) return;
  list_columns(s, columns, sizeof columns);
  ryx_sql_fail(q, RYX_E_UNSUPPORTED,
               "this database searches what an index has the words of: add "
               "ryx.SearchIndex{ fields = { %s } } to Meta.indexes",
               columns);
}

void ryx_sql_search_words(ryx_sql *q, const ryx_search *s, ryx_bind_op op)
{
  ryx_sql_bind(q, &(ryx_bind){.param = (int32_t)s->words->value,
                              .op = (uint8_t)op,
                              .type = RYX_T_TEXT});
}

const char *ryx_field_weight(const ryx_node *field)
{
  static const char *const weights[] = {"0.1", "0.2", "0.4", "1.0"};

  return weights[field->value / RYX_FIELD_WEIGHT];
}
