/* SPDX-License-Identifier: MIT */
/* The numbers of a query description (docs/internals/description.md). Whoever
 * writes one has them by name from ryx_sql_numbers: they stand here only. */
#ifndef RYX_SQL_NUMBERS_H
#define RYX_SQL_NUMBERS_H

#include "ryx_value.h"

/* Counted from 0. X(LIST, NAME, "name") */
#define RYX_JOINS(X)      \
  X(JOIN, FIRST, "first") \
  X(JOIN, INNER, "inner") \
  X(JOIN, LEFT, "left")   \
  X(JOIN, CROSS, "cross") \
  X(JOIN, RIGHT, "right") \
  X(JOIN, FULL, "full")

#define RYX_COMBINES(X)                         \
  X(COMBINE, UNION, "union")                    \
  X(COMBINE, UNION_ALL, "union_all")            \
  X(COMBINE, INTERSECT, "intersection")         \
  X(COMBINE, EXCEPT, "difference")              \
  X(COMBINE, INTERSECT_ALL, "intersection_all") \
  X(COMBINE, EXCEPT_ALL, "difference_all")

/* What a part of a document is asked for as. */
#define RYX_JSON_KINDS(X)      \
  X(JSON_AS, JSON, "json")     \
  X(JSON_AS, NUMBER, "number") \
  X(JSON_AS, TEXT, "text")     \
  X(JSON_AS, BOOL, "bool")     \
  X(JSON_AS, RAW, "raw")

/* What is asked of texts and words. */
#define RYX_SEARCHES(X)     \
  X(SEARCH, MATCH, "match") \
  X(SEARCH, RANK, "rank")

/* What a database is told of how to find rows: words for its planner, or an
 * index of a table, "" for any. */
#define RYX_HINTS(X)      \
  X(HINT, WORDS, "words") \
  X(HINT, USE, "use")     \
  X(HINT, FORCE, "force") \
  X(HINT, IGNORE, "ignore")

/* Not the rows but how they are found. */
#define RYX_EXPLAINS(X)    \
  X(EXPLAIN, ROWS, "rows") \
  X(EXPLAIN, PLAN, "plan") \
  X(EXPLAIN, ANALYZE, "analyze")

/* The frame of a window. */
#define RYX_FRAMES(X)      \
  X(FRAME, ROWS, "rows")   \
  X(FRAME, RANGE, "range") \
  X(FRAME, GROUPS, "groups")

#define RYX_EXCLUDES(X)                  \
  X(EXCLUDE, NONE, "none")               \
  X(EXCLUDE, CURRENT_ROW, "current_row") \
  X(EXCLUDE, GROUP, "group")             \
  X(EXCLUDE, TIES, "ties")

#define RYX_EDGES(X)              \
  X(EDGE, FIRST, "first")         \
  X(EDGE, PRECEDING, "preceding") \
  X(EDGE, CURRENT, "current")     \
  X(EDGE, FOLLOWING, "following") \
  X(EDGE, LAST, "last")

/* Bits, and limits. X(LIST, NAME, "name", number) */
#define RYX_BITS(X)                                                       \
  X(SELECT, DISTINCT, "distinct", 1)                                      \
  X(SELECT, COUNT, "count", 2)                                            \
  X(SELECT, EXISTS, "exists", 4)                                          \
  X(SELECT, COPY, "copy", 8) /* as text, by COPY */                       \
  X(CTE, RECURSIVE, "recursive", 1)                                       \
  X(CTE, ONCE, "once", 2) /* its rows are worked out once */              \
  X(CTE, WRITES, "writes", 4)                                             \
  X(INSERT, BATCH, "batch", 1)                                            \
  X(INSERT, DEFAULT, "default", 2)                                        \
  X(INSERT, KEY, "key", 4) /* what comes back is the generated key */     \
  X(INSERT, COPY, "copy", 8)                                              \
  X(INSERT, LISTS, "lists", 16) /* many rows, a list for each column */   \
  X(INSERT, ROWS, "rows", 32)   /* those of a query */                    \
  X(UPDATE, BATCH, "batch", 1)                                            \
  X(ORDER, DESC, "desc", 1)                                               \
  X(ORDER, FIRST, "first", 2) /* of NULL */                               \
  X(ORDER, LAST, "last", 4)                                               \
  X(LOCK, UPDATE, "update", 1)                                            \
  X(LOCK, SHARE, "share", 2)                                              \
  X(LOCK, NOWAIT, "nowait", 4)                                            \
  X(LOCK, SKIP, "skip_locked", 8)                                         \
  X(INT, NEGATIVE, "negative", 1)                                         \
  X(INT, MAYBE_NULL, "null", 2)                                           \
  X(LIST, LONG, "long", 1)       /* better looked up than gone through */ \
  X(LIST, INDEXED, "indexed", 2) /* an index begins with the left side */ \
  X(FIELD, SEARCHED, "searched", 1)                                       \
  X(FIELD, WEIGHT, "weight", 2) /* times 0 of D to 3 of A */              \
  X(LIMIT, DEPTH, "depth", 200)

#define X(list, name, text) RYX_##list##_##name,
typedef enum { RYX_JOINS(X) RYX_JOIN_MAX } ryx_join;
typedef enum { RYX_COMBINES(X) RYX_COMBINE_MAX } ryx_combine;
typedef enum { RYX_JSON_KINDS(X) RYX_JSON_AS_MAX } ryx_json_as;
typedef enum { RYX_SEARCHES(X) RYX_SEARCH_MAX } ryx_search_kind;
typedef enum { RYX_HINTS(X) RYX_HINT_MAX } ryx_hint_kind;
typedef enum { RYX_EXPLAINS(X) RYX_EXPLAIN_MAX } ryx_explain;
typedef enum { RYX_FRAMES(X) RYX_FRAME_MAX } ryx_frame;
typedef enum { RYX_EXCLUDES(X) RYX_EXCLUDE_MAX } ryx_exclude;
typedef enum { RYX_EDGES(X) RYX_EDGE_MAX } ryx_edge;
#undef X

enum {
#define X(list, name, text, number) RYX_##list##_##name = number,
  RYX_BITS(X)
#undef X
};

/* All of them, and those of RYX_TYPES as the list TYPE. Ends with a NULL
 * list. */
const ryx_number *ryx_sql_numbers(void);

#endif
