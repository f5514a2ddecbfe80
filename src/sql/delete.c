/* SPDX-License-Identifier: MIT */
/* DELETE. */
#include "sql/writer.h"

void ryx_sql_delete(ryx_sql *q)
{
  ryx_sql_puts(q, "DELETE");
  ryx_sql_from(q);
  ryx_sql_where_rows(q);
}
