/* SPDX-License-Identifier: MIT */
/* FULL JOIN where the server has none: the rows of a LEFT JOIN and those of the
 * other side that it leaves out, as one table whose columns stand for those of
 * the sources inside.
 *
 *   FROM (SELECT a.x AS c9, b.y AS c12 FROM a LEFT JOIN b ON a.x = b.y
 *     UNION ALL SELECT NULL, b.y FROM b WHERE NOT EXISTS
 *     (SELECT 1 FROM a WHERE a.x = b.y)) AS full2
 */
#include "sql/writer.h"
#include "value/caps.h"

/* The last of a select's sources that is joined so, or NULL. */
static const ryx_node *joined(const ryx_node *list)
{
  const ryx_node *c = ryx_node_first(list), *found = NULL;

  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    if (c->value == RYX_JOIN_FULL) found = c;
  }
  return found;
}

bool ryx_sql_full_open(ryx_sql *q, const ryx_parts *p, ryx_full *full)
{
  const ryx_node *list = p->at[RYX_PART_SOURCES], *last;

  if (q->caps & RYX_SERVER_FULL_JOIN) return false;
  last = joined(list);
  if (!last) return false;
  full->select = p->statement;
  full->last = last;
  full->from = ryx_tree_source(q->tree, ryx_node_first(list));
  full->to = ryx_tree_source(q->tree, last);
  full->around = q->full;
  q->full = full;
  return true;
}

static bool is_same(const ryx_node *a, const ryx_node *b)
{
  return a->kind == RYX_NODE_COLUMN && a->value == b->value &&
         ryx_node_same_name(a, b);
}

static bool is_inside(const ryx_full *full, const ryx_node *n)
{
  return n->kind == RYX_NODE_COLUMN && n->value >= full->from &&
         n->value <= full->to;
}

/* Where the select names the column first: what it is called by. */
static const ryx_node *first_of(const ryx_full *full, const ryx_node *column)
{
  const ryx_node *n = full->select;

  while (!is_same(n, column))
    n++;
  return n;
}

bool ryx_sql_full_has(const ryx_sql *q, const ryx_node *column)
{
  const ryx_full *full = q->full;

  while (full && !is_inside(full, column))
    full = full->around;
  return full != NULL;
}

static void put_alias(ryx_sql *q, const ryx_full *full)
{
  ryx_sql_puts(q, "full");
  ryx_sql_put_number(q, (uint32_t)(full->select - q->tree->nodes));
}

static void put_name_of(ryx_sql *q, const ryx_node *first)
{
  ryx_sql_puts(q, "c");
  ryx_sql_put_number(q, (uint32_t)(first - q->tree->nodes));
}

bool ryx_sql_full_column(ryx_sql *q, const ryx_node *column)
{
  const ryx_full *full = q->full;

  while (full && !is_inside(full, column))
    full = full->around;
  if (!full) return false;
  put_alias(q, full);
  ryx_sql_puts(q, ".");
  put_name_of(q, first_of(full, column));
  return true;
}

/* Of one side only, all columns of the other are NULL. */
static void put_columns(ryx_sql *q, const ryx_full *full, bool one_side)
{
  const ryx_node *n = full->select, *end = ryx_node_end(full->select);
  const char *before = "";

  for (; n < end; n++) {
    if (!is_inside(full, n) || first_of(full, n) != n) continue;
    ryx_sql_puts(q, before);
    if (one_side && n->value != full->to) {
      ryx_sql_puts(q, "NULL");
    } else {
      ryx_sql_put_expr(q, n);
    }
    ryx_sql_puts(q, " AS ");
    put_name_of(q, n);
    before = ", ";
  }
  if (!*before) ryx_sql_puts(q, "1 AS c");
}

static void put_before(ryx_sql *q, const ryx_full *full,
                       const ryx_node *sources)
{
  const ryx_node *c = ryx_node_first(sources);

  for (; c < full->last; c = ryx_node_end(c))
    ryx_sql_source(q, c, c->value);
}

void ryx_sql_full_from(ryx_sql *q, const ryx_node *sources)
{
  const ryx_full *full = q->full;
  const ryx_node *around = q->inside;

  q->full = full->around;
  q->inside = full->select;
  ryx_sql_puts(q, " FROM (SELECT ");
  put_columns(q, full, false);
  put_before(q, full, sources);
  ryx_sql_source(q, full->last, RYX_JOIN_LEFT);
  ryx_sql_puts(q, " UNION ALL SELECT ");
  put_columns(q, full, true);
  ryx_sql_source(q, full->last, RYX_JOIN_FIRST);
  ryx_sql_puts(q, " WHERE NOT EXISTS (SELECT 1");
  put_before(q, full, sources);
  ryx_sql_where(q, ryx_node_next(ryx_node_first(full->last)));
  ryx_sql_puts(q, ")) AS ");
  put_alias(q, full);
  q->inside = around;
  q->full = full;
}
