/* SPDX-License-Identifier: MIT */
/* Parts of JSON documents, per database (DESIGN 7.6). */
#ifndef RYX_SQL_JSON_H
#define RYX_SQL_JSON_H

#include "sql/dialect.h"

/* n is a JSON node. A key applies to objects, a position to arrays; what is not
 * there, or not of the kind asked for, is NULL. */
void ryx_json_pg(ryx_sql *q, const struct ryx_node *n);
void ryx_json_my(ryx_sql *q, const struct ryx_node *n);
void ryx_json_lite(ryx_sql *q, const struct ryx_node *n);

#endif
