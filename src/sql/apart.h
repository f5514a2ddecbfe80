/* SPDX-License-Identifier: MIT */
/* Writes where assignments see what those before them have set, and where no
 * sub-query may read the table that is written (dialect.h, assigns_in_turn). */
#ifndef RYX_SQL_APART_H
#define RYX_SQL_APART_H

#include "sql/writer.h"

/* Assignments in an order in which each reads old values. */
typedef struct ryx_turns {
  const ryx_node *sets;
  uint64_t done;            /* of those that read, by position */
  const ryx_node *constant; /* the next that reads nothing */
  bool is_stuck;            /* there is no such order */
} ryx_turns;

void ryx_turns_init(ryx_turns *t, const ryx_node *sets);
/* The next SET, or NULL: none is left, or is_stuck. */
const ryx_node *ryx_turns_next(ryx_turns *t);

/* Must values and rows of the UPDATE or DELETE be found apart? */
bool ryx_sql_is_apart(const ryx_sql *q, const ryx_parts *p);
/* The write of rows that a derived table finds, with the values they get. */
void ryx_sql_update_apart(ryx_sql *q, const ryx_parts *p);
void ryx_sql_delete_apart(ryx_sql *q, const ryx_parts *p);

#endif
