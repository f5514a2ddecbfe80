/* SPDX-License-Identifier: MIT */
/* UPDATE: every assignment sees the old row (MariaDB by a session setting). */
#include "sql/writer.h"

void ryx_sql_update(ryx_sql *q)
{
  const ryx_node *list = ryx_tree_part(q->tree, RYX_PART_SETS);
  const ryx_node *first = ryx_node_first(list), *c = first;

  ryx_sql_puts(q, "UPDATE ");
  ryx_sql_put_name(q, ryx_node_first(ryx_tree_part(q->tree, RYX_PART_SOURCES)));
  for (; c < ryx_node_end(list); c = ryx_node_end(c)) {
    ryx_sql_puts(q, c > first ? ", " : " SET ");
    ryx_sql_put_name(q, c);
    ryx_sql_puts(q, " = ");
    ryx_sql_put_expr(q, ryx_node_first(c));
  }
  ryx_sql_where_rows(q);
}
