/* SPDX-License-Identifier: MIT */
/* What the planner of one database is told of a query: words, and indexes. */
#ifndef RYX_SQL_HINT_H
#define RYX_SQL_HINT_H

#include "sql/reader.h"
#include "sql/writer.h"

/* Those behind a statement, if any. */
void ryx_read_hints(ryx_reader *r);

/* Words, behind the first SELECT of the statement itself. */
void ryx_sql_put_words(ryx_sql *q);
/* Indexes, behind the first use of their table, which has no other name. */
void ryx_sql_put_indexes(ryx_sql *q, const ryx_node *table);

#endif
