/* SPDX-License-Identifier: MIT */
/* Where SQL is put together: text and binds grow on the stack until they are
 * large. The first failure stays in rc and later writes are harmless, so the
 * writers do not ask after every word; ryx_sql_statement's caller asks once.
 * Those that recurse do ask: a template may write an operand several times, so
 * the text can be far longer than its description, and only its limit ends it.
 */
#ifndef RYX_SQL_WRITER_H
#define RYX_SQL_WRITER_H

#include <string.h>

#include "sql/dialect.h"
#include "sql/tree.h"

/* A FULL JOIN that the server lacks: the select that has it, the numbers of the
 * first of its sources and of the one joined so, which is `last`. */
typedef struct ryx_full {
  const ryx_node *select, *last;
  uint32_t from, to;
  const struct ryx_full *around; /* of a query around */
} ryx_full;

enum { RYX_RELATED_MAX = 16 };

/* A sub-query that is joined: the aggregate it is of, the columns that tie its
 * rows to the one around, and which of them all is joined, itself or one that
 * is equal. */
typedef struct ryx_joined {
  const ryx_node *subquery, *value, *inside, *around;
  int as;
} ryx_joined;

/* A select that reads all rows of its tables, and the sub-queries in it that
 * are joined instead (related.c). */
typedef struct ryx_related {
  ryx_joined at[RYX_RELATED_MAX];
  int n;
} ryx_related;

struct ryx_sql {
  const ryx_dialect *dialect;
  const ryx_tree *tree;
  const ryx_fold *fold;
  const char *const *boolean; /* FALSE and TRUE as conditions */
  unsigned caps;
  int rc;
  ryx_err *err;
  const ryx_node *ctes;    /* of a write; NULL inside what has them */
  const ryx_node *outputs; /* of the statement: the columns of its result */
  const char *scalar; /* name of the one result of COUNT, EXISTS; or NULL */
  bool reads;         /* a SELECT without locks */
  bool keys;
  bool qualifies; /* columns are written with their source */
  /* Outputs whose names mean themselves, not a column; or NULL. */
  const ryx_node *shadows;
  const ryx_node *sets;  /* of the update whose assignments are being written */
  const ryx_node *kept;  /* the SELECT whose rows are to be known as a whole */
  uint32_t depth;        /* sub-queries around what is written */
  bool is_grouped;       /* what is written is of a select with GROUP BY */
  bool makes_one;        /* ... with GROUP BY or DISTINCT */
  const char *hint;      /* behind the next SELECT; or NULL */
  const char *no_search; /* where nothing can be searched: why; or NULL */
  bool reuses; /* one placeholder serves equal binds, where it has a number */
  const ryx_node *inside; /* the table being written that sees no rows around */
  const ryx_full *full;   /* or NULL */
  bool hints_words;       /* the next SELECT is the one that they are for */
  uint32_t hinted;        /* hints that have been written, by position */
  bool is_whole; /* all rows of the select that comes next are wanted */
  const ryx_related *related; /* of the select being written, or NULL */
  ryx_batch batch;
  bool copies;            /* COPY TO STDOUT */
  size_t row_at, row_len; /* as in ryx_plan */
  uint32_t row_binds;
  char *text;
  size_t len, cap;
  ryx_bind *binds;
  uint32_t n_binds, cap_binds;
  char small_text[1024];
  ryx_bind small_binds[32];
};

/* The tree must outlive it. */
void ryx_sql_init(ryx_sql *q, const ryx_dialect *d, unsigned caps, ryx_err *e);
void ryx_sql_fini(ryx_sql *q);
/* The first failure wins. */
void ryx_sql_fail(ryx_sql *q, int code, const char *fmt, ...) RYX_PRINTF(3, 4);

