/* SPDX-License-Identifier: MIT */
/* SELECT, its clauses in order, and what wraps it for COUNT and EXISTS. */
#include "sql/writer.h"

static bool is_same_name(const ryx_node *a, const ryx_node *b)
{
  return a->name_len == b->name_len &&
         memcmp(a->name, b->name, a->name_len) == 0;
}

static void put_output(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *expr = ryx_node_first(n);

  ryx_sql_put_expr(q, expr);
  if (n->name_len == 0) return;
  if (expr->kind == RYX_NODE_COLUMN && is_same_name(n, expr)) return;
  ryx_sql_puts(q, " AS ");
  ryx_sql_put_name(q, n);
}

static void put_outputs(ryx_sql *q)
{
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_OUTPUTS);
  const ryx_node *first = ryx_node_first(list), *c = first;

  ryx_sql_puts(q, "SELECT ");
  if (q->tree->flags & RYX_SELECT_DISTINCT) ryx_sql_puts(q, "DISTINCT ");
  if (c == ryx_node_end(list)) ryx_sql_puts(q, "1");
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c > first) ryx_sql_puts(q, ", ");
    put_output(q, c);
  }
}

void ryx_sql_from(ryx_sql *q)
{
  const ryx_node *sources = ryx_tree_part(q->tree, RYX_PART_SOURCES);

  ryx_sql_puts(q, " FROM ");
  ryx_sql_put_name(q, ryx_node_first(sources));
}

/* Without a NULL among the values the database's own order is the right one. */
void ryx_sql_order(ryx_sql *q)
{
  static const ryx_template plain[] = {"%o", "%o DESC"};
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_ORDER);
  const ryx_node *first = ryx_node_first(list), *c = first;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    const ryx_node *expr = ryx_node_first(c);
    ryx_sql_puts(q, c > first ? ", " : " ORDER BY ");
    ryx_sql_template(q,
                     expr->maybe_null ? q->dialect->order[c->value]
                                      : plain[c->value & RYX_ORDER_DESC],
                     expr);
  }
}

void ryx_sql_limit(ryx_sql *q)
{
  const ryx_node *limit = ryx_tree_part(q->tree, RYX_PART_LIMIT);
  const ryx_node *offset = ryx_tree_part(q->tree, RYX_PART_OFFSET);

  if (limit->kind != RYX_NODE_NONE) {
    ryx_sql_puts(q, " LIMIT ");
    ryx_sql_put_expr(q, limit);
  }
  if (offset->kind == RYX_NODE_NONE) return;
  if (limit->kind == RYX_NODE_NONE) ryx_sql_puts(q, q->dialect->offset_alone);
  ryx_sql_puts(q, " OFFSET ");
  ryx_sql_put_expr(q, offset);
}

static void put_clauses(ryx_sql *q)
{
  static void (*const clauses[])(ryx_sql *) = {
      put_outputs, ryx_sql_from, ryx_sql_where, ryx_sql_order, ryx_sql_limit,
  };

  for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
    clauses[i](q);
}

/* What COUNT and EXISTS look at: the order of rows is no concern of theirs. */
static void put_unordered(ryx_sql *q)
{
  put_outputs(q);
  ryx_sql_from(q);
  ryx_sql_where(q);
  ryx_sql_limit(q);
}

static bool is_bounded(const ryx_sql *q)
{
  return q->tree->part[RYX_PART_LIMIT] || q->tree->part[RYX_PART_OFFSET];
}

/* SELECT <what> over the rows; `inside` puts those into a sub-query. */
static void put_scalar(ryx_sql *q, const char *what, bool inside)
{
  ryx_sql_puts(q, what);
  if (inside) {
    ryx_sql_puts(q, " FROM (");
    put_unordered(q);
    ryx_sql_puts(q, ") z");
    return;
  }
  ryx_sql_from(q);
  ryx_sql_where(q);
}

static void put_count(ryx_sql *q)
{
  q->scalar = "count";
  put_scalar(q, "SELECT COUNT(*)",
             is_bounded(q) || (q->tree->flags & RYX_SELECT_DISTINCT));
}

/* The first row is enough, unless the caller's own bounds leave none. */
static void put_exists(ryx_sql *q)
{
  q->scalar = "exists";
  put_scalar(q, "SELECT 1", is_bounded(q));
  ryx_sql_puts(q, " LIMIT 1");
}

void ryx_sql_select(ryx_sql *q)
{
  if (q->tree->flags & RYX_SELECT_COUNT) {
    put_count(q);
  } else if (q->tree->flags & RYX_SELECT_EXISTS) {
    put_exists(q);
  } else {
    put_clauses(q);
  }
}
