/* SPDX-License-Identifier: MIT */
/* WHERE: the tree of conditions. Logic is two-valued: inside NOT a condition
 * that would be NULL is made false, so that its negation is true. */
#include "sql/writer.h"

/* How a condition stands in the text around it. */
typedef struct place {
  ryx_node_kind within; /* AND, OR, or NOT, whose parentheses hold anything */
  bool negated;         /* somewhere below a NOT */
} place;

static void put_pred(ryx_sql *q, const ryx_node *n, place at);

static bool has_null(const ryx_node *lookup)
{
  const ryx_node *c = ryx_node_first(lookup);

  for (; c < ryx_node_end(lookup); c = ryx_node_end(c)) {
    if (c->maybe_null) return true;
  }
  return false;
}

/* A condition with what makes it false where a column of it is NULL. */
static void put_guarded(ryx_sql *q, const ryx_node *n, place at)
{
  const ryx_node *c = ryx_node_first(n);
  bool is_bare = at.within == RYX_NODE_NOT || at.within == RYX_NODE_AND;

  if (!is_bare) ryx_sql_puts(q, "(");
  ryx_sql_lookup(q, n);
  for (; c < ryx_node_end(n); c = ryx_node_end(c)) {
    if (!c->maybe_null) continue;
    ryx_sql_puts(q, " AND ");
    ryx_sql_put_expr(q, c);
    ryx_sql_puts(q, " IS NOT NULL");
  }
  if (!is_bare) ryx_sql_puts(q, ")");
}

static void put_lookup(ryx_sql *q, const ryx_node *n, place at)
{
  bool is_null_test =
      n->value == RYX_LOOKUP_ISNULL || n->value == RYX_LOOKUP_NOTNULL;

  if (!at.negated || is_null_test) {
    ryx_sql_lookup(q, n);
    return;
  }
  if (n->value == RYX_LOOKUP_IN) { /* a list may hold a NULL, too */
    ryx_sql_puts(q, "(");
    ryx_sql_lookup(q, n);
    ryx_sql_puts(q, ") IS TRUE");
    return;
  }
  if (has_null(n)) {
    put_guarded(q, n, at);
    return;
  }
  ryx_sql_lookup(q, n);
}

/* Conditions joined by a word; none of them is what AND and OR begin with. */
static void put_joined(ryx_sql *q, const ryx_node *n, place at)
{
  bool is_and = n->kind == RYX_NODE_AND;
  bool is_bare = at.within == RYX_NODE_NOT || at.within == n->kind;
  const ryx_node *c = ryx_node_first(n), *end = ryx_node_end(n);

  if (c == end) {
    ryx_sql_puts(q, q->dialect->boolean[is_and]);
    return;
  }
  if (ryx_node_end(c) == end) { /* one needs no word and no parentheses */
    put_pred(q, c, at);
    return;
  }
  if (!is_bare) ryx_sql_puts(q, "(");
  for (; c < end; c = ryx_node_end(c)) {
    if (c > n + 1) ryx_sql_puts(q, is_and ? " AND " : " OR ");
    put_pred(q, c, (place){n->kind, at.negated});
  }
  if (!is_bare) ryx_sql_puts(q, ")");
}

static void put_pred(ryx_sql *q, const ryx_node *n, place at)
{
  switch ((ryx_node_kind)n->kind) {
    case RYX_NODE_TRUE: ryx_sql_puts(q, q->dialect->boolean[1]); break;
    case RYX_NODE_FALSE: ryx_sql_puts(q, q->dialect->boolean[0]); break;
    case RYX_NODE_AND:
    case RYX_NODE_OR: put_joined(q, n, at); break;
    case RYX_NODE_NOT:
      ryx_sql_puts(q, "NOT (");
      put_pred(q, ryx_node_first(n), (place){RYX_NODE_NOT, true});
      ryx_sql_puts(q, ")");
      break;
    case RYX_NODE_LOOKUP: put_lookup(q, n, at); break;
    case RYX_NODE_NONE:
    case RYX_NODE_LIST:
    case RYX_NODE_TABLE:
    case RYX_NODE_NAME:
    case RYX_NODE_OUTPUT:
    case RYX_NODE_SET:
    case RYX_NODE_ORDER:
    case RYX_NODE_COLUMN:
    case RYX_NODE_PARAM:
    case RYX_NODE_STAR: break; /* the reader lets none of them be here */
  }
}

void ryx_sql_where(ryx_sql *q)
{
  const ryx_node *n = ryx_tree_part(q->tree, RYX_PART_WHERE);

  if (n->kind == RYX_NODE_TRUE) return;
  ryx_sql_puts(q, " WHERE ");
  put_pred(q, n, (place){RYX_NODE_NOT, false});
}

/* A write with a limit names its rows by key. The sub-query is wrapped once
 * more: MariaDB allows neither LIMIT inside IN nor the target of the write. */
void ryx_sql_where_rows(ryx_sql *q)
{
  const uint32_t *part = q->tree->part;
  const ryx_node *key = ryx_tree_part(q->tree, RYX_PART_KEY);

  if (!part[RYX_PART_LIMIT] && !part[RYX_PART_OFFSET]) {
    ryx_sql_where(q);
    return;
  }
  ryx_sql_puts(q, " WHERE ");
  ryx_sql_put_name(q, key);
  ryx_sql_puts(q, " IN (SELECT ");
  ryx_sql_put_name(q, key);
  ryx_sql_puts(q, " FROM (SELECT ");
  ryx_sql_put_name(q, key);
  ryx_sql_from(q);
  ryx_sql_where(q);
  ryx_sql_order(q);
  ryx_sql_limit(q);
  ryx_sql_puts(q, ") z)");
}
