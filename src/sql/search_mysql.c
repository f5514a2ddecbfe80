/* SPDX-License-Identifier: MIT */
/* Searches on MySQL. */
#include "sql/family_my.h"

void ryx_search_mysql(ryx_sql *q, const ryx_node *n)
{
  ryx_search_my_put(q, n);
}
