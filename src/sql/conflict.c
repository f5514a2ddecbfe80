/* SPDX-License-Identifier: MIT */
/* What an insert does when its row is there already. */
#include "sql/conflict.h"

#include "sql/writer.h"

void ryx_sql_on_conflict(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *targets = ryx_node_first(n), *sets;

  if (n->value && targets->size == 1) {
    ryx_sql_fail(q, RYX_E_MISUSE,
                 "an update on a conflict names no columns that conflict");
  }
  ryx_sql_puts(q, " ON CONFLICT");
  ryx_sql_names(q, targets);
  if (!n->value) {
    ryx_sql_puts(q, " DO NOTHING");
    return;
  }
  sets = ryx_node_next(targets);
  ryx_sql_puts(q, " DO UPDATE");
  ryx_sql_sets(q, ryx_node_first(sets), ryx_node_end(sets));
  ryx_sql_where(q, ryx_node_next(sets));
}

static void put_assignment(ryx_sql *q, const ryx_node *set,
                           const ryx_node *where)
{
  bool always = where->kind == RYX_NODE_TRUE;

  ryx_sql_put_name(q, set);
  ryx_sql_puts(q, " = ");
  if (!always) {
    ryx_sql_puts(q, "IF(");
    ryx_sql_put_pred(q, where);
    ryx_sql_puts(q, ", ");
  }
  ryx_sql_put_expr(q, ryx_node_first(set));
  if (always) return;
  ryx_sql_puts(q, ", ");
  ryx_sql_put_name(q, set);
  ryx_sql_puts(q, ")");
}

/* It names no target: any unique key of the table counts. */
void ryx_sql_on_duplicate(ryx_sql *q, const ryx_node *n)
{
  const ryx_node *targets = ryx_node_first(n);
  const ryx_node *sets = ryx_node_next(targets), *c;

  ryx_sql_puts(q, " ON DUPLICATE KEY UPDATE ");
  if (!n->value) {
    ryx_sql_put_name(q, sets);
    ryx_sql_puts(q, " = ");
    ryx_sql_put_name(q, sets);
    return;
  }
  for (c = ryx_node_first(sets); c < ryx_node_end(sets); c = ryx_node_end(c)) {
    if (c > ryx_node_first(sets)) ryx_sql_puts(q, ", ");
    put_assignment(q, c, ryx_node_next(sets));
  }
}
