/* SPDX-License-Identifier: MIT */
/* WHERE: the tree of conditions. Logic is two-valued: inside NOT, and where a
 * condition is a value, one that would be NULL is made false. */
#include "sql/writer.h"

/* How a condition stands in the text around it. */
typedef struct place {
  ryx_node_kind within; /* AND, OR, or NOT, whose parentheses hold anything */
  bool is_strict;       /* below a NOT, or a value: never NULL */
  bool is_choice;       /* below an OR */
} place;

static void put_pred(ryx_sql *q, const ryx_node *n, place at);

static bool is_bare(place at)
{
  return at.within == RYX_NODE_NOT || at.within == RYX_NODE_AND;
}

static ryx_place place_of(place at)
{
  if (at.is_strict) return RYX_PLACE_NOT;
  return at.is_choice ? RYX_PLACE_OR : RYX_PLACE_AND;
}

static bool has_null(const ryx_node *lookup)
{
  const ryx_node *c = ryx_node_first(lookup);

  for (; c < ryx_node_end(lookup); c = ryx_node_end(c)) {
    if (c->maybe_null) return true;
  }
  return false;
}

/* Columns are cheap to ask for NULL; of anything else only the outcome is. */
static bool is_plain(const ryx_node *lookup)
{
  const ryx_node *c = ryx_node_first(lookup);

  if (ryx_lookup_is_in(lookup->value)) return false; /* a list may hold NULL */
  for (; c < ryx_node_end(lookup); c = ryx_node_end(c)) {
    if (c->maybe_null && c->kind != RYX_NODE_COLUMN) return false;
  }
  return true;
}

/* A condition with what makes it false where a column of it is NULL. */
static void put_guarded(ryx_sql *q, const ryx_node *n, place at)
{
  const ryx_node *c = ryx_node_first(n);
  bool bare = is_bare(at);

  if (!bare) ryx_sql_puts(q, "(");
  ryx_sql_lookup(q, n, RYX_PLACE_NOT);
  for (; c < ryx_node_end(n); c = ryx_node_end(c)) {
    if (!c->maybe_null) continue;
    ryx_sql_puts(q, " AND ");
    ryx_sql_put_expr(q, c);
    ryx_sql_puts(q, " IS NOT NULL");
  }
  if (!bare) ryx_sql_puts(q, ")");
}

/* A sub-query that is asked for rows it does not have. */
static void keep_apart(ryx_sql *q, place at)
{
  if (at.is_strict && q->makes_one) q->hint = q->dialect->exists_hint;
}

static void put_lookup(ryx_sql *q, const ryx_node *n, place at)
{
  bool is_null_test =
      n->value == RYX_LOOKUP_ISNULL || n->value == RYX_LOOKUP_NOTNULL;
  bool may = ryx_lookup_is_in(n->value) || has_null(n);

  if (n->value == RYX_LOOKUP_IN) keep_apart(q, at);
  if (!at.is_strict || is_null_test || !may) {
    ryx_sql_lookup(q, n, place_of(at));
  } else if (is_plain(n)) {
    put_guarded(q, n, at);
  } else {
    ryx_sql_puts(q, "(");
    ryx_sql_lookup(q, n, RYX_PLACE_NOT);
    ryx_sql_puts(q, ") IS TRUE");
  }
}

static void put_truth(ryx_sql *q, const ryx_node *n, place at)
{
  const ryx_node *expr = ryx_node_first(n);

  if (!at.is_strict || !expr->maybe_null) {
    ryx_sql_put_expr(q, expr);
    return;
  }
  ryx_sql_puts(q, "(");
  ryx_sql_put_expr(q, expr);
  ryx_sql_puts(q, ") IS TRUE");
}

/* Has it a table in FROM that reads the rows around, or that is a set? */
static bool has_odd_table(const ryx_sql *q, const ryx_node *body)
{
  const ryx_node *list, *c;
  ryx_parts p;
  uint32_t from;

  if (body->kind != RYX_NODE_SELECT) return false;
  ryx_node_parts(body, &p);
  list = p.at[RYX_PART_SOURCES];
  if (list->size == 1) return false;
  from = ryx_tree_source(q->tree, ryx_node_first(list));
  for (c = list; c < ryx_node_end(list); c++) {
    if (c->kind == RYX_NODE_COMBINED ||
        (c->kind == RYX_NODE_COLUMN && c->value < from))
      return true;
  }
  return false;
}

static void put_exists(ryx_sql *q, const ryx_node *n, place at)
{
  ryx_sql_puts(q, "EXISTS (");
  keep_apart(q, at);
  if (q->dialect->exists_hint && has_odd_table(q, ryx_node_first(n)))
    q->hint = q->dialect->exists_hint;
  ryx_sql_body(q, ryx_node_first(n));
  ryx_sql_puts(q, ")");
}

/* SQLite nests a chain as deep as it is long, and 1000 levels at most: long
 * ones are chains of chains. */
enum { CHAIN_MAX = 500 };

static bool is_longer(const ryx_node *n, uint32_t most)
{
  const ryx_node *c = ryx_node_first(n), *end = ryx_node_end(n);

  for (; c < end; c = ryx_node_end(c)) {
    if (most-- == 0) return true;
  }
  return false;
}

