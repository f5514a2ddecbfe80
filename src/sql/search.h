/* SPDX-License-Identifier: MIT */
/* Full-text search: do the fields of a row hold all of some words, and how
 * well? Each kind of database has a writer of its own, search_*.c; here is what
 * they share. */
#ifndef RYX_SQL_SEARCH_H
#define RYX_SQL_SEARCH_H

#include "sql/dialect_list.h"
#include "sql/writer.h"

/* n is a SEARCH node: a boolean, or a number that grows with the match and is 0
 * where there is none. A field that is NULL has no words. */
#define X(dialect) void ryx_search_##dialect(ryx_sql *q, const ryx_node *n);
RYX_DIALECTS(X)
#undef X

typedef struct ryx_search {
  const ryx_node *index; /* by its name */
  const ryx_node *config, *words, *key;
  const ryx_node *first, *end; /* FIELD each: all that the index has */
  bool is_rank;
  bool is_whole; /* all of them are searched */
  uint32_t n_searched;
} ryx_search;

void ryx_sql_search_open(ryx_search *s, const ryx_node *n);
/* Fails where no index has the fields, without which nothing is found. */
void ryx_sql_search_check(ryx_sql *q, const ryx_search *s);
/* The words, made what the index asks for. */
void ryx_sql_search_words(ryx_sql *q, const ryx_search *s, ryx_bind_op op);

static inline bool ryx_field_is_searched(const ryx_node *field)
{
  return (field->value & RYX_FIELD_SEARCHED) != 0;
}
/* 0.1, 0.2, 0.4 and 1.0 for D to A. */
const char *ryx_field_weight(const ryx_node *field);

#endif
