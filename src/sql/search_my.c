/* SPDX-License-Identifier: MIT */
/* MariaDB and MySQL: MATCH over the columns that hold the words of the fields,
 * of which a FULLTEXT index has them all and each alone
 * (migrations/dialect/family_my.lua). */
#include "sql/family_my.h"

/* The words of a field are in a column beside its own. */
static void put_words_of(ryx_sql *q, const ryx_node *field)
{
  ryx_node column = *ryx_node_first(field);

  column.name = field->name;
  column.name_len = field->name_len;
  ryx_sql_put_expr(q, &column);
}

static void put_all(ryx_sql *q, const ryx_search *s)
{
  const char *before = "(MATCH (";

  for (const ryx_node *f = s->first; f < s->end; f = ryx_node_end(f)) {
    if (!ryx_field_is_searched(f)) continue;
    ryx_sql_puts(q, before);
    put_words_of(q, f);
    before = ", ";
  }
  ryx_sql_puts(q, ") AGAINST (");
  ryx_sql_search_words(q, s, RYX_BIND_WORDS_ALL);
  ryx_sql_puts(q, " IN BOOLEAN MODE) > 0)");
}

/* Each field by its weight. */
static void put_score(ryx_sql *q, const ryx_search *s)
{
  const char *before = "";

  for (const ryx_node *f = s->first; f < s->end; f = ryx_node_end(f)) {
    if (!ryx_field_is_searched(f)) continue;
    ryx_sql_puts(q, before);
    ryx_sql_puts(q, ryx_field_weight(f));
    ryx_sql_puts(q, " * MATCH (");
    put_words_of(q, f);
    ryx_sql_puts(q, ") AGAINST (");
    ryx_sql_search_words(q, s, RYX_BIND_WORDS_ANY);
    ryx_sql_puts(q, ")");
    before = " + ";
  }
}

/* MATCH reads a table's columns themselves, in most places. */
static bool is_possible(ryx_sql *q, const ryx_search *s)
{
  const char *why = q->no_search;

  if (ryx_sql_full_has(q, s->key)) {
    why =
        "what comes out of a full join: search in a query of its own and join "
        "that";
  }
  if (why) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED, "this database cannot search %s", why);
  }
  return !why;
}

void ryx_search_my_put(ryx_sql *q, const ryx_node *n)
{
  ryx_search s;

  ryx_sql_search_open(&s, n);
  ryx_sql_search_check(q, &s);
  if (!is_possible(q, &s)) return;
  if (!s.is_rank) {
    put_all(q, &s);
    return;
  }
  ryx_sql_puts(q, "(CASE WHEN ");
  put_all(q, &s);
  ryx_sql_puts(q, " THEN ");
  put_score(q, &s);
  ryx_sql_puts(q, " ELSE 0 END)");
}
