/* SPDX-License-Identifier: MIT */
/* Searches on MariaDB. */
#include "sql/family_my.h"

void ryx_search_mariadb(ryx_sql *q, const ryx_node *n)
{
  ryx_search_my_put(q, n);
}