/* Conditions joined by a word; none of them is what AND and OR begin with. */
static void put_joined(ryx_sql *q, const ryx_node *n, place at)
{
  bool is_and = n->kind == RYX_NODE_AND;
  bool bare = at.within == RYX_NODE_NOT || at.within == n->kind, is_long;
  const ryx_node *c = ryx_node_first(n), *end = ryx_node_end(n);

  if (c == end) {
    ryx_sql_puts(q, q->boolean[is_and]);
    return;
  }
  if (ryx_node_end(c) == end) { /* one needs no word and no parentheses */
    put_pred(q, c, at);
    return;
  }
  if (!bare) ryx_sql_puts(q, "(");
  is_long = is_longer(n, CHAIN_MAX);
  if (is_long) ryx_sql_puts(q, "(");
  for (uint32_t i = 0; c < end; c = ryx_node_end(c), i++) {
    bool ends = is_long && i % CHAIN_MAX == 0;
    if (i > 0 && ends) ryx_sql_puts(q, ")");
    if (i > 0) ryx_sql_puts(q, is_and ? " AND " : " OR ");
    if (i > 0 && ends) ryx_sql_puts(q, "(");
    put_pred(q, c, (place){n->kind, at.is_strict, at.is_choice || !is_and});
  }
  if (is_long) ryx_sql_puts(q, ")");
  if (!bare) ryx_sql_puts(q, ")");
}

static void put_pred(ryx_sql *q, const ryx_node *n, place at)
{
  if (q->rc < 0) return;
  switch (n->kind) {
    case RYX_NODE_TRUE: ryx_sql_puts(q, q->boolean[1]); break;
    case RYX_NODE_FALSE: ryx_sql_puts(q, q->boolean[0]); break;
    case RYX_NODE_AND:
    case RYX_NODE_OR: put_joined(q, n, at); break;
    case RYX_NODE_NOT:
      ryx_sql_puts(q, "NOT (");
      put_pred(q, ryx_node_first(n), (place){RYX_NODE_NOT, true, at.is_choice});
      ryx_sql_puts(q, ")");
      break;
    case RYX_NODE_LOOKUP: put_lookup(q, n, at); break;
    case RYX_NODE_EXISTS: put_exists(q, n, at); break;
    case RYX_NODE_TRUTH: put_truth(q, n, at); break;
    default: break; /* the reader lets no other kind be here */
  }
}

void ryx_sql_put_pred(ryx_sql *q, const ryx_node *n)
{
  put_pred(q, n, (place){RYX_NODE_NOT, false, false});
}

void ryx_sql_put_condition(ryx_sql *q, const ryx_node *n)
{
  ryx_sql_puts(q, "(");
  put_pred(q, n, (place){RYX_NODE_NOT, true, false});
  ryx_sql_puts(q, ")");
}

void ryx_sql_where(ryx_sql *q, const ryx_node *n)
{
  if (n->kind == RYX_NODE_TRUE) return;
  ryx_sql_puts(q, " WHERE ");
  ryx_sql_put_pred(q, n);
}

/* The table in a condition that is one list of keys from it; or NULL. */
static const ryx_node *list_of_keys(const ryx_node *where)
{
  const ryx_node *keys, *source;
  ryx_parts p;

  if (where->kind != RYX_NODE_LOOKUP || where->value != RYX_LOOKUP_IN)
    return NULL;
  keys = ryx_node_end(ryx_node_first(where));
  if (keys->kind != RYX_NODE_SUBQUERY ||
      ryx_node_first(keys)->kind != RYX_NODE_SELECT)
    return NULL;
  ryx_node_parts(ryx_node_first(keys), &p);
  source = ryx_node_first(p.at[RYX_PART_SOURCES]);
  if (source->kind != RYX_NODE_DERIVED ||
      ryx_node_end(source) != ryx_node_end(p.at[RYX_PART_SOURCES]))
    return NULL;
  return ryx_node_first(source);
}

/* Keeps that table from being merged: a bound or a set operation does so, too.
 */
static void keep_whole(ryx_sql *q, const ryx_node *table)
{
  ryx_parts p;

  if (table->kind != RYX_NODE_SELECT) return;
  ryx_node_parts(table, &p);
  if (!ryx_parts_bounded(&p)) q->kept = table;
}

/* Must its rows be known before the first of them is written? */
static bool is_read_first(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *table;

  if (!q->dialect->writes_in_turn || q->tree->n_sources == 1) return false;
  table = list_of_keys(p->at[RYX_PART_WHERE]);
  if (table) keep_whole(q, table);
  return !table && p->statement->kind == RYX_NODE_DELETE;
}

static void put_names(ryx_sql *q, const ryx_node *list)
{
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c > first) ryx_sql_puts(q, ", ");
    ryx_sql_put_name(q, c);
  }
}

/* A write with a limit names its rows by key. The sub-query is wrapped once
 * more: MariaDB allows neither LIMIT inside IN nor the target of the write.
 * A limit or DISTINCT keeps it from being merged and asked for each row. */
void ryx_sql_where_rows(ryx_sql *q, const ryx_parts *p)
{
  const ryx_node *key = p->at[RYX_PART_KEY];
  bool is_one = ryx_node_end(ryx_node_first(key)) == ryx_node_end(key);

  if (!ryx_parts_bounded(p) && !is_read_first(q, p)) {
    ryx_sql_where(q, p->at[RYX_PART_WHERE]);
    return;
  }
  ryx_sql_puts(q, is_one ? " WHERE " : " WHERE (");
  put_names(q, key);
  ryx_sql_puts(q, is_one ? " IN (SELECT " : ") IN (SELECT ");
  put_names(q, key);
  ryx_sql_puts(
      q, ryx_parts_bounded(p) ? " FROM (SELECT " : " FROM (SELECT DISTINCT ");
  put_names(q, key);
  ryx_sql_from(q, p);
  ryx_sql_where(q, p->at[RYX_PART_WHERE]);
  ryx_sql_order(q, p->at[RYX_PART_ORDER], " ORDER BY ");
  ryx_sql_limit(q, p);
  ryx_sql_puts(q, ") z)");
}
