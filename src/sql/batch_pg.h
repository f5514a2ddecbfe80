/* SPDX-License-Identifier: MIT */
/* The slots of a dialect that send many rows as arrays (dialect.h). */
#ifndef RYX_SQL_BATCH_PG_H
#define RYX_SQL_BATCH_PG_H

#include "sql/bind.h"
#include "sql/dialect.h"

void ryx_batch_pg_rows(ryx_sql *q, const struct ryx_node *sets, bool lists);
void ryx_batch_pg_update(ryx_sql *q, const struct ryx_node *sets,
                         const struct ryx_node *rest);
RYX_MUST int ryx_batch_pg_bind(const ryx_bind_job *j, const ryx_val *in,
                               int32_t n, ryx_val *out);
/* A list of lists becomes a list of their texts. */
RYX_MUST int ryx_batch_pg_literals(const ryx_bind_job *j, ryx_val *v);

#endif
