/* SPDX-License-Identifier: MIT */
/* Parts of JSON documents: a path of keys and positions, and the part as JSON,
 * in its own spelling where a database has one (raw), or as a number, a text, a
 * boolean where it is one. Each dialect has a writer
 * of its own, json_*.c; here is what they share. */
#ifndef RYX_SQL_JSON_H
#define RYX_SQL_JSON_H

#include "sql/dialect_list.h"
#include "sql/writer.h"

/* n is a JSON node. A key applies to objects, a position to arrays; what is not
 * there, or not of the kind asked for, is NULL. */
#define X(dialect) void ryx_json_##dialect(ryx_sql *q, const ryx_node *n);
RYX_DIALECTS(X)
#undef X

void ryx_sql_json_document(ryx_sql *q, const ryx_node *n);
/* The first step; they end where the node does. */
static inline const ryx_node *ryx_sql_json_steps(const ryx_node *n)
{
  return ryx_node_next(ryx_node_first(n));
}
/* What its dialect needs for a key among the steps before `end`; or NULL. */
const struct ryx_dashes *ryx_sql_json_dashes(const ryx_sql *q,
                                             const ryx_node *n,
                                             const ryx_node *end);
/* fn(document, 'path'), the path of the steps before `end`. */
void ryx_sql_json_at(ryx_sql *q, const char *fn, const ryx_node *n,
                     const ryx_node *end);

#endif
