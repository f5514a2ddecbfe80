/* SPDX-License-Identifier: MIT */
/* SQLite: a table of FTS5's beside the model's, with its rows by their keys and
 * its fields as f1, f2, ... (migrations/dialect/sqlite.lua). */
#include "sql/search.h"

static void put_index(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_put_name(q, s->index);
}

/* The whole index, or its one field that is searched. */
static void put_match(ryx_sql *q, const ryx_search *s)
{
  uint32_t number = 1;

  ryx_sql_puts(q, " FROM ");
  put_index(q, s);
  ryx_sql_puts(q, " WHERE ");
  if (s->is_whole) {
    put_index(q, s);
  } else {
    const ryx_node *f = s->first;
    for (; !ryx_field_is_searched(f); f = ryx_node_end(f))
      number++;
    ryx_sql_puts(q, "f");
    ryx_sql_put_number(q, number);
  }
  ryx_sql_puts(q, " MATCH ");
  ryx_sql_search_words(q, s, RYX_BIND_WORDS_QUOTED);
}

static void put_key(ryx_sql *q, const ryx_search *s)
{
  bool qualifies = q->qualifies;

  q->qualifies = true;
  ryx_sql_put_expr(q, s->key);
  q->qualifies = qualifies;
}

static void put_score(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_puts(q, "- bm25(");
  put_index(q, s);
  for (const ryx_node *f = s->first; f < s->end; f = ryx_node_end(f)) {
    ryx_sql_puts(q, ", ");
    ryx_sql_puts(q, ryx_field_weight(f));
  }
  ryx_sql_puts(q, ")");
}

/* Where a row is missing no words are found, and NOT finds that. */
static void put_there(ryx_sql *q, const ryx_search *s)
{
  if (!s->key->maybe_null) return;
  ryx_sql_puts(q, " AND ");
  ryx_sql_put_expr(q, s->key);
  ryx_sql_puts(q, " IS NOT NULL");
}

void ryx_search_lite(ryx_sql *q, const ryx_node *n)
{
  ryx_search s;

  ryx_sql_search_open(&s, n);
  ryx_sql_search_check(q, &s);
  if (s.key->type != RYX_T_INT) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this database finds the words of rows whose primary key is a "
                 "whole number");
  }
  if (!s.is_rank) {
    ryx_sql_puts(q, "(");
    ryx_sql_put_expr(q, s.key);
    ryx_sql_puts(q, " IN (SELECT rowid");
    put_match(q, &s);
    ryx_sql_puts(q, ")");
    put_there(q, &s);
    ryx_sql_puts(q, ")");
    return;
  }
  /* LIMIT keeps the search one for all rows. */
  ryx_sql_puts(q, "COALESCE((SELECT ryx_s FROM (SELECT rowid AS ryx_k, ");
  put_score(q, &s);
  ryx_sql_puts(q, " AS ryx_s");
  put_match(q, &s);
  ryx_sql_puts(q, " LIMIT -1) WHERE ryx_k = ");
  put_key(q, &s);
  ryx_sql_puts(q, "), 0.0)");
}
