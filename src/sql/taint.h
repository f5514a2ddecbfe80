/* SPDX-License-Identifier: MIT */
/* Whether a user's statement may leave something behind in its session. */
#ifndef RYX_SQL_TAINT_H
#define RYX_SQL_TAINT_H

#include "sql/sql.h"

/* Fills in what out says beside n_params. */
void ryx_sql_taint(const ryx_dialect *d, const char *sql, size_t n,
                   ryx_raw *out);

#endif
