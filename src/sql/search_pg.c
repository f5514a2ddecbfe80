/* SPDX-License-Identifier: MIT */
/* PostgreSQL: a tsvector of the fields, which an index has where it was made of
 * the very same expression (migrations/dialect/postgres.lua). */
#include "sql/search.h"

static void put_config(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_put_literal(q, s->config->name, s->config->name_len);
}

/* setweight(to_tsvector('simple', COALESCE("title", '')), 'A'); D goes without.
 */
static void put_field(ryx_sql *q, const ryx_search *s, const ryx_node *field)
{
  static const char letters[] = "DCBA";
  char letter = letters[field->value / RYX_FIELD_WEIGHT];

  if (letter != 'D') ryx_sql_puts(q, "setweight(");
  ryx_sql_puts(q, "to_tsvector(");
  put_config(q, s);
  ryx_sql_puts(q, ", COALESCE(");
  ryx_sql_put_expr(q, ryx_node_first(field));
  ryx_sql_puts(q, ", ''))");
  if (letter == 'D') return;
  ryx_sql_puts(q, ", '");
  ryx_sql_put(q, &letter, 1);
  ryx_sql_puts(q, "')");
}

/* The fields that are searched, or all of the index. */
static void put_vector(ryx_sql *q, const ryx_search *s, bool all)
{
  const char *before = "";
  bool is_one = all ? ryx_node_end(s->first) == s->end : s->n_searched == 1;

  if (!is_one) ryx_sql_puts(q, "(");

  for (const ryx_node *f = s->first; f < s->end; f = ryx_node_end(f)) {
    if (!all && !ryx_field_is_searched(f)) continue;
    ryx_sql_puts(q, before);
    put_field(q, s, f);
    before = " || ";
  }
  if (!is_one) ryx_sql_puts(q, ")");
}

static void put_query(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_puts(q, "plainto_tsquery(");
  put_config(q, s);
  ryx_sql_puts(q, ", ");
  ryx_sql_put_expr(q, s->words);
  ryx_sql_puts(q, ")");
}

static void put_test(ryx_sql *q, const ryx_search *s, bool all)
{
  put_vector(q, s, all);
  ryx_sql_puts(q, " @@ ");
  put_query(q, s);
}

static void put_rank(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_puts(q, "(CASE WHEN ");
  put_test(q, s, false);
  ryx_sql_puts(q, " THEN ts_rank(");
  put_vector(q, s, false);
  ryx_sql_puts(q, ", ");
  put_query(q, s);
  ryx_sql_puts(q, ")::float8 ELSE 0 END)");
}

/* The rows that hold words in one field are among those that hold them in any,
 * which the index finds. */
static void put_whether(ryx_sql *q, const ryx_search *s)
{
  ryx_sql_puts(q, "(");
  if (!s->is_whole) {
    put_test(q, s, true);
    ryx_sql_puts(q, " AND ");
  }
  put_test(q, s, false);
  ryx_sql_puts(q, ")");
}

void ryx_search_pg(ryx_sql *q, const ryx_node *n)
{
  bool reuses = q->reuses;
  ryx_search s;

  ryx_sql_search_open(&s, n);
  q->reuses = true;
  if (s.is_rank) {
    put_rank(q, &s);
  } else {
    put_whether(q, &s);
  }
  q->reuses = reuses;
}
