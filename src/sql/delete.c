/* SPDX-License-Identifier: MIT */
/* DELETE. */
#include "sql/apart.h"
#include "value/caps.h"

void ryx_sql_delete(ryx_sql *q, const ryx_node *n)
{
  ryx_parts p;

  ryx_node_parts(n, &p);
  if (ryx_sql_is_apart(q, &p)) {
    ryx_sql_delete_apart(q, &p);
  } else {
    ryx_sql_puts(q, "DELETE");
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
