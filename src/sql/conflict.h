/* SPDX-License-Identifier: MIT */
/* The two ways in which databases say what happens on a conflict. */
#ifndef RYX_SQL_CONFLICT_H
#define RYX_SQL_CONFLICT_H

#include "sql/dialect.h"

struct ryx_node;

/* ON CONFLICT (...) DO ... */
void ryx_sql_on_conflict(ryx_sql *q, const struct ryx_node *n);
/* ON DUPLICATE KEY UPDATE ... */
void ryx_sql_on_duplicate(ryx_sql *q, const struct ryx_node *n);

#endif