void ryx_sql_put_slow(ryx_sql *q, const char *s, size_t n);
static inline void ryx_sql_put(ryx_sql *q, const char *s, size_t n)
{
  if (n > q->cap - q->len) {
    ryx_sql_put_slow(q, s, n);
    return;
  }
  memcpy(q->text + q->len, s, n);
  q->len += n;
}
static inline void ryx_sql_puts(ryx_sql *q, const char *s)
{
  ryx_sql_put(q, s, strlen(s));
}
void ryx_sql_put_number(ryx_sql *q, uint32_t v);
void ryx_sql_put_name(ryx_sql *q, const ryx_node *n); /* quoted */
/* A table with its schema, and by its own name as columns are qualified. */
void ryx_sql_put_table(ryx_sql *q, const ryx_node *table);
void ryx_sql_put_own_name(ryx_sql *q, const ryx_node *table);
void ryx_sql_put_literal(ryx_sql *q, const char *s, size_t n); /* quoted */
void ryx_sql_put_escaped(ryx_sql *q, const char *s, size_t n); /* inside one */
/* A placeholder for the bind, which is copied. */
void ryx_sql_bind(ryx_sql *q, const ryx_bind *b);
/* A bind without a placeholder: its values follow the statement. */
void ryx_sql_bind_apart(ryx_sql *q, const ryx_bind *b);
void ryx_sql_put_param(ryx_sql *q, const ryx_node *n);

/* Pieces of statements, each in the file of its name. */
void ryx_sql_statement(ryx_sql *q, const ryx_tree *t); /* writer.c */
void ryx_sql_put_expr(ryx_sql *q, const ryx_node *n);  /* expr.c */
void ryx_sql_put_ordered(ryx_sql *q, const ryx_node *n);
void ryx_sql_source_name(ryx_sql *q, uint32_t source);
/* An insert, update or delete. */
void ryx_sql_change(ryx_sql *q, const ryx_node *n);
void ryx_sql_query(ryx_sql *q, const ryx_node *n); /* select.c */
/* The CTEs of a write: before it when one of them writes, else in what reads
 * them. */
void ryx_sql_ctes(ryx_sql *q, const ryx_node *list);
void ryx_sql_body(ryx_sql *q, const ryx_node *n);
void ryx_sql_table_body(ryx_sql *q, const ryx_node *n); /* of what is in FROM */
void ryx_sql_outputs(ryx_sql *q, const ryx_node *list);
void ryx_sql_from(ryx_sql *q, const ryx_parts *p);
/* FROM, or the word of a join, and the source. */
void ryx_sql_source(ryx_sql *q, const ryx_node *n, uint32_t join);
/* Has the select a FULL JOIN that must be a table? Then q->full is it, until
 * the caller gives back what was there. */
bool ryx_sql_full_open(ryx_sql *q, const ryx_parts *p,
                       ryx_full *full); /* full_join.c */
bool ryx_sql_full_column(ryx_sql *q, const ryx_node *column);
/* Is the column one of a table that a FULL JOIN has become? */
bool ryx_sql_full_has(const ryx_sql *q, const ryx_node *column);
void ryx_sql_full_from(ryx_sql *q, const ryx_node *sources);
/* Sets q->related, which the caller gives back. */
void ryx_sql_related_open(ryx_sql *q, const ryx_parts *p,
                          ryx_related *related); /* related.c */
void ryx_sql_related_from(ryx_sql *q);
bool ryx_sql_related_value(ryx_sql *q, const ryx_node *subquery);
void ryx_sql_order(ryx_sql *q, const ryx_node *list, const char *before);
void ryx_sql_limit(ryx_sql *q, const ryx_parts *p);
void ryx_sql_insert(ryx_sql *q, const ryx_node *n);   /* insert.c */
void ryx_sql_names(ryx_sql *q, const ryx_node *list); /* (a, b), or nothing */
void ryx_sql_returning(ryx_sql *q, const ryx_node *list);
void ryx_sql_update(ryx_sql *q, const ryx_node *n); /* update.c */
void ryx_sql_set(ryx_sql *q, const ryx_node *set);  /* column = value */
void ryx_sql_sets(ryx_sql *q, const ryx_node *first, const ryx_node *end);
void ryx_sql_delete(ryx_sql *q, const ryx_node *n);
void ryx_sql_where(ryx_sql *q, const ryx_node *n); /* predicate.c */
void ryx_sql_where_rows(ryx_sql *q, const ryx_parts *p);
void ryx_sql_put_pred(ryx_sql *q, const ryx_node *n);      /* may be NULL */
void ryx_sql_put_condition(ryx_sql *q, const ryx_node *n); /* never NULL */
void ryx_sql_lookup(ryx_sql *q, const ryx_node *n, ryx_place at); /* lookup.c */
void ryx_sql_template(ryx_sql *q, ryx_template s, const ryx_node *left);

#endif
