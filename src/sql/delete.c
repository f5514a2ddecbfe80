/* SPDX-License-Identifier: MIT */
/* DELETE. */
#include "sql/apart.h"
#include "value/caps.h"

static bool has_list(const ryx_node *n)
{
  for (const ryx_node *c = n; c < ryx_node_end(n); c++) {
    if (c->kind == RYX_NODE_LOOKUP && c->value == RYX_LOOKUP_IN_SIZED)
      return true;
  }
  return false;
}

/* The form with the name has neither bounds nor RETURNING. */
static bool names_table(const ryx_sql *q, const ryx_parts *p)
{
  return q->dialect->names_deleted && !ryx_parts_bounded(p) &&
         !ryx_parts_has(p, RYX_PART_OUTPUTS) && has_list(p->statement);
}

void ryx_sql_delete(ryx_sql *q, const ryx_node *n)
{
  ryx_parts p;

  ryx_node_parts(n, &p);
  if (ryx_sql_is_apart(q, &p)) {
    ryx_sql_delete_apart(q, &p);
  } else {
    ryx_sql_puts(q, "DELETE");
    if (names_table(q, &p)) {
      ryx_sql_puts(q, " ");
      ryx_sql_put_name(q, ryx_node_first(p.at[RYX_PART_SOURCES]));
    }
    ryx_sql_from(q, &p);
    ryx_sql_where_rows(q, &p);
  }
  if (ryx_parts_has(&p, RYX_PART_OUTPUTS) &&
      !(q->caps & RYX_SERVER_DELETE_RETURNING)) {
    ryx_sql_fail(q, RYX_E_UNSUPPORTED,
                 "this server has no DELETE ... RETURNING: select the rows "
                 "first");
  }
  ryx_sql_returning(q, p.at[RYX_PART_OUTPUTS]);
}
